//! What is read beside a figure: the KPIs that move when it is gamed, and what its own observations are flagged with.

use std::collections::BTreeMap;

use super::{Definition, Figure, Flag, Guard, State, Unit};

/// Reads the guards of every figure among the others of its series.
pub(super) fn read(definitions: &[Definition], figures: &mut [Figure]) {
    let by_kpi: BTreeMap<(String, u8), (Option<f64>, State, Unit)> = figures
        .iter()
        .map(|figure| {
            let key = (figure.kpi.clone(), figure.series as u8);
            (key, (figure.value, figure.state, figure.unit))
        })
        .collect();
    for figure in figures {
        let Some(definition) = definitions.iter().find(|definition| definition.id == figure.kpi) else { continue };
        for guard in &definition.guards {
            let read = match (by_kpi.get(&(guard.clone(), figure.series as u8)), Flag::named(guard)) {
                (Some((value, state, unit)), _) => kpi(guard, *value, *state, *unit),
                (None, Some(flag)) => flagged(definition, figure, flag),
                (None, None) => unknown(guard),
            };
            figure.guards.push(read);
        }
        // What was flagged is read, named as a guard or not.
        let named = |flag: Flag| definition.guards.iter().any(|guard| Flag::named(guard) == Some(flag));
        let more: Vec<Flag> = figure.flags.iter().map(|flagged| flagged.flag).filter(|flag| !named(*flag)).collect();
        for flag in more {
            let read = flagged(definition, figure, flag);
            figure.guards.push(read);
        }
    }
}

fn kpi(guard: &str, value: Option<f64>, state: State, unit: Unit) -> Guard {
    let tripped = match state {
        State::Insufficient => None,
        State::In => Some(false),
        State::Below | State::Above => Some(true),
    };
    let is = value.map(|value| unit.show(value)).unwrap_or_default();
    let says = match state {
        State::Insufficient => format!("{guard} says nothing yet"),
        State::In => format!("{guard} is as it should be: {is}"),
        State::Below => format!("{guard} is below its target: {is}"),
        State::Above => format!("{guard} is above its target: {is}"),
    };
    Guard { guard: guard.to_string(), value, state: Some(state), tripped, says }
}

fn flagged(definition: &Definition, figure: &Figure, flag: Flag) -> Guard {
    let name = flag.name();
    let found = figure.flags.iter().find(|flagged| flagged.flag == flag);
    let (count, of) = found.map_or((0, figure.count), |flagged| (flagged.count, flagged.of));
    let share = (of > 0).then(|| f64::from(count) / f64::from(of));
    let limit = definition.settings.get(&flag.limit_setting()).copied().or(flag.limit());
    let tripped = match (share, limit) {
        (Some(share), Some(limit)) => Some(share > limit),
        (Some(_), None) => Some(false),
        (None, _) => None,
    };
    let says = match (share, limit) {
        (None, _) => format!("nothing that could be {name}"),
        (Some(_), None) => format!("{name}: {count} of {of}"),
        (Some(_), Some(limit)) => {
            let more = if tripped == Some(true) { "more than" } else { "not more than" };
            format!("{name}: {count} of {of}, {more} {}", Unit::Share.show(limit))
        }
    };
    Guard { guard: name, value: share, state: None, tripped, says }
}

fn unknown(guard: &str) -> Guard {
    let says = format!("{guard} was not asked for");
    Guard { guard: guard.to_string(), value: None, state: None, tripped: None, says }
}
