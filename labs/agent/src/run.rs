//! Running a program to its end.

use std::{
    collections::VecDeque,
    io,
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};

use nix::{fcntl::OFlag, libc, unistd::pipe2};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::unix::pipe::{Receiver, Sender},
    task::spawn_local,
    time::{sleep, timeout},
};
use wire::{Place, Run, RunResult, journal::Origin};

use crate::{
    accounts::{Accounts, User},
    agent::Agent,
    spawner::{Death, Identity, Launched, Program},
    sys,
};

/// How much of each output is kept.
const KEPT: usize = 64 << 10;
/// How long what was killed may take to be gone.
const DYING: Duration = Duration::from_secs(5);
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The clean environment of a user's programs.
pub fn environment(user: &User) -> Vec<(String, String)> {
    [("PATH", PATH), ("HOME", &user.home), ("USER", &user.name), ("LOGNAME", &user.name), ("LANG", "C.UTF-8")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

/// Runs a program and waits for its end, or until its time is up.
pub async fn run(agent: &Agent, run: &Run) -> Result<RunResult, String> {
    let Some(file) = run.argv.first().cloned() else { return Err("no program is named".into()) };
    let (user, identity, boot) = who(agent, run)?;
    let mut env = environment(&user);
    env.retain(|(name, _)| !run.env.contains_key(name));
    env.extend(run.env.clone());
    let leaf = (run.place == Place::Inside).then(|| format!("run-{}", agent.next_leaf()));
    let plain = |error: io::Error| format!("{file}: {error}");
    let (stdin, feed) = pipe2(OFlag::O_CLOEXEC).map_err(|error| plain(error.into()))?;
    let (mut stdout, out_end) = Output::pipe().map_err(plain)?;
    let (mut stderr, error_end) = Output::pipe().map_err(plain)?;
    let program = Program {
        id: 0,
        place: run.place,
        file: file.clone(),
        argv: run.argv.clone(),
        env,
        cwd: user.home,
        identity,
        leaf: leaf.clone(),
    };
    let mut launched = agent.spawner.start(program, &[stdin.as_fd(), out_end.as_fd(), error_end.as_fd()]).await?;
    drop((stdin, out_end, error_end));
    if let Some(listener) = launched.listener.take() {
        agent.ledger.watch(listener, run.as_learner.then_some(Origin::Solution));
    }
    let feeder = spawn_local(feed_it(feed, run.stdin.clone().into_bytes()));
    let mut timed_out = false;
    let death = tokio::select! {
        death = &mut launched.death => death.ok(),
        () = stdout.collect() => unreachable!("it collects for ever"),
        () = stderr.collect() => unreachable!("it collects for ever"),
        () = sleep(Duration::from_millis(run.limit_ms)) => {
            timed_out = true;
            kill(agent, &mut launched, boot.zip(leaf.as_deref())).await
        }
    };
    feeder.abort();
    // What it has printed before its end is in the pipes. What it has left running may print on.
    stdout.collect_rest();
    stderr.collect_rest();
    if let Some((boot, leaf)) = boot.zip(leaf.as_deref()) {
        agent.cgroups().remove(boot, leaf);
    }
    let code = match death {
        Some(Death::Exited(code)) if !timed_out => Some(code),
        _ => None,
    };
    Ok(RunResult { code, timed_out, stdout: stdout.into_text(), stderr: stderr.into_text() })
}

/// As whom it runs, and in which box.
fn who(agent: &Agent, run: &Run) -> Result<(User, Identity, Option<u32>), String> {
    match run.place {
        Place::Beside => {
            let root = User { name: "root".into(), uid: 0, gid: 0, home: "/".into(), shell: "/bin/sh".into() };
            Ok((root, Identity { uid: 0, gid: 0, groups: vec![0] }, None))
        }
        Place::Inside => {
            let running = agent.machine.running()?;
            let accounts = Accounts::read(&running.root).map_err(|error| format!("the box's /etc/passwd: {error}"))?;
            let user = accounts.user(&run.user).ok_or_else(|| format!("the box has no user `{}`", run.user))?;
            Ok((user.clone(), accounts.identity(user), Some(running.boot)))
        }
    }
}

/// Kills a program and all it has started, wherever that has gone.
async fn kill(agent: &Agent, launched: &mut Launched, leaf: Option<(u32, &str)>) -> Option<Death> {
    // One that has just ended is no error. Beside the box it is the first process of its own namespace,
    // and all the others go with it.
    let _ = sys::pidfd_send_signal(launched.pidfd.as_fd(), libc::SIGKILL);
    if let Some((boot, leaf)) = leaf {
        let all = async {
            while agent.cgroups().kill(boot, leaf) {
                sleep(Duration::from_millis(5)).await;
            }
        };
        if timeout(DYING, all).await.is_err() {
            sys::log(&format!("{leaf}: processes that do not die"));
        }
    }
    timeout(DYING, &mut launched.death).await.ok().and_then(Result::ok)
}

async fn feed_it(feed: OwnedFd, bytes: Vec<u8>) {
    let Ok(mut feed) = Sender::from_owned_fd(feed) else { return };
    // A program need not read its input.
    let _ = feed.write_all(&bytes).await;
}

/// One output of a program: its newest part is kept.
struct Output {
    pipe: Receiver,
    tail: VecDeque<u8>,
}

impl Output {
    fn pipe() -> io::Result<(Self, OwnedFd)> {
        let (reading, writing) = pipe2(OFlag::O_CLOEXEC)?;
        Ok((Self { pipe: Receiver::from_owned_fd(reading)?, tail: VecDeque::new() }, writing))
    }

    /// Takes what comes, for ever.
    async fn collect(&mut self) {
        let mut buffer = vec![0; 16 << 10];
        while let Ok(count @ 1..) = self.pipe.read(&mut buffer).await {
            self.keep(&buffer[..count]);
            // A program that prints without end leaves time for all others.
            tokio::task::yield_now().await;
        }
        std::future::pending().await
    }

    /// Takes what is there.
    fn collect_rest(&mut self) {
        let mut buffer = vec![0; 16 << 10];
        // A pipe holds no more than this; whoever still prints must not keep us here.
        for _ in 0..64 {
            match nix::unistd::read(&self.pipe, &mut buffer) {
                Ok(count @ 1..) => self.keep(&buffer[..count]),
                _ => return,
            }
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.tail.extend(bytes);
        let surplus = self.tail.len().saturating_sub(KEPT);
        self.tail.drain(..surplus);
    }

    fn into_text(self) -> String {
        String::from_utf8_lossy(&Vec::from(self.tail)).into_owned()
    }
}
