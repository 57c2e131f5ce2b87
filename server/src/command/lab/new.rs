//! `belay lab new`

use std::io::{self, IsTerminal, Write};

use anyhow::{Context, bail};
use authoring::{
    folder,
    scaffold::{Machines, Outline, OutlineError, scaffold},
    schema,
};
use labs::catalog;
use scorecards::reader::is_id;
use wire::Init;

use crate::config::Config;

/// What an author says of a new lab; what is missing is asked for where somebody can answer.
#[derive(clap::Args)]
pub struct New {
    /// The id: the folder's name, as in port-conflict
    id: Option<String>,
    /// In a few words, without giving the cause away
    #[arg(long)]
    title: Option<String>,
    /// In one line
    #[arg(long)]
    summary: Option<String>,
    /// How long it should take
    #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=480))]
    minutes: u32,
    /// The part of the path, in days
    #[arg(long, default_value_t = 30, value_parser = phase)]
    phase: u32,
    /// What it trains, by the ids of the role pack
    #[arg(long, value_delimiter = ',', value_name = "IDS", default_values_t = ["linux".to_string()])]
    skills: Vec<String>,
    /// A machine without services
    #[arg(long, conflicts_with = "hosts")]
    plain: bool,
    /// Several machines with these names, as in web,db
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    hosts: Vec<String>,
}

fn phase(text: &str) -> Result<u32, String> {
    text.parse()
        .ok()
        .filter(|phase| catalog::PHASES.contains(phase))
        .ok_or_else(|| format!("one of {}", catalog::phases()))
}

impl New {
    /// Writes the folder, and says what to do next.
    ///
    /// # Errors
    /// When something is missing and nobody can be asked, the id is taken, or the folder can't be written.
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let ask = io::stdin().is_terminal();
        let machines = match (self.plain, self.hosts.is_empty()) {
            (_, false) => Machines::Several(self.hosts),
            (true, true) => Machines::One(Init::Plain),
            (false, true) => Machines::One(Init::Systemd),
        };
        let id = given(self.id, ask, "Id (the folder's name, as in port-conflict)", "the id as first argument")?;
        // Before anything else is asked for.
        if !is_id(&id) {
            bail!(OutlineError::Id(id));
        }
        let outline = Outline {
            id,
            title: given(self.title, ask, "Title (in a few words, without the cause)", "--title")?,
            summary: given(self.summary, ask, "Summary (in one line)", "--summary")?,
            minutes: self.minutes,
            phase: self.phase,
            skills: self.skills,
            machines,
        };
        let files = scaffold(&outline)?;
        let folder = config.catalog.join(&outline.id);
        folder::write(&folder, &files)?;
        keep_schema(config)?;
        println!("{} is a small whole lab. Make it yours piece by piece:\n", folder.display());
        println!("  belay lab lint {}", outline.id);
        println!("      says what is wrong, with file and line, and what a reviewer would ask");
        println!("  belay lab test {}", outline.id);
        println!("      proves that it can be solved, and not by doing nothing");
        println!("  belay lab run {}", outline.id);
        println!("      opens a shell in it, and makes its checks when you leave");
        println!("\nHow labs are written: labs/AUTHORS.md.");
        Ok(())
    }
}

/// Puts the schema beside the labs, where their first line says that it is.
pub(super) fn keep_schema(config: &Config) -> anyhow::Result<()> {
    let place = config.catalog.join(schema::FILE);
    std::fs::write(&place, schema::LAB).with_context(|| format!("{} can't be written", place.display()))
}

fn given(value: Option<String>, ask: bool, question: &str, flag: &str) -> anyhow::Result<String> {
    if let Some(value) = value {
        return Ok(value);
    }
    if !ask {
        bail!("give {flag}");
    }
    print!("{question}: ");
    io::stdout().flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).context("the answer can't be read")?;
    Ok(answer.trim().to_string())
}
