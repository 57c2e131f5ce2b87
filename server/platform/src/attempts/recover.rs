//! Holds what the engine has against what is stored: when a server starts, and each minute.

use std::collections::{HashMap, HashSet};

use labs::sandbox::{self, ContainerId, Found, Life};
use tokio::time::Instant;
use tracing::{Instrument, info, warn};
use uuid::Uuid;

use super::{Attempts, held, in_time, live::Claim, lose::why, trace};
use crate::{
    error::Result,
    metrics::Reaped,
    store::{
        self, StoreError,
        attempts::{Attempt, State},
        sandboxes::{self, Sandbox},
    },
};

/// How far a look around goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// All that the engine has.
    All,
    /// All but networks: a network is there a moment before its boxes, so looks at it must not follow each other closely.
    Boxes,
    /// One attempt, and nothing else.
    One(Uuid),
}

impl Attempts {
    pub(crate) async fn recover(&self) -> Result<()> {
        self.look_at(Extent::All).await
    }

    /// The same, as far as is asked for.
    pub(super) async fn look_at(&self, extent: Extent) -> Result<()> {
        let _one_at_a_time = self.reconciling.lock().await;
        // What has been going on without this server is known to have before it goes on here.
        self.clock_looked_at().await?;
        // The engine first: what is made after this has been stored before, and so it is not taken for
        // a leftover.
        let asked = Instant::now();
        let found = match in_time(self.engine.list(&self.instance)).await {
            Ok(found) => found,
            Err(error) => {
                warn!(%error, "the engine can't be asked for its sandboxes; attempts wait for it");
                return Ok(());
            }
        };
        self.sift(&found, asked);
        let in_use: HashSet<Uuid> = found.iter().map(|found| found.group).collect();
        let mut found: HashMap<Uuid, Found> = found.into_iter().map(|found| (found.sandbox, found)).collect();

        let alive = sandboxes::alive(&self.store, &self.instance).await?;
        for of_attempt in alive.chunk_by(|one, next| one.attempt == next.attempt) {
            let found: Vec<Found> = of_attempt.iter().filter_map(|stored| found.remove(&stored.id)).collect();
            if matches!(extent, Extent::One(only) if only != of_attempt[0].attempt) {
                continue;
            }
            // Somebody may be starting or closing it at this moment.
            let Some(claim) = self.claim(of_attempt[0].attempt) else {
                continue;
            };
            // How it stood before the claim is history: it may have got its containers since.
            let stored = sandboxes::of_attempt(&self.store, of_attempt[0].attempt).await?;
            let Some(attempt) = store::attempts::by_id(&self.store, of_attempt[0].attempt).await? else {
                continue;
            };
            if !stored.is_empty() {
                let span = trace::with_sandbox(&attempt, stored[0].id);
                self.recover_one(attempt, &stored, found, claim).instrument(span).await?;
            }
        }
        if matches!(extent, Extent::One(_)) {
            return Ok(());
        }
        let mut warm = Vec::new();
        for leftover in found.into_values() {
            if leftover.warm.is_some() {
                // The pool is asked first: a box that it gave away since is among those that are stored.
                if !self.pool.knows(leftover.sandbox) && self.serves_no_attempt(leftover.sandbox).await? {
                    warm.push(leftover);
                }
                continue;
            }
            if self.is_leftover(&leftover).await? {
                info!(sandbox = %leftover.sandbox, container = %leftover.container, "removing a leftover sandbox");
                self.metrics.reaped(Reaped::Leftover);
                self.remove_container(leftover.sandbox, &leftover.container).await;
            }
        }
        self.adopt(warm);
        if extent == Extent::All {
            self.remove_networks(&in_use).await;
        }
        Ok(())
    }

    async fn recover_one(&self, attempt: Attempt, stored: &[Sandbox], found: Vec<Found>, claim: Claim) -> Result<()> {
        match attempt.state {
            // It has no box.
            State::Queued => {}
            State::Starting => self.start_anew(attempt, stored, &found, claim).await?,
            State::Running | State::Finishing => {
                let all_run = found.len() == stored.len() && found.iter().all(|found| found.running);
                if !all_run {
                    drop(claim);
                    return self.look_for(attempt.id, stored, &found).await;
                }
                let seen = found.clone();
                if self.live(attempt.id).is_none() {
                    let committed: Vec<u64> = stored.iter().map(|stored| stored.journal_seq).collect();
                    let Some(hosts) = sandbox::adopt(&self.engine, found) else {
                        warn!(attempt = %attempt.id, "the sandboxes of an attempt are not those of one lab");
                        return Ok(());
                    };
                    info!(attempt = %attempt.id, container = %hosts.first().container, "an attempt goes on");
                    let live = self.go_live(&attempt, hosts, &committed);
                    if attempt.state == State::Running {
                        self.go_on_with_reset(attempt.clone(), live);
                    }
                }
                drop(claim);
                self.turn_as_stored(attempt.id, &seen).await?;
                self.close_if_finishing(attempt.id).await?;
            }
            State::Ended | State::Failed => {
                for stored in stored {
                    match found.iter().find(|found| found.sandbox == stored.id) {
                        Some(found) => self.remove_container(stored.id, &found.container).await,
                        None => self.note_removed(stored.id).await?,
                    }
                }
            }
        }
        Ok(())
    }

    /// A start that was interrupted: nobody knows how far it came, so it begins again.
    async fn start_anew(
        &self,
        attempt: Attempt,
        stored: &[Sandbox],
        found: &[Found],
        claim: Claim,
    ) -> Result<(), StoreError> {
        for found in found {
            if let Err(error) = in_time(self.engine.remove(&found.container)).await {
                warn!(sandbox = %found.sandbox, %error, "a half-made sandbox could not be removed; trying again");
                return Ok(());
            }
        }
        let fresh: Vec<Uuid> = stored.iter().map(|_| self.ids.next()).collect();
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        for stored in stored {
            sandboxes::removed(&mut tx, stored.id, now).await?;
        }
        sandboxes::add(&mut tx, &fresh, attempt.id, &self.instance, now).await?;
        tx.commit().await?;
        info!(attempt = %attempt.id, "an interrupted start begins again");
        self.bring_up(attempt, fresh, claim);
        Ok(())
    }

    /// Sandboxes in use that are not all among the running ones. The list may be older than they are: asked by name
    /// the engine says for sure.
    async fn look_for(&self, attempt: Uuid, stored: &[Sandbox], found: &[Found]) -> Result<()> {
        let mut lost = None;
        let mut left = Vec::new();
        for stored in stored {
            let found = found.iter().find(|found| found.sandbox == stored.id).map(|found| found.container.clone());
            let Some(container) = found.or_else(|| stored.container.clone().map(ContainerId)) else {
                lost = Some(Life::Missing);
                left.push((stored.id, None));
                continue;
            };
            match in_time(self.engine.life(&container)).await {
                Ok(Life::Running | Life::Frozen) => {}
                Ok(life) => lost = Some(life),
                Err(error) => {
                    warn!(%attempt, %error, "the engine can't say how a sandbox is; trying again");
                    return Ok(());
                }
            }
            left.push((stored.id, Some(container)));
        }
        let Some(life) = lost else { return Ok(()) };
        self.lost(attempt, why(&life)).await;
        for (sandbox, container) in left {
            match container {
                Some(container) => self.remove_container(sandbox, &container).await,
                None => self.note_removed(sandbox).await?,
            }
        }
        Ok(())
    }

    /// Removes the networks of groups that have no sandbox any more: those that were seen so the last time as well,
    /// for a network is there a moment before its sandboxes.
    async fn remove_networks(&self, in_use: &HashSet<Uuid>) {
        let networks = match in_time(self.engine.networks(&self.instance)).await {
            Ok(networks) => networks,
            Err(error) => {
                warn!(%error, "the engine can't be asked for its networks; trying again");
                return;
            }
        };
        let unused: HashSet<Uuid> = networks.into_iter().filter(|group| !in_use.contains(group)).collect();
        let before = std::mem::replace(&mut *held(&self.unused_networks), unused.clone());
        for group in unused.intersection(&before) {
            info!(%group, "removing the network of a lab that is over");
            if let Err(error) = in_time(self.engine.remove_network(*group)).await {
                warn!(%group, %error, "a network could not be removed; trying again");
            }
        }
    }

    /// Whether a container is one that nobody needs any more. A proof's sandbox names no attempt: whoever made it removes it.
    pub(super) async fn is_leftover(&self, found: &Found) -> Result<bool, StoreError> {
        Ok(found.attempt.is_some() && !self.serves_copy(found).await? && self.serves_no_attempt(found.sandbox).await?)
    }

    /// Whether no attempt needs a sandbox: it is unknown, or what it served is over.
    async fn serves_no_attempt(&self, sandbox: Uuid) -> Result<bool, StoreError> {
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
