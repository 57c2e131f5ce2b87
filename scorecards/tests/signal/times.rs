//! When something was done: before, after, within, so many times.

use rstest::rstest;
use scorecards::{
    event::{Kind, PauseReason},
    score::{
        Outcome,
        Outcome::{Clean, Cost, Earned, Missed, NotObserved},
        score,
    },
};

use crate::support::{at, event, line, outcome, pattern, signal, story};

#[rstest]
#[case::before_the_only_one("1 a; 2 b", Earned)]
#[case::before_a_later_one("1 b; 2 a; 3 b", Earned)]
#[case::too_late("1 b; 2 a", Missed)]
#[case::without_any("1 a", Missed)]
#[case::begun_before_and_still_open("1..9 a; 2 b", Earned)]
#[case::at_the_same_moment_in_their_order("1 a; 1 b", Earned)]
#[case::at_the_same_moment_the_other_way("1 b; 1 a", Missed)]
#[case::a_copy_of_the_other_program("1 a; 2~ b", Missed)]
#[case::a_service_did_the_other("1 a; 2s b", Missed)]
fn before(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["a"], "before": ["b"]}}"#, what), result);
}

/// Where a code is asked for, a run counts from its end.
#[rstest]
#[case("1..2 a; 2 b", Earned)]
#[case("1..9 a; 2 b", Missed)]
#[case("1=1 a; 2 b", Missed)]
#[case("1? a; 2 b", Missed)]
fn before_with_a_code(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["a"], "exit": 0, "before": ["b"]}}"#, what), result);
}

#[rstest]
#[case::before_the_only_one("1 a; 2 b", Earned)]
#[case::before_a_later_one("1 b; 2 a; 3 b", Missed)]
#[case::without_any("1 a", Missed)]
#[case::a_copy_of_the_other_program_does_not_hide_the_first("1~ b; 2 a; 3 b", Missed)]
fn before_the_first(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["a"], "before-first": ["b"]}}"#, what), result);
}

#[rstest]
#[case::after_the_only_one("1 b; 2 a", Earned)]
#[case::after_the_first_of_two("1 b; 2 a; 3 b", Earned)]
#[case::too_early("1 a; 2 b", Missed)]
#[case::without_any("1 a", Missed)]
#[case::a_copy_of_the_other_program("1~ b; 2 a", Missed)]
fn after(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["a"], "after": ["b"]}}"#, what), result);
}

#[rstest]
#[case::after_the_only_one("1 b; 2 a", Earned)]
#[case::after_the_first_of_two("1 b; 2 a; 3 b", Missed)]
#[case::after_both("1 b; 2 a; 3 b; 4 a", Earned)]
#[case::without_any("1 a", Missed)]
#[case::a_copy_of_the_other_program_counts_as_the_last("1 b; 2 a; 3~ b", Missed)]
fn after_the_last(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"ran": ["a"], "after-last": ["b"]}}"#, what), result);
}

/// What would spare the learner needs the lab's own program as well.
#[rstest]
#[case("1 a; 2 b", Cost)]
#[case("1~ a; 2 b", Cost)]
#[case("1 a; 2~ b", Cost)]
#[case("1 b; 2 a; 3 b", Clean)]
#[case("1~ b; 2 a; 3 b", Cost)]
fn what_is_forbidden_before_the_first(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"forbid": {"ran": ["a"], "before-first": ["b"]}}"#, what), result);
}

#[rstest]
#[case::of_the_start(r#"{"ran": ["a"], "within": "5m"}"#, "10 !ready; 310 a", Earned)]
#[case::of_the_start_too_late(r#"{"ran": ["a"], "within": "5m"}"#, "10 !ready; 311 a", Missed)]
#[case::of_the_first_thing_done(r#"{"ran": ["a"], "within": "5m"}"#, "10 x; 310 a", Earned)]
#[case::of_the_first_thing_done_too_late(r#"{"ran": ["a"], "within": "5m"}"#, "10 x; 311 a", Missed)]
#[case::after_another(r#"{"ran": ["a"], "after": ["b"], "within": "10s"}"#, "1 b; 20 b; 30 a", Earned)]
#[case::after_another_too_late(r#"{"ran": ["a"], "after": ["b"], "within": "10s"}"#, "1 b; 20 b; 31 a", Missed)]
#[case::after_the_last(r#"{"ran": ["a"], "after-last": ["b"], "within": "10s"}"#, "1 b; 11 a", Earned)]
#[case::after_the_last_too_late(r#"{"ran": ["a"], "after-last": ["b"], "within": "10s"}"#, "1 b; 12 a", Missed)]
#[case::before_another(r#"{"ran": ["a"], "before": ["b"], "within": "10s"}"#, "1 a; 11 b", Earned)]
#[case::before_another_too_early(r#"{"ran": ["a"], "before": ["b"], "within": "10s"}"#, "1 a; 12 b", Missed)]
fn within(#[case] form: &str, #[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(&format!(r#"{{"expect": {form}}}"#), what), result);
}

/// Looked first: several different looks before the first change.
#[rstest]
#[case::three("1 df; 2 du; 3 ps; 4 rm x", Earned)]
#[case::two("1 df; 2 du; 4 rm x; 5 ps", Missed)]
#[case::the_same_again_is_not_another("1 df; 2 du; 3 df; 4 rm x", Missed)]
#[case::with_other_arguments_it_is("1 df; 2 df -i; 3 df -h; 4 rm x", Earned)]
#[case::nothing_changed("1 df; 2 du; 3 ps", Missed)]
#[case::services_look_for_themselves("1s df; 2 du; 3 ps; 4 rm x", Missed)]
#[case::a_gap_could_hide_one("1 df; 2 du; 3 !gap 5; 4 rm x", NotObserved)]
#[case::a_gap_could_hide_a_change("1 !gap 5; 2 df; 3 du; 4 ps; 5 rm x", NotObserved)]
#[case::a_gap_after_it_hides_neither("1 df; 2 du; 3 ps; 4 rm x; 5 !gap 5", Earned)]
#[case::nor_makes_up_for_it("1 df; 2 du; 4 rm x; 5 !gap 5", Missed)]
fn looked_first(#[case] what: &str, #[case] result: Outcome) {
    let form = r#"{"expect": {"ran": ["@read-only"], "times": 3, "before-first": ["@change"]}}"#;
    assert_eq!(outcome(form, what), result);
}

#[rstest]
#[case::copied_first("1 cp nginx.conf /root; 2 !changed /etc/nginx/nginx.conf", Earned)]
#[case::changed_first(
    "1 !changed /etc/nginx/nginx.conf; 2 cp nginx.conf /root; 3 !changed /etc/nginx/nginx.conf",
    Missed
)]
#[case::another_file("1 !changed /etc/hosts; 2 cp nginx.conf /root; 3 !changed /etc/nginx/nginx.conf", Earned)]
#[case::a_service_changed_it(
    "1s sh; 2 !changed /etc/nginx/nginx.conf 1; 3 cp nginx.conf /root; 4 !changed /etc/nginx/nginx.conf",
    Earned
)]
#[case::never_changed("1 cp nginx.conf /root", Missed)]
#[case::a_gap_could_hide_a_change("1 !gap 1; 2 cp nginx.conf /root; 3 !changed /etc/nginx/nginx.conf", NotObserved)]
fn a_copy_before_the_first_change_of_a_file(#[case] what: &str, #[case] result: Outcome) {
    let form = r#"{"expect": {"ran": ["@backup nginx.conf"], "before-first": [{"changed": ["/etc/nginx/*"]}]}}"#;
    assert_eq!(outcome(form, what), result);
}

#[rstest]
#[case("1 !changed /etc/passwd", Cost)]
#[case("1 !changed /etc/hosts", Clean)]
#[case("1 !gap 1", NotObserved)]
fn a_file_that_must_not_change(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"forbid": {"changed": ["/etc/passwd", "/etc/shadow"]}}"#, what), result);
}

#[rstest]
#[case::said_first("1 !hypothesis 1; 2 rm x", Earned)]
#[case::said_too_late("1 rm x; 2 !hypothesis 1; 3 rm x", Missed)]
#[case::never_said("1 rm x", Missed)]
#[case::what_is_said_is_never_lost("1 rm x; 2 !gap 9", Missed)]
#[case::but_an_earlier_change_may_be("1 !gap 9; 2 !hypothesis 1; 3 rm x", NotObserved)]
#[case::and_one_that_shows_it("1 !hypothesis 1; 2 !terminal; 3 !gap 9", NotObserved)]
fn a_hypothesis_before_the_first_change(#[case] what: &str, #[case] result: Outcome) {
    let form = r#"{"expect": {"said": ["hypothesis"], "before-first": ["@change"]}}"#;
    assert_eq!(outcome(form, what), result);
}

#[rstest]
#[case("1 !hypothesis 1; 2 !settled 1", Earned)]
#[case("1 !hypothesis 1; 2 !hypothesis 2; 3 !settled 2", Missed)]
#[case("1 !hypothesis 1; 2 !hypothesis 2; 3 !settled 2; 4 !settled 1; 5 !settled 1", Earned)]
#[case("1 !settled 1", Missed)]
#[case("1 !hypothesis 1; 2 !settled 1; 3 !hypothesis 2", Missed)]
fn every_hypothesis_settled(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(r#"{"expect": {"said": ["settled"]}}"#, what), result);
}

#[rstest]
#[case(r#"["note"]"#, "1 !note working", Earned)]
#[case(r#"["closing-note"]"#, "1 !note working", Missed)]
#[case(r#"["closing-note"]"#, "1 !note closing", Earned)]
#[case(r#"["closing-note", "handover-note"]"#, "1 !note handover", Earned)]
fn notes(#[case] said: &str, #[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(&format!(r#"{{"expect": {{"said": {said}}}}}"#), what), result);
}

/// A window is of the learner's time: it stands still while the box does.
#[rstest]
#[case::without_a_pause(None, Missed)]
#[case::with_one(Some((10, 3_600)), Earned)]
#[case::with_one_that_came_later(Some((4_000, 8_000)), Missed)]
fn a_pause_does_not_count_in_a_window(#[case] pause: Option<(i64, i64)>, #[case] result: Outcome) {
    let mut events = story("0 !ready; 3620 a");
    if let Some((from, until)) = pause {
        let paused_ms = u64::try_from(until - from).unwrap() * 1000;
        events.push(event(900, from, Kind::AttemptPaused { why: PauseReason::Asked }));
        events.push(event(901, until, Kind::AttemptResumed { paused_ms }));
    }
    let scored = score(&signal(2, pattern(r#"{"expect": {"ran": ["a"], "within": "5m"}}"#)), &events);
    assert_eq!(line(&scored).outcome, result);
    if let Some(evidence) = line(&scored).evidence.first() {
        assert_eq!(evidence.at, at(3620), "what is shown is when it happened");
    }
}
