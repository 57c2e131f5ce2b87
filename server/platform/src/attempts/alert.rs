//! The alert that a lab may begin with, and the learner who takes it.

use scorecards::event::{
    Event, Kind,
    work::{Alert, Work},
};
use uuid::Uuid;

use super::{Attempts, check::must_run};
use crate::{
    access::Action,
    error::{Error, Result},
    store::{self, events},
    views::Viewer,
};

impl Attempts {
    /// The learner says that the alert is theirs. Saying it again changes nothing: the first time counts.
    pub(crate) async fn acknowledge(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        must_run(&attempt)?;
        let marked = self.marked(&attempt).await?;
        if marked.is_none_or(|marked| marked.marking().alert.is_none()) {
            return Err(Error::Conflict("This lab begins with a ticket: there is no alert to acknowledge.".into()));
        }
        let mut tx = self.store.begin().await?;
        // Nobody else acknowledges or ends it until this is written.
        if !store::attempts::lock_running(&mut tx, attempt.id).await? {
            return Err(Error::Conflict("This attempt is over. Start the lab again to go on practising.".into()));
        }
        if !events::has(&mut tx, attempt.id, "alert_acknowledged").await? {
            let alert = Alert::AlertAcknowledged {
                alert: attempt.id.to_string(),
                automatic: false,
                channel: Some("belay".into()),
                watched: true,
            };
            events::append(&mut tx, &[self.event(&attempt, Some(viewer.id), Kind::Work(Work::Alert(alert)))]).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Whether the alert was taken, by these events of the attempt.
pub(super) fn acknowledged(progress: &[Event]) -> bool {
    progress.iter().any(|event| matches!(&event.kind, Kind::Work(Work::Alert(Alert::AlertAcknowledged { .. }))))
}
