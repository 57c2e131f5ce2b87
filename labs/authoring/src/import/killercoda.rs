//! Killercoda's and Katacoda's scenarios and courses: a folder with an `index.json`, or one with a `structure.json` or a
//! `*-pathway.json` that names several.
//!
//! The intro and the steps become the brief, what runs unseen the set-up, what verifies a step a check, what can be clicked
//! to be run the reference solution, the finish the debrief.

use std::collections::BTreeSet;

use labs::catalog::MOST_PORTS;
use serde_json::Value;

use super::{
    ImportError, Imported, Json, Report, Source, Taken, check, count, dockerfile, head, hints, id_of, inside, json,
    line,
    markers::{self, Page},
    script::{self, is_endless},
    unique, unknown,
};
use crate::folder::Files;

const INDEX: &str = "index.json";
const COURSE: &str = "structure.json";
/// What comes nearest to the machines of all of them.
const IMAGE: &str = "belay/systemd";

/// Makes labs of a scenario or of all scenarios of a course.
///
/// # Errors
/// When the folder is neither.
pub fn import(source: &Source) -> Result<Vec<Imported>, ImportError> {
    let mut taken = Taken::new();
    if let Some(items) = course(source)? {
        let mut labs = Vec::new();
        for (path, title, description) in items {
            let below = source.below(&path);
            if below.files.contains_key(INDEX) {
                labs.push(scenario(&below, &path, title.as_deref(), description.as_deref(), &mut taken)?);
            } else {
                let mut report = Report::default();
                report.left_out(COURSE, format!("{path} has no {INDEX}"));
                labs.push(Imported { id: String::new(), files: Files::new(), report: report.0 });
            }
        }
        return Ok(labs);
    }
    if source.files.contains_key(INDEX) {
        return Ok(vec![scenario(source, &source.name(), None, None, &mut taken)?]);
    }
    // A repository of scenarios, without a file that says so.
    let folders: BTreeSet<&str> = source.files.keys().filter_map(|path| path.strip_suffix("/index.json")).collect();
    if folders.is_empty() {
        return Err(source.foreign(
            format!("it has neither {INDEX} nor {COURSE}"),
            "name the folder of a scenario, or of a course of them",
        ));
    }
    folders.into_iter().map(|path| scenario(&source.below(path), path, None, None, &mut taken)).collect()
}

type Item = (String, Option<String>, Option<String>);

/// What a course names: folder, title and description.
fn course(source: &Source) -> Result<Option<Vec<Item>>, ImportError> {
    let pathway = || source.files.keys().find(|path| path.ends_with("-pathway.json") && !path.contains('/')).cloned();
    let Some(file) = Some(COURSE.to_string()).filter(|file| source.files.contains_key(file)).or_else(pathway) else {
        return Ok(None);
    };
    let text = source.text(&file).unwrap_or_default();
    let (table, _) = json::table(&text)
        .map_err(|what| source.foreign(format!("{file}: {what}"), "mend it, or name the folder of one scenario"))?;
    let mut items = Vec::new();
    for (key, folder) in [("items", "path"), ("courses", "course_id")] {
        for item in json::list(&table, key) {
            let path = json::text(item, folder).or_else(|| json::text(item, "path"));
            if let Some(path) = path.as_deref().and_then(inside) {
                items.push((path, json::text(item, "title"), json::text(item, "description")));
            }
        }
    }
    Ok(Some(items))
}

/// A lab that grows.
struct Making<'s> {
    source: &'s Source,
    report: Report,
    files: Files,
    /// Parts of brief.md and debrief.md.
    brief: Vec<String>,
    debrief: Vec<String>,
    setup: Vec<(String, String)>,
    commands: Vec<String>,
    written: Vec<(String, String)>,
    ports: BTreeSet<u16>,
    quiz: Vec<(String, Vec<String>)>,
    checks: String,
    hints: Vec<(String, u32)>,
    /// Whether it is Katacoda's, whose checks say "done" and don't fail.
    old: bool,
}

fn scenario(
    source: &Source,
    path: &str,
    title: Option<&str>,
    description: Option<&str>,
    taken: &mut Taken,
) -> Result<Imported, ImportError> {
    let text = source.text(INDEX).unwrap_or_default();
    let (index, mended) = json::table(&text)
        .map_err(|what| source.foreign(format!("{INDEX}: {what}"), "mend it (a JSON editor shows where)"))?;
    let mut making = Making {
        source,
        report: Report(source.skipped.clone()),
        files: Files::new(),
        brief: Vec::new(),
        debrief: Vec::new(),
        setup: Vec::new(),
        commands: Vec::new(),
        written: Vec::new(),
        ports: BTreeSet::new(),
        quiz: Vec::new(),
        checks: String::new(),
        hints: Vec::new(),
        old: is_old(&index),
    };
    if mended {
        making.report.left_out(INDEX, "a comma too much");
    }
    Ok(making.all(&index, path, title, description, taken))
}

/// Whether keys are used that only Katacoda knew, in a scenario that is no challenge.
fn is_old(index: &Json) -> bool {
    let challenge = json::text(index, "type").is_some_and(|kind| kind.starts_with("challenge"));
    let details = json::inner(index, "details");
    let parts = details.map(|details| {
        let ends = ["intro", "finish"].into_iter().filter_map(|key| json::inner(details, key));
        ends.chain(json::list(details, "steps")).collect::<Vec<_>>()
    });
    let keys =
        parts.unwrap_or_default().iter().any(|part| part.contains_key("code") || part.contains_key("courseData"));
    !challenge && (keys || json::inner(index, "environment").is_some_and(|given| given.contains_key("uilayout")))
}

impl Making<'_> {
    fn all(
        mut self,
        index: &Json,
        path: &str,
        title: Option<&str>,
        description: Option<&str>,
        taken: &mut Taken,
    ) -> Imported {
        let known = [
            "title",
            "description",
            "difficulty",
            "time",
            "type",
            "files",
            "details",
            "environment",
            "backend",
            "interface",
            "icon",
            "pathwayTitle",
        ];
        for key in unknown(index, &known) {
            self.report.left_out(INDEX, format!("`{key}` means nothing here"));
        }
        let own_title = json::text(index, "title").unwrap_or_default();
        let description = description.map_or_else(|| json::text(index, "description").unwrap_or_default(), Into::into);
        let details = json::inner(index, "details");
        if details.is_none() {
            self.report.left_out(INDEX, "it has no `details`, and so no steps");
        }
        let empty = Json::new();
        let details = details.unwrap_or(&empty);

        let intro = json::inner(details, "intro");
        if let Some(intro) = intro {
            let page = self.part(intro, "the intro");
            self.brief.push(page.markdown);
        } else if !description.is_empty() {
            self.brief.push(description.clone());
        }
        let steps = json::list(details, "steps");
        for (at, step) in steps.iter().enumerate() {
            self.step(at + 1, step, steps.len());
        }
        if steps.is_empty() {
            self.report.left_out(INDEX, "it has no steps");
        } else {
            self.report.understood(INDEX, format!("{} in the brief", count(steps.len(), "step", "steps")));
        }
        if let Some(finish) = json::inner(details, "finish") {
            let page = self.part(finish, "the finish");
            self.debrief.push(page.markdown);
        }
        self.assets(details);
        self.surroundings(index);

        let id = unique(id_of(path.rsplit('/').next().unwrap_or(path)), taken);
        let minutes = minutes(&json::text(index, "time").unwrap_or_default());
        let title = line(title.unwrap_or(&own_title), &id);
        self.finish(&id, &title, &line(&description, "An imported scenario"), minutes)
    }

    /// The text and the scripts of an intro, a step or a finish.
    fn part(&mut self, part: &Json, called: &str) -> Page {
        for key in ["background", "courseData", "foreground", "code"] {
            let Some(path) = json::text(part, key).filter(|path| !path.is_empty()) else { continue };
            self.script(&path, key, called);
        }
        let Some(path) = json::text(part, "text").filter(|path| !path.is_empty()) else {
            return Page::default();
        };
        let Some(text) = self.source.named(&path) else {
            self.report.left_out(INDEX, format!("{called} names {path}, which is not there"));
            return Page::default();
        };
        let mut page = markers::page(&text, &path, &mut self.report);
        self.commands.append(&mut page.commands);
        self.written.append(&mut page.files);
        self.ports.append(&mut page.ports);
        self.quiz.append(&mut page.quiz);
        page
    }

    /// What runs unseen, and what is typed into the learner's terminal: both are done before they get in.
    fn script(&mut self, path: &str, key: &str, called: &str) {
        let Some(text) = self.source.named(path) else {
            self.report.left_out(INDEX, format!("{called} runs {path}, which is not there"));
            return;
        };
        let seen = matches!(key, "foreground" | "code");
        if seen && only_waits(&text) {
            self.report.understood(path, "it waits until the set-up is done; here nobody gets in before that");
            return;
        }
        if called != "the intro" {
            self.report
                .adapted(path, format!("it ran when {called} was reached; here it runs before the learner gets in"));
        } else if seen {
            self.report.adapted(path, "it was typed into the terminal; here it runs before the learner gets in");
        } else {
            self.report.understood(path, "it is part of the set-up");
        }
        if text.contains("apt-get install")
            || text.contains("apt install")
            || text.contains("curl http")
            || text.contains("docker ")
        {
            self.report
                .not_here(path, "it wants the network, or a program that is fetched; put that into sandbox/Dockerfile");
        }
        self.setup.push((path.into(), text));
    }

    fn step(&mut self, number: usize, step: &Json, of: usize) {
        let title = json::text(step, "title").unwrap_or_else(|| format!("Step {number}"));
        let called = format!("step {number}");
        let page = self.part(step, &called);
        let heading = if of > 1 { format!("## {number}. {}\n\n", title.trim()) } else { String::new() };
        self.brief.push(format!("{heading}{}", lowered(&page.markdown)));
        for key in unknown(
            step,
            &["title", "text", "foreground", "background", "code", "courseData", "verify", "answer", "hint"],
        ) {
            self.report.left_out(INDEX, format!("`{key}` of {called} means nothing here"));
        }
        for (key, cost, name) in [("hint", 0, "the hint"), ("answer", 1, "the answer")] {
            let Some(path) = json::text(step, key).filter(|path| !path.is_empty()) else { continue };
            match self.source.named(&path) {
                Some(text) if text.starts_with("#!") => {
                    self.report.left_out(
                        &path,
                        format!("{name} of {called} is a script that looks at the clock; hints are texts here"),
                    );
                }
                Some(text) => {
                    let page = markers::page(&text, &path, &mut self.report);
                    self.hints.push((format!("*Step {number}.* {}", page.markdown.trim_start()), cost));
                    self.report.understood(&path, format!("{name} of {called} is a hint"));
                }
                None => self.report.left_out(INDEX, format!("{called} names {path}, which is not there")),
            }
        }
        if let Some(path) = json::text(step, "verify").filter(|path| !path.is_empty()) {
            self.check(number, title.trim(), &path);
        }
    }

    fn check(&mut self, number: usize, title: &str, path: &str) {
        let Some(text) = self.source.named(path) else {
            self.report.left_out(INDEX, format!("step {number} is verified by {path}, which is not there"));
            return;
        };
        let says_done = self.old && text.contains("done");
        let script = if says_done {
            self.report.adapted(path, "it passed by printing \"done\"; here its exit code says so");
            format!("#!/bin/bash\nverify() (\n{}\n)\n[[ $(verify) == *done* ]]\n", text.trim_end())
        } else {
            self.report.understood(path, format!("it is the check of step {number}"));
            if text.starts_with("#!") { text } else { format!("#!/bin/bash\n{text}") }
        };
        let title = format!("Step {number} is done: {title}");
        self.checks += &check(&mut self.files, &format!("step-{number}"), &title, script);
    }

    /// Files that are put into the box.
    fn assets(&mut self, details: &Json) {
        let Some(assets) = json::inner(details, "assets") else { return };
        let mut copied: Vec<(String, String, Option<String>)> = Vec::new();
        for (host, _) in assets {
            if !["host01", "client", "master", "controlplane", "node01"].contains(&host.as_str()) {
                self.report.adapted(INDEX, format!("the assets of {host} are put on the one machine there is"));
            }
            for asset in json::list(assets, host) {
                let (Some(file), Some(target)) = (json::text(asset, "file"), json::text(asset, "target")) else {
                    self.report.left_out(INDEX, "an asset without `file` or `target`");
                    continue;
                };
                let found: Vec<String> = self
                    .source
                    .files
                    .keys()
                    .filter_map(|path| path.strip_prefix("assets/"))
                    .filter(|path| fits(&file, path))
                    .map(Into::into)
                    .collect();
                if found.is_empty() {
                    self.report.left_out(INDEX, format!("there is no asset {file}"));
                }
                for path in found {
                    copied.push((path, target.clone(), json::text(asset, "chmod")));
                }
            }
        }
        if copied.is_empty() {
            return;
        }
        self.report.understood(INDEX, format!("{} put into the box", count(copied.len(), "asset is", "assets are")));
        let lines = copied.iter().map(|(path, target, mode)| {
            let content = self.source.files.get(&format!("assets/{path}")).cloned().unwrap_or_default();
            self.files.insert(format!("sandbox/assets/{path}"), content);
            dockerfile::copy(&format!("assets/{path}"), target, mode.as_deref())
        });
        let lines: String = lines.collect();
        self.files.insert("sandbox/Dockerfile".into(), lines.into_bytes());
    }

    /// The machine that was asked for, and what was shown around it.
    fn surroundings(&mut self, index: &Json) {
        let image =
            json::inner(index, "backend").and_then(|backend| json::text(backend, "imageid")).unwrap_or_default();
        match image.as_str() {
            "" | "ubuntu" | "ubuntu:2004" | "ubuntu:1604" | "ubuntu:2204" | "ubuntu1604" | "ubuntu2004" | "debian"
            | "bash" => {
                self.report.adapted(INDEX, "the machine is Debian 12");
            }
            kubernetes
                if kubernetes.contains("kubernetes") || kubernetes.contains("k8s") || kubernetes.contains("k3s") =>
            {
                self.report.not_here(INDEX, format!("`{kubernetes}` is a cluster, and a box can't run one"));
            }
            docker if docker.contains("docker") || docker.contains("container") => {
                self.report.not_here(INDEX, format!("`{docker}` has a container engine, and a box can't run one"));
            }
            other => self.report.adapted(
                INDEX,
                format!("the machine `{other}` is Debian 12 here; what was installed in it is not there"),
            ),
        }
        if let Some(layout) = json::inner(index, "interface").and_then(|given| json::text(given, "layout")) {
            self.report.understood(INDEX, format!("the layout `{layout}`: terminal and editor are tabs of the page"));
        }
        if let Some(environment) = json::inner(index, "environment") {
            for key in environment.keys() {
                match key.as_str() {
                    "uilayout" => self.report.understood(INDEX, "the layout: terminal and editor are tabs of the page"),
                    "dashboards" => {
                        for dashboard in json::list(environment, key) {
                            let port = json::text(dashboard, "port").and_then(|port| port.parse::<u16>().ok());
                            if let Some(port) = port.filter(|port| *port > 0) {
                                self.ports.insert(port);
                                self.report
                                    .understood(INDEX, format!("the dashboard of port {port} is a tab of the page"));
                            }
                        }
                    }
                    "terminals" => self.report.adapted(INDEX, "further terminals are opened by the learner"),
                    "hideintro" | "hidefinish" | "showdashboard" | "hidesidebar" => {
                        self.report.left_out(INDEX, format!("`{key}`: the page has parts of its own"));
                    }
                    "uieditorpath" | "uisettings" | "uimessage1" => {
                        self.report.left_out(INDEX, format!("`{key}`: the editor opens where the learner says"));
                    }
                    other => self.report.left_out(INDEX, format!("`environment.{other}` means nothing here")),
                }
            }
        }
        if index.get("files").is_some_and(|files| files != &Value::Array(Vec::new())) {
            self.report.adapted(INDEX, "`files`: the editor opens what the learner asks for");
        }
    }

    fn finish(mut self, id: &str, title: &toml::Value, summary: &toml::Value, minutes: u32) -> Imported {
        if self.checks.is_empty() {
            self.report.not_here(INDEX, "nothing verifies it: write checks/finished.sh, or nobody can pass");
            let todo =
                "#!/bin/bash\necho \"This lab was imported without a check. Its author has to write one.\"\nexit 1\n";
            self.checks = check(&mut self.files, "finished", "What the lab asks for is done", todo.into());
        }
        self.solution();
        self.setup_script();
        let ports = self.ports_of();
        let image = match self.files.get_mut("sandbox/Dockerfile") {
            Some(lines) => {
                let text = format!("FROM {IMAGE}\n\n{}", String::from_utf8_lossy(lines));
                *lines = text.into_bytes();
                "build = \"sandbox\"".to_string()
            }
            None => format!("image = \"{IMAGE}\""),
        };
        let hints = hints(&mut self.files, std::mem::take(&mut self.hints));
        let toml = format!(
            "{}\n[sandbox]\n{image}\nmemory = \"384m\"\ndisk = \"128m\"\nuser = \"root\"\nhostname = \"host01\"\n{ports}{}{hints}",
            head(title, summary, minutes),
            self.checks,
        );
        self.files.insert("lab.toml".into(), toml.into_bytes());
        let brief = joined(&self.brief);
        let brief = if brief.trim().is_empty() {
            self.report.left_out(INDEX, "no text at all: the brief is the title");
            format!("{}\n", title.as_str().unwrap_or_default())
        } else {
            brief
        };
        self.files.insert("brief.md".into(), brief.into_bytes());
        for (question, answers) in std::mem::take(&mut self.quiz) {
            let answers = if answers.is_empty() { "no answer was given".into() } else { answers.join("; ") };
            self.debrief.push(format!("**{question}** {answers}\n"));
        }
        let debrief = joined(&self.debrief);
        let debrief = if debrief.trim().is_empty() { "You have worked through all of it.\n".into() } else { debrief };
        self.files.insert("debrief.md".into(), debrief.into_bytes());
        Imported { id: id.into(), files: self.files, report: self.report.0 }
    }

    fn setup_script(&mut self) {
        let mut text =
            "#!/bin/bash\n# From the scenario's own scripts.\nmkdir -p /root\ncd /root || exit 1\n".to_string();
        for (path, script) in &self.setup {
            let script = script
                .strip_prefix("#!")
                .map_or(script.as_str(), |rest| rest.split_once('\n').map_or("", |(_, rest)| rest));
            text += &format!(
                "\n# {path}\n(\n{}\n) || echo {} ended with $? >&2\n",
                script.trim_end(),
                script::quoted(path)
            );
        }
        if self.setup.is_empty() {
            text += "\n# Nothing to prepare.\n";
        }
        text += "exit 0\n";
        self.files.insert("setup.sh".into(), text.into_bytes());
    }

    /// What can be clicked, in order.
    fn solution(&mut self) {
        let mut text = "#!/bin/bash\n# What the steps let the learner run, in order.\ncd /root || exit 1\n".to_string();
        let mut some = false;
        for (name, body) in &self.written {
            let files = Files::from([(name.trim_start_matches('/').to_string(), format!("{body}\n").into_bytes())]);
            text += &script::writing(if name.starts_with('/') { "" } else { "/root" }, &files).unwrap_or_default();
            some = true;
        }
        let mut waiting = 0;
        for command in &self.commands {
            if command.lines().any(is_endless) {
                waiting += 1;
                text += &format!("# waits for somebody: {}\n", command.replace('\n', "\n# "));
            } else {
                text += &format!("{command}\n");
                some = true;
            }
        }
        if waiting > 0 {
            let what = format!(
                "{} for somebody, and can't be part of the solution",
                count(waiting, "command waits", "commands wait")
            );
            self.report.adapted("solution.sh", what);
        }
        if some {
            self.report.understood("solution.sh", "what can be clicked is the reference solution");
        } else {
            self.report.not_here("solution.sh", "nothing can be clicked to be run: write the reference solution");
        }
        text += "exit 0\n";
        self.files.insert("solution.sh".into(), text.into_bytes());
    }

    fn ports_of(&mut self) -> String {
        let all: Vec<u16> = self.ports.iter().copied().collect();
        if all.len() > MOST_PORTS {
            self.report
                .left_out(INDEX, "more ports than a page has tabs for: the others can be opened by their number");
        }
        let tabs: Vec<String> =
            all.iter().take(MOST_PORTS).map(|port| format!("{{ name = \"port-{port}\", port = {port} }}")).collect();
        if tabs.is_empty() { String::new() } else { format!("ports = [{}]\n", tabs.join(", ")) }
    }
}

/// Whether a script in the foreground does nothing but wait for the one in the background.
fn only_waits(text: &str) -> bool {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut loops = false;
    for line in lines {
        let harmless =
            ["echo", "printf", "clear", "sleep", "done", "do", "fi", "then", "exit 0", "set ", "spin", "while true"];
        if line.starts_with("while") || line.starts_with("until") {
            loops = true;
        } else if !(harmless.iter().any(|word| line.starts_with(word))
            || line.starts_with("if [")
            || line.starts_with("break"))
        {
            return false;
        }
    }
    loops
}

/// Whether a path fits a pattern with `*` and `**`, each for any part of it.
fn fits(pattern: &str, path: &str) -> bool {
    let pattern = pattern.trim_start_matches("./");
    let expression = format!(
        "^{}$",
        regex::escape(pattern)
            .replace(r"\*\*", ".*")
            .replace(r"\*", if pattern.contains('/') { "[^/]*" } else { ".*" })
    );
    pattern == path
        || pattern == "."
        || regex::Regex::new(&expression).is_ok_and(|expression| expression.is_match(path))
}

/// The first number of a text such as "15 minutes" or "1 hour".
fn minutes(text: &str) -> u32 {
    let digits: String = text.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    let number = digits.parse::<u32>().unwrap_or(30);
    let minutes = if text.contains("hour") { number.saturating_mul(60) } else { number };
    minutes.clamp(5, 480)
}

/// Markdown whose headings are below those of the steps.
fn lowered(markdown: &str) -> String {
    let mut fenced = false;
    let lines = markdown.lines().map(|line| {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            fenced = !fenced;
        }
        let heading = line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
        if heading && !fenced { format!("##{line}") } else { line.to_string() }
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn joined(parts: &[String]) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    parts.join("\n\n") + "\n"
}
