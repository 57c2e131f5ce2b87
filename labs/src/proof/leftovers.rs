//! What a run that was interrupted left on the engine: nobody else looks after the sandboxes of a proof.

use std::{
    collections::BTreeMap,
    fs::{File, TryLockError, create_dir_all},
    io,
    path::Path,
    sync::Arc,
};

use tokio::sync::Mutex;

use super::Options;
use crate::sandbox::Engine;

/// The instances that this process has tidied up. Each keeps its lock, which tells other processes that proofs are being
/// made.
static TIDIED: Mutex<BTreeMap<String, Option<File>>> = Mutex::const_new(BTreeMap::new());

/// Removes the sandboxes of the instance, before the first proof of this process makes its own. When another process
/// makes proofs by the same name they are that one's, and stay. That it can't is a pity and no more.
pub(super) async fn remove(engine: &Arc<dyn Engine>, options: &Options) {
    let mut tidied = TIDIED.lock().await;
    if tidied.contains_key(&options.instance) {
        return;
    }
    let lock = match options.cache.as_deref().map(begin).transpose() {
        Ok(lock) => lock,
        Err(error) => {
            tracing::warn!(%error, "what other proofs have left is not looked for");
            tidied.insert(options.instance.clone(), None);
            return;
        }
    };
    let lock = match lock {
        None => {
            remove_all(engine, &options.instance).await;
            None
        }
        Some((file, true)) => {
            remove_all(engine, &options.instance).await;
            if let Err(error) = share(&file) {
                tracing::warn!(%error, "other processes can't be told of the proofs being made");
            }
            Some(file)
        }
        Some((file, false)) => Some(file),
    };
    tidied.insert(options.instance.clone(), lock);
}

/// Opens the lock; says whether no other process makes proofs.
fn begin(dir: &Path) -> io::Result<(File, bool)> {
    create_dir_all(dir)?;
    let file = File::options().create(true).append(true).open(dir.join(".lock"))?;
    match file.try_lock() {
        Ok(()) => Ok((file, true)),
        Err(TryLockError::WouldBlock) => {
            // For as long as the other one tidies up, if it does.
            file.lock_shared()?;
            Ok((file, false))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// From here on others may make proofs too. Whoever tidies up in between finds nothing of ours yet.
fn share(file: &File) -> io::Result<()> {
    file.unlock()?;
    file.lock_shared()
}

async fn remove_all(engine: &Arc<dyn Engine>, instance: &str) {
    let left = match engine.list(instance).await {
        Ok(left) => left,
        Err(error) => return tracing::warn!(%error, "what other proofs have left can't be looked for"),
    };
    for found in left.iter().filter(|found| found.attempt.is_none()) {
        tracing::info!(container = %found.container, lab = found.lab, "removing what an interrupted proof left");
        if let Err(error) = engine.remove(&found.container).await {
            tracing::warn!(container = %found.container, %error, "it could not be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_alone_tidies_up() {
        let dir = tempfile::tempdir().unwrap();
        let (first, alone) = begin(dir.path()).unwrap();
        assert!(alone);
        share(&first).unwrap();
        let (second, alone) = begin(dir.path()).unwrap();
        assert!(!alone);
        drop(first);
        assert!(!begin(dir.path()).unwrap().1, "the second is still at work");
        drop(second);
        assert!(begin(dir.path()).unwrap().1);
    }
}
