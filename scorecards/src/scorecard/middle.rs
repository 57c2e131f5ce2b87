//! The middle of several raters' levels.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Level;

/// The median of levels, from 1 to 4 in half steps.
///
/// Of an even number of levels it is the half step between the two in the middle: 2 and 3 make 2.5. The lower of the two
/// would drop what one of two raters saw. For a bar to be met both say the same, since 2.5 is below 3: in doubt a must-meet
/// is missed, and the raters talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Middle {
    /// Twice the median: a whole number.
    twice: u8,
}

impl Middle {
    /// The median; `None` of nothing.
    #[must_use]
    pub fn of(levels: &[Level]) -> Option<Self> {
        let mut levels = levels.to_vec();
        levels.sort_unstable();
        let upper = levels.get(levels.len() / 2)?;
        let lower = levels.get((levels.len() - 1) / 2)?;
        Some(Self { twice: upper.number() + lower.number() })
    }

    /// Twice the median, from 2 to 8.
    #[must_use]
    pub fn twice(self) -> u8 {
        self.twice
    }

    /// Whether it is at least this level.
    #[must_use]
    pub fn at_least(self, level: Level) -> bool {
        self.twice >= 2 * level.number()
    }
}

impl From<Level> for Middle {
    fn from(level: Level) -> Self {
        Self { twice: 2 * level.number() }
    }
}

impl From<Middle> for f64 {
    fn from(middle: Middle) -> Self {
        Self::from(middle.twice) / 2.0
    }
}

impl TryFrom<f64> for Middle {
    type Error = String;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        let found = (2..=8_u8).find(|twice| f64::from(*twice) == 2.0 * value);
        found.map(|twice| Self { twice }).ok_or_else(|| format!("{value} is no median: 1 to 4 in half steps"))
    }
}

impl fmt::Display for Middle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f64::from(*self).fmt(f)
    }
}
