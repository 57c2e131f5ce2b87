//! Reads TOML key by key, and notes what is wrong with a line and a remedy instead of stopping.

mod values;

use std::{cell::RefCell, ops::Range};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::problem::Problem;

/// A file being read, and what was found wrong with it so far.
pub(in crate::catalog) struct Source<'t> {
    file: String,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Source<'t> {
    pub(in crate::catalog) fn new(file: String, text: &'t str) -> Self {
        Self { file, text, problems: RefCell::default() }
    }

    /// Notes what is wrong at an offset.
    pub(in crate::catalog) fn wrong(&self, at: usize, what: impl Into<String>, remedy: impl Into<String>) {
        self.problems.borrow_mut().push(Problem {
            file: self.file.clone(),
            line: Some(line_of(self.text, at)),
            what: what.into(),
            remedy: remedy.into(),
        });
    }

    pub(in crate::catalog) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// The line of an offset, from 1.
pub(in crate::catalog) fn line_of(text: &str, at: usize) -> usize {
    text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count() + 1
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(in crate::catalog) struct Spot<T> {
    pub value: T,
    pub at: usize,
}

/// A table being read. Keys that nobody asked for are unknown ones.
pub(in crate::catalog) struct Section<'a, 't> {
    pub source: &'a Source<'t>,
    /// As a person would name it: `[sandbox]`, `check "site-answers"`.
    name: RefCell<String>,
    pub at: usize,
    entries: &'a DeTable<'t>,
    asked: RefCell<Vec<&'static str>>,
}

impl<'a, 't> Section<'a, 't> {
    pub(in crate::catalog) fn new(source: &'a Source<'t>, name: &str, at: usize, entries: &'a DeTable<'t>) -> Self {
        Self { source, name: RefCell::new(name.into()), at, entries, asked: RefCell::default() }
    }

    /// Gives it a better name, once its id is known.
    pub(in crate::catalog) fn rename(&self, name: String) {
        *self.name.borrow_mut() = name;
    }

    pub(in crate::catalog) fn name(&self) -> String {
        self.name.borrow().clone()
    }

    /// Notes what is wrong at an offset; the section is named in front of it.
    pub(in crate::catalog) fn wrong(&self, at: usize, what: impl AsRef<str>, remedy: impl Into<String>) {
        let name = self.name.borrow();
        let what = if name.is_empty() { what.as_ref().into() } else { format!("{name}: {}", what.as_ref()) };
        self.source.wrong(at, what, remedy);
    }

    pub(in crate::catalog) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Where a key's value stands, or else the section.
    pub(in crate::catalog) fn spot_of(&self, key: &str) -> usize {
        self.entries.get(key).map_or(self.at, |value| value.span().start)
    }

    /// All keys, for a table whose keys are names.
    pub(in crate::catalog) fn keys(&self) -> Vec<Spot<String>> {
        self.entries.keys().map(|key| Spot { value: key.get_ref().to_string(), at: key.span().start }).collect()
    }

    fn get(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(key);
        self.entries.get(key)
    }

    fn read<T>(
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
    pub(in crate::catalog) fn missing(&self, key: &str, example: &str) {
        self.wrong(self.at, format!("the key `{key}` is missing"), format!("add `{key} = {example}`"));
    }

    fn require<T>(&self, key: &'static str, example: &str, value: Option<Spot<T>>) -> Option<Spot<T>> {
        if !self.has(key) {
            self.missing(key, example);
        }
        value
    }

    /// A table under a key.
    pub(in crate::catalog) fn section(&self, key: &'static str, name: &str, example: &str) -> Option<Section<'a, 't>> {
        let span = self.get(key)?.span();
        let table = self.read(key, "a table", example, DeValue::as_table)?;
        Some(Section::new(self.source, name, span.start, table.value))
    }

    /// The table of a key that is a name.
    pub(in crate::catalog) fn named_section(&self, key: &str, name: &str, example: &str) -> Option<Section<'a, 't>> {
        let value = self.entries.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            let what = format!("`{key}` must be a table, not {}", described(value.get_ref()));
            self.wrong(value.span().start, what, format!("write `{key} = {example}`"));
            return None;
        };
        Some(Section::new(self.source, name, value.span().start, table))
    }

    /// The tables of a list of tables: `[[check]]`.
    pub(in crate::catalog) fn sections(&self, key: &'static str) -> Vec<Section<'a, 't>> {
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
    pub(in crate::catalog) fn finish(self) {
        let mut asked = self.asked.take();
        asked.sort_unstable();
        asked.dedup();
        for key in self.entries.keys().filter(|key| !asked.contains(&key.get_ref().as_ref())) {
            let at = key.span().start;
            self.wrong(at, format!("the key `{}` is not known here", key.get_ref()), one_of(key.get_ref(), &asked));
        }
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A value as a person would call it.
fn described(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) if text.chars().count() <= 40 => {
            format!("the text \"{}\"", text.escape_debug())
        }
        DeValue::String(_) => "a text".into(),
        DeValue::Integer(number) => format!("the number {number}"),
        DeValue::Float(number) => format!("the number {number}"),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(_) => "a date".into(),
        DeValue::Array(_) => "a list".into(),
        DeValue::Table(_) => "a table".into(),
    }
}

/// A remedy for a word that is not known: the nearest one that is, or else all.
pub(in crate::catalog) fn one_of(word: &str, known: &[&str]) -> String {
    let distance = |known: &str| strsim::damerau_levenshtein(word, known);
    match known.iter().min_by_key(|known| distance(known)) {
        Some(nearest) if distance(nearest) <= 1 + nearest.chars().count() / 3 => {
            format!("did you mean `{nearest}`?")
        }
        Some(_) => format!("there are: {}", known.join(", ")),
        None => "take it out".into(),
    }
}
