//! K10 and K11.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Artefact,
        work::{Capture, Change, Risk},
    },
    kpi::{Exclusion, Flag, Measure, Parts, State},
};
use uuid::Uuid;

use crate::{
    ask::{ask, excluded, flags, standard, tripped},
    support::{Events, INGRID, MAYA, days, hours, minutes, start},
};

/// A low-risk change, fully documented, that is begun so long after the start and goes well in 20 minutes.
fn good(events: &mut Events, name: &str, after: TimeDelta) {
    prepared(events, name, after, Risk::Low);
    done(events, name, after);
}

fn prepared(events: &mut Events, name: &str, after: TimeDelta, risk: Risk) {
    let change = || name.to_string();
    events.at(after - hours(3), Change::ChangeProposed { change: change(), risk: Risk::Low });
    events.by(Some(INGRID), after - hours(2), Change::ChangeClassified { change: change(), risk });
    let plan = |name| Artefact(format!("{name} plan"));
    events.at(after - hours(1), Change::ChangePlanned { change: change(), plan: plan("way") });
    events.at(after - hours(1), Change::ChangeRollbackPlanned { change: change(), plan: plan("way back") });
    pre(events, name, after - minutes(5), &format!("{name} before"));
    events.at(after, Change::ChangeStarted { change: change() });
}

fn done(events: &mut Events, name: &str, after: TimeDelta) {
    events.at(after + minutes(20), Change::ChangeFinished { change: name.into() });
    post(events, name, after + minutes(25), &format!("{name} after"));
}

fn capture(recording: &str) -> Capture {
    Capture { command: "nginx -t".into(), recording: Artefact(recording.into()), taken: None }
}

fn pre(events: &mut Events, name: &str, after: TimeDelta, recording: &str) -> Uuid {
    events.at(after, Change::ChangePrechecked { change: name.into(), capture: capture(recording) })
}

fn post(events: &mut Events, name: &str, after: TimeDelta, recording: &str) -> Uuid {
    events.at(after, Change::ChangePostchecked { change: name.into(), capture: capture(recording) })
}

fn back(events: &mut Events, name: &str, after: TimeDelta, by_choice: bool) {
    events.at(after, Change::ChangeRolledBack { change: name.into(), by_choice });
}

fn incident(events: &mut Events, name: &str, began: TimeDelta, told: TimeDelta) {
    let (change, incident) = (name.into(), "incident-1".into());
    events.by(None, told, Change::ChangeCausedIncident { change, incident, began: start() + began });
}

/// So many changes that go well, one a day.
fn run(events: &mut Events, number: i64) {
    for number in 1..=number {
        good(events, &format!("change-{number}"), days(number));
    }
}

#[rstest]
// 10 ÷ 10 = 1.
#[case::in_band(10, 0, 1.0, State::In)]
// 19 ÷ 20 = 0.95 < 0.98: with twenty changes one failure is already too many, and the interval says how little that is.
#[case::out(19, 1, 0.95, State::Below)]
// 49 ÷ 50 = 0.98, which is just enough.
#[case::one_in_fifty(49, 1, 0.98, State::In)]
// 9 ÷ 9 = 1, but nine are fewer than ten.
#[case::insufficient(9, 0, 1.0, State::Insufficient)]
fn success_is_a_share_of_low_risk_changes(
    #[case] well: i64,
    #[case] badly: i64,
    #[case] value: f64,
    #[case] state: State,
) {
    let mut events = Events::new();
    for number in 0..well + badly {
        let (name, after) = (format!("change-{number}"), hours(10 * number + 10));
        good(&mut events, &name, after);
        if number >= well {
            back(&mut events, &name, after + hours(2), false);
        }
    }
    let figure = ask(&standard(Measure::ChangeSuccess), &events.list, days(29));
    assert_eq!((figure.value, figure.state, figure.count as i64), (Some(value), state, well + badly));
}

#[test]
fn the_interval_says_how_little_twenty_changes_tell() {
    let mut events = Events::new();
    run(&mut events, 20);
    back(&mut events, "change-20", days(20) + hours(1), false);
    let figure = ask(&standard(Measure::ChangeSuccess), &events.list, days(29));
    let Parts::Share { met: 19, of: 20, interval, .. } = figure.parts else { panic!("{:?}", figure.parts) };
    // Wilson: z = 1.959964, n = 20, p = 0.95. Centre (p + z²/2n) ÷ (1 + z²/n) = (0.95 + 0.096036) ÷ 1.192073 = 0.877494;
    // half (z ÷ 1.192073) × √(p(1 − p)/n + z²/4n²) = 1.644164 × √(0.002375 + 0.002401) = 0.113625. So 0.764 to 0.991.
    assert!((interval.low - 0.7639).abs() < 1e-3 && (interval.high - 0.9911).abs() < 1e-3, "{interval:?}");
}

fn nothing(_: &mut Events) {}
fn an_incident_in_time(events: &mut Events) {
    // Ended at 0:20; began at 24:19 and was traced two days later.
    incident(events, "c", days(1) + minutes(24 * 60 + 19), days(4));
}
fn an_incident_too_late(events: &mut Events) {
    incident(events, "c", days(1) + minutes(24 * 60 + 21), days(4));
}
fn an_incident_from_before(events: &mut Events) {
    incident(events, "c", days(1) - minutes(1), days(4));
}
fn a_hotfix(events: &mut Events) {
    events.at(days(2), Change::ChangeHotfixed { change: "c".into(), hotfix: "c2".into() });
}
fn a_forced_rollback(events: &mut Events) {
    back(events, "c", days(1) + minutes(30), false);
}
fn a_planned_rollback(events: &mut Events) {
    back(events, "c", days(1) + minutes(30), true);
}
fn a_late_rollback(events: &mut Events) {
    back(events, "c", days(1) + minutes(61), true);
}
fn a_rollback_after_the_incident(events: &mut Events) {
    incident(events, "c", days(1) + minutes(22), days(4));
    back(events, "c", days(1) + minutes(30), true);
}

#[rstest]
#[case(nothing, true, &[])]
#[case(an_incident_in_time, false, &[])]
#[case(an_incident_too_late, true, &[])]
#[case(an_incident_from_before, true, &[])]
#[case(a_hotfix, false, &[])]
#[case(a_forced_rollback, false, &[])]
// So that nobody hides one: it counts as a rollback here, and is shown as good discipline.
#[case(a_planned_rollback, false, &[Flag::PlannedRollback])]
#[case(a_late_rollback, false, &[])]
#[case(a_rollback_after_the_incident, false, &[])]
fn a_change_goes_well_without_rollback_incident_or_hotfix(
    #[case] then: fn(&mut Events),
    #[case] well: bool,
    #[case] seen: &[Flag],
) {
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    then(&mut events);
    let figure = ask(&standard(Measure::ChangeSuccess), &events.list, days(29));
    assert_eq!(figure.value, Some(if well { 1.0 } else { 0.0 }));
    assert_eq!(flags(&figure), seen);
    assert_eq!(figure.guards.len(), seen.len(), "it is shown");
    assert_eq!(tripped(&figure), Vec::<&str>::new(), "and is no warning");
}

#[test]
fn going_back_without_a_plan_is_no_discipline() {
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    events.list.retain(|event| {
        !matches!(
            &event.kind,
            scorecards::event::Kind::Work(scorecards::event::work::Work::Change(Change::ChangeRollbackPlanned { .. }))
        )
    });
    a_planned_rollback(&mut events);
    let figure = ask(&standard(Measure::ChangeSuccess), &events.list, days(29));
    assert_eq!((figure.value, flags(&figure)), (Some(0.0), vec![]));
}

#[test]
fn whether_it_went_well_shows_a_day_after_its_end() {
    let definition = standard(Measure::ChangeSuccess);
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    let early = ask(&definition, &events.list, days(2) + minutes(19));
    assert_eq!((early.value, excluded(&early)), (None, vec![(Exclusion::Pending, 1)]));
    let late = ask(&definition, &events.list, days(2) + minutes(20));
    assert_eq!((late.value, excluded(&late)), (Some(1.0), vec![]));
}

#[test]
fn a_change_that_never_ends_has_not_gone_well() {
    let definition = standard(Measure::ChangeSuccess);
    let mut events = Events::new();
    prepared(&mut events, "c", days(1), Risk::Low);
    let early = ask(&definition, &events.list, days(4) - minutes(1));
    assert_eq!((early.value, excluded(&early)), (None, vec![(Exclusion::Pending, 1)]));
    assert_eq!(ask(&definition, &events.list, days(4)).value, Some(0.0));
}

#[test]
fn an_end_from_before_the_start_is_none() {
    let definition = standard(Measure::ChangeSuccess);
    let mut events = Events::new();
    prepared(&mut events, "c", days(1), Risk::Low);
    events.at(days(1) - minutes(1), Change::ChangeFinished { change: "c".into() });
    assert_eq!(ask(&definition, &events.list, days(9)).value, Some(0.0));
}

#[test]
fn a_change_that_was_never_begun_is_none() {
    let mut events = Events::new();
    events.at(days(1), Change::ChangeProposed { change: "c".into(), risk: Risk::Low });
    let figure = ask(&standard(Measure::ChangeSuccess), &events.list, days(29));
    assert_eq!((figure.count, excluded(&figure)), (0, vec![]));
}

#[rstest]
#[case(Risk::Medium)]
#[case(Risk::High)]
fn other_risks_are_told_beside_and_not_counted(#[case] risk: Risk) {
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    prepared(&mut events, "d", days(3), risk);
    back(&mut events, "d", days(3) + hours(1), false);
    let figure = ask(&standard(Measure::ChangeSuccess), &events.list, days(29));
    assert_eq!((figure.value, figure.count), (Some(1.0), 1));
    assert_eq!(excluded(&figure), [(Exclusion::OtherClass, 1)]);
}

/// Who says when how risky it is; whether it counts as low; and what is flagged.
#[rstest]
#[case::only_the_person_and_low(&[(MAYA, -2, Risk::Low)], None, &[])]
// To take risky work out of what is counted takes somebody else's word.
#[case::only_the_person_and_high(&[(MAYA, -2, Risk::High)], Some(Exclusion::OwnWord), &[Flag::RiskUnreviewed])]
#[case::the_reviewer_over_the_person(&[(MAYA, -2, Risk::High), (INGRID, -1, Risk::Low)], None, &[])]
#[case::the_person_over_the_reviewer(
    &[(INGRID, -2, Risk::Low), (MAYA, -1, Risk::High)], None, &[Flag::RiskRelabelled],
)]
#[case::the_reviewer_thinks_again(&[(INGRID, -3, Risk::Low), (INGRID, -1, Risk::High)], Some(Exclusion::OtherClass), &[])]
// After it went wrong: the class of the start holds.
#[case::after_the_start(&[(INGRID, -2, Risk::Low), (INGRID, 2, Risk::High)], None, &[Flag::RiskRelabelled])]
#[case::the_same_after_the_start(&[(INGRID, -2, Risk::Low), (INGRID, 2, Risk::Low)], None, &[])]
#[case::only_after_the_start(&[(INGRID, 2, Risk::Low)], Some(Exclusion::OwnWord), &[Flag::RiskRelabelled])]
#[case::nobody(&[], Some(Exclusion::OwnWord), &[])]
fn the_risk_is_what_a_reviewer_said_before_the_start(
    #[case] said: &[(Uuid, i64, Risk)],
    #[case] reason: Option<Exclusion>,
    #[case] seen: &[Flag],
) {
    let mut events = Events::new();
    for (who, hour, risk) in said {
        let class = Change::ChangeClassified { change: "c".into(), risk: *risk };
        events.by(Some(*who), days(1) + hours(*hour), class);
    }
    events.at(days(1), Change::ChangeStarted { change: "c".into() });
    done(&mut events, "c", days(1));
    back(&mut events, "c", days(1) + hours(1), false);
    let figure = ask(&standard(Measure::ChangeSuccess), &events.list, days(29));
    assert_eq!(excluded(&figure), reason.map(|reason| (reason, 1)).into_iter().collect::<Vec<_>>());
    assert_eq!(flags(&figure), seen);
    assert_eq!(tripped(&figure).len(), seen.len());
}

#[rstest]
// 19 ÷ 20 = 0.95, which is just enough.
#[case::in_band(19, 1, 0.95, State::In)]
// 4 ÷ 5 = 0.8 < 0.95.
#[case::out(4, 1, 0.8, State::Below)]
// 4 ÷ 4 = 1, but four are fewer than five.
#[case::insufficient(4, 0, 1.0, State::Insufficient)]
fn documentation_is_a_share_of_all_changes(
    #[case] full: i64,
    #[case] bare: i64,
    #[case] value: f64,
    #[case] state: State,
) {
    let mut events = Events::new();
    run(&mut events, full);
    for number in 0..bare {
        events.at(days(2) + hours(number), Change::ChangeStarted { change: format!("bare-{number}") });
    }
    let figure = ask(&standard(Measure::ChangeDocumentation), &events.list, days(29));
    assert_eq!((figure.value, figure.state), (Some(value), state));
}

/// What is left out of, or wrong with, the documentation of a change that is begun at day 1 and ends 20 minutes later.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Docs {
    Full,
    NoPlan,
    LatePlan,
    NoWayBack,
    LateWayBack,
    NoPre,
    PreAtTheStart,
    PreADayOld,
    NoPost,
    PostAtTheEnd,
    PostADayLate,
    SameRecording,
    OldPost,
    PostOfTomorrow,
}

#[rstest]
#[case(Docs::Full, true, false)]
#[case(Docs::NoPlan, false, false)]
#[case(Docs::LatePlan, false, false)]
#[case(Docs::NoWayBack, false, false)]
#[case(Docs::LateWayBack, false, false)]
#[case(Docs::NoPre, false, false)]
#[case(Docs::PreAtTheStart, false, true)]
#[case(Docs::PreADayOld, false, true)]
#[case(Docs::NoPost, false, false)]
#[case(Docs::PostAtTheEnd, false, true)]
#[case(Docs::PostADayLate, false, true)]
// The perverse incentive: pasted old outputs.
#[case(Docs::SameRecording, false, true)]
#[case(Docs::OldPost, false, true)]
// Nobody can hand in what has not yet been seen.
#[case(Docs::PostOfTomorrow, false, true)]
fn a_change_is_documented_with_all_four_at_their_time(#[case] docs: Docs, #[case] met: bool, #[case] stale: bool) {
    let mut events = Events::new();
    let (begun, change) = (days(1), || "c".to_string());
    let way = |late| if late { begun + minutes(1) } else { begun - hours(1) };
    let plan = || Artefact("plan".into());
    if docs != Docs::NoPlan {
        events.at(way(docs == Docs::LatePlan), Change::ChangePlanned { change: change(), plan: plan() });
    }
    if docs != Docs::NoWayBack {
        let late = docs == Docs::LateWayBack;
        events.at(way(late), Change::ChangeRollbackPlanned { change: change(), plan: plan() });
    }
    match docs {
        Docs::NoPre => None,
        Docs::PreAtTheStart => Some(begun),
        Docs::PreADayOld => Some(begun - hours(24) - minutes(1)),
        _ => Some(begun - minutes(5)),
    }
    .map(|at| pre(&mut events, "c", at, "before"));
    events.at(begun, Change::ChangeStarted { change: change() });
    events.at(begun + minutes(20), Change::ChangeFinished { change: change() });
    let looked = |docs| match docs {
        Docs::PostAtTheEnd => begun + minutes(20),
        Docs::PostADayLate => begun + hours(24) + minutes(21),
        Docs::PostOfTomorrow => begun + minutes(10),
        _ => begun + minutes(25),
    };
    let taken = match docs {
        Docs::OldPost => Some(start() + begun - hours(1)),
        Docs::PostOfTomorrow => Some(start() + begun + minutes(25)),
        _ => None,
    };
    let recording = if docs == Docs::SameRecording { "before" } else { "after" };
    if docs != Docs::NoPost {
        let capture = Capture { taken, ..capture(recording) };
        events.at(looked(docs), Change::ChangePostchecked { change: change(), capture });
    }
    let figure = ask(&standard(Measure::ChangeDocumentation), &events.list, days(29));
    assert_eq!(figure.value, Some(if met { 1.0 } else { 0.0 }));
    assert_eq!(flags(&figure), if stale { vec![Flag::StaleEvidence] } else { vec![] });
    assert_eq!(tripped(&figure), if stale { vec!["stale-evidence"] } else { vec![] });
}

#[test]
fn a_recording_is_evidence_of_one_change_only() {
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    prepared(&mut events, "d", days(3), Risk::Low);
    events.at(days(3) + minutes(20), Change::ChangeFinished { change: "d".into() });
    // The look after the other change, handed in again.
    post(&mut events, "d", days(3) + minutes(25), "c after");
    let figure = ask(&standard(Measure::ChangeDocumentation), &events.list, days(29));
    // 1 ÷ 2: the first has its evidence, the second has not.
    assert_eq!((figure.value, flags(&figure)), (Some(0.5), vec![Flag::StaleEvidence]));
    assert_eq!(figure.flags[0].about, ["d"]);
}

#[test]
fn a_good_look_beside_a_stale_one_is_enough() {
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    post(&mut events, "c", days(1) + minutes(30), "c before");
    let figure = ask(&standard(Measure::ChangeDocumentation), &events.list, days(29));
    assert_eq!((figure.value, flags(&figure)), (Some(1.0), vec![Flag::StaleEvidence]));
}

#[test]
fn after_a_rollback_one_looks_again() {
    let definition = standard(Measure::ChangeDocumentation);
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    back(&mut events, "c", days(1) + hours(1), false);
    assert_eq!(ask(&definition, &events.list, days(29)).value, Some(0.0));
    post(&mut events, "c", days(1) + hours(2), "c after all");
    assert_eq!(ask(&definition, &events.list, days(29)).value, Some(1.0));
}

#[test]
fn the_look_after_may_take_a_day() {
    let definition = standard(Measure::ChangeDocumentation);
    let mut events = Events::new();
    prepared(&mut events, "c", days(1), Risk::High);
    events.at(days(1) + minutes(20), Change::ChangeFinished { change: "c".into() });
    let early = ask(&definition, &events.list, days(2) + minutes(19));
    assert_eq!((early.value, excluded(&early)), (None, vec![(Exclusion::Pending, 1)]));
    assert_eq!(ask(&definition, &events.list, days(2) + minutes(20)).value, Some(0.0));
}

#[test]
fn what_was_not_there_before_the_start_is_missing_at_once() {
    let mut events = Events::new();
    events.at(days(1), Change::ChangeStarted { change: "c".into() });
    let figure = ask(&standard(Measure::ChangeDocumentation), &events.list, days(1) + minutes(1));
    assert_eq!((figure.value, excluded(&figure)), (Some(0.0), vec![]));
}

#[test]
fn what_the_recorder_lost_is_not_held_against_anybody() {
    let mut events = Events::new();
    good(&mut events, "c", days(1));
    prepared(&mut events, "d", days(2), Risk::Low);
    events.at(days(2) + minutes(20), Change::ChangeFinished { change: "d".into() });
    events.by(None, days(2) + minutes(21), Change::ChangeRecordLost { change: "d".into() });
    let figure = ask(&standard(Measure::ChangeDocumentation), &events.list, days(29));
    assert_eq!((figure.value, figure.count), (Some(1.0), 1));
    assert_eq!(excluded(&figure), [(Exclusion::NotObserved, 1)]);
}
