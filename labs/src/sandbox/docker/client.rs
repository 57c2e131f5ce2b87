//! Reaching the engine, and saying in words why not.

use std::{error::Error as _, io};

use bollard::errors::Error;
use tokio::sync::OnceCell;

use super::address::Address;
use crate::sandbox::engine::EngineError;

/// The engine's API, reached when it is first needed: a server must start without it, and notice when it comes.
#[derive(Debug, Default)]
pub(super) struct Client(OnceCell<bollard::Docker>);

impl Client {
    pub(super) async fn get(&self) -> Result<&bollard::Docker, EngineError> {
        let address = Address::from_env();
        address.check()?;
        let connect = async || address.connect()?.negotiate_version().await;
        self.0.get_or_try_init(connect).await.map_err(|error| unavailable(&error))
    }
}

/// An error of the engine while something was being done.
pub(super) fn failed(doing: impl Into<String>) -> impl FnOnce(Error) -> EngineError {
    |error| match &error {
        Error::HyperLegacyError { .. } | Error::SocketNotFoundError(_) | Error::RequestTimeoutError => {
            unavailable(&error)
        }
        _ => EngineError::Failed { doing: doing.into(), reason: words(&error) },
    }
}

/// The engine's own words, without the library's.
pub(super) fn words(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.trim().into(),
        Error::DockerStreamError { error } => error.trim().into(),
        other => other.to_string(),
    }
}

/// The HTTP status of an answer that was an error.
pub(super) fn status(error: &Error) -> Option<u16> {
    match error {
        Error::DockerResponseServerError { status_code, .. } => Some(*status_code),
        _ => None,
    }
}

fn unavailable(error: &Error) -> EngineError {
    let address = Address::from_env();
    if let Some((what, remedy)) = address.trouble(&chain(error), status(error)) {
        return EngineError::Unavailable { what, remedy };
    }
    let place = address.shown();
    let (what, remedy) = match (error, io_kind(error)) {
        (Error::SocketNotFoundError(_), _) | (_, Some(io::ErrorKind::NotFound)) => (
            format!("There is no Docker engine at {place}."),
            "Install one (on Debian: apt-get install docker.io) and start it, or set DOCKER_HOST.",
        ),
        (_, Some(io::ErrorKind::PermissionDenied)) => (
            format!("The Docker engine at {place} may not be used by this account."),
            "Add the account to the group docker and sign in again, or run Belay as one that is in it.",
        ),
        (_, Some(io::ErrorKind::ConnectionRefused)) => {
            (format!("The Docker engine at {place} does not run."), "Start it: systemctl start docker.")
        }
        (Error::RequestTimeoutError, _) => {
            (format!("The Docker engine at {place} did not answer in time."), "Look at its log: journalctl -u docker.")
        }
        (Error::UnsupportedURISchemeError { .. }, _) => (
            format!("DOCKER_HOST={place} can't be used."),
            "Give it as unix:///path/to/socket, tcp://host:port or ssh://user@host.",
        ),
        _ => (
            format!("The Docker engine at {place} can't be used: {}.", chain(error)),
            "Look at its log: journalctl -u docker.",
        ),
    };
    EngineError::Unavailable { what, remedy: remedy.into() }
}

/// The operating system's word on it, wherever in the chain of causes it is.
fn io_kind(error: &Error) -> Option<io::ErrorKind> {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io.kind());
        }
        cause = error.source();
    }
    None
}

fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
