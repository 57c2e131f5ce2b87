//! K19: hours that automation saves.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::work::{Automation, Way, Wish},
    kpi::{Definition, Direction, Exclusion, Meaning, Measure, State, Target},
};
use uuid::Uuid;

use crate::{
    close, defined, excluded, figure,
    support::{Events, INGRID, MAYA, days, hours, minutes},
};

/// A window of 90 days, which are three months; the role's has 91.
fn hours_saved() -> Definition {
    let target = Target { at_least: Some(5.0), at_most: Some(20.0), stretch: None };
    defined(Measure::HoursSaved, 90, Direction::Band, target, 1)
}

fn timed(events: &mut Events, way: Way, minutes_each: &[u32]) {
    for (number, length) in minutes_each.iter().enumerate() {
        let seconds = length * 60;
        events.at(minutes(number as i64), Automation::ToilTimed { automation: "a".into(), way, seconds });
    }
}

fn confirmed(events: &mut Events, by: Option<Uuid>, monthly: Option<u32>) -> Uuid {
    events.by(by, hours(1), Automation::BaselineConfirmed { automation: "a".into(), monthly })
}

fn ran(events: &mut Events, after: TimeDelta, succeeded: bool, wanted_by: Option<Wish>) -> Uuid {
    events.by(None, after, Automation::AutomationRun { automation: "a".into(), succeeded, wanted_by })
}

fn somebody() -> Option<Wish> {
    Some(Wish::Requester("r-17".into()))
}

/// By hand 40, 60, 80 minutes: the lower quartile, half-way from the first to the second, is 50. Now 10, 10, 10: the
/// upper quartile is 10. So 40 minutes a run.
fn proven(events: &mut Events) {
    timed(events, Way::Manual, &[40, 60, 80]);
    timed(events, Way::Automated, &[10, 10, 10]);
    confirmed(events, Some(INGRID), None);
}

fn runs(events: &mut Events, number: i64) {
    for run in 0..number {
        ran(events, days(1) + hours(run), true, somebody());
    }
}

/// 36 runs × 40 minutes are 24 hours, in three months 8 a month. 18: 4. 99: 22. With 6 hours of maintenance 36 runs: 6.
#[rstest]
#[case(36, 0, 8.0, State::In, Meaning::Met)]
#[case(18, 0, 4.0, State::Below, Meaning::Missed)]
#[case(99, 0, 22.0, State::Above, Meaning::Look)]
#[case(36, 360, 6.0, State::In, Meaning::Met)]
fn what_runs_save_less_maintenance_is_held_against_the_band(
    #[case] number: i64,
    #[case] maintained: u32,
    #[case] value: f64,
    #[case] state: State,
    #[case] meaning: Meaning,
) {
    let mut events = Events::new();
    proven(&mut events);
    runs(&mut events, number);
    if maintained > 0 {
        events.at(days(2), Automation::AutomationMaintained { automation: "a".into(), minutes: maintained });
    }
    let figure = figure(&hours_saved(), &events, days(80));
    assert!(close(figure.value, value), "{figure:?}");
    assert_eq!((figure.state, figure.state.meaning(Direction::Band)), (state, meaning));
}

#[test]
fn without_a_run_nothing_is_said() {
    let mut events = Events::new();
    proven(&mut events);
    assert_eq!(figure(&hours_saved(), &events, days(80)).state, State::Insufficient);
}

/// Lower quartile by hand: of 10, 20, 30, 40 it is 17.5. Upper quartile now: of 1, 2, 3, 4, 5 it is 4. 13.5 minutes a run.
#[test]
fn quartiles_are_cautious() {
    let mut events = Events::new();
    timed(&mut events, Way::Manual, &[40, 10, 30, 20]);
    timed(&mut events, Way::Automated, &[5, 1, 4, 2, 3]);
    confirmed(&mut events, Some(INGRID), None);
    runs(&mut events, 40);
    // 40 × 13.5 minutes are 9 hours, 3 a month.
    assert!(close(figure(&hours_saved(), &events, days(80)).value, 3.0));
}

#[test]
fn what_takes_longer_than_by_hand_saves_nothing_but_costs_nothing_either() {
    let mut events = Events::new();
    timed(&mut events, Way::Manual, &[5, 5, 5]);
    timed(&mut events, Way::Automated, &[9, 9, 9]);
    confirmed(&mut events, Some(INGRID), None);
    runs(&mut events, 10);
    let figure = figure(&hours_saved(), &events, days(80));
    assert!(close(figure.value, 0.0));
}

#[rstest]
#[case::two_by_hand(&[40, 60], &[10, 10, 10])]
#[case::two_now(&[40, 60, 80], &[10, 10])]
#[case::none(&[], &[])]
fn a_saving_that_was_not_timed_is_not_believed(#[case] manual: &[u32], #[case] automated: &[u32]) {
    let mut events = Events::new();
    timed(&mut events, Way::Manual, manual);
    timed(&mut events, Way::Automated, automated);
    confirmed(&mut events, Some(INGRID), None);
    runs(&mut events, 36);
    let figure = figure(&hours_saved(), &events, days(80));
    assert_eq!((excluded(&figure), figure.state), (vec![(Exclusion::Unmeasured, 36)], State::Insufficient));
}

/// Four hours by hand, says who automated it: nothing until somebody else says so.
#[rstest]
#[case::by_nobody(None)]
#[case::by_oneself(Some(MAYA))]
fn an_inflated_baseline_wants_a_second_person(#[case] by: Option<Uuid>) {
    let mut events = Events::new();
    timed(&mut events, Way::Manual, &[240, 240, 240]);
    timed(&mut events, Way::Automated, &[1, 1, 1]);
    confirmed(&mut events, by, None);
    runs(&mut events, 36);
    events.at(days(2), Automation::AutomationMaintained { automation: "a".into(), minutes: 60 });
    let figure = figure(&hours_saved(), &events, days(80));
    assert_eq!(excluded(&figure), [(Exclusion::Unconfirmed, 37)], "its maintenance neither");
}

#[rstest]
#[case::somebody(somebody(), true)]
#[case::a_schedule(Some(Wish::Schedule), true)]
#[case::nobody(None, false)]
#[case::no_name(Some(Wish::Requester(" ".into())), false)]
#[case::oneself(Some(Wish::Requester(MAYA.to_string())), false)]
fn a_run_that_nobody_needs_saves_nothing(#[case] wanted_by: Option<Wish>, #[case] counts: bool) {
    let mut events = Events::new();
    proven(&mut events);
    ran(&mut events, days(1), true, wanted_by);
    let figure = figure(&hours_saved(), &events, days(80));
    assert_eq!(excluded(&figure), if counts { vec![] } else { vec![(Exclusion::NotWanted, 1)] });
}

/// By hand it was done four times a month. On a schedule of six hours it runs 120 times, of which four save anything.
#[test]
fn a_schedule_saves_no_more_than_was_done_by_hand() {
    let mut events = Events::new();
    timed(&mut events, Way::Manual, &[60, 60, 60]);
    timed(&mut events, Way::Automated, &[0, 0, 0]);
    confirmed(&mut events, Some(INGRID), Some(4));
    for run in 0..120 {
        ran(&mut events, days(1) + hours(6 * run), true, Some(Wish::Schedule));
    }
    let figure = figure(&hours_saved(), &events, days(80));
    assert_eq!((figure.count, excluded(&figure)), (4, vec![(Exclusion::NotWanted, 116)]));
    assert!(close(figure.value, 4.0 / 3.0));
}

#[test]
fn the_schedule_may_run_as_often_again_in_the_next_month() {
    let mut events = Events::new();
    proven(&mut events);
    events.by(Some(INGRID), hours(2), Automation::BaselineConfirmed { automation: "a".into(), monthly: Some(1) });
    for day in [1, 2, 31, 32] {
        ran(&mut events, days(day), true, Some(Wish::Schedule));
    }
    assert_eq!(figure(&hours_saved(), &events, days(80)).count, 2);
}

#[test]
fn a_run_that_failed_saves_nothing() {
    let mut events = Events::new();
    proven(&mut events);
    ran(&mut events, days(1), false, somebody());
    assert_eq!(figure(&hours_saved(), &events, days(80)).count, 0);
}

#[test]
fn more_repair_than_saving_is_a_loss() {
    let mut events = Events::new();
    proven(&mut events);
    runs(&mut events, 3);
    events.at(days(2), Automation::AutomationMaintained { automation: "a".into(), minutes: 300 });
    // 2 hours saved, 5 spent.
    assert!(close(figure(&hours_saved(), &events, days(80)).value, -1.0));
}

#[test]
fn the_first_ninety_days_only_inform() {
    let mut events = Events::new();
    proven(&mut events);
    runs(&mut events, 3);
    let ramp = Definition { ramp_days: 90, ..hours_saved() };
    assert!(figure(&ramp, &events, days(80)).ramp);
    assert!(!figure(&ramp, &events, days(90)).ramp);
}
