//! The commands of `belay`, one module each. What they print is their result, so it goes to standard output.
#![expect(clippy::print_stdout, reason = "a command prints its result")]

pub mod doctor;
pub mod image;
pub mod kpi;
pub mod lab;
pub mod role;
pub mod sandbox;
pub mod serve;
pub mod user;

use std::{
    io::{self, Write},
    sync::Arc,
};

use anyhow::{Context, bail};
use labs::{
    catalog::Catalog,
    sandbox::docker::{Docker, Options},
};
use platform::roles;
use scorecards::{
    reader::Problems,
    role::{Role, Words},
};

use crate::config::Config;

/// The role packs and the labs as configured. What a lab names of a role must be in one of the packs.
pub(crate) fn content(config: &Config) -> Result<(Vec<Role>, Catalog), Problems> {
    let roles = roles::load(&config.roles)?;
    let catalog = Catalog::load_for(&config.catalog, &Words::of(&roles))?;
    Ok((roles, catalog))
}

/// Some labs alone, so that one that somebody is writing beside them is not in the way; all where none is named.
fn some_labs(config: &Config, names: &[String]) -> anyhow::Result<Catalog> {
    if names.is_empty() {
        return Ok(content(config)?.1);
    }
    if let Some(missing) = names.iter().find(|name| !config.catalog.join(name).is_dir()) {
        let folders = std::fs::read_dir(&config.catalog).with_context(|| format!("{}", config.catalog.display()))?;
        let mut known: Vec<String> = folders
            .flatten()
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        known.sort_unstable();
        bail!("there is no lab {missing} in {}; there are: {}", config.catalog.display(), known.join(", "));
    }
    Ok(Catalog::load_some(&config.catalog, &Words::of(&roles::load(&config.roles)?), names)?)
}

/// The role that people here grow into, with the variants that fit this organisation.
fn role(config: &Config, roles: &[Role]) -> anyhow::Result<Role> {
    let Some(role) = roles.iter().find(|role| role.id == config.role) else {
        let known = roles.iter().map(|role| role.id.as_str()).collect::<Vec<_>>().join(", ");
        bail!("there is no role {} in {}; there are: {known}", config.role, config.roles.display());
    };
    role.with_variants(&config.variants).with_context(|| format!("the variants of the role {}", role.id))
}

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
        apparmor: config.apparmor,
        capabilities: config.lab_capabilities.clone(),
        // The engine knows a directory by its real path alone.
        links: config.data.canonicalize().ok().map(|data| data.join("links")),
    };
    Arc::new(Docker::new(options))
}

/// Prints a long text, of which somebody may want to see only the beginning.
fn say(text: &str) -> anyhow::Result<()> {
    match writeln!(io::stdout(), "{}", text.trim_end()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said.context("the report can't be printed"),
    }
}
