//! What can go wrong with a sandbox.

use wire::Refusal;

use super::engine::EngineError;

/// Why a call to a sandbox failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SandboxError {
    /// It has ended, or there is no such sandbox: calling again won't help.
    #[error("the sandbox is gone: {0}")]
    Gone(String),
    /// It is frozen: nothing in it answers until it is thawed. Nothing is lost.
    #[error("the sandbox is paused")]
    Frozen,
    /// It could not be reached in time.
    #[error("the sandbox can't be reached: {0}")]
    Unreachable(String),
    /// The agent said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It did not answer in time.
    #[error("the sandbox did not answer within {0} seconds")]
    TimedOut(u64),
    /// What it answered makes no sense here.
    #[error("the sandbox answered what was not asked: {0}")]
    Protocol(String),
}

/// Why a sandbox could not be started, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The engine could not make it.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The box did not come up.
    #[error("The box did not start: {reason}. {likely}")]
    NotReady {
        /// What was seen.
        reason: String,
        /// The likely cause and what to do about it.
        likely: String,
    },
    /// The lab's setup failed.
    #[error("The lab could not set up its box: {script} {ended}. {output}")]
    Setup {
        /// The script.
        script: String,
        /// How it ended.
        ended: String,
        /// The end of what it printed.
        output: String,
    },
}

/// Why a box could not be given back its start, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ResetError {
    /// It could not be reached, or did not come up again.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The lab's setup failed.
    #[error(transparent)]
    SetUp(#[from] StartError),
}
