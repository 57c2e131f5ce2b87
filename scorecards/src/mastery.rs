//! Mastery: whether something is not just passed but learnt, and whether it has stayed.
//!
//! A lab or skill is *mastered* when it was passed in two different variants, the second time at least a week after the
//! first, with no more help than a first hint, and with nothing left undecided. Whether it has stayed is another question,
//! asked two weeks to a month later: [`recheck()`]. Both only count; nothing is fitted or guessed.
//!
//! A day is 24 hours, so that the answer does not hang on anybody's time zone.

mod recheck;
mod words;

use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use recheck::{Recheck, recheck};

/// What mastery asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MasteryRule {
    /// The second pass is at least so many days after the first.
    pub apart_days: u32,
    /// The highest hint, by its number in the lab, that a pass may have used.
    pub highest_hint: u32,
    /// A re-check is made from so many days after mastery …
    pub recheck_from_days: u32,
    /// … until so many.
    pub recheck_until_days: u32,
}

impl Default for MasteryRule {
    fn default() -> Self {
        Self { apart_days: 7, highest_hint: 1, recheck_from_days: 14, recheck_until_days: 30 }
    }
}

/// An attempt that is over, at the lab or at one of the skill's labs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// The attempt.
    pub attempt: Uuid,
    /// When it was over.
    pub at: DateTime<Utc>,
    /// What the learner met: the same name only where the same things were asked with the same names and numbers (a lab
    /// and its seed).
    pub variant: String,
    /// Whether it was passed.
    pub passed: bool,
    /// The highest hint that was taken; 0 for none.
    pub highest_hint: u32,
    /// Whether something could not be decided, because the record has a gap or a check could not be made.
    pub undecided: bool,
}

/// How far somebody has come with a lab or skill. Its words say what is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mastery {
    /// Where it stands.
    pub state: State,
    /// Passes that do not count, and why.
    pub not_counted: Vec<(Uuid, DateTime<Utc>, NotCounted)>,
    /// What was asked for.
    pub rule: MasteryRule,
}

/// Where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No pass that counts.
    NotBegun,
    /// One pass at least; the second is missing.
    Begun {
        /// The pass that the second is counted from.
        first: Uuid,
        /// The second may be made from here on …
        from: DateTime<Utc>,
        /// … in any variant but this.
        other_than: String,
    },
    /// Mastered.
    Mastered {
        /// Since when.
        at: DateTime<Utc>,
        /// The earlier pass.
        first: Uuid,
        /// The later one.
        second: Uuid,
    },
}

/// Why a pass does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotCounted {
    /// A hint beyond those that are allowed was taken.
    Hint {
        /// Which.
        taken: u32,
        /// The highest that is allowed.
        allowed: u32,
    },
    /// Something was left undecided.
    Undecided,
}

impl Mastery {
    /// Since when it is mastered, if it is.
    #[must_use]
    pub fn since(&self) -> Option<DateTime<Utc>> {
        if let State::Mastered { at, .. } = self.state { Some(at) } else { None }
    }
}

/// How far somebody had come at `as_of`, from their attempts in any order. What is mastered stays mastered: whether it can
/// still be done is for [`recheck()`].
#[must_use]
pub fn mastery(tries: &[Try], rule: &MasteryRule, as_of: DateTime<Utc>) -> Mastery {
    let mut passes: Vec<&Try> = tries.iter().filter(|one| one.passed && one.at <= as_of).collect();
    passes.sort_by_key(|one| (one.at, one.attempt));
    passes.dedup_by_key(|one| one.attempt);
    let not_counted: Vec<_> =
        passes.iter().filter_map(|one| Some((one.attempt, one.at, why_not(one, rule)?))).collect();
    passes.retain(|one| why_not(one, rule).is_none());

    let second = passes.iter().enumerate().find_map(|(place, second)| {
        let first = passes[..place].iter().find(|first| follows(first, second, rule))?;
        Some(State::Mastered { at: second.at, first: first.attempt, second: second.attempt })
    });
    let state = second.unwrap_or_else(|| match passes.first() {
        None => State::NotBegun,
        Some(first) => State::Begun {
            first: first.attempt,
            from: later(first.at, rule.apart_days),
            other_than: first.variant.clone(),
        },
    });
    Mastery { state, not_counted, rule: *rule }
}

fn follows(first: &Try, second: &Try, rule: &MasteryRule) -> bool {
    first.variant != second.variant && second.at >= later(first.at, rule.apart_days)
}

fn why_not(pass: &Try, rule: &MasteryRule) -> Option<NotCounted> {
    if pass.highest_hint > rule.highest_hint {
        Some(NotCounted::Hint { taken: pass.highest_hint, allowed: rule.highest_hint })
    } else {
        pass.undecided.then_some(NotCounted::Undecided)
    }
}

/// So many days later; the end of time where there are no such days.
fn later(at: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    at.checked_add_days(Days::new(u64::from(days))).unwrap_or(DateTime::<Utc>::MAX_UTC)
}
