//! The grader: makes a lab's checks in a sandbox and words what was seen for the learner.
//!
//! [`judge()`] is pure: an observation that was stored can be judged again. [`run()`] is what makes observations.

mod again;
mod fill;
mod judge;
mod run;
mod words;

use scorecards::event::Verdict;

pub use self::{
    again::{Again, Questions, Stored, again, answered_again, questions},
    judge::judge,
    run::run,
};

/// Which checks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// While the learner works: those that leave the box alone.
    Live,
    /// At the end: all, with a restart of the box where one asks for it.
    Closing,
}

/// How a check went.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The check's id.
    pub check: String,
    /// How it went.
    pub verdict: Verdict,
    /// What is wrong, in words for the learner; or what is right.
    pub feedback: String,
    /// What was seen, raw; null where nothing was looked at.
    pub observation: serde_json::Value,
}
