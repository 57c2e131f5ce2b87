//! What holds for any events of these families.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use scorecards::{
    event::{Event, Source, work::*},
    kpi::{Definition, Figure, Measure, SERIES, Tracker, figures},
};
use uuid::Uuid;

use crate::{
    PRIYA,
    support::{self, Events, INGRID, MAYA, TOBIAS, start},
    text,
};

const MEASURES: [Measure; 11] = [
    Measure::BackupSuccess,
    Measure::BackupTriage,
    Measure::RestoreParticipation,
    Measure::RestoreEvidence,
    Measure::DriftResolved,
    Measure::DriftTrend,
    Measure::PullCycleTime,
    Measure::PullQuality,
    Measure::HoursSaved,
    Measure::Satisfaction,
    Measure::LearningVelocity,
];

const SHARES: [Measure; 7] = [
    Measure::BackupSuccess,
    Measure::BackupTriage,
    Measure::RestoreParticipation,
    Measure::RestoreEvidence,
    Measure::DriftResolved,
    Measure::PullQuality,
    Measure::LearningVelocity,
];

fn definitions() -> Vec<Definition> {
    let windows = |measure| Definition { window_days: 91, ..support::definition(measure) };
    MEASURES.into_iter().map(windows).collect()
}

/// Few names, so that events meet.
fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c"]).prop_map(str::to_string)
}

fn person() -> impl Strategy<Value = Uuid> {
    prop::sample::select(vec![MAYA, INGRID, PRIYA, TOBIAS])
}

fn moment() -> impl Strategy<Value = chrono::DateTime<chrono::Utc>> {
    let near = (-3000i64..4000).prop_map(|hours| start() + TimeDelta::hours(hours));
    let odd =
        prop::sample::select(vec![chrono::DateTime::<chrono::Utc>::MIN_UTC, chrono::DateTime::<chrono::Utc>::MAX_UTC]);
    prop_oneof![20 => near, 1 => odd]
}

fn backup() -> impl Strategy<Value = Work> {
    let change = prop::sample::select(vec![
        ScheduleChange::Added,
        ScheduleChange::Moved,
        ScheduleChange::Thinned,
        ScheduleChange::Removed,
    ]);
    prop_oneof![
        (name(), name(), any::<Option<u32>>()).prop_map(|(run, job, grace_minutes)| Backup::BackupScheduled {
            run,
            job,
            grace_minutes
        }),
        (name(), -1..2i32, any::<u64>(), any::<Option<bool>>()).prop_map(|(run, code, bytes, repository_check)| {
            Backup::BackupFinished { run, code, bytes, repository_check }
        }),
        (name(), name()).prop_map(|(run, note)| Backup::BackupTriaged { run, note: text(&note) }),
        (name(), change, prop::option::of(person()))
            .prop_map(|(job, change, reviewer)| Backup::BackupScheduleChanged { job, change, reviewer }),
    ]
    .prop_map(Work::from)
}

fn restore() -> impl Strategy<Value = Work> {
    let count = || prop::option::of((0..2u64, 0..2u64).prop_map(|(restored, source)| Count { restored, source }));
    prop_oneof![
        (name(), moment()).prop_map(|(test, on)| Restore::RestoreScheduled { test, on }),
        name().prop_map(|test| Restore::RestoreCancelled { test }),
        (name(), name()).prop_map(|(test, snapshot)| Restore::RestoreStarted { test, snapshot }),
        (name(), name(), name(), count(), count()).prop_map(|(test, checksum, source_checksum, files, rows)| {
            Restore::RestoreVerified { test, checksum, source_checksum, files, rows }
        }),
        (name(), any::<Option<u32>>(), any::<bool>(), name()).prop_map(|(test, took_minutes, cleaned_up, report)| {
            Restore::RestoreReported { test, took_minutes, cleaned_up, report: text(&report) }
        }),
    ]
    .prop_map(Work::from)
}

fn drift() -> impl Strategy<Value = Work> {
    let closing = prop_oneof![
        Just(Closing::Hand),
        (name(), any::<bool>(), prop::option::of(person())).prop_map(|(pull, ignores, approver)| Closing::Code {
            pull,
            ignores,
            approver
        }),
    ];
    let complexity = prop::sample::select(vec![Complexity::S, Complexity::M, Complexity::L]);
    let risk = prop::sample::select(vec![Risk::Low, Risk::Medium, Risk::High]);
    prop_oneof![
        (name(), name(), complexity, risk).prop_map(|(item, resource, complexity, risk)| Drift::DriftDetected {
            item,
            resource,
            complexity,
            risk
        }),
        (name(), moment(), moment()).prop_map(|(item, from, until)| Drift::DriftAgreed { item, from, until }),
        (name(), closing).prop_map(|(item, by)| Drift::DriftClosed { item, by }),
        (name(), any::<bool>()).prop_map(|(item, clean)| Drift::DriftRechecked { item, clean }),
    ]
    .prop_map(Work::from)
}

fn pull_request() -> impl Strategy<Value = Work> {
    let verdict = prop::sample::select(vec![Review::Approved, Review::ChangesRequested, Review::Commented]);
    prop_oneof![
        (name(), any::<bool>(), name()).prop_map(|(pull, draft, commit)| PullRequest::PullOpened {
            pull,
            draft,
            commit
        }),
        name().prop_map(|pull| PullRequest::PullReady { pull }),
        (name(), person()).prop_map(|(pull, reviewer)| PullRequest::ReviewRequested { pull, reviewer }),
        (name(), verdict, any::<u32>()).prop_map(|(pull, verdict, comments)| PullRequest::PullReviewed {
            pull,
            verdict,
            comments
        }),
        (name(), name()).prop_map(|(pull, commit)| PullRequest::PullPushed { pull, commit }),
        (name(), name(), any::<bool>()).prop_map(|(pull, commit, passed)| PullRequest::PipelineFinished {
            pull,
            commit,
            passed
        }),
        (name(), name()).prop_map(|(pull, waits_for)| PullRequest::PullHeld { pull, waits_for }),
        name().prop_map(|pull| PullRequest::PullResumed { pull }),
        (name(), any::<u32>(), any::<u32>()).prop_map(|(pull, lines, resources)| PullRequest::PullMerged {
            pull,
            lines,
            resources
        }),
        name().prop_map(|pull| PullRequest::PullClosed { pull }),
        (name(), name()).prop_map(|(pull, by)| PullRequest::PullReverted { pull, by }),
    ]
    .prop_map(Work::from)
}

fn automation() -> impl Strategy<Value = Work> {
    let wish = prop::option::of(prop_oneof![Just(Wish::Schedule), name().prop_map(Wish::Requester)]);
    let way = prop::sample::select(vec![Way::Manual, Way::Automated]);
    prop_oneof![
        (name(), way, any::<u32>()).prop_map(|(automation, way, seconds)| Automation::ToilTimed {
            automation,
            way,
            seconds
        }),
        (name(), any::<Option<u32>>())
            .prop_map(|(automation, monthly)| Automation::BaselineConfirmed { automation, monthly }),
        (name(), any::<bool>(), wish).prop_map(|(automation, succeeded, wanted_by)| Automation::AutomationRun {
            automation,
            succeeded,
            wanted_by
        }),
        (name(), any::<u32>())
            .prop_map(|(automation, minutes)| Automation::AutomationMaintained { automation, minutes }),
    ]
    .prop_map(Work::from)
}

fn survey() -> impl Strategy<Value = Work> {
    let chosen_by = prop::sample::select(vec![Chooser::System, Chooser::System, Chooser::Person]);
    prop_oneof![
        (name(), name(), chosen_by).prop_map(|(survey, requester, chosen_by)| Survey::SurveySent {
            survey,
            requester,
            ticket: None,
            chosen_by
        }),
        (name(), any::<u8>().prop_map(|score| score % 7)).prop_map(|(survey, score)| Survey::SurveyAnswered {
            survey,
            score,
            text: None
        }),
        name().prop_map(|survey| Survey::SurveyDeclined { survey }),
    ]
    .prop_map(Work::from)
}

fn plan() -> impl Strategy<Value = Work> {
    let item =
        || {
            (name(), any::<u32>(), any::<bool>(), any::<bool>())
                .prop_map(|(item, minutes, sign_off, recheck)| PlanItem { item, minutes, sign_off, recheck })
        };
    let items = move || prop::collection::vec(item(), 0..3);
    prop_oneof![
        (name(), items(), moment(), moment()).prop_map(|(plan, items, from, until)| Plan::PlanAgreed {
            plan,
            items,
            from,
            until
        }),
        (name(), items(), prop::collection::vec(name(), 0..3)).prop_map(|(plan, added, removed)| Plan::PlanChanged {
            plan,
            added,
            removed
        }),
        (name(), name()).prop_map(|(plan, item)| Plan::ItemMastered { plan, item, evidence: Vec::new() }),
        (name(), name()).prop_map(|(plan, item)| Plan::ItemSignedOff { plan, item }),
        (name(), name(), any::<bool>()).prop_map(|(plan, item, passed)| Plan::ItemRechecked { plan, item, passed }),
    ]
    .prop_map(Work::from)
}

/// Of one family, of two that look at each other, or of all.
fn works() -> impl Strategy<Value = Vec<Work>> {
    let some = |work: BoxedStrategy<Work>| prop::collection::vec(work, 0..60);
    let all = prop_oneof![backup(), restore(), drift(), pull_request(), automation(), survey(), plan()];
    prop_oneof![
        some(backup().boxed()),
        some(restore().boxed()),
        some(prop_oneof![drift(), pull_request()].boxed()),
        some(pull_request().boxed()),
        some(automation().boxed()),
        some(survey().boxed()),
        some(plan().boxed()),
        some(all.boxed()),
    ]
}

/// Events about Maya in half a year, most of them her own, in the order of their ids, and in another order.
fn two_orders() -> impl Strategy<Value = (Vec<Event>, Vec<Event>)> {
    let actor = || prop_oneof![3 => Just(Some(MAYA)), 2 => prop::option::of(person())];
    works()
        .prop_flat_map(move |works| {
            let number = works.len();
            let when = prop::collection::vec((-1000i64..2500, actor()), number..=number);
            (Just(works), when)
        })
        .prop_map(|(works, when)| {
            let mut events = Events::of(MAYA, Source::Imported);
            for (work, (hours, actor)) in works.into_iter().zip(when) {
                events.by(actor, TimeDelta::hours(hours), work);
            }
            events.list
        })
        .prop_flat_map(|events| (Just(events.clone()), Just(events).prop_shuffle()))
}

fn told(events: &[Event], after: i64) -> Vec<Figure> {
    figures(&definitions(), events, MAYA, start() + TimeDelta::hours(after))
}

/// Like [`figures`], with what was asked at earlier moments still in mind.
fn told_step_by_step(events: &[Event], after: i64) -> Vec<Figure> {
    let mut events = events.to_vec();
    events.sort_by_key(|event| event.at);
    let mut tracker = Tracker::new(MAYA);
    let until = start() + TimeDelta::hours(after);
    for part in events.chunks(7) {
        let Some(last) = part.last().filter(|last| last.at < until) else { break };
        part.iter().for_each(|event| tracker.add(event));
        tracker.figures(&definitions(), last.at + TimeDelta::seconds(1));
    }
    events.iter().for_each(|event| tracker.add(event));
    tracker.figures(&definitions(), until)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_order_of_arrival_does_not_matter((events, other) in two_orders(), after in 0i64..4000) {
        prop_assert_eq!(told(&events, after), told(&other, after));
    }

    #[test]
    fn asking_on_the_way_changes_nothing((events, _) in two_orders(), after in 0i64..4000) {
        prop_assert_eq!(told_step_by_step(&events, after), told(&events, after));
    }

    #[test]
    fn figures_are_numbers_and_shares_are_shares((events, _) in two_orders(), after in -3000i64..4000) {
        for figure in told(&events, after) {
            let measure: Measure = figure.kpi.parse().unwrap();
            if let Some(value) = figure.value {
                prop_assert!(value.is_finite(), "{:?}", figure);
                if SHARES.contains(&measure) {
                    prop_assert!((0.0..=1.0).contains(&value), "{:?}", figure);
                }
                if measure == Measure::Satisfaction {
                    prop_assert!((1.0..=5.0).contains(&value), "{:?}", figure);
                }
                if measure == Measure::PullCycleTime {
                    prop_assert!(value >= 0.0, "{:?}", figure);
                }
            }
        }
    }

    #[test]
    fn events_of_another_person_or_of_later_change_nothing((events, _) in two_orders(), more in two_orders(), after in 0i64..2000) {
        let until = start() + TimeDelta::hours(after);
        let foreign = more.0.into_iter().enumerate().map(|(number, mut event)| {
            event.id = Uuid::from_u128(0xf0_0000 + number as u128);
            if number % 2 == 0 { event.subject = TOBIAS } else { event.at = event.at.max(until) }
            event
        });
        let with: Vec<Event> = events.iter().cloned().chain(foreign).collect();
        prop_assert_eq!(told(&with, after), told(&events, after));
    }

    /// Five answers at least, or none is shown: neither as a value nor as an event.
    #[test]
    fn few_answers_are_never_shown((events, _) in two_orders(), after in 0i64..4000, minimum in 2u32..6) {
        let definition = Definition { window_days: 91, minimum, ..support::definition(Measure::Satisfaction) };
        let until = start() + TimeDelta::hours(after);
        for figure in figures(&[definition], &events, MAYA, until) {
            let excluded = figure.exclusions.iter().all(|excluded| excluded.events.is_empty());
            prop_assert!(excluded && (figure.count >= minimum || figure.value.is_none() && figure.events.is_empty()));
        }
    }
}

/// Properties of figures that are never there would hold for nothing.
#[test]
fn random_events_lead_to_figures_of_every_kpi() {
    let mut runner = TestRunner::deterministic();
    let mut valued = BTreeSet::new();
    for _ in 0..400 {
        let (events, _) = two_orders().new_tree(&mut runner).unwrap().current();
        valued.extend(told(&events, 2500).into_iter().filter(|figure| figure.value.is_some()).map(|figure| figure.kpi));
    }
    let all: BTreeSet<String> = definitions().into_iter().map(|definition| definition.id).collect();
    assert_eq!(valued, all);
}

#[test]
fn every_series_gets_a_figure_of_each() {
    assert_eq!(told(&[], 0).len(), MEASURES.len() * SERIES.len());
}
