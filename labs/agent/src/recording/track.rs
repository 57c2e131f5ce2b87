//! The recording of one terminal, as far as it is in no block yet.

use std::collections::VecDeque;

use wire::terminal::Size;

use super::{
    allowance::Allowance,
    cast::{self, Text},
};

/// How much of a flood's end is kept: more than a screen.
const TAIL: usize = 16 << 10;

/// One terminal.
pub struct Track {
    /// From where its times count, in whole seconds since 1970.
    pub epoch: i64,
    /// When its last line is, in microseconds since `epoch`.
    pub last_us: u64,
    /// The terminal's size when the lines begin.
    pub size_before: Size,
    size: Size,
    /// Lines that are in no block yet.
    pub lines: Vec<u8>,
    /// When the first of them was written.
    since_us: u64,
    text: Text,
    allowance: Allowance,
    /// How many bytes of a flood are left out so far, and its end.
    left_out: u64,
    tail: VecDeque<u8>,
}

impl Track {
    /// Begins now, in microseconds since 1970.
    pub fn new(now_us: i64, size: Size) -> Self {
        let epoch = now_us.div_euclid(1_000_000);
        let mut track = Self {
            epoch,
            last_us: 0,
            size_before: size,
            size,
            lines: Vec::new(),
            since_us: 0,
            text: Text::default(),
            allowance: Allowance::new(0),
            left_out: 0,
            tail: VecDeque::new(),
        };
        track.allowance = Allowance::new(track.at(now_us));
        track
    }

    fn since_epoch(&self, now_us: i64) -> u64 {
        u64::try_from(now_us.saturating_sub(self.epoch.saturating_mul(1_000_000))).unwrap_or(0)
    }

    /// A moment as it is written. The clock may be set back, a recording never runs backwards.
    fn at(&mut self, now_us: i64) -> u64 {
        self.last_us = self.last_us.max(self.since_epoch(now_us));
        self.last_us
    }

    /// Something was printed.
    pub fn printed(&mut self, now_us: i64, bytes: &[u8]) {
        let at = self.at(now_us);
        if self.allowance.take(at, bytes.len() as u64) {
            self.tell_left_out(at);
            self.write(at, bytes);
        } else {
            self.text.end(&mut Vec::new());
            self.left_out += bytes.len() as u64;
            let newest = &bytes[bytes.len().saturating_sub(TAIL)..];
            let surplus = (self.tail.len() + newest.len()).saturating_sub(TAIL);
            self.tail.drain(..surplus);
            self.tail.extend(newest);
        }
    }

    fn write(&mut self, at: u64, bytes: &[u8]) {
        self.begin_lines(at);
        let start = self.lines.len();
        cast::open(&mut self.lines, at, 'o');
        let empty = self.lines.len();
        self.text.escape(&mut self.lines, bytes);
        if self.lines.len() == empty {
            // Nothing but the beginning of a character.
            self.lines.truncate(start);
        } else {
            cast::close(&mut self.lines);
        }
    }

    fn begin_lines(&mut self, at: u64) {
        if self.lines.is_empty() {
            self.since_us = at;
        }
    }

    /// The terminal has another size.
    pub fn resized(&mut self, now_us: i64, size: Size) {
        if size == self.size {
            return;
        }
        self.size = size;
        let at = self.at(now_us);
        self.begin_lines(at);
        cast::resized(&mut self.lines, at, size);
    }

    /// A new shell begins where an old one was: on a screen of its own.
    pub fn begun_anew(&mut self, now_us: i64, size: Size) {
        let at = self.at(now_us);
        self.begin_lines(at);
        cast::line(&mut self.lines, at, 'm', "A new shell");
        cast::line(&mut self.lines, at, 'o', "\u{1b}c");
        self.resized(now_us, size);
    }

    /// The shell has ended: nothing waits for more.
    pub fn ended(&mut self, now_us: i64) {
        self.catch_up(now_us);
        let at = self.last_us;
        let mut rest = Vec::new();
        self.text.end(&mut rest);
        if !rest.is_empty() {
            self.begin_lines(at);
            cast::open(&mut self.lines, at, 'o');
            self.lines.extend(rest);
            cast::close(&mut self.lines);
        }
    }

    /// What waits to see how a flood goes on is written.
    pub fn catch_up(&mut self, now_us: i64) {
        let at = self.at(now_us);
        self.tell_left_out(at);
    }

    /// A flood that is over is noted, with its end.
    pub fn look_at_flood(&mut self, now_us: i64) {
        if self.left_out > 0 && self.allowance.is_quiet(self.since_epoch(now_us)) {
            self.catch_up(now_us);
        }
    }

    /// For how long lines have waited to be in a block, in microseconds; 0 where there are none.
    pub fn waits_since(&self, now_us: i64) -> u64 {
        if self.lines.is_empty() { 0 } else { self.since_epoch(now_us).saturating_sub(self.since_us) }
    }

    /// Whether something is written or waits to be.
    pub fn is_busy(&self) -> bool {
        !self.lines.is_empty() || self.left_out > 0
    }

    /// The size from here on is that of the next lines.
    pub fn lines_taken(&mut self) {
        self.lines.clear();
        self.size_before = self.size;
    }

    fn tell_left_out(&mut self, at: u64) {
        if self.left_out == 0 {
            return;
        }
        let tail: Vec<u8> = std::mem::take(&mut self.tail).into();
        // From the beginning of a line on: before it may be the rest of anything.
        let start = tail.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let out = (self.left_out - (tail.len() - start) as u64).div_ceil(1024);
        self.left_out = 0;
        self.begin_lines(at);
        cast::missing(
            &mut self.lines,
            at,
            &format!("{out} KiB of output are left out here: it was too much to record"),
        );
        self.write(at, &tail[start..]);
    }
}
