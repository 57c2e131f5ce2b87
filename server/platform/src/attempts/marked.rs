//! What an attempt is checked by and what it is scored by: the lab as it is now, and the marking as it was when the
//! attempt began. They differ when the lab was changed meanwhile. The marking leads: what it does not name would count
//! for nothing and is not made, and what the lab no longer has is said to be broken, which counts neither for nor
//! against.

use std::{collections::HashMap, sync::Arc};

use labs::{
    catalog::{Lab, Vars},
    exercise::{Answers, Exercise},
    grader::{self, Outcome, Scope},
    sandbox::Hosts,
};
use scorecards::{
    event::{CheckRun, Event, Kind, Verdict},
    marking::{CheckMark, Marking},
};

use super::Inner;
use crate::{
    store::{self, StoreError, attempts::Attempt},
    views::{CheckView, HintView},
};

/// A lab as it is, marked as it was.
pub(super) struct Marked {
    lab: Arc<Lab>,
    marking: Marking,
}

const LAB_CHANGED: &str = "The lab was changed while you worked at it and no longer has this check.";

const LAB_LEFT: &str = "The lab left the catalogue while you worked at it, so this could not be checked.";

impl Inner {
    /// The lab of an attempt with the attempt's marking; `None` when it has left the catalogue.
    pub(super) async fn marked(&self, attempt: &Attempt) -> Result<Option<Marked>, StoreError> {
        let Some(lab) = self.lab_of(attempt) else {
            return Ok(None);
        };
        let marking = if lab.version == attempt.version { lab.marking() } else { self.marking(attempt).await? };
        Ok(Some(Marked { lab, marking }))
    }

    /// The closing checks that the attempt's marking names, made by the lab as it is now.
    pub(super) async fn closing_checks(&self, attempt: &Attempt, hosts: &Hosts) -> Result<Vec<Outcome>, StoreError> {
        if let Some(marked) = self.marked(attempt).await? {
            return Ok(marked.make(hosts, &attempt.vars, Scope::Closing).await);
        }
        let marking = self.marking(attempt).await?;
        Ok(marking.checks.iter().map(|mark| not_made(mark, LAB_LEFT)).collect())
    }

    /// What was answered, judged by the exercise as it is now, as far as the attempt's marking names it.
    pub(super) async fn judged(&self, attempt: &Attempt, answers: &Answers) -> Result<Vec<Outcome>, StoreError> {
        match self.marked(attempt).await? {
            Some(Marked { lab, marking }) => {
                let judged = lab.exercise.as_ref().map(|exercise| exercise.judge(&attempt.vars, answers));
                Ok(named(&marking, &lab, judged.unwrap_or_default()))
            }
            None => Ok(self.marking(attempt).await?.checks.iter().map(|mark| not_made(mark, LAB_LEFT)).collect()),
        }
    }

    async fn marking(&self, attempt: &Attempt) -> Result<Marking, StoreError> {
        let known = store::labs::version(&self.store, &attempt.lab, &attempt.version).await?;
        Ok(known.map(|known| known.marking).unwrap_or_default())
    }
}

impl Marked {
    /// A lab with its own marking.
    pub(super) fn of(lab: Arc<Lab>) -> Self {
        Self { marking: lab.marking(), lab }
    }

    /// The lab as it is now.
    pub(super) fn lab(&self) -> &Lab {
        &self.lab
    }

    /// The marking as it was when the attempt began.
    pub(super) fn marking(&self) -> &Marking {
        &self.marking
    }

    /// Makes the checks that the marking names, in its order.
    pub(super) async fn make(&self, hosts: &Hosts, vars: &Vars, scope: Scope) -> Vec<Outcome> {
        named(&self.marking, &self.lab, grader::run(hosts, &self.lab, vars, scope).await)
    }

    /// The checks as they last went in the box as it is. `progress`: the attempt's events, oldest first.
    pub(super) fn checks(&self, progress: &[Event]) -> Vec<CheckView> {
        // What was seen in a box that was put back is true of that one.
        let fresh = progress.iter().rposition(|event| matches!(event.kind, Kind::BoxReset {}));
        let progress = &progress[fresh.map_or(0, |at| at + 1)..];
        let view = |mark: &CheckMark| {
            let last = progress.iter().rev().find_map(|event| match &event.kind {
                Kind::CheckRun(run) if run.check == mark.id => Some(run),
                _ => None,
            });
            let (verdict, feedback) = match last {
                Some(CheckRun { verdict, feedback, .. }) => (Some(*verdict), feedback.clone()),
                None if !has(&self.lab, mark) => (Some(Verdict::Broken), not_made(mark, LAB_CHANGED).feedback),
                None => (None, String::new()),
            };
            CheckView {
                id: mark.id.clone(),
                title: mark.title.clone(),
                points: mark.points,
                required: mark.required,
                at_end: self.lab.checks.iter().any(|check| check.id == mark.id && check.after_reboot),
                verdict,
                feedback,
            }
        };
        self.marking.checks.iter().map(view).collect()
    }

    /// The hints, at the price they had, with the texts of those that were taken.
    pub(super) fn hints(&self, vars: &Vars, progress: &[Event]) -> Vec<HintView> {
        let prices = self.marking.hints.iter().copied().chain(std::iter::repeat(0));
        (1..)
            .zip(self.lab.hints.iter().zip(prices))
            .map(|(number, (hint, cost))| {
                let taken = progress.iter().any(|event| event.kind == Kind::HintTaken { hint: number });
                HintView { number, cost, text: taken.then(|| vars.fill(&hint.text)) }
            })
            .collect()
    }
}

/// The outcomes that a marking names, in its order.
fn named(marking: &Marking, lab: &Lab, outcomes: Vec<Outcome>) -> Vec<Outcome> {
    let mut made: HashMap<String, Outcome> =
        outcomes.into_iter().map(|outcome| (outcome.check.clone(), outcome)).collect();
    let of = |mark: &CheckMark| match made.remove(&mark.id) {
        None if !has(lab, mark) => Some(not_made(mark, LAB_CHANGED)),
        made => made,
    };
    marking.checks.iter().filter_map(of).collect()
}

fn has(lab: &Lab, mark: &CheckMark) -> bool {
    let mut answered = lab.exercise.iter().flat_map(Exercise::marks);
    lab.checks.iter().any(|check| check.id == mark.id) || answered.any(|other| other.id == mark.id)
}

/// Neither for nor against the learner; but an attempt does not pass without a required one.
fn not_made(mark: &CheckMark, why: &str) -> Outcome {
    let so = if mark.required {
        "This attempt can't pass without it: start again to work at the lab as it is now."
    } else {
        "It counts neither for nor against you."
    };
    Outcome {
        check: mark.id.clone(),
        verdict: Verdict::Broken,
        feedback: format!("{why} {so}"),
        observation: serde_json::Value::Null,
    }
}
