//! What the agent is told at its birth: how to build the box.

use serde::{Deserialize, Serialize};

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
    /// The size of the box's `/tmp`.
    pub tmp: u64,
    /// The user whose shell a terminal opens. `root` where the lab needs it.
    pub user: String,
    /// Whether the box is started only once a packed layer was put into it: see [`crate::Request::Restore`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub restore: bool,
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
