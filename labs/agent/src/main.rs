//! PID 1 of every sandbox: builds the box, keeps its ledger, serves its terminals.
//!
//! The program has three modes. Without an argument it is the agent itself. `connect`, started by the
//! engine, joins its own standard input and output to the agent's socket. `init` is the plain init of
//! a box that has no systemd.
//!
//! Three things run for the length of a sandbox: the agent's main thread, which is one tokio loop; the
//! ledger's thread ([`ledger`]), which answers the kernel's questions about programs; and the spawner
//! ([`spawner`]), a process forked off before anything else was set up, which does all forking. So the
//! agent starts no thread and forks nothing while it serves, and a full process table can't stop it.

mod accounts;
mod agent;
mod boxroot;
mod channel;
mod connect;
mod dial;
mod files;
mod journal;
mod layer;
mod ledger;
mod machine;
mod netns;
mod probes;
mod reaper;
mod recording;
mod run;
mod serve;
mod spawner;
mod sys;
mod terminal;
mod world;

use std::process::ExitCode;

fn main() -> ExitCode {
    let mode = std::env::args().nth(1);
    let outcome = match mode.as_deref() {
        None => agent::main(),
        Some("connect") => connect::main(),
        Some(reaper::MODE) => reaper::main(),
        Some(other) => {
            Err(format!("unknown mode `{other}`: there is `connect`, `init`, and none for the agent itself"))
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            sys::log(&problem);
            ExitCode::FAILURE
        }
    }
}
