//! Runs of backup jobs.

use serde::{Deserialize, Serialize};
use strum::VariantNames;
use uuid::Uuid;

use crate::event::Artefact;

/// Runs of backup jobs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Backup {
    /// A backup is due to run at the time of this event.
    BackupScheduled {
        /// Which run.
        run: String,
        /// The job.
        job: String,
        /// Within how many minutes it must have ended; by the measure's setting where nothing is said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grace_minutes: Option<u32>,
    },
    /// A run has ended.
    BackupFinished {
        /// Which run.
        run: String,
        /// The exit code of the program.
        code: i32,
        /// How much the backup holds, in bytes: all that can be restored from it, not only what was new.
        bytes: u64,
        /// What the check of the repository said afterwards; `None` if none was made.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repository_check: Option<bool>,
    },
    /// Somebody looked into a run that failed or did not happen.
    BackupTriaged {
        /// Which run.
        run: String,
        /// What was found, and what follows.
        note: Artefact,
    },
    /// The schedule of a job was changed.
    BackupScheduleChanged {
        /// Which job; such events are told by the job's name, not by a run's.
        job: String,
        /// How.
        change: ScheduleChange,
        /// Who else agreed, where somebody did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reviewer: Option<Uuid>,
    },
}

impl Backup {
    /// Which run, or for a change of the schedule which job, it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::BackupScheduled { run, .. } | Self::BackupFinished { run, .. } | Self::BackupTriaged { run, .. } => {
                run
            }
            Self::BackupScheduleChanged { job, .. } => job,
        }
    }
}

/// How the schedule of a backup job was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScheduleChange {
    /// It runs now, or more often.
    Added,
    /// It runs at another time, as often as before.
    Moved,
    /// It runs less often.
    Thinned,
    /// It does not run any more, for now or for good.
    Removed,
}

impl ScheduleChange {
    /// Whether there are fewer runs than before.
    #[must_use]
    pub fn fewer(self) -> bool {
        matches!(self, Self::Thinned | Self::Removed)
    }
}
