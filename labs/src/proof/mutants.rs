//! Mutants: the reference solution without one of the lines that it says are the key. The checks must notice.

use std::sync::Arc;

use super::{Options, about, round};
use crate::{
    catalog::{Lab, Problem, Script},
    sandbox::Engine,
};

/// What the author writes behind a line without which the rest of the solution is worth nothing.
pub const KEY: &str = "# key";

/// What a key line does, without its mark; `None` for a line that is none.
#[must_use]
pub fn key_command(line: &str) -> Option<&str> {
    let command = line.trim_end().strip_suffix(KEY)?;
    command.ends_with(char::is_whitespace).then(|| command.trim())
}

/// A lab whose solution lacks a line.
struct Mutant {
    lab: Arc<Lab>,
    /// The script, by its path in the lab's folder, and the line, from 1.
    path: String,
    line: usize,
}

/// Tries a lab's solution without each of its key lines. Gives how many were tried, and what is wrong.
pub(super) async fn prove(engine: &Arc<dyn Engine>, lab: &Arc<Lab>, options: &Options) -> (usize, Vec<Problem>) {
    let mutants = mutants(lab);
    let mut problems = Vec::new();
    if mutants.is_empty() {
        let file = solutions(lab).next().map(|(_, script)| script.path.clone()).unwrap_or_default();
        let remedy = format!("write `{KEY}` behind the line without which the rest is worth nothing");
        problems.push(about(lab, &file, "no line of the solution is marked as its key", &remedy));
    }
    for mutant in &mutants {
        let at =
            |what: String, remedy: &str| Problem { line: Some(mutant.line), ..about(lab, &mutant.path, what, remedy) };
        match noticed(engine, mutant, options).await {
            Ok(true) => {}
            Ok(false) => {
                let seeds: Vec<String> = options.seeds.iter().map(|seed| format!("seed {seed}")).collect();
                problems.push(at(
                    format!("every required check passes without this line ({})", seeds.join(", ")),
                    "let a check ask for what it does, mark another line, or name a seed that draws what it is for",
                ));
            }
            Err(what) => problems.push(at(what, "mend the lab or the engine, and try again")),
        }
    }
    (mutants.len(), problems)
}

/// Whether the checks notice that a line is missing. One draw in which they do is enough: a line may be there for one of
/// several causes alone.
async fn noticed(engine: &Arc<dyn Engine>, mutant: &Mutant, options: &Options) -> Result<bool, String> {
    for seed in &options.seeds {
        if !round::passes(engine, &mutant.lab, *seed, &options.instance).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The scripts of the solution, with the host of each.
fn solutions(lab: &Lab) -> impl Iterator<Item = (usize, &Script)> {
    lab.hosts.iter().enumerate().filter_map(|(host, of)| Some((host, of.solution.as_ref()?)))
}

fn mutants(lab: &Arc<Lab>) -> Vec<Mutant> {
    let mut mutants = Vec::new();
    for (host, script) in solutions(lab) {
        for (line, text) in without_keys(script) {
            let mut mutant = Lab::clone(lab);
            if let Some(solution) = &mut mutant.hosts[host].solution {
                solution.text = text;
            }
            mutants.push(Mutant { lab: Arc::new(mutant), path: script.path.clone(), line });
        }
    }
    mutants
}

/// The text without each of its key lines, by the line's number from 1.
fn without_keys(script: &Script) -> Vec<(usize, String)> {
    let lines: Vec<&str> = script.text.lines().collect();
    // Something must stand there, or an `if` would have no body.
    let nothing = if script.is_python() { "pass" } else { ":" };
    let keys = (0..lines.len()).filter(|at| key_command(lines[*at]).is_some());
    keys.map(|key| {
        // A command over several lines goes as a whole.
        let first = (0..key).rev().take_while(|at| lines[*at].ends_with('\\')).last().unwrap_or(key);
        let mut out = String::with_capacity(script.text.len());
        for (at, line) in lines.iter().enumerate() {
            if (first..=key).contains(&at) {
                out.push_str(&line[..line.len() - line.trim_start().len()]);
                out.push_str(nothing);
            } else {
                out.push_str(line);
            }
            out.push('\n');
        }
        (key + 1, out)
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{super::super::catalog::Script, without_keys};

    fn script(text: &str) -> Script {
        Script { path: "solution.sh".into(), text: text.into() }
    }

    #[test]
    fn a_key_line_goes_and_the_rest_stays() {
        let text = "a\nb # key \nif c; then\n    d \\\n      e # key\nfi\n# key words\n";
        assert_eq!(
            without_keys(&script(text)),
            [
                (2, "a\n:\nif c; then\n    d \\\n      e # key\nfi\n# key words\n".into()),
                (5, "a\nb # key \nif c; then\n    :\n      :\nfi\n# key words\n".into()),
            ]
        );
    }

    #[test]
    fn a_python_script_stays_one() {
        let text = "#!/usr/bin/python3\nif a:\n    b() # key\n";
        assert_eq!(without_keys(&script(text)), [(3, "#!/usr/bin/python3\nif a:\n    pass\n".into())]);
    }

    #[test]
    fn without_a_mark_there_is_none() {
        assert_eq!(without_keys(&script("a\necho '#key'\n")), []);
    }
}
