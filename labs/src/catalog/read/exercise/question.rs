//! `[[question]]`: what has a right answer.

use scorecards::{
    reader::{Section, Spot},
    role::Words,
};

use super::{mark, samples};
use crate::{
    catalog::read::{texts::Texts, variables::Specs},
    exercise::{Answer, Question, whole},
};

/// How many texts there may be to choose from or to bring into order: more than a page shows at once nobody compares.
const MOST_TEXTS: usize = 10;

const EXAMPLE: &str = "{ right = \"…\", wrong = [\"…\", \"…\"] }";

pub(super) fn question(
    section: Section<'_, '_>,
    vars: &Specs,
    texts: &mut Texts<'_>,
    words: Option<&Words>,
    known: &mut Vec<String>,
) -> Option<Question> {
    let mark = mark(&section, "question", words, known);
    let ask = section.required_text("ask", "\"Which process holds port 80?\"");
    let explain = section.required_text("explain", "\"`ss -tlnp` names it in its last column.\"");
    for text in [&ask, &explain].into_iter().flatten() {
        texts.uses(&section, text);
    }
    let answer = answer(&section, vars, texts);
    section.finish();
    Some(Question { mark: mark?, ask: ask?.value, answer: answer?, explain: explain?.value })
}

/// The one way in which a question is answered.
fn answer(section: &Section<'_, '_>, vars: &Specs, texts: &mut Texts<'_>) -> Option<Answer> {
    let part = |key| section.section(key, &section.name(), EXAMPLE);
    let answers = [
        part("one").map(|part| one(part, texts)),
        part("several").map(|part| several(part, texts)),
        section.texts("order", false, "[\"first\", \"second\"]").map(|items| order(section, items, texts)),
        part("number").map(|part| number(part, vars, texts)),
        part("text").map(|part| text(part, vars, texts)),
    ];
    let said = ["one", "several", "order", "number", "text"].iter().filter(|key| section.has(key)).count();
    if said != 1 {
        section.wrong(
            section.at,
            if said == 0 { "it can't be answered" } else { "it can be answered in more than one way" },
            format!("give it exactly one of `one`, `several`, `order`, `number` and `text`: `one = {EXAMPLE}`"),
        );
        return None;
    }
    answers.into_iter().flatten().next()?
}

fn one(part: Section<'_, '_>, texts: &mut Texts<'_>) -> Option<Answer> {
    let right = part.required_text("right", "\"nginx\"");
    if let Some(right) = &right {
        texts.uses(&part, right);
    }
    let wrong = choices(&part, "wrong", texts);
    let all: Vec<&Spot<String>> = right.iter().chain(wrong.iter().flatten()).collect();
    let sound = different(&part, &all, 2);
    part.finish();
    sound.then_some(Answer::One { right: right?.value, wrong: values(wrong?) })
}

fn several(part: Section<'_, '_>, texts: &mut Texts<'_>) -> Option<Answer> {
    let right = choices(&part, "right", texts);
    let wrong = choices(&part, "wrong", texts);
    if right.as_ref().is_some_and(Vec::is_empty) {
        part.wrong(part.at, "nothing is right", "give at least one text in `right`");
    }
    let all: Vec<&Spot<String>> = right.iter().flatten().chain(wrong.iter().flatten()).collect();
    let sound = different(&part, &all, 2);
    part.finish();
    sound.then_some(Answer::Several { right: values(right?), wrong: values(wrong?) })
}

fn order(section: &Section<'_, '_>, items: Vec<Spot<String>>, texts: &mut Texts<'_>) -> Option<Answer> {
    for item in &items {
        texts.uses(section, item);
    }
    different(section, &items.iter().collect::<Vec<_>>(), 3).then(|| Answer::Order(values(items)))
}

fn number(part: Section<'_, '_>, vars: &Specs, texts: &mut Texts<'_>) -> Option<Answer> {
    let is = part.text_or_number("is", "421");
    if !part.has("is") {
        part.missing("is", "421");
    }
    let within = part.fraction("within", 0.0..=1e12, "0.5").map_or(0.0, |within| within.value);
    let unit = part.text("unit", "\"MiB\"");
    let mut sound = true;
    if let Some(is) = &is {
        texts.uses(&part, is);
        sound = samples(vars).iter().all(|sample| sample.fill(&is.value).trim().parse::<f64>().is_ok());
        if !sound {
            part.wrong(
                is.at,
                format!("`is = \"{}\"` is no number", is.value),
                "give a number, or a variable that is one",
            );
        }
    }
    part.finish();
    sound.then_some(Answer::Number { is: is?.value, within, unit: unit.map(|unit| unit.value) })
}

fn text(part: Section<'_, '_>, vars: &Specs, texts: &mut Texts<'_>) -> Option<Answer> {
    let accept = part.texts("accept", true, "[\"nginx(\\\\.service)?\"]");
    if !part.has("accept") {
        part.missing("accept", "[\"nginx(\\\\.service)?\"]");
    }
    let example = part.required_text("example", "\"nginx\"");
    let refuse = part.texts("refuse", true, "[\"apache\"]").unwrap_or_default();
    for text in accept.iter().flatten().chain(&example).chain(&refuse) {
        texts.uses(&part, text);
    }
    let mut sound = true;
    for pattern in accept.iter().flatten() {
        if samples(vars).iter().any(|sample| whole(&pattern.value, sample).is_none()) {
            part.wrong(
                pattern.at,
                format!("\"{}\" is no regular expression", pattern.value),
                "mend it; a literal `(` is `\\\\(`",
            );
            sound = false;
        }
    }
    part.finish();
    let (accept, example, refuse) = (accept?, example?, values(refuse));
    sound.then(|| Answer::Text { accept: values(accept), example: example.value, refuse })
}

/// Texts to choose from, which may be none.
fn choices(part: &Section<'_, '_>, key: &'static str, texts: &mut Texts<'_>) -> Option<Vec<Spot<String>>> {
    let choices = part.texts(key, true, "[\"apache\", \"haproxy\"]");
    if !part.has(key) {
        return Some(Vec::new());
    }
    for choice in choices.iter().flatten() {
        texts.uses(part, choice);
    }
    choices
}

/// Whether these are enough texts, and not too many, all of them different.
fn different(part: &Section<'_, '_>, all: &[&Spot<String>], least: usize) -> bool {
    let mut seen: Vec<&str> = all.iter().map(|text| text.value.trim()).collect();
    seen.sort_unstable();
    seen.dedup();
    let sound = seen.len() == all.len() && (least..=MOST_TEXTS).contains(&all.len());
    if !sound {
        let what = if seen.len() < all.len() {
            "it has the same text twice".into()
        } else {
            format!("it has {} texts", all.len())
        };
        part.wrong(part.at, what, format!("give {least} to {MOST_TEXTS} texts in all, no two alike"));
    }
    sound
}

fn values(texts: Vec<Spot<String>>) -> Vec<String> {
    texts.into_iter().map(|text| text.value).collect()
}
