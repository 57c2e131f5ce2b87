//! A seccomp listener: the kernel's side of the conversation.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use nix::libc;

/// `SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP`: asker and answerer take turns on one processor. Since 6.6.
const SYNC_WAKE_UP: libc::c_ulong = 1;

/// Where the kernel asks about the processes of one filter.
pub struct Listener(OwnedFd);

/// A process waits in a system call.
pub struct Notification(libc::seccomp_notif);

impl Notification {
    /// The waiting thread, as the agent numbers it.
    pub fn thread(&self) -> i32 {
        self.0.pid.cast_signed()
    }

    /// The system call's number.
    pub fn call(&self) -> i32 {
        self.0.data.nr
    }

    /// One of its arguments.
    pub fn argument(&self, index: usize) -> u64 {
        self.0.data.args[index]
    }
}

impl Listener {
    pub fn new(fd: OwnedFd) -> Self {
        // SAFETY: an ioctl on our descriptor that takes a number. Older kernels refuse it and are slower.
        unsafe { libc::ioctl(fd.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SET_FLAGS, SYNC_WAKE_UP) };
        Self(fd)
    }

    /// Takes the next question. Blocks unless the kernel has said that there is one.
    pub fn receive(&self) -> io::Result<Notification> {
        // SAFETY: the structure is plain numbers, and the kernel wants it zeroed.
        let mut notification: libc::seccomp_notif = unsafe { std::mem::zeroed() };
        // SAFETY: the kernel fills the structure that this request names.
        let outcome = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_RECV, &raw mut notification) };
        if outcome == 0 { Ok(Notification(notification)) } else { Err(io::Error::last_os_error()) }
    }

    /// Whether the process still waits: what was read of it by its number was read of it.
    pub fn still_waits(&self, notification: &Notification) -> bool {
        // SAFETY: the kernel reads one number.
        unsafe {
            libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_ID_VALID, &raw const notification.0.id) == 0
        }
    }

    /// Lets the process go on with its call.
    pub fn respond(&self, notification: &Notification) -> io::Result<()> {
        let mut response = libc::seccomp_notif_resp {
            id: notification.0.id,
            val: 0,
            error: 0,
            flags: libc::SECCOMP_USER_NOTIF_FLAG_CONTINUE.try_into().unwrap_or(1),
        };
        // SAFETY: the kernel reads the structure that this request names.
        let outcome = unsafe { libc::ioctl(self.0.as_raw_fd(), libc::SECCOMP_IOCTL_NOTIF_SEND, &raw mut response) };
        if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// The same where it does not matter whether the process still waits.
    pub fn let_go_on(&self, notification: &Notification) {
        let _ = self.respond(notification);
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
