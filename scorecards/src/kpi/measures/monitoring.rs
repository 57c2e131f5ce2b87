//! K08, on what watches.

use chrono::{DateTime, Utc};

use super::tools::{ONE, flags, seen};
use crate::{
    event::{
        Event,
        work::{Family, Monitor, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit,
        method::{Fold, Method, days_after},
    },
};

/// K08: dashboards, alert rules and log sources that were accepted, have an owner and a runbook, and passed their test.
///
/// A monitor falls on the moment at which the last of these came. Whether it then mostly called people for nothing is
/// flagged.
pub(in crate::kpi) const MONITORING_CONTRIBUTIONS: Method = Method {
    family: Family::Monitor,
    unit: Unit::PerMonth,
    settings: &[("trial-days", 30.0), ("actionable-share", 0.5)],
    observe: contributions,
    fold: Fold::PerMonth,
};

fn contributions(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let first =
        |wanted: fn(&Monitor) -> bool| events(episode).find(|(_, monitor)| wanted(monitor)).map(|(event, _)| event.at);
    let Some(merged) = first(|monitor| matches!(monitor, Monitor::MonitorMerged { .. })) else { return Vec::new() };
    let owned = first(|monitor| matches!(monitor, Monitor::MonitorOwned { owner, .. } if !owner.trim().is_empty()));
    let linked =
        first(|monitor| matches!(monitor, Monitor::MonitorLinked { runbook, .. } if !runbook.trim().is_empty()));
    let parts = owned.zip(linked).zip(tested(episode));
    let complete = parts.map(|((owned, linked), tested)| merged.max(owned).max(linked).max(tested));
    let mut observation = seen(episode, complete.unwrap_or(merged), ONE);
    observation.excluded = complete.is_none().then_some(Exclusion::BelowStandard);
    observation.flags = flags([(noisy(episode, merged, setting), Flag::NoisyMonitor)]);
    vec![observation]
}

/// Since when it passes its test, if it does: testing it again moves nothing.
fn tested(episode: &Episode<'_>) -> Option<DateTime<Utc>> {
    let tests = events(episode).filter_map(|(event, monitor)| match monitor {
        Monitor::MonitorTested { passed, .. } => Some((event.at, *passed)),
        _ => None,
    });
    tests.fold(None, |since, (at, passed)| if passed { since.or(Some(at)) } else { None })
}

/// Whether fewer of its first alerts than should had anything to do in them.
fn noisy(episode: &Episode<'_>, merged: DateTime<Utc>, setting: &Setting<'_>) -> bool {
    let until = days_after(merged, setting.number("trial-days"));
    let told: Vec<bool> = events(episode)
        .filter_map(|(event, monitor)| match monitor {
            Monitor::MonitorAlerted { actionable, .. } if merged <= event.at && event.at < until => Some(*actionable),
            _ => None,
        })
        .collect();
    let actionable = told.iter().filter(|actionable| **actionable).count();
    (actionable as f64) < setting.number("actionable-share") * told.len() as f64
}

fn events<'e>(episode: &'e Episode<'_>) -> impl Iterator<Item = (&'e Event, &'e Monitor)> {
    episode.events.iter().filter_map(|(event, work)| match work {
        Work::Monitor(monitor) => Some((*event, monitor)),
        _ => None,
    })
}
