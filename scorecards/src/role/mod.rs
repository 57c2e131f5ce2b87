//! Roles as data: what a role asks for, how it is measured and judged, read from a *role pack*.
//!
//! A pack is a folder of TOML files; `scorecards/roles/README.md` has the format. Each thing in it has an id that is
//! unique in the whole pack, and other things name it by that id. [`Role::read`] takes the files as texts and gives
//! either a role in which every reference holds, or all that is wrong, by file, line and key. [`Role::with_variants`]
//! lays variants over it, [`coverage`] says what is behind each thing, and [`Words`] holds labs against packs.

pub mod coverage;
mod judged;
mod overlay;
mod parts;
mod read;
mod table;
mod words;

use std::collections::BTreeMap;

use serde::Serialize;

pub use self::{
    overlay::{Change, Changed, VariantError},
    parts::{
        Activity, Adoption, Area, Authority, Axis, Behaviour, Certification, Class, Criterion, Deliverable, Dimension,
        Entry, Environment, Escalation, Excuse, Exercise, Frequency, Goal, Group, Helpful, Importance, Judged, Kpi,
        KpiChange, Level, Needs, Next, PHASES, Responsibility, Rhythm, Right, RightChange, Scorecard, Side, Skill,
        Stage, Stakeholder, Step, Summary, Tool, Variant,
    },
    table::{SECTIONS, Table},
    words::Words,
};
use crate::kpi::Definition;

/// A role as its pack describes it, with the variants that are laid over it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Role {
    /// The name of the pack's folder.
    pub id: String,
    /// Its name, for people.
    pub title: String,
    /// The pack's version.
    pub version: String,
    /// What it is, in a few sentences.
    pub summary: String,
    /// What it is for.
    pub mission: String,
    /// Why that matters.
    pub importance: String,
    /// For which time it is described.
    pub horizon: String,
    /// With whom one works.
    pub collaborates: Vec<Entry>,
    /// What the company gets from it.
    pub outcomes: Vec<Entry>,
    /// What one is answerable for.
    pub responsibilities: Vec<Entry<Responsibility>>,
    /// What is done, by rhythm.
    pub activities: Vec<Entry<Activity>>,
    /// What comes out.
    pub deliverables: Vec<Entry<Deliverable>>,
    /// What is reached, by phase.
    pub goals: Vec<Entry<Goal>>,
    /// What success looks like.
    pub success: Vec<Entry>,
    /// What high performance looks like.
    pub high_performance: Vec<Entry>,
    /// What the pack says of each KPI beside its definition, in the order of the definitions.
    pub kpis: Vec<Kpi>,
    definitions: Vec<Definition>,
    /// What to mind when measuring.
    pub notes: Vec<Entry>,
    /// Technical skills.
    pub skills: Vec<Entry<Skill>>,
    /// Behaviours.
    pub behaviours: Vec<Entry<Behaviour>>,
    /// Tools.
    pub tools: Vec<Entry<Tool>>,
    /// What one finds there.
    pub environment: Vec<Entry<Environment>>,
    /// Who has to do with the work.
    pub stakeholders: Vec<Entry<Stakeholder>>,
    /// How people work together.
    pub collaboration: Vec<Entry>,
    /// Whom to call, the first one first.
    pub escalations: Vec<Entry<Escalation>>,
    /// Levels of decision, the freest first.
    pub levels: Vec<Entry<Level>>,
    /// What is decided at which level.
    pub rights: Vec<Entry<Right>>,
    /// Authority over budget, architecture and the like.
    pub authorities: Vec<Entry<Authority>>,
    /// What one brings.
    pub prerequisites: Vec<Entry>,
    /// Certifications that help.
    pub certifications: Vec<Entry<Certification>>,
    /// Where people come from.
    pub backgrounds: Vec<Entry>,
    /// Roles before this one.
    pub feeders: Vec<Entry>,
    /// Roles after this one.
    pub next: Vec<Entry<Next>>,
    /// What promotion asks.
    pub criteria: Vec<Entry<Criterion>>,
    /// How the role grows.
    pub stages: Vec<Entry<Stage>>,
    /// What is hard about it.
    pub challenges: Vec<Entry<Judged>>,
    /// Where work waits.
    pub bottlenecks: Vec<Entry>,
    /// What to avoid.
    pub antipatterns: Vec<Entry<Judged>>,
    /// Why people fall short.
    pub underperformance: Vec<Entry<Judged>>,
    /// What the company risks.
    pub business_risks: Vec<Entry>,
    /// The variants there are, by axis.
    pub variants: Vec<Entry<Variant>>,
    /// What machines can do.
    pub automatable: Vec<Entry>,
    /// What stays with people.
    pub human: Vec<Entry>,
    /// How the role changes.
    pub shifts: Vec<Entry>,
    /// What is newly expected.
    pub expectations: Vec<Entry>,
    /// What to assess in an interview.
    pub assess: Vec<Entry<Judged>>,
    /// Practical exercises.
    pub exercises: Vec<Entry<Exercise>>,
    /// What speaks for somebody.
    pub strong_signals: Vec<Entry<Judged>>,
    /// What speaks against somebody.
    pub weak_signals: Vec<Entry<Judged>>,
    /// What rules somebody out, once confirmed.
    pub red_flags: Vec<Entry<Judged>>,
    /// What is rated, and what follows from it.
    pub scorecard: Scorecard,
    /// The most important of each.
    pub top: Summary,
    /// Why things have nothing behind them.
    pub excuses: Vec<Excuse>,
    /// The variants that are laid over it.
    pub laid: Vec<String>,
    /// What they have changed, in the order in which they were laid.
    pub changes: Vec<Change>,
    /// What they ask for beyond the base.
    pub evidence: Vec<Entry>,
    places: BTreeMap<String, Place>,
}

/// Where a thing of a pack stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Of which kind it is.
    pub table: Table,
    /// The file, as messages name it.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

impl Role {
    /// The KPIs, in the order of the pack.
    #[must_use]
    pub fn definitions(&self) -> &[Definition] {
        &self.definitions
    }

    /// The KPI of this id.
    #[must_use]
    pub fn kpi(&self, id: &str) -> Option<&Definition> {
        self.definitions.iter().find(|definition| definition.id == id)
    }

    /// The dimension of this id.
    #[must_use]
    pub fn dimension(&self, id: &str) -> Option<&Entry<Dimension>> {
        self.scorecard.dimensions.iter().find(|dimension| dimension.id == id)
    }

    /// The level on which a right is decided; `None` where there is no such right.
    #[must_use]
    pub fn level_of(&self, right: &str) -> Option<&Entry<Level>> {
        let right = self.rights.iter().find(|entry| entry.id == right)?;
        self.levels.iter().find(|level| level.id == right.own.level)
    }

    /// Where the thing of this id stands.
    #[must_use]
    pub fn place(&self, id: &str) -> Option<&Place> {
        self.places.get(id)
    }

    /// Every thing of the pack by id, with where it stands.
    pub fn places(&self) -> impl Iterator<Item = (&str, &Place)> {
        self.places.iter().map(|(id, place)| (id.as_str(), place))
    }
}
