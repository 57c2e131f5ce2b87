//! Pull requests of infrastructure code.

use serde::{Deserialize, Serialize};
use strum::VariantNames;
use uuid::Uuid;

/// Pull requests of infrastructure code. The subject is the author.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PullRequest {
    /// A pull request was opened.
    PullOpened {
        /// Which pull request.
        pull: String,
        /// Whether it is a draft that nobody is asked to look at yet.
        #[serde(default)]
        draft: bool,
        /// The commit it was opened with: the first push.
        #[serde(default)]
        commit: String,
    },
    /// It is no draft any more.
    PullReady {
        /// Which pull request.
        pull: String,
    },
    /// Somebody was asked to look at it.
    ReviewRequested {
        /// Which pull request.
        pull: String,
        /// Who.
        reviewer: Uuid,
    },
    /// Somebody, the actor, looked at it.
    PullReviewed {
        /// Which pull request.
        pull: String,
        /// What they came to.
        verdict: Review,
        /// How many comments they left.
        #[serde(default)]
        comments: u32,
    },
    /// The author pushed.
    PullPushed {
        /// Which pull request.
        pull: String,
        /// The newest commit.
        commit: String,
    },
    /// The pipeline has ended for a commit.
    PipelineFinished {
        /// Which pull request.
        pull: String,
        /// The commit.
        commit: String,
        /// Whether everything in it passed.
        passed: bool,
    },
    /// It waits for something outside of author and reviewers.
    PullHeld {
        /// Which pull request.
        pull: String,
        /// For whom or what. A hold without it does not count.
        waits_for: String,
    },
    /// It waits no more.
    PullResumed {
        /// Which pull request.
        pull: String,
    },
    /// It was merged.
    PullMerged {
        /// Which pull request.
        pull: String,
        /// How many lines were added or removed.
        lines: u32,
        /// How many resources the plan changes.
        #[serde(default)]
        resources: u32,
    },
    /// It was closed without a merge.
    PullClosed {
        /// Which pull request.
        pull: String,
    },
    /// What it changed was taken back.
    PullReverted {
        /// Which pull request.
        pull: String,
        /// The pull request that took it back; empty if it was done otherwise.
        #[serde(default)]
        by: String,
    },
}

impl PullRequest {
    /// Which pull request it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::PullOpened { pull, .. }
            | Self::PullReady { pull }
            | Self::ReviewRequested { pull, .. }
            | Self::PullReviewed { pull, .. }
            | Self::PullPushed { pull, .. }
            | Self::PipelineFinished { pull, .. }
            | Self::PullHeld { pull, .. }
            | Self::PullResumed { pull }
            | Self::PullMerged { pull, .. }
            | Self::PullClosed { pull }
            | Self::PullReverted { pull, .. } => pull,
        }
    }
}

/// What a reviewer came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Review {
    /// It may be merged.
    Approved,
    /// Something has to change first.
    ChangesRequested,
    /// Neither.
    Commented,
}
