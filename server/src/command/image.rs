//! `belay image`

use std::{process::ExitCode, time::Instant};

use labs::{catalog::Catalog, sandbox::Engine};

use crate::config::{Config, Overrides};

/// `belay image`
#[derive(clap::Subcommand)]
pub enum Image {
    /// Builds the base images, the images of all labs, and the agent's volume; skips what is there
    Build,
}

impl Image {
    /// Runs the command.
    ///
    /// # Errors
    /// When the configuration or a lab is not right, or a build fails: with the tail of its log.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let Self::Build = self;
        let config = Config::load(overrides, false)?;
        let catalog = Catalog::load(&config.catalog)?;
        let engine = super::engine(&config);
        for lab in catalog.labs() {
            let started = Instant::now();
            let image = engine.prepare(lab).await?;
            println!("{:<28} {image}  {:.1} s", lab.id, started.elapsed().as_secs_f64());
        }
        Ok(ExitCode::SUCCESS)
    }
}
