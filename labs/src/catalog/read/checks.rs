//! `[[check]]`: whether the end state is right.

use scorecards::{
    reader::{Section, Spot, one_of},
    role::Words,
};

use super::{expectation, texts::Texts, variables::Specs};
use crate::catalog::lab::{Check, Test};

/// What a check waits for, known even where something else is wrong with it.
struct Waits {
    id: String,
    after_reboot: bool,
    needs: Vec<Spot<String>>,
}

pub(super) fn read(
    root: &Section<'_, '_>,
    hosts: &[&str],
    vars: &Specs,
    texts: &mut Texts<'_>,
    words: Option<&Words>,
    known: &mut Vec<String>,
) -> Vec<Check> {
    let sections = root.sections("check");
    if sections.is_empty() {
        root.wrong(0, "it has no check", "add a `[[check]]` that asks whether the end state is right");
    }
    let at = sections.first().map_or(0, |section| section.at);
    let count = sections.len();
    let mut waits = Vec::new();
    let read = |section| check(section, hosts, vars, texts, words, known, &mut waits);
    let checks: Vec<Check> = sections.into_iter().filter_map(read).collect();
    needs(root, &waits);
    // With some unread nobody knows whether one of them is required.
    if count > 0 && checks.len() == count && !checks.iter().any(|check| check.required) {
        root.wrong(
            at,
            "no check is required: whoever does nothing would pass",
            "set `required = true` on what must be right",
        );
    }
    checks
}

fn check(
    section: Section<'_, '_>,
    hosts: &[&str],
    vars: &Specs,
    texts: &mut Texts<'_>,
    words: Option<&Words>,
    known: &mut Vec<String>,
    waits: &mut Vec<Waits>,
) -> Option<Check> {
    let head = super::head(&section, "check", known);
    let points = section.required_number("points", 0..=100, "4");
    let dimension = super::dimension(&section, words);
    let required = section.boolean("required").is_some_and(|required| required.value);
    let after_reboot = section.word("after", &["reboot"]).is_some();
    let host = host(&section, hosts);
    let feedback = section.text("feedback", "\"The site does not answer yet.\"");
    if let Some(feedback) = &feedback {
        texts.uses(&section, feedback);
    }
    let needs = section.texts("needs", true, "[\"site-answers\"]").unwrap_or_default();
    let test = test(&section, vars, texts);
    section.finish();
    let (id, title) = head?;
    waits.push(Waits { id: id.clone(), after_reboot, needs: needs.clone() });
    Some(Check {
        id,
        title,
        points: i32::try_from(points?.value).ok()?,
        required,
        dimension: dimension?,
        needs: needs.into_iter().map(|need| need.value).collect(),
        after_reboot,
        host: host?,
        feedback: feedback.map(|feedback| feedback.value),
        test: test?,
    })
}

/// Which host it looks at: said where there are several.
fn host(section: &Section<'_, '_>, hosts: &[&str]) -> Option<usize> {
    let named = section.text("host", "\"db\"");
    if hosts.is_empty() {
        return None;
    }
    let Some(named) = named else {
        if hosts.len() > 1 && !section.has("host") {
            section.missing("host", &format!("\"{}\"", hosts[0]));
        }
        return (hosts.len() == 1).then_some(0);
    };
    let at = hosts.iter().position(|host| *host == named.value);
    if at.is_none() {
        section.wrong(named.at, format!("the lab has no host \"{}\"", named.value), one_of(&named.value, hosts));
    }
    at
}

const EXAMPLE: &str = "write `probe.http = { url = \"http://127.0.0.1/\" }` or `script = \"checks/….sh\"`";

fn test(section: &Section<'_, '_>, vars: &Specs, texts: &mut Texts<'_>) -> Option<Test> {
    let script = section.text("script", "\"checks/backup.sh\"").map(|path| texts.named_script(section, &path));
    let probe = section
        .section("probe", &section.name(), "{ http = { … } }")
        .map(|probe| expectation::read(probe, vars, texts));
    let inside = section.boolean("inside");
    match (section.has("script"), section.has("probe")) {
        (true, false) => {
            let inside = inside.is_some_and(|inside| inside.value);
            Some(Test::Script { script: script??, inside })
        }
        (false, true) => {
            if let Some(inside) = inside {
                section.wrong(inside.at, "`inside` has no meaning for a probe", "take it out");
            }
            Some(Test::Probe(probe??))
        }
        (both, _) => {
            let what = if both { "it has both a probe and a script" } else { "it has neither a probe nor a script" };
            section.wrong(section.at, what, EXAMPLE);
            None
        }
    }
}

/// That every need is a check, made earlier or at the same time, and that none waits for itself.
fn needs(root: &Section<'_, '_>, checks: &[Waits]) {
    let ids: Vec<&str> = checks.iter().map(|check| check.id.as_str()).collect();
    for check in checks {
        for need in &check.needs {
            let wrong = |what: String, remedy: String| {
                root.wrong(need.at, format!("check \"{}\": {what}", check.id), remedy);
            };
            match find(checks, &need.value) {
                None => wrong(format!("it needs \"{}\", which is no check", need.value), one_of(&need.value, &ids)),
                Some(needed) if needed.after_reboot && !check.after_reboot => wrong(
                    format!("it needs \"{}\", which is made later, after the restart", need.value),
                    "add `after = \"reboot\"` here, or take the need out".into(),
                ),
                Some(_) if reaches(checks, &need.value, &check.id) => {
                    wrong(
                        format!("it needs \"{}\", which waits for it in turn", need.value),
                        "break the circle".into(),
                    );
                }
                Some(_) => {}
            }
        }
    }
}

fn find<'c>(checks: &'c [Waits], id: &str) -> Option<&'c Waits> {
    checks.iter().find(|check| check.id == id)
}

/// Whether following the needs of one check leads to another.
fn reaches(checks: &[Waits], from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (vec![from], vec![from]);
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        for need in find(checks, id).map(|check| check.needs.as_slice()).unwrap_or_default() {
            if !seen.contains(&need.value.as_str()) {
                seen.push(&need.value);
                open.push(&need.value);
            }
        }
    }
    false
}
