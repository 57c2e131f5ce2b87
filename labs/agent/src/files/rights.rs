//! Doing something to files with somebody else's rights.

use std::io;

use nix::libc;

use crate::spawner::Identity;

/// Does something with the file rights of this identity, as the kernel sees them: its user, its groups, and none of
/// the agent's power over files unless it is root. It must not wait for anything: the whole agent is this thread.
pub fn with_rights_of<T>(identity: &Identity, act: impl FnOnce() -> T) -> io::Result<T> {
    let _given_back = Lent::take(identity)?;
    Ok(act())
}

/// Gives the agent's own rights back when it is dropped.
struct Lent {
    groups: Vec<libc::gid_t>,
}

impl Lent {
    fn take(identity: &Identity) -> io::Result<Self> {
        let lent = Self { groups: groups()? };
        set_groups(&identity.groups)?;
        // The user last: with another one the right to all this is gone for files, and with it DAC_OVERRIDE.
        set_id(libc::SYS_setfsgid, identity.gid)?;
        set_id(libc::SYS_setfsuid, identity.uid)?;
        Ok(lent)
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let back = set_id(libc::SYS_setfsuid, 0)
            .and_then(|()| set_id(libc::SYS_setfsgid, 0))
            .and_then(|()| set_groups(&self.groups));
        // The agent has always the right to be itself; as somebody else it could not go on.
        back.expect("the agent's own rights come back");
    }
}

fn groups() -> io::Result<Vec<libc::gid_t>> {
    // SAFETY: with no room asked for the kernel only counts.
    let count = unsafe { libc::getgroups(0, std::ptr::null_mut()) };
    let mut groups = vec![0; usize::try_from(count).map_err(|_| io::Error::last_os_error())?];
    // SAFETY: there is room for as many as were counted, and nobody else changes this thread's.
    let count = unsafe { libc::getgroups(count, groups.as_mut_ptr()) };
    groups.truncate(usize::try_from(count).map_err(|_| io::Error::last_os_error())?);
    Ok(groups)
}

/// The system call itself: the library's function would change every thread.
fn set_groups(groups: &[libc::gid_t]) -> io::Result<()> {
    // SAFETY: the kernel reads as many numbers as there are.
    let outcome = unsafe { libc::syscall(libc::SYS_setgroups, groups.len(), groups.as_ptr()) };
    if outcome == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn set_id(call: libc::c_long, id: u32) -> io::Result<()> {
    // SAFETY: the call takes a number and concerns this thread alone.
    let now = unsafe {
        libc::syscall(call, id);
        // It says nothing of success; asked for a number that there can't be, it says which one holds.
        libc::syscall(call, u32::MAX)
    };
    if now == libc::c_long::from(id) { Ok(()) } else { Err(io::ErrorKind::PermissionDenied.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ones_own_rights_come_back() {
        // SAFETY: both only tell.
        let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
        if uid != 0 {
            return;
        }
        let nobody = Identity { uid: 65534, gid: 65534, groups: vec![65534] };
        let shadow = || std::fs::File::open("/etc/shadow").map(|_| ());
        let before = groups().expect("groups");
        let denied = with_rights_of(&nobody, shadow).expect("lent").expect_err("nobody reads that");
        assert_eq!(denied.kind(), io::ErrorKind::PermissionDenied);
        assert_eq!((groups().expect("groups"), gid), (before, 0));
        shadow().expect("root again");
    }
}
