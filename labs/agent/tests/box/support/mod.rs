//! A sandbox on the local Docker engine, by its command line, and the least client that can speak to
//! the agent in it.

mod client;
mod docker;
mod keyboard;

pub use client::{Client, runs, script_run};
pub use docker::{Docker, Sandbox};
pub use keyboard::Keyboard;

use std::time::Duration;

use wire::{BoxSpec, Init};

/// A bound on how long something may take, on this machine: `BELAY_TEST_PATIENCE` times as long where all is slower.
pub fn patient(usual: Duration) -> Duration {
    let factor = std::env::var("BELAY_TEST_PATIENCE").ok().and_then(|factor| factor.parse().ok());
    usual * factor.unwrap_or(1)
}

/// A box of modest size with systemd.
pub fn spec() -> BoxSpec {
    BoxSpec {
        hostname: "web1".into(),
        init: Init::Systemd,
        disk: 64 << 20,
        inodes: 20_000,
        memory: 256 << 20,
        pids: 200,
        milli_cpus: 0,
        tmp: 16 << 20,
        user: "engineer".into(),
        capabilities: Vec::new(),
        restore: false,
        joined: false,
    }
}

/// The same with the plain init.
pub fn plain() -> BoxSpec {
    BoxSpec { init: Init::Plain, ..spec() }
}
