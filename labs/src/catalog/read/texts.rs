//! The texts of a lab: Markdown, scripts, and which variables they use.

use std::collections::{BTreeMap, BTreeSet};

use scorecards::reader::{Problem, Section, Spot, line_of, near, one_of};

use super::variables::Specs;
use crate::catalog::{
    folder::Folder,
    lab::Script,
    vars::{MARKERS, next_use},
};

/// What may run a script: all of these take its text after `-c`.
const INTERPRETERS: &[&str] = &["sh", "bash", "dash", "python3"];

/// The largest script, in bytes: its text must fit into one argument.
const LONGEST: usize = 100 << 10;

/// Reads texts, and keeps count of the files and the variables that are used.
pub(super) struct Texts<'f> {
    folder: &'f Folder,
    problems: Vec<Problem>,
    vars: BTreeSet<String>,
    used_vars: BTreeSet<String>,
    used_files: BTreeSet<String>,
}

impl<'f> Texts<'f> {
    pub(super) fn new(folder: &'f Folder) -> Self {
        Self {
            folder,
            problems: Vec::new(),
            vars: BTreeSet::new(),
            used_vars: BTreeSet::new(),
            used_files: BTreeSet::new(),
        }
    }

    /// The variables there are. To be said before any text is read.
    pub(super) fn know(&mut self, vars: &Specs) {
        self.vars = vars.keys().cloned().collect();
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems
    }

    /// A text of lab.toml itself.
    pub(super) fn uses(&mut self, section: &Section<'_, '_>, text: &Spot<String>) {
        for name in names(&text.value) {
            if !self.uses_var(name) {
                section.wrong(text.at, format!("the variable {{{{{name}}}}} is not defined"), self.define(name, &[]));
            }
        }
    }

    /// Markdown that may be there.
    pub(super) fn markdown(&mut self, path: &str) -> Option<String> {
        let text = self.file(path)?;
        let mut rest = text;
        while let Some((_, name, after)) = next_use(rest) {
            if !self.uses_var(name) {
                let line = line_of(text, text.len() - after.len() - 1);
                let remedy = self.define(name, MARKERS);
                self.wrong(path, Some(line), format!("the variable {{{{{name}}}}} is not defined"), remedy);
            }
            rest = after;
        }
        Some(text.into())
    }

    pub(super) fn required_markdown(&mut self, path: &str, what_for: &str) -> Option<String> {
        self.require(path, what_for)?;
        self.markdown(path)
    }

    pub(super) fn required_script(&mut self, path: &str, what_for: &str) -> Option<Script> {
        self.require(path, what_for)?;
        self.script(path)
    }

    /// Markdown that lab.toml names.
    pub(super) fn named_markdown(&mut self, section: &Section<'_, '_>, path: &Spot<String>) -> Option<String> {
        self.named(section, path)?;
        self.markdown(&path.value)
    }

    /// The texts of all files below a folder, by their paths in it.
    pub(super) fn below(&mut self, folder: &str) -> BTreeMap<String, String> {
        let prefix = format!("{}/", folder.trim_end_matches('/'));
        let paths: Vec<String> =
            self.folder.paths().filter(|path| path.starts_with(&prefix)).map(str::to_string).collect();
        let read = |path: String| Some((path.strip_prefix(&prefix)?.to_string(), self.markdown(&path)?));
        paths.into_iter().filter_map(read).collect()
    }

    /// A script that lab.toml names.
    pub(super) fn named_script(&mut self, section: &Section<'_, '_>, path: &Spot<String>) -> Option<Script> {
        self.named(section, path)?;
        self.script(&path.value)
    }

    /// Notes the files that look as if somebody forgot to name them.
    pub(super) fn name_unused(&mut self) {
        let unused = |path: &&str| {
            let named = ["hints/", "checks/", "setup/", "solution/"].iter().any(|folder| path.starts_with(folder));
            named && !self.used_files.contains(*path)
        };
        for path in self.folder.paths().filter(unused).map(str::to_string).collect::<Vec<_>>() {
            self.wrong(
                &path,
                None,
                "nothing in lab.toml names this file".into(),
                "name it there, or take it out".into(),
            );
        }
    }

    /// Variables that no text uses, with where they are defined.
    pub(super) fn unused_vars<'v>(&self, vars: &'v Specs) -> Vec<(&'v str, usize)> {
        let unused = vars.iter().filter(|(name, _)| !self.used_vars.contains(*name));
        unused.map(|(name, spec)| (name.as_str(), spec.at)).collect()
    }

    /// A script that may be there.
    pub(super) fn script(&mut self, path: &str) -> Option<Script> {
        let text = self.file(path)?;
        let script = Script { path: path.into(), text: text.into() };
        if text.trim().is_empty() {
            self.wrong(path, None, "the script is empty".into(), "write it".into());
        }
        if text.len() > LONGEST {
            self.wrong(path, None, format!("the script is longer than {LONGEST} bytes"), "shorten it".into());
        }
        let argv = script.argv();
        let program = argv
            .iter()
            .map(|word| word.rsplit('/').next().unwrap_or(word))
            .find(|word| *word != "env" && !word.starts_with('-'));
        if !program.is_some_and(|program| INTERPRETERS.contains(&program)) {
            let what = format!("its first line names the interpreter `{}`", program.unwrap_or_default());
            self.wrong(path, Some(1), what, format!("use one of: {}", INTERPRETERS.join(", ")));
        }
        for name in self.vars.clone() {
            if uses_env(text, &name.to_uppercase()) {
                self.used_vars.insert(name);
            }
        }
        let unfilled: Vec<&str> = names(text).into_iter().filter(|name| self.vars.contains(*name)).collect();
        for name in unfilled {
            let line = text.find(&format!("{{{{{name}")).map(|at| line_of(text, at));
            let remedy = format!("write ${}: scripts get variables in their environment", name.to_uppercase());
            self.wrong(path, line, format!("{{{{{name}}}}} is not filled in here"), remedy);
        }
        Some(script)
    }

    fn require(&mut self, path: &str, what_for: &str) -> Option<()> {
        if self.folder.has(path) {
            return Some(());
        }
        self.wrong(path, None, "the file is missing".into(), format!("write it: {what_for}"));
        None
    }

    fn named(&mut self, section: &Section<'_, '_>, path: &Spot<String>) -> Option<()> {
        if self.folder.has(&path.value) {
            return Some(());
        }
        let known: Vec<&str> = self.folder.paths().collect();
        let remedy = format!("write the file, or mend the name: {}", one_of(&path.value, &known));
        section.wrong(path.at, format!("the file {} is missing", self.folder.show(&path.value)), remedy);
        None
    }

    fn file(&mut self, path: &str) -> Option<&'f str> {
        self.used_files.insert(path.into());
        let text = self.folder.text(path);
        if text.is_none() && self.folder.has(path) {
            self.wrong(path, None, "it is not UTF-8".into(), "save it as UTF-8".into());
        }
        text
    }

    fn uses_var(&mut self, name: &str) -> bool {
        self.used_vars.insert(name.into());
        self.vars.contains(name)
    }

    /// What to do about a name that is no variable and none of these marks.
    fn define(&self, name: &str, marks: &[&str]) -> String {
        let known: Vec<&str> = self.vars.iter().map(String::as_str).chain(marks.iter().copied()).collect();
        if self.vars.is_empty() && !marks.iter().any(|marker| near(name, marker)) {
            format!("define it: `[vars]` and `{name} = {{ choose = [\"…\", \"…\"] }}`")
        } else {
            one_of(name, &known)
        }
    }

    fn wrong(&mut self, path: &str, line: Option<usize>, what: String, remedy: String) {
        self.problems.push(Problem { file: self.folder.show(path), line, what, remedy });
    }
}

/// The names of all `{{name}}` of a text.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, name, after)) = next_use(rest) {
        names.push(name);
        rest = after;
    }
    names
}

/// Whether a script names an environment variable.
fn uses_env(text: &str, name: &str) -> bool {
    let part_of_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name)
        .any(|(at, _)| !text[..at].ends_with(part_of_word) && !text[at + name.len()..].starts_with(part_of_word))
}
