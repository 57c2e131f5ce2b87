//! Sandboxes: which container serves which attempt, and how much of its journal is kept.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Tx, pool::sql, word, words};

/// A sandbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sandbox {
    /// Its id, which its container carries as a label.
    pub id: Uuid,
    /// The attempt it serves.
    pub attempt: Uuid,
    /// Which of the lab's hosts it is, counted from 0.
    pub host: usize,
    /// The server that made it: no other one's engine has it.
    pub node: String,
    /// Its container, once it is made.
    pub container: Option<String>,
    /// How it is.
    pub state: SandboxState,
    /// The last entry of its journal that is among the events; 0 for none.
    pub journal_seq: u64,
}

/// How a sandbox is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxState {
    /// Its container is being made or set up.
    Creating,
    /// The learner can get in.
    Running,
    /// Nothing is left of it.
    Removed,
}

words!(SandboxState {
    SandboxState::Creating = "creating",
    SandboxState::Running = "running",
    SandboxState::Removed = "removed",
});

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    attempt: Uuid,
    host: i64,
    node: String,
    container: Option<String>,
    state: String,
    journal_seq: i64,
}

impl TryFrom<Row> for Sandbox {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = word("sandboxes", row.id, "state", &row.state)?;
        let journal_seq = u64::try_from(row.journal_seq)
            .map_err(|error| StoreError::inconsistent("sandboxes", row.id, "journal_seq", &error))?;
        let host =
            usize::try_from(row.host).map_err(|error| StoreError::inconsistent("sandboxes", row.id, "host", &error))?;
        let Row { id, attempt, node, container, .. } = row;
        Ok(Self { id, attempt, host, node, container, state, journal_seq })
    }
}

/// Notes that the sandboxes of an attempt are about to be made, one for each host of its lab.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn add(tx: &mut Tx, ids: &[Uuid], attempt: Uuid, node: &str, now: DateTime<Utc>) -> Result<(), StoreError> {
    for (host, id) in (0_i64..).zip(ids) {
        sql!(
            tx,
            execute: "insert into sandboxes (id, attempt, host, node, state, journal_seq, created_at)
                      values ($1, $2, $3, $4, $5, 0, $6)",
            *id, attempt, host, node, word_of(SandboxState::Creating), now
        )?;
    }
    Ok(())
}

/// Notes sandboxes that an attempt takes over as they are, with their containers, one for each host of its lab: the
/// learner can get in.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn take(
    tx: &mut Tx,
    taken: &[(Uuid, &str)],
    attempt: Uuid,
    node: &str,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = taken.iter().map(|(id, _)| *id).collect();
    add(tx, &ids, attempt, node, now).await?;
    for (id, container) in taken {
        runs(tx, *id, container).await?;
    }
    Ok(())
}

/// The learner can get in.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn runs(tx: &mut Tx, id: Uuid, container: &str) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "update sandboxes set state = $2, container = $3 where id = $1",
        id, word_of(SandboxState::Running), container
    )?;
    Ok(())
}

/// Nothing is left of it.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn removed(tx: &mut Tx, id: Uuid, now: DateTime<Utc>) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "update sandboxes set state = $2, removed_at = $3 where id = $1 and removed_at is null",
        id, word_of(SandboxState::Removed), now
    )?;
    Ok(())
}

/// The sandboxes of a server of which something may be left: attempt by attempt, each in the order of its lab's hosts.
///
/// # Errors
/// [`StoreError`].
pub async fn alive(store: &Store, node: &str) -> Result<Vec<Sandbox>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, attempt, host, node, container, state, journal_seq from sandboxes
             where node = $1 and state <> 'removed' order by attempt, host",
        node
    )?
    .into_iter()
    .map(Sandbox::try_from)
    .collect()
}

/// The sandboxes of an attempt of which something may be left, in the order of its lab's hosts.
///
/// # Errors
/// [`StoreError`].
pub async fn of_attempt(store: &Store, attempt: Uuid) -> Result<Vec<Sandbox>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, attempt, host, node, container, state, journal_seq from sandboxes
             where attempt = $1 and state <> 'removed' order by host",
        attempt
    )?
    .into_iter()
    .map(Sandbox::try_from)
    .collect()
}

/// A sandbox.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: Uuid) -> Result<Option<Sandbox>, StoreError> {
    sql!(
        store.read,
        fetch_optional as Row:
            "select id, attempt, host, node, container, state, journal_seq from sandboxes where id = $1",
        id
    )?
    .map(Sandbox::try_from)
    .transpose()
}

fn word_of(state: SandboxState) -> &'static str {
    super::Word::word(state)
}
