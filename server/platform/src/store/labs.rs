//! What labs were like when attempts at them were made.

use scorecards::marking::Marking;
use sqlx::types::Json;

use super::{Store, StoreError, Tx, pool::sql};

/// A lab as it was once.
#[derive(Clone, Debug, PartialEq)]
pub struct LabVersion {
    /// Its title.
    pub title: String,
    /// How it was marked.
    pub marking: Marking,
}

/// Keeps how a lab is now; one that is kept already stays as it is, for its version names its content.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn keep(tx: &mut Tx, lab: &str, version: &str, title: &str, marking: &Marking) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "insert into lab_versions (lab, version, title, marking) values ($1, $2, $3, $4)
                  on conflict (lab, version) do nothing",
        lab, version, title, Json(marking)
    )?;
    Ok(())
}

/// A lab as it was.
///
/// # Errors
/// [`StoreError::Database`], also for a marking that can't be read.
pub async fn version(store: &Store, lab: &str, version: &str) -> Result<Option<LabVersion>, StoreError> {
    let row = sql!(
        store.read,
        fetch_optional as (String, Json<Marking>):
            "select title, marking from lab_versions where lab = $1 and version = $2",
        lab, version
    )?;
    Ok(row.map(|(title, Json(marking))| LabVersion { title, marking }))
}
