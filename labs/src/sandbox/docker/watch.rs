//! What the engine tells while it runs: that a container has ended, and what one uses.

use std::collections::HashMap;

use bollard::query_parameters::{EventsOptions, StatsOptions};
use futures::{StreamExt, TryStreamExt, future, stream::BoxStream};

use super::{
    client::{Client, failed, status},
    container::INSTANCE,
};
use crate::sandbox::engine::{ContainerId, EngineError};

/// The events after which a sandbox is no longer what it was.
const ENDINGS: [&str; 3] = ["die", "oom", "destroy"];

/// See [`Engine::changes`](crate::sandbox::Engine::changes).
pub(super) fn changes<'a>(client: &'a Client, instance: &'a str) -> BoxStream<'a, Result<(), EngineError>> {
    let listen = async move {
        let docker = client.get().await?;
        docker.ping().await.map_err(failed("asking whether the engine is there"))?;
        let filters = HashMap::from([
            ("type".to_string(), vec!["container".to_string()]),
            ("label".into(), vec![format!("{INSTANCE}={instance}")]),
            ("event".into(), ENDINGS.map(String::from).to_vec()),
        ]);
        let options = EventsOptions { filters: Some(filters), ..EventsOptions::default() };
        let told = docker.events(Some(options));
        let told = told.map(|event| event.map(drop).map_err(failed("listening to the engine")));
        Ok(futures::stream::once(future::ready(Ok(()))).chain(told))
    };
    futures::stream::once(listen).try_flatten().boxed()
}

/// See [`Engine::memory_used`](crate::sandbox::Engine::memory_used).
pub(super) async fn memory_used(docker: &bollard::Docker, container: &ContainerId) -> Result<Option<u64>, EngineError> {
    // "One shot": without it the engine waits for a second look, a second later.
    let options = StatsOptions { stream: false, one_shot: true };
    let stats = match docker.stats(&container.0, Some(options)).next().await {
        Some(Ok(stats)) => stats,
        Some(Err(error)) if status(&error) == Some(404) => return Ok(None),
        Some(Err(error)) => return Err(failed("asking what a sandbox uses")(error)),
        None => return Ok(None),
    };
    Ok(stats.memory_stats.and_then(|memory| memory.usage).filter(|bytes| *bytes > 0))
}
