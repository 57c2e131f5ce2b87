//! Who has typed how much: so that nothing is lost and nothing is typed twice.

use std::collections::{HashMap, VecDeque};

/// How many writers a terminal remembers.
const MAX_WRITERS: usize = 64;

/// What has been typed and is on its way to the terminal, and how far each writer is.
#[derive(Default)]
pub struct Writers {
    counts: HashMap<u64, Counts>,
    queue: VecDeque<Piece>,
    queued: usize,
    uses: u64,
}

#[derive(Default)]
struct Counts {
    /// Bytes that have arrived here.
    received: u64,
    /// Bytes that the terminal has taken.
    taken: u64,
    last_use: u64,
}

struct Piece {
    writer: u64,
    bytes: VecDeque<u8>,
}

/// A writer has left something out.
#[derive(Debug, PartialEq, Eq)]
pub struct Gap;

impl Writers {
    /// A writer attaches: how many of its bytes the terminal has taken.
    pub fn attach(&mut self, writer: u64) -> u64 {
        self.touch(writer).taken
    }

    /// Something typed has arrived; what had arrived before is left out.
    pub fn receive(&mut self, writer: u64, offset: u64, bytes: &[u8]) -> Result<(), Gap> {
        let counts = self.touch(writer);
        let known = counts.received.checked_sub(offset).ok_or(Gap)?;
        let new = bytes.get(usize::try_from(known).unwrap_or(usize::MAX)..).unwrap_or_default();
        counts.received += new.len() as u64;
        if !new.is_empty() {
            self.queued += new.len();
            self.queue.push_back(Piece { writer, bytes: new.iter().copied().collect() });
        }
        Ok(())
    }

    /// What the terminal should get next.
    pub fn front(&self) -> Option<&[u8]> {
        self.queue.front().map(|piece| piece.bytes.as_slices().0)
    }

    /// The terminal has taken so many bytes of the front.
    pub fn took(&mut self, count: usize) {
        let Some(piece) = self.queue.front_mut() else { return };
        piece.bytes.drain(..count);
        self.queued -= count;
        if let Some(counts) = self.counts.get_mut(&piece.writer) {
            counts.taken += count as u64;
        }
        if piece.bytes.is_empty() {
            self.queue.pop_front();
        }
    }

    /// How many bytes wait for the terminal to take them.
    pub fn queued(&self) -> usize {
        self.queued
    }

    /// How many bytes of a writer the terminal has taken.
    pub fn taken(&self, writer: u64) -> u64 {
        self.counts.get(&writer).map_or(0, |counts| counts.taken)
    }

    fn touch(&mut self, writer: u64) -> &mut Counts {
        self.uses += 1;
        if !self.counts.contains_key(&writer) && self.counts.len() >= MAX_WRITERS {
            let idle = self.counts.iter().filter(|(_, counts)| counts.received == counts.taken);
            let oldest = idle.min_by_key(|(_, counts)| counts.last_use).map(|(writer, _)| *writer);
            oldest.map(|oldest| self.counts.remove(&oldest));
        }
        let uses = self.uses;
        let counts = self.counts.entry(writer).or_default();
        counts.last_use = uses;
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drain(writers: &mut Writers) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(front) = writers.front() {
            let front = front.to_vec();
            writers.took(front.len());
            all.extend(front);
        }
        all
    }

    #[test]
    fn what_is_sent_again_is_typed_once() {
        let mut writers = Writers::default();
        assert_eq!(writers.attach(7), 0);
        writers.receive(7, 0, b"hello").expect("no gap");
        writers.took(2);
        // The connection drops; the writer sends again what it does not know to be taken.
        assert_eq!(writers.attach(7), 2);
        writers.receive(7, 2, b"llo world").expect("no gap");
        assert_eq!(writers.queued(), 9);
        assert_eq!(drain(&mut writers), b"llo world");
        assert_eq!(writers.taken(7), 11);
        assert_eq!(writers.queued(), 0);
    }

    #[test]
    fn two_writers_are_counted_apart() {
        let mut writers = Writers::default();
        writers.receive(1, 0, b"a").expect("no gap");
        writers.receive(2, 0, b"bb").expect("no gap");
        assert_eq!(drain(&mut writers), b"abb");
        assert_eq!((writers.taken(1), writers.taken(2)), (1, 2));
    }

    #[test]
    fn a_gap_is_refused() {
        let mut writers = Writers::default();
        assert_eq!(writers.receive(1, 3, b"x"), Err(Gap));
    }

    #[test]
    fn the_longest_idle_writer_is_forgotten_first() {
        let mut writers = Writers::default();
        writers.receive(0, 0, b"waiting").expect("no gap");
        for writer in 1..100 {
            writers.receive(writer, 0, b"").expect("no gap");
        }
        assert!(writers.counts.len() <= MAX_WRITERS);
        assert!(writers.counts.contains_key(&0), "what waits is not forgotten");
        assert!(writers.counts.contains_key(&99));
    }
}
