//! Dashboards, alert rules and log sources, and how much noise an area makes.
//!
//! Two kinds of things have episodes here: a *monitor* that somebody adds, and an *area* whose alerts somebody answers
//! for.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::event::Artefact;

/// Dashboards, alert rules and log sources, and how much noise an area makes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Monitor {
    /// Something that watches is proposed.
    MonitorProposed {
        /// Which monitor.
        monitor: String,
        /// What it is.
        sort: Sort,
    },
    /// Somebody answers for it.
    MonitorOwned {
        /// Which monitor.
        monitor: String,
        /// Who: a person or team, as an opaque name.
        owner: String,
    },
    /// It says what to do when it speaks.
    MonitorLinked {
        /// Which monitor.
        monitor: String,
        /// The runbook.
        runbook: String,
    },
    /// It was tested: by rule tests with hidden cases in a lab, by a trial elsewhere.
    MonitorTested {
        /// Which monitor.
        monitor: String,
        /// Whether it did as it should.
        passed: bool,
    },
    /// It was accepted and watches now.
    MonitorMerged {
        /// Which monitor.
        monitor: String,
    },
    /// It has alerted somebody, and who responded said whether there was something to do.
    MonitorAlerted {
        /// Which monitor.
        monitor: String,
        /// Whether there was.
        actionable: bool,
    },
    /// What an area is, from now on.
    AreaFrozen {
        /// Which area.
        area: String,
        /// The services that belong to it.
        services: Vec<String>,
    },
    /// An alert rule of the area was changed.
    AlertRuleChanged {
        /// Which area.
        area: String,
        /// Which rule.
        rule: String,
        /// What was changed.
        diff: Artefact,
    },
    /// True incidents of the quarter before were played against the rules as they are now.
    RulesReplayed {
        /// Which area.
        area: String,
        /// How many incidents.
        incidents: u32,
        /// How many of them the rules still alert on.
        caught: u32,
    },
    /// Nothing is deployed in an area for a while.
    DeployFreezeDeclared {
        /// Which area.
        area: String,
        /// From when.
        from: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
    },
}

/// What watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sort {
    /// A dashboard.
    Dashboard,
    /// An alert rule.
    AlertRule,
    /// A source of logs.
    LogSource,
}

impl Monitor {
    /// Which monitor or area it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::MonitorProposed { monitor, .. }
            | Self::MonitorOwned { monitor, .. }
            | Self::MonitorLinked { monitor, .. }
            | Self::MonitorTested { monitor, .. }
            | Self::MonitorMerged { monitor }
            | Self::MonitorAlerted { monitor, .. } => monitor,
            Self::AreaFrozen { area, .. }
            | Self::AlertRuleChanged { area, .. }
            | Self::RulesReplayed { area, .. }
            | Self::DeployFreezeDeclared { area, .. } => area,
        }
    }
}
