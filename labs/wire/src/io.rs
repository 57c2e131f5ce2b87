//! Frames on an asynchronous byte stream (`futures` traits, which yamux streams implement).

use std::io::{Error, ErrorKind, Result};

use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use serde::{Serialize, de::DeserializeOwned};

use crate::frame;

/// Reads one frame; `None` when the stream ended cleanly between two frames.
///
/// # Errors
/// The stream's own, or [`ErrorKind::InvalidData`] for a frame over [`frame::MAX`].
pub async fn read_frame<R: AsyncRead + Unpin>(stream: &mut R) -> Result<Option<Vec<u8>>> {
    let mut header = [0; 4];
    let mut got = 0;
    while got < header.len() {
        match stream.read(&mut header[got..]).await? {
            0 if got == 0 => return Ok(None),
            0 => return Err(ErrorKind::UnexpectedEof.into()),
            n => got += n,
        }
    }
    let len = frame::length(header).map_err(invalid)?;
    let mut bytes = vec![0; len];
    stream.read_exact(&mut bytes).await?;
    Ok(Some(bytes))
}

/// Writes one frame and flushes it.
///
/// # Errors
/// The stream's own, or [`ErrorKind::InvalidData`] for a frame over [`frame::MAX`].
pub async fn write_frame<W: AsyncWrite + Unpin>(stream: &mut W, bytes: &[u8]) -> Result<()> {
    // One write, so that a small frame is one packet below.
    let mut whole = Vec::with_capacity(4 + bytes.len());
    append_frame(&mut whole, bytes)?;
    stream.write_all(&whole).await?;
    stream.flush().await
}

/// Adds a frame to what will be written in one go.
///
/// # Errors
/// [`ErrorKind::InvalidData`] for a frame over [`frame::MAX`].
pub fn append_frame(packet: &mut Vec<u8>, bytes: &[u8]) -> Result<()> {
    packet.extend_from_slice(&frame::header(bytes.len()).map_err(invalid)?);
    packet.extend_from_slice(bytes);
    Ok(())
}

/// Reads one JSON frame; `None` when the stream ended cleanly between two frames.
///
/// # Errors
/// The stream's own, or [`ErrorKind::InvalidData`] for what is no JSON of type `T`.
pub async fn read_json<R: AsyncRead + Unpin, T: DeserializeOwned>(stream: &mut R) -> Result<Option<T>> {
    match read_frame(stream).await? {
        None => Ok(None),
        Some(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(invalid),
    }
}

/// Writes one JSON frame and flushes it.
///
/// # Errors
/// The stream's own, or [`ErrorKind::InvalidData`] when the value is over [`frame::MAX`].
pub async fn write_json<W: AsyncWrite + Unpin, T: Serialize>(stream: &mut W, value: &T) -> Result<()> {
    let bytes = serde_json::to_vec(value).map_err(invalid)?;
    write_frame(stream, &bytes).await
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::new(ErrorKind::InvalidData, error)
}
