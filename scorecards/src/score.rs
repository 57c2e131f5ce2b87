//! The result of an attempt: points for each check, signal and hint, by dimension, each with its evidence.
//!
//! It is a pure function of the marking and the events, so it can be computed again at any time.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    event::{By, CheckRun, Event, Kind, Verdict},
    marking::{CheckMark, Marking, SignalMark},
    signal::{self, Pattern, Seen},
};

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptResult {
    /// Whether every required check passed in the closing run.
    pub passed: bool,
    /// What was earned, never below zero.
    pub points: i32,
    /// What could be earned.
    pub possible: i32,
    /// One line for each check, signal and hint taken, in the lab's order.
    pub lines: Vec<Line>,
    /// The same points by dimension; hints belong to none.
    pub dimensions: Vec<DimensionPoints>,
    /// How many entries of the ledger are missing; signals then may be not observed.
    pub lost: u64,
}

/// One line of a result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// What it is about.
    pub about: About,
    /// The id of the check or signal; the number of the hint.
    pub id: String,
    /// In words.
    pub title: String,
    /// The dimension it counts for; none for a hint.
    pub dimension: Option<String>,
    /// What it earned, or cost (below zero).
    pub points: i32,
    /// What it could have earned; 0 for what can only cost.
    pub possible: i32,
    /// How it went.
    pub outcome: Outcome,
    /// Whether the attempt fails without it.
    pub required: bool,
    /// What is wrong, in words for the learner. Empty where there is nothing to say.
    pub feedback: String,
    /// The events it rests on.
    pub evidence: Vec<Evidence>,
}

/// What a line is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The end state.
    Check,
    /// How the work was done.
    Signal,
    /// A hint that was taken.
    Hint,
}

/// How a line went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// A check passed, or good practice was seen.
    Earned,
    /// A check failed, or good practice was not seen.
    Missed,
    /// Bad practice was seen, or a hint was paid for.
    Cost,
    /// Bad practice was not seen, or a hint cost nothing: as it should be.
    Clean,
    /// It could not be seen: neither for nor against.
    NotObserved,
}

/// An event that a line rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The event's id.
    pub event: Uuid,
    /// When it happened, by the sandbox's clock where there is one.
    pub at: DateTime<Utc>,
    /// The command with its arguments as it ran, for a command.
    pub command: Option<String>,
    /// Its exit code, once it has ended by itself.
    pub exit: Option<i32>,
    /// The terminal it was run at.
    pub terminal: Option<u32>,
}

/// The points of one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DimensionPoints {
    /// The dimension's id.
    pub dimension: String,
    /// What was earned less what was lost.
    pub points: i32,
    /// What could be earned.
    pub possible: i32,
}

/// At most so many pieces of evidence are cited for a line: the first ones.
const CITED: usize = 5;

/// Computes the result of an attempt from its events, in any order.
#[must_use]
pub fn score(marking: &Marking, events: &[Event]) -> AttemptResult {
    let lost = events.iter().map(|event| if let Kind::CoverageLost { count } = event.kind { count } else { 0 }).sum();
    let closing = closing_checks(events);
    let passed = marking
        .checks
        .iter()
        .filter(|check| check.required)
        .all(|check| closing.get(check.id.as_str()).is_some_and(|(_, run)| run.verdict == Verdict::Passed));
    let runs = signal::learners_runs(events);

    let mut lines: Vec<Line> = Vec::new();
    lines.extend(marking.checks.iter().map(|mark| check_line(mark, closing.get(mark.id.as_str()).copied())));
    lines.extend(marking.signals.iter().map(|mark| signal_line(mark, &runs, lost > 0)));
    lines.extend(hint_lines(marking, events, passed));

    AttemptResult {
        passed,
        points: lines.iter().map(|line| line.points).sum::<i32>().max(0),
        possible: lines.iter().map(|line| line.possible).sum(),
        dimensions: by_dimension(&lines),
        lines,
        lost,
    }
}

fn closing_checks(events: &[Event]) -> BTreeMap<&str, (&Event, &CheckRun)> {
    let mut latest: BTreeMap<&str, (&Event, &CheckRun)> = BTreeMap::new();
    for event in events {
        if let Kind::CheckRun(run) = &event.kind
            && run.closing
            && latest.get(run.check.as_str()).is_none_or(|(known, _)| (known.at, known.id) < (event.at, event.id))
        {
            latest.insert(&run.check, (event, run));
        }
    }
    latest
}

fn check_line(mark: &CheckMark, run: Option<(&Event, &CheckRun)>) -> Line {
    let outcome = match run.map(|(_, run)| run.verdict) {
        Some(Verdict::Passed) => Outcome::Earned,
        Some(Verdict::Failed | Verdict::Blocked) => Outcome::Missed,
        Some(Verdict::Broken) | None => Outcome::NotObserved,
    };
    Line {
        about: About::Check,
        id: mark.id.clone(),
        title: mark.title.clone(),
        dimension: Some(mark.dimension.clone()),
        points: if outcome == Outcome::Earned { mark.points } else { 0 },
        possible: if outcome == Outcome::NotObserved { 0 } else { mark.points },
        outcome,
        required: mark.required,
        feedback: run.map(|(_, run)| run.feedback.clone()).unwrap_or_default(),
        evidence: run
            .map(|(event, _)| Evidence {
                event: event.id,
                at: event.moment(),
                command: None,
                exit: None,
                terminal: None,
            })
            .into_iter()
            .collect(),
    }
}

fn signal_line(mark: &SignalMark, runs: &[Seen<'_>], gaps: bool) -> Line {
    let (found, outcome) = match &mark.pattern {
        Pattern::Expect(expect) => {
            let pristine: Vec<Seen<'_>> = runs.iter().filter(|seen| seen.run.pristine).copied().collect();
            let found = expect.find(&pristine);
            let outcome = match (found.is_empty(), gaps) {
                (false, _) => Outcome::Earned,
                (true, false) => Outcome::Missed,
                (true, true) => Outcome::NotObserved,
            };
            (found, outcome)
        }
        Pattern::Forbid(forbid) => {
            let found = forbid.find(runs);
            let outcome = match (found.is_empty(), gaps) {
                (false, _) => Outcome::Cost,
                (true, false) => Outcome::Clean,
                (true, true) => Outcome::NotObserved,
            };
            (found, outcome)
        }
    };
    Line {
        about: About::Signal,
        id: mark.id.clone(),
        title: mark.title.clone(),
        dimension: Some(mark.dimension.clone()),
        points: if matches!(outcome, Outcome::Earned | Outcome::Cost) { mark.points } else { 0 },
        possible: if outcome == Outcome::NotObserved { 0 } else { mark.points.max(0) },
        outcome,
        required: false,
        feedback: String::new(),
        evidence: found.iter().take(CITED).map(command_evidence).collect(),
    }
}

fn command_evidence(seen: &Seen<'_>) -> Evidence {
    Evidence {
        event: seen.event.id,
        at: seen.event.moment(),
        command: Some(shell_words(&seen.run.argv)),
        exit: seen.ended.and_then(|(_, code)| code),
        terminal: match seen.run.by {
            By::Terminal(terminal) => Some(terminal),
            By::Solution | By::Services => None,
        },
    }
}

/// A command line that a shell would read as these arguments.
#[must_use]
pub fn shell_words(argv: &[String]) -> String {
    argv.iter().map(|arg| shell_word(arg)).collect::<Vec<_>>().join(" ")
}

fn shell_word(arg: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=,+@%^".contains(c);
    if !arg.is_empty() && arg.chars().all(plain) { arg.into() } else { format!("'{}'", arg.replace('\'', r"'\''")) }
}

fn hint_lines(marking: &Marking, events: &[Event], passed: bool) -> Vec<Line> {
    let mut taken: BTreeMap<u32, &Event> = BTreeMap::new();
    for event in events {
        if let Kind::HintTaken { hint } = event.kind {
            taken
                .entry(hint)
                .and_modify(|known| *known = if event.at < known.at { event } else { known })
                .or_insert(event);
        }
    }
    taken
        .into_iter()
        .filter_map(|(hint, event)| {
            let cost = *marking.hints.get(usize::try_from(hint).ok()?.checked_sub(1)?)?;
            // A hint is paid for only by who passes: the price must never make anybody stay stuck.
            let points = if passed { -i32::try_from(cost).unwrap_or(i32::MAX) } else { 0 };
            Some(Line {
                about: About::Hint,
                id: hint.to_string(),
                title: format!("Hint {hint}"),
                dimension: None,
                points,
                possible: 0,
                outcome: if points < 0 { Outcome::Cost } else { Outcome::Clean },
                required: false,
                feedback: String::new(),
                evidence: vec![Evidence {
                    event: event.id,
                    at: event.moment(),
                    command: None,
                    exit: None,
                    terminal: None,
                }],
            })
        })
        .collect()
}

fn by_dimension(lines: &[Line]) -> Vec<DimensionPoints> {
    let mut sums: Vec<DimensionPoints> = Vec::new();
    for line in lines {
        let Some(dimension) = &line.dimension else {
            continue;
        };
        match sums.iter_mut().find(|sum| sum.dimension == *dimension) {
            Some(sum) => {
                sum.points += line.points;
                sum.possible += line.possible;
            }
            None => sums.push(DimensionPoints {
                dimension: dimension.clone(),
                points: line.points,
                possible: line.possible,
            }),
        }
    }
    sums
}
