//! `belay doctor`

use std::process::ExitCode;

use crate::{
    config::{Config, Overrides},
    doctor::{State, examine},
};

/// `belay doctor`
#[derive(clap::Args)]
pub struct Doctor {
    /// Print only what is lacking or missing
    #[arg(long)]
    quiet: bool,
}

impl Doctor {
    /// Prints the findings; fails if Belay cannot run.
    ///
    /// # Errors
    /// When the configuration is not right or the data directory cannot be made.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, false)?;
        std::fs::create_dir_all(&config.data)?;
        let findings = examine(&config, &*super::engine(&config)).await;
        for finding in findings.iter().filter(|finding| !self.quiet || finding.state != State::Good) {
            println!("{finding}");
        }
        let runs = findings.iter().all(|finding| finding.state != State::Missing);
        Ok(if runs { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
