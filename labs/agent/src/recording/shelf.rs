//! Blocks that wait for the server to keep them.

use std::collections::VecDeque;

use flate2::Crc;
use wire::recording::{Block, stored};

use super::cast;

/// How many bytes of blocks wait at most: about forty megabytes of output.
const MOST: usize = 4 << 20;
/// What a block takes beside its bytes.
const FIXED: usize = 128;

/// What is said where blocks were lost.
const LOST: &str = "Here a part of the recording is missing: the server could not fetch it in time";

/// The blocks, in the order of their numbers.
#[derive(Default)]
pub struct Shelf {
    blocks: VecDeque<Block>,
    bytes: usize,
    end: u64,
}

impl Shelf {
    /// The number of the newest block; 0 for none.
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Adds a block, which gets the next number.
    pub fn put(&mut self, block: Block) {
        self.put_within(block, MOST);
    }

    fn put_within(&mut self, block: Block, most: usize) {
        self.end += 1;
        self.bytes += weight(&block);
        self.blocks.push_back(Block { seq: self.end, ..block });
        while self.bytes > most && self.lose_one() {}
    }

    /// Everything up to this number is kept elsewhere.
    pub fn acknowledge(&mut self, seq: u64) {
        while self.blocks.front().is_some_and(|block| block.seq <= seq) {
            if let Some(block) = self.blocks.pop_front() {
                self.bytes -= weight(&block);
            }
        }
    }

    /// The first block with a number above `after`.
    pub fn after(&self, after: u64) -> Option<&Block> {
        self.blocks.get(self.blocks.partition_point(|block| block.seq <= after))
    }

    /// Lets the oldest block with something in it become one that says what is lost, together with the one before it
    /// of the same terminal if that says so as well.
    fn lose_one(&mut self) -> bool {
        // The newest is what is shown now; the loss is noted behind it.
        let Some(at) = self.blocks.iter().position(|block| block.lost == 0).filter(|at| at + 1 < self.blocks.len())
        else {
            return false;
        };
        let terminal = self.blocks[at].terminal;
        // All before it are such blocks, and so each terminal has one at most.
        let before = self.blocks.iter().take(at).position(|block| block.terminal == terminal);
        let lost = before.map_or(1, |before| self.blocks[before].lost + 1);
        let block = &mut self.blocks[at];
        self.bytes -= weight(block);
        gap(block, lost);
        self.bytes += weight(block);
        if let Some(gone) = before.and_then(|before| self.blocks.remove(before)) {
            self.bytes -= weight(&gone);
        }
        true
    }
}

/// Makes a block one that stands for so many lost ones.
fn gap(block: &mut Block, lost: u64) {
    let mut text = Vec::new();
    cast::missing(&mut text, block.until_us, LOST);
    let mut crc = Crc::new();
    crc.update(&text);
    block.lost = lost;
    block.crc = crc.sum();
    block.length = crc.amount();
    block.bytes = stored(&text);
}

fn weight(block: &Block) -> usize {
    FIXED + block.bytes.len()
}

#[cfg(test)]
mod tests {
    use wire::terminal::Size;

    use super::*;

    fn block(terminal: u32, until_us: u64) -> Block {
        Block {
            seq: 0,
            terminal,
            epoch: 5,
            size: Size { cols: 80, rows: 24 },
            until_us,
            length: 1000,
            crc: 1,
            lost: 0,
            bytes: vec![7; 1000],
        }
    }

    fn all(shelf: &Shelf) -> Vec<(u64, u32, u64)> {
        let mut after = 0;
        std::iter::from_fn(|| {
            let block = shelf.after(after)?;
            after = block.seq;
            Some((block.seq, block.terminal, block.lost))
        })
        .collect()
    }

    #[test]
    fn blocks_are_numbered_and_kept_until_acknowledged() {
        let mut shelf = Shelf::default();
        for terminal in [1, 2, 1] {
            shelf.put(block(terminal, 9));
        }
        assert_eq!(all(&shelf), [(1, 1, 0), (2, 2, 0), (3, 1, 0)]);
        shelf.acknowledge(2);
        assert_eq!(all(&shelf), [(3, 1, 0)]);
        shelf.acknowledge(9);
        assert_eq!((all(&shelf).len(), shelf.bytes, shelf.end()), (0, 0, 3));
    }

    #[test]
    fn past_the_bound_one_block_of_each_terminal_stands_for_the_lost_ones() {
        let mut shelf = Shelf::default();
        for number in 0..20 {
            shelf.put_within(block(1 + number % 2, u64::from(number)), 6000);
        }
        assert!(shelf.bytes <= 6000);
        let kept = all(&shelf);
        let gaps: Vec<_> = kept.iter().filter(|(_, _, lost)| *lost > 0).collect();
        assert_eq!(gaps.len(), 2, "{kept:?}");
        assert_eq!(gaps.iter().map(|gap| gap.2).sum::<u64>() + kept.len() as u64 - 2, 20, "{kept:?}");
        assert!(kept.is_sorted_by_key(|(seq, ..)| *seq), "{kept:?}");
        assert_eq!(kept.last(), Some(&(20, 2, 0)), "the newest stays");
        let first = shelf.after(0).unwrap();
        assert_eq!(first.until_us, first.seq - 1, "it says until when");
        let text = String::from_utf8(first.bytes[5..].to_vec()).unwrap();
        assert_eq!(text.lines().count(), 2);
        assert!(text.lines().all(|line| serde_json::from_str::<(f64, String, String)>(line).is_ok()), "{text}");
    }

    #[test]
    fn one_block_is_kept_however_large_it_is() {
        let mut shelf = Shelf::default();
        shelf.put_within(block(1, 1), 10);
        assert_eq!(all(&shelf), [(1, 1, 0)]);
    }
}
