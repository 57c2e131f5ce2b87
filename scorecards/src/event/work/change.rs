//! Changes of what runs.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use super::Risk;
use crate::event::Artefact;

/// Changes of what runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Change {
    /// A change is proposed.
    ChangeProposed {
        /// Which change.
        change: String,
        /// How risky, as who proposes it says.
        risk: Risk,
    },
    /// The actor says how risky it is. It holds if somebody else than the subject says so, before the start.
    ChangeClassified {
        /// Which change.
        change: String,
        /// How risky.
        risk: Risk,
    },
    /// It is written down what will be done.
    ChangePlanned {
        /// Which change.
        change: String,
        /// The plan.
        plan: Artefact,
    },
    /// It is written down how to go back.
    ChangeRollbackPlanned {
        /// Which change.
        change: String,
        /// The plan.
        plan: Artefact,
    },
    /// The actor approves it.
    ChangeApproved {
        /// Which change.
        change: String,
    },
    /// How it was before: recorded while it was looked at.
    ChangePrechecked {
        /// Which change.
        change: String,
        /// What was seen.
        capture: Capture,
    },
    /// It is under way.
    ChangeStarted {
        /// Which change.
        change: String,
    },
    /// It is done.
    ChangeFinished {
        /// Which change.
        change: String,
    },
    /// How it is after: recorded while it was looked at.
    ChangePostchecked {
        /// Which change.
        change: String,
        /// What was seen.
        capture: Capture,
    },
    /// It was undone.
    ChangeRolledBack {
        /// Which change.
        change: String,
        /// Whether that was decided by the plan, rather than forced by what broke.
        by_choice: bool,
    },
    /// An incident was traced to it.
    ChangeCausedIncident {
        /// Which change.
        change: String,
        /// Which incident.
        incident: String,
        /// When the incident began, which is before it was traced.
        began: DateTime<Utc>,
    },
    /// It needed another change at once to be right.
    ChangeHotfixed {
        /// Which change.
        change: String,
        /// The other change.
        hotfix: String,
    },
    /// Part of the record of it is missing.
    ChangeRecordLost {
        /// Which change.
        change: String,
    },
}

/// A look at a system, by the recorder of the shell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capture {
    /// What was run.
    pub command: String,
    /// The recording of it, with its times: two looks never have the same, even where they saw the same.
    pub recording: Artefact,
    /// When it was looked at, if not at the time of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<DateTime<Utc>>,
}

impl Change {
    /// Which change it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::ChangeProposed { change, .. }
            | Self::ChangeClassified { change, .. }
            | Self::ChangePlanned { change, .. }
            | Self::ChangeRollbackPlanned { change, .. }
            | Self::ChangeApproved { change }
            | Self::ChangePrechecked { change, .. }
            | Self::ChangeStarted { change }
            | Self::ChangeFinished { change }
            | Self::ChangePostchecked { change, .. }
            | Self::ChangeRolledBack { change, .. }
            | Self::ChangeCausedIncident { change, .. }
            | Self::ChangeHotfixed { change, .. }
            | Self::ChangeRecordLost { change } => change,
        }
    }
}
