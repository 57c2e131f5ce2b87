//! Boxes that are lost, and boxes that are no longer needed.

use chrono::TimeDelta;
use labs::sandbox::{ContainerId, Hosts, Life};
use scorecards::event::{EndReason, Kind};
use tracing::{error, info, warn};
use uuid::Uuid;

use super::{Attempts, held, in_time, words};
use crate::metrics::Reaped;
use crate::store::{
    self, StoreError,
    attempts::{Ending, State},
    events, queue, sandboxes,
};

/// For how long after its time another server's attempt is left to that server.
const ORPHANED_AFTER: TimeDelta = TimeDelta::hours(1);

/// After how long a pause is over for certain, where nothing else is set.
const PAUSED_AT_MOST: TimeDelta = TimeDelta::days(7);

impl Attempts {
    /// The box of an attempt is gone; `why` goes on from "The box of this attempt". Errors are for the
    /// log: the next look comes within a minute.
    pub(super) async fn lost(&self, attempt: Uuid, why: &str) {
        if let Err(error) = self.lose(attempt, why).await {
            error!(%attempt, error = words(&error), "a lost attempt could not be ended; trying again");
        }
    }

    /// Ends the attempts of servers that are gone for good, or have another name now. They would count as running for
    /// ever, and nobody can start a lab at which they have one.
    pub(super) async fn lose_orphans(&self) -> Result<(), StoreError> {
        let then = self.clock.now() - ORPHANED_AFTER;
        // A pause may last long, and whose server is gone is never ended by it.
        let paused = then - self.settings.time.pause_ends_after().unwrap_or(PAUSED_AT_MOST);
        for attempt in store::attempts::orphaned(&self.store, &self.instance, then, paused).await? {
            if store::attempts::by_id(&self.store, attempt).await?.is_some_and(|attempt| attempt.node.is_some()) {
                // Nothing of an exercise is lost with its server.
                self.stop_work(attempt, EndReason::Expired).await?;
                self.close_exercise(attempt).await?;
                continue;
            }
            self.lost(attempt, "was on a server that has not come back").await;
        }
        Ok(())
    }

    pub(super) async fn lose(&self, attempt: Uuid, why: &str) -> Result<(), StoreError> {
        let live = self.live(attempt);
        if let Some(live) = &live {
            live.closed.cancel();
            live.stop_journals().await;
        }
        let Some(attempt) = store::attempts::by_id(&self.store, attempt).await? else {
            return Ok(());
        };
        if let Some(live) = &live {
            self.note_flood(&attempt, live).await?;
            live.recordings.stop().await;
            self.end_watching(&attempt, live).await?;
        }
        self.end_recordings(&attempt).await;
        let given_up = attempt.reason == Some(EndReason::Abandoned);
        let stopped = attempt.reason == Some(EndReason::Lost);
        if attempt.state == State::Finishing && !stopped && (given_up || self.is_closed(&attempt).await?) {
            // All that counts was seen. What else was in the journal nobody knows: one entry or more.
            self.note_gap(&attempt, 1).await?;
            return self.conclude(&attempt, live.as_deref()).await;
        }
        let trouble = attempt.trouble.clone().unwrap_or_else(|| {
            format!(
                "The box of this attempt {why}. That is not your fault and counts for nothing. What you did until then is \
                 kept; start the lab again for a fresh box."
            )
        });
        let ending = Ending { reason: EndReason::Lost, trouble: Some(&trouble), summary: None };
        let mut tx = self.store.begin().await?;
        if store::attempts::failed(&mut tx, attempt.id, &trouble, self.clock.now()).await? {
            queue::leave(&mut tx, attempt.id).await?;
            let failed = self.event(&attempt, None, Kind::SandboxFailed { reason: trouble.clone() });
            events::append(&mut tx, &[failed]).await?;
            tx.commit().await?;
        } else if store::attempts::ended(&mut tx, attempt.id, &ending, self.clock.now()).await? {
            let failed = self.event(&attempt, None, Kind::SandboxFailed { reason: trouble.clone() });
            let ended = self.event(&attempt, None, Kind::AttemptEnded { reason: EndReason::Lost });
            events::append(&mut tx, &[failed, ended]).await?;
            tx.commit().await?;
            if !stopped {
                warn!(attempt = %attempt.id, why, "the box of an attempt was lost");
            }
        } else {
            drop(tx);
        }
        if let Some(live) = live {
            self.forget(live.attempt);
            self.remove_hosts(&live.hosts).await;
            self.metrics.reaped(if stopped { Reaped::Over } else { Reaped::Lost });
        }
        Ok(())
    }

    pub(super) fn forget(&self, attempt: Uuid) {
        held(&self.live).remove(&attempt);
    }

    /// Removes the sandboxes of an attempt and notes it. What does not work now is done by the next look around.
    pub(super) async fn remove_hosts(&self, hosts: &Hosts) {
        if let Err(error) = in_time(hosts.remove()).await {
            warn!(sandbox = %hosts.first().id, %error, "sandboxes could not be removed; trying again within a minute");
            return;
        }
        for sandbox in hosts.iter() {
            if let Err(error) = self.note_removed(sandbox.id).await {
                error!(sandbox = %sandbox.id, error = words(&error), "the removal of a sandbox could not be noted");
                continue;
            }
            info!(sandbox = %sandbox.id, container = %sandbox.container, "a sandbox was removed");
        }
    }

    pub(super) async fn remove_container(&self, sandbox: Uuid, container: &ContainerId) {
        if let Err(error) = in_time(self.engine.remove(container)).await {
            warn!(%sandbox, %container, %error, "a sandbox could not be removed; trying again within a minute");
            return;
        }
        if let Err(error) = self.note_removed(sandbox).await {
            error!(%sandbox, error = words(&error), "the removal of a sandbox could not be noted");
            return;
        }
        info!(%sandbox, %container, "a sandbox was removed");
    }

    pub(super) async fn note_removed(&self, sandbox: Uuid) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        sandboxes::removed(&mut tx, sandbox, self.clock.now()).await?;
        tx.commit().await
    }
}

/// Why a box is lost, going on from its name.
pub(super) fn why(life: &Life) -> &'static str {
    match life {
        Life::Ended { out_of_memory: true, .. } => "ran out of memory as a whole and ended",
        Life::Ended { .. } => "ended unexpectedly, perhaps because its machine was restarted",
        Life::Missing | Life::Running | Life::Frozen => "was removed from outside",
    }
}
