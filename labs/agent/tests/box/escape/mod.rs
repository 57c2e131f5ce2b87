//! Everything that root in a box could try, each as a test of its own: refused, or it ends in that box alone.
//!
//! Each test says what was tried and what was seen, and ends with [`Tried::holds`]: the agent answers, and still runs
//! the box it had.

mod agent;
mod bombs;
mod calls;
mod files;
mod kernel;
mod limits;
mod mounts;
mod namespaces;
mod network;

use std::time::{Duration, Instant};

use wire::{BoxSpec, Run, RunResult};

use crate::support::{Client, Docker, Sandbox, patient, plain, script_run};

/// How long an answer may take while somebody does their worst.
const PROMPT: Duration = Duration::from_secs(4);

/// What Python scripts begin with: system calls by number, and errors by name.
const PRELUDE: &str = r#"
import ctypes, errno, os, resource, socket, struct, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *arguments):
    """0 or more, or the name of the error."""
    arguments = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    ctypes.set_errno(0)
    result = libc.syscall(ctypes.c_long(number), *arguments)
    return errno.errorcode.get(ctypes.get_errno(), '?') if result == -1 else result
def tried(what, how):
    """The name of the error that came of it, or what it gave."""
    try:
        return how()
    except OSError as error:
        return errno.errorcode.get(error.errno, '?')
"#;

/// A box in which somebody is root and means ill.
struct Tried {
    sandbox: Sandbox,
    client: Client,
    boots: u32,
}

impl Tried {
    /// In a box with the plain init, as root; `None` where there is no engine.
    async fn begin() -> Option<Self> {
        Self::begin_in(&BoxSpec { user: "root".into(), ..plain() }).await
    }

    async fn begin_in(spec: &BoxSpec) -> Option<Self> {
        let docker = Docker::find()?;
        let (sandbox, client) = docker.start(spec).await;
        let boots = client.hello().await.boots;
        Some(Self { sandbox, client, boots })
    }

    /// A script of the shell.
    async fn shell(&self, script: &str) -> RunResult {
        self.client.root(script).await
    }

    /// A Python script that must come to its end; gives what it prints.
    async fn python(&self, script: &str) -> String {
        let result = self.python_as("root", script).await;
        assert!(result.succeeded(), "{script}\n{}{}", result.stdout, result.stderr);
        result.stdout.trim().to_owned()
    }

    async fn python_as(&self, user: &str, script: &str) -> RunResult {
        let argv = vec!["python3".into(), "-".into()];
        self.client.run(Run { argv, stdin: format!("{PRELUDE}{script}"), ..script_run("", user) }).await
    }

    /// Each line that a script prints is `what: what came of it`; what came of it must be one of these. At least so many
    /// things must have been tried.
    async fn comes_to(&self, script: &str, at_least: usize, outcomes: &[&str]) {
        let printed = self.python(script).await;
        let mut count = 0;
        for line in printed.lines() {
            let (what, outcome) = line.rsplit_once(": ").unwrap_or_else(|| panic!("`{line}` in:\n{printed}"));
            eprintln!("{what}: {outcome}");
            assert!(outcomes.contains(&outcome), "{what} came to {outcome}, of {outcomes:?}");
            count += 1;
        }
        assert!(count >= at_least, "only {count} things were tried:\n{printed}");
    }

    /// The agent answers, promptly, and its box was never lost.
    async fn holds(&self) {
        let start = Instant::now();
        let hello = self.client.hello().await;
        let took = start.elapsed();
        assert!(hello.ready && hello.boots == self.boots, "{hello:?}");
        assert!(took < patient(PROMPT), "an answer took {took:?}");
    }

    /// The same, and another box on this machine is as it should be: one that began before, and one that begins now.
    async fn harms_nobody(&self, neighbour: &Self) {
        self.holds().await;
        neighbour.holds().await;
        let start = Instant::now();
        assert_eq!(neighbour.client.output("echo fine").await, "fine");
        assert!(start.elapsed() < patient(PROMPT), "a neighbour's command took {:?}", start.elapsed());
    }
}
