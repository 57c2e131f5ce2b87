//! The attested series: what a named person states about somebody else.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Definition, Episode, Excluded, Exclusion, Figure, Parts, Unit, Window, fold::judge, statistics::wilson};
use crate::event::{
    Event,
    work::{Attested, Stated, Work},
};

/// A statement that holds for the window.
struct Statement<'a> {
    event: &'a Event,
    kpi: &'a str,
    about: &'a str,
    time: Window,
    stated: Stated,
}

/// Puts what is stated about a KPI in the place of what was observed, if anything is stated for the window.
///
/// Shares are pooled, Σ numerators ÷ Σ denominators. Other values are averaged: figures a month by how long they hold,
/// the rest by what they rest on.
pub(super) fn state(definition: &Definition, figure: &mut Figure, episodes: &[Episode<'_>]) {
    let mut statements: Vec<Statement<'_>> = episodes.iter().filter_map(last).collect();
    statements.retain(|statement| statement.kpi == definition.id && falls_into(statement.time, figure.window));
    if statements.is_empty() {
        return;
    }
    // The latest first: it takes the place of what was said before for the same time.
    statements.sort_by_key(|statement| std::cmp::Reverse((statement.event.at, statement.event.id)));
    let (mut kept, mut excluded): (Vec<Statement<'_>>, Vec<(Exclusion, Statement<'_>)>) = Default::default();
    for statement in statements {
        let event = statement.event;
        if event.actor.is_none_or(|actor| actor == event.subject) {
            excluded.push((Exclusion::OwnWord, statement));
        } else if !fits(statement.stated, figure.unit) {
            excluded.push((Exclusion::Unmeasured, statement));
        } else if kept.iter().any(|later| overlap(later.time, statement.time)) {
            excluded.push((Exclusion::Superseded, statement));
        } else {
            kept.push(statement);
        }
    }
    kept.sort_by_key(|statement| (statement.time.from, statement.event.id));
    let (value, parts, count) = pooled(&kept, figure.unit);
    figure.parts = parts;
    figure.count = count;
    figure.events = kept.iter().map(|statement| statement.event.id).collect::<BTreeSet<_>>().into_iter().collect();
    figure.exclusions = reasons(&excluded);
    figure.flags.clear();
    judge(figure, definition, value, true);
}

/// What a statement says, as it was last made; nothing if it was withdrawn.
fn last<'a>(episode: &Episode<'a>) -> Option<Statement<'a>> {
    match episode.events.last()? {
        (event, Work::Attested(Attested::FigureAttested { kpi, from, until, stated, .. })) => Some(Statement {
            event,
            kpi,
            about: episode.about,
            time: Window { from: *from, until: *until },
            stated: *stated,
        }),
        _ => None,
    }
}

/// Whether at least half of the time of a statement lies in the window: a calendar month is not quite 30 days.
fn falls_into(time: Window, window: Window) -> bool {
    let common = time.until.min(window.until) - time.from.max(window.from);
    time.until > time.from && time.until <= window.until && common * 2 >= time.until - time.from
}

fn overlap(a: Window, b: Window) -> bool {
    a.from < b.until && b.from < a.until
}

/// Whether what is stated can be a figure in this unit.
fn fits(stated: Stated, unit: Unit) -> bool {
    match (stated, unit) {
        (Stated::Share { numerator, denominator }, Unit::Share) => numerator <= denominator && denominator > 0,
        (Stated::Value { value, .. }, Unit::Minutes | Unit::Days | Unit::PerMonth) => value.is_finite() && value >= 0.0,
        (Stated::Value { value, .. }, Unit::Grade) => (1.0..=5.0).contains(&value),
        (Stated::Value { value, .. }, Unit::HoursPerMonth | Unit::Change | Unit::Slope) => value.is_finite(),
        _ => false,
    }
}

fn pooled(kept: &[Statement<'_>], unit: Unit) -> (Option<f64>, Parts, u32) {
    let (mut met, mut of, mut sum, mut weights) = (0u32, 0u32, 0.0, 0.0);
    for statement in kept {
        match statement.stated {
            Stated::Share { numerator, denominator } => {
                met = met.saturating_add(numerator);
                of = of.saturating_add(denominator);
            }
            Stated::Value { value, count } => {
                let by_time = matches!(unit, Unit::PerMonth | Unit::HoursPerMonth | Unit::Change | Unit::Slope);
                let weight = if by_time { statement.time.days() } else { f64::from(count) };
                of = of.saturating_add(count);
                sum += weight * value;
                weights += weight;
            }
        }
    }
    if unit != Unit::Share {
        return ((weights > 0.0).then(|| sum / weights), Parts::Stated, of);
    }
    let (numerator, denominator) = (f64::from(met), f64::from(of));
    let share = numerator / denominator;
    match wilson(share, denominator) {
        Some(interval) => (Some(share), Parts::Share { met, of, numerator, denominator, interval }, of),
        None => (None, Parts::Other, 0),
    }
}

fn reasons(excluded: &[(Exclusion, Statement<'_>)]) -> Vec<Excluded> {
    let reasons: BTreeSet<Exclusion> = excluded.iter().map(|(reason, _)| *reason).collect();
    let one = |reason: Exclusion| {
        let mut with: Vec<(String, Uuid)> = excluded
            .iter()
            .filter(|(other, _)| *other == reason)
            .map(|(_, statement)| (statement.about.to_string(), statement.event.id))
            .collect();
        with.sort();
        let count = u32::try_from(with.len()).unwrap_or(u32::MAX);
        let (about, mut events): (Vec<_>, Vec<_>) = with.into_iter().unzip();
        events.sort();
        Excluded { reason, count, about, events }
    };
    reasons.into_iter().map(one).collect()
}
