//! The streams that outlive a call: terminals and the journal.

use std::time::Duration;

use bytes::Bytes;
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::sleep,
};
use wire::{
    Reply, Request,
    journal::{Ack, Entry},
    terminal::{Down, Up},
};

use super::{
    call::{self, Frames, json, lost},
    error::SandboxError,
    link::Link,
};

/// How long the journal's stream waits before it tries again to reach the agent.
const AGAIN: Duration = Duration::from_secs(1);

/// The same for a frozen sandbox, of which there is no news for hours.
const AGAIN_FROZEN: Duration = Duration::from_secs(5);

/// How long the agent has to begin with the journal.
const PATIENCE: Duration = Duration::from_secs(10);

/// A terminal's frames in both directions. Whoever doesn't read holds up the program that prints.
#[derive(Debug)]
pub struct TerminalStream {
    reader: TerminalReader,
    writer: TerminalWriter,
}

/// The frames from the shell.
#[derive(Debug)]
pub struct TerminalReader {
    frames: SplitStream<Frames>,
    /// The connection lasts as long as somebody uses it.
    _link: Link,
}

/// The frames towards the shell.
#[derive(Debug)]
pub struct TerminalWriter {
    frames: SplitSink<Frames, Bytes>,
}

impl TerminalStream {
    pub(super) fn new(frames: Frames, link: Link) -> Self {
        let (sink, stream) = frames.split();
        Self { reader: TerminalReader { frames: stream, _link: link }, writer: TerminalWriter { frames: sink } }
    }

    /// Both directions by themselves.
    #[must_use]
    pub fn split(self) -> (TerminalReader, TerminalWriter) {
        (self.reader, self.writer)
    }
}

impl TerminalReader {
    /// The next frame as its bytes, for who passes it on; `None` when the connection has ended.
    /// Nothing is lost when the wait is given up.
    pub async fn next_frame(&mut self) -> Option<Bytes> {
        self.frames.next().await?.ok().map(Into::into)
    }

    /// The next frame; `None` when the connection has ended. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Option<Down> {
        Down::decode(&self.next_frame().await?).ok()
    }
}

impl TerminalWriter {
    /// Sends a frame given as its bytes.
    ///
    /// # Errors
    /// [`SandboxError::Protocol`] for what is no frame towards a shell; [`SandboxError::Unreachable`] when
    /// the connection has ended.
    pub async fn send_frame(&mut self, frame: Bytes) -> Result<(), SandboxError> {
        Up::decode(&frame).map_err(|error| SandboxError::Protocol(error.to_string()))?;
        self.frames.send(frame).await.map_err(lost)
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// [`SandboxError::Unreachable`] when the connection has ended.
    pub async fn send(&mut self, frame: &Up) -> Result<(), SandboxError> {
        self.frames.send(frame.encode().into()).await.map_err(lost)
    }
}

/// A sandbox's journal. Each entry comes once, in order, over however many connections.
#[derive(Debug)]
pub struct JournalStream {
    entries: mpsc::Receiver<Result<Entry, SandboxError>>,
    acks: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl JournalStream {
    pub(super) fn new(link: Link, after: u64) -> Self {
        let (sender, entries) = mpsc::channel(256);
        let (acks, acked) = watch::channel(after);
        let task = tokio::spawn(Journal { link, delivered: after, acked, entries: sender }.run());
        Self { entries, acks, task }
    }

    /// The next entry. Waits for as long as nothing happens; nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// [`SandboxError::Gone`] when the sandbox has ended, and with it the journal.
    pub async fn next(&mut self) -> Result<Entry, SandboxError> {
        let ended = || Err(SandboxError::Gone("its journal has ended".into()));
        self.entries.recv().await.unwrap_or_else(ended)
    }

    /// Everything up to this number is committed: the agent may forget it.
    pub fn ack(&mut self, seq: u64) {
        self.acks.send_if_modified(|acked| {
            let newer = seq > *acked;
            *acked = seq.max(*acked);
            newer
        });
    }
}

impl Drop for JournalStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The task behind a [`JournalStream`].
struct Journal {
    link: Link,
    /// The newest entry that was passed on.
    delivered: u64,
    acked: watch::Receiver<u64>,
    entries: mpsc::Sender<Result<Entry, SandboxError>>,
}

impl Journal {
    async fn run(mut self) {
        loop {
            // What is committed, not what was passed on: the agent may forget all before it.
            let after = *self.acked.borrow();
            let error = match call::call(&self.link, &Request::Journal { after }, PATIENCE).await {
                Ok((Reply::Done, frames)) => match self.follow(frames).await {
                    Ok(()) => return,
                    Err(error) => error,
                },
                Ok((reply, _)) => SandboxError::Protocol(format!("{reply:?}")),
                Err(error) => error,
            };
            if matches!(error, SandboxError::Gone(_)) {
                // Whoever no longer listens needs no word of it.
                let _ = self.entries.send(Err(error)).await;
                return;
            }
            tracing::debug!(%error, "the journal's stream ended; it is taken up again");
            sleep(if error == SandboxError::Frozen { AGAIN_FROZEN } else { AGAIN }).await;
        }
    }

    /// Passes entries on and acknowledgements back; ends well when nobody listens any more.
    async fn follow(&mut self, mut frames: Frames) -> Result<(), SandboxError> {
        loop {
            tokio::select! {
                frame = frames.next() => {
                    let frame = frame.ok_or_else(|| SandboxError::Unreachable("the connection dropped".into()))?.map_err(lost)?;
                    let entry: Entry = serde_json::from_slice(&frame).map_err(|error| SandboxError::Protocol(error.to_string()))?;
                    if entry.seq > self.delivered {
                        self.delivered = entry.seq;
                        if self.entries.send(Ok(entry)).await.is_err() {
                            return Ok(());
                        }
                    }
                }
                changed = self.acked.changed() => {
                    if changed.is_err() {
                        return Ok(());
                    }
                    let seq = *self.acked.borrow_and_update();
                    frames.send(json(&Ack { seq })?).await.map_err(lost)?;
                }
            }
        }
    }
}
