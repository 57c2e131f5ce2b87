//! Reads TOML key by key, and notes what is wrong with a line and a remedy instead of stopping.
//!
//! Labs and role packs are written by people, so every problem says the file, the line, the key, what is allowed there
//! and what to do. A [`Section`] is one table: each key is asked for by the kind of value that it must have, and
//! [`Section::finish`] notes the keys that nobody asked for. All problems of a file are found in one go.

mod problem;
mod section;
mod values;

use std::cell::RefCell;

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

pub use self::{
    problem::{Problem, Problems},
    section::Section,
    values::Item,
};

/// A file being read, and what was found wrong with it so far.
pub struct Source<'t> {
    file: String,
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
}

impl<'t> Source<'t> {
    /// A file by the name that messages give it, and its text.
    #[must_use]
    pub fn new(file: String, text: &'t str) -> Self {
        Self { file, text, problems: RefCell::default() }
    }

    /// The file's name in messages.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line of an offset, from 1.
    #[must_use]
    pub fn line_of(&self, at: usize) -> usize {
        line_of(self.text, at)
    }

    /// The text as TOML; `None` where it is none, and each error has been noted.
    #[must_use]
    pub fn document(&self) -> Option<Spanned<DeTable<'t>>> {
        let (document, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let at = error.span().map_or(0, |span| span.start);
            let what = format!("not TOML: {}", error.message().replace('\n', ", "));
            self.wrong(at, what, "mend the syntax (see https://toml.io)");
        }
        errors.is_empty().then_some(document)
    }

    /// Notes what is wrong at an offset.
    pub fn wrong(&self, at: usize, what: impl Into<String>, remedy: impl Into<String>) {
        let problem = Problem::quoting(self.file.clone(), Some(self.line_of(at)), what, remedy);
        self.problems.borrow_mut().push(problem);
    }

    /// What was found wrong, in the order in which it was.
    #[must_use]
    pub fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }
}

/// The line of an offset, from 1. What is beyond the end is on the last line.
#[must_use]
pub fn line_of(text: &str, at: usize) -> usize {
    let newlines = text.as_bytes()[..at.min(text.len())].iter().filter(|byte| **byte == b'\n').count();
    (newlines + 1).min(text.lines().count().max(1))
}

/// A value and where it stands.
#[derive(Clone, Debug)]
pub struct Spot<T> {
    /// The value.
    pub value: T,
    /// Its offset in the file, in bytes.
    pub at: usize,
}

/// What to say of a text that [`is_id`] refuses.
pub const ID_REMEDY: &str = "begin with a lower-case letter and go on with lower-case letters, digits and dashes";

/// Whether this can be an id.
#[must_use]
pub fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
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

/// How many known words a remedy lists.
const LISTED: usize = 12;

/// Whether a word may be a slip for a known one.
#[must_use]
pub fn near(word: &str, known: &str) -> bool {
    strsim::damerau_levenshtein(word, known) <= 1 + known.chars().count() / 3
}

/// A remedy for a word that is not known: the nearest one that is, or else those that there are.
#[must_use]
pub fn one_of(word: &str, known: &[&str]) -> String {
    let distance = |known: &str| strsim::damerau_levenshtein(word, known);
    match known.iter().min_by_key(|known| distance(known)) {
        Some(nearest) if near(word, nearest) => {
            format!("did you mean `{nearest}`?")
        }
        Some(_) if word.len() >= 4 && known.iter().any(|known| known.contains(word)) => {
            let near: Vec<&str> = known.iter().copied().filter(|known| known.contains(word)).take(LISTED).collect();
            format!("did you mean `{}`?", near.join("` or `"))
        }
        Some(_) if known.len() > LISTED => {
            format!("there are: {}, … ({} in all)", known[..LISTED].join(", "), known.len())
        }
        Some(_) => format!("there are: {}", known.join(", ")),
        None => "take it out".into(),
    }
}
