//! The recording: what terminals show, from the handover on, for the server to keep.
//!
//! It is made here because the bytes and the exact times are here: it goes on while no server runs. Only what a terminal
//! prints is recorded, never what is typed into it, so what a program does not echo is nowhere in it.

mod allowance;
mod cast;
mod shelf;
mod track;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use flate2::{Compress, Compression, Crc, FlushCompress};
use tokio::sync::Notify;
use wire::{recording::Block, terminal::Size};

use self::{shelf::Shelf, track::Track};

/// How much text makes a block.
const BLOCK: usize = 64 << 10;
/// How long text waits at most until it is in a block: what a machine that breaks loses of a recording. Shorter would
/// cost the server a file's flush for every few keys.
const SETTLE_US: u64 = 5_000_000;
/// How often what waits is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// The recordings of all terminals.
#[derive(Default)]
pub struct Recorder {
    book: RefCell<Book>,
    /// There is a new block.
    blocks: Notify,
    /// There is something that waits to be in one.
    waiting: Notify,
}

#[derive(Default)]
struct Book {
    begun: bool,
    tracks: BTreeMap<u32, Track>,
    shelf: Shelf,
    /// Made when it is first needed: it is the largest part of an agent that records.
    compress: Option<Compress>,
}

impl Recorder {
    /// From now on it records. `open` are the terminals there are, each with its size and what it shows. A second time
    /// it does nothing.
    pub fn begin(&self, open: impl IntoIterator<Item = (u32, Size, Vec<u8>)>) {
        {
            let mut book = self.book.borrow_mut();
            if std::mem::replace(&mut book.begun, true) {
                return;
            }
            for (terminal, size, shown) in open {
                let now = now_us();
                let mut track = Track::new(now, size);
                track.printed(now, &shown);
                book.tracks.insert(terminal, track);
            }
        }
        self.waiting.notify_one();
    }

    /// A shell is opened.
    pub fn opened(&self, terminal: u32, size: Size) {
        self.with(|book| {
            let now = now_us();
            match book.tracks.get_mut(&terminal) {
                Some(track) => track.begun_anew(now, size),
                None => drop(book.tracks.insert(terminal, Track::new(now, size))),
            }
        });
    }

    /// A terminal has printed something.
    pub fn printed(&self, terminal: u32, bytes: &[u8]) {
        self.with_track(terminal, |track| track.printed(now_us(), bytes));
    }

    /// A terminal has a size, perhaps another one.
    pub fn resized(&self, terminal: u32, size: Size) {
        self.with_track(terminal, |track| track.resized(now_us(), size));
    }

    /// A shell has ended.
    pub fn closed(&self, terminal: u32) {
        self.with_track(terminal, |track| track.ended(now_us()));
    }

    /// Makes blocks of all that is in none yet. Gives the number of the newest; 0 for none.
    pub fn settle(&self) -> u64 {
        let mut book = self.book.borrow_mut();
        let now = now_us();
        for track in book.tracks.values_mut() {
            track.catch_up(now);
        }
        self.block_all(&mut book);
        book.shelf.end()
    }

    /// Everything up to this number is kept elsewhere.
    pub fn acknowledge(&self, seq: u64) {
        self.book.borrow_mut().shelf.acknowledge(seq);
    }

    /// The first block with a number above `after`. Waits until there is one.
    pub async fn after(&self, after: u64) -> Block {
        loop {
            let mut news = std::pin::pin!(self.blocks.notified());
            // From here on none is missed.
            news.as_mut().enable();
            if let Some(block) = self.book.borrow().shelf.after(after) {
                return block.clone();
            }
            news.await;
        }
    }

    /// Makes blocks of what has waited long enough, for ever. A box in which nothing happens costs nothing.
    pub async fn keep(&self) {
        loop {
            self.waiting.notified().await;
            while self.look() {
                tokio::time::sleep(LOOK).await;
            }
        }
    }

    /// Whether something still waits.
    fn look(&self) -> bool {
        let mut book = self.book.borrow_mut();
        let now = now_us();
        for track in book.tracks.values_mut() {
            track.look_at_flood(now);
        }
        if book.tracks.values().any(|track| track.waits_since(now) >= SETTLE_US) {
            self.block_all(&mut book);
        }
        book.tracks.values().any(Track::is_busy)
    }

    /// Of all terminals at once: what comes together is kept together, by one flush of the server's database.
    fn block_all(&self, book: &mut Book) {
        let terminals: Vec<u32> = book.tracks.keys().copied().collect();
        for terminal in terminals {
            book.block(terminal);
        }
        self.blocks.notify_waiters();
    }

    fn with_track(&self, terminal: u32, change: impl FnOnce(&mut Track)) {
        self.with(|book| {
            if let Some(track) = book.tracks.get_mut(&terminal) {
                change(track);
            }
            if book.tracks.get(&terminal).is_some_and(|track| track.lines.len() >= BLOCK) {
                book.block(terminal);
                self.blocks.notify_waiters();
            }
        });
    }

    fn with(&self, change: impl FnOnce(&mut Book)) {
        let mut book = self.book.borrow_mut();
        if book.begun {
            change(&mut book);
            self.waiting.notify_one();
        }
    }
}

impl Book {
    /// Makes a block of a terminal's lines, where there are any.
    fn block(&mut self, terminal: u32) {
        let Some(track) = self.tracks.get_mut(&terminal).filter(|track| !track.lines.is_empty()) else { return };
        let mut crc = Crc::new();
        crc.update(&track.lines);
        let compress = self.compress.get_or_insert_with(|| Compress::new(Compression::fast(), false));
        self.shelf.put(Block {
            seq: 0,
            terminal,
            epoch: track.epoch,
            size: track.size_before,
            until_us: track.last_us,
            length: crc.amount(),
            crc: crc.sum(),
            lost: 0,
            bytes: deflate(compress, &track.lines),
        });
        track.lines_taken();
    }
}

/// A text as raw deflate that refers to nothing before it and ends at a byte.
fn deflate(compress: &mut Compress, text: &[u8]) -> Vec<u8> {
    // What does not compress grows by an eighth at most: no character takes more than nine bits.
    let mut room = text.len() + text.len() / 8 + 1024;
    loop {
        compress.reset();
        let mut out = Vec::with_capacity(room);
        compress
            .compress_vec(text, &mut out, FlushCompress::Full)
            .expect("a compressor that was reset takes all there is");
        // In one go: where it has to be asked again for want of room, it may say that all is flushed when it is not
        // (https://github.com/Frommi/miniz_oxide/issues/105).
        if out.len() < out.capacity() {
            out.shrink_to_fit();
            return out;
        }
        room *= 2;
    }
}

#[expect(clippy::disallowed_methods, reason = "the agent is where the sandbox's time comes from")]
fn now_us() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
