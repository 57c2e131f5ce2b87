//! K16: agreed drift mended in code, and the trend of what is open.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::work::{Closing, Complexity, Drift, PullRequest, Risk},
    kpi::{Definition, Direction, Exclusion, Flag, Measure, State, Target},
};
use uuid::Uuid;

use crate::{
    at_least, close, defined, excluded, figure, flags,
    support::{Events, INGRID, MAYA, days, hours, start},
    tripped,
};

fn resolved() -> Definition {
    defined(Measure::DriftResolved, 30, Direction::Up, at_least(1.0), 1)
}

fn trend() -> Definition {
    let target = Target { at_most: Some(0.0), ..Target::default() };
    defined(Measure::DriftTrend, 91, Direction::Down, target, 3)
}

fn weighing(events: &mut Events, item: &str, after: TimeDelta, complexity: Complexity, risk: Risk) -> Uuid {
    events.by(None, after, Drift::DriftDetected { item: item.into(), resource: "sg.web".into(), complexity, risk })
}

fn detected(events: &mut Events, item: &str, after: TimeDelta) -> Uuid {
    weighing(events, item, after, Complexity::S, Risk::Low)
}

/// For the thirty days from the second day on.
fn agreed(events: &mut Events, item: &str, after: TimeDelta) -> Uuid {
    let (from, until) = (start() + days(1), start() + days(31));
    events.by(Some(INGRID), after, Drift::DriftAgreed { item: item.into(), from, until })
}

fn closed(events: &mut Events, item: &str, after: TimeDelta, by: Closing) -> Uuid {
    events.at(after, Drift::DriftClosed { item: item.into(), by })
}

fn checked(events: &mut Events, item: &str, after: TimeDelta, clean: bool) -> Uuid {
    events.by(None, after, Drift::DriftRechecked { item: item.into(), clean })
}

fn code() -> Closing {
    Closing::Code { pull: "pull-1".into(), ignores: false, approver: None }
}

fn ignore(approver: Option<Uuid>) -> Closing {
    Closing::Code { pull: "pull-1".into(), ignores: true, approver }
}

fn mended(events: &mut Events, item: &str, after: TimeDelta) {
    closed(events, item, after, code());
    checked(events, item, after + hours(1), true);
}

fn item(events: &mut Events, item: &str) {
    detected(events, item, hours(0));
    agreed(events, item, hours(20));
}

#[test]
fn a_set_that_was_mended_in_code_is_on_target() {
    let mut events = Events::new();
    for name in ["a", "b"] {
        item(&mut events, name);
        mended(&mut events, name, days(10));
    }
    let figure = figure(&resolved(), &events, days(32));
    assert!(close(figure.value, 1.0));
    assert_eq!((figure.state, figure.count), (State::In, 2));
    assert_eq!(figure.events.len(), 8, "detected, agreed, closed, checked");
}

/// Mended: M at high risk, 2 × 1.5 = 3. Not mended: L at medium, 4 × 1.25 = 5. So 3 ÷ 8.
#[test]
fn items_weigh_by_work_and_risk() {
    let mut events = Events::new();
    weighing(&mut events, "a", hours(0), Complexity::M, Risk::High);
    weighing(&mut events, "b", hours(0), Complexity::L, Risk::Medium);
    agreed(&mut events, "a", hours(20));
    agreed(&mut events, "b", hours(20));
    mended(&mut events, "a", days(10));
    let figure = figure(&resolved(), &events, days(32));
    assert!(close(figure.value, 3.0 / 8.0), "{figure:?}");
    assert_eq!(figure.state, State::Below);
}

/// One of two, though who mended it says that it weighs six times the other.
#[test]
fn who_mends_an_item_does_not_say_what_it_weighs() {
    let mut events = Events::new();
    let by_oneself =
        Drift::DriftDetected { item: "a".into(), resource: "r".into(), complexity: Complexity::L, risk: Risk::High };
    events.at(hours(0), by_oneself);
    agreed(&mut events, "a", hours(20));
    mended(&mut events, "a", days(3));
    item(&mut events, "b");
    assert!(close(figure(&resolved(), &events, days(32)).value, 0.5));
}

#[test]
fn without_an_agreed_set_nothing_is_said() {
    let mut events = Events::new();
    detected(&mut events, "a", hours(0));
    mended(&mut events, "a", days(3));
    assert_eq!(figure(&resolved(), &events, days(32)).state, State::Insufficient);
}

/// The first item mended would make the month's figure 100 %.
#[test]
fn the_set_is_pending_until_its_period_is_over() {
    let mut events = Events::new();
    item(&mut events, "a");
    item(&mut events, "b");
    mended(&mut events, "a", days(3));
    let before = figure(&resolved(), &events, days(30));
    assert_eq!((excluded(&before), before.value), (vec![(Exclusion::Pending, 2)], None));
    assert!(close(figure(&resolved(), &events, days(31)).value, 0.5));
}

#[rstest]
#[case::in_code(code(), 1.0, &[])]
#[case::by_hand(Closing::Hand, 0.0, &[(Flag::NotInCode, 1)])]
#[case::ignored_without_leave(ignore(None), 0.0, &[(Flag::NotInCode, 1)])]
#[case::ignored_with_ones_own_leave(ignore(Some(MAYA)), 0.0, &[(Flag::NotInCode, 1)])]
fn closed_is_only_what_is_in_the_code(#[case] by: Closing, #[case] share: f64, #[case] flagged: &[(Flag, u32)]) {
    let mut events = Events::new();
    item(&mut events, "a");
    closed(&mut events, "a", days(3), by);
    checked(&mut events, "a", days(4), true);
    let figure = figure(&resolved(), &events, days(32));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!(flags(&figure), flagged);
    if share < 1.0 {
        assert_eq!(tripped(&figure, "not-in-code"), Some(true));
    }
}

#[test]
fn an_ignore_rule_that_somebody_else_agreed_to_is_an_exception() {
    let mut events = Events::new();
    item(&mut events, "a");
    closed(&mut events, "a", days(3), ignore(Some(INGRID)));
    checked(&mut events, "a", days(4), true);
    let figure = figure(&resolved(), &events, days(32));
    assert_eq!((excluded(&figure), figure.value), (vec![(Exclusion::ApprovedException, 1)], None));
    assert_eq!(flags(&figure), []);
}

#[test]
fn what_is_gone_without_code_is_not_mended() {
    let mut events = Events::new();
    item(&mut events, "a");
    checked(&mut events, "a", days(4), true);
    let figure = figure(&resolved(), &events, days(32));
    assert!(close(figure.value, 0.0));
    assert_eq!(flags(&figure), [(Flag::NotInCode, 1)]);
}

#[rstest]
#[case::never(&[], 0.0)]
#[case::not_clean(&[(4, false)], 0.0)]
#[case::before_it_was_merged(&[(2, true)], 0.0)]
#[case::clean(&[(4, true)], 1.0)]
#[case::clean_and_then_back_again(&[(4, true), (20, false)], 0.0)]
#[case::clean_when_the_month_was_over(&[(32, true)], 0.0)]
fn a_clean_check_must_follow(#[case] checks: &[(i64, bool)], #[case] share: f64) {
    let mut events = Events::new();
    item(&mut events, "a");
    closed(&mut events, "a", days(3), code());
    for (day, clean) in checks {
        checked(&mut events, "a", days(*day), *clean);
    }
    assert!(close(figure(&resolved(), &events, days(33)).value, share));
}

#[test]
fn closed_by_hand_and_then_in_code_is_mended() {
    let mut events = Events::new();
    item(&mut events, "a");
    closed(&mut events, "a", days(3), Closing::Hand);
    checked(&mut events, "a", days(4), true);
    mended(&mut events, "a", days(6));
    let figure = figure(&resolved(), &events, days(32));
    assert!(close(figure.value, 1.0));
    assert_eq!(flags(&figure), []);
}

/// Where the pull request is known, it must have been merged, and not been taken back.
#[rstest]
#[case::unknown(None, false, 1.0)]
#[case::open(Some(false), false, 0.0)]
#[case::merged(Some(true), false, 1.0)]
#[case::merged_and_taken_back(Some(true), true, 0.0)]
fn merged_is_what_the_pull_request_says(#[case] merged: Option<bool>, #[case] reverted: bool, #[case] share: f64) {
    let mut events = Events::new();
    item(&mut events, "a");
    let pull = || "pull-1".to_string();
    if let Some(merged) = merged {
        events.at(days(2), PullRequest::PullOpened { pull: pull(), draft: false, commit: "c1".into() });
        if merged {
            events.at(days(3), PullRequest::PullMerged { pull: pull(), lines: 9, resources: 1 });
        }
        if reverted {
            events.at(days(3) + hours(2), PullRequest::PullReverted { pull: pull(), by: "pull-2".into() });
        }
    }
    closed(&mut events, "a", days(3), code());
    checked(&mut events, "a", days(4), true);
    assert!(close(figure(&resolved(), &events, days(32)).value, share));
}

/// The set is frozen three days after the period's beginning: what is added then is beside it, mended or not.
#[test]
fn what_is_agreed_late_is_outside_of_the_set() {
    let mut events = Events::new();
    item(&mut events, "a");
    for name in ["easy-1", "easy-2"] {
        detected(&mut events, name, days(5));
        agreed(&mut events, name, days(20));
        mended(&mut events, name, days(21));
    }
    let figure = figure(&resolved(), &events, days(32));
    assert!(close(figure.value, 0.0), "{figure:?}");
    assert_eq!(excluded(&figure), [(Exclusion::OtherClass, 2)]);
}

#[test]
fn what_was_mended_before_does_not_fill_the_set() {
    let mut events = Events::new();
    detected(&mut events, "old", hours(0));
    mended(&mut events, "old", hours(2));
    agreed(&mut events, "old", hours(20));
    let figure = figure(&resolved(), &events, days(32));
    assert_eq!((excluded(&figure), figure.value), (vec![(Exclusion::OtherClass, 1)], None));
}

#[test]
fn an_item_that_is_carried_over_counts_in_either_month() {
    let mut events = Events::new();
    item(&mut events, "a");
    let (from, until) = (start() + days(31), start() + days(61));
    events.by(Some(INGRID), days(31), Drift::DriftAgreed { item: "a".into(), from, until });
    mended(&mut events, "a", days(40));
    assert!(close(figure(&resolved(), &events, days(32)).value, 0.0));
    assert!(close(figure(&resolved(), &events, days(62)).value, 1.0));
}

/// Weeks end 91, 84, 77 … days after the start. One item more is found in each of the first five of them, none is
/// mended: by the ends of the weeks (day 7, 14 … 91) 1, 2, 3, 4, 5, 5 … 5 are open.
///
/// x in weeks from 1 to 13, mean 7; y mean (1+2+3+4+9×5)/13 = 55/13 = 4.2307…
/// Σ(x−7)(y−ȳ) = Σ(x−7)y = −6×1 −5×2 −4×3 −3×4 + 5×(−2−1+0+1+…+6) = −40 + 5×18 = 50; Σ(x−7)² = 182.
/// 50/182 an item a week, 30/7 weeks a month: 1.1773…
#[test]
fn a_growing_pile_has_a_rising_trend() {
    let mut events = Events::new();
    for week in 0..5 {
        detected(&mut events, &format!("item-{week}"), days(7 * week) + hours(1));
    }
    let figure = figure(&trend(), &events, days(91));
    assert!(close(figure.value, 50.0 / 182.0 * 30.0 / 7.0), "{figure:?}");
    assert_eq!((figure.state, figure.count), (State::Above, 5));
}

/// Three open from the first week on, of which one is mended in the second and one in the third: 3, 2, 1, 1 … 1 at the ends of
/// 13 weeks. Σ(x−7)y = −6×3 −5×2 −4×1 + (−3−2−1+0+…+6) = −32 + 15 = −17; −17/182 × 30/7.
#[test]
fn a_shrinking_pile_has_a_falling_trend() {
    let mut events = Events::new();
    for name in ["a", "b", "c"] {
        detected(&mut events, name, hours(1));
    }
    mended(&mut events, "a", days(8));
    mended(&mut events, "b", days(15));
    let figure = figure(&trend(), &events, days(91));
    assert!(close(figure.value, -17.0 / 182.0 * 30.0 / 7.0), "{figure:?}");
    assert_eq!(figure.state, State::In);
}

/// The same without what is in the code: the pile stays, and it is flagged.
#[test]
fn closing_by_hand_does_not_make_the_trend_fall() {
    let mut events = Events::new();
    for name in ["a", "b", "c"] {
        detected(&mut events, name, hours(1));
        closed(&mut events, name, days(8), Closing::Hand);
        checked(&mut events, name, days(9), true);
    }
    let figure = figure(&trend(), &events, days(91));
    assert!(close(figure.value, 0.0), "{figure:?}");
    assert_eq!(flags(&figure), [(Flag::NotInCode, 3)]);
}

#[test]
fn what_stays_open_and_is_looked_at_is_a_level_line() {
    let mut events = Events::new();
    detected(&mut events, "a", -days(200));
    for week in 0..13 {
        checked(&mut events, "a", days(7 * week), false);
    }
    let figure = figure(&trend(), &events, days(91));
    assert!(close(figure.value, 0.0));
    assert_eq!((figure.state, figure.count), (State::In, 13));
}

#[rstest]
#[case::two_weeks_are_no_line(14, None)]
#[case::three_are(21, Some(0.0))]
fn a_line_needs_three_weeks(#[case] until: i64, #[case] value: Option<f64>) {
    let mut events = Events::new();
    for name in ["a", "b", "c"] {
        detected(&mut events, name, hours(1));
    }
    let figure = figure(&trend(), &events, days(until));
    assert_eq!(figure.value, value);
    assert_eq!(figure.state, if value.is_some() { State::In } else { State::Insufficient });
}

/// What came back opens again: 1, 0, 1, 1 … at the ends of the weeks.
/// Σ(x−7)y = −6 + 0 + (−4−3−2−1+0+…+6) = −6 + 11 = 5.
#[test]
fn what_comes_back_is_open_again() {
    let mut events = Events::new();
    detected(&mut events, "a", hours(1));
    mended(&mut events, "a", days(8));
    checked(&mut events, "a", days(15), false);
    let figure = figure(&trend(), &events, days(91));
    assert!(close(figure.value, 5.0 / 182.0 * 30.0 / 7.0), "{figure:?}");
}

#[test]
fn what_is_agreed_twice_counts_once() {
    let mut events = Events::new();
    item(&mut events, "a");
    agreed(&mut events, "a", hours(22));
    assert_eq!(figure(&resolved(), &events, days(32)).count, 1);
}

#[test]
fn what_came_back_must_be_mended_anew() {
    let mut events = Events::new();
    item(&mut events, "a");
    mended(&mut events, "a", days(3));
    checked(&mut events, "a", days(10), false);
    checked(&mut events, "a", days(11), true);
    let once = figure(&resolved(), &events, days(32));
    assert!(close(once.value, 0.0), "{once:?}");
    assert_eq!(flags(&once), [(Flag::NotInCode, 1)]);
    mended(&mut events, "a", days(12));
    assert!(close(figure(&resolved(), &events, days(32)).value, 1.0));
}

#[test]
fn a_check_before_the_merge_shows_nothing() {
    let mut events = Events::new();
    item(&mut events, "a");
    let pull = || "pull-1".to_string();
    events.at(days(2), PullRequest::PullOpened { pull: pull(), draft: false, commit: "c1".into() });
    closed(&mut events, "a", days(3), code());
    checked(&mut events, "a", days(4), true);
    events.at(days(5), PullRequest::PullMerged { pull: pull(), lines: 9, resources: 1 });
    assert!(close(figure(&resolved(), &events, days(32)).value, 0.0));
    checked(&mut events, "a", days(6), true);
    assert!(close(figure(&resolved(), &events, days(32)).value, 1.0));
}
