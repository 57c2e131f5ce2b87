//! Systems brought to the level that is required.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;
use uuid::Uuid;

use crate::event::Artefact;

/// Systems brought to the level that is required.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Patch {
    /// A system is to be brought to a level. The same system is assigned again for the next level.
    PatchAssigned {
        /// Which assignment.
        assignment: String,
        /// Which system.
        system: String,
        /// To which level.
        level: String,
        /// In which ring the system is.
        ring: Ring,
        /// Until when.
        due: DateTime<Utc>,
    },
    /// A package was brought to a version.
    PatchApplied {
        /// Which assignment.
        assignment: String,
        /// The package.
        package: String,
        /// The version.
        version: String,
    },
    /// The system was rebooted, or the services that held the old version were restarted.
    PatchRebooted {
        /// Which assignment.
        assignment: String,
    },
    /// A scanner has looked at the system.
    PatchScanned {
        /// Which assignment.
        assignment: String,
        /// Whether everything is at the level.
        at_level: bool,
        /// Whether something old still runs until a reboot.
        reboot_pending: bool,
    },
    /// Somebody looked whether the service is well.
    PatchVerified {
        /// Which assignment.
        assignment: String,
        /// Whether it is.
        healthy: bool,
    },
    /// The system may stay as it is for a while.
    PatchExcepted {
        /// Which assignment.
        assignment: String,
        /// Who approves that: never the person who is to patch it.
        approver: Uuid,
        /// Until when.
        until: DateTime<Utc>,
        /// Why.
        reason: Artefact,
    },
}

/// How much depends on a system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ring {
    /// Not production.
    NonProduction,
    /// Production.
    Production,
}

impl Patch {
    /// Which assignment it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::PatchAssigned { assignment, .. }
            | Self::PatchApplied { assignment, .. }
            | Self::PatchRebooted { assignment }
            | Self::PatchScanned { assignment, .. }
            | Self::PatchVerified { assignment, .. }
            | Self::PatchExcepted { assignment, .. } => assignment,
        }
    }
}
