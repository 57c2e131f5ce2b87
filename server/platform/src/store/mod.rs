//! All that is kept, and all SQL.
//!
//! Each query is written once, in the SQL that SQLite and PostgreSQL share, and runs on the driver of
//! whichever is open (`sql!`). Ids, times and random numbers are bound from outside, never made in SQL.
//! There is one module for each entity; what reads takes the [`Store`], what writes takes a transaction
//! ([`Tx`]), so that a use case decides what is committed together.
//!
//! Not found is `None`. A row that says what the program can't understand is
//! [`StoreError::Inconsistent`].

pub mod answers;
pub mod artefacts;
pub mod attempts;
pub mod cases;
pub mod events;
pub mod inspections;
pub mod labs;
pub mod nodes;
pub mod operations;
mod pool;
pub mod queue;
pub mod recordings;
pub mod reservations;
pub mod sandboxes;
pub mod sessions;
pub mod timers;
pub mod users;

use std::{path::PathBuf, str::FromStr, time::Duration};

use sqlx::{
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions},
};
use uuid::Uuid;

pub use self::pool::{On, Pool, Tx};

static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("../../migrations/postgres");

/// How long a connection, or SQLite's one writer, is waited for.
const PATIENCE: Duration = Duration::from_secs(15);
/// How many read at the same time from SQLite.
const SQLITE_READERS: u32 = 4;
/// How many connections PostgreSQL is asked for.
const POSTGRES_CONNECTIONS: u32 = 10;

/// The database. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Store {
    read: Pool,
    /// With SQLite a pool of one connection: writers wait here, in order, and not on the file's lock.
    write: Pool,
}

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address of the database is none we know.
    #[error(
        "{0:?} is no address of a database: write a path, sqlite:PATH or postgres://USER:PASSWORD@HOST/NAME \
         (a database in memory is not possible)"
    )]
    Address(String),
    /// SQLite's folder could not be made.
    #[error("the folder {} for the database could not be made: {source}", folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A migration failed.
    #[error("the database could not be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row holds what the program can't understand.
    #[error("the database holds something inconsistent: {table} {row}, column {column}: {what}")]
    Inconsistent {
        /// The row's table.
        table: &'static str,
        /// The row's id.
        row: Uuid,
        /// The column.
        column: &'static str,
        /// What is wrong with it.
        what: String,
    },
    /// A value can't be stored.
    #[error("{what} can't be stored: {why}")]
    Unstorable {
        /// The value.
        what: &'static str,
        /// Why not.
        why: String,
    },
    /// The database's own words.
    #[error("the database failed: {0}")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    fn inconsistent(table: &'static str, row: Uuid, column: &'static str, what: &impl ToString) -> Self {
        Self::Inconsistent { table, row, column, what: what.to_string() }
    }

    fn unstorable(what: &'static str, why: &impl ToString) -> Self {
        Self::Unstorable { what, why: why.to_string() }
    }
}

impl Store {
    /// Opens a database and brings it up to date. `url` is the path of an SQLite file, `sqlite:PATH`
    /// or `postgres://…`; a missing file is made, with its folder.
    ///
    /// # Errors
    /// [`StoreError`] in words for whoever runs the program.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let store = match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => Self::open_postgres(url).await?,
            Some(("sqlite", path)) => Self::open_sqlite(path.trim_start_matches("//")).await?,
            Some((scheme, rest)) if rest.starts_with("//") && !scheme.contains('/') => {
                // What follows may hold a password.
                return Err(StoreError::Address(format!("{scheme}://…")));
            }
            _ => Self::open_sqlite(url).await?,
        };
        match &store.write {
            On::Sqlite(pool) => SQLITE_MIGRATIONS.run(pool).await?,
            On::Postgres(pool) => POSTGRES_MIGRATIONS.run(pool).await?,
        }
        Ok(store)
    }

    /// Looks at a database and changes nothing of it.
    ///
    /// # Errors
    /// [`StoreError`] in words for whoever runs the program.
    pub async fn look(url: &str) -> Result<Condition, StoreError> {
        let (done, known) = match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => {
                let On::Postgres(pool) = Self::open_postgres(url).await?.read else { return Ok(Condition::New) };
                let there = sqlx::query_scalar::<_, Option<String>>("select to_regclass('_sqlx_migrations')::text");
                if there.fetch_one(&pool).await?.is_none() {
                    return Ok(Condition::New);
                }
                (sqlx::query_scalar::<_, i64>(MIGRATIONS_DONE).fetch_all(&pool).await?, &POSTGRES_MIGRATIONS)
            }
            _ => {
                let path = url.strip_prefix("sqlite:").unwrap_or(url).trim_start_matches("//");
                if !std::path::Path::new(path).exists() {
                    return Ok(Condition::New);
                }
                // Not read-only: a log that a killed server has left must be read, and that takes a lock.
                let options =
                    SqliteConnectOptions::new().filename(path).create_if_missing(false).busy_timeout(PATIENCE);
                let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
                let there = "select name from sqlite_master where name = '_sqlx_migrations'";
                if sqlx::query_scalar::<_, String>(there).fetch_optional(&pool).await?.is_none() {
                    return Ok(Condition::New);
                }
                (sqlx::query_scalar::<_, i64>(MIGRATIONS_DONE).fetch_all(&pool).await?, &SQLITE_MIGRATIONS)
            }
        };
        let known: Vec<i64> = known.iter().map(|migration| migration.version).collect();
        let ahead = done.iter().filter(|version| !known.contains(version)).count();
        let behind = known.iter().filter(|version| !done.contains(version)).count();
        Ok(match (ahead, behind) {
            (0, 0) => Condition::Ready,
            (0, behind) => Condition::Behind(behind),
            _ => Condition::Ahead,
        })
    }

    async fn open_sqlite(path: &str) -> Result<Self, StoreError> {
        if path.is_empty() || path.starts_with(":memory:") {
            return Err(StoreError::Address(path.into()));
        }
        let path = PathBuf::from(path);
        if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)
                .map_err(|source| StoreError::Folder { folder: folder.to_path_buf(), source })?;
        }
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(true)
            // Without it `insert or replace` would get past the triggers that guard events.
            .pragma("recursive_triggers", "on")
            .busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().acquire_timeout(PATIENCE);
        let write = pool.clone().max_connections(1).connect_with(options.clone()).await?;
        let read = pool.max_connections(SQLITE_READERS).connect_with(options).await?;
        Ok(Self { read: On::Sqlite(read), write: On::Sqlite(write) })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(|_| StoreError::Address("postgres://…".into()))?;
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(PATIENCE)
            .connect_with(options)
            .await?;
        Ok(Self { read: On::Postgres(pool.clone()), write: On::Postgres(pool) })
    }

    /// Begins a transaction. It is undone unless it is [committed](Tx::commit).
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        Ok(match &self.write {
            // A transaction that reads first and writes later would fail at once when another has
            // written in between: it must say from the beginning that it will write.
            On::Sqlite(pool) => On::Sqlite(pool.begin_with("begin immediate").await?),
            On::Postgres(pool) => On::Postgres(pool.begin().await?),
        })
    }

    /// In words for a log or a report: which engine.
    #[must_use]
    pub fn engine(&self) -> &'static str {
        match self.read {
            On::Sqlite(_) => "SQLite",
            On::Postgres(_) => "PostgreSQL",
        }
    }

    /// Whether it answers.
    ///
    /// # Errors
    /// [`StoreError::Database`].
    pub async fn ping(&self) -> Result<(), StoreError> {
        let (_,): (i64,) = pool::sql!(self.read, fetch_one as (i64,): "select cast(1 as bigint)")?;
        Ok(())
    }

    /// Closes all connections, in order: with SQLite what is in the log moves to the file.
    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

const MIGRATIONS_DONE: &str = "select version from _sqlx_migrations where success";

/// How a database is, compared with what this program expects: see [`Store::look`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There is nothing in it yet.
    New,
    /// As this program expects it.
    Ready,
    /// So many changes are to be made, which the next start of the server does.
    Behind(usize),
    /// A later version of the program has changed it.
    Ahead,
}

/// A value that is stored as one of a few words.
trait Word: Sized {
    fn word(self) -> &'static str;
    fn from_word(word: &str) -> Option<Self>;
}

fn word<T: Word>(table: &'static str, row: Uuid, column: &'static str, text: &str) -> Result<T, StoreError> {
    T::from_word(text).ok_or_else(|| StoreError::inconsistent(table, row, column, &format!("unknown word {text:?}")))
}

/// Words for the values of an enum, each written once.
macro_rules! words {
    ($type:ty { $($value:path = $word:literal),+ $(,)? }) => {
        impl $crate::store::Word for $type {
            fn word(self) -> &'static str {
                match self { $($value => $word),+ }
            }

            fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($value),)+ _ => None }
            }
        }
    };
}
use words;
