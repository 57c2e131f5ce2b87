//! What several measures need.

use chrono::{DateTime, Utc};

use crate::kpi::{Episode, Exclusion, Flag, Observation, Setting, Value, method::after_days};

/// For a count: one.
pub(super) const ONE: Value = Value::Amount { weighted: 1.0, raw: 1.0 };

/// An observation that counts, has no flags and rests on the whole episode.
pub(super) fn seen(episode: &Episode<'_>, at: DateTime<Utc>, value: Value) -> Observation {
    Observation { about: episode.about.into(), at, value, excluded: None, flags: Vec::new(), events: episode.ids() }
}

/// The flags of which the condition holds.
pub(super) fn flags<const N: usize>(flags: [(bool, Flag); N]) -> Vec<Flag> {
    flags.into_iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).collect()
}

/// What is left out for a while is listed once in every window for as long as it is: at its due date, and then every
/// window's length later. Otherwise it would be seen once and then forgotten.
pub(super) fn left_out(
    due: DateTime<Utc>,
    until: DateTime<Utc>,
    setting: &Setting<'_>,
    observation: impl Fn(DateTime<Utc>) -> Observation,
    why: Exclusion,
) -> Vec<Observation> {
    let step = f64::from(setting.definition.window_days.max(1));
    let moments = (0..MOST_WINDOWS).map(|window| after_days(due, f64::from(window) * step));
    moments
        .take_while(|at| *at < until && setting.passed(*at))
        .map(|at| Observation { excluded: Some(why), ..observation(at) })
        .collect()
}

/// Ten years of months: nothing is listed for longer, so that an absurd date costs nothing.
const MOST_WINDOWS: u32 = 120;
