//! K07, on runbooks.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::tools::{ONE, flags, seen};
use crate::{
    event::{
        Event,
        work::{Family, Runbook, Substance, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit,
        method::{Fold, Method, after_days},
    },
};

/// K07: merged revisions of which a reviewer, never the author, says that the runbook is worked by otherwise now; of
/// one runbook, one in a week.
///
/// A revision falls on its merge. That somebody else has worked by it soon is flagged, not added: the figure stays a
/// count.
pub(in crate::kpi) const RUNBOOK_IMPROVEMENTS: Method = Method {
    family: Family::Runbook,
    unit: Unit::PerMonth,
    settings: &[("once-in-days", 7.0), ("used-in-days", 60.0)],
    observe: improvements,
    fold: Fold::PerMonth,
};

fn improvements(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let revisions = Revision::all(episode);
    let mut counted: Option<DateTime<Utc>> = None;
    let mut observations = Vec::new();
    for (name, revision) in revisions {
        let next = counted.map(|last| after_days(last, setting.number("once-in-days")));
        let excluded = match revision.substance {
            None => Some(Exclusion::OwnWord),
            Some(substance) if !substance.meaningful() => Some(Exclusion::BelowStandard),
            Some(_) if next.is_some_and(|next| revision.merged < next) => Some(Exclusion::Capped),
            Some(_) => None,
        };
        if excluded.is_none() {
            counted = Some(revision.merged);
        }
        let soon = after_days(revision.merged, setting.number("used-in-days"));
        let used = revision.used.iter().any(|used| revision.merged <= *used && *used <= soon);
        observations.push(Observation {
            about: format!("{}: {name}", episode.about),
            excluded,
            flags: flags([(used, Flag::UsedByOthers)]),
            events: revision.events,
            ..seen(episode, revision.merged, ONE)
        });
    }
    observations
}

/// A merged revision.
struct Revision {
    merged: DateTime<Utc>,
    /// What somebody else said last that it changes.
    substance: Option<Substance>,
    /// When somebody else worked by it.
    used: Vec<DateTime<Utc>>,
    events: Vec<uuid::Uuid>,
}

impl Revision {
    /// Those of an episode, by the time of their merge.
    fn all<'e>(episode: &'e Episode<'_>) -> Vec<(&'e str, Self)> {
        let mut revisions: BTreeMap<&str, Vec<(&Event, &Runbook)>> = BTreeMap::new();
        for (event, said) in events(episode) {
            if let Runbook::RevisionProposed { revision, .. }
            | Runbook::RevisionReviewed { revision, .. }
            | Runbook::RevisionMerged { revision, .. }
            | Runbook::RevisionUsed { revision, .. } = said
            {
                revisions.entry(revision).or_default().push((event, said));
            }
        }
        let mut merged: Vec<_> =
            revisions.into_iter().filter_map(|(name, events)| Some((name, Self::of(&events)?))).collect();
        merged.sort_by_key(|(name, revision)| (revision.merged, *name));
        merged
    }

    fn of(events: &[(&Event, &Runbook)]) -> Option<Self> {
        let merged = events.iter().find(|(_, said)| matches!(said, Runbook::RevisionMerged { .. }))?.0.at;
        let others = || events.iter().filter(|(event, _)| event.by_another());
        let substance = others().rev().find_map(|(_, said)| match said {
            Runbook::RevisionReviewed { substance, .. } => Some(*substance),
            _ => None,
        });
        let used = others().filter(|(_, said)| matches!(said, Runbook::RevisionUsed { .. }));
        let used = used.map(|(event, _)| event.at).collect();
        Some(Self { merged, substance, used, events: events.iter().map(|(event, _)| event.id).collect() })
    }
}

/// The events of the family, whether of an item or of a runbook.
pub(super) fn events<'e>(episode: &'e Episode<'_>) -> impl Iterator<Item = (&'e Event, &'e Runbook)> {
    episode.events.iter().filter_map(|(event, work)| match work {
        Work::Runbook(said) => Some((*event, said)),
        _ => None,
    })
}
