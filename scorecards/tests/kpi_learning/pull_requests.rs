//! K17: how long pull requests take. K18: how smoothly they are accepted.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::work::{PullRequest, Review},
    kpi::{Definition, Direction, Exclusion, Flag, Measure, Parts, State, Target},
};
use uuid::Uuid;

use crate::{
    PRIYA, at_least, close, defined, excluded, figure, flags,
    support::{Events, INGRID, MAYA, days, hours, minutes},
    tripped,
};

fn cycle_time() -> Definition {
    let target = Target { at_most: Some(7.0), ..Target::default() };
    defined(Measure::PullCycleTime, 30, Direction::Band, target, 3)
}

fn quality() -> Definition {
    let target = Target { stretch: Some(0.85), ..at_least(0.70) };
    defined(Measure::PullQuality, 30, Direction::Up, target, 4)
}

/// One pull request, told step by step.
struct Pull<'a> {
    events: &'a mut Events,
    pull: String,
}

impl<'a> Pull<'a> {
    fn opened(events: &'a mut Events, pull: &str, after: TimeDelta) -> Self {
        let pull = pull.to_string();
        events.at(after, PullRequest::PullOpened { pull: pull.clone(), draft: false, commit: "c1".into() });
        Self { events, pull }
    }

    fn draft(events: &'a mut Events, pull: &str, after: TimeDelta) -> Self {
        let pull = pull.to_string();
        events.at(after, PullRequest::PullOpened { pull: pull.clone(), draft: true, commit: "c1".into() });
        Self { events, pull }
    }

    fn reviewed(self, by: Uuid, after: TimeDelta, verdict: Review, comments: u32) -> Self {
        self.events.by(Some(by), after, PullRequest::PullReviewed { pull: self.pull.clone(), verdict, comments });
        self
    }

    fn pushed(self, after: TimeDelta, commit: &str) -> Self {
        self.then(after, |pull| PullRequest::PullPushed { pull, commit: commit.into() })
    }

    fn pipeline(self, after: TimeDelta, commit: &str, passed: bool) -> Self {
        self.then(after, |pull| PullRequest::PipelineFinished { pull, commit: commit.into(), passed })
    }

    fn merged(self, after: TimeDelta, lines: u32) -> Self {
        self.then(after, |pull| PullRequest::PullMerged { pull, lines, resources: 1 })
    }

    fn then(self, after: TimeDelta, event: impl FnOnce(String) -> PullRequest) -> Self {
        self.events.at(after, event(self.pull.clone()));
        self
    }
}

/// Opened on Monday at nine and merged so many working days later, within the first two weeks, with one comment.
fn merged_after(events: &mut Events, pull: &str, working_days: i64) {
    let calendar = days(working_days + 2 * (working_days / 5));
    Pull::opened(events, pull, hours(0)).reviewed(INGRID, hours(1), Review::Approved, 1).merged(calendar, 40);
}

/// 1, 3 and 8 working days: the median is 3. 8, 8 and 3: it is 8, and more than 7.
#[rstest]
#[case(&[1, 3, 8], 3.0, State::In)]
#[case(&[8, 8, 3], 8.0, State::Above)]
#[case(&[7, 7, 7], 7.0, State::In)]
fn the_median_of_working_days_is_held_against_the_band(
    #[case] took: &[i64],
    #[case] median: f64,
    #[case] state: State,
) {
    let mut events = Events::new();
    for (number, took) in took.iter().enumerate() {
        merged_after(&mut events, &format!("pull-{number}"), *took);
    }
    let figure = figure(&cycle_time(), &events, days(20));
    assert!(close(figure.value, median), "{figure:?}");
    assert_eq!(figure.state, state);
}

#[test]
fn two_are_too_few_for_a_verdict() {
    let mut events = Events::new();
    merged_after(&mut events, "a", 3);
    merged_after(&mut events, "b", 3);
    assert_eq!(figure(&cycle_time(), &events, days(20)).state, State::Insufficient);
}

/// From Friday 13:00 to Monday 13:00 there is one working day: four hours and four hours.
#[test]
fn nights_and_weekends_are_nobodys_time() {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", days(4) + hours(4))
        .reviewed(INGRID, days(4) + hours(5), Review::Approved, 1)
        .merged(days(7) + hours(4), 40);
    assert!(close(figure(&cycle_time(), &events, days(20)).value, 1.0));
}

/// Two days of five were spent waiting for another team; a hold that says for nothing is none.
#[rstest]
#[case("network-team", 3.0)]
#[case("  ", 5.0)]
fn waiting_for_something_outside_does_not_count(#[case] waits_for: &str, #[case] length: f64) {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", hours(0))
        .then(days(1), |pull| PullRequest::PullHeld { pull, waits_for: waits_for.into() })
        .then(days(3), |pull| PullRequest::PullResumed { pull })
        .merged(days(7), 40);
    assert!(close(figure(&cycle_time(), &events, days(20)).value, length));
}

/// Monday to Tuesday it is the reviewer's turn (1), who asks for changes; until Thursday the author's (2); then the
/// reviewer's again until Friday (1), who approves; the author merges on Monday (1). 2 of 5 days are others'.
#[test]
fn whose_turn_it_was_is_told() {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", hours(0))
        .reviewed(INGRID, days(1), Review::ChangesRequested, 4)
        .pushed(days(3), "c2")
        .reviewed(INGRID, days(4), Review::Approved, 0)
        .merged(days(7), 40);
    let figure = figure(&cycle_time(), &events, days(20));
    assert!(close(figure.value, 5.0));
    let Parts::Durations { total, waiting, .. } = figure.parts else { panic!("{figure:?}") };
    assert!(close(Some(total), 5.0) && close(Some(waiting), 2.0), "{figure:?}");
}

/// A draft, and whatever comes before anybody is asked, is the author's time: a day each of three.
#[test]
fn before_anybody_is_asked_it_is_the_authors_turn() {
    let mut events = Events::new();
    Pull::draft(&mut events, "a", hours(0))
        .then(days(1), |pull| PullRequest::PullReady { pull })
        .reviewed(INGRID, days(3), Review::Approved, 1)
        .merged(days(3), 40);
    Pull::opened(&mut events, "b", hours(0))
        .then(days(1), |pull| PullRequest::ReviewRequested { pull, reviewer: INGRID })
        .reviewed(INGRID, days(3), Review::Approved, 1)
        .merged(days(3), 40);
    let figure = figure(&cycle_time(), &events, days(20));
    let Parts::Durations { total, waiting, .. } = figure.parts else { panic!("{figure:?}") };
    assert!(close(Some(total), 6.0) && close(Some(waiting), 4.0), "{figure:?}");
}

/// Merged within a day: nothing is wrong with that if somebody has said something.
#[rstest]
#[case::nobody_said_anything(INGRID, 0, true)]
#[case::somebody_did(INGRID, 2, false)]
#[case::only_the_author_did(MAYA, 2, true)]
fn fast_and_without_a_comment_is_flagged(#[case] who: Uuid, #[case] comments: u32, #[case] flagged: bool) {
    let mut events = Events::new();
    for name in ["a", "b", "c"] {
        Pull::opened(&mut events, name, hours(0))
            .reviewed(who, hours(1), Review::Approved, comments)
            .merged(hours(2), 40);
    }
    let figure = figure(&cycle_time(), &events, days(20));
    assert_eq!(figure.state, State::In);
    assert_eq!(flags(&figure), if flagged { vec![(Flag::UnreviewedMerge, 3)] } else { vec![] });
    if flagged {
        assert_eq!(tripped(&figure, "unreviewed-merge"), Some(true));
    }
}

#[test]
fn slow_and_without_a_comment_is_not() {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", hours(0)).merged(days(2), 40);
    assert_eq!(flags(&figure(&cycle_time(), &events, days(20))), []);
}

/// Open for 7 working days, a Wednesday at nine, it is pending; an hour later it counts with what it has lasted.
#[test]
fn leaving_the_slow_ones_open_does_not_help() {
    let mut events = Events::new();
    merged_after(&mut events, "a", 3);
    merged_after(&mut events, "b", 3);
    Pull::opened(&mut events, "slow", hours(0));
    Pull::opened(&mut events, "slower", hours(0));
    Pull::opened(&mut events, "slowest", hours(0));
    let before = figure(&cycle_time(), &events, days(9));
    assert_eq!((excluded(&before), before.count), (vec![(Exclusion::Pending, 3)], 2));
    // From day 0 to day 18, a Friday at nine, there are 14 working days. 3, 3, 14, 14, 14: the median is 14.
    let after = figure(&cycle_time(), &events, days(18));
    assert!(after.value.is_some_and(|median| (median - 14.0).abs() < 1e-5), "{after:?}");
    assert_eq!(after.state, State::Above);
    let Parts::Durations { censored, .. } = after.parts else { panic!("{after:?}") };
    assert_eq!(censored, 3);
}

#[test]
fn what_was_closed_without_a_merge_says_nothing() {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", hours(0)).then(days(2), |pull| PullRequest::PullClosed { pull });
    assert_eq!(figure(&cycle_time(), &events, days(20)).count, 0);
    assert_eq!(figure(&quality(), &events, days(20)).count, 0);
}

/// Accepted as it was, with the first push.
fn smooth(events: &mut Events, pull: &str, after: TimeDelta, reviewer: Uuid) {
    Pull::opened(events, pull, after)
        .pipeline(after + minutes(10), "c1", true)
        .reviewed(reviewer, after + hours(3), Review::Approved, 2)
        .merged(after + hours(5), 40);
}

/// Pushed three times until the pipeline passed.
fn rough(events: &mut Events, pull: &str, after: TimeDelta) {
    Pull::opened(events, pull, after)
        .pipeline(after + minutes(10), "c1", false)
        .pushed(after + minutes(20), "c2")
        .pipeline(after + minutes(30), "c2", false)
        .pushed(after + minutes(40), "c3")
        .pipeline(after + minutes(50), "c3", true)
        .reviewed(INGRID, after + hours(3), Review::Approved, 2)
        .merged(after + hours(5), 40);
}

/// 7 of 10 is 0.7; 9 of 10 is over the stretch; 6 of 10 is too little. All are decided after 14 days.
#[rstest]
#[case(7, 3, 0.7, State::In, Some(false))]
#[case(9, 1, 0.9, State::In, Some(true))]
#[case(6, 4, 0.6, State::Below, Some(false))]
fn the_share_that_went_smoothly_is_held_against_its_target(
    #[case] well: i64,
    #[case] badly: i64,
    #[case] share: f64,
    #[case] state: State,
    #[case] stretch: Option<bool>,
) {
    let mut events = Events::new();
    for number in 0..well {
        smooth(&mut events, &format!("smooth-{number}"), hours(number), if number % 2 == 0 { INGRID } else { PRIYA });
    }
    for number in 0..badly {
        rough(&mut events, &format!("rough-{number}"), hours(number));
    }
    let figure = figure(&quality(), &events, days(20));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!((figure.state, figure.stretch, figure.count), (state, stretch, 10));
}

#[test]
fn three_are_too_few() {
    let mut events = Events::new();
    for name in ["a", "b", "c"] {
        smooth(&mut events, name, hours(0), INGRID);
    }
    assert_eq!(figure(&quality(), &events, days(20)).state, State::Insufficient);
}

#[rstest]
#[case::at_once(0, 1.0)]
#[case::after_one_wish(1, 1.0)]
#[case::after_two(2, 0.0)]
fn two_rounds_of_review_are_fine(#[case] wishes: i64, #[case] share: f64) {
    let mut events = Events::new();
    let mut pull = Pull::opened(&mut events, "a", hours(0)).pipeline(minutes(10), "c1", true);
    for wish in 0..wishes {
        pull = pull
            .reviewed(INGRID, hours(1 + wish), Review::ChangesRequested, 1)
            .pushed(hours(1 + wish) + minutes(30), &format!("fix-{wish}"));
    }
    pull.reviewed(INGRID, hours(5), Review::Approved, 0).merged(hours(6), 40);
    assert!(close(figure(&quality(), &events, days(20)).value, share));
}

/// Two who ask for changes of the same push make one round, and who only comments makes none.
#[test]
fn thorough_readers_cost_nothing() {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", hours(0))
        .pipeline(minutes(10), "c1", true)
        .reviewed(PRIYA, hours(1), Review::Commented, 9)
        .reviewed(PRIYA, hours(2), Review::ChangesRequested, 1)
        .reviewed(INGRID, hours(2), Review::ChangesRequested, 3)
        .pushed(hours(3), "c2")
        .reviewed(PRIYA, hours(4), Review::Commented, 2)
        .reviewed(PRIYA, hours(5), Review::Approved, 0)
        .merged(hours(6), 40);
    assert!(close(figure(&quality(), &events, days(20)).value, 1.0));
}

#[rstest]
#[case::with_the_first(&[("c1", true)], Some(1.0))]
#[case::with_the_second(&[("c1", false), ("c2", true)], Some(1.0))]
#[case::with_the_third(&[("c1", false), ("c2", false), ("c3", true)], Some(0.0))]
#[case::with_the_first_run_again(&[("c1", false), ("c1", true)], Some(1.0))]
#[case::never(&[("c1", false)], Some(0.0))]
#[case::with_the_first_and_then_not_any_more(&[("c1", true), ("c1", false)], Some(0.0))]
#[case::nobody_asked(&[], None)]
fn the_pipeline_passes_with_the_first_or_second_push(#[case] runs: &[(&str, bool)], #[case] value: Option<f64>) {
    let mut events = Events::new();
    let mut pull = Pull::opened(&mut events, "a", hours(0));
    for (number, (commit, passed)) in runs.iter().enumerate() {
        let at = minutes(10 * number as i64);
        pull = if *commit == "c1" { pull } else { pull.pushed(at, commit) };
        pull = pull.pipeline(at + minutes(5), commit, *passed);
    }
    pull.reviewed(INGRID, hours(5), Review::Approved, 0).merged(hours(6), 40);
    let figure = figure(&quality(), &events, days(20));
    assert_eq!(figure.value, value);
    assert_eq!(excluded(&figure), if runs.is_empty() { vec![(Exclusion::Unmeasured, 1)] } else { vec![] });
}

#[rstest]
#[case::soon(days(3), 0.0)]
#[case::within_fourteen_days(days(14), 0.0)]
#[case::later(days(15), 1.0)]
fn what_was_taken_back_has_failed(#[case] after: TimeDelta, #[case] share: f64) {
    let mut events = Events::new();
    smooth(&mut events, "a", hours(0), INGRID);
    events.at(hours(5) + after, PullRequest::PullReverted { pull: "a".into(), by: "b".into() });
    assert!(close(figure(&quality(), &events, days(20)).value, share));
}

#[test]
fn what_may_still_be_taken_back_is_pending() {
    let mut events = Events::new();
    smooth(&mut events, "a", hours(0), INGRID);
    rough(&mut events, "b", hours(0));
    let at = |after| figure(&quality(), &events, after);
    assert_eq!((excluded(&at(days(13))), at(days(13)).value), (vec![(Exclusion::Pending, 2)], None));
    assert_eq!((excluded(&at(days(15))), at(days(15)).value), (vec![], Some(0.5)));
    // Decided on the 14th day, it is in the window until the 44th.
    assert_eq!((at(days(44)).count, at(days(45)).count), (2, 0));
}

#[rstest]
#[case::by_nobody(None)]
#[case::by_the_author(Some(MAYA))]
fn a_merge_without_anothers_approval_has_failed(#[case] approver: Option<Uuid>) {
    let mut events = Events::new();
    let mut pull = Pull::opened(&mut events, "a", hours(0)).pipeline(minutes(10), "c1", true);
    if let Some(approver) = approver {
        pull = pull.reviewed(approver, hours(1), Review::Approved, 0);
    }
    pull.merged(hours(6), 40);
    let figure = figure(&quality(), &events, days(20));
    assert!(close(figure.value, 0.0));
    assert_eq!(flags(&figure), [(Flag::UnreviewedMerge, 1)]);
}

/// A line or two says nothing; a thousand cannot be reviewed.
#[rstest]
#[case::trivial(2, &[(Exclusion::OtherClass, 1)], &[])]
#[case::small(3, &[], &[])]
#[case::large(800, &[], &[])]
#[case::huge(801, &[], &[(Flag::Oversized, 1)])]
fn size_matters(#[case] lines: u32, #[case] left_out: &[(Exclusion, u32)], #[case] flagged: &[(Flag, u32)]) {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", hours(0))
        .pipeline(minutes(10), "c1", true)
        .reviewed(INGRID, hours(1), Review::Approved, 1)
        .merged(hours(6), lines);
    let figure = figure(&quality(), &events, days(20));
    assert_eq!((excluded(&figure).as_slice(), flags(&figure).as_slice()), (left_out, flagged));
}

/// A friend who approves everything: from the fifth on it is flagged, unless anybody else ever did.
#[rstest]
#[case::one_friend(PRIYA, &[(Flag::SameReviewer, 1)])]
#[case::somebody_else_once(INGRID, &[])]
fn one_approver_for_all_is_flagged(#[case] third: Uuid, #[case] flagged: &[(Flag, u32)]) {
    let mut events = Events::new();
    for number in 0..5 {
        let reviewer = if number == 2 { third } else { PRIYA };
        smooth(&mut events, &format!("pull-{number}"), days(number), reviewer);
    }
    let figure = figure(&quality(), &events, days(20));
    assert_eq!(flags(&figure), flagged);
    // One of five is flagged, for all five.
    assert_eq!(tripped(&figure, "same-reviewer"), (third == PRIYA).then_some(true));
}

/// A new hire's first thirty days inform and judge nobody.
#[test]
fn the_first_thirty_days_only_inform() {
    let mut events = Events::new();
    for number in 0..4 {
        smooth(&mut events, &format!("pull-{number}"), hours(number), INGRID);
    }
    let ramp = Definition { ramp_days: 30, ..quality() };
    assert!(figure(&ramp, &events, days(20)).ramp);
    assert!(!figure(&ramp, &events, days(31)).ramp);
}

/// Two lines that change two resources are no trifle.
#[test]
fn few_lines_may_change_much() {
    let mut events = Events::new();
    Pull::opened(&mut events, "a", hours(0))
        .pipeline(minutes(10), "c1", true)
        .reviewed(INGRID, hours(1), Review::Approved, 1)
        .then(hours(6), |pull| PullRequest::PullMerged { pull, lines: 2, resources: 2 });
    assert_eq!(figure(&quality(), &events, days(20)).count, 1);
}
