//! From the agent's journal to events: said once, for the server and for proofs alike.

use chrono::{DateTime, Utc};
use scorecards::event::{By, CommandRun, Kind};
use wire::journal::{Entry, Origin, What};

use crate::sandbox::{Hosts, terminal_of};

/// How many runs a sandbox may number before those of the next host of its attempt begin.
const RUNS: u64 = 1 << 40;

/// A host, as the record of its attempt knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which of the lab's hosts it is, counted from 0.
    pub host: usize,
    /// Its name, where the lab has more than one.
    pub name: Option<String>,
}

impl Place {
    /// The hosts of an attempt, in the lab's order.
    #[must_use]
    pub fn all(hosts: &Hosts) -> Vec<Self> {
        let several = hosts.count() > 1;
        hosts
            .iter()
            .enumerate()
            .map(|(host, sandbox)| Self { host, name: several.then(|| sandbox.host.clone()) })
            .collect()
    }

    /// The only host of a lab.
    #[must_use]
    pub fn only() -> Self {
        Self { host: 0, name: None }
    }

    /// What an entry of this host's journal is as an event. Runs and terminals are numbered through all hosts.
    #[must_use]
    pub fn kind(&self, entry: &Entry) -> Kind {
        match &entry.what {
            What::BoxStarted { boot } => Kind::BoxStarted { boot: *boot, host: self.name.clone() },
            What::BoxEnded { boot } => Kind::BoxEnded { boot: *boot, host: self.name.clone() },
            What::Ran(ran) => Kind::CommandRun(CommandRun {
                run: self.run(ran.run),
                parent: ran.parent.map(|run| self.run(run)),
                by: self.by(ran.origin),
                host: self.name.clone(),
                exe: ran.exe.clone(),
                argv: ran.argv.clone(),
                cut: ran.cut,
                cwd: ran.cwd.clone(),
                uid: ran.uid,
                pristine: ran.pristine,
            }),
            What::Ended { run, code } => Kind::CommandEnded { run: self.run(*run), code: *code },
            What::TerminalOpened { terminal } => Kind::TerminalOpened { terminal: self.terminal(*terminal) },
            What::TerminalClosed { terminal } => Kind::TerminalClosed { terminal: self.terminal(*terminal) },
            What::Line { terminal, text } => Kind::LineTyped { terminal: self.terminal(*terminal), text: text.clone() },
            What::CoverageLost { count } => Kind::CoverageLost { count: *count },
        }
    }

    fn run(&self, run: u64) -> u64 {
        self.host as u64 * RUNS + run
    }

    fn terminal(&self, own: u32) -> u32 {
        terminal_of(self.host, own)
    }

    fn by(&self, origin: Origin) -> By {
        match origin {
            Origin::Terminal(own) => By::Terminal(self.terminal(own)),
            Origin::Solution => By::Solution,
            Origin::Init => By::Services,
        }
    }
}

/// When it happened, by the sandbox's clock. `None` for a time that no calendar has.
#[must_use]
pub fn box_at(entry: &Entry) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(entry.at_us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_what_evidence_rests_on() {
        let line = r#"{"seq":7,"at_us":1764000000000001,"what":"ran","run":3,"parent":2,"origin":{"terminal":1},"exe":"/usr/sbin/nginx","argv":["nginx","-t"],"cwd":"/","uid":0,"pristine":true}"#;
        let entry: Entry = serde_json::from_str(line).expect("an entry as the agent writes it");
        let Kind::CommandRun(run) = Place::only().kind(&entry) else { panic!("{entry:?}") };
        assert_eq!((run.run, run.parent, run.by), (3, Some(2), By::Terminal(1)));
        assert!(run.pristine && !run.cut && run.argv == ["nginx", "-t"]);
        assert_eq!(box_at(&entry).map(|at| at.timestamp_subsec_micros()), Some(1));
    }

    #[test]
    fn on_whose_behalf_is_told_apart() {
        assert!(Place::only().by(Origin::Terminal(4)).learner() && Place::only().by(Origin::Solution).learner());
        assert_eq!(Place::only().by(Origin::Init), By::Services);
    }

    #[test]
    fn runs_and_terminals_of_two_hosts_are_told_apart() {
        let second = Place { host: 1, name: Some("db".into()) };
        let line = r#"{"seq":7,"at_us":1,"what":"ran","run":3,"parent":2,"origin":{"terminal":1},"exe":"/bin/ls","argv":["ls"],"cwd":"/","uid":0,"pristine":true}"#;
        let entry: Entry = serde_json::from_str(line).expect("an entry as the agent writes it");
        let Kind::CommandRun(run) = second.kind(&entry) else { panic!("{entry:?}") };
        assert_eq!((run.by, run.host.as_deref()), (By::Terminal(101), Some("db")));
        assert_eq!((run.run, run.parent), (RUNS + 3, Some(RUNS + 2)));
        let ended = Entry { seq: 8, at_us: 2, what: What::Ended { run: 3, code: Some(0) } };
        assert_eq!(second.kind(&ended), Kind::CommandEnded { run: run.run, code: Some(0) });
    }

    #[test]
    fn a_time_that_no_calendar_has_is_none() {
        assert_eq!(box_at(&Entry { seq: 1, at_us: i64::MAX, what: What::BoxStarted { boot: 1 } }), None);
    }
}
