//! Proofs: the reference solution solves a lab, and nobody has solved it before they have begun.
//!
//! For each seed two sandboxes are made. In the first nothing is done: no required check may pass. In the second
//! the reference solution stands for the learner: every check must pass, every expected signal must be earned and
//! no forbidden one seen. What was proven once is not proven again until the lab, its image or the agent changes.

mod answers;
mod cache;
mod leftovers;
mod mutants;
mod round;

use std::{
    collections::BTreeMap,
    fmt,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};

use self::cache::Cache;
pub use self::mutants::{KEY, key_command};
use crate::{
    catalog::{Image, Lab, Problem},
    sandbox::{Engine, EngineError},
};

/// How labs are proven.
#[derive(Clone, Debug)]
pub struct Options {
    /// With which seeds; two differ enough to show what depends on a variable.
    pub seeds: Vec<u64>,
    /// Where to remember what was proven; `None` remembers nothing.
    pub cache: Option<PathBuf>,
    /// Proves also what is remembered.
    pub again: bool,
    /// The instance that the sandboxes are labelled with.
    pub instance: String,
}

/// What came of proving a lab.
#[derive(Clone, Debug, PartialEq)]
pub struct Proof {
    /// The lab's id.
    pub lab: String,
    /// What is wrong with it; none for a lab that is proven.
    pub problems: Vec<Problem>,
    /// How long each part took, for each seed.
    pub rounds: Vec<Round>,
    /// Whether it was remembered and not proven again.
    pub remembered: bool,
    /// How long it took in all.
    pub took: Duration,
}

/// One seed's part of a proof.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Round {
    /// The seed.
    pub seed: u64,
    /// From nothing to a box that is set up.
    pub start: Duration,
    /// The checks of the untouched box.
    pub untouched: Duration,
    /// The reference solution.
    pub solution: Duration,
    /// The closing checks, with a restart where the lab has one.
    pub closing: Duration,
    /// What the solution earned, and what could be earned.
    pub points: (i32, i32),
    /// What was drawn, by name.
    #[serde(default)]
    pub drawn: BTreeMap<String, String>,
    /// Signals of good practice that the solution need not show (`proven = false`) and did not.
    #[serde(default)]
    pub unshown: Vec<String>,
}

impl Proof {
    /// Whether the lab is proven.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.problems.is_empty()
    }
}

impl fmt::Display for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let took = self.took.as_secs_f64();
        match (self.holds(), self.remembered) {
            (true, true) => write!(f, "{}: proven before, nothing has changed", self.lab),
            (true, false) => write!(f, "{}: proven in {took:.1} s", self.lab),
            (false, _) => write!(f, "{}: NOT proven ({took:.1} s)", self.lab),
        }?;
        // A round that ended early has nothing to tell beside its problems.
        for round in self.rounds.iter().filter(|round| round.closing > Duration::ZERO) {
            let (points, possible) = round.points;
            write!(
                f,
                "\n  seed {}: box up in {:.1} s, untouched checks {:.1} s, solution {:.1} s, closing checks {:.1} s, {points} of {possible} points{}",
                round.seed,
                round.start.as_secs_f64(),
                round.untouched.as_secs_f64(),
                round.solution.as_secs_f64(),
                round.closing.as_secs_f64(),
                if round.unshown.is_empty() {
                    String::new()
                } else {
                    format!(" (not shown: {})", round.unshown.join(", "))
                },
            )?;
        }
        if !self.holds() {
            for Round { seed, drawn, .. } in &self.rounds {
                let drawn: Vec<String> = drawn.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                write!(f, "\n  seed {seed} drew {}", drawn.join(", "))?;
            }
        }
        for problem in &self.problems {
            write!(f, "\n{problem}")?;
        }
        Ok(())
    }
}

/// Proves a lab. It does not fail: what goes wrong is among the problems. The first call also removes what an earlier run
/// by the same name of instance was kept from removing.
pub async fn prove(engine: Arc<dyn Engine>, lab: Arc<Lab>, options: &Options) -> Proof {
    let began = Instant::now();
    let mut proof = Proof {
        lab: lab.id.clone(),
        problems: Vec::new(),
        rounds: Vec::new(),
        remembered: false,
        took: Duration::ZERO,
    };
    if let Some(exercise) = &lab.exercise {
        // Nothing runs, so nothing need be remembered.
        for seed in &options.seeds {
            let (round, problems) = answers::prove(&lab, exercise, *seed);
            proof.rounds.push(round);
            proof.problems.extend(problems);
        }
        proof.took = began.elapsed();
        return proof;
    }
    leftovers::remove(&engine, options).await;
    match engine.prepare(&lab).await {
        Err(error) => proof.problems.push(unprepared(&lab, &error)),
        Ok(fingerprint) => {
            let cache = options.cache.as_ref().map(|dir| Cache::new(dir, &lab, &fingerprint, &options.seeds));
            if let Some(rounds) = cache.as_ref().filter(|_| !options.again).and_then(Cache::recall) {
                (proof.rounds, proof.remembered) = (rounds, true);
            } else {
                for seed in &options.seeds {
                    tracing::info!(lab = lab.id, seed, "proving");
                    let (round, problems) = round::prove(&engine, &lab, *seed, &options.instance).await;
                    proof.rounds.push(round);
                    proof.problems.extend(problems);
                }
                if let Some(cache) = cache.filter(|_| proof.holds()) {
                    cache.remember(&proof.rounds);
                }
            }
        }
    }
    proof.problems.dedup();
    proof.took = began.elapsed();
    proof
}

/// Tries a lab's solution without each line that it marks with `# key`: some required check must then fail.
pub async fn mutate(engine: Arc<dyn Engine>, lab: Arc<Lab>, options: &Options) -> Mutation {
    let began = Instant::now();
    if let Some(exercise) = &lab.exercise {
        let (tried, problems) = answers::mutate(&lab, exercise, options.seeds.first().copied().unwrap_or(1));
        return Mutation { lab: lab.id.clone(), tried, problems, took: began.elapsed() };
    }
    leftovers::remove(&engine, options).await;
    let (tried, problems) = match engine.prepare(&lab).await {
        Ok(_) => mutants::prove(&engine, &lab, options).await,
        Err(error) => (0, vec![unprepared(&lab, &error)]),
    };
    Mutation { lab: lab.id.clone(), tried, problems, took: began.elapsed() }
}

/// What came of trying a lab's solution without its key lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Mutation {
    /// The lab's id.
    pub lab: String,
    /// How many lines were left out, one at a time.
    pub tried: usize,
    /// What is wrong with it; none where the checks notice each.
    pub problems: Vec<Problem>,
    /// How long it took.
    pub took: Duration,
}

impl fmt::Display for Mutation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { lab, tried, problems, took } = self;
        let word = if problems.is_empty() { "is noticed" } else { "is NOT always noticed" };
        write!(f, "{lab}: a missing key line {word} ({tried} tried, {:.1} s)", took.as_secs_f64())?;
        problems.iter().try_for_each(|problem| write!(f, "\n{problem}"))
    }
}

/// What is wrong where a lab's images can't be had.
fn unprepared(lab: &Lab, error: &EngineError) -> Problem {
    let built = lab.hosts.iter().any(|host| matches!(host.image, Image::Build(_)));
    let file = if built && lab.hosts.len() == 1 { "sandbox/Dockerfile" } else { "" };
    about(lab, file, error.to_string(), "mend the image or the engine")
}

/// A problem of one of the lab's files, or, where none is named, of the lab as a whole.
fn about(lab: &Lab, file: &str, what: impl Into<String>, remedy: &str) -> Problem {
    let place = if file.is_empty() { lab.dir.clone() } else { lab.dir.join(file) };
    Problem { file: place.display().to_string(), line: None, what: what.into(), remedy: remedy.into() }
}

/// A problem of a check or a signal, with the line of its id.
fn about_id(lab: &Lab, id: &str, what: String, remedy: &str) -> Problem {
    let toml = std::fs::read_to_string(lab.dir.join("lab.toml")).unwrap_or_default();
    let names_it = |line: &str| line.trim_start().starts_with("id") && line.contains(&format!("\"{id}\""));
    let line = toml.lines().position(names_it).map(|index| index + 1);
    Problem { line, ..about(lab, "lab.toml", what, remedy) }
}
