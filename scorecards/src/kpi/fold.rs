//! From a window's observations to one figure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Definition, Direction, Excluded, Exclusion, Figure, Flag, Flagged, Observation, Parts, State, Value, Window,
    method::{Fold, after_days},
    statistics::{effective, mean, quantile, wilson},
};
use crate::event::Source;

/// What is known of a person and series besides the observations.
pub(super) struct Known {
    /// Whether any work at all came from the series in the window.
    pub alive: bool,
    /// When the person began.
    pub began: Option<DateTime<Utc>>,
    /// On how many days of the window the person was there, for [`Fold::PerMonthThere`].
    pub there: f64,
}

/// With fewer days than these nothing can be said of a month: their chance would be multiplied.
const LEAST_DAYS_THERE: f64 = 5.0;

const MONTH: f64 = 30.0;

/// The figure of these observations, of which some may lie outside the window. Its guards are read later.
pub(super) fn figure(
    definition: &Definition,
    series: Source,
    window: Window,
    observations: &[&Observation],
    known: &Known,
) -> Figure {
    let method = definition.measure.method();
    let mut seen: Vec<&Observation> = observations.iter().copied().filter(|seen| window.has(seen.at)).collect();
    sort(&mut seen);
    let counting: Vec<&Observation> = seen.iter().copied().filter(|seen| counts(seen, method.fold)).collect();
    let (value, parts) = match method.fold {
        Fold::Share => share(&counting, definition.direction),
        Fold::PerMonth => sum(&counting, window.days()),
        Fold::PerMonthThere(_) => sum(&counting, known.there),
        Fold::Duration => durations(&counting, |parts| parts.mean),
        Fold::MedianDuration => durations(&counting, |parts| parts.median),
        Fold::Mean => levels(&counting),
        Fold::Other(fold) => (fold(&both(observations, window, method.fold), &window), Parts::Other),
    };
    let count = u32::try_from(counting.len()).unwrap_or(u32::MAX);
    let rests_on =
        if matches!(method.fold, Fold::Other(_)) { both(observations, window, method.fold) } else { counting };
    let events = rests_on.iter().flat_map(|seen| &seen.events).copied().collect();
    let mut figure = Figure {
        kpi: definition.id.clone(),
        series,
        window,
        unit: method.unit,
        value: None,
        count,
        parts,
        state: State::Insufficient,
        stretch: None,
        ramp: known.began.is_some_and(|began| window.until < after_days(began, definition.ramp_days.into())),
        exclusions: excluded(&seen, method.fold),
        flags: flagged(&seen),
        guards: Vec::new(),
        events: sorted(events),
    };
    judge(&mut figure, definition, value, known.alive);
    figure
}

/// Sets value, state and stretch. A figure is a verdict only with the minimum of observations, and where the minimum
/// is none (nothing done is a figure, too), only if the series is there at all.
pub(super) fn judge(figure: &mut Figure, definition: &Definition, value: Option<f64>, alive: bool) {
    figure.value = value.filter(|value| value.is_finite());
    let enough = figure.count >= definition.minimum && (figure.count > 0 || alive);
    if !enough && figure.count == 0 {
        // A sum of nothing is no figure where nothing could have been seen.
        figure.value = None;
    }
    if let Some(value) = figure.value.filter(|_| enough) {
        figure.state = definition.target.state(value);
        figure.stretch = definition.target.stretched(value, definition.direction);
    }
}

/// In order of time; what happened at once, by name and events. So sums do not depend on the order of arrival.
fn sort(observations: &mut [&Observation]) {
    observations.sort_by(|a, b| (a.at, &a.about, &a.events).cmp(&(b.at, &b.about, &b.events)));
}

fn sorted(events: BTreeSet<Uuid>) -> Vec<Uuid> {
    events.into_iter().collect()
}

/// Why an observation does not count. A value that is no number, or not of the kind that is folded, counts as not
/// measured; what an exercise shows is of the kind of shares alone.
fn exclusion(seen: &Observation, fold: Fold) -> Option<Exclusion> {
    if matches!(seen.value, Value::Shown(_)) && !matches!(fold, Fold::Share) {
        return seen.excluded.or(Some(Exclusion::ShownOnly));
    }
    let usable = match (seen.value, fold) {
        (Value::Share { weight, .. }, Fold::Share) => weight.is_finite() && weight > 0.0,
        (Value::Shown(_), Fold::Share) => true,
        (Value::Amount { weighted, raw }, Fold::PerMonth | Fold::PerMonthThere(_)) => {
            weighted.is_finite() && raw.is_finite()
        }
        (value @ (Value::Duration { .. } | Value::Turns { .. }), Fold::Duration | Fold::MedianDuration) => {
            value.duration().is_some_and(|(length, others, _)| length.is_finite() && 0.0 <= others && others <= length)
        }
        (Value::Level(level), Fold::Mean) => level.is_finite(),
        (_, Fold::Other(_)) => true,
        _ => false,
    };
    seen.excluded.or((!usable).then_some(Exclusion::Unmeasured))
}

fn counts(seen: &Observation, fold: Fold) -> bool {
    exclusion(seen, fold).is_none()
}

fn share(counting: &[&Observation], direction: Direction) -> (Option<f64>, Parts) {
    let weights = || {
        counting.iter().filter_map(|seen| match seen.value {
            Value::Share { met, weight } => Some((met, weight)),
            Value::Shown(well) => Some((well == (direction != Direction::Down), 1.0)),
            _ => None,
        })
    };
    let (mut met, mut of, mut numerator, mut denominator) = (0, 0, 0.0, 0.0);
    for (is_met, weight) in weights() {
        of += 1;
        denominator += weight;
        if is_met {
            met += 1;
            numerator += weight;
        }
    }
    let share = (denominator > 0.0 && f64::is_finite(denominator)).then(|| numerator / denominator);
    let effective = effective(weights().map(|(_, weight)| weight));
    match share.and_then(|share| Some((share, wilson(share, effective)?))) {
        Some((share, interval)) => (Some(share), Parts::Share { met, of, numerator, denominator, interval }),
        None => (None, Parts::Other),
    }
}

fn sum(counting: &[&Observation], days: f64) -> (Option<f64>, Parts) {
    let (mut weighted, mut raw) = (0.0, 0.0);
    for seen in counting {
        if let Value::Amount { weighted: more, raw: more_raw } = seen.value {
            weighted += more;
            raw += more_raw;
        }
    }
    let months = days / MONTH;
    let value = (days >= LEAST_DAYS_THERE).then(|| weighted / months);
    (value, Parts::Sum { weighted, raw, months })
}

/// What durations come to.
struct Durations {
    mean: f64,
    median: f64,
}

fn durations(counting: &[&Observation], value: impl Fn(Durations) -> f64) -> (Option<f64>, Parts) {
    let (mut censored_ones, mut waiting) = (0, 0.0);
    let mut lengths: Vec<f64> = Vec::with_capacity(counting.len());
    for seen in counting {
        if let Some((length, others, censored)) = seen.value.duration() {
            lengths.push(length);
            waiting += others;
            censored_ones += u32::from(censored);
        }
    }
    lengths.sort_by(f64::total_cmp);
    let (Some(mean), Some(median), Some(p90)) = (mean(&lengths), quantile(&lengths, 0.5), quantile(&lengths, 0.9))
    else {
        return (None, Parts::Other);
    };
    let parts = Parts::Durations { total: lengths.iter().sum(), waiting, mean, median, p90, censored: censored_ones };
    (Some(value(Durations { mean, median })), parts)
}

fn levels(counting: &[&Observation]) -> (Option<f64>, Parts) {
    let levels: Vec<f64> = counting
        .iter()
        .filter_map(|seen| match seen.value {
            Value::Level(level) => Some(level),
            _ => None,
        })
        .collect();
    match mean(&levels) {
        Some(mean) => (Some(mean), Parts::Levels { total: levels.iter().sum() }),
        None => (None, Parts::Other),
    }
}

/// What counts of this window and of the one before it, in order of time.
fn both<'a>(observations: &[&'a Observation], window: Window, fold: Fold) -> Vec<&'a Observation> {
    let both = Window { from: window.previous().from, until: window.until };
    let mut counting: Vec<&Observation> =
        observations.iter().copied().filter(|seen| both.has(seen.at) && counts(seen, fold)).collect();
    sort(&mut counting);
    counting
}

fn excluded(seen: &[&Observation], fold: Fold) -> Vec<Excluded> {
    let mut by_reason: BTreeMap<Exclusion, (Vec<String>, BTreeSet<Uuid>)> = BTreeMap::new();
    for seen in seen {
        if let Some(reason) = exclusion(seen, fold) {
            let (about, events) = by_reason.entry(reason).or_default();
            about.push(seen.about.clone());
            events.extend(&seen.events);
        }
    }
    by_reason
        .into_iter()
        .map(|(reason, (about, events))| Excluded { reason, count: counted(&about), about, events: sorted(events) })
        .collect()
}

fn flagged(seen: &[&Observation]) -> Vec<Flagged> {
    let mut by_flag: BTreeMap<Flag, Vec<String>> = BTreeMap::new();
    for seen in seen {
        let flags: BTreeSet<Flag> = seen.flags.iter().copied().collect();
        for flag in flags {
            by_flag.entry(flag).or_default().push(seen.about.clone());
        }
    }
    let of = counted(seen);
    by_flag.into_iter().map(|(flag, about)| Flagged { flag, count: counted(&about), of, about }).collect()
}

fn counted<T>(things: &[T]) -> u32 {
    u32::try_from(things.len()).unwrap_or(u32::MAX)
}
