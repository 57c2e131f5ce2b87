//! People.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Tx, pool::sql};
use crate::access::Role;

/// Somebody with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Names them everywhere.
    pub id: Uuid,
    /// What they type to sign in, in lower case.
    pub login: String,
    /// How they are called.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// The hash of their password; without one they can't sign in by password.
    pub password: Option<String>,
    /// Whether they are one of the demo people.
    pub demo: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    login: String,
    name: String,
    role: String,
    password: Option<String>,
    demo: bool,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for User {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let role = row.role.parse().map_err(|error| StoreError::inconsistent("users", row.id, "role", &error))?;
        let Row { id, login, name, password, demo, created_at, .. } = row;
        Ok(Self { id, login, name, role, password, demo, created_at })
    }
}

/// Adds somebody; `false` when the login or the id is taken.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn add(tx: &mut Tx, user: &User) -> Result<bool, StoreError> {
    let added = sql!(
        tx,
        execute: "insert into users (id, login, name, role, password, demo, created_at)
                  values ($1, $2, $3, $4, $5, $6, $7) on conflict do nothing",
        user.id, &user.login, &user.name, user.role.as_str(), &user.password, user.demo, user.created_at
    )?;
    Ok(added == 1)
}

/// Who this is.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: Uuid) -> Result<Option<User>, StoreError> {
    sql!(
        store.read,
        fetch_optional as Row: "select id, login, name, role, password, demo, created_at from users where id = $1", id
    )?
    .map(User::try_from)
    .transpose()
}

/// Who signs in with this, in lower case.
///
/// # Errors
/// [`StoreError`].
pub async fn by_login(store: &Store, login: &str) -> Result<Option<User>, StoreError> {
    sql!(
        store.read,
        fetch_optional as Row: "select id, login, name, role, password, demo, created_at from users where login = $1", login
    )?
    .map(User::try_from)
    .transpose()
}

/// How these people are called, those who are there.
///
/// # Errors
/// [`StoreError`].
pub async fn names(
    store: &Store,
    of: impl IntoIterator<Item = Uuid> + Send,
) -> Result<BTreeMap<Uuid, String>, StoreError> {
    let mut names = BTreeMap::new();
    for id in of.into_iter().collect::<BTreeSet<_>>() {
        if let Some(user) = by_id(store, id).await? {
            names.insert(id, user.name);
        }
    }
    Ok(names)
}

/// Everybody of a role, by name.
///
/// # Errors
/// [`StoreError`].
pub async fn of_role(store: &Store, role: Role) -> Result<Vec<User>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, login, name, role, password, demo, created_at from users where role = $1 order by name, id",
        role.as_str()
    )?
    .into_iter()
    .map(User::try_from)
    .collect()
}

/// How many percent more time somebody has by right; none for somebody who is not there.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn extra_time(store: &Store, id: Uuid) -> Result<u32, StoreError> {
    let row = sql!(store.read, fetch_optional as (i32,): "select extra_time from users where id = $1", id)?;
    Ok(row.and_then(|(percent,)| u32::try_from(percent).ok()).unwrap_or_default())
}

/// Gives somebody so many percent more time; `false` when nobody signs in with this.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn set_extra_time(tx: &mut Tx, login: &str, percent: u32) -> Result<bool, StoreError> {
    let percent = i32::try_from(percent).unwrap_or(i32::MAX);
    Ok(sql!(tx, execute: "update users set extra_time = $2 where login = $1", login, percent)? == 1)
}

/// Keeps others from doing the same for this person until the transaction ends; `false` when there is
/// no such person.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    // An update that changes nothing locks the row on both engines.
    Ok(sql!(tx, execute: "update users set id = id where id = $1", id)? == 1)
}
