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
        // In two pieces at most: byte by byte it would take longer than all the rest of the way.
        let (front, back) = self.bytes.as_slices();
        let (of_front, of_back) = (skip.min(front.len()), skip.saturating_sub(front.len()));
        let front = &front[of_front..(skip + length).min(front.len()).max(of_front)];
        let back = &back[of_back..of_back + length - front.len()];
        (from, [front, back].concat())
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
    fn what_lies_round_the_corner_is_read_in_order() {
        let mut ring = Ring::new(5);
        let all: Vec<u8> = (0..40).collect();
        for (at, piece) in all.chunks(3).enumerate() {
            ring.append(piece);
            let end = (at * 3 + piece.len()) as u64;
            for from in ring.start()..=end {
                for most in 0..7 {
                    let wanted: Vec<u8> = (from..end).take(most).map(|byte| byte as u8).collect();
                    assert_eq!(ring.read(from, most), (from, wanted), "{end}");
                }
            }
        }
    }

    #[test]
    fn more_than_fits_leaves_the_end() {
        let mut ring = Ring::new(3);
        ring.append(b"x");
        ring.append(b"0123456789");
        assert_eq!((ring.start(), ring.read(0, 9)), (8, (8, b"789".to_vec())));
    }
}
