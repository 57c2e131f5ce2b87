//! `belay lab`

use std::{process::ExitCode, sync::Arc};

use anyhow::bail;
use labs::{
    catalog::{Catalog, Lab as Folder},
    proof,
};

use crate::config::{Config, Overrides};

/// `belay lab`
#[derive(clap::Subcommand)]
pub enum Lab {
    /// Lists the labs
    List,
    /// Checks the files of all labs
    Lint,
    /// Proves labs: the untouched box fails, the reference solution passes, with two seeds each
    Test {
        /// Only these; all by default
        labs: Vec<String>,
        /// Prove again what has been proven and has not changed
        #[arg(long)]
        again: bool,
        /// The seeds
        #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
        seeds: Vec<u64>,
    },
}

impl Lab {
    /// Runs the command; fails if a lab does.
    ///
    /// # Errors
    /// In words: a configuration that is not right, a lab's file with a problem, an engine out of reach.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, false)?;
        let catalog = Catalog::load(&config.catalog)?;
        match self {
            Self::List => {
                for lab in catalog.labs() {
                    println!("{:<28} day {:<3} {:>3} min  {}", lab.id, lab.phase, lab.minutes, lab.title);
                }
            }
            Self::Lint => println!("{} labs, no problems", catalog.labs().count()),
            Self::Test { labs, again, seeds } => return test(&config, &catalog, &labs, again, &seeds).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn test(
    config: &Config,
    catalog: &Catalog,
    named: &[String],
    again: bool,
    seeds: &[u64],
) -> anyhow::Result<ExitCode> {
    let mut chosen: Vec<Arc<Folder>> = Vec::new();
    for name in named {
        let Some(lab) = catalog.get(name) else {
            let known = catalog.labs().map(|lab| lab.id.as_str()).collect::<Vec<_>>().join(", ");
            bail!("there is no lab {name} in {}; there are: {known}", config.catalog.display());
        };
        chosen.push(lab);
    }
    if named.is_empty() {
        chosen = catalog.labs().cloned().collect();
    }
    let engine = super::engine(config);
    let options = proof::Options {
        seeds: seeds.to_vec(),
        cache: Some(config.data.join("proofs")),
        again,
        // Its sandboxes are not those of the server that shares this data directory.
        instance: format!("{}-proof", config.instance),
    };
    let (mut proven, mut failed) = (0, 0);
    for lab in chosen {
        let proof = proof::prove(engine.clone(), lab, &options).await;
        println!("{proof}");
        if proof.holds() {
            proven += 1;
        } else {
            failed += 1;
        }
    }
    println!("{proven} passed, {failed} failed");
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
