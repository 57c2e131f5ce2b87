//! The file that a waiting process wants to run.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Read},
    os::{
        fd::OwnedFd,
        unix::{
            ffi::OsStrExt,
            fs::{MetadataExt, OpenOptionsExt},
        },
    },
    path::{Path, PathBuf},
};

use nix::{errno::Errno, libc};

use super::task::Status;
use crate::{boxroot, sys};

/// What the process has asked for.
pub struct Wanted<'a> {
    pub thread: i32,
    /// The directory a relative path starts from, if it is not the working directory.
    pub directory: Option<i32>,
    pub path: &'a [u8],
}

/// What will come of it.
#[derive(Debug)]
pub enum Found {
    /// It will fail: there is nothing that could be run.
    Nothing,
    /// This will run.
    Program(Program),
}

/// A file that can be run.
#[derive(Debug)]
pub struct Program {
    /// In the box, all links followed.
    pub path: String,
    /// When the file or its permissions last changed, in nanoseconds; `None` where it could not be looked
    /// at.
    pub changed: Option<i64>,
    pub identity: Identity,
}

/// Tells afterwards whether a process has become what it wanted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// The process then runs this very file: device and inode.
    File(u64, u64),
    /// It runs an interpreter.
    Interpreted,
}

/// Looks for the file as the kernel will.
pub fn find(wanted: &Wanted<'_>, status: &Status) -> Found {
    match open(wanted) {
        Ok(file) => examine(&file.into(), status).unwrap_or(Found::Nothing),
        // A link that only the kernel can follow, such as another process's program.
        Err(Errno::ELOOP | Errno::EXDEV) => Found::Program(Program {
            path: String::from_utf8_lossy(wanted.path).into_owned(),
            changed: None,
            identity: Identity::Interpreted,
        }),
        Err(_) => Found::Nothing,
    }
}

/// What a process runs now: device and inode.
pub fn running(process: i32) -> Option<(u64, u64)> {
    fs::metadata(format!("/proc/{process}/exe")).ok().map(|file| (file.dev(), file.ino()))
}

/// The working directory of a thread, as the box names it.
pub fn working_directory(thread: i32) -> PathBuf {
    fs::read_link(format!("/proc/{thread}/cwd")).unwrap_or_default()
}

fn open(wanted: &Wanted<'_>) -> Result<OwnedFd, Errno> {
    let proc = format!("/proc/{}", wanted.thread);
    let path = Path::new(OsStr::from_bytes(wanted.path));
    if path.as_os_str().is_empty() {
        // `fexecve`: the descriptor is the file itself.
        let descriptor = wanted.directory.ok_or(Errno::ENOENT)?;
        return open_path(Path::new(&format!("{proc}/fd/{descriptor}")));
    }
    if let Some(own) = through_itself(path) {
        return open_path(&Path::new(&proc).join(own));
    }
    let start = match wanted.directory {
        None => PathBuf::from(format!("{proc}/cwd")),
        Some(descriptor) => PathBuf::from(format!("{proc}/fd/{descriptor}")),
    };
    let root_link = PathBuf::from(format!("{proc}/root"));
    let whole = if path.is_absolute() {
        path.to_owned()
    } else {
        let start = fs::read_link(start).map_err(errno)?;
        // Both as the box names them; the process may have gone into a root of its own.
        let root = fs::read_link(&root_link).map_err(errno)?;
        Path::new("/").join(start.strip_prefix(&root).unwrap_or(&start)).join(path)
    };
    let root = open_path(&root_link)?;
    boxroot::open_in(&root, &whole, libc::O_PATH)
}

/// A path of a process to its own program or descriptors, which `/proc` shows to it alone.
fn through_itself(path: &Path) -> Option<&Path> {
    let rest = ["/proc/self", "/proc/thread-self"].iter().find_map(|prefix| path.strip_prefix(prefix).ok());
    let rest = rest.or_else(|| path.starts_with("/dev/fd").then(|| path.strip_prefix("/dev").ok()).flatten())?;
    let mut parts = rest.components().map(|part| part.as_os_str().as_bytes());
    match (parts.next(), parts.next(), parts.next()) {
        (Some(b"exe"), None, _) => Some(rest),
        (Some(b"fd"), Some(number), None) if number.iter().all(u8::is_ascii_digit) => Some(rest),
        _ => None,
    }
}

fn open_path(path: &Path) -> Result<OwnedFd, Errno> {
    File::options().read(true).custom_flags(libc::O_PATH).open(path).map(Into::into).map_err(errno)
}

fn errno(error: io::Error) -> Errno {
    error.raw_os_error().map_or(Errno::EIO, Errno::from_raw)
}

fn examine(file: &File, status: &Status) -> io::Result<Found> {
    let seen = file.metadata()?;
    if !seen.is_file() || !may_run(seen.mode(), seen.uid(), seen.gid(), status) {
        return Ok(Found::Nothing);
    }
    let at = sys::fd_path(file);
    let mut magic = [0; 4];
    let is_binary = File::open(&at).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF";
    Ok(Found::Program(Program {
        path: fs::read_link(at)?.to_string_lossy().into_owned(),
        changed: Some(super::nanoseconds(seen.ctime(), seen.ctime_nsec())),
        identity: if is_binary { Identity::File(seen.dev(), seen.ino()) } else { Identity::Interpreted },
    }))
}

fn may_run(mode: u32, owner: u32, group: u32, status: &Status) -> bool {
    let bit = if status.file_uid == 0 {
        0o111
    } else if status.file_uid == owner {
        0o100
    } else if status.file_gid == group || status.groups.contains(&group) {
        0o010
    } else {
        0o001
    };
    mode & bit != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own() -> (i32, Status) {
        let pid = i32::try_from(std::process::id()).expect("small");
        (pid, Status::of(pid).expect("own status"))
    }

    fn look_for(path: &str) -> Found {
        let (thread, status) = own();
        find(&Wanted { thread, directory: None, path: path.as_bytes() }, &status)
    }

    #[test]
    fn a_program_is_found_with_its_links_followed() {
        let Found::Program(program) = look_for("/bin/sh") else { panic!("there is a shell") };
        assert_eq!(Path::new(&program.path), fs::canonicalize("/bin/sh").expect("there is a shell"));
        assert!(matches!(program.identity, Identity::File(..)));
        assert!(program.changed.is_some());
    }

    #[test]
    fn what_cannot_run_is_nothing() {
        for path in ["/no/such/program", "/etc", "/etc/passwd", "/etc/passwd/x"] {
            assert!(matches!(look_for(path), Found::Nothing), "{path}");
        }
    }

    #[test]
    fn a_process_may_run_itself() {
        let Found::Program(program) = look_for("/proc/self/exe") else { panic!("it is there") };
        let (pid, _) = own();
        let (device, inode) = running(pid).expect("it runs");
        assert_eq!(program.identity, Identity::File(device, inode));
    }

    #[test]
    fn only_plain_ways_through_proc_are_followed_by_hand() {
        for (path, inner) in [("/proc/self/exe", "exe"), ("/dev/fd/7", "fd/7"), ("/proc/thread-self/fd/3", "fd/3")] {
            assert_eq!(through_itself(Path::new(path)), Some(Path::new(inner)));
        }
        for path in ["/proc/self/root/bin/sh", "/proc/self/fd/../exe", "/dev/null", "/proc/selfish/exe"] {
            assert_eq!(through_itself(Path::new(path)), None, "{path}");
        }
    }

    #[test]
    fn permission_follows_from_who_it_is() {
        let someone = Status { file_uid: 1000, file_gid: 100, groups: vec![27], ..Status::default() };
        assert!(may_run(0o100, 1000, 0, &someone));
        assert!(!may_run(0o011, 1000, 0, &someone));
        assert!(may_run(0o010, 0, 27, &someone));
        assert!(!may_run(0o110, 0, 5, &someone));
        let root = Status::default();
        assert!(may_run(0o001, 5, 5, &root));
        assert!(!may_run(0o644, 0, 0, &root));
    }
}
