//! From a lab's folder to a [`Lab`], or to all that is wrong with it.

mod checks;
mod exercise;
mod expectation;
mod judging;
mod kpis;
mod patterns;
mod ports;
mod sandbox;
mod signals;
mod texts;
mod time;
mod variables;

use std::path::Path;

use scorecards::{
    reader::{ID_REMEDY, Problem, Section, Source, Spot, is_id},
    role::{Table, Words},
};

use self::texts::Texts;
use super::{
    folder::Folder,
    lab::{Entry, Hint, Lab, PHASES, phases},
};

const FILE: &str = "lab.toml";

/// The kind that has a sandbox; all others are exercises.
const TERMINAL: &str = "terminal";
const KINDS: [&str; 6] = [TERMINAL, "quiz", "interpret", "review", "writing", "scenario"];

/// Reads the lab in a folder. What it names of a role is held against `words`, where there are any.
pub(super) fn lab(dir: &Path, words: Option<&Words>) -> Result<Lab, Vec<Problem>> {
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

    let source = Source::new(folder.show(FILE), text);
    let Some(document) = source.document() else {
        problems.extend(source.into_problems());
        return Err(problems);
    };
    let mut texts = Texts::new(&folder);
    let read = whole(&id, dir, &folder, words, Section::new(&source, "", 0, document.get_ref()), &mut texts);
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

/// `None` only where a problem has been noted.
fn whole(
    id: &str,
    dir: &Path,
    folder: &Folder,
    words: Option<&Words>,
    root: Section<'_, '_>,
    texts: &mut Texts<'_>,
) -> Option<Lab> {
    let title = root.required_text("title", "\"The web server will not start\"");
    let summary = root.required_text("summary", "\"One line that says what it is about\"");
    for line in [&title, &summary].into_iter().flatten().filter(|text| text.value.contains('\n')) {
        root.wrong(line.at, "the text has more than one line", "shorten it to one");
    }
    for line in [&title, &summary].into_iter().flatten().filter(|text| !texts::names(&text.value).is_empty()) {
        root.wrong(line.at, "the text has a variable in it, and is shown before any is drawn", "say it without");
    }
    let kind = root.word("kind", &KINDS).map_or(TERMINAL, |kind| kind.value);
    let minutes = root.required_number("minutes", 1..=480, "30");
    let phase = root.required_number("phase", 1..=365, "30").filter(|phase| {
        let known = PHASES.iter().any(|known| i64::from(*known) == phase.value);
        if !known {
            root.wrong(
                phase.at,
                format!("`phase = {}` is no phase of a path", phase.value),
                format!("there are: {}", phases()),
            );
        }
        known
    });
    let entry = root.word("entry", &["alert", "ticket"]);
    let skills = ids(&root, "skills", "[\"linux\"]", words, Some(Table::Skill));
    let trains = ids(&root, "trains", "[\"work-the-queue\"]", words, None);

    let vars = variables::read(&root);
    texts.know(&vars);
    let limit = minutes.as_ref().and_then(|minutes| u32::try_from(minutes.value).ok());
    let mut ids_taken = Vec::new();
    let mut checks = Vec::new();
    let mut signals = Vec::new();
    let (hosts, exercise) = match kind.parse() {
        Ok(kind) => (Some(Vec::new()), Some(exercise::read(&root, kind, &vars, texts, words, &mut ids_taken))),
        Err(_) => {
            let hosts = sandbox::read(&root, folder, texts);
            let names: Vec<&str> = hosts.iter().flatten().map(|host| host.name.as_str()).collect();
            checks = checks::read(&root, &names, &vars, texts, words, &mut ids_taken);
            signals = signals::read(&root, words, limit, &mut ids_taken);
            (hosts, None)
        }
    };
    let time = time::read(&root, limit);
    let judging = judging::read(&root, exercise.is_some(), texts, words);
    let kpis = kpis::read(&root, words, &ids_taken);
    let hints = hints(&root, texts);

    let brief = texts.required_markdown("brief.md", "the ticket or the alert as the learner gets it");
    let runbook = texts.markdown("runbook.md");
    let debrief = texts.required_markdown("debrief.md", "the root cause and the model answer");
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
        time: time?,
        phase: u32::try_from(phase?.value).ok()?,
        entry: if entry.is_some_and(|entry| entry.value == "alert") { Entry::Alert } else { Entry::Ticket },
        skills: skills?,
        kpis: kpis.iter().map(|kpi| kpi.kpi.clone()).collect(),
        trains: trains?,
        contributions: kpis.into_iter().filter(|kpi| !kpi.needs.is_empty()).collect(),
        hosts: hosts?,
        // `None` within where something is wrong with it.
        exercise: exercise.map_or(Some(None), |exercise| exercise.map(Some))?,
        judging: judging?,
        vars: vars.into_iter().map(|(name, spec)| Some((name, spec.value?))).collect::<Option<_>>()?,
        checks,
        signals,
        hints,
        brief: brief?,
        runbook,
        debrief: debrief?,
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

/// A list of ids of a role pack; an empty one where the key is missing.
fn ids(
    section: &Section<'_, '_>,
    key: &'static str,
    example: &str,
    words: Option<&Words>,
    of: Option<Table>,
) -> Option<Vec<String>> {
    let list = section.texts(key, false, example);
    if !section.has(key) {
        return Some(Vec::new());
    }
    let list = list?;
    for id in &list {
        held(section, key, id, words, of);
    }
    Some(list.into_iter().map(|id| id.value).collect())
}

/// Notes an id that can be none, or that no role pack has.
fn held(section: &Section<'_, '_>, key: &str, id: &Spot<String>, words: Option<&Words>, of: Option<Table>) {
    if !is_id(&id.value) {
        section.wrong(id.at, format!("\"{}\" can't be an id", id.value), ID_REMEDY);
    } else if let Some(Err((what, remedy))) = words.map(|words| words.check(&id.value, of)) {
        section.wrong(id.at, format!("`{key}`: {what}"), remedy);
    }
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

fn dimension(section: &Section<'_, '_>, words: Option<&Words>) -> Option<String> {
    let dimension = section.required_text("dimension", "\"troubleshooting\"")?;
    held(section, "dimension", &dimension, words, Some(Table::Dimension));
    Some(dimension.value)
}
