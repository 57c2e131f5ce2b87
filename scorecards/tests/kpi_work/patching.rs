//! K12.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Artefact,
        work::{Patch, Ring},
    },
    kpi::{Exclusion, Flag, Measure, Parts, State},
};
use uuid::Uuid;

use crate::{
    ask::{ask, excluded, flags, standard, tripped},
    support::{Events, INGRID, MAYA, days, hours, start},
};

/// When what is assigned at the start is due.
const DUE: i64 = 14;

fn assigned(events: &mut Events, name: &str, ring: Ring, due: TimeDelta) {
    events.by(
        Some(INGRID),
        days(0),
        Patch::PatchAssigned {
            assignment: name.into(),
            system: name.into(),
            level: "2026-03".into(),
            ring,
            due: start() + due,
        },
    );
}

fn applied(events: &mut Events, name: &str, after: TimeDelta) {
    let (package, version) = ("openssl".into(), "3.0.17-1".into());
    events.at(after, Patch::PatchApplied { assignment: name.into(), package, version });
}

fn rebooted(events: &mut Events, name: &str, after: TimeDelta) {
    events.at(after, Patch::PatchRebooted { assignment: name.into() });
}

fn scanned(events: &mut Events, name: &str, after: TimeDelta, at_level: bool, reboot_pending: bool) {
    events.by(None, after, Patch::PatchScanned { assignment: name.into(), at_level, reboot_pending });
}

fn verified(events: &mut Events, name: &str, after: TimeDelta, healthy: bool) {
    events.at(after, Patch::PatchVerified { assignment: name.into(), healthy });
}

fn excepted(events: &mut Events, name: &str, after: TimeDelta, approver: Uuid, until: i64) {
    let (until, reason) = (start() + days(until), Artefact("vendor".into()));
    events.at(after, Patch::PatchExcepted { assignment: name.into(), approver, until, reason });
}

/// Applied, rebooted, scanned and verified, an hour after another.
fn all(events: &mut Events, name: &str, after: TimeDelta) {
    applied(events, name, after);
    rebooted(events, name, after + hours(1));
    scanned(events, name, after + hours(2), true, false);
    verified(events, name, after + hours(3), true);
}

#[rstest]
// 19 ÷ 20 = 0.95, which is just enough.
#[case::in_band(19, 1, 0.95, State::In)]
// 9 ÷ 10 = 0.9 < 0.95.
#[case::out(9, 1, 0.9, State::Below)]
// 4 ÷ 4 = 1, but four are fewer than five.
#[case::insufficient(4, 0, 1.0, State::Insufficient)]
fn compliance_is_a_share_of_the_systems_that_were_due(
    #[case] done: u32,
    #[case] open: u32,
    #[case] value: f64,
    #[case] state: State,
) {
    let mut events = Events::new();
    for number in 0..done + open {
        let name = format!("web-{number}");
        assigned(&mut events, &name, Ring::Production, days(DUE));
        if number < done {
            all(&mut events, &name, days(3));
        }
    }
    let figure = ask(&standard(Measure::PatchCompliance), &events.list, days(29));
    assert_eq!((figure.state, figure.count), (state, done + open));
    assert!((figure.value.unwrap() - value).abs() < 1e-12, "{:?}", figure.value);
}

#[test]
fn production_weighs_twice() {
    let mut events = Events::new();
    assigned(&mut events, "web-1", Ring::Production, days(DUE));
    all(&mut events, "web-1", days(3));
    assigned(&mut events, "test-1", Ring::NonProduction, days(DUE));
    let mut definition = standard(Measure::PatchCompliance);
    // 2 ÷ (2 + 1).
    let figure = ask(&definition, &events.list, days(29));
    assert_eq!(figure.value, Some(2.0 / 3.0));
    assert!(matches!(figure.parts, Parts::Share { met: 1, of: 2, .. }));
    // A pack may weigh otherwise: 1 ÷ (1 + 1).
    definition.settings.insert("production-weight".into(), 1.0);
    assert_eq!(ask(&definition, &events.list, days(29)).value, Some(0.5));
}

type Story = fn(&mut Events);

fn nothing(_: &mut Events) {}
fn everything(events: &mut Events) {
    all(events, "s", days(3));
}
fn at_the_last_moment(events: &mut Events) {
    all(events, "s", days(DUE) - hours(3));
}
fn an_hour_late(events: &mut Events) {
    all(events, "s", days(DUE) - hours(2));
}
fn no_scan(events: &mut Events) {
    applied(events, "s", days(3));
    rebooted(events, "s", days(4));
    verified(events, "s", days(5), true);
}
fn reboot_skipped(events: &mut Events) {
    applied(events, "s", days(3));
    scanned(events, "s", days(4), true, true);
    verified(events, "s", days(5), true);
}
fn no_reboot_needed(events: &mut Events) {
    applied(events, "s", days(3));
    scanned(events, "s", days(4), true, false);
    verified(events, "s", days(5), true);
}
fn never_verified(events: &mut Events) {
    applied(events, "s", days(3));
    rebooted(events, "s", days(4));
    scanned(events, "s", days(5), true, false);
}
fn verified_before_the_reboot(events: &mut Events) {
    applied(events, "s", days(3));
    verified(events, "s", days(4), true);
    rebooted(events, "s", days(5));
    scanned(events, "s", days(6), true, false);
}
fn verified_before_the_package(events: &mut Events) {
    verified(events, "s", days(2), true);
    applied(events, "s", days(3));
    scanned(events, "s", days(4), true, false);
}
fn service_is_ill(events: &mut Events) {
    everything(events);
    verified(events, "s", days(5), false);
}
fn ill_and_well_again(events: &mut Events) {
    service_is_ill(events);
    verified(events, "s", days(6), true);
}
fn scanned_before_the_last_package(events: &mut Events) {
    everything(events);
    applied(events, "s", days(5));
    verified(events, "s", days(6), true);
}
fn not_at_the_level(events: &mut Events) {
    everything(events);
    scanned(events, "s", days(5), false, false);
}
fn there_already(events: &mut Events) {
    scanned(events, "s", days(1), true, false);
    verified(events, "s", days(1), true);
}

#[rstest]
#[case(nothing, false)]
#[case(everything, true)]
#[case(at_the_last_moment, true)]
#[case(an_hour_late, false)]
#[case(no_scan, false)]
// The perverse incentive: skipping reboot or validation.
#[case(reboot_skipped, false)]
#[case(no_reboot_needed, true)]
#[case(never_verified, false)]
#[case(verified_before_the_reboot, false)]
#[case(verified_before_the_package, false)]
#[case(service_is_ill, false)]
#[case(ill_and_well_again, true)]
#[case(scanned_before_the_last_package, false)]
#[case(not_at_the_level, false)]
#[case(there_already, true)]
fn a_system_is_at_the_level_if_scan_and_service_say_so(#[case] story: Story, #[case] met: bool) {
    let mut events = Events::new();
    assigned(&mut events, "s", Ring::Production, days(DUE));
    story(&mut events);
    let figure = ask(&standard(Measure::PatchCompliance), &events.list, days(29));
    assert_eq!(figure.value, Some(if met { 1.0 } else { 0.0 }));
}

#[test]
fn what_is_not_due_is_pending_whether_done_or_not() {
    let definition = standard(Measure::PatchCompliance);
    let mut events = Events::new();
    assigned(&mut events, "a", Ring::Production, days(DUE));
    assigned(&mut events, "b", Ring::Production, days(DUE));
    all(&mut events, "a", days(1));
    let early = ask(&definition, &events.list, days(DUE) - hours(1));
    assert_eq!((early.value, excluded(&early)), (None, vec![(Exclusion::Pending, 2)]));
    let late = ask(&definition, &events.list, days(DUE) + hours(1));
    assert_eq!((late.value, excluded(&late)), (Some(0.5), vec![]));
}

#[test]
fn an_exception_leaves_a_system_out_until_it_expires() {
    let definition = standard(Measure::PatchCompliance);
    let mut events = Events::new();
    assigned(&mut events, "s", Ring::Production, days(DUE));
    excepted(&mut events, "s", days(5), INGRID, 60);
    for day in [DUE + 1, 43, 45, 59] {
        // In every window of 30 days it is listed once.
        let figure = ask(&definition, &events.list, days(day));
        assert_eq!((figure.value, excluded(&figure)), (None, vec![(Exclusion::ApprovedException, 1)]), "day {day}");
    }
    let figure = ask(&definition, &events.list, days(61));
    assert_eq!(figure.value, Some(0.0));
    all(&mut events, "s", days(59));
    assert_eq!(ask(&definition, &events.list, days(61)).value, Some(1.0));
}

#[rstest]
#[case::by_a_reviewer_in_time(5, INGRID, None, &[])]
// The perverse incentive: excepting one's own systems, or excepting what is late already.
#[case::by_oneself(5, MAYA, Some(0.0), &[Flag::SelfApproved])]
#[case::too_late(DUE + 1, INGRID, Some(0.0), &[])]
fn an_exception_needs_somebody_else_in_time(
    #[case] day: i64,
    #[case] approver: Uuid,
    #[case] value: Option<f64>,
    #[case] seen: &[Flag],
) {
    let mut events = Events::new();
    assigned(&mut events, "s", Ring::Production, days(DUE));
    excepted(&mut events, "s", days(day), approver, 60);
    let figure = ask(&standard(Measure::PatchCompliance), &events.list, days(29));
    assert_eq!((figure.value, flags(&figure)), (value, seen.to_vec()));
    assert_eq!(tripped(&figure), if seen.is_empty() { vec![] } else { vec!["self-approved"] });
}

#[rstest]
#[case::once_and_short(&[(5, 60)], false)]
// 14 + 90 = 104: for ninety days and more.
#[case::once_and_long(&[(5, 104)], true)]
#[case::again_and_again(&[(5, 40), (38, 60)], true)]
fn old_exceptions_are_flagged(#[case] exceptions: &[(i64, i64)], #[case] flagged: bool) {
    let mut events = Events::new();
    assigned(&mut events, "s", Ring::Production, days(DUE));
    for (day, until) in exceptions {
        excepted(&mut events, "s", days(*day), INGRID, *until);
    }
    let figure = ask(&standard(Measure::PatchCompliance), &events.list, days(50));
    assert_eq!(excluded(&figure), [(Exclusion::ApprovedException, 1)]);
    assert_eq!(flags(&figure), if flagged { vec![Flag::Ageing] } else { vec![] });
}

#[test]
fn the_first_due_date_holds() {
    let mut events = Events::new();
    assigned(&mut events, "s", Ring::Production, days(DUE));
    events.by(
        Some(INGRID),
        days(13),
        Patch::PatchAssigned {
            assignment: "s".into(),
            system: "s".into(),
            level: "2026-03".into(),
            ring: Ring::NonProduction,
            due: start() + days(28),
        },
    );
    all(&mut events, "s", days(20));
    let figure = ask(&standard(Measure::PatchCompliance), &events.list, days(29));
    assert_eq!((figure.value, flags(&figure)), (Some(0.0), vec![Flag::DueMoved]));
    assert_eq!(tripped(&figure), ["due-moved"]);
}
