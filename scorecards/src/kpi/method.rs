//! How a measure is computed: what it observes on an episode, and how observations become one figure.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::{Episode, Measure, Observation, Setting, Unit};
use crate::event::work::Family;

/// How a measure is computed.
pub(super) struct Method {
    /// The family of the episodes that it is observed on.
    pub family: Family,
    /// What its figure is counted in.
    pub unit: Unit,
    /// Its settings, by name, with what they are where a pack says nothing else.
    pub settings: &'static [(&'static str, f64)],
    /// What an episode says. Which observations there are, and of when, rests on the episode and on time; other episodes
    /// may change their values, exclusions and flags.
    pub observe: fn(&Episode<'_>, &Setting<'_>) -> Vec<Observation>,
    /// How a window's observations become one figure.
    pub fold: Fold,
}

/// How a window's observations become one figure.
#[derive(Clone, Copy)]
pub(super) enum Fold {
    /// Σ weight of those met ÷ Σ weight, with its Wilson interval.
    Share,
    /// Σ amounts, a month of 30 days.
    PerMonth,
    /// As [`Fold::PerMonth`], of the days on which the person was there; a day on call counts half. By the setting of
    /// this name: how many days before it was decided the work was done.
    PerMonthThere(&'static str),
    /// The mean beside median and 90th percentile; what is censored counts with what it has lasted.
    Duration,
    /// As [`Fold::Duration`], but the median is the figure.
    MedianDuration,
    /// The mean of levels.
    Mean,
    /// Anything else: from the observations of this window and of the one before it that count, in order of time.
    Other(fn(&[&Observation], &Window) -> Option<f64>),
}

/// A window that ends with the moment asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub until: DateTime<Utc>,
}

impl Window {
    /// The window of so many days before a moment.
    #[must_use]
    pub fn before(until: DateTime<Utc>, days: u32) -> Self {
        Self { from: after_days(until, -f64::from(days)), until }
    }

    /// Whether a moment falls into it.
    #[must_use]
    pub fn has(&self, moment: DateTime<Utc>) -> bool {
        self.from <= moment && moment < self.until
    }

    /// How long it is, in days.
    #[must_use]
    pub fn days(&self) -> f64 {
        days(self.until - self.from)
    }

    /// The window of the same length just before.
    #[must_use]
    pub fn previous(&self) -> Self {
        self.earlier(self.days())
    }

    /// The window, so many days earlier.
    #[must_use]
    pub(super) fn earlier(&self, days: f64) -> Self {
        Self { from: after_days(self.from, -days), until: after_days(self.until, -days) }
    }
}

/// The moment so many minutes after another, or before it; the end of time where there is none. For settings, which may
/// be any number.
pub(super) fn after_minutes(moment: DateTime<Utc>, minutes: f64) -> DateTime<Utc> {
    let end = if minutes < 0.0 { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    let length = TimeDelta::try_milliseconds((minutes * 60_000.0) as i64);
    length.and_then(|length| moment.checked_add_signed(length)).unwrap_or(end)
}

/// As [`after_minutes`], in hours.
pub(super) fn after_hours(moment: DateTime<Utc>, hours: f64) -> DateTime<Utc> {
    after_minutes(moment, hours * 60.0)
}

/// As [`after_minutes`], in days.
pub(super) fn after_days(moment: DateTime<Utc>, days: f64) -> DateTime<Utc> {
    after_hours(moment, days * 24.0)
}

/// A length of time in days.
pub(super) fn days(length: TimeDelta) -> f64 {
    minutes(length) / (24.0 * 60.0)
}

/// A length of time in minutes.
pub(super) fn minutes(length: TimeDelta) -> f64 {
    length.as_seconds_f64() / 60.0
}

impl Measure {
    /// Its settings, by name, with what they are where a pack says nothing else.
    #[must_use]
    pub fn settings(self) -> &'static [(&'static str, f64)] {
        self.method().settings
    }

    /// What its figure is counted in.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.method().unit
    }

    /// Whether what was met or not in an exercise counts: the figure is a share. Any other asks how much, how long or how
    /// often, and the exercise stands beside it.
    #[must_use]
    pub fn counts_exercises(self) -> bool {
        matches!(self.method().fold, Fold::Share)
    }

    pub(super) fn method(self) -> &'static Method {
        match self {
            Self::TicketThroughput => &super::measures::TICKET_THROUGHPUT,
            Self::TicketQuality => &super::measures::TICKET_QUALITY,
            Self::ReopenRate => &super::measures::REOPEN_RATE,
            Self::TimeToAcknowledge => &super::measures::TIME_TO_ACKNOWLEDGE,
            Self::TimeToEscalate => &super::measures::TIME_TO_ESCALATE,
            Self::RunbookAdherence => &super::measures::RUNBOOK_ADHERENCE,
            Self::RunbookImprovements => &super::measures::RUNBOOK_IMPROVEMENTS,
            Self::MonitoringContributions => &super::measures::MONITORING_CONTRIBUTIONS,
            Self::AlertNoise => &super::measures::ALERT_NOISE,
            Self::ChangeSuccess => &super::measures::CHANGE_SUCCESS,
            Self::ChangeDocumentation => &super::measures::CHANGE_DOCUMENTATION,
            Self::PatchCompliance => &super::measures::PATCH_COMPLIANCE,
            Self::VulnerabilitySla => &super::measures::VULNERABILITY_SLA,
            Self::BackupSuccess => &super::measures::BACKUP_SUCCESS,
            Self::BackupTriage => &super::measures::BACKUP_TRIAGE,
            Self::RestoreParticipation => &super::measures::RESTORE_PARTICIPATION,
            Self::RestoreEvidence => &super::measures::RESTORE_EVIDENCE,
            Self::DriftResolved => &super::measures::DRIFT_RESOLVED,
            Self::DriftTrend => &super::measures::DRIFT_TREND,
            Self::PullCycleTime => &super::measures::PULL_CYCLE_TIME,
            Self::PullQuality => &super::measures::PULL_QUALITY,
            Self::HoursSaved => &super::measures::HOURS_SAVED,
            Self::Satisfaction => &super::measures::SATISFACTION,
            Self::LearningVelocity => &super::measures::LEARNING_VELOCITY,
        }
    }
}
