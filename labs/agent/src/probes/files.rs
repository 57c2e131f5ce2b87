//! Files and filesystems of the box.

use std::{
    fs::File,
    io::Read,
    os::{
        fd::AsFd,
        unix::fs::{FileTypeExt, MetadataExt},
    },
    path::Path,
};

use nix::{errno::Errno, libc, sys::statfs::fstatfs};
use wire::{Observation, probe::FileSeen};

use crate::{accounts::Accounts, boxroot, machine::Running};

/// How much of a file is kept.
const MAX_CONTENT: u64 = 64 << 10;
const PERMISSIONS: u32 = 0o7777;

/// Looks at a path, links followed inside the box.
pub fn file(running: &Running, path: &str) -> Result<FileSeen, String> {
    let open = |flags| boxroot::open_in(&running.root, Path::new(path), libc::O_PATH | flags).map(File::from);
    let found = match open(0) {
        Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => match open(libc::O_NOFOLLOW) {
            // A link to nothing.
            Ok(link) => link,
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => {
                return Ok(FileSeen { kind: "absent".into(), ..FileSeen::default() });
            }
            Err(error) => return Err(format!("{path}: {}", error.desc())),
        },
        other => other.map_err(|error| format!("{path}: {}", error.desc()))?,
    };
    let seen = found.metadata().map_err(|error| format!("{path}: {error}"))?;
    let kind = seen.file_type();
    let accounts = Accounts::read(&running.root).unwrap_or_default();
    Ok(FileSeen {
        kind: match kind {
            _ if kind.is_file() => "file",
            _ if kind.is_dir() => "directory",
            _ if kind.is_symlink() => "symlink",
            _ if kind.is_socket() => "socket",
            _ if kind.is_fifo() => "fifo",
            _ => "device",
        }
        .into(),
        mode: seen.mode() & PERMISSIONS,
        owner: accounts.user_name(seen.uid()),
        group: accounts.group_name(seen.gid()),
        size: seen.size(),
        content: if kind.is_file() { content(&found) } else { None },
    })
}

fn content(file: impl AsFd) -> Option<String> {
    let mut bytes = Vec::new();
    boxroot::readable(file).ok()?.take(MAX_CONTENT).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// How full the filesystem of a path is.
pub fn filesystem(running: &Running, path: &str) -> Result<Observation, String> {
    let plain = |error: Errno| format!("{path}: {}", error.desc());
    let file = boxroot::open_in(&running.root, Path::new(path), libc::O_PATH).map_err(plain)?;
    let seen = fstatfs(&file).map_err(plain)?;
    let block = u64::try_from(seen.block_size()).unwrap_or(1);
    Ok(Observation::Filesystem {
        size: seen.blocks() * block,
        used: seen.blocks().saturating_sub(seen.blocks_free()) * block,
        inodes: seen.files(),
        inodes_used: seen.files().saturating_sub(seen.files_free()),
    })
}
