//! Where a path of the box leads: a directory and a name in it.
//!
//! Links are followed here, one at a time and as text, so that whatever is done afterwards is done in an open
//! directory to a name that is no link. Each step begins at the box's root, and the kernel keeps it below.

use std::{
    ffi::{OsStr, OsString},
    fs::File,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

use nix::{
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat, readlinkat},
    libc,
    sys::{
        stat::Mode,
        statfs::{OVERLAYFS_SUPER_MAGIC, TMPFS_MAGIC, fstatfs},
    },
    unistd::AccessFlags,
};
use wire::file::Refused;

use crate::boxroot;

/// How many links a path may lead through.
const MAX_LINKS: usize = 40;

/// A name in a directory of the box.
pub struct Place {
    /// Only a path descriptor.
    pub directory: OwnedFd,
    pub name: OsString,
    /// What is there, as a path descriptor: a regular file.
    pub file: Option<File>,
}

/// Where a path leads. Call it with the rights of whoever asks.
pub fn find(root: impl AsFd, path: &str) -> Result<Place, Refused> {
    let root = root.as_fd();
    let mut path = OsString::from(absolute(path)?);
    for _ in 0..MAX_LINKS {
        let (directory, name) = split(&path)?;
        let parent = boxroot::open_in(root, Path::new(directory), libc::O_PATH | libc::O_DIRECTORY).map_err(refused)?;
        on_a_disk(&parent)?;
        let found = match openat(&parent, name, OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty()) {
            Ok(found) => File::from(found),
            Err(Errno::ENOENT) => {
                return Ok(Place { directory: parent, name: name.to_owned(), file: None });
            }
            Err(error) => return Err(refused(error)),
        };
        let seen = found.metadata().map_err(|error| Refused::Trouble(error.to_string()))?;
        if seen.is_symlink() {
            let target = readlinkat(&found, OsStr::new("")).map_err(refused)?;
            path = joined(directory, &target);
            continue;
        }
        if !seen.is_file() {
            return Err(Refused::NotAFile);
        }
        on_a_disk(&found)?;
        return Ok(Place { directory: parent, name: name.to_owned(), file: Some(found) });
    }
    Err(refused(Errno::ELOOP))
}

/// A path as the kernel takes it.
pub fn absolute(path: &str) -> Result<&str, Refused> {
    if path.len() >= libc::PATH_MAX as usize || path.contains('\0') {
        return Err(Refused::Trouble("the path is too long, or holds a character that no path can hold".into()));
    }
    if !path.starts_with('/') {
        return Err(Refused::Trouble("the path must begin with a slash".into()));
    }
    Ok(path)
}

/// The directory and the name in it.
fn split(path: &OsStr) -> Result<(&OsStr, &OsStr), Refused> {
    let bytes = path.as_bytes();
    let slash = bytes.iter().rposition(|byte| *byte == b'/').ok_or(Refused::Missing)?;
    let name = &bytes[slash + 1..];
    if matches!(name, b"" | b"." | b"..") {
        return Err(Refused::NotAFile);
    }
    Ok((OsStr::from_bytes(&bytes[..=slash]), OsStr::from_bytes(name)))
}

fn joined(directory: &OsStr, target: &OsStr) -> OsString {
    if target.as_bytes().starts_with(b"/") {
        return target.to_owned();
    }
    let mut path = directory.to_owned();
    path.push(target);
    path
}

/// That something lies where people keep files. All else is a view of the kernel's: there the agent's own rights
/// would count, whoever's it has lent for files.
pub fn on_a_disk(file: impl AsFd) -> Result<(), Refused> {
    let kind = fstatfs(&file).map_err(refused)?.filesystem_type();
    if [OVERLAYFS_SUPER_MAGIC, TMPFS_MAGIC].contains(&kind) { Ok(()) } else { Err(Refused::NotAFile) }
}

/// Whether the file may be written to by who asks.
pub fn may_write(file: impl AsFd) -> bool {
    // With the rights that are lent now, not those the agent was born with.
    nix::unistd::faccessat(&file, "", AccessFlags::W_OK, AtFlags::AT_EACCESS | AtFlags::AT_EMPTY_PATH).is_ok()
}

/// A refusal of the kernel's.
pub fn refused(error: Errno) -> Refused {
    match error {
        Errno::ENOENT => Refused::Missing,
        Errno::ENOTDIR => Refused::NotADirectory,
        Errno::EACCES | Errno::EPERM => Refused::Denied,
        Errno::EEXIST => Refused::Exists,
        Errno::EISDIR | Errno::ENXIO => Refused::NotAFile,
        Errno::ENOSPC | Errno::EDQUOT => Refused::Full,
        Errno::EROFS => Refused::ReadOnly,
        Errno::ETXTBSY => Refused::Trouble("the file is a program that runs right now".into()),
        Errno::EAGAIN => Refused::Trouble("another program holds the file; try again in a moment".into()),
        Errno::ELOOP => Refused::Trouble("the links of this path lead in a circle".into()),
        other => Refused::Trouble(other.desc().into()),
    }
}

/// The same, from the standard library.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub fn refused_io(error: std::io::Error) -> Refused {
    refused(error.raw_os_error().map_or(Errno::UnknownErrno, Errno::from_raw))
}
