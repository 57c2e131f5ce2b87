//! Sessions in the database: the adapter between tower-sessions and the store.

use std::{fmt, sync::Arc};

use async_trait::async_trait;
use platform::{
    clock::Clock,
    store::{Store, sessions},
};
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// Keeps sessions in Belay's own database.
#[derive(Clone)]
pub struct DatabaseSessions {
    store: Store,
    clock: Arc<dyn Clock>,
}

impl DatabaseSessions {
    /// Sessions in this store; a session ends by this clock.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self { store, clock }
    }
}

impl fmt::Debug for DatabaseSessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseSessions")
    }
}

fn backend(error: impl fmt::Display) -> Error {
    Error::Backend(error.to_string())
}

#[async_trait]
impl SessionStore for DatabaseSessions {
    async fn create(&self, record: &mut Record) -> Result<()> {
        // An id that is taken is another person's session: draw again, never overwrite.
        loop {
            let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
            if sessions::create(&self.store, &record.id.to_string(), &data, expiry(record)?).await.map_err(backend)? {
                return Ok(());
            }
            record.id = Id::default();
        }
    }

    async fn save(&self, record: &Record) -> Result<()> {
        let data = serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?;
        sessions::save(&self.store, &record.id.to_string(), &data, expiry(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let found = sessions::load(&self.store, &id.to_string(), self.clock.now()).await.map_err(backend)?;
        let Some((data, expires)) = found else { return Ok(None) };
        let data = serde_json::from_str(&data).map_err(|error| Error::Decode(error.to_string()))?;
        let expiry_date = time::OffsetDateTime::from_unix_timestamp(expires.timestamp())
            .map_err(|error| Error::Decode(error.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::delete(&self.store, &id.to_string()).await.map_err(backend)
    }
}

fn expiry(record: &Record) -> Result<chrono::DateTime<chrono::Utc>> {
    chrono::DateTime::from_timestamp(record.expiry_date.unix_timestamp(), 0)
        .ok_or_else(|| Error::Encode("an expiry date out of range".into()))
}
