//! Who was there, on call, away, or in a team that was short of people.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;

/// Who was there, on call, away, or in a team that was short of people.
///
/// An entry that is told again takes the place of what was told before; one that is cancelled never was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Roster {
    /// Somebody began in the role, at the time of this event.
    PersonJoined {
        /// Which post.
        post: String,
    },
    /// Somebody is on call.
    OnCallScheduled {
        /// Which shift.
        shift: String,
        /// From when.
        from: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
        /// Whether the team was short of people then.
        #[serde(default)]
        understaffed: bool,
    },
    /// Somebody else has the shift, or nobody.
    OnCallCancelled {
        /// Which shift.
        shift: String,
    },
    /// Somebody is away.
    AbsenceRecorded {
        /// Which absence.
        absence: String,
        /// From when.
        from: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
    },
    /// Somebody is there after all.
    AbsenceCancelled {
        /// Which absence.
        absence: String,
    },
    /// The person's team is short of people.
    TeamUnderstaffed {
        /// Which time of shortage.
        shortage: String,
        /// From when.
        from: DateTime<Utc>,
        /// Until when.
        until: DateTime<Utc>,
    },
}

impl Roster {
    /// Which entry it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::PersonJoined { post: entry }
            | Self::OnCallScheduled { shift: entry, .. }
            | Self::OnCallCancelled { shift: entry }
            | Self::AbsenceRecorded { absence: entry, .. }
            | Self::AbsenceCancelled { absence: entry }
            | Self::TeamUnderstaffed { shortage: entry, .. } => entry,
        }
    }
}
