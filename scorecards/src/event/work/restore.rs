//! Restore tests.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;

use crate::event::Artefact;

/// Restore tests.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Restore {
    /// A restore test is planned, or moved, and somebody is to take part.
    RestoreScheduled {
        /// Which test.
        test: String,
        /// When it will be.
        on: DateTime<Utc>,
    },
    /// A test will not take place.
    RestoreCancelled {
        /// Which test.
        test: String,
    },
    /// Somebody began to restore.
    RestoreStarted {
        /// Which test.
        test: String,
        /// From which snapshot; empty if nobody said.
        #[serde(default)]
        snapshot: String,
    },
    /// What was restored was compared with what it was made of. In a lab the grader does it, not the learner.
    RestoreVerified {
        /// Which test.
        test: String,
        /// The checksum of what was restored.
        checksum: String,
        /// The checksum of the source, as it was noted when the snapshot was made.
        source_checksum: String,
        /// How many files, here and there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        files: Option<Count>,
        /// How many rows of a database, here and there.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        rows: Option<Count>,
    },
    /// The report was handed in.
    RestoreReported {
        /// Which test.
        test: String,
        /// How long it took until the data could be used. It is recorded; nobody is held to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        took_minutes: Option<u32>,
        /// Whether what was restored for the test has been removed again.
        cleaned_up: bool,
        /// The report.
        report: Artefact,
    },
}

impl Restore {
    /// Which test it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::RestoreScheduled { test, .. }
            | Self::RestoreCancelled { test }
            | Self::RestoreStarted { test, .. }
            | Self::RestoreVerified { test, .. }
            | Self::RestoreReported { test, .. } => test,
        }
    }
}

/// How many there are in what was restored, and in its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Count {
    /// In what was restored.
    pub restored: u64,
    /// In the source.
    pub source: u64,
}
