//! What waits for people to judge it, as it is shown to them and to whom it is about.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use scorecards::{
    event::work::Substance,
    score,
    scorecard::{Decision, Given, Label, Middle},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{CommandLine, ExerciseView};
pub use crate::store::cases::Matter;

/// What waits for somebody to judge it.
#[derive(Clone, Debug, PartialEq)]
pub struct InboxView {
    /// What is not decided: what is late first, and otherwise in an order of the viewer's own, so that no case is always
    /// judged by the freshest or the most tired eyes.
    pub waiting: Vec<CaseLine>,
    /// How many more wait than are listed.
    pub more: usize,
    /// What the viewer has judged and is decided, the last one first.
    pub decided: Vec<CaseLine>,
}

/// A case in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseLine {
    /// Its id.
    pub id: Uuid,
    /// What sort of thing it is.
    pub matter: Matter,
    /// What it is about: a lab, or a goal.
    pub title: String,
    /// Whose it is, where the viewer may know.
    pub whose: Option<String>,
    /// What the viewer can do.
    pub step: CaseStep,
    /// How many have judged it.
    pub submitted: u32,
    /// How many are to.
    pub raters: u32,
    /// Since when it waits.
    pub asked_at: DateTime<Utc>,
    /// Until when it should be decided.
    pub due_at: DateTime<Utc>,
    /// Whether that is over.
    pub late: bool,
    /// Whether the viewer has begun.
    pub begun: bool,
}

/// What somebody can do with a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CaseStep {
    /// Decide.
    Decide,
    /// Say what they think of it.
    Judge,
    /// Nothing, until others have judged it.
    Wait,
    /// Nothing: it is decided.
    Done,
}

/// A case, for whoever judges it.
#[derive(Clone, Debug, PartialEq)]
pub struct CaseView {
    /// As in a list.
    pub line: CaseLine,
    /// What it is about.
    pub about: CaseAbout,
    /// What its subject says to it.
    pub asked: Option<String>,
    /// What is judged at levels.
    pub criteria: Vec<CriterionView>,
    /// What the viewer is asked as the partner for whom it was made.
    pub survey: Option<String>,
    /// What the viewer has written so far.
    pub draft: Draft,
    /// What the others recommend, and the viewer, once the viewer has said so: the raters' names and their words.
    pub recommended: Vec<(String, Label)>,
    /// What was decided.
    pub decision: Option<DecisionView>,
}

/// What a case is about.
#[derive(Clone, Debug, PartialEq)]
pub enum CaseAbout {
    /// What was handed in in an exercise.
    Work(Box<WorkCase>),
    /// A check that the learner says was wrong.
    Dispute(Box<DisputeCase>),
    /// A better runbook: its lines, and what becomes of them.
    Runbook(Vec<(Change, String)>),
    /// Work outside of Belay.
    Evidence,
    /// The lab is no longer in the catalogue.
    Gone,
    /// A dispute about work that the viewer is still to judge: this case, before they see what the machine says of it.
    WorkFirst(Uuid),
}

/// What was handed in in an exercise.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkCase {
    /// The ticket, as Markdown.
    pub brief: String,
    /// What was asked and answered.
    pub exercise: ExerciseView,
    /// The model answer, as Markdown.
    pub model: String,
    /// What the machine says, once the viewer has judged it.
    pub machine: Vec<score::Line>,
}

/// A check that the learner says was wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct DisputeCase {
    /// The attempt.
    pub attempt: Uuid,
    /// The ticket, as Markdown.
    pub brief: String,
    /// What the machine says.
    pub line: score::Line,
    /// What the machine saw, as JSON.
    pub observed: String,
    /// What was asked and answered, in an exercise.
    pub exercise: Option<ExerciseView>,
    /// What was run, in a lab with a machine.
    pub commands: Vec<CommandLine>,
    /// Whether the viewer may open the box as it was left.
    pub can_be_opened: bool,
}

/// What becomes of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It stays.
    Same,
    /// It goes.
    Removed,
    /// It is new.
    Added,
    /// Lines are left out here.
    Gap,
}

/// What is judged at a level.
#[derive(Clone, Debug, PartialEq)]
pub struct CriterionView {
    /// The dimension of the role.
    pub dimension: String,
    /// Its title.
    pub title: String,
    /// What to ask oneself.
    pub asks: String,
    /// What each level looks like, from 1 to 4.
    pub anchors: [String; 4],
    /// What was given, as far as the viewer may see it.
    pub ratings: Vec<RatingView>,
    /// The middle of it, of those who saw it.
    pub middle: Option<Middle>,
    /// Whether the raters are two levels apart or more: they talk before anything is decided.
    pub apart: bool,
}

/// What somebody gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatingView {
    /// Who.
    pub by: String,
    /// Which level.
    pub level: Given,
    /// What in the work shows it.
    pub quote: String,
    /// What they say to it.
    pub comment: String,
}

/// What somebody has written in the form of a case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// By dimension.
    pub ratings: BTreeMap<String, DraftRating>,
    /// What they recommend.
    #[serde(default)]
    pub overall: Option<Label>,
    /// How well they were served, as partners.
    #[serde(default)]
    pub served: Option<Served>,
}

/// What a partner answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Served {
    /// So well, from 1 to 5.
    Grade(u8),
    /// They would rather not say.
    Declined,
}

/// What somebody has written of a dimension.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftRating {
    /// The level.
    #[serde(default)]
    pub level: Option<Given>,
    /// What in the work shows it.
    #[serde(default)]
    pub quote: String,
    /// What they say to it.
    #[serde(default)]
    pub comment: String,
}

/// What somebody decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deciding {
    /// What; who left it out is told.
    pub decision: Option<Decision>,
    /// Why, in words for whom it is about.
    pub reason: String,
    /// What a better runbook changes, where it is one.
    pub substance: Option<Substance>,
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionView {
    /// What.
    pub decision: Decision,
    /// Why.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
    /// By whom, where the viewer may know.
    pub by: Option<String>,
}

/// What people say of something of the viewer's, or will.
#[derive(Clone, Debug, PartialEq)]
pub struct JudgedView {
    /// The case.
    pub id: Uuid,
    /// What sort of thing it is.
    pub matter: Matter,
    /// What it is about.
    pub title: String,
    /// What was said to it.
    pub asked: Option<String>,
    /// How many have judged it.
    pub submitted: u32,
    /// How many are to.
    pub raters: u32,
    /// Until when it should be decided.
    pub due_at: DateTime<Utc>,
    /// What was given, once it is decided; who gave it is not said.
    pub criteria: Vec<CriterionView>,
    /// What was decided.
    pub decision: Option<DecisionView>,
}

/// What somebody can hand in evidence for, and what they have.
#[derive(Clone, Debug, PartialEq)]
pub struct EvidenceView {
    /// The goals of the role: id, title and phase in days.
    pub goals: Vec<(String, String, u32)>,
    /// What was handed in, the newest first.
    pub handed_in: Vec<JudgedView>,
}
