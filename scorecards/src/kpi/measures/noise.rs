//! K09, on alerts.

use chrono::{DateTime, Utc};

use super::{
    spans::Spans,
    tools::{flags, seen},
};
use crate::{
    event::{
        Event,
        work::{Alert, Family, Incident, Monitor, Roster, Runbook, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value, Window,
        method::{Fold, Method, after_days, after_minutes, days},
    },
};

/// K09: how the alerts of a person's own area that needed nobody, for each week that the person was on call, have
/// changed against the window before.
///
/// An alert needed nobody if it went away by itself within minutes, nothing was done for it and no incident came of it,
/// or if who responded says so. The others count as seen, with nothing. Both windows are counted by what the area was when the later one began. A time without
/// deployments takes its alerts out, and its hours on call too.
pub(in crate::kpi) const ALERT_NOISE: Method = Method {
    family: Family::Alert,
    unit: Unit::Change,
    settings: &[("alone-minutes", 5.0)],
    observe: noise,
    fold: Fold::Other(change),
};

fn noise(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let fired = events(episode).find_map(|(event, alert)| match alert {
        Alert::AlertFired { service: Some(service), .. } => Some((event.at, service.as_str())),
        _ => None,
    });
    let Some((at, service)) = fired else { return Vec::new() };
    let length = setting.definition.window_days;
    // Long past: asked first, so that the answer can be kept.
    if setting.passed(after_days(at, 2.0 * f64::from(length) + 1.0)) {
        return Vec::new();
    }
    let window = Window::before(setting.as_of(), length);
    let before = window.previous();
    let Some(its) = [window, before].into_iter().find(|window| window.has(at)) else { return Vec::new() };
    let areas = setting.others(Family::Monitor);
    let Some(area) = areas.iter().find(|area| belongs(service, area, window.from)) else { return Vec::new() };

    let on_call = on_call(setting);
    let freezes = freezes(area);
    let weeks = |window: &Window| days(on_call.within(window).without(&freezes).length()) / 7.0;
    let excluded = match () {
        () if freezes.have(at) => Some(Exclusion::Frozen),
        () if !on_call.have(at) => Some(Exclusion::OffCall),
        // Without time on call in both there is nothing to compare.
        () if weeks(&window) <= 0.0 || weeks(&before) <= 0.0 => Some(Exclusion::Unmeasured),
        () => None,
    };
    let weeks = weeks(&its);
    let noise = if needed_nobody(episode, at, setting) { 1.0 } else { 0.0 };
    let weighted = if weeks > 0.0 { noise / weeks } else { 0.0 };
    let recall = Recall::of(area, before.from);
    let mut observation = seen(episode, at, Value::Amount { weighted, raw: noise });
    observation.excluded = excluded;
    observation.flags = flags([(recall.lost, Flag::RecallLost), (recall.unknown, Flag::RecallUnknown)]);
    vec![observation]
}

/// (This window's ÷ the window before's) − 1. Nothing where there was too little before to compare with.
fn change(observations: &[&Observation], window: &Window) -> Option<f64> {
    let sums = |window: &Window| {
        let inside = observations.iter().filter(|observation| window.has(observation.at));
        inside.fold((0.0, 0.0), |sums, observation| match observation.value {
            Value::Amount { weighted, raw } => (sums.0 + weighted, sums.1 + raw),
            _ => sums,
        })
    };
    let ((now, _), (before, number)) = (sums(window), sums(&window.previous()));
    // Rounded to what a figure can mean, so that 35 after 50 is −0.3 and not a trillionth below the band.
    (number >= LEAST_BEFORE && before > 0.0).then(|| ((now / before - 1.0) * 1e9).round() / 1e9)
}

/// Of fewer alerts before, one more or less would be a change by more than the whole band is wide.
const LEAST_BEFORE: f64 = 5.0;

/// Whether a service is of an area as it was frozen at a moment, or, if it was not yet, when it first was.
fn belongs(service: &str, area: &Episode<'_>, moment: DateTime<Utc>) -> bool {
    let frozen: Vec<_> = monitors(area)
        .filter_map(|(event, monitor)| match monitor {
            Monitor::AreaFrozen { services, .. } => Some((event.at, services)),
            _ => None,
        })
        .collect();
    let then = frozen.iter().rfind(|(at, _)| *at <= moment).or(frozen.first());
    then.is_some_and(|(_, services)| services.iter().any(|name| name == service))
}

/// When the person was on call. Without any shift in the roster nobody can say that they were not.
fn on_call(setting: &Setting<'_>) -> Spans {
    let shifts = setting.others(Family::Roster).iter();
    // What is told of a shift last holds.
    let last = shifts.filter_map(|shift| {
        shift.events.iter().rev().find_map(|(_, work)| match work {
            Work::Roster(Roster::OnCallScheduled { from, until, .. }) => Some(Some((*from, *until))),
            Work::Roster(Roster::OnCallCancelled { .. }) => Some(None),
            _ => None,
        })
    });
    let shifts: Vec<_> = last.flatten().collect();
    if shifts.is_empty() { Spans::always() } else { shifts.into_iter().collect() }
}

fn freezes(area: &Episode<'_>) -> Spans {
    let declared = monitors(area).filter_map(|(_, monitor)| match monitor {
        Monitor::DeployFreezeDeclared { from, until, .. } => Some((*from, *until)),
        _ => None,
    });
    declared.collect()
}

fn needed_nobody(episode: &Episode<'_>, fired: DateTime<Utc>, setting: &Setting<'_>) -> bool {
    let tags = events(episode).filter_map(|(_, alert)| match alert {
        Alert::AlertTagged { actionable, .. } => Some(*actionable),
        _ => None,
    });
    let said = tags.last() == Some(false);
    let soon = after_minutes(fired, setting.number("alone-minutes"));
    let alone = events(episode)
        .any(|(event, alert)| matches!(alert, Alert::AlertResolved { automatic: true, .. }) && event.at < soon);
    said || (alone && !acted_on(episode.about, setting))
}

/// Whether something was changed for an alert, or an incident came of it. Looking is no action: it is what noise costs.
fn acted_on(alert: &str, setting: &Setting<'_>) -> bool {
    let acted = setting.other(Family::Runbook, alert).is_some_and(|item| {
        item.events.iter().any(|(_, work)| matches!(work, Work::Runbook(Runbook::ActionTaken { changes: true, .. })))
    });
    acted
        || setting.others(Family::Incident).iter().flat_map(|incident| &incident.events).any(|(_, work)| {
            matches!(work, Work::Incident(Incident::IncidentOpened { alert: Some(from), .. }) if from == alert)
        })
}

/// Whether the rules still catch what they should.
struct Recall {
    /// The last replay missed true incidents.
    lost: bool,
    /// Rules were changed, and no true incident was replayed since.
    unknown: bool,
}

impl Recall {
    fn of(area: &Episode<'_>, since: DateTime<Utc>) -> Self {
        let mut recall = Self { lost: false, unknown: false };
        for (_, monitor) in monitors(area).filter(|(event, _)| event.at >= since) {
            match monitor {
                Monitor::AlertRuleChanged { .. } => recall.unknown = true,
                // A replay of nothing says nothing.
                Monitor::RulesReplayed { incidents, caught, .. } if *incidents > 0 => {
                    recall = Self { lost: caught < incidents, unknown: false };
                }
                _ => {}
            }
        }
        recall
    }
}

fn events<'e>(episode: &'e Episode<'_>) -> impl Iterator<Item = (&'e Event, &'e Alert)> {
    episode.events.iter().filter_map(|(event, work)| match work {
        Work::Alert(alert) => Some((*event, alert)),
        _ => None,
    })
}

fn monitors<'e>(episode: &'e Episode<'_>) -> impl Iterator<Item = (&'e Event, &'e Monitor)> {
    episode.events.iter().filter_map(|(event, work)| match work {
        Work::Monitor(monitor) => Some((*event, monitor)),
        _ => None,
    })
}
