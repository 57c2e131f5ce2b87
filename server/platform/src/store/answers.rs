//! What is answered in an exercise while it runs, by field. What was handed in is an [event](super::events).

use chrono::{DateTime, Utc};
use labs::exercise::Answers;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Store, StoreError, Tx, pool::sql};

/// Keeps what is answered in a field now.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn keep(
    tx: &mut Tx,
    attempt: Uuid,
    field: &str,
    given: &[String],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "insert into answers (attempt, field, given, at) values ($1, $2, $3, $4)
                  on conflict (attempt, field) do update set given = excluded.given, at = excluded.at",
        attempt, field, Json(given), at
    )?;
    Ok(())
}

/// All that is answered in an attempt, and when something was kept last.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn of_attempt(store: &Store, attempt: Uuid) -> Result<(Answers, Option<DateTime<Utc>>), StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (String, Json<Vec<String>>, DateTime<Utc>):
            "select field, given, at from answers where attempt = $1",
        attempt
    )?;
    let last = rows.iter().map(|(_, _, at)| *at).max();
    Ok((rows.into_iter().map(|(field, Json(given), _)| (field, given)).collect(), last))
}

/// The same for who changes it.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn locked(tx: &mut Tx, attempt: Uuid) -> Result<Answers, StoreError> {
    let rows = sql!(
        tx,
        fetch_all as (String, Json<Vec<String>>): "select field, given from answers where attempt = $1",
        attempt
    )?;
    Ok(rows.into_iter().map(|(field, Json(given))| (field, given)).collect())
}
