//! `belay lab new`: a small whole lab that passes its own test, to be changed piece by piece.

use labs::catalog::MOST_HOSTS;
use scorecards::reader::{ID_REMEDY, is_id};
use toml::Value;
use wire::Init;

use crate::folder::Files;

/// What an author says of a new lab. What it is about they write themselves, over the example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The folder's name.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// In one line.
    pub summary: String,
    /// How long it should take, in minutes.
    pub minutes: u32,
    /// The phase of the path, in days.
    pub phase: u32,
    /// What it trains, by the ids of a role pack.
    pub skills: Vec<String>,
    /// What its machines are like.
    pub machines: Machines,
}

/// What the machines of a new lab are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Machines {
    /// One.
    One(Init),
    /// Several with these names on a network of their own.
    Several(Vec<String>),
}

/// What an outline can't be made a lab of.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OutlineError {
    /// The folder's name.
    #[error("\"{0}\" can't be a lab's id; {ID_REMEDY}")]
    Id(String),
    /// A text of more than one line, or none at all.
    #[error("the {0} must be one line of text")]
    Line(&'static str),
    /// How many machines.
    #[error("a lab has one machine or 2 to {MOST_HOSTS} of different names, not {0}")]
    Hosts(usize),
    /// The name of a machine.
    #[error("\"{0}\" can't be a machine's name; {ID_REMEDY}")]
    Host(String),
}

/// The files of a new lab.
///
/// # Errors
/// When something of the outline can't be part of a lab.
pub fn scaffold(outline: &Outline) -> Result<Files, OutlineError> {
    let Outline { id, title, summary, minutes, phase, skills, machines } = outline;
    if !is_id(id) {
        return Err(OutlineError::Id(id.clone()));
    }
    for (name, text) in [("title", title), ("summary", summary)] {
        if text.trim().is_empty() || text.contains(['\n', '\r']) {
            return Err(OutlineError::Line(name));
        }
    }
    let hosts: Vec<&str> = match machines {
        Machines::One(_) => vec!["web1"],
        Machines::Several(names) => {
            let mut different: Vec<&str> = names.iter().map(String::as_str).collect();
            different.sort_unstable();
            different.dedup();
            if different.len() != names.len() || !(2..=MOST_HOSTS).contains(&names.len()) {
                return Err(OutlineError::Hosts(different.len()));
            }
            if let Some(bad) = names.iter().find(|name| !is_id(name)) {
                return Err(OutlineError::Host(bad.clone()));
            }
            names.iter().map(String::as_str).collect()
        }
    };
    let several = hosts.len() > 1;
    let (first, last) = (hosts[0], hosts[hosts.len() - 1]);
    let said =
        |host: &str| if several { format!("host = \"{host}\" # the machine it is made on\n") } else { String::new() };
    let words = [
        ("@ID@", id.clone()),
        ("@TITLE@", Value::from(title.trim()).to_string()),
        ("@SUMMARY@", Value::from(summary.trim()).to_string()),
        ("@MINUTES@", minutes.to_string()),
        ("@PHASE@", phase.to_string()),
        ("@SKILLS@", Value::from(skills.clone()).to_string()),
        ("@SANDBOX@\n", sandbox(&hosts)),
        ("@HOST_FIRST@", said(first)),
        ("@HOST_LAST@", said(last)),
        ("@ADDRESS@", if several { first.into() } else { "127.0.0.1".into() }),
        ("@FIRST@", first.into()),
        ("@ALL@", and(&hosts)),
    ];
    let template = if *machines == Machines::One(Init::Plain) { PLAIN } else { SYSTEMD };
    let filled = |text: &str| words.iter().fold(text.to_string(), |text, (token, word)| text.replace(token, word));
    let files = template.iter().map(|(path, text)| {
        let path = match *path {
            "setup.sh" | "solution.sh" if several => path.replace(".sh", &format!("/{first}.sh")),
            path => path.into(),
        };
        (path, filled(text).into_bytes())
    });
    Ok(files.collect())
}

const PORTS: &str = "ports = [{ name = \"notices\", port = 8080 }] # what the learner can look at in a tab\n";

fn sandbox(hosts: &[&str]) -> String {
    let [only] = hosts else {
        let mut text =
            "[sandbox]\nnetwork = \"private\" # the machines reach each other by name, and nothing else\n".to_string();
        for (at, host) in hosts.iter().enumerate() {
            text += &format!(
                "\n[[sandbox.host]]\nname = \"{host}\"\nimage = \"belay/systemd\"\nmemory = \"192m\"\ndisk = \"32m\"\n{}",
                if at == 0 { PORTS } else { "" },
            );
        }
        return text + "\n";
    };
    format!(
        "[sandbox]\n\
         image = \"belay/systemd\" # or build = \"sandbox\", with sandbox/Dockerfile: `FROM belay/web` and what the lab needs\n\
         memory = \"192m\"\n\
         disk = \"32m\"\n\
         hostname = \"{only}\"\n\
         {PORTS}\n"
    )
}

/// `a`, `a and b`, `a, b and c`.
fn and(names: &[&str]) -> String {
    match names {
        [rest @ .., last] if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

macro_rules! template {
    ($folder:literal: $($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../template/", $folder, "/", $path)))),*]
    };
}

const SYSTEMD: &[(&str, &str)] = template!("systemd":
    "lab.toml", "brief.md", "runbook.md", "debrief.md", "hints/1.md", "hints/2.md", "setup.sh", "solution.sh",
    "checks/nothing-opened.sh",
);

const PLAIN: &[(&str, &str)] = template!("plain":
    "lab.toml", "brief.md", "runbook.md", "debrief.md", "hints/1.md", "hints/2.md", "setup.sh", "solution.sh",
    "checks/others-untouched.sh",
);
