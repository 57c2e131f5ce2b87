//! Tries a lab's signals on a ledger: which are seen, by what, and why the others are not.

use std::fmt;

use chrono::{DateTime, Utc};
use scorecards::{
    event::{By, Event},
    score::{About, Outcome, score},
    signal::{Act, Command, Deed, Form, Pattern, Record, What, look},
};
use serde::Serialize;

use crate::catalog::{Lab, Signal};

/// What came of a lab's signals, in the lab's order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Report(pub Vec<Told>);

/// What came of one signal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Told {
    /// Its id.
    pub id: String,
    /// What was done, in words.
    pub title: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What it earned, or cost (below zero).
    pub points: i32,
    /// What decides that, in order; nothing where its absence does.
    pub decided_by: Vec<Shown>,
    /// Why, in words.
    pub why: String,
    /// What was looked for.
    pub pattern: Pattern,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Shown {
    /// When.
    pub at: DateTime<Utc>,
    /// The command line, the file that changed, or what was said.
    pub what: String,
    /// The exit code of a command that has ended by itself.
    pub exit: Option<i32>,
    /// The terminal it was run at.
    pub terminal: Option<u32>,
}

/// Tries the signals of a lab on what happened.
#[must_use]
pub fn try_signals(lab: &Lab, events: &[Event]) -> Report {
    let result = score(&lab.marking(), events);
    let record = Record::new(events);
    let lines = result.lines.into_iter().filter(|line| line.about == About::Signal);
    let told = lab.signals.iter().zip(lines).map(|(signal, line)| {
        let found = look(&signal.pattern, &record);
        Told {
            id: signal.id.clone(),
            title: signal.title.clone(),
            outcome: line.outcome,
            points: line.points,
            decided_by: found.decided_by.iter().map(|act| shown(act)).collect(),
            why: found.why,
            pattern: signal.pattern.clone(),
        }
    });
    Report(told.collect())
}

fn shown(act: &Act<'_>) -> Shown {
    let (exit, terminal) = match &act.what {
        What::Ran { run, ended, .. } => {
            let terminal = if let By::Terminal(terminal) = run.by { Some(terminal) } else { None };
            (ended.and_then(|(_, code)| code), terminal)
        }
        What::Changed { .. } | What::Saved(_) | What::Said(_) => (None, None),
    };
    Shown { at: act.at, what: act.line(), exit, terminal }
}

/// What a signal looks for, with the sets written out.
#[must_use]
pub fn explain(signal: &Signal) -> String {
    let (kind, form) = match &signal.pattern {
        Pattern::Expect(form) => ("expect", form),
        Pattern::Forbid(form) => ("forbid", form),
    };
    // It was read from TOML, so it can be written as TOML.
    let written = toml::Value::try_from(form).map(|form| form.to_string()).unwrap_or_default();
    let mut lines = vec![format!("{}: {}", signal.id, signal.title), format!("{kind} = {written}")];
    let mut named: Vec<&Command> = Vec::new();
    for command in commands(form) {
        if command.to_string().starts_with('@') && !named.contains(&command) {
            named.push(command);
        }
    }
    for command in named {
        lines.push(format!("\n{command} is any of"));
        lines.extend(command.written_out().into_iter().map(|way| format!("  {way}")));
    }
    lines.join("\n")
}

fn commands(form: &Form) -> impl Iterator<Item = &Command> {
    form.deeds().into_iter().filter_map(|deed| if let Deed::Ran(ran) = deed { Some(&ran.ran) } else { None }).flatten()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for told in &self.0 {
            let word = match told.outcome {
                Outcome::Earned => "seen",
                Outcome::Missed => "not seen",
                Outcome::Cost => "costs",
                Outcome::Clean => "avoided",
                Outcome::NotObserved => "not observed",
            };
            let points = match (told.outcome, told.points) {
                (Outcome::NotObserved, _) => "–".into(),
                (_, 0) => "0".into(),
                (_, points) => format!("{points:+}"),
            };
            writeln!(f, "{word:<12} {points:>3}  {}: {}", told.id, told.title)?;
            for shown in &told.decided_by {
                let exit = shown.exit.map(|code| format!("exit {code}"));
                let terminal = shown.terminal.map(|terminal| format!("terminal {terminal}"));
                let facts: Vec<String> = exit.into_iter().chain(terminal).collect();
                let facts = if facts.is_empty() { String::new() } else { format!("  ({})", facts.join(", ")) };
                writeln!(f, "                  {}  {}{facts}", shown.at.format("%H:%M:%S"), shown.what)?;
            }
            if told.outcome != Outcome::Clean {
                writeln!(f, "                  {}", told.why)?;
            }
        }
        Ok(())
    }
}
