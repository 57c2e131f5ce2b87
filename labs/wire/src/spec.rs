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
    /// How much processor time the box may use once the learner is in, in thousandths of a processor; 0 for a part of
    /// what the container may. Before, while it starts and is set up, it is always that part: the container may use
    /// more than the lab says, so that nobody waits for a machine that is slow on purpose.
    #[serde(default)]
    pub milli_cpus: u64,
    /// The size of the box's `/tmp`.
    pub tmp: u64,
    /// The user whose shell a terminal opens. `root` where the lab needs it.
    pub user: String,
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
