//! Follows what the engine tells, so that a box that has ended, and an engine that has come back, are seen to at once.
//! Each minute all is looked at anyway: an event is a hint to look and never believed by itself.

use std::time::Duration;

use futures::StreamExt;
use tracing::{debug, info};

use super::{Attempts, held, note, recover::Extent};

/// Boxes often end together: so long a look waits for others.
const GATHER: Duration = Duration::from_millis(200);
/// How long to wait before listening again, the first time and at most.
const AGAIN: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(4));

impl Attempts {
    /// Never ends.
    pub(super) async fn follow_engine(&self) {
        let mut wait = AGAIN.0;
        let mut away = false;
        loop {
            let mut changes = self.engine.changes(&self.instance);
            while let Some(change) = changes.next().await {
                if let Err(error) = change {
                    debug!(%error, "the engine can't be listened to");
                    break;
                }
                if std::mem::take(&mut away) {
                    info!("the container engine is back; looking at what it has kept");
                    // What was wrong with it is no longer so: whoever starts a lab now need not wait to be believed.
                    *held(&self.engine_trouble) = None;
                }
                wait = AGAIN.0;
                tokio::time::sleep(GATHER).await;
                // Whatever else has happened is seen by the same look.
                while futures::FutureExt::now_or_never(changes.next()).flatten().is_some_and(|change| change.is_ok()) {}
                note(self.look_at(Extent::Boxes).await);
            }
            away = true;
            tokio::time::sleep(wait).await;
            wait = (wait * 2).min(AGAIN.1);
        }
    }
}
