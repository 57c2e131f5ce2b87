//! Which process is which run.

use std::{
    collections::HashMap,
    os::fd::{AsFd, OwnedFd},
};

use nix::{libc, sys::epoll::Epoll};
use wire::journal::{Origin, Ran, What};

use super::{
    arguments::{self, Arguments},
    file::{self, Found, Identity, Program, Wanted},
    is,
    notify::{Listener, Notification},
    release,
    task::{self, Status},
    watch,
};
use crate::{journal::Journal, sys};

/// How far up the family of a process the ledger looks for a run.
const MAX_ANCESTORS: usize = 64;
/// How many runs one process may be: a program that runs itself for ever must not fill the memory.
const MAX_RUNS: usize = 32;

/// The runs that have not ended.
pub struct Runs {
    journal: Journal,
    last: u64,
    processes: HashMap<i32, Process>,
}

/// A process and the programs it has been, one after the other: `env nginx -t` is two.
struct Process {
    /// Readable when the process is gone.
    pidfd: OwnedFd,
    /// Oldest first.
    runs: Vec<Run>,
}

struct Run {
    number: u64,
    identity: Identity,
    /// Where the stack was before.
    stack: u64,
}

impl Run {
    /// Whether the process has become this run's program. Only while it waits.
    fn came_true(&self, process: i32) -> bool {
        match self.identity {
            Identity::File(device, inode) => file::running(process) == Some((device, inode)),
            Identity::Interpreted => task::stack(process) != self.stack,
        }
    }
}

/// A program about to run.
struct Attempt {
    status: Status,
    program: Program,
    arguments: Arguments,
    cwd: String,
    parent: Option<u64>,
    stack: u64,
}

impl Runs {
    pub fn new(journal: Journal) -> Self {
        Self { journal, last: 0, processes: HashMap::new() }
    }

    /// Looks at a waiting process, lets it go on, and writes down what that was.
    pub fn hear(
        &mut self,
        epoll: &Epoll,
        listener: &Listener,
        notification: &Notification,
        origin: Origin,
        handover: i64,
    ) {
        if is(notification, &[libc::SYS_execve, libc::SYS_execveat]) {
            self.hear_start(epoll, listener, notification, origin, handover);
        } else {
            self.hear_end(listener, notification);
        }
    }

    /// A process has ended without saying a code.
    pub fn process_is_gone(&mut self, pid: i32) {
        if let Some(process) = self.processes.get(&pid)
            && sys::is_readable(process.pidfd.as_fd())
        {
            self.end(pid, None);
        }
    }

    fn hear_start(
        &mut self,
        epoll: &Epoll,
        listener: &Listener,
        notification: &Notification,
        origin: Origin,
        handover: i64,
    ) {
        let attempt = self.look(notification);
        let Some(attempt) = attempt.filter(|_| listener.still_waits(notification)) else {
            listener.let_go_on(notification);
            return;
        };
        let process = attempt.status.process;
        // The number may have belonged to a process that is gone, whose end is still to be heard.
        self.process_is_gone(process);
        self.drop_untrue(process);
        let pidfd = if self.processes.contains_key(&process) { None } else { watch(epoll, process) };
        if !release(listener, notification) {
            return;
        }
        self.last += 1;
        let run = Run { number: self.last, identity: attempt.program.identity, stack: attempt.stack };
        match (self.processes.get_mut(&process), pidfd) {
            (Some(known), _) => {
                known.runs.push(run);
                if known.runs.len() > MAX_RUNS {
                    let oldest = known.runs.remove(0);
                    self.journal.write(What::Ended { run: oldest.number, code: None });
                }
            }
            (None, Some(pidfd)) => {
                self.processes.insert(process, Process { pidfd, runs: vec![run] });
            }
            // Its end will not be heard; that it ran is worth knowing all the same.
            (None, None) => {}
        }
        self.journal.write(What::Ran(Ran {
            run: self.last,
            parent: attempt.parent,
            origin,
            exe: attempt.program.path,
            argv: attempt.arguments.list,
            cut: attempt.arguments.cut,
            cwd: attempt.cwd,
            uid: attempt.status.effective_uid,
            pristine: attempt.program.changed.is_some_and(|changed| changed < handover),
        }));
    }

    fn look(&self, notification: &Notification) -> Option<Attempt> {
        let thread = notification.thread();
        let by_directory = is(notification, &[libc::SYS_execveat]);
        let (path, argv) = if by_directory { (1, 2) } else { (0, 1) };
        let path = arguments::path(thread, notification.argument(path)).ok()?;
        let status = Status::of(thread).ok()?;
        // The kernel takes the low half of the register as a signed number.
        let directory = by_directory
            .then(|| u32::try_from(notification.argument(0) & 0xffff_ffff).unwrap_or_default().cast_signed())
            .filter(|directory| *directory != libc::AT_FDCWD);
        let Found::Program(program) = file::find(&Wanted { thread, directory, path: &path }, &status) else {
            return None;
        };
        Some(Attempt {
            parent: self.nearest_run(&status),
            stack: task::stack(thread),
            cwd: file::working_directory(thread).to_string_lossy().into_owned(),
            arguments: arguments::arguments(thread, notification.argument(argv)),
            program,
            status,
        })
    }

    /// The run of the process itself, or of the nearest ancestor that is one.
    fn nearest_run(&self, status: &Status) -> Option<u64> {
        let mut process = status.process;
        for step in 0..MAX_ANCESTORS {
            if let Some(run) = self.processes.get(&process).and_then(|process| process.runs.last()) {
                return Some(run.number);
            }
            process = if step == 0 { status.parent } else { task::parent(process) };
            if process <= 1 {
                return None;
            }
        }
        None
    }

    fn hear_end(&mut self, listener: &Listener, notification: &Notification) {
        let thread = notification.thread();
        let whole = is(notification, &[libc::SYS_exit_group]);
        let known_leader = self.processes.contains_key(&thread);
        // Most threads and forks that end are no runs: no need to look further.
        let status = if known_leader && whole { None } else { Status::of(thread).ok() };
        let process = status.as_ref().map_or(thread, |status| status.process);
        let ends = whole || status.is_some_and(|status| status.threads == 1);
        if ends && self.processes.contains_key(&process) && listener.still_waits(notification) {
            self.drop_untrue(process);
            let code = i32::from(notification.argument(0).to_le_bytes()[0]);
            if release(listener, notification) {
                self.end(process, Some(code));
            }
        } else {
            listener.let_go_on(notification);
        }
    }

    /// The newest run of a process that never came to be has ended without a code.
    fn drop_untrue(&mut self, process: i32) {
        let Some(known) = self.processes.get_mut(&process) else { return };
        let Some(run) = known.runs.pop_if(|run| !run.came_true(process)) else { return };
        self.journal.write(What::Ended { run: run.number, code: None });
    }

    fn end(&mut self, process: i32, code: Option<i32>) {
        // With the pidfd the kernel's watch on it goes too.
        let Some(gone) = self.processes.remove(&process) else { return };
        // The program that was run last is the first to be over.
        for run in gone.runs.iter().rev() {
            self.journal.write(What::Ended { run: run.number, code });
        }
    }
}
