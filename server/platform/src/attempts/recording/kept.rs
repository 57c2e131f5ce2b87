//! What is kept of recordings, for who reads or deletes it.

use std::{
    io::{self, ErrorKind},
    path::PathBuf,
};

use uuid::Uuid;

use super::file;
use crate::{
    access::Action,
    attempts::Attempts,
    error::{Error, Result},
    store::{StoreError, recordings},
    views::Viewer,
};

/// The file of a recording. It is gzip: `bytes` of the file at `path`, then `tail`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRecording {
    /// Where it is.
    pub path: PathBuf,
    /// So much of it is whole.
    pub bytes: u64,
    /// What ends it.
    pub tail: [u8; 10],
}

impl Attempts {
    /// The recording of a terminal, as asciicast in gzip.
    pub(crate) async fn recording(&self, viewer: &Viewer, attempt: Uuid, terminal: u32) -> Result<KeptRecording> {
        let attempt = self.reach(viewer, attempt, Action::SeeResult).await?;
        if attempt.state.open() {
            return Err(Error::Conflict("This attempt is not over yet. Its recording is there when it is.".into()));
        }
        let all = recordings::of_attempt(&self.store, attempt.id).await?;
        let found = all.into_iter().find(|recording| recording.terminal == terminal && recording.bytes > 0);
        let found = found.filter(|found| file::is_there(&self.data, found));
        let found = found.ok_or_else(|| Error::Conflict("Of this terminal there is no recording.".into()))?;
        Ok(KeptRecording {
            path: file::path(&self.data, attempt.id, terminal),
            bytes: found.bytes,
            tail: file::tail(&found),
        })
    }

    /// Deletes the recordings of an attempt, files and all. The attempt's events stay.
    pub(crate) async fn delete_recordings(&self, attempt: Uuid) -> Result<()> {
        let folder = file::folder(&self.data, attempt);
        let removed = tokio::task::spawn_blocking(move || std::fs::remove_dir_all(folder)).await;
        match removed.unwrap_or_else(|error| Err(io::Error::other(error))) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(Error::Internal(Box::new(error))),
            _ => {}
        }
        let mut tx = self.store.begin().await?;
        recordings::delete(&mut tx, attempt).await?;
        tx.commit().await.map_err(|error: StoreError| error.into())
    }
}
