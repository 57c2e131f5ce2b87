//! `[text]`, `[[part]]`, `[[criterion]]`, `[[bad]]`: a text to be written.

use scorecards::reader::{ID_REMEDY, Section, is_id};

use super::Reading;
use crate::exercise::{
    Answers,
    writing::{Asks, Bad, Criterion, Part, Writing},
};

const EXAMPLE: &str = "says = [\"09:05\", \"db1|the database\"]";

pub(super) fn read(root: &Section<'_, '_>, reading: &mut Reading<'_, '_>) -> Option<Writing> {
    let notes = root.texts("notes", false, "[\"09:05 UTC: db1 refuses connections\"]");
    if !root.has("notes") {
        root.missing("notes", "[\"09:05 UTC: db1 refuses connections\"]");
    }
    for note in notes.iter().flatten() {
        reading.texts.uses(root, note);
    }
    let parts = sections(root, "part", "what is written", |section| part(section, reading));
    let criteria = sections(root, "criterion", "what is asked of it", |section| criterion(section, reading));
    let bad_texts = root.sections("bad");
    let (parts, criteria) = (parts?, criteria?);
    let marks: Vec<String> = criteria.iter().map(|criterion| criterion.mark.id.clone()).collect();
    let bad: Vec<_> = bad_texts.into_iter().map(|section| bad(section, &parts, &marks, reading)).collect();
    let bad: Option<Vec<Bad>> = bad.into_iter().collect();
    let known = reading.texts.markdown("brief.md").unwrap_or_default();
    let notes = notes?.into_iter().map(|note| note.value).collect();
    Some(Writing { known, notes, parts, criteria, bad: bad? })
}

/// Sections of which there must be one.
fn sections<T>(
    root: &Section<'_, '_>,
    key: &'static str,
    what: &str,
    mut read: impl FnMut(Section<'_, '_>) -> Option<T>,
) -> Option<Vec<T>> {
    let sections = root.sections(key);
    if sections.is_empty() {
        root.wrong(0, format!("it does not say {what}"), format!("add a `[[{key}]]`"));
        return None;
    }
    let all: Vec<Option<T>> = sections.into_iter().map(&mut read).collect();
    all.into_iter().collect()
}

fn part(section: Section<'_, '_>, reading: &mut Reading<'_, '_>) -> Option<Part> {
    let field = section.required_text("id", "\"subject\"");
    if let Some(field) = &field {
        if !is_id(&field.value) {
            section.wrong(field.at, format!("\"{}\" can't be an id", field.value), ID_REMEDY);
        }
        if reading.known.contains(&field.value) {
            section.wrong(field.at, "the id is taken", "give each part, criterion and question its own");
        }
        super::free(&section, &field.value);
        reading.known.push(field.value.clone());
    }
    let label = section.required_text("label", "\"Subject\"");
    let line = section.boolean("line").is_some_and(|line| line.value);
    let model = reading.file(&section, "model", "\"model/subject.md\"");
    section.finish();
    Some(Part { field: field?.value, label: label?.value, line, model: model? })
}

fn criterion(section: Section<'_, '_>, reading: &mut Reading<'_, '_>) -> Option<Criterion> {
    let mark = reading.mark(&section, "criterion");
    let explain = reading.text(&section, "explain", "\"Who reads it at night wants to know what to do.\"");
    let asks = asks(&section, reading);
    section.finish();
    Some(Criterion { mark: mark?, asks: asks?, explain: explain? })
}

/// The one thing that it asks.
fn asks(section: &Section<'_, '_>, reading: &mut Reading<'_, '_>) -> Option<Asks> {
    let says = section.texts("says", true, "[\"09:05\", \"db1|the database\"]");
    let avoids = section.texts("avoids", true, "[\"fault of\"]");
    let invents = section.boolean("invents-nothing");
    let most = section.number("at-most", 20..=2000, "120");
    let said = ["says", "avoids", "invents-nothing", "at-most"].iter().filter(|key| section.has(key)).count();
    if said != 1 {
        let what = if said == 0 { "it asks nothing" } else { "it asks more than one thing" };
        section.wrong(
            section.at,
            what,
            format!("give it exactly one of `says`, `avoids`, `invents-nothing` and `at-most`: `{EXAMPLE}`"),
        );
        return None;
    }
    if let Some(says) = says {
        return Some(Asks::Says(reading.patterns(section, says)));
    }
    if let Some(avoids) = avoids {
        return Some(Asks::Avoids(reading.patterns(section, avoids)));
    }
    if let Some(invents) = invents {
        if !invents.value {
            section.wrong(
                invents.at,
                "`invents-nothing = false` asks nothing",
                "write `true`, or take the criterion out",
            );
            return None;
        }
        return Some(Asks::InventsNothing);
    }
    Some(Asks::AtMost(usize::try_from(most?.value).ok()?))
}

/// A text that is not good: it stands for the last part, and the others are as they should be.
fn bad(section: Section<'_, '_>, parts: &[Part], marks: &[String], reading: &mut Reading<'_, '_>) -> Option<Bad> {
    let text = reading.file(&section, "text", "\"bad/blames.md\"");
    let fails = reading.ids(&section, "fails", marks);
    if !section.has("fails") {
        section.missing("fails", &format!("[\"{}\"]", marks.first().map(String::as_str).unwrap_or_default()));
    }
    section.finish();
    let (last, others) = parts.split_last()?;
    let mut answers: Answers = others.iter().map(|part| (part.field.clone(), vec![part.model.clone()])).collect();
    answers.insert(last.field.clone(), vec![text?]);
    Some(Bad { parts: answers, fails })
}
