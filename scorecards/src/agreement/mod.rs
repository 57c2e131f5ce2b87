//! How far raters agree, and how sure one can be of it.
//!
//! A *unit* is what several people rate: one dimension on one scorecard, or one whole scorecard. Ratings here are those that
//! were given before anybody saw another's. A figure that cannot be had is [`Withheld`] with the reason: never a zero,
//! never "not a number".
//!
//! | figure | asks | of |
//! |---|---|---|
//! | [`exact`], [`adjacent`] | how often two ratings are the same, or next to each other | levels |
//! | [`kappa()`] | the same for two raters, beyond what chance gives | levels |
//! | [`alpha()`] | the same for any number of raters, with gaps | levels |
//! | [`icc()`] | how far the mean over these raters can be relied on | scores |
//!
//! Where nearly all units get the same level, kappa and alpha are low although raters hardly differ: read them beside
//! [`exact`].

mod alpha;
mod bootstrap;
mod icc;
mod kappa;
mod percent;
mod report;
mod splitmix;
mod units;

pub use alpha::alpha;
pub use bootstrap::{Interval, bootstrap};
pub use icc::icc;
pub use kappa::kappa;
pub use percent::{adjacent, exact};
pub use report::{Agreement, Asked, Estimate, Figure, PairOfRaters, agreement, consistency};
pub use splitmix::SplitMix64;
pub use units::{Rated, Uneven, Units};

use serde::{Deserialize, Serialize};

/// Why there is no figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Withheld {
    /// Nothing was rated by two people.
    #[error("nothing was rated by two people")]
    NoPairs,
    /// There is no such rater in the table.
    #[error("there is no such rater")]
    NoSuchRater,
    /// Fewer units were rated by two people than the least that a figure may be shown for.
    #[error("{units} were rated by two people; {needed} are needed")]
    TooFew {
        /// How many were.
        units: usize,
        /// How many it takes.
        needed: usize,
    },
    /// Everybody gave everything the same: agreement cannot be told from chance.
    #[error("all ratings are the same, so agreement cannot be told from chance")]
    NoVariance,
    /// Units differ less than raters and chance make them differ: the formula then has no meaning.
    #[error("what was rated differs less than raters and chance make it differ")]
    UnitsAlike,
    /// A score is not a finite number, or so large that sums of squares overflow.
    #[error("a score is not a number that can be reckoned with")]
    NotANumber,
    /// Too many resamples have no figure of their own for an interval to be honest.
    #[error("{undefined} of {resamples} resamples have no figure")]
    Unstable {
        /// So many have none.
        undefined: u32,
        /// Of so many.
        resamples: u32,
    },
    /// The interval that was asked for makes no sense: no resamples, or a level that is not between 0 and 1.
    #[error("an interval needs resamples and a level between 0 and 1")]
    NoInterval,
}
