//! K08.

use chrono::TimeDelta;
use rstest::rstest;
use scorecards::{
    event::{
        Source,
        work::{Alert, Monitor, Severity, Sort},
    },
    kpi::{Definition, Exclusion, Figure, Flag, Measure, State, figures},
};
use uuid::Uuid;

use crate::{
    ask::{ask, excluded, flags, standard, tripped},
    support::{Events, INGRID, MAYA, days, hours, start},
};

/// What a monitor lacks.
#[derive(Clone, Copy, Debug, PartialEq)]
enum But {
    Nothing,
    NoOwner,
    EmptyOwner,
    NoRunbook,
    NoTest,
    FailedTest,
    FailedThenPassed,
    PassedThenFailed,
}

fn added(events: &mut Events, name: &str, merged: TimeDelta, but: But) {
    let monitor = || name.to_string();
    events.at(merged - hours(9), Monitor::MonitorProposed { monitor: monitor(), sort: Sort::AlertRule });
    if but != But::NoOwner {
        let owner = if but == But::EmptyOwner { " " } else { "t-3" };
        events.at(merged - hours(8), Monitor::MonitorOwned { monitor: monitor(), owner: owner.into() });
    }
    if but != But::NoRunbook {
        events.at(merged - hours(7), Monitor::MonitorLinked { monitor: monitor(), runbook: "disk-full".into() });
    }
    let tests: &[bool] = match but {
        But::NoTest => &[],
        But::FailedTest => &[false],
        But::FailedThenPassed => &[false, true],
        But::PassedThenFailed => &[true, false],
        _ => &[true],
    };
    for (number, passed) in tests.iter().enumerate() {
        let tested = Monitor::MonitorTested { monitor: monitor(), passed: *passed };
        events.by(None, merged - hours(6 - number as i64), tested);
    }
    events.by(Some(INGRID), merged, Monitor::MonitorMerged { monitor: monitor() });
}

#[rstest]
#[case::in_band(1, 1.0, State::In)]
#[case::top_of_the_band(2, 2.0, State::In)]
#[case::look(3, 3.0, State::Above)]
fn contributions_are_counted_by_the_month(#[case] number: i64, #[case] value: f64, #[case] state: State) {
    let mut events = Events::new();
    for number in 1..=number {
        added(&mut events, &format!("monitor-{number}"), days(number), But::Nothing);
    }
    let figure = ask(&standard(Measure::MonitoringContributions), &events.list, days(30));
    assert_eq!((figure.value, figure.state), (Some(value), state));
}

#[test]
fn nothing_added_is_a_figure_if_there_was_work_and_nothing_if_there_was_none() {
    let definition = standard(Measure::MonitoringContributions);
    let mut events = Events::new();
    assert_eq!(ask(&definition, &events.list, days(30)).state, State::Insufficient);
    events.at(days(1), Monitor::MonitorProposed { monitor: "m".into(), sort: Sort::LogSource });
    let figure = ask(&definition, &events.list, days(30));
    assert_eq!((figure.value, figure.state), (Some(0.0), State::Below));
}

#[rstest]
#[case(But::Nothing, true)]
#[case(But::NoOwner, false)]
#[case(But::EmptyOwner, false)]
#[case(But::NoRunbook, false)]
#[case(But::NoTest, false)]
#[case(But::FailedTest, false)]
#[case(But::FailedThenPassed, true)]
#[case(But::PassedThenFailed, false)]
fn a_monitor_counts_with_owner_runbook_and_test(#[case] but: But, #[case] counts: bool) {
    let mut events = Events::new();
    added(&mut events, "m", days(5), but);
    let figure = ask(&standard(Measure::MonitoringContributions), &events.list, days(30));
    assert_eq!(figure.count, u32::from(counts));
    assert_eq!(excluded(&figure), if counts { vec![] } else { vec![(Exclusion::BelowStandard, 1)] });
}

#[test]
fn a_monitor_falls_on_the_day_on_which_it_is_complete() {
    let definition = standard(Measure::MonitoringContributions);
    let mut events = Events::new();
    added(&mut events, "m", days(1), But::NoOwner);
    events.at(days(40), Monitor::MonitorOwned { monitor: "m".into(), owner: "t-3".into() });
    assert_eq!(ask(&definition, &events.list, days(30)).count, 0);
    assert_eq!(ask(&definition, &events.list, days(41)).count, 1);
    // Testing it again moves nothing.
    events.by(None, days(80), Monitor::MonitorTested { monitor: "m".into(), passed: true });
    assert_eq!(ask(&definition, &events.list, days(90)).count, 0);
}

/// A monitor that has all it needs, by who tested it and by who merged it, a day after each other.
fn by(series: Source, tester: Option<Uuid>, mergers: &[Option<Uuid>]) -> Figure {
    let mut events = Events::of(MAYA, series);
    let monitor = || "m".to_string();
    events.at(days(1), Monitor::MonitorOwned { monitor: monitor(), owner: "t-3".into() });
    events.at(days(1), Monitor::MonitorLinked { monitor: monitor(), runbook: "disk-full".into() });
    events.by(tester, days(2), Monitor::MonitorTested { monitor: monitor(), passed: true });
    for (merger, day) in mergers.iter().zip(3..) {
        events.by(*merger, days(day), Monitor::MonitorMerged { monitor: monitor() });
    }
    events.figure(&[standard(Measure::MonitoringContributions)], days(30))
}

/// Perverse incentive: to merge one's own monitor.
#[rstest]
#[case::by_somebody_else(&[Some(INGRID)], true)]
#[case::by_the_person(&[Some(MAYA)], false)]
#[case::by_nobody(&[None], false)]
#[case::then_by_somebody_else(&[Some(MAYA), Some(INGRID)], true)]
fn a_monitor_is_accepted_by_somebody_else(#[case] mergers: &[Option<Uuid>], #[case] counts: bool) {
    let figure = by(Source::Imported, None, mergers);
    assert_eq!(figure.count, u32::from(counts));
    assert_eq!(excluded(&figure), if counts { vec![] } else { vec![(Exclusion::OwnWord, 1)] });
}

/// Perverse incentive: to say oneself that the test was passed.
#[rstest]
#[case::by_somebody_else(Source::Simulated, Some(INGRID), true)]
#[case::by_the_person(Source::Simulated, Some(MAYA), false)]
#[case::by_nobody(Source::Simulated, None, false)]
#[case::by_the_person_with_real_tools(Source::Imported, Some(MAYA), true)]
fn a_simulated_test_is_somebody_elses(#[case] series: Source, #[case] tester: Option<Uuid>, #[case] counts: bool) {
    let figure = by(series, tester, &[Some(INGRID)]);
    assert_eq!(figure.count, u32::from(counts));
    assert_eq!(excluded(&figure), if counts { vec![] } else { vec![(Exclusion::OwnWord, 1)] });
}

/// Alerts of the first thirty days: how many were needed, of how many; and how many not, later.
#[rstest]
#[case::silent(0, 0, 0, false)]
// 1 ÷ 2 = 0.5, which is just enough.
#[case::half(1, 2, 0, false)]
// 1 ÷ 3 < 0.5: the perverse incentive, a noisy alert for the count.
#[case::noisy(1, 3, 0, true)]
// What comes later is the business of K09.
#[case::noisy_later(1, 2, 8, false)]
fn a_noisy_monitor_is_flagged(#[case] needed: usize, #[case] of: usize, #[case] later: usize, #[case] noisy: bool) {
    let mut events = Events::new();
    added(&mut events, "m", days(1), But::Nothing);
    for number in 0..of {
        let alerted = Monitor::MonitorAlerted { monitor: "m".into(), actionable: number < needed };
        events.by(Some(INGRID), days(2 + number as i64), alerted);
    }
    for _ in 0..later {
        events.by(Some(INGRID), days(31), Monitor::MonitorAlerted { monitor: "m".into(), actionable: false });
    }
    let mut definition = standard(Measure::MonitoringContributions);
    definition.window_days = 60;
    let figure = ask(&definition, &events.list, days(50));
    assert_eq!((figure.count, flags(&figure)), (1, if noisy { vec![Flag::NoisyMonitor] } else { vec![] }));
    assert_eq!(tripped(&figure), if noisy { vec!["noisy-monitor"] } else { vec![] });
}

/// The other guard of new alerts: the noise of the whole area, which must not have grown.
#[test]
fn more_noise_in_the_area_is_read_beside_new_monitors() {
    let mut definition = standard(Measure::MonitoringContributions);
    definition.guards = vec!["alert-noise".into()];
    let definitions = [definition, Definition { minimum: 10, ..standard(Measure::AlertNoise) }];
    for (now, warns) in [(16, false), (30, true)] {
        let mut events = Events::new();
        added(&mut events, "m", days(160), But::Nothing);
        events.at(days(0), Monitor::AreaFrozen { area: "files".into(), services: vec!["nfs".into()] });
        for number in 0..20 + now {
            let (alert, service) = (|| format!("alert-{number}"), Some("nfs".into()));
            let after = if number < 20 { hours(number + 1) } else { days(91) + hours(number + 1) };
            events.by(None, after, Alert::AlertFired { alert: alert(), severity: Severity::Low, rule: None, service });
            events.at(after, Alert::AlertTagged { alert: alert(), actionable: false });
        }
        let figures = figures(&definitions, &events.list, MAYA, start() + days(182));
        let figure = figures.iter().find(|figure| figure.series == Source::Imported).unwrap();
        // 20 → 16 is −0.2, in the band; 20 → 30 is +0.5, above it.
        assert_eq!(tripped(figure), if warns { vec!["alert-noise"] } else { vec![] });
    }
}
