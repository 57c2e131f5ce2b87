//! Who may say what, and what of it counts.

use rstest::rstest;
use scorecards::{
    event::work::rating::Rating,
    scorecard::{Cited, Decision, FlagState, Given, Label, Level, Rated, Refused, check},
};
use uuid::Uuid;

use crate::{
    CARD, INGRID, JONAS, MAYA, RAFAEL, card, confirmed, event, judged, raised, rated, read, submitted, text, withdrawn,
    words,
};

const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn bare(level: u8) -> Rating {
    Rating::RatingGiven(Rated { evidence: Vec::new(), ..rated("troubleshooting", level) })
}

#[rstest]
#[case::one_needs_evidence(bare(1), Some(INGRID), Err(Refused::LevelWithoutEvidence { level: 1 }))]
#[case::two(bare(2), Some(INGRID), Ok(()))]
#[case::three(bare(3), Some(INGRID), Ok(()))]
#[case::four_needs_evidence(bare(4), Some(INGRID), Err(Refused::LevelWithoutEvidence { level: 4 }))]
#[case::not_observed(bare(0), Some(INGRID), Ok(()))]
#[case::four_with_evidence(Rating::RatingGiven(rated("troubleshooting", 4)), Some(INGRID), Ok(()))]
#[case::changed_too(
    Rating::RatingChanged(Rated { evidence: vec![], ..rated("troubleshooting", 4) }),
    Some(INGRID),
    Err(Refused::LevelWithoutEvidence { level: 4 })
)]
#[case::a_quote_of_nothing(
    Rating::RatingGiven(Rated { evidence: vec![Cited::Quote(text(EMPTY))], ..rated("troubleshooting", 4) }),
    Some(INGRID),
    Err(Refused::LevelWithoutEvidence { level: 4 })
)]
#[case::no_event(
    Rating::RatingGiven(Rated { evidence: vec![Cited::Event(Uuid::nil())], ..rated("troubleshooting", 1) }),
    Some(INGRID),
    Err(Refused::LevelWithoutEvidence { level: 1 })
)]
#[case::by_the_platform(bare(3), None, Err(Refused::ByMachine))]
#[case::by_nobody(bare(3), Some(Uuid::nil()), Err(Refused::ByMachine))]
#[case::by_the_judged(bare(3), Some(MAYA), Err(Refused::ByTheJudged))]
#[case::submitted_by_the_platform(submitted(), None, Err(Refused::ByMachine))]
#[case::flag_by_the_platform(raised("secrets"), None, Ok(()))]
#[case::flag_confirmed_by_the_platform(confirmed("secrets"), None, Err(Refused::ByMachine))]
#[case::flag_withdrawn_by_the_platform(withdrawn("secrets"), None, Err(Refused::ByMachine))]
#[case::flag_without_evidence(
    Rating::RedFlagRaised { card: CARD.into(), flag: "secrets".into(), evidence: vec![], comment: None },
    Some(INGRID),
    Err(Refused::FlagWithoutEvidence)
)]
#[case::withdrawn_without_reason(
    Rating::RedFlagWithdrawn { card: CARD.into(), flag: "secrets".into(), reason: text(" ") },
    Some(INGRID),
    Err(Refused::NoReason)
)]
#[case::decided(decided(Decision::Yes, "because"), Some(INGRID), Ok(()))]
#[case::decided_without_reason(decided(Decision::Yes, ""), Some(INGRID), Err(Refused::NoReason))]
#[case::decided_by_the_platform(decided(Decision::No, "because"), None, Err(Refused::ByMachine))]
fn a_judgement_is_taken_or_refused(
    #[case] rating: Rating,
    #[case] actor: Option<Uuid>,
    #[case] expected: Result<(), Refused>,
) {
    assert_eq!(check(&rating, actor, MAYA), expected);
    let panel = read(&[event(1, 0, actor, rating)]);
    assert_eq!(panel.refused, expected.err().map(|why| (Uuid::from_u128(1), why)).into_iter().collect::<Vec<_>>());
}

fn decided(decision: Decision, reason: &str) -> Rating {
    Rating::DecisionMade { card: CARD.into(), decision, reason: text(reason), advised: Some(Label::Discuss) }
}

#[test]
fn an_error_says_what_to_do() {
    let why = Refused::LevelWithoutEvidence { level: 4 };
    assert_eq!(why.to_string(), "a 4 needs evidence: cite at least one event or quote");
}

#[test]
fn the_last_version_before_submission_counts_and_all_are_kept() {
    let changed = |level| Rating::RatingChanged(rated("troubleshooting", level));
    let events = [
        event(1, 1, Some(INGRID), Rating::RatingGiven(rated("troubleshooting", 2))),
        event(2, 2, Some(INGRID), changed(3)),
        event(3, 3, Some(INGRID), submitted()),
        event(4, 4, Some(INGRID), changed(4)),
        event(5, 5, Some(INGRID), submitted()),
    ];
    let panel = read(&events);
    let card = &panel.cards[&INGRID];
    let versions: Vec<(Given, bool)> = card.versions.iter().map(|version| (version.level, version.late)).collect();
    let level = Given::Level;
    assert_eq!(versions, [(level(Level::Two), false), (level(Level::Three), false), (level(Level::Four), true)]);
    assert_eq!(card.counting("troubleshooting").unwrap().event, Uuid::from_u128(2));
    assert_eq!(card.submitted.unwrap().0, events[2].at);
}

#[test]
fn what_is_not_submitted_does_not_count() {
    let mut events = card(INGRID, [3; 9]);
    let mut unfinished = card(RAFAEL, [1; 9]);
    unfinished.pop();
    events.extend(unfinished);
    let ours = judged(&events);
    assert_eq!(ours.label, Label::Yes);
    let waiting = format!("{RAFAEL} has begun and not submitted: those ratings do not count yet.");
    assert_eq!(words(&ours.debrief), [waiting]);
}

#[test]
fn a_rating_taken_back_is_not_observed() {
    let mut events = card(INGRID, [3; 9]);
    events.push(event(99, 8, Some(INGRID), Rating::RatingChanged(rated("linux-fundamentals", 0))));
    assert_eq!(judged(&events).label, Label::NoDecision);
}

#[test]
fn a_repeated_event_and_those_of_others_change_nothing() {
    let events = card(INGRID, [3; 9]);
    let mut more = events.clone();
    more.extend(events.clone());
    let mut other = card(RAFAEL, [1; 9]);
    other.iter_mut().for_each(|event| event.subject = JONAS);
    more.extend(other);
    let elsewhere = Rated { card: "maya-day-60".into(), ..rated("troubleshooting", 1) };
    more.push(event(500, 1, Some(INGRID), Rating::RatingChanged(elsewhere)));
    assert_eq!(read(&more), read(&events));
}

#[test]
fn a_refused_rating_leaves_the_one_before_it() {
    let mut events = card(INGRID, [3; 9]);
    events.push(event(99, 8, Some(INGRID), bare(1)));
    let ours = read(&events);
    assert_eq!(ours.cards[&INGRID].counting("troubleshooting").unwrap().level, Given::Level(Level::Three));
    assert_eq!(ours.refused.len(), 1);
}

#[rstest]
#[case::one_person(&[(Some(INGRID), raised("f"))], FlagState::Open)]
#[case::the_same_person_twice(&[(Some(INGRID), raised("f")), (Some(INGRID), confirmed("f"))], FlagState::Open)]
#[case::a_second_person(&[(Some(INGRID), raised("f")), (Some(RAFAEL), confirmed("f"))], FlagState::Confirmed)]
#[case::both_saw_it(&[(Some(INGRID), raised("f")), (Some(RAFAEL), raised("f"))], FlagState::Confirmed)]
#[case::the_platform(&[(None, raised("f"))], FlagState::Open)]
#[case::the_platform_and_one(&[(None, raised("f")), (Some(INGRID), confirmed("f"))], FlagState::Open)]
#[case::the_platform_and_two(
    &[(None, raised("f")), (Some(INGRID), confirmed("f")), (Some(RAFAEL), confirmed("f"))],
    FlagState::Confirmed
)]
#[case::confirmed_by_two_without_evidence(
    &[(Some(INGRID), confirmed("f")), (Some(RAFAEL), confirmed("f"))],
    FlagState::Open
)]
#[case::withdrawn(&[(Some(INGRID), raised("f")), (Some(INGRID), withdrawn("f"))], FlagState::Withdrawn)]
#[case::one_of_two_took_it_back(
    &[(Some(INGRID), raised("f")), (Some(RAFAEL), confirmed("f")), (Some(INGRID), withdrawn("f"))],
    FlagState::Open
)]
#[case::and_stood_for_it_again(
    &[(Some(INGRID), raised("f")), (Some(RAFAEL), confirmed("f")), (Some(RAFAEL), withdrawn("f")), (Some(RAFAEL), confirmed("f"))],
    FlagState::Confirmed
)]
#[case::the_judged_themself(&[(Some(INGRID), raised("f")), (Some(MAYA), confirmed("f"))], FlagState::Open)]
fn a_red_flag_needs_two_people(#[case] said: &[(Option<Uuid>, Rating)], #[case] state: FlagState) {
    let events: Vec<_> = said
        .iter()
        .enumerate()
        .map(|(n, (actor, rating))| event(n as u128 + 1, n as i64, *actor, rating.clone()))
        .collect();
    assert_eq!(read(&events).flags["f"].state(), state);

    let mut whole = card(INGRID, [4; 9]);
    whole.extend(events.into_iter().map(|mut event| {
        event.at = crate::at(20 + event.id.as_u128() as i64);
        event
    }));
    let ours = judged(&whole);
    assert_eq!(ours.label == Label::No, state == FlagState::Confirmed, "{:?}", ours.label);
    let open = ours.debrief.iter().any(|item| item.to_string().contains("was raised and is not confirmed"));
    assert_eq!(open, state == FlagState::Open);
}

#[test]
fn who_stands_for_a_red_flag_again_has_not_taken_it_back() {
    let said = [raised("f"), withdrawn("f"), confirmed("f")];
    let events: Vec<_> = (1..).zip(said).map(|(n, said)| event(n as u128, n, Some(INGRID), said)).collect();
    let flag = read(&events).flags.remove("f").unwrap();
    assert!(flag.by.contains(&INGRID) && flag.withdrawn.is_empty());
    assert_eq!(flag.events.len(), 3, "all are kept");
}

#[test]
fn a_confirmed_red_flag_is_a_no_even_where_little_was_observed() {
    let mut events = card(INGRID, [4, 0, 0, 0, 0, 0, 0, 0, 0]);
    events.push(event(1, 20, Some(INGRID), raised("casual-secrets")));
    events.push(event(2, 21, Some(RAFAEL), confirmed("casual-secrets")));
    let ours = judged(&events);
    assert_eq!((ours.label, ours.robust), (Label::No, Some(true)));
    assert_eq!(
        ours.reasons[0].to_string(),
        "The red flag “casual-secrets” is confirmed by a second person: that is a no, whatever the score."
    );
    assert_eq!(ours.reasons.len(), 3, "and what was not observed is said too: {:?}", words(&ours.reasons));
}

#[test]
fn the_last_decision_counts_and_says_who_and_why() {
    let events = [
        event(1, 1, Some(INGRID), decided(Decision::Later, "see the restore drill first")),
        event(2, 2, Some(RAFAEL), decided(Decision::Yes, "the drill went well")),
        event(3, 3, None, decided(Decision::No, "computed")),
    ];
    let panel = read(&events);
    let decision = panel.decision().unwrap();
    assert_eq!((decision.by, decision.decision), (RAFAEL, Decision::Yes));
    assert_eq!(decision.reason, text("the drill went well"));
    assert_eq!(decision.advised, Some(Label::Discuss));
    assert_eq!(panel.decisions.len(), 2);
}
