//! A pseudo-terminal of the box.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::Path,
};

use nix::{
    libc,
    sys::statfs::{DEVPTS_SUPER_MAGIC, fstatfs},
    unistd::{self, Gid, Uid, fchown},
};
use tokio::io::{Interest, unix::AsyncFd};
use wire::terminal::Size;

use crate::{boxroot, sys};

/// The group `tty`, fixed on Debian as elsewhere.
const TTY_GROUP: u32 = 5;

/// The side of the terminal on which the agent is.
pub struct Pty {
    master: AsyncFd<OwnedFd>,
}

impl Pty {
    /// Makes a terminal in the box for this user; the other descriptor is the shell's.
    pub fn open(root: impl AsFd, size: Size, owner: u32) -> io::Result<(Self, OwnedFd)> {
        let flags = libc::O_RDWR | libc::O_NONBLOCK;
        let master = boxroot::open_in(root, Path::new("/dev/pts/ptmx"), flags)?;
        if fstatfs(&master)?.filesystem_type() != DEVPTS_SUPER_MAGIC {
            return Err(io::Error::other("/dev/pts of the box is not what it was"));
        }
        unlock(&master)?;
        let peer_flags = libc::O_RDWR | libc::O_NOCTTY | libc::O_CLOEXEC;
        // SAFETY: an ioctl on our descriptor that takes flags and gives a new descriptor.
        let peer = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCGPTPEER, peer_flags) };
        let peer = sys::owned(peer.into())?;
        fchown(&peer, Some(Uid::from_raw(owner)), Some(Gid::from_raw(TTY_GROUP)))?;
        // SAFETY: an owned descriptor stays open and the same for as long as it lives.
        let pty = Self { master: unsafe { AsyncFd::register(master) }? };
        pty.resize(size);
        Ok((pty, peer))
    }

    pub fn resize(&self, size: Size) {
        let size = libc::winsize { ws_row: size.rows, ws_col: size.cols, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: the kernel reads the structure. That the terminal is gone is noticed elsewhere.
        unsafe { libc::ioctl(self.master.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
    }

    /// What the terminal has printed; an error when nobody has it open any more.
    pub async fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        self.master.async_io(Interest::READABLE, |master| Ok(unistd::read(master, buffer)?)).await
    }

    /// The same without waiting: `None` if there is nothing.
    pub fn read_now(&self, buffer: &mut [u8]) -> Option<usize> {
        unistd::read(self.master.get_ref(), buffer).ok().filter(|count| *count > 0)
    }

    /// Waits until the terminal takes something.
    pub async fn writable(&self) -> io::Result<()> {
        // Nothing is kept ready: it is the write that finds out.
        self.master.writable().await.map(|_| ())
    }

    /// How many bytes the terminal takes; 0 for none at the moment.
    pub fn write_now(&self, bytes: &[u8]) -> io::Result<usize> {
        match self.master.try_io(Interest::WRITABLE, |master| Ok(unistd::write(master, bytes)?)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            other => other,
        }
    }
}

impl AsFd for Pty {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.master.get_ref().as_fd()
    }
}

fn unlock(master: &OwnedFd) -> io::Result<()> {
    let unlocked: libc::c_int = 0;
    // SAFETY: the kernel reads one number.
    let outcome = unsafe { libc::ioctl(master.as_raw_fd(), libc::TIOCSPTLCK, &raw const unlocked) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
