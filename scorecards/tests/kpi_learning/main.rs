//! K14 to K21, worked by hand: backups, restore tests, drift, pull requests, automations, partners, learning plans.

mod automation;
mod backups;
mod drift;
mod learning;
mod properties;
mod pull_requests;
mod restores;
mod satisfaction;
#[path = "../kpi/support.rs"]
mod support;

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::{
    event::Artefact,
    kpi::{Definition, Direction, Exclusion, Figure, Flag, Measure, Target, figures},
};

use support::{Events, start};

/// Whoever reviews: Ingrid manages, Priya is a colleague.
const PRIYA: uuid::Uuid = uuid::Uuid::from_u128(0x9712);

/// The figure of one KPI, so long after the start.
fn figure(definition: &Definition, events: &Events, after: TimeDelta) -> Figure {
    all(std::slice::from_ref(definition), events, start() + after).remove(0)
}

/// The figures of some KPIs, read beside each other.
fn all(definitions: &[Definition], events: &Events, as_of: DateTime<Utc>) -> Vec<Figure> {
    let mut figures = figures(definitions, &events.list, events.person, as_of);
    figures.retain(|figure| figure.series == events.series);
    figures
}

fn excluded(figure: &Figure) -> Vec<(Exclusion, u32)> {
    figure.exclusions.iter().map(|excluded| (excluded.reason, excluded.count)).collect()
}

fn flags(figure: &Figure) -> Vec<(Flag, u32)> {
    figure.flags.iter().map(|flagged| (flagged.flag, flagged.count)).collect()
}

/// Whether what is read beside a figure says that it may be gamed.
fn tripped(figure: &Figure, guard: &str) -> Option<bool> {
    figure.guards.iter().find(|read| read.guard == guard).and_then(|read| read.tripped)
}

/// A definition with window, direction, target and minimum.
fn defined(measure: Measure, window_days: u32, direction: Direction, target: Target, minimum: u32) -> Definition {
    Definition { window_days, direction, target, minimum, ..support::definition(measure) }
}

fn at_least(share: f64) -> Target {
    Target { at_least: Some(share), ..Target::default() }
}

fn close(value: Option<f64>, expected: f64) -> bool {
    value.is_some_and(|value| (value - expected).abs() < 1e-9)
}

/// A text, as its name is kept.
fn text(name: &str) -> Artefact {
    Artefact(name.to_string())
}
