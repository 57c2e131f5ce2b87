//! Words of the time of an attempt.

use serde::{Deserialize, Serialize};

/// Why an attempt was paused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PauseReason {
    /// The learner asked for it.
    Asked,
    /// Nothing was typed and no command was run for a while.
    Idle,
}

/// Why time was given back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gift {
    /// The server was not there.
    ServerAway,
    /// The server's clock was set anew, or its machine slept.
    ClockMoved,
}
