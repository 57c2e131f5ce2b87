//! K04, on alerts.

use chrono::{DateTime, Utc};

use super::staffing::excuse;
use crate::{
    event::work::{Alert, Family, HandOn, Work},
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_minutes, minutes},
    },
};

/// K04: from the page to the person's acknowledgement, in minutes; an alert falls into a window by when it was paged.
///
/// - The time runs from the page's delivery, or from the alert where no delivery is on record. Who was there before the page
///   took no time.
/// - It ends with the first acknowledgement by the person that is followed by an action of theirs within
///   `action-minutes`, or had one before it. One without is none: it is flagged, and the time runs on. What a machine
///   acknowledged is flagged and ends nothing.
/// - It never counts for more than `page-timeout` minutes, and whatever lasts that long is censored, acknowledged later
///   or not at all. If a late acknowledgement counted for more than none, to ignore a page would pay.
/// - An alert that is not decided yet is pending.
pub(in crate::kpi) const TIME_TO_ACKNOWLEDGE: Method = Method {
    family: Family::Alert,
    unit: Unit::Minutes,
    settings: &[("page-timeout", 30.0), ("action-minutes", 10.0), ("busy-hours", 12.0)],
    observe: acknowledged,
    fold: Fold::Duration,
};

fn acknowledged(alert: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(paged) = paged(alert) else { return Vec::new() };
    let mut flags = Vec::new();
    let mut taken = None;
    let mut undecided = false;
    for (event, work) in &alert.events {
        let Work::Alert(Alert::AlertAcknowledged { automatic, watched, .. }) = work else { continue };
        if *automatic || event.actor.is_none() {
            flags.push(Flag::AutoAck);
        } else if taken.is_none() && event.actor == Some(event.subject) {
            let until = after_minutes(event.at, setting.number("action-minutes"));
            if !watched || acted(alert, until) {
                taken = Some(event.at.max(paged));
            } else if setting.passed(until) {
                flags.push(Flag::AckWithoutAction);
            } else {
                undecided = true;
            }
        }
    }
    let timeout = setting.number("page-timeout").max(0.0);
    let over = after_minutes(paged, timeout);
    let length = taken.map(|taken| minutes(taken - paged)).filter(|length| *length <= timeout);
    let pending = length.is_none() && (undecided || !setting.passed(over));
    let excluded = misrouted(alert).or_else(|| excuse(setting, paged, None)).or(pending.then_some(Exclusion::Pending));
    vec![Observation {
        about: alert.about.to_string(),
        at: paged,
        value: Value::Duration { length: length.unwrap_or(timeout), censored: length.is_none() },
        excluded,
        flags,
        events: alert.ids(),
    }]
}

/// When the person's time began.
fn paged(alert: &Episode<'_>) -> Option<DateTime<Utc>> {
    let first = |which: fn(&Alert) -> bool| {
        alert
            .events
            .iter()
            .find(|(_, work)| matches!(work, Work::Alert(alert) if which(alert)))
            .map(|(event, _)| event.at)
    };
    first(|alert| matches!(alert, Alert::PageDelivered { .. }))
        .or_else(|| first(|alert| matches!(alert, Alert::AlertFired { .. })))
}

/// Whether the person did something about it until a moment: looked into it, handed it on, or ended it.
fn acted(alert: &Episode<'_>, until: DateTime<Utc>) -> bool {
    alert.events.iter().any(|(event, work)| {
        let acts = matches!(
            work,
            Work::Alert(
                Alert::AlertLookedInto { .. }
                    | Alert::AlertReassigned { .. }
                    | Alert::AlertResolved { automatic: false, .. }
            )
        );
        acts && event.actor == Some(event.subject) && event.at <= until
    })
}

/// Whether it should have gone to another team. The person's own word for that counts only if the others took it.
fn misrouted(alert: &Episode<'_>) -> Option<Exclusion> {
    let wrong = alert.events.iter().any(|(event, work)| match work {
        Work::Alert(Alert::AlertReassigned { reason: HandOn::WrongTeam, accepted, .. }) => {
            *accepted || event.by_another()
        }
        _ => false,
    });
    wrong.then_some(Exclusion::Misrouted)
}
