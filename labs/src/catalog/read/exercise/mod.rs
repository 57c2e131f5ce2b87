//! What is worked at in a page: a section for what is shown, for what is done, and `[[question]]`.

mod question;
mod review;
mod scenario;
mod writing;

use scorecards::{
    marking::CheckMark,
    reader::{Section, Spot, one_of},
    role::Words,
};

use super::{texts::Texts, variables::Specs};
use crate::{
    catalog::Vars,
    exercise::{Exercise, Kind, Output, Work, writing::anywhere},
};

/// What the readers of all parts of an exercise need.
struct Reading<'r, 'f> {
    vars: &'r Specs,
    texts: &'r mut Texts<'f>,
    words: Option<&'r Words>,
    /// The ids that are taken.
    known: &'r mut Vec<String>,
}

/// The exercise of a lab that has no sandbox; `None` only where a problem has been noted.
pub(super) fn read(
    root: &Section<'_, '_>,
    kind: Kind,
    vars: &Specs,
    texts: &mut Texts<'_>,
    words: Option<&Words>,
    known: &mut Vec<String>,
) -> Option<Exercise> {
    let outputs = outputs(root, kind, texts);
    let mut reading = Reading { vars, texts, words, known };
    let work = match kind {
        Kind::Quiz | Kind::Interpret => Some(None),
        Kind::Review => review::read(root, &mut reading).map(Work::Review).map(Some),
        Kind::Writing => writing::read(root, &mut reading).map(Work::Writing).map(Some),
        Kind::Scenario => scenario::read(root, &mut reading).map(Work::Scenario).map(Some),
    };
    let sections = root.sections("question");
    let asks = matches!(kind, Kind::Quiz | Kind::Interpret);
    if sections.is_empty() && asks {
        root.wrong(0, "it asks nothing", "add a `[[question]]`");
    }
    let count = sections.len();
    let Reading { vars, texts, words, known } = reading;
    let questions: Vec<_> =
        sections.into_iter().filter_map(|section| question::question(section, vars, texts, words, known)).collect();
    if questions.len() != count || (asks && count == 0) {
        return None;
    }
    let exercise = Exercise { kind, outputs: outputs?, work: work?, questions };
    if !exercise.marks().iter().any(|mark| mark.required) {
        root.wrong(
            0,
            "nothing is required: whoever does nothing would pass",
            "set `required = true` on what must be right",
        );
    }
    Some(exercise)
}

fn outputs(root: &Section<'_, '_>, kind: Kind, texts: &mut Texts<'_>) -> Option<Vec<Output>> {
    let output = |section: Section<'_, '_>| {
        let title = section.required_text("title", "\"Who listens on which port\"");
        let command = section.text("command", "\"ss -tulpn\"");
        for text in [&title, &command].into_iter().flatten() {
            texts.uses(&section, text);
        }
        let text =
            section.required_text("text", "\"outputs/ss.txt\"").and_then(|path| texts.named_markdown(&section, &path));
        section.finish();
        Some(Output { title: title?.value, command: command.map(|command| command.value), text: text? })
    };
    let sections = root.sections("output");
    if sections.is_empty() && kind == Kind::Interpret {
        root.wrong(0, "it shows nothing to interpret", "add an `[[output]]`, or make it `kind = \"quiz\"`");
        return None;
    }
    sections.into_iter().map(output).collect::<Vec<_>>().into_iter().collect()
}

/// What a part is worth: its id, title, points, whether it is required, and its dimension.
fn mark(section: &Section<'_, '_>, kind: &str, words: Option<&Words>, known: &mut Vec<String>) -> Option<CheckMark> {
    let head = super::head(section, kind, known);
    let points = section.required_number("points", 1..=100, "2");
    let required = section.boolean("required").is_some_and(|required| required.value);
    let dimension = super::dimension(section, words);
    let (id, title) = head?;
    free(section, &id);
    Some(CheckMark { id, title, points: i32::try_from(points?.value).ok()?, required, dimension: dimension? })
}

/// Names that the page of an exercise has for its own.
const TAKEN: &[&str] = &["comments", "moves", "move", "take-back", "change-view"];

/// Notes an id that would be taken for something else in the form.
fn free(section: &Section<'_, '_>, id: &str) {
    if TAKEN.contains(&id) || id.starts_with("remark-") {
        section.wrong(section.at, format!("the id \"{id}\" means something in the page already"), "choose another one");
    }
}

impl Reading<'_, '_> {
    fn mark(&mut self, section: &Section<'_, '_>, kind: &str) -> Option<CheckMark> {
        mark(section, kind, self.words, self.known)
    }

    /// A text of lab.toml that must be there, with variables.
    fn text(&mut self, section: &Section<'_, '_>, key: &'static str, example: &str) -> Option<String> {
        let text = section.required_text(key, example)?;
        self.texts.uses(section, &text);
        Some(text.value)
    }

    /// A file that lab.toml names.
    fn file(&mut self, section: &Section<'_, '_>, key: &'static str, example: &str) -> Option<String> {
        let path = section.required_text(key, example)?;
        self.texts.named_markdown(section, &path)
    }

    /// Some ids, each of which must be one of these.
    fn ids(&self, section: &Section<'_, '_>, key: &'static str, of: &[String]) -> Vec<String> {
        let ids = section.texts(key, true, "[\"look-at-the-log\"]").unwrap_or_default();
        let known: Vec<&str> = of.iter().map(String::as_str).collect();
        for id in ids.iter().filter(|id| !of.contains(&id.value)) {
            section.wrong(id.at, format!("`{key}`: there is no \"{}\"", id.value), one_of(&id.value, &known));
        }
        ids.into_iter().map(|id| id.value).collect()
    }

    /// Regular expressions to be found anywhere.
    fn patterns(&mut self, section: &Section<'_, '_>, patterns: Vec<Spot<String>>) -> Vec<String> {
        for pattern in &patterns {
            self.texts.uses(section, pattern);
            if samples(self.vars).iter().any(|sample| anywhere(&pattern.value, sample).is_none()) {
                section.wrong(
                    pattern.at,
                    format!("\"{}\" is no regular expression", pattern.value),
                    "mend it; a literal `(` is `\\\\(`",
                );
            }
        }
        patterns.into_iter().map(|pattern| pattern.value).collect()
    }
}

/// Variables by which a claim about all values of each can be tested.
fn samples(vars: &Specs) -> Vec<Vars> {
    let extremes: Vec<(&String, Vec<String>)> =
        vars.iter().filter_map(|(name, spec)| Some((name, spec.value.as_ref()?.extremes()))).collect();
    let most = extremes.iter().map(|(_, values)| values.len()).max().unwrap_or(1);
    let sample = |at: usize| {
        Vars(
            extremes.iter().map(|(name, values)| ((*name).clone(), values[at.min(values.len() - 1)].clone())).collect(),
        )
    };
    (0..most).map(sample).collect()
}
