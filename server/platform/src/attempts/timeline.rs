//! The learner's commands, as a person would tell them: what was run at a prompt, not all that it ran in turn.

use std::collections::{HashMap, HashSet};

use scorecards::{
    event::{By, CommandRun, Event, Kind},
    score::{AttemptResult, shell_words},
    signal::basename,
};
use uuid::Uuid;

use crate::views::CommandLine;

/// Programs that give a prompt, and whose children somebody asked for.
const SHELLS: [&str; 6] = ["bash", "sh", "dash", "ash", "zsh", "fish"];

/// What a shell runs for itself when it starts or shows its prompt.
const HELPERS: [&str; 9] = [
    "dircolors",
    "lesspipe",
    "lessfile",
    "mesg",
    "tput",
    "locale-check",
    "clear_console",
    "command-not-found",
    "groups",
];

/// The commands of the time line, in their order. What a result cites is always among them: its
/// evidence links here.
pub(super) fn commands(events: &[Event], result: &AttemptResult) -> Vec<CommandLine> {
    let cited: HashSet<Uuid> =
        result.lines.iter().flat_map(|line| &line.evidence).map(|evidence| evidence.event).collect();
    let runs: HashMap<u64, &CommandRun> = events
        .iter()
        .filter_map(|event| if let Kind::CommandRun(run) = &event.kind { Some((run.run, run)) } else { None })
        .collect();
    let ends: HashMap<u64, Option<i32>> = events
        .iter()
        .filter_map(|event| if let Kind::CommandEnded { run, code } = event.kind { Some((run, code)) } else { None })
        .collect();

    // `sudo X` is the same thing once more where its X is cited.
    let within: HashSet<u64> = events
        .iter()
        .filter(|event| cited.contains(&event.id))
        .filter_map(|event| if let Kind::CommandRun(run) = &event.kind { run.parent } else { None })
        .collect();
    let again = |run: &CommandRun| within.contains(&run.run) && run.exe.ends_with("/sudo");

    let mut shown: Vec<(&Event, &CommandRun)> = events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::CommandRun(run)
                if run.by.learner() && (cited.contains(&event.id) || (was_asked_for(run, &runs) && !again(run))) =>
            {
                Some((event, run))
            }
            _ => None,
        })
        .collect();
    shown.sort_by_key(|(event, run)| (event.moment(), run.run));
    shown
        .into_iter()
        .map(|(event, run)| CommandLine {
            event: event.id,
            at: event.moment(),
            command: shell_words(&run.argv),
            exit: ends.get(&run.run).copied().flatten(),
            terminal: match run.by {
                By::Terminal(terminal) => Some(terminal),
                By::Solution | By::Services => None,
            },
        })
        .collect()
}

/// Whether somebody typed it: its parent gives a prompt, and it is none of the prompt's own helpers.
fn was_asked_for(run: &CommandRun, runs: &HashMap<u64, &CommandRun>) -> bool {
    let at_a_prompt = match run.parent.and_then(|parent| runs.get(&parent)) {
        Some(parent) => gives_a_prompt(parent),
        // Nothing above it is known: then it is the terminal's own shell, or a part of the record is missing.
        None => !gives_a_prompt(run),
    };
    at_a_prompt && !HELPERS.contains(&program(run))
}

/// A shell without a script or a command to run.
fn gives_a_prompt(run: &CommandRun) -> bool {
    let mut takes_value = false;
    SHELLS.contains(&program(run))
        && run.argv.iter().skip(1).all(|arg| {
            let (is_value, flag) = (takes_value, arg.starts_with(['-', '+']));
            let runs_command = flag && !arg.starts_with("--") && arg.contains('c');
            takes_value = matches!(arg.as_str(), "--rcfile" | "--init-file" | "-O" | "+O" | "-o" | "+o");
            is_value || (flag && !runs_command)
        })
}

fn program(run: &CommandRun) -> &str {
    basename(run.argv.first().map_or(&*run.exe, String::as_str))
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};
    use scorecards::{event::Source, marking::Marking, score::score};

    use super::*;

    fn event(n: u128, kind: Kind) -> Event {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds(i64::try_from(n).unwrap());
        Event {
            id: Uuid::from_u128(n),
            at,
            box_at: Some(at),
            actor: None,
            subject: Uuid::nil(),
            attempt: None,
            source: Source::Simulated,
            kind,
        }
    }

    fn ran(run: u64, parent: Option<u64>, by: By, command: &str) -> Event {
        let argv: Vec<String> = command.split_whitespace().map(String::from).collect();
        event(
            run.into(),
            Kind::CommandRun(CommandRun {
                run,
                parent,
                by,
                host: None,
                exe: format!("/usr/bin/{}", argv[0]),
                argv,
                cut: false,
                cwd: "/".into(),
                uid: 1000,
                pristine: true,
            }),
        )
    }

    fn shown(events: &[Event], marking: &Marking) -> Vec<String> {
        commands(events, &score(marking, events)).into_iter().map(|line| line.command).collect()
    }

    #[test]
    fn what_was_typed_is_shown_and_what_it_ran_is_not() {
        let at = By::Terminal(1);
        let events = [
            ran(1, None, at, "-bash"),
            ran(2, Some(1), at, "dircolors -b"),
            ran(3, Some(1), at, "lesspipe"),
            ran(4, Some(3), at, "dirname /usr/bin/lesspipe"),
            ran(5, Some(1), at, "sudo nginx -t"),
            ran(6, Some(5), at, "nginx -t"),
            ran(7, Some(1), at, "bash fix.sh"),
            ran(8, Some(7), at, "rm -f lock"),
            ran(9, Some(1), at, "sudo -i"),
            ran(10, Some(9), at, "-bash"),
            ran(11, Some(10), at, "systemctl restart nginx"),
            ran(12, None, By::Services, "nginx -g daemon"),
            ran(13, Some(1), at, "sh -c reboot"),
            ran(14, Some(13), at, "reboot"),
            ran(15, Some(10), at, "bash --rcfile x -l"),
            ran(16, Some(15), at, "ss -tlnp"),
            ran(17, Some(99), at, "df -h"),
            event(18, Kind::CommandEnded { run: 5, code: Some(1) }),
        ];
        let expected = [
            "sudo nginx -t",
            "bash fix.sh",
            "sudo -i",
            "systemctl restart nginx",
            "sh -c reboot",
            "bash --rcfile x -l",
            "ss -tlnp",
            "df -h",
        ];
        assert_eq!(shown(&events, &Marking::default()), expected);
        let lines = commands(&events, &score(&Marking::default(), &events));
        assert_eq!((lines[0].exit, lines[0].terminal), (Some(1), Some(1)));
        assert_eq!(lines[1].exit, None);
    }

    #[test]
    fn what_is_cited_is_always_shown_and_once() {
        let at = By::Terminal(1);
        let events = [ran(1, None, at, "-bash"), ran(5, Some(1), at, "sudo nginx -t"), ran(6, Some(5), at, "nginx -t")];
        let marking = serde_json::from_value(serde_json::json!({
            "checks": [],
            "hints": [],
            "signals": [{
                "id": "validated", "title": "Validated", "points": 2, "dimension": "operational-discipline",
                "pattern": { "expect": { "ran": ["nginx -t"], "exit": null, "args": null, "before": [], "after": [] } },
            }],
        }));
        assert_eq!(shown(&events, &marking.unwrap()), ["nginx -t"]);
    }
}
