//! K02, ticket quality: at least 95 % meet the whole checklist, of at least 10.

use rstest::rstest;
use scorecards::{
    event::{
        Source,
        work::{Audit, Ticket},
    },
    kpi::{Definition, Exclusion, Flag, Measure, Parts, State, Target},
};

use crate::{
    support::{Events, INGRID, MAYA, days, definition, excluded, flagged, hours, tripped},
    tickets::{Like, many, ticket},
};

fn kpi() -> Definition {
    Definition {
        target: Target { at_least: Some(0.95), ..Target::default() },
        minimum: 10,
        guards: vec!["stale-evidence".into()],
        ..definition(Measure::TicketQuality)
    }
}

#[test]
fn in_band() {
    let mut events = Events::new();
    many(&mut events, 19, days(1), hours(24));
    ticket(&mut events, "bad", days(20), Like { evidence: None, ..Like::default() });
    let figure = events.figure(&[kpi()], days(30));
    // 19 ÷ 20 = 0.95. Wilson, see the test of the formula: 0.7639 to 0.9911.
    assert_eq!((figure.value, figure.state, figure.count), (Some(0.95), State::In, 20));
    let Parts::Share { met, of, numerator, denominator, interval } = figure.parts else { panic!("a share") };
    assert_eq!((met, of, numerator, denominator), (19, 20, 19.0, 20.0));
    assert!((interval.low - 0.763_869).abs() < 1e-6 && (interval.high - 0.991_119).abs() < 1e-6, "{interval:?}");
}

#[test]
fn below_its_band() {
    let mut events = Events::new();
    many(&mut events, 9, days(1), days(1));
    ticket(&mut events, "bad", days(20), Like { reason: None, ..Like::default() });
    // 9 ÷ 10.
    let figure = events.figure(&[kpi()], days(30));
    assert_eq!((figure.value, figure.state), (Some(0.9), State::Below));
}

#[test]
fn insufficient_with_nine() {
    let mut events = Events::new();
    many(&mut events, 9, days(1), days(1));
    let figure = events.figure(&[kpi()], days(30));
    assert_eq!((figure.value, figure.count, figure.state), (Some(1.0), 9, State::Insufficient));
}

/// Whether one ticket meets the checklist.
fn met(series: Source, like: Like) -> bool {
    let mut events = Events::of(MAYA, series);
    ticket(&mut events, "t", days(5), like);
    events.figure(&[Definition { minimum: 1, ..kpi() }], days(10)).value == Some(1.0)
}

#[rstest]
#[case::to_standard(Like::default(), true)]
#[case::not_approved(Like { approved: None, ..Like::default() }, false)]
#[case::a_standard_request(Like { approved: None, preapproved: true, ..Like::default() }, true)]
#[case::approved_after_the_action(Like { approved: Some((1, INGRID)), ..Like::default() }, false)]
#[case::approved_at_the_same_time(Like { approved: Some((2, INGRID)), ..Like::default() }, false)]
#[case::approved_by_oneself(Like { approved: Some((3, MAYA)), ..Like::default() }, false)]
#[case::no_evidence(Like { evidence: None, ..Like::default() }, false)]
#[case::evidence_after_closing(Like { evidence: Some(-1), ..Like::default() }, false)]
#[case::too_little_noted(Like { fields: 2, ..Like::default() }, false)]
#[case::no_reason(Like { reason: None, ..Like::default() }, false)]
#[case::a_blank_reason(Like { reason: Some("  ".into()), ..Like::default() }, false)]
#[case::evidence_that_nobody_recorded(Like { recorded: false, ..Like::default() }, true)]
fn the_checklist(#[case] like: Like, #[case] is: bool) {
    assert_eq!(met(Source::Imported, like), is);
}

#[test]
fn in_a_lab_evidence_is_what_the_recorder_saw() {
    assert!(met(Source::Simulated, Like::default()));
    assert!(!met(Source::Simulated, Like { recorded: false, ..Like::default() }));
}

#[test]
fn without_a_privileged_action_approval_must_come_before_closing() {
    let mut events = Events::new();
    let name = || "t".to_string();
    let opened = Ticket::TicketOpened { ticket: name(), requester: "r".into(), matter: None, preapproved: false };
    events.by(None, days(1), opened);
    events.at(
        days(2),
        Ticket::TicketEvidenceAdded {
            ticket: name(),
            artefact: scorecards::event::Artefact("a".into()),
            recorded: true,
        },
    );
    events.at(days(2), Ticket::TicketNoted { ticket: name(), fields: vec!["asked".into(), "done".into()] });
    events.at(days(2), Ticket::TicketNoted { ticket: name(), fields: vec!["done".into(), "verified".into()] });
    events.at(days(3), Ticket::TicketClosed { ticket: name(), reason: Some("done".into()), audit: Audit::Automatic });
    let kpi = Definition { minimum: 1, ..kpi() };
    assert_eq!(events.figure(std::slice::from_ref(&kpi), days(10)).value, Some(0.0));
    events.by(Some(INGRID), days(2), Ticket::TicketApproved { ticket: name() });
    assert_eq!(events.figure(std::slice::from_ref(&kpi), days(10)).value, Some(1.0), "two notes are read together");
}

/// Perverse incentive: one piece of evidence for all.
#[test]
fn evidence_used_twice_is_none_and_trips_its_guard() {
    let mut events = Events::new();
    many(&mut events, 8, days(1), days(1));
    for name in ["a", "b"] {
        ticket(&mut events, name, days(15), Like { artefact: Some("the same".into()), ..Like::default() });
    }
    // 8 of 10 meet the checklist.
    let figure = events.figure(&[kpi()], days(30));
    assert_eq!((figure.value, figure.state), (Some(0.8), State::Below));
    assert_eq!(flagged(&figure, Flag::StaleEvidence), (2, 10));
    assert_eq!(tripped(&figure, "stale-evidence"), Some(true));
}

/// Tickets that only a person can audit, and what they say.
fn human(number: usize) -> Events {
    let mut events = Events::new();
    for ordinal in 0..number {
        let like = Like { audit: Audit::Human, evidence: None, ..Like::default() };
        ticket(&mut events, &format!("t-{ordinal}"), days(5), like);
    }
    events
}

#[test]
fn a_fifth_of_what_only_people_can_see_is_drawn() {
    let figure = human(1000).figure(&[kpi()], days(10));
    let (drawn, not) = (excluded(&figure, Exclusion::Pending), excluded(&figure, Exclusion::NotSampled));
    assert_eq!((drawn + not, figure.count, figure.state), (1000, 0, State::Insufficient));
    // 200 ± 4 standard deviations of √(1000 × 0.2 × 0.8) = 12.6.
    assert!((150..=250).contains(&drawn), "{drawn} of 1000 drawn");
    let all = Definition { settings: [("audit-share".into(), 1.0)].into(), ..kpi() };
    assert_eq!(excluded(&human(100).figure(&[all], days(10)), Exclusion::Pending), 100);
}

/// The names of a drawn ticket and of one that is not.
fn drawn_and_not() -> (String, String) {
    let figure = human(40).figure(&[kpi()], days(10));
    let first = |reason| {
        let found = figure.exclusions.iter().find(|excluded| excluded.reason == reason);
        found.unwrap().about[0].clone()
    };
    (first(Exclusion::Pending), first(Exclusion::NotSampled))
}

#[rstest]
#[case::passed(INGRID, true, 6, Some(1.0))]
#[case::failed(INGRID, false, 6, Some(0.0))]
#[case::reviewed_by_oneself(MAYA, true, 6, None)]
#[case::reviewed_before_it_was_closed(INGRID, true, 4, None)]
fn what_was_drawn_counts_when_somebody_else_has_reviewed_it(
    #[case] by: uuid::Uuid,
    #[case] passed: bool,
    #[case] day: i64,
    #[case] value: Option<f64>,
) {
    let (mut events, (drawn, not)) = (human(40), drawn_and_not());
    events.by(Some(by), days(day), Ticket::TicketReviewed { ticket: drawn, passed });
    // Perverse incentive: to have others reviewed than those that were drawn. It does not help.
    events.by(Some(INGRID), days(6), Ticket::TicketReviewed { ticket: not, passed: true });
    assert_eq!(events.figure(&[kpi()], days(10)).value, value);
}

#[test]
fn a_person_who_fails_a_drawn_ticket_is_believed() {
    let (drawn, not) = drawn_and_not();
    let value = |name: &str| {
        let mut events = Events::new();
        ticket(&mut events, name, days(5), Like::default());
        events.by(Some(INGRID), days(6), Ticket::TicketReviewed { ticket: name.into(), passed: false });
        events.figure(&[kpi()], days(10)).value
    };
    assert_eq!((value(&drawn), value(&not)), (Some(0.0), Some(1.0)));
}
