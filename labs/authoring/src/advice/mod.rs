//! What a reviewer would ask of a lab that is sound: nothing here keeps it from running.

mod images;
mod scripts;
mod texts;

use labs::{
    catalog::{Entry, Expectation, Lab, Problem, Test},
    proof::{KEY, key_command},
};
use regex::Regex;
use scorecards::signal::{Deed, Pattern};

/// What could be better about a lab, each with where and how. `bases` are the names of the base images there are, without
/// the `belay/` in front.
#[must_use]
pub fn advise(lab: &Lab, bases: &[String]) -> Vec<Problem> {
    let advice = |file: &str, line: Option<usize>, what: String, remedy: &str| Problem {
        file: lab.dir.join(file).display().to_string(),
        line,
        what,
        remedy: remedy.into(),
    };
    let mut all = Vec::new();
    let mut toml = |what: &str, remedy: &str| all.push(advice("lab.toml", None, what.into(), remedy));
    if lab.skills.is_empty() {
        toml("it trains no skill of the role", "name some in `skills`, so that it counts for something");
    }
    if lab.vars.len() < 2 {
        toml(
            "it draws fewer than two variables",
            "let two differ that change the fault or an answer, or neighbours share it",
        );
    }
    if lab.hints.is_empty() {
        toml("it has no hint", "write two or three, each a step nearer: who is stuck for long learns little");
    }
    let marking = lab.marking();
    let (checks, signals) = (
        marking.checks.iter().map(|check| check.points).sum::<i32>(),
        marking.signals.iter().map(|signal| signal.points.max(0)).sum::<i32>(),
    );
    if signals > checks {
        let what = format!("how the work is done earns {signals} points, and what comes of it {checks}");
        toml(&what, "give the checks more, or the signals less: what is asked for should weigh most");
    }
    for check in &lab.checks {
        match &check.test {
            Test::Script { script, .. } if scripts::never_fails(&script.text) => {
                let what = format!("the check \"{}\" can't fail", check.id);
                all.push(advice(
                    &script.path,
                    None,
                    what,
                    "end it with another exit code than 0 where it is not right",
                ));
            }
            Test::Probe(Expectation::Http { status: None, contains: None, absent: None, .. }) => {
                let what = format!("the check \"{}\" passes whatever is answered", check.id);
                all.push(advice("lab.toml", None, what, "say which `status`, or what it `contains`"));
            }
            Test::Script { .. } | Test::Probe(_) => {}
        }
    }
    let (brief, runbook) = (("brief.md", Some(&lab.brief)), ("runbook.md", lab.runbook.as_ref()));
    for (file, text) in [brief, runbook, ("debrief.md", Some(&lab.debrief))] {
        for (line, marker) in text.into_iter().flat_map(|text| texts::markers_within(text)) {
            let what = format!("{marker} stands within the code, and is a part of it there");
            all.push(advice(file, Some(line), what, "put it behind the code: no button is made of it otherwise"));
        }
    }
    // Once it is over there is no secret left.
    for (file, text) in [brief, runbook] {
        for (line, secret) in text.into_iter().flat_map(|text| texts::secrets(text)) {
            let what = format!("this looks like a secret: {secret}");
            all.push(advice(file, Some(line), what, "put it into the box, where it is found, or say where it is kept"));
        }
    }
    for (line, word, meant) in lab.runbook.iter().flat_map(|text| texts::slips(text)) {
        let what = format!("`{word}` is no command that is known here");
        all.push(advice("runbook.md", Some(line), what, &format!("is `{meant}` meant?")));
    }
    let vars: Vec<String> = lab.vars.keys().map(|name| name.to_uppercase()).collect();
    for script in scripts::of(lab) {
        let asked = scripts::ask(script, &vars);
        all.extend(asked.into_iter().map(|(line, what, remedy)| advice(&script.path, line, what, &remedy)));
    }
    let mut solutions = lab.hosts.iter().filter_map(|host| host.solution.as_ref()).peekable();
    if let Some(first) = solutions.peek().map(|script| script.path.clone())
        && !solutions.any(|script| script.text.lines().any(|line| key_command(line).is_some()))
    {
        let what = format!("no line is marked `{KEY}`, so nobody knows whether the checks would miss one");
        all.push(advice(&first, None, what, "mark each line without which the rest is worth nothing"));
    }
    for kpi in unfed(lab) {
        let what =
            format!("the KPI \"{kpi}\" has no `needs`, and nothing else that is recorded here says anything of it");
        all.push(advice("lab.toml", None, what, "name the checks and signals that show it, or take it out"));
    }
    for signal in &lab.signals {
        if let Some((what, remedy)) = unseen(&signal.pattern) {
            all.push(advice("lab.toml", None, format!("the signal \"{}\" {what}", signal.id), remedy));
        }
    }
    all.extend(images::unknown(lab, bases).into_iter().map(|(file, image)| {
        let known = bases.iter().map(|base| format!("belay/{base}")).collect::<Vec<_>>().join(", ");
        advice(&file, None, format!("there is no image {image}"), &format!("there are: {known}"))
    }));
    all.extend(images::key_lines(lab).into_iter().map(|(file, line)| {
        let what = format!("the image holds a key line of the solution: {line}");
        advice(&file, None, what, "leave it out: everybody in the box can read the image")
    }));
    all
}

/// The KPIs that a lab names without a need, and of which its attempts record nothing by themselves.
fn unfed(lab: &Lab) -> impl Iterator<Item = &String> {
    let recorded = |kpi: &str| match kpi {
        "mtta" => lab.entry == Entry::Alert,
        "satisfaction" => lab.judging.as_ref().is_some_and(|judging| judging.survey.is_some()),
        "runbook-improvements" => lab.runbook.is_some(),
        _ => false,
    };
    let needs = |kpi: &String| lab.contributions.iter().any(|mark| mark.kpi == *kpi);
    lab.kpis.iter().filter(move |kpi| !needs(kpi) && !recorded(kpi))
}

/// Why a pattern is hardly ever seen, and what to look for instead; `None` where it can be.
fn unseen(pattern: &Pattern) -> Option<(&'static str, &'static str)> {
    let (Pattern::Expect(form) | Pattern::Forbid(form)) = pattern;
    form.deeds().into_iter().find_map(|deed| match deed {
        Deed::Changed { .. } => Some((
            "asks for `changed`, and that sees only what is saved in the tab Files",
            "name the programs, as in \"@editor /etc/nginx/nginx.conf\"",
        )),
        Deed::Said { .. } => Some((
            "asks for `said`, and there is no page yet to say it on",
            "ask for what is done, and keep this one for later",
        )),
        Deed::Ran(_) => None,
    })
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern that is tested")
}
