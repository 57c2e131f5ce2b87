//! Sections 8 to 11: what one can do, how one works, and with what.

use serde::Serialize;

use super::Own;
use crate::role::{read::Row, table::Table};

words! {
    /// Of which class a skill is.
    Class {
        /// One cannot do without.
        Must,
        /// Good to have.
        Good,
        /// Sets somebody apart; not required.
        Advanced,
        /// Will be needed in the years to come.
        Emerging,
    }
}

words! {
    /// How important a skill is.
    Importance {
        /// Without it the work cannot be done.
        Critical,
        /// The work is worse without it.
        Important,
        /// It helps.
        Optional,
        /// It depends on the company.
        Context,
    }
}

/// A technical skill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Skill {
    /// Of which class.
    pub class: Class,
    /// How important: one, or the two ends of a range.
    pub importance: Vec<Importance>,
    /// What it is used for.
    pub uses: String,
}

impl Own for Skill {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            class: row.word("class", Class::Must),
            importance: row.words("importance", Importance::Important),
            uses: row.text("uses", "\"Finding out why a service does not start.\""),
        }
    }
}

/// A behaviour.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Behaviour {
    /// Why it matters.
    pub matters: String,
    /// What one sees.
    pub shows: Vec<String>,
    /// What it looks like when it is strong.
    pub strong: String,
    /// Dimensions that it is judged in.
    pub dimensions: Vec<String>,
}

impl Own for Behaviour {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            matters: row.text("matters", "\"A careless change stops others' work.\""),
            shows: row.list("shows", "[\"Checks before and after each change.\"]"),
            strong: row.text("strong", "\"Others hand over risky work without a worry.\""),
            dimensions: row.ids("dimensions", &[Table::Dimension]),
        }
    }
}

words! {
    /// How common a tool is.
    Adoption {
        /// Nearly everywhere.
        Common,
        /// In some places.
        Optional,
        /// It depends on the company.
        Context,
    }
}

/// A row of tools that do the same.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tool {
    /// Of which category.
    pub category: String,
    /// Their names.
    pub names: Vec<String>,
    /// What they are for.
    pub purpose: String,
    /// How common they are.
    pub adoption: Adoption,
    /// Skills that they belong to.
    pub skills: Vec<String>,
}

impl Own for Tool {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            category: row.text("category", "\"Source control\""),
            names: row.list("names", "[\"GitHub\", \"GitLab\"]"),
            purpose: row.text("purpose", "\"Hosts code and its review\""),
            adoption: row.word("adoption", Adoption::Common),
            skills: row.ids("skills", &[Table::Skill]),
        }
    }
}

words! {
    /// A part of what one finds at work.
    Area {
        /// Infrastructure.
        Infrastructure,
        /// Applications.
        Application,
        /// Data.
        Data,
        /// Security.
        Security,
        /// How work comes in and goes out.
        Delivery,
        /// How software is made.
        Process,
        /// How much there is of it.
        Scale,
        /// How teams are cut.
        Team,
    }
}

/// What one finds at work.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Environment {
    /// Which part of it.
    pub area: Area,
}

impl Own for Environment {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { area: row.word("area", Area::Infrastructure) }
    }
}
