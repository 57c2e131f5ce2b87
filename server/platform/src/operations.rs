//! What whoever runs the installation sees and does: what is on the engine, who holds what, what can go, how it is.

use chrono::{DateTime, TimeDelta, Utc};
use labs::sandbox::EngineInfo;
pub use labs::sandbox::{Unused, UnusedKind};
use serde::Serialize;
use uuid::Uuid;

use crate::{Platform, access::Action, error::Result, views::Viewer};

/// What is on the engine, held against what is stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stock {
    /// When it was looked at.
    pub at: DateTime<Utc>,
    /// The name of the server that looked.
    pub node: String,
    /// How the engine is.
    pub engine: EngineHealth,
    /// How much room there is.
    pub room: Room,
    /// The sandboxes that serve an attempt, in the order they were asked for.
    pub sandboxes: Vec<SandboxRow>,
    /// Containers that serve nobody.
    pub leftovers: Vec<Leftover>,
    /// Images, agents and networks that nobody needs any more.
    pub unused: Vec<Unused>,
    /// Boxes that are ready before anybody asks, by lab.
    pub pool: Vec<PoolRow>,
    /// How many learners wait for a place.
    pub waiting: u64,
}

/// How the engine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineHealth {
    /// It works.
    Well {
        /// As in "Docker 20.10.24".
        name: String,
        /// Its memory, in bytes.
        memory: u64,
        /// Its processors.
        cpus: u32,
    },
    /// It does not; in words, with a way on.
    Trouble(String),
}

impl From<EngineInfo> for EngineHealth {
    fn from(info: EngineInfo) -> Self {
        Self::Well { name: info.name, memory: info.memory, cpus: info.cpus }
    }
}

/// How much room there is on the machine of the server, which is the engine's unless that is elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Room {
    /// Memory that is free or can be made so, in bytes.
    pub memory_free: Option<u64>,
    /// How many watches of files the kernel allows a user, where a box with systemd takes about eight.
    pub inotify_instances: Option<u64>,
}

impl Room {
    /// As the kernel says.
    pub(crate) fn look() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).ok();
        let available = |text: String| {
            let line = text.lines().find(|line| line.starts_with("MemAvailable:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
        };
        Self {
            memory_free: read("/proc/meminfo").and_then(available),
            inotify_instances: read("/proc/sys/fs/inotify/max_user_instances")
                .and_then(|text| text.trim().parse().ok()),
        }
    }
}

/// A sandbox that serves an attempt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SandboxRow {
    /// Its id.
    pub sandbox: Uuid,
    /// The attempt it serves.
    pub attempt: Uuid,
    /// The lab's id.
    pub lab: String,
    /// How the learner is called.
    pub learner: String,
    /// How the attempt stands, in a word: `running`.
    pub state: String,
    /// Whether it is on the engine.
    pub presence: Presence,
    /// Its container.
    pub container: Option<String>,
    /// The server whose engine has it.
    pub node: String,
    /// When it was asked for.
    pub since: DateTime<Utc>,
    /// When the attempt's time is up.
    pub deadline: Option<DateTime<Utc>>,
    /// When something last happened in it.
    pub last_activity: Option<DateTime<Utc>>,
    /// The memory it uses, in bytes.
    pub memory: Option<u64>,
}

/// Whether a sandbox is on the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// It runs there.
    Running,
    /// It is being made.
    Coming,
    /// It has ended there.
    Ended,
    /// It is not there.
    Missing,
    /// It is another server's.
    Elsewhere,
    /// The engine can't be asked.
    Unknown,
}

/// A container that serves nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Leftover {
    /// What the engine calls it.
    pub container: String,
    /// The lab it was for.
    pub lab: String,
    /// Whether it runs.
    pub running: bool,
}

/// The boxes of a lab that are ready before anybody asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PoolRow {
    /// The lab's id.
    pub lab: String,
    /// How many there are.
    pub ready: u64,
    /// How many there should be.
    pub target: u64,
}

/// What was cleared away.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Cleared {
    /// Containers.
    pub containers: Vec<String>,
    /// Images, agents and networks.
    pub unused: Vec<Unused>,
    /// What could not be, with the reason.
    pub kept: Vec<String>,
}

impl Cleared {
    /// How many things went.
    #[must_use]
    pub fn count(&self) -> usize {
        self.containers.len() + self.unused.len()
    }
}

impl SandboxRow {
    /// How long it has been there.
    #[must_use]
    pub fn age(&self, now: DateTime<Utc>) -> TimeDelta {
        now - self.since
    }
}

impl Platform {
    /// What is on the engine, held against what is stored.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden) for who does not run the installation.
    pub async fn sandboxes(&self, viewer: &Viewer) -> Result<Stock> {
        self.attempts.may(viewer, Action::OperateSandboxes)?;
        self.attempts.stock().await
    }

    /// Ends somebody's attempt; it counts for nothing, and the learner is told.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden); [`Error::NotFound`](crate::Error::NotFound);
    /// [`Error::Conflict`](crate::Error::Conflict) when it is over.
    pub async fn end_attempt(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.may(viewer, Action::OperateSandboxes)?;
        self.attempts.stop_attempt(Some(viewer.id), attempt).await
    }

    /// Removes what serves nobody and what nobody needs any more.
    ///
    /// # Errors
    /// [`Error::Forbidden`](crate::Error::Forbidden); [`Error::Unavailable`](crate::Error::Unavailable) when the engine does
    /// not answer.
    pub async fn clear_leftovers(&self, viewer: &Viewer) -> Result<Cleared> {
        self.attempts.may(viewer, Action::OperateSandboxes)?;
        self.attempts.clear(false).await
    }

    /// The same as [`Platform::sandboxes`], at the word of whoever runs the installation (`belay sandbox ls`).
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) when the store fails.
    pub async fn stock(&self) -> Result<Stock> {
        self.attempts.stock().await
    }

    /// Marks an attempt to be ended, at the word of whoever runs the installation (`belay sandbox kill`). The server that
    /// has its box carries it out; where none runs, [`Platform::carry_out`] does. `id` is the attempt's or a sandbox's.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::Conflict`](crate::Error::Conflict) when it is over.
    pub async fn stop(&self, id: Uuid) -> Result<Uuid> {
        self.attempts.stop_by_operator(id).await
    }

    /// Brings an attempt to its end that is marked for it. Only while no server of this name runs.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable) when the engine does not answer.
    pub async fn carry_out(&self, attempt: Uuid) -> Result<()> {
        self.attempts.carry_out(attempt).await
    }

    /// Whether an attempt is over and nothing is left of its boxes.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound).
    pub async fn is_over(&self, attempt: Uuid) -> Result<bool> {
        self.attempts.is_over(attempt).await
    }

    /// Removes what serves nobody and what nobody needs any more, at the word of whoever runs the installation (`belay
    /// sandbox gc`). `dry`: only says what it would remove.
    ///
    /// # Errors
    /// [`Error::Unavailable`](crate::Error::Unavailable) when the engine does not answer.
    pub async fn clear(&self, dry: bool) -> Result<Cleared> {
        self.attempts.clear(dry).await
    }

    /// All that is counted, as a Prometheus reads it.
    pub async fn measured(&self) -> String {
        self.attempts.measure().await;
        self.attempts.metrics.text()
    }

    /// What is counted, for whoever sees a thing happen that no use case does.
    #[must_use]
    pub fn metrics(&self) -> &crate::metrics::Metrics {
        &self.attempts.metrics
    }

    /// Whether the container engine works, as far as is known within a moment.
    pub async fn engine_answers(&self) -> bool {
        self.attempts.engine_works().await
    }
}
