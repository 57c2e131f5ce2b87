//! Sections 12 to 15: whom one works with, who decides what, and where it leads.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Own;
use crate::role::{read::Row, table::Table};

words! {
    /// Where a stakeholder stands.
    Side {
        /// In the company.
        Internal,
        /// Outside.
        External,
        /// In a like role.
        Peer,
        /// What they do comes before.
        Upstream,
        /// What they do comes after.
        Downstream,
    }
}

/// Who has to do with the work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stakeholder {
    /// Where they stand.
    pub side: Side,
}

impl Own for Stakeholder {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { side: row.word("side", Side::Internal) }
    }
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Escalation {
    /// The first one is 1.
    pub order: u32,
    /// Who it is.
    pub to: String,
    /// In which case.
    pub when: String,
}

impl Own for Escalation {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            order: row.number("order", 1..=20, "1"),
            to: row.text("to", "\"The senior on call\""),
            when: row.text("when", "\"When you are stuck for fifteen minutes\""),
        }
    }
}

/// A level of decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Level {
    /// The first one, where nobody need be asked, is 1.
    pub order: u32,
}

impl Own for Level {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { order: row.number("order", 1..=5, "1") }
    }
}

/// What is decided at a level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Right {
    /// The id of the level.
    pub level: String,
}

impl Own for Right {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { level: row.id("level", &[Table::Level]) }
    }
}

/// Authority over an area.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Authority {
    /// Over what.
    pub area: String,
    /// What one may.
    pub may: String,
    /// What one may not.
    pub may_not: Option<String>,
}

impl Own for Authority {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            area: row.text("area", "\"budget\""),
            may: row.text("may", "\"Point out what costs too much\""),
            may_not: row.maybe("may-not", "\"Spend\""),
        }
    }
}

words! {
    /// How much a certification helps.
    Helpful {
        /// In most places.
        Common,
        /// In some.
        Optional,
    }
}

/// Certifications that help.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Certification {
    /// Their names.
    pub names: Vec<String>,
    /// How much they help.
    pub helpful: Helpful,
}

impl Own for Certification {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { names: row.list("names", "[\"KCNA\"]"), helpful: row.word("helpful", Helpful::Optional) }
    }
}

words! {
    /// How near a next role is.
    Step {
        /// The usual one.
        Likely,
        /// To the side.
        Adjacent,
    }
}

/// A role after this one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Next {
    /// How near it is.
    pub kind: Step,
}

impl Own for Next {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { kind: row.word("kind", Step::Likely) }
    }
}

/// How the role grows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Stage {
    /// From which month until which.
    pub months: (u32, u32),
}

impl Own for Stage {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { months: row.span("months", "[3, 6]") }
    }
}

/// What promotion asks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Criterion {
    /// KPIs that show it.
    pub kpis: Vec<String>,
    /// Dimensions that show it.
    pub dimensions: Vec<String>,
    /// Goals that show it.
    pub goals: Vec<String>,
    /// Skills that it takes.
    pub skills: Vec<String>,
    /// What a machine can check of it; nothing where it is `None`.
    pub needs: Option<Needs>,
}

impl Own for Criterion {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        let kpis = row.ids("kpis", &[Table::Kpi]);
        Self {
            needs: row.section("needs", "{ kpis-on-target = 2 }", |needs| Needs::read(needs, kpis.len())),
            kpis,
            dimensions: row.ids("dimensions", &[Table::Dimension]),
            goals: row.ids("goals", &[Table::Goal]),
            skills: row.ids("skills", &[Table::Skill]),
        }
    }
}

/// What a machine can check of a criterion: all of it must hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Needs {
    /// So many of the criterion's KPIs are on target.
    pub kpis_on_target: Option<u32>,
    /// Dimensions, by id, with the rating that they need at least.
    pub dimension_at_least: BTreeMap<String, u8>,
    /// Skills that are mastered.
    pub mastered: Vec<String>,
    /// Goals that are reached.
    pub goals_reached: Vec<String>,
}

impl Needs {
    /// `kpis` is how many the criterion names.
    fn read(row: &Row<'_, '_, '_>, kpis: usize) -> Self {
        let on_target = row.maybe_number("kpis-on-target", 1..=100);
        if let Some(number) = on_target
            && number as usize > kpis
        {
            let what = format!("`kpis-on-target = {number}`, but the criterion's `kpis` names {kpis}");
            row.wrong("kpis-on-target", what, "name more KPIs there, or ask for fewer");
        }
        Self {
            kpis_on_target: on_target,
            dimension_at_least: row.levels(
                "dimension-at-least",
                &[Table::Dimension],
                &(1..=4),
                "{ troubleshooting = 3 }",
            ),
            mastered: row.ids("mastered", &[Table::Skill]),
            goals_reached: row.ids("goals-reached", &[Table::Goal]),
        }
    }
}
