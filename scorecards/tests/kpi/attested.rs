//! What is stated by a named person, in the attested series.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Source,
        work::{Attested, Stated},
    },
    kpi::{Definition, Direction, Exclusion, Measure, Parts, State, Target},
};
use uuid::Uuid;

use crate::{
    support::{Events, INGRID, MAYA, close, days, definition, excluded, start},
    tickets::many,
};

fn quality() -> Definition {
    Definition {
        target: Target { at_least: Some(0.95), ..Target::default() },
        minimum: 10,
        ..definition(Measure::TicketQuality)
    }
}

fn acknowledge() -> Definition {
    Definition {
        direction: Direction::Down,
        target: Target { at_most: Some(10.0), ..Target::default() },
        minimum: 5,
        ..definition(Measure::TimeToAcknowledge)
    }
}

fn share(numerator: u32, denominator: u32) -> Stated {
    Stated::Share { numerator, denominator }
}

/// States a figure of a KPI for days, on the last of them.
fn state(
    events: &mut Events,
    by: Option<Uuid>,
    name: &str,
    kpi: &Definition,
    from_until: (i64, i64),
    stated: Stated,
) -> Uuid {
    let (from, until) = from_until;
    state_at(events, by, name, kpi, (from, until), stated, days(until))
}

fn state_at(
    events: &mut Events,
    by: Option<Uuid>,
    name: &str,
    kpi: &Definition,
    (from, until): (i64, i64),
    stated: Stated,
    at: TimeDelta,
) -> Uuid {
    let (from, until) = (start() + days(from), start() + days(until));
    let statement = Attested::FigureAttested { statement: name.into(), kpi: kpi.id.clone(), from, until, stated };
    events.by(by, at, statement)
}

fn attested() -> Events {
    Events::of(MAYA, Source::Attested)
}

#[test]
fn a_share_that_is_stated_is_judged_as_any() {
    let mut events = attested();
    let id = state(&mut events, Some(INGRID), "s", &quality(), (0, 28), share(19, 20));
    let figure = events.figure(&[quality()], days(30));
    assert_eq!((figure.value, figure.count, figure.state), (Some(0.95), 20, State::In));
    assert_eq!(figure.events, [id]);
    assert!(matches!(figure.parts, Parts::Share { met: 19, of: 20, interval, .. } if interval.low > 0.76));
}

#[test]
fn statements_for_different_times_are_pooled() {
    let mut events = attested();
    state(&mut events, Some(INGRID), "a", &quality(), (0, 10), share(9, 10));
    state(&mut events, Some(INGRID), "b", &quality(), (10, 20), share(30, 30));
    // 39 ÷ 40.
    assert_eq!(events.figure(&[quality()], days(30)).value, Some(0.975));
}

#[test]
fn values_are_averaged_by_what_they_rest_on() {
    let mut events = attested();
    state(&mut events, Some(INGRID), "a", &acknowledge(), (0, 10), Stated::Value { value: 6.0, count: 1 });
    state(&mut events, Some(INGRID), "b", &acknowledge(), (10, 20), Stated::Value { value: 12.0, count: 5 });
    // (1 × 6 + 5 × 12) ÷ 6 = 11.
    let figure = events.figure(&[acknowledge()], days(30));
    assert_eq!((figure.value, figure.count, figure.state), (Some(11.0), 6, State::Above));
    assert_eq!(figure.parts, Parts::Stated);
}

#[test]
fn figures_a_month_are_averaged_by_how_long_they_hold() {
    let kpi = definition(Measure::TicketThroughput);
    let mut events = attested();
    state(&mut events, Some(INGRID), "a", &kpi, (0, 10), Stated::Value { value: 6.0, count: 2 });
    state(&mut events, Some(INGRID), "b", &kpi, (10, 30), Stated::Value { value: 12.0, count: 8 });
    // (10 × 6 + 20 × 12) ÷ 30 = 10.
    assert!(close(events.figure(&[kpi], days(31)).value.unwrap(), 10.0));
}

#[test]
fn what_is_said_again_later_takes_its_place() {
    let mut events = attested();
    state_at(&mut events, Some(INGRID), "a", &quality(), (0, 10), share(1, 10), days(11));
    state_at(&mut events, Some(INGRID), "b", &quality(), (5, 12), share(10, 10), days(12));
    let figure = events.figure(&[quality()], days(30));
    assert_eq!((figure.value, excluded(&figure, Exclusion::Superseded)), (Some(1.0), 1));
    // The same statement, put right, is not even shown as such.
    state_at(&mut events, Some(INGRID), "b", &quality(), (5, 12), share(9, 10), days(13));
    let figure = events.figure(&[quality()], days(30));
    assert_eq!((figure.value, excluded(&figure, Exclusion::Superseded)), (Some(0.9), 1));
}

#[test]
fn what_is_withdrawn_was_never_said() {
    let mut events = attested();
    state(&mut events, Some(INGRID), "a", &quality(), (0, 10), share(10, 10));
    events.by(Some(INGRID), days(12), Attested::AttestationWithdrawn { statement: "a".into() });
    let figure = events.figure(&[quality()], days(30));
    assert_eq!((figure.value, figure.state), (None, State::Insufficient));
}

#[rstest]
#[case::by_oneself(Some(MAYA))]
#[case::by_nobody(None)]
fn ones_own_word_does_not_count(#[case] by: Option<Uuid>) {
    let mut events = attested();
    state(&mut events, by, "a", &quality(), (0, 10), share(10, 10));
    let figure = events.figure(&[quality()], days(30));
    assert_eq!((figure.value, excluded(&figure, Exclusion::OwnWord)), (None, 1));
}

#[rstest]
#[case::more_than_all(quality(), share(11, 10))]
#[case::of_nothing(quality(), share(0, 0))]
#[case::a_value_for_a_share(quality(), Stated::Value { value: 0.9, count: 10 })]
#[case::a_share_for_a_duration(acknowledge(), share(1, 2))]
#[case::less_than_no_time(acknowledge(), Stated::Value { value: -1.0, count: 10 })]
fn what_cannot_be_is_not_believed(#[case] kpi: Definition, #[case] stated: Stated) {
    let mut events = attested();
    state(&mut events, Some(INGRID), "a", &kpi, (0, 10), stated);
    let figure = events.figure(&[kpi], days(30));
    assert_eq!((figure.value, excluded(&figure, Exclusion::Unmeasured)), (None, 1));
}

#[rstest]
#[case::a_calendar_month(-1, 30, true)]
#[case::half_of_it(-10, 10, true)]
#[case::less_than_half(-11, 10, false)]
#[case::a_time_that_is_not_over(10, 31, false)]
#[case::no_time_at_all(10, 10, false)]
#[case::time_that_runs_backwards(20, 10, false)]
fn a_statement_must_be_of_the_window(#[case] from: i64, #[case] until: i64, #[case] counts: bool) {
    let mut events = attested();
    state_at(&mut events, Some(INGRID), "a", &quality(), (from, until), share(10, 10), days(12));
    assert_eq!(events.figure(&[quality()], days(30)).value.is_some(), counts);
}

#[test]
fn a_statement_takes_the_place_of_what_was_observed_in_its_series_alone() {
    let (mut events, mut imported) = (attested(), Events::new());
    many(&mut events, 12, days(1), days(1));
    many(&mut imported, 12, days(1), days(1));
    assert_eq!(events.figure(&[quality()], days(30)).value, Some(1.0));
    state(&mut events, Some(INGRID), "a", &quality(), (0, 28), share(5, 10));
    state(&mut imported, Some(INGRID), "a", &quality(), (0, 28), share(5, 10));
    assert_eq!(events.figure(&[quality()], days(30)).value, Some(0.5));
    assert_eq!(imported.figure(&[quality()], days(30)).value, Some(1.0), "a tool states nothing");
}

#[test]
fn a_statement_of_another_kpi_says_nothing() {
    let mut events = attested();
    state(&mut events, Some(INGRID), "a", &acknowledge(), (0, 28), Stated::Value { value: 3.0, count: 9 });
    assert_eq!(events.figure(&[quality()], days(30)).value, None);
}

#[test]
fn a_value_that_rests_on_nothing_says_nothing() {
    let mut events = attested();
    state(&mut events, Some(INGRID), "a", &acknowledge(), (0, 28), Stated::Value { value: 3.0, count: 0 });
    let figure = events.figure(&[Definition { minimum: 0, ..acknowledge() }], days(30));
    assert_eq!((figure.value, figure.state), (None, State::Insufficient));
}
