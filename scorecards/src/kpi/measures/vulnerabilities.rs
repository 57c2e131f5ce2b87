//! K13, on findings of scanners.

use chrono::{DateTime, Utc};

use super::tools::{flags, left_out, seen};
use crate::{
    event::{
        Event,
        work::{Family, Vulnerability, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days},
    },
};

/// K13: findings that were mended, with a clean scan after it, when they were due; of those that were due.
///
/// A finding falls on its due date. The first assignment fixes it; while somebody outside is waited for, with evidence,
/// the clock stands. A deferral that somebody else approved in time leaves the finding out until it ends, and lists it
/// in every window; one that the person approved counts as nothing.
pub(in crate::kpi) const VULNERABILITY_SLA: Method = Method {
    family: Family::Vulnerability,
    unit: Unit::Share,
    settings: &[("ageing-days", 90.0)],
    observe: mended_in_time,
    fold: Fold::Share,
};

fn mended_in_time(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let assigned = events(episode).find_map(|(event, finding)| match finding {
        Vulnerability::VulnerabilityAssigned { due, .. } => Some((event.at, *due)),
        _ => None,
    });
    let Some((at, promised)) = assigned else { return Vec::new() };
    let clock = Clock::of(episode, at, promised);
    let first_due = clock.due;
    let (due, deferrals) = deferred(episode, first_due);
    let moved = events(episode)
        .any(|(_, finding)| matches!(finding, Vulnerability::VulnerabilityAssigned { due, .. } if *due != promised));
    let self_approved = events(episode).any(|(event, finding)| {
        matches!(finding, Vulnerability::VulnerabilityDeferred { approver, .. } if *approver == event.subject)
    });
    let long = after_days(first_due, setting.number("ageing-days"));
    let ageing = deferrals > 1 || deferrals > 0 && long <= due || clock.stands && setting.passed(long);
    let observe = |at, met| {
        let mut observation = seen(episode, at, Value::share(met));
        observation.flags =
            flags([(moved, Flag::DueMoved), (self_approved, Flag::SelfApproved), (ageing, Flag::Ageing)]);
        observation
    };

    if clock.stands && setting.passed(first_due) {
        // It is not yet known when it will be due.
        left_out(first_due, DateTime::<Utc>::MAX_UTC, setting, |at| observe(at, false), Exclusion::Pending)
    } else if setting.passed(due) {
        let mut all = left_out(first_due, due, setting, |at| observe(at, false), Exclusion::Deferred);
        all.push(observe(due, mended(episode, due)));
        all
    } else if deferrals > 0 && setting.passed(first_due) {
        left_out(first_due, due, setting, |at| observe(at, false), Exclusion::Deferred)
    } else {
        vec![Observation { excluded: Some(Exclusion::Pending), ..observe(at, mended(episode, due)) }]
    }
}

/// Until when there is time.
struct Clock {
    /// The due date, with the time for which the clock has stood before.
    due: DateTime<Utc>,
    /// Whether it stands.
    stands: bool,
}

impl Clock {
    fn of(episode: &Episode<'_>, assigned: DateTime<Utc>, due: DateTime<Utc>) -> Self {
        let mut due = due;
        let mut since: Option<DateTime<Utc>> = None;
        for (event, finding) in events(episode) {
            match finding {
                // What is late already is not excused by a wait that begins now.
                Vulnerability::VulnerabilityBlocked { .. } if event.at <= due => {
                    since = since.or(Some(event.at.max(assigned)));
                }
                // What is mended waits for nobody.
                Vulnerability::VulnerabilityUnblocked { .. } | Vulnerability::VulnerabilityFixed { .. } => {
                    if let Some(since) = since.take() {
                        let stood = event.at.max(since) - since;
                        due = due.checked_add_signed(stood).unwrap_or(DateTime::<Utc>::MAX_UTC);
                    }
                }
                _ => {}
            }
        }
        Self { due, stands: since.is_some() }
    }
}

/// The due date with the deferrals that hold, and how many do.
fn deferred(episode: &Episode<'_>, due: DateTime<Utc>) -> (DateTime<Utc>, usize) {
    let deferrals = events(episode).filter_map(|(event, finding)| match finding {
        Vulnerability::VulnerabilityDeferred { approver, until, .. } if *approver != event.subject => {
            Some((event.at, until.unwrap_or(DateTime::<Utc>::MAX_UTC)))
        }
        _ => None,
    });
    deferrals.fold(
        (due, 0),
        |(due, number), (at, until)| {
            if at <= due && until > due { (until, number + 1) } else { (due, number) }
        },
    )
}

/// Whether it was said to be mended and the last scan until a moment, after that, was clean.
fn mended(episode: &Episode<'_>, until: DateTime<Utc>) -> bool {
    let before = || events(episode).filter(|(event, _)| event.at <= until);
    let fixed = before().filter(|(_, finding)| matches!(finding, Vulnerability::VulnerabilityFixed { .. })).last();
    let scanned = before().filter_map(|(event, finding)| match finding {
        Vulnerability::VulnerabilityRescanned { clean, .. } => Some((event.at, *clean)),
        _ => None,
    });
    match (fixed, scanned.last()) {
        (Some((fixed, _)), Some((scanned, clean))) => clean && fixed.at <= scanned,
        _ => false,
    }
}

fn events<'e>(episode: &'e Episode<'_>) -> impl Iterator<Item = (&'e Event, &'e Vulnerability)> {
    episode.events.iter().filter_map(|(event, work)| match work {
        Work::Vulnerability(finding) => Some((*event, finding)),
        _ => None,
    })
}
