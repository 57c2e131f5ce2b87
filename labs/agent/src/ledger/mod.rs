//! The ledger: which programs were run, by the kernel's word.
//!
//! Everything in the box runs under a filter that makes the kernel ask before a program starts or ends.
//! One thread answers. It looks at the waiting process first (its arguments, its directory, the file it
//! wants to run), then lets it go on, then writes the journal. It never holds anything up for longer
//! than that look.
//!
//! What a process shows and what the kernel then reads can differ only if another thread of it rewrites
//! the arguments in between. That a program never came to run although it was let go on (its arguments
//! were too long, say) shows in what the process is when it ends: such a run has no exit code.

mod arguments;
mod file;
mod notify;
mod runs;
mod task;

use std::{
    collections::HashMap,
    io,
    os::fd::{AsFd, OwnedFd},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
        mpsc,
    },
    thread,
    time::Duration,
};

use nix::{
    errno::Errno,
    libc,
    sys::{
        epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
        eventfd::{EfdFlags, EventFd},
    },
    time::{ClockId, clock_gettime},
};
use wire::journal::Origin;

use self::{
    notify::{Listener, Notification},
    runs::Runs,
};
use crate::{journal::Journal, sys};

/// The agent's hold on the ledger's thread.
pub struct Ledger {
    listeners: mpsc::Sender<(OwnedFd, Option<Origin>)>,
    wake: Arc<EventFd>,
    handover: Arc<AtomicI64>,
}

impl Ledger {
    /// Starts the thread.
    pub fn start(journal: Journal) -> io::Result<Self> {
        let (listeners, arriving) = mpsc::channel();
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
        let handover = Arc::new(AtomicI64::new(NOT_YET));
        let desk = Desk::new(journal, arriving, Arc::clone(&wake), Arc::clone(&handover))?;
        thread::Builder::new().name("ledger".into()).stack_size(256 << 10).spawn(move || desk.run())?;
        Ok(Self { listeners, wake, handover })
    }

    /// Answers what arrives at this listener. Without an origin nothing of it is recorded.
    pub fn watch(&self, listener: OwnedFd, origin: Option<Origin>) {
        // The thread ends only with the whole agent.
        let _ = self.listeners.send((listener, origin));
        let _ = self.wake.write(1);
    }

    /// From now on there are records, and a program file changed later is no longer as it was. The set-up has been `idle`
    /// for so long.
    pub async fn hand_over(&self, idle: Duration) {
        // Files are dated by the kernel's ticks: what the set-up did in the last of them must lie before.
        tokio::time::sleep(TICK.saturating_sub(idle)).await;
        let now =
            clock_gettime(ClockId::CLOCK_REALTIME_COARSE).map_or(0, |now| nanoseconds(now.tv_sec(), now.tv_nsec()));
        let _ = self.handover.compare_exchange(NOT_YET, now, Ordering::SeqCst, Ordering::SeqCst);
    }

    /// The learner is out again until the next handover: nothing is recorded.
    pub fn take_back(&self) {
        self.handover.store(NOT_YET, Ordering::SeqCst);
    }

    pub fn handed_over(&self) -> bool {
        self.handover.load(Ordering::SeqCst) != NOT_YET
    }
}

/// Longer than the kernel takes between two dates of files.
const TICK: Duration = Duration::from_millis(20);

/// The moment of the handover while it is still to come.
const NOT_YET: i64 = i64::MAX;

fn nanoseconds(seconds: i64, nanoseconds: i64) -> i64 {
    seconds.saturating_mul(1_000_000_000).saturating_add(nanoseconds)
}

/// What an event of the epoll concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Wake,
    Listener(u32),
    Process(i32),
}

impl Token {
    fn encode(self) -> u64 {
        match self {
            Self::Wake => 0,
            Self::Listener(index) => 1 << 32 | u64::from(index),
            Self::Process(pid) => 2 << 32 | u64::from(pid.cast_unsigned()),
        }
    }

    fn decode(bits: u64) -> Self {
        let low = u32::try_from(bits & 0xffff_ffff).unwrap_or_default();
        match bits >> 32 {
            1 => Self::Listener(low),
            2 => Self::Process(low.cast_signed()),
            _ => Self::Wake,
        }
    }
}

/// The thread's state.
struct Desk {
    epoll: Epoll,
    wake: Arc<EventFd>,
    arriving: mpsc::Receiver<(OwnedFd, Option<Origin>)>,
    listeners: HashMap<u32, (Listener, Option<Origin>)>,
    next_listener: u32,
    handover: Arc<AtomicI64>,
    runs: Runs,
}

impl Desk {
    fn new(
        journal: Journal,
        arriving: mpsc::Receiver<(OwnedFd, Option<Origin>)>,
        wake: Arc<EventFd>,
        handover: Arc<AtomicI64>,
    ) -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        epoll.add(&wake, EpollEvent::new(EpollFlags::EPOLLIN, Token::Wake.encode()))?;
        let runs = Runs::new(journal);
        Ok(Self { epoll, wake, arriving, listeners: HashMap::new(), next_listener: 0, handover, runs })
    }

    fn run(mut self) {
        let mut events = [EpollEvent::empty(); 64];
        loop {
            let count = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(error) => {
                    sys::log(&format!("the ledger cannot wait: {error}"));
                    std::process::exit(1);
                }
            };
            for event in &events[..count] {
                match Token::decode(event.data()) {
                    Token::Wake => self.take_listeners(),
                    Token::Listener(index) => self.attend(index, event.events()),
                    Token::Process(pid) => self.runs.process_is_gone(pid),
                }
            }
        }
    }

    fn take_listeners(&mut self) {
        let _ = self.wake.read();
        while let Ok((fd, origin)) = self.arriving.try_recv() {
            let index = self.next_listener;
            self.next_listener = index.wrapping_add(1);
            let listener = Listener::new(fd);
            match self.epoll.add(&listener, EpollEvent::new(EpollFlags::EPOLLIN, Token::Listener(index).encode())) {
                Ok(()) => {
                    self.listeners.insert(index, (listener, origin));
                }
                // Dropped, it lets its processes fail rather than wait for ever.
                Err(error) => sys::log(&format!("the ledger cannot watch a listener: {error}")),
            }
        }
    }

    fn attend(&mut self, index: u32, events: EpollFlags) {
        let Some((listener, origin)) = self.listeners.get(&index) else { return };
        if !events.contains(EpollFlags::EPOLLIN) {
            // No process is left under this filter.
            let _ = self.epoll.delete(listener);
            self.listeners.remove(&index);
            return;
        }
        // The kernel has said that one waits, so this does not block; that its process may have died
        // since is the error.
        let Ok(notification) = listener.receive() else { return };
        let handover = self.handover.load(Ordering::SeqCst);
        match origin {
            Some(origin) if handover != NOT_YET => {
                self.runs.hear(&self.epoll, listener, &notification, *origin, handover);
            }
            _ => listener.let_go_on(&notification),
        }
    }
}

/// Lets a waiting process go on; `false` if it has died or was interrupted, and so nothing has happened.
fn release(listener: &Listener, notification: &Notification) -> bool {
    listener.respond(notification).is_ok()
}

/// Watches a process for its end.
fn watch(epoll: &Epoll, pid: i32) -> Option<OwnedFd> {
    let pidfd = sys::pidfd_open(pid).ok()?;
    epoll.add(pidfd.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, Token::Process(pid).encode())).ok()?;
    Some(pidfd)
}

/// Whether a system call is one of these.
fn is(notification: &Notification, calls: &[libc::c_long]) -> bool {
    calls.contains(&libc::c_long::from(notification.call()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_the_kernel() {
        for token in
            [Token::Wake, Token::Listener(0), Token::Listener(u32::MAX), Token::Process(1), Token::Process(i32::MAX)]
        {
            assert_eq!(Token::decode(token.encode()), token);
        }
    }
}
