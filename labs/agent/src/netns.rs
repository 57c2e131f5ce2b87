//! Two networks: the box's, which is the container's, and one of the agent's own.
//!
//! A socket belongs to the network in which it was made and shows up in that network's tables. The
//! agent and the spawner move into an empty network of their own, so that `ss` in the box shows none of
//! their sockets. The agent steps into the box's network only to make the sockets of a probe, and what
//! the spawner starts is sent there.

use std::{fs::File, io};

use nix::sched::{CloneFlags, setns, unshare};

/// The way into the box's network and back.
pub struct Networks {
    of_box: File,
    of_agent: File,
}

impl Networks {
    /// Moves the calling thread, and what it starts from now on, into a network of its own. First of
    /// all, before there are sockets.
    pub fn part() -> io::Result<Self> {
        let of_box = File::open("/proc/self/ns/net")?;
        unshare(CloneFlags::CLONE_NEWNET)?;
        let of_agent = File::open("/proc/self/ns/net")?;
        Ok(Self { of_box, of_agent })
    }

    /// Moves the calling process into the box's network, for good.
    pub fn enter_box(&self) -> io::Result<()> {
        Ok(setns(&self.of_box, CloneFlags::CLONE_NEWNET)?)
    }

    /// Does something, such as making a socket, in the box's network. It must not wait for anything.
    pub fn in_box<T>(&self, make: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        setns(&self.of_box, CloneFlags::CLONE_NEWNET)?;
        let made = make();
        // Left in the wrong network the agent would show itself; that it can't return has no cause that
        // the box could bring about.
        setns(&self.of_agent, CloneFlags::CLONE_NEWNET).expect("return to the agent's own network");
        made
    }
}
