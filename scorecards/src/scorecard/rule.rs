//! What a scorecard's recommendation is made by. A role pack gives it; the default is the one for a junior
//! infrastructure engineer.

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantNames};

use super::Level;

/// A dimension of a scorecard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dimension {
    /// Names it in the role pack.
    pub id: String,
    /// Its name, for people.
    pub title: String,
    /// How much it counts.
    pub weight: Weight,
}

/// How much a dimension counts, in words; a [`Weighting`] makes numbers of them.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Weight {
    /// Least.
    Medium,
    /// Between the two.
    MediumHigh,
    /// Most. Without each of these there is no decision.
    High,
}

/// Numbers for weights. Whole ones: so a score that is exactly at a threshold is found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Weighting {
    /// Of [`Weight::High`].
    pub high: u32,
    /// Of [`Weight::MediumHigh`].
    pub medium_high: u32,
    /// Of [`Weight::Medium`].
    pub medium: u32,
}

impl Weighting {
    /// The number of a weight.
    #[must_use]
    pub fn of(self, weight: Weight) -> u32 {
        match weight {
            Weight::High => self.high,
            Weight::MediumHigh => self.medium_high,
            Weight::Medium => self.medium,
        }
    }
}

/// How a recommendation comes about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Rule {
    /// The numbers that are used.
    pub weighting: Weighting,
    /// Others that would be as right: where they change the label, it hangs on the choice.
    pub others: Vec<Weighting>,
    /// The least score for a strong yes, with no dimension below 3.
    pub strong_yes: f64,
    /// The least score for a yes.
    pub yes: f64,
    /// The least score that is talked over; below it is a no.
    pub discuss: f64,
    /// The least share of the weight that must be observed.
    pub coverage: f64,
    /// What must be met whatever the score is.
    pub must_meets: Vec<MustMeet>,
}

/// Dimensions that must reach a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct MustMeet {
    /// Which, by id.
    pub dimensions: Vec<String>,
    /// The least level, 1 to 4.
    pub at_least: u8,
    /// So many of them may be below it, by at most one level.
    pub misses_allowed: u32,
}

impl Default for Rule {
    /// The rule for a junior infrastructure engineer: operational discipline at 3; Linux, networking and troubleshooting at
    /// 3 but for one of them; communication at 2.
    fn default() -> Self {
        let must = |dimensions: &[&str], at_least: Level, misses_allowed| MustMeet {
            dimensions: dimensions.iter().map(ToString::to_string).collect(),
            at_least: at_least.number(),
            misses_allowed,
        };
        Self {
            weighting: Weighting { high: 4, medium_high: 3, medium: 2 },
            others: vec![
                Weighting { high: 3, medium_high: 2, medium: 1 },
                Weighting { high: 6, medium_high: 5, medium: 4 },
            ],
            strong_yes: 0.80,
            yes: 0.60,
            discuss: 0.50,
            coverage: 0.80,
            must_meets: vec![
                must(&["operational-discipline"], Level::Three, 0),
                must(&["linux-fundamentals", "networking-fundamentals", "troubleshooting"], Level::Three, 1),
                must(&["communication"], Level::Two, 0),
            ],
        }
    }
}
