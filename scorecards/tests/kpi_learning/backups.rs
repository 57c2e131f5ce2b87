//! K14: backup runs that succeeded, and failures that were looked into.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::work::{Backup, ScheduleChange},
    kpi::{Definition, Direction, Exclusion, Flag, Measure, State, Target},
};
use uuid::Uuid;

use crate::{
    PRIYA, all, at_least, close, defined, excluded, figure, flags,
    support::{Events, INGRID, MAYA, days, hours, minutes, start},
    text, tripped,
};

fn success() -> Definition {
    let target = Target { stretch: Some(0.99), ..at_least(0.98) };
    defined(Measure::BackupSuccess, 7, Direction::Up, target, 7)
}

fn triage() -> Definition {
    defined(Measure::BackupTriage, 7, Direction::Up, at_least(1.0), 1)
}

/// A run that is due then, with an hour's grace.
fn due(events: &mut Events, run: &str, after: TimeDelta) -> Uuid {
    events.by(None, after, Backup::BackupScheduled { run: run.into(), job: "nightly".into(), grace_minutes: Some(60) })
}

fn finished(events: &mut Events, run: &str, after: TimeDelta, code: i32, check: Option<bool>, bytes: u64) -> Uuid {
    events.by(None, after, Backup::BackupFinished { run: run.into(), code, bytes, repository_check: check })
}

fn triaged(events: &mut Events, actor: Option<Uuid>, run: &str, after: TimeDelta, note: &str) -> Uuid {
    events.by(actor, after, Backup::BackupTriaged { run: run.into(), note: text(note) })
}

fn schedule(events: &mut Events, after: TimeDelta, change: ScheduleChange, reviewer: Option<Uuid>) -> Uuid {
    events.at(after, Backup::BackupScheduleChanged { job: "nightly".into(), change, reviewer })
}

/// So many runs three hours apart, each good and checked.
fn good(events: &mut Events, number: i64) {
    for run in 0..number {
        let (name, at) = (format!("good-{run}"), hours(3 * run));
        due(events, &name, at);
        finished(events, &name, at + minutes(30), 0, Some(true), 1000);
    }
}

/// 49 of 50 is 0.98; 48 of 50 is 0.96; 50 of 50 is over the stretch of 0.99.
#[rstest]
#[case(50, 0, 1.0, State::In, Some(true))]
#[case(49, 1, 0.98, State::In, Some(false))]
#[case(48, 2, 0.96, State::Below, Some(false))]
fn the_share_of_good_runs_is_held_against_its_target(
    #[case] well: i64,
    #[case] badly: i64,
    #[case] share: f64,
    #[case] state: State,
    #[case] stretch: Option<bool>,
) {
    let mut events = Events::new();
    good(&mut events, well);
    for run in 0..badly {
        let name = format!("bad-{run}");
        due(&mut events, &name, hours(150 + run));
        finished(&mut events, &name, hours(150 + run) + minutes(5), 1, None, 0);
    }
    let figure = figure(&success(), &events, days(7));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!((figure.state, figure.stretch, figure.count), (state, stretch, 50));
    assert_eq!(figure.events.len(), 100, "each run rests on its schedule and its end");
}

#[test]
fn six_runs_are_too_few_for_a_verdict() {
    let mut events = Events::new();
    good(&mut events, 6);
    let figure = figure(&success(), &events, days(7));
    assert_eq!((figure.state, figure.count), (State::Insufficient, 6));
}

#[rstest]
#[case::in_time(Some((30, 0, Some(true))), true, &[])]
#[case::a_bad_code(Some((30, 1, Some(true))), false, &[])]
#[case::a_bad_repository(Some((30, 0, Some(false))), false, &[])]
#[case::too_late(Some((61, 0, Some(true))), false, &[])]
#[case::never(None, false, &[])]
#[case::or_true_hides_the_code_but_not_that_nothing_was_checked(Some((30, 0, None)), true, &[(Flag::Unverified, 1)])]
fn a_run_is_good_if_it_ended_well_in_time(
    #[case] end: Option<(i64, i32, Option<bool>)>,
    #[case] met: bool,
    #[case] flagged: &[(Flag, u32)],
) {
    let mut events = Events::new();
    due(&mut events, "run", hours(0));
    if let Some((after, code, check)) = end {
        finished(&mut events, "run", minutes(after), code, check, 1000);
    }
    let figure = figure(&success(), &events, days(1));
    assert!(close(figure.value, f64::from(u8::from(met))), "{figure:?}");
    assert_eq!(flags(&figure), flagged);
}

#[test]
fn a_run_may_be_repeated_within_its_grace_and_the_last_word_counts() {
    let mut events = Events::new();
    due(&mut events, "run", hours(0));
    finished(&mut events, "run", minutes(5), 1, None, 0);
    assert_eq!(excluded(&figure(&success(), &events, minutes(30))), [(Exclusion::Pending, 1)]);
    finished(&mut events, "run", minutes(50), 0, Some(true), 1000);
    assert!(close(figure(&success(), &events, days(1)).value, 1.0));
    assert_eq!(figure(&triage(), &events, days(1)).count, 0, "nothing failed");
}

#[test]
fn a_run_that_may_still_end_in_time_is_pending() {
    let mut events = Events::new();
    due(&mut events, "run", hours(0));
    let figure_at = |after| figure(&success(), &events, after);
    assert_eq!(
        (excluded(&figure_at(minutes(59))), figure_at(minutes(59)).value),
        (vec![(Exclusion::Pending, 1)], None)
    );
    assert_eq!((excluded(&figure_at(minutes(60))), figure_at(minutes(60)).value), (vec![], Some(0.0)));
}

#[test]
fn a_run_without_a_grace_of_its_own_has_the_settings() {
    let mut events = Events::new();
    events.by(None, hours(0), Backup::BackupScheduled { run: "run".into(), job: "j".into(), grace_minutes: None });
    finished(&mut events, "run", hours(11), 0, Some(true), 1);
    assert!(close(figure(&success(), &events, days(1)).value, 1.0));
    let mut strict = success();
    strict.settings.insert("grace-hours".into(), 2.0);
    assert!(close(figure(&strict, &events, days(1)).value, 0.0));
}

#[test]
fn a_run_that_nobody_scheduled_counts_for_nothing() {
    let mut events = Events::new();
    finished(&mut events, "by-the-way", hours(1), 0, Some(true), 1000);
    assert_eq!(figure(&success(), &events, days(1)).count, 0);
}

/// 60 good runs a week, of which the failing job is taken out: 49 of 49 would be 1. The change that nobody else agreed
/// to counts as one failed run: 49 of 50 is 0.98, and with one more of them 49 of 51, which is 0.9607…
#[test]
fn taking_a_failing_job_off_the_schedule_does_not_help() {
    let mut events = Events::new();
    good(&mut events, 49);
    assert!(close(figure(&success(), &events, days(7)).value, 1.0));
    schedule(&mut events, days(6), ScheduleChange::Removed, None);
    let once = figure(&success(), &events, days(7));
    assert!(close(once.value, 49.0 / 50.0));
    assert_eq!(flags(&once), [(Flag::ScheduleChanged, 1)]);
    assert_eq!(tripped(&once, "schedule-changed"), Some(true));
    schedule(&mut events, days(6) + hours(1), ScheduleChange::Thinned, Some(MAYA));
    let twice = figure(&success(), &events, days(7));
    assert!(close(twice.value, 49.0 / 51.0), "one's own review is none: {twice:?}");
    assert_eq!(twice.state, State::Below);
}

#[rstest]
#[case::agreed(ScheduleChange::Removed, Some(INGRID), &[], &[])]
#[case::moved_alone(ScheduleChange::Moved, None, &[(Exclusion::OtherClass, 1)], &[(Flag::ScheduleChanged, 1)])]
#[case::added_alone(ScheduleChange::Added, None, &[(Exclusion::OtherClass, 1)], &[(Flag::ScheduleChanged, 1)])]
#[case::moved_and_agreed(ScheduleChange::Moved, Some(PRIYA), &[], &[])]
fn a_change_of_the_schedule_wants_somebody_else_to_agree(
    #[case] change: ScheduleChange,
    #[case] reviewer: Option<Uuid>,
    #[case] left_out: &[(Exclusion, u32)],
    #[case] flagged: &[(Flag, u32)],
) {
    let mut events = Events::new();
    good(&mut events, 8);
    schedule(&mut events, days(2), change, reviewer);
    let figure = figure(&success(), &events, days(7));
    assert!(close(figure.value, 1.0));
    assert_eq!((excluded(&figure).as_slice(), flags(&figure).as_slice()), (left_out, flagged));
}

/// The median of 1000, 1000, 1000 is 1000: below 500 and above 2000 is odd.
#[rstest]
#[case(499, true)]
#[case(500, false)]
#[case(2000, false)]
#[case(2001, true)]
#[case(0, true)]
fn a_size_far_from_those_before_is_flagged(#[case] bytes: u64, #[case] odd: bool) {
    let mut events = Events::new();
    good(&mut events, 3);
    due(&mut events, "run", days(1));
    finished(&mut events, "run", days(1) + minutes(5), 0, Some(true), bytes);
    let figure = figure(&success(), &events, days(2));
    assert!(close(figure.value, 1.0));
    assert_eq!(flags(&figure).contains(&(Flag::SizeAnomaly, 1)), odd);
}

#[test]
fn two_runs_before_are_too_few_to_call_a_size_odd() {
    let mut events = Events::new();
    good(&mut events, 2);
    due(&mut events, "run", days(1));
    finished(&mut events, "run", days(1) + minutes(5), 0, Some(true), 1);
    assert_eq!(flags(&figure(&success(), &events, days(2))), []);
}

/// One failed with its end, one is missing, one was fine: two of two are looked into.
#[test]
fn failures_that_somebody_looked_into_in_time_are_triaged() {
    let mut events = Events::new();
    good(&mut events, 1);
    due(&mut events, "bad", days(1));
    finished(&mut events, "bad", days(1) + minutes(5), 2, None, 0);
    triaged(&mut events, Some(MAYA), "bad", days(1) + hours(20), "full-disk");
    due(&mut events, "missing", days(2));
    triaged(&mut events, Some(PRIYA), "missing", days(2) + hours(25), "host-was-down");
    let figure = figure(&triage(), &events, days(4));
    assert!(close(figure.value, 1.0), "{figure:?}");
    assert_eq!((figure.state, figure.count), (State::In, 2));
}

/// It failed at its end, five minutes after it was due; or with its grace, an hour after.
#[rstest]
#[case::just_in_time(true, days(1) + minutes(5), Some(MAYA), 1.0)]
#[case::too_late(true, days(1) + minutes(6), Some(MAYA), 0.0)]
#[case::missing_and_just_in_time(false, days(1) + minutes(60), Some(MAYA), 1.0)]
#[case::missing_and_too_late(false, days(1) + minutes(61), Some(MAYA), 0.0)]
#[case::by_a_machine(true, hours(2), None, 0.0)]
fn there_is_a_day_to_look_into_a_failure(
    #[case] ended: bool,
    #[case] after: TimeDelta,
    #[case] actor: Option<Uuid>,
    #[case] share: f64,
) {
    let mut events = Events::new();
    due(&mut events, "run", hours(0));
    if ended {
        finished(&mut events, "run", minutes(5), 1, None, 0);
    }
    triaged(&mut events, actor, "run", after, "note");
    let figure = figure(&triage(), &events, days(3));
    assert!(close(figure.value, share), "{figure:?}");
    assert_eq!(figure.state, if share < 1.0 { State::Below } else { State::In });
}

#[test]
fn a_failure_is_pending_while_there_is_time_to_look_into_it() {
    let mut events = Events::new();
    due(&mut events, "run", hours(0));
    finished(&mut events, "run", minutes(5), 1, None, 0);
    let at = |after| figure(&triage(), &events, after);
    assert_eq!((excluded(&at(hours(20))), at(hours(20)).state), (vec![(Exclusion::Pending, 1)], State::Insufficient));
    assert_eq!((excluded(&at(days(2))), at(days(2)).state), (vec![], State::Below));
}

#[test]
fn without_a_failure_there_is_nothing_to_triage() {
    let mut events = Events::new();
    good(&mut events, 10);
    let figure = figure(&triage(), &events, days(7));
    assert_eq!((figure.value, figure.state), (None, State::Insufficient));
}

#[test]
fn the_same_note_for_the_failures_of_two_days_is_flagged() {
    let mut events = Events::new();
    for (run, day) in [("first", 0), ("second", 2)] {
        due(&mut events, run, days(day));
        finished(&mut events, run, days(day) + minutes(5), 1, None, 0);
        triaged(&mut events, Some(MAYA), run, days(day) + hours(1), "known-issue");
    }
    let figure = figure(&triage(), &events, days(5));
    assert!(close(figure.value, 1.0));
    assert_eq!(flags(&figure), [(Flag::StaleEvidence, 1)]);
}

/// All backups "succeed", nothing could ever be restored from them: the figure is perfect, and its guard is not.
#[test]
fn restore_tests_are_read_beside_backups() {
    let mut events = Events::new();
    good(&mut events, 10);
    events.by(
        Some(INGRID),
        hours(1),
        scorecards::event::work::Restore::RestoreScheduled { test: "t".into(), on: start() + hours(20) },
    );
    let mut backups = success();
    backups.guards = vec!["restore-participation".into()];
    let restores = defined(Measure::RestoreParticipation, 91, Direction::Up, at_least(1.0), 1);
    let figures = all(&[backups, restores], &events, start() + days(6));
    assert_eq!(figures[0].state, State::In);
    assert_eq!(tripped(&figures[0], "restore-participation"), Some(true));
}

#[test]
fn the_size_of_another_job_is_no_measure() {
    let mut events = Events::new();
    good(&mut events, 3);
    let scheduled = Backup::BackupScheduled { run: "run".into(), job: "weekly".into(), grace_minutes: Some(60) };
    events.by(None, days(1), scheduled);
    finished(&mut events, "run", days(1) + minutes(5), 0, Some(true), 9_000_000);
    assert_eq!(flags(&figure(&success(), &events, days(2))), []);
}

#[test]
fn sizes_of_long_ago_are_no_measure() {
    let mut events = Events::new();
    good(&mut events, 3);
    for (run, day) in [("after-34-days", 34), ("after-80-days", 80)] {
        due(&mut events, run, days(day));
        finished(&mut events, run, days(day) + minutes(5), 0, Some(true), 9000);
    }
    assert_eq!(flags(&figure(&success(), &events, days(35))), [(Flag::SizeAnomaly, 1)]);
    assert_eq!(flags(&figure(&success(), &events, days(81))), []);
}
