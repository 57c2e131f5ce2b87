//! `expect` and `forbid`: what to look for in the record of an attempt. `labs/SIGNALS.md` tells authors.

use std::str::FromStr;

use scorecards::{
    reader::{Item, Section, Spot, one_of},
    signal::{Between, Command, Deed, Done, Form, Glob, Order, PatternError, Ran, Repeat, Said, Step, When, Within},
};
use strum::VariantNames;

use super::texts;

pub(super) const EXAMPLE: &str = "{ ran = \"nginx -t\", exit = 0 }";

/// Whether what is looked for is good or bad.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Expect,
    Forbid,
}

/// What a pattern can be about. It has exactly one of them.
const SUBJECTS: [&str; 4] = ["ran", "changed", "said", "order"];

/// Reads a pattern of a lab that may take so many minutes; `None` where something is wrong with it.
pub(super) fn read(section: Section<'_, '_>, kind: Kind, minutes: Option<u32>) -> Option<Form> {
    if !one_subject(&section) {
        return None;
    }
    let form = if section.has("order") {
        order(&section)
    } else if section.has("between") {
        between(&section, kind)
    } else if section.has("repeat") {
        repeat(&section, kind)
    } else {
        done(&section, minutes)
    };
    section.finish();
    form
}

fn one_subject(section: &Section<'_, '_>) -> bool {
    let given: Vec<&str> = SUBJECTS.into_iter().filter(|key| section.has(key)).collect();
    match given.as_slice() {
        [_] => true,
        [] => {
            section.missing("ran", "\"nginx -t\"");
            false
        }
        [first, .., last] => {
            let what = format!("it has both `{first}` and `{last}`: a pattern is about one thing");
            section.wrong(section.spot_of(last), what, "keep one, or make two signals of it");
            false
        }
    }
}

fn order(section: &Section<'_, '_>) -> Option<Form> {
    let steps = steps(section, "order")?;
    if steps.len() < 2 {
        let what = "an order of fewer than two steps is none";
        section.wrong(section.spot_of("order"), what, "write `order = [\"nginx -t\", \"@restart nginx\"]`");
        return None;
    }
    Some(Form::Order(Order { order: steps }))
}

fn between(section: &Section<'_, '_>, kind: Kind) -> Option<Form> {
    let deed = deed(section);
    let between = steps(section, "between");
    if kind == Kind::Forbid {
        let what = "`between` has no meaning in `forbid`: it asks for something between any two others";
        section.wrong(section.spot_of("between"), what, "write it as `expect`");
    }
    let (deed, between) = (deed?, between?);
    not_itself(section, "between", &deed, &between);
    Some(Form::Between(Between { deed, between }))
}

fn repeat(section: &Section<'_, '_>, kind: Kind) -> Option<Form> {
    let deed = deed(section);
    let repeat = section.number("repeat", 1..=50, "3");
    let at = section.spot_of("repeat");
    if kind == Kind::Expect {
        let what = "`repeat` has no meaning in `expect`: it finds the same command line again and again";
        section.wrong(at, what, "write it as `forbid`, or ask for several different ones with `times`");
    }
    let deed = deed?;
    if !matches!(deed, Deed::Ran(_)) {
        section.wrong(at, "only what was run can be repeated", "write `ran = [\"@read-only\", \"@change\"]`");
        return None;
    }
    Some(Form::Repeat(Repeat { deed, repeat: u32::try_from(repeat?.value).ok()? }))
}

fn done(section: &Section<'_, '_>, minutes: Option<u32>) -> Option<Form> {
    let deed = deed(section);
    let times = section.number("times", 2..=50, "3");
    let conditions = ["before", "before-first", "after", "after-last"].map(|key| (key, steps(section, key)));
    let within = parsed::<Within>(section, "within", "\"5m\"");
    if let Some(within) = within.as_ref() {
        allowed(section, *within, minutes);
    }
    let bad = (section.has("times") && times.is_none())
        || (section.has("within") && within.is_none())
        || conditions.iter().any(|(key, steps)| section.has(key) && steps.is_none());
    let deed = deed?;
    for (key, steps) in &conditions {
        not_itself(section, key, &deed, steps.as_deref().unwrap_or_default());
    }
    let [before, before_first, after, after_last] = conditions.map(|(_, steps)| steps.unwrap_or_default());
    at_odds(section, "before-first", &before_first, &[("after", &after), ("after-last", &after_last)]);
    at_odds(section, "after-last", &after_last, &[("before", &before)]);
    let times = times.map_or(Some(1), |times| u32::try_from(times.value).ok())?;
    let when = When { before, before_first, after, after_last, within };
    (!bad).then_some(Form::Done(Done { deed, times, when }))
}

/// That a length of time can be kept, and that it is clear from where it counts.
fn allowed(section: &Section<'_, '_>, within: Within, minutes: Option<u32>) {
    let at = section.spot_of("within");
    if let Some(minutes) = minutes.filter(|minutes| within.length().num_seconds() > i64::from(*minutes) * 60) {
        let what = format!("`within = \"{within}\"` is longer than the lab, which ends after {minutes} minutes");
        section.wrong(at, what, "give less, or take it out");
    }
    let both = ["before", "before-first"].into_iter().any(|key| section.has(key))
        && ["after", "after-last"].into_iter().any(|key| section.has(key));
    if both {
        let what = "`within` beside both a `before` and an `after` does not say from which it counts";
        section.wrong(at, what, "make two signals of it");
    }
}

/// That nothing waits for itself.
fn not_itself(section: &Section<'_, '_>, key: &str, deed: &Deed, steps: &[Step]) {
    if steps.iter().any(|step| shares(&step.0, deed)) {
        let what = format!("`{key}` names the very thing that is looked for");
        section.wrong(section.spot_of(key), what, "name something else");
    }
}

/// That nothing must be before the first and after one of the same.
fn at_odds(section: &Section<'_, '_>, key: &str, steps: &[Step], others: &[(&str, &[Step])]) {
    for (other, against) in others {
        if let Some(step) = steps.iter().find(|step| steps.len() == 1 && *against == [(*step).clone()]) {
            let what = format!("nothing is both `{key}` and `{other}` of {}: it can never be seen", step.0);
            section.wrong(section.spot_of(key), what, "take one of them out");
        }
    }
}

/// Whether two deeds have a command, a path or a word in common.
fn shares(one: &Deed, other: &Deed) -> bool {
    match (one, other) {
        (Deed::Ran(one), Deed::Ran(other)) => {
            let same = one.ran.iter().any(|command| other.ran.contains(command));
            same && one.exit == other.exit && one.args == other.args && one.without == other.without
        }
        (Deed::Changed { changed: one }, Deed::Changed { changed: other }) => {
            one.iter().any(|glob| other.contains(glob))
        }
        (Deed::Said { said: one }, Deed::Said { said: other }) => one.iter().any(|said| other.contains(said)),
        _ => false,
    }
}

/// The steps under a key: texts, which are commands, and tables. `None` where it is missing or one is wrong.
fn steps(section: &Section<'_, '_>, key: &'static str) -> Option<Vec<Step>> {
    let items = section.items(key, "\"@restart nginx\"")?;
    if items.is_empty() {
        section.wrong(section.spot_of(key), format!("`{key}` is empty"), "name something, or take it out");
        return None;
    }
    let step = |item: Item<'_, '_>| match item {
        Item::Text(text) => noted::<Command>(section, key, text).map(|command| Step(Deed::ran(vec![command]))),
        Item::Table(table) => {
            let one = one_subject(&table) && !table.has("order");
            if table.has("order") {
                table.wrong(table.at, "a step can't be an order of its own", "put its steps into the outer one");
            }
            let deed = one.then(|| deed(&table)).flatten();
            if one {
                table.finish();
            }
            deed.map(Step)
        }
    };
    // Each one is looked at before the first bad one spoils the list.
    items.into_iter().map(step).collect::<Vec<_>>().into_iter().collect()
}

fn deed(section: &Section<'_, '_>) -> Option<Deed> {
    if section.has("changed") {
        let changed = list::<Glob>(section, "changed", "\"/etc/nginx/*\"")?;
        return Some(Deed::Changed { changed });
    }
    if section.has("said") {
        let texts = section.texts("said", true, "\"hypothesis\"")?;
        let said = |text: Spot<String>| {
            let said = Said::from_str(&text.value).ok();
            if said.is_none() {
                let what = format!("\"{}\" is nothing that a learner can say", text.value);
                section.wrong(text.at, what, one_of(&text.value, Said::VARIANTS));
            }
            said
        };
        let said: Option<Vec<Said>> = texts.into_iter().map(said).collect::<Vec<_>>().into_iter().collect();
        return said.filter(|said| !said.is_empty()).map(|said| Deed::Said { said });
    }
    let ran = list::<Command>(section, "ran", "\"nginx -t\"");
    let exit = section.number("exit", 0..=255, "0");
    let args = parsed(section, "args", "'^--force$'");
    let without = section.texts("without", true, "\"-k\"");
    let bad = (section.has("exit") && exit.is_none())
        || (section.has("args") && args.is_none())
        || (section.has("without") && without.is_none());
    let (ran, without) = (ran?, without.unwrap_or_default());
    for word in &without {
        if ran.iter().all(|command| command.asks_for(&word.value)) {
            let what = format!("it must have \"{}\" and be without it: it can never be seen", word.value);
            section.wrong(word.at, what, "take one of them out");
        }
    }
    (!bad).then(|| {
        Deed::Ran(Ran {
            ran,
            exit: exit.and_then(|exit| i32::try_from(exit.value).ok()),
            args,
            without: without.into_iter().map(|word| word.value).collect(),
        })
    })
}

/// The values under a key that are written as texts; `None` where something is wrong with one, or there is none.
fn list<T: TryFrom<String, Error = PatternError>>(
    section: &Section<'_, '_>,
    key: &'static str,
    example: &str,
) -> Option<Vec<T>> {
    let texts = section.texts(key, true, example)?;
    if texts.is_empty() {
        section.wrong(section.spot_of(key), format!("`{key}` is empty"), format!("write `{key} = {example}`"));
        return None;
    }
    texts.into_iter().map(|text| noted(section, key, text)).collect::<Vec<_>>().into_iter().collect()
}

fn parsed<T: TryFrom<String, Error = PatternError>>(
    section: &Section<'_, '_>,
    key: &'static str,
    example: &str,
) -> Option<T> {
    let text = section.text(key, example)?;
    noted(section, key, text)
}

/// A value, or else what is wrong with it and what to do.
fn noted<T: TryFrom<String, Error = PatternError>>(
    section: &Section<'_, '_>,
    key: &str,
    text: Spot<String>,
) -> Option<T> {
    let Spot { at, value } = text;
    if let [name, ..] = texts::names(&value).as_slice() {
        let what = format!("`{key}` has the variable `{name}` in it, and patterns are the same in every draw");
        section.wrong(at, what, "put * in its place, or name what does not differ");
        return None;
    }
    T::try_from(value)
        .map_err(|error| {
            let (what, remedy) = match &error {
                PatternError::Empty => ("a command is empty".into(), "name a program, as in \"nginx -t\"".into()),
                PatternError::UnknownSet { name, known } => {
                    let sets: Vec<&str> = known.split(", ").collect();
                    (format!("no set of commands is named @{name}"), one_of(&format!("@{name}"), &sets))
                }
                PatternError::SetArgument { name } => {
                    (format!("@{name} takes a word"), format!("write \"@{name} nginx\", or \"@{name} *\" for anything"))
                }
                PatternError::Regex(reason) => {
                    let reason = reason.trim_start_matches("error: ");
                    (
                        format!("`{key}` is not a regular expression: {reason}"),
                        "mend it (see https://docs.rs/regex)".into(),
                    )
                }
                PatternError::Path { program, name } => (
                    format!("\"{program}\" is a path, and programs are known by their names"),
                    format!("write \"{name}\""),
                ),
                PatternError::BuiltIn { program } => (
                    format!("\"{program}\" is built into the shell and leaves no run"),
                    "look for what it leads to".into(),
                ),
                PatternError::Syntax { sign } => (
                    format!("\"{sign}\" is for the shell, and no argument of a program"),
                    "name one program, or several in a list".into(),
                ),
                PatternError::Contradiction { word } => {
                    (format!("\"{word}\" must be there and must not: it can never be seen"), "take one out".into())
                }
                PatternError::RelativePath { path } => {
                    (format!("\"{path}\" is no path in the box"), "begin it with / or *, as in \"/etc/nginx/*\"".into())
                }
                PatternError::Length { text } => (
                    format!("`{key} = \"{text}\"` is no length of time"),
                    "give a number above 0 with s, m or h, as in \"5m\"".into(),
                ),
            };
            section.wrong(at, what, remedy);
        })
        .ok()
}
