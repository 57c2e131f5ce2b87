//! What holds for whatever happened.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::prelude::*;
use scorecards::{
    event::{Artefact, Event, Kind, Source, work::*},
    kpi::{Definition, Figure, Measure, Parts, Tracker, figures},
};
use uuid::Uuid;

use crate::{
    ask::standard,
    support::{INGRID, MAYA, TOBIAS, start},
};

const MEASURES: [Measure; 8] = [
    Measure::RunbookAdherence,
    Measure::RunbookImprovements,
    Measure::MonitoringContributions,
    Measure::AlertNoise,
    Measure::ChangeSuccess,
    Measure::ChangeDocumentation,
    Measure::PatchCompliance,
    Measure::VulnerabilitySla,
];

/// How many kinds [`work`] can make.
const KINDS: u8 = 52;

/// An event of one of the kinds about one of three things. `moment` is one that it may name.
fn work(kind: u8, thing: u8, bits: u8, moment: DateTime<Utc>) -> Work {
    let name = || format!("thing-{}", thing % 3);
    let other = || format!("other-{}", bits % 3);
    let artefact = || Artefact(format!("artefact-{}", bits % 5));
    let yes = bits & 1 == 1;
    let someone = [MAYA, INGRID, TOBIAS][usize::from(bits % 3)];
    let risk = [Risk::Low, Risk::Medium, Risk::High][usize::from(bits % 3)];
    let (early, late) = (moment - TimeDelta::hours(i64::from(bits)), moment);
    let capture = || Capture { command: "df".into(), recording: artefact(), taken: yes.then_some(moment) };
    match kind % KINDS {
        0 => Runbook::RunbookMatched { item: name(), runbook: other(), mandatory: vec!["a".into(), "b".into()] }.into(),
        1 => Runbook::RunbookMissing { item: name() }.into(),
        2 => Runbook::RunbookOpened { item: name(), runbook: other() }.into(),
        3 => Runbook::RunbookStepTicked { item: name(), runbook: other(), step: "a".into() }.into(),
        4 => Runbook::RunbookStepTicked { item: name(), runbook: other(), step: "b".into() }.into(),
        5 => Runbook::ActionTaken { item: name(), step: None, changes: yes }.into(),
        6 => {
            let step = Some(Step { runbook: other(), step: "a".into() });
            Runbook::ActionTaken { item: name(), step, changes: yes }.into()
        }
        7 => Runbook::RunbookDeviated { item: name(), runbook: other(), step: "b".into(), reason: artefact() }.into(),
        8 => {
            let (runbook, step) = (other(), "b".into());
            Runbook::RunbookDeviationReviewed { item: name(), runbook, step, agreed: yes }.into()
        }
        9 => {
            let feedback = if yes { Feedback::NoUpdateNeeded } else { Feedback::Updated(name()) };
            Runbook::RunbookFeedbackGiven { item: name(), runbook: other(), feedback }.into()
        }
        10 => Runbook::RunbookRecordLost { item: name() }.into(),
        11 => Runbook::RevisionProposed { runbook: other(), revision: name(), diff: artefact() }.into(),
        12 => {
            let substance = if yes { Substance::Command } else { Substance::Wording };
            Runbook::RevisionReviewed { runbook: other(), revision: name(), substance }.into()
        }
        13 => Runbook::RevisionMerged { runbook: other(), revision: name() }.into(),
        14 => Runbook::RevisionUsed { runbook: other(), revision: name() }.into(),
        15 => Monitor::MonitorProposed { monitor: name(), sort: Sort::Dashboard }.into(),
        16 => Monitor::MonitorOwned { monitor: name(), owner: other() }.into(),
        17 => Monitor::MonitorLinked { monitor: name(), runbook: other() }.into(),
        18 => Monitor::MonitorTested { monitor: name(), passed: yes }.into(),
        19 => Monitor::MonitorMerged { monitor: name() }.into(),
        20 => Monitor::MonitorAlerted { monitor: name(), actionable: yes }.into(),
        21 => Monitor::AreaFrozen { area: name(), services: vec![other(), "thing-1".into()] }.into(),
        22 => Monitor::AlertRuleChanged { area: name(), rule: other(), diff: artefact() }.into(),
        23 => Monitor::RulesReplayed { area: name(), incidents: 3, caught: u32::from(bits % 5) }.into(),
        24 => Monitor::DeployFreezeDeclared { area: name(), from: early, until: late }.into(),
        25 => Change::ChangeProposed { change: name(), risk }.into(),
        26 => Change::ChangeClassified { change: name(), risk }.into(),
        27 => Change::ChangePlanned { change: name(), plan: artefact() }.into(),
        28 => Change::ChangeRollbackPlanned { change: name(), plan: artefact() }.into(),
        29 => Change::ChangeApproved { change: name() }.into(),
        30 => Change::ChangePrechecked { change: name(), capture: capture() }.into(),
        31 => Change::ChangeStarted { change: name() }.into(),
        32 => Change::ChangeFinished { change: name() }.into(),
        33 => Change::ChangePostchecked { change: name(), capture: capture() }.into(),
        34 => Change::ChangeRolledBack { change: name(), by_choice: yes }.into(),
        35 => Change::ChangeCausedIncident { change: name(), incident: other(), began: moment }.into(),
        36 => Change::ChangeHotfixed { change: name(), hotfix: other() }.into(),
        37 => Change::ChangeRecordLost { change: name() }.into(),
        38 => {
            let ring = if yes { Ring::Production } else { Ring::NonProduction };
            let (assignment, system, level) = (name(), other(), "1".into());
            Patch::PatchAssigned { assignment, system, level, ring, due: moment }.into()
        }
        39 => Patch::PatchApplied { assignment: name(), package: other(), version: "1".into() }.into(),
        40 => Patch::PatchRebooted { assignment: name() }.into(),
        41 => Patch::PatchScanned { assignment: name(), at_level: yes, reboot_pending: bits & 2 == 2 }.into(),
        42 => Patch::PatchVerified { assignment: name(), healthy: yes }.into(),
        43 => {
            let (assignment, reason) = (name(), artefact());
            Patch::PatchExcepted { assignment, approver: someone, until: moment, reason }.into()
        }
        44 => {
            let (finding, severity) = (name(), Severity::High);
            Vulnerability::VulnerabilityAssigned { finding, severity, due: moment }.into()
        }
        45 => {
            let (finding, waits_on) = (name(), other());
            Vulnerability::VulnerabilityBlocked { finding, waits_on, evidence: artefact() }.into()
        }
        46 => Vulnerability::VulnerabilityUnblocked { finding: name() }.into(),
        47 => Vulnerability::VulnerabilityFixed { finding: name() }.into(),
        48 => Vulnerability::VulnerabilityRescanned { finding: name(), clean: yes }.into(),
        49 => {
            let (finding, reason, until) = (name(), artefact(), yes.then_some(moment));
            Vulnerability::VulnerabilityDeferred { finding, reason, approver: someone, until }.into()
        }
        50 => {
            let service = Some(other());
            Alert::AlertFired { alert: format!("{}{bits}", name()), severity: Severity::Low, rule: None, service }
                .into()
        }
        _ => Alert::AlertResolved { alert: format!("{}{bits}", name()), automatic: yes }.into(),
    }
}

/// A moment in the half year before [`as_of`], in steps of six hours, so that things happen at once too.
fn moment(step: u16) -> DateTime<Utc> {
    start() + TimeDelta::hours(6 * i64::from(step % 800))
}

fn as_of() -> DateTime<Utc> {
    start() + TimeDelta::days(190)
}

fn event(number: usize, (kind, thing, bits, at, named): (u8, u8, u8, u16, u16)) -> Event {
    let series = [Source::Imported, Source::Simulated][usize::from(bits % 7 == 0)];
    Event {
        id: Uuid::from_u128(number as u128 + 1),
        at: moment(at),
        box_at: None,
        actor: [Some(MAYA), Some(INGRID), None][usize::from(bits / 3 % 3)],
        subject: MAYA,
        attempt: None,
        source: series,
        kind: Kind::Work(work(kind, thing, bits, moment(named))),
    }
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    prop::collection::vec(any::<(u8, u8, u8, u16, u16)>(), 0..160)
        .prop_map(|raw| raw.into_iter().enumerate().map(|(number, raw)| event(number, raw)).collect())
}

fn definitions() -> Vec<Definition> {
    MEASURES.map(standard).to_vec()
}

fn at_the_end(events: &[Event]) -> Vec<Figure> {
    figures(&definitions(), events, MAYA, as_of())
}

#[test]
fn every_kind_is_among_the_random_ones() {
    let made: std::collections::BTreeSet<String> = (0..KINDS)
        .map(|kind| serde_json::to_value(work(kind, 0, 1, start())).unwrap()["kind"].as_str().unwrap().to_string())
        .collect();
    let families = ["runbook", "revision", "action", "monitor", "area", "rules", "deploy", "change", "patch", "vulner"];
    let all = Work::tags().filter(|tag| families.iter().any(|family| tag.starts_with(family)));
    let missing: Vec<&str> = all.filter(|tag| !made.contains(*tag)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}

proptest! {
    #[test]
    fn shares_stay_shares(events in events()) {
        for figure in at_the_end(&events) {
            if let Parts::Share { met, of, numerator, denominator, interval } = &figure.parts {
                let value = figure.value.unwrap();
                prop_assert!((0.0..=1.0).contains(&value) && met <= of && numerator <= denominator);
                prop_assert!(0.0 <= interval.low && interval.low <= value + 1e-9 && value <= interval.high + 1e-9 && interval.high <= 1.0);
            }
            prop_assert!(figure.value.is_none_or(f64::is_finite));
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        (events, shuffled) in events().prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle())),
    ) {
        prop_assert_eq!(at_the_end(&events), at_the_end(&shuffled));
    }

    #[test]
    fn what_another_person_did_changes_nothing(events in events(), others in events()) {
        let alone = at_the_end(&events);
        let others = others.into_iter().enumerate().map(|(number, event)| {
            Event { subject: TOBIAS, id: Uuid::from_u128(1_000_000 + number as u128), ..event }
        });
        let both: Vec<Event> = others.chain(events).collect();
        prop_assert_eq!(at_the_end(&both), alone);
    }

    #[test]
    fn what_comes_later_changes_nothing(events in events(), cut in any::<u16>()) {
        let as_of = moment(cut);
        let known: Vec<Event> = events.iter().filter(|event| event.at < as_of).cloned().collect();
        prop_assert_eq!(figures(&definitions(), &events, MAYA, as_of), figures(&definitions(), &known, MAYA, as_of));
    }

    /// What is kept from day to day is what is computed afresh: no observation rests on what its episode does not name.
    #[test]
    fn day_by_day_is_as_all_at_once(events in events()) {
        let definitions = definitions();
        let mut events = events;
        events.sort_by_key(|event| event.at);
        let mut tracker = Tracker::new(MAYA);
        let mut left = events.as_slice();
        for day in (0..=190).step_by(19) {
            let as_of = start() + TimeDelta::days(day);
            let known = left.partition_point(|event| event.at < as_of);
            left[..known].iter().for_each(|event| tracker.add(event));
            left = &left[known..];
            prop_assert_eq!(
                tracker.figures(&definitions, as_of),
                figures(&definitions, &events, MAYA, as_of),
                "day {}", day
            );
        }
    }

    #[test]
    fn the_ends_of_time_and_absurd_settings_do_no_harm(events in events(), number in any::<f64>(), end in any::<bool>()) {
        let far = if end { DateTime::<Utc>::MAX_UTC } else { DateTime::<Utc>::MIN_UTC };
        let far_away = |(number, mut event): (usize, Event)| {
            match (&mut event.kind, number % 3) {
                (Kind::Work(Work::Patch(Patch::PatchAssigned { due, .. })), 0)
                | (Kind::Work(Work::Vulnerability(Vulnerability::VulnerabilityAssigned { due, .. })), 0) => *due = far,
                (Kind::Work(Work::Patch(Patch::PatchExcepted { until, .. })), _) => *until = far,
                (Kind::Work(Work::Change(Change::ChangeCausedIncident { began, .. })), _) => *began = far,
                (Kind::Work(Work::Monitor(Monitor::DeployFreezeDeclared { from, until, .. })), _) => {
                    (*from, *until) = (DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC);
                }
                (_, 1) => event.at = far,
                _ => {}
            }
            event
        };
        let events: Vec<Event> = events.into_iter().enumerate().map(far_away).collect();
        let mut definitions = definitions();
        for definition in &mut definitions {
            for name in [
                "tick-late-minutes", "tick-early-minutes", "feedback-days", "once-in-days", "used-in-days", "trial-days",
                "actionable-share", "alone-minutes", "incident-hours", "unfinished-hours", "rollback-minutes",
                "precheck-hours", "postcheck-hours", "production-weight", "other-weight", "ageing-days",
            ] {
                definition.settings.insert(name.into(), number);
            }
            for as_of in [as_of(), DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC] {
                for window_days in [30, 0, u32::MAX] {
                    definition.window_days = window_days;
                    for figure in figures(std::slice::from_ref(definition), &events, MAYA, as_of) {
                        prop_assert!(figure.value.is_none_or(f64::is_finite));
                    }
                }
            }
        }
    }
}
