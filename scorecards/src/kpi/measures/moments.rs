//! Moments and lengths of time that measures need.

use chrono::{DateTime, TimeDelta, Utc};

/// The last moment before another, as a record can tell moments apart.
pub(super) fn just_before(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.checked_sub_signed(TimeDelta::milliseconds(1)).unwrap_or(moment)
}

/// The hours in which people work: Monday to Friday, the same hours each day.
#[derive(Clone, Copy, Debug)]
pub(super) struct WorkingHours {
    /// The hour at which a day begins, by the organisation's clock.
    pub starts: f64,
    /// The hour at which it ends.
    pub ends: f64,
    /// How many hours that clock is ahead of UTC.
    pub ahead: f64,
}

impl WorkingHours {
    /// How many working days lie between two moments; none if they are the wrong way round.
    ///
    /// A working day is as long as its hours: from Monday 9:00 to Wednesday 9:00 there are two, and from Friday 13:00
    /// to Monday 13:00, with hours from 9 to 17, one.
    pub(super) fn days_between(self, from: DateTime<Utc>, until: DateTime<Utc>) -> f64 {
        (self.days_until(until) - self.days_until(from)).max(0.0)
    }

    /// How many working days have passed since a Monday long ago.
    fn days_until(self, moment: DateTime<Utc>) -> f64 {
        // The first of January 1970 was a Thursday, three days after a Monday.
        let seconds = moment.timestamp() + 3 * 86_400;
        let seconds = seconds.saturating_add((self.ahead.clamp(-24.0, 24.0) * 3600.0) as i64);
        let (day, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
        let (week, weekday) = (day.div_euclid(7), day.rem_euclid(7));
        let length = (self.ends - self.starts).max(1.0);
        let today = if weekday < 5 { (second as f64 / 3600.0 - self.starts).clamp(0.0, length) / length } else { 0.0 };
        (week * 5 + weekday.min(5)) as f64 + today
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use rstest::rstest;

    use super::WorkingHours;

    // 2026-03-02 is a Monday.
    #[rstest]
    #[case::two_days("2026-03-02T09:00:00Z", "2026-03-04T09:00:00Z", 2.0)]
    #[case::half_a_day("2026-03-02T09:00:00Z", "2026-03-02T13:00:00Z", 0.5)]
    #[case::the_night_does_not_count("2026-03-02T16:00:00Z", "2026-03-03T10:00:00Z", 0.25)]
    #[case::nor_does_the_weekend("2026-03-06T13:00:00Z", "2026-03-09T13:00:00Z", 1.0)]
    #[case::only_a_weekend("2026-03-07T00:00:00Z", "2026-03-08T23:00:00Z", 0.0)]
    #[case::a_week_has_five_days("2026-03-02T12:00:00Z", "2026-03-09T12:00:00Z", 5.0)]
    #[case::long_before_1970("1901-01-07T09:00:00Z", "1901-01-08T09:00:00Z", 1.0)]
    #[case::backwards_is_nothing("2026-03-04T09:00:00Z", "2026-03-02T09:00:00Z", 0.0)]
    fn working_days_are_counted(#[case] from: DateTime<Utc>, #[case] until: DateTime<Utc>, #[case] days: f64) {
        let hours = WorkingHours { starts: 9.0, ends: 17.0, ahead: 0.0 };
        assert!((hours.days_between(from, until) - days).abs() < 1e-9);
    }

    #[test]
    fn the_organisation_has_its_own_clock() {
        // 08:00 to 12:00 UTC are 09:00 to 13:00 one hour ahead: half a day instead of three eighths.
        let hours = |ahead| WorkingHours { starts: 9.0, ends: 17.0, ahead };
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let days = |ahead| hours(ahead).days_between(at("2026-03-02T08:00:00Z"), at("2026-03-02T12:00:00Z"));
        assert!((days(0.0) - 0.375).abs() < 1e-9);
        assert!((days(1.0) - 0.5).abs() < 1e-9);
    }
}
