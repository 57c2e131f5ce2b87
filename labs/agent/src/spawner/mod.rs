//! The process that forks, so that the agent does not.
//!
//! It is forked off the agent before that has threads, secrets or connections, and does one thing at a
//! time: it starts the box's init, and programs in the box and beside it. Whatever it starts stays its
//! child, so it also tells how each has ended.
//!
//! Between the spawner and a program stands a *middleman*, a forked process that enters the box's
//! namespaces, puts itself under the filter, closes its descriptors, gives up its rights, and only then
//! forks the program's process. Root in the box may trace whatever is in its process namespace, so
//! nothing may enter it that has more than the box. The middleman itself stays outside, tells the
//! number of the process it has forked in a shared page that this process does not have, stops, and is
//! killed.

mod client;
mod init;
mod middleman;
mod program;

use std::{
    collections::HashMap,
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use nix::{
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        signal::{SigSet, Signal},
        signalfd::{SfdFlags, SignalFd},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{ForkResult, fork},
};
use serde::{Deserialize, Serialize};
use wire::{BoxSpec, Place};

pub use client::{BoxReport, Client, Launched};

use crate::{channel::Channel, netns::Networks, sys, world::cgroup::Cgroups};

/// What the agent asks of the spawner.
#[derive(Debug, Serialize, Deserialize)]
pub enum Order {
    /// Start the box. Answered by [`Report::BoxStarted`] or [`Report::BoxFailed`].
    Box {
        /// Which start it is, from 1.
        boot: u32,
        /// What is done with its disk before.
        disk: Disk,
    },
    /// Start a program; its standard descriptors come along: three, or one terminal for all. Answered by
    /// [`Report::Started`] or [`Report::NotStarted`].
    Program(Program),
    /// Connect to the box's systemd, on a socket that only takes connections from inside. Answered by
    /// [`Report::Started`], with the connection, or [`Report::NotStarted`].
    Systemd {
        /// Names it in the reports.
        id: u64,
    },
}

/// What is done with the box's disk before it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Disk {
    /// Nothing: it is as it was.
    Kept,
    /// It is mounted: a packed layer was put there.
    Given,
    /// All that was written is dropped.
    Renewed,
}

/// A program to start.
#[derive(Debug, Serialize, Deserialize)]
pub struct Program {
    /// Names it in the reports.
    pub id: u64,
    pub place: Place,
    /// The file to run, absolute or to be looked up on `PATH`.
    pub file: String,
    pub argv: Vec<String>,
    pub env: Vec<(String, String)>,
    pub cwd: String,
    pub identity: Identity,
    /// A group of its own for it and all it starts, by which it can be killed.
    pub leaf: Option<String>,
}

/// As whom a program runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
    pub groups: Vec<u32>,
}

/// What the spawner tells the agent.
#[derive(Debug, Serialize, Deserialize)]
pub enum Report {
    /// The box's init is there. With a pidfd of it, its listener, and the box's root.
    BoxStarted { pid: i32 },
    /// There is no box, and why.
    BoxFailed { message: String },
    /// The box's init has ended, and with it everything in the box.
    BoxEnded { death: Death },
    /// The program is there. With a pidfd of it and, in the box, its listener.
    Started { id: u64 },
    /// There is no program, and why.
    NotStarted { id: u64, message: String },
    /// A program has ended.
    Ended { id: u64, death: Death },
}

/// How a process has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Death {
    /// By itself, with this code.
    Exited(i32),
    /// By this signal.
    Killed(i32),
}

/// What is to be told of a child when it has ended.
enum Child {
    Init,
    Program(u64),
}

/// The agent's side: forks the spawner. The calling process must have no other thread.
pub fn spawn(spec: &BoxSpec, cgroups: &Cgroups, networks: &Networks) -> io::Result<Channel> {
    let (ours, theirs) = Channel::pair()?;
    // SAFETY: there is one thread, so the child may use everything its copy holds.
    match unsafe { fork() }? {
        ForkResult::Parent { .. } => Ok(ours),
        ForkResult::Child => {
            drop(ours);
            let outcome = Spawner::new(World { spec, cgroups, networks }, theirs).and_then(Spawner::run);
            if let Err(error) = outcome {
                sys::log(&format!("the spawner: {error}"));
            }
            // Not through the agent's own clean-up.
            // SAFETY: _exit ends the process.
            unsafe { libc::_exit(1) }
        }
    }
}

/// What the box is made of.
#[derive(Clone, Copy)]
struct World<'a> {
    spec: &'a BoxSpec,
    cgroups: &'a Cgroups,
    networks: &'a Networks,
}

struct Spawner<'a> {
    world: World<'a>,
    agent: Channel,
    children: HashMap<i32, Child>,
    running: Option<Running>,
}

/// The box that runs.
struct Running {
    boot: u32,
    init: OwnedFd,
}

impl<'a> Spawner<'a> {
    fn new(world: World<'a>, agent: Channel) -> io::Result<Self> {
        // Programs whose middleman is gone become our children.
        // SAFETY: prctl with numbers only.
        unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) };
        Ok(Self { world, agent, children: HashMap::new(), running: None })
    }

    fn run(mut self) -> io::Result<()> {
        let mut death = SigSet::empty();
        death.add(Signal::SIGCHLD);
        death.thread_block()?;
        let deaths = SignalFd::with_flags(&death, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        loop {
            let readable = |fd| PollFd::new(fd, PollFlags::POLLIN);
            poll(&mut [readable(self.agent.as_fd()), readable(deaths.as_fd())], PollTimeout::NONE)?;
            while let Ok(Some(_)) = deaths.read_signal() {}
            self.reap()?;
            if sys::is_readable(self.agent.as_fd()) {
                match self.agent.receive()? {
                    Some((order, fds)) => self.carry_out(order, &fds)?,
                    None => return Ok(()),
                }
            }
        }
    }

    fn reap(&mut self) -> io::Result<()> {
        loop {
            let (pid, death) = match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::Exited(pid, code)) => (pid, Death::Exited(code)),
                Ok(WaitStatus::Signaled(pid, signal, _)) => (pid, Death::Killed(signal as i32)),
                Ok(WaitStatus::StillAlive) | Err(_) => return Ok(()),
                Ok(_) => continue,
            };
            match self.children.remove(&pid.as_raw()) {
                Some(Child::Init) => {
                    self.running = None;
                    self.agent.send(&Report::BoxEnded { death }, &[])?;
                }
                Some(Child::Program(id)) => self.agent.send(&Report::Ended { id, death }, &[])?,
                // Left behind by a program beside the box.
                None => {}
            }
        }
    }

    fn carry_out(&mut self, order: Order, fds: &[OwnedFd]) -> io::Result<()> {
        match order {
            Order::Box { boot, disk } => match init::start(self.world, boot, disk) {
                Ok(started) => {
                    self.children.insert(started.pid, Child::Init);
                    let report = Report::BoxStarted { pid: started.pid };
                    let sent = [started.pidfd.as_fd(), started.listener.as_fd(), started.root.as_fd()];
                    self.agent.send(&report, &sent)?;
                    self.running = Some(Running { boot, init: started.pidfd });
                    Ok(())
                }
                Err(message) => self.agent.send(&Report::BoxFailed { message }, &[]),
            },
            Order::Program(program) => match program::start(&program, fds, self.running.as_ref(), self.world) {
                Ok(started) => {
                    self.children.insert(started.pid, Child::Program(program.id));
                    let mut sent: Vec<BorrowedFd<'_>> = vec![started.pidfd.as_fd()];
                    sent.extend(started.listener.as_ref().map(AsFd::as_fd));
                    self.agent.send(&Report::Started { id: program.id }, &sent)
                }
                Err(message) => self.agent.send(&Report::NotStarted { id: program.id, message }, &[]),
            },
            Order::Systemd { id } => match program::connect_to_systemd(self.running.as_ref(), self.world) {
                Ok(connection) => self.agent.send(&Report::Started { id }, &[connection.as_fd()]),
                Err(message) => self.agent.send(&Report::NotStarted { id, message }, &[]),
            },
        }
    }
}

/// The kernel knows this many signals.
const SIGNALS: libc::c_int = 64;

/// Makes the signals of a process that is about to become another program what they are at birth. Asked of the kernel
/// itself: the C library keeps two numbers to itself, and whoever started the engine may have had them ignored.
fn restore_signals() {
    // The kernel's own structure: handler, flags, restorer where there is one, mask. All zero is the default action.
    let default = [0_u64; 4];
    for number in 1..=SIGNALS {
        // SAFETY: the structure is as long as any the kernel reads, and the default action runs no code of ours. KILL
        // and STOP are refused, which is as well.
        let _ = unsafe {
            libc::syscall(
                libc::SYS_rt_sigaction,
                number,
                default.as_ptr(),
                std::ptr::null_mut::<u64>(),
                size_of::<u64>(),
            )
        };
    }
    let _ = SigSet::empty().thread_set_mask();
}
