//! What is wrong with a file: where, what, and what to do about it.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as reached from where the folder was asked for.
    pub file: String,
    /// The line, from 1, where it is one line's fault.
    pub line: Option<usize>,
    /// What is wrong.
    pub what: String,
    /// What to do about it.
    pub remedy: String,
}

impl Problem {
    /// One whose words may quote what stands in the file: whatever that is, they are one line, and do nothing to a terminal.
    #[must_use]
    pub fn quoting(file: String, line: Option<usize>, what: impl Into<String>, remedy: impl Into<String>) -> Self {
        let plain = |text: String| {
            text.chars().fold(String::with_capacity(text.len()), |mut plain, c| {
                if c.is_control() {
                    plain.extend(c.escape_debug());
                } else {
                    plain.push(c);
                }
                plain
            })
        };
        Self { file, line, what: plain(what.into()), remedy: plain(remedy.into()) }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}; {}", self.what, self.remedy)
    }
}

/// Everything that is wrong, in order of files and lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<Problem>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, problem) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}
