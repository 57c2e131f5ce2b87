//! Times from–until, as a set.

use chrono::{DateTime, TimeDelta, Utc};

use crate::kpi::Window;

/// Times from–until that neither overlap nor touch, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spans(Vec<(DateTime<Utc>, DateTime<Utc>)>);

impl FromIterator<(DateTime<Utc>, DateTime<Utc>)> for Spans {
    fn from_iter<I: IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>)>>(spans: I) -> Self {
        let mut spans: Vec<_> = spans.into_iter().filter(|(from, until)| from < until).collect();
        spans.sort_unstable();
        let mut whole: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
        for (from, until) in spans {
            match whole.last_mut() {
                Some((_, end)) if from <= *end => *end = until.max(*end),
                _ => whole.push((from, until)),
            }
        }
        Self(whole)
    }
}

impl Spans {
    /// All time.
    pub fn always() -> Self {
        Self(vec![(DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC)])
    }

    /// Whether a moment is in one of them. The end is not.
    pub fn have(&self, moment: DateTime<Utc>) -> bool {
        self.0.iter().any(|(from, until)| *from <= moment && moment < *until)
    }

    /// What of them is in a window.
    pub fn within(&self, window: &Window) -> Self {
        self.0.iter().map(|(from, until)| (window.from.max(*from), window.until.min(*until))).collect()
    }

    /// What is left of them without others.
    pub fn without(&self, others: &Self) -> Self {
        let cut = |(from, until): &(DateTime<Utc>, DateTime<Utc>)| {
            let mut at = *from;
            let mut left = Vec::new();
            for (off, on) in &others.0 {
                left.push((at, *off.min(until)));
                at = at.max(*on);
            }
            left.push((at, *until));
            left
        };
        self.0.iter().flat_map(cut).collect()
    }

    /// How long they are together.
    pub fn length(&self) -> TimeDelta {
        self.0.iter().fold(TimeDelta::zero(), |sum, (from, until)| sum.checked_add(&(*until - *from)).unwrap_or(sum))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(hour * 3600, 0).unwrap()
    }

    fn spans(hours: &[(i64, i64)]) -> Spans {
        hours.iter().map(|(from, until)| (at(*from), at(*until))).collect()
    }

    #[rstest]
    #[case::apart(&[(0, 2), (4, 6)], &[(0, 2), (4, 6)])]
    #[case::in_any_order(&[(4, 6), (0, 2)], &[(0, 2), (4, 6)])]
    #[case::overlapping(&[(0, 4), (2, 6)], &[(0, 6)])]
    #[case::touching(&[(0, 2), (2, 6)], &[(0, 6)])]
    #[case::one_in_the_other(&[(0, 6), (2, 4)], &[(0, 6)])]
    #[case::empty_or_backwards(&[(3, 3), (6, 2)], &[])]
    fn overlapping_times_are_one(#[case] given: &[(i64, i64)], #[case] whole: &[(i64, i64)]) {
        let whole: Vec<_> = whole.iter().map(|(from, until)| (at(*from), at(*until))).collect();
        assert_eq!(spans(given).0, whole);
    }

    #[rstest]
    #[case::nothing(&[(0, 10)], &[], &[(0, 10)])]
    #[case::a_hole(&[(0, 10)], &[(2, 4)], &[(0, 2), (4, 10)])]
    #[case::two_holes(&[(0, 10)], &[(2, 4), (6, 8)], &[(0, 2), (4, 6), (8, 10)])]
    #[case::the_start(&[(2, 10)], &[(0, 4)], &[(4, 10)])]
    #[case::the_end(&[(2, 10)], &[(8, 12)], &[(2, 8)])]
    #[case::all(&[(2, 10)], &[(0, 12)], &[])]
    #[case::beside(&[(2, 4)], &[(0, 1), (6, 8)], &[(2, 4)])]
    #[case::over_two(&[(0, 4), (6, 10)], &[(3, 7)], &[(0, 3), (7, 10)])]
    fn times_can_be_cut_out(#[case] from: &[(i64, i64)], #[case] cut: &[(i64, i64)], #[case] left: &[(i64, i64)]) {
        assert_eq!(spans(from).without(&spans(cut)), spans(left));
    }

    #[test]
    fn the_end_is_not_in_it_and_lengths_add_up() {
        let spans = spans(&[(0, 2), (4, 7)]);
        assert!(spans.have(at(0)) && !spans.have(at(2)) && !spans.have(at(3)) && spans.have(at(6)));
        assert_eq!(spans.length(), TimeDelta::hours(5));
        assert_eq!(spans.within(&Window { from: at(1), until: at(5) }).length(), TimeDelta::hours(2));
    }
}
