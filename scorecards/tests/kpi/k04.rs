//! K04, time to acknowledge: at most 10 minutes, better 5, of at least 5 alerts in 7 days. What lasts 30 minutes is cut.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::work::{Alert, HandOn, Incident, Roster, Severity},
    kpi::{Definition, Direction, Exclusion, Figure, Flag, Measure, Parts, State, Target},
};
use uuid::Uuid;

use crate::support::{
    Events, INGRID, MAYA, TOBIAS, close, days, definition, excluded, flagged, hours, minutes, start, tripped,
};

fn kpi() -> Definition {
    Definition {
        window_days: 7,
        direction: Direction::Down,
        target: Target { at_most: Some(10.0), stretch: Some(5.0), ..Target::default() },
        minimum: 5,
        guards: vec!["ack-without-action".into()],
        ..definition(Measure::TimeToAcknowledge)
    }
}

fn any_number() -> Definition {
    Definition { minimum: 1, ..kpi() }
}

fn fired(events: &mut Events, name: &str, at: TimeDelta) {
    events.by(None, at, Alert::AlertFired { alert: name.into(), severity: Severity::High, rule: None, service: None });
}

fn acknowledged(events: &mut Events, name: &str, by: Uuid, at: TimeDelta) {
    let alert = name.into();
    events.by(Some(by), at, Alert::AlertAcknowledged { alert, automatic: false, channel: None, watched: true });
}

fn looked_into(events: &mut Events, name: &str, at: TimeDelta) {
    events.at(at, Alert::AlertLookedInto { alert: name.into() });
}

/// An alert, acknowledged after so many minutes and looked into a minute later.
fn taken(events: &mut Events, name: &str, at: TimeDelta, after: i64) {
    fired(events, name, at);
    acknowledged(events, name, MAYA, at + minutes(after));
    looked_into(events, name, at + minutes(after + 1));
}

fn taken_after(lengths: &[i64]) -> Events {
    let mut events = Events::new();
    for (ordinal, length) in lengths.iter().enumerate() {
        taken(&mut events, &format!("a-{ordinal}"), hours(ordinal as i64), *length);
    }
    events
}

fn durations(figure: &Figure) -> (f64, f64, f64, u32) {
    match figure.parts {
        Parts::Durations { mean, median, p90, censored, .. } => (mean, median, p90, censored),
        _ => panic!("no durations: {figure:?}"),
    }
}

#[test]
fn in_band_but_not_yet_at_its_stretch() {
    // (2 + 4 + 6 + 8 + 10) ÷ 5 = 6; median 6; p90 at rank 0.9 × 4 = 3.6: 8 + 0.6 × 2 = 9.2.
    let figure = taken_after(&[2, 4, 6, 8, 10]).figure(&[kpi()], days(2));
    assert_eq!((figure.value, figure.state, figure.stretch), (Some(6.0), State::In, Some(false)));
    let (mean, median, p90, censored) = durations(&figure);
    assert!(close(mean, 6.0) && close(median, 6.0) && close(p90, 9.2) && censored == 0, "{figure:?}");
    assert_eq!(tripped(&figure, "ack-without-action"), Some(false));
}

#[test]
fn at_its_stretch() {
    let figure = taken_after(&[3, 4, 5, 6, 7]).figure(&[kpi()], days(2));
    assert_eq!((figure.value, figure.stretch), (Some(5.0), Some(true)));
}

#[test]
fn above_its_band_with_one_that_nobody_took() {
    let mut events = taken_after(&[4, 6, 8, 10]);
    fired(&mut events, "ignored", hours(5));
    // (4 + 6 + 8 + 10 + 30) ÷ 5 = 11.6; median 8; p90 at rank 3.6: 10 + 0.6 × 20 = 22.
    let figure = events.figure(&[kpi()], days(2));
    assert_eq!((figure.value, figure.state), (Some(11.6), State::Above));
    let (_, median, p90, censored) = durations(&figure);
    assert!(close(median, 8.0) && close(p90, 22.0) && censored == 1, "{figure:?}");
}

#[test]
fn insufficient_with_four() {
    let figure = taken_after(&[4, 6, 8, 10]).figure(&[kpi()], days(2));
    assert_eq!((figure.value, figure.state, figure.stretch), (Some(7.0), State::Insufficient, None));
}

#[test]
fn the_window_is_of_seven_days() {
    let events = taken_after(&[4]);
    let count = |as_of| events.figure(&[any_number()], as_of).count;
    assert_eq!((count(days(7)), count(days(7) + minutes(1))), (1, 0));
}

#[test]
fn the_time_runs_from_the_page() {
    let mut events = taken_after(&[12]);
    events.by(None, minutes(9), Alert::PageDelivered { alert: "a-0".into() });
    assert_eq!(events.figure(&[any_number()], days(2)).value, Some(3.0));
}

#[test]
fn who_was_there_before_the_page_took_no_time() {
    let mut events = taken_after(&[3]);
    events.by(None, minutes(9), Alert::PageDelivered { alert: "a-0".into() });
    assert_eq!(events.figure(&[any_number()], days(2)).value, Some(0.0));
}

/// What counts, and what does not and why; each alert was taken after 20 minutes.
#[rstest]
#[case::nothing_special(|_: &mut Events| {}, None)]
#[case::handed_on_by_somebody_else(|events: &mut Events| reassigned(events, INGRID, HandOn::WrongTeam, false), Some(Exclusion::Misrouted))]
#[case::handed_on_and_taken(|events: &mut Events| reassigned(events, MAYA, HandOn::WrongTeam, true), Some(Exclusion::Misrouted))]
#[case::handed_on_but_not_taken(|events: &mut Events| reassigned(events, MAYA, HandOn::WrongTeam, false), None)]
#[case::handed_on_for_help(|events: &mut Events| reassigned(events, INGRID, HandOn::Escalated, true), None)]
#[case::on_call(|events: &mut Events| shift(events, 0, 48, false), None)]
#[case::off_call(|events: &mut Events| shift(events, 11, 48, false), Some(Exclusion::OffCall))]
#[case::on_call_in_a_short_team(|events: &mut Events| shift(events, 0, 48, true), Some(Exclusion::Understaffed))]
#[case::in_a_short_team(|events: &mut Events| short(events, 9, 11), Some(Exclusion::Understaffed))]
#[case::in_a_team_that_was_short_before(|events: &mut Events| short(events, 5, 10), None)]
#[case::with_an_incident(|events: &mut Events| incident(events, 9, Severity::High, None), Some(Exclusion::Busy))]
#[case::with_a_small_incident(|events: &mut Events| incident(events, 9, Severity::Medium, None), None)]
#[case::with_an_incident_that_was_over(|events: &mut Events| incident(events, 8, Severity::Critical, Some(9)), None)]
#[case::with_an_incident_that_came_later(|events: &mut Events| incident(events, 11, Severity::High, None), None)]
#[case::with_an_incident_left_open_too_long(|events: &mut Events| incident(events, -3, Severity::High, None), None)]
fn what_does_not_count(#[case] happened: fn(&mut Events), #[case] reason: Option<Exclusion>) {
    let mut events = Events::new();
    taken(&mut events, "a", hours(10), 20);
    happened(&mut events);
    let figure = events.figure(&[any_number()], days(2));
    match reason {
        None => assert_eq!((figure.value, figure.count), (Some(20.0), 1), "{:?}", figure.exclusions),
        Some(reason) => {
            assert_eq!((figure.value, figure.state), (None, State::Insufficient));
            assert_eq!(excluded(&figure, reason), 1, "{:?}", figure.exclusions);
            assert!(!figure.exclusions[0].events.is_empty() && figure.exclusions[0].about == ["a"]);
        }
    }
}

fn reassigned(events: &mut Events, by: Uuid, reason: HandOn, accepted: bool) {
    events.by(Some(by), hours(11), Alert::AlertReassigned { alert: "a".into(), reason, accepted });
}

fn shift(events: &mut Events, from: i64, until: i64, understaffed: bool) {
    let (from, until) = (start() + hours(from), start() + hours(until));
    events.at(-days(7), Roster::OnCallScheduled { shift: "s".into(), from, until, understaffed });
}

fn short(events: &mut Events, from: i64, until: i64) {
    let (from, until) = (start() + hours(from), start() + hours(until));
    events.at(-days(7), Roster::TeamUnderstaffed { shortage: "flu".into(), from, until });
}

fn incident(events: &mut Events, opened: i64, severity: Severity, resolved: Option<i64>) {
    events.at(hours(opened), Incident::IncidentOpened { incident: "i".into(), severity, alert: None });
    if let Some(resolved) = resolved {
        events.at(hours(resolved), Incident::IncidentResolved { incident: "i".into() });
    }
}

#[test]
fn a_shift_that_was_given_away_is_no_shift() {
    let mut events = Events::new();
    taken(&mut events, "a", hours(10), 20);
    shift(&mut events, 0, 48, false);
    events.at(-days(6), Roster::OnCallCancelled { shift: "s".into() });
    let (from, until) = (start() + days(5), start() + days(6));
    events.at(-days(6), Roster::OnCallScheduled { shift: "other".into(), from, until, understaffed: false });
    assert_eq!(excluded(&events.figure(&[any_number()], days(2)), Exclusion::OffCall), 1);
}

#[rstest]
#[case::just_paged(5, 1)]
#[case::when_the_page_is_over(31, 0)]
fn what_is_not_over_is_pending(#[case] after: i64, #[case] pending: u32) {
    let mut events = Events::new();
    fired(&mut events, "a", hours(1));
    let figure = events.figure(&[any_number()], hours(1) + minutes(after));
    assert_eq!((excluded(&figure, Exclusion::Pending), figure.count), (pending, 1 - pending));
}

#[test]
fn an_acknowledgement_is_pending_until_something_is_done() {
    let mut events = Events::new();
    fired(&mut events, "a", hours(1));
    acknowledged(&mut events, "a", MAYA, hours(1) + minutes(25));
    let at = |after| {
        let figure = events.figure(&[any_number()], hours(1) + minutes(after));
        (excluded(&figure, Exclusion::Pending), figure.value)
    };
    assert_eq!((at(34), at(36)), ((1, None), (0, Some(30.0))));
}

/// Perverse incentive: to acknowledge and sleep on.
#[test]
fn acknowledged_and_slept_on_is_not_acknowledged() {
    let mut events = taken_after(&[4, 4, 4]);
    for name in ["b-1", "b-2"] {
        fired(&mut events, name, hours(5));
        acknowledged(&mut events, name, MAYA, hours(5) + minutes(1));
    }
    // Too late: eleven minutes after the acknowledgement.
    looked_into(&mut events, "b-1", hours(5) + minutes(12));
    // (3 × 4 + 2 × 30) ÷ 5 = 14.4, and 2 of 5 is more than a fifth.
    let figure = events.figure(&[kpi()], days(2));
    assert_eq!((figure.value, figure.state, durations(&figure).3), (Some(14.4), State::Above, 2));
    assert_eq!(flagged(&figure, Flag::AckWithoutAction), (2, 5));
    assert_eq!(tripped(&figure, "ack-without-action"), Some(true));
}

#[rstest]
#[case::looked_into(Alert::AlertLookedInto { alert: "a".into() }, Some(MAYA), 4.0)]
#[case::looked_into_by_somebody_else(Alert::AlertLookedInto { alert: "a".into() }, Some(TOBIAS), 30.0)]
#[case::handed_on(Alert::AlertReassigned { alert: "a".into(), reason: HandOn::Escalated, accepted: false }, Some(MAYA), 4.0)]
#[case::ended(Alert::AlertResolved { alert: "a".into(), automatic: false }, Some(MAYA), 4.0)]
#[case::went_away_by_itself(Alert::AlertResolved { alert: "a".into(), automatic: true }, Some(MAYA), 30.0)]
#[case::fired_again(Alert::PageDelivered { alert: "a".into() }, Some(MAYA), 30.0)]
fn what_is_an_action(#[case] action: Alert, #[case] by: Option<Uuid>, #[case] value: f64) {
    let mut events = Events::new();
    fired(&mut events, "a", hours(5));
    events.by(None, hours(5), Alert::PageDelivered { alert: "a".into() });
    acknowledged(&mut events, "a", MAYA, hours(5) + minutes(4));
    events.by(by, hours(5) + minutes(6), action);
    assert_eq!(events.figure(&[any_number()], days(2)).value, Some(value));
}

/// Perverse incentive: to let a machine acknowledge.
#[rstest]
#[case::in_her_name(true, Some(MAYA))]
#[case::in_nobodys(false, None)]
fn what_a_machine_acknowledged_is_not_acknowledged(#[case] automatic: bool, #[case] by: Option<Uuid>) {
    let mut events = Events::new();
    fired(&mut events, "a", hours(5));
    let bot = Alert::AlertAcknowledged { alert: "a".into(), automatic, channel: None, watched: true };
    events.by(by, hours(5) + minutes(1), bot);
    looked_into(&mut events, "a", hours(5) + minutes(2));
    let figure = events.figure(&[any_number()], days(2));
    assert_eq!((figure.value, flagged(&figure, Flag::AutoAck)), (Some(30.0), (1, 1)));
}

#[test]
fn a_second_acknowledgement_counts_if_the_first_was_none() {
    let mut events = Events::new();
    fired(&mut events, "a", hours(5));
    acknowledged(&mut events, "a", MAYA, hours(5) + minutes(1));
    acknowledged(&mut events, "a", MAYA, hours(5) + minutes(25));
    looked_into(&mut events, "a", hours(5) + minutes(26));
    let figure = events.figure(&[any_number()], days(2));
    assert_eq!((figure.value, flagged(&figure, Flag::AckWithoutAction)), (Some(25.0), (1, 1)));
}

#[test]
fn who_looked_first_and_then_acknowledged_has_acted() {
    let mut events = Events::new();
    fired(&mut events, "a", hours(5));
    looked_into(&mut events, "a", hours(5) + minutes(2));
    acknowledged(&mut events, "a", MAYA, hours(5) + minutes(4));
    assert_eq!(events.figure(&[any_number()], days(2)).value, Some(4.0));
}

#[test]
fn a_colleagues_acknowledgement_is_not_hers() {
    let mut events = Events::new();
    fired(&mut events, "a", hours(5));
    acknowledged(&mut events, "a", TOBIAS, hours(5) + minutes(4));
    assert_eq!(events.figure(&[any_number()], days(2)).value, Some(30.0));
}

#[test]
fn where_nobody_records_what_is_done_its_absence_says_nothing() {
    let mut events = Events::new();
    fired(&mut events, "a", hours(5));
    let blind = Alert::AlertAcknowledged { alert: "a".into(), automatic: false, channel: None, watched: false };
    events.at(hours(5) + minutes(4), blind);
    assert_eq!(events.figure(&[any_number()], days(2)).value, Some(4.0));
}

/// Perverse incentive: to ignore pages. Late is never worse than not at all, and both count in full.
#[test]
fn ignoring_a_page_is_never_better_than_taking_it_late() {
    let (late, mut ignored) = (taken_after(&[4, 4, 4, 4, 50]), taken_after(&[4, 4, 4, 4]));
    fired(&mut ignored, "ignored", hours(4));
    let (late, ignored) = (late.figure(&[kpi()], days(2)), ignored.figure(&[kpi()], days(2)));
    // (4 × 4 + 30) ÷ 5.
    assert_eq!((late.value, ignored.value), (Some(9.2), Some(9.2)));
    assert_eq!(durations(&late), durations(&ignored));
}
