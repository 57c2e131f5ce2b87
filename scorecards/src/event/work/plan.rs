//! What is to be learnt in a quarter, and what has been.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;
use uuid::Uuid;

/// What is to be learnt in a quarter, and what has been.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Plan {
    /// Plan and items are agreed. Counts if the actor is not the learner; from then on the set stands.
    PlanAgreed {
        /// Which plan.
        plan: String,
        /// The items.
        items: Vec<PlanItem>,
        /// The quarter's first moment.
        from: DateTime<Utc>,
        /// The first moment after it.
        until: DateTime<Utc>,
    },
    /// Items were added or taken out after that, by the actor.
    PlanChanged {
        /// Which plan.
        plan: String,
        /// What is new.
        #[serde(default)]
        added: Vec<PlanItem>,
        /// What is out, by id.
        #[serde(default)]
        removed: Vec<String>,
    },
    /// The learner tried.
    ItemAttempted {
        /// Which plan.
        plan: String,
        /// The item.
        item: String,
    },
    /// The item was demonstrated at the level of mastery. The platform says so, or somebody who saw it: the learner's own
    /// word does not count.
    ItemMastered {
        /// Which plan.
        plan: String,
        /// The item.
        item: String,
        /// The attempts, or other events, that show it.
        #[serde(default)]
        evidence: Vec<Uuid>,
    },
    /// Somebody who may do so says that the item is done.
    ItemSignedOff {
        /// Which plan.
        plan: String,
        /// The item.
        item: String,
    },
    /// What was mastered was checked again some time later; who says so is as with mastery.
    ItemRechecked {
        /// Which plan.
        plan: String,
        /// The item.
        item: String,
        /// Whether it is still there.
        passed: bool,
    },
}

impl Plan {
    /// Which plan it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::PlanAgreed { plan, .. }
            | Self::PlanChanged { plan, .. }
            | Self::ItemAttempted { plan, .. }
            | Self::ItemMastered { plan, .. }
            | Self::ItemSignedOff { plan, .. }
            | Self::ItemRechecked { plan, .. } => plan,
        }
    }
}

/// One thing to be learnt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanItem {
    /// Names it: a lab, an exercise, a reading, a task.
    pub item: String,
    /// How long it is expected to take: its weight.
    pub minutes: u32,
    /// Whether a person has to sign it off.
    #[serde(default)]
    pub sign_off: bool,
    /// Whether it is checked again later. What only has to be read is not.
    #[serde(default = "yes")]
    pub recheck: bool,
}

fn yes() -> bool {
    true
}
