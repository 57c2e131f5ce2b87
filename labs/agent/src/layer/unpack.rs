//! Unpacking: a tar becomes a layer again. It may come from anywhere, so nothing in it is believed: no path leads out,
//! nothing is followed, nothing is written over, and there are no devices.

use std::{
    ffi::CString,
    fs::File,
    io::{self, Write},
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::fs::FileExt,
    },
    path::Path,
};

use flate2::write::GzDecoder;
use nix::{
    fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2},
    libc,
    sys::{
        stat::{Mode, SFlag, UtimensatFlags, fstatat, futimens, mkdirat, mknodat, utimensat},
        time::TimeSpec,
    },
    unistd::{Gid, LinkatFlags, Uid, fchown, fchownat, linkat, symlinkat},
};

use super::{
    pack::is_kept,
    tar::{Head, Kind, Next, Reader},
    walk::{OPAQUE, set_xattr},
};

/// How many bytes are decompressed at a time: they become at most a thousand times as many.
const SIP: usize = 512;
/// How long a name and a path may be.
const MAX_NAME: usize = 255;
const MAX_PATH: usize = 4095;

/// A layer that is being put back.
pub struct Unpacker {
    root: OwnedFd,
    gz: GzDecoder<Vec<u8>>,
    reader: Reader,
    /// The file that is being written.
    file: Option<Writing>,
    /// Directories get their times when nothing more is put into them.
    times: Vec<(Vec<u8>, (i64, u32))>,
    entries_left: u64,
    ended: bool,
}

struct Writing {
    file: File,
    head: Head,
    /// Where the next bytes go: offset and length of each part.
    segments: Vec<(u64, u64)>,
}

impl Unpacker {
    /// Into this directory, which is empty; at most so many files, directories and links.
    pub fn new(root: OwnedFd, most: u64) -> Self {
        Self {
            root,
            gz: GzDecoder::new(Vec::new()),
            reader: Reader::default(),
            file: None,
            times: Vec::new(),
            entries_left: most,
            ended: false,
        }
    }

    /// Takes the next bytes, a few at a time; whoever calls gives way to others between two calls.
    pub fn feed(&mut self, bytes: &mut &[u8]) -> Result<(), String> {
        let (now, later) = bytes.split_at(bytes.len().min(SIP));
        *bytes = later;
        self.gz.write_all(now).map_err(|error| format!("the snapshot can't be decompressed: {error}"))?;
        self.take_in()
    }

    /// Takes what has been decompressed.
    fn take_in(&mut self) -> Result<(), String> {
        let plain = std::mem::take(self.gz.get_mut());
        self.reader.feed(&plain);
        loop {
            match self.reader.next()? {
                Next::NotYet => return Ok(()),
                Next::End => {
                    self.ended = true;
                    return Ok(());
                }
                Next::Entry(head) => {
                    self.entries_left =
                        self.entries_left.checked_sub(1).ok_or("there are too many files in the snapshot")?;
                    let name = String::from_utf8_lossy(&head.path).into_owned();
                    self.entry(head).map_err(|error| format!("/{name} of the snapshot: {error}"))?;
                }
                Next::Data(data) => self.data(&data).map_err(|error| format!("a file of the snapshot: {error}"))?,
                Next::EntryEnd => self.entry_end().map_err(|error| format!("a file of the snapshot: {error}"))?,
            }
        }
    }

    /// That was all.
    pub fn finish(mut self) -> Result<(), String> {
        self.gz.try_finish().map_err(|error| format!("the snapshot is not whole: {error}"))?;
        self.take_in()?;
        if !self.ended {
            return Err("the snapshot ends too early".into());
        }
        for (path, mtime) in std::mem::take(&mut self.times).into_iter().rev() {
            let directory = self.directory(&path).map_err(|error| error.to_string())?;
            let time = spec(mtime);
            let _ = utimensat(&directory, ".", &time, &time, UtimensatFlags::NoFollowSymlink);
        }
        Ok(())
    }

    fn entry(&mut self, head: Head) -> io::Result<()> {
        if head.path.is_empty() {
            if head.kind != Kind::Directory {
                return Err(refused("the root must be a directory"));
            }
            let root = self.root.try_clone()?;
            self.times.push((Vec::new(), head.mtime));
            return dress(&root, &head);
        }
        let (parent, name) = self.place(&head.path)?;
        if !head.literal
            && let Some(hidden) = name.as_bytes().strip_prefix(b".wh.")
        {
            return if head.kind == Kind::File && head.stored == 0 {
                hide(&parent, hidden)
            } else {
                Err(refused("a mark with content"))
            };
        }
        match head.kind {
            Kind::Directory => {
                mkdirat(&parent, name.as_c_str(), Mode::S_IRWXU)?;
                let directory = self.directory(&head.path)?;
                self.times.push((head.path.clone(), head.mtime));
                dress(&directory, &head)
            }
            Kind::File => {
                let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
                let file =
                    File::from(nix::fcntl::openat(&parent, name.as_c_str(), flags, Mode::S_IRUSR | Mode::S_IWUSR)?);
                let mut segments = match &head.sparse {
                    Some((size, segments)) => {
                        file.set_len(*size)?;
                        segments.clone()
                    }
                    None => vec![(0, head.stored)],
                };
                segments.reverse();
                self.file = Some(Writing { file, head, segments });
                Ok(())
            }
            Kind::Symlink => {
                let target = CString::new(head.link.clone()).map_err(|_| refused("a link to nowhere"))?;
                symlinkat(target.as_c_str(), &parent, name.as_c_str())?;
                own(&parent, &name, &head)
            }
            Kind::Hardlink => {
                let (there, other) = self.place(&head.link)?;
                let found = fstatat(&there, other.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW)?;
                if found.st_mode & libc::S_IFMT != libc::S_IFREG {
                    return Err(refused("another name of what is no file"));
                }
                Ok(linkat(&there, other.as_c_str(), &parent, name.as_c_str(), LinkatFlags::empty())?)
            }
            Kind::Fifo => {
                mknodat(&parent, name.as_c_str(), SFlag::S_IFIFO, Mode::from_bits_truncate(head.mode & 0o777), 0)?;
                own(&parent, &name, &head)
            }
        }
    }

    fn data(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        let Some(Writing { file, segments, .. }) = &mut self.file else {
            return Err(refused("bytes that belong to nothing"));
        };
        while !bytes.is_empty() {
            let Some((offset, length)) = segments.pop() else { return Err(refused("more bytes than it has")) };
            let now = bytes.len().min(usize::try_from(length).unwrap_or(usize::MAX));
            file.write_all_at(&bytes[..now], offset)?;
            bytes = &bytes[now..];
            if length > now as u64 {
                segments.push((offset + now as u64, length - now as u64));
            }
        }
        Ok(())
    }

    fn entry_end(&mut self) -> io::Result<()> {
        let Some(Writing { file, head, .. }) = self.file.take() else { return Ok(()) };
        dress(&file, &head)?;
        let time = spec(head.mtime);
        Ok(futimens(&file, &time, &time)?)
    }

    /// The directory of a path, and its last name.
    fn place(&self, path: &[u8]) -> io::Result<(OwnedFd, CString)> {
        let names = names(path).ok_or_else(|| refused("a path that leads elsewhere"))?;
        let Some((name, above)) = names.split_last() else { return Err(refused("a path without a name")) };
        let name = CString::new(*name).map_err(|_| refused("a name with a zero in it"))?;
        Ok((self.directory(&above.join(&b'/'))?, name))
    }

    fn directory(&self, path: &[u8]) -> io::Result<OwnedFd> {
        use std::os::unix::ffi::OsStrExt;
        let path = if path.is_empty() { b"." } else { path };
        let how = OpenHow::new().flags(OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC).resolve(
            ResolveFlag::RESOLVE_BENEATH
                | ResolveFlag::RESOLVE_NO_SYMLINKS
                | ResolveFlag::RESOLVE_NO_MAGICLINKS
                | ResolveFlag::RESOLVE_NO_XDEV,
        );
        Ok(openat2(&self.root, Path::new(std::ffi::OsStr::from_bytes(path)), how)?)
    }
}

/// The names of a path, if it leads to something below where it starts and nowhere else.
pub fn names(path: &[u8]) -> Option<Vec<&[u8]>> {
    if path.len() > MAX_PATH || path.contains(&0) {
        return None;
    }
    let names: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
    let fine = |name: &&[u8]| !name.is_empty() && name.len() <= MAX_NAME && *name != b"." && *name != b"..";
    names.iter().all(fine).then_some(names)
}

/// Notes that something of the image is not seen here.
fn hide(parent: &OwnedFd, name: &[u8]) -> io::Result<()> {
    if name == b".wh..opq" {
        return set_xattr(parent, OPAQUE, b"y");
    }
    let name = names(name).filter(|names| names.len() == 1).and_then(|names| CString::new(names[0]).ok());
    let name = name.ok_or_else(|| refused("a mark without a name"))?;
    Ok(mknodat(parent, name.as_c_str(), SFlag::S_IFCHR, Mode::empty(), 0)?)
}

/// Owner first: a change of it takes rights away.
fn dress(fd: impl AsFd, head: &Head) -> io::Result<()> {
    let fd = fd.as_fd();
    fchown(fd, Some(Uid::from_raw(head.uid)), Some(Gid::from_raw(head.gid)))?;
    for (name, value) in head.xattrs.iter().filter(|(name, _)| is_kept(name)) {
        let name = CString::new(name.clone()).map_err(|_| refused("an attribute without a name"))?;
        match set_xattr(fd, &name, value) {
            // A kernel whose memory disk has no attributes of users.
            Err(error) if error.raw_os_error() == Some(libc::EOPNOTSUPP) => {}
            other => other?,
        }
    }
    // SAFETY: an open descriptor and a number.
    let outcome = unsafe { libc::fchmod(fd.as_raw_fd(), head.mode & 0o7777) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Owner and time of what can't be opened.
fn own(parent: &OwnedFd, name: &CString, head: &Head) -> io::Result<()> {
    let (uid, gid) = (Uid::from_raw(head.uid), Gid::from_raw(head.gid));
    fchownat(parent, name.as_c_str(), Some(uid), Some(gid), AtFlags::AT_SYMLINK_NOFOLLOW)?;
    let time = spec(head.mtime);
    Ok(utimensat(parent, name.as_c_str(), &time, &time, UtimensatFlags::NoFollowSymlink)?)
}

fn spec((seconds, nanoseconds): (i64, u32)) -> TimeSpec {
    TimeSpec::new(seconds, i64::from(nanoseconds.min(999_999_999)))
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
