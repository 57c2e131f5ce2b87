//! Files of the box, read and written from outside it.
//!
//! Everything is done with the rights of the lab's user, or of root where that user may become root without a
//! password. A path is resolved inside the box, and only what lies on the box's own disk, `/tmp`, `/run` or
//! `/dev/shm` can be reached: nothing of `/proc` or `/sys`, and no device, pipe or socket.
//!
//! Contents travel as frames of at most [`PIECE`] bytes. Towards the agent they follow the request, as many bytes as
//! it announced; from the agent they follow the reply, and an empty frame is their end.

use serde::{Deserialize, Serialize};

/// How many bytes of a file one frame carries at most.
pub const PIECE: usize = 64 << 10;

/// The largest file that can be written, in bytes.
pub const MAX_WRITE: u64 = 16 << 20;

/// How many entries of a directory are listed at most.
pub const MAX_ENTRIES: usize = 10_000;

/// What is asked of a file or directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// An absolute path in the box; links are followed inside the box.
    pub path: String,
    /// As root, which the agent allows only where the lab's user may become root without a password.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_root: bool,
    /// What to do.
    #[serde(flatten)]
    pub what: What,
}

/// What is done with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum What {
    /// Names what a directory holds. Answered by [`Answer::Listing`].
    List,
    /// Reads a regular file. Answered by [`Answer::Contents`], then its bytes follow.
    Read {
        /// A file of more bytes is refused.
        limit: u64,
    },
    /// Writes a regular file, whole: who reads it meanwhile sees the old one or the new one. The bytes follow the
    /// request. Answered by [`Answer::Written`].
    Write {
        /// How many bytes follow; at most [`MAX_WRITE`].
        size: u64,
        /// What must be there now.
        expect: Expect,
    },
}

/// What must be there when a file is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Expect {
    /// Nothing.
    Absent,
    /// A file with these contents: their SHA-256 in hex.
    Version(String),
    /// Whatever there is, it is replaced.
    Anything,
}

/// How the agent answers a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// To [`What::List`].
    Listing(Listing),
    /// To [`What::Read`].
    Contents {
        /// How many bytes it has; more or fewer follow if it changes meanwhile.
        size: u64,
        /// Whether the one who asked may also write it.
        writable: bool,
    },
    /// To [`What::Write`].
    Written {
        /// The SHA-256 of what was there, in hex; `None` for a new file.
        before: Option<String>,
        /// The SHA-256 of what is there, in hex.
        after: String,
    },
    /// It was not done.
    Refused(Refused),
}

/// What a directory holds, in no order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// At most [`MAX_ENTRIES`].
    pub entries: Vec<Entry>,
    /// Whether there are more.
    pub more: bool,
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The name, invalid UTF-8 replaced.
    pub name: String,
    /// What it is; of a link, what it leads to.
    pub kind: Kind,
    /// Whether it is a link.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub link: bool,
    /// In bytes, for a file.
    #[serde(default)]
    pub size: u64,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A device, pipe or socket, or a link to nothing: nothing that can be opened here.
    Other,
}

/// Why nothing was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// There is no such file or directory.
    #[error("there is no such file or directory")]
    Missing,
    /// It is there, and must not be.
    #[error("there is a file of this name already")]
    Exists,
    /// It is no regular file, or lies where files can't be opened from here.
    #[error("this is not an ordinary file")]
    NotAFile,
    /// It is no directory.
    #[error("this is not a directory")]
    NotADirectory,
    /// The user may not.
    #[error("the user may not do this")]
    Denied,
    /// The user can't become root without a password.
    #[error("the user can't become root with sudo")]
    NoRoot,
    /// It is larger than was asked for, or than can be written.
    #[error("it has {size} bytes, and at most {limit} are possible")]
    TooLarge {
        /// Its bytes.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// It is not as it was expected to be.
    #[error("the file has changed meanwhile")]
    Changed {
        /// The SHA-256 of what is there, in hex; `None` if it is gone.
        version: Option<String>,
    },
    /// The disk is full.
    #[error("the disk is full")]
    Full,
    /// It is on a filesystem that can't be written to.
    #[error("it can only be read")]
    ReadOnly,
    /// The box is down, or something else went wrong: in words.
    #[error("{0}")]
    Trouble(String),
}
