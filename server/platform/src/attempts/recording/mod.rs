//! What terminals have shown is kept: fetched from the agents, written, and only then acknowledged.
//!
//! Nothing that is judged rests on a recording, so nothing waits for one: a disk that is full or a server that is away
//! costs part of the recording, is said in it and in an event, and the attempt goes on.

mod file;
mod keeper;
mod kept;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use labs::sandbox::Sandbox;
use scorecards::event::{Event, Kind, RecordingLoss};
use tokio::{sync::watch, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{Attempts, Inner, held, live::Live, words};
use crate::store::{StoreError, attempts::Attempt, events, recordings};

pub use self::kept::KeptRecording;

/// How long the rest of the recordings may take to arrive when an attempt ends: the learner waits for the result.
const DRAIN: Duration = Duration::from_secs(10);
/// The same where nothing could be written up to now.
const DRAIN_IN_TROUBLE: Duration = Duration::from_secs(3);

/// The recordings of an attempt that goes on: one task for each host.
#[derive(Default)]
pub(super) struct Recordings(Mutex<Vec<Arc<Host>>>);

/// A host whose terminals are recorded.
pub(super) struct Host {
    sandbox: Sandbox,
    /// Its name in the lab; empty where there is only one.
    name: String,
    /// What its terminals' numbers are counted from in the attempt.
    base: u32,
    /// The number of the last block that is kept.
    kept: watch::Sender<u64>,
    /// The terminals of which something could not be written.
    unwritten: Mutex<BTreeSet<u32>>,
    /// Cancelled when the attempt ends: no block waits for others any more.
    hurry: CancellationToken,
    stop: CancellationToken,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Host {
    async fn stop(&self) {
        self.stop.cancel();
        let task = held(&self.task).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            error!(%error, "the task that kept a recording broke");
        }
    }
}

impl Recordings {
    fn all(&self) -> Vec<Arc<Host>> {
        held(&self.0).clone()
    }

    /// Ends the tasks, and waits for what they are writing.
    pub(super) async fn stop(&self) {
        for host in self.all() {
            host.stop().await;
        }
    }
}

impl Attempts {
    /// From here on what the terminals show is kept.
    pub(super) fn record(&self, live: &Arc<Live>) {
        for (sandbox, name, base) in live.hosts_by_number() {
            let host = Arc::new(Host {
                sandbox: sandbox.clone(),
                name: name.into(),
                base,
                kept: watch::Sender::new(0),
                unwritten: Mutex::default(),
                hurry: CancellationToken::new(),
                stop: self.stop.child_token(),
                task: Mutex::default(),
            });
            let keeping = self.clone().keep_recording(live.attempt, live.learner, Arc::clone(&host));
            *held(&host.task) = Some(self.tasks.spawn(keeping));
            held(&live.recordings.0).push(host);
        }
    }

    /// Keeps what is left of the recordings, and ends them. What does not come in time is noted as missing.
    pub(super) async fn finish_recordings(&self, attempt: &Attempt, live: &Live) {
        for host in live.recordings.all() {
            host.hurry.cancel();
            let end = match host.sandbox.settle_recording().await {
                Ok(end) => end,
                Err(error) => {
                    warn!(attempt = %attempt.id, %error, "the end of a recording can't be fetched");
                    0
                }
            };
            let mut kept = host.kept.subscribe();
            let all = kept.wait_for(|kept| *kept >= end);
            let patience = if held(&host.unwritten).is_empty() { DRAIN } else { DRAIN_IN_TROUBLE };
            let in_time = matches!(tokio::time::timeout(patience, all).await, Ok(Ok(_)));
            host.stop().await;
            if !in_time && *host.kept.borrow() < end {
                let mut terminals = held(&host.unwritten).clone();
                let why = if terminals.is_empty() { RecordingLoss::NotFetched } else { RecordingLoss::NotWritten };
                if terminals.is_empty() {
                    terminals.insert(host.base + 1);
                }
                let lost = terminals.into_iter().map(|terminal| (terminal, why)).collect();
                self.note_recording_lost(attempt, lost).await;
            }
        }
        self.end_recordings(attempt).await;
    }

    /// Gives the files their end, so that any program takes them as they lie there.
    pub(super) async fn end_recordings(&self, attempt: &Attempt) {
        let kept = match recordings::of_attempt(&self.store, attempt.id).await {
            Ok(kept) => kept,
            Err(error) => return error!(attempt = %attempt.id, error = words(&error), "recordings can't be ended"),
        };
        for recording in kept {
            let path = file::path(&self.data, attempt.id, recording.terminal);
            let piece = file::Piece { path, at: recording.bytes, bytes: file::tail(&recording).into() };
            if let Ok(Err(error)) = tokio::task::spawn_blocking(move || piece.write()).await {
                // It is added again whenever the file is read.
                warn!(attempt = %attempt.id, %error, "the end of a recording can't be written");
            }
        }
    }

    async fn note_recording_lost(&self, attempt: &Attempt, lost: Vec<(u32, RecordingLoss)>) {
        let told: Vec<Event> = lost
            .into_iter()
            .map(|(terminal, why)| self.event(attempt, None, Kind::RecordingLost { terminal, why }))
            .collect();
        if let Err(error) = self.append(&told).await {
            error!(attempt = %attempt.id, error = words(&error), "a loss of a recording can't be noted");
        }
    }
}

impl Inner {
    async fn append(&self, told: &[Event]) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        events::append(&mut tx, told).await?;
        tx.commit().await
    }
}
