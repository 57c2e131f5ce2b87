//! Work that a machine does now.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

/// Work that a machine does now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Automation {
    /// Somebody timed the work once, from beginning to end.
    ToilTimed {
        /// Which automation.
        automation: String,
        /// How it was done this time.
        way: Way,
        /// How long a person was busy with it.
        seconds: u32,
    },
    /// Somebody confirms what the work took by hand, and how often it was needed. Counts only if another person does.
    BaselineConfirmed {
        /// Which automation.
        automation: String,
        /// How often in a month of 30 days it was done by hand. Scheduled runs beyond it save nothing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        monthly: Option<u32>,
    },
    /// An automation ran.
    AutomationRun {
        /// Which automation.
        automation: String,
        /// Whether it did what it is for, as was verified afterwards.
        succeeded: bool,
        /// Who or what wanted it to run, if anybody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        wanted_by: Option<Wish>,
    },
    /// Somebody mended or changed the automation.
    AutomationMaintained {
        /// Which automation.
        automation: String,
        /// For how long.
        minutes: u32,
    },
}

impl Automation {
    /// Which automation it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::ToilTimed { automation, .. }
            | Self::BaselineConfirmed { automation, .. }
            | Self::AutomationRun { automation, .. }
            | Self::AutomationMaintained { automation, .. } => automation,
        }
    }
}

/// How a piece of work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// By hand.
    Manual,
    /// By the automation, and what is left to do around it.
    Automated,
}

/// Why an automation ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// Somebody asked for it, by an opaque name; a person's id where that is known.
    Requester(String),
    /// A schedule has it.
    Schedule,
}
