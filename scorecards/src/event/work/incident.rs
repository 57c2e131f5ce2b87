//! Incidents, the limits of one's scope, and calls for help.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::Severity;

/// Incidents, the limits of one's scope, and calls for help.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Incident {
    /// An incident began, and the person has it.
    IncidentOpened {
        /// Which incident.
        incident: String,
        /// How bad.
        severity: Severity,
        /// The alert that it came from.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        alert: Option<String>,
    },
    /// Somebody says anew how bad it is.
    IncidentSeveritySet {
        /// Which incident.
        incident: String,
        /// How bad.
        severity: Severity,
    },
    /// What was seen is beyond what the person may decide or do: in a lab its author says what shows that.
    ScopeLimitReached {
        /// Which incident.
        incident: String,
        /// What showed it.
        sign: String,
    },
    /// The person called for help.
    EscalationSent {
        /// Which incident.
        incident: String,
        /// To whom or which team, as an opaque name.
        to: String,
        /// What the call tells.
        told: Vec<Told>,
    },
    /// Whoever was called has taken it.
    EscalationAccepted {
        /// Which incident.
        incident: String,
    },
    /// Somebody else says whether the call was needed: the event's actor.
    EscalationJudged {
        /// Which incident.
        incident: String,
        /// Whether it was.
        needed: bool,
    },
    /// It is over.
    IncidentResolved {
        /// Which incident.
        incident: String,
    },
}

/// What a call for help tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// Who is hit, and how badly.
    Impact,
    /// What has changed.
    Changed,
    /// What fails.
    Failing,
    /// What has been tried.
    Tried,
}

impl Incident {
    /// Which incident it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::IncidentOpened { incident, .. }
            | Self::IncidentSeveritySet { incident, .. }
            | Self::ScopeLimitReached { incident, .. }
            | Self::EscalationSent { incident, .. }
            | Self::EscalationAccepted { incident }
            | Self::EscalationJudged { incident, .. }
            | Self::IncidentResolved { incident } => incident,
        }
    }
}
