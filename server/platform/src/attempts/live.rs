//! What there is in memory of an attempt that goes on.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, OnceLock, atomic::AtomicBool},
};

use chrono::{DateTime, Utc};
use labs::{
    record::Place,
    sandbox::{Hosts, Sandbox},
};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::Span;
use uuid::Uuid;

use super::{held, pace::Pace, recording::Recordings, watch::Watchers};
use crate::store::attempts::Attempt;

/// An attempt whose sandboxes are in use.
pub(super) struct Live {
    pub(super) attempt: Uuid,
    /// Whose attempt it is.
    pub(super) learner: Uuid,
    /// When they came: what happened before in boxes that were warm is nobody's.
    pub(super) since: DateTime<Utc>,
    pub(super) hosts: Hosts,
    /// The journals of the hosts, in their order.
    pub(super) journals: Vec<HostJournal>,
    /// Whether it is frozen, and when the learner last did something.
    pub(super) pace: Pace,
    /// Held while checks are made: one run at a time.
    pub(super) checking: tokio::sync::Mutex<()>,
    /// The boxes are being given back their start: nobody gets in meanwhile.
    pub(super) resetting: AtomicBool,
    /// Cancelled when nobody may work in the boxes any more.
    pub(super) closed: CancellationToken,
    /// The version of the protocol that an agent speaks, where it is not ours: such an agent is left alone.
    pub(super) foreign: OnceLock<u32>,
    /// What each line of the log about it carries.
    pub(super) span: Span,
    /// The tasks that keep what the terminals show.
    pub(super) recordings: Recordings,
    /// Who looks at them meanwhile.
    pub(super) watchers: Watchers,
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
    /// What of it is beyond the most that is stored.
    pub(super) flood: Mutex<Flood>,
}

impl Live {
    /// `pace`: how it goes, given what is cancelled when nobody may work in it any more.
    pub(super) fn new(
        attempt: &Attempt,
        hosts: Hosts,
        committed: &[u64],
        stop: &CancellationToken,
        pace: impl FnOnce(&CancellationToken) -> Pace,
    ) -> Self {
        let closed = CancellationToken::new();
        let known = committed.iter().copied().chain(std::iter::repeat(0));
        let journals = hosts.iter().zip(Place::all(&hosts)).zip(known).map(|((sandbox, place), committed)| {
            let (sandbox, committed) = (sandbox.clone(), watch::Sender::new(committed));
            HostJournal { sandbox, place, committed, flood: Mutex::default() }
        });
        Self {
            attempt: attempt.id,
            learner: attempt.learner,
            since: attempt.started_at,
            journals: journals.collect(),
            hosts,
            checking: tokio::sync::Mutex::default(),
            pace: pace(&closed),
            resetting: AtomicBool::new(false),
            closed,
            foreign: OnceLock::new(),
            span: Span::current(),
            recordings: Recordings::default(),
            watchers: Watchers::default(),
            stop_journals: stop.child_token(),
            tasks: Mutex::default(),
        }
    }

    /// The hosts: each with its name, which is empty where there is one only, and with what the numbers of its
    /// terminals are counted from.
    pub(super) fn hosts_by_number(&self) -> impl Iterator<Item = (&Sandbox, &str, u32)> {
        let one = self.hosts.count() == 1;
        let named = self.hosts.iter().enumerate();
        named.map(move |(at, host)| (host, if one { "" } else { host.host.as_str() }, Hosts::terminal(at, 0)))
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
