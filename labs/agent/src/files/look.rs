//! Looking: listing a directory, opening a file.

use std::{
    fs::{File, ReadDir},
    os::fd::AsFd,
    path::Path,
};

use nix::libc;
use wire::file::{Entry, Kind, Listing, MAX_ENTRIES, Refused};

use super::place::{self, refused, refused_io};
use crate::{boxroot, machine::Running, sys};

/// How many entries are looked at before others get their turn.
const AT_A_TIME: usize = 200;
/// What the names of a listing may take in all: a reply must fit a frame, whatever they are made of.
const MAX_NAMES: usize = 400 << 10;

/// A file that is open for reading, its size, and whether who asks may also write it.
pub fn open(running: &Running, path: &str, limit: u64) -> Result<(File, u64, bool), Refused> {
    let file = place::find(&running.root, path)?.file.ok_or(Refused::Missing)?;
    let size = file.metadata().map_err(refused_io)?.len();
    if size > limit {
        return Err(Refused::TooLarge { size, limit });
    }
    let writable = place::may_write(&file);
    Ok((boxroot::readable(&file).map_err(refused_io)?, size, writable))
}

/// A directory that is being listed, a few entries at a time.
pub struct Reading {
    path: String,
    entries: ReadDir,
    names: usize,
    pub listing: Listing,
}

impl Reading {
    pub fn begin(running: &Running, path: &str) -> Result<Self, Refused> {
        let flags = libc::O_PATH | libc::O_DIRECTORY;
        let directory = boxroot::open_in(&running.root, Path::new(place::absolute(path)?), flags).map_err(refused)?;
        place::on_a_disk(&directory).map_err(|_| Refused::NotADirectory)?;
        let entries = std::fs::read_dir(sys::fd_path(&directory)).map_err(refused_io)?;
        let path = if path.ends_with('/') { path.to_owned() } else { format!("{path}/") };
        Ok(Self { path, entries, names: 0, listing: Listing::default() })
    }

    /// Reads on; `false` when that was all.
    pub fn go_on(&mut self, running: &Running) -> Result<bool, Refused> {
        for _ in 0..AT_A_TIME {
            let Some(found) = self.entries.next() else { return Ok(false) };
            let found = found.map_err(refused_io)?;
            let name = found.file_name().to_string_lossy().into_owned();
            self.names += name.len();
            if self.listing.entries.len() >= MAX_ENTRIES || self.names > MAX_NAMES {
                self.listing.more = true;
                return Ok(false);
            }
            // By its name from the root again: what it leads to is of interest, and only inside the box.
            let (kind, link, size) = look(&running.root, &Path::new(&self.path).join(found.file_name()));
            self.listing.entries.push(Entry { name, kind, link, size });
        }
        Ok(true)
    }
}

fn look(root: impl AsFd, path: &Path) -> (Kind, bool, u64) {
    let open = |flags| boxroot::open_in(&root, path, libc::O_PATH | flags).map(File::from).ok();
    let Some(seen) = open(libc::O_NOFOLLOW).and_then(|found| found.metadata().ok()) else {
        return (Kind::Other, false, 0);
    };
    let link = seen.is_symlink();
    let seen = if link { open(0).and_then(|found| found.metadata().ok()) } else { Some(seen) };
    match seen {
        Some(seen) if seen.is_file() => (Kind::File, link, seen.len()),
        Some(seen) if seen.is_dir() => (Kind::Directory, link, 0),
        _ => (Kind::Other, link, 0),
    }
}
