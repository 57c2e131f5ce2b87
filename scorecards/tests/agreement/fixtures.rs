//! Against `krippendorff`, `scikit-learn`, `pingouin` and `numpy`: `fixtures/agreement/make.py` made the cases.

use scorecards::agreement::{Units, Withheld, adjacent, alpha, bootstrap, exact, icc, kappa};
use serde::Deserialize;

use crate::{levels, scores};

#[derive(Deserialize)]
struct Case {
    name: String,
    levels: Vec<String>,
    scores: Vec<Vec<Option<i32>>>,
    exact: Option<f64>,
    adjacent: Option<f64>,
    alpha: Option<f64>,
    kappa: Vec<(usize, usize, Option<f64>)>,
    icc: Option<f64>,
    bootstrap: Option<Intervals>,
}

#[derive(Deserialize)]
struct Intervals {
    alpha: Expected,
    exact: Expected,
    kappa: Expected,
    icc: Option<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    seed: u64,
    resamples: u32,
    level: f64,
    low: f64,
    high: f64,
    undefined: u32,
}

fn cases() -> Vec<Case> {
    serde_json::from_str(include_str!("../fixtures/agreement/cases.json")).unwrap()
}

#[track_caller]
fn same(what: &str, ours: Result<f64, Withheld>, theirs: Option<f64>) {
    match (ours, theirs) {
        (Ok(ours), Some(theirs)) => assert!((ours - theirs).abs() <= 1e-9, "{what}: {ours}, expected {theirs}"),
        (Err(_), None) => {}
        (ours, theirs) => panic!("{what}: {ours:?}, expected {theirs:?}"),
    }
}

#[test]
fn there_are_enough_cases_and_each_kind_is_among_them() {
    let cases = cases();
    assert!(cases.len() >= 60);
    for raters in 2..=6 {
        assert!(cases.iter().any(|case| case.levels[0].len() == raters), "{raters} raters");
    }
    assert!(cases.iter().any(|case| case.alpha.is_none()));
    assert!(cases.iter().any(|case| case.alpha.is_some_and(|alpha| alpha > 0.95)));
    assert!(cases.iter().any(|case| case.alpha.is_some_and(|alpha| alpha < -0.9)));
    assert!(cases.iter().any(|case| case.icc.is_some_and(|icc| icc > 1.0)));
    assert!(cases.iter().filter(|case| case.bootstrap.is_some()).count() >= 10);
}

#[test]
fn shares_kappa_and_alpha_are_those_of_other_implementations() {
    for case in cases() {
        let units = levels(&case.levels);
        same(&case.name, exact(&units), case.exact);
        same(&case.name, adjacent(&units), case.adjacent);
        same(&case.name, alpha(&units), case.alpha);
        for (first, second, expected) in case.kappa {
            same(&format!("{}, raters {first} and {second}", case.name), kappa(&units, first, second), expected);
        }
    }
}

#[test]
fn the_intraclass_correlation_is_that_of_another_implementation_where_it_has_a_meaning() {
    for case in cases() {
        let ours = icc(&scores(&case.scores));
        if case.icc.is_some_and(|theirs| theirs > 1.0 + 1e-9) {
            assert_eq!(ours, Err(Withheld::UnitsAlike), "{}", case.name);
        } else {
            same(&case.name, ours, case.icc);
        }
    }
}

#[track_caller]
fn same_interval<T: Copy + scorecards::agreement::Rated>(
    name: &str,
    units: &Units<T>,
    figure: impl Fn(&Units<T>) -> Result<f64, Withheld>,
    expected: &Expected,
) {
    let ours = bootstrap(units, figure, expected.seed, expected.resamples, expected.level).unwrap();
    assert!((ours.low - expected.low).abs() <= 1e-9, "{name}: {ours:?}, expected {}", expected.low);
    assert!((ours.high - expected.high).abs() <= 1e-9, "{name}: {ours:?}, expected {}", expected.high);
    assert_eq!(ours.undefined, expected.undefined, "{name}");
}

#[test]
fn intervals_are_those_of_the_same_draws_elsewhere() {
    for case in cases() {
        let Some(intervals) = case.bootstrap else {
            continue;
        };
        let units = levels(&case.levels);
        same_interval(&case.name, &units, alpha, &intervals.alpha);
        same_interval(&case.name, &units, exact, &intervals.exact);
        let pair = units.pair(0, 1).unwrap();
        same_interval(&case.name, &pair, |pair| kappa(pair, 0, 1), &intervals.kappa);
        if let Some(expected) = intervals.icc {
            let whole: Vec<Vec<Option<i32>>> =
                case.scores.into_iter().filter(|row| row.iter().all(Option::is_some)).collect();
            same_interval(&case.name, &scores(&whole), icc, &expected);
        }
    }
}
