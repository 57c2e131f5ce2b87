//! The times of attempts that run: read to be changed, and written.

use chrono::{DateTime, Utc};
use scorecards::event::PauseReason;
use uuid::Uuid;

use super::{Store, StoreError, Tx, Word, pool::sql, word, words};
use crate::timing::{Pause, Timer};

words!(PauseReason {
    PauseReason::Asked = "asked",
    PauseReason::Idle = "idle",
});

#[derive(sqlx::FromRow)]
struct Row {
    deadline: Option<DateTime<Utc>>,
    paused_at: Option<DateTime<Utc>>,
    paused_why: Option<String>,
    allowance: i32,
    extended: i32,
    active_at: Option<DateTime<Utc>>,
    warned: Option<i32>,
}

/// The pause that two columns say.
pub(super) fn pause(id: Uuid, since: Option<DateTime<Utc>>, why: Option<&str>) -> Result<Option<Pause>, StoreError> {
    let Some(since) = since else { return Ok(None) };
    Ok(Some(Pause { since, why: word("attempts", id, "paused_why", why.unwrap_or_default())? }))
}

/// A number of minutes or seconds, none of which is ever below zero.
pub(super) fn whole(number: i32) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

fn column(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// The time of an attempt that runs, which nobody else changes until the transaction ends; `None` for one that does not
/// run.
///
/// # Errors
/// [`StoreError`].
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Timer>, StoreError> {
    // An update that changes nothing locks the row on both engines.
    let row = sql!(
        tx,
        fetch_optional as Row:
            "update attempts set state = state where id = $1 and state = 'running'
             returning deadline, paused_at, paused_why, allowance, extended, active_at, warned",
        id
    )?;
    let Some(row) = row else { return Ok(None) };
    let deadline =
        row.deadline.ok_or_else(|| StoreError::inconsistent("attempts", id, "deadline", &"it runs without one"))?;
    Ok(Some(Timer {
        deadline,
        paused: pause(id, row.paused_at, row.paused_why.as_deref())?,
        allowance: whole(row.allowance),
        extended: whole(row.extended),
        active_at: row.active_at,
        warned: row.warned.map(whole),
    }))
}

/// Writes the time of an attempt.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn set(tx: &mut Tx, id: Uuid, timer: &Timer) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "update attempts set deadline = $2, paused_at = $3, paused_why = $4, allowance = $5, extended = $6,
                         active_at = $7, warned = $8
                  where id = $1",
        id, timer.deadline, timer.paused.map(|pause| pause.since), timer.paused.map(|pause| pause.why.word()),
        column(timer.allowance), column(timer.extended), timer.active_at, timer.warned.map(column)
    )?;
    Ok(())
}

/// The learner did something.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn active(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    sql!(tx, execute: "update attempts set active_at = $2 where id = $1 and state = 'running'", id, at)?;
    Ok(())
}

/// A server's attempts that run and are not paused, and whose time is up by `then`.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn up_by(store: &Store, node: &str, then: DateTime<Utc>) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid,):
            "select id from attempts where state = 'running' and paused_at is null and deadline <= $2 and (node = $1 or exists (
                 select 1 from sandboxes
                 where sandboxes.attempt = attempts.id and sandboxes.node = $1 and sandboxes.state <> 'removed'
             )) order by deadline, id",
        node, then
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A server's attempts that run, are not paused, and have not been told that their time is up by `first`, or by `second`,
/// which is earlier and is said as the mark `last`.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn to_warn(
    store: &Store,
    node: &str,
    first: DateTime<Utc>,
    second: DateTime<Utc>,
    last: u32,
) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid,):
            "select id from attempts
             where state = 'running' and paused_at is null
               and ((deadline <= $2 and warned is null) or (deadline <= $3 and warned > $4)) and (node = $1 or exists (
                 select 1 from sandboxes
                 where sandboxes.attempt = attempts.id and sandboxes.node = $1 and sandboxes.state <> 'removed'
             )) order by deadline, id",
        node, first, second, column(last)
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A server's attempts that have been paused since before `then`.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn paused_since(store: &Store, node: &str, then: DateTime<Utc>) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid,):
            "select id from attempts where state = 'running' and paused_at <= $2 and exists (
                 select 1 from sandboxes
                 where sandboxes.attempt = attempts.id and sandboxes.node = $1 and sandboxes.state <> 'removed'
             ) order by paused_at, id",
        node, then
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A server's attempts that run, paused or not: id and learner.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn running(tx: &mut Tx, node: &str) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    sql!(
        tx,
        fetch_all as (Uuid, Uuid):
            "select id, learner from attempts where state = 'running' and (node = $1 or exists (
                 select 1 from sandboxes
                 where sandboxes.attempt = attempts.id and sandboxes.node = $1 and sandboxes.state <> 'removed'
             )) order by id",
        node
    )
}
