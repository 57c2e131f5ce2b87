//! From a lab's folder to a [`Lab`], or to all that is wrong with it.

mod checks;
mod expectation;
mod sandbox;
mod signals;
mod texts;
mod variables;

use std::path::Path;

use toml::de::DeTable;

use self::texts::Texts;
use super::{
    folder::Folder,
    lab::{Entry, Hint, Lab},
    problem::Problem,
    reader::{Section, Source, line_of},
};

/// The dimensions a lab can count for.
pub(super) const DIMENSIONS: &[&str] = &[
    "linux-fundamentals",
    "networking-fundamentals",
    "cloud-fundamentals",
    "iac-git-workflow",
    "troubleshooting",
    "operational-discipline",
    "communication",
    "learning-agility",
    "collaboration",
];

/// The phases of a path, in days.
const PHASES: &[i64] = &[30, 60, 90, 180, 365];

const FILE: &str = "lab.toml";

/// Reads the lab in a folder.
pub(super) fn lab(dir: &Path) -> Result<Lab, Vec<Problem>> {
    let (folder, mut problems) = Folder::read(dir);
    let id = dir.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if !is_id(&id) {
        problems.push(Problem {
            file: dir.display().to_string(),
            line: None,
            what: format!("the folder's name \"{id}\" can't be a lab's id"),
            remedy: ID_REMEDY.into(),
        });
    }
    let Some(text) = folder.text(FILE) else {
        let what = if folder.has(FILE) { "it is not UTF-8" } else { "the file is missing" };
        let remedy =
            if folder.has(FILE) { "save it as UTF-8" } else { "write it, or move the folder out of the catalogue" };
        problems.push(Problem { file: folder.show(FILE), line: None, what: what.into(), remedy: remedy.into() });
        return Err(problems);
    };

    let (document, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        problems.extend(errors.iter().map(|error| syntax(&folder, text, error)));
        return Err(problems);
    }
    let source = Source::new(folder.show(FILE), text);
    let mut texts = Texts::new(&folder);
    let read = whole(&id, dir, &folder, Section::new(&source, "", 0, document.get_ref()), &mut texts);
    problems.extend(texts.into_problems());
    problems.extend(source.into_problems());
    match read {
        Some(lab) if problems.is_empty() => Ok(lab),
        _ => {
            problems.sort();
            problems.dedup();
            Err(problems)
        }
    }
}

fn syntax(folder: &Folder, text: &str, error: &toml::de::Error) -> Problem {
    Problem {
        file: folder.show(FILE),
        line: error.span().map(|span| line_of(text, span.start)),
        what: format!("not TOML: {}", error.message().replace('\n', ", ")),
        remedy: "mend the syntax (see https://toml.io)".into(),
    }
}

/// `None` only where a problem has been noted.
fn whole(id: &str, dir: &Path, folder: &Folder, root: Section<'_, '_>, texts: &mut Texts<'_>) -> Option<Lab> {
    let title = root.required_text("title", "\"The web server will not start\"");
    let summary = root.required_text("summary", "\"One line that says what it is about\"");
    for line in [&title, &summary].into_iter().flatten().filter(|text| text.value.contains('\n')) {
        root.wrong(line.at, "the text has more than one line", "shorten it to one");
    }
    root.word("kind", &["terminal"]);
    let minutes = root.required_number("minutes", 1..=480, "30");
    let phase = root.required_number("phase", 1..=365, "30").filter(|phase| {
        let known = PHASES.contains(&phase.value);
        if !known {
            root.wrong(
                phase.at,
                format!("`phase = {}` is no phase of a path", phase.value),
                "there are: 30, 60, 90, 180, 365",
            );
        }
        known
    });
    let entry = root.word("entry", &["alert", "ticket"]);
    let skills = ids(&root, "skills", "[\"linux\"]");
    let kpis = ids(&root, "kpis", "[\"mtta\"]");

    let vars = variables::read(&root);
    texts.know(&vars);
    let sandbox = sandbox::read(&root, folder);
    let mut ids_taken = Vec::new();
    let checks = checks::read(&root, &vars, texts, &mut ids_taken);
    let signals = signals::read(&root, &mut ids_taken);
    let hints = hints(&root, texts);

    let brief = texts.required_markdown("brief.md", "the ticket or the alert as the learner gets it");
    let runbook = texts.markdown("runbook.md");
    let debrief = texts.required_markdown("debrief.md", "the root cause and the model answer");
    let setup = texts.required_script("setup.sh", "it breaks the box before the learner gets in");
    let solution = texts.required_script("solution.sh", "it is the lab's own test");
    texts.name_unused();
    for (name, at) in texts.unused_vars(&vars) {
        let what = format!("the variable `{name}` is not used");
        root.wrong(
            at,
            what,
            format!("use it as {{{{{name}}}}} in a text or as ${} in a script, or take it out", name.to_uppercase()),
        );
    }
    root.finish();

    Some(Lab {
        id: id.into(),
        dir: dir.into(),
        version: folder.hash(),
        title: title?.value,
        summary: summary?.value,
        minutes: u32::try_from(minutes?.value).ok()?,
        phase: u32::try_from(phase?.value).ok()?,
        entry: if entry.is_some_and(|entry| entry.value == "alert") { Entry::Alert } else { Entry::Ticket },
        skills: skills?,
        kpis: kpis.unwrap_or_default(),
        sandbox: sandbox?,
        vars: vars.into_iter().map(|(name, spec)| Some((name, spec.value?))).collect::<Option<_>>()?,
        checks,
        signals,
        hints,
        brief: brief?,
        runbook,
        debrief: debrief?,
        setup: setup?,
        solution: solution?,
    })
}

fn hints(root: &Section<'_, '_>, texts: &mut Texts<'_>) -> Vec<Hint> {
    let hint = |section: Section<'_, '_>| {
        let path = section.required_text("text", "\"hints/1.md\"");
        let cost = section.required_number("cost", 0..=20, "1");
        let text = path.and_then(|path| texts.named_markdown(&section, &path));
        section.finish();
        Some(Hint { cost: u32::try_from(cost?.value).ok()?, text: text? })
    };
    root.sections("hint").into_iter().filter_map(hint).collect()
}

/// A list of ids; an empty one where the key is missing.
fn ids(section: &Section<'_, '_>, key: &'static str, example: &str) -> Option<Vec<String>> {
    if !section.has(key) {
        // Asked for, so that it counts as known.
        let _ = section.texts(key, false, example);
        return Some(Vec::new());
    }
    let list = section.texts(key, false, example)?;
    for id in list.iter().filter(|id| !is_id(&id.value)) {
        section.wrong(id.at, format!("\"{}\" can't be an id", id.value), ID_REMEDY);
    }
    Some(list.into_iter().map(|id| id.value).collect())
}

const ID_REMEDY: &str = "begin with a lower-case letter and go on with lower-case letters, digits and dashes";

/// Whether this can be an id.
fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && !id.ends_with('-')
        && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

/// The id and title that checks and signals have alike. Ids are unique over both, so that a page can cite either.
fn head(section: &Section<'_, '_>, kind: &str, known: &mut Vec<String>) -> Option<(String, String)> {
    let id = section.required_text("id", "\"site-answers\"");
    if let Some(id) = &id {
        section.rename(format!("{kind} \"{}\"", id.value));
        if !is_id(&id.value) {
            section.wrong(id.at, format!("\"{}\" can't be an id", id.value), ID_REMEDY);
        }
        if known.contains(&id.value) {
            section.wrong(id.at, "the id is taken", "give each check and signal its own");
        }
        known.push(id.value.clone());
    }
    let title = section.required_text("title", "\"The site answers on port 80\"");
    if let Some(title) = &title
        && !texts::names(&title.value).is_empty()
    {
        section.wrong(title.at, "the title has a variable in it, and is shown before any is drawn", "say it without");
    }
    Some((id?.value, title?.value))
}

fn dimension(section: &Section<'_, '_>) -> Option<String> {
    if !section.has("dimension") {
        section.missing("dimension", "\"troubleshooting\"");
    }
    section.word("dimension", DIMENSIONS).map(|dimension| dimension.value.into())
}
