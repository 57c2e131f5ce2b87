//! Files, processes, units, filesystems, accounts, programs.

use wire::{
    Observation, RunResult,
    probe::{FileSeen, ProcessSeen},
};

use super::{Judgement, Wrong, mismatch, unseen, wrong};
use crate::{catalog::Expectation, grader::words};

/// How much of a body, a file or an output the agent passes on, in bytes.
const SEEN: u64 = 64 << 10;

/// Exit codes by which a shell says that it could not run something at all.
const NOT_RUN: [i32; 2] = [126, 127];

pub(super) fn file(expectation: &Expectation, seen: &FileSeen) -> Judgement {
    let Expectation::File { path, exists, mode, owner, group, contains, matches, absent } = expectation else {
        return mismatch();
    };
    match (exists, seen.kind == "absent") {
        (false, true) => return Ok(format!("{path} is not there.")),
        (false, false) => return wrong(format!("{path} is still there (a {}).", seen.kind)),
        (true, true) => return wrong(format!("{path} is not there.")),
        (true, false) => {}
    }
    if let Some(mode) = mode.filter(|mode| *mode != seen.mode) {
        return wrong(format!("{path} has mode {}, expected {}.", words::mode(seen.mode), words::mode(mode)));
    }
    if let Some(owner) = owner.as_ref().filter(|owner| **owner != seen.owner) {
        return wrong(format!("{path} belongs to the user {}, expected {owner}.", seen.owner));
    }
    if let Some(group) = group.as_ref().filter(|group| **group != seen.group) {
        return wrong(format!("{path} belongs to the group {}, expected {group}.", seen.group));
    }
    if contains.is_some() || matches.is_some() || absent.is_some() {
        let Some(content) = &seen.content else {
            return wrong(format!("{path} is a {}, expected a file.", seen.kind));
        };
        let matches = match matches.as_deref().map(regex::Regex::new) {
            Some(Err(error)) => return unseen(error.to_string()),
            Some(Ok(pattern)) => pattern.is_match(content),
            None => true,
        };
        let holds = matches && contains.as_ref().is_none_or(|text| content.contains(text));
        if let Some(text) = absent.as_ref().filter(|text| content.contains(*text)) {
            return wrong(format!("{path} still holds what must not be in it: \"{}\".", words::short(text)));
        }
        // What lies behind the part that was seen may be right or wrong.
        if seen.size > SEEN && (!holds || absent.is_some()) {
            return unseen(format!("{path} is too long to be read whole"));
        }
        if !holds {
            return wrong(format!("{path} does not hold what is expected of it yet."));
        }
    }
    Ok(format!("{path} is as it should be."))
}

pub(super) fn process(expectation: &Expectation, processes: &[ProcessSeen]) -> Judgement {
    let Expectation::Process { name, running, user } = expectation else {
        return mismatch();
    };
    let meant = processes.iter().find(|process| user.as_ref().is_none_or(|user| process.user == *user));
    match (running, meant, processes.first()) {
        (true, Some(process), _) => Ok(format!("{name} runs ({}).", words::process(process))),
        (true, None, Some(other)) => {
            wrong(format!("{name} runs as {}, expected {}.", other.user, user.as_deref().unwrap_or_default()))
        }
        (true, None, None) => wrong(format!("No process named {name} runs.")),
        (false, Some(process), _) => wrong(format!("{name} still runs ({}).", words::process(process))),
        (false, None, _) => Ok(format!("No process named {name} runs.")),
    }
}

pub(super) fn unit(expectation: &Expectation, seen: &Observation) -> Judgement {
    let (
        Expectation::Unit { name, active, enabled },
        Observation::Unit { active: state, sub, enabled: start, error, .. },
    ) = (expectation, seen)
    else {
        return mismatch();
    };
    if let Some(error) = error {
        return unseen(error);
    }
    if state.is_empty() {
        return wrong(format!("There is no unit {name}."));
    }
    let is_active = state == "active";
    if let Some(active) = active.filter(|active| *active != is_active) {
        let expected = if active { "active" } else { "inactive" };
        return wrong(format!("{name} is {state} ({sub}), expected {expected}."));
    }
    // Units without an [Install] section start because others want them.
    let is_enabled = matches!(start.as_str(), "enabled" | "enabled-runtime" | "static" | "alias" | "generated");
    if let Some(enabled) = enabled.filter(|enabled| *enabled != is_enabled) {
        let seen = if start.is_empty() { "not enabled" } else { start };
        return wrong(if enabled {
            format!("{name} is {seen}: it would not start when the machine does.")
        } else {
            format!("{name} is {seen}: it would start when the machine does.")
        });
    }
    Ok(format!("{name} is {state} ({sub})."))
}

pub(super) fn filesystem(expectation: &Expectation, seen: &Observation) -> Judgement {
    let Expectation::Filesystem { path, used_below, inodes_below } = expectation else {
        return mismatch();
    };
    let Observation::Filesystem { size, used, inodes, inodes_used } = seen else {
        return mismatch();
    };
    full(path, "full", *used_below, *used, *size)?;
    full(path, "out of inodes", *inodes_below, *inodes_used, *inodes)?;
    Ok(format!("The filesystem of {path} has room again ({}% full).", percent(*used, *size)))
}

fn full(path: &str, how: &str, below: Option<u32>, used: u64, size: u64) -> Result<(), Wrong> {
    match below {
        Some(_) if size == 0 => unseen(format!("the filesystem of {path} has no size")),
        // Compared without division: 79.99% is below 80%, and 80% is not.
        Some(below) if u128::from(used) * 100 >= u128::from(size) * u128::from(below) => {
            wrong(format!("The filesystem of {path} is {}% {how}, expected below {below}%.", percent(used, size)))
        }
        _ => Ok(()),
    }
}

/// A share in whole percent, rounded up as `df` does.
fn percent(used: u64, size: u64) -> u128 {
    (u128::from(used) * 100).div_ceil(u128::from(size.max(1)))
}

pub(super) fn user(expectation: &Expectation, seen: &Observation) -> Judgement {
    let Expectation::User { name, exists, shell, groups } = expectation else {
        return mismatch();
    };
    let Observation::User { uid, shell: seen_shell, groups: seen_groups, .. } = seen else {
        return mismatch();
    };
    match (exists, uid.is_some()) {
        (true, false) => return wrong(format!("There is no user {name}.")),
        (false, true) => return wrong(format!("The user {name} is still there.")),
        (false, false) => return Ok(format!("There is no user {name}.")),
        (true, true) => {}
    }
    if let Some(shell) = shell.as_ref().filter(|shell| *shell != seen_shell) {
        return wrong(format!("The user {name} has the shell {seen_shell}, expected {shell}."));
    }
    if let Some(group) = groups.iter().find(|group| !seen_groups.contains(group)) {
        return wrong(format!("The user {name} is not in the group {group}; it is in: {}.", seen_groups.join(", ")));
    }
    Ok(format!("The user {name} is as it should be."))
}

pub(super) fn command(expectation: &Expectation, result: &RunResult) -> Judgement {
    let Expectation::Command { argv, exit, contains } = expectation else {
        return mismatch();
    };
    let line = scorecards::score::shell_words(argv);
    if result.timed_out || result.code != Some(*exit) {
        let said = words::last_line(&result.stderr).or_else(|| words::last_line(&result.stdout));
        let said = said.map(|said| format!(" It said: {said}")).unwrap_or_default();
        return wrong(format!("`{line}` {}, expected exit code {exit}.{said}", words::ended(result)));
    }
    if contains.as_ref().is_some_and(|text| !result.stdout.contains(text)) {
        return wrong(format!("`{line}` does not print what is expected of it yet."));
    }
    Ok(format!("`{line}` {}.", words::ended(result)))
}

/// What a check's script has found. Beside the box only we can be at fault for a program that is missing; in the box the lab was
/// proven to have it, so that somebody has taken it away.
pub(super) fn script(result: &RunResult, inside: bool) -> Judgement {
    let said = words::last_line(&result.stdout);
    match result.code {
        _ if result.timed_out => unseen("its script took too long"),
        None => unseen("its script was killed"),
        Some(0) => Ok(said.unwrap_or_else(|| "It is as it should be.".into())),
        Some(code) if NOT_RUN.contains(&code) && inside => {
            let said = words::last_line(&result.stderr).unwrap_or_default();
            wrong(format!("What the check runs in the box can't be run there any more: {said}"))
        }
        Some(code) if NOT_RUN.contains(&code) => {
            unseen(format!("its script could not be run ({})", words::last_line(&result.stderr).unwrap_or_default()))
        }
        Some(_) => wrong(said.unwrap_or_else(|| "It is not as it should be yet.".into())),
    }
}
