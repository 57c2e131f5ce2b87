//! From the agent's journal to events: said once, for the server and for proofs alike.

use chrono::{DateTime, Utc};
use scorecards::event::{By, CommandRun, Kind};
use wire::journal::{Entry, Origin, What};

/// What a journal entry is as an event.
#[must_use]
pub fn kind(entry: &Entry) -> Kind {
    match &entry.what {
        What::BoxStarted { boot } => Kind::BoxStarted { boot: *boot },
        What::BoxEnded { boot } => Kind::BoxEnded { boot: *boot },
        What::Ran(ran) => Kind::CommandRun(CommandRun {
            run: ran.run,
            parent: ran.parent,
            by: by(ran.origin),
            exe: ran.exe.clone(),
            argv: ran.argv.clone(),
            cut: ran.cut,
            cwd: ran.cwd.clone(),
            uid: ran.uid,
            pristine: ran.pristine,
        }),
        What::Ended { run, code } => Kind::CommandEnded { run: *run, code: *code },
        What::TerminalOpened { terminal } => Kind::TerminalOpened { terminal: *terminal },
        What::TerminalClosed { terminal } => Kind::TerminalClosed { terminal: *terminal },
        What::Line { terminal, text } => Kind::LineTyped { terminal: *terminal, text: text.clone() },
        What::CoverageLost { count } => Kind::CoverageLost { count: *count },
    }
}

/// When it happened, by the sandbox's clock. `None` for a time that no calendar has.
#[must_use]
pub fn box_at(entry: &Entry) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(entry.at_us)
}

fn by(origin: Origin) -> By {
    match origin {
        Origin::Terminal(terminal) => By::Terminal(terminal),
        Origin::Solution => By::Solution,
        Origin::Init => By::Services,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_keeps_what_evidence_rests_on() {
        let line = r#"{"seq":7,"at_us":1764000000000001,"what":"ran","run":3,"parent":2,"origin":{"terminal":1},"exe":"/usr/sbin/nginx","argv":["nginx","-t"],"cwd":"/","uid":0,"pristine":true}"#;
        let entry: Entry = serde_json::from_str(line).expect("an entry as the agent writes it");
        let Kind::CommandRun(run) = kind(&entry) else { panic!("{entry:?}") };
        assert_eq!((run.run, run.parent, run.by), (3, Some(2), By::Terminal(1)));
        assert!(run.pristine && !run.cut && run.argv == ["nginx", "-t"]);
        assert_eq!(box_at(&entry).map(|at| at.timestamp_subsec_micros()), Some(1));
    }

    #[test]
    fn on_whose_behalf_is_told_apart() {
        assert!(by(Origin::Terminal(4)).learner() && by(Origin::Solution).learner());
        assert_eq!(by(Origin::Init), By::Services);
    }

    #[test]
    fn a_time_that_no_calendar_has_is_none() {
        assert_eq!(box_at(&Entry { seq: 1, at_us: i64::MAX, what: What::BoxStarted { boot: 1 } }), None);
    }
}
