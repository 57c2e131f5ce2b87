//! Events and definitions for tests of KPIs.
#![allow(dead_code, reason = "each user needs a part")]

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::{
    event::{Event, Kind, Source, work::Work},
    kpi::{Definition, Direction, Exclusion, Figure, Flag, Measure, Target, figures},
};
use uuid::Uuid;

/// The person whom the events are about, where nothing else is said.
pub const MAYA: Uuid = Uuid::from_u128(0x3a7a);
/// Somebody else.
pub const TOBIAS: Uuid = Uuid::from_u128(0x70b1);
/// Who manages both.
pub const INGRID: Uuid = Uuid::from_u128(0x1279);

/// The first moment of the examples: a Monday, 2026-03-02 09:00 UTC.
pub fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_442_000, 0).expect("a moment")
}

pub fn days(number: i64) -> TimeDelta {
    TimeDelta::days(number)
}

pub fn hours(number: i64) -> TimeDelta {
    TimeDelta::hours(number)
}

pub fn minutes(number: i64) -> TimeDelta {
    TimeDelta::minutes(number)
}

/// Events of one person and series, numbered as they are added.
pub struct Events {
    pub list: Vec<Event>,
    pub person: Uuid,
    pub series: Source,
    next: u128,
}

impl Events {
    /// Maya's, from real tools.
    pub fn new() -> Self {
        Self::of(MAYA, Source::Imported)
    }

    pub fn of(person: Uuid, series: Source) -> Self {
        Self { list: Vec::new(), person, series, next: (person.as_u128() << 64) + ((series as u128) << 48) }
    }

    /// Adds what the person did, so long after the start; gives the event's id.
    pub fn at(&mut self, after: TimeDelta, work: impl Into<Work>) -> Uuid {
        self.by(Some(self.person), after, work)
    }

    /// Adds what somebody else did, or a machine.
    pub fn by(&mut self, actor: Option<Uuid>, after: TimeDelta, work: impl Into<Work>) -> Uuid {
        self.next += 1;
        let id = Uuid::from_u128(self.next);
        self.list.push(Event {
            id,
            at: start() + after,
            box_at: None,
            actor,
            subject: self.person,
            attempt: None,
            source: self.series,
            kind: Kind::Work(work.into()),
        });
        id
    }
}

impl Events {
    /// The figure of the first of these KPIs, in the series of these events; the others are its guards.
    pub fn figure(&self, definitions: &[Definition], as_of: TimeDelta) -> Figure {
        let figures = figures(definitions, &self.list, self.person, start() + as_of);
        let kpi = &definitions[0].id;
        figures.into_iter().find(|figure| figure.kpi == *kpi && figure.series == self.series).expect("its figure")
    }

    /// Takes up the events of others, which have been given numbers of their own.
    pub fn extend(&mut self, other: Self) {
        self.list.extend(other.list);
    }
}

/// How many do not count for a reason.
pub fn excluded(figure: &Figure, reason: Exclusion) -> u32 {
    figure.exclusions.iter().filter(|excluded| excluded.reason == reason).map(|excluded| excluded.count).sum()
}

/// How many have a flag, of how many.
pub fn flagged(figure: &Figure, flag: Flag) -> (u32, u32) {
    figure.flags.iter().find(|flagged| flagged.flag == flag).map_or((0, 0), |flagged| (flagged.count, flagged.of))
}

/// Whether a guard of this name says that the figure may be gamed.
pub fn tripped(figure: &Figure, name: &str) -> Option<bool> {
    figure.guards.iter().find(|guard| guard.guard == name).expect("a guard of this name").tripped
}

pub fn close(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-9
}

/// A definition with no target, a window of 30 days and a minimum of 1, to be changed by the test.
pub fn definition(measure: Measure) -> Definition {
    let id: &'static str = measure.into();
    Definition {
        id: id.into(),
        name: id.into(),
        asks: String::new(),
        why: String::new(),
        counted: String::new(),
        measure,
        window_days: 30,
        direction: Direction::Up,
        target: Target::default(),
        minimum: 1,
        guards: Vec::new(),
        ramp_days: 0,
        settings: BTreeMap::new(),
    }
}
