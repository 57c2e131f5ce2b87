//! Holds what the engine has against what is stored: when a server starts, and each minute.

use std::{collections::HashMap, sync::Arc};

use labs::sandbox::{self, ContainerId, Found, Life};
use tracing::{Instrument, info, warn};
use uuid::Uuid;

use super::{Attempts, in_time, live::Claim, lose::why, trace};
use crate::{
    error::Result,
    metrics::Reaped,
    store::{
        self, StoreError,
        attempts::{Attempt, State},
        sandboxes::{self, Sandbox},
    },
};

impl Attempts {
    pub(crate) async fn recover(&self) -> Result<()> {
        self.recover_these(None).await
    }

    /// The same for all attempts, or for one alone: then nothing else is touched.
    pub(super) async fn recover_these(&self, only: Option<Uuid>) -> Result<()> {
        let _one_at_a_time = self.reconciling.lock().await;
        // The engine first: what is made after this has been stored before, and so it is not taken for
        // a leftover.
        let found = match in_time(self.engine.list(&self.instance)).await {
            Ok(found) => found,
            Err(error) => {
                warn!(%error, "the engine can't be asked for its sandboxes; attempts wait for it");
                return Ok(());
            }
        };
        let mut found: HashMap<Uuid, Found> = found.into_iter().map(|found| (found.sandbox, found)).collect();

        for stored in sandboxes::alive(&self.store, &self.instance).await? {
            let found = found.remove(&stored.id);
            if only.is_some_and(|only| only != stored.attempt) {
                continue;
            }
            let Some(attempt) = store::attempts::by_id(&self.store, stored.attempt).await? else {
                continue;
            };
            // Somebody is starting or closing it at this moment.
            let Some(claim) = self.claim(attempt.id) else {
                continue;
            };
            // How both stood before the claim is history: it may have got its container since.
            let (Some(attempt), Some(stored)) = (
                store::attempts::by_id(&self.store, attempt.id).await?,
                sandboxes::by_id(&self.store, stored.id).await?,
            ) else {
                continue;
            };
            if stored.state == sandboxes::SandboxState::Removed {
                continue;
            }
            let span = trace::with_sandbox(&attempt, stored.id);
            self.recover_one(attempt, &stored, found, claim).instrument(span).await?;
        }
        if only.is_some() {
            return Ok(());
        }
        for leftover in found.into_values() {
            // A proof's sandbox serves no attempt: whoever made it removes it.
            if leftover.attempt.is_some() && self.is_leftover(leftover.sandbox).await? {
                info!(sandbox = %leftover.sandbox, container = %leftover.container, "removing a leftover sandbox");
                self.metrics.reaped(Reaped::Leftover);
                self.remove_container(leftover.sandbox, &leftover.container).await;
            }
        }
        Ok(())
    }

    async fn recover_one(&self, attempt: Attempt, stored: &Sandbox, found: Option<Found>, claim: Claim) -> Result<()> {
        match attempt.state {
            State::Starting => self.start_anew(attempt, stored, found, claim).await?,
            State::Running | State::Finishing => {
                match (self.live(attempt.id), found) {
                    (Some(_), Some(found)) if found.running => {}
                    (None, Some(found)) if found.running => {
                        info!(attempt = %attempt.id, container = %found.container, "an attempt goes on");
                        let sandbox = sandbox::adopt(Arc::clone(&self.engine), &found);
                        self.go_live(&attempt, sandbox, stored.journal_seq);
                    }
                    (_, found) => {
                        drop(claim);
                        return self.look_for(attempt.id, stored, found).await;
                    }
                }
                drop(claim);
                self.close_if_finishing(attempt.id).await?;
            }
            State::Ended | State::Failed => match found {
                Some(found) => self.remove_container(stored.id, &found.container).await,
                None => self.note_removed(stored.id).await?,
            },
        }
        Ok(())
    }

    /// A start that was interrupted: nobody knows how far it came, so it begins again.
    async fn start_anew(
        &self,
        attempt: Attempt,
        stored: &Sandbox,
        found: Option<Found>,
        claim: Claim,
    ) -> Result<(), StoreError> {
        if let Some(found) = found
            && let Err(error) = in_time(self.engine.remove(&found.container)).await
        {
            warn!(sandbox = %stored.id, %error, "a half-made sandbox could not be removed; trying again");
            return Ok(());
        }
        let sandbox = self.ids.next();
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        sandboxes::removed(&mut tx, stored.id, now).await?;
        sandboxes::add(&mut tx, sandbox, attempt.id, &self.instance, now).await?;
        tx.commit().await?;
        info!(attempt = %attempt.id, "an interrupted start begins again");
        self.bring_up(attempt, sandbox, claim);
        Ok(())
    }

    /// A sandbox in use that is not among the running ones. The list may be older than it: asked by name
    /// the engine says for sure.
    async fn look_for(&self, attempt: Uuid, stored: &Sandbox, found: Option<Found>) -> Result<()> {
        let Some(container) = found.map(|found| found.container).or_else(|| stored.container.clone().map(ContainerId))
        else {
            self.lost(attempt, why(&Life::Missing)).await;
            self.note_removed(stored.id).await?;
            return Ok(());
        };
        match in_time(self.engine.life(&container)).await {
            Ok(Life::Running) => {}
            Ok(life) => {
                self.lost(attempt, why(&life)).await;
                self.remove_container(stored.id, &container).await;
            }
            Err(error) => {
                warn!(%attempt, %error, "the engine can't say how a sandbox is; trying again");
            }
        }
        Ok(())
    }

    /// Whether a container that is not in use may go: it is unknown, or what it served is over.
    pub(super) async fn is_leftover(&self, sandbox: Uuid) -> Result<bool, StoreError> {
        let Some(stored) = sandboxes::by_id(&self.store, sandbox).await? else {
            return Ok(true);
        };
        if stored.state == sandboxes::SandboxState::Removed {
            return Ok(true);
        }
        let attempt = store::attempts::by_id(&self.store, stored.attempt).await?;
        Ok(attempt.is_none_or(|attempt| !attempt.state.open()))
    }
}
