//! The result of an attempt: points for each check, signal and hint, by dimension, each with its evidence.
//!
//! It is a pure function of the marking and the events, so it can be computed again at any time.

mod kpis;
mod work;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use self::{
    kpis::{KpiLine, observations},
    work::work,
};
pub use crate::shell::shell_words;
use crate::{
    event::{By, CheckRun, EndReason, Event, Kind, Verdict},
    marking::{CheckMark, Marking, SignalMark},
    signal::{self, Act, Pattern, Record, Seen, What, Work},
};

/// What an attempt came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttemptResult {
    /// Whether every required check passed in the closing run. `None` where that is not decided: none of them failed, but
    /// at least one was never made, or could not be for our fault.
    pub passed: Option<bool>,
    /// What was earned, never below zero.
    pub points: i32,
    /// What could be earned.
    pub possible: i32,
    /// One line for each check, signal and hint taken, in the lab's order.
    pub lines: Vec<Line>,
    /// The same points by dimension; hints belong to none.
    pub dimensions: Vec<DimensionPoints>,
    /// What the attempt says of KPIs, in the lab's order.
    #[serde(default)]
    pub kpis: Vec<KpiLine>,
    /// How much was looked at, and how much changed.
    #[serde(default)]
    pub work: Work,
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

/// What is said of a check that people have found right.
const OVERRULED: &str = "Somebody has looked at it again and found it right: it counts.";

/// Computes the result of an attempt from its events, in any order.
#[must_use]
pub fn score(marking: &Marking, events: &[Event]) -> AttemptResult {
    let closing = closing_checks(events);
    let overruled = overruled_checks(events);
    let given_up = events.iter().any(|event| event.kind == Kind::AttemptEnded { reason: EndReason::Abandoned });
    let record = Record::new(events);

    let mut lines: Vec<Line> = Vec::new();
    lines.extend(marking.checks.iter().map(|mark| {
        let line = check_line(mark, closing.get(mark.id.as_str()).copied(), given_up);
        match overruled.get(mark.id.as_str()) {
            Some(by) => overrule(line, mark, by),
            // What waited for another check was never looked at; that the other one was right after all decides nothing here.
            None if !overruled.is_empty() && waited(&closing, mark) => {
                Line { outcome: Outcome::NotObserved, possible: 0, ..line }
            }
            None => line,
        }
    }));
    lines.extend(marking.signals.iter().map(|mark| signal_line(mark, &record)));
    let passed = all_good(lines.iter().filter(|line| line.required));
    lines.extend(hint_lines(marking, events, passed == Some(true)));

    AttemptResult {
        passed,
        points: lines.iter().map(|line| line.points).sum::<i32>().max(0),
        possible: lines.iter().map(|line| line.possible).sum(),
        dimensions: by_dimension(&lines),
        kpis: marking.kpis.iter().map(|mark| kpis::line(mark, &lines)).collect(),
        work: record.work(),
        lost: record.lost(),
        lines,
    }
}

/// Whether all of these lines are as they should be: one that is not decides it, whatever was not observed.
fn all_good<'l>(lines: impl Iterator<Item = &'l Line>) -> Option<bool> {
    let mut all = Some(true);
    for line in lines {
        match line.outcome {
            Outcome::Earned | Outcome::Clean => {}
            Outcome::Missed | Outcome::Cost => return Some(false),
            Outcome::NotObserved => all = None,
        }
    }
    all
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

fn check_line(mark: &CheckMark, run: Option<(&Event, &CheckRun)>, given_up: bool) -> Line {
    let outcome = match run.map(|(_, run)| run.verdict) {
        Some(Verdict::Passed) => Outcome::Earned,
        Some(Verdict::Failed | Verdict::Blocked) => Outcome::Missed,
        // Nothing is checked of what was given up; if that decided nothing, to give up would hide every miss.
        None if given_up => Outcome::Missed,
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

/// What people have found right that a machine had not. The learner's own word is none.
fn overruled_checks(events: &[Event]) -> BTreeMap<&str, &Event> {
    let mut overruled = BTreeMap::new();
    for event in events {
        if let Kind::CheckOverruled { check, .. } = &event.kind
            && event.by_another()
        {
            overruled.insert(check.as_str(), event);
        }
    }
    overruled
}

/// Whether a check was not made because another one had failed.
fn waited(closing: &BTreeMap<&str, (&Event, &CheckRun)>, mark: &CheckMark) -> bool {
    closing.get(mark.id.as_str()).is_some_and(|(_, run)| run.verdict == Verdict::Blocked)
}

/// Counts a check as passed. What the machine saw stays among the evidence.
fn overrule(line: Line, mark: &CheckMark, by: &Event) -> Line {
    let mut evidence = line.evidence;
    evidence.push(Evidence { event: by.id, at: by.moment(), command: None, exit: None, terminal: None });
    Line {
        points: mark.points,
        possible: mark.points,
        outcome: Outcome::Earned,
        feedback: OVERRULED.into(),
        evidence,
        ..line
    }
}

fn signal_line(mark: &SignalMark, record: &Record<'_>) -> Line {
    let found = signal::look(&mark.pattern, record);
    let outcome = match (&mark.pattern, found.seen) {
        (Pattern::Expect(_), Seen::Seen) => Outcome::Earned,
        (Pattern::Expect(_), Seen::NotSeen) => Outcome::Missed,
        (Pattern::Forbid(_), Seen::Seen) => Outcome::Cost,
        (Pattern::Forbid(_), Seen::NotSeen) => Outcome::Clean,
        (_, Seen::NotObserved) => Outcome::NotObserved,
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
        feedback: if outcome == Outcome::Missed { found.told } else { String::new() },
        evidence: found.decided_by.iter().map(|act| act_evidence(act)).collect(),
    }
}

/// An act as a line cites it.
fn act_evidence(act: &Act<'_>) -> Evidence {
    let (command, exit, terminal) = match &act.what {
        What::Ran { run, ended, .. } => {
            let terminal = if let By::Terminal(terminal) = run.by { Some(terminal) } else { None };
            (Some(act.line()), ended.and_then(|(_, code)| code), terminal)
        }
        What::Saved(_) => (Some(act.line()), None, None),
        What::Changed { .. } | What::Said(_) => (None, None, None),
    };
    // The moment as people know it: the record's own clock stands still in pauses.
    Evidence { event: act.event.id, at: act.event.moment(), command, exit, terminal }
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
