//! `belay lab test`

use std::{collections::BTreeMap, path::Path, process::Command, process::ExitCode, sync::Arc, thread, time::Duration};

use anyhow::{Context, bail};
use futures::{StreamExt, stream};
use labs::{
    catalog::Lab,
    proof::{self, Proof},
};

use super::{draws::listed, more_rights};
use crate::{command, config::Config};

/// Proves labs: the untouched box fails, the reference solution passes, with two seeds each.
#[derive(clap::Args)]
pub struct TestLabs {
    /// Only these; all by default
    labs: Vec<String>,
    /// Only those that differ from this commit, by Git
    #[arg(long, value_name = "COMMIT", num_args = 0..=1, default_missing_value = "HEAD", conflicts_with = "labs")]
    changed: Option<String>,
    /// Prove again what has been proven and has not changed
    #[arg(long)]
    again: bool,
    /// How many times each, to find what holds only sometimes; proves again
    #[arg(long, value_name = "TIMES", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    repeat: u32,
    /// Instead, leaves out each line of the solution that is marked `# key`: the checks must notice
    #[arg(long, conflicts_with_all = ["repeat", "again"])]
    mutate: bool,
    /// From what the variables are drawn, as in 1,2,3: each seed is one draw, always the same
    #[arg(long, value_delimiter = ',', default_values_t = [1, 2])]
    seeds: Vec<u64>,
    /// How many labs at a time; by default as many as there are processors, and four at most
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=64))]
    jobs: Option<u32>,
}

impl TestLabs {
    /// Proves them, and says of each how it went, then how long each took.
    ///
    /// # Errors
    /// When a lab is not known, or Git can't say what has changed.
    pub async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let chosen = self.chosen(config)?;
        let options = proof::Options {
            seeds: self.seeds.clone(),
            cache: Some(config.data.join("proofs")),
            again: self.again || self.repeat > 1,
            // Its sandboxes are not those of the server that shares this data directory.
            instance: format!("{}-proof", config.instance),
        };
        for lab in &chosen {
            more_rights(lab, config);
        }
        let processors = thread::available_parallelism().map_or(1, |count| count.get().min(4));
        let jobs = self.jobs.map_or(processors, |jobs| jobs as usize);
        let named: Vec<Arc<Lab>> = if self.labs.is_empty() { Vec::new() } else { chosen.clone() };
        let held = if self.mutate {
            mutate(config, chosen, &options, jobs).await
        } else {
            prove(config, chosen, &options, jobs, self.repeat).await
        };
        for lab in &named {
            undrawn(lab, &self.seeds);
        }
        Ok(if held { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn chosen(&self, config: &Config) -> anyhow::Result<Vec<Arc<Lab>>> {
        let catalog = command::some_labs(config, &self.labs)?;
        let paths = self.changed.as_deref().map(|commit| changed(&config.catalog, commit)).transpose()?;
        let differs = |lab: &&Arc<Lab>| {
            let of_lab = |path: &String| path.split('/').next() == Some(lab.id.as_str());
            paths.as_ref().is_none_or(|paths| paths.iter().any(of_lab))
        };
        Ok(catalog.labs().filter(differs).cloned().collect())
    }
}

/// Says of a lab that these seeds leave something undrawn, and which don't.
fn undrawn(lab: &Lab, seeds: &[u64]) {
    let missing: Vec<String> = lab.undrawn(seeds).iter().map(|(name, value)| format!("{name} = {value}")).collect();
    if !missing.is_empty() {
        println!("{}: not drawn by these seeds: {}", lab.id, missing.join(", "));
        println!("  each choice once: --seeds {}", listed(&lab.seeds_for_each_choice()));
    }
}

/// The paths in the catalogue that differ from a commit, those that Git does not know yet among them.
fn changed(catalog: &Path, commit: &str) -> anyhow::Result<Vec<String>> {
    let git = |arguments: &[&str]| -> anyhow::Result<Vec<String>> {
        let output = Command::new("git").arg("-C").arg(catalog).args(arguments).output();
        let output = output.context("git could not be run: it says what has changed")?;
        if !output.status.success() {
            bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(String::from_utf8_lossy(&output.stdout).lines().map(Into::into).collect())
    };
    let mut paths = git(&["diff", "--name-only", "--relative", commit, "--", "."])?;
    paths.extend(git(&["ls-files", "--others", "--exclude-standard"])?);
    Ok(paths)
}

async fn mutate(config: &Config, labs: Vec<Arc<Lab>>, options: &proof::Options, jobs: usize) -> bool {
    let engine = command::engine(config);
    let mut mutations =
        stream::iter(labs).map(|lab| proof::mutate(engine.clone(), lab, options)).buffer_unordered(jobs);
    let (mut noticed, mut not) = (0, 0);
    while let Some(mutation) = mutations.next().await {
        println!("{mutation}");
        *(if mutation.problems.is_empty() { &mut noticed } else { &mut not }) += 1;
    }
    println!("{noticed} passed, {not} failed");
    not == 0
}

async fn prove(config: &Config, labs: Vec<Arc<Lab>>, options: &proof::Options, jobs: usize, repeat: u32) -> bool {
    let engine = command::engine(config);
    let all = labs.len() * repeat as usize;
    let runs = (0..repeat).flat_map(|_| labs.clone());
    let mut proofs = stream::iter(runs).map(|lab| proof::prove(engine.clone(), lab, options)).buffer_unordered(jobs);
    let mut by_lab = BTreeMap::<String, Vec<Proof>>::new();
    let mut done = 0;
    while let Some(proof) = proofs.next().await {
        done += 1;
        println!("[{done}/{all}] {proof}");
        by_lab.entry(proof.lab.clone()).or_default().push(proof);
    }
    drop(proofs);
    let failed = by_lab.values().filter(|proofs| !proofs.iter().all(Proof::holds)).count();
    if by_lab.len() > 1 || repeat > 1 {
        print!("\n{}", table(&by_lab));
    }
    println!("{} passed, {failed} failed", by_lab.len() - failed);
    failed == 0
}

/// How long each part of each lab took, the slowest seed of all its proofs, and which labs held only sometimes.
fn table(by_lab: &BTreeMap<String, Vec<Proof>>) -> String {
    let mut out = format!(
        "{:<32} {:>7} {:>9} {:>8} {:>7} {:>7}  {}\n",
        "seconds at most", "box up", "untouched", "solution", "closing", "in all", "points"
    );
    for (lab, proofs) in by_lab {
        let rounds = || proofs.iter().flat_map(|proof| &proof.rounds);
        let most = |part: fn(&proof::Round) -> Duration| rounds().map(part).max().unwrap_or_default().as_secs_f64();
        let took = proofs.iter().map(|proof| proof.took).max().unwrap_or_default().as_secs_f64();
        let points =
            rounds().next().map_or_else(String::new, |round| format!("{} of {}", round.points.0, round.points.1));
        let held = proofs.iter().filter(|proof| proof.holds()).count();
        let word = match held {
            0 => "  FAILED".into(),
            held if held < proofs.len() => format!("  HOLDS ONLY SOMETIMES: {held} of {}", proofs.len()),
            _ => String::new(),
        };
        out += &format!(
            "{lab:<32} {:>7.1} {:>9.1} {:>8.1} {:>7.1} {took:>7.1}  {points}{word}\n",
            most(|round| round.start),
            most(|round| round.untouched),
            most(|round| round.solution),
            most(|round| round.closing),
        );
    }
    out
}
