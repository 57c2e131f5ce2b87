//! The mode `init`: the plain init of a box. It collects orphans and ends when it is told to, and with
//! it the box.

use std::{ffi::CString, io, os::fd::OwnedFd};

use nix::{
    errno::Errno,
    fcntl::{FcntlArg, SealFlag, fcntl},
    sys::{
        memfd::{MFdFlags, memfd_create},
        signal::{SigSet, Signal},
        wait::{WaitPidFlag, WaitStatus, waitpid},
    },
};

/// The argument that selects this mode, and what the process is called in the box.
pub const MODE: &str = "init";

pub fn main() -> Result<(), String> {
    let mut wanted = SigSet::empty();
    for signal in [Signal::SIGCHLD, Signal::SIGTERM, Signal::SIGINT, Signal::SIGPWR] {
        wanted.add(signal);
    }
    // A blocked signal reaches even the first process of a namespace.
    wanted.thread_block().map_err(|error| format!("cannot block signals: {error}"))?;
    loop {
        match wanted.wait() {
            Ok(Signal::SIGCHLD) => reap(),
            Ok(_) => return Ok(()),
            Err(Errno::EINTR) => {}
            Err(error) => return Err(format!("cannot wait for signals: {error}")),
        }
    }
}

fn reap() {
    while !matches!(waitpid(None, Some(WaitPidFlag::WNOHANG)), Err(_) | Ok(WaitStatus::StillAlive)) {}
}

/// A sealed copy of this program, made to be run as the box's init. A copy, because a process can open
/// its own program file, and the agent's own file is nothing that root in the box should hold.
pub fn sealed_copy() -> io::Result<OwnedFd> {
    let copy = memfd_create(c"init", MFdFlags::MFD_CLOEXEC | MFdFlags::MFD_ALLOW_SEALING)?;
    let mut source = std::fs::File::open("/proc/self/exe")?;
    let mut target = std::fs::File::from(copy.try_clone()?);
    io::copy(&mut source, &mut target)?;
    let seals = SealFlag::F_SEAL_WRITE | SealFlag::F_SEAL_GROW | SealFlag::F_SEAL_SHRINK | SealFlag::F_SEAL_SEAL;
    fcntl(&copy, FcntlArg::F_ADD_SEALS(seals))?;
    // Reopened read-only: a program that is open for writing cannot be run.
    drop(target);
    let readable = std::fs::File::open(crate::sys::fd_path(&copy))?;
    Ok(readable.into())
}

/// What the plain init is called by.
pub fn argv() -> Vec<CString> {
    vec![c"init".into(), CString::new(MODE).expect("no NUL in it")]
}
