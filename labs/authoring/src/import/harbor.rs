//! Tasks of Harbor (`task.toml`) and of the first Terminal-Bench (`task.yaml`).
//!
//! The instruction becomes the brief, `environment/` the sandbox, `solution/` the reference solution. The tests become one
//! check: they come into the box only when it is made, and what they write as a reward decides.

use serde_json::Value;

use super::{
    ImportError, Imported, Json, Report, Source, Taken, check, head, id_of, inside, json, line,
    script::{quoted, writing},
    unique, unknown,
};
use crate::folder::Files;

const TASK: &str = "task.toml";
const OLD: &str = "task.yaml";

/// Makes a lab of a task, or of all tasks of a folder.
///
/// # Errors
/// When the folder is none, or its description can't be read.
pub fn import(source: &Source) -> Result<Vec<Imported>, ImportError> {
    let mut taken = Taken::new();
    if let Some(kind) = kind(source) {
        return Ok(vec![task(source, &source.name(), kind, &mut taken)?]);
    }
    let mut folders: Vec<&str> = source
        .files
        .keys()
        .filter_map(|path| path.strip_suffix("/task.toml").or_else(|| path.strip_suffix("/task.yaml")))
        .collect();
    folders.dedup();
    if folders.is_empty() {
        return Err(
            source.foreign(format!("it has neither {TASK} nor {OLD}"), "name the folder of a task, or of several")
        );
    }
    folders
        .into_iter()
        .filter_map(|path| {
            let below = source.below(path);
            let kind = kind(&below)?;
            Some(task(&below, path, kind, &mut taken))
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Harbor,
    TerminalBench,
}

fn kind(source: &Source) -> Option<Kind> {
    if source.files.contains_key(TASK) {
        Some(Kind::Harbor)
    } else {
        source.files.contains_key(OLD).then_some(Kind::TerminalBench)
    }
}

/// The description as one table, whatever it was written in.
fn description(source: &Source, kind: Kind) -> Result<Json, ImportError> {
    let (file, read): (_, Result<Value, String>) = match kind {
        Kind::Harbor => {
            let text = source.text(TASK).unwrap_or_default();
            (TASK, toml::from_str(&text).map_err(|error| error.message().to_string()))
        }
        Kind::TerminalBench => {
            let text = source.text(OLD).unwrap_or_default();
            (OLD, serde_saphyr::from_str(&text).map_err(|error| error.to_string()))
        }
    };
    match read {
        Ok(Value::Object(table)) => Ok(table),
        Ok(_) => Err(source.foreign(format!("{file}: it is no table"), "mend it")),
        Err(what) => Err(source.foreign(format!("{file}: {what}"), "mend it")),
    }
}

fn task(source: &Source, path: &str, kind: Kind, taken: &mut Taken) -> Result<Imported, ImportError> {
    let table = description(source, kind)?;
    let mut making =
        Making { source, report: Report(source.skipped.clone()), files: Files::new(), checks: String::new() };
    let id = unique(id_of(path.rsplit('/').next().unwrap_or(path)), taken);
    Ok(match kind {
        Kind::Harbor => making.harbor(&id, &table),
        Kind::TerminalBench => making.terminal_bench(&id, &table),
    })
}

/// What a task asks of its machine.
struct Machine {
    minutes: u32,
    memory_mb: u32,
    disk_mb: u32,
    cpus: f64,
}

struct Making<'s> {
    source: &'s Source,
    report: Report,
    files: Files,
    checks: String,
}

impl Making<'_> {
    fn harbor(&mut self, id: &str, table: &Json) -> Imported {
        let empty = Json::new();
        let part = |key: &str| json::inner(table, key).unwrap_or(&empty);
        let (task, environment, agent, verifier) = (part("task"), part("environment"), part("agent"), part("verifier"));
        for key in unknown(
            table,
            &[
                "version",
                "schema_version",
                "task",
                "metadata",
                "verifier",
                "agent",
                "environment",
                "steps",
                "source",
                "artifacts",
            ],
        ) {
            self.report.left_out(TASK, format!("`{key}` means nothing here"));
        }
        self.report.understood(TASK, "what the task says of itself");
        if table.contains_key("metadata") {
            self.report.left_out(TASK, "`[metadata]`: name what it trains in `skills`");
        }
        if environment.get("allow_internet") == Some(&Value::Bool(true)) {
            self.report
                .not_here(TASK, "`allow_internet`: a box has no way out; what is fetched belongs into the image");
        }
        if number(environment, "gpus").is_some_and(|gpus| gpus > 0.0) {
            self.report.not_here(TASK, "`gpus`: a box has none");
        }
        for (key, of) in [("env", environment), ("env", verifier)] {
            if json::inner(of, key).is_some_and(|env| !env.is_empty()) {
                self.report.adapted(TASK, format!("`{key}`: set it in the Dockerfile, or in the scripts"));
            }
        }
        if let Some(user) = json::text(verifier, "user") {
            self.report.adapted(TASK, format!("the tests ran as {user}; here they run as root"));
        }
        let machine = Machine {
            minutes: minutes(number(agent, "timeout_sec")),
            memory_mb: number(environment, "memory_mb").or_else(|| size(environment, "memory")).unwrap_or(2048.0)
                as u32,
            disk_mb: number(environment, "storage_mb").or_else(|| size(environment, "storage")).unwrap_or(512.0) as u32,
            cpus: number(environment, "cpus").unwrap_or(1.0),
        };
        let mut brief = self.source.text("instruction.md").unwrap_or_default();
        let steps = json::list(table, "steps");
        let mut solution = self.script("solution", "solve.sh");
        if steps.is_empty() {
            self.tests("tests", "tests", "What the task asks for is done");
        } else {
            self.report.adapted(TASK, "its steps are asked for together, each with a check of its own");
            for step in &steps {
                let Some(name) = json::text(step, "name") else { continue };
                let folder = format!("steps/{name}");
                if let Some(text) = self.source.text(&format!("{folder}/instruction.md")) {
                    brief += &format!("\n## {name}\n\n{text}");
                }
                if let Some(own) = self.script(&format!("{folder}/solution"), "solve.sh") {
                    solution = Some(solution.unwrap_or_default() + "\n" + &own);
                }
                if step.contains_key("min_reward") {
                    self.report.adapted(TASK, format!("`min_reward` of {name}: here a reward of 1 passes"));
                }
                let check = id_of(&name);
                self.tests(&format!("{folder}/tests"), &check, &format!("The part {name} is done"));
            }
        }
        self.context(self.source.below("environment").files);
        if brief.trim().is_empty() {
            self.report.left_out("instruction.md", "there is no instruction: the brief is the title");
        }
        let title = json::text(task, "name").unwrap_or_default();
        let title = title.rsplit('/').next().unwrap_or_default().replace('-', " ");
        let summary = json::text(task, "description").unwrap_or_default();
        self.lab(id, &title, &summary, &brief, solution, &machine)
    }

    fn terminal_bench(&mut self, id: &str, table: &Json) -> Imported {
        self.report.understood(OLD, "what the task says of itself");
        for key in unknown(
            table,
            &[
                "instruction",
                "difficulty",
                "category",
                "tags",
                "author_name",
                "author_email",
                "max_agent_timeout_sec",
                "max_test_timeout_sec",
                "parser_name",
                "run_tests_in_same_shell",
                "expert_time_estimate_min",
                "junior_time_estimate_min",
                "descriptions",
                "test_scripts",
                "estimated_duration_sec",
                "disable_asciinema",
            ],
        ) {
            self.report.left_out(OLD, format!("`{key}` means nothing here"));
        }
        let instruction = json::text(table, "instruction").or_else(|| {
            let first = json::list(table, "descriptions").into_iter().next()?;
            json::text(first, "description")
        });
        if self.source.files.contains_key("solution.yaml") {
            self.report.not_here("solution.yaml", "a solution of keys to be pressed: write solution.sh");
        }
        if self.source.files.contains_key("docker-compose.yaml") {
            self.report.adapted(
                "docker-compose.yaml",
                "only the machine of the Dockerfile is made; others would be further hosts",
            );
        }
        let solution = self.source.text("solution.sh");
        let mut tests = self.source.below("tests").files;
        if let Some(run) = self.source.files.get("run-tests.sh") {
            tests.insert("test.sh".into(), run.clone());
        }
        self.test_files(&tests, "tests", "What the task asks for is done", "run-tests.sh");
        let mut context = self.source.files.clone();
        context.retain(|path, _| {
            !path.starts_with("tests/")
                && !["solution.sh", "solution.yaml", "run-tests.sh", OLD, "docker-compose.yaml"]
                    .contains(&path.as_str())
        });
        self.context(context);
        let minutes = minutes(number(table, "max_agent_timeout_sec"));
        let machine = Machine { minutes, memory_mb: 1024, disk_mb: 256, cpus: 1.0 };
        let title = id.replace('-', " ");
        let brief = instruction.unwrap_or_default();
        let summary = brief.lines().next().unwrap_or_default().to_string();
        self.lab(id, &title, &summary, &brief, solution, &machine)
    }

    /// The text of a script in a folder.
    fn script(&mut self, folder: &str, name: &str) -> Option<String> {
        let path = format!("{folder}/{name}");
        let text = self.source.text(&path)?;
        let others = self.source.below(folder).files.len();
        if others > 1 {
            self.report.adapted(folder, format!("only {name} is taken; what it reads beside it must be in the image"));
        }
        Some(text)
    }

    fn tests(&mut self, folder: &str, id: &str, title: &str) {
        let tests = self.source.below(folder).files;
        self.test_files(&tests, id, title, &format!("{folder}/test.sh"));
    }

    /// A check that brings the tests into the box, runs them, and takes them away again.
    fn test_files(&mut self, tests: &Files, id: &str, title: &str, place: &str) {
        if !tests.contains_key("test.sh") {
            self.report.not_here(place, "there is no test: write a check, or nobody can pass");
        }
        let all: Vec<u8> = tests.values().flatten().copied().collect();
        let text = String::from_utf8_lossy(&all);
        if ["pip install", "uv ", "apt-get", "curl -"].iter().any(|word| text.contains(word)) {
            self.report.not_here(place, "the tests fetch what they need: put it into the image instead");
        }
        let Some(written) = writing("/tests", tests) else {
            self.report.not_here(place, "the tests are too long for a script: shorten them");
            return;
        };
        let script = format!(
            "#!/bin/bash\n# The task's own tests: in the box only while they run.\n\
             rm -rf /tests /logs/verifier\nmkdir -p /tests /logs/verifier\ntrap 'rm -rf /tests /logs/verifier' EXIT\n\
             {written}\
             output=$(cd / && bash /tests/test.sh 2>&1)\nresult=$?\n\
             if [ -s /logs/verifier/reward.txt ]; then\n    reward=$(cat /logs/verifier/reward.txt)\n\
             elif [ -s /logs/verifier/reward.json ]; then\n    reward=$(python3 -c 'import json; print(min(json.load(open(\"/logs/verifier/reward.json\")).values()))')\n\
             else\n    reward=$((result == 0))\nfi\n\
             tail -n 20 <<<\"$output\"\n\
             python3 -c 'import sys; sys.exit(float(sys.argv[1]) < 1)' \"$reward\" && echo \"All of it is as asked for.\" && exit 0\n\
             echo \"The tests give $reward of 1: $(tail -n 1 <<<\"$output\")\"\nexit 1\n"
        );
        self.checks += &check(&mut self.files, id, title, script);
        self.report.understood(place, "the tests are a check; a part of the reward does not pass");
    }

    /// The folder that the image is made of.
    fn context(&mut self, context: Files) {
        let Some(lines) = context.get("Dockerfile") else {
            self.report.adapted("Dockerfile", "there is none: the machine is Debian 12");
            return;
        };
        let text = String::from_utf8_lossy(lines).into_owned();
        let bases: Vec<&str> = text
            .lines()
            .filter_map(|line| {
                let mut words = line.split_whitespace();
                words.next().filter(|word| word.eq_ignore_ascii_case("FROM"))?;
                words.find(|word| !word.starts_with("--"))
            })
            .collect();
        for base in bases.iter().filter(|base| !base.starts_with("belay/")) {
            self.report.not_here(
                "Dockerfile",
                format!("FROM {base}: fetch it with docker pull {}, or write FROM belay/plain", quoted(base)),
            );
        }
        for (path, content) in context {
            if let Some(path) = inside(&path) {
                self.files.insert(format!("sandbox/{path}"), content);
            }
        }
    }

    fn lab(
        &mut self,
        id: &str,
        title: &str,
        summary: &str,
        brief: &str,
        solution: Option<String>,
        machine: &Machine,
    ) -> Imported {
        let built = self.files.contains_key("sandbox/Dockerfile");
        let image = if built { "build = \"sandbox\"" } else { "image = \"belay/plain\"" };
        let (memory, disk) = (machine.memory_mb.clamp(128, 4096), machine.disk_mb.clamp(16, 1024));
        // The disk is held in memory, and programs need some of it as well.
        let disk = disk.min(memory.saturating_sub(160).max(16));
        if (memory, disk) != (machine.memory_mb, machine.disk_mb) {
            self.report.adapted(
                TASK,
                format!(
                    "memory {} MiB and storage {} MiB are {memory} and {disk} MiB here",
                    machine.memory_mb, machine.disk_mb
                ),
            );
        }
        let title = line(title, id);
        let summary = line(summary, "An imported task");
        let toml = format!(
            "{}\n[sandbox]\n{image}\ninit = \"plain\"\nmemory = \"{memory}m\"\ndisk = \"{disk}m\"\ncpus = {:?}\nuser = \"root\"\nhostname = \"main\"\n{}",
            head(&title, &summary, machine.minutes),
            machine.cpus.clamp(0.05, 4.0),
            self.checks,
        );
        let brief = if brief.trim().is_empty() { title.as_str().unwrap_or_default() } else { brief };
        let brief = super::markers::page(brief, "instruction.md", &mut self.report).markdown;
        if solution.is_none() {
            self.report.not_here("solution", "there is no solution: write solution.sh");
        }
        let solution = solution.unwrap_or_else(|| "#!/bin/bash\nexit 1\n".into());
        let texts = [
            ("lab.toml", toml),
            ("brief.md", brief),
            ("debrief.md", "You have worked through all of it.\n".into()),
            ("setup.sh", "#!/bin/sh\n# The image is where it begins.\nexit 0\n".into()),
            ("solution.sh", solution),
        ];
        for (path, text) in texts {
            self.files.insert(path.into(), text.into_bytes());
        }
        Imported { id: id.into(), files: std::mem::take(&mut self.files), report: std::mem::take(&mut self.report.0) }
    }
}

fn number(table: &Json, key: &str) -> Option<f64> {
    table.get(key)?.as_f64()
}

/// A size such as "2G" or "512Mi", in MiB.
fn size(table: &Json, key: &str) -> Option<f64> {
    let text = json::text(table, key)?;
    let digits: String = text.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    let number: f64 = digits.parse().ok()?;
    match text[digits.len()..].trim().chars().next().map(|c| c.to_ascii_lowercase()) {
        Some('g') => Some(number * 1024.0),
        Some('k') => Some(number / 1024.0),
        _ => Some(number),
    }
}

fn minutes(seconds: Option<f64>) -> u32 {
    seconds.map_or(30, |seconds| (seconds / 60.0).ceil().clamp(5.0, 480.0) as u32)
}
