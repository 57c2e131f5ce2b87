//! The box's files: a writable layer of fixed size over the image, and the mounts a machine expects.
//!
//! The layer is mounted once, in the agent's own mount namespace, and so outlives every start of the
//! box. `/tmp` and `/run` are mounted beside it at each start, where checks from outside see them too.
//! Everything else is made in the box's namespace.

use std::{
    fs::{self, File},
    io,
    os::{
        fd::OwnedFd,
        unix::fs::{OpenOptionsExt, PermissionsExt, symlink},
    },
    path::{Path, PathBuf},
};

use nix::{
    libc,
    mount::{MntFlags, MsFlags, mount, umount2},
    sys::stat::{Mode, SFlag, makedev, mknod},
    unistd::{chdir, pivot_root},
};
use wire::{
    BoxSpec,
    spec::{LOCK, RUN, SHM},
};

use super::cgroup::Cgroups;

/// Where the box's root is, seen from the container.
pub const BOX_ROOT: &str = "/box";
/// The agent's own directory in the container.
const OWN: &str = "/belay";
const DISK: &str = "/belay/disk";

/// The layer is plain files, whatever the kernel's defaults: a renamed directory is a copy, and so is a file whose rights
/// were changed. A packed layer would not have what the overlay looks up elsewhere.
const LAYERS: &str = "lowerdir=/,upperdir=upper,workdir=work,xino=on,redirect_dir=off,metacopy=off";

const SAFE: MsFlags = MsFlags::MS_NOSUID.union(MsFlags::MS_NODEV);
const SAFEST: MsFlags = SAFE.union(MsFlags::MS_NOEXEC);

/// How many files each of the small filesystems may hold: an inode costs the kernel a KiB, whatever its size.
const INODES: u32 = 16_384;

/// How many terminals the box may open: the kernel has some three thousand for all boxes together.
const TERMINALS: u32 = 256;

/// What of `/proc` is the host's: to read, never to write.
const READ_ONLY: &[&str] = &["sys", "irq", "bus", "fs", "pressure", "sysrq-trigger"];
/// What of `/proc` and `/sys` nobody in a container should see; files here, directories below.
const HIDDEN_FILES: &[&str] = &[
    "proc/kcore",
    "proc/keys",
    "proc/timer_list",
    "proc/timer_stats",
    "proc/latency_stats",
    "proc/sched_debug",
    "proc/kpagecount",
    "proc/kpageflags",
    "proc/kpagecgroup",
];
const HIDDEN_DIRECTORIES: &[&str] =
    &["proc/acpi", "proc/asound", "proc/scsi", "sys/firmware", "sys/devices/virtual/powercap"];

/// The devices of every machine: name, major and minor number.
const DEVICES: &[(&str, u64, u64)] =
    &[("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];
/// What the engine puts at these paths is the container's, not the image's.
const FROM_THE_ENGINE: &[&str] = &["hostname", "hosts", "resolv.conf"];
/// What in the image stands for the engine's and the agent's own mounts.
const TRACES: &[&str] = &["belay", "box", "opt/belay", ".dockerenv"];

/// Makes an empty writable layer and mounts the box's root over the image. Once, by the agent; a box that waits for a
/// packed layer gets its root only when that is there ([`mount_over`]).
pub fn mount_root(spec: &BoxSpec) -> Result<(), String> {
    let root = || {
        private(Path::new("/"))?;
        fs::create_dir_all(DISK)?;
        disk(spec)?;
        if spec.restore { Ok(()) } else { root_layer() }
    };
    root().map_err(|error| format!("the box's root: {error}"))
}

/// Mounts the root over a layer that was put there. While there is no box.
pub fn mount_over() -> Result<(), String> {
    let over = || if is_mounted(BOX_ROOT)? { Ok(()) } else { root_layer() };
    over().map_err(|error| format!("the box's root: {error}"))
}

/// Drops the writable layer with all that is in it, and mounts the root anew. While there is no box.
pub fn renew_root(spec: &BoxSpec) -> Result<(), String> {
    renew_disk(spec).and_then(|()| root_layer()).map_err(|error| format!("the box's root: {error}"))
}

/// Drops the writable layer and makes an empty one; nothing is mounted over it then.
pub fn renew_disk(spec: &BoxSpec) -> io::Result<()> {
    for at in [BOX_ROOT, DISK] {
        // What is not mounted need not be taken away, and what somebody still has open goes when they let go of it.
        while is_mounted(at)? {
            umount2(at, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW)
                .map_err(|error| named(Path::new(at), error))?;
        }
    }
    disk(spec)
}

/// The directory in which the writable layer is.
pub fn upper() -> io::Result<OwnedFd> {
    let flags = libc::O_DIRECTORY | libc::O_NOFOLLOW;
    Ok(File::options().read(true).custom_flags(flags).open(Path::new(DISK).join("upper"))?.into())
}

fn is_mounted(at: &str) -> io::Result<bool> {
    let table = fs::read_to_string("/proc/self/mountinfo")?;
    // The engine's own mount at the box's place is none of ours.
    let ours = |line: &str| line.split(' ').nth(4) == Some(at) && (at != BOX_ROOT || line.contains(" - overlay "));
    Ok(table.lines().any(ours))
}

fn disk(spec: &BoxSpec) -> io::Result<()> {
    let size = format!("size={},nr_inodes={},mode=0755", spec.disk, spec.inodes);
    on(Path::new(DISK), "tmpfs", SAFE, &size)?;
    for directory in ["upper", "work"] {
        fs::create_dir(Path::new(DISK).join(directory))?;
    }
    Ok(())
}

fn root_layer() -> io::Result<()> {
    // Named from there, for the box can read the names.
    chdir(DISK)?;
    // With `xino` all files have the device of `/`: without it `du -x` passes over what was written.
    on(Path::new(BOX_ROOT), "overlay", MsFlags::MS_NODEV, LAYERS)?;
    chdir("/")?;
    let root = Path::new(BOX_ROOT);
    for name in FROM_THE_ENGINE {
        let Ok(content) = fs::read(Path::new("/etc").join(name)) else { continue };
        fs::write(root.join("etc").join(name), content)?;
    }
    // Taken away in the merged view: the overlay notes it in the upper layer, and the box never sees it.
    for trace in TRACES {
        let path = root.join(trace);
        let outcome = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::NotFound
        {
            return Err(named(&path, error));
        }
    }
    Ok(())
}

/// Empties `/tmp` and `/run` of the box. Before each start, in the agent's mount namespace.
pub fn renew_volatile(spec: &BoxSpec) -> Result<(), String> {
    let root = Path::new(BOX_ROOT);
    let volatile = || {
        for (name, options) in [
            ("tmp", format!("size={},nr_inodes={INODES},mode=1777", spec.tmp)),
            ("run", format!("size={RUN},nr_inodes={INODES},mode=755")),
        ] {
            let at = root.join(name);
            // The first time there is nothing mounted yet.
            let _ = umount2(&at, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW);
            directory(&at)?;
            on(&at, "tmpfs", SAFE, &options)?;
        }
        let lock = root.join("run/lock");
        fs::create_dir(&lock)?;
        on(&lock, "tmpfs", SAFEST, &format!("size={LOCK},nr_inodes={INODES},mode=1777"))
    };
    volatile().map_err(|error| format!("the box's /tmp and /run: {error}"))
}

/// Makes the calling process's mount namespace the box's. It must be the first process of the box's
/// other namespaces too.
pub fn enter_root(cgroups: &Cgroups) -> Result<(), String> {
    let plain = |error: io::Error| format!("the box's mounts: {error}");
    private(Path::new("/")).map_err(plain)?;
    let root = Path::new(BOX_ROOT);
    kernel_views(root).map_err(plain)?;
    cgroups.mount(&root.join("sys/fs/cgroup"))?;
    devices(&root.join("dev")).map_err(plain)?;
    mask(root).map_err(plain)?;
    leave_the_container(root).map_err(plain)
}

/// What a check beside the box sees: the image, the box at `/box`, a `/tmp` to work in, nothing of the
/// agent's. In a mount namespace of the check's own.
pub fn enter_beside() -> io::Result<()> {
    private(Path::new("/"))?;
    // Without the socket and the layers.
    umount2(OWN, MntFlags::MNT_DETACH)?;
    on(Path::new("/tmp"), "tmpfs", SAFE, "size=16m,mode=1777")?;
    hide_the_agent()
}

/// Hides the processes that are not the box's. A link of the box may lead a check to `/proc/1/root`, and there to all that
/// the agent has.
fn hide_the_agent() -> io::Result<()> {
    let proc = Path::new("/proc");
    let ours = fs::read_link(proc.join("self/ns/pid"))?;
    let own = std::process::id();
    let mut numbers: Vec<u32> = fs::read_dir(proc)?.flatten().filter_map(|entry| number(&entry)).collect();
    numbers.retain(|pid| {
        *pid != own && fs::read_link(proc.join(format!("{pid}/ns/pid"))).is_ok_and(|space| space == ours)
    });
    for pid in numbers {
        let tasks = fs::read_dir(proc.join(format!("{pid}/task")));
        // A thread is in no list, and still has a directory by its number.
        for task in tasks.into_iter().flatten().flatten().filter_map(|entry| number(&entry)) {
            match on(&proc.join(task.to_string()), "tmpfs", SAFEST | MsFlags::MS_RDONLY, "size=0k") {
                // It has just ended.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                other => other?,
            }
        }
    }
    Ok(())
}

fn number(entry: &fs::DirEntry) -> Option<u32> {
    entry.file_name().to_str()?.parse().ok()
}

fn kernel_views(root: &Path) -> io::Result<()> {
    for name in ["proc", "sys", "dev"] {
        directory(&root.join(name))?;
    }
    on(&root.join("proc"), "proc", SAFEST, "")?;
    bind(Path::new("/sys"), &root.join("sys"), MsFlags::MS_REC)?;
    let groups = root.join("sys/fs/cgroup");
    umount2(&groups, MntFlags::MNT_DETACH).map_err(|error| named(&groups, error))
}

fn devices(dev: &Path) -> io::Result<()> {
    on(dev, "tmpfs", MsFlags::MS_NOSUID, "size=64k,nr_inodes=64,mode=755")?;
    for (name, major, minor) in DEVICES {
        device(&dev.join(name), *major, *minor)?;
    }
    for name in ["pts", "shm", "mqueue"] {
        fs::create_dir(dev.join(name))?;
    }
    let private = MsFlags::MS_NOSUID | MsFlags::MS_NOEXEC;
    on(&dev.join("pts"), "devpts", private, &format!("newinstance,gid=5,mode=620,ptmxmode=666,max={TERMINALS}"))?;
    on(&dev.join("shm"), "tmpfs", SAFE, &format!("size={SHM},nr_inodes={INODES},mode=1777"))?;
    on(&dev.join("mqueue"), "mqueue", SAFEST, "")?;
    for (target, name) in [
        ("pts/ptmx", "ptmx"),
        ("/proc/self/fd", "fd"),
        ("/proc/self/fd/0", "stdin"),
        ("/proc/self/fd/1", "stdout"),
        ("/proc/self/fd/2", "stderr"),
    ] {
        symlink(target, dev.join(name))?;
    }
    Ok(())
}

fn device(at: &Path, major: u64, minor: u64) -> io::Result<()> {
    if mknod(at, SFlag::S_IFCHR, Mode::empty(), makedev(major, minor)).is_ok() {
        return fs::set_permissions(at, fs::Permissions::from_mode(0o666)).map_err(|error| named(at, error));
    }
    // Not with the rights this engine gives: then the container's own.
    File::create(at)?;
    bind(&Path::new("/dev").join(at.file_name().unwrap_or_default()), at, MsFlags::empty())
}

fn mask(root: &Path) -> io::Result<()> {
    let proc = root.join("proc");
    for path in READ_ONLY.iter().map(|name| proc.join(name)).filter(|path| path.exists()) {
        bind(&path, &path, MsFlags::empty())?;
        let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY | SAFEST;
        mount(None::<&str>, &path, None::<&str>, flags, None::<&str>).map_err(|error| named(&path, error))?;
    }
    for path in HIDDEN_FILES.iter().map(|name| root.join(name)).filter(|path| path.exists()) {
        bind(Path::new("/dev/null"), &path, MsFlags::empty())?;
    }
    for path in HIDDEN_DIRECTORIES.iter().map(|name| root.join(name)).filter(|path| path.is_dir()) {
        on(&path, "tmpfs", MsFlags::MS_RDONLY, "size=0k")?;
    }
    Ok(())
}

/// Makes the box's root the root of the namespace and takes the container's, with all that is mounted in it, out of it.
fn leave_the_container(root: &Path) -> io::Result<()> {
    chdir(root)?;
    // Both at one place, the old above the new, which needs no directory to put it in.
    pivot_root(".", ".").map_err(|error| named(root, error))?;
    umount2(".", MntFlags::MNT_DETACH).map_err(|error| named(Path::new("/"), error))?;
    Ok(chdir("/")?)
}

fn private(at: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, at, None::<&str>, flags, None::<&str>).map_err(|error| named(at, error))
}

fn on(at: &Path, kind: &str, flags: MsFlags, options: &str) -> io::Result<()> {
    mount(Some(kind), at, Some(kind), flags, Some(options)).map_err(|error| named(at, error))
}

fn bind(from: &Path, at: &Path, more: MsFlags) -> io::Result<()> {
    mount(Some(from), at, None::<&str>, MsFlags::MS_BIND | more, None::<&str>).map_err(|error| named(at, error))
}

/// Makes sure of a directory to mount on: never a link, which would lead the mount elsewhere.
fn directory(at: &Path) -> io::Result<()> {
    match fs::symlink_metadata(at) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => fs::remove_file(at).map_err(|error| named(at, error))?,
        Err(_) => {}
    }
    fs::create_dir(at).map_err(|error| named(at, error))
}

fn named(path: &Path, error: impl Into<io::Error>) -> io::Error {
    let error = error.into();
    io::Error::new(error.kind(), format!("{}: {error}", PathBuf::from(path).display()))
}
