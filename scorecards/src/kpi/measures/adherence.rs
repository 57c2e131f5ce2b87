//! K06, on items for which a runbook is used.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    runbooks::events,
    tools::{flags, seen},
};
use crate::{
    event::{
        Event,
        work::{Change, Family, Feedback, Runbook, Ticket, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days, after_minutes},
    },
};

/// K06: items for which a runbook was opened before anything was changed, all of its mandatory steps were ticked when
/// they were done (or left out for a reason with which a reviewer agrees), and it was said afterwards whether it needs
/// an update; of all items for which there is a runbook.
///
/// An item falls on its first event. Where several runbooks fit, following one is enough. A step is ticked in time
/// until a few minutes after its command: who does and then ticks works by the runbook, who ticks all at the end does
/// not. What is said of a runbook counts until some days after it was last used.
pub(in crate::kpi) const RUNBOOK_ADHERENCE: Method = Method {
    family: Family::Runbook,
    unit: Unit::Share,
    settings: &[("tick-late-minutes", 5.0), ("tick-early-minutes", 60.0), ("feedback-days", 2.0)],
    observe: adherence,
    fold: Fold::Share,
};

fn adherence(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(case) = Use::of(episode, setting) else { return Vec::new() };
    let at = case.events[0].0.at;
    let ways: Vec<Way> = case.runbooks.iter().map(|(name, steps)| case.follow(name, steps, setting)).collect();
    let met = ways.iter().any(Way::followed);
    let open = ways.iter().any(|way| way.possible) && !setting.passed(case.deadline(setting));
    let lost = case.events.iter().any(|(_, event)| matches!(event, Runbook::RunbookRecordLost { .. }));
    let mut observation = seen(episode, at, Value::share(met));
    observation.excluded = match () {
        () if ways.is_empty() => Some(Exclusion::NoRunbook),
        () if met => None,
        () if lost => Some(Exclusion::NotObserved),
        () if open => Some(Exclusion::Pending),
        () => None,
    };
    observation.flags = flags([(ways.iter().any(|way| way.out_of_time), Flag::TickedOutOfTime)]);
    observation.events.extend(case.elsewhere);
    vec![observation]
}

/// The use of runbooks for one item.
struct Use<'e> {
    events: Vec<(&'e Event, &'e Runbook)>,
    /// The runbooks that fit, with their mandatory steps.
    runbooks: BTreeMap<&'e str, BTreeSet<&'e str>>,
    /// When something was first changed.
    first_change: Option<DateTime<Utc>>,
    /// What it rests on besides the episode.
    elsewhere: Vec<uuid::Uuid>,
}

/// How one runbook was followed.
struct Way {
    /// Opened before anything was changed.
    opened_first: bool,
    /// That, or it still can be.
    possible: bool,
    steps: bool,
    out_of_time: bool,
    feedback: bool,
}

impl Way {
    fn followed(&self) -> bool {
        self.opened_first && self.steps && self.feedback
    }
}

impl<'e> Use<'e> {
    /// `None` if the episode is of a runbook and not of an item.
    fn of(episode: &'e Episode<'_>, setting: &'e Setting<'_>) -> Option<Self> {
        let events: Vec<_> = events(episode).filter(|(_, event)| of_item(event)).collect();
        events.first()?;
        let mut runbooks: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (_, event) in &events {
            match event {
                Runbook::RunbookMatched { runbook, mandatory, .. } => {
                    runbooks.entry(runbook).or_default().extend(mandatory.iter().map(String::as_str));
                }
                Runbook::RunbookOpened { runbook, .. } => {
                    runbooks.entry(runbook).or_default();
                }
                _ => {}
            }
        }
        let own = events.iter().filter(|(_, event)| matches!(event, Runbook::ActionTaken { changes: true, .. }));
        let own = own.map(|(event, _)| event.moment());
        let (elsewhere, others): (Vec<_>, Vec<_>) = changed_elsewhere(episode.about, setting).unzip();
        Some(Self { first_change: own.chain(others).min(), events, runbooks, elsewhere })
    }

    fn deadline(&self, setting: &Setting<'_>) -> DateTime<Utc> {
        let used = self.events.iter().filter(|(_, event)| {
            matches!(
                event,
                Runbook::RunbookMatched { .. }
                    | Runbook::RunbookOpened { .. }
                    | Runbook::RunbookStepTicked { .. }
                    | Runbook::ActionTaken { .. }
            )
        });
        let last = used.map(|(event, _)| event.at).max().unwrap_or(self.events[0].0.at);
        after_days(last, setting.number("feedback-days"))
    }

    fn follow(&self, name: &str, mandatory: &BTreeSet<&str>, setting: &Setting<'_>) -> Way {
        let opened = self.first(|event| matches!(event, Runbook::RunbookOpened { runbook, .. } if runbook == name));
        let opened_first =
            opened.is_some_and(|opened| self.first_change.is_none_or(|first_change| opened <= first_change));
        let possible = opened_first || (opened.is_none() && self.first_change.is_none());
        let ticks: Vec<Tick> = mandatory.iter().map(|step| self.ticked(name, step, setting)).collect();
        let steps = mandatory
            .iter()
            .zip(&ticks)
            .all(|(step, tick)| matches!(tick, Tick::InTime | Tick::Early) || self.agreed(name, step));
        let deadline = self.deadline(setting);
        let feedback = self.events.iter().any(|(event, said)| match said {
            Runbook::RunbookFeedbackGiven { runbook, feedback, .. } => {
                runbook == name && event.at <= deadline && backed(feedback, name, setting)
            }
            _ => false,
        });
        let out_of_time = ticks.iter().any(|tick| matches!(tick, Tick::Late | Tick::Early));
        Way { opened_first, possible, steps, out_of_time, feedback }
    }

    fn ticked(&self, name: &str, wanted: &str, setting: &Setting<'_>) -> Tick {
        let Some(tick) = self.first(|event| {
            matches!(event, Runbook::RunbookStepTicked { runbook, step, .. } if runbook == name && step == wanted)
        }) else {
            return Tick::Missing;
        };
        let command = self.first(|event| {
            matches!(event, Runbook::ActionTaken { step: Some(done), .. } if done.runbook == name && done.step == wanted)
        });
        // Not every step has a command; then the tick is all there is.
        let Some(command) = command else { return Tick::InTime };
        if tick > after_minutes(command, setting.number("tick-late-minutes")) {
            Tick::Late
        } else if tick < after_minutes(command, -setting.number("tick-early-minutes")) {
            Tick::Early
        } else {
            Tick::InTime
        }
    }

    /// Whether a reviewer agrees that a step was left out or done otherwise: the last word of somebody else.
    fn agreed(&self, name: &str, wanted: &str) -> bool {
        let deviated = self.events.iter().any(|(_, event)| {
            matches!(event, Runbook::RunbookDeviated { runbook, step, .. } if runbook == name && step == wanted)
        });
        let mut words = self.events.iter().filter_map(|(event, said)| match said {
            Runbook::RunbookDeviationReviewed { runbook, step, agreed, .. }
                if runbook == name && step == wanted && event.by_another() =>
            {
                Some(*agreed)
            }
            _ => None,
        });
        deviated && words.next_back().unwrap_or(false)
    }

    fn first(&self, wanted: impl Fn(&Runbook) -> bool) -> Option<DateTime<Utc>> {
        self.events.iter().filter(|(_, event)| wanted(event)).map(|(event, _)| event.moment()).min()
    }
}

/// How a mandatory step was ticked.
enum Tick {
    Missing,
    InTime,
    /// Long after its command.
    Late,
    /// Long before its command: it counts as ticked, but somebody should look.
    Early,
}

/// Whether there is what feedback says: a claimed update needs a revision that was proposed.
fn backed(feedback: &Feedback, name: &str, setting: &Setting<'_>) -> bool {
    let Feedback::Updated(claimed) = feedback else { return true };
    setting.other(Family::Runbook, name).is_some_and(|episode| {
        events(episode)
            .any(|(_, event)| matches!(event, Runbook::RevisionProposed { revision, .. } if revision == claimed))
    })
}

/// When the item itself says that something was changed for it, with the events that say so.
fn changed_elsewhere<'e>(
    item: &str,
    setting: &'e Setting<'_>,
) -> impl Iterator<Item = (uuid::Uuid, DateTime<Utc>)> + use<'e> {
    let episodes = [Family::Change, Family::Ticket].map(|family| setting.other(family, item));
    let events = episodes.into_iter().flatten().flat_map(|episode| &episode.events);
    events.filter_map(|(event, work)| match work {
        Work::Change(Change::ChangeStarted { .. }) | Work::Ticket(Ticket::TicketActedOn { privileged: true, .. }) => {
            Some((event.id, event.moment()))
        }
        _ => None,
    })
}

fn of_item(event: &Runbook) -> bool {
    !matches!(
        event,
        Runbook::RevisionProposed { .. }
            | Runbook::RevisionReviewed { .. }
            | Runbook::RevisionMerged { .. }
            | Runbook::RevisionUsed { .. }
    )
}
