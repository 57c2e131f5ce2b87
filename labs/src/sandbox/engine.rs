//! What Belay asks of whatever runs containers.

use std::{fmt, net::Ipv4Addr, sync::Arc};

use async_trait::async_trait;
use futures::{
    StreamExt,
    io::{AsyncRead, AsyncWrite},
    stream::{self, BoxStream},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use wire::BoxSpec;

use crate::catalog::{Host, Lab};

/// Runs containers.
#[async_trait]
pub trait Engine: fmt::Debug + Send + Sync + 'static {
    /// Whether it is there and can do what is needed.
    ///
    /// # Errors
    /// Why not, with a remedy.
    async fn check(&self) -> Result<EngineInfo, EngineError>;

    /// Makes sure that all a lab's sandboxes are made from is there: images are built, which can take
    /// minutes the first time and milliseconds from then on. Gives a fingerprint of it all: equal
    /// fingerprints, equal sandboxes.
    ///
    /// # Errors
    /// Why it could not be built, with the end of the build's log.
    async fn prepare(&self, lab: &Lab) -> Result<String, EngineError>;

    /// Makes and starts a container; what it needs is prepared first. Nothing is left of one that can't
    /// be started.
    ///
    /// # Errors
    /// Why it could not be.
    async fn create(&self, spec: &SandboxSpec) -> Result<ContainerId, EngineError>;

    /// A fresh byte stream to the agent in a container.
    ///
    /// # Errors
    /// [`EngineError::Gone`] when there is no such container or it has ended; [`EngineError::Frozen`] when it is there
    /// and can be reached once it is thawed.
    async fn connect(&self, container: &ContainerId) -> Result<Box<dyn ByteStream>, EngineError>;

    /// The sandboxes of an instance of Belay, ended ones too.
    ///
    /// # Errors
    /// Why the engine could not be asked.
    async fn list(&self, instance: &str) -> Result<Vec<Found>, EngineError>;

    /// How a container is.
    ///
    /// # Errors
    /// Why the engine could not be asked.
    async fn life(&self, container: &ContainerId) -> Result<Life, EngineError>;

    /// Stops all that runs in a container, as it is, until it is thawed. One that is frozen already is no error.
    ///
    /// # Errors
    /// [`EngineError::Gone`] when there is no such container or it has ended; why it could not be frozen.
    async fn freeze(&self, container: &ContainerId) -> Result<(), EngineError>;

    /// Lets all in a frozen container go on where it was. One that is not frozen is no error.
    ///
    /// # Errors
    /// [`EngineError::Gone`] when there is no such container or it has ended; why it could not be thawed.
    async fn thaw(&self, container: &ContainerId) -> Result<(), EngineError>;

    /// Ends and removes a container with all it has written. One that is gone already is no error.
    ///
    /// # Errors
    /// Why it could not be.
    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError>;

    /// Makes the network by which the hosts of one lab reach each other, and nothing else.
    ///
    /// # Errors
    /// Why it could not be made.
    async fn create_network(&self, identity: &Identity) -> Result<Network, EngineError>;

    /// Removes the network of a group of sandboxes, once these are gone. One that is not there is no error.
    ///
    /// # Errors
    /// Why it could not be; that somebody is still in it, for one.
    async fn remove_network(&self, group: Uuid) -> Result<(), EngineError>;

    /// The groups of sandboxes for which there is a network, of an instance of Belay.
    ///
    /// # Errors
    /// Why the engine could not be asked.
    async fn networks(&self, instance: &str) -> Result<Vec<Uuid>, EngineError>;

    /// How much memory its machine has left for programs right now, in bytes. `None` where that can't be seen, as on
    /// another machine: then it is for the caller to reckon with what its sandboxes may take.
    async fn memory_free(&self) -> Option<u64> {
        None
    }

    /// Says when it is time to look at the sandboxes of an instance: once it listens, and whenever one of them has ended
    /// or was removed. Ends with the reason when the engine can't be listened to (any more).
    fn changes<'a>(&'a self, _instance: &'a str) -> BoxStream<'a, Result<(), EngineError>> {
        stream::pending().boxed()
    }

    /// How much memory a container uses right now, in bytes, all that its box has written to its disk included. `None`
    /// where that is not known.
    ///
    /// # Errors
    /// Why the engine could not be asked.
    async fn memory_used(&self, _container: &ContainerId) -> Result<Option<u64>, EngineError> {
        Ok(None)
    }

    /// What Belay has put on the engine and neither these labs nor any container needs any more. Nothing, while another
    /// instance has containers on the same engine: its labs are not known here. Networks, which are known
    /// by their groups, are not among it.
    ///
    /// # Errors
    /// Why the engine could not be asked.
    async fn unused(&self, _instance: &str, _labs: &[Arc<Lab>]) -> Result<Vec<Unused>, EngineError> {
        Ok(Vec::new())
    }

    /// Removes such a thing. `false` when it stays, because somebody has begun to use it.
    ///
    /// # Errors
    /// Why it could not be removed.
    async fn discard(&self, _unused: &Unused) -> Result<bool, EngineError> {
        Ok(false)
    }
}

/// Something that Belay has put on an engine and that nobody needs any more.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unused {
    /// What it is.
    pub kind: UnusedKind,
    /// What the engine calls it.
    pub name: String,
}

/// What it is that nobody needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UnusedKind {
    /// An agent of another version.
    Agent,
    /// An image of a lab as it was, or of one that has left the catalogue.
    Image,
    /// A network without containers, by its group.
    Network,
}

/// A connection to an agent.
pub trait ByteStream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> ByteStream for T {}

/// How an engine calls a container.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ContainerId(pub String);

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an engine says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineInfo {
    /// As in "Docker 20.10.24".
    pub name: String,
    /// The version of control groups on its machine: 1 or 2.
    pub cgroups: u8,
    /// Whether it takes a filter of system calls for a container.
    pub seccomp: bool,
    /// Whether AppArmor is on.
    pub apparmor: bool,
    /// The machine's architecture, as in `x86_64`.
    pub architecture: String,
    /// Its memory, in bytes.
    pub memory: u64,
    /// Its processors.
    pub cpus: u32,
}

/// The network of a group of sandboxes: a name on the engine, and addresses that lie side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its name.
    pub name: String,
    /// The address of the first host; the others' follow.
    pub first: Ipv4Addr,
}

impl Network {
    /// The address of a host, counted from 0.
    #[must_use]
    pub fn address(&self, host: usize) -> Ipv4Addr {
        let host = u32::try_from(host).unwrap_or_default();
        Ipv4Addr::from_bits(self.first.to_bits() + host)
    }
}

/// A sandbox to be made.
#[derive(Clone, Debug)]
pub struct SandboxSpec {
    /// Whose it is.
    pub identity: Identity,
    /// The lab it is for.
    pub lab: Arc<Lab>,
    /// Which of the lab's hosts it is, counted from 0.
    pub host: usize,
    /// How it reaches the others, where the lab has several.
    pub network: Option<Network>,
    /// Whether its box waits for a snapshot before it starts.
    pub restore: bool,
}

impl SandboxSpec {
    /// Its id.
    ///
    /// # Errors
    /// When the identity has fewer ids than the lab has hosts.
    pub fn id(&self) -> Result<Uuid, EngineError> {
        self.identity.sandboxes.get(self.host).copied().ok_or_else(|| EngineError::Failed {
            doing: "naming the sandbox".into(),
            reason: format!("there is no id for host {}", self.host),
        })
    }

    /// What the lab says of its host.
    ///
    /// # Panics
    /// When the lab has no such host.
    #[must_use]
    pub fn settings(&self) -> &Host {
        &self.lab.hosts[self.host]
    }

    /// What the agent is told.
    #[must_use]
    pub fn box_spec(&self) -> BoxSpec {
        let settings = self.settings();
        BoxSpec {
            hostname: settings.name.clone(),
            init: settings.init,
            disk: settings.disk,
            inodes: settings.inodes,
            memory: settings.memory,
            pids: settings.pids,
            milli_cpus: milli(settings.cpus),
            tmp: settings.tmp,
            user: settings.user.clone(),
            capabilities: settings.capabilities.clone(),
            restore: self.restore,
            joined: self.network.is_some(),
        }
    }
}

/// Processors in thousandths.
fn milli(cpus: f64) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the catalogue allows 0.05 to 64")]
    let milli = (cpus * 1000.0).round() as u64;
    milli
}

/// Whose a group of sandboxes is: those of one attempt, one for each host of its lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Their ids, in the order of the lab's hosts. The first also names the group.
    pub sandboxes: Vec<Uuid>,
    /// The attempt it serves; none for a proof, nor for one that is made before anybody asks.
    pub attempt: Option<Uuid>,
    /// The instance of Belay that made it: several may share an engine.
    pub instance: String,
    /// What is to be known of one that is made before anybody asks; none for all others.
    pub warm: Option<Warmth>,
}

/// What a sandbox that is made before anybody asks carries, so that another run of the server can take it over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warmth {
    /// From what it was made: one with another fingerprint than its lab has now is stale.
    pub fingerprint: String,
    /// From what its variables were drawn.
    pub seed: u64,
}

impl Identity {
    /// What names the group: the first sandbox's id.
    #[must_use]
    pub fn group(&self) -> Uuid {
        self.sandboxes.first().copied().unwrap_or_default()
    }
}

/// A sandbox that an engine has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its container.
    pub container: ContainerId,
    /// Its id.
    pub sandbox: Uuid,
    /// The group it belongs to: the id of the sandbox that is its lab's first host.
    pub group: Uuid,
    /// Which of the lab's hosts it is, counted from 0, and its name.
    pub host: (usize, String),
    /// The attempt it serves.
    pub attempt: Option<Uuid>,
    /// The lab it is for, by id.
    pub lab: String,
    /// Whether it runs; a frozen one does.
    pub running: bool,
    /// Whether it is frozen.
    pub frozen: bool,
    /// For one that was made before anybody asked. It stays so when an attempt takes it.
    pub warm: Option<Warmth>,
}

/// How a container is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Life {
    /// It runs.
    Running,
    /// It is frozen: it goes on where it was once it is thawed.
    Frozen,
    /// It has ended.
    Ended {
        /// Its exit code.
        code: i64,
        /// Whether the kernel ended it for want of memory.
        out_of_memory: bool,
        /// The last it had to say.
        log: String,
    },
    /// There is no such container.
    Missing,
}

/// Why an engine could not do what it was asked. The words are for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EngineError {
    /// It can't be reached, or isn't one that will do.
    #[error("{what} {remedy}")]
    Unavailable {
        /// What is wrong.
        what: String,
        /// What to do about it.
        remedy: String,
    },
    /// There is no such container, or it has ended.
    #[error("the sandbox is gone: {0}")]
    Gone(String),
    /// The container is frozen, so nothing in it answers. It is not lost: thaw it, or wait.
    #[error("the sandbox is paused")]
    Frozen,
    /// An image could not be built.
    #[error("the image {image} could not be built: {reason}\n{log}")]
    Build {
        /// Its name.
        image: String,
        /// Why.
        reason: String,
        /// The end of the build's log.
        log: String,
    },
    /// Anything else.
    #[error("{doing} failed: {reason}")]
    Failed {
        /// What was being done.
        doing: String,
        /// Why it failed.
        reason: String,
    },
}
