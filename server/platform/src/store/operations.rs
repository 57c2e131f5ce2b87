//! What whoever runs the installation asks for: what is in use, and by whom.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Word, attempts::State, pool::sql, sandboxes::SandboxState, word};

/// A sandbox of which something may be left, with the attempt that it serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUse {
    /// The sandbox's id.
    pub sandbox: Uuid,
    /// The server whose engine has it.
    pub node: String,
    /// Its container, once it is made.
    pub container: Option<String>,
    /// How it is.
    pub state: SandboxState,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// The attempt.
    pub attempt: Uuid,
    /// The lab's id.
    pub lab: String,
    /// How the attempt stands.
    pub attempt_state: State,
    /// When its time is up.
    pub deadline: Option<DateTime<Utc>>,
    /// How the learner is called.
    pub learner: String,
    /// When something last happened in it.
    pub last_event: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    sandbox: Uuid,
    node: String,
    container: Option<String>,
    state: String,
    created_at: DateTime<Utc>,
    attempt: Uuid,
    lab: String,
    attempt_state: String,
    deadline: Option<DateTime<Utc>>,
    learner: String,
    last_event: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for InUse {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let state = word("sandboxes", row.sandbox, "state", &row.state)?;
        let attempt_state = word("attempts", row.attempt, "state", &row.attempt_state)?;
        let Row { sandbox, node, container, created_at, attempt, lab, deadline, learner, last_event, .. } = row;
        Ok(Self {
            sandbox,
            node,
            container,
            state,
            created_at,
            attempt,
            lab,
            attempt_state,
            deadline,
            learner,
            last_event,
        })
    }
}

/// What is in use, on all servers of this database, in the order it was asked for.
///
/// # Errors
/// [`StoreError`].
pub async fn in_use(store: &Store) -> Result<Vec<InUse>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select s.id as sandbox, s.node as node, s.container as container, s.state as state, s.created_at as created_at,
                    a.id as attempt, a.lab as lab, a.state as attempt_state, a.deadline as deadline, u.name as learner,
                    e.at as last_event
             from sandboxes s
             join attempts a on a.id = s.attempt
             join users u on u.id = a.learner
             left join chains c on c.id = a.id
             left join events e on e.chain = c.id and e.position = c.length
             where s.state <> 'removed' order by s.created_at, s.id"
    )?
    .into_iter()
    .map(InUse::try_from)
    .collect()
}

/// How many attempts that are not over stand how, by the word for it.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn standing(store: &Store) -> Result<Vec<(String, u64)>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (String, i64):
            "select state, cast(count(*) as bigint) from attempts where state not in ('ended', 'failed')
             group by state order by state"
    )?;
    Ok(rows.into_iter().map(|(state, count)| (state, count.cast_unsigned())).collect())
}

/// A server's attempts that are to end, in the order they began.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn finishing(store: &Store, node: &str) -> Result<Vec<Uuid>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid,):
            "select id from attempts where state = 'finishing' and (node = $1 or exists (
                 select 1 from sandboxes
                 where sandboxes.attempt = attempts.id and sandboxes.node = $1 and sandboxes.state <> 'removed'
             )) order by started_at, id",
        node
    )?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The word by which a state is stored and told.
#[must_use]
pub fn word_of(state: State) -> &'static str {
    state.word()
}

/// The attempt that an id names: its own, or that of one of its sandboxes.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn attempt_of(store: &Store, id: Uuid) -> Result<Option<Uuid>, StoreError> {
    let found = sql!(
        store.read,
        fetch_optional as (Uuid,):
            "select id from attempts where id = $1 union select attempt from sandboxes where id = $1",
        id
    )?;
    Ok(found.map(|(id,)| id))
}

/// The journal of an attempt as it is stored: of each entry its sandbox and number, in the order of their chain.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn journal_numbers(store: &Store, attempt: Uuid) -> Result<Vec<(Uuid, u64)>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid, i64):
            "select sandbox, sequence from events where attempt = $1 and sandbox is not null order by position",
        attempt
    )?;
    Ok(rows.into_iter().map(|(sandbox, sequence)| (sandbox, sequence.cast_unsigned())).collect())
}
