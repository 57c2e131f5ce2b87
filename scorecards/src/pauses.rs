//! Times of an attempt that are not the learner's: while it was paused, and what was given back to it.
//!
//! Lengths of time that are judged are taken on a clock that stands still in them.

use chrono::{DateTime, TimeDelta, Utc};

use crate::event::{Event, Kind};

/// When an attempt stood still, in order, none overlapping another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pauses(Vec<(DateTime<Utc>, DateTime<Utc>)>);

impl Pauses {
    /// When the learner's time stood still, by the events of one attempt in whatever order they come: in pauses, and while
    /// the server was not there.
    #[must_use]
    pub fn of(events: &[Event]) -> Self {
        Self::cut(events, true)
    }

    /// When the box stood still: in it nothing can have happened then.
    #[must_use]
    pub fn frozen(events: &[Event]) -> Self {
        Self::cut(events, false)
    }

    fn cut(events: &[Event], gifts: bool) -> Self {
        let mut stood: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
        let resumed = |from: DateTime<Utc>| {
            let after = events.iter().filter(|event| matches!(event.kind, Kind::AttemptResumed { .. }));
            after.map(|event| event.at).filter(|at| *at >= from).min()
        };
        for event in events {
            match event.kind {
                // One that nothing has ended goes on.
                Kind::AttemptPaused { .. } => {
                    stood.push((event.at, resumed(event.at).unwrap_or(DateTime::<Utc>::MAX_UTC)));
                }
                Kind::AttemptResumed { paused_ms } => {
                    stood.push((before(event.at, i64::try_from(paused_ms).unwrap_or(i64::MAX)), event.at));
                }
                // A clock that was set back makes some moments come twice: nothing can be cut out for that.
                Kind::TimeGivenBack { ms, .. } if gifts && ms > 0 => stood.push((before(event.at, ms), event.at)),
                _ => {}
            }
        }
        stood.sort_unstable();
        let mut whole: Vec<(DateTime<Utc>, DateTime<Utc>)> = Vec::new();
        for (from, until) in stood {
            match whole.last_mut() {
                Some((_, end)) if from <= *end => *end = until.max(*end),
                _ => whole.push((from, until)),
            }
        }
        Self(whole)
    }

    /// A moment on the clock that stands still meanwhile: earlier by all that was cut out before it. Of two moments the
    /// later one stays the later, or they become one.
    #[must_use]
    pub fn worked(&self, moment: DateTime<Utc>) -> DateTime<Utc> {
        let cut = |(from, until): &(DateTime<Utc>, DateTime<Utc>)| (moment.min(*until) - *from).max(TimeDelta::zero());
        let stood = self.0.iter().take_while(|(from, _)| *from < moment).map(cut);
        let stood = stood.fold(TimeDelta::zero(), |sum, one| sum.checked_add(&one).unwrap_or(sum));
        moment.checked_sub_signed(stood).unwrap_or(moment)
    }
}

fn before(moment: DateTime<Utc>, ms: i64) -> DateTime<Utc> {
    let by = TimeDelta::try_milliseconds(ms).unwrap_or(TimeDelta::MAX);
    moment.checked_sub_signed(by).unwrap_or(DateTime::<Utc>::MIN_UTC)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use uuid::Uuid;

    use super::*;
    use crate::event::{Gift, PauseReason, Source};

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(minute * 60, 0).unwrap()
    }

    fn event(minute: i64, kind: Kind) -> Event {
        Event {
            id: Uuid::from_u128(minute.cast_unsigned().into()),
            at: at(minute),
            box_at: None,
            actor: None,
            subject: Uuid::nil(),
            attempt: None,
            source: Source::Simulated,
            kind,
        }
    }

    fn paused(minute: i64) -> Event {
        event(minute, Kind::AttemptPaused { why: PauseReason::Asked })
    }

    fn resumed(minute: i64, minutes: u64) -> Event {
        event(minute, Kind::AttemptResumed { paused_ms: minutes * 60_000 })
    }

    fn given(minute: i64, minutes: i64, why: Gift) -> Event {
        event(minute, Kind::TimeGivenBack { ms: minutes * 60_000, why })
    }

    #[rstest]
    #[case::nothing(vec![], 50, 50)]
    #[case::before_it(vec![paused(10), resumed(40, 30)], 5, 5)]
    #[case::in_it(vec![paused(10), resumed(40, 30)], 30, 10)]
    #[case::after_it(vec![paused(10), resumed(40, 30)], 50, 20)]
    #[case::in_any_order(vec![resumed(40, 30), paused(10)], 50, 20)]
    #[case::two_of_them(vec![paused(10), resumed(20, 10), paused(30), resumed(40, 10)], 50, 30)]
    #[case::one_that_goes_on(vec![paused(10)], 50, 10)]
    #[case::a_clock_that_moved_meanwhile(vec![paused(10), given(35, 20, Gift::ClockMoved), resumed(40, 10)], 50, 20)]
    #[case::a_server_that_was_away(vec![given(40, 30, Gift::ServerAway)], 50, 20)]
    #[case::a_clock_that_was_set_back(vec![given(40, -30, Gift::ClockMoved)], 50, 50)]
    fn the_clock_stands_still_meanwhile(#[case] events: Vec<Event>, #[case] moment: i64, #[case] worked: i64) {
        assert_eq!(Pauses::of(&events).worked(at(moment)), at(worked));
    }
}
