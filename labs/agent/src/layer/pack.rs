//! Packing: the layer becomes a gzipped tar, step by step.

use std::{
    collections::{HashMap, VecDeque},
    fs::File,
    io::{self, Write},
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::FileExt,
    },
    time::{Duration, Instant},
};

use flate2::{Compression, write::GzEncoder};
use nix::libc;
use wire::layer::{Bounds, Packed};

use super::{
    tar::{self, Head, Kind},
    walk::{Found, Walk, is_opaque, xattr, xattrs},
};

/// How much of a file is read in one step.
const STEP: u64 = 64 << 10;
/// How many parts between holes a file may have.
const MAX_SEGMENTS: usize = 2000;
/// From this size on it is looked whether a file has holes.
const LARGE: u64 = 64 << 10;
/// How many things that were left out are named.
const EXAMPLES: usize = 20;
/// How long the attributes of one file may be.
const MAX_XATTRS: usize = 256 << 10;

/// Attributes that belong to a file wherever it is: its rights and lists of rights.
pub const KEPT_XATTRS: [&[u8]; 3] = [b"security.capability", b"system.posix_acl_access", b"system.posix_acl_default"];

/// A layer on its way into a tar.
pub struct Packer {
    walk: Walk,
    gz: GzEncoder<Vec<u8>>,
    body: Option<Body>,
    /// The first path of a file that has several names.
    names: HashMap<(u64, u64), Vec<u8>>,
    bounds: Bounds,
    until: Instant,
    packed: Packed,
    is_over: bool,
}

/// A file that is being read.
struct Body {
    file: File,
    /// What is still to be read: offset and length.
    segments: VecDeque<(u64, u64)>,
    padding: usize,
}

impl Packer {
    /// Of the layer in this directory. To be called in the agent, whose clock is that of the sandbox.
    pub fn new(root: OwnedFd, bounds: Bounds) -> io::Result<Self> {
        let most = usize::try_from(bounds.entries).unwrap_or(usize::MAX);
        let stat = nix::sys::stat::fstat(&root)?;
        let mut top = Head::new(Vec::new(), Kind::Directory);
        fill(&mut top, &stat);
        let mut packer = Self {
            walk: Walk::new(root, most)?,
            gz: GzEncoder::new(Vec::new(), Compression::fast()),
            body: None,
            names: HashMap::new(),
            bounds,
            until: Instant::now() + Duration::from_millis(bounds.limit_ms),
            packed: Packed::default(),
            is_over: false,
        };
        packer.write_head(&top)?;
        Ok(packer)
    }

    /// Does a little; `false` once all is done.
    pub fn step(&mut self) -> io::Result<bool> {
        if self.is_over {
            return Ok(false);
        }
        if self.body.is_some() {
            self.read_on()?;
            return Ok(true);
        }
        let late = Instant::now() > self.until;
        let next = if late { None } else { self.walk.next() };
        match next {
            Some(found) => self.pack(&found)?,
            None => {
                self.packed.cut = late || self.walk.is_cut();
                self.packed.left_out += self.walk.passed_over;
                self.packed.examples.extend(self.walk.example.take());
                self.gz.write_all(&tar::END)?;
                self.gz.try_finish()?;
                self.is_over = true;
            }
        }
        Ok(true)
    }

    /// What has been packed since this was last asked.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.gz.get_mut())
    }

    /// How much waits to be taken, in bytes.
    pub fn ready(&self) -> usize {
        self.gz.get_ref().len()
    }

    pub fn packed(self) -> Packed {
        self.packed
    }

    fn pack(&mut self, found: &Found) -> io::Result<()> {
        let kind = match found.format() {
            libc::S_IFREG => Kind::File,
            libc::S_IFDIR => Kind::Directory,
            libc::S_IFLNK => Kind::Symlink,
            libc::S_IFIFO => Kind::Fifo,
            libc::S_IFCHR if found.is_whiteout() => return self.gone(found),
            // Whoever listens on a socket makes it anew; a device can't be made in a box.
            _ => return self.leave_out(found, "a socket or device"),
        };
        let mut head = Head::new(found.path.clone(), kind);
        fill(&mut head, &found.stat);
        head.literal = found.name.as_bytes().starts_with(b".wh.");
        match kind {
            Kind::File => self.file(found, head),
            Kind::Directory => self.directory(found, head),
            Kind::Symlink => match found.target() {
                Ok(target) => {
                    head.link = target;
                    self.write_head(&head)
                }
                Err(error) => self.leave_out(found, &error.to_string()),
            },
            Kind::Fifo | Kind::Hardlink => self.write_head(&head),
        }
    }

    fn gone(&mut self, found: &Found) -> io::Result<()> {
        let mut path = found.path[..found.path.len() - found.name.as_bytes().len()].to_vec();
        path.extend_from_slice(b".wh.");
        path.extend_from_slice(found.name.as_bytes());
        self.write_head(&Head::new(path, Kind::File))
    }

    fn directory(&mut self, found: &Found, mut head: Head) -> io::Result<()> {
        let directory = match found.open() {
            Ok(directory) => directory,
            Err(error) => return self.leave_out(found, &error.to_string()),
        };
        head.xattrs = kept(&directory);
        self.write_head(&head)?;
        if is_opaque(&directory) {
            let path = [found.path.as_slice(), b"/.wh..wh..opq"].concat();
            self.write_head(&Head::new(path, Kind::File))?;
        }
        self.walk.enter(found);
        Ok(())
    }

    fn file(&mut self, found: &Found, mut head: Head) -> io::Result<()> {
        let several = found.stat.st_nlink > 1;
        let identity = (found.stat.st_dev, found.stat.st_ino);
        if several && let Some(first) = self.names.get(&identity) {
            head.kind = Kind::Hardlink;
            head.link.clone_from(first);
            return self.write_head(&head);
        }
        let file = match found.open() {
            Ok(file) => File::from(file),
            Err(error) => return self.leave_out(found, &error.to_string()),
        };
        let size = u64::try_from(found.stat.st_size).unwrap_or_default();
        let Some(segments) = segments(&file, size, u64::try_from(found.stat.st_blocks).unwrap_or_default()) else {
            return self.leave_out(found, "too many holes");
        };
        head.stored = segments.iter().map(|(_, length)| length).sum();
        if head.stored > self.bounds.bytes.saturating_sub(self.packed.bytes) {
            return self.leave_out(found, "too large for what is kept");
        }
        head.xattrs = kept(&file);
        if segments != [(0, size)] && size > 0 {
            head.sparse = Some((size, segments.clone()));
        }
        self.write_head(&head)?;
        self.packed.bytes += head.stored;
        if several {
            self.names.insert(identity, found.path.clone());
        }
        self.body = Some(Body { file, segments: segments.into(), padding: tar::padding(head.stored) });
        Ok(())
    }

    /// Reads the next part of the file. One that has become shorter meanwhile goes on with zeros, as was announced.
    fn read_on(&mut self) -> io::Result<()> {
        let Some(body) = &mut self.body else { return Ok(()) };
        let Some((offset, length)) = body.segments.pop_front() else {
            let padding = vec![0; body.padding];
            self.body = None;
            return self.gz.write_all(&padding);
        };
        let now = length.min(STEP);
        if length > now {
            body.segments.push_front((offset + now, length - now));
        }
        let mut bytes = vec![0; usize::try_from(now).unwrap_or_default()];
        let mut got = 0;
        while let Ok(count @ 1..) = body.file.read_at(&mut bytes[got..], offset + got as u64) {
            got += count;
        }
        self.gz.write_all(&bytes)
    }

    fn write_head(&mut self, head: &Head) -> io::Result<()> {
        let mut bytes = Vec::new();
        tar::write(&mut bytes, head);
        self.packed.entries += 1;
        self.gz.write_all(&bytes)
    }

    fn leave_out(&mut self, found: &Found, why: &str) -> io::Result<()> {
        self.packed.left_out += 1;
        if self.packed.examples.len() < EXAMPLES {
            self.packed.examples.push(format!("/{}: {why}", String::from_utf8_lossy(&found.path)));
        }
        Ok(())
    }
}

fn fill(head: &mut Head, stat: &libc::stat) {
    head.mode = stat.st_mode & 0o7777;
    head.uid = stat.st_uid;
    head.gid = stat.st_gid;
    head.mtime = (stat.st_mtime, u32::try_from(stat.st_mtime_nsec).unwrap_or_default());
}

/// Whether an attribute is kept: those of overlays and of the host's own security are not the box's.
pub fn is_kept(name: &[u8]) -> bool {
    KEPT_XATTRS.contains(&name) || name.starts_with(b"user.")
}

fn kept(fd: impl std::os::fd::AsFd) -> Vec<(Vec<u8>, Vec<u8>)> {
    let fd = fd.as_fd();
    let mut room = MAX_XATTRS;
    let mut kept = Vec::new();
    for name in xattrs(fd).into_iter().filter(|name| is_kept(name.as_bytes())) {
        if let Some(value) = xattr(fd, &name) {
            let Some(left) = room.checked_sub(name.as_bytes().len() + value.len()) else { break };
            room = left;
            kept.push((name.into_bytes(), value));
        }
    }
    kept
}

/// Where a file has bytes, between its holes; `None` where there are too many of them.
fn segments(file: &File, size: u64, blocks: u64) -> Option<Vec<(u64, u64)>> {
    if size < LARGE || blocks.saturating_mul(512) >= size {
        return Some(vec![(0, size)]);
    }
    let seek = |from: u64, what: i32| {
        // SAFETY: lseek takes numbers only.
        let at = unsafe { libc::lseek(file.as_raw_fd(), i64::try_from(from).unwrap_or(i64::MAX), what) };
        u64::try_from(at).ok()
    };
    let mut found = Vec::new();
    let mut at = 0;
    while at < size {
        // No bytes from here on.
        let Some(data) = seek(at, libc::SEEK_DATA).filter(|data| *data < size) else { break };
        let end = seek(data, libc::SEEK_HOLE).unwrap_or(size).min(size);
        if end <= data || found.len() >= MAX_SEGMENTS {
            return None;
        }
        found.push((data, end - data));
        at = end;
    }
    Some(found)
}
