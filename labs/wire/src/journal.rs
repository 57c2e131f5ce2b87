//! The journal: what happened in the box, numbered, kept by the agent until the server has it.
//!
//! Entries are numbered from 1 without gaps. The agent keeps them until they are acknowledged, up to
//! a bound; past it the oldest give way to one [`What::CoverageLost`] entry that takes the last lost
//! number, so that a loss is seen and never silent.

use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number in this sandbox.
    pub seq: u64,
    /// When, by the sandbox's clock: microseconds since the Unix epoch.
    pub at_us: i64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// The box's init was started.
    BoxStarted {
        /// How many times it has been; the first is 1.
        boot: u32,
    },
    /// The box's init ended; the box will be started again.
    BoxEnded {
        /// Which start has ended.
        boot: u32,
    },
    /// A program was started (`execve`).
    Ran(Ran),
    /// A program that was started has ended.
    Ended {
        /// The run, as in [`Ran::run`].
        run: u64,
        /// The code it gave to `exit_group`; `None` if it was killed by a signal.
        code: Option<i32>,
    },
    /// A terminal was opened.
    TerminalOpened {
        /// Its number.
        terminal: u32,
    },
    /// The shell of a terminal has ended.
    TerminalClosed {
        /// Its number.
        terminal: u32,
    },
    /// The line as it was typed, by the shell's own mark (OSC 633;E). Anyone can print such a mark: it
    /// is shown, and never evidence by itself.
    Line {
        /// The terminal.
        terminal: u32,
        /// What the mark says.
        text: String,
    },
    /// Entries were lost: the journal was full and nobody fetched it, or the ledger could not follow.
    CoverageLost {
        /// How many entries.
        count: u64,
    },
}

/// A program that was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// Names this run; no other of this sandbox has it.
    pub run: u64,
    /// The run that started it, where the ledger knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<u64>,
    /// On whose behalf.
    pub origin: Origin,
    /// The program's file, as the kernel resolved it in the box.
    pub exe: String,
    /// The arguments, the program's name first: at most 64, each cut at 512 bytes, invalid UTF-8 replaced.
    pub argv: Vec<String>,
    /// Whether arguments were left out or cut.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cut: bool,
    /// The working directory.
    pub cwd: String,
    /// The effective user id.
    pub uid: u32,
    /// Whether the program's file is as it was at the handover. A copy of `true` under another name is not.
    pub pristine: bool,
}

/// On whose behalf a program runs. It follows a process and all it starts, whatever it does: it is the
/// seccomp listener that tells, and a process cannot leave its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Someone at this terminal.
    Terminal(u32),
    /// A reference solution, which stands for the learner.
    Solution,
    /// The box's init and its services.
    Init,
}

/// Everything up to this number is committed: the agent may forget it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ack {
    /// The last committed sequence number.
    pub seq: u64,
}
