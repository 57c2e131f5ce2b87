//! One table of a file.

use std::{cell::RefCell, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Source, Spot, described, one_of};

/// A table being read. Keys that nobody asked for are unknown ones.
pub struct Section<'a, 't> {
    /// The file that it is in.
    pub source: &'a Source<'t>,
    /// As a person would name it: `[sandbox]`, `check "site-answers"`.
    name: RefCell<String>,
    /// Where it begins, as an offset in bytes.
    pub at: usize,
    entries: &'a DeTable<'t>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a, 't> Section<'a, 't> {
    /// A table by the name that messages give it, where it stands, and its entries.
    #[must_use]
    pub fn new(source: &'a Source<'t>, name: &str, at: usize, entries: &'a DeTable<'t>) -> Self {
        Self { source, name: RefCell::new(name.into()), at, entries, asked: RefCell::default() }
    }

    /// Gives it a better name, once its id is known.
    pub fn rename(&self, name: String) {
        *self.name.borrow_mut() = name;
    }

    /// What messages call it.
    #[must_use]
    pub fn name(&self) -> String {
        self.name.borrow().clone()
    }

    /// Notes what is wrong at an offset; the section is named in front of it.
    pub fn wrong(&self, at: usize, what: impl AsRef<str>, remedy: impl Into<String>) {
        let name = self.name.borrow();
        let what = if name.is_empty() { what.as_ref().into() } else { format!("{name}: {}", what.as_ref()) };
        self.source.wrong(at, what, remedy);
    }

    /// Whether the key is there, sound or not.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Where a key's value stands, or else the section.
    #[must_use]
    pub fn spot_of(&self, key: &str) -> usize {
        self.entries.get(key).map_or(self.at, |value| value.span().start)
    }

    /// All keys, for a table whose keys are names.
    #[must_use]
    pub fn keys(&self) -> Vec<Spot<String>> {
        self.entries.keys().map(|key| Spot { value: key.get_ref().to_string(), at: key.span().start }).collect()
    }

    pub(super) fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(key);
        self.entries.get(key)
    }

    /// A value that `convert` understands; what it refuses is noted as not being `expected`.
    pub fn read<T>(
        &self,
        key: &'static str,
        expected: &str,
        example: &str,
        convert: impl FnOnce(&'a DeValue<'t>) -> Option<T>,
    ) -> Option<Spot<T>> {
        let value = self.get(key)?;
        let at = value.span().start;
        let converted = convert(value.get_ref());
        if converted.is_none() {
            self.wrong(
                at,
                format!("`{key}` must be {expected}, not {}", described(value.get_ref())),
                format!("write `{key} = {example}`"),
            );
        }
        converted.map(|value| Spot { value, at })
    }

    /// Notes that a key is missing.
    pub fn missing(&self, key: &str, example: &str) {
        self.wrong(self.at, format!("the key `{key}` is missing"), format!("add `{key} = {example}`"));
    }

    pub(super) fn require<T>(&self, key: &'static str, example: &str, value: Option<Spot<T>>) -> Option<Spot<T>> {
        if !self.has(key) {
            self.missing(key, example);
        }
        value
    }

    /// A table under a key.
    #[must_use]
    pub fn section(&self, key: &'static str, name: &str, example: &str) -> Option<Section<'a, 't>> {
        let span = self.get(key)?.span();
        let table = self.read(key, "a table", example, DeValue::as_table)?;
        Some(Section::new(self.source, name, span.start, table.value))
    }

    /// The table of a key that is a name.
    #[must_use]
    pub fn named_section(&self, key: &str, name: &str, example: &str) -> Option<Section<'a, 't>> {
        let value = self.entries.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            let what = format!("`{key}` must be a table, not {}", described(value.get_ref()));
            self.wrong(value.span().start, what, format!("write `{key} = {example}`"));
            return None;
        };
        Some(Section::new(self.source, name, value.span().start, table))
    }

    /// The tables of a list of tables: `[[check]]`.
    #[must_use]
    pub fn sections(&self, key: &'static str) -> Vec<Section<'a, 't>> {
        let Some(value) = self.get(key) else {
            return Vec::new();
        };
        let tables: Option<Vec<(Range<usize>, &'a DeTable<'t>)>> = value
            .get_ref()
            .as_array()
            .and_then(|items| items.iter().map(|item| Some((item.span(), item.get_ref().as_table()?))).collect());
        let Some(tables) = tables else {
            let what = format!("`{key}` must be a list of tables, not {}", described(value.get_ref()));
            self.wrong(value.span().start, what, format!("begin each one with a line `[[{key}]]`"));
            return Vec::new();
        };
        let section = |(n, (span, table)): (usize, (Range<usize>, &'a DeTable<'t>))| {
            Section::new(self.source, &format!("{key} {}", n + 1), span.start, table)
        };
        tables.into_iter().enumerate().map(section).collect()
    }

    /// Notes the keys that nobody asked for.
    pub fn finish(self) {
        let mut asked = self.asked.take();
        asked.sort_unstable();
        asked.dedup();
        for key in self.entries.keys().filter(|key| !asked.contains(&key.get_ref().as_ref())) {
            let at = key.span().start;
            self.wrong(at, format!("the key `{}` is not known here", key.get_ref()), one_of(key.get_ref(), &asked));
        }
    }
}
