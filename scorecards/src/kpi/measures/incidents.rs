//! K05, on incidents.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::staffing::excuse;
use crate::{
    event::work::{Family, Incident, Severity, Told, Work},
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_minutes, minutes},
    },
};

/// K05: from the moment at which help was called for to the person's call for help, in minutes; an incident falls into a
/// window by that moment, or by its opening where help was never called for.
///
/// - Help is called for when the limit of the person's scope shows itself; where no limit is on record, when the incident
///   is first of high severity. An incident with neither is within scope: it does not count.
/// - A call before that moment counts as zero minutes: to call early costs nothing here. One that was not needed, by
///   somebody else's judgement or because the incident stayed within scope, is flagged, and so is one that tells fewer
///   than `told-fields` things.
/// - It never counts for more than `cap-minutes`, and whatever lasts that long is censored, called later or never.
pub(in crate::kpi) const TIME_TO_ESCALATE: Method = Method {
    family: Family::Incident,
    unit: Unit::Minutes,
    settings: &[("cap-minutes", 60.0), ("told-fields", 3.0), ("busy-hours", 12.0)],
    observe: escalated,
    fold: Fold::Duration,
};

fn escalated(incident: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some((first, _)) = incident.events.first() else { return Vec::new() };
    let called_for = called_for(incident);
    let call = calls(incident).next();
    let mut flags = Vec::new();
    let judged = judged(incident);
    if call.is_some() && judged.map_or(called_for.is_none(), |needed| !needed) {
        flags.push(Flag::NeedlessEscalation);
    }
    let thin = |told: &[Told]| (told.iter().collect::<BTreeSet<_>>().len() as f64) < setting.number("told-fields");
    if call.is_some_and(|(_, told)| thin(told)) {
        flags.push(Flag::ThinContext);
    }
    let cap = setting.number("cap-minutes").max(0.0);
    let (at, value, excluded) = match called_for {
        None => {
            let nothing = Value::Duration { length: 0.0, censored: false };
            (first.at, nothing, Some(Exclusion::WithinScope))
        }
        Some(from) => {
            let length = call.map(|(call, _)| minutes(call - from).max(0.0)).filter(|length| *length <= cap);
            let pending = length.is_none() && !setting.passed(after_minutes(from, cap));
            let value = Value::Duration { length: length.unwrap_or(cap), censored: length.is_none() };
            let excused = excuse(setting, from, Some(incident.about));
            (from, value, excused.or(pending.then_some(Exclusion::Pending)))
        }
    };
    vec![Observation { about: incident.about.to_string(), at, value, excluded, flags, events: incident.ids() }]
}

/// When help was called for: the sign of a limit goes before severity, which may be high from the beginning.
fn called_for(incident: &Episode<'_>) -> Option<DateTime<Utc>> {
    let first = |which: fn(&Incident) -> bool| {
        let found = incident.events.iter().find(|(_, work)| matches!(work, Work::Incident(work) if which(work)));
        found.map(|(event, _)| event.at)
    };
    first(|work| matches!(work, Incident::ScopeLimitReached { .. })).or_else(|| {
        first(|work| match work {
            Incident::IncidentOpened { severity, .. } | Incident::IncidentSeveritySet { severity, .. } => {
                *severity >= Severity::High
            }
            _ => false,
        })
    })
}

/// The person's calls for help.
fn calls<'a>(incident: &'a Episode<'_>) -> impl Iterator<Item = (DateTime<Utc>, &'a [Told])> {
    incident.events.iter().filter_map(|(event, work)| match work {
        Work::Incident(Incident::EscalationSent { told, .. }) if event.actor == Some(event.subject) => {
            Some((event.at, told.as_slice()))
        }
        _ => None,
    })
}

/// Whether somebody else said, last, that the call was needed.
fn judged(incident: &Episode<'_>) -> Option<bool> {
    incident.events.iter().rev().find_map(|(event, work)| match work {
        Work::Incident(Incident::EscalationJudged { needed, .. }) => event.by_another().then_some(*needed),
        _ => None,
    })
}
