//! One table of a pack: a [`Section`] that knows of ids.

use std::{cell::RefCell, ops::RangeInclusive, str::FromStr};

use strum::VariantNames;

use super::Found;
use crate::{
    reader::{Section, Spot},
    role::{
        parts::{Entry, Own},
        table::Table,
    },
};

/// One table of a pack. What could not be read is noted, and left empty.
pub(in crate::role) struct Row<'f, 'a, 't> {
    pub(super) section: Section<'a, 't>,
    pub(super) found: &'f RefCell<Found>,
}

impl<'f, 'a, 't> Row<'f, 'a, 't> {
    pub(super) fn new(section: Section<'a, 't>, found: &'f RefCell<Found>) -> Self {
        Self { section, found }
    }

    /// The things of a kind: `[[skill]]`.
    pub(in crate::role) fn entries<T: Own>(&self, table: Table) -> Vec<Entry<T>> {
        self.rows(table.key(), |row| row.entry(table))
    }

    /// Tables of a list, each read in the same way.
    pub(in crate::role) fn rows<T>(&self, key: &'static str, mut read: impl FnMut(&Self) -> T) -> Vec<T> {
        let read = |section| {
            let row = Self::new(section, self.found);
            let value = read(&row);
            row.finish();
            value
        };
        self.section.sections(key).into_iter().map(read).collect()
    }

    /// The table itself as a thing.
    pub(in crate::role) fn entry<T: Own>(&self, table: Table) -> Entry<T> {
        let id = self.own_id(table);
        let title = self.line("title", "\"A few words\"");
        let says = if table.speaks_otherwise() {
            self.maybe("says", SAYS).unwrap_or_default()
        } else {
            self.text("says", SAYS)
        };
        Entry { id, title, says, own: T::read(self) }
    }

    /// The file's name in messages.
    pub(in crate::role) fn file(&self) -> String {
        self.section.source.file().into()
    }

    /// Notes what is wrong with a key, or with the table where the key is missing.
    pub(in crate::role) fn wrong(&self, key: &str, what: impl AsRef<str>, remedy: impl Into<String>) {
        self.section.wrong(self.section.spot_of(key), what, remedy);
    }

    pub(in crate::role) fn has(&self, key: &str) -> bool {
        self.section.has(key)
    }

    /// The line of a key, or of the table where the key is missing.
    pub(in crate::role) fn line_of(&self, key: &str) -> usize {
        self.section.source.line_of(self.section.spot_of(key))
    }

    /// A text that must be there.
    pub(in crate::role) fn text(&self, key: &'static str, example: &str) -> String {
        self.section.required_text(key, example).map(|text| text.value).unwrap_or_default()
    }

    /// A text of one line that must be there.
    pub(in crate::role) fn line(&self, key: &'static str, example: &str) -> String {
        let text = self.text(key, example);
        if text.contains('\n') {
            self.wrong(key, format!("`{key}` has more than one line"), "shorten it to one");
        }
        text
    }

    /// A text that may be there.
    pub(in crate::role) fn maybe(&self, key: &'static str, example: &str) -> Option<String> {
        self.section.text(key, example).map(|text| text.value)
    }

    /// Texts: a list that must be there and names something; one text alone counts as a list of one.
    pub(in crate::role) fn list(&self, key: &'static str, example: &str) -> Vec<String> {
        let list = self.section.texts(key, true, example);
        self.filled(key, example, list).into_iter().map(|text| text.value).collect()
    }

    /// One of a few words, which must be there; `example` is one of them.
    pub(in crate::role) fn word<E>(&self, key: &'static str, example: E) -> E
    where
        E: FromStr + VariantNames + Into<&'static str> + Copy,
    {
        self.require(key, &format!("\"{}\"", example.into()));
        self.maybe_word(key).unwrap_or(example)
    }

    /// One of a few words.
    pub(in crate::role) fn maybe_word<E: FromStr + VariantNames>(&self, key: &'static str) -> Option<E> {
        self.section.word(key, E::VARIANTS).and_then(|word| word.value.parse().ok())
    }

    /// One or more of a few words, at least one; `example` is one of them.
    pub(in crate::role) fn words<E>(&self, key: &'static str, example: E) -> Vec<E>
    where
        E: FromStr + VariantNames + Into<&'static str> + Copy,
    {
        let shown = format!("\"{}\"", example.into());
        let words = self.section.words(key, E::VARIANTS);
        self.filled(key, &shown, words).into_iter().filter_map(|word| word.value.parse().ok()).collect()
    }

    /// Notes that a key is missing.
    pub(in crate::role) fn require(&self, key: &str, example: &str) {
        if !self.has(key) {
            self.section.missing(key, example);
        }
    }

    /// A list that must be there and have something in it.
    pub(super) fn filled<T>(&self, key: &str, example: &str, list: Option<Vec<T>>) -> Vec<T> {
        self.require(key, example);
        if list.as_ref().is_some_and(Vec::is_empty) {
            self.wrong(key, format!("`{key}` is empty"), format!("write `{key} = {example}`"));
        }
        list.unwrap_or_default()
    }

    /// A whole number that must be there.
    pub(in crate::role) fn number(&self, key: &'static str, range: RangeInclusive<u32>, example: &str) -> u32 {
        self.require(key, example);
        self.maybe_number(key, range).unwrap_or_default()
    }

    /// A whole number.
    pub(in crate::role) fn maybe_number(&self, key: &'static str, range: RangeInclusive<u32>) -> Option<u32> {
        let (from, to) = range.into_inner();
        let number = self.section.number(key, from.into()..=to.into(), &from.to_string())?;
        u32::try_from(number.value).ok()
    }

    /// One of a few numbers, which must be there.
    pub(in crate::role) fn number_of(&self, key: &'static str, known: &[u32]) -> u32 {
        let example = known.first().map(u32::to_string).unwrap_or_default();
        let Some(number) = self.section.required_number(key, i64::MIN..=i64::MAX, &example) else {
            return 0;
        };
        let found = known.iter().copied().find(|known| i64::from(*known) == number.value);
        if found.is_none() {
            let list = known.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
            self.wrong(key, format!("`{key} = {}` is not known", number.value), format!("there are: {list}"));
        }
        found.unwrap_or_default()
    }

    /// A number that may have a fraction.
    pub(in crate::role) fn maybe_float(
        &self,
        key: &'static str,
        range: RangeInclusive<f64>,
        example: &str,
    ) -> Option<f64> {
        self.section.fraction(key, range, example).map(|number| number.value)
    }

    /// Yes or no; no where it is missing.
    pub(in crate::role) fn yes(&self, key: &'static str) -> bool {
        self.section.boolean(key).is_some_and(|yes| yes.value)
    }

    /// Two whole numbers, the lower one first, which must be there.
    pub(in crate::role) fn span(&self, key: &'static str, example: &str) -> (u32, u32) {
        self.require(key, example);
        let Some(pair) = self.section.pair(key, example) else {
            return (0, 0);
        };
        let (from, to) = pair.value;
        match (u32::try_from(from), u32::try_from(to)) {
            (Ok(low), Ok(high)) if low <= high => (low, high),
            _ => {
                let what = format!("`{key} = [{from}, {to}]` does not go from a lower number to a higher one");
                self.wrong(key, what, format!("write `{key} = {example}`"));
                (0, 0)
            }
        }
    }

    /// A table under a key.
    pub(in crate::role) fn section<T>(
        &self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&Self) -> T,
    ) -> Option<T> {
        let name = self.section.name();
        let name = if name.is_empty() { format!("[{key}]") } else { format!("{name} ({key})") };
        let row = Self::new(self.section.section(key, &name, example)?, self.found);
        let value = read(&row);
        row.finish();
        Some(value)
    }

    /// A table under a key that must be there.
    pub(in crate::role) fn required_section<T>(
        &self,
        key: &'static str,
        example: &str,
        read: impl FnOnce(&Self) -> T,
    ) -> Option<T> {
        self.require(key, example);
        self.section(key, example, read)
    }

    /// Numbers by name, in a table under a key: each with where its name stands.
    pub(in crate::role) fn numbers(&self, key: &'static str, example: &str) -> Vec<(Spot<String>, f64)> {
        self.section.numbers(key, example).unwrap_or_default()
    }

    /// Notes what is wrong at an offset.
    pub(in crate::role) fn wrong_at(&self, at: usize, what: impl AsRef<str>, remedy: impl Into<String>) {
        self.section.wrong(at, what, remedy);
    }

    /// Gives the table the name of a thing that is defined elsewhere.
    pub(in crate::role) fn rename(&self, what: &str, id: &str) {
        self.section.rename(format!("{what} \"{id}\""));
    }

    /// Notes the keys that nobody asked for.
    pub(super) fn finish(self) {
        self.section.finish();
    }
}

const SAYS: &str = "\"One to three sentences.\"";
