//! A terminal's stream, which outlives the call that opened it.

use bytes::Bytes;
use futures::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use wire::terminal::{Down, Up};

use super::{
    call::{Frames, lost},
    error::SandboxError,
    link::Link,
};

/// A terminal's frames in both directions. Whoever doesn't read holds up the program that prints.
#[derive(Debug)]
pub struct TerminalStream {
    reader: TerminalReader,
    writer: TerminalWriter,
}

/// The frames from the shell.
#[derive(Debug)]
pub struct TerminalReader {
    frames: SplitStream<Frames>,
    /// The connection lasts as long as somebody uses it.
    _link: Link,
}

/// The frames towards the shell.
#[derive(Debug)]
pub struct TerminalWriter {
    frames: SplitSink<Frames, Bytes>,
}

impl TerminalStream {
    pub(super) fn new(frames: Frames, link: Link) -> Self {
        let (sink, stream) = frames.split();
        Self { reader: TerminalReader { frames: stream, _link: link }, writer: TerminalWriter { frames: sink } }
    }

    /// Both directions by themselves.
    #[must_use]
    pub fn split(self) -> (TerminalReader, TerminalWriter) {
        (self.reader, self.writer)
    }
}

impl TerminalReader {
    /// The next frame as its bytes, for who passes it on; `None` when the connection has ended.
    /// Nothing is lost when the wait is given up.
    pub async fn next_frame(&mut self) -> Option<Bytes> {
        self.frames.next().await?.ok().map(Into::into)
    }

    /// The next frame; `None` when the connection has ended. Nothing is lost when the wait is given up.
    pub async fn next(&mut self) -> Option<Down> {
        Down::decode(&self.next_frame().await?).ok()
    }
}

impl TerminalWriter {
    /// Sends a frame given as its bytes.
    ///
    /// # Errors
    /// [`SandboxError::Protocol`] for what is no frame towards a shell; [`SandboxError::Unreachable`] when
    /// the connection has ended.
    pub async fn send_frame(&mut self, frame: Bytes) -> Result<(), SandboxError> {
        Up::decode(&frame).map_err(|error| SandboxError::Protocol(error.to_string()))?;
        self.frames.send(frame).await.map_err(lost)
    }

    /// Sends a frame.
    ///
    /// # Errors
    /// [`SandboxError::Unreachable`] when the connection has ended.
    pub async fn send(&mut self, frame: &Up) -> Result<(), SandboxError> {
        self.frames.send(frame.encode().into()).await.map_err(lost)
    }
}
