//! The end state of a box: kept before the box goes.

use std::time::Duration;

use labs::sandbox::Sandbox;
use scorecards::event::{Artefact as Name, Kind};
use tokio::time::timeout;
use tracing::{info, warn};
use wire::layer::{Bounds, Change, Content};

use super::{Attempts, live::Live, words};
use crate::{
    artefacts::Of,
    redact,
    store::{StoreError, artefacts::ArtefactKind, attempts::Attempt, events},
    views::HostChanges,
};

/// What of a box is kept at most: its files before they are compressed, and their number.
const BOUNDS: Bounds = Bounds { bytes: 256 << 20, entries: 50_000, limit_ms: 20_000 };
/// How large a kept end state may be.
const MOST: u64 = 280 << 20;
/// How long all of it may take for one box. Whoever finishes waits for it.
const WITHIN: Duration = Duration::from_secs(40);

impl Attempts {
    /// Keeps how the boxes of an attempt were left. What can't be kept is said, and holds up nothing.
    pub(super) async fn keep_end(&self, attempt: &Attempt, live: &Live) -> Result<(), StoreError> {
        for kind in ["snapshot_kept", "snapshot_lost"] {
            if !events::of_kind(&self.store, attempt.id, kind).await?.is_empty() {
                return Ok(());
            }
        }
        let several = live.hosts.count() > 1;
        let each = live.hosts.iter().map(|sandbox| async move {
            let host = several.then(|| sandbox.host.clone());
            match timeout(WITHIN, self.keep_host(attempt, sandbox, host.clone())).await {
                Ok(Ok(kind)) => kind,
                Ok(Err(why)) => lost(attempt, host, why),
                Err(_) => lost(attempt, host, format!("it took longer than {} seconds", WITHIN.as_secs())),
            }
        });
        let kinds = futures::future::join_all(each).await;
        let said: Vec<_> = kinds.into_iter().map(|kind| self.event(attempt, None, kind)).collect();
        let mut tx = self.store.begin().await?;
        events::append(&mut tx, &said).await?;
        tx.commit().await
    }

    async fn keep_host(&self, attempt: &Attempt, sandbox: &Sandbox, host: Option<String>) -> Result<Kind, String> {
        let plain = |error: &dyn std::error::Error| words(error);
        let of = |kind| Of { kind, subject: attempt.learner, attempt: Some(attempt.id), host: host.clone() };
        match sandbox.changes().await {
            Ok((changes, looked)) => {
                let changes = changes.into_iter().map(without_secrets).collect();
                let told = HostChanges { host: host.clone(), changes, cut: looked.cut };
                let bytes = serde_json::to_vec(&told).map_err(|error| plain(&error))?;
                self.artefacts.put(of(ArtefactKind::Changes), &bytes).await.map_err(|error| plain(&error))?;
            }
            // The end state is worth keeping without.
            Err(error) => warn!(attempt = %attempt.id, %error, "what changed in a box could not be told"),
        }
        let mut snapshot = sandbox.snapshot(BOUNDS).await.map_err(|error| plain(&error))?;
        let mut writing = self.artefacts.begin(MOST).await.map_err(|error| plain(&error))?;
        while let Some(bytes) = snapshot.next().await.map_err(|error| plain(&error))? {
            writing.write(&bytes).await.map_err(|error| plain(&error))?;
        }
        let packed = snapshot.packed().cloned().unwrap_or_default();
        let kept = writing.finish(of(ArtefactKind::Snapshot)).await.map_err(|error| plain(&error))?;
        info!(attempt = %attempt.id, host, bytes = kept.bytes, ?packed, "the end state of a box is kept");
        Ok(Kind::SnapshotKept { host, artefact: Name(kept.hash), bytes: kept.bytes, left_out: packed.left_out })
    }
}

fn lost(attempt: &Attempt, host: Option<String>, why: String) -> Kind {
    warn!(attempt = %attempt.id, host, why, "the end state of a box could not be kept");
    Kind::SnapshotLost { host, why }
}

/// Texts of files as they may be shown.
fn without_secrets(mut change: Change) -> Change {
    for side in [&mut change.before, &mut change.after].into_iter().flatten() {
        if let Some(Content::Text(text)) = &mut side.content {
            *text = redact::file(&change.path, text);
        }
    }
    change
}
