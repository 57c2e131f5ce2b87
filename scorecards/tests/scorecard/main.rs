//! Scorecards: by the reference's table, by hand, by properties.

mod calibration;
mod events;
mod panel;
mod properties;
mod rule;
mod vectors;

use chrono::{DateTime, Duration, Utc};
use scorecards::{
    event::{
        Artefact, Event, Kind, Source,
        work::{Work, rating::Rating},
    },
    scorecard::{Cited, Dimension, Given, Label, Level, Panel, Rated, Recommendation, Rule, Weight, recommend},
};
use uuid::Uuid;

/// Maya, who is judged.
const MAYA: Uuid = Uuid::from_u128(1);
/// Ingrid, Rafael and Jonas, who judge.
const INGRID: Uuid = Uuid::from_u128(11);
const RAFAEL: Uuid = Uuid::from_u128(12);
const JONAS: Uuid = Uuid::from_u128(13);
const CARD: &str = "maya-day-30";

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + Duration::minutes(minute)
}

/// D1 to D9, in the order of the blueprint.
const DIMENSIONS: [(&str, &str, Weight); 9] = [
    ("linux-fundamentals", "Linux fundamentals", Weight::High),
    ("networking-fundamentals", "Networking fundamentals", Weight::High),
    ("cloud-fundamentals", "Cloud fundamentals", Weight::MediumHigh),
    ("iac-git-workflow", "IaC and Git workflow", Weight::Medium),
    ("troubleshooting", "Troubleshooting", Weight::High),
    ("operational-discipline", "Operational discipline", Weight::High),
    ("communication", "Communication", Weight::MediumHigh),
    ("learning-agility", "Learning agility", Weight::Medium),
    ("collaboration", "Collaboration", Weight::Medium),
];

fn dimensions() -> Vec<Dimension> {
    let dimension =
        |(id, title, weight): (&str, &str, Weight)| Dimension { id: id.into(), title: title.into(), weight };
    DIMENSIONS.into_iter().map(dimension).collect()
}

/// A level; 0 for not observed.
fn given(level: u8) -> Given {
    Level::of(level).map_or(Given::NotObserved, Given::Level)
}

fn rated(dimension: &str, level: u8) -> Rated {
    Rated {
        card: CARD.into(),
        dimension: dimension.into(),
        level: given(level),
        evidence: vec![Cited::Event(Uuid::from_u128(900))],
        comment: None,
    }
}

fn event(number: u128, minute: i64, actor: Option<Uuid>, rating: Rating) -> Event {
    Event {
        id: Uuid::from_u128(number),
        at: at(minute),
        box_at: None,
        actor,
        subject: MAYA,
        attempt: None,
        source: Source::Attested,
        kind: Kind::Work(Work::Rating(rating)),
    }
}

fn text(name: &str) -> Artefact {
    Artefact(name.into())
}

/// The events of a rater who rates D1 to D9 (0: not observed) in the first nine minutes and submits in the tenth.
fn card(rater: Uuid, levels: [u8; 9]) -> Vec<Event> {
    let first = rater.as_u128() * 1000;
    let rates = DIMENSIONS.iter().zip(levels).enumerate();
    let mut events: Vec<Event> = rates
        .map(|(n, ((id, ..), level))| {
            event(first + n as u128, n as i64, Some(rater), Rating::RatingGiven(rated(id, level)))
        })
        .collect();
    events.push(event(first + 9, 9, Some(rater), submitted()));
    events
}

fn submitted() -> Rating {
    Rating::ScorecardSubmitted { card: CARD.into(), overall: Label::Yes }
}

fn raised(flag: &str) -> Rating {
    let evidence = vec![Cited::Quote(text("quote"))];
    Rating::RedFlagRaised { card: CARD.into(), flag: flag.into(), evidence, comment: None }
}

fn confirmed(flag: &str) -> Rating {
    Rating::RedFlagConfirmed { card: CARD.into(), flag: flag.into(), comment: None }
}

fn withdrawn(flag: &str) -> Rating {
    Rating::RedFlagWithdrawn { card: CARD.into(), flag: flag.into(), reason: text("I misheard") }
}

fn read(events: &[Event]) -> Panel {
    Panel::read(CARD, MAYA, events)
}

fn judged(events: &[Event]) -> Recommendation {
    recommend(&dimensions(), &Rule::default(), &read(events))
}

/// What one rater's levels add up to.
fn of_levels(levels: [u8; 9]) -> Recommendation {
    judged(&card(INGRID, levels))
}

fn words<T: ToString>(of: &[T]) -> Vec<String> {
    of.iter().map(ToString::to_string).collect()
}
