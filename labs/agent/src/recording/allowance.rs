//! How much of a terminal's output may be recorded: all that somebody reads, and not all that a flood prints.

/// How many bytes may come at once.
const BURST: u64 = 32 << 20;
/// How many come back each second.
const REFILL: u64 = 16 << 10;
/// What there must be again before a flood is recorded further: a piece that is worth looking at.
const RESUME: u64 = 256 << 10;
/// What there is at least once it has been quiet: whoever has stopped a flood goes on working.
const AFTER_QUIET: u64 = 64 << 10;
/// How long nothing may come before it counts as quiet, in microseconds.
const QUIET_US: u64 = 1_000_000;

/// The allowance of one terminal. Times are in microseconds.
pub struct Allowance {
    left: u64,
    /// Until when what comes back has been counted.
    counted_us: u64,
    /// When something came last.
    last_us: u64,
    /// Whether output is left out at present.
    closed: bool,
}

impl Allowance {
    pub fn new(now_us: u64) -> Self {
        Self { left: BURST, counted_us: now_us, last_us: now_us, closed: false }
    }

    /// Whether so many bytes may be recorded that come now.
    pub fn take(&mut self, now_us: u64, bytes: u64) -> bool {
        let seconds = now_us.saturating_sub(self.counted_us) / 1_000_000;
        self.counted_us += seconds * 1_000_000;
        self.left = (self.left + seconds * REFILL).min(BURST);
        if self.is_quiet(now_us) {
            self.left = self.left.max(AFTER_QUIET);
            self.closed = false;
        }
        self.last_us = now_us;
        if self.closed && self.left >= RESUME {
            self.closed = false;
        }
        if bytes > self.left {
            self.closed = true;
        }
        if !self.closed {
            self.left -= bytes;
        }
        !self.closed
    }

    /// Whether nothing has come for a while.
    pub fn is_quiet(&self, now_us: u64) -> bool {
        now_us.saturating_sub(self.last_us) >= QUIET_US
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000;
    const PIECE: u64 = 4096;

    #[test]
    fn a_burst_is_allowed_and_a_flood_is_not() {
        let mut allowance = Allowance::new(0);
        let mut allowed = 0;
        // An hour of 4 MiB a second.
        for piece in 0..3600 * 1024 {
            if allowance.take(piece * SECOND / 1024, PIECE) {
                allowed += PIECE;
            }
        }
        assert!((BURST..=BURST + 3600 * REFILL).contains(&allowed), "{allowed}");
    }

    #[test]
    fn what_comes_after_a_flood_is_allowed_once_it_is_quiet() {
        let mut allowance = Allowance::new(0);
        while allowance.take(0, PIECE) {}
        assert!(!allowance.take(SECOND / 2, 10));
        assert!(!allowance.is_quiet(SECOND));
        assert!(allowance.is_quiet(3 * SECOND / 2));
        assert!(allowance.take(2 * SECOND, 10));
        assert!(allowance.take(2 * SECOND, AFTER_QUIET - 10));
        assert!(!allowance.take(2 * SECOND, 2 * REFILL));
    }
}
