//! A fresh box in the middle of an attempt. The clock goes on, and so does the record: what was done before is done, and
//! counts as it would without the reset. Checks look at the end, so they see only what was done after.

use std::sync::Arc;

use labs::sandbox;
use scorecards::event::Kind;
use tracing::{info, warn};
use uuid::Uuid;

use super::{
    Attempts,
    check::{LAB_IS_GONE, must_run},
    live::Live,
};
use crate::{
    error::{Error, Result},
    store::{self, attempts::Attempt, events},
    views::Viewer,
};

impl Attempts {
    pub(crate) async fn reset(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        let (attempt, live) = self.worked_in(viewer, attempt).await?;
        let (this, actor) = (self.clone(), viewer.id);
        // Whoever asked may leave: half a reset is no box to work in.
        let done = self.tasks.spawn(async move { this.start_over(&attempt, &live, Some(actor)).await });
        done.await.map_err(|error| Error::Internal(Box::new(error)))?
    }

    /// A reset that a server did not bring to its end: the box is there, and nobody was let in again.
    pub(super) fn go_on_with_reset(&self, attempt: Attempt, live: Arc<Live>) {
        let this = self.clone();
        self.spawn(async move {
            let mut back = true;
            for sandbox in live.hosts.iter() {
                back &= sandbox.hello().await.is_ok_and(|hello| hello.version == wire::VERSION && !hello.handed_over);
            }
            if back {
                info!(attempt = %attempt.id, "an interrupted reset begins again");
                if let Err(error) = this.start_over(&attempt, &live, None).await {
                    warn!(attempt = %attempt.id, %error, "an interrupted reset could not be finished");
                }
            }
        });
    }

    async fn start_over(&self, attempt: &Attempt, live: &Live, actor: Option<Uuid>) -> Result<()> {
        let Ok(_alone) = live.checking.try_lock() else {
            return Err(Error::Conflict(
                "The checks are being made, or the box is being reset already. Try again in a moment.".into(),
            ));
        };
        // It may have been finished since it was looked at.
        let Some(attempt) = store::attempts::by_id(&self.store, attempt.id).await? else { return Err(Error::NotFound) };
        must_run(&attempt)?;
        let lab = self.lab_of(&attempt).ok_or_else(|| Error::Conflict(LAB_IS_GONE.into()))?;
        if lab.hosts.len() != live.hosts.count() {
            return Err(Error::Conflict("The lab was changed since you began, so this box can't be reset.".into()));
        }
        live.resetting.store(true, std::sync::atomic::Ordering::SeqCst);
        let done = sandbox::reset(&live.hosts, &lab, &attempt.vars).await;
        live.resetting.store(false, std::sync::atomic::Ordering::SeqCst);
        if let Err(error) = done {
            warn!(attempt = %attempt.id, %error, "a box could not be reset");
            return Err(Error::Unavailable(format!(
                "The box could not be reset: {error}. Try it once more; your record is kept either way."
            )));
        }
        let mut tx = self.store.begin().await?;
        events::append(&mut tx, &[self.event(&attempt, actor, Kind::BoxReset {})]).await?;
        Ok(tx.commit().await?)
    }
}
