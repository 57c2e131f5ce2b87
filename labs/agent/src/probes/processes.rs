//! The processes of the box, from `/proc`.

use std::{
    fs,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
    path::{Path, PathBuf},
};

use wire::probe::ProcessSeen;

use crate::{accounts::Accounts, machine::Running, sys};

/// How much of a command line is kept.
const MAX_COMMAND_LINE: u64 = 16 << 10;
/// How many processes an observation names at most.
const MAX_SEEN: usize = 200;

/// A process of the box, as the agent sees it.
pub struct Process {
    /// Its directory in `/proc`.
    pub directory: PathBuf,
    /// Its number in the box.
    pub pid: u32,
    /// Its program's base name.
    pub program: String,
    pub uid: u32,
    name: String,
    started: u64,
}

/// All processes of the box, in order of their start. What has ended and waits to be collected is left
/// out.
pub async fn all(running: &Running) -> Vec<Process> {
    let Some(namespace) = namespace(Path::new(&format!("/proc/{}", running.pid))) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        if !entry.file_name().as_bytes().first().is_some_and(u8::is_ascii_digit) {
            continue;
        }
        if namespace_is(&entry.path(), namespace) {
            found.extend(process(entry.path()));
            // Hundreds of processes are some milliseconds of work: others get their turn.
            tokio::task::yield_now().await;
        }
    }
    found.sort_by_key(|process| (process.started, process.pid));
    found
}

/// The processes with this name, or whose program has it.
pub async fn named(running: &Running, name: &str) -> Result<Vec<ProcessSeen>, String> {
    let accounts = Accounts::read(&running.root).unwrap_or_default();
    let matching = all(running).await.into_iter().filter(|process| process.name == name || process.program == name);
    Ok(matching
        .take(MAX_SEEN)
        .map(|process| ProcessSeen {
            pid: process.pid,
            argv: command_line(&process),
            user: accounts.user_name(process.uid),
            program: process.program,
        })
        .collect())
}

fn namespace(directory: &Path) -> Option<u64> {
    fs::metadata(directory.join("ns/pid")).ok().map(|namespace| namespace.ino())
}

fn namespace_is(directory: &Path, wanted: u64) -> bool {
    namespace(directory) == Some(wanted)
}

fn process(directory: PathBuf) -> Option<Process> {
    let status = sys::read_text(directory.join("status"), 16 << 10).ok()?;
    let stat = sys::read_text(directory.join("stat"), 4096).ok()?;
    let facts = Facts::of(&status)?;
    let program = fs::read_link(directory.join("exe")).ok().map_or_else(
        || facts.name.clone(),
        |exe| {
            let exe = exe.to_string_lossy().into_owned();
            let base = exe.rsplit('/').next().unwrap_or_default();
            base.strip_suffix(" (deleted)").unwrap_or(base).to_owned()
        },
    );
    // The 22nd field, counted after the name: when it was started.
    let started = stat[stat.rfind(')')? + 1..].split_whitespace().nth(19)?.parse().ok()?;
    Some(Process { directory, pid: facts.pid, program, uid: facts.uid, name: facts.name, started })
}

/// What is needed of `/proc/PID/status`.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    name: String,
    pid: u32,
    uid: u32,
}

impl Facts {
    /// `None` for a process that has ended.
    fn of(status: &str) -> Option<Self> {
        let value =
            |key: &str| status.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':')).map(str::trim);
        if value("State")?.starts_with(['Z', 'X']) {
            return None;
        }
        Some(Self {
            name: value("Name")?.to_owned(),
            // From the agent's namespace down to its own.
            pid: value("NStgid")?.split_whitespace().last()?.parse().ok()?,
            // The effective one.
            uid: value("Uid")?.split_whitespace().nth(1)?.parse().ok()?,
        })
    }
}

fn command_line(process: &Process) -> Vec<String> {
    let text = sys::read_text(process.directory.join("cmdline"), MAX_COMMAND_LINE).unwrap_or_default();
    let text = text.strip_suffix('\0').unwrap_or(&text);
    if text.is_empty() { Vec::new() } else { text.split('\0').map(str::to_owned).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_in_the_box_is_read() {
        let status = "Name:\tnginx\nState:\tS (sleeping)\nTgid:\t812\nNStgid:\t812\t33\nUid:\t0\t33\t0\t33\n";
        assert_eq!(Facts::of(status), Some(Facts { name: "nginx".into(), pid: 33, uid: 33 }));
    }

    #[test]
    fn what_has_ended_is_left_out() {
        let status = "Name:\tsh\nState:\tZ (zombie)\nNStgid:\t812\t33\nUid:\t0\t0\t0\t0\n";
        assert_eq!(Facts::of(status), None);
    }
}
