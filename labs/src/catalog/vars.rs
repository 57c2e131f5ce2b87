//! Variables: what differs between attempts, so that answers can't be copied.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// From what a variable's value is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VarSpec {
    /// One of these.
    Choose(Vec<String>),
    /// A number of this range, both ends included.
    Between(i64, i64),
}

impl VarSpec {
    /// The values by which a claim about all of them can be tested: every choice, or both ends of the range.
    pub(super) fn extremes(&self) -> Vec<String> {
        match self {
            Self::Choose(values) => values.clone(),
            Self::Between(low, high) => vec![low.to_string(), high.to_string()],
        }
    }
}

/// The values drawn for one attempt, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Vars(pub BTreeMap<String, String>);

/// The names and values of all choices that none of these seeds draws.
pub(super) fn undrawn<'s>(specs: &'s BTreeMap<String, VarSpec>, seeds: &[u64]) -> BTreeSet<(&'s str, &'s str)> {
    let choices = specs.iter().filter_map(|(name, spec)| match spec {
        VarSpec::Choose(values) => Some(values.iter().map(move |value| (name.as_str(), value.as_str()))),
        VarSpec::Between(..) => None,
    });
    let drawn: Vec<Vars> = seeds.iter().map(|seed| Vars::draw(specs, *seed)).collect();
    choices.flatten().filter(|choice| !drawn.iter().any(|drawn| drawn.has(*choice))).collect()
}

/// Seeds by which each value of each choice is drawn: few, as far as taking the one that adds the most leads there.
pub(super) fn for_each_choice(specs: &BTreeMap<String, VarSpec>) -> Vec<u64> {
    // A choice of some tens of values is drawn whole long before that.
    let drawn: Vec<(u64, Vars)> = (1..=1000).map(|seed| (seed, Vars::draw(specs, seed))).collect();
    let mut open = undrawn(specs, &[]);
    let mut seeds = Vec::new();
    while !open.is_empty() {
        let adds = |drawn: &Vars| open.iter().filter(|choice| drawn.has(**choice)).count();
        let Some((seed, most)) = drawn.iter().max_by_key(|(seed, drawn)| (adds(drawn), Reverse(*seed))) else { break };
        if adds(most) == 0 {
            break;
        }
        open.retain(|choice| !most.has(*choice));
        seeds.push(*seed);
    }
    seeds.sort_unstable();
    seeds
}

impl Vars {
    pub(super) fn draw(specs: &BTreeMap<String, VarSpec>, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // In order of the names: adding a variable at the end of the alphabet leaves the others as they were.
        let values = specs.iter().map(|(name, spec)| {
            let value = match spec {
                VarSpec::Choose(values) => values[rng.random_range(0..values.len() as u64) as usize].clone(),
                VarSpec::Between(low, high) => rng.random_range(*low..=*high).to_string(),
            };
            (name.clone(), value)
        });
        Self(values.collect())
    }

    fn has(&self, (name, value): (&str, &str)) -> bool {
        self.0.get(name).is_some_and(|drawn| drawn == value)
    }

    /// The text with every `{{name}}` replaced by its value. A name that isn't a variable stays as it is.
    #[must_use]
    pub fn fill(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, name, after)) = next_use(rest) {
            out.push_str(&unescaped(before));
            match self.0.get(name) {
                Some(value) => out.push_str(value),
                None => out.push_str(&rest[before.len()..rest.len() - after.len()]),
            }
            rest = after;
        }
        out.push_str(&unescaped(rest));
        out
    }

    /// The same for a regular expression: each value stands for itself, letter by letter.
    pub(crate) fn literal(&self) -> Self {
        Self(self.0.iter().map(|(name, value)| (name.clone(), regex::escape(value))).collect())
    }

    /// The variables as scripts get them: names in upper case.
    #[must_use]
    pub fn env(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(name, value)| (name.to_uppercase(), value.clone())).collect()
    }
}

/// What stands in braces behind code and is no variable: the page makes a button of it.
pub(super) const MARKERS: &[&str] = &["exec", "copy"];

/// A text without the backslashes that keep `{{` from being a variable's.
fn unescaped(text: &str) -> String {
    text.replace(r"\{{", "{{")
}

/// The first `{{name}}` of a text: what comes before it, the name, what comes after it.
pub(super) fn next_use(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find("{{").map(|at| from + at) {
        let inner = &text[open + 2..];
        let name = inner.split_once("}}").map(|(name, _)| name);
        if let Some(name) = name
            && is_name(name.trim())
            && !MARKERS.contains(&name.trim())
            && !text[..open].ends_with('\\')
        {
            return Some((&text[..open], name.trim(), &inner[name.len() + 2..]));
        }
        from = open + 1;
    }
    None
}

/// Whether this can be a variable's name: it must also do as the name of an environment variable.
pub(super) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// A port: a number, or a variable that is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    /// Always this one.
    Number(u16),
    /// A text with a variable; the catalogue has found that each of its values is a port.
    Variable(String),
}

impl Port {
    /// The port in an attempt with these variables.
    #[must_use]
    pub fn number(&self, vars: &Vars) -> u16 {
        match self {
            Self::Number(port) => *port,
            // 0 is no port: a probe of it fails and says so, which beats a panic.
            Self::Variable(text) => vars.fill(text).trim().parse().unwrap_or(0),
        }
    }
}
