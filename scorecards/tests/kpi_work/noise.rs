//! K09.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Artefact,
        work::{Alert, Incident, Monitor, Roster, Runbook, Severity},
    },
    kpi::{Exclusion, Figure, Flag, Meaning, Measure, State},
};

use crate::{
    ask::{ask, excluded, flags, standard, tripped},
    support::{Events, days, hours, minutes, start},
};

/// The quarter before begins at the start, this one at day 91, and it is asked at its end.
const QUARTER: i64 = 91;
const END: i64 = 2 * QUARTER;

/// An alert that goes away by itself after so many minutes.
fn alone(events: &mut Events, name: &str, after: TimeDelta, service: &str, minute: i64) {
    fired(events, name, after, service);
    events.by(None, after + minutes(minute), Alert::AlertResolved { alert: name.into(), automatic: true });
}

fn fired(events: &mut Events, name: &str, after: TimeDelta, service: &str) {
    let (alert, service) = (name.to_string(), Some(service.to_string()));
    events.by(None, after, Alert::AlertFired { alert, severity: Severity::Low, rule: None, service });
}

fn frozen(events: &mut Events, after: TimeDelta, services: &[&str]) {
    let services = services.iter().map(ToString::to_string).collect();
    events.at(after, Monitor::AreaFrozen { area: "files".into(), services });
}

fn on_call(events: &mut Events, from: i64, until: i64) {
    let (from, until) = (start() + days(from), start() + days(until));
    let shift = format!("shift-{from}");
    events.by(None, days(0), Roster::OnCallScheduled { shift, from, until, understaffed: false });
}

/// Owned since the start, on call all the time, with so much noise in the quarter before and in this one, and so many
/// alerts in this one that were needed.
fn quarters(before: i64, now: i64, needed: i64) -> Events {
    let mut events = Events::new();
    frozen(&mut events, days(0), &["nfs", "samba"]);
    on_call(&mut events, 0, END);
    for number in 0..before {
        alone(&mut events, &format!("before-{number}"), hours(10 + number), "nfs", 4);
    }
    for number in 0..now {
        alone(&mut events, &format!("now-{number}"), days(QUARTER) + hours(10 + number), "samba", 4);
    }
    for number in 0..needed {
        fired(&mut events, &format!("needed-{number}"), days(QUARTER) + hours(300 + number), "nfs");
    }
    events
}

fn asked(events: &Events) -> Figure {
    ask(&standard(Measure::AlertNoise), &events.list, days(END))
}

#[rstest]
// 40 → 32 in as many weeks: 32 ÷ 40 − 1 = −0.2.
#[case::in_band(40, 32, 0, -0.2, State::In, Meaning::Met)]
// 40 → 36 is −0.1 and 50 → 35 is −0.3: the ends of the band are in it.
#[case::upper_end(40, 36, 0, -0.1, State::In, Meaning::Met)]
#[case::lower_end(50, 35, 0, -0.3, State::In, Meaning::Met)]
// 40 → 40: no less.
#[case::out(40, 40, 0, 0.0, State::Above, Meaning::Missed)]
// 40 → 10 and 25 that were needed: −0.75, which asks for a look at what was silenced.
#[case::look(40, 10, 25, -0.75, State::Below, Meaning::Look)]
// 40 → 10, and nothing else was seen: 10 are fewer than 30.
#[case::insufficient(40, 10, 0, -0.75, State::Insufficient, Meaning::Nothing)]
fn noise_is_held_against_the_quarter_before(
    #[case] before: i64,
    #[case] now: i64,
    #[case] needed: i64,
    #[case] value: f64,
    #[case] state: State,
    #[case] meaning: Meaning,
) {
    let definition = standard(Measure::AlertNoise);
    let figure = asked(&quarters(before, now, needed));
    assert!((figure.value.unwrap() - value).abs() < 1e-9, "{:?}", figure.value);
    assert_eq!((figure.state, figure.state.meaning(definition.direction)), (state, meaning));
}

#[rstest]
#[case::nothing(0)]
// Of four, one more would be a quarter more.
#[case::too_little(4)]
fn without_noise_before_there_is_nothing_to_compare_with(#[case] before: i64) {
    let figure = asked(&quarters(before, 40, 0));
    assert_eq!((figure.value, figure.state), (None, State::Insufficient));
}

/// Silencing everything is not praised: nothing was seen.
#[test]
fn an_area_that_says_nothing_any_more_is_no_success() {
    let figure = asked(&quarters(40, 0, 0));
    assert_eq!(figure.state, State::Insufficient);
}

#[test]
fn it_is_noise_by_week_on_call() {
    let mut events = quarters(40, 32, 0);
    // On call for all of the quarter before, and for half of this one: 40 ÷ 13 weeks before, 32 ÷ 6.5 now.
    events.list.retain(|event| {
        !matches!(&event.kind, scorecards::event::Kind::Work(scorecards::event::work::Work::Roster(_)))
    });
    on_call(&mut events, 0, QUARTER);
    events.by(
        None,
        days(0),
        Roster::OnCallScheduled {
            shift: "now".into(),
            from: start() + days(QUARTER),
            until: start() + days(QUARTER) + hours(91 * 12),
            understaffed: false,
        },
    );
    // (32 ÷ 6.5) ÷ (40 ÷ 13) − 1 = 0.6.
    let value = asked(&events).value.unwrap();
    assert!((value - 0.6).abs() < 1e-9, "{value}");
}

#[test]
fn without_time_on_call_nothing_is_said() {
    let mut events = quarters(40, 32, 0);
    let shift = events.list.iter().position(|event| {
        matches!(&event.kind, scorecards::event::Kind::Work(scorecards::event::work::Work::Roster(_)))
    });
    events.list.remove(shift.unwrap());
    on_call(&mut events, 0, QUARTER);
    let figure = asked(&events);
    assert_eq!((figure.value, excluded(&figure)), (None, vec![(Exclusion::OffCall, 32)]));
    // A minute on call at the very end: then there is time, but the alerts were outside of it.
    on_call(&mut events, END - 1, END);
    assert_eq!(excluded(&asked(&events)), [(Exclusion::OffCall, 32)]);
    // On call in this quarter and not in the one before: nothing to compare with.
    let mut events = Events::new();
    frozen(&mut events, days(0), &["nfs"]);
    on_call(&mut events, QUARTER, END);
    alone(&mut events, "a", days(QUARTER + 1), "nfs", 1);
    assert_eq!(excluded(&asked(&events)), [(Exclusion::Unmeasured, 1)]);
}

type Story = fn(&mut Events);
const AT: TimeDelta = TimeDelta::days(QUARTER + 1);

fn gone_in_four_minutes(events: &mut Events) {
    alone(events, "a", AT, "nfs", 4);
}
fn gone_in_five(events: &mut Events) {
    alone(events, "a", AT, "nfs", 5);
}
fn gone_after_a_look(events: &mut Events) {
    gone_in_four_minutes(events);
    events.at(AT + minutes(1), Alert::AlertLookedInto { alert: "a".into() });
}
fn gone_after_an_action(events: &mut Events) {
    gone_in_four_minutes(events);
    events.at(AT + minutes(1), Runbook::ActionTaken { item: "a".into(), step: None, changes: true });
}
fn gone_but_an_incident_came_of_it(events: &mut Events) {
    gone_in_four_minutes(events);
    let (incident, alert) = ("i".into(), Some("a".into()));
    events.at(AT + hours(1), Incident::IncidentOpened { incident, severity: Severity::High, alert });
}
fn resolved_by_hand(events: &mut Events) {
    fired(events, "a", AT, "nfs");
    events.at(AT + minutes(2), Alert::AlertResolved { alert: "a".into(), automatic: false });
}
fn still_there(events: &mut Events) {
    fired(events, "a", AT, "nfs");
}
fn said_to_be_noise(events: &mut Events) {
    still_there(events);
    events.at(AT + hours(1), Alert::AlertTagged { alert: "a".into(), actionable: false });
}
fn said_so_by_mistake(events: &mut Events) {
    said_to_be_noise(events);
    events.at(AT + hours(2), Alert::AlertTagged { alert: "a".into(), actionable: true });
}
fn gone_but_said_to_be_useful(events: &mut Events) {
    gone_in_four_minutes(events);
    events.at(AT + hours(1), Alert::AlertTagged { alert: "a".into(), actionable: true });
}

#[rstest]
#[case(gone_in_four_minutes, true)]
#[case(gone_in_five, false)]
// A look is what noise costs.
#[case(gone_after_a_look, true)]
#[case(gone_after_an_action, false)]
#[case(gone_but_an_incident_came_of_it, false)]
#[case(resolved_by_hand, false)]
#[case(still_there, false)]
#[case(said_to_be_noise, true)]
#[case(said_so_by_mistake, false)]
// The perverse incentive: tagging what flaps as useful.
#[case(gone_but_said_to_be_useful, true)]
fn an_alert_is_noise_if_it_needed_nobody(#[case] story: Story, #[case] noise: bool) {
    let mut events = quarters(10, 0, 0);
    story(&mut events);
    let figure = asked(&events);
    // Of one, against ten before: 1 ÷ 10 − 1; of none: −1.
    let expected = if noise { -0.9 } else { -1.0 };
    assert_eq!(figure.count, 1);
    assert!((figure.value.unwrap() - expected).abs() < 1e-9, "{:?}", figure.value);
}

#[test]
fn alerts_of_other_areas_and_of_none_are_not_looked_at() {
    let mut events = quarters(40, 32, 0);
    let figure = asked(&events);
    for number in 0..20 {
        alone(&mut events, &format!("other-{number}"), days(QUARTER + 2) + hours(number), "dns", 1);
    }
    let alert = Alert::AlertFired { alert: "bare".into(), severity: Severity::Low, rule: None, service: None };
    events.by(None, days(QUARTER + 2), alert);
    assert_eq!(asked(&events), figure);
}

/// The perverse incentive: giving the noisy service away.
#[test]
fn the_area_is_what_it_was_when_the_quarter_began() {
    let mut events = quarters(40, 32, 0);
    let figure = asked(&events);
    frozen(&mut events, days(QUARTER) + hours(5), &["nfs"]);
    assert_eq!(asked(&events).value, figure.value);
    // Frozen in time it holds, for both quarters: of this one's alerts, which are samba's, nothing counts.
    frozen(&mut events, days(QUARTER), &["nfs"]);
    assert_eq!((asked(&events).count, asked(&events).state), (0, State::Insufficient));
    // The same service alone before and now: as many.
    frozen(&mut events, days(QUARTER), &["samba"]);
    assert_eq!((asked(&events).count, asked(&events).value), (32, None), "samba was silent before");
}

#[test]
fn a_change_rests_on_both_quarters() {
    let events = quarters(40, 32, 0);
    let figure = asked(&events);
    // Fired and resolved, forty and thirty-two times.
    assert_eq!((figure.count, figure.events.len()), (32, 2 * (40 + 32)));
}

#[test]
fn an_area_that_is_new_counts_by_its_first_word() {
    let mut events = Events::new();
    frozen(&mut events, days(QUARTER + 10), &["nfs"]);
    on_call(&mut events, 0, END);
    for number in 0..40 {
        alone(&mut events, &format!("before-{number}"), hours(number + 1), "nfs", 1);
        alone(&mut events, &format!("now-{number}"), days(QUARTER) + hours(number + 1), "nfs", 1);
    }
    assert_eq!(asked(&events).value, Some(0.0));
}

#[test]
fn a_freeze_takes_out_its_alerts_and_its_hours() {
    let mut events = quarters(40, 40, 0);
    // The noise of this quarter falls on its hours 10 to 49. Hours 30 to 50 are frozen: 20 alerts, and 20 hours.
    let (from, until) = (start() + days(QUARTER) + hours(30), start() + days(QUARTER) + hours(50));
    events.at(days(QUARTER), Monitor::DeployFreezeDeclared { area: "files".into(), from, until });
    let figure = asked(&events);
    assert_eq!(excluded(&figure), [(Exclusion::Frozen, 20)]);
    // 91 days are 2184 hours: (20 ÷ 2164) ÷ (40 ÷ 2184) − 1.
    let expected = (20.0 / 2164.0) / (40.0 / 2184.0) - 1.0;
    assert!((figure.value.unwrap() - expected).abs() < 1e-9, "{:?}", figure.value);
}

fn replayed(events: &mut Events, day: i64, incidents: u32, caught: u32) {
    events.by(None, days(day), Monitor::RulesReplayed { area: "files".into(), incidents, caught });
}

fn changed(events: &mut Events, day: i64) {
    let (area, rule, diff) = ("files".into(), "disk".into(), Artefact("diff".into()));
    events.at(days(day), Monitor::AlertRuleChanged { area, rule, diff });
}

fn nothing_changed(_: &mut Events) {}
fn changed_and_replayed(events: &mut Events) {
    changed(events, 100);
    replayed(events, 101, 4, 4);
}
fn changed_and_one_missed(events: &mut Events) {
    changed(events, 100);
    replayed(events, 101, 4, 3);
}
fn missed_and_mended(events: &mut Events) {
    changed_and_one_missed(events);
    changed(events, 102);
    replayed(events, 103, 4, 4);
}
fn changed_and_never_replayed(events: &mut Events) {
    changed(events, 100);
}
fn changed_and_nothing_replayed(events: &mut Events) {
    changed(events, 100);
    replayed(events, 101, 0, 0);
}
fn missed_and_nothing_replayed(events: &mut Events) {
    changed_and_one_missed(events);
    replayed(events, 103, 0, 0);
}
fn changed_after_the_replay(events: &mut Events) {
    changed_and_replayed(events);
    changed(events, 102);
}

/// The perverse incentive: silencing useful alerts.
#[rstest]
#[case(nothing_changed, &[])]
#[case(changed_and_replayed, &[])]
#[case(changed_and_one_missed, &[Flag::RecallLost])]
#[case(missed_and_mended, &[])]
#[case(changed_and_never_replayed, &[Flag::RecallUnknown])]
#[case(changed_and_nothing_replayed, &[Flag::RecallUnknown])]
#[case(missed_and_nothing_replayed, &[Flag::RecallLost])]
#[case(changed_after_the_replay, &[Flag::RecallUnknown])]
fn rules_must_still_catch_true_incidents(#[case] story: Story, #[case] seen: &[Flag]) {
    let mut events = quarters(40, 32, 0);
    story(&mut events);
    let figure = asked(&events);
    assert_eq!(flags(&figure), seen);
    assert_eq!(tripped(&figure).len(), seen.len());
}
