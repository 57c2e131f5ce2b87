//! K12, on systems to be patched.

use chrono::{DateTime, Utc};

use super::tools::{flags, left_out, seen};
use crate::{
    event::{
        Event,
        work::{Family, Patch, Ring, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days},
    },
};

/// K12: assigned systems that were at the required level when they were due, of those that were due.
///
/// An assignment falls on its due date, so finishing early moves nothing into another window. A system is at the level
/// if a scan after the last package says so and nothing waits for a reboot, and if the service was seen well after
/// package and reboot. An exception that somebody else approved before the due date moves that date to its own end;
/// until then the system is left out, and listed in every window.
pub(in crate::kpi) const PATCH_COMPLIANCE: Method = Method {
    family: Family::Patch,
    unit: Unit::Share,
    settings: &[("production-weight", 2.0), ("other-weight", 1.0), ("ageing-days", 90.0)],
    observe: compliance,
    fold: Fold::Share,
};

fn compliance(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let assigned = events(episode).find_map(|(event, patch)| match patch {
        Patch::PatchAssigned { due, ring, .. } => Some((event.at, *due, *ring)),
        _ => None,
    });
    let Some((at, first_due, ring)) = assigned else { return Vec::new() };
    let weight = setting.number(match ring {
        Ring::Production => "production-weight",
        Ring::NonProduction => "other-weight",
    });
    let (due, exceptions) = excepted(episode, first_due);
    let moved =
        events(episode).any(|(_, patch)| matches!(patch, Patch::PatchAssigned { due, .. } if *due != first_due));
    let self_approved = events(episode)
        .any(|(event, patch)| matches!(patch, Patch::PatchExcepted { approver, .. } if *approver == event.subject));
    let ageing = exceptions > 1 || after_days(first_due, setting.number("ageing-days")) <= due && exceptions > 0;
    let observe = |at, met| {
        let mut observation = seen(episode, at, Value::Share { met, weight });
        observation.flags =
            flags([(moved, Flag::DueMoved), (self_approved, Flag::SelfApproved), (ageing, Flag::Ageing)]);
        observation
    };

    if setting.passed(due) {
        let mut all = left_out(first_due, due, setting, |at| observe(at, false), Exclusion::ApprovedException);
        all.push(observe(due, at_level(episode, due)));
        all
    } else if exceptions > 0 && setting.passed(first_due) {
        left_out(first_due, due, setting, |at| observe(at, false), Exclusion::ApprovedException)
    } else {
        vec![Observation { excluded: Some(Exclusion::Pending), ..observe(at, at_level(episode, due)) }]
    }
}

/// The due date with the exceptions that hold, and how many do.
fn excepted(episode: &Episode<'_>, due: DateTime<Utc>) -> (DateTime<Utc>, usize) {
    let exceptions = events(episode).filter_map(|(event, patch)| match patch {
        Patch::PatchExcepted { approver, until, .. } if *approver != event.subject => Some((event.at, *until)),
        _ => None,
    });
    // In order of time: an exception holds only if the time was not yet up when it was approved.
    exceptions.fold(
        (due, 0),
        |(due, number), (at, until)| {
            if at <= due && until > due { (until, number + 1) } else { (due, number) }
        },
    )
}

/// Whether the system is at the level, by what was seen until a moment.
fn at_level(episode: &Episode<'_>, until: DateTime<Utc>) -> bool {
    let last = |wanted: fn(&Patch) -> bool| {
        let before = events(episode).filter(|(event, patch)| event.at <= until && wanted(patch));
        before.map(|(event, patch)| (event.at, patch)).last()
    };
    let at = |wanted| last(wanted).map(|(at, _)| at);
    let applied = at(|patch| matches!(patch, Patch::PatchApplied { .. }));
    let rebooted = at(|patch| matches!(patch, Patch::PatchRebooted { .. }));
    let scanned = matches!(
        last(|patch| matches!(patch, Patch::PatchScanned { .. })),
        Some((at, Patch::PatchScanned { at_level: true, reboot_pending: false, .. })) if applied <= Some(at)
    );
    let verified = matches!(
        last(|patch| matches!(patch, Patch::PatchVerified { .. })),
        Some((at, Patch::PatchVerified { healthy: true, .. })) if applied.max(rebooted) <= Some(at)
    );
    scanned && verified
}

fn events<'e>(episode: &'e Episode<'_>) -> impl Iterator<Item = (&'e Event, &'e Patch)> {
    episode.events.iter().filter_map(|(event, work)| match work {
        Work::Patch(patch) => Some((*event, patch)),
        _ => None,
    })
}
