//! Requests and their replies.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    file, layer,
    probe::{Observation, Probe},
    terminal,
};

/// What the server asks for on a fresh stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Request {
    /// Who are you, how is the box? Answered by [`Reply::Hello`].
    Hello,
    /// The same, told once the box is ready or there is trouble to tell, after so many milliseconds at the latest.
    /// Answered by [`Reply::Hello`].
    Ready {
        /// How long the answer may take.
        within_ms: u64,
    },
    /// Attaches to a terminal, opening it if there is none of that number. Answered by
    /// [`Reply::Attached`], then the stream carries terminal frames.
    Terminal(terminal::Attach),
    /// Looks at a terminal that is open. Answered by [`Reply::Watching`], then the stream carries terminal frames.
    Watch(terminal::Watch),
    /// Streams what terminals have shown since the handover, from the block after `after` on. Answered by
    /// [`Reply::Done`], then the stream carries recording frames.
    Recording {
        /// The last block that the server has kept; 0 for none.
        after: u64,
    },
    /// Makes a block of what was shown and is in none yet. Answered by [`Reply::Settled`].
    SettleRecording,
    /// Streams the journal from the entry after `after` on. Answered by [`Reply::Done`], then the
    /// stream carries journal frames.
    Journal {
        /// The last sequence number that the server has committed; 0 for none.
        after: u64,
    },
    /// Runs a program to its end. Answered by [`Reply::Ran`].
    Run(Run),
    /// Makes observations, all at once. Answered by [`Reply::Observed`], in the same order.
    Probe {
        /// What to observe.
        probes: Vec<Probe>,
    },
    /// The learner gets in: from here on programs are recorded, and a program file changed later is
    /// no longer pristine. Answered by [`Reply::Done`]. A second time it does nothing.
    Handover,
    /// Ends the box's init and waits until the box runs again, disk kept. Answered by [`Reply::Done`].
    Reboot,
    /// Puts a line into the output of each open terminal, as if it had been printed: who is at work sees it, and no
    /// program of the box does. Answered by [`Reply::Done`].
    Tell {
        /// The line, without control characters: others are left out.
        text: String,
    },
    /// Reads or writes a file. Answered by [`Reply::File`].
    File(file::Call),
    /// Connects to a TCP port of the box itself. Answered by [`Reply::Done`], then the stream carries the connection's
    /// bytes, each direction until its end; or by [`Reply::NobodyListens`].
    Dial {
        /// The port, on `127.0.0.1` or else on `::1`.
        port: u16,
    },
    /// Packs what was written in the box, while it runs. Answered by [`Reply::Done`], then the stream carries pieces.
    Snapshot(layer::Bounds),
    /// Puts a packed layer into a box that waits for it ([`crate::BoxSpec::restore`]), and starts the box. Answered by
    /// [`Reply::Done`]; then the stream carries pieces to the agent, and a second [`Reply::Done`] back.
    Restore,
    /// Ends the box, drops all that was written in it, and waits until it runs again. As before the handover, nothing is
    /// recorded then. Answered by [`Reply::Done`].
    Reset,
    /// What in the box is not as it was at the handover. Answered by [`Reply::Done`], then the stream carries changes.
    Changes,
}

/// How the agent answers a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Reply {
    /// To [`Request::Hello`] and [`Request::Ready`].
    Hello(Hello),
    /// To [`Request::Terminal`].
    Attached(terminal::Attached),
    /// To [`Request::Watch`].
    Watching(terminal::Watching),
    /// To [`Request::SettleRecording`].
    Settled {
        /// The number of the newest block; 0 for none.
        end: u64,
    },
    /// To [`Request::Run`].
    Ran(RunResult),
    /// To [`Request::Probe`].
    Observed {
        /// One observation for each probe, in its order.
        observations: Vec<Observation>,
    },
    /// To [`Request::File`].
    File(file::Answer),
    /// To [`Request::Dial`]: the box refuses connections to this port.
    NobodyListens,
    /// Nothing more to say.
    Done,
    /// It could not be done.
    Refused(Refusal),
}

/// Why a request was not carried out, in words for the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// What went wrong.
    pub message: String,
}

/// The state of agent and box.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The protocol the agent speaks, see [`crate::VERSION`].
    pub version: u32,
    /// How often the box has started; 0 before it did.
    pub boots: u32,
    /// Whether the box's init runs and has finished starting its services.
    pub ready: bool,
    /// Why the box is not ready, if it is known.
    pub trouble: Option<String>,
    /// Whether [`Request::Handover`] has been.
    pub handed_over: bool,
    /// The numbers of the open terminals.
    pub terminals: Vec<u32>,
    /// The sequence number of the newest journal entry; 0 for none.
    pub journal_end: u64,
}

/// A program to run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Program and arguments. The program is looked up on the usual `PATH`.
    pub argv: Vec<String>,
    /// Added to a clean environment (`PATH`, `HOME`, `USER`, `LANG`).
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// What the program reads from its standard input.
    #[serde(default)]
    pub stdin: String,
    /// The user in the box as whom it runs. Outside the box it is always root.
    #[serde(default = "root")]
    pub user: String,
    /// Where it runs.
    pub place: Place,
    /// Whether it stands for the learner, as a reference solution does: then the ledger has it.
    #[serde(default)]
    pub as_learner: bool,
    /// After this many milliseconds it is killed, with all it has started.
    pub limit_ms: u64,
}

fn root() -> String {
    "root".into()
}

/// Where a program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the box, with the box's rights and the box's programs, which the learner may have changed.
    Inside,
    /// Beside the box, with the image's pristine programs; the box's root is at `/box`.
    Beside,
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunResult {
    /// The exit code, or `None` when it was killed.
    pub code: Option<i32>,
    /// Whether it was killed because its time was up.
    pub timed_out: bool,
    /// Its standard output: the last 64 KiB, invalid UTF-8 replaced.
    pub stdout: String,
    /// Its standard error: the last 64 KiB, invalid UTF-8 replaced.
    pub stderr: String,
}

impl RunResult {
    /// Whether it ended by itself with exit code 0.
    #[must_use]
    pub fn succeeded(&self) -> bool {
        self.code == Some(0)
    }
}
