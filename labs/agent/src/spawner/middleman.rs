//! The process between the spawner and what it starts: how it is watched, and how it reports.

use std::{
    io,
    num::NonZeroUsize,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    ptr::NonNull,
    sync::atomic::{AtomicI32, Ordering},
};

use nix::{
    errno::Errno,
    libc,
    sys::{
        mman::{MapFlags, MmapAdvise, ProtFlags, madvise, mmap_anonymous, munmap},
        signal::{Signal, kill},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
    unistd::{ForkResult, Pid, fork, getpid},
};
use serde::{Deserialize, Serialize};

use super::restore_signals;
use crate::channel::Channel;

/// How long a start may take, in seconds.
const PATIENCE: i64 = 10;
const DIED: &str = "starting a process: it died at once, for want of memory or of room in the box's process table";

/// What the started side says on its channel.
#[derive(Debug, Serialize, Deserialize)]
pub enum Word {
    /// It is ready. With descriptors.
    Ready,
    /// It can't be done, and why.
    Trouble(String),
}

/// What has been started.
pub struct Forked {
    pub pid: i32,
    pub fds: Vec<OwnedFd>,
}

/// Why the new process has not become what it should.
pub struct NotRun {
    /// The exit code, as a shell gives it.
    pub code: i32,
    pub message: String,
}

impl NotRun {
    pub fn new(what: &str, error: Errno) -> Self {
        let code = if matches!(error, Errno::ENOENT | Errno::ENOTDIR) { 127 } else { 126 };
        Self { code, message: format!("{what}: {}", error.desc()) }
    }
}

/// A page that the spawner and the middleman share, and nobody the middleman forks. A descriptor would
/// be inherited: for a moment root in the box could take it.
struct Page(NonNull<libc::c_void>);

const PAGE: NonZeroUsize = NonZeroUsize::new(4096).expect("not zero");

impl Page {
    fn new() -> io::Result<Self> {
        let protection = ProtFlags::PROT_READ | ProtFlags::PROT_WRITE;
        // SAFETY: a fresh mapping at an address of the kernel's choice.
        Ok(Self(unsafe { mmap_anonymous(None, PAGE, protection, MapFlags::MAP_SHARED) }?))
    }

    fn number(&self) -> &AtomicI32 {
        // SAFETY: the mapping is page-aligned, zeroed at birth, and lives as long as `self`.
        unsafe { self.0.cast::<AtomicI32>().as_ref() }
    }

    fn keep_from_children(&self) -> io::Result<()> {
        // SAFETY: the mapping is ours; a child that uses it would fault, and none does.
        Ok(unsafe { madvise(self.0, PAGE.get(), MmapAdvise::MADV_DONTFORK) }?)
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: mapped in `new` with this length, and no reference is left.
        let _ = unsafe { munmap(self.0, PAGE.get()) };
    }
}

/// Forks a middleman, which does `prepare`, forks, and has the new process do `become_it`; both can
/// speak on the channel before they close it. Returns when the new process exists and somebody has said
/// [`Word::Ready`].
pub fn start(
    prepare: impl FnOnce(&mut Option<Channel>) -> Result<(), String>,
    become_it: impl FnOnce(Option<Channel>) -> NotRun,
) -> Result<Forked, String> {
    let plain = |error: io::Error| format!("starting a process: {error}");
    let page = Page::new().map_err(plain)?;
    let (ours, theirs) = Channel::pair().map_err(plain)?;
    ours.give_up_after(PATIENCE).map_err(plain)?;
    // SAFETY: the spawner has one thread.
    let middleman = match unsafe { fork() }.map_err(|error| plain(error.into()))? {
        ForkResult::Parent { child } => child,
        ForkResult::Child => {
            drop(ours);
            middleman(&page, theirs, prepare, become_it)
        }
    };
    drop(theirs);
    let outcome = listen(&ours);
    let forked = if outcome.is_ok() { await_stop(middleman, &page) } else { None };
    // The channel's other end may be in the box: nothing more is heard from it.
    drop(ours);
    let _ = kill(middleman, Signal::SIGKILL);
    let _ = waitpid(middleman, None);
    let fds = outcome?;
    let pid = forked.ok_or(DIED)?;
    Ok(Forked { pid, fds })
}

/// Waits for the word.
fn listen(channel: &Channel) -> Result<Vec<OwnedFd>, String> {
    match channel.receive::<Word>() {
        Ok(Some((Word::Ready, fds))) => Ok(fds),
        Ok(Some((Word::Trouble(message), _))) => Err(message),
        Ok(None) => Err(DIED.into()),
        Err(error) => Err(format!("starting a process: no word from it: {error}")),
    }
}

/// The number of the process that the middleman has forked, once it has.
fn await_stop(middleman: Pid, page: &Page) -> Option<i32> {
    match waitpid(middleman, Some(WaitPidFlag::WUNTRACED)) {
        Ok(WaitStatus::Stopped(..)) => Some(page.number().load(Ordering::SeqCst)).filter(|pid| *pid > 0),
        _ => None,
    }
}

fn middleman(
    page: &Page,
    channel: Channel,
    prepare: impl FnOnce(&mut Option<Channel>) -> Result<(), String>,
    become_it: impl FnOnce(Option<Channel>) -> NotRun,
) -> ! {
    restore_signals();
    let mut channel = Some(channel);
    let prepared = page.keep_from_children().map_err(|error| error.to_string()).and_then(|()| prepare(&mut channel));
    if let Err(message) = prepared {
        say(channel.as_ref(), &Word::Trouble(message), &[]);
        vanish();
    }
    // SAFETY: one thread still.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            let failed = become_it(channel);
            complain(&failed.message);
            // SAFETY: _exit ends the process; nothing of the spawner's is cleaned up in its copy.
            unsafe { libc::_exit(failed.code) }
        }
        Ok(ForkResult::Parent { child }) => {
            drop(channel);
            page.number().store(child.as_raw(), Ordering::SeqCst);
            // Until the spawner has read the number: then it kills.
            let _ = kill(getpid(), Signal::SIGSTOP);
            vanish()
        }
        Err(error) => {
            say(channel.as_ref(), &Word::Trouble(format!("the box can hold no further process: {error}")), &[]);
            vanish()
        }
    }
}

/// Says a word, if there still is a channel.
pub fn say(channel: Option<&Channel>, word: &Word, fds: &[BorrowedFd<'_>]) {
    if let Some(channel) = channel {
        // Whoever does not hear it sees the channel's end instead.
        let _ = channel.send(word, fds);
    }
}

/// Says on standard error, which is the program's own by now, why there is no program.
fn complain(message: &str) {
    let _ = nix::unistd::write(io::stderr().as_fd(), format!("{message}\n").as_bytes());
}

/// Ends this process. Not by `exit`: under the filter that waits for the ledger, which may not have the
/// listener yet.
pub fn vanish() -> ! {
    loop {
        let _ = kill(getpid(), Signal::SIGKILL);
    }
}
