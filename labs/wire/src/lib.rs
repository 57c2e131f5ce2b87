//! The protocol spoken with the agent, PID 1 of every sandbox.
//!
//! One byte stream carries everything, multiplexed with yamux: the server is the yamux client and
//! opens a stream for each call. On a fresh stream it sends one [`Request`] as a JSON frame and gets
//! one [`Reply`] back. Some requests go on to use the stream:
//!
//! | request | what follows |
//! |---|---|
//! | [`Request::Terminal`] | [`terminal::Up`] frames from the server, [`terminal::Down`] frames from the agent |
//! | [`Request::Watch`] | the same; a watcher's own frames say only what it has seen |
//! | [`Request::Recording`] | [`recording::Block`] frames from the agent, [`journal::Ack`] frames (JSON) from the server |
//! | [`Request::Journal`] | [`journal::Entry`] frames (JSON) from the agent, [`journal::Ack`] frames (JSON) from the server |
//! | [`Request::File`] | the bytes of a file, see [`mod@file`] |
//! | [`Request::Dial`] | the bytes of a TCP connection, unframed |
//! | [`Request::Snapshot`] | [`layer::Piece`] frames from the agent |
//! | [`Request::Restore`] | [`layer::Piece`] frames from the server, then one more [`Reply`] |
//! | [`Request::Changes`] | [`layer::Told`] frames (JSON) from the agent |
//! | all others | nothing: the stream is closed |
//!
//! A frame is a big-endian `u32` length and that many bytes ([`frame`]). The terminal frames travel
//! unchanged through the server to the browser, one frame a WebSocket message: how much has been
//! written and seen is counted in one place only, between the two ends.
//!
//! This crate does no I/O of its own and knows no engine; with the feature `io` it reads and writes
//! frames on a stream that the caller brings.

pub mod call;
pub mod file;
pub mod frame;
#[cfg(feature = "io")]
pub mod io;
pub mod journal;
pub mod layer;
pub mod probe;
pub mod recording;
pub mod spec;
pub mod terminal;

pub use call::{Place, Refusal, Reply, Request, Run, RunResult};
pub use probe::{Observation, Probe};
pub use spec::{BoxSpec, Capability, Init};

/// The version of this protocol. An agent of another version is left alone by a server that does not
/// speak it: its learner is told, and the sandbox ends at its deadline.
pub const VERSION: u32 = 1;

/// Where the agent listens, as a path in the container; the box cannot see it.
pub const SOCKET: &str = "/belay/agent.sock";

/// The directory in the container that it shares with a server on the same machine, where there is one.
pub const LINK_DIR: &str = "/belay/link";

/// Where the agent listens for a server on the same machine.
pub const LINK: &str = "/belay/link/agent";

/// The directory in the container at which the volume with the agent's program is mounted.
pub const AGENT_DIR: &str = "/opt/belay";

/// The environment variable that carries the [`BoxSpec`] as JSON to the agent.
pub const SPEC_ENV: &str = "BELAY_BOX";
