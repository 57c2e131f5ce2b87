//! Values with a unit, as they are written in a lab.

use std::ops::RangeInclusive;

use scorecards::reader::{Section, Spot};
use toml::de::DeValue;

/// Values with a unit, for a section of `lab.toml`.
pub(super) trait Units {
    /// A size with its unit, in bytes.
    fn size(&self, key: &'static str, range: RangeInclusive<u64>, example: &str) -> Option<Spot<u64>>;

    /// A share as in "80%", in percent.
    fn percent(&self, key: &'static str, example: &str) -> Option<Spot<u32>>;

    /// Permission bits: "0644" or 0o644.
    fn mode(&self, key: &'static str) -> Option<Spot<u32>>;
}

impl Units for Section<'_, '_> {
    fn size(&self, key: &'static str, range: RangeInclusive<u64>, example: &str) -> Option<Spot<u64>> {
        let read = self.read(key, "a size with its unit (k, m or g)", example, |value| size(value.as_str()?))?;
        self.within(key, read, &range, "size", |bytes| format!("\"{}\"", size_text(*bytes)))
    }

    fn percent(&self, key: &'static str, example: &str) -> Option<Spot<u32>> {
        self.read(key, "a share in percent, from 1% to 100%", example, |value| percent(value.as_str()?))
    }

    fn mode(&self, key: &'static str) -> Option<Spot<u32>> {
        self.read(key, "permission bits in octal", "\"0644\"", |value| match value {
            DeValue::String(text) => mode(text),
            DeValue::Integer(number) if number.radix() == 8 => mode(number.as_str()),
            _ => None,
        })
    }
}

/// Bytes of a size such as "64m".
fn size(text: &str) -> Option<u64> {
    let text = text.trim();
    let (number, factor) = match text.char_indices().next_back()? {
        (at, 'k' | 'K') => (&text[..at], 1 << 10),
        (at, 'm' | 'M') => (&text[..at], 1 << 20),
        (at, 'g' | 'G') => (&text[..at], 1 << 30),
        _ => return None,
    };
    digits(number)?.checked_mul(factor)
}

/// A size in the largest unit that divides it.
pub(super) fn size_text(bytes: u64) -> String {
    match bytes {
        0 => "0".into(),
        bytes if bytes % (1 << 30) == 0 => format!("{}g", bytes >> 30),
        bytes if bytes % (1 << 20) == 0 => format!("{}m", bytes >> 20),
        bytes => format!("{}k", bytes >> 10),
    }
}

/// The number of a share such as "80%".
fn percent(text: &str) -> Option<u32> {
    let number = u32::try_from(digits(text.trim().strip_suffix('%')?)?).ok()?;
    (1..=100).contains(&number).then_some(number)
}

/// Permission bits of a text such as "0644".
fn mode(text: &str) -> Option<u32> {
    let octal = (3..=4).contains(&text.len()) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte));
    octal.then(|| u32::from_str_radix(text, 8).ok()).flatten()
}

/// A number that is nothing but digits: `+5` and ` 5` are none.
fn digits(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("64m", Some(64 << 20))]
    #[case("1g", Some(1 << 30))]
    #[case("20k", Some(20 << 10))]
    #[case("64M", Some(64 << 20))]
    #[case("64", None)]
    #[case("64mb", None)]
    #[case("m", None)]
    #[case("", None)]
    #[case("-1m", None)]
    #[case("+1m", None)]
    #[case("99999999999999999999m", None)]
    #[case("18446744073709551615g", None)]
    #[case("6ä", None)]
    fn sizes(#[case] text: &str, #[case] bytes: Option<u64>) {
        assert_eq!(size(text), bytes);
    }

    #[rstest]
    #[case("80%", Some(80))]
    #[case("100%", Some(100))]
    #[case("0%", None)]
    #[case("101%", None)]
    #[case("80", None)]
    fn shares(#[case] text: &str, #[case] number: Option<u32>) {
        assert_eq!(percent(text), number);
    }

    #[rstest]
    #[case("0644", Some(0o644))]
    #[case("644", Some(0o644))]
    #[case("4755", Some(0o4755))]
    #[case("0648", None)]
    #[case("64", None)]
    fn modes(#[case] text: &str, #[case] bits: Option<u32>) {
        assert_eq!(mode(text), bits);
    }
}
