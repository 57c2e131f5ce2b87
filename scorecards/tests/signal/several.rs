//! Several things: in order, between, again and again.

use rstest::rstest;
use scorecards::score::{
    Outcome,
    Outcome::{Clean, Cost, Earned, Missed, NotObserved},
    score,
};

use crate::support::{line, outcome, pattern, signal, story};

const WORK: &str = r#"{"expect": {"order": [
    "@read-only",
    "@backup nginx.conf",
    {"changed": ["/etc/nginx/*"]},
    {"ran": ["nginx -t"], "exit": 0},
    "@restart nginx",
    {"ran": ["curl"], "exit": 0}
]}}"#;

#[rstest]
#[case::as_it_should_be(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/nginx.conf; 4 nginx -t; 5 systemctl restart nginx; 6 curl x",
    Earned
)]
#[case::with_much_between(
    "1 curl x; 2 nginx -t; 3 cp nginx.conf /root; 4 !changed /etc/nginx/nginx.conf; 5=1 nginx -t; 6 vi x; 7 nginx -t
     8 systemctl restart nginx; 9=7 curl x; 10 curl x",
    Earned
)]
#[case::never_checked(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/nginx.conf; 4=1 nginx -t; 5 systemctl restart nginx; 6 curl x",
    Missed
)]
#[case::checked_while_it_was_started(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/a; 4..6 nginx -t; 5 systemctl restart nginx; 7 curl x",
    Missed
)]
#[case::another_order(
    "1 df; 2 !changed /etc/nginx/nginx.conf; 3 cp nginx.conf /root; 4 nginx -t; 5 systemctl restart nginx; 6 curl x",
    Missed
)]
#[case::with_a_copy_of_true(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/a; 4~ nginx -t; 5 systemctl restart nginx; 6 curl x",
    Missed
)]
#[case::one_is_lost(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/a; 4 nginx -t; 5 !gap 1; 6 curl x",
    NotObserved
)]
#[case::one_is_lost_elsewhere(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/a; 4 nginx -t; 5 curl x; 6 !gap 1",
    Missed
)]
#[case::two_are_missing_and_one_is_lost(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/a; 5 !gap 1; 6 curl x",
    Missed
)]
#[case::all_is_lost("1 !gap 6", NotObserved)]
#[case::seen_is_seen(
    "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/a; 4 nginx -t; 5 systemctl restart nginx; 6 curl x; 7 !gap 5",
    Earned
)]
fn in_this_order(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(WORK, what), result);
}

#[test]
fn an_order_cites_each_step_and_says_how_far_it_went() {
    let what = "1 df; 2 cp nginx.conf /root; 3 !changed /etc/nginx/a; 4 nginx -t";
    let marking = signal(2, pattern(WORK));
    let short = score(&marking, &story(what));
    assert_eq!(line(&short).feedback, "Seen in this order: 4 of 6 steps.");
    assert!(line(&short).evidence.is_empty());
    let whole = score(&marking, &story(&format!("{what}; 5 systemctl restart nginx; 6 curl x")));
    let cited: Vec<_> = line(&whole).evidence.iter().map(|cited| cited.command.as_deref().unwrap_or("-")).collect();
    assert_eq!(cited, ["df", "cp nginx.conf /root", "-", "nginx -t", "systemctl restart nginx", "curl x"]);
    assert_eq!(line(&whole).feedback, "");
}

/// The soonest end of a step is what leaves most room for the next.
#[test]
fn a_long_run_does_not_hide_a_short_one() {
    let form = r#"{"expect": {"order": [{"ran": ["a"], "exit": 0}, "b"]}}"#;
    assert_eq!(outcome(form, "1..9 a; 2..3 a; 4 b"), Earned);
}

const EACH: &str = r#"{"expect": {"ran": ["@read-only"], "between": ["@change"]}}"#;

#[rstest]
#[case::looked_between("1 rm x; 2 df; 3 systemctl restart nginx", Earned)]
#[case::two_changes_in_a_row("1 df; 2 rm x; 3 systemctl restart nginx; 4 df", Missed)]
#[case::one_change("1 rm x", Earned)]
#[case::no_change("1 df", Missed)]
#[case::sudo_is_not_another("1 sudo rm x; 2<1 rm x", Earned)]
#[case::a_change_looks_for_itself("1 service nginx restart; 2<1 df; 3 rm x", Missed)]
#[case::what_a_change_does_in_turn_is_part_of_it("1 apt install x; 2<1 dpkg -i x; 3<2 rm y", Earned)]
#[case::not_with_a_copy_of_true("1 rm x; 2~ df; 3 rm y", Missed)]
#[case::a_copy_does_not_hide_a_change("1 rm x; 2~ rm y", Missed)]
#[case::a_look_was_lost("1 rm x; 2 !gap 1; 3 rm y", NotObserved)]
#[case::two_changes_may_be_lost("1 rm x; 2 df; 3 rm y; 4 !gap 2", NotObserved)]
#[case::broken_is_broken("1 rm x; 2 rm y; 3 !gap 2", Missed)]
#[case::broken_after_a_gap("1 !gap 2; 2 rm x; 3 rm y", Missed)]
fn a_look_between_any_two_changes(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(EACH, what), result);
}

#[rstest]
#[case::one_run_wrote_two("1 sed -i x a b; 2 !changed /etc/a 1; 3 !changed /etc/b 1", Earned)]
#[case::a_shell_wrote_two("1 bash; 2 !changed /etc/a 1; 3 !changed /etc/b 1", Earned)]
#[case::saved_twice_in_an_editor("1..9 vi /etc/a; 2 !changed /etc/a; 3 !changed /etc/a", Earned)]
#[case::written_and_restarted("1 bash; 2 !changed /etc/a 1; 3 systemctl restart nginx", Missed)]
#[case::nobody_knows_who_wrote("1 !changed /etc/a; 2 !changed /etc/b", Missed)]
fn a_file_that_a_change_wrote_is_not_another_change(#[case] what: &str, #[case] result: Outcome) {
    let form = r#"{"expect": {"ran": ["@read-only"], "between": ["@change", {"changed": ["*"]}]}}"#;
    assert_eq!(outcome(form, what), result);
}

#[test]
fn what_broke_the_rule_is_cited() {
    let result = score(&signal(2, pattern(EACH)), &story("1 rm a; 2 df; 3 rm b; 4 rm c; 5 rm d"));
    let cited: Vec<_> = line(&result).evidence.iter().filter_map(|cited| cited.command.as_deref()).collect();
    assert_eq!(cited, ["rm b", "rm c"]);
    assert_eq!(line(&result).feedback, "In 1 of 3 cases.");
}

const AGAIN: &str = r#"{"forbid": {"ran": ["@read-only", "@change"], "repeat": 3}}"#;

#[rstest]
#[case::four_times("1 df; 2 df; 3 df; 4 df", Cost)]
#[case::three_times("1 df; 2 df; 3 df", Clean)]
#[case::with_other_looks_between("1 df; 2 ps; 3 df; 4 ps; 5 df; 6 df", Cost)]
#[case::with_other_arguments("1 df; 2 df -h; 3 df; 4 df", Clean)]
#[case::with_a_change_between("1 df; 2 df; 3 rm x; 4 df; 5 df", Clean)]
#[case::with_a_file_changed_between("1 df; 2 df; 3 !changed /etc/a; 4 df; 5 df", Clean)]
#[case::with_a_forged_change_between("1 df; 2 df; 3~ rm x; 4 df; 5 df", Cost)]
#[case::the_change_itself_again_and_again(
    "1 systemctl restart nginx; 2 df; 3 systemctl restart nginx; 4 systemctl restart nginx; 5 systemctl restart nginx",
    Cost
)]
#[case::other_changes_between(
    "1 systemctl restart nginx; 2 rm x; 3 systemctl restart nginx; 4 rm y; 5 systemctl restart nginx; 6 rm z
     7 systemctl restart nginx",
    Clean
)]
#[case::waiting_is_nothing_of_that("1 sleep 1; 2 sleep 1; 3 sleep 1; 4 sleep 1", Clean)]
#[case::by_a_service("1s df; 2s df; 3s df; 4s df", Clean)]
#[case::a_change_may_be_lost("1 df; 2 df; 3 !gap 1; 4 df; 5 df", NotObserved)]
#[case::seen_before_the_gap("1 df; 2 df; 3 df; 4 df; 5 !gap 1", Cost)]
#[case::one_more_may_be_lost("1 df; 2 df; 3 df; 4 !gap 1", NotObserved)]
fn the_same_again_and_again(#[case] what: &str, #[case] result: Outcome) {
    assert_eq!(outcome(AGAIN, what), result);
}
