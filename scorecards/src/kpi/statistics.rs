//! The few statistics that figures need. All of them take finite numbers and give finite numbers, or nothing.

use serde::{Deserialize, Serialize};

/// The two-sided 95 % point of the standard normal distribution.
pub const Z95: f64 = 1.959_963_984_540_054;

/// Where the true value lies, with 95 % confidence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Its lower end.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

/// The score interval of a share of `n` trials, 95 %. `n` need not be whole: for weighted shares it is
/// [`effective`]. Always within [0, 1] and around the share; nothing without trials.
///
/// E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22 (1927).
#[must_use]
pub fn wilson(share: f64, n: f64) -> Option<Interval> {
    if !(n > 0.0 && n.is_finite() && (0.0..=1.0).contains(&share)) {
        return None;
    }
    let z2 = Z95 * Z95;
    let scale = 1.0 + z2 / n;
    let centre = (share + z2 / (2.0 * n)) / scale;
    let half = Z95 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt() / scale;
    // What rounding may take away at the ends, where the formula gives exactly the share.
    Some(Interval { low: (centre - half).clamp(0.0, share), high: (centre + half).clamp(share, 1.0) })
}

/// So many trials of equal weight would say as much as these: (Σw)² ÷ Σw². With equal weights it is their number.
///
/// L. Kish, "Survey Sampling", Wiley 1965.
#[must_use]
pub fn effective(weights: impl Iterator<Item = f64>) -> f64 {
    let (sum, squares) = weights.fold((0.0, 0.0), |(sum, squares), weight| (sum + weight, squares + weight * weight));
    if squares > 0.0 { sum * sum / squares } else { 0.0 }
}

/// The arithmetic mean; nothing of nothing.
#[must_use]
pub fn mean(numbers: &[f64]) -> Option<f64> {
    let mean = numbers.iter().sum::<f64>() / numbers.len() as f64;
    mean.is_finite().then_some(mean)
}

/// The quantile at `share` of numbers that are sorted upwards, by linear interpolation between the two nearest ranks:
/// type 7, the default of R and NumPy. Nothing of nothing.
///
/// R. J. Hyndman and Y. Fan, "Sample quantiles in statistical packages", The American Statistician 50 (1996).
#[must_use]
pub fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let rank = share.clamp(0.0, 1.0) * last as f64;
    let (below, above) = (rank.floor() as usize, rank.ceil() as usize);
    let (low, high) = (*sorted.get(below)?, *sorted.get(above)?);
    Some(low + (rank - rank.floor()) * (high - low))
}

/// How steep the line of least squares through these points is, in y a unit of x. Nothing without two different x.
#[must_use]
pub fn slope(points: &[(f64, f64)]) -> Option<f64> {
    let (xs, ys): (Vec<f64>, Vec<f64>) = points.iter().copied().unzip();
    let (x_mean, y_mean) = (mean(&xs)?, mean(&ys)?);
    let spread: f64 = xs.iter().map(|x| (x - x_mean) * (x - x_mean)).sum();
    let together: f64 = points.iter().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
    let slope = together / spread;
    slope.is_finite().then_some(slope)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    /// From the formula by hand: z² = 3.841458820694124.
    /// 19 of 20: centre (0.95 + 0.09603647) ÷ 1.19207294 = 0.87749399; half 1.95996398 × √(0.002375 + 0.00240091) ÷
    /// 1.19207294 = 0.11362472. 0 of 10: low 0, high 2 × 0.19207294 ÷ 1.38414588. 10 of 10 is its mirror. 1 of 2, taken as
    /// one trial: 0.5 ± 1.95996398 × √(0.25 + 0.96036471) ÷ 4.84145882.
    #[rstest]
    #[case(0.95, 20.0, 0.763_869_269_6, 0.991_118_703_1)]
    #[case(0.0, 10.0, 0.0, 0.277_532_799_8)]
    #[case(1.0, 10.0, 0.722_467_200_2, 1.0)]
    #[case(0.5, 1.0, 0.054_619_8, 0.945_380_2)]
    fn wilson_is_as_by_hand(#[case] share: f64, #[case] n: f64, #[case] low: f64, #[case] high: f64) {
        let interval = wilson(share, n).unwrap();
        assert!((interval.low - low).abs() < 1e-6 && (interval.high - high).abs() < 1e-6, "{interval:?}");
    }

    #[rstest]
    #[case(0.5, 0.0)]
    #[case(0.5, -1.0)]
    #[case(0.5, f64::NAN)]
    #[case(0.5, f64::INFINITY)]
    #[case(1.5, 10.0)]
    #[case(f64::NAN, 10.0)]
    fn wilson_says_nothing_where_there_is_nothing_to_say(#[case] share: f64, #[case] n: f64) {
        assert_eq!(wilson(share, n), None);
    }

    /// 1, 2, 3, 4: rank 0.9 × 3 = 2.7 lies between 3 and 4; rank 0.5 × 3 = 1.5 between 2 and 3.
    #[test]
    fn quantiles_are_of_type_seven() {
        let numbers = [1.0, 2.0, 3.0, 4.0];
        assert!(close(quantile(&numbers, 0.9).unwrap(), 3.7));
        assert!(close(quantile(&numbers, 0.5).unwrap(), 2.5));
        assert_eq!((quantile(&numbers, 0.0), quantile(&numbers, 1.0)), (Some(1.0), Some(4.0)));
        assert_eq!((quantile(&[7.0], 0.9), quantile(&[], 0.9)), (Some(7.0), None));
    }

    #[test]
    fn means_and_slopes_of_nothing_are_nothing() {
        assert_eq!((mean(&[]), mean(&[f64::MAX, f64::MAX])), (None, None));
        assert_eq!((slope(&[]), slope(&[(1.0, 2.0)]), slope(&[(1.0, 2.0), (1.0, 4.0)])), (None, None, None));
    }

    /// (0, 1), (1, 3), (2, 2): means 1 and 2, Σ(x−1)(y−2) = 1 + 0 + 0 = 1, Σ(x−1)² = 2.
    #[test]
    fn a_slope_is_as_by_hand() {
        assert!(close(slope(&[(0.0, 1.0), (1.0, 3.0), (2.0, 2.0)]).unwrap(), 0.5));
    }

    /// Weights 3 and 1: 16 ÷ 10.
    #[test]
    fn unequal_weights_say_less() {
        assert!(close(effective([3.0, 1.0].into_iter()), 1.6));
        assert_eq!(effective(std::iter::empty()), 0.0);
    }

    proptest! {
        #[test]
        fn an_interval_is_around_its_share_and_within_0_and_1(share in 0.0..=1.0f64, n in 0.001..1e9f64) {
            let Interval { low, high } = wilson(share, n).unwrap();
            prop_assert!(0.0 <= low && low <= share && share <= high && high <= 1.0);
        }

        #[test]
        fn more_trials_make_an_interval_narrower(met in 0u32..100, more in 0u32..100, times in 2u32..50) {
            let of = f64::from((met + more).max(1));
            let share = f64::from(met.min(met + more)) / of;
            let (few, many) = (wilson(share, of).unwrap(), wilson(share, of * f64::from(times)).unwrap());
            prop_assert!(many.high - many.low < few.high - few.low);
        }

        #[test]
        fn equal_weights_say_as_much_as_their_number(weight in 0.01..100.0f64, number in 1usize..200) {
            let said = effective(std::iter::repeat_n(weight, number));
            prop_assert!((said - number as f64).abs() < 1e-6);
        }

        #[test]
        fn quantiles_lie_among_the_numbers_and_rise(mut numbers in prop::collection::vec(-1e6..1e6f64, 1..40), a in 0.0..1.0f64, b in 0.0..1.0f64) {
            numbers.sort_by(f64::total_cmp);
            let (low, high) = (quantile(&numbers, a.min(b)).unwrap(), quantile(&numbers, a.max(b)).unwrap());
            prop_assert!(numbers[0] <= low && low <= high + 1e-9 && high <= numbers[numbers.len() - 1] + 1e-9);
        }

        /// A number that is at least as large as all others lowers neither mean nor quantile.
        #[test]
        fn adding_the_largest_lowers_nothing(mut numbers in prop::collection::vec(0.0..30.0f64, 1..40), share in 0.0..=1.0f64) {
            numbers.sort_by(f64::total_cmp);
            let (mean_before, before) = (mean(&numbers).unwrap(), quantile(&numbers, share).unwrap());
            numbers.push(30.0);
            prop_assert!(mean(&numbers).unwrap() >= mean_before - 1e-9);
            prop_assert!(quantile(&numbers, share).unwrap() >= before - 1e-9);
        }

        #[test]
        fn a_line_has_its_own_slope(slope_is in -100.0..100.0f64, from in -100.0..100.0f64, xs in prop::collection::btree_set(-1000i32..1000, 2..20)) {
            let points: Vec<(f64, f64)> = xs.iter().map(|x| (f64::from(*x), from + slope_is * f64::from(*x))).collect();
            prop_assert!((slope(&points).unwrap() - slope_is).abs() < 1e-6);
        }
    }
}
