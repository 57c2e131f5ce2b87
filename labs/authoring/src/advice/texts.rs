//! What a reader of a brief or a runbook would stumble over.

use std::sync::LazyLock;

use regex::Regex;

use super::regex;

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

/// What looks like a secret, with its line.
pub(super) fn secrets(text: &str) -> Vec<(usize, String)> {
    static SECRET: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r"(?i)\b(?:password|passwd|token|secret|api[_-]?key)\b`?\s*[:=]\s*`?[^\s`{<]{6,}|AKIA[0-9A-Z]{16}|-----BEGIN [A-Z ]*PRIVATE KEY",
        )
    });
    let found =
        (1..).zip(text.lines()).filter_map(|(line, text)| Some((line, SECRET.find(text)?.as_str().to_string())));
    found.collect()
}

/// Marks for a button that stand in a span of code, with their lines.
pub(super) fn markers_within(text: &str) -> Vec<(usize, &str)> {
    static MARK: LazyLock<Regex> = LazyLock::new(|| regex(r"\{\{(?:exec|copy)\}\}"));
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("```"));
    // Between the backticks of a line there is, in turn, text and code.
    let codes = lines.flat_map(|(number, line)| line.split('`').skip(1).step_by(2).map(move |code| (number, code)));
    codes.filter_map(|(number, code)| Some((number, MARK.find(code)?.as_str()))).collect()
}

/// Commands in code that are nearly one that is known: line, word, and what may be meant.
pub(super) fn slips(text: &str) -> Vec<(usize, String, &'static str)> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_named_with_its_line() {
        let found = secrets(
            "The password is expired, the token is refused.\npassword: Tide-4471-Rope\ntoken={{token}}\nAKIAABCDEFGHIJKLMNOP\n",
        );
        let lines: Vec<usize> = found.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [2, 4], "{found:?}");
    }

    #[test]
    fn a_mark_for_a_button_within_the_code_is_seen() {
        let text = "Run `ss -tlnp`{{exec}}, then `id`{{copy}}.\n`ls {{exec}}`\n```bash {{exec}}\nls\n```\n";
        assert_eq!(markers_within(text), [(2, "{{exec}}")]);
    }

    #[test]
    fn a_slip_in_a_command_of_a_runbook_is_seen() {
        let text = "Run `sudo sytemctl restart nginx`, then `booking-desk` and:\n\n```\n$ journalclt -u nginx\n$ curl -s x\nport 80\n```\n";
        let found: Vec<(usize, String, &str)> = slips(text);
        assert_eq!(found, [(1, "sytemctl".into(), "systemctl"), (4, "journalclt".into(), "journalctl")]);
    }
}
