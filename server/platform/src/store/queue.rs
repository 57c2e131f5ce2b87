//! Attempts that wait for their turn: first come, first served, at each server.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Tx, pool::sql};

/// Somebody who waits.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Waiting {
    /// The attempt.
    pub attempt: Uuid,
    /// The lab it is at.
    pub lab: String,
}

/// An attempt goes to the end of the queue of a server.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn join(tx: &mut Tx, attempt: Uuid, node: &str, since: DateTime<Utc>) -> Result<(), StoreError> {
    sql!(tx, execute: "insert into queue (attempt, node, since) values ($1, $2, $3)", attempt, node, since)?;
    Ok(())
}

/// An attempt leaves the queue, one way or another.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn leave(tx: &mut Tx, attempt: Uuid) -> Result<(), StoreError> {
    sql!(tx, execute: "delete from queue where attempt = $1", attempt)?;
    Ok(())
}

/// Who waits at a server, in order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn in_order(store: &Store, node: &str) -> Result<Vec<Waiting>, StoreError> {
    sql!(
        store.read,
        fetch_all as Waiting:
            "select queue.attempt, attempts.lab from queue join attempts on attempts.id = queue.attempt
             where queue.node = $1 order by queue.since, queue.attempt",
        node
    )
}

/// The place of an attempt, from 1; `None` when it does not wait.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn place(store: &Store, attempt: Uuid) -> Result<Option<u32>, StoreError> {
    let (place,): (i64,) = sql!(
        store.read,
        fetch_one as (i64,):
            "select count(*) from queue join queue own on own.node = queue.node and own.attempt = $1
             where queue.since < own.since or (queue.since = own.since and queue.attempt <= own.attempt)",
        attempt
    )?;
    Ok(u32::try_from(place).ok().filter(|place| *place > 0))
}

/// The attempts that have waited since before `then` at another server than this: it has not come back.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn orphaned(store: &Store, node: &str, then: DateTime<Utc>) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid,): "select attempt from queue where node <> $1 and since <= $2 order by since, attempt",
        node, then
    )?;
    Ok(rows.into_iter().map(|(attempt,)| attempt).collect())
}
