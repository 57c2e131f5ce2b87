//! `belay lab`

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use labs::{
    catalog::{Catalog, Lab as Folder},
    ledger, proof, tester,
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
    /// Tries the signals of a lab on a ledger from standard input: events as JSON, a list or one on each line
    Signals {
        /// The lab
        lab: String,
        /// As JSON
        #[arg(long)]
        json: bool,
        /// Says what this signal looks for, its sets written out, instead
        #[arg(long, value_name = "SIGNAL", conflicts_with = "json")]
        explain: Option<String>,
    },
}

impl Lab {
    /// Runs the command; fails if a lab does.
    ///
    /// # Errors
    /// In words: a configuration that is not right, a lab's file with a problem, an engine out of reach.
    pub async fn run(self, overrides: &Overrides) -> anyhow::Result<ExitCode> {
        let config = Config::load(overrides, false)?;
        let (_, catalog) = super::content(&config)?;
        match self {
            Self::List => {
                for lab in catalog.labs() {
                    println!("{:<28} day {:<3} {:>3} min  {}", lab.id, lab.phase, lab.minutes, lab.title);
                }
            }
            Self::Lint => {
                for lab in catalog.labs() {
                    more_rights(lab, &config);
                }
                println!("{} labs, no problems", catalog.labs().count());
            }
            Self::Signals { lab, json, explain } => {
                signals(&*named(&config, &catalog, &lab)?, json, explain.as_deref())?;
            }
            Self::Test { labs, again, seeds } => return test(&config, &catalog, &labs, again, &seeds).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn named(config: &Config, catalog: &Catalog, name: &str) -> anyhow::Result<Arc<Folder>> {
    let Some(lab) = catalog.get(name) else {
        let known = catalog.labs().map(|lab| lab.id.as_str()).collect::<Vec<_>>().join(", ");
        bail!("there is no lab {name} in {}; there are: {known}", config.catalog.display());
    };
    Ok(lab)
}

/// Says of a lab that asks for more than the usual rights that it does, and whether it may here.
fn more_rights(lab: &Folder, config: &Config) {
    for host in lab.hosts.iter().filter(|host| !host.capabilities.is_empty()) {
        let names = host.capabilities.iter().map(|capability| capability.name()).collect::<Vec<_>>().join(", ");
        let allowed = host.capabilities.iter().all(|capability| config.lab_capabilities.contains(capability));
        let here = if allowed { "allowed here" } else { "not allowed here: see lab_capabilities in belay.toml" };
        println!("{}: root on {} has more than the usual rights: {names} ({here})", lab.id, host.name);
    }
}

fn signals(lab: &Folder, json: bool, explain: Option<&str>) -> anyhow::Result<()> {
    if let Some(id) = explain {
        let Some(signal) = lab.signals.iter().find(|signal| signal.id == id) else {
            let known = lab.signals.iter().map(|signal| signal.id.as_str()).collect::<Vec<_>>().join(", ");
            bail!("the lab {} has no signal {id}; it has: {known}", lab.id);
        };
        return super::say(&tester::explain(signal));
    }
    if io::stdin().is_terminal() {
        bail!("give the ledger on standard input: belay lab signals {} < ledger.json", lab.id);
    }
    let text = io::read_to_string(io::stdin()).context("standard input can't be read as text")?;
    let report = tester::try_signals(lab, &ledger::read(&text)?);
    super::say(&if json { serde_json::to_string_pretty(&report)? } else { report.to_string() })
}

async fn test(
    config: &Config,
    catalog: &Catalog,
    names: &[String],
    again: bool,
    seeds: &[u64],
) -> anyhow::Result<ExitCode> {
    let mut chosen: Vec<Arc<Folder>> = Vec::new();
    for name in names {
        chosen.push(named(config, catalog, name)?);
    }
    if names.is_empty() {
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
        more_rights(&lab, config);
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
