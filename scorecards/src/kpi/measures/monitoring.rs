//! K08, on what watches.

use chrono::{DateTime, Utc};

use super::tools::{ONE, flags, seen};
use crate::{
    event::{
        Event, Source,
        work::{Family, Monitor, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit,
        method::{Fold, Method, after_days},
    },
};

/// K08: dashboards, alert rules and log sources that were accepted, have an owner and a runbook, and passed their test.
///
/// Accepted by somebody else than the person; in the simulated series tested by somebody else, too. What only the person
/// says of it does not count. A monitor falls on the moment at which the last of these came. Whether it then mostly
/// called people for nothing is flagged.
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
    let merges = |(event, monitor): (&'_ Event, &Monitor)| {
        matches!(monitor, Monitor::MonitorMerged { .. }).then_some((event.at, event.by_another()))
    };
    let Some((any, _)) = events(episode).find_map(merges) else { return Vec::new() };
    let accepted = events(episode).filter_map(merges).find(|(_, another)| *another).map(|(at, _)| at);
    let merged = accepted.unwrap_or(any);
    let owned = first(|monitor| matches!(monitor, Monitor::MonitorOwned { owner, .. } if !owner.trim().is_empty()));
    let linked =
        first(|monitor| matches!(monitor, Monitor::MonitorLinked { runbook, .. } if !runbook.trim().is_empty()));
    // By whose word the test has to be passed: anybody's, or somebody else's.
    let complete = |counts: fn(&Event) -> bool| {
        let parts = owned.zip(linked).zip(tested(episode, counts));
        parts.map(|((owned, linked), tested)| merged.max(owned).max(linked).max(tested))
    };
    let (stated, complete) = match episode.series {
        Source::Simulated => (complete(|_| true), complete(Event::by_another)),
        _ => (complete(|_| true), complete(|_| true)),
    };
    let mut observation = seen(episode, complete.unwrap_or(merged), ONE);
    observation.excluded = match (stated, complete) {
        (None, _) => Some(Exclusion::BelowStandard),
        (Some(_), Some(_)) if accepted.is_some() => None,
        (Some(_), _) => Some(Exclusion::OwnWord),
    };
    observation.flags = flags([(noisy(episode, merged, setting), Flag::NoisyMonitor)]);
    vec![observation]
}

/// Since when it passes its test, if it does: testing it again moves nothing. A pass has to count, a failure always does.
fn tested(episode: &Episode<'_>, counts: fn(&Event) -> bool) -> Option<DateTime<Utc>> {
    let tests = events(episode).filter_map(|(event, monitor)| match monitor {
        Monitor::MonitorTested { passed, .. } if !passed || counts(event) => Some((event.at, *passed)),
        _ => None,
    });
    tests.fold(None, |since, (at, passed)| if passed { since.or(Some(at)) } else { None })
}

/// Whether fewer of its first alerts than should had anything to do in them.
fn noisy(episode: &Episode<'_>, merged: DateTime<Utc>, setting: &Setting<'_>) -> bool {
    let until = after_days(merged, setting.number("trial-days"));
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
