//! A lab as it was read: plain values, every one of them already found sound.

use std::{collections::BTreeSet, path::PathBuf};

use scorecards::{
    event::work::Severity,
    marking::{CheckMark, KpiMark, Marking, SignalMark},
    role::coverage::LabLinks,
    signal::Pattern,
};
use wire::{Capability, Init};

use super::{
    judging::Judging,
    vars::{self, Port, VarSpec, Vars},
};
use crate::exercise::Exercise;

/// The phases of a path in which labs are done, in days since the first.
pub const PHASES: &[u32] = &[30, 60, 90, 180, 365];

/// The phases in words.
#[must_use]
pub fn phases() -> String {
    PHASES.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")
}

/// How many hosts a lab has at most: so many tabs a page has room for.
pub const MOST_HOSTS: usize = 6;

/// How many ports of a host are tabs of a page at most.
pub const MOST_PORTS: usize = 6;

/// Something to be done: in a sandbox, or as an [exercise](Exercise) in a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Lab {
    /// The name of its folder.
    pub id: String,
    /// Its folder.
    pub dir: PathBuf,
    /// The SHA-256, in hex, of every file of the folder with its path.
    pub version: String,
    /// Its title.
    pub title: String,
    /// What it is about, in one line.
    pub summary: String,
    /// How long it should take, in minutes; it ends after that.
    pub minutes: u32,
    /// How that time may be used.
    pub time: TimeSettings,
    /// The phase of the path it belongs to, in days.
    pub phase: u32,
    /// What starts the clock.
    pub entry: Entry,
    /// What it trains, by id.
    pub skills: Vec<String>,
    /// The KPIs it says something about, by id.
    pub kpis: Vec<String>,
    /// Anything else of a role that it trains, by id.
    pub trains: Vec<String>,
    /// Those of them that an attempt is an observation of, with what it must have earned to count as met.
    pub contributions: Vec<KpiMark>,
    /// Its hosts: terminals, scripts and pages show them in this order. At least one, but for an exercise, which has none.
    pub hosts: Vec<Host>,
    /// What is asked in its page, where it is worked at there and has no sandbox.
    pub exercise: Option<Exercise>,
    /// What people judge of it, where they do.
    pub judging: Option<Judging>,
    /// What is drawn for each attempt, by name.
    pub vars: std::collections::BTreeMap<String, VarSpec>,
    /// Whether the end state is right.
    pub checks: Vec<Check>,
    /// How the work was done.
    pub signals: Vec<Signal>,
    /// What a learner may ask for, in this order.
    pub hints: Vec<Hint>,
    /// The ticket or alert, as Markdown with variables.
    pub brief: String,
    /// The runbook that exists for it, as Markdown with variables.
    pub runbook: Option<String>,
    /// Root cause and model answer, as Markdown with variables.
    pub debrief: String,
}

/// How a lab's time may be used. Lengths are in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeSettings {
    /// How much the learner may add; half of the lab's minutes where the lab does not say.
    pub extension: u32,
    /// Whether they may in assessed attempts too, not only to practise.
    pub extension_when_assessed: bool,
    /// After how long without input a practice attempt pauses, where the lab wants it otherwise than the server; 0 for
    /// never.
    pub idle: Option<u32>,
}

impl TimeSettings {
    /// Where a lab of so many minutes says nothing.
    #[must_use]
    pub fn usual(minutes: u32) -> Self {
        Self { extension: minutes / 2, extension_when_assessed: false, idle: None }
    }
}

/// What starts the clock of a lab's KPIs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    /// Something is down and the alert says so.
    Alert,
    /// Somebody asks for something.
    Ticket,
}

/// A machine of a lab, which is a sandbox of its own. Those of one lab see each other by name, and nothing else. Sizes
/// are in bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// Its name, by which the others reach it.
    pub name: String,
    /// From which image.
    pub image: Image,
    /// What runs as the box's PID 1.
    pub init: Init,
    /// Memory of everything in the box together, tmpfs included.
    pub memory: u64,
    /// The size of the writable root.
    pub disk: u64,
    /// How many inodes the writable root has.
    pub inodes: u64,
    /// The size of `/tmp`.
    pub tmp: u64,
    /// Processors, as in 0.5 for half of one.
    pub cpus: f64,
    /// How many tasks it may hold.
    pub pids: u64,
    /// The user whose shell a terminal opens.
    pub user: String,
    /// What root in it may do beyond the usual: such a lab runs only where an administrator has allowed it.
    pub capabilities: Vec<Capability>,
    /// What the learner is offered as a preview.
    pub ports: Vec<PreviewPort>,
    /// Breaks the box, as root, before the learner gets in. Only a lab with several hosts can do without one.
    pub setup: Option<Script>,
    /// What the reference solution does here, as the lab's user. The solution is that of all hosts, in their order.
    pub solution: Option<Script>,
}

/// A port of the box that the learner may look at in a tab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewPort {
    /// Its id, unique in the lab; also what its tab is called.
    pub name: String,
    /// The TCP port.
    pub port: u16,
    /// The path that is shown first, with its slash.
    pub path: String,
}

/// From which image a sandbox is made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Image {
    /// One that has a name, such as `belay/systemd`.
    Named(String),
    /// One of the lab's own, from the Dockerfile in this folder.
    Build(PathBuf),
}

/// Asks whether the end state is right.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Its id, unique in the lab.
    pub id: String,
    /// A statement that is true when it passes.
    pub title: String,
    /// What it earns.
    pub points: i32,
    /// Whether the attempt passes only with it.
    pub required: bool,
    /// The dimension it counts for.
    pub dimension: String,
    /// Checks that must have passed before it is made.
    pub needs: Vec<String>,
    /// Whether it is made only at the end, after the boxes have been restarted.
    pub after_reboot: bool,
    /// Which of the lab's hosts it looks at, counted from 0.
    pub host: usize,
    /// What to say when it fails, instead of generated words.
    pub feedback: Option<String>,
    /// What it looks at, and what it expects.
    pub test: Test,
}

/// How a check looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// With one of the agent's probes.
    Probe(Expectation),
    /// With a script: exit code 0 passes, and the last line it prints is the feedback.
    Script {
        /// The script.
        script: Script,
        /// Whether it runs in the box, with the box's programs, instead of beside it.
        inside: bool,
    },
}

/// A script of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its path in the lab's folder.
    pub path: String,
    /// Its text.
    pub text: String,
}

impl Script {
    /// The command line that runs it: its interpreter with the text as an argument, so that the
    /// script's standard input stays free and nothing is written into the box.
    #[must_use]
    pub fn argv(&self) -> Vec<String> {
        let mut argv = self.interpreter();
        argv.push("-c".into());
        argv.push(self.text.clone());
        // What the shell calls itself in its messages.
        argv.push(self.path.clone());
        argv
    }

    /// The command line by which its interpreter reads it and runs nothing of it; `None` for an interpreter of which that is
    /// not known.
    #[must_use]
    pub fn reading(&self) -> Option<Vec<String>> {
        let mut argv = self.interpreter();
        if self.is_python() {
            argv.extend(["-c", "import ast, sys; ast.parse(sys.argv[1], sys.argv[2])"].map(Into::into));
        } else if argv.last().is_some_and(|program| program.ends_with("sh")) {
            argv.extend(["-n", "-c"].map(Into::into));
        } else {
            return None;
        }
        argv.extend([self.text.clone(), self.path.clone()]);
        Some(argv)
    }

    /// Whether Python runs it; a shell does otherwise.
    #[must_use]
    pub fn is_python(&self) -> bool {
        self.interpreter().iter().any(|word| word.contains("python"))
    }

    fn interpreter(&self) -> Vec<String> {
        let first = self.text.lines().next().and_then(|line| line.strip_prefix("#!")).unwrap_or("/bin/sh");
        first.split_whitespace().map(Into::into).collect()
    }
}

/// What a probe is to look at, and what is right. Texts may hold variables.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// An answer over HTTP.
    Http {
        /// Where to ask.
        url: String,
        /// The `Host` header.
        host: Option<String>,
        /// The status code.
        status: Option<u16>,
        /// The body holds this.
        contains: Option<String>,
        /// The body doesn't hold this.
        absent: Option<String>,
    },
    /// A TCP connection.
    Tcp {
        /// An address or a name.
        host: String,
        /// The port.
        port: Port,
        /// Whether it must be possible.
        open: bool,
    },
    /// A file, a directory or a link.
    File {
        /// Absolute path.
        path: String,
        /// Whether it must be there.
        exists: bool,
        /// Permission bits.
        mode: Option<u32>,
        /// The owner's name.
        owner: Option<String>,
        /// The group's name.
        group: Option<String>,
        /// It holds this text.
        contains: Option<String>,
        /// It holds something that matches this regular expression.
        matches: Option<String>,
        /// It doesn't hold this text.
        absent: Option<String>,
    },
    /// Who listens on a port.
    Listening {
        /// The TCP port.
        port: Port,
        /// The program.
        program: Option<String>,
        /// The user.
        user: Option<String>,
        /// The local address.
        address: Option<String>,
        /// Nobody may.
        none: bool,
    },
    /// Processes of a name.
    Process {
        /// The name.
        name: String,
        /// Whether there must be one.
        running: bool,
        /// The user as whom it runs.
        user: Option<String>,
    },
    /// A unit of systemd.
    Unit {
        /// With its suffix.
        name: String,
        /// Whether it must be active.
        active: Option<bool>,
        /// Whether it must be enabled.
        enabled: Option<bool>,
    },
    /// How full a filesystem is.
    Filesystem {
        /// A path on it.
        path: String,
        /// Less than so many percent of its bytes.
        used_below: Option<u32>,
        /// Less than so many percent of its inodes.
        inodes_below: Option<u32>,
    },
    /// An account.
    User {
        /// The login name.
        name: String,
        /// Whether there must be one.
        exists: bool,
        /// The login shell.
        shell: Option<String>,
        /// Groups it belongs to, others not forbidden.
        groups: Vec<String>,
    },
    /// A program of the box.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
        /// Its exit code.
        exit: i32,
        /// Its output holds this.
        contains: Option<String>,
    },
}

/// How the work was done.
#[derive(Clone, Debug, PartialEq)]
pub struct Signal {
    /// Its id, unique in the lab.
    pub id: String,
    /// What was done, in words.
    pub title: String,
    /// What it earns, or costs (below zero) where the pattern is a forbidden one.
    pub points: i32,
    /// The dimension it counts for.
    pub dimension: String,
    /// What to look for.
    pub pattern: Pattern,
    /// Whether the reference solution must show it.
    pub proven: bool,
}

/// A hint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// What it costs who passes.
    pub cost: u32,
    /// Its text, as Markdown with variables.
    pub text: String,
}

impl Lab {
    /// How the lab is marked.
    #[must_use]
    pub fn marking(&self) -> Marking {
        let mark = |check: &Check| CheckMark {
            id: check.id.clone(),
            title: check.title.clone(),
            points: check.points,
            required: check.required,
            dimension: check.dimension.clone(),
        };
        let answered = self.exercise.iter().flat_map(Exercise::marks).cloned();
        Marking {
            checks: self.checks.iter().map(mark).chain(answered).collect(),
            signals: self
                .signals
                .iter()
                .map(|signal| SignalMark {
                    id: signal.id.clone(),
                    title: signal.title.clone(),
                    points: signal.points,
                    dimension: signal.dimension.clone(),
                    pattern: signal.pattern.clone(),
                })
                .collect(),
            hints: self.hints.iter().map(|hint| hint.cost).collect(),
            kpis: self.contributions.clone(),
            // An alert that wakes somebody is of high severity; a lab does not say more.
            alert: (self.entry == Entry::Alert).then_some(Severity::High),
        }
    }

    /// What the lab is about, in the words of role packs.
    #[must_use]
    pub fn links(&self) -> LabLinks {
        let marking = self.marking();
        let checks = marking.checks.into_iter().map(|check| check.dimension);
        let dimensions: BTreeSet<String> =
            checks.chain(marking.signals.into_iter().map(|signal| signal.dimension)).collect();
        LabLinks {
            lab: self.id.clone(),
            skills: self.skills.clone(),
            kpis: self.kpis.clone(),
            dimensions: dimensions.into_iter().collect(),
            trains: self.trains.clone(),
        }
    }

    /// The host that comes first: the only one, in most labs.
    ///
    /// # Panics
    /// For an exercise. The catalogue has no other lab without a host.
    #[must_use]
    pub fn first_host(&self) -> &Host {
        self.hosts.first().expect("a lab with a sandbox has a host")
    }

    /// Draws the lab's variables. The same seed always draws the same values.
    #[must_use]
    pub fn draw(&self, seed: u64) -> Vars {
        Vars::draw(&self.vars, seed)
    }

    /// What none of these seeds draws of all that is chosen from: variables with values.
    #[must_use]
    pub fn undrawn(&self, seeds: &[u64]) -> Vec<(&str, &str)> {
        vars::undrawn(&self.vars, seeds).into_iter().collect()
    }

    /// Some seeds by which everything that is chosen from is drawn at least once.
    #[must_use]
    pub fn seeds_for_each_choice(&self) -> Vec<u64> {
        vars::for_each_choice(&self.vars)
    }
}
