//! Sessions, as whoever serves pages keeps them: opaque text under an opaque id.

use chrono::{DateTime, Utc};

use super::{Store, StoreError, pool::sql};

/// Keeps a new session; `false` when there is one of this id already, which then stays as it is.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn create(store: &Store, id: &str, data: &str, expires: DateTime<Utc>) -> Result<bool, StoreError> {
    let created = sql!(
        store.write,
        execute: "insert into sessions (id, data, expires_at) values ($1, $2, $3) on conflict (id) do nothing",
        id, data, expires
    )?;
    Ok(created == 1)
}

/// Keeps a session that is there, and makes none: one that was ended while a request still had it stays ended.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn save(store: &Store, id: &str, data: &str, expires: DateTime<Utc>) -> Result<(), StoreError> {
    sql!(store.write, execute: "update sessions set data = $2, expires_at = $3 where id = $1", id, data, expires)?;
    Ok(())
}

/// A session's data and until when it lasts; `None` when it has expired by `now`.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn load(store: &Store, id: &str, now: DateTime<Utc>) -> Result<Option<(String, DateTime<Utc>)>, StoreError> {
    sql!(
        store.read,
        fetch_optional as (String, DateTime<Utc>):
            "select data, expires_at from sessions where id = $1 and expires_at > $2",
        id, now
    )
}

/// Forgets a session.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn delete(store: &Store, id: &str) -> Result<(), StoreError> {
    sql!(store.write, execute: "delete from sessions where id = $1", id)?;
    Ok(())
}

/// Forgets all sessions that have expired by `now`; says how many.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn delete_expired(store: &Store, now: DateTime<Utc>) -> Result<u64, StoreError> {
    sql!(store.write, execute: "delete from sessions where expires_at <= $1", now)
}
