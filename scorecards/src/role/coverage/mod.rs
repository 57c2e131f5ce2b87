//! What is behind each thing of a role: a lab, an exercise, an item of the path, a KPI, or a reason why there is none.
//!
//! A thing is covered by
//! - a lab that names it: as skill, KPI, dimension of a check or signal, or under `trains`;
//! - an exercise that shows it, if it is a dimension; an exercise also by itself;
//! - a goal that names it: goals are the items of the path;
//! - the KPIs that it names itself, for they measure it; a variant by those that it changes;
//! - the labs and exercises that cover a dimension which it names itself, and the labs that cover a skill which it names
//!   itself. That is shown as *through* that dimension or skill. A tool is not covered through its skill: a lab on the
//!   skill need not use the tool.
//!
//! What has none of these needs a `[[not-here]]` with a reason, and only that may have one: an excuse for what is covered
//! is as wrong as a gap without one.

mod links;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

pub use self::text::Show;
use super::{Role, SECTIONS, Table};
use crate::reader::Problem;

/// What a lab says it is about, by the ids of role packs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LabLinks {
    /// The lab.
    pub lab: String,
    /// Skills that it trains.
    pub skills: Vec<String>,
    /// KPIs that it says something about.
    pub kpis: Vec<String>,
    /// Dimensions that its checks and signals count for.
    pub dimensions: Vec<String>,
    /// Anything else of the pack that it trains.
    pub trains: Vec<String>,
}

/// What is behind each thing of a role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Coverage {
    /// The role.
    pub role: String,
    /// The sections of the blueprint, all twenty.
    pub sections: Vec<SectionCoverage>,
    /// Things with nothing behind them and no reason, and excuses that excuse nothing.
    #[serde(skip)]
    pub problems: Vec<Problem>,
}

/// What is behind the things of a section.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SectionCoverage {
    /// From 1 to 20.
    pub number: u8,
    /// Its name.
    pub name: &'static str,
    /// Its things, by kind and in the order of their ids; of section 20 what its lists name.
    pub things: Vec<Thing>,
}

/// What is behind a thing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Thing {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub table: Table,
    /// What covers it.
    pub behind: Vec<Behind>,
    /// Why nothing does.
    pub because: Option<String>,
}

/// Something that covers a thing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Behind {
    /// Of which kind it is.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// The dimension or skill through which it covers, if it does not name the thing.
    pub through: Option<String>,
}

/// What can cover a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A lab.
    Lab,
    /// An exercise.
    Exercise,
    /// An item of the path.
    Goal,
    /// A KPI.
    Kpi,
}

/// What is behind each thing of a role, given the labs there are.
#[must_use]
pub fn coverage(role: &Role, labs: &[LabLinks]) -> Coverage {
    let behind = links::behind(role, labs);
    let (reasons, mut problems) = reasons(role, &behind);
    let thing = |id: &str, table: Table| Thing {
        id: id.into(),
        table,
        behind: behind.get(id).map(|behind| behind.iter().cloned().collect()).unwrap_or_default(),
        because: reasons.get(id).map(|because| (*because).to_string()),
    };
    let mut sections: Vec<SectionCoverage> = (1..)
        .zip(SECTIONS)
        .map(|(number, name)| {
            let of_it = role.places().filter(|(_, place)| place.table.section() == number);
            let mut things: Vec<Thing> = of_it.map(|(id, place)| thing(id, place.table)).collect();
            things.sort_by_key(|thing| thing.table);
            SectionCoverage { number, name, things }
        })
        .collect();
    for (id, place) in role.places() {
        if !behind.contains_key(id) && !reasons.contains_key(id) {
            problems.push(Problem {
                file: place.file.clone(),
                line: Some(place.line),
                what: format!("{} \"{id}\" has nothing behind it: no lab, exercise, goal or KPI", place.table),
                remedy: "name it in one of them, or say why not in a [[not-here]] of coverage.toml".into(),
            });
        }
    }
    if let Some(summary) = sections.last_mut() {
        let named: BTreeSet<&str> = role.top.ids().collect();
        summary.things = named.iter().filter_map(|id| Some(thing(id, role.place(id)?.table))).collect();
        summary.things.sort_by_key(|thing| thing.table);
    }
    problems.sort();
    Coverage { role: role.id.clone(), sections, problems }
}

/// Why things have nothing behind them, by id, and what is wrong with the excuses.
fn reasons<'r>(
    role: &'r Role,
    behind: &BTreeMap<String, BTreeSet<Behind>>,
) -> (BTreeMap<&'r str, &'r str>, Vec<Problem>) {
    let mut reasons: BTreeMap<&str, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for excuse in &role.excuses {
        let mut wrong = |what: String, remedy: &str| {
            let (file, line) = (excuse.file.clone(), Some(excuse.line));
            problems.push(Problem { file, line, what, remedy: remedy.into() });
        };
        for id in &excuse.ids {
            if let Some(table) = Table::all_of(id) {
                // Things that are named one by one have a reason of their own.
                let all = role.places().filter(|(_, place)| place.table == table);
                let left: Vec<&str> =
                    all.map(|(id, _)| id).filter(|id| !behind.contains_key(*id) && !named(role, id)).collect();
                if left.is_empty() {
                    wrong(format!("\"{id}\" excuses nothing: all of it is covered"), "take it out");
                }
                for id in left {
                    if reasons.insert(id, &excuse.because).is_some() {
                        wrong(format!("{table} \"{id}\" is excused twice"), "keep one reason");
                    }
                }
            } else if let Some(by) = behind.get(id).and_then(BTreeSet::first) {
                wrong(format!("\"{id}\" is excused, but {by} covers it"), "take the id out");
            } else if reasons.insert(id, &excuse.because).is_some() {
                wrong(format!("\"{id}\" is excused twice"), "keep one reason");
            }
        }
    }
    (reasons, problems)
}

/// Whether an excuse names it by itself.
fn named(role: &Role, id: &str) -> bool {
    role.excuses.iter().any(|excuse| excuse.ids.iter().any(|named| named == id))
}

impl Thing {
    /// Whether something covers it.
    #[must_use]
    pub fn is_covered(&self) -> bool {
        !self.behind.is_empty()
    }

    /// Whether something of this kind covers it.
    #[must_use]
    pub fn has(&self, kind: Kind) -> bool {
        self.behind.iter().any(|behind| behind.kind == kind)
    }
}

impl SectionCoverage {
    /// How many of its things are covered.
    #[must_use]
    pub fn covered(&self) -> usize {
        self.things.iter().filter(|thing| thing.is_covered()).count()
    }

    /// How many are covered by something of this kind.
    #[must_use]
    pub fn covered_by(&self, kind: Kind) -> usize {
        self.things.iter().filter(|thing| thing.has(kind)).count()
    }

    /// How many are not covered and have a reason.
    #[must_use]
    pub fn excused(&self) -> usize {
        self.things.iter().filter(|thing| !thing.is_covered() && thing.because.is_some()).count()
    }

    /// How many are not covered and have none.
    #[must_use]
    pub fn open(&self) -> usize {
        self.things.len() - self.covered() - self.excused()
    }
}
