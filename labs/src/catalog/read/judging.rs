//! `[judging]` and `[[rubric]]`: what people judge of an exercise.

use scorecards::{reader::Section, role::Words};

use super::{dimension, texts::Texts};
use crate::catalog::judging::{Criterion, Judging};

const RATERS: u32 = 2;
const DAYS: u32 = 3;

/// Reads both sections, which may be missing: `Some(None)` then, and `None` where a problem has been noted.
pub(super) fn read(
    root: &Section<'_, '_>,
    exercise: bool,
    texts: &mut Texts<'_>,
    words: Option<&Words>,
) -> Option<Option<Judging>> {
    let sections = root.sections("rubric");
    let judging = root.section("judging", "[judging]", "{ raters = 2 }");
    if sections.is_empty() {
        if let Some(judging) = judging {
            judging.wrong(
                judging.at,
                "nothing is said of what is judged",
                "add a `[[rubric]]`, or take `[judging]` out",
            );
            judging.finish();
            return None;
        }
        return (!root.has("rubric") && !root.has("judging")).then_some(None);
    }
    if !exercise {
        root.wrong(
            root.spot_of("rubric"),
            "a lab with a machine has no `[[rubric]]`: its checks and signals are its marking",
            "take it out, or make an exercise of it",
        );
    }
    let (raters, days, blind, survey) = match judging {
        None if root.has("judging") => return None,
        None => (Some(RATERS), Some(DAYS), true, None),
        Some(section) => {
            let whole = |key, range, usual, example| match section.number(key, range, example) {
                Some(number) => u32::try_from(number.value).ok(),
                None => (!section.has(key)).then_some(usual),
            };
            let raters = whole("raters", 1..=5, RATERS, "2");
            let days = whole("within-days", 1..=30, DAYS, "3");
            let blind = section.boolean("blind").is_none_or(|blind| blind.value);
            let survey = section.text("survey", "\"You are Rolf. How well does this serve you?\"");
            if let Some(survey) = &survey {
                texts.uses(&section, survey);
            }
            section.finish();
            (raters, days, blind, survey.map(|survey| survey.value))
        }
    };
    let mut known: Vec<String> = Vec::new();
    let count = sections.len();
    let rubric: Vec<Criterion> =
        sections.into_iter().filter_map(|section| criterion(section, texts, words, &mut known)).collect();
    (rubric.len() == count && exercise).then_some(())?;
    Some(Some(Judging { raters: raters?, days: days?, blind, survey, rubric }))
}

fn criterion(
    section: Section<'_, '_>,
    texts: &mut Texts<'_>,
    words: Option<&Words>,
    known: &mut Vec<String>,
) -> Option<Criterion> {
    let dimension = dimension(&section, words);
    if let Some(dimension) = &dimension {
        if known.contains(dimension) {
            section.wrong(section.at, format!("\"{dimension}\" is judged twice"), "make one `[[rubric]]` of the two");
        }
        known.push(dimension.clone());
    }
    let asks = section.required_text("asks", "\"Would the counters know what to do after reading it once?\"");
    let anchors = section.texts("anchors", false, "[\"1 …\", \"2 …\", \"3 …\", \"4 …\"]");
    for text in asks.iter().chain(anchors.iter().flatten()) {
        texts.uses(&section, text);
    }
    let anchors = anchors.map(|anchors| anchors.into_iter().map(|anchor| anchor.value).collect::<Vec<_>>());
    let four = match anchors.map(<[String; 4]>::try_from) {
        None if section.has("anchors") => None,
        None => Some(None),
        Some(Ok(four)) => Some(Some(four)),
        Some(Err(texts)) => {
            let what = format!("`anchors` has {} texts", texts.len());
            section.wrong(section.spot_of("anchors"), what, "give four: what a 1, a 2, a 3 and a 4 look like here");
            None
        }
    };
    section.finish();
    Some(Criterion { dimension: dimension?, asks: asks?.value, anchors: four? })
}
