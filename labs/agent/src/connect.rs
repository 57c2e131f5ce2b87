//! The mode `connect`: joins standard input and output to the agent's socket.

use std::{
    io::{self, Read, Write},
    net::Shutdown,
    os::{
        fd::{AsFd, BorrowedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd,
};

/// How long the agent may take to open its socket after the container has started.
const PATIENCE: Duration = Duration::from_secs(10);
const CHUNK: usize = 64 << 10;

pub fn main() -> Result<(), String> {
    let socket = dial().map_err(|error| format!("the agent does not answer at {}: {error}", wire::SOCKET))?;
    match splice(&socket) {
        // The other side has gone: that is how a connection ends.
        Err(error) if matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset) => Ok(()),
        other => other.map_err(|error| format!("the connection broke: {error}")),
    }
}

fn dial() -> io::Result<UnixStream> {
    let start = Instant::now();
    loop {
        match UnixStream::connect(wire::SOCKET) {
            Ok(socket) => return Ok(socket),
            Err(error) if start.elapsed() > PATIENCE => return Err(error),
            Err(_) => std::thread::sleep(Duration::from_millis(20)),
        }
    }
}

fn splice(socket: &UnixStream) -> io::Result<()> {
    let (stdin, stdout) = (io::stdin(), io::stdout());
    socket.set_nonblocking(true)?;
    for fd in [stdin.as_fd(), stdout.as_fd()] {
        let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
        fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK))?;
    }
    let mut up = Way::new(Raw(stdin.as_fd()), Raw(socket.as_fd()));
    let mut down = Way::new(Raw(socket.as_fd()), Raw(stdout.as_fd()));
    let mut up_open = true;
    loop {
        let mut waits = Vec::with_capacity(4);
        if up_open {
            waits.push(up.waits_for());
        }
        waits.push(down.waits_for());
        // Whoever reads our output may leave while there is nothing to write.
        waits.push(PollFd::new(stdout.as_fd(), PollFlags::empty()));
        poll(&mut waits, PollTimeout::NONE)?;
        let reader_gone = waits
            .last()
            .and_then(PollFd::revents)
            .is_some_and(|seen| seen.intersects(PollFlags::POLLERR | PollFlags::POLLNVAL));
        if reader_gone {
            return Ok(());
        }
        if up_open && up.carry()? == Carried::Ended {
            up_open = false;
            socket.shutdown(Shutdown::Write)?;
        }
        if down.carry()? == Carried::Ended {
            return Ok(());
        }
    }
}

#[derive(PartialEq, Eq)]
enum Carried {
    Something,
    Ended,
}

/// One direction: either there is something left to write, or it is time to read.
struct Way<'a> {
    from: Raw<'a>,
    to: Raw<'a>,
    buffer: Vec<u8>,
    pending: std::ops::Range<usize>,
}

impl<'a> Way<'a> {
    fn new(from: Raw<'a>, to: Raw<'a>) -> Self {
        Self { from, to, buffer: vec![0; CHUNK], pending: 0..0 }
    }

    fn waits_for(&self) -> PollFd<'a> {
        if self.pending.is_empty() {
            PollFd::new(self.from.0, PollFlags::POLLIN)
        } else {
            PollFd::new(self.to.0, PollFlags::POLLOUT)
        }
    }

    fn carry(&mut self) -> io::Result<Carried> {
        loop {
            if self.pending.is_empty() {
                match self.from.read(&mut self.buffer) {
                    Ok(0) => return Ok(Carried::Ended),
                    Ok(n) => self.pending = 0..n,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Carried::Something),
                    Err(error) => return Err(error),
                }
            }
            match self.to.write(&self.buffer[self.pending.clone()]) {
                Ok(n) => self.pending.start += n,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(Carried::Something),
                Err(error) => return Err(error),
            }
        }
    }
}

/// Unbuffered reading and writing of a descriptor.
struct Raw<'a>(BorrowedFd<'a>);

impl Read for Raw<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(unistd::read(self.0, buffer)?)
    }
}

impl Write for Raw<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(unistd::write(self.0, bytes)?)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
