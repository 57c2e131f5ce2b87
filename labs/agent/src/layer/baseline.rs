//! How the layer was when the learner got in: what the lab's set-up wrote is no doing of theirs.
//!
//! Small texts are kept, of other files a keyed hash, of large ones only size and times. All of it is bounded.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Read},
    os::fd::OwnedFd,
};

use nix::libc;

use super::walk::{Found, Walk, is_opaque};

/// Texts up to this size are kept and told, in bytes.
pub const TEXT: u64 = 64 << 10;
/// How much text is kept in all.
const KEPT: u64 = 6 << 20;
/// Files up to this size are hashed, and so much in all.
const HASHED: u64 = 1 << 20;
const HASHED_IN_ALL: u64 = 16 << 20;
/// How many things are noted.
const MOST: usize = 20_000;

/// What was there, by its path.
#[derive(Default)]
pub struct Baseline {
    pub things: HashMap<Vec<u8>, Was>,
    hasher: RandomState,
    /// There was more than could be noted.
    pub cut: bool,
}

/// How something was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Was {
    pub kind: Kind,
    pub stamp: Stamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something of the image was taken away.
    Gone,
    File(Kept),
    Directory {
        /// Nothing of the image was seen in it.
        opaque: bool,
    },
    Link(Vec<u8>),
    Other,
}

/// What is known of a file's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    Text(Box<str>),
    Hash(u64),
    Nothing,
}

/// What the kernel says of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub inode: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pub size: u64,
    /// Seconds and nanoseconds; anybody can set it.
    pub mtime: (i64, i64),
    /// The same of the last change of anything; nobody in the box can set it.
    pub ctime: (i64, i64),
}

impl Stamp {
    pub fn of(stat: &libc::stat) -> Self {
        Self {
            inode: stat.st_ino,
            mode: stat.st_mode & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            size: u64::try_from(stat.st_size).unwrap_or_default(),
            mtime: (stat.st_mtime, stat.st_mtime_nsec),
            ctime: (stat.st_ctime, stat.st_ctime_nsec),
        }
    }
}

impl Baseline {
    /// The hash of some bytes; another one in each agent, so nobody can make a file that has a certain one.
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(bytes);
        hasher.finish()
    }
}

/// A baseline in the making.
pub struct Noting {
    walk: Walk,
    baseline: Baseline,
    text_left: u64,
    hashed_left: u64,
}

impl Noting {
    pub fn new(upper: OwnedFd) -> io::Result<Self> {
        Ok(Self {
            walk: Walk::new(upper, MOST)?,
            baseline: Baseline::default(),
            text_left: KEPT,
            hashed_left: HASHED_IN_ALL,
        })
    }

    /// Notes the next thing; `false` once all is noted.
    pub fn step(&mut self) -> bool {
        let Some(found) = self.walk.next() else { return false };
        let kind = match found.format() {
            libc::S_IFDIR => {
                let opaque = found.open().is_ok_and(is_opaque);
                self.walk.enter(&found);
                Kind::Directory { opaque }
            }
            libc::S_IFREG => Kind::File(self.keep(&found)),
            libc::S_IFLNK => Kind::Link(found.target().unwrap_or_default()),
            _ if found.is_whiteout() => Kind::Gone,
            _ => Kind::Other,
        };
        let was = Was { kind, stamp: Stamp::of(&found.stat) };
        self.baseline.things.insert(found.path, was);
        true
    }

    pub fn done(mut self) -> Baseline {
        self.baseline.cut = self.walk.is_cut();
        self.baseline
    }

    fn keep(&mut self, found: &Found) -> Kept {
        let size = Stamp::of(&found.stat).size;
        if size > HASHED.min(self.hashed_left) {
            return Kept::Nothing;
        }
        let Ok(bytes) = found.open().and_then(|file| read(file, HASHED)) else { return Kept::Nothing };
        self.hashed_left = self.hashed_left.saturating_sub(bytes.len() as u64);
        match text(&bytes) {
            Some(text) if size <= TEXT.min(self.text_left) => {
                self.text_left -= size;
                Kept::Text(text.into())
            }
            _ => Kept::Hash(self.baseline.hash(&bytes)),
        }
    }
}

/// Reads a file up to a limit.
pub fn read(file: impl Into<OwnedFd>, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::from(file.into()).take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Bytes as text, if they are some.
pub fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}
