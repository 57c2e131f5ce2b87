//! K21: agreed learning that was demonstrated, and kept.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::work::{Plan, PlanItem},
    kpi::{Definition, Direction, Exclusion, Flag, Measure, State, Target},
};
use uuid::Uuid;

use crate::{
    at_least, close, defined, excluded, figure, flags,
    support::{Events, INGRID, MAYA, days, hours, start},
    tripped,
};

/// The quarter lasts 91 days from the first day on; the figures are of five days after its end.
const AFTER: i64 = 96;

fn velocity() -> Definition {
    let target = Target { stretch: Some(1.0), ..at_least(0.80) };
    defined(Measure::LearningVelocity, 91, Direction::Up, target, 3)
}

fn item(name: &str, hours: u32) -> PlanItem {
    PlanItem { item: name.into(), minutes: 60 * hours, sign_off: false, recheck: true }
}

fn agreed(events: &mut Events, by: Uuid, after: TimeDelta, items: Vec<PlanItem>) -> Uuid {
    let (from, until) = (start(), start() + days(91));
    events.by(Some(by), after, Plan::PlanAgreed { plan: "q2".into(), items, from, until })
}

fn changed(events: &mut Events, by: Uuid, after: TimeDelta, added: Vec<PlanItem>, removed: &[&str]) -> Uuid {
    let removed = removed.iter().map(ToString::to_string).collect();
    events.by(Some(by), after, Plan::PlanChanged { plan: "q2".into(), added, removed })
}

fn mastered(events: &mut Events, item: &str, after: TimeDelta) -> Uuid {
    events.by(None, after, Plan::ItemMastered { plan: "q2".into(), item: item.into(), evidence: Vec::new() })
}

fn rechecked(events: &mut Events, item: &str, after: TimeDelta, passed: bool) -> Uuid {
    events.by(None, after, Plan::ItemRechecked { plan: "q2".into(), item: item.into(), passed })
}

/// Mastered on a day and passed again three weeks later.
fn learnt(events: &mut Events, item: &str, day: i64) {
    mastered(events, item, days(day));
    rechecked(events, item, days(day + 21), true);
}

/// Of 2 + 3 + 5 hours: 8 are 0.8, 5 are 0.5, all are the stretch.
#[rstest]
#[case(&["b", "c"], 0.8, State::In, Some(false))]
#[case(&["a", "b"], 0.5, State::Below, Some(false))]
#[case(&["a", "b", "c"], 1.0, State::In, Some(true))]
#[case(&[], 0.0, State::Below, Some(false))]
fn what_was_demonstrated_weighs_by_its_hours(
    #[case] done: &[&str],
    #[case] share: f64,
    #[case] state: State,
    #[case] stretch: Option<bool>,
) {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 2), item("b", 3), item("c", 5)]);
    for name in done {
        learnt(&mut events, name, 20);
    }
    let figure = figure(&velocity(), &events, days(AFTER));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!((figure.state, figure.stretch), (state, stretch));
}

#[test]
fn a_plan_of_two_is_too_small_for_a_verdict() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 2), item("b", 3)]);
    learnt(&mut events, "a", 20);
    assert_eq!(figure(&velocity(), &events, days(AFTER)).state, State::Insufficient);
}

#[test]
fn the_plan_is_pending_until_the_quarter_is_over() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1), item("b", 1), item("c", 1)]);
    learnt(&mut events, "a", 20);
    let before = figure(&velocity(), &events, days(90));
    assert_eq!((excluded(&before), before.value), (vec![(Exclusion::Pending, 3)], None));
    assert!(close(figure(&velocity(), &events, days(91)).value, 1.0 / 3.0));
}

/// One plan of one item, mastered on the tenth day; re-checks in days after that.
#[rstest]
#[case::passed_in_time(&[(20, true)], 1.0, false)]
#[case::passed_too_early_is_no_recheck(&[(5, true)], 0.0, true)]
#[case::failed(&[(20, false)], 0.0, true)]
#[case::failed_early(&[(5, false)], 0.0, true)]
#[case::failed_early_and_passed_in_time(&[(5, false), (20, true)], 0.0, true)]
#[case::failed_and_crammed_again(&[(20, false), (21, true)], 0.0, true)]
#[case::passed_and_failed_long_after(&[(20, true), (60, false)], 1.0, false)]
#[case::passed_late(&[(45, true)], 1.0, false)]
#[case::never_taken(&[], 0.0, true)]
fn what_was_mastered_must_be_there_some_weeks_later(
    #[case] checks: &[(i64, bool)],
    #[case] share: f64,
    #[case] lost: bool,
) {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1)]);
    mastered(&mut events, "a", days(10));
    for (day, passed) in checks {
        rechecked(&mut events, "a", days(10 + day), *passed);
    }
    let figure = figure(&velocity(), &events, days(AFTER));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!(flags(&figure), if lost { vec![(Flag::NotRetained, 1)] } else { vec![] });
    if lost {
        assert_eq!(tripped(&figure, "not-retained"), Some(true));
    }
}

/// Crammed on the last day: it counts until the time of the re-check is over.
#[rstest]
#[case::not_yet(119, None, 1.0)]
#[case::over(121, None, 0.0)]
#[case::passed(121, Some(true), 1.0)]
#[case::failed(119, Some(false), 0.0)]
fn what_was_mastered_last_counts_until_its_recheck(#[case] day: i64, #[case] check: Option<bool>, #[case] share: f64) {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1)]);
    mastered(&mut events, "a", days(90));
    if let Some(passed) = check {
        rechecked(&mut events, "a", days(90 + 20), passed);
    }
    assert!(close(figure(&velocity(), &events, days(day)).value, share));
}

#[test]
fn what_was_lost_can_be_mastered_again() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1)]);
    mastered(&mut events, "a", days(10));
    rechecked(&mut events, "a", days(30), false);
    learnt(&mut events, "a", 40);
    let figure = figure(&velocity(), &events, days(AFTER));
    assert!(close(figure.value, 1.0));
    assert_eq!(flags(&figure), []);
}

#[test]
fn what_was_mastered_after_the_quarter_is_too_late() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1)]);
    mastered(&mut events, "a", days(92));
    assert!(close(figure(&velocity(), &events, days(AFTER)).value, 0.0));
}

#[test]
fn reading_is_not_checked_again() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![PlanItem { recheck: false, ..item("a", 1) }]);
    mastered(&mut events, "a", days(10));
    assert!(close(figure(&velocity(), &events, days(AFTER)).value, 1.0));
}

#[rstest]
#[case::by_nobody(None, 0.0)]
#[case::by_oneself(Some(MAYA), 0.0)]
#[case::by_the_manager(Some(INGRID), 1.0)]
fn what_wants_a_sign_off_gets_it_from_somebody_else(#[case] by: Option<Uuid>, #[case] share: f64) {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![PlanItem { sign_off: true, ..item("a", 1) }]);
    learnt(&mut events, "a", 10);
    if by.is_some() {
        events.by(by, days(12), Plan::ItemSignedOff { plan: "q2".into(), item: "a".into() });
    }
    assert!(close(figure(&velocity(), &events, days(AFTER)).value, share));
}

#[test]
fn an_attempt_alone_shows_nothing() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1)]);
    events.at(days(3), Plan::ItemAttempted { plan: "q2".into(), item: "a".into() });
    assert!(close(figure(&velocity(), &events, days(AFTER)).value, 0.0));
}

/// Goals of one's own choice, or chosen when they were reached.
#[rstest]
#[case::by_oneself(MAYA, days(1))]
#[case::by_the_manager_but_late(INGRID, days(15))]
fn a_plan_that_nobody_else_agreed_to_in_time_is_not_believed(#[case] by: Uuid, #[case] after: TimeDelta) {
    let mut events = Events::new();
    agreed(&mut events, by, after, vec![item("a", 1), item("b", 1), item("c", 1)]);
    for name in ["a", "b", "c"] {
        learnt(&mut events, name, 20);
    }
    let figure = figure(&velocity(), &events, days(AFTER));
    assert_eq!((excluded(&figure), figure.state), (vec![(Exclusion::Unconfirmed, 3)], State::Insufficient));
}

#[test]
fn a_plan_of_ones_own_that_the_manager_agrees_to_later_in_time_stands() {
    let mut events = Events::new();
    agreed(&mut events, MAYA, hours(1), vec![item("a", 1), item("b", 9)]);
    agreed(&mut events, INGRID, days(2), vec![item("a", 1), item("b", 1)]);
    learnt(&mut events, "a", 20);
    assert!(close(figure(&velocity(), &events, days(AFTER)).value, 0.5));
}

/// Of a, b, c, each of an hour, only a was learnt; b is taken out.
#[rstest]
#[case::by_oneself_it_stays_in(MAYA, 1.0 / 3.0, &[])]
#[case::by_the_manager_it_is_deferred(INGRID, 0.5, &[(Exclusion::Deferred, 1)])]
fn who_takes_an_item_out_matters(#[case] by: Uuid, #[case] share: f64, #[case] left_out: &[(Exclusion, u32)]) {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1), item("b", 1), item("c", 1)]);
    learnt(&mut events, "a", 20);
    changed(&mut events, by, days(80), Vec::new(), &["b"]);
    let figure = figure(&velocity(), &events, days(AFTER));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!((excluded(&figure).as_slice(), flags(&figure)), (left_out, vec![(Flag::PlanChanged, 1)]));
}

/// Easy items that come in later are beside the figure; and a weight that is changed later stays as it was agreed.
#[test]
fn the_set_stands_as_it_was_agreed() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1), item("b", 3)]);
    changed(&mut events, MAYA, days(60), vec![item("easy", 50)], &[]);
    changed(&mut events, INGRID, days(61), vec![item("a", 50)], &["a"]);
    for name in ["a", "easy"] {
        learnt(&mut events, name, 62);
    }
    let figure = figure(&velocity(), &events, days(AFTER));
    assert!(close(figure.value, 0.25), "{figure:?}");
    assert_eq!(excluded(&figure), [(Exclusion::OtherClass, 1)]);
    assert_eq!(flags(&figure), [(Flag::PlanChanged, 1)]);
}

/// What was mastered last quarter and not lost is an easy goal; what was lost is none.
#[rstest]
#[case::kept(None, &[(Exclusion::OtherClass, 1)])]
#[case::lost(Some(false), &[])]
fn what_one_could_already_do_is_no_goal(#[case] check: Option<bool>, #[case] left_out: &[(Exclusion, u32)]) {
    let mut events = Events::new();
    let before = || "q1".to_string();
    let item_of = || "a".to_string();
    events.by(None, -days(40), Plan::ItemMastered { plan: before(), item: item_of(), evidence: Vec::new() });
    if let Some(passed) = check {
        events.by(None, -days(20), Plan::ItemRechecked { plan: before(), item: item_of(), passed });
    }
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1), item("b", 1)]);
    learnt(&mut events, "a", 20);
    assert_eq!(excluded(&figure(&velocity(), &events, days(AFTER))), left_out);
}

#[test]
fn what_was_mastered_before_it_was_agreed_is_no_goal_either() {
    let mut events = Events::new();
    mastered(&mut events, "a", days(3));
    agreed(&mut events, INGRID, days(5), vec![item("a", 1)]);
    assert_eq!(excluded(&figure(&velocity(), &events, days(AFTER))), [(Exclusion::OtherClass, 1)]);
}

/// The learner says to have mastered it, or to have passed the re-check.
#[rstest]
#[case::mastery(true, false)]
#[case::the_recheck(false, true)]
fn ones_own_word_is_no_demonstration(#[case] mastery: bool, #[case] check: bool) {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1)]);
    let says = |oneself: bool| oneself.then_some(MAYA);
    let (plan, item) = (|| "q2".to_string(), || "a".to_string());
    events.by(says(mastery), days(10), Plan::ItemMastered { plan: plan(), item: item(), evidence: Vec::new() });
    events.by(says(check), days(31), Plan::ItemRechecked { plan: plan(), item: item(), passed: true });
    assert!(close(figure(&velocity(), &events, days(AFTER)).value, 0.0));
}

#[test]
fn what_the_manager_took_out_stays_deferred() {
    let mut events = Events::new();
    agreed(&mut events, INGRID, hours(1), vec![item("a", 1), item("b", 1)]);
    changed(&mut events, INGRID, days(20), Vec::new(), &["b"]);
    changed(&mut events, MAYA, days(30), Vec::new(), &["b"]);
    assert_eq!(excluded(&figure(&velocity(), &events, days(AFTER))), [(Exclusion::Deferred, 1)]);
}

#[test]
fn what_was_changed_before_the_plan_was_agreed_is_no_change() {
    let mut events = Events::new();
    changed(&mut events, INGRID, hours(1), Vec::new(), &["a"]);
    agreed(&mut events, INGRID, hours(2), vec![item("a", 1)]);
    let figure = figure(&velocity(), &events, days(AFTER));
    assert_eq!((excluded(&figure), flags(&figure)), (vec![], vec![]));
}
