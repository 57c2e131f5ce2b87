//! Starting a program, in the box or beside it.

use std::{
    ffi::CString,
    io,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::PathBuf,
};

use nix::{
    errno::Errno,
    libc,
    sched::{CloneFlags, setns, unshare},
    sys::stat::{Mode, umask},
    unistd::{Gid, Uid, chdir, execve, setgroups, setresgid, setresuid, setsid},
};
use wire::Place;

use super::{
    Program, Running, World,
    middleman::{self, NotRun, Word, say},
};
use crate::{
    channel::Channel,
    sys,
    world::{mounts, rights, seccomp},
};

/// As likely to die for memory as the box's init and what that has started.
const OOM_SCORE: u16 = 500;
/// A check that takes too much memory dies before the box does.
const OOM_SCORE_BESIDE: u16 = 1000;

/// Everything of the box but its network, which has no part in the box's own birth.
const NAMESPACES: CloneFlags = CloneFlags::CLONE_NEWNS
    .union(CloneFlags::CLONE_NEWPID)
    .union(CloneFlags::CLONE_NEWUTS)
    .union(CloneFlags::CLONE_NEWIPC)
    .union(CloneFlags::CLONE_NEWCGROUP);

pub struct Started {
    pub pid: i32,
    pub pidfd: OwnedFd,
    /// Of a program in the box.
    pub listener: Option<OwnedFd>,
}

pub fn start(
    program: &Program,
    fds: &[OwnedFd],
    running: Option<&Running>,
    world: World<'_>,
) -> Result<Started, String> {
    let image = Image::of(program)?;
    let forked = match (program.place, running) {
        (Place::Inside, None) => return Err("the box is not running".into()),
        (Place::Inside, Some(running)) => middleman::start(
            |channel| {
                world
                    .networks
                    .enter_box()
                    .and_then(|()| enter_box(program.leaf.as_deref(), running, world))
                    .and_then(|()| give_up(Some(seccomp::install(world.spec.frames())?), fds, channel, world))
                    .map_err(|error| format!("entering the box: {error}"))
            },
            |_| image.run(program),
        ),
        (Place::Beside, _) => middleman::start(
            |channel| {
                enter_beside(world)
                    .and_then(|()| give_up(None, fds, channel, world))
                    .map_err(|error| format!("a check's world: {error}"))
            },
            |_| image.run(program),
        ),
    }?;
    let pidfd = sys::pidfd_open(forked.pid).map_err(|error| format!("{}: {error}", program.file))?;
    Ok(Started { pid: forked.pid, pidfd, listener: forked.fds.into_iter().next() })
}

/// Where the box's systemd listens, for root in the box.
const SYSTEMD: &str = "/run/systemd/private";

/// Connects to the box's systemd from inside the box: it takes no connection from a process that has no
/// number there. The one that connects is under the filter and has the box's rights as all others; what
/// it sends back is no more than the connection, and that must lead to the box's init.
pub fn connect_to_systemd(running: Option<&Running>, world: World<'_>) -> Result<OwnedFd, String> {
    let running = running.ok_or("the box is not running")?;
    let forked = middleman::start(
        |_| {
            let enter = || {
                // The socket is made in the agent's network: it shows in no table of the box's.
                enter_box(None, running, world)?;
                // It runs no program, so nobody needs to listen.
                drop(seccomp::install(world.spec.frames())?);
                rights::drop_to_the_box(&world.spec.capabilities)
            };
            enter().map_err(|error| format!("entering the box: {error}"))
        },
        |channel| {
            match UnixStream::connect(SYSTEMD) {
                Ok(connection) => say(channel.as_ref(), &Word::Ready, &[connection.as_fd()]),
                Err(error) => say(channel.as_ref(), &Word::Trouble(error.to_string()), &[]),
            }
            middleman::vanish()
        },
    )?;
    forked.fds.into_iter().next().ok_or_else(|| "no connection has come back".into())
}

fn enter_box(leaf: Option<&str>, running: &Running, world: World<'_>) -> io::Result<()> {
    rights::die_before_the_agent(OOM_SCORE);
    world.cgroups.enter(running.boot, leaf)?;
    // The process namespace is that of children: this process itself stays outside.
    setns(running.init.as_fd(), NAMESPACES)?;
    Ok(())
}

fn enter_beside(world: World<'_>) -> io::Result<()> {
    world.networks.enter_box()?;
    rights::die_before_the_agent(OOM_SCORE_BESIDE);
    // With its own process namespace all that the check has started ends with it.
    unshare(CloneFlags::CLONE_NEWNS | CloneFlags::CLONE_NEWPID)?;
    mounts::enter_beside()
}

/// The last steps before the fork: afterwards this process has nothing that the box may not have.
fn give_up(
    listener: Option<OwnedFd>,
    fds: &[OwnedFd],
    channel: &mut Option<Channel>,
    world: World<'_>,
) -> io::Result<()> {
    rights::drop_to_the_box(&world.spec.capabilities)?;
    let sent: Vec<_> = listener.iter().map(AsFd::as_fd).collect();
    say(channel.take().as_ref(), &Word::Ready, &sent);
    drop(listener);
    take_standard_descriptors(fds)?;
    sys::close_from(3);
    Ok(())
}

fn take_standard_descriptors(fds: &[OwnedFd]) -> io::Result<()> {
    let of = |number: usize| fds.get(number).or(fds.first());
    for (number, target) in [(0, 0), (1, 1), (2, 2)] {
        let source = of(number).ok_or_else(|| io::Error::other("no descriptors for the program"))?;
        // SAFETY: replaces a standard descriptor, which nothing here owns; the sources are higher.
        if unsafe { libc::dup2(source.as_raw_fd(), target) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// What `exec` needs, made before the fork.
struct Image {
    candidates: Vec<CString>,
    argv: Vec<CString>,
    env: Vec<CString>,
    cwd: PathBuf,
    terminal: bool,
}

impl Image {
    fn of(program: &Program) -> Result<Self, String> {
        let text = |text: &str| CString::new(text).map_err(|_| "an argument holds a NUL byte".to_owned());
        let path = program.env.iter().find(|(name, _)| name == "PATH").map_or("/usr/bin:/bin", |(_, value)| value);
        let candidates = if program.file.contains('/') {
            vec![text(&program.file)?]
        } else {
            path.split(':').map(|directory| text(&format!("{directory}/{}", program.file))).collect::<Result<_, _>>()?
        };
        Ok(Self {
            candidates,
            argv: program.argv.iter().map(|argument| text(argument)).collect::<Result<_, _>>()?,
            env: program.env.iter().map(|(name, value)| text(&format!("{name}={value}"))).collect::<Result<_, _>>()?,
            cwd: PathBuf::from(&program.cwd),
            terminal: program.place == Place::Inside,
        })
    }

    /// In the new process, in the box: becomes the program, or says why not.
    fn run(&self, program: &Program) -> NotRun {
        let Err(error) = self.become_program(program);
        NotRun::new(&program.file, error)
    }

    fn become_program(&self, program: &Program) -> Result<std::convert::Infallible, Errno> {
        setsid()?;
        if self.terminal {
            // Only where standard input is a terminal; else it is refused, and rightly.
            // SAFETY: the call takes numbers only.
            unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) };
        }
        let identity = &program.identity;
        let groups: Vec<Gid> = identity.groups.iter().copied().map(Gid::from_raw).collect();
        let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
        setgroups(&groups)?;
        setresgid(gid, gid, gid)?;
        setresuid(uid, uid, uid)?;
        umask(Mode::from_bits_truncate(0o022));
        // A home that is gone is no reason not to let its owner in.
        chdir(&self.cwd).or_else(|_| chdir("/"))?;
        rights::confine_at_exec().map_err(|error| error.raw_os_error().map_or(Errno::EACCES, Errno::from_raw))?;
        let mut outcome = Errno::ENOENT;
        for candidate in &self.candidates {
            let Err(error) = execve(candidate, &self.argv, &self.env);
            // As a shell does it: a file that may not be run is remembered, one further on may still do.
            if outcome == Errno::ENOENT {
                outcome = error;
            }
            if !matches!(error, Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES) {
                break;
            }
        }
        Err(outcome)
    }
}
