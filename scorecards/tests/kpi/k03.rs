//! K03, reopen rate: at most 5 % came back, of at least 10, by weight. Asked on day 44, of what was closed by day 30.

use rstest::rstest;
use scorecards::{
    event::work::{Complexity, Return, Risk, Ticket},
    kpi::{Definition, Direction, Exclusion, Flag, Measure, Parts, State, Target},
};

use crate::{
    support::{Events, INGRID, MAYA, close as near, days, definition, excluded, flagged, tripped},
    tickets::{Like, many, reopened, reopened_by_maya, ticket},
};

fn kpi() -> Definition {
    Definition {
        direction: Direction::Down,
        target: Target { at_most: Some(0.05), ..Target::default() },
        minimum: 10,
        guards: vec!["followed-up".into()],
        ..definition(Measure::ReopenRate)
    }
}

#[test]
fn in_band() {
    let mut events = Events::new();
    many(&mut events, 20, days(1), days(1));
    reopened(&mut events, "plain-3", days(8), Return::Error);
    // 1 ÷ 20.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.state, figure.count), (Some(0.05), State::In, 20));
}

#[test]
fn above_its_band_by_weight() {
    let mut events = Events::new();
    many(&mut events, 19, days(1), days(1));
    ticket(&mut events, "heavy", days(10), Like { complexity: Complexity::L, risk: Risk::High, ..Like::default() });
    reopened(&mut events, "heavy", days(12), Return::MissingStep);
    // Weight 6 of 19 × 1 + 6 = 25: 0.24, though only one of 20. It says as much as 25² ÷ (19 × 1 + 36) = 11.3636 trials:
    // z²/n = 0.33804837, centre (0.24 + 0.16902418) ÷ 1.33804837 = 0.30568715, half 1.95996398 × √(0.01605120 +
    // 0.00743711) ÷ 1.33804837 = 0.22449303.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.state), (Some(0.24), State::Above));
    let Parts::Share { met, of, numerator, denominator, interval } = figure.parts else { panic!("a share") };
    assert_eq!((met, of, numerator, denominator), (1, 20, 6.0, 25.0));
    assert!((interval.low - 0.081_194).abs() < 1e-5 && (interval.high - 0.530_180).abs() < 1e-5, "{interval:?}");
}

#[test]
fn insufficient_with_nine() {
    let mut events = Events::new();
    many(&mut events, 9, days(1), days(1));
    assert_eq!(events.figure(&[kpi()], days(44)).state, State::Insufficient);
}

#[test]
fn pending_until_14_days_are_over_also_if_it_came_back_at_once() {
    let mut events = Events::new();
    many(&mut events, 10, days(1), days(1));
    for name in ["back", "not"] {
        ticket(&mut events, name, days(40), Like::default());
    }
    reopened(&mut events, "back", days(41), Return::Error);
    // What came back is known early, what did not only late: to count one before the other would be unfair.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, excluded(&figure, Exclusion::Pending)), (Some(0.0), 2));
    let figure = events.figure(&[kpi()], days(54) + days(1));
    assert!(near(figure.value.unwrap(), 0.5), "the window has moved on to these two: {:?}", figure.value);
}

#[test]
fn who_wants_something_new_found_no_error() {
    let mut events = Events::new();
    many(&mut events, 11, days(1), days(1));
    reopened(&mut events, "plain-3", days(8), Return::NewRequirement);
    // 0 ÷ 10, and one beside.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.count), (Some(0.0), 10));
    assert_eq!(excluded(&figure, Exclusion::NewRequirement), 1);
}

#[rstest]
#[case::on_the_last_day(15, 0.1)]
#[case::too_late(16, 0.0)]
fn it_must_come_back_within_14_days(#[case] day: i64, #[case] value: f64) {
    let mut events = Events::new();
    many(&mut events, 10, days(1), days(1));
    reopened(&mut events, "plain-0", days(day), Return::Error);
    assert_eq!(events.figure(&[kpi()], days(44)).value, Some(value));
}

/// Perverse incentive: to have another ticket opened rather than this one reopened.
#[test]
fn a_ticket_that_follows_counts_as_come_back_and_trips_its_guard() {
    let mut events = Events::new();
    many(&mut events, 10, days(1), days(1));
    for name in ["plain-1", "plain-2", "plain-3"] {
        let followed =
            Ticket::TicketFollowedUp { ticket: name.into(), by: format!("after-{name}"), reason: Return::Error };
        events.by(Some(INGRID), days(8), followed);
    }
    // 3 ÷ 10, and 3 of 10 is more than a fifth.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, figure.state), (Some(0.3), State::Above));
    assert_eq!(flagged(&figure, Flag::FollowedUp), (3, 10));
    assert_eq!(tripped(&figure, "followed-up"), Some(true));
}

#[test]
fn a_share_at_its_limit_trips_nothing() {
    let mut events = Events::new();
    many(&mut events, 10, days(1), days(1));
    for name in ["plain-1", "plain-2"] {
        let followed = Ticket::TicketFollowedUp { ticket: name.into(), by: "t".into(), reason: Return::Error };
        events.by(Some(INGRID), days(8), followed);
    }
    // 2 of 10 is a fifth, not more.
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((flagged(&figure, Flag::FollowedUp), tripped(&figure, "followed-up")), ((2, 10), Some(false)));
}

/// Perverse incentive: to say oneself that something new was wanted.
#[test]
fn the_reason_is_not_for_oneself_to_say() {
    let mut events = Events::new();
    many(&mut events, 10, days(1), days(1));
    reopened_by_maya(&mut events, "plain-1", days(8), Return::NewRequirement);
    let followed =
        Ticket::TicketFollowedUp { ticket: "plain-2".into(), by: "t".into(), reason: Return::NewRequirement };
    events.by(Some(MAYA), days(8), followed);
    let figure = events.figure(&[kpi()], days(44));
    assert_eq!((figure.value, excluded(&figure, Exclusion::NewRequirement)), (Some(0.2), 0));
}

/// Perverse incentive: to close a reopened ticket at once, so that it looks clean again.
#[test]
fn a_ticket_that_came_back_stays_so_when_it_is_closed_again() {
    let mut events = Events::new();
    many(&mut events, 10, days(1), days(1));
    reopened(&mut events, "plain-1", days(8), Return::Error);
    crate::tickets::close(&mut events, "plain-1", days(8), Some("done".into()), Default::default());
    assert_eq!(events.figure(&[kpi()], days(44)).value, Some(0.1));
}
