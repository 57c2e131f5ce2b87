//! Servers, and until when each was there.

use chrono::{DateTime, Utc};

use super::{StoreError, Tx, pool::sql};

/// Notes that a server is there.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn seen(tx: &mut Tx, node: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "insert into nodes (node, seen_at) values ($1, $2) on conflict (node) do update set seen_at = $2",
        node, now
    )?;
    Ok(())
}

/// Until when a server was there; `None` for one that never was.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn last_seen(tx: &mut Tx, node: &str) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = sql!(
        tx,
        fetch_optional as (DateTime<Utc>,): "select seen_at from nodes where node = $1", node
    )?;
    Ok(row.map(|(seen_at,)| seen_at))
}
