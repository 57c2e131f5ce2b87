//! `[[signal]]`: how the work was done.

use scorecards::{reader::Section, role::Words, signal::Pattern};

use super::patterns::{self, EXAMPLE, Kind};
use crate::catalog::lab::Signal;

/// Reads the signals of a lab that may take so many minutes, where that is known.
pub(super) fn read(
    root: &Section<'_, '_>,
    words: Option<&Words>,
    minutes: Option<u32>,
    known: &mut Vec<String>,
) -> Vec<Signal> {
    root.sections("signal").into_iter().filter_map(|section| signal(section, words, minutes, known)).collect()
}

fn signal(
    section: Section<'_, '_>,
    words: Option<&Words>,
    minutes: Option<u32>,
    known: &mut Vec<String>,
) -> Option<Signal> {
    let head = super::head(&section, "signal", known);
    let points = section.required_number("points", -100..=100, "2");
    let dimension = super::dimension(&section, words);
    let form = |key: &'static str, kind: Kind| {
        section.section(key, &section.name(), EXAMPLE).map(|section| patterns::read(section, kind, minutes))
    };
    let expected = form("expect", Kind::Expect);
    let forbidden = form("forbid", Kind::Forbid);
    let proven = section.boolean("proven");
    let (good, pattern) = match (section.has("expect"), section.has("forbid")) {
        (true, false) => (Some(true), expected.flatten().map(Pattern::Expect)),
        (false, true) => (Some(false), forbidden.flatten().map(Pattern::Forbid)),
        _ => {
            section.wrong(
                section.at,
                "it needs exactly one of `expect` and `forbid`",
                format!("write `expect = {EXAMPLE}`"),
            );
            (None, None)
        }
    };
    match (good, &points) {
        (Some(true), Some(points)) if points.value <= 0 => {
            section.wrong(points.at, "good practice must earn points", "give a number above 0");
        }
        (Some(false), Some(points)) if points.value >= 0 => {
            section.wrong(points.at, "bad practice must cost points", "give a number below 0");
        }
        _ => {}
    }
    if let (Some(false), Some(proven)) = (good, &proven) {
        section.wrong(
            proven.at,
            "`proven` has no meaning here: the solution must never show what is forbidden",
            "take it out",
        );
    }
    section.finish();
    let (id, title) = head?;
    Some(Signal {
        id,
        title,
        points: i32::try_from(points?.value).ok()?,
        dimension: dimension?,
        pattern: pattern?,
        proven: proven.is_none_or(|proven| proven.value),
    })
}
