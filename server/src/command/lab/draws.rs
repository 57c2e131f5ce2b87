//! `belay lab draws`

use std::fmt::Write as _;

use super::named;
use crate::{command::say, config::Config};

/// `belay lab draws`
#[derive(clap::Args)]
pub struct Draws {
    /// The lab
    lab: String,
    /// How many seeds, from 1 on
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
}

impl Draws {
    /// Says what each seed draws, and by which few each choice is drawn once.
    ///
    /// # Errors
    /// When there is no such lab, or it is not right.
    pub(super) fn run(self, config: &Config) -> anyhow::Result<()> {
        let lab = named(config, &self.lab)?;
        let mut text = String::new();
        for seed in 1..=self.seeds {
            let drawn: Vec<String> = lab.draw(seed).0.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            let _ = writeln!(text, "seed {seed:<3} {}", drawn.join(", "));
        }
        let _ = writeln!(text, "\nEach choice once: --seeds {}", listed(&lab.seeds_for_each_choice()));
        say(&text)
    }
}

/// Seeds as `--seeds` takes them.
pub(super) fn listed(seeds: &[u64]) -> String {
    seeds.iter().map(u64::to_string).collect::<Vec<_>>().join(",")
}
