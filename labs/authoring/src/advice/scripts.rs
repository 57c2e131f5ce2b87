//! What is wrong with a script that shows before it runs.

use std::{
    process::{Command, Stdio},
    sync::LazyLock,
};

use labs::catalog::{Lab, Script, Test};
use regex::Regex;

use super::regex;

/// So long a pause, in seconds, is waiting for luck.
const LONG: u32 = 5;

/// What is asked of one script: the line, what, and what to do.
pub(super) type Asked = (Option<usize>, String, String);

/// All scripts of a lab.
pub(super) fn of(lab: &Lab) -> Vec<&Script> {
    let hosts = lab.hosts.iter().flat_map(|host| host.setup.iter().chain(&host.solution));
    let checks = lab.checks.iter().filter_map(|check| match &check.test {
        Test::Script { script, .. } => Some(script),
        Test::Probe(_) => None,
    });
    let mut all: Vec<&Script> = hosts.chain(checks).collect();
    all.sort_by(|one, other| one.path.cmp(&other.path));
    all.dedup_by(|one, other| one.path == other.path);
    all
}

/// What is asked of a script, whose variables have these names.
pub(super) fn ask(script: &Script, vars: &[String]) -> Vec<Asked> {
    let mut all = Vec::new();
    if !script.text.starts_with("#!") {
        let remedy = "begin it with #!/bin/bash or #!/usr/bin/python3".to_string();
        all.push((Some(1), "its first line does not say what runs it, so /bin/sh does".into(), remedy));
    }
    all.extend(misread(script).map(|(line, what)| (line, what, "mend it: it would end there".to_string())));
    // Who solves may well wait a while and look again.
    let pauses = if script.path.starts_with("solution") { Vec::new() } else { pauses(&script.text) };
    all.extend(pauses.into_iter().map(|(line, seconds)| {
        let what = format!("it pauses for {seconds} seconds, whatever has happened by then");
        (Some(line), what, "ask in a loop for what it waits for, or there is luck in it".to_string())
    }));
    all.extend(
        misspelt(&script.text, vars)
            .into_iter()
            .map(|(line, name, meant)| (Some(line), format!("nothing sets ${name}"), format!("is ${meant} meant?"))),
    );
    all
}

/// Whether a script ends well whatever it finds, as far as its text shows.
pub(super) fn never_fails(text: &str) -> bool {
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

/// What the script's own interpreter says against its text, with the line; `None` where that is nothing, or it is not on
/// this machine. The script is read and not run.
fn misread(script: &Script) -> Option<(Option<usize>, String)> {
    static LINE: LazyLock<Regex> = LazyLock::new(|| regex(r"line (\d+)"));
    let argv = script.reading()?;
    let (program, arguments) = argv.split_first()?;
    // Wherever it is on this machine.
    let program = program.rsplit('/').next().unwrap_or(program);
    let output = Command::new(program).args(arguments).env("LC_ALL", "C").stdin(Stdio::null()).output().ok()?;
    if output.status.success() {
        return None;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    // A shell begins with it, Python ends with it.
    let what = if script.is_python() { lines.last() } else { lines.first() }?;
    let line = LINE.captures_iter(&said).last().and_then(|found| found[1].parse().ok());
    let what = LINE.replace(what, "").replace(&format!("{}: ", script.path), "");
    let reader = if script.is_python() { "python3" } else { program };
    Some((line, format!("{reader} can't read it: {}", what.trim_start_matches([':', ' ']))))
}

/// Pauses of a fixed length that are longer than a moment, with their lines.
fn pauses(text: &str) -> Vec<(usize, u32)> {
    static PAUSE: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:sleep +|time\.sleep\()(\d+)\)?(?:\s*(?:#.*)?)$"));
    let found = (1..).zip(text.lines()).filter_map(|(line, text)| {
        // What stands indented is in a loop, most of the time.
        Some((line, PAUSE.captures(text)?[1].parse().ok()?))
    });
    found.filter(|(_, seconds)| *seconds >= LONG).collect()
}

/// Names in capitals that nothing sets and that are nearly one of the lab's variables: line, name, and what may be meant.
fn misspelt(text: &str, vars: &[String]) -> Vec<(usize, String, String)> {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| regex(r#"(?:\$\{?|environ(?:\.get\(|\[)["']|getenv\(["'])([A-Z][A-Z0-9_]{2,})\b"#));
    let mut all = Vec::new();
    for (line, words) in (1..).zip(text.lines()) {
        for name in NAME.captures_iter(words).filter_map(|found| found.get(1)).map(|name| name.as_str()) {
            if vars.iter().any(|var| var == name) {
                continue;
            }
            let near = if name.len() < 6 { 1 } else { 2 };
            let meant = vars.iter().find(|var| strsim::damerau_levenshtein(var, name) <= near);
            // Few names come that far: what sets one is looked for only then.
            if let Some(meant) = meant
                && !is_set(text, name)
            {
                all.push((line, name.to_string(), meant.clone()));
            }
        }
    }
    all
}

/// Whether a script gives a variable its value.
fn is_set(text: &str, name: &str) -> bool {
    let sets = format!(r"(?m)(?:\b{name}\+?=|\b(?:read|for|local|declare|export|mapfile|readarray)\b.*\b{name}\b)");
    regex(&sets).is_match(text)
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

    fn script(text: &str) -> Script {
        Script { path: "setup.sh".into(), text: text.into() }
    }

    #[test]
    fn what_can_not_be_read_is_told_with_its_line() {
        let (line, what) = misread(&script("#!/bin/bash\nif true; then\n  echo 1\n")).unwrap();
        assert!(line.is_some_and(|line| line >= 3) && what.starts_with("bash can't read it: "), "{line:?} {what}");
        let (line, what) = misread(&script("#!/usr/bin/env python3\nimport os\nif True\n    pass\n")).unwrap();
        assert!(line == Some(3) && what.contains("SyntaxError"), "{line:?} {what}");
        for fine in [
            "#!/bin/bash\n[[ -e /x ]] && echo 1\n",
            "#!/usr/bin/python3\nprint(1)\n",
            "#!/usr/bin/perl\n{{{\n",
            "true\n",
        ] {
            assert_eq!(misread(&script(fine)), None, "{fine}");
        }
    }

    #[test]
    fn a_long_pause_is_seen_and_one_in_a_loop_is_not() {
        assert_eq!(
            pauses("sleep 20\nsleep 1\nuntil a; do\n  sleep 5\ndone\nsleep 7 # settle\ntime.sleep(9)\n"),
            [(1, 20), (6, 7), (7, 9)]
        );
    }

    #[test]
    fn a_name_that_is_nearly_a_variable_is_seen() {
        let vars = ["BOARD_PORT".to_string(), "SLIP".to_string()];
        let text = "echo $BOARD_PROT ${SLIP} $HOME\nBORD_PORT=1; echo $BORD_PORT\nos.environ[\"SLIPP\"]\nfor CLIP in a; do echo $CLIP; done\n";
        assert_eq!(
            misspelt(text, &vars),
            [(1, "BOARD_PROT".into(), "BOARD_PORT".into()), (3, "SLIPP".into(), "SLIP".into())]
        );
    }
}
