//! Labs from other platforms: a folder in, a lab of Belay out, with a report of what was made of it.
//!
//! What others have written is read leniently: what is not understood is said and left out, and the rest goes on. Only a
//! folder that is no lab of that kind at all is refused.

mod dockerfile;
pub mod harbor;
mod json;
pub mod killercoda;
mod markers;
mod script;

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use scorecards::reader::is_id;

use crate::folder::Files;

/// The largest file that is read, in bytes: a lab of Belay is text, and a larger file could not be part of one.
const LARGEST: u64 = 1 << 20;
/// How much is read in all, in bytes.
const MOST: u64 = 64 << 20;

/// A lab that was made of somebody else's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The name of its folder.
    pub id: String,
    /// Its files.
    pub files: Files,
    /// What was made of what, in the order in which it was met.
    pub report: Vec<Note>,
}

/// What became of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// How well it fared.
    pub outcome: Outcome,
    /// Where it stood, by the file's path in its folder.
    pub place: String,
    /// What became of it, in words.
    pub what: String,
}

/// How something fared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It means the same here.
    Understood,
    /// It was turned into what comes nearest.
    Adapted,
    /// It was left out: a mistake, or of no use here.
    LeftOut,
    /// It can't work here, and the lab may not without it.
    NotHere,
}

impl Outcome {
    /// All there are, the best first.
    pub const ALL: [Self; 4] = [Self::Understood, Self::Adapted, Self::LeftOut, Self::NotHere];
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Understood => "understood",
            Self::Adapted => "adapted",
            Self::LeftOut => "left out",
            Self::NotHere => "can't work here",
        })
    }
}

impl fmt::Display for Imported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        for outcome in Outcome::ALL {
            let notes: Vec<&Note> = self.report.iter().filter(|note| note.outcome == outcome).collect();
            if !notes.is_empty() {
                write!(f, "\n  {outcome}")?;
            }
            for note in notes {
                write!(f, "\n    {}: {}", note.place, note.what)?;
            }
        }
        Ok(())
    }
}

/// Why a folder could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It is none of that kind.
    #[error("{}: {what}; {remedy}", folder.display())]
    Foreign {
        /// The folder.
        folder: PathBuf,
        /// What is missing or wrong.
        what: String,
        /// What to do.
        remedy: String,
    },
    /// The disk or its rights.
    #[error("{} can't be read: {error}", folder.display())]
    Unreadable {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
}

/// A folder of somebody else's, as it was read.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// Where it lies.
    folder: PathBuf,
    files: Files,
    /// What was too large or nothing to read.
    skipped: Vec<Note>,
}

impl Source {
    /// Reads a folder with all below it; links are not followed.
    ///
    /// # Errors
    /// When it is no folder, or too much.
    pub fn read(folder: &Path) -> Result<Self, ImportError> {
        let failed = |error| ImportError::Unreadable { folder: folder.into(), error };
        let mut source = Self { folder: folder.into(), ..Self::default() };
        let (mut open, mut total) = (vec![(folder.to_path_buf(), String::new())], 0_u64);
        while let Some((dir, prefix)) = open.pop() {
            for entry in fs::read_dir(&dir).map_err(failed)? {
                let entry = entry.map_err(failed)?;
                let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let data = entry.metadata().map_err(failed)?;
                total += data.len();
                if total > MOST {
                    let what = format!("it holds more than {} MiB", MOST >> 20);
                    return Err(source.foreign(what, "name the folder of one lab or course"));
                }
                if data.is_dir() {
                    if entry.file_name() != ".git" {
                        open.push((entry.path(), format!("{path}/")));
                    }
                } else if !data.is_file() || data.len() > LARGEST {
                    let why = if data.is_file() { "it is larger than 1 MiB" } else { "it is no plain file" };
                    source.skipped.push(Note { outcome: Outcome::LeftOut, place: path, what: why.into() });
                } else {
                    source.files.insert(path, fs::read(entry.path()).map_err(failed)?);
                }
            }
        }
        source.skipped.sort_by(|a, b| a.place.cmp(&b.place));
        Ok(source)
    }

    /// One of these files, without touching a disk.
    #[must_use]
    pub fn of(name: &str, files: Files) -> Self {
        Self { folder: name.into(), files, skipped: Vec::new() }
    }

    fn foreign(&self, what: impl Into<String>, remedy: impl Into<String>) -> ImportError {
        ImportError::Foreign { folder: self.folder.clone(), what: what.into(), remedy: remedy.into() }
    }

    fn name(&self) -> String {
        let whole = self.folder.canonicalize().unwrap_or_else(|_| self.folder.clone());
        whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// A file's text: without a byte order mark, its lines ended as here, and whatever is no UTF-8 replaced.
    fn text(&self, path: &str) -> Option<String> {
        let bytes = self.files.get(path)?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        Some(String::from_utf8_lossy(bytes).replace("\r\n", "\n"))
    }

    /// The text of a file by a path that somebody wrote, which may not lead out of the folder.
    fn named(&self, path: &str) -> Option<String> {
        self.text(&inside(path)?)
    }

    /// The part of it that is below a folder.
    fn below(&self, folder: &str) -> Self {
        let prefix = format!("{folder}/");
        let below = |(path, content): (&String, &Vec<u8>)| Some((path.strip_prefix(&prefix)?.into(), content.clone()));
        Self {
            folder: self.folder.join(folder),
            files: self.files.iter().filter_map(below).collect(),
            skipped: self
                .skipped
                .iter()
                .filter_map(|note| Some(Note { place: note.place.strip_prefix(&prefix)?.into(), ..note.clone() }))
                .collect(),
        }
    }
}

/// The report while it grows.
#[derive(Default)]
struct Report(Vec<Note>);

impl Report {
    fn note(&mut self, outcome: Outcome, place: &str, what: impl Into<String>) {
        let note = Note { outcome, place: place.into(), what: what.into() };
        if !self.0.contains(&note) {
            self.0.push(note);
        }
    }

    fn understood(&mut self, place: &str, what: impl Into<String>) {
        self.note(Outcome::Understood, place, what);
    }

    fn adapted(&mut self, place: &str, what: impl Into<String>) {
        self.note(Outcome::Adapted, place, what);
    }

    fn left_out(&mut self, place: &str, what: impl Into<String>) {
        self.note(Outcome::LeftOut, place, what);
    }

    fn not_here(&mut self, place: &str, what: impl Into<String>) {
        self.note(Outcome::NotHere, place, what);
    }
}

/// What somebody calls a lab as an id: `01 - My Lab!` is `lab-01-my-lab`.
fn id_of(name: &str) -> String {
    let mut id = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || c.is_ascii_digit() {
            id.push(c);
        } else if !id.is_empty() && !id.ends_with('-') {
            id.push('-');
        }
    }
    let id = id.trim_end_matches('-');
    if is_id(id) { id.into() } else { format!("lab-{id}").trim_end_matches('-').into() }
}

/// A text for lab.toml: one line of it, never empty.
fn line(text: &str, otherwise: &str) -> toml::Value {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace("{{", "{ {");
    toml::Value::from(if text.is_empty() { otherwise.to_string() } else { text })
}

/// A relative path as it is without `.` and `..`; `None` where it leads out of the folder.
fn inside(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// The beginning of a lab.toml.
fn head(title: &toml::Value, summary: &toml::Value, minutes: u32) -> String {
    format!(
        "#:schema ../lab.schema.json\ntitle = {title}\nsummary = {summary}\nkind = \"terminal\"\nminutes = {minutes}\nphase = 30\nentry = \"ticket\"\nskills = [\"linux\"]\n"
    )
}

/// A check's script, and its part of lab.toml. It is required, and runs in the box.
fn check(files: &mut Files, id: &str, title: &str, script: String) -> String {
    let path = format!("checks/{id}.sh");
    let toml = format!(
        "\n[[check]]\nid = \"{id}\"\ntitle = {}\nscript = \"{path}\"\ninside = true\npoints = 1\nrequired = true\ndimension = \"troubleshooting\"\n",
        line(title, "It is done"),
    );
    files.insert(path, script.into_bytes());
    toml
}

/// Numbered hints' files and their part of lab.toml.
fn hints(files: &mut Files, texts: Vec<(String, u32)>) -> String {
    let mut toml = String::new();
    for (at, (text, cost)) in texts.into_iter().enumerate() {
        let path = format!("hints/{}.md", at + 1);
        toml += &format!("\n[[hint]]\ntext = \"{path}\"\ncost = {cost}\n");
        files.insert(path, text.into_bytes());
    }
    toml
}

/// A count in words that agree with it.
fn count(number: usize, one: &str, many: &str) -> String {
    if number == 1 { format!("one {one}") } else { format!("{number} {many}") }
}

type Json = serde_json::Map<String, serde_json::Value>;

/// Which keys of a table are not known, for the report.
fn unknown<'j>(table: &'j Json, known: &[&str]) -> Vec<&'j str> {
    let mut keys: Vec<&str> = table.keys().map(String::as_str).filter(|key| !known.contains(key)).collect();
    keys.sort_unstable();
    keys
}

/// How many labs of a course have each id so far.
type Taken = BTreeMap<String, usize>;

/// An id that no other lab of the course has.
fn unique(id: String, taken: &mut Taken) -> String {
    let seen = taken.entry(id.clone()).or_default();
    *seen += 1;
    if *seen == 1 { id } else { format!("{id}-{seen}") }
}
