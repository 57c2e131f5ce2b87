//! All that is known of one person in one series: the episodes, by family and name.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use chrono::{DateTime, Utc};

use super::{Episode, Window, setting::bit};
use crate::event::{
    Event, Kind, Source,
    work::{Family, Roster, Work},
};

/// All that is known of one person in one series.
#[derive(Clone, Debug)]
pub(super) struct Book {
    series: Source,
    /// By number of the family, by name; events in order of time, then of id.
    families: Vec<BTreeMap<String, Vec<Event>>>,
    /// When the newest event was.
    newest: Option<DateTime<Utc>>,
    /// When the first and the last work was, also of what is forgotten.
    worked: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// What was added to since [`Self::settle`].
    touched: BTreeSet<(Family, String)>,
    /// The families that were added to, or forgotten from, since then: a bit for each.
    changed: u32,
    /// Nothing before this moment is taken up any more, but by episodes that are still there.
    forgotten: Option<DateTime<Utc>>,
}

impl Book {
    pub(super) fn new(series: Source) -> Self {
        Self {
            series,
            families: vec![BTreeMap::new(); Family::ALL.len()],
            newest: None,
            worked: None,
            touched: BTreeSet::new(),
            changed: 0,
            forgotten: None,
        }
    }

    /// Takes up an event of the series; the same one again changes nothing.
    pub(super) fn add(&mut self, event: &Event, work: &Work) {
        let family = work.family();
        let late = self.forgotten.is_some_and(|moment| event.at < moment);
        let events = match self.families[family as usize].entry(work.about().to_string()) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(_) if late && stands_until(work).is_none_or(|until| Some(until) < self.forgotten) => return,
            Entry::Vacant(entry) => entry.insert(Vec::with_capacity(1)),
        };
        let Err(place) = events.binary_search_by_key(&(event.at, event.id), |known| (known.at, known.id)) else {
            return;
        };
        events.insert(place, event.clone());
        self.newest = self.newest.max(Some(event.at));
        if is_work(family) {
            let (first, last) = self.worked.unwrap_or((event.at, event.at));
            self.worked = Some((first.min(event.at), last.max(event.at)));
        }
        self.touched.insert((family, work.about().to_string()));
        self.changed |= bit(family);
    }

    /// Drops episodes of which every event is older than a moment, but not what the roster says of later times.
    pub(super) fn forget_before(&mut self, moment: DateTime<Utc>) {
        self.forgotten = self.forgotten.max(Some(moment));
        for family in Family::ALL {
            let gone = |_: &String, events: &mut Vec<Event>| {
                events.last().is_none_or(|event| {
                    let until = work(event).and_then(stands_until);
                    event.at < moment && until.is_none_or(|until| until < moment)
                })
            };
            for (about, _) in self.families[*family as usize].extract_if(.., gone) {
                self.touched.insert((*family, about));
                self.changed |= bit(*family);
            }
        }
    }

    /// All episodes of a family, as they were known before a moment.
    pub(super) fn episodes(&self, family: Family, as_of: DateTime<Utc>) -> Vec<Episode<'_>> {
        self.families[family as usize]
            .iter()
            .filter_map(|(about, events)| self.known(family, about, events, as_of))
            .collect()
    }

    /// One episode, as it was known before a moment.
    pub(super) fn episode(&self, family: Family, about: &str, as_of: DateTime<Utc>) -> Option<Episode<'_>> {
        let (about, events) = self.families[family as usize].get_key_value(about)?;
        self.known(family, about, events, as_of)
    }

    fn known<'a>(
        &self,
        family: Family,
        about: &'a str,
        events: &'a [Event],
        as_of: DateTime<Utc>,
    ) -> Option<Episode<'a>> {
        let known = &events[..events.partition_point(|event| event.at < as_of)];
        let events: Vec<(&Event, &Work)> = known.iter().filter_map(|event| Some((event, work(event)?))).collect();
        (!events.is_empty()).then_some(Episode { family, about, series: self.series, events })
    }

    /// Whether all that is here was known before a moment.
    pub(super) fn all_before(&self, as_of: DateTime<Utc>) -> bool {
        self.newest.is_none_or(|newest| newest < as_of)
    }

    /// Whether any work happened in a window.
    pub(super) fn alive(&self, window: Window) -> bool {
        let Some((first, last)) = self.worked else { return false };
        if window.has(first) || window.has(last) {
            return true;
        }
        let between = first < window.from && window.until <= last;
        let working = || Family::ALL.iter().filter(|family| is_work(**family));
        between
            && working().flat_map(|family| self.families[*family as usize].values()).any(|events| {
                let after = events.partition_point(|event| event.at < window.from);
                events.get(after).is_some_and(|event| window.has(event.at))
            })
    }

    /// When the first work was, if before a moment.
    pub(super) fn first(&self, as_of: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.worked.map(|(first, _)| first).filter(|first| *first < as_of)
    }

    /// What of a family was added to since the book was last settled.
    pub(super) fn touched(&self, family: Family) -> impl Iterator<Item = &str> {
        self.touched.iter().filter(move |(touched, _)| *touched == family).map(|(_, about)| about.as_str())
    }

    /// The families that have changed since then.
    pub(super) fn changed(&self) -> u32 {
        self.changed
    }

    /// All that was added has been looked at.
    pub(super) fn settle(&mut self) {
        self.touched.clear();
        self.changed = 0;
    }
}

/// Rosters and statements say nothing about whether anything was done.
fn is_work(family: Family) -> bool {
    !matches!(family, Family::Roster | Family::Attested)
}

fn work(event: &Event) -> Option<&Work> {
    match &event.kind {
        Kind::Work(work) => Some(work),
        _ => None,
    }
}

/// Until when an entry of the roster matters after it was told.
fn stands_until(work: &Work) -> Option<DateTime<Utc>> {
    match work {
        Work::Roster(Roster::PersonJoined { .. }) => Some(DateTime::<Utc>::MAX_UTC),
        Work::Roster(
            Roster::OnCallScheduled { until, .. }
            | Roster::AbsenceRecorded { until, .. }
            | Roster::TeamUnderstaffed { until, .. },
        ) => Some(*until),
        _ => None,
    }
}
