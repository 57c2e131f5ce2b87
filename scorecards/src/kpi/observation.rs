//! What one episode says about one KPI.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::{
    Event, Source,
    work::{Family, Work},
};

/// The events of one thing that is one person's, of one series, until the day asked about: in order of time, then of id.
#[derive(Clone, Debug)]
pub struct Episode<'a> {
    /// Of which family.
    pub family: Family,
    /// The thing's name.
    pub about: &'a str,
    /// From where.
    pub series: Source,
    /// Its events.
    pub events: Vec<(&'a Event, &'a Work)>,
}

impl Episode<'_> {
    /// The ids of its events, in their order.
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        self.events.iter().map(|(event, _)| event.id).collect()
    }
}

/// What one episode says about one KPI.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    /// The thing's name, for people to find it by.
    pub about: String,
    /// The moment by which it falls into a window. It rests on the episode alone, never on other episodes.
    pub at: DateTime<Utc>,
    /// What was seen. Where it is excluded, what would have counted.
    pub value: Value,
    /// Why it does not count, if it does not.
    pub excluded: Option<Exclusion>,
    /// What a guard should look at: counts for or against nothing by itself.
    pub flags: Vec<Flag>,
    /// The events it rests on.
    pub events: Vec<Uuid>,
}

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// For a share: whether it counts in the numerator, and its weight in both (1 where nothing else is said).
    Share {
        /// In the numerator.
        met: bool,
        /// Above zero.
        weight: f64,
    },
    /// For a sum: how much, by weight and raw.
    Amount {
        /// With complexity and risk.
        weighted: f64,
        /// Without.
        raw: f64,
    },
    /// For a duration.
    Duration {
        /// In the measure's unit.
        length: f64,
        /// Whether it had not ended by then and `length` is only the least that it was.
        censored: bool,
    },
    /// For a duration in which others had a turn as well. It counts with both.
    Turns {
        /// How long it was the person's turn, in the measure's unit.
        own: f64,
        /// How long it was others'.
        others: f64,
        /// As in [`Value::Duration`].
        censored: bool,
    },
    /// For a mean of grades, or a level at a moment.
    Level(f64),
    /// Whether an exercise was done as the KPI would have it. It counts where the figure is a share, and for the better side of it,
    /// whichever that is.
    Shown(bool),
}

/// Why an observation does not count. It is shown with its number, never silently dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Exclusion {
    /// The alert went to the wrong team and was handed on for that reason.
    Misrouted,
    /// It fired outside the person's on-call window.
    OffCall,
    /// The person already held an unresolved incident of high severity.
    Busy,
    /// The roster says the team was short of people.
    Understaffed,
    /// Not in the sample that is audited.
    NotSampled,
    /// Not yet decidable: the time in which it could still turn has not passed.
    Pending,
    /// Of a class that the target is not about; reported beside it.
    OtherClass,
    /// There is no runbook for it: it is on the list of gaps instead.
    NoRunbook,
    /// An approved exception, not yet expired.
    ApprovedException,
    /// An approved deferral; listed by itself.
    Deferred,
    /// The requester wants something new: not an error.
    NewRequirement,
    /// Escalation was not called for.
    WithinScope,
    /// The record has a gap where it would be seen.
    NotObserved,
    /// Not enough was measured to believe it.
    Unmeasured,
    /// It was met or not in an exercise, and the figure asks how much, how long or how often.
    ShownOnly,
    /// A person's word about themselves, or nobody's.
    OwnWord,
    /// Said again later, for the same time.
    Superseded,
    /// There is more of the same than counts in so short a time.
    Capped,
    /// Done, but not of the substance that counts.
    BelowStandard,
    /// Within a time in which nothing was to be deployed.
    Frozen,
    /// Nobody else has confirmed what it is measured against: a baseline, a plan.
    Unconfirmed,
    /// Nobody asked for the run, and no schedule needed it.
    NotWanted,
    /// They were asked and have not answered; the share of those who did shows by their number.
    Unanswered,
    /// There are so few answers that a figure would say who gave which.
    TooFew,
}

impl Value {
    /// For a share: in the numerator or not, with weight 1.
    #[must_use]
    pub fn share(met: bool) -> Self {
        Self::Share { met, weight: 1.0 }
    }

    /// Of a duration: its length, how much of it was others' turn, and whether it had not ended.
    pub(super) fn duration(self) -> Option<(f64, f64, bool)> {
        match self {
            Self::Duration { length, censored } => Some((length, 0.0, censored)),
            Self::Turns { own, others, censored } => Some((own + others, others, censored)),
            _ => None,
        }
    }
}

/// What a guard should look at.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::IntoStaticStr,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Flag {
    /// One request that may have been split into several tickets.
    MaybeSplit,
    /// Closed, then followed by a linked ticket on the same matter.
    FollowedUp,
    /// Acknowledged, and then nothing was looked at for ten minutes.
    AckWithoutAction,
    /// Acknowledged by a machine.
    AutoAck,
    /// A call for help that was not needed.
    NeedlessEscalation,
    /// A call for help with little context.
    ThinContext,
    /// Steps ticked before or long after they were done.
    TickedOutOfTime,
    /// A rollback that was planned and made in time: good discipline.
    PlannedRollback,
    /// The risk class was changed after the change had begun.
    RiskRelabelled,
    /// The evidence is older than what it is evidence of, or the same as another's.
    StaleEvidence,
    /// Useful alerts were lost with the noise.
    RecallLost,
    /// Merged very fast and without a comment.
    UnreviewedMerge,
    /// Closed by hand or by an ignore rule rather than in code.
    NotInCode,
    /// The schedule was changed without review.
    ScheduleChanged,
    /// Passed once, but not again at the re-check, or the re-check was not taken in time.
    NotRetained,
    /// The plan was changed in the quarter.
    PlanChanged,
    /// Few of those asked have answered, or only hand-picked ones were asked.
    UnevenSample,
    /// Somebody else has worked by it soon after: good work.
    UsedByOthers,
    /// A new monitor whose alerts mostly needed nobody.
    NoisyMonitor,
    /// Alert rules were changed, and it was not tried whether they still catch true incidents.
    RecallUnknown,
    /// Nobody but the person has said how risky it is.
    RiskUnreviewed,
    /// What needs another's approval was approved by the person.
    SelfApproved,
    /// Excepted or deferred for long, or again and again.
    Ageing,
    /// The due date was moved after the assignment: the first one counts.
    DueMoved,
    /// Said to have gone well, but nothing has checked it.
    Unverified,
    /// Far smaller or larger than those before it.
    SizeAnomaly,
    /// Too large for a review to mean much.
    Oversized,
    /// One and the same reviewer approved everything.
    SameReviewer,
}

impl Flag {
    /// The flag of a name, written as ids of a pack are or as in JSON.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        name.replace('-', "_").parse().ok()
    }

    /// Its name, as ids of a pack are written: a guard of a KPI.
    #[must_use]
    pub fn name(self) -> String {
        <&str>::from(self).replace('_', "-")
    }

    /// The setting with which a pack says another [limit](Self::limit).
    #[must_use]
    pub fn limit_setting(self) -> String {
        format!("{}-limit", self.name())
    }

    /// The share of observations with the flag above which it is a warning; `None` where it is none however often. A
    /// pack sets another with a setting `<flag>-limit`.
    #[must_use]
    pub fn limit(self) -> Option<f64> {
        match self {
            // Good discipline, or said only to be read.
            Self::PlannedRollback | Self::UsedByOthers | Self::AutoAck | Self::PlanChanged => None,
            // Once is enough.
            Self::RecallLost
            | Self::RecallUnknown
            | Self::NoisyMonitor
            | Self::NotInCode
            | Self::RiskRelabelled
            | Self::StaleEvidence
            | Self::SelfApproved
            | Self::DueMoved
            | Self::ScheduleChanged
            | Self::Unverified
            | Self::SizeAnomaly
            // Raised by one of many, for all of them.
            | Self::SameReviewer => Some(0.0),
            // To call for help too often costs little, not to call costs much.
            Self::NeedlessEscalation => Some(0.5),
            Self::ThinContext | Self::UnreviewedMerge => Some(1.0 / 3.0),
            Self::MaybeSplit
            | Self::FollowedUp
            | Self::AckWithoutAction
            | Self::TickedOutOfTime
            | Self::NotRetained
            | Self::RiskUnreviewed
            | Self::Ageing
            | Self::UnevenSample
            | Self::Oversized => Some(0.2),
        }
    }
}
