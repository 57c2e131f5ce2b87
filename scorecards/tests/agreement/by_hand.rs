//! Worked examples, the arithmetic beside them.

use rstest::rstest;
use scorecards::agreement::{
    Asked, Figure, SplitMix64, Uneven, Units, Withheld, adjacent, agreement, alpha, bootstrap, consistency, exact, icc,
    kappa,
};

use crate::{levels, scores};

#[track_caller]
fn near(ours: Result<f64, Withheld>, expected: f64) {
    assert!((ours.unwrap() - expected).abs() < 1e-12, "{ours:?}, expected {expected}");
}

#[test]
fn every_pair_of_ratings_counts_once() {
    // 334: pairs 3-3, 3-4, 3-4: one the same, all next to each other. 14: one pair, three apart. 2. has none.
    let units = levels(&["334", "14.", "2.."]);
    near(exact(&units), 1.0 / 4.0);
    near(adjacent(&units), 3.0 / 4.0);
    assert_eq!(units.doubly_rated(), 2);
}

#[test]
fn kappa_is_the_distance_seen_over_that_of_chance() {
    // a = 1 2 3 4, b = 1 2 3 3. Seen: n Σ(a−b)² = 4 · 1 = 4.
    // By chance: n Σa² + n Σb² − 2 Σa Σb = 4·30 + 4·23 − 2·10·9 = 120 + 92 − 180 = 32. κ = 1 − 4/32.
    near(kappa(&levels(&["11", "22", "33", "43"]), 0, 1), 0.875);
    // Inverse: Σ(a−b)² = 9+1+1+9 = 20, seen 80; by chance 4·30 + 4·30 − 2·10·10 = 40. κ = 1 − 2.
    near(kappa(&levels(&["14", "23", "32", "41"]), 0, 1), -1.0);
}

#[test]
fn alpha_is_one_less_the_distance_seen_over_that_of_chance() {
    // Units 12, 22, 44 (and 3., which says nothing). n_1 = 1, n_2 = 3, n_4 = 2, n = 6.
    // δ_12 = 1 + 3 − (1+3)/2 = 2, δ_24 = 3 + 2 − (3+2)/2 = 2.5, δ_14 = 1 + 3 + 2 − (1+2)/2 = 4.5.
    // Seen: o_12 = 1 ÷ (2−1) = 1, so 1 · 4 = 4.
    // Chance: (n_1 n_2 δ_12² + n_2 n_4 δ_24² + n_1 n_4 δ_14²) ÷ (n−1) = (3·4 + 6·6.25 + 2·20.25) ÷ 5 = 90 ÷ 5 = 18.
    near(alpha(&levels(&["12", "22", "44", "3."])), 1.0 - 4.0 / 18.0);
}

#[test]
fn icc_is_from_the_mean_squares() {
    // Rows (0.2, 0.4), (0.6, 0.8): grand mean 0.5; units 0.3 and 0.7, raters 0.4 and 0.6; nothing is left: MSE = 0.
    // MSR = 2 · (0.04 + 0.04) ÷ 1 = 0.16, MSC = 2 · (0.01 + 0.01) ÷ 1 = 0.04.
    // ICC = 0.16 ÷ (0.16 + 0.04 ÷ 2) = 8 ÷ 9: raters who differ by a constant do not agree fully.
    near(icc(&scores(&[vec![Some(200), Some(400)], vec![Some(600), Some(800)]])), 8.0 / 9.0);
    // A unit that one has not scored is left out.
    let gap = scores(&[vec![Some(200), Some(400)], vec![Some(600), Some(800)], vec![Some(900), None]]);
    near(icc(&gap), 8.0 / 9.0);
}

#[rstest]
#[case::empty(&[], Withheld::NoPairs)]
#[case::one_rater(&["1", "4"], Withheld::NoPairs)]
#[case::never_the_same_unit(&["1.", ".2"], Withheld::NoPairs)]
#[case::nothing_varies(&["33", "33"], Withheld::NoVariance)]
#[case::nothing_varies_where_two_rated(&["33", "1."], Withheld::NoVariance)]
fn alpha_says_why_it_has_no_figure(#[case] rows: &[&str], #[case] why: Withheld) {
    assert_eq!(alpha(&levels(rows)), Err(why));
}

#[rstest]
#[case::empty(&[], 0, 1, Withheld::NoSuchRater)]
#[case::no_third(&["12"], 0, 2, Withheld::NoSuchRater)]
#[case::never_the_same_unit(&["1.", ".2"], 0, 1, Withheld::NoPairs)]
#[case::nothing_varies(&["33", "33"], 0, 1, Withheld::NoVariance)]
fn kappa_says_why_it_has_no_figure(
    #[case] rows: &[&str],
    #[case] first: usize,
    #[case] second: usize,
    #[case] why: Withheld,
) {
    assert_eq!(kappa(&levels(rows), first, second), Err(why));
}

#[rstest]
#[case::empty(&[], Withheld::NoPairs)]
#[case::one_unit(&[[Some(0.5), Some(0.6)]], Withheld::NoPairs)]
#[case::one_whole_unit(&[[Some(0.5), Some(0.6)], [Some(0.1), None]], Withheld::NoPairs)]
#[case::nothing_varies(&[[Some(0.5), Some(0.5)], [Some(0.5), Some(0.5)]], Withheld::NoVariance)]
#[case::contradiction(&[[Some(0.0), Some(1.0)], [Some(1.0), Some(0.0)]], Withheld::UnitsAlike)]
#[case::infinite(&[[Some(f64::INFINITY), Some(0.5)], [Some(0.1), Some(0.2)]], Withheld::NotANumber)]
#[case::not_a_number(&[[Some(f64::NAN), Some(0.5)], [Some(0.1), Some(0.2)]], Withheld::NotANumber)]
#[case::overflow(&[[Some(f64::MAX), Some(-f64::MAX)], [Some(0.1), Some(0.2)]], Withheld::NotANumber)]
fn icc_says_why_it_has_no_figure(#[case] rows: &[[Option<f64>; 2]], #[case] why: Withheld) {
    let units = Units::new(rows.iter().map(|row| row.to_vec()).collect()).unwrap();
    assert_eq!(icc(&units), Err(why));
}

#[test]
fn a_table_has_as_many_columns_in_each_row() {
    let uneven = Units::new(vec![vec![Some(1_u8), None], vec![Some(2)]]);
    assert_eq!(uneven, Err(Uneven { unit: 1, found: 1, expected: 2 }));
}

#[test]
fn the_generator_gives_the_published_numbers() {
    // The first numbers of the author's program splitmix64.c with the state 1234567.
    let mut generator = SplitMix64::new(1_234_567);
    let drawn: Vec<u64> = (0..3).map(|_| generator.draw()).collect();
    assert_eq!(drawn, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    assert_eq!(generator.below(0), 0);
}

#[test]
fn an_interval_asks_for_resamples_and_a_level() {
    let units = levels(&["12", "22", "34", "44"]);
    for (resamples, level) in [(0, 0.95), (10, 0.0), (10, 1.0), (10, f64::NAN)] {
        assert_eq!(bootstrap(&units, exact, 1, resamples, level), Err(Withheld::NoInterval));
    }
}

#[test]
fn an_interval_is_withheld_where_many_resamples_have_no_figure() {
    // One unit in ten differs: (9/10)¹⁰, about a third of the resamples, have nothing that varies.
    let mut rows = vec!["33"; 9];
    rows.push("34");
    let units = levels(&rows);
    assert!(alpha(&units).is_ok());
    let Err(Withheld::Unstable { undefined, resamples: 1000 }) = bootstrap(&units, alpha, 7, 1000, 0.95) else {
        panic!("an interval from too little");
    };
    assert!((300..=400).contains(&undefined), "{undefined}");
}

#[test]
fn below_twenty_doubly_rated_units_nothing_is_shown() {
    let mut rows = vec!["12"; 10];
    rows.extend(["44"; 9]);
    rows.extend(["3."; 9]);
    let asked = Asked { resamples: 50, ..Asked::with_seed(1) };
    let few = agreement(&levels(&rows), &asked);
    let hidden = Figure::Hidden(Withheld::TooFew { units: 19, needed: 20 });
    assert_eq!(few.doubly_rated, 19);
    assert_eq!([few.exact, few.adjacent, few.alpha, few.pairs[0].kappa], [hidden; 4]);

    rows.push("33");
    let enough = agreement(&levels(&rows), &asked);
    for figure in [enough.exact, enough.adjacent, enough.alpha, enough.pairs[0].kappa] {
        let Figure::Shown(estimate) = figure else {
            panic!("{figure:?}");
        };
        let interval = estimate.interval.unwrap();
        assert!(estimate.units == 20 && interval.low <= estimate.value && estimate.value <= interval.high);
    }
}

#[test]
fn a_pair_is_hidden_by_what_the_two_have_rated_together() {
    // The first two have rated 20 units together, the third only one with them.
    let mut rows = vec!["12."; 19];
    rows.push("443");
    let shown = agreement(&levels(&rows), &Asked { resamples: 10, ..Asked::with_seed(1) });
    assert!(matches!(shown.pairs[0].kappa, Figure::Shown(_)));
    assert_eq!(shown.pairs[1].kappa, Figure::Hidden(Withheld::TooFew { units: 1, needed: 20 }));
}

#[test]
fn scores_are_hidden_by_the_units_that_all_have_scored() {
    let mut rows: Vec<Vec<Option<i32>>> = (0..19).map(|unit| vec![Some(unit * 50), Some(unit * 50 + 10)]).collect();
    rows.push(vec![Some(500), None]);
    let asked = Asked { resamples: 50, ..Asked::with_seed(1) };
    assert_eq!(consistency(&scores(&rows), &asked), Figure::Hidden(Withheld::TooFew { units: 19, needed: 20 }));
    rows.push(vec![Some(500), Some(600)]);
    assert!(matches!(consistency(&scores(&rows), &asked), Figure::Shown(estimate) if estimate.value > 0.9));
}
