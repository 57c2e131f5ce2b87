//! From the files of a pack to values, and to all that is wrong with them.

mod ids;
mod row;
mod whole;

use std::{
    cell::RefCell,
    collections::{BTreeMap, btree_map::Entry as Slot},
};

pub(super) use self::row::Row;
use super::{
    Place,
    table::{Table, a},
};
use crate::reader::{Problem, Section, Source, one_of};

/// The files that a pack must have.
const REQUIRED: [&str; 4] = ["role.toml", "kpis.toml", "skills.toml", "scorecard.toml"];

/// The files that a pack may have.
const OPTIONAL: [&str; 14] = [
    "responsibilities.toml",
    "activities.toml",
    "deliverables.toml",
    "goals.toml",
    "behaviours.toml",
    "tools.toml",
    "environment.toml",
    "stakeholders.toml",
    "decisions.toml",
    "background.toml",
    "career.toml",
    "risks.toml",
    "ai.toml",
    "hiring.toml",
];

/// Those that are about the pack itself.
const ABOUT: [&str; 2] = ["summary.toml", "coverage.toml"];

/// Where variants are.
const VARIANTS: &str = "variants/";

/// The files of a pack by their path in it, and what was found in them so far.
struct Files<'t> {
    /// The pack's folder as messages name it.
    folder: String,
    texts: BTreeMap<&'t str, &'t str>,
    found: RefCell<Found>,
}

/// What was found in the files, over all of them.
#[derive(Default)]
struct Found {
    problems: Vec<Problem>,
    /// Every id there is.
    places: BTreeMap<String, Place>,
    /// Ids that were taken already, with the kind of the thing that came second.
    doubles: Vec<(String, Table)>,
    /// Every id that is named somewhere.
    wanted: Vec<Wanted>,
    /// The files that could not be read, so that nobody complains about what would have been in them.
    unread: Vec<String>,
}

/// An id that is named somewhere.
struct Wanted {
    file: String,
    line: usize,
    /// Where it is named, as in ``goal "first-tickets": `kpis` ``.
    by: String,
    id: String,
    /// What it may be; anything where there are none.
    of: &'static [Table],
    /// Words that might be meant instead.
    words: Vec<String>,
}

impl<'t> Files<'t> {
    fn new(folder: &str, files: &'t [(String, String)]) -> Self {
        let texts = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let files = Self { folder: folder.into(), texts, found: RefCell::default() };
        files.names();
        files
    }

    /// Notes files that are missing, and files that nobody reads.
    fn names(&self) {
        for name in REQUIRED.iter().filter(|name| !self.texts.contains_key(**name)) {
            self.wrong(name, "the file is missing", "write it; scorecards/roles/README.md says what belongs in it");
        }
        let known: Vec<&str> = REQUIRED.into_iter().chain(OPTIONAL).chain(ABOUT).collect();
        for name in self.texts.keys().filter(|name| !known.contains(name) && !is_variant(name)) {
            self.wrong(name, "no part of a role pack has this name", one_of(name, &known));
        }
    }

    fn wrong(&self, name: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let file = self.show(name);
        self.found.borrow_mut().problems.push(Problem::quoting(file, None, what, remedy));
        self.found.borrow_mut().unread.push(name.into());
    }

    fn show(&self, name: &str) -> String {
        format!("{}/{name}", self.folder)
    }

    /// The variants' files, in order.
    fn variants(&self) -> impl Iterator<Item = &'t str> + use<'t> {
        self.texts.keys().copied().filter(|name| is_variant(name)).collect::<Vec<_>>().into_iter()
    }

    /// Reads a file; `None` where there is none, or none that is TOML.
    fn read<T>(&self, name: &str, read: impl FnOnce(&Row<'_, '_, '_>) -> T) -> Option<T> {
        let source = Source::new(self.show(name), self.texts.get(name)?);
        let read = source.document().map(|document| {
            let root = Row::new(Section::new(&source, "", 0, document.get_ref()), &self.found);
            let value = read(&root);
            root.finish();
            value
        });
        let mut found = self.found.borrow_mut();
        if read.is_none() {
            found.unread.push(name.into());
        }
        found.problems.extend(source.into_problems());
        read
    }

    /// Notes a problem with a thing, where it stands.
    fn wrong_with(&self, id: &str, what: impl Into<String>, remedy: impl Into<String>) {
        let mut found = self.found.borrow_mut();
        if let Some(Place { table, file, line }) = found.places.get(id).cloned() {
            let what = format!("{table} \"{id}\": {}", what.into());
            found.problems.push(Problem::quoting(file, Some(line), what, remedy));
        }
    }

    /// Whether nothing is wrong so far.
    fn is_sound(&self) -> bool {
        self.found.borrow().problems.is_empty()
    }

    /// Where each thing stands, or all that is wrong.
    fn into_places(self) -> Result<BTreeMap<String, Place>, Vec<Problem>> {
        self.resolve();
        let mut found = self.found.into_inner();
        if found.problems.is_empty() {
            return Ok(found.places);
        }
        found.problems.sort();
        found.problems.dedup();
        Err(found.problems)
    }

    /// Notes what is named and is not there, or is something else than it should be.
    fn resolve(&self) {
        let mut found = self.found.borrow_mut();
        let wanted = std::mem::take(&mut found.wanted);
        for Wanted { file, line, by, id, of, words } in wanted {
            let unread = |table: &Table| {
                found.unread.iter().any(|name| *name == format!("{}.toml", table.file()) || is_variant(name))
            };
            let problem = match found.places.get(&id) {
                Some(place) if of.is_empty() || of.contains(&place.table) => continue,
                // One of the two is meant, and that there are two has been said.
                Some(_) if found.doubles.iter().any(|(double, table)| *double == id && of.contains(table)) => continue,
                Some(place) => {
                    (format!("{by} names \"{id}\", which is {}, not {}", a(place.table.key()), a(name_of(of))), of)
                }
                // It may be in a file that could not be read.
                None if of.iter().any(unread) || (of.is_empty() && !found.unread.is_empty()) => continue,
                None => (format!("{by} names \"{id}\", but there is no such {}", name_of(of)), of),
            };
            let (what, of) = problem;
            let known: Vec<&str> = found
                .places
                .iter()
                .filter(|(_, place)| of.is_empty() || of.contains(&place.table))
                .map(|(id, _)| id.as_str())
                .chain(words.iter().map(String::as_str))
                .collect();
            let remedy = one_of(&id, &known);
            found.problems.push(Problem::quoting(file, Some(line), what, remedy));
        }
    }
}

fn is_variant(name: &str) -> bool {
    name.strip_prefix(VARIANTS)
        .and_then(|rest| rest.strip_suffix(".toml"))
        .is_some_and(|stem| !stem.is_empty() && !stem.contains('/'))
}

fn name_of(of: &[Table]) -> &'static str {
    of.first().map_or("thing in the pack", |table| table.key())
}

impl Found {
    /// Takes in an id; the place of the one that has it already, if one has.
    fn take(&mut self, id: &str, place: Place) -> Option<Place> {
        match self.places.entry(id.into()) {
            Slot::Occupied(taken) => {
                self.doubles.push((id.into(), place.table));
                Some(taken.get().clone())
            }
            Slot::Vacant(free) => {
                free.insert(place);
                None
            }
        }
    }
}
