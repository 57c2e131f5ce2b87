//! `[vars]`: what is drawn for each attempt.

use std::collections::BTreeMap;

use scorecards::reader::{Section, Spot};

use crate::catalog::vars::{MARKERS, VarSpec, is_name};

/// Variables by name, each with where it is defined; `None` for one with something wrong in it, so that
/// its uses are not complained about too.
pub(super) type Specs = BTreeMap<String, Spot<Option<VarSpec>>>;

/// Environment variables that mean something already.
const TAKEN: &[&str] = &["path", "home", "user", "lang", "box", "shell", "term", "pwd", "ifs", "env"];

const EXAMPLE: &str = "{ choose = [\"python3\", \"nc\"] }";

pub(super) fn read(root: &Section<'_, '_>) -> Specs {
    let Some(section) = root.section("vars", "[vars]", "{ … }") else {
        return Specs::new();
    };
    let read = |name: Spot<String>| (name.value.clone(), Spot { value: spec(&section, &name), at: name.at });
    section.keys().into_iter().map(read).collect()
}

fn spec(section: &Section<'_, '_>, name: &Spot<String>) -> Option<VarSpec> {
    if !is_name(&name.value) {
        let what = format!("`{}` can't be a variable's name", name.value);
        section.wrong(
            name.at,
            what,
            "begin with a lower-case letter and go on with lower-case letters, digits and underscores",
        );
    }
    if TAKEN.contains(&name.value.as_str()) {
        let what = format!("`{}` would hide the environment variable {}", name.value, name.value.to_uppercase());
        section.wrong(name.at, what, "choose another name");
    }
    if MARKERS.contains(&name.value.as_str()) {
        let what = format!("{{{{{}}}}} makes a button of the code before it", name.value);
        section.wrong(name.at, what, "choose another name");
    }
    let drawn = section.named_section(&name.value, &format!("variable `{}`", name.value), EXAMPLE)?;
    let choices = choose(&drawn);
    let range = between(&drawn);
    let spec = match (drawn.has("choose"), drawn.has("between")) {
        (true, false) => choices,
        (false, true) => range,
        _ => {
            drawn.wrong(
                name.at,
                "it needs exactly one of `choose` and `between`",
                format!("write `{} = {EXAMPLE}`", name.value),
            );
            None
        }
    };
    drawn.finish();
    spec
}

fn choose(drawn: &Section<'_, '_>) -> Option<VarSpec> {
    let texts = drawn.texts("choose", false, "[\"python3\", \"nc\"]")?;
    let values: Vec<String> = texts.into_iter().map(|text| text.value).collect();
    let mut different = values.clone();
    different.sort_unstable();
    different.dedup();
    if different.len() < 2 || different.len() < values.len() {
        drawn.wrong(
            drawn.spot_of("choose"),
            "it has fewer than two choices, or the same one twice",
            "give at least two, all different",
        );
        return None;
    }
    Some(VarSpec::Choose(values))
}

fn between(drawn: &Section<'_, '_>) -> Option<VarSpec> {
    let pair = drawn.pair("between", "[8000, 8999]")?;
    let (low, high) = pair.value;
    if low >= high {
        drawn.wrong(pair.at, format!("no number can be drawn between {low} and {high}"), "put the lower one first");
        return None;
    }
    Some(VarSpec::Between(low, high))
}
