//! Sections 16, 19 and 20, as far as they are about judging people.

use serde::Serialize;

use super::Own;
use crate::role::{read::Row, table::Table};

/// What somebody is judged by, of things that the scorecard's dimensions judge.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Judged {
    /// The dimensions.
    pub dimensions: Vec<String>,
}

impl Own for Judged {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self { dimensions: row.ids("dimensions", &[Table::Dimension]) }
    }
}

/// A practical exercise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Exercise {
    /// How long it takes, from and to.
    pub minutes: (u32, u32),
    /// What one is given.
    pub given: String,
    /// What is asked.
    pub asks: String,
    /// Dimensions that it shows.
    pub dimensions: Vec<String>,
}

impl Own for Exercise {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        Self {
            minutes: row.span("minutes", "[45, 60]"),
            given: row.text("given", "\"A dashboard and a log\""),
            asks: row.text("asks", "\"What is likely, and what would you look at?\""),
            dimensions: row.required_ids("dimensions", &[Table::Dimension]),
        }
    }
}
