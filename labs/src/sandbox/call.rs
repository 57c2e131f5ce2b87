//! One request, one reply.

use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt, StreamExt};
use tokio::time::{sleep, timeout};
use tokio_util::{
    codec::{Framed, LengthDelimitedCodec},
    compat::{Compat, FuturesAsyncReadCompatExt},
};
use wire::{Reply, Request, frame};

use super::{error::SandboxError, link::Link};

/// How long to wait between two tries of a call whose connection dropped.
const AGAIN: Duration = Duration::from_millis(100);

/// A stream of frames.
pub(super) type Frames = Framed<Compat<yamux::Stream>, LengthDelimitedCodec>;

/// Sends a request and gives its reply and the stream, which some requests go on to use.
///
/// It is sent again when the connection drops, unless that could do a thing twice.
pub(super) async fn call(link: &Link, request: &Request, patience: Duration) -> Result<(Reply, Frames), SandboxError> {
    let mut trouble = None;
    let tries = async {
        if !repeatable(request) {
            // On a connection that is known to be good: then it is lost only if the agent is.
            while let Err(error) = once(link, &Request::Hello).await {
                trouble = Some(retry(error)?);
                sleep(AGAIN).await;
            }
            return once(link, request).await;
        }
        loop {
            match once(link, request).await {
                Ok(answer) => return Ok(answer),
                Err(error) => trouble = Some(retry(error)?),
            }
            sleep(AGAIN).await;
        }
    };
    match timeout(patience, tries).await {
        Ok(answer) => answer,
        Err(_) => {
            link.reset();
            Err(trouble.unwrap_or(SandboxError::TimedOut(patience.as_secs())))
        }
    }
}

fn repeatable(request: &Request) -> bool {
    !matches!(request, Request::Run(_) | Request::Reboot | Request::Reset | Request::Restore)
}

/// The error again, if trying once more may help.
fn retry(error: SandboxError) -> Result<SandboxError, SandboxError> {
    if matches!(error, SandboxError::Unreachable(_)) { Ok(error) } else { Err(error) }
}

async fn once(link: &Link, request: &Request) -> Result<(Reply, Frames), SandboxError> {
    let mut frames = frames(link.open().await?);
    frames.send(json(request)?).await.map_err(lost)?;
    let reply =
        frames.next().await.ok_or_else(|| SandboxError::Unreachable("the connection dropped".into()))?.map_err(lost)?;
    match serde_json::from_slice(&reply) {
        Ok(Reply::Refused(refusal)) => Err(refusal.into()),
        Ok(reply) => Ok((reply, frames)),
        Err(error) => Err(SandboxError::Protocol(error.to_string())),
    }
}

/// Frames on a fresh stream.
pub(super) fn frames(stream: yamux::Stream) -> Frames {
    let codec =
        LengthDelimitedCodec::builder().big_endian().length_field_length(4).max_frame_length(frame::MAX).new_codec();
    Framed::new(stream.compat(), codec)
}

/// A stream's error as a call's.
#[expect(clippy::needless_pass_by_value, reason = "it is given to map_err")]
pub(super) fn lost(error: std::io::Error) -> SandboxError {
    if error.kind() == std::io::ErrorKind::InvalidData {
        SandboxError::Protocol(error.to_string())
    } else {
        SandboxError::Unreachable(error.to_string())
    }
}

/// A value as a JSON frame.
pub(super) fn json(value: &impl serde::Serialize) -> Result<Bytes, SandboxError> {
    serde_json::to_vec(value).map(Bytes::from).map_err(|error| SandboxError::Protocol(error.to_string()))
}
