//! Section 17: what differs by the sort of company.

use std::{collections::BTreeMap, ops::RangeInclusive};

use serde::Serialize;

use super::{
    Entry, Own,
    kpi::{self, MINIMUM, RAMP, WINDOW},
};
use crate::{
    kpi::{Definition, Direction, Target},
    role::{read::Row, table::Table},
};

words! {
    /// In which respect a variant differs from others: of each there is one or none.
    Axis {
        /// How large the company is.
        Size,
        /// Whether it is regulated.
        Regulation,
        /// Where it is.
        Geography,
        /// What it sells.
        Model,
    }
}

/// A variant of the role: what differs from the base.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variant {
    /// In which respect it differs.
    pub axis: Axis,
    /// How KPIs differ.
    pub kpis: Vec<KpiChange>,
    /// Who decides what.
    pub rights: Vec<RightChange>,
    /// What is asked for beyond the base.
    pub evidence: Vec<Entry>,
}

/// How a KPI differs. What is `None` stays.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KpiChange {
    /// The KPI.
    pub kpi: String,
    /// The target, as a whole.
    pub target: Option<Target>,
    /// The least number of observations.
    pub minimum: Option<u32>,
    /// The window, in days.
    pub window_days: Option<u32>,
    /// Which way is good.
    pub direction: Option<Direction>,
    /// The days in which it is informational.
    pub ramp_days: Option<u32>,
    /// Settings of the measure, each by itself.
    pub settings: BTreeMap<String, f64>,
    /// The reason.
    pub because: String,
}

/// How a decision right differs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RightChange {
    /// The right.
    pub right: String,
    /// The level on which it is decided.
    pub level: String,
    /// The reason.
    pub because: String,
}

const BECAUSE: &str = "\"An audit asks for it.\"";

impl Variant {
    /// Reads a file of `variants/`. The base's KPIs have been read before.
    pub(in crate::role) fn read(root: &Row<'_, '_, '_>, base: &[Definition]) -> Entry<Self> {
        let Entry { id, title, says, own: axis } = root.entry::<Axis>(Table::Variant);
        let own = Self {
            axis,
            kpis: root.rows("kpi", |row| KpiChange::read(row, base)),
            rights: root.rows("right", RightChange::read),
            evidence: root.entries(Table::Evidence),
        };
        for (key, named) in [
            ("kpi", own.kpis.iter().map(|change| &change.kpi).collect::<Vec<_>>()),
            ("right", own.rights.iter().map(|change| &change.right).collect()),
        ] {
            for (n, id) in named.iter().enumerate() {
                if named[..n].contains(id) {
                    root.wrong(key, format!("it changes the {key} \"{id}\" twice"), "make it one change");
                }
            }
        }
        Entry { id, title, says, own }
    }
}

impl Own for Axis {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        row.word("axis", Self::Size)
    }
}

impl KpiChange {
    fn read(row: &Row<'_, '_, '_>, base: &[Definition]) -> Self {
        let kpi = row.id("id", &[Table::Kpi]);
        row.rename("kpi", &kpi);
        let base = base.iter().find(|definition| definition.id == kpi);
        let number = |key, range: RangeInclusive<u32>| row.maybe_number(key, range);
        let change = Self {
            target: kpi::target(row),
            minimum: number("minimum", MINIMUM),
            window_days: number("window-days", WINDOW),
            direction: kpi::direction(row),
            ramp_days: number("ramp-days", RAMP),
            settings: kpi::settings(row, base.map(|base| base.measure)),
            because: row.text("because", BECAUSE),
            kpi,
        };
        let keys = ["target", "minimum", "window-days", "direction", "ramp-days", "settings"];
        if !keys.iter().any(|key| row.has(key)) {
            row.wrong("id", "it changes nothing", format!("give one of: {}", keys.join(", ")));
        }
        if let Some(base) = base
            && let Err(wrong) = kpi::band(&change.applied(base))
        {
            row.wrong("target", wrong.what, wrong.remedy);
        }
        change
    }

    /// The KPI as it is with this change.
    #[must_use]
    pub fn applied(&self, base: &Definition) -> Definition {
        let mut changed = base.clone();
        changed.target = self.target.unwrap_or(base.target);
        changed.minimum = self.minimum.unwrap_or(base.minimum);
        changed.window_days = self.window_days.unwrap_or(base.window_days);
        changed.direction = self.direction.unwrap_or(base.direction);
        changed.ramp_days = self.ramp_days.unwrap_or(base.ramp_days);
        changed.settings.extend(self.settings.clone());
        changed
    }
}

impl RightChange {
    fn read(row: &Row<'_, '_, '_>) -> Self {
        let right = row.id("id", &[Table::Right]);
        row.rename("right", &right);
        Self { level: row.id("level", &[Table::Level]), because: row.text("because", BECAUSE), right }
    }
}
