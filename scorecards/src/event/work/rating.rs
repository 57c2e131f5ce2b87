//! What people judged: ratings, red flags, decisions. Automation never writes these, but for raising a red flag.
//!
//! Who judged is the event's actor, who is judged its subject; both are opaque ids. An event without an actor is the
//! platform's own, and no rating. Texts are artefacts beside the log, so that a person can be erased from it.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantNames};
use uuid::Uuid;

use crate::event::Artefact;

/// What people judged: ratings, red flags, decisions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rating {
    /// A rating was given.
    RatingGiven(Rated),
    /// A rating was given in place of an earlier one, which is kept.
    RatingChanged(Rated),
    /// Somebody, or the platform, saw a red flag.
    RedFlagRaised {
        /// Which scorecard.
        card: String,
        /// Which red flag, by its id in the role pack.
        flag: String,
        /// What shows it; one piece at least.
        evidence: Vec<Cited>,
        /// What the rater says to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<Artefact>,
    },
    /// Somebody else saw it too.
    RedFlagConfirmed {
        /// Which scorecard.
        card: String,
        /// Which red flag.
        flag: String,
        /// What the rater says to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comment: Option<Artefact>,
    },
    /// Who raised or confirmed a red flag takes it back.
    RedFlagWithdrawn {
        /// Which scorecard.
        card: String,
        /// Which red flag.
        flag: String,
        /// Why.
        reason: Artefact,
    },
    /// A rater is done: from now on they see the others' ratings, and their own are locked.
    ScorecardSubmitted {
        /// Which scorecard.
        card: String,
        /// What the rater recommends, said before anything was computed.
        overall: Label,
    },
    /// A person decided. The recommendation only advises.
    DecisionMade {
        /// Which scorecard.
        card: String,
        /// What was decided.
        decision: Decision,
        /// Why, in words.
        reason: Artefact,
        /// What the recommendation was then, if there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        advised: Option<Label>,
    },
}

impl Rating {
    /// Which scorecard it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::RatingGiven(Rated { card, .. })
            | Self::RatingChanged(Rated { card, .. })
            | Self::RedFlagRaised { card, .. }
            | Self::RedFlagConfirmed { card, .. }
            | Self::RedFlagWithdrawn { card, .. }
            | Self::ScorecardSubmitted { card, .. }
            | Self::DecisionMade { card, .. } => card,
        }
    }
}

/// A rating of one dimension.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rated {
    /// Which scorecard: one person's review or interview.
    pub card: String,
    /// Which dimension, by its id in the role pack.
    pub dimension: String,
    /// What was given.
    pub level: Given,
    /// What it rests on. A 1 and a 4 need some.
    #[serde(default)]
    pub evidence: Vec<Cited>,
    /// What the rater says to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<Artefact>,
}

/// What a rater gave: 1 to 4 in JSON, or `"not_observed"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub enum Given {
    /// It could not be seen. Never counted as a low level.
    NotObserved,
    /// A level.
    Level(Level),
}

/// A level, with an anchor in words for each dimension in the role pack. There is no middle to hide in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 1: a danger.
    One = 1,
    /// 2: below the bar.
    Two = 2,
    /// 3: meets the bar.
    Three = 3,
    /// 4: strong.
    Four = 4,
}

impl Level {
    /// All of them, the lowest first.
    pub const ALL: [Self; 4] = [Self::One, Self::Two, Self::Three, Self::Four];

    /// The level of this number, if there is one.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// As a number.
    #[must_use]
    pub fn number(self) -> u8 {
        self as u8
    }
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Number(u8),
    Word(Word),
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    NotObserved,
}

impl TryFrom<Written> for Given {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        match written {
            Written::Word(Word::NotObserved) => Ok(Self::NotObserved),
            Written::Number(number) => Level::of(number)
                .map(Self::Level)
                .ok_or_else(|| format!("{number} is no level: 1, 2, 3, 4 or \"not_observed\"")),
        }
    }
}

impl From<Given> for Written {
    fn from(given: Given) -> Self {
        match given {
            Given::NotObserved => Self::Word(Word::NotObserved),
            Given::Level(level) => Self::Number(level.number()),
        }
    }
}

/// What a judgement rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cited {
    /// An event.
    Event(Uuid),
    /// What somebody said or wrote.
    Quote(Artefact),
}

/// What a rater or the rule recommends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr, VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Label {
    /// Too little was seen to say.
    NoDecision,
    /// No.
    No,
    /// Talk it over: something speaks for it and something against.
    Discuss,
    /// Yes.
    Yes,
    /// Yes, and nothing speaks against it.
    StrongYes,
}

/// What a person decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr, VariantNames)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Decision {
    /// Hired; the phase is signed off; promoted.
    Yes,
    /// Not.
    No,
    /// Not yet: to be judged again.
    Later,
}
