//! Writing a file whole.
//!
//! Where the directory allows it, the new contents are written beside the file and take its place in one step, with
//! its owner and mode. What that would tear apart is written in place: a file with other names (hard links), of
//! another owner, with access lists, or in a directory that the user may not change.

use std::{
    ffi::OsString,
    fs::{File, Metadata, Permissions},
    io::{Read, Write},
    os::{
        fd::AsFd,
        unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt},
    },
};

use nix::{
    errno::Errno,
    fcntl::{FallocateFlags, OFlag, RenameFlags, fallocate, openat, renameat2},
    libc,
    sys::stat::Mode,
    unistd::{Gid, Uid, UnlinkatFlags, fchown, unlinkat},
};
use sha2::{Digest, Sha256};
use wire::file::{Answer, Expect, MAX_WRITE, Refused};

use super::place::{self, Place, refused, refused_io};
use crate::{boxroot, machine::Running, spawner::Identity, sys};

/// How a file that is new may be used: as most people's `umask` has it.
const NEW: u32 = 0o644;
/// What writing leaves of a mode: no program gains rights by it.
const KEPT: u32 = 0o1777;

/// Contents and their name.
pub struct Contents {
    bytes: Vec<u8>,
    hash: Sha256,
}

impl Contents {
    pub fn new() -> Self {
        Self { bytes: Vec::new(), hash: Sha256::new() }
    }

    pub fn add(&mut self, piece: &[u8]) {
        self.hash.update(piece);
        self.bytes.extend_from_slice(piece);
    }

    pub fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
}

/// Writes them, with the rights of this identity, which must be lent already.
pub fn save(
    running: &Running,
    path: &str,
    expect: &Expect,
    contents: Contents,
    who: &Identity,
) -> Result<Answer, Refused> {
    let place = place::find(&running.root, path)?;
    let after = hex(contents.hash);
    let Some(file) = &place.file else {
        return match expect {
            Expect::Version(_) => Err(Refused::Changed { version: None }),
            Expect::Absent | Expect::Anything => {
                create(&place, &contents.bytes)?;
                Ok(Answer::Written { before: None, after })
            }
        };
    };
    if *expect == Expect::Absent {
        return Err(Refused::Exists);
    }
    if !place::may_write(file) {
        return Err(Refused::Denied);
    }
    let seen = file.metadata().map_err(refused_io)?;
    let mut current = boxroot::readable(file).map_err(refused_io)?;
    let before = version(&mut current)?;
    if before.as_ref() == Some(&after) {
        // As it is to be: also where it was written a moment ago and the answer got lost.
        return Ok(Answer::Written { before, after });
    }
    if let Expect::Version(expected) = expect
        && before.as_ref() != Some(expected)
    {
        return Err(Refused::Changed { version: before });
    }
    let alone = seen.nlink() == 1 && (who.uid == 0 || who.uid == seen.uid()) && !has_attributes(&current);
    if !alone || !replace(&place, &seen, &contents.bytes)? {
        overwrite(file, &contents.bytes)?;
    }
    Ok(Answer::Written { before, after })
}

/// The SHA-256 of a file; `None` where it is larger than anything that is written here.
fn version(file: &mut File) -> Result<Option<String>, Refused> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    let mut left = MAX_WRITE + 1;
    while left > 0 {
        let room = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        match file.read(&mut buffer[..room]).map_err(refused_io)? {
            0 => return Ok(Some(hex(hash))),
            count => {
                hash.update(&buffer[..count]);
                left -= count as u64;
            }
        }
    }
    Ok(None)
}

fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether there are access lists or the like, which a new file would not have.
fn has_attributes(file: impl AsFd) -> bool {
    use std::os::fd::AsRawFd;
    // SAFETY: without a buffer the kernel only says how long the list is.
    unsafe { libc::flistxattr(file.as_fd().as_raw_fd(), std::ptr::null_mut(), 0) > 0 }
}

/// A file that was not there.
fn create(place: &Place, bytes: &[u8]) -> Result<(), Refused> {
    let beside = Beside::write(place, bytes).map_err(refused)?;
    beside.file.set_permissions(Permissions::from_mode(NEW)).map_err(refused_io)?;
    beside.becomes(place, RenameFlags::RENAME_NOREPLACE).map_err(refused)
}

/// Puts a new file in the place of the old one; `false` where that can't be done, and nothing was.
fn replace(place: &Place, old: &Metadata, bytes: &[u8]) -> Result<bool, Refused> {
    // Not in this directory, or the owner can't be kept: the file itself may still be written.
    let elsewhere = |error| match error {
        Errno::EACCES | Errno::EPERM | Errno::EBUSY | Errno::EXDEV | Errno::EROFS | Errno::EINVAL => Ok(false),
        error => Err(refused(error)),
    };
    let beside = match Beside::write(place, bytes) {
        Ok(beside) => beside,
        Err(error) => return elsewhere(error),
    };
    let owned = fchown(&beside.file, Some(Uid::from_raw(old.uid())), Some(Gid::from_raw(old.gid())));
    if let Err(error) = owned {
        return elsewhere(error);
    }
    beside.file.set_permissions(Permissions::from_mode(old.mode() & KEPT)).map_err(refused_io)?;
    beside.becomes(place, RenameFlags::empty()).map_or_else(elsewhere, |()| Ok(true))
}

/// A file with no place yet; gone again unless it gets one.
struct Beside<'p> {
    place: &'p Place,
    name: OsString,
    file: File,
    settled: bool,
}

impl<'p> Beside<'p> {
    fn write(place: &'p Place, bytes: &[u8]) -> Result<Self, Errno> {
        let name = OsString::from(format!(".belay-save-{:016x}", random()));
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let file = openat(&place.directory, name.as_os_str(), flags, Mode::from_bits_truncate(0o600))?;
        let mut beside = Self { place, name, file: File::from(file), settled: false };
        match beside.file.write_all(bytes) {
            Ok(()) => Ok(beside),
            Err(error) => Err(error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)),
        }
    }

    fn becomes(mut self, place: &Place, how: RenameFlags) -> Result<(), Errno> {
        let (directory, name) = (&place.directory, place.name.as_os_str());
        renameat2(directory, self.name.as_os_str(), directory, name, how)?;
        self.settled = true;
        Ok(())
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        if !self.settled {
            // Whoever made it gone before has spared us the work.
            let _ = unlinkat(&self.place.directory, self.name.as_os_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

/// Eight bytes that nobody in the box can know, so that nobody has that name first.
fn random() -> u64 {
    let mut bytes = [0; 8];
    // SAFETY: the kernel fills as many bytes as there are; so few always at once. Names only need to differ.
    unsafe { libc::getrandom(bytes.as_mut_ptr().cast(), bytes.len(), 0) };
    u64::from_ne_bytes(bytes)
}

/// Writes into the file that is there. Room is made first, so that a full disk leaves it as it was.
fn overwrite(file: &File, bytes: &[u8]) -> Result<(), Refused> {
    let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
    let mut file = File::options().write(true).custom_flags(flags).open(sys::fd_path(file)).map_err(refused_io)?;
    if let Ok(length) = libc::off_t::try_from(bytes.len())
        && length > 0
    {
        match fallocate(&file, FallocateFlags::FALLOC_FL_KEEP_SIZE, 0, length) {
            // A filesystem that can't promise room.
            Ok(()) | Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => {}
            Err(error) => return Err(refused(error)),
        }
    }
    file.write_all(bytes).map_err(refused_io)?;
    file.set_len(bytes.len() as u64).map_err(refused_io)
}
