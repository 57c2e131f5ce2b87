//! Words for what was seen. They name it, and never how to mend it.

use wire::{
    RunResult,
    probe::{Listener, ProcessSeen},
};

/// The longest piece of somebody else's text that is quoted, in characters.
const QUOTED: usize = 200;

/// Why there was no connection, as the end of a sentence.
pub(super) fn connection(error: Option<&str>) -> String {
    match error.map(str::trim) {
        None | Some("") => "no connection".into(),
        Some(error) if error.to_lowercase().contains("refused") => "connection refused".into(),
        Some(error) if error.to_lowercase().contains("timed out") => "no answer in time".into(),
        Some(error) => short(error.trim_end_matches('.')),
    }
}

/// A text cut to what fits into a sentence.
pub(super) fn short(text: &str) -> String {
    let text = text.trim();
    if text.chars().count() <= QUOTED { text.into() } else { text.chars().take(QUOTED).chain(['…']).collect() }
}

/// The last line of a text that says something.
pub(super) fn last_line(text: &str) -> Option<String> {
    text.lines().rev().find(|line| !line.trim().is_empty()).map(short)
}

/// Who holds a port.
pub(super) fn holder(listener: &Listener) -> String {
    if listener.pid == 0 {
        return "a process that could not be found".into();
    }
    format!("{} (user {}, process {})", listener.program, listener.user, listener.pid)
}

/// A process by name.
pub(super) fn process(process: &ProcessSeen) -> String {
    format!("process {}, user {}", process.pid, process.user)
}

/// A mode as `ls` and `chmod` write it.
pub(super) fn mode(mode: u32) -> String {
    format!("{mode:04o}")
}

/// How a program ended, in words that follow its name.
pub(super) fn ended(result: &RunResult) -> String {
    crate::sandbox::how_it_ended(result)
}
