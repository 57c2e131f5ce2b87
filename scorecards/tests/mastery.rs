//! Mastery and its re-check: by hand, in words, by properties.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use rstest::rstest;
use scorecards::mastery::{Mastery, MasteryRule, NotCounted, Recheck, State, Try, mastery, recheck};
use uuid::Uuid;

/// Thursday, 26 November 2026, 15:00 UTC, and so many hours later.
fn hour(hours: i64) -> DateTime<Utc> {
    "2026-11-26T15:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::hours(hours)
}

const DAY: i64 = 24;

fn pass(number: u128, hours: i64, variant: &str) -> Try {
    Try {
        attempt: Uuid::from_u128(number),
        at: hour(hours),
        variant: variant.into(),
        passed: true,
        highest_hint: 0,
        undecided: false,
    }
}

fn failed(number: u128, hours: i64, variant: &str) -> Try {
    Try { passed: false, ..pass(number, hours, variant) }
}

fn at_last(tries: &[Try]) -> Mastery {
    mastery(tries, &MasteryRule::default(), hour(1000 * DAY))
}

fn mastered_at(tries: &[Try]) -> Option<DateTime<Utc>> {
    at_last(tries).since()
}

#[rstest]
#[case::nothing(&[], None)]
#[case::once(&[pass(1, 0, "a")], None)]
#[case::twice_a_week_apart(&[pass(1, 0, "a"), pass(2, 7 * DAY, "b")], Some(7 * DAY))]
#[case::an_hour_too_early(&[pass(1, 0, "a"), pass(2, 7 * DAY - 1, "b")], None)]
#[case::the_same_variant(&[pass(1, 0, "a"), pass(2, 8 * DAY, "a")], None)]
#[case::the_third_is_a_week_after_the_first(
    &[pass(1, 0, "a"), pass(2, 3 * DAY, "b"), pass(3, 8 * DAY, "b")], Some(8 * DAY)
)]
// a at 0 and 8 are the same variant; b at 5 is neither 7 days after a at 0 nor 7 before a at 8.
#[case::only_crosswise(&[pass(1, 0, "a"), pass(2, 5 * DAY, "b"), pass(3, 8 * DAY, "a")], None)]
#[case::crosswise_and_late(&[pass(1, 0, "a"), pass(2, 5 * DAY, "b"), pass(3, 12 * DAY, "a")], Some(12 * DAY))]
#[case::a_first_hint_is_allowed(
    &[Try { highest_hint: 1, ..pass(1, 0, "a") }, pass(2, 7 * DAY, "b")], Some(7 * DAY)
)]
#[case::a_second_hint_is_not(&[Try { highest_hint: 2, ..pass(1, 0, "a") }, pass(2, 7 * DAY, "b")], None)]
#[case::nothing_may_be_undecided(&[pass(1, 0, "a"), Try { undecided: true, ..pass(2, 7 * DAY, "b") }], None)]
#[case::a_failed_one_is_none(&[failed(1, 0, "a"), pass(2, 7 * DAY, "b")], None)]
#[case::a_failed_one_between_does_not_matter(
    &[pass(1, 0, "a"), failed(2, 3 * DAY, "b"), pass(3, 7 * DAY, "b")], Some(7 * DAY)
)]
#[case::what_is_mastered_stays_so(
    &[pass(1, 0, "a"), pass(2, 7 * DAY, "b"), failed(3, 20 * DAY, "c")], Some(7 * DAY)
)]
fn mastery_is_two_variants_a_week_apart(#[case] tries: &[Try], #[case] expected: Option<i64>) {
    assert_eq!(mastered_at(tries), expected.map(hour));
}

#[test]
fn it_names_the_two_attempts_it_rests_on() {
    let ours = at_last(&[pass(1, 0, "a"), pass(2, DAY, "a"), pass(3, 9 * DAY, "b")]);
    let (first, second) = (Uuid::from_u128(1), Uuid::from_u128(3));
    assert_eq!(ours.state, State::Mastered { at: hour(9 * DAY), first, second });
}

#[test]
fn what_is_later_than_the_day_asked_about_is_not_known() {
    let tries = [pass(1, 0, "a"), pass(2, 7 * DAY, "b")];
    let before = mastery(&tries, &MasteryRule::default(), hour(7 * DAY - 1));
    assert!(matches!(before.state, State::Begun { .. }));
}

#[rstest]
#[case::not_begun(&[], &[
    "Two passes are missing: in different variants, the second at least 7 days after the first, with no hint above hint 1."
])]
#[case::begun(&[pass(1, 0, "seed 7")], &[
    "One more pass is missing: in another variant than “seed 7”, from 3 December 2026, 15:00 UTC."
])]
#[case::mastered(&[pass(1, 0, "a"), pass(2, 7 * DAY, "b")], &[
    "Mastered since 3 December 2026, 15:00 UTC: passed in two variants, at least 7 days apart."
])]
#[case::not_counted(
    &[Try { highest_hint: 3, ..pass(1, 0, "a") }, Try { undecided: true, ..pass(2, DAY, "a") }, pass(3, 2 * DAY, "a")],
    &[
        "One more pass is missing: in another variant than “a”, from 5 December 2026, 15:00 UTC.",
        "The pass of 26 November 2026, 15:00 UTC does not count: hint 3 was taken, at most hint 1 may be.",
        "The pass of 27 November 2026, 15:00 UTC does not count: something in it could not be decided.",
    ]
)]
fn what_is_missing_is_said_in_words(#[case] tries: &[Try], #[case] expected: &[&str]) {
    assert_eq!(at_last(tries).words(), expected);
}

#[test]
fn who_comes_at_the_time_that_is_said_is_not_too_early() {
    let first = Try { at: "2026-11-26T15:04:30.5Z".parse().unwrap(), ..pass(1, 0, "a") };
    let said = at_last(std::slice::from_ref(&first)).words().remove(0);
    assert!(said.ends_with("from 3 December 2026, 15:05 UTC."), "{said}");
    let second = Try { at: "2026-12-03T15:05:00Z".parse().unwrap(), ..pass(2, 0, "b") };
    assert!(mastered_at(&[first, second]).is_some());
}

#[test]
fn why_a_pass_does_not_count_is_typed() {
    let ours = at_last(&[Try { highest_hint: 2, undecided: true, ..pass(1, 0, "a") }]);
    assert_eq!(ours.state, State::NotBegun);
    assert_eq!(ours.not_counted, [(Uuid::from_u128(1), hour(0), NotCounted::Hint { taken: 2, allowed: 1 })]);
}

fn rechecked(tries: &[Try], day: i64) -> Recheck {
    recheck(hour(0), tries, &MasteryRule::default(), hour(day * DAY))
}

const ONE: Uuid = Uuid::from_u128(1);

#[rstest]
#[case::too_early(&[], 13, Recheck::NotYet { from: hour(14 * DAY) })]
#[case::due(&[], 14, Recheck::Due { until: hour(30 * DAY) })]
#[case::due_until_the_last_moment(&[], 30, Recheck::Due { until: hour(30 * DAY) })]
#[case::overdue(&[], 31, Recheck::Overdue { since: hour(30 * DAY) })]
#[case::kept(&[pass(1, 20 * DAY, "c")], 40, Recheck::Kept { attempt: ONE, at: hour(20 * DAY), late: false })]
#[case::kept_late(&[pass(1, 35 * DAY, "c")], 40, Recheck::Kept { attempt: ONE, at: hour(35 * DAY), late: true })]
#[case::lost(&[failed(1, 20 * DAY, "c")], 40, lost(None))]
#[case::lost_is_not_mended_by_a_second_try(&[failed(1, 20 * DAY, "c"), pass(2, 21 * DAY, "c")], 40, lost(None))]
#[case::lost_if_it_took_more_help(
    &[Try { highest_hint: 2, ..pass(1, 20 * DAY, "c") }], 40, lost(Some(NotCounted::Hint { taken: 2, allowed: 1 }))
)]
#[case::before_its_time_it_shows_nothing(&[pass(1, 13 * DAY, "c")], 20, Recheck::Due { until: hour(30 * DAY) })]
#[case::undecided_decides_nothing(
    &[Try { undecided: true, ..failed(1, 20 * DAY, "c") }], 40, Recheck::Overdue { since: hour(30 * DAY) }
)]
#[case::not_yet_known(&[pass(1, 20 * DAY, "c")], 19, Recheck::Due { until: hour(30 * DAY) })]
fn the_recheck_asks_whether_it_has_stayed(#[case] tries: &[Try], #[case] day: i64, #[case] expected: Recheck) {
    assert_eq!(rechecked(tries, day), expected);
}

fn lost(why: Option<NotCounted>) -> Recheck {
    Recheck::Lost { attempt: ONE, at: hour(20 * DAY), late: false, why }
}

#[rstest]
#[case(&[], 1, "The re-check can be made from 10 December 2026, 15:00 UTC.")]
#[case(&[], 20, "The re-check is due, until 26 December 2026, 15:00 UTC.")]
#[case(&[], 31, "The re-check is overdue since 26 December 2026, 15:00 UTC.")]
#[case(&[pass(1, 35 * DAY, "c")], 40, "It has stayed: passed again on 31 December 2026, 15:00 UTC, later than planned.")]
#[case(&[failed(1, 20 * DAY, "c")], 40, "It has not stayed: the re-check on 16 December 2026, 15:00 UTC was not passed.")]
#[case(
    &[Try { highest_hint: 2, ..pass(1, 20 * DAY, "c") }], 40,
    "It has not stayed: the re-check on 16 December 2026, 15:00 UTC was passed, but hint 2 was taken, at most hint 1 may be."
)]
fn the_recheck_speaks(#[case] tries: &[Try], #[case] day: i64, #[case] expected: &str) {
    assert_eq!(rechecked(tries, day).to_string(), expected);
}

#[test]
fn at_the_end_of_time_nothing_panics() {
    let late = Try { at: DateTime::<Utc>::MAX_UTC, ..pass(1, 0, "a") };
    let rule = MasteryRule { apart_days: u32::MAX, recheck_from_days: u32::MAX, ..MasteryRule::default() };
    let ours = mastery(std::slice::from_ref(&late), &rule, DateTime::<Utc>::MAX_UTC);
    assert_eq!(ours.words().len(), 1);
    let _: String = recheck(DateTime::<Utc>::MIN_UTC, &[late], &rule, DateTime::<Utc>::MAX_UTC).to_string();
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let one = (0..40_i64, 0..3_u8, prop::bool::weighted(0.8), 0..3_u32, prop::bool::weighted(0.1));
    prop::collection::vec(one, 0..8).prop_map(|all| {
        let each = all.into_iter().enumerate().map(|(n, (day, variant, passed, highest_hint, undecided))| Try {
            passed,
            highest_hint,
            undecided,
            ..pass(n as u128 + 1, day * DAY, &variant.to_string())
        });
        each.collect()
    })
}

proptest! {
    #[test]
    fn the_order_of_attempts_changes_nothing(tries in tries(), day in 0..50_i64) {
        let reversed: Vec<Try> = tries.iter().rev().cloned().collect();
        let (rule, as_of) = (MasteryRule::default(), hour(day * DAY));
        prop_assert_eq!(mastery(&tries, &rule, as_of), mastery(&reversed, &rule, as_of));
        prop_assert_eq!(recheck(hour(0), &tries, &rule, as_of), recheck(hour(0), &reversed, &rule, as_of));
    }

    #[test]
    fn one_more_attempt_never_undoes_or_delays_mastery(tries in tries(), more in tries()) {
        let before = mastered_at(&tries);
        let more = more.into_iter().map(|one| Try { attempt: Uuid::from_u128(one.attempt.as_u128() + 100), ..one });
        let after = mastered_at(&tries.into_iter().chain(more).collect::<Vec<_>>());
        prop_assert!(before.is_none() || after.is_some_and(|after| Some(after) <= before));
    }

    #[test]
    fn the_second_pass_is_taken_when_and_where_it_was_said(tries in tries()) {
        if let State::Begun { from, other_than, .. } = at_last(&tries).state {
            // Nobody makes an attempt before one that is over.
            let now = tries.iter().map(|one| one.at).max().unwrap().max(from);
            let second = Try { at: now, ..pass(999, 0, &format!("not {other_than}")) };
            let with = |second: Try| mastered_at(&tries.iter().cloned().chain([second]).collect::<Vec<_>>());
            prop_assert_eq!(with(second.clone()), Some(now));
            prop_assert_eq!(with(Try { variant: other_than, ..second.clone() }).filter(|_| tries.len() == 1), None);
            if now == from {
                prop_assert_eq!(with(Try { at: from - TimeDelta::seconds(1), ..second }), None);
            }
        }
    }
}
