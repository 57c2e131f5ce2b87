//! What an attempt says about the role: the KPIs that it is an observation of.

use chrono::TimeDelta;
use scorecards::{
    event::{Event, Source},
    kpi::{Definition, Observation, State, Tracker, Value},
    marking::Marking,
    role::Role,
    score::{self, AttemptResult},
};
use uuid::Uuid;

use crate::views::KpiSaid;

/// What the attempt says of each of the role's KPIs that it is an observation of.
pub(super) fn said(
    role: &Role,
    learner: Uuid,
    marking: &Marking,
    events: &[Event],
    result: &AttemptResult,
) -> Vec<KpiSaid> {
    let mut tracker = Tracker::new(learner);
    for event in score::work(marking, result.passed == Some(true), events) {
        tracker.add(&event);
    }
    for (kpi, observation) in score::observations(result, events) {
        tracker.note(&kpi, Source::Simulated, observation);
    }
    // What is over stays as it is: time decides no more than that nothing came after it.
    let Some(last) = events.iter().map(|event| event.at).max() else { return Vec::new() };
    let later = last + TimeDelta::days(1);
    let observed = |definition: &Definition| {
        let seen = tracker.observations(definition, Source::Simulated, later);
        seen.into_iter().map(|seen| of(definition, &seen, result)).collect::<Vec<_>>()
    };
    role.definitions().iter().flat_map(observed).collect()
}

fn of(definition: &Definition, seen: &Observation, result: &AttemptResult) -> KpiSaid {
    let unit = definition.measure.unit();
    let aim = definition.target.show(unit);
    let (good, says) = match (seen.excluded, seen.value) {
        (Some(reason), _) => (None, format!("It does not count: {}.", reason.says())),
        (None, Value::Shown(met)) if !definition.measure.counts_exercises() => {
            let word = if met { "Met" } else { "Not met" };
            (Some(met), format!("{word} here. The figure asks how much or how often, and that an exercise can't say."))
        }
        (None, Value::Shown(true) | Value::Share { met: true, .. }) => (Some(true), "Counts as met.".into()),
        (None, Value::Shown(false) | Value::Share { met: false, .. }) => (Some(false), "Counts as not met.".into()),
        (None, Value::Duration { length, censored }) => {
            let good = definition.target.state(length) == State::In && !censored;
            let least = if censored { "At least " } else { "" };
            (Some(good), format!("{least}{}; aimed at: {aim}.", unit.show(length)))
        }
        (None, Value::Amount { raw, .. }) => (None, format!("Adds {raw:.1}; aimed at: {aim}.")),
        (None, Value::Turns { own, others, .. }) => (None, format!("{}; aimed at: {aim}.", unit.show(own + others))),
        (None, Value::Level(level)) => (None, format!("{}; aimed at: {aim}.", unit.show(level))),
    };
    let line = result.kpis.iter().find(|line| line.kpi == definition.id);
    let title = |id: &String| result.lines.iter().find(|line| line.id == *id).map(|line| line.title.clone());
    let flags = seen.flags.iter().map(|flag| flag.says().to_string());
    KpiSaid {
        kpi: definition.id.clone(),
        name: definition.name.clone(),
        asks: definition.asks.clone(),
        good,
        says,
        because: line.into_iter().flat_map(|line| &line.lines).filter_map(title).chain(flags).collect(),
    }
}
