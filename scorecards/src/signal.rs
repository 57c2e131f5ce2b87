//! Signals: how the work was done, read from the exec ledger.
//!
//! A signal is matched on programs that ran, with the arguments they got and the code they ended with,
//! never on text that was typed or printed. A run counts when
//!
//! - the learner did it ([`By::learner`](crate::event::By::learner)): services and checks do not count;
//! - for good practice, its program is as the lab made it: a copy of `true` named `nginx` is not nginx;
//! - the base name of its program's file is the pattern's first word, whatever it was called by ([`OTHER_NAMES`] has the
//!   exceptions);
//! - each further word of the pattern is among its arguments. Clustered flags are taken apart (`-tlnp`
//!   holds `-t`), and `--name=value` also counts as `--name`.
//!
//! `@restart nginx` and its like name a set of ways to do one thing ([`SETS`]); `@stop *` does it to anything.

use serde::{Deserialize, Serialize};

use crate::event::{CommandRun, Event, Kind};

/// What to look for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pattern {
    /// Good practice: earns its points when seen.
    Expect(Expect),
    /// Bad practice: costs its points when seen.
    Forbid(Expect),
}

/// Runs to find. All given conditions must hold for one run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Expect {
    /// Any of these.
    pub ran: Vec<Command>,
    /// Ended with this code.
    pub exit: Option<i32>,
    /// An argument matches this regular expression (unanchored).
    pub args: Option<Args>,
    /// Ended before one of these was started.
    pub before: Vec<Command>,
    /// Started after one of these was started.
    pub after: Vec<Command>,
}

/// A command to look for: `nginx -t`, or a named set: `@restart nginx`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Command {
    text: String,
    ways: Vec<Vec<String>>,
}

/// A regular expression over single arguments.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Args(regex::Regex);

impl PartialEq for Args {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

/// What is wrong with a pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// No words.
    #[error("an empty command: name a program, as in \"nginx -t\"")]
    Empty,
    /// `@something` that is not in [`SETS`].
    #[error("no set of commands is named @{name}; there are: {known}")]
    UnknownSet {
        /// The name asked for.
        name: String,
        /// Those there are.
        known: String,
    },
    /// A set with too few or too many words behind it.
    #[error("@{name} takes one word, as in \"@{name} nginx\"")]
    SetArgument {
        /// The set's name.
        name: String,
    },
    /// A regular expression that does not parse.
    #[error("not a regular expression: {0}")]
    Regex(String),
}

/// The named sets: ways of doing one thing to `{}`.
pub const SETS: &[(&str, &[&str])] = &[
    (
        "restart",
        &[
            "systemctl start {}",
            "systemctl restart {}",
            "systemctl reload {}",
            "systemctl reload-or-restart {}",
            "systemctl try-restart {}",
            "service {} start",
            "service {} restart",
            "service {} reload",
            "{} -s reload",
        ],
    ),
    ("status", &["systemctl status {}", "systemctl is-active {}", "systemctl show {}", "service {} status"]),
    ("logs", &["journalctl -u {}", "journalctl --unit {}", "journalctl -xeu {}", "systemctl status {}"]),
    (
        "listeners",
        &[
            "ss -l",
            "ss -a",
            "ss --listening",
            "ss --all",
            "netstat -l",
            "netstat -a",
            "lsof -i",
            "fuser -n",
            "fuser {}/tcp",
        ],
    ),
    ("stop", &["systemctl stop {}", "systemctl disable {}", "systemctl mask {}", "service {} stop"]),
    ("kill", &["kill {}", "pkill {}", "killall {}", "fuser -k {}/tcp", "systemctl kill {}"]),
    (
        "editor",
        &[
            "vi {}",
            "vim {}",
            "vim.basic {}",
            "vim.tiny {}",
            "nano {}",
            "ed {}",
            "sed -i {}",
            "tee {}",
            "sudoedit {}",
            "patch {}",
            "perl -i {}",
        ],
    ),
    (
        "edit",
        &[
            "vi {}",
            "vim {}",
            "vim.basic {}",
            "vim.tiny {}",
            "nano {}",
            "ed {}",
            "sed -i {}",
            "tee {}",
            "cp {}",
            "mv {}",
            "rm {}",
            "ln {}",
            "install {}",
            "truncate {}",
            "sudoedit {}",
            "patch {}",
            "perl -i {}",
        ],
    ),
];

/// Names by which Debian's programs are rightly called though their file has another: a name and its file.
pub const OTHER_NAMES: &[(&str, &str)] = &[
    ("awk", "mawk"),
    ("editor", "nano"),
    ("editor", "vim.basic"),
    ("ex", "vim.basic"),
    ("halt", "systemctl"),
    ("init", "systemctl"),
    ("nc", "nc.openbsd"),
    ("netcat", "nc.openbsd"),
    ("pager", "less"),
    ("pkill", "pgrep"),
    ("poweroff", "systemctl"),
    ("reboot", "systemctl"),
    ("runlevel", "systemctl"),
    ("sh", "dash"),
    ("shutdown", "systemctl"),
    ("sudoedit", "sudo"),
    ("telinit", "systemctl"),
    ("vi", "vim.basic"),
    ("vi", "vim.tiny"),
    ("view", "vim.basic"),
    ("vim", "vim.basic"),
    ("vim", "vim.tiny"),
];

impl TryFrom<String> for Command {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let ways = match words.as_slice() {
            [] => return Err(PatternError::Empty),
            [name, rest @ ..] if name.starts_with('@') => expand(&name[1..], rest)?,
            words => vec![words.iter().map(ToString::to_string).collect()],
        };
        Ok(Self { text, ways })
    }
}

impl From<Command> for String {
    fn from(command: Command) -> Self {
        command.text
    }
}

impl std::fmt::Display for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

fn expand(name: &str, rest: &[&str]) -> Result<Vec<Vec<String>>, PatternError> {
    let Some((_, ways)) = SETS.iter().find(|(set, _)| *set == name) else {
        let known = SETS.iter().map(|(set, _)| format!("@{set}")).collect::<Vec<_>>().join(", ");
        return Err(PatternError::UnknownSet { name: name.into(), known });
    };
    let [what] = rest else {
        return Err(PatternError::SetArgument { name: name.into() });
    };
    let words = |way: &&str| -> Vec<String> {
        let words = way.split_whitespace().filter(|word| *what != "*" || !word.contains("{}"));
        words.map(|word| word.replace("{}", what)).collect()
    };
    // A way whose very program is the word can't be done to anything.
    Ok(ways.iter().filter(|way| *what != "*" || !way.starts_with("{}")).map(words).collect())
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

impl Command {
    /// Whether this run is one of the command's ways.
    #[must_use]
    pub fn matches(&self, run: &CommandRun) -> bool {
        let called = basename(run.argv.first().map_or(&*run.exe, String::as_str));
        let file = basename(&run.exe);
        // What a program is called is its caller's choice (`exec -a nginx true`); its file is the kernel's word.
        let is = |name: &str| name == file || (name == called && OTHER_NAMES.contains(&(called, file)));
        self.ways.iter().any(|way| {
            let [name, words @ ..] = way.as_slice() else {
                return false;
            };
            is(name) && words.iter().all(|word| has_word(&run.argv, word))
        })
    }
}

/// The last part of a path. A login shell's leading dash is dropped.
#[must_use]
pub fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_start_matches('-')
}

fn has_word(argv: &[String], word: &str) -> bool {
    argv.iter().skip(1).any(|arg| argument_is(arg, word))
}

fn argument_is(arg: &str, word: &str) -> bool {
    if arg == word {
        return true;
    }
    if let (Some(long), Some((name, _))) = (word.strip_prefix("--"), arg.split_once('=')) {
        return name.strip_prefix("--") == Some(long);
    }
    // A single-letter flag in a cluster: -t in -tlnp; and `-uNAME` is not taken apart further.
    let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        return letter != '-'
            && arg.strip_prefix('-').is_some_and(|cluster| !cluster.starts_with('-') && cluster.contains(letter));
    }
    // nginx and nginx.service name the same unit; a file may be named by any path that ends in it.
    arg.strip_suffix(".service") == Some(word) || (word.contains('/') && !word.starts_with('-') && arg.ends_with(word))
}

/// A run with what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The event of its start.
    pub event: &'a Event,
    /// The run.
    pub run: &'a CommandRun,
    /// The event of its end and its code, when it has ended.
    pub ended: Option<(&'a Event, Option<i32>)>,
}

/// The learner's runs, in order of their start.
#[must_use]
pub fn learners_runs(events: &[Event]) -> Vec<Seen<'_>> {
    let ends: std::collections::HashMap<u64, (&Event, Option<i32>)> = events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::CommandEnded { run, code } => Some((*run, (event, *code))),
            _ => None,
        })
        .collect();
    let mut runs: Vec<Seen<'_>> = events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::CommandRun(run) if run.by.learner() => Some(Seen { event, run, ended: ends.get(&run.run).copied() }),
            _ => None,
        })
        .collect();
    runs.sort_by_key(|seen| (seen.event.moment(), seen.run.run));
    runs
}

impl Expect {
    /// The runs that match, in order.
    #[must_use]
    pub fn find<'a>(&self, runs: &[Seen<'a>]) -> Vec<Seen<'a>> {
        let of = |commands: &[Command], seen: &Seen<'_>| commands.iter().any(|command| command.matches(seen.run));
        let last_before = runs.iter().filter(|seen| of(&self.before, seen)).map(|seen| seen.event.moment()).max();
        let first_after = runs.iter().filter(|seen| of(&self.after, seen)).map(|seen| seen.event.moment()).min();
        runs.iter()
            .filter(|seen| of(&self.ran, seen))
            .filter(|seen| self.exit.is_none_or(|code| seen.ended.is_some_and(|(_, ended)| ended == Some(code))))
            .filter(|seen| {
                self.args.as_ref().is_none_or(|args| seen.run.argv.iter().skip(1).any(|arg| args.0.is_match(arg)))
            })
            .filter(|seen| {
                self.before.is_empty()
                    || last_before
                        .is_some_and(|moment| seen.ended.map_or(seen.event, |(end, _)| end).moment() <= moment)
            })
            .filter(|seen| self.after.is_empty() || first_after.is_some_and(|moment| seen.event.moment() > moment))
            .copied()
            .collect()
    }
}
