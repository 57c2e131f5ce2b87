//! How an attempt in use goes: whether it is frozen, who may be at its terminals, when the learner last did something.

use std::{sync::Mutex, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::held;

/// How an attempt in use goes.
pub(super) struct Pace {
    /// Held while it is paused or resumed: one at a time.
    pub(super) turning: tokio::sync::Mutex<()>,
    /// Whether its boxes are frozen. What is asked of them then waits, or is not asked.
    frozen: watch::Sender<bool>,
    /// Of the terminals that are open until the next pause.
    terminals: Mutex<CancellationToken>,
    /// When the learner last did something, by the monotonic clock, which no jump of the other can touch; and the same as
    /// far as it is stored.
    active: Mutex<Active>,
    /// After how long without the learner it pauses; `None` for one that does not.
    idle_after: Option<Duration>,
}

#[derive(Clone, Copy)]
struct Active {
    last: Duration,
    stored: Duration,
}

/// How much later than what is stored the last activity may be.
const STORED_EVERY: Duration = Duration::from_secs(60);

impl Pace {
    /// Of an attempt whose learner did something at `active`. `closed`: when nobody may work in it any more.
    pub(super) fn new(closed: &CancellationToken, active: Duration, idle_after: Option<Duration>) -> Self {
        Self {
            turning: tokio::sync::Mutex::default(),
            frozen: watch::Sender::new(false),
            terminals: Mutex::new(closed.child_token()),
            active: Mutex::new(Active { last: active, stored: active }),
            idle_after,
        }
    }

    /// Whether its boxes are frozen.
    pub(super) fn frozen(&self) -> bool {
        *self.frozen.borrow()
    }

    /// Waits until its boxes are not frozen.
    pub(super) async fn thawed(&self) {
        // Who waits holds the attempt, and with it the sender.
        let _ = self.frozen.subscribe().wait_for(|frozen| !frozen).await;
    }

    /// Its boxes are frozen: who is at a terminal is hung up.
    pub(super) fn stops(&self) {
        self.frozen.send_replace(true);
        held(&self.terminals).cancel();
    }

    /// Its boxes go on.
    pub(super) fn goes_on(&self, closed: &CancellationToken, now: Duration) {
        let mut terminals = held(&self.terminals);
        if self.frozen.send_replace(false) || (terminals.is_cancelled() && !closed.is_cancelled()) {
            *terminals = closed.child_token();
            drop(terminals);
            self.active(now);
        }
    }

    /// Cancelled when whoever is at a terminal has to leave it.
    pub(super) fn terminals(&self) -> CancellationToken {
        held(&self.terminals).clone()
    }

    /// The learner does something.
    pub(super) fn active(&self, now: Duration) {
        let mut active = held(&self.active);
        active.last = active.last.max(now);
    }

    /// Whether the learner has been away for so long that it pauses.
    pub(super) fn is_idle(&self, now: Duration) -> bool {
        let away = now.saturating_sub(held(&self.active).last);
        self.idle_after.is_some_and(|after| away >= after) && !self.frozen()
    }

    /// For how long the learner has done nothing, if that is worth being stored; then it counts as stored.
    pub(super) fn to_store(&self, now: Duration) -> Option<Duration> {
        let mut active = held(&self.active);
        let newer = active.last.saturating_sub(active.stored) >= STORED_EVERY;
        newer.then(|| {
            active.stored = active.last;
            now.saturating_sub(active.last)
        })
    }
}
