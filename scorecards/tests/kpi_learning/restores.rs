//! K15: restore tests taken part in, and with what evidence.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Source,
        work::{Count, Restore},
    },
    kpi::{Definition, Direction, Exclusion, Flag, Measure, State},
};
use uuid::Uuid;

use crate::{
    PRIYA, all, at_least, close, defined, excluded, figure, flags,
    support::{Events, INGRID, MAYA, days, hours, minutes, start},
    text, tripped,
};

fn participation() -> Definition {
    defined(Measure::RestoreParticipation, 91, Direction::Up, at_least(1.0), 1)
}

fn evidence() -> Definition {
    defined(Measure::RestoreEvidence, 91, Direction::Up, at_least(1.0), 1)
}

fn scheduled(events: &mut Events, by: Uuid, after: TimeDelta, test: &str, on: TimeDelta) -> Uuid {
    events.by(Some(by), after, Restore::RestoreScheduled { test: test.into(), on: start() + on })
}

fn started(events: &mut Events, by: Uuid, after: TimeDelta, test: &str, snapshot: &str) -> Uuid {
    events.by(Some(by), after, Restore::RestoreStarted { test: test.into(), snapshot: snapshot.into() })
}

fn same(number: u64) -> Option<Count> {
    Some(Count { restored: number, source: number })
}

fn verified(test: &str, sum: &str, source: &str, files: Option<Count>, rows: Option<Count>) -> Restore {
    Restore::RestoreVerified { test: test.into(), checksum: sum.into(), source_checksum: source.into(), files, rows }
}

fn reported(test: &str, took: Option<u32>, cleaned_up: bool) -> Restore {
    Restore::RestoreReported { test: test.into(), took_minutes: took, cleaned_up, report: text(test) }
}

/// Everything that a test should have; on this day.
fn whole(events: &mut Events, test: &str, day: i64) {
    scheduled(events, INGRID, days(day) - hours(1), test, days(day));
    started(events, MAYA, days(day), test, &format!("snapshot-{day}"));
    let sum = format!("sum-{day}");
    events.at(days(day) + minutes(40), verified(test, &sum, &sum, same(12), same(3400)));
    events.at(days(day) + hours(2), reported(test, Some(35), true));
}

#[test]
fn a_test_that_was_taken_part_in_with_full_evidence_meets_both() {
    let mut events = Events::new();
    whole(&mut events, "march", 1);
    for definition in [participation(), evidence()] {
        let figure = figure(&definition, &events, days(10));
        assert!(close(figure.value, 1.0), "{figure:?}");
        assert_eq!((figure.state, excluded(&figure), flags(&figure)), (State::In, vec![], vec![]));
        assert!(!figure.events.is_empty());
    }
}

/// Two of three.
#[test]
fn a_test_that_was_missed_counts_against_participation_only() {
    let mut events = Events::new();
    whole(&mut events, "one", 1);
    whole(&mut events, "two", 8);
    scheduled(&mut events, INGRID, days(14), "three", days(15));
    let (part, shown) = (figure(&participation(), &events, days(30)), figure(&evidence(), &events, days(30)));
    assert!(close(part.value, 2.0 / 3.0));
    assert_eq!((part.state, shown.state, shown.count), (State::Below, State::In, 2));
}

#[test]
fn without_a_test_nothing_is_said() {
    let mut events = Events::new();
    started(&mut events, MAYA, hours(1), "by-the-way", "s");
    for definition in [participation(), evidence()] {
        let figure = figure(&definition, &events, days(10));
        assert_eq!((figure.state, figure.value), (State::Insufficient, None));
    }
}

#[rstest]
#[case::by_oneself(MAYA, hours(25), 1.0)]
#[case::a_day_after_at_the_latest(MAYA, hours(48), 1.0)]
#[case::later(MAYA, hours(49), 0.0)]
#[case::by_a_colleague(PRIYA, hours(25), 0.0)]
fn taking_part_is_to_restore_oneself_and_in_time(#[case] who: Uuid, #[case] when: TimeDelta, #[case] share: f64) {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "test", hours(24));
    started(&mut events, who, when, "test", "s");
    assert!(close(figure(&participation(), &events, days(9)).value, share));
}

#[test]
fn a_test_is_pending_until_one_may_not_begin_any_more() {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "test", hours(24));
    let at = |after| figure(&participation(), &events, after);
    assert_eq!(excluded(&at(hours(47))), [(Exclusion::Pending, 1)]);
    assert_eq!((excluded(&at(hours(48))), at(hours(48)).state), (vec![], State::Below));
}

#[rstest]
#[case::by_somebody_else_in_time(INGRID, hours(23), &[(Exclusion::ApprovedException, 1)], None)]
#[case::by_oneself(MAYA, hours(23), &[], Some(0.0))]
#[case::when_it_was_over(INGRID, hours(25), &[], Some(0.0))]
fn a_test_that_somebody_else_cancelled_is_an_exception(
    #[case] who: Uuid,
    #[case] when: TimeDelta,
    #[case] left_out: &[(Exclusion, u32)],
    #[case] value: Option<f64>,
) {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "test", hours(24));
    events.by(Some(who), when, Restore::RestoreCancelled { test: "test".into() });
    let figure = figure(&participation(), &events, days(9));
    assert_eq!((excluded(&figure).as_slice(), figure.value), (left_out, value));
}

/// Due after a day and not done; moved to the fifth day and done then.
#[rstest]
#[case::by_the_manager(INGRID, hours(20), 1.0, &[])]
#[case::by_oneself(MAYA, hours(20), 1.0, &[(Flag::ScheduleChanged, 1)])]
#[case::when_it_was_over(INGRID, hours(30), 0.0, &[])]
fn a_test_may_be_moved_before_it_is_due(
    #[case] who: Uuid,
    #[case] when: TimeDelta,
    #[case] share: f64,
    #[case] flagged: &[(Flag, u32)],
) {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "test", hours(24));
    scheduled(&mut events, who, when, "test", days(5));
    started(&mut events, MAYA, days(5), "test", "s");
    let figure = figure(&participation(), &events, days(6));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!(flags(&figure), flagged);
}

/// What is said to be restored but was never compared: attended, and full of holes.
#[test]
fn restored_without_verification_is_flagged_and_has_no_evidence() {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "test", hours(24));
    started(&mut events, MAYA, hours(24), "test", "snapshot-1");
    events.at(hours(25), reported("test", Some(10), true));
    let mut guarded = participation();
    guarded.guards = vec!["restore-evidence".into()];
    let figures = all(&[guarded, evidence()], &events, start() + days(9));
    assert!(close(figures[0].value, 1.0));
    assert_eq!(flags(&figures[0]), [(Flag::Unverified, 1)]);
    assert_eq!(tripped(&figures[0], "restore-evidence"), Some(true));
    assert!(close(figures[1].value, 0.0));
}

#[rstest]
#[case::all_of_it("s1", verified("t", "ab", "AB ", same(3), same(9)), reported("t", Some(5), true), true)]
#[case::files_alone("s1", verified("t", "ab", "ab", same(3), None), reported("t", Some(5), true), true)]
#[case::rows_alone("s1", verified("t", "ab", "ab", None, same(9)), reported("t", Some(5), true), true)]
#[case::no_snapshot(" ", verified("t", "ab", "ab", same(3), same(9)), reported("t", Some(5), true), false)]
#[case::no_checksum("s1", verified("t", "", "", same(3), same(9)), reported("t", Some(5), true), false)]
#[case::another_checksum("s1", verified("t", "ab", "cd", same(3), same(9)), reported("t", Some(5), true), false)]
#[case::nothing_counted("s1", verified("t", "ab", "ab", None, None), reported("t", Some(5), true), false)]
#[case::files_missing("s1", verified("t", "ab", "ab", Some(Count { restored: 2, source: 3 }), None), reported("t", Some(5), true), false)]
#[case::rows_missing("s1", verified("t", "ab", "ab", same(3), Some(Count { restored: 8, source: 9 })), reported("t", Some(5), true), false)]
#[case::no_time("s1", verified("t", "ab", "ab", same(3), same(9)), reported("t", None, true), false)]
#[case::left_lying_about("s1", verified("t", "ab", "ab", same(3), same(9)), reported("t", Some(5), false), false)]
fn evidence_is_full_or_it_is_none(
    #[case] snapshot: &str,
    #[case] compared: Restore,
    #[case] report: Restore,
    #[case] met: bool,
) {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "t", hours(24));
    started(&mut events, MAYA, hours(24), "t", snapshot);
    events.at(hours(25), compared);
    events.at(hours(26), report);
    let figure = figure(&evidence(), &events, days(9));
    assert!(close(figure.value, f64::from(u8::from(met))), "{figure:?}");
}

#[test]
fn evidence_is_pending_until_the_report_is_due_and_then_too_late() {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "t", hours(24));
    started(&mut events, MAYA, hours(24), "t", "s1");
    events.at(hours(25), verified("t", "ab", "ab", same(3), None));
    assert_eq!(excluded(&figure(&evidence(), &events, days(3))), [(Exclusion::Pending, 1)]);
    events.at(days(4) + minutes(1), reported("t", Some(5), true));
    let figure = figure(&evidence(), &events, days(5));
    assert_eq!((excluded(&figure), figure.value), (vec![], Some(0.0)));
}

#[test]
fn what_was_compared_before_anything_was_restored_is_stale() {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "t", hours(24));
    events.at(hours(23), verified("t", "ab", "ab", same(3), None));
    started(&mut events, MAYA, hours(24), "t", "s1");
    events.at(hours(26), reported("t", Some(5), true));
    let figure = figure(&evidence(), &events, days(9));
    assert!(close(figure.value, 0.0));
    assert_eq!(flags(&figure), [(Flag::StaleEvidence, 1)]);
}

/// The checksum of one snapshot cannot be that of another.
#[test]
fn the_evidence_of_another_test_is_flagged() {
    let mut events = Events::new();
    whole(&mut events, "one", 1);
    scheduled(&mut events, INGRID, days(7), "two", days(8));
    started(&mut events, MAYA, days(8), "two", "snapshot-8");
    events.at(days(8) + hours(1), verified("two", "sum-1", "sum-1", same(12), same(3400)));
    events.at(days(8) + hours(2), reported("two", Some(5), true));
    let figure = figure(&evidence(), &events, days(20));
    assert_eq!(flags(&figure), [(Flag::StaleEvidence, 2)], "of both, for who knows which is the true one");
}

/// A restore that took nine hours is as good as one that took five minutes.
#[test]
fn how_long_it_took_is_no_target() {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "t", hours(24));
    started(&mut events, MAYA, hours(24), "t", "s1");
    events.at(hours(33), verified("t", "ab", "ab", same(3), None));
    events.at(hours(34), reported("t", Some(540), true));
    assert!(close(figure(&evidence(), &events, days(9)).value, 1.0));
}

#[rstest]
#[case::in_a_lab_the_grader_compares(Source::Simulated, false, 1.0)]
#[case::and_not_the_learner(Source::Simulated, true, 0.0)]
#[case::at_work_there_may_be_no_grader(Source::Imported, true, 1.0)]
fn in_a_lab_ones_own_comparison_is_no_evidence(#[case] series: Source, #[case] oneself: bool, #[case] share: f64) {
    let mut events = Events::of(MAYA, series);
    scheduled(&mut events, INGRID, hours(0), "t", hours(24));
    started(&mut events, MAYA, hours(24), "t", "s1");
    events.by(oneself.then_some(MAYA), hours(25), verified("t", "ab", "ab", same(3), None));
    events.at(hours(26), reported("t", Some(5), true));
    assert!(close(figure(&evidence(), &events, days(9)).value, share));
}

#[test]
fn two_restores_of_one_snapshot_have_one_checksum() {
    let mut events = Events::new();
    for (test, day) in [("one", 1), ("two", 8)] {
        scheduled(&mut events, INGRID, days(day) - hours(1), test, days(day));
        started(&mut events, MAYA, days(day), test, "the-same-snapshot");
        events.at(days(day) + hours(1), verified(test, "ab", "ab", same(3), None));
        events.at(days(day) + hours(2), reported(test, Some(5), true));
    }
    assert_eq!(flags(&figure(&evidence(), &events, days(20))), []);
}

#[test]
fn the_same_report_twice_is_flagged() {
    let mut events = Events::new();
    for (test, day) in [("one", 1), ("two", 8)] {
        scheduled(&mut events, INGRID, days(day) - hours(1), test, days(day));
        started(&mut events, MAYA, days(day), test, &format!("snapshot-{day}"));
        events.at(days(day) + hours(1), verified(test, &format!("sum-{day}"), &format!("sum-{day}"), same(3), None));
        let (test, report) = (test.to_string(), text("pasted"));
        let reported = Restore::RestoreReported { test, took_minutes: Some(5), cleaned_up: true, report };
        events.at(days(day) + hours(2), reported);
    }
    assert_eq!(flags(&figure(&evidence(), &events, days(20))), [(Flag::StaleEvidence, 2)]);
}

#[test]
fn a_test_that_was_cancelled_and_planned_again_counts() {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "test", hours(24));
    events.by(Some(INGRID), hours(5), Restore::RestoreCancelled { test: "test".into() });
    scheduled(&mut events, INGRID, hours(6), "test", days(5));
    let figure = figure(&participation(), &events, days(9));
    assert_eq!((excluded(&figure), figure.value), (vec![], Some(0.0)));
}

/// Begun in spite of the cancellation, it was taken part in.
#[test]
fn a_test_that_was_cancelled_and_done_all_the_same_counts() {
    let mut events = Events::new();
    scheduled(&mut events, INGRID, hours(0), "test", hours(24));
    events.by(Some(INGRID), hours(5), Restore::RestoreCancelled { test: "test".into() });
    started(&mut events, MAYA, hours(24), "test", "s");
    let figure = figure(&participation(), &events, days(9));
    assert_eq!((excluded(&figure), figure.value), (vec![], Some(1.0)));
}
