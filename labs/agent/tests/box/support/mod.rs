//! A sandbox on the local Docker engine, by its command line, and the least client that can speak to
//! the agent in it.

mod client;
mod docker;
mod keyboard;

pub use client::{Client, runs, script_run};
pub use docker::{Docker, Sandbox};
pub use keyboard::Keyboard;

use wire::{BoxSpec, Init};

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
    }
}

/// The same with the plain init.
pub fn plain() -> BoxSpec {
    BoxSpec { init: Init::Plain, ..spec() }
}
