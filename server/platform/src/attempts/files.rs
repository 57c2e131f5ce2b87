//! Files of the box: the editor, uploads and downloads.

use std::sync::Arc;

use bytes::Bytes;
use labs::sandbox::{At, Contents, FileError, Sandbox, Written};
use scorecards::event::{Artefact, FileSaved, Kind};
use tracing::warn;
use uuid::Uuid;
use wire::file::{Expect, Listing, Refused};

use super::{Attempts, BackOff, check::OUT_OF_REACH, live::Live, words};
use crate::{
    error::{Error, Result},
    store::{self, StoreError, attempts::Attempt, events},
    views::Viewer,
};

/// Why a file could not be had or written.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Not for this person, or not now.
    #[error(transparent)]
    Platform(#[from] Error),
    /// The box refuses it.
    #[error(transparent)]
    Refused(Refused),
}

impl From<FileError> for FileProblem {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Refused(refused) => Self::Refused(refused),
            // Whether a sandbox is lost is found out by who fetches its journal.
            FileError::Sandbox(error) => {
                warn!(%error, "a file call failed");
                Self::Platform(Error::Unavailable(OUT_OF_REACH.into()))
            }
        }
    }
}

/// A file of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileOf {
    /// Which attempt.
    pub attempt: Uuid,
    /// Which host of the lab; `None` for its first.
    pub host: Option<String>,
    /// Which file, and whose rights count.
    pub at: At,
}

impl Attempts {
    pub(crate) async fn list_files(&self, viewer: &Viewer, of: FileOf) -> Result<Listing, FileProblem> {
        let (_, live) = self.worked_in(viewer, of.attempt).await?;
        Ok(host(&live, of.host.as_deref())?.list(of.at).await?)
    }

    pub(crate) async fn read_file(&self, viewer: &Viewer, of: FileOf, limit: u64) -> Result<Contents, FileProblem> {
        let (_, live) = self.worked_in(viewer, of.attempt).await?;
        Ok(host(&live, of.host.as_deref())?.read(of.at, limit).await?)
    }

    pub(crate) async fn write_file(
        &self,
        viewer: &Viewer,
        of: FileOf,
        bytes: &Bytes,
        expect: Expect,
    ) -> Result<Written, FileProblem> {
        let (attempt, live) = self.worked_in(viewer, of.attempt).await?;
        let FileOf { host: name, at, .. } = of;
        let sandbox = host(&live, name.as_deref())?;
        let saved = |written: &Written| FileSaved {
            host: named(&live, sandbox),
            path: at.path.clone(),
            before: written.before.clone().map(Artefact),
            after: Artefact(written.after.clone()),
            as_root: at.as_root,
        };
        let written = sandbox.write(at.clone(), bytes, expect).await?;
        // Saved twice without a change is saved once.
        if written.before.as_ref() != Some(&written.after) {
            self.keep_event(&attempt, &live, viewer, Kind::FileSaved(saved(&written))).await;
        }
        Ok(written)
    }

    /// Writes down what has happened in the box already. Where the store can't be written to just now, it is tried again
    /// for as long as the attempt goes on: the learner's work does not wait for it.
    pub(super) async fn keep_event(&self, attempt: &Attempt, live: &Arc<Live>, viewer: &Viewer, kind: Kind) {
        let event = self.event(attempt, Some(viewer.id), kind);
        if let Err(error) = self.store_while_running(&event).await {
            warn!(attempt = %attempt.id, error = words(&error), "an event can't be stored; trying again");
            let (this, live) = (self.clone(), Arc::clone(live));
            self.spawn(async move {
                let mut back_off = BackOff::new();
                let again = async {
                    while this.store_while_running(&event).await.is_err() {
                        back_off.wait().await;
                    }
                };
                let _ = live.closed.run_until_cancelled(again).await;
            });
        }
    }

    async fn store_while_running(&self, event: &scorecards::event::Event) -> Result<(), StoreError> {
        let Some(attempt) = event.attempt else { return Ok(()) };
        let mut tx = self.store.begin().await?;
        // Nothing comes after an end.
        if store::attempts::lock_running(&mut tx, attempt).await? {
            events::append(&mut tx, std::slice::from_ref(event)).await?;
        }
        tx.commit().await
    }
}

/// What events call a host: by its name where there are several.
pub(super) fn named(live: &Live, sandbox: &Sandbox) -> Option<String> {
    (live.hosts.count() > 1).then(|| sandbox.host.clone())
}

/// A host of an attempt by its name; the first one without.
pub(super) fn host<'l>(live: &'l Live, name: Option<&str>) -> Result<&'l Sandbox> {
    match name {
        None => Ok(live.hosts.first()),
        Some(name) => live.hosts.get(name).ok_or(Error::NotFound),
    }
}
