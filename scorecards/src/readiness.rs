//! Readiness for the next role: promotion criteria, each met, not yet, or unknown, with what it rests on.
//!
//! The answer is a list, never one number: what a person and their manager need is the next thing to show. *Not yet* is
//! something that is known to be missing; *unknown* is something that too little is known about, which is a gap of the
//! evidence and not of the person.

mod needs;
mod words;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{event::Source, scorecard::Middle};

/// A promotion criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Names it in the role pack.
    pub id: String,
    /// Its name, for people.
    pub title: String,
    /// What shows it: all of these. A criterion that nothing shows is never met by itself.
    pub needs: Vec<Need>,
}

/// A thing of the role pack, by id and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Its id.
    pub id: String,
    /// Its name, for people.
    pub title: String,
}

/// What a criterion asks for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Some of these KPIs on target, each over several windows on end.
    KpisOnTarget {
        /// Which.
        kpis: Vec<Named>,
        /// How many of them.
        at_least: usize,
        /// In which series. Another one says nothing.
        series: Source,
        /// Over how many windows on end, the last ones.
        windows: usize,
    },
    /// A dimension's median at this level or above it.
    Dimension {
        /// Which.
        dimension: Named,
        /// The least median.
        at_least: Middle,
    },
    /// A skill or lab mastered.
    Mastered(Named),
    /// A goal reached.
    Goal(Named),
    /// Somebody else's word that the criterion is met.
    SignOff,
}

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// The person. Their own word is no sign-off.
    pub subject: Uuid,
    /// Each KPI's windows, each series by itself.
    pub kpis: Vec<Series>,
    /// Each dimension's median, where anybody observed it.
    pub dimensions: BTreeMap<String, Shown<Middle>>,
    /// Whether a skill or lab is mastered; not there where nothing measures it.
    pub mastered: BTreeMap<String, Shown<bool>>,
    /// Whether a goal is reached; not there where nothing measures it.
    pub goals: BTreeMap<String, Shown<bool>>,
    /// The last word on a criterion, by its id.
    pub sign_offs: BTreeMap<String, SignOff>,
}

/// Something that is known, with the events it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shown<T> {
    /// What.
    pub value: T,
    /// The events.
    pub events: Vec<Uuid>,
}

/// A KPI's windows in one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Series {
    /// Which KPI, by id.
    pub kpi: String,
    /// Which series.
    pub series: Source,
    /// Windows that do not overlap, in any order.
    pub windows: Vec<WindowState>,
}

/// A KPI in one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowState {
    /// The first moment after it.
    pub until: DateTime<Utc>,
    /// Whether it is on target; `None` with too few observations.
    pub on_target: Option<bool>,
    /// The events it rests on.
    pub events: Vec<Uuid>,
}

/// A person's word on a criterion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignOff {
    /// Who.
    pub by: Uuid,
    /// Whether it is met.
    pub given: bool,
    /// The event.
    pub event: Uuid,
}

/// How a criterion stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readiness {
    /// Its id.
    pub criterion: String,
    /// Its name, for people.
    pub title: String,
    /// How it stands.
    pub standing: Standing,
    /// Each of its needs, in order.
    pub needs: Vec<Answer>,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Standing {
    /// Something is missing.
    NotYet,
    /// Too little is known.
    Unknown,
    /// It is shown.
    Met,
}

/// How one need of a criterion stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// How it stands.
    pub standing: Standing,
    /// What is there or missing, in a sentence.
    pub says: String,
    /// The events it rests on.
    pub events: Vec<Uuid>,
}

/// How somebody stands with each criterion, in their order.
#[must_use]
pub fn readiness(criteria: &[Criterion], known: &Known) -> Vec<Readiness> {
    criteria.iter().map(|criterion| of_criterion(criterion, known)).collect()
}

/// One need that is known not to be met makes it *not yet*; else one that is unknown makes it unknown.
fn of_criterion(criterion: &Criterion, known: &Known) -> Readiness {
    let mut needs: Vec<Answer> = criterion.needs.iter().map(|need| needs::answer(need, criterion, known)).collect();
    if needs.is_empty() {
        let says = "Nothing is named that would show it: talk about it.".into();
        needs.push(Answer { standing: Standing::Unknown, says, events: Vec::new() });
    }
    Readiness {
        criterion: criterion.id.clone(),
        title: criterion.title.clone(),
        standing: needs.iter().map(|answer| answer.standing).min().unwrap_or(Standing::Unknown),
        needs,
    }
}
