//! What must hold for any table.

use proptest::{collection::vec, option, prelude::*};
use scorecards::agreement::{
    Asked, Units, Withheld, adjacent, agreement, alpha, bootstrap, consistency, exact, icc, kappa,
};

fn level_rows() -> impl Strategy<Value = Vec<Vec<Option<u8>>>> {
    (0..5_usize).prop_flat_map(|raters| vec(vec(option::weighted(0.8, 1..=4_u8), raters), 0..30))
}

fn score_rows() -> impl Strategy<Value = Vec<Vec<Option<f64>>>> {
    let score = prop_oneof![8 => 0.0..=1.0, 1 => Just(0.5), 1 => any::<f64>()];
    (0..5_usize).prop_flat_map(move |raters| vec(vec(option::weighted(0.9, score.clone()), raters), 0..15))
}

fn units<T: Copy>(rows: &[Vec<Option<T>>]) -> Units<T> {
    Units::new(rows.to_vec()).unwrap()
}

fn turned<T: Clone>(rows: &[Vec<T>], by: usize) -> Vec<Vec<T>> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        let by = by % row.len().max(1);
        row.rotate_left(by);
    }
    rows
}

fn share(figure: Result<f64, Withheld>) -> bool {
    figure.map_or(true, |share| (0.0..=1.0).contains(&share))
}

fn at_most_one(figure: Result<f64, Withheld>) -> bool {
    figure.map_or(true, |value| value.is_finite() && value <= 1.0)
}

proptest! {
    #[test]
    fn figures_of_levels_are_finite_and_at_most_one(rows in level_rows()) {
        let units = units(&rows);
        prop_assert!(share(exact(&units)) && share(adjacent(&units)));
        prop_assert!(at_most_one(alpha(&units)));
        prop_assert!(at_most_one(kappa(&units, 0, 1)));
        if let (Ok(same), Ok(near)) = (exact(&units), adjacent(&units)) {
            prop_assert!(same <= near);
        }
    }

    #[test]
    fn the_intraclass_correlation_is_finite_and_at_most_one(rows in score_rows()) {
        prop_assert!(at_most_one(icc(&units(&rows))));
    }

    #[test]
    fn the_order_of_units_changes_nothing(rows in level_rows(), scored in score_rows(), seed: u64) {
        let asked = Asked { minimum: 2, resamples: 20, ..Asked::with_seed(seed) };
        let reversed: Vec<_> = rows.iter().rev().cloned().collect();
        prop_assert_eq!(agreement(&units(&rows), &asked), agreement(&units(&reversed), &asked));
        let reversed: Vec<_> = scored.iter().rev().cloned().collect();
        prop_assert_eq!(consistency(&units(&scored), &asked), consistency(&units(&reversed), &asked));
    }

    #[test]
    fn the_order_of_raters_changes_nothing(rows in level_rows(), scored in score_rows(), by in 0..5_usize) {
        let (units_here, turned_there) = (units(&rows), units(&turned(&rows, by)));
        prop_assert_eq!(exact(&units_here), exact(&turned_there));
        prop_assert_eq!(adjacent(&units_here), adjacent(&turned_there));
        prop_assert_eq!(alpha(&units_here), alpha(&turned_there));
        prop_assert_eq!(kappa(&units_here, 0, 1), kappa(&units_here, 1, 0));
        // Sums of scores come in another order: the last digits may differ, and a figure at the edge may appear.
        if let (Ok(here), Ok(there)) = (icc(&units(&scored)), icc(&units(&turned(&scored, by)))) {
            prop_assert!((here - there).abs() <= 1e-6 * here.abs().max(1.0), "{here} {there}");
        }
    }

    #[test]
    fn a_unit_that_one_has_rated_changes_nothing_but_intervals(rows in level_rows(), level in 1..=4_u8) {
        let mut more = rows.clone();
        let raters = rows.first().map_or(0, Vec::len);
        more.extend((raters > 0).then(|| (0..raters).map(|rater| (rater == 0).then_some(level)).collect()));
        prop_assert_eq!(alpha(&units(&rows)), alpha(&units(&more)));
        prop_assert_eq!(exact(&units(&rows)), exact(&units(&more)));
    }

    #[test]
    fn the_same_seed_gives_the_same_interval(rows in level_rows(), seed: u64) {
        let units = units(&rows);
        let once = bootstrap(&units, exact, seed, 50, 0.9);
        prop_assert_eq!(once, bootstrap(&units, exact, seed, 50, 0.9));
        if let Ok(interval) = once {
            prop_assert!(0.0 <= interval.low && interval.low <= interval.high && interval.high <= 1.0);
        }
    }

    #[test]
    fn full_agreement_is_one(column in vec(1..=4_u8, 2..20), raters in 2..5_usize) {
        prop_assume!(column.iter().any(|level| *level != column[0]));
        let rows: Vec<_> = column.iter().map(|level| vec![Some(*level); raters]).collect();
        let units = units(&rows);
        prop_assert_eq!([exact(&units), alpha(&units), kappa(&units, 0, 1)], [Ok(1.0); 3]);
        let scores: Vec<_> = column.iter().map(|level| vec![Some(f64::from(*level)); raters]).collect();
        prop_assert!((icc(&Units::new(scores).unwrap()).unwrap() - 1.0).abs() < 1e-12);
    }
}
