//! From an observation to a verdict.

mod network;
mod system;

use scorecards::event::Verdict;
use wire::Observation;

use super::{fill::filled, words};
use crate::catalog::{Check, Expectation, Test, Vars};

/// What a judgement comes to: `Ok` in words for what is right, `Err` for what is not.
type Judgement = Result<String, Wrong>;

/// Why a check did not pass.
#[derive(Debug)]
enum Wrong {
    /// The box is not as it should be.
    Box(String),
    /// We could not see.
    Us(String),
}

/// The end state is wrong in this way.
fn wrong<T>(words: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Box(words.into()))
}

/// We could not see, for this reason.
fn unseen<T>(words: impl Into<String>) -> Result<T, Wrong> {
    Err(Wrong::Us(words.into()))
}

/// Judges an observation. The same observation always gets the same verdict.
#[must_use]
pub fn judge(check: &Check, observation: &Observation, vars: &Vars) -> (Verdict, String) {
    let judgement = match (&check.test, observation) {
        (_, Observation::Failed { error }) => unseen(error),
        (Test::Probe(expectation), seen) => expected(&filled(expectation, vars), seen),
        (Test::Script { inside, .. }, Observation::Command(result)) => system::script(result, *inside),
        (Test::Script { .. }, _) => mismatch(),
    };
    match judgement {
        Ok(words) => (Verdict::Passed, words),
        Err(Wrong::Box(words)) => (Verdict::Failed, words),
        Err(Wrong::Us(reason)) => (Verdict::Broken, broken(&reason)),
    }
}

/// What to say when a check could not be made.
pub(super) fn broken(reason: &str) -> String {
    format!(
        "This could not be checked, which is not your fault and costs nothing: {}.",
        words::short(reason.trim_end_matches('.'))
    )
}

/// Each kind of probe has its judge; a pair that does not belong together was stored for another check.
fn expected(expectation: &Expectation, seen: &Observation) -> Judgement {
    use Expectation as Wants;
    use Observation as Saw;
    match (expectation, seen) {
        (Wants::Http { .. }, Saw::Http { .. }) => network::http(expectation, seen),
        (Wants::Tcp { .. }, Saw::Tcp { .. }) => network::tcp(expectation, seen),
        (Wants::Listening { .. }, Saw::Listening { listeners }) => network::listening(expectation, listeners),
        (Wants::File { .. }, Saw::File(file)) => system::file(expectation, file),
        (Wants::Process { .. }, Saw::Process { processes }) => system::process(expectation, processes),
        (Wants::Unit { .. }, Saw::Unit { .. }) => system::unit(expectation, seen),
        (Wants::Filesystem { .. }, Saw::Filesystem { .. }) => system::filesystem(expectation, seen),
        (Wants::User { .. }, Saw::User { .. }) => system::user(expectation, seen),
        (Wants::Command { .. }, Saw::Command(result)) => system::command(expectation, result),
        _ => mismatch(),
    }
}

/// What was seen belongs to another kind of check.
fn mismatch() -> Judgement {
    unseen("what was seen is not what the check asks for")
}
