//! `belay lab import`

use std::path::{Path, PathBuf};

use anyhow::Context;
use authoring::{
    folder,
    import::{ImportError, Imported, Source, harbor, killercoda},
};

use crate::config::Config;

/// Makes labs of another platform's.
#[derive(clap::Args)]
pub struct Import {
    /// Where they come from
    from: From,
    /// The folder of a scenario or task, or of several
    folder: PathBuf,
    /// Where to write the labs; the catalogue by default
    #[arg(long, value_name = "DIR")]
    into: Option<PathBuf>,
    /// Says what would become of them, and writes nothing
    #[arg(long)]
    report: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum From {
    /// Killercoda or Katacoda: index.json
    Killercoda,
    /// Harbor or Terminal-Bench: task.toml or task.yaml
    Harbor,
}

impl Import {
    /// Writes the labs, and says of each what was made of it.
    ///
    /// # Errors
    /// When the folder is none of that platform's, or a lab can't be written.
    pub fn run(self, config: &Config) -> anyhow::Result<()> {
        let labs = self.read()?;
        let into = self.into.as_deref().unwrap_or(&config.catalog);
        let mut written = 0;
        for lab in labs {
            println!("{lab}\n");
            if !self.report && !lab.files.is_empty() {
                self.write(&lab, into)?;
                written += 1;
            }
        }
        if !self.report {
            super::new::keep_schema(config)?;
            println!(
                "{written} written to {}; look at them with `belay lab lint`, prove them with `belay lab test`",
                into.display()
            );
        }
        Ok(())
    }

    fn read(&self) -> Result<Vec<Imported>, ImportError> {
        let source = Source::read(&self.folder)?;
        match self.from {
            From::Killercoda => killercoda::import(&source),
            From::Harbor => harbor::import(&source),
        }
    }

    fn write(&self, lab: &Imported, into: &Path) -> anyhow::Result<()> {
        let folder = into.join(&lab.id);
        folder::write(&folder, &lab.files).with_context(|| format!("the lab {}", lab.id))
    }
}
