//! The re-check: whether what was mastered has stayed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{MasteryRule, NotCounted, Try, later, why_not};

/// How the re-check of something that was mastered stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recheck {
    /// Too early: it would show memory of the day, not that it has stayed.
    NotYet {
        /// From when.
        from: DateTime<Utc>,
    },
    /// It may be made.
    Due {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It should have been made and was not. It still can be.
    Overdue {
        /// Since when.
        since: DateTime<Utc>,
    },
    /// It has stayed.
    Kept {
        /// The attempt that shows it.
        attempt: Uuid,
        /// When.
        at: DateTime<Utc>,
        /// Whether that was after the time for it.
        late: bool,
    },
    /// It has not.
    Lost {
        /// The attempt that shows it.
        attempt: Uuid,
        /// When.
        at: DateTime<Utc>,
        /// Whether that was after the time for it.
        late: bool,
        /// Why, if it was passed and that does not count.
        why: Option<NotCounted>,
    },
}

/// How the re-check stands at `as_of`, of what was mastered at `mastered`.
///
/// The first attempt from the first day of the re-check on decides, in whatever variant: a second try after a failed one
/// shows learning, not that it had stayed. It is passed as for mastery, so with no more than a first hint. Where something
/// was left undecided it decides nothing.
#[must_use]
pub fn recheck(mastered: DateTime<Utc>, tries: &[Try], rule: &MasteryRule, as_of: DateTime<Utc>) -> Recheck {
    let from = later(mastered, rule.recheck_from_days);
    let until = later(mastered, rule.recheck_until_days);
    let decides = |one: &&Try| one.at >= from && one.at <= as_of && !one.undecided;
    match tries.iter().filter(decides).min_by_key(|one| (one.at, one.attempt)) {
        Some(one) => {
            let (attempt, at, late) = (one.attempt, one.at, one.at > until);
            match (one.passed, why_not(one, rule)) {
                (true, None) => Recheck::Kept { attempt, at, late },
                (passed, why) => Recheck::Lost { attempt, at, late, why: why.filter(|_| passed) },
            }
        }
        None if as_of < from => Recheck::NotYet { from },
        None if as_of <= until => Recheck::Due { until },
        None => Recheck::Overdue { since: until },
    }
}
