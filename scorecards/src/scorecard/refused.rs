//! What cannot be taken as a judgement.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Cited, Given, Level};
use crate::event::{Artefact, work::rating::Rating};

/// Why a judgement is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// Nobody stands behind it.
    #[error("only a person can judge: automation may bring evidence and raise a red flag")]
    ByMachine,
    /// Who is judged cannot judge.
    #[error("nobody judges their own scorecard")]
    ByTheJudged,
    /// The lowest and the highest level need evidence.
    #[error("a {} needs evidence: cite at least one event or quote", .level)]
    LevelWithoutEvidence {
        /// Which: 1 or 4.
        level: u8,
    },
    /// A red flag needs evidence.
    #[error("a red flag needs evidence: cite at least one event or quote")]
    FlagWithoutEvidence,
    /// A decision or withdrawal needs words.
    #[error("say why: a reason in words is needed")]
    NoReason,
}

/// The SHA-256 of no text at all.
const NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Whether a judgement by this actor on this subject can be taken. The same question is asked before an event is written
/// and when a panel is read.
///
/// # Errors
/// Why it cannot.
pub fn check(rating: &Rating, actor: Option<Uuid>, subject: Uuid) -> Result<(), Refused> {
    let raised = matches!(rating, Rating::RedFlagRaised { .. });
    match actor.filter(|actor| !actor.is_nil()) {
        None if !raised => return Err(Refused::ByMachine),
        Some(actor) if actor == subject => return Err(Refused::ByTheJudged),
        _ => {}
    }
    match rating {
        Rating::RatingGiven(rated) | Rating::RatingChanged(rated) => match rated.level {
            Given::Level(level @ (Level::One | Level::Four)) if !shown(&rated.evidence) => {
                Err(Refused::LevelWithoutEvidence { level: level.number() })
            }
            _ => Ok(()),
        },
        Rating::RedFlagRaised { evidence, .. } if !shown(evidence) => Err(Refused::FlagWithoutEvidence),
        Rating::RedFlagWithdrawn { reason, .. } | Rating::DecisionMade { reason, .. } if !says(reason) => {
            Err(Refused::NoReason)
        }
        _ => Ok(()),
    }
}

/// Whether there is anything to look at.
fn shown(evidence: &[Cited]) -> bool {
    evidence.iter().any(|cited| match cited {
        Cited::Event(event) => !event.is_nil(),
        Cited::Quote(text) => says(text),
    })
}

fn says(text: &Artefact) -> bool {
    let name = text.0.trim();
    !name.is_empty() && !name.eq_ignore_ascii_case(NOTHING)
}
