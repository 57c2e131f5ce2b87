//! K05, time to escalate: at most 20 minutes, better 15, of at least 3 incidents in 7 days. Nothing counts for more
//! than 60.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::work::{Incident, Roster, Severity, Told},
    kpi::{Definition, Direction, Exclusion, Flag, Measure, Parts, State, Target},
};
use uuid::Uuid;

use crate::support::{Events, INGRID, MAYA, days, definition, excluded, flagged, hours, minutes, start, tripped};

const ALL: &[Told] = &[Told::Changed, Told::Failing, Told::Tried];

fn kpi() -> Definition {
    Definition {
        window_days: 7,
        direction: Direction::Down,
        target: Target { at_most: Some(20.0), stretch: Some(15.0), ..Target::default() },
        minimum: 3,
        guards: vec!["needless-escalation".into(), "thin-context".into()],
        ..definition(Measure::TimeToEscalate)
    }
}

fn any_number() -> Definition {
    Definition { minimum: 1, ..kpi() }
}

fn opened(events: &mut Events, name: &str, at: TimeDelta, severity: Severity) {
    events.at(at, Incident::IncidentOpened { incident: name.into(), severity, alert: None });
}

fn limit(events: &mut Events, name: &str, at: TimeDelta) {
    events.by(None, at, Incident::ScopeLimitReached { incident: name.into(), sign: "data-loss".into() });
}

fn called(events: &mut Events, name: &str, at: TimeDelta, told: &[Told]) {
    events.at(at, Incident::EscalationSent { incident: name.into(), to: "database-team".into(), told: told.to_vec() });
}

fn judged(events: &mut Events, name: &str, by: Uuid, needed: bool) {
    events.by(Some(by), days(1), Incident::EscalationJudged { incident: name.into(), needed });
}

fn resolved(events: &mut Events, name: &str, at: TimeDelta) {
    events.at(at, Incident::IncidentResolved { incident: name.into() });
}

/// Incidents, a day's third apart, of which the limit shows itself after 5 minutes and help is called for after so many
/// more; they are over after two hours.
fn escalated_after(lengths: &[Option<i64>]) -> Events {
    let mut events = Events::new();
    for (ordinal, length) in lengths.iter().enumerate() {
        let (name, at) = (format!("i-{ordinal}"), hours(8 * ordinal as i64));
        opened(&mut events, &name, at, Severity::High);
        limit(&mut events, &name, at + minutes(5));
        if let Some(length) = length {
            called(&mut events, &name, at + minutes(5 + length), ALL);
        }
        resolved(&mut events, &name, at + hours(2));
    }
    events
}

#[test]
fn in_band_and_at_its_stretch() {
    // (10 + 15 + 20) ÷ 3 = 15.
    let figure = escalated_after(&[Some(10), Some(15), Some(20)]).figure(&[kpi()], days(3));
    assert_eq!((figure.value, figure.state, figure.stretch), (Some(15.0), State::In, Some(true)));
    assert_eq!(tripped(&figure, "needless-escalation"), Some(false));
    assert_eq!(tripped(&figure, "thin-context"), Some(false));
}

#[test]
fn above_its_band_with_one_where_help_was_never_called() {
    // (10 + 20 + 60) ÷ 3 = 30; p90 at rank 1.8: 20 + 0.8 × 40 = 52.
    let figure = escalated_after(&[Some(10), Some(20), None]).figure(&[kpi()], days(3));
    assert_eq!((figure.value, figure.state), (Some(30.0), State::Above));
    assert!(matches!(figure.parts, Parts::Durations { total: 90.0, median: 20.0, p90: 52.0, censored: 1, .. }));
}

#[test]
fn insufficient_with_two() {
    let figure = escalated_after(&[Some(10), Some(20)]).figure(&[kpi()], days(3));
    assert_eq!((figure.value, figure.state), (Some(15.0), State::Insufficient));
}

/// Early costs nothing, late as much as it lasts, later than an hour as much as never.
#[rstest]
#[case::before_the_limit(Some(-4), 0.0, 0)]
#[case::at_once(Some(0), 0.0, 0)]
#[case::late(Some(59), 59.0, 0)]
#[case::too_late(Some(90), 60.0, 1)]
#[case::never(None, 60.0, 1)]
fn early_is_cheap_and_late_is_dear(#[case] length: Option<i64>, #[case] value: f64, #[case] censored: u32) {
    let figure = escalated_after(&[length]).figure(&[any_number()], days(3));
    assert_eq!(figure.value, Some(value));
    assert!(matches!(figure.parts, Parts::Durations { censored: is, .. } if is == censored));
}

#[test]
fn where_no_limit_is_on_record_help_is_called_for_by_severity() {
    let mut events = Events::new();
    opened(&mut events, "i", hours(0), Severity::Low);
    let worse = Incident::IncidentSeveritySet { incident: "i".into(), severity: Severity::High };
    events.by(Some(INGRID), minutes(30), worse);
    called(&mut events, "i", minutes(42), ALL);
    assert_eq!(events.figure(&[any_number()], days(1)).value, Some(12.0));
}

#[test]
fn the_limit_of_ones_scope_counts_at_any_severity() {
    let mut events = Events::new();
    opened(&mut events, "i", hours(0), Severity::Low);
    limit(&mut events, "i", minutes(30));
    called(&mut events, "i", minutes(37), ALL);
    assert_eq!(events.figure(&[any_number()], days(1)).value, Some(7.0));
}

#[test]
fn a_call_by_somebody_else_is_not_hers() {
    let mut events = escalated_after(&[None]);
    let call = Incident::EscalationSent { incident: "i-0".into(), to: "database-team".into(), told: ALL.to_vec() };
    events.by(Some(INGRID), minutes(10), call);
    assert_eq!(events.figure(&[any_number()], days(1)).value, Some(60.0));
}

#[test]
fn what_stays_within_scope_does_not_count() {
    let mut events = Events::new();
    opened(&mut events, "i", hours(0), Severity::Medium);
    let figure = events.figure(&[any_number()], days(1));
    assert_eq!((figure.value, excluded(&figure, Exclusion::WithinScope)), (None, 1));
    assert_eq!(flagged(&figure, Flag::NeedlessEscalation), (0, 0));
}

#[rstest]
#[case::within_the_hour(60, 1)]
#[case::after_it(66, 0)]
fn what_is_not_over_is_pending(#[case] after: i64, #[case] pending: u32) {
    let figure = escalated_after(&[None]).figure(&[any_number()], minutes(after));
    assert_eq!((excluded(&figure, Exclusion::Pending), figure.count), (pending, 1 - pending));
}

#[rstest]
#[case::off_call(|events: &mut Events| shift(events, 30, 48, false), Exclusion::OffCall)]
#[case::short(|events: &mut Events| shift(events, 0, 48, true), Exclusion::Understaffed)]
#[case::busy(|events: &mut Events| opened(events, "another", -hours(1), Severity::High), Exclusion::Busy)]
fn who_could_not_be_expected_to_call_is_excused(#[case] happened: fn(&mut Events), #[case] reason: Exclusion) {
    let mut events = escalated_after(&[Some(40)]);
    happened(&mut events);
    let figure = events.figure(&[any_number()], minutes(50));
    assert_eq!(figure.exclusions.len(), 1);
    assert_eq!((figure.exclusions[0].reason, &figure.exclusions[0].about), (reason, &vec!["i-0".to_string()]));
}

fn shift(events: &mut Events, from: i64, until: i64, understaffed: bool) {
    let (from, until) = (start() + hours(from), start() + hours(until));
    events.at(-days(7), Roster::OnCallScheduled { shift: "s".into(), from, until, understaffed });
}

#[test]
fn an_incident_does_not_excuse_itself() {
    let figure = escalated_after(&[Some(40)]).figure(&[any_number()], days(1));
    assert_eq!(figure.value, Some(40.0));
}

/// Perverse incentive: to escalate everything at once.
#[test]
fn escalating_everything_trips_its_guard() {
    let mut events = escalated_after(&[Some(0), Some(0), Some(0)]);
    for ordinal in 0..5 {
        let (name, at) = (format!("small-{ordinal}"), days(3) + hours(ordinal));
        opened(&mut events, &name, at, Severity::Low);
        called(&mut events, &name, at + minutes(1), ALL);
        resolved(&mut events, &name, at + minutes(30));
    }
    // 0 minutes; but 5 of 8 calls were not needed, more than half.
    let figure = events.figure(&[kpi()], days(5));
    assert_eq!((figure.value, figure.state), (Some(0.0), State::In));
    assert_eq!(flagged(&figure, Flag::NeedlessEscalation), (5, 8));
    assert_eq!(tripped(&figure, "needless-escalation"), Some(true));
    // A pack may be more patient still.
    let patient = Definition { settings: [("needless-escalation-limit".into(), 0.7)].into(), ..kpi() };
    assert_eq!(tripped(&events.figure(&[patient], days(5)), "needless-escalation"), Some(false));
}

#[rstest]
#[case::not_needed_says_somebody_else(INGRID, false, 1)]
#[case::needed_says_somebody_else(INGRID, true, 0)]
#[case::not_needed_says_she(MAYA, false, 0)]
fn whether_a_call_was_needed_is_for_others_to_say(#[case] by: Uuid, #[case] needed: bool, #[case] count: u32) {
    let mut events = escalated_after(&[Some(10)]);
    judged(&mut events, "i-0", by, needed);
    assert_eq!(flagged(&events.figure(&[any_number()], days(3)), Flag::NeedlessEscalation).0, count);
}

#[test]
fn a_call_within_scope_that_somebody_else_calls_needed_is_not_flagged() {
    let mut events = Events::new();
    opened(&mut events, "i", hours(0), Severity::Low);
    called(&mut events, "i", minutes(5), ALL);
    judged(&mut events, "i", INGRID, true);
    let figure = events.figure(&[any_number()], days(2));
    assert_eq!((flagged(&figure, Flag::NeedlessEscalation).0, excluded(&figure, Exclusion::WithinScope)), (0, 1));
}

/// Perverse incentive: to call fast and say nothing.
#[rstest]
#[case::nothing(&[], 1)]
#[case::two_things(&[Told::Impact, Told::Tried], 1)]
#[case::one_thing_three_times(&[Told::Tried, Told::Tried, Told::Tried], 1)]
#[case::three_things(&[Told::Impact, Told::Failing, Told::Tried], 0)]
fn a_call_must_tell_something(#[case] told: &[Told], #[case] count: u32) {
    let mut events = Events::new();
    opened(&mut events, "i", hours(0), Severity::High);
    called(&mut events, "i", minutes(1), told);
    let figure = events.figure(&[any_number()], days(1));
    assert_eq!(flagged(&figure, Flag::ThinContext).0, count);
    assert_eq!(tripped(&figure, "thin-context"), Some(count > 0));
}
