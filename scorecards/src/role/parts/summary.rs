//! Section 20, the summary, and what the pack says of its own gaps.

use serde::Serialize;

use crate::role::{Role, read::Row, table::Table};

/// The most important of each, by id.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Responsibilities.
    pub responsibilities: Vec<String>,
    /// Skills.
    pub skills: Vec<String>,
    /// Behaviours.
    pub behaviours: Vec<String>,
    /// Tools.
    pub tools: Vec<String>,
    /// KPIs.
    pub kpis: Vec<String>,
    /// Deliverables.
    pub deliverables: Vec<String>,
    /// Goals.
    pub goals: Vec<String>,
    /// Next roles.
    pub next: Vec<String>,
}

/// So many of the most important ones.
const TOP: usize = 10;

impl Summary {
    /// Reads `summary.toml`. The rest of the role has been read before.
    pub(in crate::role) fn read(root: &Row<'_, '_, '_>, role: &Role) -> Self {
        let summary = Self {
            responsibilities: root.ids("responsibilities", &[Table::Responsibility]),
            skills: root.ids("skills", &[Table::Skill]),
            behaviours: root.ids("behaviours", &[Table::Behaviour]),
            tools: root.ids("tools", &[Table::Tool]),
            kpis: root.ids("kpis", &[Table::Kpi]),
            deliverables: root.ids("deliverables", &[Table::Deliverable]),
            goals: root.ids("goals", &[Table::Goal]),
            next: root.ids("next", &[Table::Next]),
        };
        // A row of the blueprint may name two KPIs.
        for (key, named, there, more) in [
            ("responsibilities", summary.responsibilities.len(), role.responsibilities.len(), false),
            ("skills", summary.skills.len(), role.skills.len(), false),
            ("behaviours", summary.behaviours.len(), role.behaviours.len(), false),
            ("kpis", summary.kpis.len(), role.kpis.len(), true),
        ] {
            let needed = TOP.min(there);
            if named < needed || (named > TOP && !more) {
                let least = if more { "at least " } else { "" };
                let what = format!("`{key}` names {named} ids");
                root.wrong(key, what, format!("name {least}{needed}: the most important ones"));
            }
        }
        summary
    }

    /// Every id that one of the lists names, in the order of the lists.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        [
            &self.responsibilities,
            &self.skills,
            &self.behaviours,
            &self.tools,
            &self.kpis,
            &self.deliverables,
            &self.goals,
            &self.next,
        ]
        .into_iter()
        .flatten()
        .map(String::as_str)
    }
}

/// Why things of the pack have nothing behind them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Excuse {
    /// The things by id, or whole tables as in `section:tools.tool`.
    pub ids: Vec<String>,
    /// The reason.
    pub because: String,
    /// Its file.
    pub file: String,
    /// Its line.
    pub line: usize,
}

impl Excuse {
    /// Reads every `[[not-here]]`.
    pub(in crate::role) fn read(root: &Row<'_, '_, '_>) -> Vec<Self> {
        root.rows("not-here", |row| Self {
            ids: row.required_ids("ids", &[]),
            because: row.text("because", "\"Not trained here because …\""),
            file: row.file(),
            line: row.line_of("ids"),
        })
    }
}
