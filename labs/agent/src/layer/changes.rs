//! What has changed since the handover: the layer as it is, held against the baseline and the image.

use std::{
    collections::HashSet,
    fs::File,
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::{ffi::OsStrExt, fs::FileExt},
    },
    path::Path,
    rc::Rc,
    time::{Duration, Instant},
};

use nix::{
    fcntl::{OFlag, OpenHow, ResolveFlag, openat2, readlinkat},
    libc,
    sys::stat::fstat,
};
use wire::layer::{Change, Content, Kind as Seen, Looked, Side};

use super::{
    baseline::{Baseline, Kept, Kind, Stamp, TEXT, Was, read, text},
    walk::{Found, Walk, is_opaque, names},
};

/// How many things of the layer are looked at, and how many changes are told.
const MOST: usize = 50_000;
const MOST_CHANGES: usize = 3_000;
/// How much text is told in all, in bytes.
const TOLD: u64 = 4 << 20;
/// How long it may take.
const TIME: Duration = Duration::from_secs(15);
/// Files up to this size are held against the image byte by byte.
const COMPARED: u64 = 4 << 20;
/// How many names of one directory of the image are looked at.
const NAMES: usize = 2_000;

/// A look for changes.
pub struct Looking {
    walk: Walk,
    image: OwnedFd,
    baseline: Rc<Baseline>,
    seen: HashSet<Vec<u8>>,
    changes: Vec<(Vec<u8>, Change)>,
    text_left: u64,
    until: Instant,
    cut: bool,
}

impl Looking {
    /// At the layer in this directory, over the image whose root is given.
    pub fn new(upper: OwnedFd, image: OwnedFd, baseline: Rc<Baseline>) -> io::Result<Self> {
        Ok(Self {
            walk: Walk::new(upper, MOST)?,
            image,
            seen: HashSet::new(),
            changes: Vec::new(),
            text_left: TOLD,
            until: Instant::now() + TIME,
            cut: baseline.cut,
            baseline,
        })
    }

    /// Looks at the next thing; `false` once all is seen.
    pub fn step(&mut self) -> bool {
        if self.changes.len() >= MOST_CHANGES || Instant::now() > self.until {
            self.cut = true;
            return false;
        }
        let Some(found) = self.walk.next() else {
            self.cut |= self.walk.is_cut() || self.walk.passed_over > 0;
            return false;
        };
        self.look(&found);
        true
    }

    /// All changes, in the order of their paths.
    pub fn done(mut self) -> (Vec<Change>, Looked) {
        let whole = !self.cut;
        let baseline = Rc::clone(&self.baseline);
        let mut vanished: Vec<_> = baseline.things.iter().filter(|(path, _)| !self.seen.contains(*path)).collect();
        vanished.sort_by_key(|(path, _)| *path);
        // What was not come to may well be there.
        for (path, was) in vanished.into_iter().filter(|_| whole) {
            if self.changes.len() >= MOST_CHANGES {
                self.cut = true;
                break;
            }
            if was.kind != Kind::Gone {
                let before = Before { was: was.clone(), in_image: None };
                self.gone(path.clone(), &before);
            }
        }
        self.changes.sort_by(|(one, _), (other, _)| one.cmp(other));
        self.changes.dedup_by(|(one, _), (other, _)| one == other);
        (self.changes.into_iter().map(|(_, change)| change).collect(), Looked { cut: self.cut })
    }

    fn look(&mut self, found: &Found) {
        self.seen.insert(found.path.clone());
        let before = self.before(&found.path);
        if found.is_whiteout() {
            if let Some(before) = before {
                self.gone(found.path.clone(), &before);
            }
            return;
        }
        if found.format() == libc::S_IFDIR {
            self.look_behind(found);
            self.walk.enter(found);
        }
        let (stamp, kind) = (Stamp::of(&found.stat), seen(found.format()));
        let Some(before) = before else {
            let content = self.content(kind, stamp.size, || content_of(found));
            let after = side(kind, stamp, content);
            return self.tell(found.path.clone(), None, Some(after), true);
        };
        let content = before.seen() != kind || self.has_changed(found, &before, stamp);
        let was = before.was.stamp;
        let dressed = (was.mode, was.uid, was.gid) != (stamp.mode, stamp.uid, stamp.gid);
        if !content && (!dressed || kind == Seen::Link) {
            return;
        }
        let (old, new) = if content {
            let old = self.content(before.seen(), was.size, || before.content());
            (old, self.content(kind, stamp.size, || content_of(found)))
        } else {
            (None, None)
        };
        let (old, new) = (side(before.seen(), was, old), side(kind, stamp, new));
        self.tell(found.path.clone(), Some(old), Some(new), content);
    }

    /// A directory in which nothing of the image is seen any more: what was there and is not is gone.
    fn look_behind(&mut self, found: &Found) {
        let was_opaque =
            matches!(self.baseline.things.get(&found.path), Some(Was { kind: Kind::Directory { opaque: true }, .. }));
        let Ok(directory) = found.open() else { return };
        if was_opaque || !is_opaque(&directory) {
            return;
        }
        let Ok(there) = self.open_in_image(&found.path, OFlag::O_RDONLY | OFlag::O_DIRECTORY) else { return };
        let Ok(old) = names(there.as_fd(), NAMES) else { return };
        for name in old {
            if nix::sys::stat::fstatat(&directory, name.as_c_str(), nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW).is_ok() {
                continue;
            }
            let path = [found.path.as_slice(), b"/", name.as_bytes()].concat();
            if let Some(before) = self.before(&path) {
                self.gone(path, &before);
            }
        }
    }

    fn gone(&mut self, path: Vec<u8>, before: &Before) {
        let content = self.content(before.seen(), before.was.stamp.size, || before.content());
        let side = side(before.seen(), before.was.stamp, content);
        self.tell(path, Some(side), None, true);
    }

    fn tell(&mut self, path: Vec<u8>, before: Option<Side>, after: Option<Side>, content: bool) {
        let shown = format!("/{}", String::from_utf8_lossy(&path));
        self.changes.push((path, Change { path: shown, before, after, content }));
    }

    /// How a path was at the handover; `None` if there was nothing.
    fn before(&self, path: &[u8]) -> Option<Before> {
        match self.baseline.things.get(path) {
            Some(Was { kind: Kind::Gone, .. }) => return None,
            Some(was) => return Some(Before { was: was.clone(), in_image: None }),
            None => {}
        }
        let above = path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| &path[..at]);
        let hidden = |was: &Was| !matches!(was.kind, Kind::Directory { opaque: false });
        if above.filter_map(|above| self.baseline.things.get(above)).any(hidden) {
            return None;
        }
        let file = self.open_in_image(path, OFlag::O_PATH | OFlag::O_NOFOLLOW).ok()?;
        let stat = fstat(&file).ok()?;
        let kind = match stat.st_mode & libc::S_IFMT {
            libc::S_IFREG => Kind::File(Kept::Nothing),
            libc::S_IFDIR => Kind::Directory { opaque: false },
            libc::S_IFLNK => Kind::Link(readlinkat(&file, "").map(|to| to.as_bytes().to_vec()).unwrap_or_default()),
            _ => Kind::Other,
        };
        let in_image = if matches!(kind, Kind::File(_)) {
            self.open_in_image(path, OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).ok()
        } else {
            None
        };
        Some(Before { was: Was { kind, stamp: Stamp::of(&stat) }, in_image: in_image.map(File::from) })
    }

    fn open_in_image(&self, path: &[u8], flags: OFlag) -> io::Result<OwnedFd> {
        let how = OpenHow::new().flags(flags | OFlag::O_CLOEXEC).resolve(
            ResolveFlag::RESOLVE_BENEATH
                | ResolveFlag::RESOLVE_NO_SYMLINKS
                | ResolveFlag::RESOLVE_NO_MAGICLINKS
                // What the engine has mounted is not of the image.
                | ResolveFlag::RESOLVE_NO_XDEV,
        );
        Ok(openat2(&self.image, Path::new(std::ffi::OsStr::from_bytes(path)), how)?)
    }

    /// Whether what is in it is no longer what it was; both are of one kind.
    fn has_changed(&self, found: &Found, before: &Before, now: Stamp) -> bool {
        let was = before.was.stamp;
        match &before.was.kind {
            Kind::Link(target) => found.target().is_ok_and(|now| now != *target),
            Kind::File(kept) if before.in_image.is_none() => {
                if was == now {
                    return false;
                }
                if was.size != now.size {
                    return true;
                }
                let bytes = || found.open().and_then(|file| read(file, now.size)).unwrap_or_default();
                match kept {
                    Kept::Text(text) => bytes() != text.as_bytes(),
                    Kept::Hash(hash) => self.baseline.hash(&bytes()) != *hash,
                    Kept::Nothing => was.mtime != now.mtime || was.inode != now.inode,
                }
            }
            Kind::File(_) => {
                if was.size != now.size || now.size > COMPARED {
                    // A copy that was only touched or dressed anew has kept its time.
                    return was.size != now.size || was.mtime != now.mtime;
                }
                let Ok(file) = found.open() else { return true };
                !before.in_image.as_ref().is_some_and(|image| are_equal(image, &File::from(file), now.size))
            }
            _ => false,
        }
    }

    /// What is to be told of a content, as far as there is room.
    fn content(&mut self, kind: Seen, size: u64, get: impl FnOnce() -> Content) -> Option<Content> {
        match kind {
            Seen::File if size > TEXT.min(self.text_left) => Some(Content::TooLong),
            Seen::File | Seen::Link => {
                let content = get();
                if let Content::Text(text) = &content {
                    self.text_left = self.text_left.saturating_sub(text.len() as u64);
                }
                Some(content)
            }
            Seen::Directory | Seen::Other => None,
        }
    }
}

/// How something was, and its file in the image if it was of the image.
struct Before {
    was: Was,
    in_image: Option<File>,
}

impl Before {
    fn seen(&self) -> Seen {
        match self.was.kind {
            Kind::File(_) => Seen::File,
            Kind::Directory { .. } => Seen::Directory,
            Kind::Link(_) => Seen::Link,
            Kind::Gone | Kind::Other => Seen::Other,
        }
    }

    fn content(&self) -> Content {
        match (&self.was.kind, &self.in_image) {
            (Kind::Link(target), _) => Content::Text(String::from_utf8_lossy(target).into_owned()),
            (Kind::File(Kept::Text(text)), _) => Content::Text(text.to_string()),
            (_, Some(image)) => match image.try_clone().and_then(|file| read(file, TEXT)) {
                Ok(bytes) => told(&bytes),
                Err(_) => Content::Unknown,
            },
            (Kind::File(Kept::Hash(_)), None) => Content::Binary,
            _ => Content::Unknown,
        }
    }
}

fn content_of(found: &Found) -> Content {
    if found.format() == libc::S_IFLNK {
        return found.target().map_or(Content::Unknown, |to| Content::Text(String::from_utf8_lossy(&to).into_owned()));
    }
    match found.open().and_then(|file| read(file, TEXT)) {
        Ok(bytes) => told(&bytes),
        Err(_) => Content::Unknown,
    }
}

fn told(bytes: &[u8]) -> Content {
    text(bytes).map_or(Content::Binary, |text| Content::Text(text.into()))
}

fn seen(format: libc::mode_t) -> Seen {
    match format {
        libc::S_IFREG => Seen::File,
        libc::S_IFDIR => Seen::Directory,
        libc::S_IFLNK => Seen::Link,
        _ => Seen::Other,
    }
}

fn side(kind: Seen, stamp: Stamp, content: Option<Content>) -> Side {
    let Stamp { mode, uid, gid, size, .. } = stamp;
    Side { kind, mode, uid, gid, size: if kind == Seen::File { size } else { 0 }, content }
}

fn are_equal(one: &File, other: &File, size: u64) -> bool {
    let (mut left, mut right) = (vec![0; 64 << 10], vec![0; 64 << 10]);
    let mut at = 0;
    while at < size {
        let now = usize::try_from((size - at).min(64 << 10)).unwrap_or_default();
        let same =
            one.read_exact_at(&mut left[..now], at).is_ok() && other.read_exact_at(&mut right[..now], at).is_ok();
        if !same || left[..now] != right[..now] {
            return false;
        }
        at += now as u64;
    }
    true
}
