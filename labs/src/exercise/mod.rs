//! Exercises: what is worked at in a page, without a sandbox. What is answered there is judged here, in part.
//!
//! Everything is pure: the answers that were handed in are an event, and can be judged again.

mod question;
pub mod review;
pub mod scenario;
pub mod writing;

use std::collections::BTreeMap;

use scorecards::marking::CheckMark;

pub(crate) use self::question::whole;
pub use self::question::{Answer, Question};
use self::{review::Review, scenario::Scenario, writing::Writing};
use crate::{catalog::Vars, grader::Outcome};

/// What was answered, by field. A field that was left open is not there, or has nothing but empty texts.
pub type Answers = BTreeMap<String, Vec<String>>;

/// An exercise.
#[derive(Clone, Debug, PartialEq)]
pub struct Exercise {
    /// What kind it is.
    pub kind: Kind,
    /// What is shown beside.
    pub outputs: Vec<Output>,
    /// What is done beside answering questions; `None` for a kind that has nothing else.
    pub work: Option<Work>,
    /// What is asked. Without other work it is at least one question.
    pub questions: Vec<Question>,
}

/// What kinds there are.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "lowercase")]
pub enum Kind {
    /// Questions with their right answers.
    Quiz,
    /// What programs have printed, and questions about it.
    Interpret,
    /// A change, to be commented on line by line.
    Review,
    /// A text, to be written from notes.
    Writing,
    /// A disturbance, to be played through at the table.
    Scenario,
}

/// What is done beside answering questions.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// A change is reviewed.
    Review(Review),
    /// A text is written.
    Writing(Writing),
    /// A disturbance is played through.
    Scenario(Scenario),
}

/// What a program has printed, or what a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// What it is called.
    pub title: String,
    /// The command line that printed it, with variables.
    pub command: Option<String>,
    /// The text, with variables.
    pub text: String,
}

impl Exercise {
    /// What each part of it is worth.
    #[must_use]
    pub fn marks(&self) -> Vec<&CheckMark> {
        let questions = self.questions.iter().map(|question| &question.mark);
        match &self.work {
            None => questions.collect(),
            Some(Work::Review(review)) => review.marks().chain(questions).collect(),
            Some(Work::Writing(writing)) => writing.marks().chain(questions).collect(),
            Some(Work::Scenario(scenario)) => scenario.marks().chain(questions).collect(),
        }
    }

    /// Whether the title of a mark would give away what is to be found, to who has not begun.
    #[must_use]
    pub fn gives_away(&self, mark: &str) -> bool {
        let Some(Work::Review(review)) = &self.work else { return false };
        review.defects.iter().any(|defect| defect.mark.id == mark)
    }

    /// Judges what was handed in, in the order of the marks.
    #[must_use]
    pub fn judge(&self, vars: &Vars, answers: &Answers) -> Vec<Outcome> {
        let mut outcomes = match &self.work {
            None => Vec::new(),
            Some(Work::Review(review)) => review.judge(vars, answers),
            Some(Work::Writing(writing)) => writing.judge(vars, answers),
            Some(Work::Scenario(scenario)) => scenario.judge(vars, answers),
        };
        outcomes.extend(self.questions.iter().map(|question| question.judge(vars, answers)));
        outcomes
    }

    /// Answers that are right.
    #[must_use]
    pub fn model(&self, vars: &Vars) -> Answers {
        let mut answers: Answers =
            self.questions.iter().map(|question| (question.mark.id.clone(), question.answer.model(vars))).collect();
        answers.extend(match &self.work {
            None => Answers::new(),
            Some(Work::Review(review)) => review.model(vars),
            Some(Work::Writing(writing)) => writing.model(vars),
            Some(Work::Scenario(scenario)) => scenario.model(),
        });
        answers
    }

    /// Answers that must not be taken for right ones, each with what must see it.
    #[must_use]
    pub fn decoys(&self, vars: &Vars) -> Vec<Decoy> {
        let of = |question: &Question| {
            let id = question.mark.id.clone();
            let decoy = move |texts: Vec<String>| Decoy {
                said: format!("the wrong answer, \"{}\",", texts.join(", ")),
                answers: [(id.clone(), texts)].into(),
                fails: id.clone(),
            };
            question.answer.decoys(vars).into_iter().map(decoy).collect::<Vec<_>>()
        };
        let questions = self.questions.iter().flat_map(of);
        let work = match &self.work {
            None => Vec::new(),
            Some(Work::Review(review)) => review.decoys(),
            Some(Work::Writing(writing)) => writing.decoys(vars),
            Some(Work::Scenario(scenario)) => scenario.decoys(),
        };
        questions.chain(work).collect()
    }

    /// Whether there is a field of this name that is filled in, and not one that grows by moves or comments.
    #[must_use]
    pub fn has_field(&self, field: &str) -> bool {
        let written =
            matches!(&self.work, Some(Work::Writing(writing)) if writing.parts.iter().any(|part| part.field == field));
        written || self.questions.iter().any(|question| question.mark.id == field)
    }
}

/// Answers that must not be taken for right ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoy {
    /// What it is, in words.
    pub said: String,
    /// The answers.
    pub answers: Answers,
    /// The mark that must not be earned.
    pub fails: String,
}

/// What is said of a part that can't be judged.
const BROKEN: &str = "This can't be judged, which is our fault: it counts neither for nor against you.";

/// What was answered in a field, without what is empty.
fn given(answers: &Answers, field: &str) -> Vec<String> {
    let texts = answers.get(field).map(Vec::as_slice).unwrap_or_default();
    texts.iter().map(|text| text.trim().to_string()).filter(|text| !text.is_empty()).collect()
}
