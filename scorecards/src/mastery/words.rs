//! Mastery in words.

use std::fmt::{self, Display};

use chrono::{DateTime, SubsecRound, TimeDelta, Timelike, Utc};

use super::{Mastery, MasteryRule, NotCounted, Recheck, State};

impl Mastery {
    /// Where it stands and what is missing, a sentence each.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let MasteryRule { apart_days, highest_hint, .. } = self.rule;
        let state = match &self.state {
            State::NotBegun => format!(
                "Two passes are missing: in different variants, the second at least {apart_days} days after the first, with \
                 no hint above hint {highest_hint}."
            ),
            State::Begun { from, other_than, .. } => {
                format!("One more pass is missing: in another variant than “{other_than}”, from {}.", moment(*from))
            }
            State::Mastered { at, .. } => {
                format!("Mastered since {}: passed in two variants, at least {apart_days} days apart.", moment(*at))
            }
        };
        let not_counted = self.not_counted.iter();
        let not_counted = not_counted.map(|(_, at, why)| format!("The pass of {} does not count: {why}.", moment(*at)));
        [state].into_iter().chain(not_counted).collect()
    }
}

impl Display for NotCounted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hint { taken, allowed: 0 } => write!(f, "hint {taken} was taken, and none may be"),
            Self::Hint { taken, allowed } => write!(f, "hint {taken} was taken, at most hint {allowed} may be"),
            Self::Undecided => f.write_str("something in it could not be decided"),
        }
    }
}

impl Display for Recheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let late = |late: &bool| if *late { ", later than planned" } else { "" };
        match self {
            Self::NotYet { from } => write!(f, "The re-check can be made from {}.", moment(*from)),
            Self::Due { until } => write!(f, "The re-check is due, until {}.", moment(*until)),
            Self::Overdue { since } => write!(f, "The re-check is overdue since {}.", moment(*since)),
            Self::Kept { at, late: was_late, .. } => {
                write!(f, "It has stayed: passed again on {}{}.", moment(*at), late(was_late))
            }
            Self::Lost { at, late: was_late, why, .. } => {
                write!(f, "It has not stayed: the re-check on {}{} ", moment(*at), late(was_late))?;
                match why {
                    None => f.write_str("was not passed."),
                    Some(why) => write!(f, "was passed, but {why}."),
                }
            }
        }
    }
}

/// `3 December 2026, 15:04 UTC`. Rounded up to the minute: who comes then is not sent away.
fn moment(at: DateTime<Utc>) -> String {
    let whole = at.trunc_subsecs(0);
    let seconds = i64::from(whole.second()) + i64::from(whole < at);
    let up = if seconds == 0 { 0 } else { 60 - i64::from(whole.second()) };
    let minute = whole.checked_add_signed(TimeDelta::seconds(up)).unwrap_or(whole);
    minute.format("%-d %B %Y, %H:%M UTC").to_string()
}
