//! How a lab or an exercise does as an *item*: how hard it is, how long it takes, which of its parts tell people apart, and
//! which of them can't be relied on. For who writes it; it says nothing of any person.
//!
//! Classical test theory, by the book: the *difficulty* of a part is the share of those who got it right; its
//! *discrimination* is the corrected point-biserial correlation between getting it right and the share of points that was
//! earned with the other parts (Crocker and Algina, Introduction to Classical and Modern Test Theory, 1986, chapter 14).

use std::collections::BTreeSet;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    event::{Event, Kind, Verdict},
    kpi::statistics::quantile,
    marking::Marking,
    pauses::Pauses,
    score::{About, Outcome, score},
};

/// So many sittings there must be before a discrimination is told: of fewer it is a matter of luck.
pub const ENOUGH: usize = 10;

/// One person's attempt that came to its end.
#[derive(Clone, Copy, Debug)]
pub struct Sitting<'e> {
    /// Whose.
    pub person: Uuid,
    /// All that happened in it, in any order.
    pub events: &'e [Event],
}

/// How a lab does, over some sittings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// How many sittings there were.
    pub sittings: usize,
    /// Of how many people.
    pub people: usize,
    /// In how many it was decided whether it was passed.
    pub decided: usize,
    /// How many of those were passed.
    pub passed: usize,
    /// How long they took, in minutes without pauses: a quarter were faster than the first, half than the second, three
    /// quarters than the third. `None` where nobody came to an end.
    pub minutes: Option<[f64; 3]>,
    /// How often each hint was taken, in their order.
    pub hints: Vec<usize>,
    /// Each check and signal, in the order of the marking.
    pub parts: Vec<Part>,
}

/// How a check or a signal does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Its id.
    pub id: String,
    /// What it is about.
    pub about: About,
    /// In words.
    pub title: String,
    /// In how many sittings it could be seen.
    pub seen: usize,
    /// In how many of those it was as it should be.
    pub right: usize,
    /// In how many it could not be made, for our fault.
    pub broken: usize,
    /// In how many its verdict changed between two looks though nothing was done in between.
    pub flipped: usize,
    /// How well it tells those apart who do the rest well from those who don't, from -1 to 1: below 0.2 it says little,
    /// below 0 something is wrong with it. `None` where there are too few sittings, or all went alike.
    pub discrimination: Option<f64>,
}

impl Item {
    /// Looks at all sittings of one version of a lab.
    #[must_use]
    pub fn of(marking: &Marking, sittings: &[Sitting<'_>]) -> Self {
        let results: Vec<_> = sittings.iter().map(|sitting| score(marking, sitting.events)).collect();
        let people: BTreeSet<Uuid> = sittings.iter().map(|sitting| sitting.person).collect();
        let mut minutes: Vec<f64> =
            sittings.iter().filter_map(|sitting| took(sitting.events)).map(in_minutes).collect();
        minutes.sort_by(f64::total_cmp);
        let quarters = [0.25, 0.5, 0.75].map(|share| quantile(&minutes, share));
        let decided: Vec<bool> = results.iter().filter_map(|result| result.passed).collect();
        let taken = |number: usize| {
            let taken =
                |event: &Event| matches!(event.kind, Kind::HintTaken { hint } if usize::try_from(hint) == Ok(number));
            sittings.iter().filter(|sitting| sitting.events.iter().any(taken)).count()
        };
        let marks = marking.checks.iter().map(|mark| (mark.id.clone(), About::Check, mark.title.clone()));
        let signals = marking.signals.iter().map(|mark| (mark.id.clone(), About::Signal, mark.title.clone()));
        let part = |(id, about, title): (String, About, String)| {
            let outcomes: Vec<Option<bool>> = results
                .iter()
                .map(|result| {
                    let line = result.lines.iter().find(|line| line.about == about && line.id == id)?;
                    right(line.outcome)
                })
                .collect();
            let rest: Vec<Option<f64>> = results
                .iter()
                .map(|result| {
                    let others = || result.lines.iter().filter(|line| line.about == About::Check && line.id != id);
                    let possible: i32 = others().map(|line| line.possible).sum();
                    let earned: i32 = others().map(|line| line.points).sum();
                    (possible > 0).then(|| f64::from(earned) / f64::from(possible))
                })
                .collect();
            Part {
                seen: outcomes.iter().flatten().count(),
                right: outcomes.iter().flatten().filter(|right| **right).count(),
                broken: sittings.iter().filter(|sitting| is_broken(&id, sitting.events)).count(),
                flipped: sittings.iter().filter(|sitting| flips(&id, sitting.events)).count(),
                discrimination: discrimination(&outcomes, &rest),
                id,
                about,
                title,
            }
        };
        Self {
            sittings: sittings.len(),
            people: people.len(),
            decided: decided.len(),
            passed: decided.iter().filter(|passed| **passed).count(),
            minutes: if let [Some(first), Some(second), Some(third)] = quarters {
                Some([first, second, third])
            } else {
                None
            },
            hints: (1..=marking.hints.len()).map(taken).collect(),
            parts: marks.chain(signals).map(part).collect(),
        }
    }
}

fn right(outcome: Outcome) -> Option<bool> {
    match outcome {
        Outcome::Earned | Outcome::Clean => Some(true),
        Outcome::Missed | Outcome::Cost => Some(false),
        Outcome::NotObserved => None,
    }
}

fn in_minutes(took: TimeDelta) -> f64 {
    took.as_seconds_f64() / 60.0
}

/// From the moment the learner could work to the end, without pauses.
fn took(events: &[Event]) -> Option<TimeDelta> {
    let pauses = Pauses::of(events);
    let at = |is: fn(&Kind) -> bool| events.iter().filter(|event| is(&event.kind)).map(|event| event.at).min();
    // An exercise has no box that has to be ready.
    let began = at(|kind| matches!(kind, Kind::SandboxReady { .. }))
        .or_else(|| at(|kind| matches!(kind, Kind::AttemptStarted { .. })))?;
    let ended = at(|kind| matches!(kind, Kind::AttemptEnded { .. }))?;
    Some(pauses.worked(ended) - pauses.worked(began))
}

fn is_broken(check: &str, events: &[Event]) -> bool {
    events.iter().any(|event| {
        matches!(&event.kind, Kind::CheckRun(run) if run.check == check && run.closing && run.verdict == Verdict::Broken)
    })
}

/// Whether a check changed its mind while nobody did anything: it can't be relied on.
fn flips(check: &str, events: &[Event]) -> bool {
    let mut ordered: Vec<&Event> = events.iter().collect();
    ordered.sort_by_key(|event| (event.at, event.id));
    let mut last = None;
    for event in ordered {
        match &event.kind {
            Kind::CheckRun(run) if run.check == check => {
                let now = match run.verdict {
                    Verdict::Passed => Some(true),
                    Verdict::Failed => Some(false),
                    Verdict::Blocked | Verdict::Broken => None,
                };
                if let (Some(before), Some(now)) = (last, now)
                    && before != now
                {
                    return true;
                }
                last = now.or(last);
            }
            // A lab that was changed is no change of mind either.
            Kind::AttemptRescored { .. } => last = None,
            // The boxes are restarted between a look meanwhile and the closing one, which is no change of mind.
            Kind::CommandRun(_)
            | Kind::CommandEnded { .. }
            | Kind::FileSaved(_)
            | Kind::FileChanged(_)
            | Kind::BoxStarted { .. }
            | Kind::BoxEnded { .. }
            | Kind::BoxReset {} => last = None,
            _ => {}
        }
    }
    false
}

/// The correlation between a part that is right or not and the rest, over those sittings in which both are known.
fn discrimination(outcomes: &[Option<bool>], rest: &[Option<f64>]) -> Option<f64> {
    let pairs: Vec<(f64, f64)> = outcomes
        .iter()
        .zip(rest)
        .filter_map(|(outcome, rest)| Some((if (*outcome)? { 1.0 } else { 0.0 }, (*rest)?)))
        .collect();
    if pairs.len() < ENOUGH {
        return None;
    }
    #[expect(clippy::cast_precision_loss, reason = "nobody has so many sittings")]
    let count = pairs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|pair| pair.0), mean(|pair| pair.1));
    let sum = |of: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(of).sum::<f64>();
    let (together, of_x, of_y) = (
        sum(&|pair| (pair.0 - x) * (pair.1 - y)),
        sum(&|pair| (pair.0 - x).powi(2)),
        sum(&|pair| (pair.1 - y).powi(2)),
    );
    // Where all went alike there is nothing to tell apart.
    (of_x > 1e-12 && of_y > 1e-12).then(|| together / (of_x * of_y).sqrt())
}
