//! Files of the box, and connections to its ports.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use wire::{
    Reply, Request,
    file::{Answer, Call, Expect, Listing, PIECE, Refused, What},
};

use super::{
    Sandbox,
    call::{self, Frames, json, lost},
    error::SandboxError,
    link::Link,
    unasked,
};

/// How long the agent has to begin with an answer. It may first have to receive another's upload.
const BEGIN: Duration = Duration::from_secs(30);

/// How long the next piece of a file may take.
const PIECE_WITHIN: Duration = Duration::from_secs(30);

/// How long a connection to a port may take, there and back.
const DIAL: Duration = Duration::from_secs(10);

/// A file or directory of the box, and whose rights count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// An absolute path.
    pub path: String,
    /// As root, where the lab's user may use `sudo` without a password.
    pub as_root: bool,
}

/// Why a file could not be had or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// The agent did not do it.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The sandbox could not be asked.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// What a file had when it was written, and what it has now: SHA-256 in hex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// `None` for a new file.
    pub before: Option<String>,
    /// Now.
    pub after: String,
}

/// A file that is being read.
#[derive(Debug)]
pub struct Contents {
    /// How many bytes it had when this began.
    pub size: u64,
    /// Whether who asked may also write it.
    pub writable: bool,
    frames: Frames,
    /// The connection lasts as long as somebody uses it.
    _link: Link,
}

impl Contents {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// [`SandboxError`] when it breaks off before its end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, SandboxError> {
        let dropped = || SandboxError::Unreachable("the connection dropped".into());
        let piece = timeout(PIECE_WITHIN, self.frames.next()).await.map_err(|_| dropped())?;
        let piece = piece.ok_or_else(dropped)?.map_err(lost)?;
        Ok((!piece.is_empty()).then(|| piece.freeze()))
    }

    /// All of it.
    ///
    /// # Errors
    /// [`SandboxError`] when it breaks off before its end.
    pub async fn whole(mut self) -> Result<Bytes, SandboxError> {
        let mut all = BytesMut::new();
        while let Some(piece) = self.next().await? {
            all.extend_from_slice(&piece);
        }
        Ok(all.freeze())
    }
}

/// A TCP connection to a port of the box.
pub trait Line: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Line for T {}

/// What became of a call to a port.
pub enum Dialled {
    /// Somebody listens.
    Through(Box<dyn Line>),
    /// Nobody does.
    NobodyListens,
}

impl std::fmt::Debug for Dialled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Through(_) => "Through",
            Self::NobodyListens => "NobodyListens",
        })
    }
}

impl Sandbox {
    /// What a directory holds, in no order.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn list(&self, at: At) -> Result<Listing, FileError> {
        match self.file(at, What::List, &Bytes::new()).await? {
            (Answer::Listing(listing), _) => Ok(listing),
            (other, _) => Err(odd(other)),
        }
    }

    /// Begins to read a file of at most so many bytes.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn read(&self, at: At, limit: u64) -> Result<Contents, FileError> {
        match self.file(at, What::Read { limit }, &Bytes::new()).await? {
            (Answer::Contents { size, writable }, frames) => {
                Ok(Contents { size, writable, frames, _link: self.link.clone() })
            }
            (other, _) => Err(odd(other)),
        }
    }

    /// Writes a file, whole, if what is there is what is expected.
    ///
    /// # Errors
    /// [`FileError`]. When the connection drops meanwhile it is not known whether the file was written; to write the same
    /// once more does no harm.
    pub async fn write(&self, at: At, bytes: &Bytes, expect: Expect) -> Result<Written, FileError> {
        let what = What::Write { size: bytes.len() as u64, expect };
        match self.file(at, what, bytes).await? {
            (Answer::Written { before, after }, _) => Ok(Written { before, after }),
            (other, _) => Err(odd(other)),
        }
    }

    /// Connects to a TCP port of the box itself.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn dial(&self, port: u16) -> Result<Dialled, SandboxError> {
        match call::call(&self.link, &Request::Dial { port }, DIAL).await? {
            (Reply::Done, frames) => {
                Ok(Dialled::Through(Box::new(Held { line: raw(frames), _link: self.link.clone() })))
            }
            (Reply::NobodyListens, _) => Ok(Dialled::NobodyListens),
            (other, _) => Err(unasked(&other)),
        }
    }

    async fn file(&self, at: At, what: What, body: &Bytes) -> Result<(Answer, Frames), FileError> {
        let request = Request::File(Call { path: at.path, as_root: at.as_root, what });
        let asked = async {
            // On a connection that is known to be good: what is written is sent once.
            self.hello().await?;
            let mut frames = call::frames(self.link.open().await?);
            frames.feed(json(&request)?).await.map_err(lost)?;
            for start in (0..body.len()).step_by(PIECE) {
                frames.feed(body.slice(start..body.len().min(start + PIECE))).await.map_err(lost)?;
            }
            SinkExt::<Bytes>::flush(&mut frames).await.map_err(lost)?;
            let dropped = || SandboxError::Unreachable("the connection dropped".into());
            let reply = frames.next().await.ok_or_else(dropped)?.map_err(lost)?;
            match serde_json::from_slice(&reply) {
                Ok(Reply::File(answer)) => Ok((answer, frames)),
                Ok(Reply::Refused(refusal)) => Err(refusal.into()),
                Ok(other) => Err(unasked(&other)),
                Err(error) => Err(SandboxError::Protocol(error.to_string())),
            }
        };
        match timeout(BEGIN, asked).await {
            Ok(Ok((Answer::Refused(refused), _))) => Err(refused.into()),
            Ok(answer) => Ok(answer?),
            Err(_) => Err(SandboxError::TimedOut(BEGIN.as_secs()).into()),
        }
    }
}

fn odd(answer: Answer) -> FileError {
    unasked(&Reply::File(answer)).into()
}

/// The stream below the frames, with what has come of it already.
fn raw(frames: Frames) -> impl AsyncRead + AsyncWrite + Send + Unpin {
    let parts = frames.into_parts();
    let early = std::io::Cursor::new(parts.read_buf.freeze());
    let (reader, writer) = tokio::io::split(parts.io);
    tokio::io::join(tokio::io::AsyncReadExt::chain(early, reader), writer)
}

/// A connection that lasts as long as somebody uses it.
struct Held<L> {
    line: L,
    _link: Link,
}

impl<L: AsyncRead + Unpin> AsyncRead for Held<L> {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.line).poll_read(context, buffer)
    }
}

impl<L: AsyncWrite + Unpin> AsyncWrite for Held<L> {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        std::pin::Pin::new(&mut self.line).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.line).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        std::pin::Pin::new(&mut self.line).poll_shutdown(context)
    }
}
