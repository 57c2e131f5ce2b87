//! Red flags: what overrules a score, and therefore needs two people.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Cited;
use crate::event::{Event, work::rating::Rating};

/// A red flag on a scorecard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedFlag {
    /// What shows it: of all who raised it, in the order of events.
    pub evidence: Vec<Cited>,
    /// Whether the platform raised it.
    pub by_machine: bool,
    /// Who stands for it now: raised or confirmed it and has not taken that back.
    pub by: BTreeSet<Uuid>,
    /// Who has taken it back.
    pub withdrawn: BTreeSet<Uuid>,
    /// The events it rests on, in their order.
    pub events: Vec<Uuid>,
}

/// How a red flag stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlagState {
    /// Not yet confirmed: it changes nothing, and somebody should look.
    Open,
    /// Two people stand for it, and there is evidence.
    Confirmed,
    /// Who had raised or confirmed it has taken that back, and nobody stands for it.
    Withdrawn,
}

impl RedFlag {
    /// How it stands. It takes two different people, whoever or whatever raised it: the platform is no rater, so what it
    /// raised needs two as well.
    #[must_use]
    pub fn state(&self) -> FlagState {
        match self.by.len() {
            0 if !self.withdrawn.is_empty() => FlagState::Withdrawn,
            2.. if !self.evidence.is_empty() => FlagState::Confirmed,
            _ => FlagState::Open,
        }
    }
}

/// The red flags of a card, by id, from its accepted events in order. Each person's last word counts.
pub(super) fn read(events: &[(&Event, &Rating)]) -> BTreeMap<String, RedFlag> {
    let mut flags: BTreeMap<String, RedFlag> = BTreeMap::new();
    for (event, rating) in events {
        let (Rating::RedFlagRaised { flag, .. }
        | Rating::RedFlagConfirmed { flag, .. }
        | Rating::RedFlagWithdrawn { flag, .. }) = rating
        else {
            continue;
        };
        let red = flags.entry(flag.clone()).or_default();
        red.events.push(event.id);
        if let Rating::RedFlagRaised { evidence, .. } = rating {
            red.evidence
                .extend(evidence.iter().filter(|cited| !red.evidence.contains(cited)).cloned().collect::<Vec<_>>());
        }
        match (event.actor.filter(|actor| !actor.is_nil()), rating) {
            (None, _) => red.by_machine = true,
            (Some(person), Rating::RedFlagWithdrawn { .. }) => {
                red.by.remove(&person);
                red.withdrawn.insert(person);
            }
            (Some(person), _) => {
                red.withdrawn.remove(&person);
                red.by.insert(person);
            }
        }
    }
    flags
}
