//! What there is in memory of an attempt that goes on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, Utc};
use labs::sandbox::Sandbox;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::held;

/// A sandbox in use.
pub(super) struct Live {
    pub(super) attempt: Uuid,
    /// Whose attempt it is.
    pub(super) learner: Uuid,
    /// When they came: what happened before in a box that was warm is nobody's.
    pub(super) since: DateTime<Utc>,
    pub(super) sandbox: Sandbox,
    /// Held while checks are made: one run at a time.
    pub(super) checking: tokio::sync::Mutex<()>,
    /// The number of the last journal entry that is committed.
    pub(super) committed: watch::Sender<u64>,
    /// Cancelled when nobody may work in the box any more.
    pub(super) closed: CancellationToken,
    /// Ends the task that fetches the journal.
    stop_journal: CancellationToken,
    journal: Mutex<Option<JoinHandle<()>>>,
}

impl Live {
    pub(super) fn new(
        attempt: Uuid,
        learner: Uuid,
        since: DateTime<Utc>,
        sandbox: Sandbox,
        committed: u64,
        stop: &CancellationToken,
    ) -> Self {
        Self {
            attempt,
            learner,
            since,
            sandbox,
            checking: tokio::sync::Mutex::default(),
            committed: watch::Sender::new(committed),
            closed: CancellationToken::new(),
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
