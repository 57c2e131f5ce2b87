//! Ids of a pack: those that a table gives, and those that it names.

use std::{collections::BTreeMap, ops::RangeInclusive};

use strum::VariantArray;

use super::{Place, Row, Wanted};
use crate::{
    reader::{ID_REMEDY, Spot, is_id, one_of},
    role::table::Table,
};

/// Begins what names a whole table: `section:hiring.red-flag`.
const SECTION: &str = "section:";

impl Row<'_, '_, '_> {
    /// The id of the thing that is read.
    pub(in crate::role) fn own_id(&self, table: Table) -> String {
        let Some(id) = self.section.required_text("id", "\"a-short-name\"") else {
            return String::new();
        };
        if !self.section.name().is_empty() {
            self.section.rename(format!("{table} \"{}\"", id.value));
        }
        self.claim(&id, table);
        id.value
    }

    /// Takes in an id as this pack's.
    fn claim(&self, id: &Spot<String>, table: Table) {
        if !is_id(&id.value) {
            self.section.wrong(id.at, format!("\"{}\" can't be an id", id.value), ID_REMEDY);
            return;
        }
        let place = Place { table, file: self.file(), line: self.section.source.line_of(id.at) };
        if let Some(taken) = self.found.borrow_mut().take(&id.value, place) {
            let what =
                format!("the id \"{}\" is taken by the {} in {}:{}", id.value, taken.table, taken.file, taken.line);
            self.section.wrong(id.at, what, "give each thing of the pack an id of its own");
        }
    }

    /// Levels by id, in a table under a key.
    pub(in crate::role) fn levels(
        &self,
        key: &'static str,
        of: &'static [Table],
        range: &RangeInclusive<u8>,
        example: &str,
    ) -> BTreeMap<String, u8> {
        let mut levels = BTreeMap::new();
        for (name, number) in self.numbers(key, example) {
            self.want(key, &name, of, &[]);
            match range.clone().find(|level| f64::from(*level) == number) {
                Some(level) => drop(levels.insert(name.value, level)),
                None => self.wrong_at(
                    name.at,
                    format!("`{key}.{} = {number}` is out of range", name.value),
                    format!("give a whole number from {} to {}", range.start(), range.end()),
                ),
            }
        }
        levels
    }

    /// Ids of a kind, in a list that may be there.
    pub(in crate::role) fn ids(&self, key: &'static str, of: &'static [Table]) -> Vec<String> {
        self.maybe_ids(key, of, &[]).unwrap_or_default()
    }

    /// Ids of a kind, in a list that must be there and names something.
    pub(in crate::role) fn required_ids(&self, key: &'static str, of: &'static [Table]) -> Vec<String> {
        let ids = self.maybe_ids(key, of, &[]);
        self.filled(key, "[\"an-id\"]", ids)
    }

    /// Ids of a kind or some of these words, in a list that may be there.
    pub(in crate::role) fn ids_or(&self, key: &'static str, of: &'static [Table], words: &[String]) -> Vec<String> {
        self.maybe_ids(key, of, words).unwrap_or_default()
    }

    fn maybe_ids(&self, key: &'static str, of: &'static [Table], words: &[String]) -> Option<Vec<String>> {
        let mut ids: Vec<String> = Vec::new();
        for id in self.section.texts(key, false, "[\"an-id\"]")? {
            if ids.contains(&id.value) {
                self.section.wrong(id.at, format!("`{key}` names \"{}\" twice", id.value), "take one out");
            }
            if of.is_empty() && id.value.starts_with(SECTION) {
                self.table_path(key, &id);
            } else if !words.contains(&id.value) {
                self.want(key, &id, of, words);
            }
            ids.push(id.value);
        }
        Some(ids)
    }

    /// Notes a path that names no table.
    fn table_path(&self, key: &str, path: &Spot<String>) {
        if Table::all_of(&path.value).is_none() {
            let known: Vec<String> = Table::VARIANTS.iter().map(|table| table.path()).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let what = format!("`{key}` names \"{}\", which is no table of a pack", path.value);
            self.section.wrong(path.at, what, one_of(&path.value, &known));
        }
    }

    /// One id of a kind, which must be there.
    pub(in crate::role) fn id(&self, key: &'static str, of: &'static [Table]) -> String {
        let Some(id) = self.section.required_text(key, "\"an-id\"") else {
            return String::new();
        };
        self.want(key, &id, of, &[]);
        id.value
    }

    /// Remembers that an id is named, to be looked up when all files have been read.
    fn want(&self, key: &str, id: &Spot<String>, of: &'static [Table], words: &[String]) {
        let name = self.section.name();
        let by = if name.is_empty() { format!("`{key}`") } else { format!("{name}: `{key}`") };
        let line = self.section.source.line_of(id.at);
        let wanted = Wanted { file: self.file(), line, by, id: id.value.clone(), of, words: words.to_vec() };
        self.found.borrow_mut().wanted.push(wanted);
    }
}
