//! What a reviewer would ask of a lab that is sound: nothing here keeps it from running.

use std::{fs, path::Path, sync::LazyLock};

use labs::catalog::{Expectation, Image, Lab, Problem, Test};
use regex::Regex;

/// What people run on these machines. A command of a runbook that is nearly one of them is a slip.
const COMMANDS: &[&str] = &[
    "amtool",
    "ansible",
    "ansible-playbook",
    "apt",
    "apt-get",
    "awk",
    "cat",
    "ncat",
    "zcat",
    "pgrep",
    "egrep",
    "zgrep",
    "chgrp",
    "chmod",
    "chown",
    "cp",
    "crontab",
    "curl",
    "cut",
    "date",
    "df",
    "diff",
    "dig",
    "dpkg",
    "du",
    "echo",
    "env",
    "find",
    "findmnt",
    "fuser",
    "getent",
    "getfacl",
    "git",
    "grep",
    "groups",
    "haproxy",
    "head",
    "host",
    "hostname",
    "id",
    "ip",
    "journalctl",
    "jq",
    "kill",
    "less",
    "ln",
    "logger",
    "logrotate",
    "ls",
    "lsof",
    "make",
    "mkdir",
    "mount",
    "mv",
    "named-checkconf",
    "named-checkzone",
    "nginx",
    "openssl",
    "passwd",
    "pg_dump",
    "pg_restore",
    "ping",
    "pkill",
    "printf",
    "promtool",
    "ps",
    "psql",
    "python3",
    "redis-cli",
    "restic",
    "rm",
    "rndc",
    "rsync",
    "sed",
    "setfacl",
    "shellcheck",
    "sleep",
    "socat",
    "sort",
    "ss",
    "ssh",
    "stat",
    "strace",
    "sudo",
    "systemctl",
    "tail",
    "tar",
    "tee",
    "test",
    "timeout",
    "top",
    "touch",
    "umount",
    "uniq",
    "uptime",
    "useradd",
    "usermod",
    "vim",
    "visudo",
    "wc",
    "xargs",
    "yamllint",
];

/// What stands behind a line without which the rest of a solution is worth nothing.
const KEY: &str = "# key";

/// Shorter lines say nothing that an image might not hold as well.
const TELLING: usize = 20;

/// What could be better about a lab, each with where and how.
#[must_use]
pub fn advise(lab: &Lab) -> Vec<Problem> {
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
            Test::Script { script, .. } if never_fails(&script.text) => {
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
    let texts = [("brief.md", Some(&lab.brief)), ("runbook.md", lab.runbook.as_ref())];
    for (file, text) in texts {
        for (line, secret) in text.into_iter().flat_map(|text| secrets(text)) {
            let what = format!("this looks like a secret: {secret}");
            all.push(advice(file, Some(line), what, "put it into the box, where it is found, or say where it is kept"));
        }
    }
    for (line, word, meant) in lab.runbook.iter().flat_map(|text| slips(text)) {
        let what = format!("`{word}` is no command that is known here");
        all.push(advice("runbook.md", Some(line), what, &format!("is `{meant}` meant?")));
    }
    all.extend(in_images(lab).into_iter().map(|(file, line)| {
        let what = format!("the image holds a key line of the solution: {line}");
        advice(&file, None, what, "leave it out: everybody in the box can read the image")
    }));
    all
}

/// Whether a script ends well whatever it finds, as far as its text shows.
fn never_fails(text: &str) -> bool {
    static FAILS: LazyLock<Regex> =
        LazyLock::new(|| regex(r"(?m)exit +([1-9]|\$|\()|set +-[a-z]*e|sys\.exit|raise |assert "));
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let Some(last) = lines.last() else { return true };
    let harmless = ["exit 0", "true", ":", "echo", "printf"]
        .iter()
        .any(|word| *last == *word || last.starts_with(&format!("{word} ")));
    (harmless || last.ends_with("|| true")) && !FAILS.is_match(text)
}

/// What looks like a secret, with its line.
fn secrets(text: &str) -> Vec<(usize, String)> {
    static SECRET: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:password|passwd|token|secret|api[_-]?key)\b`?\s*[:=]\s*`?[^\s`{<]{6,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY",
        )
    });
    let found =
        (1..).zip(text.lines()).filter_map(|(line, text)| Some((line, SECRET.find(text)?.as_str().to_string())));
    found.collect()
}

/// Commands in code that are nearly one that is known: line, word, and what may be meant.
fn slips(text: &str) -> Vec<(usize, String, &'static str)> {
    static SPAN: LazyLock<Regex> = LazyLock::new(|| regex(r"`([^`]+)`"));
    let mut slips = Vec::new();
    let mut fenced = false;
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        let codes: Vec<&str> = if fenced {
            line.trim_start().strip_prefix("$ ").into_iter().collect()
        } else {
            // One word alone is as often a name as a command.
            SPAN.captures_iter(line)
                .filter_map(|found| found.get(1))
                .map(|code| code.as_str())
                .filter(|code| code.contains(' '))
                .collect()
        };
        for code in codes {
            let mut words = code.split_whitespace();
            let Some(word) = words.by_ref().find(|word| *word != "sudo") else { continue };
            let plain = word.len() > 3 && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
            if !plain || COMMANDS.contains(&word) {
                continue;
            }
            if let Some(meant) = COMMANDS.iter().find(|known| strsim::damerau_levenshtein(known, word) == 1) {
                slips.push((number, word.to_string(), *meant));
            }
        }
    }
    slips
}

/// Key lines of the solution that a file of an image holds, with that file.
fn in_images(lab: &Lab) -> Vec<(String, String)> {
    let scripts = lab.hosts.iter().filter_map(|host| host.solution.as_ref());
    let keys: Vec<&str> = scripts
        .flat_map(|script| script.text.lines())
        .filter_map(|line| line.trim().strip_suffix(KEY).map(str::trim))
        .filter(|line| line.len() >= TELLING)
        .collect();
    let mut found = Vec::new();
    for host in &lab.hosts {
        let Image::Build(folder) = &host.image else { continue };
        for path in files(&lab.dir.join(folder)) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let file = path.strip_prefix(&lab.dir).unwrap_or(&path).display().to_string();
            found.extend(keys.iter().filter(|key| text.contains(**key)).map(|key| (file.clone(), (*key).to_string())));
        }
    }
    found
}

/// All files below a folder; what can't be read is none.
fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(self::files(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files.sort();
    files
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern that is tested")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_that_ends_well_whatever_it_finds_is_seen() {
        for never in ["", "# only words\n", "echo fine\n", "grep -q x /f || true\n", "if a; then b; fi\nexit 0\n"] {
            assert!(never_fails(never), "{never}");
        }
        for may in
            ["grep -q x /f\n", "[ -e /f ] || exit 1\necho fine\n", "set -eu\ngrep x /f\necho fine\n", "[[ -e /f ]]\n"]
        {
            assert!(!never_fails(may), "{may}");
        }
    }

    #[test]
    fn what_looks_like_a_secret_is_named_with_its_line() {
        let found = secrets(
            "The password is expired, the token is refused.\npassword: Tide-4471-Rope\ntoken={{token}}\nAKIAABCDEFGHIJKLMNOP\n",
        );
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4], "{found:?}");
    }

    #[test]
    fn a_slip_in_a_command_of_a_runbook_is_seen() {
        let text = "Run `sudo sytemctl restart nginx`, then `booking-desk` and:\n\n```\n$ journalclt -u nginx\n$ curl -s x\nport 80\n```\n";
        let found: Vec<(usize, String, &str)> = slips(text);
        assert_eq!(found, [(1, "sytemctl".into(), "systemctl"), (4, "journalclt".into(), "journalctl")]);
    }
}
