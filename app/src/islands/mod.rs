//! What is alive on the page of a running attempt. All else is HTML.
//!
//! An island's name in the browser is a hash of its source, so the islands themselves stay as short as can be and
//! call a plain function. That function also runs on the server, for the HTML; what needs a browser is in modules
//! that only `hydrate` has.
#![expect(missing_docs, reason = "each island makes structs of its properties that can't be documented")]

mod alert;
mod checks;
mod clock;
mod hints;
mod line;
mod replay;
mod terminal;
mod tools;
mod watch;
mod watched;

#[cfg(feature = "hydrate")]
mod browser;

use leptos::prelude::*;
use uuid::Uuid;

use crate::api::{Check, Hint, Host, Line, Moment, Stage, Time, Watched, Watching};

/// The time left of a running attempt, and what may be done with it; when it ends, the page goes on by itself.
#[island]
pub fn Timer(attempt: Uuid, time: Time) -> impl IntoView {
    clock::timer(attempt, time)
}

/// The time left of a paused attempt; when it goes on, the page does as well.
#[island]
pub fn Stopped(attempt: Uuid, seconds_left: i64) -> impl IntoView {
    clock::stopped(attempt, seconds_left)
}

/// Says how the wait goes while a machine is made or checked; when it is over, the page goes on by itself.
#[island]
pub fn Waiting(attempt: Uuid, stage: Stage) -> impl IntoView {
    clock::waiting(attempt, stage)
}

/// Says which place somebody has who waits for a free machine; when it is their turn, the page goes on by itself.
#[island]
pub fn InLine(attempt: Uuid, line: Line) -> impl IntoView {
    line::in_line(attempt, line)
}

/// The checks, and the button that makes them.
#[island]
pub fn Checks(attempt: Uuid, checks: Vec<Check>) -> impl IntoView {
    checks::checks(attempt, checks)
}

/// The alert that a lab begins with, and the button that takes it.
#[island]
pub fn Alert(attempt: Uuid, acknowledged: bool) -> impl IntoView {
    alert::alert(attempt, acknowledged)
}

/// The hints, each with its price.
#[island]
pub fn Hints(attempt: Uuid, hints: Vec<Hint>) -> impl IntoView {
    hints::hints(attempt, hints)
}

/// The terminals of an attempt, or of a copy of its boxes.
#[island]
pub fn Terminals(attempt: Uuid, hosts: Vec<Host>, copy: bool) -> impl IntoView {
    terminal::terminals(attempt, hosts, copy)
}

/// Keeps what is answered in the form that it is in, and says so.
#[island]
pub fn Answers(attempt: Uuid, saved: bool) -> impl IntoView {
    tools::answers(attempt, saved)
}

/// The files of the machine.
#[island]
pub fn Files(attempt: Uuid, hosts: Vec<String>) -> impl IntoView {
    tools::files(attempt, hosts)
}

/// What a port of the machine serves.
#[island]
pub fn Preview(attempt: Uuid, what: String, path: String, hosts: Vec<String>) -> impl IntoView {
    tools::preview(attempt, what, path, hosts)
}

/// Plays a recording.
#[island]
pub fn Replay(attempt: Uuid, terminal: u32, at: f64, seconds: f64, moments: Vec<Moment>) -> impl IntoView {
    replay::replay(attempt, terminal, at, seconds, moments)
}

/// The terminals of somebody else.
#[island]
pub fn WatchTerminals(attempt: Uuid, watched: Watched) -> impl IntoView {
    watch::terminals(attempt, watched)
}

/// Who watches, and whether they may type.
#[island]
pub fn Watchers(attempt: Uuid, watching: Watching) -> impl IntoView {
    watched::watchers(attempt, watching)
}
