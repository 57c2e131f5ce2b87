//! K01, ticket throughput: 10 to 25 a month, by weight.
//!
//! A ticket counts 14 days after it was closed. The examples ask on day 44, so the window is that of tickets closed from
//! the start to day 30.

use rstest::rstest;
use scorecards::{
    event::work::{Audit, Complexity, Return, Risk, Roster, Ticket},
    kpi::{Definition, Direction, Exclusion, Flag, Meaning, Measure, Parts, State, Target},
};

use crate::{
    support::{Events, INGRID, MAYA, close as near, days, definition, excluded, flagged, hours, start, tripped},
    tickets::{Like, close, many, reopened, reopened_by_maya, ticket},
};

fn kpi() -> Definition {
    Definition {
        direction: Direction::Band,
        target: Target { at_least: Some(10.0), at_most: Some(25.0), stretch: None },
        guards: vec!["ticket-quality".into(), "reopen-rate".into(), "maybe-split".into()],
        ..definition(Measure::TicketThroughput)
    }
}

fn with_guards() -> Vec<Definition> {
    let quality = Definition {
        target: Target { at_least: Some(0.95), ..Target::default() },
        ..definition(Measure::TicketQuality)
    };
    let reopened = Definition {
        direction: Direction::Down,
        target: Target { at_most: Some(0.05), ..Target::default() },
        ..definition(Measure::ReopenRate)
    };
    vec![kpi(), quality, reopened]
}

fn like(complexity: Complexity, risk: Risk) -> Like {
    Like { complexity, risk, ..Like::default() }
}

#[test]
fn in_band() {
    let mut events = Events::new();
    many(&mut events, 4, days(2), days(1));
    for ordinal in 0..3 {
        ticket(&mut events, &format!("m-{ordinal}"), days(10 + ordinal), like(Complexity::M, Risk::Medium));
    }
    ticket(&mut events, "l", days(20), like(Complexity::L, Risk::High));
    // 4 × 1×1.0 + 3 × 2×1.25 + 1 × 4×1.5 = 4 + 7.5 + 6 = 17.5 in 30 of 30 days.
    let figure = events.figure(&with_guards(), days(44));
    assert_eq!(figure.value, Some(17.5));
    assert_eq!(figure.parts, Parts::Sum { weighted: 17.5, raw: 8.0, months: 1.0 });
    assert_eq!((figure.count, figure.state), (8, State::In));
    assert_eq!(tripped(&figure, "maybe-split"), Some(false));
    assert_eq!(tripped(&figure, "reopen-rate"), Some(false));
    assert_eq!(figure.events.len(), events.list.len(), "every event of every ticket is cited");
}

#[test]
fn below_its_band() {
    let mut events = Events::new();
    many(&mut events, 3, days(2), days(1));
    // 3 × 1 = 3.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.state), (Some(3.0), State::Below));
    assert_eq!(figure.state.meaning(Direction::Band), Meaning::Missed);
}

#[test]
fn above_its_band_asks_for_a_look() {
    let mut events = Events::new();
    for ordinal in 0..5 {
        ticket(&mut events, &format!("l-{ordinal}"), days(2 + ordinal), like(Complexity::L, Risk::High));
    }
    // 5 × 6 = 30.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.state), (Some(30.0), State::Above));
    assert_eq!(figure.state.meaning(Direction::Band), Meaning::Look);
}

#[test]
fn insufficient_while_nothing_is_decided() {
    let mut events = Events::new();
    many(&mut events, 12, days(31), hours(5));
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.count, figure.state), (None, 0, State::Insufficient));
    assert_eq!(excluded(&figure, Exclusion::Pending), 12);
}

#[test]
fn every_window_holds_as_many_days_of_tickets_as_it_is_long() {
    let mut events = Events::new();
    // One a day for 60 days: whenever one asks after the first 44, 30 of them were decided in 30 days.
    many(&mut events, 60, days(1), days(1));
    for day in [44, 50, 60] {
        let figure = events.figure(&[kpi()], days(day) + hours(1));
        assert_eq!(figure.value, Some(30.0), "day {day}");
        assert_eq!(excluded(&figure, Exclusion::Pending), 14, "day {day}");
    }
}

#[test]
fn the_moment_of_decision_is_to_the_minute() {
    let mut events = Events::new();
    ticket(&mut events, "t", days(1), Like::default());
    let at = |as_of| events.figure(&[kpi()], as_of).count;
    let minute = hours(1) / 60;
    assert_eq!((at(days(15) - minute), at(days(15) + minute)), (0, 1));
    assert_eq!((at(days(45) - minute), at(days(45) + minute)), (1, 0), "and 30 days later it has left the window");
}

#[rstest]
#[case::an_error(Return::Error, 0.0)]
#[case::a_missing_step(Return::MissingStep, 0.0)]
#[case::something_new(Return::NewRequirement, 1.0)]
fn what_came_back_in_14_days_was_not_done(#[case] reason: Return, #[case] value: f64) {
    let mut events = Events::new();
    ticket(&mut events, "t", days(5), Like::default());
    reopened(&mut events, "t", days(18), reason);
    let figure = events.figure(&[kpi()], days(34));
    assert_eq!((figure.value, figure.count), (Some(value), 1));
}

#[test]
fn what_came_back_later_was_done() {
    let mut events = Events::new();
    ticket(&mut events, "t", days(5), Like::default());
    reopened(&mut events, "t", days(20), Return::Error);
    assert_eq!(events.figure(&[kpi()], days(34)).value, Some(1.0));
}

#[test]
fn what_was_mended_and_closed_again_counts_by_the_closing_that_stood() {
    let mut events = Events::new();
    ticket(&mut events, "t", days(5), Like::default());
    reopened(&mut events, "t", days(6), Return::Error);
    close(&mut events, "t", days(10), Some("done".into()), Audit::Automatic);
    let at = |day| events.figure(&[kpi()], days(day)).value;
    assert_eq!((at(20), at(25)), (None, Some(1.0)));
}

#[test]
fn that_something_new_was_wanted_is_not_for_oneself_to_say() {
    let mut events = Events::new();
    ticket(&mut events, "t", days(5), Like::default());
    reopened_by_maya(&mut events, "t", days(6), Return::NewRequirement);
    assert_eq!(events.figure(&[kpi()], days(34)).value, Some(0.0));
}

#[test]
fn days_away_and_on_call_do_not_punish() {
    let mut events = Events::new();
    many(&mut events, 4, days(1), days(1));
    let (from, until) = (start() + days(5), start() + days(15));
    events.at(days(0), Roster::AbsenceRecorded { absence: "leave".into(), from, until });
    let (from, until) = (start() + days(15), start() + days(25));
    events.at(days(0), Roster::OnCallScheduled { shift: "s".into(), from, until, understaffed: false });
    // There on 10 days, and 10 on call count half: 15 days, half a month. 4 ÷ 0.5 = 8.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!(figure.value, Some(8.0));
    assert_eq!(figure.parts, Parts::Sum { weighted: 4.0, raw: 4.0, months: 0.5 });
}

#[test]
fn on_call_while_away_is_away() {
    let mut events = Events::new();
    many(&mut events, 4, days(1), days(1));
    let (from, until) = (start() + days(5), start() + days(20));
    events.at(days(0), Roster::AbsenceRecorded { absence: "leave".into(), from, until });
    events.at(days(0), Roster::OnCallScheduled { shift: "s".into(), from, until, understaffed: false });
    events.at(days(1), Roster::OnCallScheduled { shift: "swapped".into(), from, until, understaffed: false });
    events.at(days(2), Roster::OnCallCancelled { shift: "swapped".into() });
    // 15 of 30 days: 4 ÷ 0.5.
    assert_eq!(events.figure(&[kpi()], days(44)).value, Some(8.0));
}

#[test]
fn days_before_one_began_are_not_counted() {
    let mut events = Events::new();
    events.at(days(20), Roster::PersonJoined { post: "infrastructure".into() });
    many(&mut events, 4, days(21), days(1));
    // There on the last 10 of the 30 days: 4 ÷ (1/3) = 12.
    let figure = events.figure(&[kpi()], days(44));
    assert!(near(figure.value.unwrap(), 12.0), "{:?}", figure.value);
}

#[test]
fn too_few_days_say_nothing_of_a_month() {
    let mut events = Events::new();
    ticket(&mut events, "t", days(2), Like::default());
    let (from, until) = (start() + days(4), start() + days(40));
    events.at(days(0), Roster::AbsenceRecorded { absence: "leave".into(), from, until });
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.count, figure.state), (None, 1, State::Insufficient));
}

/// Where only a person can see whether it was done, no event shows the checklist; as in K02 a review counts where one was
/// drawn, and only by somebody else after the closing.
#[rstest]
#[case::nobody_looked(1.0, None, 1.0)]
#[case::passed(1.0, Some((INGRID, true, 6)), 1.0)]
#[case::failed(1.0, Some((INGRID, false, 6)), 0.0)]
#[case::failed_by_oneself(1.0, Some((MAYA, false, 6)), 1.0)]
#[case::failed_before_it_was_closed(1.0, Some((INGRID, false, 4)), 1.0)]
#[case::failed_and_not_drawn(0.0, Some((INGRID, false, 6)), 1.0)]
fn what_only_people_can_see_counts_unless_it_failed(
    #[case] share: f64,
    #[case] review: Option<(uuid::Uuid, bool, i64)>,
    #[case] value: f64,
) {
    let kpi = Definition { settings: [("audit-share".into(), share)].into(), ..kpi() };
    let mut events = Events::new();
    let bare = Like { approved: None, evidence: None, fields: 0, audit: Audit::Human, ..Like::default() };
    ticket(&mut events, "t", days(5), bare);
    if let Some((by, passed, day)) = review {
        events.by(Some(by), days(day), Ticket::TicketReviewed { ticket: "t".into(), passed });
    }
    let kpis = [kpi];
    let figure = events.figure(&kpis, days(34));
    assert_eq!((figure.value, figure.count), (Some(value), 1));
    reopened(&mut events, "t", days(8), Return::Error);
    assert_eq!(events.figure(&kpis, days(34)).value, Some(0.0), "what came back did not stand");
}

/// Perverse incentive: to pick what is small.
#[test]
fn picking_what_is_small_gives_little_weight() {
    let (mut picked, mut taken) = (Events::new(), Events::new());
    many(&mut picked, 9, days(1), days(1));
    for ordinal in 0..3 {
        ticket(&mut taken, &format!("l-{ordinal}"), days(1 + ordinal), like(Complexity::L, Risk::Medium));
    }
    // 9 × 1 = 9 is below the band; 3 × 4×1.25 = 15 is in it, though raw it is a third.
    let (picked, taken) = (picked.figure(&[kpi()], days(44)), taken.figure(&[kpi()], days(44)));
    assert_eq!((picked.value, picked.state), (Some(9.0), State::Below));
    assert_eq!((taken.value, taken.state), (Some(15.0), State::In));
}

/// Perverse incentive: to say oneself how heavy a ticket is, or to have it said when it is done.
#[test]
fn weight_is_given_by_others_and_beforehand() {
    let mut events = Events::new();
    for name in ["own", "late"] {
        events.by(
            None,
            days(1),
            Ticket::TicketOpened {
                ticket: name.into(),
                requester: format!("of {name}"),
                matter: None,
                preapproved: true,
            },
        );
    }
    let heavy = |name: &str| Ticket::TicketTriaged { ticket: name.into(), complexity: Complexity::L, risk: Risk::High };
    events.at(days(1) + hours(1), heavy("own"));
    events.by(Some(INGRID), days(1) + hours(2), Ticket::TicketAssigned { ticket: "late".into() });
    events.by(Some(INGRID), days(1) + hours(3), heavy("late"));
    for name in ["own", "late"] {
        ticket(&mut events, name, days(3), Like { complexity: Complexity::S, ..Like::default() });
    }
    // The helper triages "own" as small; "late" was assigned before anybody else said anything. 1 + 1.
    assert_eq!(events.figure(&[kpi()], days(44)).value, Some(2.0));
}

#[rstest]
#[case::before(5, 6.0)]
#[case::afterwards(7, 1.0)]
fn what_is_said_after_the_assignment_gives_no_weight(#[case] hour: i64, #[case] value: f64) {
    let mut events = Events::new();
    let name = || "t".to_string();
    events.by(Some(INGRID), hours(6), Ticket::TicketAssigned { ticket: name() });
    let heavy = Ticket::TicketTriaged { ticket: name(), complexity: Complexity::L, risk: Risk::High };
    events.by(Some(INGRID), hours(hour), heavy);
    events.by(
        None,
        hours(4),
        Ticket::TicketOpened { ticket: name(), requester: "r".into(), matter: None, preapproved: true },
    );
    let artefact = scorecards::event::Artefact("evidence".into());
    events.at(hours(8), Ticket::TicketEvidenceAdded { ticket: name(), artefact, recorded: true });
    let fields = ["asked", "done", "verified"].map(str::to_string).into();
    events.at(hours(8), Ticket::TicketNoted { ticket: name(), fields });
    close(&mut events, "t", hours(9), Some("done".into()), Audit::Automatic);
    assert_eq!(events.figure(&[kpi()], days(44)).value, Some(value));
}

/// Perverse incentive: to make several tickets of one request.
#[test]
fn split_requests_trip_their_guard() {
    let mut events = Events::new();
    for part in 0..4 {
        let like = Like { requester: "r-17".into(), ..Like::default() };
        ticket(&mut events, &format!("part-{part}"), days(5) + hours(part), like);
    }
    many(&mut events, 8, days(10), days(2));
    // 12 tickets, 12.0 a month: in the band. But 4 of 12 may be one request, a third and more than a fifth.
    let figure = events.figure(&with_guards(), days(44));
    assert_eq!((figure.value, figure.state), (Some(12.0), State::In));
    assert_eq!(flagged(&figure, Flag::MaybeSplit), (4, 12));
    assert_eq!(tripped(&figure, "maybe-split"), Some(true));
    let guard = figure.guards.iter().find(|guard| guard.guard == "maybe-split").unwrap();
    assert_eq!(guard.says, "maybe-split: 4 of 12, more than 20.0 %");
}

#[rstest]
#[case::the_next_day(24, None, None, 0)]
#[case::just_within_a_day(23, None, None, 2)]
#[case::other_matters(2, Some("dns"), Some("access"), 0)]
#[case::the_same_matter(2, Some("dns"), Some("dns"), 2)]
#[case::one_of_them_not_named(2, Some("dns"), None, 2)]
fn requests_of_one_person_may_be_split(
    #[case] after: i64,
    #[case] first: Option<&str>,
    #[case] second: Option<&str>,
    #[case] count: u32,
) {
    let mut events = Events::new();
    for (name, at, matter) in [("a", days(5), first), ("b", days(5) + hours(after), second)] {
        let matter = matter.map(str::to_string);
        events.by(
            None,
            at,
            Ticket::TicketOpened { ticket: name.into(), requester: "r-17".into(), matter, preapproved: true },
        );
        close(&mut events, name, at + hours(30), Some("done".into()), Audit::Automatic);
    }
    assert_eq!(flagged(&events.figure(&[kpi()], days(44)), Flag::MaybeSplit).0, count);
}

/// Perverse incentive: to close early. It does not count, and both guards say so.
#[test]
fn closing_early_counts_nothing_and_trips_both_guards() {
    let mut events = Events::new();
    many(&mut events, 10, days(16), days(1));
    for ordinal in 0..5 {
        let name = format!("early-{ordinal}");
        ticket(&mut events, &name, days(18 + ordinal), Like { evidence: None, ..Like::default() });
        reopened(&mut events, &name, days(20 + ordinal), Return::MissingStep);
    }
    let figure = events.figure(&with_guards(), days(44));
    // 10 × 1 + 5 × 0. Of 15 closed, 10 meet the checklist (66.7 %) and 5 came back (33.3 %).
    assert_eq!((figure.value, figure.count), (Some(10.0), 15));
    assert_eq!(tripped(&figure, "ticket-quality"), Some(true));
    assert_eq!(tripped(&figure, "reopen-rate"), Some(true));
    let says: Vec<&str> = figure.guards.iter().map(|guard| guard.says.as_str()).collect();
    assert!(says.contains(&"ticket-quality is below its target: 66.7 %"), "{says:?}");
    assert!(says.contains(&"reopen-rate is above its target: 33.3 %"), "{says:?}");
}
