//! The commands of `belay`, one module each. What they print is their result, so it goes to standard output.
#![expect(clippy::print_stdout, reason = "a command prints its result")]

pub mod doctor;
pub mod image;
pub mod lab;
pub mod serve;
pub mod user;

use std::sync::Arc;

use labs::sandbox::docker::{Docker, Options};

use crate::config::Config;

/// The engine as configured.
fn engine(config: &Config) -> Arc<Docker> {
    // What is made on it is found by this name later.
    if let Err(error) = config.keep_instance() {
        tracing::warn!(error = format!("{error:#}"), "what is left on the engine may not be found again");
    }
    let options = Options {
        agent: config.agent.clone(),
        images: config.images.clone(),
        node: config.instance.clone(),
        runtime: config.runtime.clone(),
    };
    Arc::new(Docker::new(options))
}
