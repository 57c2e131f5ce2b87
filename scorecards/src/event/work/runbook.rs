//! Runbooks: used, followed, improved.
//!
//! Two kinds of things have episodes here: an *item* (an alert, incident, ticket or change, by the name that it has in its
//! own family) for which a runbook is used, and a *runbook* that is improved.

use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::event::Artefact;

/// Runbooks: used, followed, improved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Runbook {
    /// There is a runbook for an item. One event for each, where there are several.
    RunbookMatched {
        /// The alert, incident, ticket or change.
        item: String,
        /// The runbook that fits.
        runbook: String,
        /// Its mandatory steps.
        #[serde(default)]
        mandatory: Vec<String>,
    },
    /// A runbook was looked for and there is none.
    RunbookMissing {
        /// The alert, incident, ticket or change.
        item: String,
    },
    /// A runbook was opened for an item.
    RunbookOpened {
        /// The alert, incident, ticket or change.
        item: String,
        /// Which runbook.
        runbook: String,
    },
    /// A step was ticked.
    RunbookStepTicked {
        /// The alert, incident, ticket or change.
        item: String,
        /// Which runbook.
        runbook: String,
        /// Which step.
        step: String,
    },
    /// A command was run or a button pressed for an item.
    ActionTaken {
        /// The alert, incident, ticket or change.
        item: String,
        /// The runbook and its step that say so, where it is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        step: Option<Step>,
        /// Whether it changes what runs or what is kept; looking does not.
        changes: bool,
    },
    /// A step was left out or done otherwise, for a reason.
    RunbookDeviated {
        /// The alert, incident, ticket or change.
        item: String,
        /// Which runbook.
        runbook: String,
        /// Which step.
        step: String,
        /// Why.
        reason: Artefact,
    },
    /// A reviewer has looked at a deviation.
    RunbookDeviationReviewed {
        /// The alert, incident, ticket or change.
        item: String,
        /// Which runbook.
        runbook: String,
        /// Which step.
        step: String,
        /// Whether the reason holds.
        agreed: bool,
    },
    /// What using a runbook has shown about it.
    RunbookFeedbackGiven {
        /// The alert, incident, ticket or change.
        item: String,
        /// Which runbook.
        runbook: String,
        /// What.
        feedback: Feedback,
    },
    /// Part of the record of what was done for an item is missing.
    RunbookRecordLost {
        /// The alert, incident, ticket or change.
        item: String,
    },
    /// Somebody proposes to change a runbook.
    RevisionProposed {
        /// Which runbook.
        runbook: String,
        /// Which revision.
        revision: String,
        /// What it changes.
        diff: Artefact,
    },
    /// A reviewer says what a revision changes.
    RevisionReviewed {
        /// Which runbook.
        runbook: String,
        /// Which revision.
        revision: String,
        /// What.
        substance: Substance,
    },
    /// A revision is the runbook now.
    RevisionMerged {
        /// Which runbook.
        runbook: String,
        /// Which revision.
        revision: String,
    },
    /// Somebody, the actor, has worked by a revision of the subject's.
    RevisionUsed {
        /// Which runbook.
        runbook: String,
        /// Which revision.
        revision: String,
    },
}

/// A step of a runbook.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Step {
    /// Which runbook.
    pub runbook: String,
    /// Which step.
    pub step: String,
}

/// What using a runbook has shown about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// It is right as it is.
    NoUpdateNeeded,
    /// It needed a change, which this revision proposes.
    Updated(String),
}

/// What a revision changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Substance {
    /// A step is new, gone or another.
    Step,
    /// A command is another.
    Command,
    /// It is decided otherwise, or at another figure.
    Decision,
    /// Words and spelling: it is worked by as before.
    Wording,
}

impl Substance {
    /// Whether the runbook is worked by otherwise than before.
    #[must_use]
    pub fn meaningful(self) -> bool {
        self != Self::Wording
    }
}

impl Runbook {
    /// Which item a runbook is used for, or which runbook is improved.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::RunbookMatched { item, .. }
            | Self::RunbookMissing { item }
            | Self::RunbookOpened { item, .. }
            | Self::RunbookStepTicked { item, .. }
            | Self::ActionTaken { item, .. }
            | Self::RunbookDeviated { item, .. }
            | Self::RunbookDeviationReviewed { item, .. }
            | Self::RunbookFeedbackGiven { item, .. }
            | Self::RunbookRecordLost { item } => item,
            Self::RevisionProposed { runbook, .. }
            | Self::RevisionReviewed { runbook, .. }
            | Self::RevisionMerged { runbook, .. }
            | Self::RevisionUsed { runbook, .. } => runbook,
        }
    }
}
