//! Sections 3 to 6: what is done, and what it leads to.

use serde::Serialize;

use super::Own;
use crate::role::{read::Row, table::Table};

words! {
    /// What a responsibility is about.
    Group {
        /// Direction, within a junior's scope.
        Strategic,
        /// Running things.
        Operational,
        /// Building things.
        Technical,
        /// Together with other teams.
        CrossFunctional,
        /// Rules, compliance, quality.
        Governance,
        /// Leading, within a junior's scope.
        Leadership,
    }
}

/// What one is answerable for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Responsibility {
    /// What it is about.
    pub group: Group,
    /// Skills that it takes.
    pub skills: Vec<String>,
    /// KPIs that measure it.
    pub kpis: Vec<String>,
    /// Behaviours that it takes.
    pub behaviours: Vec<String>,
}

impl Own for Responsibility {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            group: row.word("group", Group::Operational),
            skills: row.ids("skills", &[Table::Skill]),
            kpis: row.ids("kpis", &[Table::Kpi]),
            behaviours: row.ids("behaviours", &[Table::Behaviour]),
        }
    }
}

words! {
    /// How often something is done.
    Rhythm {
        /// Each day.
        Daily,
        /// Each week.
        Weekly,
        /// Each month or quarter.
        Monthly,
        /// In a meeting that recurs.
        Ritual,
        /// When something is on fire.
        Emergency,
    }
}

/// What is done, by rhythm.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Activity {
    /// How often.
    pub rhythm: Rhythm,
    /// Responsibilities that it serves.
    pub responsibilities: Vec<String>,
    /// KPIs that measure it.
    pub kpis: Vec<String>,
}

impl Own for Activity {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            rhythm: row.word("rhythm", Rhythm::Daily),
            responsibilities: row.ids("responsibilities", &[Table::Responsibility]),
            kpis: row.ids("kpis", &[Table::Kpi]),
        }
    }
}

/// What comes out.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Deliverable {
    /// Of what sort: `runbooks`, `code`. The pack chooses the words.
    pub group: String,
    /// KPIs that measure it.
    pub kpis: Vec<String>,
    /// Skills that it takes.
    pub skills: Vec<String>,
}

impl Own for Deliverable {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            group: row.text("group", "\"runbooks\""),
            kpis: row.ids("kpis", &[Table::Kpi]),
            skills: row.ids("skills", &[Table::Skill]),
        }
    }
}

/// What is reached by the end of a phase.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Goal {
    /// The phase, in days after the start; 730 stands for what takes longer than a year.
    pub phase: u32,
    /// KPIs that show it.
    pub kpis: Vec<String>,
    /// Skills that it takes.
    pub skills: Vec<String>,
    /// Dimensions that it counts for.
    pub dimensions: Vec<String>,
    /// What is to be delivered.
    pub deliverables: Vec<String>,
    /// How many at least, where it is a number of things.
    pub at_least: Option<u32>,
    /// How many there need not be more of.
    pub at_most: Option<u32>,
}

impl Own for Goal {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        let (at_least, at_most) = (row.maybe_number("at-least", 0..=1000), row.maybe_number("at-most", 0..=1000));
        if let (Some(least), Some(most)) = (at_least, at_most)
            && least > most
        {
            row.wrong(
                "at-most",
                format!("`at-most = {most}` is below `at-least = {least}`"),
                "put the lower one first",
            );
        }
        Self {
            phase: row.number_of("phase", &PHASES),
            kpis: row.ids("kpis", &[Table::Kpi]),
            skills: row.ids("skills", &[Table::Skill]),
            dimensions: row.ids("dimensions", &[Table::Dimension]),
            deliverables: row.ids("deliverables", &[Table::Deliverable]),
            at_least,
            at_most,
        }
    }
}

/// The phases of a path, in days; the last one stands for all that takes longer than a year.
pub const PHASES: [u32; 6] = [30, 60, 90, 180, 365, 730];
