//! The connection to an agent: one for each sandbox, driven by a task of its own, made anew when it drops.

use std::{
    collections::VecDeque,
    future::poll_fn,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::Duration,
};

use futures::io::BufWriter;
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep, timeout},
};
use tracing::Instrument;
use yamux::{Connection, Mode};

use super::{
    engine::{ByteStream, ContainerId, Engine, EngineError},
    error::SandboxError,
};

/// How long to wait before connecting again, the first time and at most.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(2));

/// How long an engine may take to connect. One that hangs would hold up who waits now and all who come later.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// A connection that has lasted so long was a good one: the next is tried at once.
const GOOD: Duration = Duration::from_secs(5);

/// How many bytes go to the engine at once. yamux writes a frame's head and its body by themselves, and each write
/// wakes whoever is on the way.
const GATHERED: usize = 32 << 10;

/// How many connections to agents this process has made, and how many of them anew after one had dropped.
static MADE: AtomicU64 = AtomicU64::new(0);
static MADE_AGAIN: AtomicU64 = AtomicU64::new(0);

/// How many connections to agents this process has made, and how many of them again after one had dropped: for whoever
/// watches over it.
#[must_use]
pub fn connections() -> (u64, u64) {
    (MADE.load(Ordering::Relaxed), MADE_AGAIN.load(Ordering::Relaxed))
}

/// The way to an agent. The task behind it ends when the last of its clones is dropped.
#[derive(Clone, Debug)]
pub(super) struct Link {
    commands: mpsc::Sender<Command>,
}

type Answer = Result<yamux::Stream, SandboxError>;

#[derive(Debug)]
enum Command {
    /// A fresh stream, please.
    Open(oneshot::Sender<Answer>),
    /// The connection does not answer: make another.
    Reset,
}

impl Link {
    /// A link to a container, which is reached when the first stream is asked for.
    pub(super) fn new(engine: Arc<dyn Engine>, container: ContainerId) -> Self {
        let (commands, received) = mpsc::channel(16);
        let driver = Driver { engine, container, commands: received, waiting: VecDeque::new() };
        // What it logs is about whatever its maker is at work on.
        tokio::spawn(driver.run().in_current_span());
        Self { commands }
    }

    /// A fresh stream. Waits for as long as it takes to get through: it is for the caller to give up.
    pub(super) async fn open(&self) -> Answer {
        let (answer, answered) = oneshot::channel();
        let closed = || SandboxError::Unreachable("the connection's task has ended".into());
        self.commands.send(Command::Open(answer)).await.map_err(|_| closed())?;
        answered.await.map_err(|_| closed())?
    }

    /// Drops the connection; the next stream comes from a new one.
    pub(super) fn reset(&self) {
        // A full queue means that somebody waits for a stream: then it is being made anew already.
        let _ = self.commands.try_send(Command::Reset);
    }
}

struct Driver {
    engine: Arc<dyn Engine>,
    container: ContainerId,
    commands: mpsc::Receiver<Command>,
    /// Who waits for a stream.
    waiting: VecDeque<oneshot::Sender<Answer>>,
}

/// Why a connection is driven no longer.
enum Over {
    /// It dropped, or was to be dropped.
    Dropped(String),
    /// Nobody needs it any more.
    Unneeded,
}

impl Driver {
    async fn run(mut self) {
        let mut backoff = BACKOFF.0;
        let mut had_one = false;
        loop {
            // Only on demand: a sandbox that nobody asks for anything needs no connection.
            while self.waiting.is_empty() {
                match self.commands.recv().await {
                    Some(Command::Open(answer)) => self.waiting.push_back(answer),
                    Some(Command::Reset) => {}
                    None => return,
                }
            }
            let began = Instant::now();
            let connected = timeout(CONNECT_WITHIN, self.engine.connect(&self.container)).await;
            let unanswered = || EngineError::Failed {
                doing: "connecting to the agent".into(),
                reason: format!("the engine did not answer within {} seconds", CONNECT_WITHIN.as_secs()),
            };
            match connected.unwrap_or_else(|_| Err(unanswered())) {
                Ok(stream) => {
                    MADE.fetch_add(1, Ordering::Relaxed);
                    if std::mem::replace(&mut had_one, true) {
                        MADE_AGAIN.fetch_add(1, Ordering::Relaxed);
                    }
                    match self.drive(stream).await {
                        Over::Unneeded => return,
                        Over::Dropped(reason) => {
                            tracing::debug!(container = %self.container, reason, "the connection to the agent dropped");
                        }
                    }
                }
                Err(EngineError::Gone(reason)) => {
                    for answer in self.waiting.drain(..) {
                        // Whoever no longer waits needs no answer.
                        let _ = answer.send(Err(SandboxError::Gone(reason.clone())));
                    }
                }
                Err(EngineError::Frozen) => {
                    // It may be thawed in a moment or tomorrow: who asked decides whether to wait.
                    for answer in self.waiting.drain(..) {
                        let _ = answer.send(Err(SandboxError::Frozen));
                    }
                }
                Err(error) => {
                    tracing::debug!(container = %self.container, %error, "the agent can't be reached");
                }
            }
            if began.elapsed() >= GOOD {
                backoff = BACKOFF.0;
            } else {
                sleep(backoff).await;
                backoff = (backoff * 2).min(BACKOFF.1);
            }
            self.waiting.retain(|answer| !answer.is_closed());
        }
    }

    /// Serves streams from a connection until it drops.
    async fn drive(&mut self, stream: Box<dyn ByteStream>) -> Over {
        let stream = BufWriter::with_capacity(GATHERED, stream);
        let mut connection = Connection::new(stream, yamux::Config::default(), Mode::Client);
        poll_fn(|cx| {
            loop {
                while let Poll::Ready(command) = self.commands.poll_recv(cx) {
                    match command {
                        Some(Command::Open(answer)) => self.waiting.push_back(answer),
                        Some(Command::Reset) => {
                            return Poll::Ready(Over::Dropped("it did not answer".into()));
                        }
                        None => return Poll::Ready(Over::Unneeded),
                    }
                }
                while !self.waiting.is_empty() {
                    match connection.poll_new_outbound(cx) {
                        Poll::Ready(Ok(stream)) => {
                            if let Some(answer) = self.waiting.pop_front() {
                                // A stream that nobody waits for any more closes itself when it is dropped.
                                let _ = answer.send(Ok(stream));
                            }
                        }
                        Poll::Ready(Err(error)) => {
                            return Poll::Ready(Over::Dropped(error.to_string()));
                        }
                        Poll::Pending => break,
                    }
                }
                // This is also what moves all bytes. The agent opens no streams: one would be dropped here.
                match connection.poll_next_inbound(cx) {
                    Poll::Ready(Some(Ok(_))) => {}
                    Poll::Ready(Some(Err(error))) => {
                        return Poll::Ready(Over::Dropped(error.to_string()));
                    }
                    Poll::Ready(None) => return Poll::Ready(Over::Dropped("it was closed".into())),
                    Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }
}
