//! What lies in files: whose it is, and what.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Tx, Word, pool::sql, word, words};

/// Something that lies in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artefact {
    /// Its id.
    pub id: Uuid,
    /// The SHA-256 of its content in hex, which names the file.
    pub hash: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// What it is.
    pub kind: ArtefactKind,
    /// Whose it is.
    pub subject: Uuid,
    /// The attempt it comes from.
    pub attempt: Option<Uuid>,
    /// The host it comes from, where the lab has several.
    pub host: Option<String>,
    /// The server that has the file.
    pub node: String,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// What an artefact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArtefactKind {
    /// What was written in a box, packed: see [`wire::layer`].
    Snapshot,
    /// What had changed in a box, as JSON.
    Changes,
    /// A text file of a box, as it was once.
    File,
}

words!(ArtefactKind {
    ArtefactKind::Snapshot = "snapshot",
    ArtefactKind::Changes = "changes",
    ArtefactKind::File = "file",
});

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    hash: String,
    bytes: i64,
    kind: String,
    subject: Uuid,
    attempt: Option<Uuid>,
    host: Option<String>,
    node: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Artefact {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let kind = word("artefacts", row.id, "kind", &row.kind)?;
        let bytes =
            u64::try_from(row.bytes).map_err(|error| StoreError::inconsistent("artefacts", row.id, "bytes", &error))?;
        let Row { id, hash, subject, attempt, host, node, created_at, .. } = row;
        Ok(Self { id, hash, bytes, kind, subject, attempt, host, node, created_at })
    }
}

/// Adds one whose file is there.
///
/// # Errors
/// [`StoreError`].
pub async fn add(tx: &mut Tx, artefact: &Artefact) -> Result<(), StoreError> {
    let bytes =
        i64::try_from(artefact.bytes).map_err(|error| StoreError::unstorable("an artefact's length", &error))?;
    sql!(
        tx,
        execute: "insert into artefacts (id, hash, bytes, kind, subject, attempt, host, node, created_at)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        artefact.id, &artefact.hash, bytes, artefact.kind.word(), artefact.subject, artefact.attempt,
        artefact.host.as_deref(), &artefact.node, artefact.created_at
    )?;
    Ok(())
}

/// Those of an attempt, in the order in which they were kept.
///
/// # Errors
/// [`StoreError`].
pub async fn of_attempt(store: &Store, attempt: Uuid) -> Result<Vec<Artefact>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, hash, bytes, kind, subject, attempt, host, node, created_at from artefacts
             where attempt = $1 order by created_at, id",
        attempt
    )?
    .into_iter()
    .map(Artefact::try_from)
    .collect()
}

/// Those of a person that a server has.
///
/// # Errors
/// [`StoreError`].
pub async fn of_person(store: &Store, node: &str, person: Uuid) -> Result<Vec<Artefact>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, hash, bytes, kind, subject, attempt, host, node, created_at from artefacts
             where node = $1 and subject = $2 order by created_at, id",
        node, person
    )?
    .into_iter()
    .map(Artefact::try_from)
    .collect()
}

/// Those of a server from before a moment.
///
/// # Errors
/// [`StoreError`].
pub async fn older(store: &Store, node: &str, then: DateTime<Utc>) -> Result<Vec<Artefact>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, hash, bytes, kind, subject, attempt, host, node, created_at from artefacts
             where node = $1 and created_at < $2 order by created_at, id",
        node, then
    )?
    .into_iter()
    .map(Artefact::try_from)
    .collect()
}

/// Takes one away; whether its file is still needed by another.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn remove(tx: &mut Tx, artefact: &Artefact) -> Result<bool, StoreError> {
    sql!(tx, execute: "delete from artefacts where id = $1", artefact.id)?;
    let other = sql!(
        tx,
        fetch_optional as (Uuid,): "select id from artefacts where node = $1 and hash = $2 limit 1",
        &artefact.node, &artefact.hash
    )?;
    Ok(other.is_some())
}

/// Whether a server needs a file.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn is_needed(store: &Store, node: &str, hash: &str) -> Result<bool, StoreError> {
    let one = sql!(
        store.read,
        fetch_optional as (Uuid,): "select id from artefacts where node = $1 and hash = $2 limit 1",
        node, hash
    )?;
    Ok(one.is_some())
}
