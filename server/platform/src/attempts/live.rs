//! What there is in memory of an attempt that goes on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock},
};

use labs::sandbox::Sandbox;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::Span;
use uuid::Uuid;

use super::held;

/// A sandbox in use.
pub(super) struct Live {
    pub(super) attempt: Uuid,
    /// Whose attempt it is.
    pub(super) learner: Uuid,
    pub(super) sandbox: Sandbox,
    /// Held while checks are made: one run at a time.
    pub(super) checking: tokio::sync::Mutex<()>,
    /// The number of the last journal entry that is committed.
    pub(super) committed: watch::Sender<u64>,
    /// Cancelled when nobody may work in the box any more.
    pub(super) closed: CancellationToken,
    /// The version of the protocol that its agent speaks, where it is not ours: such an agent is left alone.
    pub(super) foreign: OnceLock<u32>,
    /// What of its journal is beyond the most that is stored.
    pub(super) flood: Mutex<Flood>,
    /// What each line of the log about it carries.
    pub(super) span: Span,
    /// Ends the task that fetches the journal.
    stop_journal: CancellationToken,
    journal: Mutex<Option<JoinHandle<()>>>,
}

impl Live {
    pub(super) fn new(
        attempt: Uuid,
        learner: Uuid,
        sandbox: Sandbox,
        committed: u64,
        stop: &CancellationToken,
    ) -> Self {
        Self {
            attempt,
            learner,
            sandbox,
            checking: tokio::sync::Mutex::default(),
            committed: watch::Sender::new(committed),
            closed: CancellationToken::new(),
            foreign: OnceLock::new(),
            flood: Mutex::default(),
            span: Span::current(),
            stop_journal: stop.child_token(),
            journal: Mutex::default(),
        }
    }

    pub(super) fn journal_stopped(&self) -> &CancellationToken {
        &self.stop_journal
    }

    pub(super) fn journal_runs(&self, task: JoinHandle<()>) {
        *held(&self.journal) = Some(task);
    }

    /// Ends the task that fetches the journal, and waits for what it is writing.
    pub(super) async fn stop_journal(&self) {
        self.stop_journal.cancel();
        let task = held(&self.journal).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, attempt = %self.attempt, "the task that fetched a journal broke");
        }
    }
}

/// What of a journal is not stored any more: counted, and said with gaps of twice the number each time, so that a flood
/// is not stored as a flood of gaps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flood {
    unsaid: u64,
    said: u64,
}

impl Flood {
    /// So many entries more; gives how many are to be said now, if any.
    pub(super) fn add(&mut self, count: u64) -> Option<u64> {
        self.unsaid += count;
        (self.unsaid > self.said).then(|| self.say()).flatten()
    }

    /// All that has not been said.
    pub(super) fn say(&mut self) -> Option<u64> {
        let count = std::mem::take(&mut self.unsaid);
        self.said += count;
        (count > 0).then_some(count)
    }
}

/// An attempt that one task of ours is starting or closing; given back when it is dropped.
pub(super) struct Claim {
    claims: Arc<Mutex<HashSet<Uuid>>>,
    attempt: Uuid,
}

impl Claim {
    pub(super) fn take(claims: &Arc<Mutex<HashSet<Uuid>>>, attempt: Uuid) -> Option<Self> {
        held(claims).insert(attempt).then(|| Self { claims: Arc::clone(claims), attempt })
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        held(&self.claims).remove(&self.attempt);
    }
}

#[cfg(test)]
mod tests {
    use super::Flood;

    #[test]
    fn a_million_entries_too_many_are_a_few_gaps_that_add_up() {
        let mut flood = Flood::default();
        let mut gaps: Vec<u64> = (0..4000).filter_map(|_| flood.add(250)).collect();
        gaps.extend(flood.say());
        assert_eq!(gaps.iter().sum::<u64>(), 1_000_000);
        assert!(gaps.len() < 20, "{gaps:?}");
        assert_eq!((gaps[0], flood.say()), (250, None));
    }
}
