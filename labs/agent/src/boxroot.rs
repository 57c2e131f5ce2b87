//! Opening files of the box from outside.
//!
//! A path of the box is resolved inside the box's root: links lead nowhere else, and the agent's own
//! files can't be reached.

use std::{
    fs::File,
    io::{self, Read},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::OpenOptionsExt,
    },
    path::Path,
};

use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat2},
    libc,
};

use crate::sys;

/// How often a path is tried again while somebody moves its directories about.
const TRIES: usize = 16;

/// Opens a path below a root, following links inside that root only.
pub fn open_in(root: impl AsFd, path: &Path, flags: i32) -> Result<OwnedFd, Errno> {
    // The kernel is strict here: a path descriptor has no use for a word on terminals.
    let more = if flags & libc::O_PATH == 0 { libc::O_NOCTTY } else { 0 };
    let flags = OFlag::from_bits_retain(flags | more | libc::O_CLOEXEC);
    let how = OpenHow::new().flags(flags).resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    let mut outcome = Err(Errno::EAGAIN);
    for _ in 0..TRIES {
        outcome = openat2(root.as_fd(), path, how);
        if !matches!(outcome, Err(Errno::EAGAIN | Errno::EINTR)) {
            break;
        }
    }
    outcome
}

/// Opens for reading what an `O_PATH` descriptor names. Does not wait for anything: a fifo or a device
/// is the caller's to exclude first.
pub fn readable(file: impl AsFd) -> io::Result<File> {
    File::options().read(true).custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY).open(sys::fd_path(file))
}

/// Reads the beginning of a regular file of the box.
pub fn read(root: impl AsFd, path: &str, limit: u64) -> io::Result<Vec<u8>> {
    let file = File::from(open_in(root, Path::new(path), libc::O_PATH)?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::new();
    readable(&file)?.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::symlink};

    use super::*;

    #[test]
    fn links_do_not_lead_out() {
        let directory = std::env::temp_dir().join(format!("belay-boxroot-{}", std::process::id()));
        fs::create_dir_all(directory.join("etc")).expect("a directory");
        fs::write(directory.join("etc/passwd"), "inside").expect("a file");
        symlink("/etc/passwd", directory.join("absolute")).expect("a link");
        symlink("../../../../etc/passwd", directory.join("etc/upwards")).expect("a link");
        let root = File::open(&directory).expect("a root");
        for path in ["/absolute", "/etc/upwards", "/../../etc/passwd"] {
            assert_eq!(read(&root, path, 100).expect(path), b"inside");
        }
        assert_eq!(open_in(&root, Path::new("/etc/shadow"), libc::O_PATH).map(|_| ()), Err(Errno::ENOENT));
        fs::remove_dir_all(directory).expect("removed");
    }
}
