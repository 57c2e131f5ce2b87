//! Judging again what was seen once, by a lab as it is now.

use std::collections::BTreeMap;

use scorecards::event::{CheckRun, Verdict};
use sha2::{Digest, Sha256};
use wire::{Observation, probe::FileSeen};

use super::{
    Outcome,
    fill::probe,
    judge,
    run::{told_at_the_end, waits},
};
use crate::catalog::{Check, Expectation, Lab, Test, Vars};

/// What each check asks of a box, by its id: equal where the same is looked at, whatever is expected to be seen.
pub type Questions = BTreeMap<String, String>;

/// What a lab's checks ask of its boxes.
#[must_use]
pub fn questions(lab: &Lab) -> Questions {
    // With some values of the variables: they are the same again as long as the lab draws them alike.
    let vars = lab.draw(0);
    let question = |check: &Check| {
        let asked = match &check.test {
            Test::Probe(_) => serde_json::json!([check.host, probe(check, &vars), check.after_reboot]),
            Test::Script { script, inside } => {
                serde_json::json!([check.host, script.text, inside, vars.0, check.after_reboot])
            }
        };
        let hash = Sha256::digest(asked.to_string());
        (check.id.clone(), hash.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    lab.checks.iter().map(question).collect()
}

/// What is stored of an attempt that is over.
pub struct Stored<'a> {
    /// How the checks went at its end, by id.
    pub runs: BTreeMap<&'a str, &'a CheckRun>,
    /// What they asked then, where that is known.
    pub questions: Option<&'a Questions>,
    /// Whether the lab is the same still.
    pub same_lab: bool,
    /// How a file of a host was left, as far as that is kept: the host's number, the path.
    pub file: &'a dyn Fn(usize, &str) -> Option<FileSeen>,
}

/// What came of judging a check again.
#[derive(Clone, Debug, PartialEq)]
pub enum Again {
    /// It was judged.
    Judged(Outcome),
    /// What is stored does not answer it; why, in words.
    Not(&'static str),
}

const NEW: &str = "it is new, and nothing that is stored answers it";
const OTHER: &str = "it looks at something else than it did then";
const UNKNOWN: &str = "what it looked at then was not kept";
const NOT_MADE: &str = "it was not made then";

/// Judges the checks of a lab on what is stored of an attempt, in the lab's order.
#[must_use]
pub fn again(lab: &Lab, vars: &Vars, stored: &Stored<'_>) -> Vec<(String, Again)> {
    let now = questions(lab);
    let mut all: BTreeMap<&str, Again> = BTreeMap::new();
    // Those that others need come first, wherever they stand; there are no circles.
    while all.len() < lab.checks.len() {
        let open = |check: &&Check| !all.contains_key(check.id.as_str());
        let ready = |check: &&Check| check.needs.iter().all(|need| all.contains_key(need.as_str()));
        let Some(check) = lab.checks.iter().filter(open).find(ready) else { break };
        let failed = |need: &&String| match all.get(need.as_str()) {
            Some(Again::Judged(outcome)) => matches!(outcome.verdict, Verdict::Failed | Verdict::Blocked),
            _ => false,
        };
        let again = match (check.needs.iter().find(failed), stored.runs.get(check.id.as_str())) {
            // One that waited for another waits for it still, unless that passes now.
            (Some(need), _) => Again::Judged(waits(check, title(lab, need))),
            (None, run) => one(check, vars, &now, stored, run.copied()),
        };
        all.insert(&check.id, again);
    }
    lab.checks.iter().filter_map(|check| Some((check.id.clone(), all.remove(check.id.as_str())?))).collect()
}

fn one(check: &Check, vars: &Vars, now: &Questions, stored: &Stored<'_>, run: Option<&CheckRun>) -> Again {
    let asked_then = stored.questions.and_then(|then| then.get(&check.id));
    let same = stored.same_lab || (asked_then.is_some() && asked_then == now.get(&check.id));
    let seen = run.map(|run| &run.observation).filter(|seen| !seen.is_null());
    if same
        && let Some(seen) = seen
        && let Ok(observation) = serde_json::from_value::<Observation>(seen.clone())
    {
        return Again::Judged(outcome(check, vars, &observation));
    }
    // A file that was left is there to be looked at, whatever was looked at then.
    if let Test::Probe(Expectation::File { path, .. }) = &check.test
        && let Some(seen) = (stored.file)(check.host, &vars.fill(path))
    {
        return Again::Judged(outcome(check, vars, &Observation::File(seen)));
    }
    match run {
        None => Again::Not(NEW),
        Some(_) if same => Again::Not(NOT_MADE),
        Some(_) if stored.questions.is_none() => Again::Not(UNKNOWN),
        Some(_) => Again::Not(OTHER),
    }
}

fn outcome(check: &Check, vars: &Vars, observation: &Observation) -> Outcome {
    let (verdict, seen) = judge(check, observation, vars);
    let feedback = if verdict == Verdict::Failed { told_at_the_end(check, vars, seen) } else { seen };
    let observation = serde_json::to_value(observation).unwrap_or_default();
    Outcome { check: check.id.clone(), verdict, feedback, observation }
}

/// The title of a check.
fn title<'l>(lab: &'l Lab, id: &'l str) -> &'l str {
    lab.checks.iter().find(|check| check.id == id).map_or(id, |check| &check.title)
}
