//! Freezing a container, which the engine calls pausing it: the kernel's freezer stops all its processes where they are.

use bollard::errors::Error;

use super::client::{failed, status, words};
use crate::sandbox::engine::{ContainerId, EngineError};

pub(super) async fn freeze(docker: &bollard::Docker, container: &ContainerId) -> Result<(), EngineError> {
    match docker.pause_container(&container.0).await {
        Err(error) if words(&error).contains("already paused") => Ok(()),
        done => done.map_err(gone_or_failed("pausing a sandbox")),
    }
}

pub(super) async fn thaw(docker: &bollard::Docker, container: &ContainerId) -> Result<(), EngineError> {
    match docker.unpause_container(&container.0).await {
        Err(error) if words(&error).contains("is not paused") => Ok(()),
        done => done.map_err(gone_or_failed("going on with a sandbox")),
    }
}

fn gone_or_failed(doing: &'static str) -> impl FnOnce(Error) -> EngineError {
    move |error| match status(&error) {
        Some(404) => EngineError::Gone("there is no such container".into()),
        // 409, and with older engines 500.
        Some(409 | 500) if words(&error).contains("is not running") => {
            EngineError::Gone("its container has ended".into())
        }
        _ => failed(doing)(error),
    }
}
