//! A role is data: the same functions compute with two of them.

use chrono::{DateTime, TimeDelta};
use scorecards::{
    event::{
        Event, Kind, Source,
        work::{Alert, Severity},
    },
    kpi::{Definition, Direction, State, figures},
    readiness::Need,
    role::Role,
    scorecard::{Label, Level, Panel, Weight, recommend},
};
use uuid::Uuid;

use crate::support::role;

const MAYA: Uuid = Uuid::from_u128(0x3a7a);

fn roles() -> [Role; 2] {
    [role("junior-infrastructure-engineer"), role("junior-sre")]
}

#[test]
fn the_same_measure_has_each_roles_own_band() {
    let [infrastructure, sre] = roles();
    let shape = |kpi: &Definition| (kpi.measure, kpi.window_days, kpi.direction, kpi.target.at_most, kpi.minimum);
    let (one, other) = (infrastructure.kpi("mtta").unwrap(), sre.kpi("mtta").unwrap());
    assert_eq!(shape(one), (one.measure, 7, Direction::Down, Some(10.0), 5));
    assert_eq!(shape(other), (one.measure, 28, Direction::Down, Some(5.0), 8));
    assert_eq!((infrastructure.definitions().len(), sre.definitions().len()), (24, 4));
}

/// Eight alerts, each acknowledged after seven minutes, and looked into a minute later.
fn alerts() -> Vec<Event> {
    let monday = DateTime::from_timestamp(1_772_442_000, 0).unwrap();
    let alert = |n: i64| format!("alert-{n}");
    let fired = |n| Alert::AlertFired { alert: alert(n), severity: Severity::High, rule: None, service: None };
    let taken = |n| Alert::AlertAcknowledged { alert: alert(n), automatic: false, channel: None, watched: true };
    let mut events = Vec::new();
    for n in 0..8 {
        for (minute, actor, what) in [
            (0, None, fired(n)),
            (7, Some(MAYA), taken(n)),
            (8, Some(MAYA), Alert::AlertLookedInto { alert: alert(n) }),
        ] {
            events.push(Event {
                id: Uuid::from_u128(events.len() as u128 + 1),
                at: monday + TimeDelta::hours(n) + TimeDelta::minutes(minute),
                box_at: None,
                actor,
                subject: MAYA,
                attempt: None,
                source: Source::Imported,
                kind: Kind::Work(what.into()),
            });
        }
    }
    events
}

#[test]
fn the_same_events_are_on_target_in_one_role_and_not_in_the_other() {
    let events = alerts();
    let as_of = events[0].at + TimeDelta::days(6);
    let [infrastructure, sre] = roles().map(|role| {
        let all = figures(role.definitions(), &events, MAYA, as_of);
        assert_eq!(all.len(), 3 * role.definitions().len());
        all.into_iter().find(|figure| figure.kpi == "mtta" && figure.series == Source::Imported).unwrap()
    });
    assert_eq!((infrastructure.value, sre.value), (Some(7.0), Some(7.0)));
    // At most 10 minutes there, at most 5 here.
    assert_eq!((infrastructure.state, sre.state), (State::In, State::Above));
}

#[test]
fn a_variant_changes_what_the_same_events_say() {
    let sre = role("junior-sre").with_variants(&["start-up"]).unwrap();
    let events = alerts();
    let all = figures(sre.definitions(), &events, MAYA, events[0].at + TimeDelta::days(6));
    let figure = all.into_iter().find(|figure| figure.kpi == "mtta" && figure.series == Source::Imported).unwrap();
    assert_eq!((figure.value, figure.state), (Some(7.0), State::In));
}

/// Σ weight · (rating − 1) ÷ 3 ÷ Σ weight.
fn composite(role: &Role, rating: impl Fn(&str) -> u32) -> f64 {
    let weights = role.scorecard.rule.weighting;
    let weighed = role.dimensions().into_iter().map(|dimension| {
        let weight = f64::from(weights.of(dimension.weight));
        (weight, weight * f64::from(rating(&dimension.id) - 1) / 3.0)
    });
    let (all, reached) = weighed.fold((0.0, 0.0), |(all, reached), (weight, part)| (all + weight, reached + part));
    reached / all
}

#[test]
fn the_same_ratings_weigh_by_each_roles_own_weights() {
    let [infrastructure, sre] = roles();
    let linux_is_weak = |id: &str| if id == "linux-fundamentals" { 2 } else { 3 };
    // Infrastructure: 28 in all, Linux 4 of it: (24 · 2/3 + 4 · 1/3) ÷ 28. SRE: 18 in all, Linux 1 of it.
    assert!((composite(&infrastructure, linux_is_weak) - 0.619_047_619).abs() < 1e-9);
    assert!((composite(&sre, linux_is_weak) - (17.0 * 2.0 + 1.0) / 3.0 / 18.0).abs() < 1e-9);
    for role in [&infrastructure, &sre] {
        assert!((composite(role, |_| 4) - 1.0).abs() < 1e-9);
        assert!(composite(role, |_| 1).abs() < 1e-9);
    }
}

#[test]
fn nothing_observed_is_no_decision_in_either_role_and_each_names_its_own_high_dimensions() {
    for role in roles() {
        let recommendation = recommend(&role.dimensions(), &role.scorecard.rule, &Panel::default());
        assert_eq!(recommendation.label, Label::NoDecision);
        assert_eq!(recommendation.dimensions.len(), role.scorecard.dimensions.len());
        let high = role.dimensions().iter().filter(|dimension| dimension.weight == Weight::High).count();
        assert_eq!(high, if role.id == "junior-sre" { 2 } else { 4 });
    }
}

#[test]
fn the_large_packs_rule_is_the_one_of_the_reference() {
    let role = role("junior-infrastructure-engineer");
    assert_eq!(role.scorecard.rule, scorecards::scorecard::Rule::default());
}

#[test]
fn promotion_criteria_become_needs_with_names() {
    let [infrastructure, sre] = roles();
    let criteria = infrastructure.promotion(Source::Imported, 3);
    assert_eq!((criteria.len(), sre.promotion(Source::Imported, 3).len()), (6, 0));
    let routine = criteria.iter().find(|criterion| criterion.id == "independent-routine").unwrap();
    let Need::KpisOnTarget { kpis, at_least: 4, series: Source::Imported, windows: 3 } = &routine.needs[0] else {
        panic!("{:?}", routine.needs)
    };
    assert_eq!(kpis[0].title, infrastructure.kpi("ticket-throughput").unwrap().name);
    assert!(routine.needs.iter().any(|need| matches!(
        need,
        Need::Dimension { dimension, at_least } if dimension.title == "Linux fundamentals" && at_least.at_least(Level::Three)
    )));
    assert!(criteria.iter().all(|criterion| !criterion.needs.is_empty()));
}
