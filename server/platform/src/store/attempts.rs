//! Attempts: how they stand. What happened in them is among the [events](super::events).

use chrono::{DateTime, Utc};
use labs::catalog::Vars;
use scorecards::{
    event::{EndReason, Mode},
    score::AttemptResult,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Store, StoreError, Tx, Word, pool::sql, timers, word, words};
use crate::timing::Pause;

/// One person's run at a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: Uuid,
    /// Whose it is.
    pub learner: Uuid,
    /// The lab's id.
    pub lab: String,
    /// The content hash of the lab as it was.
    pub version: String,
    /// In which mode.
    pub mode: Mode,
    /// From what the variables were drawn.
    pub seed: u64,
    /// The lab's variables, as drawn.
    pub vars: Vars,
    /// How it stands.
    pub state: State,
    /// When it was asked for; for one that waited in the queue, when its turn came.
    pub started_at: DateTime<Utc>,
    /// When the time is up, once it runs.
    pub deadline: Option<DateTime<Utc>>,
    /// When it was over.
    pub ended_at: Option<DateTime<Utc>>,
    /// Why it ends, from finishing on.
    pub reason: Option<EndReason>,
    /// Why it could not start or was lost, in words for the learner.
    pub trouble: Option<String>,
    /// What it came to, once it has been judged.
    pub summary: Option<Summary>,
    /// How its time stands beside the deadline.
    pub time: Time,
    /// The server that keeps its time, where it has no box that says whose it is: for an exercise.
    pub node: Option<String>,
}

/// How the time of an attempt stands beside its deadline; changed by [`timers`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// The pause that goes on, if one does.
    pub paused: Option<Pause>,
    /// How many minutes the learner may add in all.
    pub allowance: u32,
    /// How many of them were added.
    pub extended: u32,
    /// When the learner last did something, to the minute or so.
    pub active_at: Option<DateTime<Utc>>,
}

impl Attempt {
    /// Whether it says something of the learner: it has run, and ended by their doing or by time. A box that could not be
    /// made or was lost says nothing, nor does a start that nobody waited for.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.state == State::Ended && self.deadline.is_some() && self.reason != Some(EndReason::Lost)
    }
}

/// How an attempt stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It waits in the [queue](super::queue).
    Queued,
    /// The box is being made.
    Starting,
    /// The learner is at work.
    Running,
    /// It is being judged.
    Finishing,
    /// It is over.
    Ended,
    /// It never began.
    Failed,
}

impl State {
    /// Those in which there is still something to come.
    pub const OPEN: [Self; 4] = [Self::Queued, Self::Starting, Self::Running, Self::Finishing];

    /// Whether there is still something to come.
    #[must_use]
    pub fn open(self) -> bool {
        matches!(self, Self::Queued | Self::Starting | Self::Running | Self::Finishing)
    }
}

words!(State {
    State::Queued = "queued",
    State::Starting = "starting",
    State::Running = "running",
    State::Finishing = "finishing",
    State::Ended = "ended",
    State::Failed = "failed",
});

words!(Mode {
    Mode::Practice = "practice",
    Mode::Assessed = "assessed",
    Mode::Interview = "interview",
    Mode::Shift = "shift",
});

words!(EndReason {
    EndReason::Finished = "finished",
    EndReason::Expired = "expired",
    EndReason::Abandoned = "abandoned",
    EndReason::Lost = "lost",
    EndReason::Idle = "idle",
});

/// What an attempt came to, for lists. It can be computed again from marking and events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Whether every required check passed; `None` where that is not decided.
    pub passed: Option<bool>,
    /// What was earned.
    pub points: i32,
    /// What could be earned.
    pub possible: i32,
}

impl From<&AttemptResult> for Summary {
    fn from(AttemptResult { passed, points, possible, .. }: &AttemptResult) -> Self {
        Self { passed: *passed, points: *points, possible: *possible }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    learner: Uuid,
    lab: String,
    version: String,
    mode: String,
    seed: i64,
    vars: Json<Vars>,
    state: String,
    started_at: DateTime<Utc>,
    deadline: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    reason: Option<String>,
    trouble: Option<String>,
    passed: Option<bool>,
    points: Option<i32>,
    possible: Option<i32>,
    paused_at: Option<DateTime<Utc>>,
    paused_why: Option<String>,
    allowance: i32,
    extended: i32,
    active_at: Option<DateTime<Utc>>,
    node: Option<String>,
}

impl TryFrom<Row> for Attempt {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let mode = word("attempts", row.id, "mode", &row.mode)?;
        let state = word("attempts", row.id, "state", &row.state)?;
        let reason = row.reason.map(|reason| word("attempts", row.id, "reason", &reason)).transpose()?;
        let summary = match (row.passed, row.points, row.possible) {
            (passed, Some(points), Some(possible)) => Some(Summary { passed, points, possible }),
            (None, None, None) => None,
            _ => {
                return Err(StoreError::inconsistent("attempts", row.id, "points", &"half a summary"));
            }
        };
        let time = Time {
            paused: timers::pause(row.id, row.paused_at, row.paused_why.as_deref())?,
            allowance: timers::whole(row.allowance),
            extended: timers::whole(row.extended),
            active_at: row.active_at,
        };
        let Row { id, learner, lab, version, vars: Json(vars), started_at, deadline, ended_at, trouble, node, .. } =
            row;
        // The bits of the seed, not its value, are what is stored: the column is signed.
        let seed = row.seed.cast_unsigned();
        Ok(Self {
            id,
            learner,
            lab,
            version,
            mode,
            seed,
            vars,
            state,
            started_at,
            deadline,
            ended_at,
            reason,
            trouble,
            summary,
            time,
            node,
        })
    }
}

/// Adds an attempt as it stands; `false` when the learner has one at this lab that is not over.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn add(tx: &mut Tx, attempt: &Attempt) -> Result<bool, StoreError> {
    let added = sql!(
        tx,
        execute: "insert into attempts (id, learner, lab, version, mode, seed, vars, state, started_at, deadline, node)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
        attempt.id, attempt.learner, &attempt.lab, &attempt.version, attempt.mode.word(), attempt.seed.cast_signed(),
        Json(&attempt.vars), attempt.state.word(), attempt.started_at, attempt.deadline, &attempt.node
    )?;
    Ok(added == 1)
}

/// An attempt.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: Uuid) -> Result<Option<Attempt>, StoreError> {
    sql!(
        store.read,
        fetch_optional as Row:
            "select id, learner, lab, version, mode, seed, vars, state, started_at, deadline, ended_at, reason, trouble,
                    passed, points, possible, paused_at, paused_why, allowance, extended, active_at, node
             from attempts where id = $1",
        id
    )?
    .map(Attempt::try_from)
    .transpose()
}

/// Somebody's attempts, newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_learner(store: &Store, learner: Uuid) -> Result<Vec<Attempt>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, learner, lab, version, mode, seed, vars, state, started_at, deadline, ended_at, reason, trouble,
                    passed, points, possible, paused_at, paused_why, allowance, extended, active_at, node
             from attempts where learner = $1 order by started_at desc, id desc",
        learner
    )?
    .into_iter()
    .map(Attempt::try_from)
    .collect()
}

/// The newest attempts at a lab that are over, at most so many.
///
/// # Errors
/// [`StoreError`].
pub async fn over_of_lab(store: &Store, lab: &str, most: i64) -> Result<Vec<Attempt>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, learner, lab, version, mode, seed, vars, state, started_at, deadline, ended_at, reason, trouble,
                    passed, points, possible, paused_at, paused_why, allowance, extended, active_at, node
             from attempts where lab = $1 and state = 'ended' order by started_at desc, id desc limit $2",
        lab, most
    )?
    .into_iter()
    .map(Attempt::try_from)
    .collect()
}

/// Somebody's attempts that are not over: id and lab.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn open_of_learner(tx: &mut Tx, learner: Uuid) -> Result<Vec<(Uuid, String)>, StoreError> {
    sql!(
        tx,
        fetch_all as (Uuid, String):
            "select id, lab from attempts where learner = $1 and state not in ('ended', 'failed')
             order by started_at, id",
        learner
    )
}

/// The attempts that run, newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn running(store: &Store) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid,): "select id from attempts where state = 'running' order by started_at desc, id limit 200"
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The same as it stands, for who does not write.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn open_now(store: &Store, learner: Uuid) -> Result<Vec<(Uuid, String)>, StoreError> {
    sql!(
        store.read,
        fetch_all as (Uuid, String):
            "select id, lab from attempts where learner = $1 and state not in ('ended', 'failed')
             order by started_at, id",
        learner
    )
}

/// When attempts at which labs were begun since a time. Those that still wait have not begun.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn begun_since(store: &Store, then: DateTime<Utc>) -> Result<Vec<(String, DateTime<Utc>)>, StoreError> {
    sql!(
        store.read,
        fetch_all as (String, DateTime<Utc>):
            "select lab, started_at from attempts where started_at >= $1 and state <> 'queued' order by started_at, id",
        then
    )
}

/// The labs of a server's attempts that have a box or are getting one, and when their time is up, the next first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn seated(store: &Store, node: &str) -> Result<Vec<(String, Option<DateTime<Utc>>)>, StoreError> {
    sql!(
        store.read,
        fetch_all as (String, Option<DateTime<Utc>>):
            "select lab, deadline from attempts where state in ('starting', 'running', 'finishing') and exists (
                 select 1 from sandboxes
                 where sandboxes.attempt = attempts.id and sandboxes.node = $1 and sandboxes.state <> 'removed'
             ) order by deadline, id",
        node
    )
}

/// Its turn has come: it stands as `admitted` says, with that seed and lab version. `false` when it does not wait (any
/// more): then nothing has changed.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn admitted(tx: &mut Tx, admitted: &Attempt) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set state = $2, version = $3, seed = $4, vars = $5, started_at = $6, deadline = $7
                  where id = $1 and state = 'queued'",
        admitted.id, admitted.state.word(), &admitted.version, admitted.seed.cast_signed(), Json(&admitted.vars),
        admitted.started_at, admitted.deadline
    )?;
    Ok(changed == 1)
}

/// Attempts that no server has ended though their time was up (or, where they never came to run, they were asked for)
/// before `then`, or have been paused since before `paused`. A server's own are left out while something of their box may
/// be there: it still brings them to an end.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn orphaned(
    store: &Store,
    node: &str,
    then: DateTime<Utc>,
    paused: DateTime<Utc>,
) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid,):
            "select id from attempts
             where state in ('starting', 'running', 'finishing')
               and ((paused_at is null and coalesce(deadline, started_at) <= $2) or paused_at <= $3)
               and (node is null or node <> $1) and not exists (
                 select 1 from sandboxes
                 where sandboxes.attempt = attempts.id and sandboxes.node = $1 and sandboxes.state <> 'removed'
             ) order by started_at, id",
        node, then, paused
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// It starts → it runs. `false` when it did not start (any more): then nothing has changed. The same
/// goes for all that follow.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn runs(tx: &mut Tx, id: Uuid, deadline: DateTime<Utc>) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set state = 'running', deadline = $2 where id = $1 and state = 'starting'",
        id, deadline
    )?;
    Ok(changed == 1)
}

/// Keeps others from changing how it stands until the transaction ends; `false` when it does not run.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lock_running(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    // An update that changes nothing locks the row on both engines.
    Ok(sql!(tx, execute: "update attempts set state = state where id = $1 and state = 'running'", id)? == 1)
}

/// The same for one that finishes.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lock_finishing(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    Ok(sql!(tx, execute: "update attempts set state = state where id = $1 and state = 'finishing'", id)? == 1)
}

/// It waits or starts → it failed.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn failed(tx: &mut Tx, id: Uuid, trouble: &str, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set state = 'failed', trouble = $2, ended_at = $3
                  where id = $1 and state in ('queued', 'starting')",
        id, trouble, now
    )?;
    Ok(changed == 1)
}

/// It runs → it finishes.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn finishes(tx: &mut Tx, id: Uuid, reason: EndReason) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set state = 'finishing', reason = $2 where id = $1 and state = 'running'",
        id, reason.word()
    )?;
    Ok(changed == 1)
}

/// It runs or finishes → it is to be ended as lost, with words for the learner, by whoever has its box.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn stops(tx: &mut Tx, id: Uuid, trouble: &str) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set state = 'finishing', reason = $2, trouble = $3
                  where id = $1 and state in ('running', 'finishing')",
        id, EndReason::Lost.word(), trouble
    )?;
    Ok(changed == 1)
}

/// It waits or starts → it is over, because the learner gave up.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn abandoned_at_start(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set state = 'ended', reason = $2, ended_at = $3
                  where id = $1 and state in ('queued', 'starting')",
        id, EndReason::Abandoned.word(), now
    )?;
    Ok(changed == 1)
}

/// It runs or finishes → it is over, for a reason.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn ended(tx: &mut Tx, id: Uuid, ending: &Ending<'_>, now: DateTime<Utc>) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set state = 'ended', reason = $2, trouble = $3, ended_at = $4, passed = $5, points = $6,
                         possible = $7
                  where id = $1 and state in ('running', 'finishing')",
        id, ending.reason.word(), ending.trouble, now, ending.summary.and_then(|summary| summary.passed),
        ending.summary.map(|summary| summary.points), ending.summary.map(|summary| summary.possible)
    )?;
    Ok(changed == 1)
}

/// An attempt that is over comes to something else than was kept.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn summed_up(tx: &mut Tx, id: Uuid, summary: Summary) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "update attempts set passed = $2, points = $3, possible = $4 where id = $1 and state = 'ended'",
        id, summary.passed, summary.points, summary.possible
    )?;
    Ok(())
}

/// An attempt that is over is judged by another version of its lab; `false` where it is not judged by the one that was known.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn rescored(tx: &mut Tx, id: Uuid, from: &str, to: &str, summary: Summary) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update attempts set version = $3 where id = $1 and state = 'ended' and version = $2",
        id, from, to
    )?;
    summed_up(tx, id, summary).await?;
    Ok(changed == 1)
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// Why.
    pub reason: EndReason,
    /// In words, when it was lost.
    pub trouble: Option<&'a str>,
    /// What it came to, when it was judged.
    pub summary: Option<Summary>,
}
