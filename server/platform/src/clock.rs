//! Time, ids and randomness, which come in from outside so that a test decides them.

use std::{
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use rand::{Rng, SeedableRng, rngs::StdRng};
use uuid::{Builder, Uuid};

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The time now, in whole microseconds: PostgreSQL keeps no more, and what is read back must be
    /// equal to what was written.
    fn now(&self) -> DateTime<Utc>;

    /// How long it is since some moment in the past, by a clock that nobody can set. It does not go while the machine
    /// sleeps. Only differences mean anything, and only within one run of the program.
    fn monotonic(&self) -> Duration;
}

/// How far back the moment lies from which the monotonic clock is counted: further than anything that is told by it.
const LONG_PAST: Duration = Duration::from_secs(10 * 365 * 24 * 3600);

/// When it was first looked at.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now(&self) -> DateTime<Utc> {
        whole_micros(Utc::now())
    }

    fn monotonic(&self) -> Duration {
        LONG_PAST + BEGAN.elapsed()
    }
}

/// A clock that goes when it is told to.
#[derive(Debug)]
pub struct ManualClock(Mutex<(DateTime<Utc>, Duration)>);

impl ManualClock {
    /// A clock that stands at a time.
    #[must_use]
    pub fn at(start: DateTime<Utc>) -> Self {
        Self(Mutex::new((whole_micros(start), LONG_PAST)))
    }

    /// Lets time pass.
    pub fn advance(&self, by: TimeDelta) {
        let mut now = held(&self.0);
        now.0 = whole_micros(now.0 + by);
        now.1 += by.to_std().unwrap_or_default();
    }

    /// Sets it to another time, as an administrator or a time server does: none passes. Below zero it is set back.
    pub fn jump(&self, by: TimeDelta) {
        let mut now = held(&self.0);
        now.0 = whole_micros(now.0 + by);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        held(&self.0).0
    }

    fn monotonic(&self) -> Duration {
        held(&self.0).1
    }
}

/// A time cut to whole microseconds.
#[must_use]
pub fn whole_micros(time: DateTime<Utc>) -> DateTime<Utc> {
    // It fails only for times hundreds of millennia away.
    time.duration_trunc(TimeDelta::microseconds(1)).unwrap_or(time)
}

/// Makes ids and random numbers. Clones share one state.
#[derive(Clone)]
pub struct Ids {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

struct State {
    rng: StdRng,
    millis: u64,
    count: u16,
}

/// How many ids one millisecond has: version 7 leaves twelve bits beside the random ones.
const IDS_PER_MILLI: u16 = 1 << 12;

impl Ids {
    /// Unpredictable ones.
    #[must_use]
    pub fn unpredictable(clock: Arc<dyn Clock>) -> Self {
        Self::from(clock, rand::make_rng())
    }

    /// The same ones for the same seed and the same times, for tests.
    #[must_use]
    pub fn seeded(clock: Arc<dyn Clock>, seed: u64) -> Self {
        Self::from(clock, StdRng::seed_from_u64(seed))
    }

    fn from(clock: Arc<dyn Clock>, rng: StdRng) -> Self {
        Self { clock, state: Arc::new(Mutex::new(State { rng, millis: 0, count: 0 })) }
    }

    /// A fresh id (UUID version 7), greater than all before it from this maker.
    #[must_use]
    pub fn next(&self) -> Uuid {
        let now = u64::try_from(self.clock.now().timestamp_millis()).unwrap_or_default();
        let mut state = held(&self.state);
        if now > state.millis {
            state.millis = now;
            // Half of the room is kept for those that follow within the millisecond.
            state.count = u16::try_from(state.rng.next_u32() % u32::from(IDS_PER_MILLI / 2)).unwrap_or_default();
        } else if state.count + 1 < IDS_PER_MILLI {
            state.count += 1;
        } else {
            state.millis += 1;
            state.count = 0;
        }
        let mut rest = [0; 10];
        state.rng.fill_bytes(&mut rest);
        rest[..2].copy_from_slice(&state.count.to_be_bytes());
        Builder::from_unix_timestamp_millis(state.millis, &rest).into_uuid()
    }

    /// A random number from the whole range.
    #[must_use]
    pub fn random(&self) -> u64 {
        held(&self.state).rng.next_u64()
    }

    /// Random bytes, fit for a salt.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        held(&self.state).rng.fill_bytes(&mut bytes);
        bytes
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Arc<ManualClock> {
        Arc::new(ManualClock::at(DateTime::UNIX_EPOCH + TimeDelta::nanoseconds(1_700_000_000_123_456_789)))
    }

    #[test]
    fn times_are_whole_microseconds() {
        assert_eq!(clock().now().timestamp_subsec_nanos(), 123_456_000);
        assert_eq!(SystemClock.now().timestamp_subsec_nanos() % 1000, 0);
    }

    #[test]
    fn ids_grow_even_within_a_millisecond() {
        let ids = Ids::seeded(clock(), 7);
        let made: Vec<Uuid> = (0..10_000).map(|_| ids.next()).collect();
        assert!(made.is_sorted());
        assert!(made.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(made.iter().all(|id| id.get_version_num() == 7));
    }

    #[test]
    fn the_same_seed_makes_the_same_ids() {
        let (one, two) = (Ids::seeded(clock(), 7), Ids::seeded(clock(), 7));
        assert_eq!(one.next(), two.next());
        assert_eq!(one.random(), two.random());
        assert_ne!(one.next(), Ids::seeded(clock(), 8).next());
    }
}
