//! What tests of the whole program share: a server of their own, a browser of their own, a plain HTTP client.
//!
//! Nothing here is shared between tests: each has its own data directory, its own address, its own instance name on the
//! Docker engine, and takes them along when it ends.

pub mod attempt;
pub mod browser;
pub mod desk;
pub mod docker;
pub mod engine;
pub mod http;
pub mod keyboard;
pub mod proxy;
pub mod server;
pub mod terminal;

use std::{future::Future, time::Duration};

/// Waits until `probe` gives something.
///
/// # Panics
/// With `what`, when it has not within `limit`.
pub async fn eventually<T, F: Future<Output = Option<T>>>(
    what: &str,
    limit: Duration,
    mut probe: impl FnMut() -> F,
) -> T {
    let started = tokio::time::Instant::now();
    loop {
        if let Some(value) = probe().await {
            return value;
        }
        assert!(started.elapsed() < limit, "not within {limit:?}: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
