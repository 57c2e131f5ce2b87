//! What a gap of the ledger leaves open, and what it does not.

use rstest::rstest;
use scorecards::score::{
    Outcome,
    Outcome::{Clean, Cost, Earned, Missed, NotObserved},
};

use crate::support::outcome;

#[rstest]
#[case::seen_is_seen(r#"{"expect": {"ran": ["a"]}}"#, "1 a; 2 !gap 1", Earned)]
#[case::not_seen_may_be_lost(r#"{"expect": {"ran": ["a"]}}"#, "1 b; 2 !gap 1", NotObserved)]
#[case::a_cost_is_a_cost(r#"{"forbid": {"ran": ["a"]}}"#, "1 a; 2 !gap 1", Cost)]
#[case::not_seen_may_have_been(r#"{"forbid": {"ran": ["a"]}}"#, "1 b; 2 !gap 1", NotObserved)]
#[case::nothing_is_lost(r#"{"forbid": {"ran": ["a"]}}"#, "1 b; 2 !gap 0", Clean)]
// before
#[case::the_other_may_be_lost(r#"{"expect": {"ran": ["a"], "before": ["b"]}}"#, "1 a; 2 !gap 1", NotObserved)]
#[case::or_not_after_it(r#"{"expect": {"ran": ["a"], "before": ["b"]}}"#, "1 !gap 1; 2 a", NotObserved)]
#[case::whatever_is_lost_it_was_before(r#"{"expect": {"ran": ["a"], "before": ["b"]}}"#, "1 !gap 1; 2 a; 3 b", Earned)]
// before-first
#[case::the_first_may_be_lost(
    r#"{"expect": {"ran": ["a"], "before-first": ["b"]}}"#,
    "1 x; 2 !gap 1; 3 a; 4 b",
    NotObserved
)]
#[case::what_is_lost_comes_after(r#"{"expect": {"ran": ["a"], "before-first": ["b"]}}"#, "1 a; 2 !gap 1; 3 b", Earned)]
#[case::it_is_too_late_for_what_is_lost(
    r#"{"expect": {"ran": ["a"], "before-first": ["b"]}}"#,
    "1 b; 2 !gap 9; 3 a; 4 b",
    Missed
)]
#[case::a_lost_one_could_have_been_in_time(
    r#"{"expect": {"ran": ["a"], "before-first": ["b"]}}"#,
    "1 !gap 9; 2 b; 3 a; 4 b",
    NotObserved
)]
// after-last
#[case::the_last_may_be_lost(r#"{"expect": {"ran": ["a"], "after-last": ["b"]}}"#, "1 b; 2 a; 3 !gap 1", NotObserved)]
#[case::what_is_lost_comes_before(r#"{"expect": {"ran": ["a"], "after-last": ["b"]}}"#, "1 b; 2 !gap 1; 3 a", Earned)]
#[case::what_is_lost_is_too_early(r#"{"expect": {"ran": ["a"], "after-last": ["b"]}}"#, "1 a; 2 !gap 9; 3 b", Missed)]
// within
#[case::what_is_lost_is_too_late(r#"{"expect": {"ran": ["a"], "within": "5s"}}"#, "1 !ready; 7 b; 8 !gap 9", Missed)]
#[case::what_is_lost_may_be_in_time(
    r#"{"expect": {"ran": ["a"], "within": "5s"}}"#,
    "1 !ready; 2 b; 8 !gap 9",
    NotObserved
)]
// exit
#[case::its_end_may_be_lost(r#"{"expect": {"ran": ["a"], "exit": 0}}"#, "1? a; 2 !gap 1", NotObserved)]
#[case::its_end_is_not_lost(r#"{"expect": {"ran": ["a"], "exit": 3}}"#, "1 x; 1 !gap 1; 2 b; 3? a", NotObserved)]
#[case::it_never_ended(r#"{"expect": {"ran": ["a"], "exit": 0}}"#, "1? a", Missed)]
fn what_is_lost_leaves_open_only_what_it_could_decide(#[case] form: &str, #[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(form, what), result);
}

/// A lost entry lies after the entry before it, not anywhere before the gap's own moment.
#[test]
fn a_gap_begins_where_the_record_breaks_off() {
    let form = r#"{"expect": {"ran": ["a"], "before-first": ["b"]}}"#;
    assert_eq!(outcome(form, "1 b; 100 !gap 5; 101 a; 102 b"), Missed);
    assert_eq!(outcome(form, "1 a; 2 !terminal; 100 !gap 5; 101 b"), Earned);
}
