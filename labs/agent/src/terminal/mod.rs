//! Terminals: shells in the box that outlive any connection to them.

mod attachment;
mod marks;
mod pty;
mod ring;
mod shell;
mod watching;
mod writers;

use std::{
    cell::{Cell, RefCell},
    collections::{HashMap, HashSet},
    rc::Rc,
};

use tokio::sync::{Mutex, Notify};
use wire::{
    journal::What,
    terminal::{Attach, Attached, SCROLLBACK, Size, WINDOW},
};

use self::{marks::Marks, pty::Pty, ring::Ring, writers::Writers};
use crate::{agent::Agent, journal::Journal, recording::Recorder};

/// How many terminals there may be: each may keep [`SCROLLBACK`] bytes.
const MAX_TERMINALS: u32 = 8;
/// How much one frame of output carries at most.
const PIECE: usize = 32 << 10;
/// How much may wait to be typed before the next input is let in.
const MAX_QUEUED: usize = 1 << 20;
/// How much of what a terminal has shown before it is recorded begins its recording.
const SHOWN_BEFORE: u64 = 64 << 10;

/// From how many bytes on a read from a terminal has probably not emptied it.
const FULL: usize = 2 << 10;

/// The terminals of a box, by number.
#[derive(Default)]
pub struct Terminals {
    slots: RefCell<HashMap<u32, Rc<Slot>>>,
    /// Those whose next shell begins with the word that the box was reset.
    reset: RefCell<HashSet<u32>>,
}

/// Locked while a terminal is being opened.
type Slot = Mutex<Option<Rc<Terminal>>>;

impl Terminals {
    /// The numbers of the open ones.
    pub fn open(&self) -> Vec<u32> {
        let slots = self.slots.borrow();
        let is_open = |slot: &Rc<Slot>| {
            slot.try_lock().is_ok_and(|slot| slot.as_ref().is_some_and(|terminal| !terminal.has_ended()))
        };
        let mut open: Vec<u32> = slots.iter().filter(|(_, slot)| is_open(slot)).map(|(number, _)| *number).collect();
        open.sort_unstable();
        open
    }

    /// Puts a line into the output of each open terminal. No program of the box sees it.
    pub fn tell(&self, text: &str) {
        let slots: Vec<Rc<Slot>> = self.slots.borrow().values().cloned().collect();
        for slot in slots {
            // One that is just being opened has nobody in front of it yet.
            if let Ok(slot) = slot.try_lock()
                && let Some(terminal) = slot.as_ref().filter(|terminal| !terminal.has_ended())
            {
                terminal.tell(text);
            }
        }
    }

    /// The box is reset: what is open ends with it, and what is opened in its place says so.
    pub fn say_reset(&self) {
        self.reset.borrow_mut().extend(self.open());
    }

    /// The terminal of this number; a new one where there is none or its shell has ended.
    async fn get(&self, agent: &Agent, number: u32, size: Size) -> Result<Rc<Terminal>, String> {
        if !(1..=MAX_TERMINALS).contains(&number) {
            return Err(format!("terminals are numbered from 1 to {MAX_TERMINALS}"));
        }
        let slot = Rc::clone(self.slots.borrow_mut().entry(number).or_default());
        let mut slot = slot.lock().await;
        if let Some(terminal) = slot.as_ref().filter(|terminal| !terminal.has_ended()) {
            terminal.resize(size);
            return Ok(Rc::clone(terminal));
        }
        let terminal = shell::open(agent, number, size).await?;
        if self.reset.borrow_mut().remove(&number) {
            terminal.printed(RESET.as_bytes(), &agent.journal);
        }
        *slot = Some(Rc::clone(&terminal));
        Ok(terminal)
    }

    /// The terminal of this number, if it is open.
    async fn open_one(&self, number: u32) -> Option<Rc<Terminal>> {
        let slot = self.slots.borrow().get(&number).map(Rc::clone)?;
        let slot = slot.lock().await;
        slot.as_ref().filter(|terminal| !terminal.has_ended()).map(Rc::clone)
    }

    /// The open ones as a recording begins with them: number, size, and the newest that they show.
    pub fn shown(&self) -> Vec<(u32, Size, Vec<u8>)> {
        let slots = self.slots.borrow();
        let open = slots.iter().filter_map(|(number, slot)| {
            let slot = slot.try_lock().ok()?;
            let terminal = slot.as_ref().filter(|terminal| !terminal.has_ended())?;
            let screen = terminal.screen.borrow();
            let (_, bytes) = screen.ring.read(screen.ring.end().saturating_sub(SHOWN_BEFORE), usize::MAX);
            Some((*number, terminal.size.get(), bytes))
        });
        open.collect()
    }
}

/// What the first shell after a reset begins with.
const RESET: &str = "The box was reset: it is as it was at the start. This is a new shell.\r\n";

pub use attachment::serve;
pub use watching::watch;

/// A shell and what it has printed.
struct Terminal {
    number: u32,
    pty: Pty,
    size: Cell<Size>,
    recorder: Rc<Recorder>,
    screen: RefCell<Screen>,
    writers: RefCell<Writers>,
    viewers: RefCell<HashMap<u64, Viewer>>,
    next_viewer: Cell<u64>,
    /// Something above is not as it was.
    changed: Notify,
}

struct Screen {
    ring: Ring,
    marks: Marks,
    ended: bool,
}

/// Somebody who is attached.
struct Viewer {
    /// How far it says to have shown the output.
    seen: u64,
    /// It can't say so at the moment, because its input waits for room: then it holds up nobody.
    held_up: bool,
}

impl Terminal {
    fn new(number: u32, pty: Pty, size: Size, recorder: Rc<Recorder>) -> Self {
        let screen = Screen { ring: Ring::new(SCROLLBACK), marks: Marks::default(), ended: false };
        Self {
            number,
            pty,
            size: Cell::new(size),
            recorder,
            screen: RefCell::new(screen),
            writers: RefCell::default(),
            viewers: RefCell::default(),
            next_viewer: Cell::new(0),
            changed: Notify::new(),
        }
    }

    fn has_ended(&self) -> bool {
        self.screen.borrow().ended
    }

    fn resize(&self, size: Size) {
        self.pty.resize(size);
        self.recorder.resized(self.number, size);
        self.size.set(size);
        self.changed.notify_waiters();
    }

    /// Carries the shell's output to the scrollback until nobody has the terminal open.
    async fn print(&self, journal: &Journal) {
        let mut buffer = vec![0; 32 << 10];
        loop {
            self.until(Self::may_print).await;
            let mut count = match self.pty.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => count,
            };
            // The kernel gives a page at a time. Where it gave so much there is more, and all on the way is done once for
            // all of it.
            let mut last = count;
            while last >= FULL && count < buffer.len() {
                last = self.pty.read_now(&mut buffer[count..]).unwrap_or_default();
                count += last;
            }
            self.printed(&buffer[..count], journal);
            // A program that prints without end leaves time for all others.
            tokio::task::yield_now().await;
        }
    }

    /// Carries what was typed to the shell.
    async fn type_in(&self) {
        loop {
            self.until(|terminal| terminal.writers.borrow().queued() > 0).await;
            let outcome = {
                let writers = self.writers.borrow();
                writers.front().map(|front| self.pty.write_now(front))
            };
            match outcome {
                Some(Ok(0)) => {
                    // That it is gone for good the next write says.
                    let _ = self.pty.writable().await;
                }
                Some(Ok(count)) => {
                    self.writers.borrow_mut().took(count);
                    self.changed.notify_waiters();
                }
                Some(Err(_)) => return,
                None => {}
            }
            tokio::task::yield_now().await;
        }
    }

    /// The shell is gone: keeps its last words, and tells everyone.
    fn end(&self, journal: &Journal) {
        let mut buffer = vec![0; 16 << 10];
        // What others still print into the terminal has no end.
        for _ in 0..64 {
            let Some(count) = self.pty.read_now(&mut buffer) else { break };
            self.printed(&buffer[..count], journal);
        }
        self.screen.borrow_mut().ended = true;
        self.recorder.closed(self.number);
        journal.write(What::TerminalClosed { terminal: self.number });
        self.changed.notify_waiters();
    }

    fn printed(&self, bytes: &[u8], journal: &Journal) {
        let lines = {
            let mut screen = self.screen.borrow_mut();
            screen.ring.append(bytes);
            screen.marks.look(bytes)
        };
        self.recorder.printed(self.number, bytes);
        for text in lines {
            journal.write(What::Line { terminal: self.number, text });
        }
        self.changed.notify_waiters();
    }

    /// Puts a line between what the programs print, set off from it: on a line of its own, in reverse.
    fn tell(&self, text: &str) {
        let line: String = text.chars().filter(|letter| !letter.is_control()).collect();
        let line = format!("\r\n\x1b[0;7m {line} \x1b[0m\r\n");
        self.screen.borrow_mut().ring.append(line.as_bytes());
        self.changed.notify_waiters();
    }

    /// Whether nobody is so far behind that the program must wait.
    fn may_print(&self) -> bool {
        let end = self.screen.borrow().ring.end();
        self.viewers.borrow().values().all(|viewer| viewer.held_up || end < viewer.seen + WINDOW)
    }

    /// Waits until something holds.
    async fn until(&self, holds: impl Fn(&Self) -> bool) {
        loop {
            let mut changed = std::pin::pin!(self.changed.notified());
            // From here on no change is missed.
            changed.as_mut().enable();
            if holds(self) {
                return;
            }
            changed.await;
        }
    }

    /// Someone attaches.
    fn attach(self: &Rc<Self>, attach: &Attach) -> (Seat, Attached) {
        let (start, end) = {
            let screen = self.screen.borrow();
            (screen.ring.start(), screen.ring.end())
        };
        // Past the end there is only another terminal of this number, which is gone.
        let from = attach.from.filter(|from| *from <= end).unwrap_or(start).max(start);
        let taken = self.writers.borrow_mut().attach(attach.writer);
        let id = self.next_viewer.replace(self.next_viewer.get() + 1);
        self.viewers.borrow_mut().insert(id, Viewer { seen: from, held_up: false });
        (Seat { terminal: Rc::clone(self), id }, Attached { from, history_end: end, taken })
    }
}

/// A place at a terminal; left when dropped.
struct Seat {
    terminal: Rc<Terminal>,
    id: u64,
}

impl Seat {
    fn with<T>(&self, change: impl FnOnce(&mut Viewer) -> T) -> Option<T> {
        self.terminal.viewers.borrow_mut().get_mut(&self.id).map(change)
    }

    fn seen(&self) -> u64 {
        self.with(|viewer| viewer.seen).unwrap_or(0)
    }

    fn has_seen(&self, offset: u64) {
        let end = self.terminal.screen.borrow().ring.end();
        self.with(|viewer| viewer.seen = viewer.seen.max(offset.min(end)));
        self.terminal.changed.notify_waiters();
    }

    fn hold_up(&self, held_up: bool) {
        self.with(|viewer| viewer.held_up = held_up);
        self.terminal.changed.notify_waiters();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.terminal.viewers.borrow_mut().remove(&self.id);
        self.terminal.changed.notify_waiters();
    }
}
