//! What an agent keeps by number until it is acknowledged: its journal and its recording, over however many connections.

use std::{fmt, time::Duration};

use futures::{SinkExt, StreamExt};
use tokio::{
    sync::{mpsc, watch},
    task::JoinHandle,
    time::sleep,
};
use wire::{
    Reply, Request,
    journal::{Ack, Entry},
    recording::Block,
};

use super::{
    call::{self, Frames, json, lost},
    error::SandboxError,
    link::Link,
};

/// How long a stream waits before it tries again to reach the agent.
const AGAIN: Duration = Duration::from_secs(1);

/// The same for a frozen sandbox, of which there is no news for hours.
const AGAIN_FROZEN: Duration = Duration::from_secs(5);

/// How long the agent has to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// Something that comes by number.
pub trait Numbered: Sized + Send + 'static {
    /// What all of them are together.
    const NAME: &str;
    /// How many are here before somebody takes them.
    const AHEAD: usize;
    /// Asks for all after a number.
    fn request(after: u64) -> Request;
    /// Reads one, in words what is wrong with it.
    fn decode(frame: &[u8]) -> Result<Self, String>;
    /// Its number; the first is 1.
    fn seq(&self) -> u64;
    /// Whether it is no use to ask again.
    fn is_final(error: &SandboxError) -> bool {
        matches!(error, SandboxError::Gone(_))
    }
}

impl Numbered for Entry {
    const NAME: &str = "journal";
    const AHEAD: usize = 256;

    fn request(after: u64) -> Request {
        Request::Journal { after }
    }

    fn decode(frame: &[u8]) -> Result<Self, String> {
        serde_json::from_slice(frame).map_err(|error| error.to_string())
    }

    fn seq(&self) -> u64 {
        self.seq
    }
}

impl Numbered for Block {
    const NAME: &str = "recording";
    const AHEAD: usize = 16;

    fn request(after: u64) -> Request {
        Request::Recording { after }
    }

    fn decode(frame: &[u8]) -> Result<Self, String> {
        Self::decode(frame).map_err(|error| error.to_string())
    }

    fn seq(&self) -> u64 {
        self.seq
    }

    /// An agent may make no recording.
    fn is_final(error: &SandboxError) -> bool {
        matches!(error, SandboxError::Gone(_) | SandboxError::Refused(_))
    }
}

/// A sandbox's journal.
pub type JournalStream = NumberedStream<Entry>;

/// What the terminals of a sandbox show.
pub type RecordingStream = NumberedStream<Block>;

/// Each comes once, in order, over however many connections.
pub struct NumberedStream<T> {
    items: mpsc::Receiver<Result<T, SandboxError>>,
    acks: watch::Sender<u64>,
    task: JoinHandle<()>,
}

impl<T: Numbered> NumberedStream<T> {
    pub(super) fn new(link: Link, after: u64) -> Self {
        let (sender, items) = mpsc::channel(T::AHEAD);
        let (acks, acked) = watch::channel(after);
        let task = tokio::spawn(Follower { link, delivered: after, acked, items: sender }.run());
        Self { items, acks, task }
    }

    /// The next one. Waits for as long as nothing happens; nothing is lost when the wait is given up.
    ///
    /// # Errors
    /// [`SandboxError::Gone`] when the sandbox has ended; for a recording also [`SandboxError::Refused`], when the agent
    /// makes none.
    pub async fn next(&mut self) -> Result<T, SandboxError> {
        let ended = || Err(SandboxError::Gone(format!("its {} has ended", T::NAME)));
        self.items.recv().await.unwrap_or_else(ended)
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

impl<T> fmt::Debug for NumberedStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NumberedStream").field("acked", &*self.acks.borrow()).finish_non_exhaustive()
    }
}

impl<T> Drop for NumberedStream<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The task behind a [`NumberedStream`].
struct Follower<T> {
    link: Link,
    /// The newest that was passed on.
    delivered: u64,
    acked: watch::Receiver<u64>,
    items: mpsc::Sender<Result<T, SandboxError>>,
}

impl<T: Numbered> Follower<T> {
    async fn run(mut self) {
        loop {
            // What is kept, not what was passed on: the agent may forget all before it.
            let after = *self.acked.borrow();
            let error = match call::call(&self.link, &T::request(after), PATIENCE).await {
                Ok((Reply::Done, frames)) => match self.follow(frames).await {
                    Ok(()) => return,
                    Err(error) => error,
                },
                Ok((reply, _)) => SandboxError::Protocol(format!("{reply:?}")),
                Err(error) => error,
            };
            if T::is_final(&error) {
                // Whoever no longer listens needs no word of it.
                let _ = self.items.send(Err(error)).await;
                return;
            }
            tracing::debug!(%error, "the {}'s stream ended; it is taken up again", T::NAME);
            sleep(if error == SandboxError::Frozen { AGAIN_FROZEN } else { AGAIN }).await;
        }
    }

    /// Passes items on and acknowledgements back; ends well when nobody listens any more.
    async fn follow(&mut self, mut frames: Frames) -> Result<(), SandboxError> {
        loop {
            tokio::select! {
                frame = frames.next() => {
                    let frame = frame.ok_or_else(|| SandboxError::Unreachable("the connection dropped".into()))?.map_err(lost)?;
                    let item = T::decode(&frame).map_err(SandboxError::Protocol)?;
                    if item.seq() > self.delivered {
                        self.delivered = item.seq();
                        if self.items.send(Ok(item)).await.is_err() {
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
