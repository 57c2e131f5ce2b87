//! `belay lab lint`

use std::{fs, path::Path};

use authoring::advice;

use super::more_rights;
use crate::{command, config::Config};

/// `belay lab lint`
#[derive(clap::Args)]
pub struct Lint {
    /// Only these; all by default
    labs: Vec<String>,
}

impl Lint {
    /// Says what is wrong with labs, and what could be better.
    ///
    /// # Errors
    /// All that is wrong with them, each with file, line and remedy.
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let catalog = command::some_labs(config, &self.labs)?;
        let bases = bases(&config.images);
        let mut given = 0;
        for lab in catalog.labs() {
            more_rights(lab, config);
            for better in advice::advise(lab, &bases) {
                println!("advice: {better}");
                given += 1;
            }
        }
        let advice = match given {
            0 => String::new(),
            1 => ", one piece of advice".into(),
            many => format!(", {many} pieces of advice"),
        };
        match catalog.labs().count() {
            1 => println!("1 lab, no problems{advice}"),
            many => println!("{many} labs, no problems{advice}"),
        }
        Ok(())
    }
}

/// The base images there are: a folder with a Dockerfile each.
fn bases(images: &Path) -> Vec<String> {
    let entries = fs::read_dir(images).into_iter().flatten().flatten();
    let own = entries.filter(|entry| entry.path().join("Dockerfile").is_file());
    let mut names: Vec<String> = own.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort_unstable();
    names
}
