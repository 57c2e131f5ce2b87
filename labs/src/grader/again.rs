//! Judging again what was seen or answered once, by a lab as it is now.

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
use crate::{
    catalog::{Check, Expectation, Lab, Test, Vars},
    exercise::{Answer, Answers, Exercise, Question, Work},
    hex,
};

/// What each check asks of a box, and each question of a person, by its id: equal where the same is looked at or asked,
/// whatever is expected.
pub type Questions = BTreeMap<String, String>;

/// What a lab's checks ask of its boxes.
#[must_use]
pub fn questions(lab: &Lab) -> Questions {
    // With some values of the variables: they are the same again as long as the lab draws them alike.
    let vars = lab.draw(0);
    if let Some(exercise) = &lab.exercise {
        return asked(exercise);
    }
    let question = |check: &Check| {
        let asked = match &check.test {
            Test::Probe(_) => serde_json::json!([check.host, probe(check, &vars), check.after_reboot]),
            Test::Script { script, inside } => {
                serde_json::json!([check.host, script.text, inside, vars.0, check.after_reboot])
            }
        };
        (check.id.clone(), hash(&asked))
    };
    lab.checks.iter().map(question).collect()
}

fn hash(asked: &serde_json::Value) -> String {
    hex(&Sha256::digest(asked.to_string()))
}

/// What stands for all that is done in an exercise beside answering questions. No id has a star.
const WORK: &str = "*";

/// What an exercise asks, without what is right: of each question its words and choices, of the rest what is worked on.
fn asked(exercise: &Exercise) -> Questions {
    let question = |question: &Question| {
        let (how, mut choices) = match &question.answer {
            Answer::One { right, wrong } => ("one", [std::slice::from_ref(right), wrong].concat()),
            Answer::Several { right, wrong } => ("several", [right.as_slice(), wrong].concat()),
            Answer::Order(texts) => ("order", texts.clone()),
            Answer::Number { unit, .. } => ("number", unit.iter().cloned().collect()),
            Answer::Text { .. } => ("text", Vec::new()),
        };
        choices.sort_unstable();
        (question.mark.id.clone(), hash(&serde_json::json!([question.ask, how, choices])))
    };
    let mut questions: Questions = exercise.questions.iter().map(question).collect();
    let work = exercise.work.as_ref().map(|work| match work {
        Work::Review(review) => format!("{:?}", review.files),
        Work::Writing(writing) => {
            let parts: Vec<_> = writing.parts.iter().map(|part| (&part.field, &part.label, part.line)).collect();
            format!("{parts:?} {:?} {:?}", writing.notes, writing.known)
        }
        Work::Scenario(scenario) => format!("{:?} {:?}", scenario.moves, scenario.injects),
    });
    questions.extend(work.map(|work| (WORK.to_string(), hash(&work.into()))));
    questions
}

/// Judges what was handed in in an exercise again, in the order of its marks.
#[must_use]
pub fn answered_again(
    lab: &Lab,
    exercise: &Exercise,
    vars: &Vars,
    answers: &Answers,
    then: Option<&Questions>,
    same_lab: bool,
) -> Vec<(String, Again)> {
    let now = asked(exercise);
    let whole = same_lab || draws_alike(lab, vars);
    let again = |outcome: Outcome| {
        let asks = if now.contains_key(&outcome.check) { outcome.check.as_str() } else { WORK };
        let again = match then.and_then(|then| then.get(asks)) {
            _ if same_lab => Again::Judged(outcome.clone()),
            _ if !whole => Again::Not(DRAWN),
            Some(asked) if now.get(asks) == Some(asked) => Again::Judged(outcome.clone()),
            Some(_) => Again::Not(OTHER),
            None if then.is_none() => Again::Not(UNKNOWN),
            None => Again::Not(NEW),
        };
        (outcome.check, again)
    };
    exercise.judge(vars, answers).into_iter().map(again).collect()
}

/// Whether all that a lab draws now was drawn for an attempt.
fn draws_alike(lab: &Lab, vars: &Vars) -> bool {
    lab.vars.keys().all(|name| vars.0.contains_key(name))
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
const DRAWN: &str = "the lab draws something now that it did not draw then";
const NOT_MADE: &str = "it was not made then";

/// Judges the checks of a lab on what is stored of an attempt, in the lab's order.
#[must_use]
pub fn again(lab: &Lab, vars: &Vars, stored: &Stored<'_>) -> Vec<(String, Again)> {
    if !stored.same_lab && !draws_alike(lab, vars) {
        return lab.checks.iter().map(|check| (check.id.clone(), Again::Not(DRAWN))).collect();
    }
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
