//! Values of a section: each kind with what is said of one that isn't.

use std::ops::RangeInclusive;

use toml::{
    Spanned,
    de::{DeString, DeValue},
};

use super::{Section, Spot, described, integer, one_of};

/// What stands in a list of texts and tables.
pub enum Item<'a, 't> {
    /// A text.
    Text(Spot<String>),
    /// A table.
    Table(Section<'a, 't>),
}

impl<'a, 't> Section<'a, 't> {
    /// Texts and tables in one list; one of either alone counts as a list of one.
    pub fn items(&self, key: &'static str, example: &str) -> Option<Vec<Item<'a, 't>>> {
        let value = self.get(key)?;
        let item = |value: &'a Spanned<DeValue<'t>>| {
            let at = value.span().start;
            match value.get_ref() {
                DeValue::String(text) => Some(Item::Text(Spot { value: text.to_string(), at })),
                DeValue::Table(table) => Some(Item::Table(Section::new(self.source, &self.name(), at, table))),
                _ => None,
            }
        };
        let all: Vec<&'a Spanned<DeValue<'t>>> = match value.get_ref() {
            DeValue::Array(items) => items.iter().collect(),
            _ => vec![value],
        };
        let read: Vec<Option<Item<'a, 't>>> = all.iter().copied().map(item).collect();
        if let Some(other) = all.iter().zip(&read).find(|(_, read)| read.is_none()).map(|(value, _)| value) {
            let what = format!("`{key}` must hold texts and tables, not {}", described(other.get_ref()));
            self.wrong(other.span().start, what, format!("write `{key} = {example}`"));
        }
        read.into_iter().collect()
    }

    /// The value, if it is in the range; `shown` says how it is written in TOML.
    pub fn within<T: PartialOrd>(
        &self,
        key: &str,
        spot: Spot<T>,
        range: &RangeInclusive<T>,
        kind: &str,
        shown: impl Fn(&T) -> String,
    ) -> Option<Spot<T>> {
        if range.contains(&spot.value) {
            return Some(spot);
        }
        self.wrong(
            spot.at,
            format!("`{key} = {}` is out of range", shown(&spot.value)),
            format!("give a {kind} from {} to {}", shown(range.start()), shown(range.end())),
        );
        None
    }

    /// A text that is not empty.
    pub fn text(&self, key: &'static str, example: &str) -> Option<Spot<String>> {
        let text = self.read(key, "a text", example, |value| value.as_str().map(str::to_string))?;
        if text.value.trim().is_empty() {
            self.wrong(
                text.at,
                format!("`{key}` is empty"),
                format!("write `{key} = {example}`, or leave the key out if it may be"),
            );
            return None;
        }
        Some(text)
    }

    /// A text that must be there.
    pub fn required_text(&self, key: &'static str, example: &str) -> Option<Spot<String>> {
        let text = self.text(key, example);
        self.require(key, example, text)
    }

    /// Yes or no.
    pub fn boolean(&self, key: &'static str) -> Option<Spot<bool>> {
        self.read(key, "true or false", "true", DeValue::as_bool)
    }

    /// A whole number of a range.
    pub fn number(&self, key: &'static str, range: RangeInclusive<i64>, example: &str) -> Option<Spot<i64>> {
        let number = self.read(key, "a whole number", example, integer)?;
        self.within(key, number, &range, "number", i64::to_string)
    }

    /// A whole number of a range, which must be there.
    pub fn required_number(&self, key: &'static str, range: RangeInclusive<i64>, example: &str) -> Option<Spot<i64>> {
        let number = self.number(key, range, example);
        self.require(key, example, number)
    }

    /// A number that may have a fraction.
    pub fn fraction(&self, key: &'static str, range: RangeInclusive<f64>, example: &str) -> Option<Spot<f64>> {
        let number = self.read(key, "a number", example, float)?;
        self.within(key, number, &range, "number", f64::to_string)
    }

    /// One of a few words.
    pub fn word(&self, key: &'static str, known: &[&'static str]) -> Option<Spot<&'static str>> {
        let text = self.text(key, &format!("\"{}\"", known.first()?))?;
        let found = known.iter().find(|word| **word == text.value).copied();
        if found.is_none() {
            self.wrong(text.at, format!("`{key} = \"{}\"` is not known", text.value), one_of(&text.value, known));
        }
        found.map(|value| Spot { value, at: text.at })
    }

    /// Some of a few words; one word alone counts as a list of one.
    pub fn words(&self, key: &'static str, known: &[&'static str]) -> Option<Vec<Spot<&'static str>>> {
        let word = |text: Spot<String>| {
            let found = known.iter().find(|word| **word == text.value).copied();
            if found.is_none() {
                self.wrong(text.at, format!("`{key}`: \"{}\" is not known", text.value), one_of(&text.value, known));
            }
            found.map(|value| Spot { value, at: text.at })
        };
        let texts = self.texts(key, true, &format!("\"{}\"", known.first()?))?;
        // Each one is looked at before the first bad one spoils the list.
        texts.into_iter().map(word).collect::<Vec<_>>().into_iter().collect()
    }

    /// Numbers by name, in a table under a key; each with where its name stands.
    pub fn numbers(&self, key: &'static str, example: &str) -> Option<Vec<(Spot<String>, f64)>> {
        let table = self.read(key, "a table of numbers", example, DeValue::as_table)?;
        let entry = |(name, value): (&Spanned<DeString<'_>>, &Spanned<DeValue<'_>>)| {
            let number = float(value.get_ref());
            if number.is_none() {
                let what = format!("`{key}.{}` must be a number, not {}", name.get_ref(), described(value.get_ref()));
                self.wrong(value.span().start, what, format!("write `{key} = {example}`"));
            }
            number.map(|number| (Spot { value: name.get_ref().to_string(), at: name.span().start }, number))
        };
        table.value.iter().map(entry).collect::<Vec<_>>().into_iter().collect()
    }

    /// A list of texts; one text alone counts as a list of one where `alone` says so.
    pub fn texts(&self, key: &'static str, alone: bool, example: &str) -> Option<Vec<Spot<String>>> {
        let expected = if alone { "a text or a list of texts" } else { "a list of texts" };
        let value = self.get(key)?;
        let text = |value: &Spanned<DeValue<'_>>| {
            value.get_ref().as_str().map(|text| Spot { value: text.to_string(), at: value.span().start })
        };
        let list = match value.get_ref() {
            DeValue::String(_) if alone => text(value).map(|text| vec![text]),
            DeValue::Array(items) => items.iter().map(text).collect(),
            _ => None,
        };
        match list {
            None => {
                let what = format!("`{key}` must be {expected}, not {}", described(value.get_ref()));
                self.wrong(value.span().start, what, format!("write `{key} = {example}`"));
                None
            }
            Some(list) if list.iter().any(|text| text.value.trim().is_empty()) => {
                self.wrong(value.span().start, format!("`{key}` has an empty text in it"), "take it out");
                None
            }
            list => list,
        }
    }

    /// Two whole numbers.
    pub fn pair(&self, key: &'static str, example: &str) -> Option<Spot<(i64, i64)>> {
        self.read(key, "two whole numbers", example, |value| {
            match value.as_array()?.iter().collect::<Vec<_>>().as_slice() {
                [low, high] => Some((integer(low.get_ref())?, integer(high.get_ref())?)),
                _ => None,
            }
        })
    }

    /// A text or a number: what is written either way.
    pub fn text_or_number(&self, key: &'static str, example: &str) -> Option<Spot<String>> {
        self.read(key, "a number, or a text with a variable", example, |value| match value {
            DeValue::String(text) => Some(text.to_string()),
            value => integer(value).map(|number| number.to_string()),
        })
    }
}

fn float(value: &DeValue<'_>) -> Option<f64> {
    match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        #[expect(clippy::cast_precision_loss, reason = "nobody writes a number of 16 digits into these files")]
        value => integer(value).map(|whole| whole as f64),
    }
}
