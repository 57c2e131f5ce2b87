//! What the agent is told at its birth: how to build the box.

use serde::{Deserialize, Serialize};

/// The size of the box's `/run`, in bytes. What is written there is memory, as it is in [`SHM`], [`LOCK`], the writable
/// root and `/tmp`: a lab's memory must hold them all.
pub const RUN: u64 = 32 << 20;
/// The size of the box's `/dev/shm`, in bytes.
pub const SHM: u64 = 16 << 20;
/// The size of the box's `/run/lock`, in bytes.
pub const LOCK: u64 = 1 << 20;

/// How the box is built. Sizes are in bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxSpec {
    /// The box's host name.
    pub hostname: String,
    /// What runs as the box's PID 1.
    pub init: Init,
    /// The size of the box's writable root.
    pub disk: u64,
    /// How many inodes the writable root has.
    pub inodes: u64,
    /// Memory of everything in the box together, all its tmpfs included. Lower than the container's,
    /// so that the box dies before the agent.
    pub memory: u64,
    /// How many tasks the box may hold. Lower than the container's, for the same reason.
    pub pids: u64,
    /// How much processor time the box may use once the learner is in, in thousandths of a processor; 0 for a part of
    /// what the container may. Before, while it starts and is set up, it is always that part: the container may use
    /// more than the lab says, so that nobody waits for a machine that is slow on purpose.
    #[serde(default)]
    pub milli_cpus: u64,
    /// The size of the box's `/tmp`.
    pub tmp: u64,
    /// The user whose shell a terminal opens. `root` where the lab needs it.
    pub user: String,
    /// What root in the box may do beyond the usual.
    #[serde(default)]
    pub capabilities: Vec<Capability>,
    /// Whether the box is started only once a packed layer was put into it: see [`crate::Request::Restore`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restore: bool,
    /// Whether the box is in a network with the other hosts of its lab.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub joined: bool,
}

impl BoxSpec {
    /// Whether the box may have sockets that send frames of any kind (`AF_PACKET`). In a network of several hosts they
    /// would reach the machine itself: its end of the network has a link-local address that no engine lets us take away.
    #[must_use]
    pub fn frames(&self) -> bool {
        !self.joined || self.capabilities.contains(&Capability::NetAdmin)
    }
}

/// A kernel capability that a lab may ask for, beyond what root in every box has.
///
/// All others are refused: they are the host's (its clock, its log, its modules, its devices), or they lead out of the
/// box, or past its limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Capability {
    /// Addresses, routes, firewalls of the box's own network.
    NetAdmin,
    /// Memory that is never swapped, in any amount that the box may have.
    IpcLock,
    /// Files that nobody may change or remove (`chattr +i`).
    LinuxImmutable,
}

impl Capability {
    /// All there are.
    pub const ALL: [Self; 3] = [Self::NetAdmin, Self::IpcLock, Self::LinuxImmutable];

    /// As it is written in a lab and as engines call it, without `CAP_`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NetAdmin => "NET_ADMIN",
            Self::IpcLock => "IPC_LOCK",
            Self::LinuxImmutable => "LINUX_IMMUTABLE",
        }
    }

    /// The kernel's number of it.
    #[must_use]
    pub const fn number(self) -> u32 {
        match self {
            Self::LinuxImmutable => 9,
            Self::NetAdmin => 12,
            Self::IpcLock => 14,
        }
    }

    /// The one of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|capability| capability.name() == name)
    }
}

/// What runs as the box's PID 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Init {
    /// The image's `/sbin/init`, which is systemd.
    Systemd,
    /// The agent's own reaper: it collects orphans and does nothing else.
    Plain,
}
