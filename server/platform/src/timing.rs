//! The arithmetic of an attempt's time: when it is up, and what moves that.
//!
//! Pure values: who changes one stores it, with the event of it.

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::event::PauseReason;

/// How much more a learner gets with one click, in minutes.
pub const STEP: u32 = 15;

/// When it is said that the time is soon up, in seconds left: the earlier moment first.
pub const MARKS: [u32; 2] = [600, 120];

/// The time of an attempt that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When the time is up. While it is paused, as if it had gone on.
    pub deadline: DateTime<Utc>,
    /// Since when and why it is paused, if it is.
    pub paused: Option<Pause>,
    /// How many minutes the learner may add in all.
    pub allowance: u32,
    /// How many of them were added.
    pub extended: u32,
    /// When the learner last did something, as far as it is known.
    pub active_at: Option<DateTime<Utc>>,
    /// The last of [`MARKS`] that was said.
    pub warned: Option<u32>,
}

/// A pause that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Since when.
    pub since: DateTime<Utc>,
    /// Why.
    pub why: PauseReason,
}

impl Timer {
    /// That of an attempt which begins to run: so many minutes, so many percent more for who has them by right, and what
    /// may be added.
    #[must_use]
    pub fn begin(now: DateTime<Utc>, minutes: u32, extra_percent: u32, allowance: u32) -> Self {
        let more = |minutes: u32| i64::from(minutes) * (100 + i64::from(extra_percent)) * 60 / 100;
        Self {
            deadline: now + TimeDelta::seconds(more(minutes)),
            paused: None,
            // In whole minutes, as it is shown.
            allowance: u32::try_from(more(allowance) / 60).unwrap_or(u32::MAX),
            extended: 0,
            active_at: Some(now),
            warned: None,
        }
    }

    /// How much time is left, never below zero.
    #[must_use]
    pub fn left(&self, now: DateTime<Utc>) -> TimeDelta {
        let at = self.paused.map_or(now, |pause| pause.since);
        (self.deadline - at).max(TimeDelta::zero())
    }

    /// How many minutes can still be added.
    #[must_use]
    pub fn addable(&self) -> u32 {
        self.allowance.saturating_sub(self.extended)
    }

    /// The time stops. `false` where it had stopped or is up: then nothing has changed.
    pub fn pause(&mut self, now: DateTime<Utc>, why: PauseReason) -> bool {
        let goes = self.paused.is_none() && self.deadline > now;
        if goes {
            self.paused = Some(Pause { since: now, why });
        }
        goes
    }

    /// The time goes on: says how long it had stopped. `None` where it had not.
    pub fn resume(&mut self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let stood = (now - self.paused.take()?.since).max(TimeDelta::zero());
        self.deadline += stood;
        self.active_at = Some(now);
        Some(stood)
    }

    /// Adds [`STEP`] minutes, or what is left of the allowance: says how many.
    pub fn extend(&mut self, now: DateTime<Utc>) -> u32 {
        let minutes = self.addable().min(STEP);
        self.extended += minutes;
        self.deadline += TimeDelta::minutes(minutes.into());
        // What is ahead again is said again.
        let left = self.left(now).num_seconds();
        self.warned = self.warned.filter(|mark| left <= i64::from(*mark));
        minutes
    }

    /// The clock was set, by so much forward: every moment by the old one is another by the new one.
    pub fn clock_moved(&mut self, by: TimeDelta) {
        self.deadline += by;
        if let Some(pause) = &mut self.paused {
            pause.since += by;
        }
        self.active_at = self.active_at.map(|at| at + by);
    }

    /// So much time passed that was not the learner's. `false` where it had stopped anyway.
    pub fn give(&mut self, by: TimeDelta) -> bool {
        if self.paused.is_some() {
            return false;
        }
        self.deadline += by;
        self.active_at = self.active_at.map(|at| at + by);
        true
    }

    /// The mark that is to be said now, if one is: then it counts as said.
    pub fn warn(&mut self, now: DateTime<Utc>) -> Option<u32> {
        let left = self.left(now).num_seconds();
        if self.paused.is_some() || left <= 0 {
            return None;
        }
        let mark = MARKS.into_iter().filter(|mark| left <= i64::from(*mark)).min()?;
        if self.warned.is_some_and(|said| said <= mark) {
            return None;
        }
        self.warned = Some(mark);
        Some(mark)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
    }

    fn seconds(count: i64) -> TimeDelta {
        TimeDelta::seconds(count)
    }

    /// What may happen to an attempt; lengths in seconds.
    #[derive(Clone, Copy, Debug)]
    enum Happens {
        Passes(i64),
        Pause,
        Resume,
        Extend,
        ClockMoves(i64),
        ServerAway(i64),
    }

    fn happens() -> impl Strategy<Value = Happens> {
        prop_oneof![
            (0_i64..200).prop_map(Happens::Passes),
            Just(Happens::Pause),
            Just(Happens::Resume),
            Just(Happens::Extend),
            (-100_000_i64..100_000).prop_map(Happens::ClockMoves),
            (0_i64..100_000).prop_map(Happens::ServerAway),
        ]
    }

    proptest! {
        #[test]
        fn no_time_is_lost_or_invented(
            minutes in 200_u32..400, extra in 0_u32..=100, allowance in 0_u32..100,
            story in prop::collection::vec(happens(), 0..40),
        ) {
            let mut now = at(0);
            let mut timer = Timer::begin(now, minutes, extra, allowance);
            let granted = i64::from(minutes) * 60 * i64::from(100 + extra) / 100;
            let (mut worked, mut added, mut paused) = (0, 0, false);
            for what in story {
                match what {
                    Happens::Passes(length) => {
                        now += seconds(length);
                        worked += if paused { 0 } else { length };
                    }
                    Happens::Pause => {
                        prop_assert_eq!(timer.pause(now, PauseReason::Asked), !paused);
                        paused = true;
                    }
                    Happens::Resume => {
                        prop_assert_eq!(timer.resume(now).is_some(), paused);
                        paused = false;
                    }
                    Happens::Extend => added += i64::from(timer.extend(now)) * 60,
                    Happens::ClockMoves(by) => {
                        now += seconds(by);
                        timer.clock_moved(seconds(by));
                    }
                    Happens::ServerAway(length) => {
                        now += seconds(length);
                        prop_assert_eq!(timer.give(seconds(length)), !paused);
                    }
                }
                prop_assert_eq!(timer.left(now), seconds(granted + added - worked));
                prop_assert!(timer.extended <= timer.allowance);
            }
        }
    }

    #[test]
    fn the_allowance_is_taken_in_steps_until_it_is_used_up() {
        let mut timer = Timer::begin(at(0), 30, 0, 20);
        assert_eq!([timer.extend(at(0)), timer.extend(at(0)), timer.extend(at(0))], [15, 5, 0]);
        assert_eq!((timer.addable(), timer.left(at(0))), (0, TimeDelta::minutes(50)));
    }

    #[test]
    fn extra_time_is_for_the_allowance_as_well() {
        let timer = Timer::begin(at(0), 30, 25, 15);
        assert_eq!((timer.left(at(0)), timer.allowance), (seconds(2250), 18));
    }

    #[test]
    fn each_mark_is_said_once_and_again_only_after_an_extension() {
        let mut timer = Timer::begin(at(0), 30, 0, 15);
        assert_eq!(timer.warn(at(1199)), None);
        assert_eq!([timer.warn(at(1200)), timer.warn(at(1201))], [Some(600), None]);
        assert_eq!([timer.warn(at(1680)), timer.warn(at(1700))], [Some(120), None]);
        timer.extend(at(1700));
        assert_eq!(timer.warn(at(1700)), None);
        assert_eq!(timer.warn(at(2200)), Some(600));
        assert_eq!(timer.warn(at(2690)), Some(120), "one that was slept over says only the last mark");
        assert_eq!(timer.warn(at(2700)), None, "when it is up there is nothing to warn of");
    }

    #[test]
    fn what_is_up_can_not_be_paused() {
        let mut timer = Timer::begin(at(0), 1, 0, 0);
        assert!(!timer.pause(at(60), PauseReason::Idle));
        assert!(timer.pause(at(59), PauseReason::Idle));
        assert_eq!(timer.left(at(10_000)), seconds(1));
    }
}
