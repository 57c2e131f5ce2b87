//! Two engines behind one query.

use sqlx::{PgConnection, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction};

use super::StoreError;

/// Something of one engine or of the other.
#[derive(Clone, Debug)]
pub enum On<S, P> {
    /// SQLite's.
    Sqlite(S),
    /// PostgreSQL's.
    Postgres(P),
}

/// Connections.
pub type Pool = On<SqlitePool, PgPool>;

/// A transaction that writes.
pub type Tx = On<Transaction<'static, Sqlite>, Transaction<'static, Postgres>>;

impl Pool {
    pub(super) fn executor(&self) -> On<&SqlitePool, &PgPool> {
        match self {
            Self::Sqlite(pool) => On::Sqlite(pool),
            Self::Postgres(pool) => On::Postgres(pool),
        }
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    pub(super) fn executor(&mut self) -> On<&mut SqliteConnection, &mut PgConnection> {
        match self {
            Self::Sqlite(tx) => On::Sqlite(tx),
            Self::Postgres(tx) => On::Postgres(tx),
        }
    }

    /// Makes it last.
    ///
    /// # Errors
    /// [`StoreError::Database`]; nothing of it has happened then.
    pub async fn commit(self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(tx) => tx.commit().await?,
            Self::Postgres(tx) => tx.commit().await?,
        }
        Ok(())
    }
}

/// Runs one SQL text on whichever engine a pool or transaction is of.
///
/// `sql!(pool, fetch_all as Row: "select …", bind, …)` gives rows (`fetch_one`, `fetch_optional`);
/// `sql!(tx, execute: "update …", bind, …)` gives how many rows it touched.
macro_rules! sql {
    ($on:expr, execute: $sql:literal $(, $bind:expr)* $(,)?) => {
        match $on.executor() {
            $crate::store::On::Sqlite(on) => {
                sqlx::query::<sqlx::Sqlite>($sql)$(.bind($bind))*.execute(on).await.map(|done| done.rows_affected())
            }
            $crate::store::On::Postgres(on) => {
                sqlx::query::<sqlx::Postgres>($sql)$(.bind($bind))*.execute(on).await.map(|done| done.rows_affected())
            }
        }
        .map_err($crate::store::StoreError::from)
    };
    ($on:expr, $fetch:ident as $row:ty: $sql:literal $(, $bind:expr)* $(,)?) => {
        match $on.executor() {
            $crate::store::On::Sqlite(on) => {
                sqlx::query_as::<sqlx::Sqlite, $row>($sql)$(.bind($bind))*.$fetch(on).await
            }
            $crate::store::On::Postgres(on) => {
                sqlx::query_as::<sqlx::Postgres, $row>($sql)$(.bind($bind))*.$fetch(on).await
            }
        }
        .map_err($crate::store::StoreError::from)
    };
}
pub(super) use sql;
