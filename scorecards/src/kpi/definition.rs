//! What a role pack says of a KPI.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray, VariantNames};

use super::State;

/// A KPI as a role pack defines it: which measure, over which window, held against which target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Definition {
    /// Names it in the pack: `time-to-acknowledge`.
    pub id: String,
    /// Its name, for people.
    pub name: String,
    /// What it asks, in one or two sentences.
    pub asks: String,
    /// Why it matters.
    pub why: String,
    /// How it is counted, in words that say what is in the numerator and what in the denominator.
    pub counted: String,
    /// How it is computed.
    pub measure: Measure,
    /// The window, in days, that ends with the day asked about.
    pub window_days: u32,
    /// Which way is good.
    pub direction: Direction,
    /// What is aimed at.
    pub target: Target,
    /// With fewer observations it says nothing.
    pub minimum: u32,
    /// The KPIs or counter-figures, by id, that are read beside it: they move when this one is gamed.
    pub guards: Vec<String>,
    /// For how many days after the start it is informational.
    pub ramp_days: u32,
    /// Settings of the measure, by name, where they differ from [`Measure::settings`].
    pub settings: BTreeMap<String, f64>,
}

impl Definition {
    /// A setting of the measure: the pack's, or else the measure's own.
    ///
    /// # Panics
    /// If the measure has no such setting: a fault of the program, not of a pack.
    #[must_use]
    pub fn setting(&self, name: &str) -> f64 {
        let own = || self.measure.method().settings.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        self.settings.get(name).copied().or_else(own).expect("a measure asks only for settings that it names")
    }
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Up,
    /// Less is better.
    Down,
    /// Between two figures; more than the upper one asks for a look, not for praise.
    Band,
}

/// What is aimed at, in the measure's unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// At least.
    pub at_least: Option<f64>,
    /// At most.
    pub at_most: Option<f64>,
    /// The better figure to aim at later: a higher `at_least` or a lower `at_most`.
    pub stretch: Option<f64>,
}

impl Target {
    /// How a value stands to it.
    #[must_use]
    pub fn state(&self, value: f64) -> State {
        if self.at_least.is_some_and(|least| value < least) {
            State::Below
        } else if self.at_most.is_some_and(|most| value > most) {
            State::Above
        } else {
            State::In
        }
    }

    /// Whether a value reaches the better figure, if there is one.
    #[must_use]
    pub fn stretched(&self, value: f64, direction: Direction) -> Option<bool> {
        let stretch = self.stretch?;
        // A band has its better figure at the end that it has: 10 to 25 with 20, at most 10 with 5.
        let down = direction == Direction::Down || (direction == Direction::Band && self.at_least.is_none());
        Some(if down { value <= stretch } else { value >= stretch })
    }
}

/// What a figure is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share, from 0 to 1.
    Share,
    /// Minutes.
    Minutes,
    /// Working days.
    Days,
    /// So many a month of 30 days.
    PerMonth,
    /// Hours a month of 30 days.
    HoursPerMonth,
    /// Relative change: −0.2 is a fifth less.
    Change,
    /// Change a month, by a line through the figures.
    Slope,
    /// From 1 to 5.
    Grade,
}

impl Unit {
    /// A value in this unit, for people.
    #[must_use]
    pub fn show(self, value: f64) -> String {
        match self {
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Minutes => format!("{value:.1} min"),
            Self::Days => format!("{value:.1} days"),
            Self::PerMonth => format!("{value:.1} a month"),
            Self::HoursPerMonth => format!("{value:.1} h a month"),
            Self::Change => format!("{:+.1} %", value * 100.0),
            Self::Slope => format!("{value:+.2} a month"),
            Self::Grade => format!("{value:.2} of 5"),
        }
    }
}

/// How a KPI is computed. A role pack chooses among these; each is described at its function.
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
    VariantArray,
    VariantNames,
)]
#[serde(rename_all = "kebab-case")]
#[strum(serialize_all = "kebab-case")]
pub enum Measure {
    /// K01: tickets completed to standard.
    TicketThroughput,
    /// K02: tickets that meet the whole checklist.
    TicketQuality,
    /// K03: tickets that came back.
    ReopenRate,
    /// K04: from an alert to its acknowledgement.
    TimeToAcknowledge,
    /// K05: from the limit of one's scope to the call for help.
    TimeToEscalate,
    /// K06: events with a runbook in which it was followed.
    RunbookAdherence,
    /// K07: meaningful revisions of runbooks.
    RunbookImprovements,
    /// K08: accepted dashboards, alert rules, log sources.
    MonitoringContributions,
    /// K09: change of alerts that needed nobody.
    AlertNoise,
    /// K10: low-risk changes that went well.
    ChangeSuccess,
    /// K11: changes with pre-check, plan, rollback plan and post-check.
    ChangeDocumentation,
    /// K12: systems at the required level in time.
    PatchCompliance,
    /// K13: findings mended in time.
    VulnerabilitySla,
    /// K14a: backup runs that succeeded.
    BackupSuccess,
    /// K14b: failed or missing backup runs that somebody looked into within a day.
    BackupTriage,
    /// K15a: restore tests taken part in.
    RestoreParticipation,
    /// K15b: restore tests with full evidence.
    RestoreEvidence,
    /// K16a: agreed drift mended in code.
    DriftResolved,
    /// K16b: the trend of open drift.
    DriftTrend,
    /// K17: from opening a pull request to its merge.
    PullCycleTime,
    /// K18: pull requests accepted with little churn.
    PullQuality,
    /// K19: hours that automation saves.
    HoursSaved,
    /// K20: what partners say.
    Satisfaction,
    /// K21: agreed learning that was demonstrated.
    LearningVelocity,
}
