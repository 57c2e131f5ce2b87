//! What comes of judging attempts again.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

/// What comes of judging the attempts at a lab by the lab as it is now.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RescoreView {
    /// The lab's id.
    pub lab: String,
    /// Its version now.
    pub version: String,
    /// How many attempts were looked at.
    pub attempts: usize,
    /// Of how many nothing is known of the lab as it was.
    pub forgotten: usize,
    /// How many could not be judged whole.
    pub not_whole: usize,
    /// How many have the new result now.
    pub published: usize,
    /// Those whose result is another, the newest first.
    pub drifts: Vec<Drift>,
    /// The checks and ways of working that went another way somewhere.
    pub lines: Vec<LineDrift>,
    /// What could not be judged: check and reason, and in how many attempts.
    #[serde(serialize_with = "as_list")]
    pub left: BTreeMap<(String, String), usize>,
}

fn as_list<S: serde::Serializer>(left: &BTreeMap<(String, String), usize>, to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(left.iter().map(|((check, why), attempts)| (check, why, attempts)))
}

/// An attempt whose result is another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Drift {
    /// The attempt.
    pub attempt: Uuid,
    /// When it ended.
    pub ended: DateTime<Utc>,
    /// Whether it had passed, and whether it has now.
    pub passed: (Option<bool>, Option<bool>),
    /// The points it had, of how many, and those it has now, of how many.
    pub points: ((i32, i32), (i32, i32)),
}

/// How often a check or a way of working went another way.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LineDrift {
    /// In words.
    pub title: String,
    /// As before.
    pub same: usize,
    /// With more points.
    pub better: usize,
    /// With fewer.
    pub worse: usize,
    /// It was not asked before.
    pub new: usize,
    /// It is not asked any more.
    pub gone: usize,
}

impl LineDrift {
    /// Whether it went another way anywhere.
    #[must_use]
    pub fn differs(&self) -> bool {
        self.better + self.worse + self.new + self.gone > 0
    }
}
