//! K21, on learning plans.

use chrono::{DateTime, Utc};

use super::moments::just_before;
use crate::{
    event::{
        Event,
        work::{Family, Plan, PlanItem, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days},
    },
};

/// K21: Σ expected time of the agreed items that were demonstrated ÷ Σ expected time of the agreed items.
///
/// Demonstrated is: mastered within the quarter, as the platform or somebody else saw it, signed off by somebody else
/// where that is asked for, and still there when it is checked again. The re-check falls 14 to 30 days later; until
/// then the item counts, once it was failed it does not, nor once its time is over without a pass, so that cramming
/// does not pay and skipping the re-check does not either. A pass after that time makes it count again.
///
/// The set is the one that somebody other than the learner agreed to, at the latest some days into the quarter.
/// Items that were taken out by somebody else are deferred, those that the learner took out stay in; items added
/// later, and what had been mastered and kept before, are reported beside it. The whole plan is pending until the
/// quarter is over; what would count is there to be seen.
///
/// Settings: `freeze-days`: how long after the quarter's beginning a plan may still be agreed; `recheck-from-days`
/// and `recheck-until-days`.
pub(in crate::kpi) const LEARNING_VELOCITY: Method = Method {
    family: Family::Plan,
    unit: Unit::Share,
    settings: &[("freeze-days", 14.0), ("recheck-from-days", 14.0), ("recheck-until-days", 30.0)],
    observe: velocity,
    fold: Fold::Share,
};

fn velocity(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(agreed) = Agreed::read(episode, setting) else { return Vec::new() };
    let mut seen = Vec::new();
    let mut observations = Vec::new();
    for (item, since) in agreed.items(episode) {
        if !seen.contains(&item.item.as_str()) {
            seen.push(&item.item);
            observations.push(observe(episode, &agreed, item, since, setting));
        }
    }
    observations
}

/// What the end of the quarter says about one item; `added` is the change by which it came in after the plan stood.
fn observe(
    episode: &Episode<'_>,
    agreed: &Agreed<'_>,
    item: &PlanItem,
    added: Option<&Event>,
    setting: &Setting<'_>,
) -> Observation {
    let over = setting.passed(agreed.until);
    let shown = Shown::of(episode, item, agreed, setting);
    let removed = agreed.removed(episode, &item.item);
    let excluded = if !over {
        Some(Exclusion::Pending)
    } else if agreed.doubtful {
        Some(Exclusion::Unconfirmed)
    } else if added.is_some() || had_before(item, agreed, setting) {
        Some(Exclusion::OtherClass)
    } else if removed.is_some_and(Event::by_another) {
        Some(Exclusion::Deferred)
    } else {
        None
    };
    let flags = [
        (shown.mastered.is_some() && !shown.kept, Flag::NotRetained),
        (added.is_some() || removed.is_some(), Flag::PlanChanged),
    ];
    let events = [Some(agreed.event), added, removed, shown.mastered, shown.signed, shown.rechecked];
    Observation {
        about: format!("{}: {}", episode.about, item.item),
        at: if over { just_before(agreed.until) } else { agreed.from },
        value: Value::Share { met: shown.counts(item), weight: f64::from(item.minutes.max(1)) / 60.0 },
        excluded,
        flags: flags.into_iter().filter_map(|(raised, flag)| raised.then_some(flag)).collect(),
        events: events.into_iter().flatten().map(|event| event.id).collect(),
    }
}

/// Whether only the learner says so.
fn own_word(event: &Event) -> bool {
    event.actor == Some(event.subject)
}

fn plans<'a>(episode: &Episode<'a>) -> impl DoubleEndedIterator<Item = (&'a Event, &'a Plan)> {
    episode.events.iter().filter_map(|&(event, work)| match work {
        Work::Plan(of) => Some((event, of)),
        _ => None,
    })
}

/// A plan that stands.
struct Agreed<'a> {
    event: &'a Event,
    items: &'a [PlanItem],
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    /// Nobody but the learner agreed to it, or too late.
    doubtful: bool,
}

impl<'a> Agreed<'a> {
    /// The first that somebody else agreed to in time; else the first.
    fn read(episode: &Episode<'a>, setting: &Setting<'_>) -> Option<Self> {
        let mut all = plans(episode).filter_map(|(event, of)| match of {
            Plan::PlanAgreed { items, from, until, .. } if from < until => {
                let late = event.at > after_days(*from, setting.number("freeze-days"));
                let doubtful = late || !event.by_another();
                Some(Self { event, items, from: *from, until: *until, doubtful })
            }
            _ => None,
        });
        let first = all.next()?;
        if first.doubtful { Some(all.find(|agreed| !agreed.doubtful).unwrap_or(first)) } else { Some(first) }
    }

    /// The items that were agreed, then those that were added, with the event that did.
    fn items(&self, episode: &Episode<'a>) -> impl Iterator<Item = (&'a PlanItem, Option<&'a Event>)> {
        let added = plans(episode).filter_map(|(event, of)| match of {
            Plan::PlanChanged { added, .. } => Some(added.iter().map(move |item| (item, Some(event)))),
            _ => None,
        });
        let added: Vec<_> = added.flatten().collect();
        self.items.iter().map(|item| (item, None)).chain(added)
    }

    /// The change that took an item out for good: one by somebody else where there is one.
    fn removed(&self, episode: &Episode<'a>, item: &str) -> Option<&'a Event> {
        let mut out: Option<&Event> = None;
        for (event, of) in plans(episode).filter(|(event, _)| self.event.at <= event.at && event.at < self.until) {
            let Plan::PlanChanged { added, removed, .. } = of else { continue };
            if added.iter().any(|new| new.item == item) {
                out = None;
            } else if removed.iter().any(|old| old == item) && !out.is_some_and(Event::by_another) {
                out = Some(event);
            }
        }
        out
    }
}

/// How an item was shown.
struct Shown<'a> {
    mastered: Option<&'a Event>,
    signed: Option<&'a Event>,
    /// What decided whether it is still there.
    rechecked: Option<&'a Event>,
    kept: bool,
}

impl<'a> Shown<'a> {
    fn of(episode: &Episode<'a>, item: &PlanItem, agreed: &Agreed<'_>, setting: &Setting<'_>) -> Self {
        let mut shown = Self { mastered: None, signed: None, rechecked: None, kept: true };
        for (event, of) in plans(episode) {
            let in_quarter = agreed.from <= event.at && event.at < agreed.until;
            match of {
                // Mastered again only matters after it was lost.
                Plan::ItemMastered { item: name, .. }
                    if *name == item.item
                        && in_quarter
                        && !own_word(event)
                        && (shown.mastered.is_none() || !shown.kept) =>
                {
                    (shown.mastered, shown.rechecked, shown.kept) = (Some(event), None, true);
                }
                Plan::ItemSignedOff { item: name, .. } if *name == item.item && event.by_another() => {
                    shown.signed = Some(event);
                }
                Plan::ItemRechecked { item: name, passed, .. } if *name == item.item => {
                    shown.recheck(event, *passed, setting);
                }
                _ => {}
            }
        }
        if let Some(mastered) = shown.mastered
            && item.recheck
            && shown.rechecked.is_none()
        {
            shown.kept = !setting.passed(after_days(mastered.at, setting.number("recheck-until-days")));
        }
        shown
    }

    /// The first re-check that is late enough decides; one that is failed always does.
    fn recheck(&mut self, event: &'a Event, passed: bool, setting: &Setting<'_>) {
        let Some(mastered) = self.mastered.filter(|_| self.rechecked.is_none()) else { return };
        if passed && own_word(event) {
            return;
        }
        if !passed || event.at >= after_days(mastered.at, setting.number("recheck-from-days")) {
            self.rechecked = Some(event);
            self.kept = passed;
        }
    }

    fn counts(&self, item: &PlanItem) -> bool {
        self.mastered.is_some() && self.kept && (!item.sign_off || self.signed.is_some())
    }
}

/// Whether the person had mastered the item before this plan, and had not lost it by then: an easy goal.
fn had_before(item: &PlanItem, agreed: &Agreed<'_>, setting: &Setting<'_>) -> bool {
    let before = agreed.from.max(agreed.event.at.min(agreed.until));
    let others = setting.others(Family::Plan).iter();
    let mut last: Option<(&Event, bool)> = None;
    for (event, of) in others.flat_map(plans).filter(|(event, _)| event.at < before) {
        let has = match of {
            Plan::ItemMastered { item: name, .. } if *name == item.item => true,
            Plan::ItemRechecked { item: name, passed: false, .. } if *name == item.item => false,
            _ => continue,
        };
        if last.is_none_or(|(newest, _)| (newest.at, newest.id) < (event.at, event.id)) {
            last = Some((event, has));
        }
    }
    last.is_some_and(|(_, has)| has)
}
