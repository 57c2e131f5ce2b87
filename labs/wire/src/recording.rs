//! Recordings: what terminals show, as asciicast v2, kept by the agent until the server has it.
//!
//! The agent writes one line for each event of a terminal, gathers lines into [`Block`]s and numbers the blocks of all
//! its terminals together, from 1. It keeps a block until it is acknowledged, up to a bound; past it the oldest give way
//! to one small block that says so in the recording, and that has the last lost number: so numbers grow, and may leave
//! some out.
//!
//! A block is *raw* deflate that refers to nothing before it and ends at a byte: one after the other, between the ten
//! bytes of [`GZIP_HEAD`] and [`gzip_tail`], they are a gzip file of one member. One member and not many, because
//! browsers read only the first.

use serde::{Deserialize, Serialize};

use crate::{frame::FrameError, terminal::Size};

/// The first bytes of a gzip file: deflate, no name, no time, system unknown.
pub const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Some lines of a terminal's recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Its number in this sandbox, over all terminals.
    pub seq: u64,
    /// The terminal.
    pub terminal: u32,
    /// Where the recording of this terminal begins, in whole seconds since 1970: times of its events count from here.
    pub epoch: i64,
    /// The terminal's size when the block begins.
    pub size: Size,
    /// When its last event was, in microseconds since `epoch`.
    pub until_us: u64,
    /// How long its text is, in bytes.
    pub length: u32,
    /// The CRC-32 of its text.
    pub crc: u32,
    /// For how many blocks it stands that were lost because nobody fetched them; 0 for one that has what was shown.
    pub lost: u64,
    /// The text, as raw deflate.
    #[serde(skip)]
    pub bytes: Vec<u8>,
}

impl Block {
    /// The frame's bytes: the length of the description as a big-endian `u32`, the description as JSON, the text.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let about = serde_json::to_vec(self).expect("plain data becomes JSON");
        let length = u32::try_from(about.len()).expect("a handful of numbers is short");
        let mut out = Vec::with_capacity(4 + about.len() + self.bytes.len());
        out.extend_from_slice(&length.to_be_bytes());
        out.extend_from_slice(&about);
        out.extend_from_slice(&self.bytes);
        out
    }

    /// The block of these bytes.
    ///
    /// # Errors
    /// [`FrameError::Malformed`] for anything else.
    pub fn decode(frame: &[u8]) -> Result<Self, FrameError> {
        let malformed = || FrameError::Malformed("recording");
        let (length, rest) = frame.split_first_chunk::<4>().ok_or_else(malformed)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| malformed())?;
        let (about, bytes) = rest.split_at_checked(length).ok_or_else(malformed)?;
        let mut block: Self = serde_json::from_slice(about).map_err(|_| malformed())?;
        block.bytes = bytes.to_vec();
        Ok(block)
    }
}

/// A short text as raw deflate that is not compressed: at most 65,535 bytes of it.
#[must_use]
pub fn stored(text: &[u8]) -> Vec<u8> {
    let text = &text[..text.len().min(usize::from(u16::MAX))];
    let length = u16::try_from(text.len()).unwrap_or(u16::MAX);
    let mut out = Vec::with_capacity(5 + text.len());
    out.push(0);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&(!length).to_le_bytes());
    out.extend_from_slice(text);
    out
}

/// What ends a gzip file whose text has this CRC-32 and this length: an empty last block, and both.
#[must_use]
pub fn gzip_tail(crc: u32, length: u64) -> [u8; 10] {
    let mut tail = [0x03, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    tail[2..6].copy_from_slice(&crc.to_le_bytes());
    // The format keeps the length modulo 2³².
    tail[6..].copy_from_slice(&length.to_le_bytes()[..4]);
    tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_read_as_it_was_written() {
        let block = Block {
            seq: 7,
            terminal: 2,
            epoch: 1_764_000_000,
            size: Size { cols: 120, rows: 40 },
            until_us: 93_200_000,
            length: 5,
            crc: 0x3610_a686,
            lost: 0,
            bytes: stored(b"hello"),
        };
        assert_eq!(Block::decode(&block.encode()).unwrap(), block);
        let gap = Block { lost: 3, ..block };
        assert_eq!(Block::decode(&gap.encode()).unwrap().lost, 3);
        for malformed in [&b""[..], b"\0\0\0", b"\0\0\0\x09{}", b"\0\0\0\x02{}", b"\xff\xff\xff\xff{}"] {
            assert!(Block::decode(malformed).is_err(), "{malformed:?}");
        }
    }
}
