//! What people judge of an exercise, beside what a machine can.

use serde::{Deserialize, Serialize};

/// How what is handed in is judged by people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judging {
    /// How many people judge it, each without seeing the others.
    pub raters: u32,
    /// Within how many days.
    pub days: u32,
    /// Whether they do not see whose it is.
    pub blind: bool,
    /// What whoever judges is asked as the partner for whom it was made, with variables: how well they were served, from 1 to 5.
    pub survey: Option<String>,
    /// What is judged: one entry for a dimension at most.
    pub rubric: Vec<Criterion>,
}

/// One thing that is judged, at a level from 1 to 4.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// The dimension of the role that it is about.
    pub dimension: String,
    /// What to ask oneself, with variables.
    pub asks: String,
    /// What each level looks like here, from 1 to 4, with variables; those of the role's dimension where nothing is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchors: Option<[String; 4]>,
}
