//! `belay lab`

mod draws;
mod import;
mod lint;
mod new;
mod rescore;
mod run;
mod shot;
mod test;

use std::{
    io::{self, IsTerminal},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use authoring::schema;
use labs::{catalog::Lab as Folder, ledger, tester};

use crate::config::{Config, Overrides};

/// `belay lab`
#[derive(clap::Subcommand)]
pub enum Lab {
    /// Lists the labs
    List,
    /// Writes the folder of a new lab, which passes its own test, to be changed piece by piece
    New(new::New),
    /// Makes labs of another platform's: a folder in, labs out, with a report
    Import(import::Import),
    /// Prints the schema of lab.toml for editors
    Schema,
    /// Checks the files of labs, and says as advice what a reviewer would ask
    Lint(lint::Lint),
    /// Proves labs: the untouched box fails, the reference solution passes, with two seeds each
    Test(test::TestLabs),
    /// Says what seeds draw, without a box
    Draws(draws::Draws),
    /// Opens a lab in this terminal, and makes its checks when the shell is left
    Run(run::RunLab),
    /// Writes a lab's pages as files and pictures, to be looked at without a server
    Shot(shot::Shot),
    /// Judges attempts that are over by the lab as it is now, and shows what would change
    Rescore(rescore::Rescore),
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
        match self {
            Self::New(new) => new.run(&config)?,
            Self::Import(import) => import.run(&config)?,
            Self::Schema => super::say(schema::LAB)?,
            Self::List => {
                for lab in super::content(&config)?.1.labs() {
                    println!("{:<28} day {:<3} {:>3} min  {}", lab.id, lab.phase, lab.minutes, lab.title);
                }
            }
            Self::Draws(draws) => draws.run(&config)?,
            Self::Lint(lint) => lint.run(&config)?,
            Self::Signals { lab, json, explain } => {
                signals(&*named(&config, &lab)?, json, explain.as_deref())?;
            }
            Self::Run(run) => return run.run(&config).await,
            Self::Shot(shot) => shot.run(&config)?,
            Self::Rescore(rescore) => rescore.run(&config).await?,
            Self::Test(test) => return test.run(&config).await,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn named(config: &Config, name: &str) -> anyhow::Result<Arc<Folder>> {
    let only = [name.to_string()];
    super::some_labs(config, &only)?.get(name).with_context(|| format!("there is no lab {name}"))
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
