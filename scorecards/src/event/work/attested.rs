//! Figures that somebody answers for with their name.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;

/// Figures that somebody answers for with their name: the event's actor, who is not the person whom it is about.
///
/// A statement that is made again takes the place of what was stated before; one that is withdrawn never was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Attested {
    /// Somebody states a figure.
    FigureAttested {
        /// Which statement.
        statement: String,
        /// The KPI, by id.
        kpi: String,
        /// From when it holds.
        from: DateTime<Utc>,
        /// Until when it holds.
        until: DateTime<Utc>,
        /// What is stated.
        stated: Stated,
    },
    /// Somebody takes a statement back.
    AttestationWithdrawn {
        /// Which statement.
        statement: String,
    },
}

/// What is stated.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stated {
    /// So many of so many, for a share.
    Share {
        /// In the numerator.
        numerator: u32,
        /// In the denominator.
        denominator: u32,
    },
    /// A figure in the KPI's unit, for anything else.
    Value {
        /// The figure.
        value: f64,
        /// How many things it rests on.
        count: u32,
    },
}

impl Attested {
    /// Which statement it is about.
    #[must_use]
    pub fn about(&self) -> &str {
        match self {
            Self::FigureAttested { statement, .. } | Self::AttestationWithdrawn { statement } => statement,
        }
    }
}
