//! What whoever runs the installation sees and does; the plain values are in [`operations`](crate::operations).

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use futures::{StreamExt, stream};
use labs::sandbox::{ContainerId, EngineError, Found, Unused, UnusedKind};
use scorecards::event::Kind;
use tracing::{info, warn};
use uuid::Uuid;

use super::{Attempts, in_time, recover::Extent, words};
use crate::{
    error::{Error, Result},
    metrics::Reaped,
    operations::{Cleared, EngineHealth, Leftover, PoolRow, Presence, Room, SandboxRow, Stock},
    store::{
        self,
        attempts::State,
        events,
        operations::{self, InUse},
        queue,
        sandboxes::{self, SandboxState},
    },
    views::PoolLab,
};

/// How long a page waits for what it can do without.
const SHOWN: Duration = Duration::from_secs(3);
/// How many containers are asked at a time what they use.
const ASKED_AT_ONCE: usize = 8;
/// How long a command waits until an attempt that it ends is over.
const CARRIED_OUT: Duration = Duration::from_secs(60);

/// What the learner is told.
const STOPPED: &str = "Whoever runs this installation has ended this attempt. That is not your fault and counts for \
                       nothing. What you did until then is kept; start the lab again for a fresh box.";

impl Attempts {
    pub(crate) async fn stock(&self) -> Result<Stock> {
        let engine = match tokio::time::timeout(SHOWN, self.engine.check()).await {
            Ok(Ok(info)) => EngineHealth::from(info),
            Ok(Err(error)) => EngineHealth::Trouble(error.to_string()),
            Err(_) => EngineHealth::Trouble("The container engine does not answer. Look at its log.".into()),
        };
        // Containers before rows, as in `recover`: what is made in between is no leftover.
        let found = match &engine {
            EngineHealth::Well { .. } => in_time(self.engine.list(&self.instance)).await.ok(),
            EngineHealth::Trouble(_) => None,
        };
        let listed = found.is_some();
        let groups: HashSet<Uuid> = found.iter().flatten().map(|found| found.group).collect();
        let mut found: HashMap<Uuid, Found> = found.unwrap_or_default().into_iter().map(|f| (f.sandbox, f)).collect();
        let mut sandboxes = Vec::new();
        let in_use = operations::in_use(&self.store).await?;
        let known: HashSet<Uuid> = in_use.iter().map(|stored| stored.sandbox).chain(groups).collect();
        for stored in in_use {
            let container = found.remove(&stored.sandbox);
            let here = stored.node == self.instance;
            let presence = presence(&stored, here.then_some(container.as_ref()), listed);
            sandboxes.push(row(stored, container, presence));
        }
        let leftovers = self.leftovers(found.into_values().collect()).await?;
        self.ask_memory(&mut sandboxes).await;
        let unused = if listed { self.unused(&known).await.unwrap_or_default() } else { Vec::new() };
        Ok(Stock {
            at: self.clock.now(),
            node: self.instance.clone(),
            engine,
            room: Room::look(),
            sandboxes,
            leftovers: leftovers.iter().map(shown).collect(),
            unused,
            pool: self.pool_rows().await,
            waiting: self.waiting().await,
        })
    }

    /// Of these containers those that serve nobody.
    async fn leftovers(&self, found: Vec<Found>) -> Result<Vec<Found>> {
        let mut leftovers = Vec::new();
        for container in found {
            if self.is_leftover(&container).await? {
                leftovers.push(container);
            }
        }
        leftovers.sort_by(|a, b| a.container.0.cmp(&b.container.0));
        Ok(leftovers)
    }

    /// What nobody needs. `groups`: of those that are in use, by anybody's word.
    async fn unused(&self, groups: &HashSet<Uuid>) -> Result<Vec<Unused>, EngineError> {
        let labs: Vec<_> = self.catalog.labs().cloned().collect();
        let mut unused = in_time(self.engine.unused(&self.instance, &labs)).await?;
        let networks = in_time(self.engine.networks(&self.instance)).await?;
        let empty = networks.into_iter().filter(|group| !groups.contains(group));
        unused.extend(empty.map(|group| Unused { kind: UnusedKind::Network, name: group.to_string() }));
        Ok(unused)
    }

    async fn discard(&self, unused: &Unused) -> Result<bool, EngineError> {
        match (unused.kind, unused.name.parse()) {
            (UnusedKind::Network, Ok(group)) => in_time(self.engine.remove_network(group)).await.map(|()| true),
            _ => in_time(self.engine.discard(unused)).await,
        }
    }

    /// What is not known in time is not shown.
    async fn ask_memory(&self, sandboxes: &mut [SandboxRow]) {
        let running = sandboxes.iter_mut().filter(|row| row.presence == Presence::Running);
        let asked = stream::iter(running).for_each_concurrent(ASKED_AT_ONCE, |row| async {
            if let Some(container) = &row.container {
                row.memory = self.engine.memory_used(&ContainerId(container.clone())).await.ok().flatten();
            }
        });
        let _ = tokio::time::timeout(SHOWN, asked).await;
    }

    pub(crate) async fn stop_by_operator(&self, id: Uuid) -> Result<Uuid> {
        let attempt = operations::attempt_of(&self.store, id).await?.ok_or(Error::NotFound)?;
        self.stop_attempt(None, attempt).await?;
        Ok(attempt)
    }

    /// Marks an attempt to be ended. Whoever has its box brings it to its end: this server at once, another one, or another
    /// process of this one, within a second.
    pub(crate) async fn stop_attempt(&self, actor: Option<Uuid>, attempt: Uuid) -> Result<()> {
        let attempt = store::attempts::by_id(&self.store, attempt).await?.ok_or(Error::NotFound)?;
        let stopped = self.event(&attempt, actor, Kind::AttemptStopped { why: STOPPED.into() });
        let mut tx = self.store.begin().await?;
        if store::attempts::failed(&mut tx, attempt.id, STOPPED, self.clock.now()).await? {
            // Whoever makes the box sees it in a moment, and removes it; one that waits has none.
            queue::leave(&mut tx, attempt.id).await?;
            let failed = self.event(&attempt, None, Kind::SandboxFailed { reason: STOPPED.into() });
            events::append(&mut tx, &[stopped, failed]).await?;
        } else if store::attempts::stops(&mut tx, attempt.id, STOPPED).await? {
            events::append(&mut tx, &[stopped]).await?;
        } else {
            return Err(Error::Conflict("This attempt is over already: nothing was done.".into()));
        }
        tx.commit().await?;
        info!(attempt = %attempt.id, actor = actor.map(tracing::field::display), "an attempt is ended from outside");
        if let Some(live) = self.live(attempt.id) {
            self.close_in_background(live);
        }
        Ok(())
    }

    /// Brings those to their end that somebody else has marked for it: a command, or another server's page.
    pub(super) async fn close_marked(&self) -> Result<()> {
        for attempt in operations::finishing(&self.store, &self.instance).await? {
            // Whoever has the claim is at work on it.
            let free = self.claim(attempt).map(drop).is_some();
            match self.live(attempt) {
                Some(live) if free => self.close_in_background(live),
                None if free => super::note(self.close_exercise(attempt).await.map_err(Into::into)),
                _ => {}
            }
        }
        Ok(())
    }

    /// Brings one attempt to its end, in a process that is no server.
    pub(crate) async fn carry_out(&self, attempt: Uuid) -> Result<()> {
        self.look_at(Extent::One(attempt)).await?;
        self.close_exercise(attempt).await?;
        let over = async {
            while !self.is_over(attempt).await? {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Ok(())
        };
        let over = tokio::time::timeout(CARRIED_OUT, over).await;
        // What is being removed must not be left half-way.
        self.tasks.close();
        self.stop.cancel();
        let _ = tokio::time::timeout(super::LEAVE, self.tasks.wait()).await;
        over.unwrap_or_else(|_| {
            Err(Error::Unavailable(
                "It is marked to be ended, but its box can't be reached. The next start of the server goes on with it."
                    .into(),
            ))
        })
    }

    pub(crate) async fn is_over(&self, attempt: Uuid) -> Result<bool> {
        let attempt = store::attempts::by_id(&self.store, attempt).await?.ok_or(Error::NotFound)?;
        Ok(!attempt.state.open() && sandboxes::of_attempt(&self.store, attempt.id).await?.is_empty())
    }

    pub(crate) async fn clear(&self, dry: bool) -> Result<Cleared> {
        let found = in_time(self.engine.list(&self.instance)).await.map_err(|error| unavailable(&error))?;
        let mut known: HashSet<Uuid> = found.iter().map(|found| found.group).collect();
        known.extend(operations::in_use(&self.store).await?.into_iter().map(|row| row.sandbox));

        let mut cleared = Cleared::default();
        for leftover in self.leftovers(found).await? {
            let container = leftover.container.0.clone();
            if !dry && let Err(error) = in_time(self.engine.remove(&leftover.container)).await {
                warn!(container, %error, "a leftover sandbox could not be removed");
                cleared.kept.push(format!("{container}: {error}"));
                continue;
            }
            if !dry {
                info!(container, sandbox = %leftover.sandbox, "a leftover sandbox was removed");
                self.metrics.reaped(Reaped::Leftover);
            }
            cleared.containers.push(container);
        }
        for unused in self.unused(&known).await.map_err(|error| unavailable(&error))? {
            let gone = if dry { Ok(true) } else { self.discard(&unused).await };
            match gone {
                Ok(true) => cleared.unused.push(unused),
                Ok(false) => cleared.kept.push(format!("{}: it is in use", unused.name)),
                Err(error) => cleared.kept.push(format!("{}: {error}", unused.name)),
            }
        }
        Ok(cleared)
    }

    /// Looks up what is not counted as it happens.
    pub(crate) async fn measure(&self) {
        match operations::standing(&self.store).await {
            Ok(standing) => {
                let of = |state: State| {
                    let word = operations::word_of(state);
                    (word, standing.iter().find(|(known, _)| known == word).map_or(0, |(_, count)| *count))
                };
                self.metrics.standing(&State::OPEN.map(of));
            }
            Err(error) => warn!(error = words(&error), "how attempts stand can't be measured"),
        }
        for row in self.pool_rows().await {
            self.metrics.pool(&row.lab, row.ready, row.target);
        }
        self.metrics.waiting(self.waiting().await);
    }

    /// The boxes that are ready before anybody asks.
    async fn pool_rows(&self) -> Vec<PoolRow> {
        let status = self.pool_status().await.map(|status| status.labs).unwrap_or_default();
        let row = |lab: PoolLab| PoolRow { lab: lab.lab, ready: lab.warm.into(), target: lab.target.into() };
        status.into_iter().map(row).collect()
    }

    /// How many learners wait for a place.
    async fn waiting(&self) -> u64 {
        self.pool_status().await.map_or(0, |status| status.queue.into())
    }

    pub(crate) async fn engine_works(&self) -> bool {
        self.engine_trouble_shown().await.is_none()
    }
}

fn unavailable(error: &EngineError) -> Error {
    Error::Unavailable(format!("The container engine does not do it. {error}"))
}

/// `found`: the container, if there is one; `None` where another server's engine has it.
fn presence(stored: &InUse, found: Option<Option<&Found>>, listed: bool) -> Presence {
    match found {
        None => Presence::Elsewhere,
        Some(_) if !listed => Presence::Unknown,
        Some(_) if stored.state == SandboxState::Creating => Presence::Coming,
        Some(Some(found)) if found.running => Presence::Running,
        Some(Some(_)) => Presence::Ended,
        Some(None) => Presence::Missing,
    }
}

fn row(stored: InUse, found: Option<Found>, presence: Presence) -> SandboxRow {
    SandboxRow {
        sandbox: stored.sandbox,
        attempt: stored.attempt,
        lab: stored.lab,
        learner: stored.learner,
        state: operations::word_of(stored.attempt_state).into(),
        presence,
        container: found.map(|found| found.container.0).or(stored.container),
        node: stored.node,
        since: stored.created_at,
        deadline: stored.deadline,
        last_activity: stored.last_event,
        memory: None,
    }
}

fn shown(found: &Found) -> Leftover {
    Leftover { container: found.container.0.clone(), lab: found.lab.clone(), running: found.running }
}
