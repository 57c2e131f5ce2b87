//! Commands as a pattern names them, and whether a run is one.

use serde::{Deserialize, Serialize};

use super::{
    error::PatternError,
    glob::glob,
    sets::{BUILT_IN, OTHER_DEEDS, OTHER_NAMES, SETS, Set},
    tri::Tri,
};

/// A command to look for: `nginx -t`, `fuser 80/tcp !-k`, or a named set: `@restart nginx`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Command {
    text: String,
    ways: Vec<Way>,
}

/// One way of doing it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Way {
    program: String,
    /// All of these are among the arguments.
    with: Vec<String>,
    /// None of these is.
    without: Vec<String>,
}

/// What was run: a program and its arguments, without what it was wrapped in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Program<'a> {
    /// What its caller called it.
    pub called: &'a str,
    /// Its file's name.
    pub file: &'a str,
    /// Its arguments.
    pub args: &'a [String],
    /// Whether some of them are missing or cut.
    pub cut: bool,
}

/// What stands between programs in a shell's line: no argument of any.
const SHELL_SYNTAX: &[&str] = &["|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1"];

impl TryFrom<String> for Command {
    type Error = PatternError;

    fn try_from(text: String) -> Result<Self, PatternError> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let ways = ways(&words)?;
        Ok(Self { text: words.join(" "), ways })
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

impl Command {
    /// Its ways in words, one for a plain command.
    #[must_use]
    pub fn written_out(&self) -> Vec<String> {
        let way = |way: &Way| {
            let without = way.without.iter().map(|word| format!("!{word}"));
            let words: Vec<String> =
                std::iter::once(way.program.clone()).chain(way.with.iter().cloned()).chain(without).collect();
            words.join(" ")
        };
        self.ways.iter().map(way).collect()
    }

    /// Whether a program that was run is one of its ways, with none of these words besides.
    pub(super) fn is(&self, program: &Program<'_>, without: &[String]) -> Tri {
        let way = |way: &Way| {
            if !program.is_called(&way.program) {
                return Tri::No;
            }
            let with = Tri::all(way.with.iter().map(|word| program.has(word)));
            let without = Tri::all(way.without.iter().chain(without).map(|word| program.has(word).not()));
            with.and(without)
        };
        Tri::any(self.ways.iter().map(way))
    }

    /// Whether the program is one of its ways' programs, whatever its arguments are.
    pub(super) fn names(&self, program: &Program<'_>) -> bool {
        self.ways.iter().any(|way| program.is_called(&way.program))
    }

    /// Whether one of its ways asks for a word that is not to be there.
    #[must_use]
    pub fn asks_for(&self, word: &str) -> bool {
        !self.ways.is_empty() && self.ways.iter().all(|way| way.with.iter().any(|with| argument_is(with, word)))
    }
}

impl Program<'_> {
    /// What a program is called is its caller's choice (`exec -a nginx true`); its file is the kernel's word.
    fn is_called(&self, name: &str) -> bool {
        let pair = (self.called, self.file);
        let is_file = name == self.file || (name.contains('*') && glob(name, self.file));
        (is_file && !OTHER_DEEDS.contains(&pair)) || (name == self.called && OTHER_NAMES.contains(&pair))
    }

    fn has(&self, word: &str) -> Tri {
        Tri::from(self.args.iter().any(|arg| argument_is(arg, word))).or(Tri::perhaps(self.cut))
    }
}

/// The last part of a path. A login shell's leading dash is dropped.
#[must_use]
pub fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_start_matches('-')
}

fn ways(words: &[&str]) -> Result<Vec<Way>, PatternError> {
    match words {
        [] => Err(PatternError::Empty),
        [name, rest @ ..] if name.starts_with('@') => expand(&name[1..], rest),
        words => Ok(vec![way(words)?]),
    }
}

fn way(words: &[&str]) -> Result<Way, PatternError> {
    let [program, rest @ ..] = words else { return Err(PatternError::Empty) };
    if program.contains('/') {
        return Err(PatternError::Path { program: (*program).into(), name: basename(program).into() });
    }
    if BUILT_IN.contains(program) {
        return Err(PatternError::BuiltIn { program: (*program).into() });
    }
    if let Some(sign) = words.iter().find(|word| SHELL_SYNTAX.contains(word)) {
        return Err(PatternError::Syntax { sign: (*sign).into() });
    }
    let (with, without) = split(rest)?;
    Ok(Way { program: (*program).into(), with, without })
}

/// The words that must be there and those that must not. A `!` alone is a word.
fn split(words: &[&str]) -> Result<(Vec<String>, Vec<String>), PatternError> {
    let is_not = |word: &str| word.len() > 1 && word.starts_with('!');
    let with: Vec<String> = words.iter().filter(|word| !is_not(word)).map(ToString::to_string).collect();
    let without: Vec<String> = words.iter().filter(|word| is_not(word)).map(|word| word[1..].to_string()).collect();
    match without.iter().find(|word| with.iter().any(|with| argument_is(with, word))) {
        Some(word) => Err(PatternError::Contradiction { word: word.clone() }),
        None => Ok((with, without)),
    }
}

/// The ways of a set, each with the further words behind its own.
fn expand(name: &str, rest: &[&str]) -> Result<Vec<Way>, PatternError> {
    let Some(set) = Set::named(name) else {
        let known = SETS.iter().map(|set| format!("@{}", set.name)).collect::<Vec<_>>().join(", ");
        return Err(PatternError::UnknownSet { name: name.into(), known });
    };
    let (what, rest) = match (set.takes_word(), rest) {
        (true, [what, rest @ ..]) if !what.starts_with('!') => (*what, rest),
        (true, _) => return Err(PatternError::SetArgument { name: name.into() }),
        (false, rest) => ("", rest),
    };
    let (with, without) = split(rest)?;
    let mut found = Vec::new();
    // A way whose very program is the word can't be done to anything.
    for text in set.ways.iter().filter(|way| what != "*" || !way.starts_with("{}")) {
        let filled: Vec<String> = text
            .split_whitespace()
            // What is done to anything may have any argument there; another set is told so.
            .filter(|word| what != "*" || !word.contains("{}") || text.starts_with('@'))
            .map(|word| word.replace("{}", what))
            .collect();
        let words: Vec<&str> = filled.iter().map(String::as_str).collect();
        found.extend(ways(&words)?);
    }
    for way in &mut found {
        way.with.extend(with.iter().cloned());
        way.without.extend(without.iter().cloned());
    }
    Ok(found)
}

fn argument_is(arg: &str, word: &str) -> bool {
    if arg == word {
        return true;
    }
    // `--name=value` holds `--name` and, where the word is no flag itself, the value.
    if let (true, Some((name, value))) = (arg.starts_with("--"), arg.split_once('='))
        && (name == word || (!word.starts_with('-') && argument_is(value, word)))
    {
        return true;
    }
    if word.contains('*') {
        return glob(word, arg) || arg.strip_suffix(".service").is_some_and(|name| glob(word, name));
    }
    // A single-letter flag in a cluster: -t in -tlnp; and `-uNAME` is not taken apart further.
    let mut letters = word.strip_prefix('-').unwrap_or_default().chars();
    if let (Some(letter), None) = (letters.next(), letters.next()) {
        let cluster = arg.strip_prefix('-').filter(|cluster| !cluster.starts_with('-')).unwrap_or_default();
        // A digit is a flag of its own: -19 is no -9.
        let alone = !letter.is_ascii_digit() || cluster.chars().filter(char::is_ascii_digit).count() == 1;
        return letter != '-' && alone && cluster.contains(letter);
    }
    // nginx and nginx.service name the same unit; a file may be named by any path that ends in it.
    arg.strip_suffix(".service") == Some(word) || (word.contains('/') && !word.starts_with('-') && arg.ends_with(word))
}
