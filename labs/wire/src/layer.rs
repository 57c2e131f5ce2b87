//! The box's writable layer: packed, put back, and told as what has changed.
//!
//! The layer is what was written over the image. Whatever is mounted elsewhere in the box is no part of it: `/tmp`,
//! `/run`, `/dev`, `/proc` and `/sys`. Neither are running programs.
//!
//! Packed it is a gzipped tar (PAX). What the layer takes away from the image is there in the way of OCI images: an
//! empty file `.wh.NAME` for a file that is gone, and `.wh..wh..opq` in a directory of which nothing of the image is
//! seen. A file whose own name begins like that has the PAX record [`LITERAL`].

use serde::{Deserialize, Serialize};

use crate::frame::FrameError;

/// The PAX record of a file whose name only looks like that of one that is gone.
pub const LITERAL: &str = "BELAY.literal";

/// How far packing may go. Past it, files are left out; what was packed until then is whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bounds {
    /// The content of all files together, in bytes before they are compressed.
    pub bytes: u64,
    /// How many files, directories and links.
    pub entries: u64,
    /// How long it may take, in milliseconds.
    pub limit_ms: u64,
}

/// What came of packing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Packed {
    /// How many files, directories and links there are in it.
    pub entries: u64,
    /// Their content together, in bytes before it was compressed.
    pub bytes: u64,
    /// How many were left out.
    pub left_out: u64,
    /// The first of those, each with the reason.
    pub examples: Vec<String>,
    /// Whether it ended early, because the time was up or there were too many files.
    pub cut: bool,
}

/// A frame of a packed layer on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// The next bytes.
    Data(Vec<u8>),
    /// That was all.
    End(Packed),
}

/// How many bytes of a packed layer travel in one frame.
pub const PIECE: usize = 64 << 10;

const DATA: u8 = 0;
const END: u8 = 1;

impl Piece {
    /// As the content of a frame.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Data(bytes) => {
                let mut frame = Vec::with_capacity(1 + bytes.len());
                frame.push(DATA);
                frame.extend_from_slice(bytes);
                frame
            }
            Self::End(packed) => {
                let mut frame = vec![END];
                frame.extend(serde_json::to_vec(packed).expect("plain data becomes JSON"));
                frame
            }
        }
    }

    /// From the content of a frame.
    ///
    /// # Errors
    /// [`FrameError::Malformed`].
    pub fn decode(frame: &[u8]) -> Result<Self, FrameError> {
        match frame.split_first() {
            Some((&DATA, bytes)) => Ok(Self::Data(bytes.to_vec())),
            Some((&END, json)) => {
                serde_json::from_slice(json).map(Self::End).map_err(|_| FrameError::Malformed("snapshot"))
            }
            _ => Err(FrameError::Malformed("snapshot")),
        }
    }
}

/// A frame of what has changed, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Told {
    /// A change; they come in the order of their paths.
    Change(Change),
    /// That was all.
    End(Looked),
}

/// How far it was looked for changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// Whether there was more than is told.
    pub cut: bool,
}

/// Something in the box that is not as it was at the handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Where, from `/` on. Bytes that are no UTF-8 are replaced.
    pub path: String,
    /// How it was; `None` if it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Side>,
    /// How it is; `None` if it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Side>,
    /// Whether what is in it changed, and not only mode or owner.
    pub content: bool,
}

/// How something was or is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// What kind of thing.
    pub kind: Kind,
    /// Its permissions, with the bits for set-user-id and the like.
    pub mode: u32,
    /// Its owner, as the number of a user.
    pub uid: u32,
    /// Its group, as a number.
    pub gid: u32,
    /// Of a file: its length in bytes.
    pub size: u64,
    /// Of a file: its content, where that has changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<Content>,
}

/// What kind of thing a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A socket, fifo or device.
    Other,
}

/// The content of a file, or where a link leads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", content = "text", rename_all = "snake_case")]
pub enum Content {
    /// All of it.
    Text(String),
    /// It is no text.
    Binary,
    /// It is too long to be told, or all texts together are.
    TooLong,
    /// Nobody kept it.
    Unknown,
}
