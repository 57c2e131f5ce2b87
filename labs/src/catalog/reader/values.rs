//! Values of a section: each kind with what is said of one that isn't.

use std::ops::RangeInclusive;

use toml::{Spanned, de::DeValue};

use super::{Section, Spot, described, integer, one_of};
use crate::catalog::units::{self, size_text};

impl Section<'_, '_> {
    /// A text that is not empty.
    pub(in crate::catalog) fn text(&self, key: &'static str, example: &str) -> Option<Spot<String>> {
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
    pub(in crate::catalog) fn required_text(&self, key: &'static str, example: &str) -> Option<Spot<String>> {
        let text = self.text(key, example);
        self.require(key, example, text)
    }

    pub(in crate::catalog) fn boolean(&self, key: &'static str) -> Option<Spot<bool>> {
        self.read(key, "true or false", "true", DeValue::as_bool)
    }

    /// A whole number of a range.
    pub(in crate::catalog) fn number(
        &self,
        key: &'static str,
        range: RangeInclusive<i64>,
        example: &str,
    ) -> Option<Spot<i64>> {
        let number = self.read(key, "a whole number", example, integer)?;
        if !range.contains(&number.value) {
            self.wrong(
                number.at,
                format!("`{key} = {}` is out of range", number.value),
                format!("give a number from {} to {}", range.start(), range.end()),
            );
            return None;
        }
        Some(number)
    }

    pub(in crate::catalog) fn required_number(
        &self,
        key: &'static str,
        range: RangeInclusive<i64>,
        example: &str,
    ) -> Option<Spot<i64>> {
        let number = self.number(key, range, example);
        self.require(key, example, number)
    }

    /// A number that may have a fraction.
    pub(in crate::catalog) fn fraction(
        &self,
        key: &'static str,
        range: RangeInclusive<f64>,
        example: &str,
    ) -> Option<Spot<f64>> {
        let number = self.read(key, "a number", example, |value| match value {
            DeValue::Float(float) => float.as_str().parse().ok(),
            #[expect(clippy::cast_precision_loss, reason = "the range that follows is small")]
            value => integer(value).map(|whole| whole as f64),
        })?;
        if !range.contains(&number.value) {
            self.wrong(
                number.at,
                format!("`{key} = {}` is out of range", number.value),
                format!("give a number from {} to {}", range.start(), range.end()),
            );
            return None;
        }
        Some(number)
    }

    /// A size with its unit, in bytes.
    pub(in crate::catalog) fn size(
        &self,
        key: &'static str,
        range: RangeInclusive<u64>,
        example: &str,
    ) -> Option<Spot<u64>> {
        let size = self.read(key, "a size with its unit (k, m or g)", example, |value| units::size(value.as_str()?))?;
        if !range.contains(&size.value) {
            self.wrong(
                size.at,
                format!("`{key} = \"{}\"` is out of range", size_text(size.value)),
                format!("give a size from {} to {}", size_text(*range.start()), size_text(*range.end())),
            );
            return None;
        }
        Some(size)
    }

    /// A share as in "80%", in percent.
    pub(in crate::catalog) fn percent(&self, key: &'static str, example: &str) -> Option<Spot<u32>> {
        self.read(key, "a share in percent, from 1% to 100%", example, |value| units::percent(value.as_str()?))
    }

    /// Permission bits: "0644" or 0o644.
    pub(in crate::catalog) fn mode(&self, key: &'static str) -> Option<Spot<u32>> {
        self.read(key, "permission bits in octal", "\"0644\"", |value| match value {
            DeValue::String(text) => units::mode(text),
            DeValue::Integer(number) if number.radix() == 8 => units::mode(number.as_str()),
            _ => None,
        })
    }

    /// One of a few words.
    pub(in crate::catalog) fn word(&self, key: &'static str, known: &[&'static str]) -> Option<Spot<&'static str>> {
        let text = self.text(key, &format!("\"{}\"", known.first()?))?;
        let found = known.iter().find(|word| **word == text.value).copied();
        if found.is_none() {
            self.wrong(text.at, format!("`{key} = \"{}\"` is not known", text.value), one_of(&text.value, known));
        }
        found.map(|value| Spot { value, at: text.at })
    }

    /// A list of texts; one text alone counts as a list of one where `alone` says so.
    pub(in crate::catalog) fn texts(&self, key: &'static str, alone: bool, example: &str) -> Option<Vec<Spot<String>>> {
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
    pub(in crate::catalog) fn pair(&self, key: &'static str, example: &str) -> Option<Spot<(i64, i64)>> {
        self.read(key, "two whole numbers", example, |value| {
            match value.as_array()?.iter().collect::<Vec<_>>().as_slice() {
                [low, high] => Some((integer(low.get_ref())?, integer(high.get_ref())?)),
                _ => None,
            }
        })
    }

    /// A text or a number: what is written either way.
    pub(in crate::catalog) fn text_or_number(&self, key: &'static str, example: &str) -> Option<Spot<String>> {
        self.read(key, "a number, or a text with a variable", example, |value| match value {
            DeValue::String(text) => Some(text.to_string()),
            value => integer(value).map(|number| number.to_string()),
        })
    }
}
