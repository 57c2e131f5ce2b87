//! Alerts, pages, and who took them.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::Severity;

/// Alerts, pages, and who took them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Alert {
    /// An alert fired.
    AlertFired {
        /// Which alert.
        alert: String,
        /// How bad.
        severity: Severity,
        /// The rule that it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rule: Option<String>,
        /// The service that it is about; an area is made of services.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        service: Option<String>,
    },
    /// The page for it reached the person: their time runs from here, not from the alert.
    PageDelivered {
        /// Which alert.
        alert: String,
    },
    /// Somebody, or something, said that it is taken: the event's actor.
    AlertAcknowledged {
        /// Which alert.
        alert: String,
        /// Whether a machine did it.
        #[serde(default)]
        automatic: bool,
        /// By which way: a phone, a chat, a page.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        channel: Option<String>,
        /// Whether what is done next is on record. Where it is not, its absence says nothing.
        #[serde(default = "yes")]
        watched: bool,
    },
    /// Somebody looked at what it is about: a log, a metric, the machine.
    AlertLookedInto {
        /// Which alert.
        alert: String,
    },
    /// It was handed on.
    AlertReassigned {
        /// Which alert.
        alert: String,
        /// Why.
        reason: HandOn,
        /// Whether those to whom it was handed took it.
        #[serde(default)]
        accepted: bool,
    },
    /// It is over.
    AlertResolved {
        /// Which alert.
        alert: String,
        /// Whether it went away by itself.
        #[serde(default)]
        automatic: bool,
    },
    /// Who responded says whether there was something to do.
    AlertTagged {
        /// Which alert.
        alert: String,
        /// Whether there was.
        actionable: bool,
    },
}

/// Why an alert was handed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandOn {
    /// It should have gone to another team.
    WrongTeam,
    /// The shift ended.
    ShiftEnded,
    /// Help was needed.
    Escalated,
    /// Something else.
    Other,
}

/// The default of what is true where nothing is said.
fn yes() -> bool {
    true
}

impl Alert {
    /// Which alert it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::AlertFired { alert, .. }
            | Self::PageDelivered { alert }
            | Self::AlertAcknowledged { alert, .. }
            | Self::AlertLookedInto { alert }
            | Self::AlertReassigned { alert, .. }
            | Self::AlertResolved { alert, .. }
            | Self::AlertTagged { alert, .. } => alert,
        }
    }
}
