//! What holds of every measure, whatever happens.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scorecards::{
    event::{
        Event, Source,
        work::{Alert, Family, Severity, Work},
    },
    kpi::{Definition, Figure, Measure, Parts, SERIES, State, Target, Tracker, figures},
};
use strum::VariantArray;

use crate::{
    random::{self, Random},
    support::{Events, MAYA, TOBIAS, days, definition, minutes, start},
};

/// A KPI of every measure, each with a target, a guard and a window of its own.
pub fn definitions() -> Vec<Definition> {
    let measures = Measure::VARIANTS;
    let ids: Vec<String> = measures.iter().map(|measure| definition(*measure).id).collect();
    measures
        .iter()
        .enumerate()
        .map(|(number, measure)| Definition {
            window_days: [7, 30, 91][number % 3],
            target: Target { at_least: Some(0.5), at_most: Some(20.0), stretch: Some(0.9) },
            minimum: (number % 3) as u32,
            guards: vec![ids[(number + 1) % ids.len()].clone(), "maybe-split".into(), "no-such-thing".into()],
            ramp_days: 30,
            ..definition(*measure)
        })
        .collect()
}

/// Events of all series, most of them of one family.
fn some_events() -> impl Strategy<Value = Vec<Event>> {
    let seeds = prop::collection::vec((any::<u64>(), 0usize..3), 0..120);
    (0..Family::ALL.len(), seeds).prop_map(|(focus, seeds)| {
        seeds.into_iter().map(|(seed, series)| random::event(seed, SERIES[series], Family::ALL[focus])).collect()
    })
}

/// A moment within the time of the events, or a little after.
fn some_moment() -> impl Strategy<Value = DateTime<Utc>> {
    (0i64..130 * 24 * 60).prop_map(|after| start() + minutes(after))
}

fn shuffled(events: &[Event], seed: u64) -> Vec<Event> {
    let (mut events, mut random) = (events.to_vec(), Random(seed));
    for last in (1..events.len()).rev() {
        events.swap(last, random.below(last + 1));
    }
    events
}

fn at(as_of: DateTime<Utc>, events: &[Event]) -> Vec<Figure> {
    figures(&definitions(), events, MAYA, as_of)
}

/// Says which figure differs, not all of them.
fn same(a: &[Figure], b: &[Figure]) -> Result<(), TestCaseError> {
    prop_assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        prop_assert_eq!(a, b);
    }
    Ok(())
}

fn numbers(figure: &Figure) -> Vec<f64> {
    let mut numbers: Vec<f64> = figure.value.into_iter().collect();
    numbers.extend(figure.guards.iter().filter_map(|guard| guard.value));
    match &figure.parts {
        Parts::Share { numerator, denominator, interval, .. } => {
            numbers.extend([*numerator, *denominator, interval.low, interval.high]);
        }
        Parts::Sum { weighted, raw, months } => numbers.extend([*weighted, *raw, *months]),
        Parts::Durations { total, mean, median, p90, .. } => numbers.extend([*total, *mean, *median, *p90]),
        Parts::Levels { total } => numbers.push(*total),
        Parts::Stated | Parts::Other => {}
    }
    numbers
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_arrival_does_not_matter(events in some_events(), as_of in some_moment(), seed in any::<u64>()) {
        same(&at(as_of, &events), &at(as_of, &shuffled(&events, seed)))?;
    }

    #[test]
    fn events_that_come_again_change_nothing(events in some_events(), as_of in some_moment(), seed in any::<u64>()) {
        let mut twice = events.clone();
        twice.extend(shuffled(&events, seed));
        same(&at(as_of, &events), &at(as_of, &twice))?;
    }

    #[test]
    fn events_of_another_person_change_nothing(events in some_events(), more in some_events(), as_of in some_moment()) {
        let others = more.into_iter().map(|event| Event { subject: TOBIAS, ..event });
        let both: Vec<Event> = events.iter().cloned().chain(others).collect();
        same(&at(as_of, &events), &at(as_of, &both))?;
    }

    #[test]
    fn events_of_another_series_change_nothing(
        events in some_events(), more in some_events(), as_of in some_moment(), series in 0usize..3,
    ) {
        let series = SERIES[series];
        let others = more.into_iter().filter(|event| event.source != series);
        let both: Vec<Event> = events.iter().cloned().chain(others).collect();
        let of = |events: &[Event]| -> Vec<Figure> {
            at(as_of, events).into_iter().filter(|figure| figure.series == series).collect()
        };
        same(&of(&events), &of(&both))?;
    }

    #[test]
    fn nothing_from_the_moment_on_is_known(events in some_events(), as_of in some_moment()) {
        let known: Vec<Event> = events.iter().filter(|event| event.at < as_of).cloned().collect();
        same(&at(as_of, &known), &at(as_of, &events))?;
    }

    /// Events come in on some days, in any order; figures are asked for after each. The last are as from scratch.
    #[test]
    fn figures_kept_up_are_as_from_scratch(events in some_events(), mut asked in prop::collection::vec(some_moment(), 1..6), cuts in prop::collection::vec(any::<prop::sample::Index>(), 5)) {
        let definitions = definitions();
        asked.sort();
        let mut tracker = Tracker::new(MAYA);
        let mut added = 0;
        for (as_of, cut) in asked.iter().zip(cuts.iter().map(Some).chain(std::iter::repeat(None))) {
            let until = cut.map_or(events.len(), |cut| cut.index(events.len() + 1)).max(added);
            events[added..until].iter().for_each(|event| tracker.add(event));
            added = until;
            same(&tracker.figures(&definitions, *as_of), &at(*as_of, &events[..added]))?;
        }
        let last = start() + days(131);
        events[added..].iter().for_each(|event| tracker.add(event));
        for as_of in [last, last + days(3), last + days(40), last + days(400), last + days(2)] {
            same(&tracker.figures(&definitions, as_of), &at(as_of, &events))?;
        }
    }

    #[test]
    fn days_added_one_by_one_are_as_from_scratch(mut events in some_events()) {
        let definitions = definitions();
        events.sort_by_key(|event| event.at);
        let mut tracker = Tracker::new(MAYA);
        let mut added = 0;
        for day in (1..105).step_by(4) {
            let as_of = start() + days(day);
            let until = events.partition_point(|event| event.at < as_of);
            events[added..until].iter().for_each(|event| tracker.add(event));
            added = until;
            same(&tracker.figures(&definitions, as_of), &at(as_of, &events[..added]))?;
        }
    }

    #[test]
    fn what_ended_long_ago_can_be_forgotten(events in some_events(), after in 0i64..200) {
        // The generator's moments inside events lie within 120 days: nothing of the first 100 matters 400 days later. But
        // for a pull request that was never closed: it lasts for ever, unless it is forgotten.
        let mut definitions = definitions();
        definitions.retain(|definition| definition.measure != Measure::PullCycleTime);
        let as_of = start() + days(520 + after);
        let mut tracker = Tracker::new(MAYA);
        events.iter().for_each(|event| tracker.add(event));
        tracker.figures(&definitions, start() + days(110));
        tracker.forget_before(start() + days(121));
        let kept = tracker.figures(&definitions, as_of);
        for (kept, whole) in kept.iter().zip(figures(&definitions, &events, MAYA, as_of)) {
            prop_assert_eq!((kept.value, kept.count, kept.state), (whole.value, whole.count, whole.state), "{}", kept.kpi);
        }
        // What is forgotten stays so, also if it comes again.
        events.iter().for_each(|event| tracker.add(event));
        same(&tracker.figures(&definitions, as_of), &kept)?;
    }

    #[test]
    fn shares_stay_within_0_and_1_and_in_their_interval(events in some_events(), as_of in some_moment()) {
        for figure in at(as_of, &events) {
            if let (Parts::Share { met, of, interval, .. }, Some(value)) = (&figure.parts, figure.value) {
                prop_assert!(0.0 <= interval.low && interval.low <= value, "{:?}", figure);
                prop_assert!(value <= interval.high && interval.high <= 1.0, "{:?}", figure);
                prop_assert!(met <= of, "{:?}", figure);
            }
        }
    }

    #[test]
    fn every_number_is_a_number(events in some_events(), as_of in some_moment()) {
        for figure in at(as_of, &events) {
            prop_assert!(numbers(&figure).iter().all(|number| number.is_finite()), "{:?}", figure);
        }
    }

    #[test]
    fn below_the_minimum_there_is_no_verdict(events in some_events(), as_of in some_moment(), minimum in 0u32..6) {
        let mut definitions = definitions();
        definitions.iter_mut().for_each(|definition| definition.minimum = minimum);
        for figure in figures(&definitions, &events, MAYA, as_of) {
            if figure.count < minimum || figure.value.is_none() {
                prop_assert_eq!((figure.state, figure.stretch), (State::Insufficient, None));
            }
        }
    }

    #[test]
    fn figures_survive_json(events in some_events(), as_of in some_moment()) {
        let figures = at(as_of, &events);
        let text = serde_json::to_string(&figures).unwrap();
        same(&serde_json::from_str::<Vec<Figure>>(&text).unwrap(), &figures)?;
    }

    /// Every event that a figure cites is one that was given, of its series, before the moment.
    #[test]
    fn figures_rest_on_events_that_are_there(events in some_events(), as_of in some_moment()) {
        for figure in at(as_of, &events) {
            let cited = figure.events.iter().chain(figure.exclusions.iter().flat_map(|excluded| &excluded.events));
            for id in cited {
                let there = events.iter().any(|event| event.id == *id && event.source == figure.series && event.at < as_of);
                prop_assert!(there, "{} cites {}", figure.kpi, id);
            }
        }
    }

    #[test]
    fn no_setting_or_window_makes_it_panic(
        events in some_events(), as_of in some_moment(),
        number in prop_oneof![Just(0.0), Just(-1.0), Just(1e300), Just(f64::NAN), Just(f64::INFINITY), -100.0..100.0f64],
        window in prop_oneof![Just(0u32), Just(1), Just(u32::MAX)],
    ) {
        let mut definitions = definitions();
        for definition in &mut definitions {
            definition.window_days = window;
            definition.ramp_days = window;
            definition.settings = definition.measure.settings().iter().map(|(name, _)| (name.to_string(), number)).collect();
        }
        for figure in figures(&definitions, &events, MAYA, as_of) {
            prop_assert!(numbers(&figure).iter().all(|number| number.is_finite()), "{:?}", figure);
        }
    }

    /// Who ignores a page never looks better for it, in any of the three figures.
    #[test]
    fn an_ignored_page_never_improves_time_to_acknowledge(events in some_events(), paged in 0i64..90 * 24 * 60, after in 31i64..10_000) {
        let kpi = [Definition { window_days: 91, minimum: 0, ..definition(Measure::TimeToAcknowledge) }];
        let mut page = Events::new();
        page.at(minutes(paged), Alert::AlertFired { alert: "ignored".into(), severity: Severity::High, rule: None, service: None });
        let as_of = start() + minutes(paged + after);
        let with: Vec<Event> = events.iter().chain(&page.list).cloned().collect();
        let of = |events: &[Event]| figures(&kpi, events, MAYA, as_of).remove(1);
        let (before, after) = (of(&events), of(&with));
        prop_assert_eq!(before.series, Source::Imported);
        if let (Parts::Durations { mean, median, p90, censored, .. }, Parts::Durations { mean: mean_after, median: median_after, p90: p90_after, censored: censored_after, .. }) = (before.parts, after.parts) {
            prop_assert!(mean_after >= mean - 1e-9 && median_after >= median - 1e-9 && p90_after >= p90 - 1e-9);
            prop_assert!(censored_after >= censored);
        }
    }
}

/// If random events said nothing, none of the above would say anything.
#[test]
fn random_events_make_every_measure_say_something() {
    let (mut kinds, mut definitions) = (BTreeSet::new(), definitions());
    definitions.iter_mut().for_each(|definition| definition.window_days = 91);
    let mut silent: BTreeSet<&str> = definitions.iter().map(|definition| definition.id.as_str()).collect();
    for focus in Family::ALL {
        for round in 0..16u64 {
            let seeds = (0..150).map(|seed| (round * 150 + seed) * 7919);
            let events: Vec<Event> = seeds.map(|seed| random::event(seed, Source::Imported, *focus)).collect();
            kinds.extend(events.iter().map(random::tag));
            for day in [70, 100] {
                let figures = figures(&definitions, &events, MAYA, start() + days(day));
                for figure in figures.iter().filter(|figure| figure.count > 0) {
                    silent.remove(figure.kpi.as_str());
                }
            }
        }
    }
    assert_eq!(silent, BTreeSet::new(), "these measures never saw anything that counts");
    assert_eq!(kinds.len(), Work::tags().count(), "some kinds never come");
}
