//! K10 and K11, on changes.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::tools::{flags, seen};
use crate::{
    event::{
        Event,
        work::{Capture, Change, Family, Risk, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_hours, after_minutes},
    },
};

/// K10: low-risk changes that ended without a rollback, an incident within a day or a hot-fix, of those that were
/// begun.
///
/// A change falls on its start. Whether it went well shows a day after its end; one that never ends has not gone well.
/// Going back by plan and in time counts as a rollback here, and is flagged, because it is good discipline.
pub(in crate::kpi) const CHANGE_SUCCESS: Method = Method {
    family: Family::Change,
    unit: Unit::Share,
    settings: &[("incident-hours", 24.0), ("unfinished-hours", 72.0), ("rollback-minutes", 60.0)],
    observe: success,
    fold: Fold::Share,
};

/// K11: changes with all four of a look before, a plan, a plan to go back, and a look after, of those that were begun.
///
/// A look counts if it was taken at its time and its recording is its own.
pub(in crate::kpi) const CHANGE_DOCUMENTATION: Method = Method {
    family: Family::Change,
    unit: Unit::Share,
    settings: &[("precheck-hours", 24.0), ("postcheck-hours", 24.0), ("unfinished-hours", 72.0)],
    observe: documentation,
    fold: Fold::Share,
};

fn success(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(course) = Course::of(episode) else { return Vec::new() };
    let risk = Classes::of(episode, course.start);
    let calm = course.end.map(|end| after_hours(end, setting.number("incident-hours")));
    let trouble = events(episode).any(|(_, change)| match change {
        // What began before the change was not caused by it, whatever was traced.
        Change::ChangeCausedIncident { began, .. } => *began >= course.start && calm.is_none_or(|calm| *began <= calm),
        Change::ChangeHotfixed { .. } | Change::ChangeRolledBack { .. } => true,
        _ => false,
    });
    let met = !trouble && course.end.is_some();
    let decided = trouble || calm.map_or_else(|| setting.passed(course.overdue(setting)), |calm| setting.passed(calm));
    let mut observation = seen(episode, course.start, Value::share(met));
    observation.excluded = match risk.holds {
        Some(Risk::Low) if decided => None,
        Some(Risk::Low) => Some(Exclusion::Pending),
        Some(_) if !risk.own_word => Some(Exclusion::OtherClass),
        _ => Some(Exclusion::OwnWord),
    };
    observation.flags = flags([
        (went_back_well(episode, &course, setting), Flag::PlannedRollback),
        (risk.relabelled, Flag::RiskRelabelled),
        (risk.own_word, Flag::RiskUnreviewed),
    ]);
    vec![observation]
}

fn documentation(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(course) = Course::of(episode) else { return Vec::new() };
    let (start, end) = (course.start, course.end);
    let before =
        |wanted: fn(&Change) -> bool| events(episode).any(|(event, change)| wanted(change) && event.moment() <= start);
    let planned = before(|change| matches!(change, Change::ChangePlanned { .. }));
    let way_back = before(|change| matches!(change, Change::ChangeRollbackPlanned { .. }));

    let earliest = after_hours(start, -setting.number("precheck-hours"));
    let latest = end.map(|end| after_hours(end, setting.number("postcheck-hours")));
    let copies = copies(episode, setting);
    let (mut pre, mut post, mut stale) = (false, false, false);
    for (event, change) in events(episode) {
        let (capture, looked, in_time) = match change {
            Change::ChangePrechecked { capture, .. } => {
                let taken = taken(event, capture);
                (capture, &mut pre, earliest <= taken && taken < start)
            }
            Change::ChangePostchecked { capture, .. } => {
                let taken = taken(event, capture);
                let in_time = end.is_some_and(|end| end < taken) && latest.is_some_and(|latest| taken <= latest);
                (capture, &mut post, in_time)
            }
            _ => continue,
        };
        let good = in_time && !copies.contains(&(capture.recording.0.as_str(), event.id));
        *looked |= good;
        stale |= !good;
    }

    let met = planned && way_back && pre && post;
    // What has to be there before the start can't come later.
    let hopeless = !(planned && way_back && pre);
    let decided = met
        || hopeless
        || latest.map_or_else(|| setting.passed(course.overdue(setting)), |latest| setting.passed(latest));
    let lost = events(episode).any(|(_, change)| matches!(change, Change::ChangeRecordLost { .. }));
    let mut observation = seen(episode, start, Value::share(met));
    observation.excluded = match (decided, lost && !met) {
        (_, true) => Some(Exclusion::NotObserved),
        (false, _) => Some(Exclusion::Pending),
        (true, _) => None,
    };
    observation.flags = flags([(stale, Flag::StaleEvidence)]);
    vec![observation]
}

fn events<'e>(episode: &'e Episode<'_>) -> impl Iterator<Item = (&'e Event, &'e Change)> {
    episode.events.iter().filter_map(|(event, work)| match work {
        Work::Change(change) => Some((*event, change)),
        _ => None,
    })
}

/// From when to when a change was made.
struct Course {
    start: DateTime<Utc>,
    /// When it was done or undone, whichever came last.
    end: Option<DateTime<Utc>>,
}

impl Course {
    /// `None` if it was never begun.
    fn of(episode: &Episode<'_>) -> Option<Self> {
        let moments = |wanted: fn(&Change) -> bool| {
            events(episode).filter(move |(_, change)| wanted(change)).map(|(event, _)| event.moment())
        };
        let start = moments(|change| matches!(change, Change::ChangeStarted { .. })).min()?;
        let end =
            moments(|change| matches!(change, Change::ChangeFinished { .. } | Change::ChangeRolledBack { .. })).max();
        Some(Self { start, end: end.filter(|end| *end >= start) })
    }

    /// From when on a change that has not ended will not.
    fn overdue(&self, setting: &Setting<'_>) -> DateTime<Utc> {
        after_hours(self.start, setting.number("unfinished-hours"))
    }
}

/// What was said of how risky a change is.
struct Classes {
    /// What somebody else said last before the start; else the person's own word.
    holds: Option<Risk>,
    /// Somebody said otherwise after the start, or the person did after another had said.
    relabelled: bool,
    /// It is the person's own word alone, and it takes the change out of what is counted.
    own_word: bool,
}

impl Classes {
    fn of(episode: &Episode<'_>, start: DateTime<Utc>) -> Self {
        let said: Vec<_> = events(episode)
            .filter_map(|(event, change)| match change {
                Change::ChangeProposed { risk, .. } | Change::ChangeClassified { risk, .. } => Some((event, *risk)),
                _ => None,
            })
            .collect();
        let last = |others: bool| {
            let before = said.iter().filter(|(event, _)| event.moment() <= start);
            before
                .filter(|(event, _)| (event.actor != Some(event.subject)) == others)
                .map(|(_, risk)| *risk)
                .next_back()
        };
        let (others, own) = (last(true), last(false));
        let holds = others.or(own);
        let after = said.iter().any(|(event, risk)| event.moment() > start && Some(*risk) != holds);
        let first_other = said.iter().position(|(event, _)| event.actor != Some(event.subject));
        let over = first_other.is_some_and(|first| {
            said[first..].iter().any(|(event, risk)| event.actor == Some(event.subject) && Some(*risk) != holds)
        });
        Self { holds, relabelled: after || over, own_word: others.is_none() && own.is_some_and(|own| own != Risk::Low) }
    }
}

/// Gone back by a plan that was there before the start, by choice, in time, and before anything broke.
fn went_back_well(episode: &Episode<'_>, course: &Course, setting: &Setting<'_>) -> bool {
    let latest = after_minutes(course.start, setting.number("rollback-minutes"));
    let planned = events(episode).any(|(event, change)| {
        matches!(change, Change::ChangeRollbackPlanned { .. }) && event.moment() <= course.start
    });
    let broke = events(episode)
        .filter_map(|(_, change)| match change {
            Change::ChangeCausedIncident { began, .. } if *began >= course.start => Some(*began),
            _ => None,
        })
        .min();
    let mut back = events(episode).filter_map(|(event, change)| match change {
        Change::ChangeRolledBack { by_choice, .. } => Some((event.moment(), *by_choice)),
        _ => None,
    });
    planned && back.any(|(at, by_choice)| by_choice && at <= latest && broke.is_none_or(|broke| at < broke))
}

/// When a look was taken. Nobody can hand in what has not yet been seen.
fn taken(event: &Event, capture: &Capture) -> DateTime<Utc> {
    capture.taken.map_or(event.moment(), |taken| taken.min(event.moment()))
}

/// The recordings in an episode that had been handed in before, for this change or another, by the event that hands
/// them in again.
fn copies<'e>(episode: &'e Episode<'_>, setting: &Setting<'_>) -> BTreeSet<(&'e str, uuid::Uuid)> {
    let mine: Vec<(&Event, &str)> =
        events(episode).filter_map(|(event, change)| Some((event, recording(change)?))).collect();
    if mine.is_empty() {
        return BTreeSet::new();
    }
    let everywhere = setting.others(Family::Change).iter().flat_map(events);
    let others: Vec<(&Event, &str)> =
        everywhere.filter_map(|(event, change)| Some((event, recording(change)?))).collect();
    let again = |event: &Event, recording: &str| {
        let mut earlier = others.iter().filter(|(other, same)| *same == recording && other.id != event.id);
        earlier.any(|(other, _)| (other.moment(), other.id) < (event.moment(), event.id))
    };
    mine.into_iter()
        .filter(|(event, recording)| again(event, recording))
        .map(|(event, name)| (name, event.id))
        .collect()
}

fn recording(change: &Change) -> Option<&str> {
    match change {
        Change::ChangePrechecked { capture, .. } | Change::ChangePostchecked { capture, .. } => {
            Some(&capture.recording.0)
        }
        _ => None,
    }
}
