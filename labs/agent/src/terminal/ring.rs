//! The newest part of a stream of bytes whose offsets never begin anew.

use std::collections::VecDeque;

/// What a terminal has printed, as far as it is kept.
pub struct Ring {
    bytes: VecDeque<u8>,
    end: u64,
    capacity: usize,
}

impl Ring {
    pub fn new(capacity: usize) -> Self {
        Self { bytes: VecDeque::new(), end: 0, capacity }
    }

    /// The offset of the oldest byte kept.
    pub fn start(&self) -> u64 {
        self.end - self.bytes.len() as u64
    }

    /// The offset after the newest byte.
    pub fn end(&self) -> u64 {
        self.end
    }

    pub fn append(&mut self, bytes: &[u8]) {
        self.end += bytes.len() as u64;
        let newest = &bytes[bytes.len().saturating_sub(self.capacity)..];
        let surplus = (self.bytes.len() + newest.len()).saturating_sub(self.capacity);
        self.bytes.drain(..surplus);
        self.bytes.extend(newest);
    }

    /// At most so many bytes from an offset on, and the offset of the first: the oldest kept where the
    /// one asked for is gone.
    pub fn read(&self, from: u64, most: usize) -> (u64, Vec<u8>) {
        let from = from.clamp(self.start(), self.end);
        let skip = usize::try_from(from - self.start()).unwrap_or(usize::MAX);
        let length = most.min(self.bytes.len() - skip);
        (from, self.bytes.range(skip..skip + length).copied().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_bytes_are_kept_under_their_offsets() {
        let mut ring = Ring::new(4);
        ring.append(b"ab");
        assert_eq!((ring.start(), ring.end()), (0, 2));
        ring.append(b"cdef");
        assert_eq!((ring.start(), ring.end()), (2, 6));
        assert_eq!(ring.read(0, 10), (2, b"cdef".to_vec()));
        assert_eq!(ring.read(4, 1), (4, b"e".to_vec()));
        assert_eq!(ring.read(9, 10), (6, Vec::new()));
    }

    #[test]
    fn more_than_fits_leaves_the_end() {
        let mut ring = Ring::new(3);
        ring.append(b"x");
        ring.append(b"0123456789");
        assert_eq!((ring.start(), ring.read(0, 9)), (8, (8, b"789".to_vec())));
    }
}
