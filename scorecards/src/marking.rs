//! How a lab is marked: its checks, signals and hints with their points. Labs parse into this.

use serde::{Deserialize, Serialize};

use crate::{event::work::Severity, signal::Pattern};

/// The marking of one lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Marking {
    /// Whether the end state is right.
    pub checks: Vec<CheckMark>,
    /// How the work was done.
    pub signals: Vec<SignalMark>,
    /// What hints cost, in their order.
    pub hints: Vec<u32>,
    /// The KPIs that the attempt is one observation of.
    #[serde(default)]
    pub kpis: Vec<KpiMark>,
    /// How bad the alert is that the lab begins with; `None` for one that begins with a ticket.
    #[serde(default)]
    pub alert: Option<Severity>,
}

/// What an attempt says of a KPI that is a share: it counts as met where everything named here was earned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KpiMark {
    /// The KPI's id.
    pub kpi: String,
    /// Ids of checks and signals.
    pub needs: Vec<String>,
}

/// What a check is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckMark {
    /// The check's id.
    pub id: String,
    /// What it asks, as a statement that is true when it passes.
    pub title: String,
    /// What it earns.
    pub points: i32,
    /// Whether the attempt passes only with it.
    pub required: bool,
    /// The dimension it counts for.
    pub dimension: String,
}

/// What a signal is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignalMark {
    /// The signal's id.
    pub id: String,
    /// What was done, in words.
    pub title: String,
    /// What it earns when seen; what it costs (below zero) when the pattern is a forbidden one.
    pub points: i32,
    /// The dimension it counts for.
    pub dimension: String,
    /// What to look for.
    pub pattern: Pattern,
}
