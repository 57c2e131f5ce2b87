//! Goes through a directory tree, one thing at a time, and never leaves it.
//!
//! Each step works from the open descriptor of a directory and follows no link, so whoever moves things about meanwhile
//! changes what is seen, and never where it is looked.

use std::{
    ffi::{CStr, CString},
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    rc::Rc,
    vec,
};

use nix::{
    dir::Dir,
    errno::Errno,
    fcntl::{AtFlags, OFlag, openat},
    libc,
    sys::stat::{FileStat, Mode, fstatat},
};

/// Deeper down nothing is looked at: a path must have a name that the kernel takes.
const DEEPEST: usize = 256;
const LONGEST: usize = 4000;

/// Something in the tree.
pub struct Found {
    /// The directory that it is in.
    pub parent: Rc<OwnedFd>,
    pub name: CString,
    /// From the root of the tree, without a slash before it.
    pub path: Vec<u8>,
    pub stat: FileStat,
}

impl Found {
    /// The kind, as in `S_IFMT`.
    pub fn format(&self) -> libc::mode_t {
        self.stat.st_mode & libc::S_IFMT
    }

    /// How an overlay notes that something of the image is gone.
    pub fn is_whiteout(&self) -> bool {
        self.format() == libc::S_IFCHR && self.stat.st_rdev == 0
    }

    /// Opens it for reading, if it still is what was found.
    pub fn open(&self) -> io::Result<OwnedFd> {
        let more = if self.format() == libc::S_IFDIR { OFlag::O_DIRECTORY } else { OFlag::empty() };
        let fd = open_here(&*self.parent, &self.name, more)?;
        let now = nix::sys::stat::fstat(&fd)?;
        if (now.st_dev, now.st_ino, now.st_mode & libc::S_IFMT) == (self.stat.st_dev, self.stat.st_ino, self.format()) {
            Ok(fd)
        } else {
            Err(Errno::ESTALE.into())
        }
    }

    /// Where it leads, if it is a symbolic link.
    pub fn target(&self) -> io::Result<Vec<u8>> {
        use std::os::unix::ffi::OsStringExt;
        Ok(nix::fcntl::readlinkat(&*self.parent, self.name.as_c_str())?.into_vec())
    }
}

/// Opens a name in a directory for reading. It waits for nothing: not for the other end of a fifo either.
fn open_here(directory: impl AsFd, name: &CStr, more: OFlag) -> io::Result<OwnedFd> {
    let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_CLOEXEC | more;
    Ok(openat(directory, name, flags, Mode::empty())?)
}

/// A walk through a tree: directories before what is in them, names in their order.
pub struct Walk {
    levels: Vec<Level>,
    path: Vec<u8>,
    /// How many names are still taken in.
    names_left: usize,
    /// How many things were passed over, and one of them with the reason.
    pub passed_over: u64,
    pub example: Option<String>,
}

struct Level {
    directory: Rc<OwnedFd>,
    names: vec::IntoIter<CString>,
    /// How long the path of this directory is.
    length: usize,
}

impl Walk {
    /// Below this directory, over at most so many names.
    pub fn new(root: OwnedFd, most: usize) -> io::Result<Self> {
        let mut walk = Self { levels: Vec::new(), path: Vec::new(), names_left: most, passed_over: 0, example: None };
        walk.go_down(root)?;
        Ok(walk)
    }

    /// Whether there were more names than it takes in.
    pub fn is_cut(&self) -> bool {
        self.names_left == 0
    }

    /// The next thing, or `None` at the end. What has gone meanwhile is not there.
    pub fn next(&mut self) -> Option<Found> {
        loop {
            let level = self.levels.last_mut()?;
            self.path.truncate(level.length);
            let Some(name) = level.names.next() else {
                self.levels.pop();
                continue;
            };
            if !self.path.is_empty() {
                self.path.push(b'/');
            }
            self.path.extend_from_slice(name.as_bytes());
            let parent = Rc::clone(&level.directory);
            match fstatat(&*parent, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW) {
                Ok(stat) => return Some(Found { parent, name, path: self.path.clone(), stat }),
                Err(Errno::ENOENT) => {}
                Err(error) => self.pass_over(&error.to_string()),
            }
        }
    }

    /// Goes into the directory that was just found. To be called before the next step.
    pub fn enter(&mut self, found: &Found) {
        if self.levels.len() >= DEEPEST || self.path.len() >= LONGEST {
            self.pass_over("what is below it lies too deep");
        } else if let Err(error) = found.open().and_then(|directory| self.go_down(directory)) {
            self.pass_over(&error.to_string());
        }
    }

    fn go_down(&mut self, directory: OwnedFd) -> io::Result<()> {
        let mut names = names(directory.as_fd(), self.names_left)?;
        self.names_left -= names.len();
        names.sort_unstable();
        let level = Level { directory: Rc::new(directory), names: names.into_iter(), length: self.path.len() };
        self.levels.push(level);
        Ok(())
    }

    fn pass_over(&mut self, why: &str) {
        self.passed_over += 1;
        self.example.get_or_insert_with(|| format!("/{}: {why}", String::from_utf8_lossy(&self.path)));
    }
}

/// At most so many names in a directory.
pub fn names(directory: BorrowedFd<'_>, most: usize) -> io::Result<Vec<CString>> {
    // A descriptor of its own: reading moves its offset and closes it.
    let own = openat(directory, c".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())?;
    let mut found = Vec::new();
    for entry in Dir::from_fd(own)?.iter() {
        let Ok(entry) = entry else { break };
        let name = entry.file_name();
        if matches!(name.to_bytes(), b"." | b"..") {
            continue;
        }
        if found.len() >= most {
            break;
        }
        found.push(name.to_owned());
    }
    Ok(found)
}

/// An extended attribute of something open; `None` where it has none of this name.
pub fn xattr(fd: impl AsFd, name: &CStr) -> Option<Vec<u8>> {
    let mut value = vec![0; 64 << 10];
    let fd = fd.as_fd().as_raw_fd();
    // SAFETY: the name ends in a zero, and the kernel writes at most as many bytes as there are.
    let length = unsafe { libc::fgetxattr(fd, name.as_ptr(), value.as_mut_ptr().cast(), value.len()) };
    value.truncate(usize::try_from(length).ok()?);
    Some(value)
}

/// The names of all extended attributes of something open.
pub fn xattrs(fd: impl AsFd) -> Vec<CString> {
    let mut list = vec![0_u8; 64 << 10];
    // SAFETY: the kernel writes at most as many bytes as there are.
    let length = unsafe { libc::flistxattr(fd.as_fd().as_raw_fd(), list.as_mut_ptr().cast(), list.len()) };
    list.truncate(usize::try_from(length).unwrap_or_default());
    list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).filter_map(|name| CString::new(name).ok()).collect()
}

/// Sets an extended attribute of something open.
pub fn set_xattr(fd: impl AsFd, name: &CStr, value: &[u8]) -> io::Result<()> {
    // SAFETY: the name ends in a zero, and the kernel reads as many bytes as there are.
    let outcome =
        unsafe { libc::fsetxattr(fd.as_fd().as_raw_fd(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// How an overlay notes that nothing of the image is seen in a directory.
pub const OPAQUE: &CStr = c"trusted.overlay.opaque";

/// Whether nothing of the image is seen in an open directory.
pub fn is_opaque(directory: impl AsFd) -> bool {
    xattr(directory, OPAQUE).is_some_and(|value| value == b"y")
}
