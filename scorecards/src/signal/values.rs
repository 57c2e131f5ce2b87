//! Values of a pattern that are written as texts: regular expressions and lengths of time.

use std::fmt;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::error::PatternError;

/// A regular expression over single arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Args(regex::Regex);

/// A length of time, in whole seconds: "5m".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Within {
    seconds: u32,
}

impl PartialEq for Args {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Args {
    /// Whether an argument matches.
    #[must_use]
    pub fn fits(&self, arg: &str) -> bool {
        self.0.is_match(arg)
    }
}

impl TryFrom<String> for Args {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        // The first line of a regex error is the text again; the last one says what is wrong.
        regex::Regex::new(&text).map(Self).map_err(|error| {
            let error = error.to_string();
            PatternError::Regex(error.lines().last().unwrap_or_default().trim().to_string())
        })
    }
}

impl From<Args> for String {
    fn from(args: Args) -> Self {
        args.0.as_str().into()
    }
}

impl Within {
    /// Its length.
    #[must_use]
    pub fn length(self) -> TimeDelta {
        TimeDelta::seconds(i64::from(self.seconds))
    }
}

/// The units of a length of time, in seconds, greatest first.
const UNITS: &[(char, u32)] = &[('h', 3600), ('m', 60), ('s', 1)];

impl TryFrom<String> for Within {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let unit = UNITS.iter().find_map(|(sign, seconds)| Some((text.trim().strip_suffix(*sign)?, seconds)));
        unit.and_then(|(number, seconds)| number.trim().parse::<u32>().ok()?.checked_mul(*seconds))
            .filter(|seconds| *seconds > 0)
            .map(|seconds| Self { seconds })
            .ok_or(PatternError::Length { text })
    }
}

impl From<Within> for String {
    fn from(within: Within) -> Self {
        within.to_string()
    }
}

impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, unit) = UNITS.iter().find(|(_, unit)| self.seconds.is_multiple_of(*unit)).unwrap_or(&('s', 1));
        write!(f, "{}{sign}", self.seconds / unit)
    }
}

impl fmt::Display for Args {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}
