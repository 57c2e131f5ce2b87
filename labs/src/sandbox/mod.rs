//! Sandboxes: made, reached, removed.
//!
//! [`start()`] makes those of an attempt, one for each host of its lab; [`adopt`] takes over those that were made
//! before. Either way a [`Sandbox`] is the handle to an agent: it connects when it is first asked for something, and
//! again by itself whenever the connection drops. [`Hosts`] are all of an attempt.

mod call;
pub mod docker;
mod engine;
mod error;
mod files;
mod hosts;
mod layer;
mod link;
mod numbered;
pub mod pool;
pub(crate) mod start;
mod stream;

use std::{sync::Arc, time::Duration};

use uuid::Uuid;
use wire::{
    Observation, Probe, Reply, Request, Run, RunResult,
    call::Hello,
    terminal::{Attach, Attached, Watch, Watching},
};

pub(crate) use self::hosts::terminal_of;
use self::link::Link;
pub use self::{
    engine::{
        ByteStream, ContainerId, Engine, EngineError, EngineInfo, Found, Identity, Life, Network, SandboxSpec, Unused,
        UnusedKind, Warmth,
    },
    error::{ResetError, SandboxError, StartError},
    files::{At, Contents, Dialled, FileError, Line, Written},
    hosts::{Hosts, adopt},
    layer::{Snapshot, SnapshotStream},
    link::connections,
    numbered::{JournalStream, Numbered, NumberedStream, RecordingStream},
    start::{how_it_ended, reset, restore, start},
    stream::{TerminalReader, TerminalStream, TerminalWriter},
};

/// How long the agent has for what it does at once.
const SOON: Duration = Duration::from_secs(10);

/// How long probes may take: each has its own, shorter limit in the agent.
const PROBES: Duration = Duration::from_secs(60);

/// How long a box has to restart.
const REBOOT: Duration = Duration::from_secs(90);

/// What a run is given beyond its own limit, for the way there and back.
const MARGIN: Duration = Duration::from_secs(15);

/// A sandbox and the connection to it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Sandbox {
    /// Its id.
    pub id: Uuid,
    /// The name of its host.
    pub host: String,
    /// Its container.
    pub container: ContainerId,
    engine: Arc<dyn Engine>,
    link: Link,
}

impl Sandbox {
    fn new(engine: Arc<dyn Engine>, id: Uuid, host: String, container: ContainerId) -> Self {
        let link = Link::new(Arc::clone(&engine), container.clone());
        Self { id, host, container, engine, link }
    }

    /// How agent and box are.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn hello(&self) -> Result<Hello, SandboxError> {
        match self.ask(&Request::Hello, SOON).await? {
            Reply::Hello(hello) => Ok(hello),
            other => Err(unasked(&other)),
        }
    }

    /// How agent and box are once the box is ready, or there is trouble to tell, or so long has passed: at most five
    /// seconds, which leaves time for the way.
    ///
    /// # Errors
    /// [`SandboxError`]; [`SandboxError::Refused`] by an agent that does not know the question.
    pub(crate) async fn ready(&self, within: Duration) -> Result<Hello, SandboxError> {
        let within_ms = u64::try_from(within.min(SOON / 2).as_millis()).unwrap_or_default();
        match self.ask(&Request::Ready { within_ms }, SOON).await? {
            Reply::Hello(hello) => Ok(hello),
            other => Err(unasked(&other)),
        }
    }

    /// Attaches to a terminal.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn terminal(&self, attach: Attach) -> Result<(Attached, TerminalStream), SandboxError> {
        match call::call(&self.link, &Request::Terminal(attach), SOON).await? {
            (Reply::Attached(attached), frames) => Ok((attached, TerminalStream::new(frames, self.link.clone()))),
            (other, _) => Err(unasked(&other)),
        }
    }

    /// Looks at a terminal that is open.
    ///
    /// # Errors
    /// [`SandboxError::Refused`] when there is none of this number; [`SandboxError`].
    pub async fn watch(&self, watch: Watch) -> Result<(Watching, TerminalStream), SandboxError> {
        match call::call(&self.link, &Request::Watch(watch), SOON).await? {
            (Reply::Watching(watching), frames) => Ok((watching, TerminalStream::new(frames, self.link.clone()))),
            (other, _) => Err(unasked(&other)),
        }
    }

    /// What the terminals have shown since the handover, from the block after `after` on. The stream outlives the
    /// connection: it ends only when the sandbox does.
    #[must_use]
    pub fn recording(&self, after: u64) -> RecordingStream {
        RecordingStream::new(self.link.clone(), after)
    }

    /// Has all that was shown by now put into blocks, and gives the number of the last one; 0 for none.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn settle_recording(&self) -> Result<u64, SandboxError> {
        match self.ask(&Request::SettleRecording, SOON).await? {
            Reply::Settled { end } => Ok(end),
            other => Err(unasked(&other)),
        }
    }

    /// What happened in the box, from the entry after `after` on. The stream outlives the connection: it ends
    /// only when the sandbox does.
    #[must_use]
    pub fn journal(&self, after: u64) -> JournalStream {
        JournalStream::new(self.link.clone(), after)
    }

    /// Runs a program to its end. It is never run twice: when the connection drops meanwhile, that is an error.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn run(&self, run: Run) -> Result<RunResult, SandboxError> {
        let patience = Duration::from_millis(run.limit_ms) + MARGIN;
        match self.ask(&Request::Run(run), patience).await? {
            Reply::Ran(result) => Ok(result),
            other => Err(unasked(&other)),
        }
    }

    /// Makes observations, all at once; one for each probe, in its order.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn probe(&self, probes: Vec<Probe>) -> Result<Vec<Observation>, SandboxError> {
        let count = probes.len();
        match self.ask(&Request::Probe { probes }, PROBES).await? {
            Reply::Observed { observations } if observations.len() == count => Ok(observations),
            other => Err(unasked(&other)),
        }
    }

    /// Lets the learner in: from now on programs are recorded.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn handover(&self) -> Result<(), SandboxError> {
        self.done(&Request::Handover, SOON).await
    }

    /// Restarts the box, its disk kept, and waits until it runs again.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn reboot(&self) -> Result<(), SandboxError> {
        self.done(&Request::Reboot, REBOOT).await
    }

    /// Stops all that runs in it, until it is thawed: see [`Engine::freeze`].
    ///
    /// # Errors
    /// Why the engine could not.
    pub async fn freeze(&self) -> Result<(), EngineError> {
        self.engine.freeze(&self.container).await
    }

    /// Lets it go on: see [`Engine::thaw`].
    ///
    /// # Errors
    /// Why the engine could not.
    pub async fn thaw(&self) -> Result<(), EngineError> {
        self.engine.thaw(&self.container).await
    }

    /// Puts a line in front of who is at its terminals; no program of the box sees it.
    ///
    /// # Errors
    /// [`SandboxError`]; an agent of an older version refuses.
    pub async fn tell(&self, text: &str) -> Result<(), SandboxError> {
        self.done(&Request::Tell { text: text.into() }, SOON).await
    }

    /// How its container is.
    ///
    /// # Errors
    /// Why the engine could not be asked.
    pub async fn life(&self) -> Result<Life, EngineError> {
        self.engine.life(&self.container).await
    }

    /// Whether its agent speaks another version of the protocol than this program, and which. Such an agent is left alone.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn foreign(&self) -> Result<Option<u32>, SandboxError> {
        let version = self.hello().await?.version;
        Ok((version != wire::VERSION).then_some(version))
    }

    /// Ends and removes the sandbox with all it has written.
    ///
    /// # Errors
    /// Why the engine could not.
    pub async fn remove(&self) -> Result<(), EngineError> {
        self.engine.remove(&self.container).await
    }

    async fn ask(&self, request: &Request, patience: Duration) -> Result<Reply, SandboxError> {
        call::call(&self.link, request, patience).await.map(|(reply, _)| reply)
    }

    async fn done(&self, request: &Request, patience: Duration) -> Result<(), SandboxError> {
        match self.ask(request, patience).await? {
            Reply::Done => Ok(()),
            other => Err(unasked(&other)),
        }
    }
}

fn unasked(reply: &Reply) -> SandboxError {
    SandboxError::Protocol(format!("{reply:?}"))
}
