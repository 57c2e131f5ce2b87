//! A sandbox's recording, over however many connections.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::sleep,
};
use wire::{Reply, Request, journal::Ack, recording::Block};

use super::{
    call::{self, Frames, json, lost},
    error::SandboxError,
    link::Link,
};

/// How long the stream waits before it tries again to reach the agent.
const AGAIN: Duration = Duration::from_secs(1);

/// How long the agent has to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many blocks are here before somebody takes them.
const AHEAD: usize = 16;

/// What the terminals of a sandbox show. Each block comes once, in order, over however many connections.
#[derive(Debug)]
pub struct RecordingStream {
    blocks: mpsc::Receiver<Result<Block, SandboxError>>,
    acks: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl RecordingStream {
    pub(super) fn new(link: Link, after: u64) -> Self {
        let (sender, blocks) = mpsc::channel(AHEAD);
        let (acks, acked) = watch::channel(after);
        let task = tokio::spawn(Recording { link, delivered: after, acked, blocks: sender }.run());
        Self { blocks, acks, task }
    }

    /// The next block. Waits for as long as nothing is shown; nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// [`SandboxError::Gone`] when the sandbox has ended, and with it the recording; [`SandboxError::Refused`] when its
    /// agent makes none.
    pub async fn next(&mut self) -> Result<Block, SandboxError> {
        let ended = || Err(SandboxError::Gone("its recording has ended".into()));
        self.blocks.recv().await.unwrap_or_else(ended)
    }

    /// Everything up to this number is kept: the agent may forget it.
    pub fn ack(&mut self, seq: u64) {
        self.acks.send_if_modified(|acked| {
            let newer = seq > *acked;
            *acked = seq.max(*acked);
            newer
        });
    }
}

impl Drop for RecordingStream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The task behind a [`RecordingStream`].
struct Recording {
    link: Link,
    /// The newest block that was passed on.
    delivered: u64,
    acked: watch::Receiver<u64>,
    blocks: mpsc::Sender<Result<Block, SandboxError>>,
}

impl Recording {
    async fn run(mut self) {
        loop {
            // What is kept, not what was passed on: the agent may forget all before it.
            let after = *self.acked.borrow();
            let error = match call::call(&self.link, &Request::Recording { after }, PATIENCE).await {
                Ok((Reply::Done, frames)) => match self.follow(frames).await {
                    Ok(()) => return,
                    Err(error) => error,
                },
                Ok((reply, _)) => SandboxError::Protocol(format!("{reply:?}")),
                Err(error) => error,
            };
            if matches!(error, SandboxError::Gone(_) | SandboxError::Refused(_)) {
                // Whoever no longer listens needs no word of it.
                let _ = self.blocks.send(Err(error)).await;
                return;
            }
            tracing::debug!(%error, "the recording's stream ended; it is taken up again");
            sleep(AGAIN).await;
        }
    }

    /// Passes blocks on and acknowledgements back; ends well when nobody listens any more.
    async fn follow(&mut self, mut frames: Frames) -> Result<(), SandboxError> {
        loop {
            tokio::select! {
                frame = frames.next() => {
                    let frame = frame.ok_or_else(|| SandboxError::Unreachable("the connection dropped".into()))?.map_err(lost)?;
                    let block = Block::decode(&frame).map_err(|error| SandboxError::Protocol(error.to_string()))?;
                    if block.seq > self.delivered {
                        self.delivered = block.seq;
                        if self.blocks.send(Ok(block)).await.is_err() {
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
