//! `[[signal]]`: how the work was done.

use scorecards::signal::{Args, Command, Expect, Pattern, PatternError};

use crate::catalog::{
    lab::Signal,
    reader::{Section, Spot},
};

const EXAMPLE: &str = "{ ran = \"nginx -t\", exit = 0 }";

pub(super) fn read(root: &Section<'_, '_>, known: &mut Vec<String>) -> Vec<Signal> {
    root.sections("signal").into_iter().filter_map(|section| signal(section, known)).collect()
}

fn signal(section: Section<'_, '_>, known: &mut Vec<String>) -> Option<Signal> {
    let head = super::head(&section, "signal", known);
    let points = section.required_number("points", -100..=100, "2");
    let dimension = super::dimension(&section);
    let expected = section.section("expect", &section.name(), EXAMPLE).map(expect);
    let forbidden = section.section("forbid", &section.name(), EXAMPLE).map(expect);
    let proven = section.boolean("proven");
    let pattern = match (section.has("expect"), section.has("forbid")) {
        (true, false) => expected.flatten().map(Pattern::Expect),
        (false, true) => forbidden.flatten().map(Pattern::Forbid),
        _ => {
            section.wrong(
                section.at,
                "it needs exactly one of `expect` and `forbid`",
                format!("write `expect = {EXAMPLE}`"),
            );
            None
        }
    };
    match (&pattern, &points) {
        (Some(Pattern::Expect(_)), Some(points)) if points.value <= 0 => {
            section.wrong(points.at, "good practice must earn points", "give a number above 0");
        }
        (Some(Pattern::Forbid(_)), Some(points)) if points.value >= 0 => {
            section.wrong(points.at, "bad practice must cost points", "give a number below 0");
        }
        _ => {}
    }
    if let (Some(Pattern::Forbid(_)), Some(proven)) = (&pattern, &proven) {
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

fn expect(section: Section<'_, '_>) -> Option<Expect> {
    if !section.has("ran") {
        section.missing("ran", "\"nginx -t\"");
    }
    let ran = commands(&section, "ran");
    let exit = section.number("exit", 0..=255, "0");
    let args = section.text("args", "'^--force$'").map(|text| {
        let at = text.at;
        noted(&section, at, Args::try_from(text.value))
    });
    let before = commands(&section, "before");
    let after = commands(&section, "after");
    section.finish();
    Some(Expect {
        ran: ran.filter(|ran| !ran.is_empty())?,
        exit: exit.and_then(|exit| i32::try_from(exit.value).ok()),
        args: match args {
            Some(args) => Some(args?),
            None => None,
        },
        before: before.unwrap_or_default(),
        after: after.unwrap_or_default(),
    })
}

/// The commands under a key; `None` where it is missing or something is wrong with one.
fn commands(section: &Section<'_, '_>, key: &'static str) -> Option<Vec<Command>> {
    let texts = section.texts(key, true, "\"nginx -t\"")?;
    let command = |text: Spot<String>| noted(section, text.at, Command::try_from(text.value));
    // Each one is looked at before the first bad one spoils the list.
    texts.into_iter().map(command).collect::<Vec<_>>().into_iter().collect()
}

fn noted<T>(section: &Section<'_, '_>, at: usize, parsed: Result<T, PatternError>) -> Option<T> {
    parsed
        .map_err(|error| {
            let (what, remedy) = match &error {
                PatternError::Empty => ("a command is empty".into(), "name a program, as in \"nginx -t\"".into()),
                PatternError::UnknownSet { name, known } => {
                    (format!("no set of commands is named @{name}"), format!("there are: {known}"))
                }
                PatternError::SetArgument { name } => {
                    (format!("@{name} takes one word"), format!("write \"@{name} nginx\""))
                }
                PatternError::Regex(reason) => {
                    let reason = reason.trim_start_matches("error: ");
                    (
                        format!("`args` is not a regular expression: {reason}"),
                        "mend it (see https://docs.rs/regex)".into(),
                    )
                }
            };
            section.wrong(at, what, remedy);
        })
        .ok()
}
