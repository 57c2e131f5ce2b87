//! A figure: what a KPI says of a person at a moment, in one series, and everything that it rests on.

use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use uuid::Uuid;

use super::{Direction, Exclusion, Flag, Unit, Window, statistics::Interval};
use crate::event::Source;

/// What a KPI says of a person in one series, at the end of a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The KPI, by id.
    pub kpi: String,
    /// From where. Figures of different series are never blended.
    pub series: Source,
    /// The window.
    pub window: Window,
    /// What `value` is counted in.
    pub unit: Unit,
    /// The figure. `None` where there is nothing that it could be computed from.
    pub value: Option<f64>,
    /// How many observations count.
    pub count: u32,
    /// What the value is made of.
    pub parts: Parts,
    /// How it stands to its target.
    pub state: State,
    /// Whether the better figure is reached, if there is one and the state is a verdict.
    pub stretch: Option<bool>,
    /// Whether it only informs, because the person has begun so lately.
    pub ramp: bool,
    /// What does not count, by reason.
    pub exclusions: Vec<Excluded>,
    /// What to look at, of all observations in the window, also those that do not count.
    pub flags: Vec<Flagged>,
    /// What is read beside it.
    pub guards: Vec<Guard>,
    /// The events that the counting observations rest on, by id.
    pub events: Vec<Uuid>,
}

/// What a value is made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Parts {
    /// Of a share.
    Share {
        /// How many are met, each counted once.
        met: u32,
        /// Of how many.
        of: u32,
        /// Σ weight of those met.
        numerator: f64,
        /// Σ weight of all.
        denominator: f64,
        /// Wilson's 95 % interval around the value. Where weights differ it is that of the number of trials that would
        /// say as much ([`super::statistics::effective`]), which is fewer than `of`; with equal weights, of `of` itself.
        interval: Interval,
    },
    /// Of a sum, a month.
    Sum {
        /// Σ amounts by complexity and risk.
        weighted: f64,
        /// Σ amounts without.
        raw: f64,
        /// By how many months of 30 days the sum is divided; less than the window where the person was not there all
        /// the time.
        months: f64,
    },
    /// Of durations. What had not ended counts with what it has lasted, so mean and quantiles are the least that they
    /// can be.
    Durations {
        /// Σ lengths.
        total: f64,
        /// Of it, what was others' turn: for a pull request, its reviewers'. 0 where nobody asks whose turn it was.
        #[serde(default)]
        waiting: f64,
        /// Their mean.
        mean: f64,
        /// Their median, and likewise the 90th percentile: Hyndman and Fan's type 7.
        median: f64,
        /// What nine in ten stay below.
        p90: f64,
        /// How many had not ended.
        censored: u32,
    },
    /// Of a mean of levels.
    Levels {
        /// Σ levels.
        total: f64,
    },
    /// Somebody's word, which says no more than the value.
    Stated,
    /// Anything else, or nothing.
    Other,
}

/// How a figure stands to its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Less than the target's lower end.
    Below,
    /// As it should be.
    In,
    /// More than the target's upper end.
    Above,
    /// Too little is known for a verdict.
    Insufficient,
}

/// What a state means, given which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Meaning {
    /// The target is met.
    Met,
    /// The target is missed.
    Missed,
    /// More than was asked for: look why, do not praise.
    Look,
    /// Nothing.
    Nothing,
}

impl State {
    /// What it means, given which way is good.
    #[must_use]
    pub fn meaning(self, direction: Direction) -> Meaning {
        match (self, direction) {
            (Self::In, _) => Meaning::Met,
            (Self::Insufficient, _) => Meaning::Nothing,
            (Self::Below, Direction::Up | Direction::Band) | (Self::Above, Direction::Down) => Meaning::Missed,
            (Self::Above, Direction::Up | Direction::Band) | (Self::Below, Direction::Down) => Meaning::Look,
        }
    }
}

/// Observations that do not count, for one reason.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Excluded {
    /// The reason.
    pub reason: Exclusion,
    /// How many.
    pub count: u32,
    /// What they are about.
    pub about: Vec<String>,
    /// The events they rest on, by id.
    pub events: Vec<Uuid>,
}

/// Observations with a flag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flagged {
    /// The flag.
    pub flag: Flag,
    /// How many.
    pub count: u32,
    /// Of how many: all in the window, also those that do not count.
    pub of: u32,
    /// What they are about.
    pub about: Vec<String>,
}

/// What is read beside a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guard {
    /// What: the id of a KPI, or the name of a flag.
    pub guard: String,
    /// Its own figure: the KPI's value, or the share of observations with the flag.
    pub value: Option<f64>,
    /// How the KPI stands to its target; `None` for a flag.
    pub state: Option<State>,
    /// Whether it says that the figure beside it may be gamed. `None` where too little is known to say so or not.
    pub tripped: Option<bool>,
    /// The same in words.
    pub says: String,
}
