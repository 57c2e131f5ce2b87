//! What there is in memory of an attempt that goes on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use labs::sandbox::Sandbox;
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{held, recording::Recordings, watch::Watchers};

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
    /// The tasks that keep what the terminals show.
    pub(super) recordings: Recordings,
    /// Who looks at them meanwhile.
    pub(super) watchers: Watchers,
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
            recordings: Recordings::default(),
            watchers: Watchers::default(),
            stop_journal: stop.child_token(),
            journal: Mutex::default(),
        }
    }

    /// The hosts: each with its name, which is empty where there is one only, and with what the numbers of its
    /// terminals are counted from.
    pub(super) fn hosts_by_number(&self) -> Vec<(Sandbox, String, u32)> {
        vec![(self.sandbox.clone(), String::new(), 0)]
    }

    /// The host of a terminal, and its number there.
    pub(super) fn host_of_terminal(&self, terminal: u32) -> Option<(Sandbox, u32)> {
        Some((self.sandbox.clone(), terminal))
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
