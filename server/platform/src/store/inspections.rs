//! Copies of boxes that somebody looks into.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Tx, Word, pool::sql, word, words};

/// A copy of an end state, opened by somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspection {
    /// Its id, which its containers carry in place of an attempt's.
    pub id: Uuid,
    /// Whose end state it is a copy of.
    pub attempt: Uuid,
    /// Who looks.
    pub viewer: Uuid,
    /// The server that made it.
    pub node: String,
    /// How it stands.
    pub state: InspectionState,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When it is removed.
    pub deadline: DateTime<Utc>,
    /// Why it could not be opened, in words.
    pub trouble: Option<String>,
}

/// How a copy stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InspectionState {
    /// It is being made.
    Starting,
    /// It can be looked into.
    Running,
    /// It is gone, or on its way.
    Ended,
}

words!(InspectionState {
    InspectionState::Starting = "starting",
    InspectionState::Running = "running",
    InspectionState::Ended = "ended",
});

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    attempt: Uuid,
    viewer: Uuid,
    node: String,
    state: String,
    created_at: DateTime<Utc>,
    deadline: DateTime<Utc>,
    trouble: Option<String>,
}

impl TryFrom<Row> for Inspection {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = word("inspections", row.id, "state", &row.state)?;
        let Row { id, attempt, viewer, node, created_at, deadline, trouble, .. } = row;
        Ok(Self { id, attempt, viewer, node, state, created_at, deadline, trouble })
    }
}

/// Adds one that is being made.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn add(tx: &mut Tx, new: &Inspection) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "insert into inspections (id, attempt, viewer, node, state, created_at, deadline)
                  values ($1, $2, $3, $4, $5, $6, $7)",
        new.id, new.attempt, new.viewer, &new.node, new.state.word(), new.created_at, new.deadline
    )?;
    Ok(())
}

/// One.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: Uuid) -> Result<Option<Inspection>, StoreError> {
    sql!(
        store.read,
        fetch_optional as Row:
            "select id, attempt, viewer, node, state, created_at, deadline, trouble from inspections where id = $1",
        id
    )?
    .map(Inspection::try_from)
    .transpose()
}

/// Those of a person that are not over: id and attempt.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn open_of(tx: &mut Tx, viewer: Uuid) -> Result<Vec<(Uuid, Uuid)>, StoreError> {
    sql!(
        tx,
        fetch_all as (Uuid, Uuid):
            "select id, attempt from inspections where viewer = $1 and state <> 'ended' order by created_at, id",
        viewer
    )
}

/// Those of a server that are not over.
///
/// # Errors
/// [`StoreError`].
pub async fn open_at(store: &Store, node: &str) -> Result<Vec<Inspection>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, attempt, viewer, node, state, created_at, deadline, trouble from inspections
             where node = $1 and state <> 'ended' order by created_at, id",
        node
    )?
    .into_iter()
    .map(Inspection::try_from)
    .collect()
}

/// It can be looked into; `false` when it was closed meanwhile.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn runs(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "update inspections set state = $2 where id = $1 and state = 'starting'",
        id, InspectionState::Running.word()
    )?;
    Ok(changed == 1)
}

/// It is over.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn ended(tx: &mut Tx, id: Uuid, trouble: Option<&str>) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "update inspections set state = $2, trouble = coalesce(trouble, $3) where id = $1",
        id, InspectionState::Ended.word(), trouble
    )?;
    Ok(())
}
