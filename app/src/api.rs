//! What islands ask of the server, in small values of their own: the browser knows nothing of the platform.
//!
//! The functions live under `/fn`. They are for these pages only; the public contract is another one.
#![expect(missing_docs, reason = "each server function makes a struct of its arguments that can't be documented")]

use std::fmt;

use leptos::{
    prelude::*,
    server_fn::{
        codec::JsonEncoding,
        error::{FromServerFnError, ServerFnErrorErr},
    },
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// The machine it shall run on is full: it waits for its turn.
    Queued,
    /// Its machine is being made.
    Starting,
    /// The learner is at work.
    Running,
    /// Its machine stands still, and its time with it.
    Paused,
    /// The closing checks run.
    Finishing,
    /// It is over, one way or another.
    Over,
}

/// An attempt as the clock sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// How it stands.
    pub stage: Stage,
    /// How many seconds are left, while it runs or is paused.
    pub seconds_left: Option<i64>,
    /// Where it is in the line, while it waits for its turn.
    pub line: Option<Line>,
}

/// A place among those who wait for their turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// From 1.
    pub place: u32,
    /// In how many minutes the turn comes at the latest, where that can be said.
    pub minutes: Option<u32>,
}

/// What may be done with the time of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Time {
    /// How many seconds are left.
    pub seconds_left: i64,
    /// Whether it may be paused.
    pub may_pause: bool,
    /// After how many minutes without the learner it pauses by itself, if it does.
    pub idle_minutes: Option<u32>,
    /// For how many hours a paused machine is kept, where there is an end to it.
    pub kept_hours: Option<u32>,
    /// How many minutes may still be added.
    pub addable: u32,
    /// How many come with the next click.
    pub step: u32,
}

/// A check and how it last went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Its id in the lab.
    pub id: String,
    /// A statement that is true when it passes.
    pub title: String,
    /// What it is worth.
    pub points: i32,
    /// Whether the attempt passes only with it.
    pub required: bool,
    /// Whether it is made only at the end.
    pub at_end: bool,
    /// How it last went; `None` if it has not been made.
    pub verdict: Option<Verdict>,
    /// In words for the learner; may be empty.
    pub feedback: String,
}

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// As it should be.
    Passed,
    /// Not as it should be.
    Failed,
    /// Not made, because a check that it needs failed.
    Blocked,
    /// It could not be made: our fault.
    Broken,
}

impl Verdict {
    /// The word that markup carries as `data-verdict`.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Broken => "broken",
        }
    }
}

/// A host of the lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Host {
    /// Its name.
    pub name: String,
    /// The user and host of its shell, as in `engineer@web1`.
    pub prompt: String,
}

/// A hint, with its text once it has been taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hint {
    /// From 1, in their order.
    pub number: u32,
    /// What it costs, charged only to who passes.
    pub cost: u32,
    /// Its text as HTML, made by the server, once taken.
    pub html: Option<String>,
}

/// Who watches an attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// Who.
    pub watchers: Vec<Watcher>,
    /// Whether they may type as well.
    pub may_type: bool,
}

/// Somebody who watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watcher {
    /// How they are called.
    pub name: String,
    /// What they are, in words.
    pub role: String,
}

#[cfg(feature = "ssr")]
impl From<&platform::views::WatchingView> for Watching {
    fn from(view: &platform::views::WatchingView) -> Self {
        let watcher = |watcher: &platform::views::WatcherView| Watcher {
            name: watcher.name.clone(),
            role: watcher.role.title().into(),
        };
        Self { watchers: view.watchers.iter().map(watcher).collect(), may_type: view.may_type }
    }
}

/// An attempt for who watches it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watched {
    /// Whether the learner is at work.
    pub runs: bool,
    /// Whether it is over.
    pub over: bool,
    /// The terminals that are open.
    pub terminals: Vec<u32>,
}

/// A moment of a recording that is worth jumping to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// The terminal.
    pub terminal: u32,
    /// Seconds from the beginning of its recording.
    pub at: f64,
    /// Its time in the attempt, to be read.
    pub clock: String,
    /// What it is about, in a word.
    pub about: String,
    /// What happened.
    pub words: String,
}

/// Why the server did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// Nobody is signed in (any more).
    SignedOut,
    /// There is no such attempt, or it is not the viewer's.
    NotFound,
    /// It can't be done now, in words with a way on.
    Refused(String),
    /// The server does not answer.
    Unreachable,
    /// Something broke on our side.
    Broken,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SignedOut => "You are signed out. Reload the page to sign in again; your lab goes on meanwhile.",
            Self::NotFound => "This attempt is gone. Go back to the start page.",
            Self::Refused(words) => words,
            Self::Unreachable => "The server does not answer. Your work is safe; try again in a moment.",
            Self::Broken => "Something broke on our side. Try again in a moment; your work is safe.",
        })
    }
}

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::Unreachable,
            _ => Self::Broken,
        }
    }
}

/// How the attempt stands and how much time is left.
///
/// # Errors
/// [`Problem`], in words for the viewer.
#[server(prefix = "/fn", endpoint = "attempt_state")]
pub async fn attempt_state(attempt: Uuid) -> Result<Standing, Problem> {
    let (platform, viewer) = crate::context::caller().await?;
    let view = platform.attempt(&viewer, attempt).await.map_err(crate::context::problem)?;
    Ok(crate::pages::attempt::state(&view.state, platform.now()))
}

/// Adds time, and says what is left then.
///
/// # Errors
/// [`Problem`], in words for the viewer.
#[server(prefix = "/fn", endpoint = "extend_time")]
pub async fn extend_time(attempt: Uuid) -> Result<Time, Problem> {
    let (platform, viewer) = crate::context::caller().await?;
    platform.extend(&viewer, attempt).await.map_err(crate::context::problem)?;
    let view = platform.attempt(&viewer, attempt).await.map_err(crate::context::problem)?;
    Ok(crate::pages::attempt::time(&view, platform.now()))
}

/// Makes the checks that can be made now.
///
/// # Errors
/// [`Problem`], in words for the viewer.
#[server(prefix = "/fn", endpoint = "check_now")]
pub async fn check_now(attempt: Uuid) -> Result<Vec<Check>, Problem> {
    let (platform, viewer) = crate::context::caller().await?;
    let checks = platform.check(&viewer, attempt).await.map_err(crate::context::problem)?;
    Ok(checks.into_iter().map(crate::pages::attempt::check).collect())
}

/// Says that the alert of an attempt is the viewer's.
///
/// # Errors
/// [`Problem`], in words for the viewer.
#[server(prefix = "/fn", endpoint = "acknowledge")]
pub async fn acknowledge(attempt: Uuid) -> Result<(), Problem> {
    let (platform, viewer) = crate::context::caller().await?;
    platform.acknowledge(&viewer, attempt).await.map_err(crate::context::problem)
}

/// Takes a hint.
///
/// # Errors
/// [`Problem`], in words for the viewer.
#[server(prefix = "/fn", endpoint = "take_hint")]
pub async fn take_hint(attempt: Uuid, number: u32) -> Result<Hint, Problem> {
    let (platform, viewer) = crate::context::caller().await?;
    let hint = platform.take_hint(&viewer, attempt, number).await.map_err(crate::context::problem)?;
    Ok(crate::pages::attempt::hint(&hint))
}

/// How an attempt stands that the viewer watches.
///
/// # Errors
/// [`Problem`], in words for the viewer.
#[server(prefix = "/fn", endpoint = "watch_state")]
pub async fn watch_state(attempt: Uuid) -> Result<Watched, Problem> {
    let (platform, viewer) = crate::context::caller().await?;
    let view = platform.watched(&viewer, attempt).await.map_err(crate::context::problem)?;
    Ok(crate::pages::watch::state(&view))
}

/// Says whether those who watch may type as well.
///
/// # Errors
/// [`Problem`], in words for the viewer.
#[server(prefix = "/fn", endpoint = "let_watchers_type")]
pub async fn let_watchers_type(attempt: Uuid, allowed: bool) -> Result<(), Problem> {
    let (platform, viewer) = crate::context::caller().await?;
    platform.let_watchers_type(&viewer, attempt, allowed).await.map_err(crate::context::problem)
}
