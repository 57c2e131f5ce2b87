//! How long to wait before the next try.

use std::time::Duration;

/// Doubles the pause from a quarter of a second up to eight, each a little off so that many pages don't come at once.
#[derive(Debug, Default)]
pub(in crate::islands) struct Backoff {
    tries: u32,
}

impl Backoff {
    /// How many tries there were since the last success.
    pub(in crate::islands) fn tries(&self) -> u32 {
        self.tries
    }

    /// The pause before the next try; `chance` is between 0 and 1.
    pub(in crate::islands) fn next(&mut self, chance: f64) -> Duration {
        let pause = 250_u64 << self.tries.min(5);
        self.tries += 1;
        Duration::from_millis(pause).mul_f64(0.75 + chance.clamp(0.0, 1.0) / 2.0)
    }

    /// A try went well.
    pub(in crate::islands) fn reset(&mut self) {
        self.tries = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_eight_seconds() {
        let mut backoff = Backoff::default();
        let pauses: Vec<u128> = (0..8).map(|_| backoff.next(0.5).as_millis()).collect();
        assert_eq!(pauses, [250, 500, 1000, 2000, 4000, 8000, 8000, 8000]);
        backoff.reset();
        assert_eq!((backoff.tries(), backoff.next(0.0).as_micros()), (0, 187_500));
    }
}
