//! Events: the append-only record of what happened. Everything that is judged rests on them.
//!
//! What happens in a lab's box and around an attempt is in [`Kind`] itself; work as organisations record it (tickets,
//! alerts, changes …) is in families, one module each. In JSON all of them are alike: a tag `kind` beside `data`.

mod read;
mod time;
pub mod work;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use strum::VariantNames;
use uuid::Uuid;

pub use self::time::{Gift, PauseReason};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Names the event; evidence cites it.
    pub id: Uuid,
    /// When, by the server's clock.
    pub at: DateTime<Utc>,
    /// When, by the sandbox's clock, for what happened in a box.
    pub box_at: Option<DateTime<Utc>>,
    /// Who did it; `None` for the platform itself.
    pub actor: Option<Uuid>,
    /// Whom it is about.
    pub subject: Uuid,
    /// The attempt it belongs to.
    pub attempt: Option<Uuid>,
    /// Where it comes from.
    pub source: Source,
    /// What happened.
    #[serde(flatten)]
    pub kind: Kind,
}

impl Event {
    /// The moment by which events of one box are put in order: the box's clock where there is one.
    #[must_use]
    pub fn moment(&self) -> DateTime<Utc> {
        self.box_at.unwrap_or(self.at)
    }

    /// Whether somebody else than the person whom it is about did it. A machine is nobody.
    #[must_use]
    pub fn by_another(&self) -> bool {
        self.actor.is_some_and(|actor| actor != self.subject)
    }
}

/// Where an event comes from. Figures from different sources are never blended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A lab or drill.
    Simulated,
    /// A real tool of the organisation.
    Imported,
    /// Somebody's word.
    Attested,
}

/// What happened. The tag is stored beside the data and is part of the contract: a kind is never
/// renamed and its fields only grow, with defaults.
///
/// A kind that this version does not know is kept as it came ([`Kind::Unknown`]), so that an older program can
/// read, show and hand on what a newer one wrote. A *known* kind with data that does not fit is an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, VariantNames)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case", remote = "Self")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Somebody began an attempt at a lab.
    AttemptStarted {
        /// The lab's id.
        lab: String,
        /// The content hash of the lab as it was.
        version: String,
        /// In which mode.
        mode: Mode,
    },
    /// There is no room for another box: the attempt waits for its turn. It starts when that has come.
    AttemptQueued {
        /// Its place in the queue when it joined it, from 1.
        place: u32,
    },
    /// The box is set up and the learner may get in: the clock starts.
    SandboxReady {
        /// How long it took from the click (or from its turn, for one that waited), in milliseconds.
        took_ms: u64,
        /// Whether the box was made before anybody asked for it.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        warm: bool,
    },
    /// The box could not be started or was lost.
    SandboxFailed {
        /// In words for the learner.
        reason: String,
    },
    /// The attempt is over.
    AttemptEnded {
        /// Why.
        reason: EndReason,
    },
    /// Whoever runs the installation has ended it; [`Kind::AttemptEnded`] follows, or [`Kind::SandboxFailed`] where it had
    /// not begun.
    AttemptStopped {
        /// In words for the learner.
        why: String,
    },
    /// A program was run in the box.
    CommandRun(CommandRun),
    /// A program that was run has ended.
    CommandEnded {
        /// [`CommandRun::run`].
        run: u64,
        /// Its exit code; `None` if a signal killed it.
        code: Option<i32>,
    },
    /// A line as the shell says it was typed: shown, never evidence by itself.
    LineTyped {
        /// The terminal's number.
        terminal: u32,
        /// The line.
        text: String,
    },
    /// A terminal was opened.
    TerminalOpened {
        /// Its number.
        terminal: u32,
    },
    /// A terminal's shell has ended.
    TerminalClosed {
        /// Its number.
        terminal: u32,
    },
    /// The box started.
    BoxStarted {
        /// The how-manieth time.
        boot: u32,
        /// Which host, where the lab has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
    },
    /// The box went down; it comes back by itself.
    BoxEnded {
        /// Which start ended.
        boot: u32,
        /// Which host, where the lab has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
    },
    /// Part of the record is missing. A signal that needs it is not observed.
    CoverageLost {
        /// How many entries.
        count: u64,
    },
    /// A check was made.
    CheckRun(CheckRun),
    /// Somebody else has looked at a check that failed, and found that what it asks was there: it counts as passed.
    CheckOverruled {
        /// [`CheckRun::check`].
        check: String,
        /// The case that was decided.
        case: String,
        /// Why, in words.
        reason: Artefact,
    },
    /// It is judged by another version of its lab; the checks that go another way follow.
    AttemptRescored {
        /// The version it was judged by.
        from: String,
        /// The version it is judged by now.
        to: String,
    },
    /// A hint was taken.
    HintTaken {
        /// Its number in the lab, from 1.
        hint: u32,
    },
    /// An exercise was handed in, or its time was up.
    AnswersHandedIn {
        /// What was answered, by field.
        answers: BTreeMap<String, Vec<String>>,
    },
    /// A file that the lab watches has changed.
    FileChanged(FileChanged),
    /// The learner saved a file with the editor, or uploaded one.
    FileSaved(FileSaved),
    /// The learner opened a preview of a port; said once a port.
    PreviewOpened {
        /// On which host of the lab; `None` where it has only one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// The TCP port.
        port: u16,
    },
    /// The learner asked for a fresh box: it is as it was at the start. What was done before stays done.
    BoxReset {},
    /// The end state of a box is kept.
    SnapshotKept {
        /// Of which host, where the lab has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// What was written in it, packed.
        artefact: Artefact,
        /// How long that is, in bytes.
        bytes: u64,
        /// How many files were left out of it, because they were too many or too large.
        #[serde(default)]
        left_out: u64,
    },
    /// The end state of a box could not be kept.
    SnapshotLost {
        /// Of which host, where the lab has several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        host: Option<String>,
        /// Why, in words for the log.
        why: String,
    },
    /// The learner wrote a note.
    NoteAdded {
        /// What for.
        purpose: Purpose,
        /// Its text.
        text: Artefact,
    },
    /// The learner said what they think the cause is, before or after acting on it.
    HypothesisStated {
        /// Its number in the attempt, from 1.
        hypothesis: u32,
        /// Its text.
        text: Artefact,
    },
    /// The learner said what became of a hypothesis.
    HypothesisSettled {
        /// [`Kind::HypothesisStated`].
        hypothesis: u32,
        /// Whether it was true.
        confirmed: bool,
    },
    /// The box was frozen, and the time with it.
    AttemptPaused {
        /// Why.
        why: PauseReason,
    },
    /// It goes on.
    AttemptResumed {
        /// For how long it stood still, in milliseconds.
        paused_ms: u64,
    },
    /// The learner took more time, within what the lab allows.
    TimeExtended {
        /// How much, in minutes.
        minutes: u32,
    },
    /// The end was moved, so that what was not the learner's doing costs them no time.
    TimeGivenBack {
        /// By how much, in milliseconds; below zero where a clock was set back.
        ms: i64,
        /// Why.
        why: Gift,
    },
    /// The time is soon up, and the page says so.
    TimeWarned {
        /// How much is left, in milliseconds.
        left_ms: u64,
    },
    /// Part of a terminal's recording is missing. Nothing that is judged rests on it.
    RecordingLost {
        /// The terminal's number.
        terminal: u32,
        /// Why.
        why: RecordingLoss,
    },
    /// Somebody, who is the actor, began to watch the learner at work.
    WatchBegan {},
    /// They watch no longer.
    WatchEnded {},
    /// The learner said whether those who watch may type as well. What they type is as if the learner had.
    WatchersMayType {
        /// Whether they may from now on.
        allowed: bool,
    },
    /// Work as organisations record it.
    #[serde(skip)]
    Work(work::Work),
    /// What a later version wrote, as it came.
    #[serde(skip)]
    Unknown(Unknown),
}

impl Kind {
    /// Every tag of what happens in a box and around an attempt; [`work::Work::tags`] has the others.
    pub fn tags() -> impl Iterator<Item = &'static str> {
        // These two have no tag of their own, but strum gives them one.
        Self::VARIANTS.iter().copied().filter(|tag| !["work", "unknown"].contains(tag))
    }
}

/// An event of a kind that this version does not know.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Unknown {
    /// Its tag.
    pub kind: String,
    /// Its data.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub data: serde_json::Value,
}

/// The name of a text, recording or file that is kept beside the log: its SHA-256 in hex. Erasing a person deletes
/// what it names; the log stays whole.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Artefact(pub String);

/// What a note is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// For oneself, while working.
    Working,
    /// What was wrong, what was done, how it was verified: when the work is done.
    Closing,
    /// For whoever takes over.
    Handover,
}

/// A watched file that has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChanged {
    /// Where it is in the box.
    pub path: String,
    /// How it was; `None` if it was not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Artefact>,
    /// How it is; `None` if it is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Artefact>,
    /// The run that changed it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
}

/// A file that was saved with the editor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileSaved {
    /// On which host of the lab; `None` where it has only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Where it is in the box.
    pub path: String,
    /// How it was; `None` if it was not there, or was too large to be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Artefact>,
    /// How it is.
    pub after: Artefact,
    /// Whether it was saved as root.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub as_root: bool,
}

/// Why part of a recording is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecordingLoss {
    /// Nobody fetched it in time.
    NotFetched,
    /// It could not be written, as on a full disk.
    NotWritten,
    /// It had grown too large.
    TooLarge,
    /// What was written is not there any more.
    Damaged,
}

/// In which mode an attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// To learn: hints, checks at any time, any number of attempts.
    Practice,
    /// To show what one can.
    Assessed,
    /// In front of an interviewer.
    Interview,
    /// As part of an on-call shift.
    Shift,
}

/// Why an attempt is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// The learner said so.
    Finished,
    /// The time was up.
    Expired,
    /// The learner gave up.
    Abandoned,
    /// The box was lost.
    Lost,
    /// It was paused for longer than a box is kept.
    Idle,
}

/// A program that was run in the box, as the exec ledger saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandRun {
    /// Names the run in its attempt.
    pub run: u64,
    /// The run that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// On whose behalf.
    pub by: By,
    /// On which host, where the lab has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// The program's file.
    pub exe: String,
    /// The arguments, the program's name first.
    pub argv: Vec<String>,
    /// Whether arguments were left out or cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// The working directory.
    pub cwd: String,
    /// The effective user id.
    pub uid: u32,
    /// Whether the program's file was as the lab made it.
    pub pristine: bool,
}

/// On whose behalf a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The learner, at this terminal.
    Terminal(u32),
    /// A reference solution, which stands for the learner.
    Solution,
    /// The box's services.
    Services,
}

impl By {
    /// Whether the learner did it.
    #[must_use]
    pub fn learner(self) -> bool {
        matches!(self, Self::Terminal(_) | Self::Solution)
    }
}

/// A check that was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckRun {
    /// The check's id.
    pub check: String,
    /// Whether this was the closing run, which counts.
    pub closing: bool,
    /// How it went.
    pub verdict: Verdict,
    /// What is wrong, in words for the learner; or what is right.
    pub feedback: String,
    /// What was seen, raw: a verdict can be computed again from it.
    pub observation: serde_json::Value,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed,
    /// Not made, because a check that it needs failed.
    Blocked,
    /// It could not be made: our fault, and it costs nothing.
    Broken,
}
