//! The box's writable layer, looked at from outside: packed, put back, and held against what it was.
//!
//! No program of the box takes part. The layer is the learner's to fill with whatever they like while it is read, so
//! every look starts from an open directory, follows no link, believes no size, and ends at a bound. The work is done
//! in small steps between which everybody else has their turn: the agent is one loop.

mod baseline;
mod changes;
mod pack;
mod tar;
mod unpack;
mod walk;

#[cfg(test)]
mod tests;

use std::{
    cell::RefCell,
    fs::File,
    io,
    os::{fd::OwnedFd, unix::fs::OpenOptionsExt},
    rc::Rc,
};

use futures::{AsyncRead, AsyncWrite};
use nix::libc;
use tokio::{sync::Semaphore, task::yield_now};
use wire::{
    Refusal, Reply,
    io::{read_frame, write_frame, write_json},
    layer::{Bounds, PIECE, Piece, Told},
};

use self::{
    baseline::{Baseline, Noting},
    changes::Looking,
    pack::Packer,
    unpack::Unpacker,
};
use crate::{agent::Agent, sys, world::mounts};

/// What is known of the layer.
pub struct Layer {
    /// How it was at the handover.
    baseline: RefCell<Option<Rc<Baseline>>>,
    /// One long look at a time: each takes memory.
    turn: Semaphore,
}

impl Default for Layer {
    fn default() -> Self {
        Self { baseline: RefCell::default(), turn: Semaphore::new(1) }
    }
}

impl Layer {
    /// Notes how the layer is now: what changes from here on is the learner's.
    pub async fn note(&self) {
        let _turn = self.turn.acquire().await;
        let noted = async {
            let mut noting = Noting::new(mounts::upper()?)?;
            while noting.step() {
                yield_now().await;
            }
            io::Result::Ok(noting.done())
        };
        match noted.await {
            Ok(baseline) => *self.baseline.borrow_mut() = Some(Rc::new(baseline)),
            Err(error) => sys::log(&format!("how the box was at the handover could not be noted: {error}")),
        }
    }

    /// The layer is dropped, and with it what was known of it.
    pub fn forget(&self) {
        *self.baseline.borrow_mut() = None;
    }

    /// Answers [`wire::Request::Snapshot`].
    pub async fn snapshot(&self, mut stream: impl AsyncWrite + Unpin, bounds: Bounds) -> io::Result<()> {
        let _turn = self.turn.acquire().await;
        let mut packer = match mounts::upper().and_then(|upper| Packer::new(upper, bounds)) {
            Ok(packer) => packer,
            Err(error) => return refuse(&mut stream, format!("the box can't be packed: {error}")).await,
        };
        write_json(&mut stream, &Reply::Done).await?;
        while packer.step()? {
            if packer.ready() >= PIECE {
                write_frame(&mut stream, &Piece::Data(packer.take()).encode()).await?;
            }
            yield_now().await;
        }
        write_frame(&mut stream, &Piece::Data(packer.take()).encode()).await?;
        write_frame(&mut stream, &Piece::End(packer.packed()).encode()).await
    }

    /// Answers [`wire::Request::Changes`].
    pub async fn changes(&self, mut stream: impl AsyncWrite + Unpin) -> io::Result<()> {
        let _turn = self.turn.acquire().await;
        let Some(baseline) = self.baseline.borrow().clone() else {
            return refuse(&mut stream, "how the box was at the handover is not known".into()).await;
        };
        let looking = mounts::upper().and_then(|upper| Looking::new(upper, directory("/")?, baseline));
        let mut looking = match looking {
            Ok(looking) => looking,
            Err(error) => return refuse(&mut stream, format!("the box can't be looked at: {error}")).await,
        };
        write_json(&mut stream, &Reply::Done).await?;
        while looking.step() {
            yield_now().await;
        }
        let (changes, looked) = looking.done();
        for change in changes {
            write_json(&mut stream, &Told::Change(change)).await?;
        }
        write_json(&mut stream, &Told::End(looked)).await
    }

    /// Answers [`wire::Request::Restore`]: the box starts once all is there.
    pub async fn restore(&self, agent: &Agent, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let _turn = self.turn.acquire().await;
        if !agent.machine.waits_for_disk() {
            return refuse(&mut stream, "this box does not wait for a snapshot".into()).await;
        }
        write_json(&mut stream, &Reply::Done).await?;
        match unpack(agent, &mut stream).await {
            Ok(()) => {
                agent.machine.has_disk();
                write_json(&mut stream, &Reply::Done).await
            }
            Err(message) => refuse(&mut stream, message).await,
        }
    }
}

/// Reads to the end whatever comes of it: whoever sends listens only then, and would wait for room before.
async fn unpack(agent: &Agent, stream: &mut (impl AsyncRead + Unpin)) -> Result<(), String> {
    // A try before this one may have broken half way.
    let fresh = mounts::renew_disk(&agent.spec).and_then(|()| mounts::upper());
    let mut unpacker =
        fresh.map(|upper| Unpacker::new(upper, agent.spec.inodes)).map_err(|error| format!("the box's disk: {error}"));
    loop {
        let frame = read_frame(stream).await.map_err(|error| error.to_string())?;
        let frame = frame.ok_or("the snapshot ends too early")?;
        match Piece::decode(&frame).map_err(|error| error.to_string())? {
            Piece::Data(bytes) => {
                let mut left = bytes.as_slice();
                while let (Ok(into), false) = (&mut unpacker, left.is_empty()) {
                    if let Err(message) = into.feed(&mut left) {
                        unpacker = Err(message);
                    }
                    yield_now().await;
                }
            }
            Piece::End(_) => return unpacker?.finish(),
        }
    }
}

async fn refuse(stream: &mut (impl AsyncWrite + Unpin), message: String) -> io::Result<()> {
    write_json(stream, &Reply::Refused(Refusal { message })).await
}

fn directory(path: &str) -> io::Result<OwnedFd> {
    let directory = File::options().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NOFOLLOW).open(path)?;
    Ok(directory.into())
}
