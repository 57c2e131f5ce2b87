//! The byte stream to an agent: the standard input and output of a program run in its container.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bollard::{
    container::LogOutput,
    errors::Error,
    exec::{StartExecOptions, StartExecResults},
    models::ExecConfig,
};
use bytes::{Buf, Bytes};
use futures::{Stream, io::AsyncRead, io::AsyncWrite};

use super::{
    agent,
    client::{failed, status, words},
};
use crate::sandbox::engine::{ContainerId, EngineError};

/// How much of what the program says about its trouble is kept, in bytes.
const SAID: usize = 2048;

/// Runs the agent's `connect` in a container and gives its standard input and output.
pub(super) async fn connect(docker: &bollard::Docker, container: &ContainerId) -> Result<ExecStream, EngineError> {
    let config = ExecConfig {
        attach_stdin: Some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(false),
        cmd: Some(vec![agent::program(), "connect".into()]),
        ..ExecConfig::default()
    };
    let exec = docker.create_exec(&container.0, config).await.map_err(gone_or_failed)?;
    let options = StartExecOptions { detach: false, tty: false, output_capacity: Some(64 << 10) };
    match docker.start_exec(&exec.id, Some(options)).await.map_err(gone_or_failed)? {
        StartExecResults::Attached { output, input } => {
            Ok(ExecStream { output, input, unread: Bytes::new(), said: String::new() })
        }
        StartExecResults::Detached => Err(EngineError::Failed {
            doing: "connecting to the agent".into(),
            reason: "the engine did not attach".into(),
        }),
    }
}

pub(super) fn gone_or_failed(error: Error) -> EngineError {
    // 409 is "not running", and "paused", which is no end.
    match status(&error) {
        Some(404) => EngineError::Gone("there is no such container".into()),
        Some(409) if words(&error).contains("paused") => EngineError::Frozen,
        Some(409) => EngineError::Gone("its container has ended".into()),
        _ => failed("connecting to the agent")(error),
    }
}

/// The standard input and output of a program in a container.
pub(super) struct ExecStream {
    output: Pin<Box<dyn Stream<Item = Result<LogOutput, Error>> + Send>>,
    input: Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    unread: Bytes,
    /// The start of what it wrote to its standard error.
    said: String,
}

impl AsyncRead for ExecStream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut [u8]) -> Poll<io::Result<usize>> {
        loop {
            if !self.unread.is_empty() {
                let count = self.unread.len().min(buffer.len());
                self.unread.copy_to_slice(&mut buffer[..count]);
                return Poll::Ready(Ok(count));
            }
            match ready!(self.output.as_mut().poll_next(cx)) {
                Some(Ok(LogOutput::StdErr { message })) => {
                    let room = SAID.saturating_sub(self.said.len()).min(message.len());
                    self.said.push_str(&String::from_utf8_lossy(&message[..room]));
                }
                Some(Ok(output)) => self.unread = output.into_bytes(),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
                None if self.said.is_empty() => return Poll::Ready(Ok(0)),
                None => {
                    let said = std::mem::take(&mut self.said);
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, said.trim().to_string())));
                }
            }
        }
    }
}

impl AsyncWrite for ExecStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.input.as_mut().poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.input.as_mut().poll_shutdown(cx)
    }
}
