//! What is kept in files, named by the SHA-256 of its content: end states of boxes, texts of files.
//!
//! A file is written under another name, flushed to the disk, and only then named; a row says what it is and whose. Equal
//! contents are one file. A file goes with the last row that names it: when it is too old, or its person is erased.

use std::{
    io,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use futures::StreamExt;
use labs::hex;
use labs::sandbox::Snapshot;
use sha2::{Digest, Sha256};
use tokio::{
    fs,
    io::{AsyncReadExt, AsyncWriteExt},
};
use tokio_util::io::ReaderStream;
use uuid::Uuid;

use crate::{
    clock::{Clock, Ids},
    store::{
        Store, StoreError,
        artefacts::{self, Artefact, ArtefactKind},
    },
};

/// What files that are being written are called until they are whole.
const UNFINISHED: &str = ".new-";

/// Keeps artefacts. Clones are one keeper.
#[derive(Clone)]
pub(crate) struct Artefacts(Arc<Inner>);

struct Inner {
    folder: PathBuf,
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Ids,
    node: String,
    /// Held while a file gets or loses its name, so that none is taken away that somebody is just about to need.
    naming: tokio::sync::Mutex<()>,
}

/// What is to be kept.
#[derive(Clone, Debug)]
pub(crate) struct Of {
    pub(crate) kind: ArtefactKind,
    pub(crate) subject: Uuid,
    pub(crate) attempt: Option<Uuid>,
    pub(crate) host: Option<String>,
}

/// Why something could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ArtefactError {
    /// The disk's own words.
    #[error("{path}: {source}")]
    Disk { path: PathBuf, source: io::Error },
    /// There is more of it than may be kept.
    #[error("it is larger than the {0} bytes that are kept")]
    TooLarge(u64),
    /// Another server has the file.
    #[error("it is kept by the server {0}, not by this one")]
    Elsewhere(String),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> ArtefactError {
    move |source| ArtefactError::Disk { path: path.to_path_buf(), source }
}

impl Artefacts {
    /// Under the data directory of this server.
    pub(crate) fn new(data: &Path, store: Store, clock: Arc<dyn Clock>, ids: Ids, node: String) -> Self {
        let folder = data.join("artefacts");
        Self(Arc::new(Inner { folder, store, clock, ids, node, naming: tokio::sync::Mutex::default() }))
    }

    /// Keeps bytes.
    ///
    /// # Errors
    /// [`ArtefactError`]; nothing is kept then.
    pub(crate) async fn put(&self, of: Of, bytes: &[u8]) -> Result<Artefact, ArtefactError> {
        let mut writing = self.begin(u64::MAX).await?;
        writing.write(bytes).await?;
        writing.finish(of).await
    }

    /// Begins to keep something of which the bytes come one after the other, at most so many.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub(crate) async fn begin(&self, most: u64) -> Result<Writing, ArtefactError> {
        let folder = &self.0.folder;
        fs::create_dir_all(folder).await.map_err(disk(folder))?;
        let path = folder.join(format!("{UNFINISHED}{}", self.0.ids.next()));
        let file =
            fs::File::options().write(true).create_new(true).mode(0o600).open(&path).await.map_err(disk(&path))?;
        let gone = Unfinished(path);
        Ok(Writing { keeper: self.clone(), file, path: gone, hash: Sha256::new(), bytes: 0, most })
    }

    /// The content of one, if it is no longer than that.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub(crate) async fn read(&self, artefact: &Artefact, most: u64) -> Result<Vec<u8>, ArtefactError> {
        let (path, file) = self.open(artefact).await?;
        let mut bytes = Vec::new();
        file.take(most.saturating_add(1)).read_to_end(&mut bytes).await.map_err(disk(&path))?;
        if bytes.len() as u64 > most { Err(ArtefactError::TooLarge(most)) } else { Ok(bytes) }
    }

    /// The content of one, piece by piece.
    ///
    /// # Errors
    /// [`ArtefactError`].
    pub(crate) async fn stream(&self, artefact: &Artefact) -> Result<Snapshot, ArtefactError> {
        let (_, file) = self.open(artefact).await?;
        Ok(ReaderStream::with_capacity(file, 64 << 10).boxed())
    }

    /// Erases all that is kept of a person here; how many things that were. Whoever erases the person calls it first.
    ///
    /// # Errors
    /// [`ArtefactError`]; what was not erased is still named.
    #[expect(dead_code, reason = "nothing erases people yet; tests do")]
    pub(crate) async fn erase(&self, person: Uuid) -> Result<usize, ArtefactError> {
        let all = artefacts::of_person(&self.0.store, &self.0.node, person).await?;
        for artefact in &all {
            self.remove(artefact).await?;
        }
        Ok(all.len())
    }

    /// Takes away what is from before this moment, and files that nobody needs. What is being written stays.
    ///
    /// # Errors
    /// [`ArtefactError`]; what is left is taken at the next sweep.
    pub(crate) async fn sweep(&self, then: DateTime<Utc>) -> Result<usize, ArtefactError> {
        let old = artefacts::older(&self.0.store, &self.0.node, then).await?;
        for artefact in &old {
            self.remove(artefact).await?;
        }
        self.remove_strays().await?;
        Ok(old.len())
    }

    /// Files that a crash left: named, and no row was written.
    async fn remove_strays(&self) -> Result<(), ArtefactError> {
        let folder = &self.0.folder;
        let mut parts = match fs::read_dir(folder).await {
            Ok(parts) => parts,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(disk(folder)(error)),
        };
        while let Some(part) = parts.next_entry().await.map_err(disk(folder))? {
            let name = part.file_name().to_string_lossy().into_owned();
            if name.starts_with(UNFINISHED) || !part.file_type().await.is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let path = part.path();
            let mut files = fs::read_dir(&path).await.map_err(disk(&path))?;
            while let Some(file) = files.next_entry().await.map_err(disk(&path))? {
                let hash = format!("{name}{}", file.file_name().to_string_lossy());
                let _naming = self.0.naming.lock().await;
                if !artefacts::is_needed(&self.0.store, &self.0.node, &hash).await? {
                    fs::remove_file(file.path()).await.map_err(disk(&file.path()))?;
                }
            }
        }
        Ok(())
    }

    /// Files that a server which was killed did not finish. Before this one writes any.
    pub(crate) async fn remove_unfinished(&self) {
        let Ok(mut files) = fs::read_dir(&self.0.folder).await else { return };
        while let Ok(Some(file)) = files.next_entry().await {
            if file.file_name().to_string_lossy().starts_with(UNFINISHED) {
                // What stays takes room and nothing else.
                let _ = fs::remove_file(file.path()).await;
            }
        }
    }

    async fn remove(&self, artefact: &Artefact) -> Result<(), ArtefactError> {
        let _naming = self.0.naming.lock().await;
        let mut tx = self.0.store.begin().await?;
        let needed = artefacts::remove(&mut tx, artefact).await?;
        // The file first: a row without a file would be a promise, a file without a row is swept.
        if !needed {
            let path = self.path(&artefact.hash);
            match fs::remove_file(&path).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(disk(&path)(error)),
                _ => {}
            }
        }
        Ok(tx.commit().await?)
    }

    async fn open(&self, artefact: &Artefact) -> Result<(PathBuf, fs::File), ArtefactError> {
        if artefact.node != self.0.node {
            return Err(ArtefactError::Elsewhere(artefact.node.clone()));
        }
        let path = self.path(&artefact.hash);
        let file = fs::File::open(&path).await.map_err(disk(&path))?;
        Ok((path, file))
    }

    fn path(&self, hash: &str) -> PathBuf {
        let (part, rest) = hash.split_at_checked(2).unwrap_or(("", hash));
        self.0.folder.join(part).join(rest)
    }
}

/// Something that is being kept. Dropped before it is finished, nothing is left of it.
pub(crate) struct Writing {
    keeper: Artefacts,
    file: fs::File,
    path: Unfinished,
    hash: Sha256,
    bytes: u64,
    most: u64,
}

/// A file that goes unless it was finished.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // What stays is removed at the next start.
            let _ = std::fs::remove_file(&self.0);
        }
    }
}

impl Writing {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`ArtefactError::TooLarge`] when there are more than may be.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> Result<(), ArtefactError> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.most {
            return Err(ArtefactError::TooLarge(self.most));
        }
        self.hash.update(bytes);
        self.file.write_all(bytes).await.map_err(disk(&self.path.0))
    }

    /// That was all: from now on it is kept.
    ///
    /// # Errors
    /// [`ArtefactError`]; nothing is kept then.
    pub(crate) async fn finish(mut self, of: Of) -> Result<Artefact, ArtefactError> {
        self.file.flush().await.map_err(disk(&self.path.0))?;
        self.file.sync_all().await.map_err(disk(&self.path.0))?;
        let keeper = &self.keeper.0;
        let hash = hex(&self.hash.finalize());
        let path = self.keeper.path(&hash);
        let folder = path.parent().unwrap_or(&keeper.folder);
        let artefact = Artefact {
            id: keeper.ids.next(),
            hash: hash.clone(),
            bytes: self.bytes,
            kind: of.kind,
            subject: of.subject,
            attempt: of.attempt,
            host: of.host,
            node: keeper.node.clone(),
            created_at: keeper.clock.now(),
        };
        let _naming = keeper.naming.lock().await;
        fs::create_dir_all(folder).await.map_err(disk(folder))?;
        fs::rename(&self.path.0, &path).await.map_err(disk(&path))?;
        self.path.0 = PathBuf::new();
        // The name is on the disk only with its folder.
        let named = fs::File::open(folder).await.map_err(disk(folder))?;
        named.sync_all().await.map_err(disk(folder))?;
        let mut tx = keeper.store.begin().await?;
        artefacts::add(&mut tx, &artefact).await?;
        tx.commit().await?;
        Ok(artefact)
    }
}
