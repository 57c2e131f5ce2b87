//! A scorecard as it was filled in: by whom, in which order, and what of it counts.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cited, Decision, Given, Label, RedFlag, Refused, check, flag};
use crate::event::{
    Artefact, Event, Kind,
    work::{Work, rating::Rating},
};

/// What several people judged of one person on one scorecard.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Panel {
    /// Each rater's part, by the rater's id.
    pub cards: BTreeMap<Uuid, Card>,
    /// The red flags, by id.
    pub flags: BTreeMap<String, RedFlag>,
    /// What was decided, the last one last; it counts.
    pub decisions: Vec<Verdict>,
    /// Events that were not taken, with the reason: none where each was checked before it was written.
    pub refused: Vec<(Uuid, Refused)>,
}

/// One rater's part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Card {
    /// Every rating in the order it was given.
    pub versions: Vec<Version>,
    /// When it was submitted, and what the rater recommended.
    pub submitted: Option<(DateTime<Utc>, Label)>,
}

/// A rating as it was given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Version {
    /// The event.
    pub event: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// Which dimension.
    pub dimension: String,
    /// What.
    pub level: Given,
    /// What it rests on.
    pub evidence: Vec<Cited>,
    /// What the rater said to it.
    pub comment: Option<Artefact>,
    /// Whether it came after the card was submitted: kept and shown, and counts for nothing.
    pub late: bool,
}

/// A person's decision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The event.
    pub event: Uuid,
    /// Who.
    pub by: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: Artefact,
    /// What was recommended then.
    pub advised: Option<Label>,
}

impl Panel {
    /// Reads one scorecard of one person from events in any order; those of others are not looked at.
    #[must_use]
    pub fn read(card: &str, subject: Uuid, events: &[Event]) -> Self {
        let mut seen = BTreeSet::new();
        let mut mine: Vec<(&Event, &Rating)> = events
            .iter()
            .filter(|event| event.subject == subject)
            .filter_map(|event| match &event.kind {
                Kind::Work(Work::Rating(rating)) if rating.about() == card => Some((event, rating)),
                _ => None,
            })
            .filter(|(event, _)| seen.insert(event.id))
            .collect();
        mine.sort_by_key(|(event, _)| (event.at, event.id));

        let mut panel = Self::default();
        mine.retain(|(event, rating)| match check(rating, event.actor, subject) {
            Ok(()) => true,
            Err(why) => {
                panel.refused.push((event.id, why));
                false
            }
        });
        panel.flags = flag::read(&mine);
        for (event, rating) in mine {
            if let Some(actor) = event.actor {
                panel.take(event, actor, rating);
            }
        }
        panel
    }

    fn take(&mut self, event: &Event, actor: Uuid, rating: &Rating) {
        match rating {
            Rating::RatingGiven(rated) | Rating::RatingChanged(rated) => {
                let card = self.cards.entry(actor).or_default();
                card.versions.push(Version {
                    event: event.id,
                    at: event.at,
                    dimension: rated.dimension.clone(),
                    level: rated.level,
                    evidence: rated.evidence.clone(),
                    comment: rated.comment.clone(),
                    late: card.submitted.is_some(),
                });
            }
            Rating::ScorecardSubmitted { overall, .. } => {
                // The first one locks. What somebody gives after seeing the others is no second opinion.
                self.cards.entry(actor).or_default().submitted.get_or_insert((event.at, *overall));
            }
            Rating::DecisionMade { decision, reason, advised, .. } => self.decisions.push(Verdict {
                event: event.id,
                by: actor,
                at: event.at,
                decision: *decision,
                reason: reason.clone(),
                advised: *advised,
            }),
            Rating::RedFlagRaised { .. } | Rating::RedFlagConfirmed { .. } | Rating::RedFlagWithdrawn { .. } => {}
        }
    }

    /// The decision that counts: the last one.
    #[must_use]
    pub fn decision(&self) -> Option<&Verdict> {
        self.decisions.last()
    }

    /// What counts of a dimension: each rater's id and version, of those who have submitted.
    pub fn counting<'a>(&'a self, dimension: &'a str) -> impl Iterator<Item = (Uuid, &'a Version)> {
        self.cards.iter().filter_map(move |(rater, card)| Some((*rater, card.counting(dimension)?)))
    }

    /// Who has begun and not submitted. Their ratings do not count yet, and they see nobody else's.
    pub fn waiting_for(&self) -> impl Iterator<Item = Uuid> + '_ {
        self.cards.iter().filter(|(_, card)| card.submitted.is_none()).map(|(rater, _)| *rater)
    }
}

impl Card {
    /// The rating of a dimension that counts: the last one before the card was submitted; none until then.
    #[must_use]
    pub fn counting(&self, dimension: &str) -> Option<&Version> {
        self.submitted?;
        self.versions.iter().rfind(|version| version.dimension == dimension && !version.late)
    }
}
