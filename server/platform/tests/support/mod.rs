//! What the tests of this crate share.

#![allow(dead_code, reason = "each test program uses its part of this")]

pub mod fake;
pub mod lab;
pub mod server;

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use platform::{
    clock::{Ids, ManualClock},
    store::Store,
};
use sqlx::{Connection, Executor, PgConnection};

/// A database engine to run a test on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// Always there.
    Sqlite,
    /// Where `BELAY_TEST_POSTGRES` says.
    Postgres,
}

/// An empty database of one test.
pub struct Database {
    /// Its address.
    pub url: String,
    _folder: Option<tempfile::TempDir>,
}

/// A lock on a database.
pub enum Held {
    Sqlite(sqlx::SqliteConnection),
    Postgres(PgConnection),
}

impl Held {
    pub async fn release(self) {
        match self {
            Self::Sqlite(mut connection) => connection.execute("rollback").await.map(drop),
            Self::Postgres(mut connection) => connection.execute("rollback").await.map(drop),
        }
        .expect("the lock is let go");
    }
}

static SCHEMAS: AtomicU32 = AtomicU32::new(0);

impl Database {
    /// A database, or `None` where there is no PostgreSQL and none is asked for.
    pub async fn new(engine: Engine) -> Option<Self> {
        match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let url = format!("sqlite:{}", folder.path().join("below/belay.db").display());
                Some(Self { url, _folder: Some(folder) })
            }
            Engine::Postgres => {
                let Ok(server) = env::var("BELAY_TEST_POSTGRES") else {
                    let required = env::var("BELAY_TEST_REQUIRE_POSTGRES").is_ok_and(|value| value == "1");
                    assert!(!required, "BELAY_TEST_POSTGRES must be the address of a PostgreSQL server");
                    eprintln!("not run on PostgreSQL: BELAY_TEST_POSTGRES is not set");
                    return None;
                };
                let schema = format!("t{}_{}", std::process::id(), SCHEMAS.fetch_add(1, Ordering::Relaxed));
                let mut connection = PgConnection::connect(&server).await.expect("the server of BELAY_TEST_POSTGRES");
                let sql = format!("drop schema if exists {schema} cascade; create schema {schema}");
                connection.execute(sqlx::AssertSqlSafe(sql)).await.expect("a schema of its own");
                let separator = if server.contains('?') { '&' } else { '?' };
                Some(Self { url: format!("{server}{separator}options[search_path]={schema}"), _folder: None })
            }
        }
    }

    /// The store on it.
    pub async fn store(&self) -> Store {
        Store::connect(&self.url).await.expect("a database that opens")
    }

    /// Keeps everybody else from lengthening a chain of events until it is released.
    pub async fn hold(&self) -> Held {
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut connection = sqlx::SqliteConnection::connect(path).await.expect("the database");
                connection.execute("begin immediate").await.expect("the lock");
                Held::Sqlite(connection)
            }
            None => {
                let mut connection = PgConnection::connect(&self.url).await.expect("the database");
                connection.execute("begin; lock table chains in exclusive mode").await.expect("the lock");
                Held::Postgres(connection)
            }
        }
    }

    /// Runs SQL past the store, as somebody with access to the database could.
    pub async fn raw(&self, sql: &str) -> Result<u64, sqlx::Error> {
        let sql = sqlx::AssertSqlSafe(sql.to_string());
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let mut connection = sqlx::SqliteConnection::connect(path).await?;
                connection.execute(sql).await.map(|done| done.rows_affected())
            }
            None => {
                let mut connection = PgConnection::connect(&self.url).await?;
                connection.execute(sql).await.map(|done| done.rows_affected())
            }
        }
    }
}

/// A clock that stands, and ids that are the same in each run.
pub fn clock_and_ids(seed: u64) -> (Arc<ManualClock>, Ids) {
    let clock = Arc::new(ManualClock::at(start()));
    let ids = Ids::seeded(clock.clone(), seed);
    (clock, ids)
}

/// When tests begin.
pub fn start() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::microseconds(123_456)
}
