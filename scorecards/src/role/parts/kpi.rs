//! Section 7: the KPIs.

use std::collections::BTreeMap;

use serde::Serialize;
use strum::VariantArray;

use crate::{
    kpi::{Definition, Direction, Flag, Measure, Target, Unit},
    reader::one_of,
    role::{read::Row, table::Table},
};

words! {
    /// How often a KPI is looked at.
    Frequency {
        /// Each week.
        Weekly,
        /// Each month.
        Monthly,
        /// Each quarter.
        Quarterly,
    }
}

/// What a pack says of a KPI beside its [definition](Definition).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Kpi {
    /// The definition's id.
    pub id: String,
    /// One to three sentences beside what it asks; mostly empty.
    pub says: String,
    /// Its number in the blueprint; parts of one KPI share it.
    pub number: u32,
    /// How often it is looked at.
    pub frequency: Vec<Frequency>,
    /// The target as the blueprint puts it.
    pub blueprint: String,
}

/// Reads every `[[kpi]]`.
pub(in crate::role) fn read(root: &Row<'_, '_, '_>) -> Vec<(Kpi, Definition)> {
    root.rows("kpi", |row| {
        let id = row.own_id(Table::Kpi);
        let definition = definition(row, &id);
        let kpi = Kpi {
            id,
            says: row.maybe("says", "\"One to three sentences.\"").unwrap_or_default(),
            number: row.number("number", 1..=99, "1"),
            frequency: row.words("frequency", Frequency::Monthly),
            blueprint: row.text("blueprint", "\"At least 95 %\""),
        };
        (kpi, definition)
    })
}

fn definition(row: &Row<'_, '_, '_>, id: &str) -> Definition {
    let name = row.line("title", "\"A few words\"");
    row.require("measure", "\"ticket-quality\"");
    let measure = row.maybe_word("measure");
    row.require("direction", "\"up\"");
    row.require("target", "{ at-least = 0.95 }");
    let flags: Vec<String> = Flag::VARIANTS.iter().map(|flag| flag.name()).collect();
    let guards = row.ids_or("guards", &[Table::Kpi], &flags);
    if guards.iter().any(|guard| guard == id) {
        row.wrong("guards", "a KPI can't be its own guard", "name one that moves when this one is gamed");
    }
    let (direction, target) = (direction(row), target(row));
    let read = measure.is_some() && direction.is_some() && target.is_some();
    let definition = Definition {
        id: id.into(),
        name,
        asks: row.text("asks", "\"How often … ?\""),
        why: row.text("why", "\"Because …\""),
        counted: row.text("counted", "\"These ÷ those\""),
        measure: measure.unwrap_or(Measure::TicketQuality),
        window_days: row.number("window-days", WINDOW, "30"),
        direction: direction.unwrap_or(Direction::Up),
        target: target.unwrap_or_default(),
        minimum: row.number("minimum", MINIMUM, "5"),
        guards,
        ramp_days: row.maybe_number("ramp-days", RAMP).unwrap_or(0),
        settings: settings(row, measure),
    };
    // With a part missing or unread, that has been said.
    if read {
        sound(row, &definition);
    }
    definition
}

/// The least and the most that these may be: a window ends within a year, and a ramp within two.
pub(super) const WINDOW: std::ops::RangeInclusive<u32> = 1..=366;
pub(super) const MINIMUM: std::ops::RangeInclusive<u32> = 0..=1000;
pub(super) const RAMP: std::ops::RangeInclusive<u32> = 0..=730;

pub(super) fn direction(row: &Row<'_, '_, '_>) -> Option<Direction> {
    row.maybe_word("direction")
}

pub(super) fn target(row: &Row<'_, '_, '_>) -> Option<Target> {
    row.section("target", "{ at-least = 0.95 }", |row| {
        let bound = |key| row.maybe_float(key, -1e6..=1e6, "0.95");
        Target { at_least: bound("at-least"), at_most: bound("at-most"), stretch: bound("stretch") }
    })
}

/// `measure` is `None` where it could not be read.
pub(super) fn settings(row: &Row<'_, '_, '_>, measure: Option<Measure>) -> BTreeMap<String, f64> {
    let mut settings = BTreeMap::new();
    for (name, number) in row.numbers("settings", "{ reopen-days = 14 }") {
        let known = measure.map(|measure| (measure, names(measure)));
        if let Some((measure, known)) = known
            && !known.contains(&name.value)
        {
            let measure: &str = measure.into();
            let what = format!("the measure `{measure}` has no setting `{}`", name.value);
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            row.wrong_at(name.at, what, one_of(&name.value, &known));
        }
        if !(-1e6..=1e6).contains(&number) {
            let what = format!("`settings.{} = {number}` is out of range", name.value);
            row.wrong_at(name.at, what, "give a number from -1000000 to 1000000");
        }
        settings.insert(name.value, number);
    }
    settings
}

/// The settings of a measure, and the limits of flags.
fn names(measure: Measure) -> Vec<String> {
    let own = measure.settings().iter().map(|(name, _)| (*name).to_string());
    own.chain(Flag::VARIANTS.iter().map(|flag| flag.limit_setting())).collect()
}

/// Notes a band that contradicts itself.
pub(super) fn sound(row: &Row<'_, '_, '_>, definition: &Definition) {
    if let Err(Contradiction { what, remedy }) = band(definition) {
        row.wrong("target", what, remedy);
    }
}

/// What is wrong with a band.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::role) struct Contradiction {
    /// In words.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

/// Whether the target is one that can be aimed at: it has the bounds that its direction needs, the lower one first, the
/// stretch on the better side, and all of them are figures that the measure can show.
pub(in crate::role) fn band(definition: &Definition) -> Result<(), Contradiction> {
    let Definition { direction, target: Target { at_least, at_most, stretch }, measure, .. } = definition;
    let wrong = |what: String, remedy: &str| Err(Contradiction { what, remedy: remedy.into() });
    let name: &str = (*direction).into();
    let (needs_least, needs_most) = match direction {
        Direction::Up => (true, false),
        Direction::Down => (false, true),
        Direction::Band => (true, true),
    };
    if needs_least && at_least.is_none() {
        return wrong(format!("`direction = \"{name}\"` needs `target.at-least`"), "add it, or mend the direction");
    }
    if needs_most && at_most.is_none() {
        return wrong(format!("`direction = \"{name}\"` needs `target.at-most`"), "add it, or mend the direction");
    }
    if let (Some(least), Some(most)) = (at_least, at_most)
        && least > most
    {
        let what = format!("`at-least = {least}` is above `at-most = {most}`");
        return wrong(what, "put the lower figure under `at-least`");
    }
    if let Some(stretch) = stretch {
        let better = match direction {
            Direction::Up => {
                at_least.is_some_and(|least| *stretch > least) && at_most.is_none_or(|most| *stretch <= most)
            }
            Direction::Down => {
                at_most.is_some_and(|most| *stretch < most) && at_least.is_none_or(|least| *stretch >= least)
            }
            Direction::Band => false,
        };
        if !better {
            let remedy = match direction {
                Direction::Up => "give a figure above `at-least`",
                Direction::Down => "give a figure below `at-most`",
                Direction::Band => "take it out: a band has no better side",
            };
            return wrong(format!("`stretch = {stretch}` is not on the better side"), remedy);
        }
    }
    let (low, high) = range(measure.unit());
    for (key, figure) in [("at-least", at_least), ("at-most", at_most), ("stretch", stretch)] {
        if let Some(figure) = figure
            && !(low..=high).contains(figure)
        {
            let measure: &str = (*measure).into();
            let what = format!("`{key} = {figure}` can't be a figure of the measure `{measure}`");
            return wrong(what, &format!("give a number from {low} to {high}"));
        }
    }
    Ok(())
}

/// What a figure of this unit can be.
fn range(unit: Unit) -> (f64, f64) {
    match unit {
        Unit::Share => (0.0, 1.0),
        Unit::Grade => (1.0, 5.0),
        Unit::Change => (-1.0, 1e6),
        Unit::Minutes | Unit::Days | Unit::PerMonth | Unit::HoursPerMonth => (0.0, 1e6),
        Unit::Slope => (-1e6, 1e6),
    }
}
