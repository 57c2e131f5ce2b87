//! Terminals: frames, and the count of bytes that lets a connection drop without a loss.
//!
//! Both directions are byte streams with offsets that outlive the connection. The agent counts what the
//! shell has printed and keeps the newest part; whoever attaches says how far it has seen. A writer (one
//! browser tab, named by a random number) counts what it has sent and keeps it until the agent says it
//! has taken it; after a reconnect it sends the rest again. So nothing typed is lost and nothing is
//! typed twice, whichever part between the two ends has died.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::frame::FrameError;

/// How many bytes of output the agent keeps of each terminal.
pub const SCROLLBACK: usize = 1 << 20;

/// How many bytes the agent sends ahead of the last [`Up::Seen`] before it waits, and with it the
/// program that prints.
pub const WINDOW: u64 = 512 << 10;

/// After how many bytes of output whoever is attached should say [`Up::Seen`].
pub const SEEN_EVERY: u64 = 64 << 10;

/// How many bytes one [`Up::Input`] holds at most. A paste can be of any size, but each relay on the way has a largest
/// message, and who sends a larger one is cut off.
pub const PIECE: usize = 64 << 10;

/// The size of a terminal in cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Size {
    /// Columns.
    pub cols: u16,
    /// Rows.
    pub rows: u16,
}

/// Asks for a terminal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    /// Its number, from 1. One that does not exist is opened; one whose shell has ended is opened anew.
    pub terminal: u32,
    /// Its size from now on.
    pub size: Size,
    /// The output offset from which to send; `None` for all that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Who writes; the same number over all connections of one writer.
    pub writer: u64,
}

/// Answers [`Attach`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// The offset of the first byte that will be sent. Past what was asked for, the part between is no
    /// longer kept (or the terminal is a new one): clear the screen first.
    pub from: u64,
    /// The offset up to which what will be sent is history. Answers of a terminal emulator to queries
    /// in it must not be sent: they were answered when they were made.
    pub history_end: u64,
    /// How many bytes of this writer have been taken.
    pub taken: u64,
}

/// Asks to look at a terminal that is open. A watcher never decides its size, never holds up the program that prints,
/// and types only if it names itself as a writer.
///
/// It is a request of its own and no word in [`Attach`], because an older agent would leave out a word that it does not
/// know and let the watcher type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Its number.
    pub terminal: u32,
    /// The output offset from which to send; `None` for the newest part.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<u64>,
    /// Who types, as in [`Attach::writer`]; `None` for who only looks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub writer: Option<u64>,
}

/// Answers [`Watch`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// As for who works at it.
    #[serde(flatten)]
    pub attached: Attached,
    /// The terminal's size; [`Down::Resized`] says when it changes.
    pub size: Size,
}

/// A frame towards the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Up {
    /// Typed bytes.
    Input {
        /// How many bytes of this writer came before.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// The terminal has another size.
    Resize(Size),
    /// Output up to this offset has been shown.
    Seen(u64),
}

/// A frame from the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Down {
    /// Printed bytes.
    Output {
        /// The offset of the first.
        offset: u64,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// This writer's input up to this offset has reached the terminal.
    Taken(u64),
    /// The shell has ended, and with it this terminal.
    Ended,
    /// The terminal has another size. Only a watcher is told.
    Resized(Size),
    /// What was printed before this offset is left out: clear the screen. Only a watcher who is slow is told.
    Skipped(u64),
}

const INPUT: u8 = 0x01;
const RESIZE: u8 = 0x02;
const SEEN: u8 = 0x03;
const OUTPUT: u8 = 0x81;
const TAKEN: u8 = 0x82;
const ENDED: u8 = 0x83;
const RESIZED: u8 = 0x84;
const SKIPPED: u8 = 0x85;

impl Up {
    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Input { offset, bytes } => with_offset(INPUT, *offset, bytes),
            Self::Resize(size) => with_size(RESIZE, *size),
            Self::Seen(offset) => with_offset(SEEN, *offset, &[]),
        }
    }

    /// Whether these bytes are a frame of something typed; the frame is not read for it.
    #[must_use]
    pub fn is_input(bytes: &[u8]) -> bool {
        bytes.first() == Some(&INPUT)
    }

    /// The frame of these bytes.
    ///
    /// # Errors
    /// [`FrameError::Malformed`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        match split(bytes) {
            Some((INPUT, rest)) => {
                offset_and_rest(rest).map(|(offset, rest)| Self::Input { offset, bytes: rest.to_vec() })
            }
            Some((RESIZE, rest)) => exactly_size(rest).map(Self::Resize),
            Some((SEEN, rest)) => exactly_offset(rest).map(Self::Seen),
            _ => None,
        }
        .ok_or(FrameError::Malformed("terminal input"))
    }
}

impl Down {
    /// The frame's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Output { offset, bytes } => with_offset(OUTPUT, *offset, bytes),
            Self::Taken(offset) => with_offset(TAKEN, *offset, &[]),
            Self::Ended => vec![ENDED],
            Self::Resized(size) => with_size(RESIZED, *size),
            Self::Skipped(offset) => with_offset(SKIPPED, *offset, &[]),
        }
    }

    /// The frame of these bytes.
    ///
    /// # Errors
    /// [`FrameError::Malformed`] for anything else.
    pub fn decode(bytes: &[u8]) -> Result<Self, FrameError> {
        match split(bytes) {
            Some((OUTPUT, rest)) => {
                offset_and_rest(rest).map(|(offset, rest)| Self::Output { offset, bytes: rest.to_vec() })
            }
            Some((TAKEN, rest)) => exactly_offset(rest).map(Self::Taken),
            Some((ENDED, [])) => Some(Self::Ended),
            Some((RESIZED, rest)) => exactly_size(rest).map(Self::Resized),
            Some((SKIPPED, rest)) => exactly_offset(rest).map(Self::Skipped),
            _ => None,
        }
        .ok_or(FrameError::Malformed("terminal output"))
    }
}

fn with_offset(tag: u8, offset: u64, rest: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(9 + rest.len());
    out.push(tag);
    out.extend_from_slice(&offset.to_be_bytes());
    out.extend_from_slice(rest);
    out
}

fn with_size(tag: u8, size: Size) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend_from_slice(&size.cols.to_be_bytes());
    out.extend_from_slice(&size.rows.to_be_bytes());
    out
}

fn exactly_size(bytes: &[u8]) -> Option<Size> {
    let &[a, b, c, d] = bytes else { return None };
    Some(Size { cols: u16::from_be_bytes([a, b]), rows: u16::from_be_bytes([c, d]) })
}

fn split(bytes: &[u8]) -> Option<(u8, &[u8])> {
    bytes.split_first().map(|(tag, rest)| (*tag, rest))
}

fn offset_and_rest(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (offset, rest) = bytes.split_first_chunk::<8>()?;
    Some((u64::from_be_bytes(*offset), rest))
}

fn exactly_offset(bytes: &[u8]) -> Option<u64> {
    offset_and_rest(bytes).filter(|(_, rest)| rest.is_empty()).map(|(offset, _)| offset)
}

/// The writer's end: counts and keeps what was typed until it has been taken, and knows how far the
/// output has been seen. It survives any number of connections.
#[derive(Debug, Default)]
pub struct Writer {
    /// Input from `taken` on.
    unsent: VecDeque<u8>,
    taken: u64,
    /// The offset after the newest output byte received, once there was an attachment.
    output_end: Option<u64>,
    /// The offset last reported as seen.
    seen: u64,
}

/// What to do with an output frame.
#[derive(Debug, PartialEq, Eq)]
pub enum Show<'a> {
    /// Show these bytes.
    Bytes(&'a [u8]),
    /// They have been shown before.
    Nothing,
}

impl Writer {
    /// From where to attach next: nothing seen yet asks for all.
    #[must_use]
    pub fn from(&self) -> Option<u64> {
        self.output_end
    }

    /// A connection was made. Says whether the screen must be cleared first, and gives the frames to
    /// send at once: what was typed and has not been taken.
    #[must_use]
    pub fn attached(&mut self, attached: Attached) -> (bool, Vec<Up>) {
        let clear = self.output_end.is_some_and(|end| end != attached.from);
        self.output_end = Some(attached.from);
        self.seen = attached.from;
        // A count below ours means the agent has forgotten this writer (a new terminal): what was
        // typed into the old one must not run in the new one.
        if attached.taken < self.taken {
            self.unsent.clear();
            self.taken = attached.taken;
        } else {
            self.took(attached.taken);
        }
        (clear, in_pieces(self.taken, self.unsent.make_contiguous()))
    }

    /// What was printed before this offset is left out.
    pub fn skipped(&mut self, offset: u64) {
        self.output_end = Some(offset);
        self.seen = self.seen.max(offset);
    }

    /// Something was typed: the frames to send, if there is a connection.
    #[must_use]
    pub fn typed(&mut self, bytes: &[u8]) -> Vec<Up> {
        let offset = self.taken + self.unsent.len() as u64;
        self.unsent.extend(bytes);
        in_pieces(offset, bytes)
    }

    /// The agent has taken input up to this offset.
    pub fn took(&mut self, offset: u64) {
        let new = offset.saturating_sub(self.taken).min(self.unsent.len() as u64);
        self.unsent.drain(..usize::try_from(new).unwrap_or(usize::MAX));
        self.taken = self.taken.max(offset);
    }

    /// Output has arrived: what of it is new.
    #[must_use]
    pub fn output<'a>(&mut self, offset: u64, bytes: &'a [u8]) -> Show<'a> {
        let end = self.output_end.unwrap_or(offset);
        let skip = usize::try_from(end.saturating_sub(offset)).unwrap_or(usize::MAX);
        if skip >= bytes.len() {
            return Show::Nothing;
        }
        self.output_end = Some(offset + bytes.len() as u64);
        Show::Bytes(&bytes[skip..])
    }

    /// Output up to this offset is on the screen: the frame to send, if one is due.
    #[must_use]
    pub fn shown(&mut self, offset: u64) -> Option<Up> {
        if offset < self.seen + SEEN_EVERY {
            return None;
        }
        self.seen = offset;
        Some(Up::Seen(offset))
    }

    /// Up to which offset what was typed has been taken.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken
    }

    /// Whether something typed has not been taken yet.
    #[must_use]
    pub fn waiting(&self) -> bool {
        !self.unsent.is_empty()
    }
}

/// Input as frames, none of which is larger than [`PIECE`].
fn in_pieces(offset: u64, bytes: &[u8]) -> Vec<Up> {
    let offsets = (offset..).step_by(PIECE);
    offsets.zip(bytes.chunks(PIECE)).map(|(offset, bytes)| Up::Input { offset, bytes: bytes.to_vec() }).collect()
}
