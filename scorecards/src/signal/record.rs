//! What an attempt's events say of how the work was done, in order: runs, file changes, what was said, and gaps.

use std::{
    collections::{HashMap, HashSet},
    fmt,
};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    command::{Program, basename},
    pattern::Said,
    tri::Tri,
    wrapper,
};
use crate::{
    event::{CommandRun, Event, FileChanged, FileSaved, Kind, Purpose},
    pauses::Pauses,
    shell::shell_words,
};

/// What the tab Files of the learner's page is called in a pattern.
const FILES: &str = "files";

/// How the work of an attempt was done, as far as it was recorded.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// What the learner did, in order.
    pub(super) acts: Vec<Act<'a>>,
    /// Where something is missing, in order.
    pub(super) gaps: Vec<Gap>,
    /// When the learner could begin.
    pub(super) began: Option<DateTime<Utc>>,
    /// Of each run the one that started it, where that is known.
    parents: HashMap<u64, Option<u64>>,
}

/// Something the learner did.
#[derive(Clone, Debug)]
pub struct Act<'a> {
    /// The event that says so; of a run, the one of its start.
    pub event: &'a Event,
    /// When: for a run, when it was started.
    pub at: DateTime<Utc>,
    /// What.
    pub what: What<'a>,
}

/// What an act was.
#[derive(Clone, Debug)]
pub enum What<'a> {
    /// A program was run.
    Ran {
        /// The run.
        run: &'a CommandRun,
        /// When it ended and with which code, once it has.
        ended: Option<(DateTime<Utc>, Option<i32>)>,
        /// The program behind it, where it stands for that.
        inner: Option<&'a [String]>,
    },
    /// A file was changed.
    Changed {
        /// The change.
        change: &'a FileChanged,
        /// Whether it is known not to have been a service that did it: not where the run that did is missing.
        sure: bool,
    },
    /// A file was saved on the page, in the tab Files.
    Saved(&'a FileSaved),
    /// The learner said something, which may be several things at once.
    Said(Vec<Said>),
}

/// How much of the work was looking and how much was changing: runs of `@read-only` and of `@change`, what they started in
/// turn left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Work {
    /// How often something was looked at.
    pub looked: u32,
    /// How often something was changed.
    pub changed: u32,
    /// How often something was looked at before the first change.
    pub looked_first: u32,
}

/// A part of the ledger that is missing: it lies after `since`, and not after `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub since: DateTime<Utc>,
    pub at: DateTime<Utc>,
    pub count: u64,
}

impl<'a> Record<'a> {
    /// What the events of one attempt say, in whatever order they come.
    #[must_use]
    pub fn new(events: &'a [Event]) -> Self {
        // Windows of time are of the learner's time: the clock by which they are taken stands still in a pause.
        let pauses = Pauses::frozen(events);
        let moment = |event: &Event| pauses.worked(event.moment());
        let runs = runs(events);
        let ends = ends(events);
        let parents: HashMap<u64, Option<u64>> = runs.values().map(|(_, run)| (run.run, run.parent)).collect();
        let started_others: HashSet<u64> = parents.values().copied().flatten().collect();
        let settles = settles(events);
        let gaps = gaps(events, moment);

        let what = |event: &'a Event| match &event.kind {
            Kind::CommandRun(run) if run.by.learner() => {
                let ended = ends.get(&run.run).map(|(event, code)| (moment(event), *code));
                // Had it run anything, that would be in the record; unless it is missing, and all went well.
                let stands = !started_others.contains(&run.run) && matches!(ended, Some((_, Some(0))));
                let inner = if stands { wrapper::inner(&run.exe, &run.argv) } else { None };
                Some(What::Ran { run, ended, inner })
            }
            Kind::FileChanged(change) => {
                let by = change.run.and_then(|run| runs.get(&run));
                let sure = by.is_some() || change.run.is_none() || gaps.is_empty();
                by.is_none_or(|(_, run)| run.by.learner()).then_some(What::Changed { change, sure })
            }
            Kind::FileSaved(saved) => Some(What::Saved(saved)),
            Kind::HypothesisStated { .. } => Some(What::Said(vec![Said::Hypothesis])),
            Kind::HypothesisSettled { .. } if settles == Some(event.id) => Some(What::Said(vec![Said::Settled])),
            Kind::NoteAdded { purpose, .. } => Some(What::Said(match purpose {
                Purpose::Working => vec![Said::Note],
                Purpose::Closing => vec![Said::Note, Said::ClosingNote],
                Purpose::Handover => vec![Said::Note, Said::HandoverNote],
            })),
            _ => None,
        };
        let mut acts: Vec<Act<'a>> =
            events.iter().filter_map(|event| Some(Act { event, at: moment(event), what: what(event)? })).collect();
        acts.sort_by_key(Act::place);

        let ready = events.iter().filter(|event| matches!(event.kind, Kind::SandboxReady { .. }));
        let began = ready.map(moment).min().or_else(|| acts.first().map(|act| act.at));
        Self { acts, gaps, began, parents }
    }

    /// How many entries of the ledger are missing.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.gaps.iter().fold(0, |sum, gap| sum.saturating_add(gap.count))
    }

    /// Whether one of these runs started this one, itself or through others: as sure as that one is, and perhaps where it
    /// is not known what started it.
    pub(super) fn is_started_by(&self, run: u64, some: &HashMap<u64, Tri>) -> Tri {
        let mut seen = HashSet::from([run]);
        let (mut at, mut is) = (run, Tri::No);
        while let Some(parent) = self.parents.get(&at).copied().flatten().filter(|parent| seen.insert(*parent)) {
            is = is.or(some.get(&parent).copied().unwrap_or(Tri::No));
            if !self.parents.contains_key(&parent) {
                return is.or(Tri::perhaps(!self.gaps.is_empty()));
            }
            at = parent;
        }
        is
    }
}

impl<'a> Act<'a> {
    /// Its place in the record; ties are broken by the ledger's numbers.
    fn place(&self) -> (DateTime<Utc>, u64, u8, Uuid) {
        let (run, rank) = match &self.what {
            What::Ran { run, .. } => (run.run, 0),
            What::Changed { .. } | What::Saved(_) => (u64::MAX, 1),
            What::Said(_) => (u64::MAX, 2),
        };
        (self.at, run, rank, self.event.id)
    }

    /// The number of the run, if it is one.
    pub(super) fn run(&self) -> Option<u64> {
        if let What::Ran { run, .. } = &self.what { Some(run.run) } else { None }
    }

    /// When it was over, if that is known; what is no run is over at once.
    pub(super) fn over(&self) -> Option<DateTime<Utc>> {
        match &self.what {
            What::Ran { ended, .. } => ended.map(|(at, _)| at),
            What::Changed { .. } | What::Saved(_) | What::Said(_) => Some(self.at),
        }
    }

    /// The programs it may be taken for: its own, and the one it stands for.
    pub(super) fn programs(&self) -> impl Iterator<Item = Program<'a>> {
        let (own, inner) = match self.what {
            What::Ran { run, inner, .. } => {
                let file = basename(&run.exe);
                let called = run.argv.first().map_or(file, |name| basename(name));
                let args = run.argv.get(1..).unwrap_or_default();
                // Behind `-c` stands what the shell reads, and no word of its own any more.
                let own = Program {
                    called,
                    file,
                    args,
                    cut: run.cut && !(is_shell(file) && args.iter().any(|arg| arg == "-c")),
                };
                let inner = inner.and_then(|argv| {
                    let name = basename(argv.first()?);
                    Some(Program { called: name, file: name, args: &argv[1..], cut: run.cut })
                });
                (Some(own), inner)
            }
            // So that a pattern can name the tab as it names any other editor.
            What::Saved(saved) => {
                let args = std::slice::from_ref(&saved.path);
                (Some(Program { called: FILES, file: FILES, args, cut: false }), None)
            }
            What::Changed { .. } | What::Said(_) => (None, None),
        };
        own.into_iter().chain(inner)
    }

    /// What was done, as a text: two acts with the same one are the same thing done twice.
    #[must_use]
    pub fn line(&self) -> String {
        match &self.what {
            What::Ran { run, .. } => shell_words(&run.argv),
            What::Changed { change: FileChanged { path, before: None, .. }, .. } => format!("{path} was made"),
            What::Changed { change: FileChanged { path, after: None, .. }, .. } => format!("{path} was removed"),
            What::Changed { change: FileChanged { path, .. }, .. } => format!("{path} was changed"),
            What::Saved(saved) => format!("{} was saved in Files", saved.path),
            What::Said(said) => {
                let word: &str = said.last().map_or("nothing", Into::into);
                word.replace('-', " ")
            }
        }
    }
}

impl fmt::Display for Act<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` at {}", self.line(), self.at.format("%H:%M:%S"))
    }
}

/// Whether a program's file is a shell's.
fn is_shell(file: &str) -> bool {
    matches!(file, "bash" | "dash" | "sh" | "busybox" | "zsh")
}

/// All runs by number. Where two claim one number the earlier has it.
fn runs(events: &[Event]) -> HashMap<u64, (&Event, &CommandRun)> {
    let mut runs: HashMap<u64, (&Event, &CommandRun)> = HashMap::new();
    for event in events {
        if let Kind::CommandRun(run) = &event.kind
            && runs.get(&run.run).is_none_or(|(known, _)| (event.moment(), event.id) < (known.moment(), known.id))
        {
            runs.insert(run.run, (event, run));
        }
    }
    runs
}

fn ends(events: &[Event]) -> HashMap<u64, (&Event, Option<i32>)> {
    let mut ends: HashMap<u64, (&Event, Option<i32>)> = HashMap::new();
    for event in events {
        if let Kind::CommandEnded { run, code } = &event.kind
            && ends.get(run).is_none_or(|(known, _)| (event.moment(), event.id) < (known.moment(), known.id))
        {
            ends.insert(*run, (event, *code));
        }
    }
    ends
}

/// The event after which no hypothesis was open, if there is one.
fn settles(events: &[Event]) -> Option<Uuid> {
    let mut open: HashSet<u32> = events
        .iter()
        .filter_map(
            |event| if let Kind::HypothesisStated { hypothesis, .. } = event.kind { Some(hypothesis) } else { None },
        )
        .collect();
    let mut settled: Vec<(DateTime<Utc>, Uuid, u32)> = events
        .iter()
        .filter_map(|event| match event.kind {
            Kind::HypothesisSettled { hypothesis, .. } => Some((event.moment(), event.id, hypothesis)),
            _ => None,
        })
        .collect();
    settled.sort_unstable();
    settled.into_iter().find_map(|(_, id, hypothesis)| (open.remove(&hypothesis) && open.is_empty()).then_some(id))
}

fn gaps(events: &[Event], moment: impl Fn(&Event) -> DateTime<Utc>) -> Vec<Gap> {
    // What the journal has kept: all that is lost lies after the entry before it.
    let mut kept: Vec<DateTime<Utc>> = events.iter().filter(|event| is_kept(&event.kind)).map(&moment).collect();
    kept.sort_unstable();
    let gap = |event: &Event| match event.kind {
        Kind::CoverageLost { count } if count > 0 => {
            let at = moment(event);
            let before = kept.partition_point(|kept| *kept < at);
            let since = before.checked_sub(1).map_or(DateTime::<Utc>::MIN_UTC, |last| kept[last]);
            Some(Gap { since, at, count })
        }
        _ => None,
    };
    let mut gaps: Vec<Gap> = events.iter().filter_map(gap).collect();
    gaps.sort_unstable_by_key(|gap| (gap.at, gap.since, gap.count));
    gaps
}

/// Whether it is an entry of the agent's journal.
fn is_kept(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::CommandRun(_)
            | Kind::CommandEnded { .. }
            | Kind::LineTyped { .. }
            | Kind::TerminalOpened { .. }
            | Kind::TerminalClosed { .. }
            | Kind::BoxStarted { .. }
            | Kind::BoxEnded { .. }
            | Kind::FileChanged(_)
    )
}
