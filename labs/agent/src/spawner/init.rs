//! Starting the box: its namespaces, its mounts, its first process.

use std::{
    ffi::CString,
    fs::File,
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    os::unix::fs::OpenOptionsExt,
};

use nix::{
    errno::Errno,
    fcntl::{AtFlags, OFlag},
    libc,
    sched::{CloneFlags, unshare},
    unistd::{execve, execveat, sethostname, setsid},
};
use wire::Init;

use super::{
    Disk, World,
    middleman::{self, NotRun, Word, say},
};
use crate::{
    channel::Channel,
    reaper, sys,
    world::{mounts, rights, seccomp},
};

/// Above every program of the container, below nothing of the box.
const OOM_SCORE: u16 = 500;

pub struct Started {
    pub pid: i32,
    pub pidfd: OwnedFd,
    pub listener: OwnedFd,
    /// The box's root directory.
    pub root: OwnedFd,
}

pub fn start(world: World<'_>, boot: u32, disk: Disk) -> Result<Started, String> {
    let World { spec, cgroups, .. } = world;
    cgroups.renew(boot).map_err(|error| format!("the box's control groups: {error}"))?;
    match disk {
        Disk::Kept => {}
        Disk::Given => mounts::mount_over()?,
        Disk::Renewed => mounts::renew_root(spec)?,
    }
    mounts::renew_volatile(spec)?;
    let own = match spec.init {
        Init::Plain => Some(reaper::sealed_copy().map_err(|error| format!("the plain init: {error}"))?),
        Init::Systemd => None,
    };
    let forked = middleman::start(
        |_| prepare(world, boot).map_err(|error| format!("the box's namespaces: {error}")),
        |channel| become_init(world, own.as_ref(), channel),
    )?;
    let pidfd = sys::pidfd_open(forked.pid).map_err(|error| format!("the box's init: {error}"))?;
    let [listener, root] =
        <[OwnedFd; 2]>::try_from(forked.fds).map_err(|_| "the box's init: no listener".to_owned())?;
    Ok(Started { pid: forked.pid, pidfd, listener, root })
}

/// In the middleman: everything that does not need the new process namespace.
fn prepare(world: World<'_>, boot: u32) -> io::Result<()> {
    rights::die_before_the_agent(OOM_SCORE);
    world.cgroups.enter_as_init(boot)?;
    world.networks.enter_box()?;
    unshare(
        CloneFlags::CLONE_NEWNS
            | CloneFlags::CLONE_NEWPID
            | CloneFlags::CLONE_NEWUTS
            | CloneFlags::CLONE_NEWIPC
            | CloneFlags::CLONE_NEWCGROUP,
    )?;
    Ok(sethostname(&world.spec.hostname)?)
}

/// In the first process of the box, while it is alone there.
fn become_init(world: World<'_>, own: Option<&OwnedFd>, channel: Option<Channel>) -> NotRun {
    match build(world) {
        Ok((listener, root)) => say(channel.as_ref(), &Word::Ready, &[listener.as_fd(), root.as_fd()]),
        Err(message) => {
            say(channel.as_ref(), &Word::Trouble(message.clone()), &[]);
            return NotRun { code: 1, message };
        }
    }
    drop(channel);
    let error = exec(own);
    NotRun::new("the box's init", error.raw_os_error().map_or(Errno::EACCES, Errno::from_raw))
}

fn build(world: World<'_>) -> Result<(OwnedFd, OwnedFd), String> {
    mounts::enter_root(world.cgroups)?;
    let plain = |what: &str, error: io::Error| format!("{what}: {error}");
    setsid().map_err(|error| plain("a session for the box's init", error.into()))?;
    let root = File::options()
        .read(true)
        .custom_flags(libc::O_PATH | libc::O_DIRECTORY)
        .open("/")
        .map_err(|error| plain("the box's root", error))?;
    let listener =
        seccomp::install(world.spec.frames()).map_err(|error| plain("the box's filter of system calls", error))?;
    rights::drop_to_the_box(&world.spec.capabilities).map_err(|error| plain("the box's rights", error))?;
    Ok((listener, root.into()))
}

fn exec(own: Option<&OwnedFd>) -> io::Error {
    if let Err(error) = take_standard_descriptors() {
        return error;
    }
    if let Err(error) = rights::confine_at_exec() {
        return error;
    }
    let env = [
        c"container=docker",
        c"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        c"LANG=C.UTF-8",
        c"TERM=linux",
    ]
    .map(CString::from);
    let failed = match own {
        Some(program) => execveat(program, c"", &reaper::argv(), &env, AtFlags::AT_EMPTY_PATH),
        None => execve(c"/sbin/init", &[c"/sbin/init"], &env),
    };
    let Err(error) = failed;
    error.into()
}

/// The box's init speaks to nobody: what it has to say is in the box's own log. All other descriptors
/// close at exec.
fn take_standard_descriptors() -> io::Result<()> {
    let null = File::options().read(true).write(true).custom_flags(OFlag::O_NOCTTY.bits()).open("/dev/null")?;
    for number in 0..3 {
        // SAFETY: replaces a standard descriptor, which nothing here owns.
        if unsafe { libc::dup2(null.as_raw_fd(), number) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}
