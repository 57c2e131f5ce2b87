//! What was written in a box: kept, put into another box, dropped, and told as changes.

use std::{io, pin::Pin, time::Duration};

use bytes::Bytes;
use futures::{SinkExt, Stream, StreamExt};
use tokio::time::timeout;
use wire::{
    Reply, Request,
    layer::{Bounds, Change, Looked, PIECE, Packed, Piece, Told},
};

use super::{
    Hosts, Sandbox,
    call::{self, Frames, lost},
    error::SandboxError,
    unasked,
};

/// How long the agent may take to begin, while another long look is under way.
const BEGIN: Duration = Duration::from_secs(30);

/// How long nothing may come before that is the end.
const SILENCE: Duration = Duration::from_secs(30);

/// How long a box has to come up again with an empty disk.
const RESET: Duration = Duration::from_secs(100);

/// The bytes of a snapshot, as somebody keeps them.
pub type Snapshot = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A snapshot on its way out of a box.
/// The connection lasts as long as the handle that it was asked of.
#[derive(Debug)]
pub struct SnapshotStream {
    frames: Frames,
    packed: Option<Packed>,
}

impl SnapshotStream {
    /// The next bytes; `None` when that was all.
    ///
    /// # Errors
    /// [`SandboxError`]: what has come is of no use then.
    pub async fn next(&mut self) -> Result<Option<Bytes>, SandboxError> {
        if self.packed.is_some() {
            return Ok(None);
        }
        match Piece::decode(&next(&mut self.frames).await?) {
            Ok(Piece::Data(bytes)) => Ok(Some(bytes.into())),
            Ok(Piece::End(packed)) => {
                self.packed = Some(packed);
                Ok(None)
            }
            Err(error) => Err(SandboxError::Protocol(error.to_string())),
        }
    }

    /// What came of it, once all has come.
    #[must_use]
    pub fn packed(&self) -> Option<&Packed> {
        self.packed.as_ref()
    }
}

impl Sandbox {
    /// Packs what was written in the box, while it runs.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn snapshot(&self, bounds: Bounds) -> Result<SnapshotStream, SandboxError> {
        match call::call(&self.link, &Request::Snapshot(bounds), BEGIN).await? {
            (Reply::Done, frames) => Ok(SnapshotStream { frames, packed: None }),
            (other, _) => Err(unasked(&other)),
        }
    }

    /// What in the box is not as it was at the handover, in the order of the paths; and whether there was more.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn changes(&self) -> Result<(Vec<Change>, Looked), SandboxError> {
        let (reply, mut frames) = call::call(&self.link, &Request::Changes, BEGIN).await?;
        if reply != Reply::Done {
            return Err(unasked(&reply));
        }
        let mut changes = Vec::new();
        loop {
            let frame = next(&mut frames).await?;
            match serde_json::from_slice(&frame).map_err(|error| SandboxError::Protocol(error.to_string()))? {
                Told::Change(change) => changes.push(change),
                Told::End(looked) => return Ok((changes, looked)),
            }
        }
    }

    /// Ends the box, drops all that was written in it, and waits until it runs again. It must be set up and handed over
    /// anew: see [`super::reset`].
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn drop_disk(&self) -> Result<(), SandboxError> {
        self.done(&Request::Reset, RESET).await
    }

    /// Puts a snapshot into a box that waits for one, and lets it start.
    ///
    /// # Errors
    /// [`SandboxError`]; [`SandboxError::Refused`] for what is no snapshot or does not fit.
    pub(super) async fn restore(&self, mut snapshot: Snapshot) -> Result<(), SandboxError> {
        let (reply, mut frames) = call::call(&self.link, &Request::Restore, BEGIN).await?;
        if reply != Reply::Done {
            return Err(unasked(&reply));
        }
        while let Some(bytes) = snapshot.next().await {
            let bytes =
                bytes.map_err(|error| SandboxError::Protocol(format!("the snapshot can't be read: {error}")))?;
            for piece in bytes.chunks(PIECE) {
                send(&mut frames, &Piece::Data(piece.to_vec())).await?;
            }
        }
        send(&mut frames, &Piece::End(Packed::default())).await?;
        let reply = next(&mut frames).await?;
        match serde_json::from_slice(&reply) {
            Ok(Reply::Done) => Ok(()),
            Ok(Reply::Refused(refusal)) => Err(refusal.into()),
            Ok(other) => Err(unasked(&other)),
            Err(error) => Err(SandboxError::Protocol(error.to_string())),
        }
    }
}

impl Hosts {
    /// Drops what was written on all hosts: see [`Sandbox::drop_disk`].
    ///
    /// # Errors
    /// [`SandboxError`].
    pub(super) async fn drop_disks(&self) -> Result<(), SandboxError> {
        futures::future::try_join_all(self.iter().map(Sandbox::drop_disk)).await.map(drop)
    }
}

async fn next(frames: &mut Frames) -> Result<Bytes, SandboxError> {
    let frame = timeout(SILENCE, frames.next()).await.map_err(|_| SandboxError::TimedOut(SILENCE.as_secs()))?;
    let frame = frame.ok_or_else(|| SandboxError::Unreachable("the connection dropped".into()))?.map_err(lost)?;
    Ok(frame.freeze())
}

async fn send(frames: &mut Frames, piece: &Piece) -> Result<(), SandboxError> {
    let sent = timeout(SILENCE, frames.send(Bytes::from(piece.encode()))).await;
    sent.map_err(|_| SandboxError::TimedOut(SILENCE.as_secs()))?.map_err(lost)
}
