//! The events of scorecards, as they are stored.

use rstest::rstest;
use scorecards::{
    event::{Kind, work::rating::Rating},
    scorecard::{Decision, Given, Label, Level, Rated},
};
use serde_json::json;

use crate::{CARD, INGRID, confirmed, event, raised, rated, submitted, text, withdrawn};

#[test]
fn a_rating_is_stored_as_it_is_documented() {
    let stored = serde_json::to_value(Kind::Work(scorecards::event::work::Work::Rating(Rating::RatingGiven(rated(
        "troubleshooting",
        4,
    )))))
    .unwrap();
    let evidence = json!([{"event": "00000000-0000-0000-0000-000000000384"}]);
    let data = json!({"card": CARD, "dimension": "troubleshooting", "level": 4, "evidence": evidence});
    assert_eq!(stored, json!({"kind": "rating_given", "data": data}));
}

#[rstest]
#[case(Rating::RatingGiven(rated("troubleshooting", 0)))]
#[case(Rating::RatingChanged(Rated { comment: Some(text("c")), ..rated("troubleshooting", 1) }))]
#[case(raised("f"))]
#[case(confirmed("f"))]
#[case(withdrawn("f"))]
#[case(submitted())]
#[case(Rating::DecisionMade { card: CARD.into(), decision: Decision::Later, reason: text("r"), advised: Some(Label::No) })]
fn every_kind_survives_a_round_trip_and_names_its_card(#[case] rating: Rating) {
    assert_eq!(rating.about(), CARD);
    let before = event(1, 2, Some(INGRID), rating);
    let text = serde_json::to_string(&before).unwrap();
    assert_eq!(serde_json::from_str::<scorecards::event::Event>(&text).unwrap(), before);
}

#[rstest]
#[case("1", Some(Given::Level(Level::One)))]
#[case("4", Some(Given::Level(Level::Four)))]
#[case("\"not_observed\"", Some(Given::NotObserved))]
#[case("0", None)]
#[case("5", None)]
#[case("2.5", None)]
#[case("null", None)]
#[case("\"3\"", None)]
fn a_level_is_one_to_four_or_not_observed(#[case] text: &str, #[case] expected: Option<Given>) {
    assert_eq!(serde_json::from_str::<Given>(text).ok(), expected);
}

#[test]
fn a_level_that_is_none_says_what_is_allowed() {
    let error = serde_json::from_str::<Given>("5").unwrap_err().to_string();
    assert!(error.contains("5 is no level: 1, 2, 3, 4 or \"not_observed\""), "{error}");
}
