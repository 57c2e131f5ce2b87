//! Where what runs differs from what the code says.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;
use uuid::Uuid;

use super::{Complexity, Risk};

/// Where what runs differs from what the code says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Drift {
    /// Something differs.
    DriftDetected {
        /// Which item.
        item: String,
        /// The resource, as the code calls it.
        #[serde(default)]
        resource: String,
        /// How much work it is, as said before anybody took it.
        #[serde(default = "small")]
        complexity: Complexity,
        /// How risky its mending is, said then as well.
        #[serde(default = "low")]
        risk: Risk,
    },
    /// The item belongs to what is to be mended in a period. The set is agreed when the period begins and then stands.
    DriftAgreed {
        /// Which item.
        item: String,
        /// The period's first moment.
        from: DateTime<Utc>,
        /// The first moment after it.
        until: DateTime<Utc>,
    },
    /// Somebody says that the item is dealt with.
    DriftClosed {
        /// Which item.
        item: String,
        /// How.
        by: Closing,
    },
    /// The code was held against what runs again.
    DriftRechecked {
        /// Which item.
        item: String,
        /// Whether there is no difference any more.
        clean: bool,
    },
}

impl Drift {
    /// Which item it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::DriftDetected { item, .. }
            | Self::DriftAgreed { item, .. }
            | Self::DriftClosed { item, .. }
            | Self::DriftRechecked { item, .. } => item,
        }
    }
}

/// How a drift item was dealt with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// By code that is merged.
    Code {
        /// The pull request.
        pull: String,
        /// Whether its diff adds a rule by which differences are ignored.
        #[serde(default)]
        ignores: bool,
        /// Who else agreed to that rule, where somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        approver: Option<Uuid>,
    },
    /// By hand, where it runs.
    Hand,
}

fn small() -> Complexity {
    Complexity::S
}

fn low() -> Risk {
    Risk::Low
}
