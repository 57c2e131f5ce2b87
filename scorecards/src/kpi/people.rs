//! The trackers of many people.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Definition, Figure, Tracker};
use crate::event::{Event, Kind};

/// The trackers of many people, by person.
#[derive(Clone, Debug, Default)]
pub struct People {
    trackers: BTreeMap<Uuid, Tracker>,
}

impl People {
    /// Nobody yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes up an event for the person whom it is about.
    pub fn add(&mut self, event: &Event) {
        if matches!(event.kind, Kind::Work(_)) {
            self.trackers.entry(event.subject).or_insert_with(|| Tracker::new(event.subject)).add(event);
        }
    }

    /// Everybody's figures, one person after another: whoever asks decides what to keep of them.
    pub fn figures(
        &mut self,
        definitions: &[Definition],
        as_of: DateTime<Utc>,
    ) -> impl Iterator<Item = (Uuid, Vec<Figure>)> {
        self.trackers.iter_mut().map(move |(person, tracker)| (*person, tracker.figures(definitions, as_of)))
    }

    /// One person's tracker.
    pub fn person(&mut self, person: Uuid) -> Option<&mut Tracker> {
        self.trackers.get_mut(&person)
    }

    /// As [`Tracker::forget_before`], for everybody.
    pub fn forget_before(&mut self, moment: DateTime<Utc>) {
        for tracker in self.trackers.values_mut() {
            tracker.forget_before(moment);
        }
    }
}
