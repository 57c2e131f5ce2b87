//! What an attempt says of KPIs that are a share.

use serde::{Deserialize, Serialize};

use super::{About, AttemptResult, Evidence, Line, Outcome, all_good};
use crate::{
    event::{Event, Kind},
    kpi::{Exclusion, Observation, Value},
    marking::KpiMark,
};

/// What an attempt says of one KPI.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct KpiLine {
    /// The KPI's id.
    pub kpi: String,
    /// Whether everything it needs was earned. `None` where that is not decided: nothing was missed, but something was
    /// not observed.
    pub met: Option<bool>,
    /// The ids of the lines that decide it: those that were missed, else those not observed, else all it needs.
    pub lines: Vec<String>,
    /// The events that these lines rest on.
    pub evidence: Vec<Evidence>,
}

/// What these lines say of a KPI.
pub(super) fn line(mark: &KpiMark, lines: &[Line]) -> KpiLine {
    let needed: Vec<&Line> =
        lines.iter().filter(|line| line.about != About::Hint && mark.needs.contains(&line.id)).collect();
    // What is needed and not there at all was not observed.
    let met = all_good(needed.iter().copied()).filter(|met| !met || needed.len() >= mark.needs.len());
    let decides = |line: &&Line| match met {
        Some(true) => true,
        Some(false) => matches!(line.outcome, Outcome::Missed | Outcome::Cost),
        None => line.outcome == Outcome::NotObserved,
    };
    let lines: Vec<&Line> = needed.into_iter().filter(decides).collect();
    KpiLine {
        kpi: mark.kpi.clone(),
        met,
        lines: lines.iter().map(|line| line.id.clone()).collect(),
        evidence: lines.iter().flat_map(|line| line.evidence.iter().cloned()).collect(),
    }
}

/// An attempt as one observation of each KPI that its lab names with what it needs, by the KPI's id, for the series of
/// simulations. Nothing before the attempt has ended; where it is not decided, an observation that is excluded.
///
/// What a KPI takes from the events themselves, such as the time to acknowledge, is not here.
#[must_use]
pub fn observations(result: &AttemptResult, events: &[Event]) -> Vec<(String, Observation)> {
    let ended = events.iter().filter(|event| matches!(event.kind, Kind::AttemptEnded { .. }));
    let Some(ended) = ended.min_by_key(|event| (event.at, event.id)) else { return Vec::new() };
    let lab = events.iter().find_map(|event| match &event.kind {
        Kind::AttemptStarted { lab, .. } => Some(lab.clone()),
        _ => None,
    });
    let about = lab.or_else(|| ended.attempt.map(|attempt| attempt.to_string())).unwrap_or_default();
    let observation = |line: &KpiLine| Observation {
        about: about.clone(),
        at: ended.at,
        value: Value::Shown(line.met.unwrap_or_default()),
        excluded: line.met.is_none().then_some(Exclusion::NotObserved),
        flags: Vec::new(),
        events: line.evidence.iter().map(|evidence| evidence.event).chain([ended.id]).collect(),
    };
    result.kpis.iter().map(|line| (line.kpi.clone(), observation(line))).collect()
}
