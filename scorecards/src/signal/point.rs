//! Moments of a record, exact for what is in it and a stretch for what is missing.

use chrono::{DateTime, TimeDelta, Utc};

use super::record::{Act, Gap};
use super::tri::Tri;

/// When something was done: not before `from`, not after `to`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub from: DateTime<Utc>,
    pub to: DateTime<Utc>,
    /// The place in the record, where it is in it: it orders what has the same moment.
    pub place: Option<usize>,
}

impl Point {
    pub(super) fn begin(act: &Act<'_>, place: usize) -> Self {
        Self { from: act.at, to: act.at, place: Some(place) }
    }

    /// When it counts as done: what must end with a code, at its end; anything else as soon as it is begun.
    pub(super) fn done(act: &Act<'_>, place: usize, by_its_end: bool) -> Self {
        let at = act.over().filter(|_| by_its_end).unwrap_or(act.at).max(act.at);
        Self { from: at, to: at, place: Some(place) }
    }

    pub(super) fn lost(gap: &Gap) -> Self {
        Self { from: gap.since, to: gap.at, place: None }
    }

    /// Whether this was done by when the other one was begun. What is lost lies after `from` and not at it.
    pub(super) fn precedes(self, other: Self) -> Tri {
        let (lost, other_lost) = (self.place.is_none(), other.place.is_none());
        if self.to < other.from || (other_lost && self.to == other.from) {
            return Tri::Yes;
        }
        if self.from > other.to || (lost && self.from == other.to) {
            return Tri::No;
        }
        match (self.place, other.place) {
            (Some(own), Some(other)) => (own < other).into(),
            _ => Tri::Maybe,
        }
    }

    /// The least time that can lie between this and a later one.
    pub(super) fn until(self, later: Self) -> TimeDelta {
        later.from.signed_duration_since(self.to).max(TimeDelta::zero())
    }
}
