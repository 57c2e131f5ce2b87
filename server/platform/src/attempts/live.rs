//! What there is in memory of an attempt that goes on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use labs::{
    record::Place,
    sandbox::{Hosts, Sandbox},
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{held, pace::Pace};

/// An attempt whose sandboxes are in use.
pub(super) struct Live {
    pub(super) attempt: Uuid,
    /// Whose attempt it is.
    pub(super) learner: Uuid,
    pub(super) hosts: Hosts,
    /// The journals of the hosts, in their order.
    pub(super) journals: Vec<HostJournal>,
    /// Whether it is frozen, and when the learner last did something.
    pub(super) pace: Pace,
    /// Held while checks are made: one run at a time.
    pub(super) checking: tokio::sync::Mutex<()>,
    /// Cancelled when nobody may work in the boxes any more.
    pub(super) closed: CancellationToken,
    /// Ends the tasks that fetch the journals.
    stop_journals: CancellationToken,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

/// The journal of one host, as far as it is stored.
pub(super) struct HostJournal {
    pub(super) sandbox: Sandbox,
    /// What its entries are called as events.
    pub(super) place: Place,
    /// The number of the last entry that is committed.
    pub(super) committed: watch::Sender<u64>,
}

impl Live {
    /// `pace`: how it goes, given what is cancelled when nobody may work in it any more.
    pub(super) fn new(
        attempt: Uuid,
        learner: Uuid,
        hosts: Hosts,
        committed: &[u64],
        stop: &CancellationToken,
        pace: impl FnOnce(&CancellationToken) -> Pace,
    ) -> Self {
        let closed = CancellationToken::new();
        let known = committed.iter().copied().chain(std::iter::repeat(0));
        let journals = hosts.iter().zip(Place::all(&hosts)).zip(known).map(|((sandbox, place), committed)| {
            HostJournal { sandbox: sandbox.clone(), place, committed: watch::Sender::new(committed) }
        });
        Self {
            attempt,
            learner,
            journals: journals.collect(),
            hosts,
            checking: tokio::sync::Mutex::default(),
            pace: pace(&closed),
            closed,
            stop_journals: stop.child_token(),
            tasks: Mutex::default(),
        }
    }

    pub(super) fn journals_stopped(&self) -> &CancellationToken {
        &self.stop_journals
    }

    pub(super) fn journals_run(&self, tasks: Vec<JoinHandle<()>>) {
        *held(&self.tasks) = tasks;
    }

    /// Ends the tasks that fetch the journals, and waits for what they are writing.
    pub(super) async fn stop_journals(&self) {
        self.stop_journals.cancel();
        let tasks = std::mem::take(&mut *held(&self.tasks));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, attempt = %self.attempt, "a task that fetched a journal broke");
            }
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
