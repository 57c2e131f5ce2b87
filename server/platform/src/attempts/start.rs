//! The start of an attempt: in a warm box where there is one; else a row at once and the box in the background, or a place
//! in the queue.

use std::{sync::Arc, time::Duration};

use labs::{
    catalog::Lab,
    sandbox::{
        self, Hosts, Identity,
        pool::{Warm, works_in},
    },
};
use scorecards::event::{Event, Kind, Mode};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info, warn};
use uuid::Uuid;

use super::{
    Attempts, held,
    live::{Claim, Live},
    pace::Pace,
    pause::pauses,
    trace, words,
};
use crate::{
    access::Action,
    error::{Error, Result},
    metrics::How,
    store::{
        self, StoreError, Tx,
        attempts::{Attempt, State, Time},
        events, queue, sandboxes, timers, users,
    },
    timing::Timer,
    views::Viewer,
};

impl Attempts {
    pub(crate) async fn start(&self, viewer: &Viewer, lab: &str) -> Result<Uuid> {
        self.may(viewer, Action::StartAttempt)?;
        let lab = self.catalog.get(lab).ok_or(Error::NotFound)?;
        let (this, viewer) = (self.clone(), viewer.clone());
        if lab.exercise.is_some() {
            return self.start_exercise(&viewer, &lab).await;
        }
        // Whoever closes the page half way has begun all the same: nothing is left between two steps.
        let begun = self.tasks.spawn(async move {
            let attempt = this.drawn(&viewer, &lab);
            match this.start_warm(&attempt, &lab).await? {
                Some(begun) => Ok(begun),
                None => this.start_cold(attempt, &lab).await,
            }
        });
        begun.await.unwrap_or_else(|error| Err(Error::Internal(Box::new(error))))
    }

    /// A fresh attempt of somebody, not stored yet.
    pub(super) fn drawn(&self, viewer: &Viewer, lab: &Lab) -> Attempt {
        let seed = self.ids.random();
        Attempt {
            id: self.ids.next(),
            learner: viewer.id,
            lab: lab.id.clone(),
            version: lab.version.clone(),
            mode: Mode::Practice,
            seed,
            vars: lab.draw(seed),
            state: State::Starting,
            started_at: self.clock.now(),
            deadline: None,
            ended_at: None,
            reason: None,
            trouble: None,
            summary: None,
            time: Time::default(),
            node: None,
        }
    }

    /// In a box that waits already: one commit, and it runs. `None` where there is no such box.
    async fn start_warm(&self, attempt: &Attempt, lab: &Lab) -> Result<Option<Uuid>> {
        // Looked at before a box is taken, which would be lost; what counts is looked at again.
        let open = store::attempts::open_now(&self.store, attempt.learner).await?;
        if let Some((known, _)) = open.iter().find(|(_, at)| *at == lab.id) {
            return Ok(Some(*known));
        }
        if self.in_boxes(&open) >= self.at_a_time() || !self.may_pass(&lab.id).await? {
            return Ok(None);
        }
        let Some(warm) = self.claim_warm(lab).await else { return Ok(None) };
        let (attempt, timer) = self.with_warm(attempt.clone(), &warm).await?;
        let mut tx = self.store.begin().await?;
        match self.enter(&mut tx, &attempt, lab, None).await {
            Ok(None) => {}
            other => {
                drop(tx);
                self.pool.remove(warm);
                return other;
            }
        }
        let id = attempt.id;
        self.let_in(tx, attempt, &timer, warm).await?;
        Ok(Some(id))
    }

    /// With a box of its own that is yet to be made, now or when there is room for it.
    async fn start_cold(&self, mut attempt: Attempt, lab: &Lab) -> Result<Uuid> {
        let trouble = self.engine_trouble().await;
        let _one_at_a_time = self.admitting.lock().await;
        if trouble.is_none() && !self.may_begin(lab).await? {
            attempt.state = State::Queued;
        }
        let sandboxes = self.fresh(lab);
        let mut tx = self.store.begin().await?;
        if let Some(known) = self.enter(&mut tx, &attempt, lab, trouble).await? {
            return Ok(known);
        }
        let id = attempt.id;
        if attempt.state == State::Queued {
            queue::join(&mut tx, id, &self.instance, attempt.started_at).await?;
            // Nobody else joins meanwhile.
            let before = queue::in_order(&self.store, &self.instance).await?.len();
            let place = u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1);
            let kind = Kind::AttemptQueued { place };
            events::append(&mut tx, &[self.event(&attempt, Some(attempt.learner), kind)]).await?;
            tx.commit().await?;
            info!(attempt = %id, lab = lab.id, place, "an attempt waits for its turn");
            return Ok(id);
        }
        sandboxes::add(&mut tx, &sandboxes, id, &self.instance, self.clock.now()).await?;
        events::append(&mut tx, &[self.began(&attempt)]).await?;
        // Before anybody can see the row, so that nobody else starts its box.
        let claim = self.claim(id);
        tx.commit().await?;
        self.found_no_box(&lab.id);
        info!(attempt = %id, lab = lab.id, "an attempt begins");
        if let Some(claim) = claim {
            self.bring_up(attempt, sandboxes, claim);
        }
        Ok(id)
    }

    /// Adds an attempt, if its learner may have another; gives the one they have at this lab. `trouble` is what keeps labs
    /// from starting.
    pub(super) async fn enter(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        lab: &Lab,
        trouble: Option<String>,
    ) -> Result<Option<Uuid>> {
        if !users::lock(tx, attempt.learner).await? {
            return Err(Error::Forbidden);
        }
        let open = store::attempts::open_of_learner(tx, attempt.learner).await?;
        if let Some((known, _)) = open.iter().find(|(_, at)| *at == lab.id) {
            return Ok(Some(*known));
        }
        if lab.exercise.is_none() && self.in_boxes(&open) >= self.at_a_time() {
            return Err(Error::Conflict(format!(
                "You have {} labs running or waiting, which is as many as there may be at a time. Finish one of them first.",
                self.in_boxes(&open)
            )));
        }
        if let Some(trouble) = trouble {
            return Err(Error::Unavailable(trouble));
        }
        store::labs::keep(tx, &lab.id, &lab.version, &store::labs::LabVersion::of(lab)).await?;
        if !store::attempts::add(tx, attempt).await? {
            return Err(Error::Conflict("This lab is being started already. Reload the page.".into()));
        }
        Ok(None)
    }

    /// How many of these attempts have a box or wait for one: exercises need none.
    fn in_boxes(&self, open: &[(Uuid, String)]) -> usize {
        let is_lab = |id: &str| self.catalog.get(id).is_none_or(|lab| lab.exercise.is_none());
        open.iter().filter(|(_, lab)| is_lab(lab)).count()
    }

    fn at_a_time(&self) -> usize {
        usize::try_from(self.settings.running_per_person).unwrap_or(usize::MAX)
    }

    /// The attempt as it is in a warm box: with the seed of that, and it runs; and its time.
    pub(super) async fn with_warm(&self, attempt: Attempt, warm: &Warm) -> Result<(Attempt, Timer), StoreError> {
        self.clock_looked_at().await?;
        let timer = self.fresh_timer(&attempt, warm.lab.minutes, warm.lab.time).await?;
        let attempt = Attempt {
            version: warm.lab.version.clone(),
            seed: warm.seed,
            vars: warm.lab.draw(warm.seed),
            state: State::Running,
            deadline: Some(timer.deadline),
            ..attempt
        };
        Ok((attempt, timer))
    }

    /// The attempt was stored in this transaction as one that runs: commits it with its box, which is in use from then on.
    pub(super) async fn let_in(
        &self,
        mut tx: Tx,
        attempt: Attempt,
        timer: &Timer,
        warm: Warm,
    ) -> Result<(), StoreError> {
        let now = self.clock.now();
        let taken: Vec<(Uuid, &str)> = warm.hosts.iter().map(|one| (one.id, one.container.0.as_str())).collect();
        timers::set(&mut tx, attempt.id, timer).await?;
        sandboxes::take(&mut tx, &taken, attempt.id, &self.instance, now).await?;
        let took_ms = u64::try_from((now - attempt.started_at).num_milliseconds()).unwrap_or_default();
        let ready = self.event(&attempt, None, Kind::SandboxReady { took_ms, warm: true });
        events::append(&mut tx, &[self.began(&attempt), ready]).await?;
        // Before anybody can see the row, so that nobody else takes the box over.
        let claim = self.claim(attempt.id);
        tx.commit().await?;
        info!(attempt = %attempt.id, lab = attempt.lab, took_ms, "a warm box is ready");
        self.metrics.started(&attempt.lab, How::Warm, Some(Duration::from_millis(took_ms)));
        self.go_live(&attempt, warm.hosts.clone(), &[]);
        drop(claim);
        self.close_if_finishing(attempt.id).await
    }

    /// An attempt has begun.
    pub(super) fn began(&self, attempt: &Attempt) -> Event {
        let (lab, version) = (attempt.lab.clone(), attempt.version.clone());
        self.event(attempt, Some(attempt.learner), Kind::AttemptStarted { lab, version, mode: attempt.mode })
    }

    /// An id for each host's sandbox.
    pub(super) fn fresh(&self, lab: &Lab) -> Vec<Uuid> {
        lab.hosts.iter().map(|_| self.ids.next()).collect()
    }

    /// Makes the boxes of an attempt in the background.
    pub(super) fn bring_up(&self, attempt: Attempt, sandboxes: Vec<Uuid>, claim: Claim) {
        let this = self.clone();
        let needs = self.lab_of(&attempt).map_or(0, |lab| works_in(&lab));
        held(&self.coming).insert(attempt.id, needs);
        let span = trace::with_sandbox(&attempt, sandboxes.first().copied().unwrap_or_default());
        let making = async move {
            let made = tokio::select! {
                // What is half made is found and removed by the next start of the server.
                () = this.stop.cancelled() => return,
                made = this.make_boxes(&attempt, sandboxes) => made,
            };
            held(&this.coming).remove(&attempt.id);
            drop(claim);
            let done = match made {
                Ok(()) => this.close_if_finishing(attempt.id).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                error!(attempt = %attempt.id, error = words(&error), "an attempt could not be started; trying again");
            }
        };
        self.spawn(making.instrument(span));
    }

    async fn make_boxes(&self, attempt: &Attempt, sandboxes: Vec<Uuid>) -> Result<(), StoreError> {
        let Some(lab) = self.lab_of(attempt) else {
            return self.fail(attempt, &sandboxes, "This lab is no longer in the catalogue. Choose another one.").await;
        };
        let (attempt_id, instance) = (Some(attempt.id), self.instance.clone());
        let identity = Identity { sandboxes: sandboxes.clone(), attempt: attempt_id, instance, warm: None };
        let made = sandbox::start(Arc::clone(&self.engine), Arc::clone(&lab), &attempt.vars, identity).await;
        let hosts = match made {
            Ok(made) => made,
            Err(error) => {
                warn!(attempt = %attempt.id, lab = lab.id, %error, "a box could not be started");
                self.metrics.started(&lab.id, How::Failed, None);
                return self.fail(attempt, &sandboxes, &format!("{error} You can start the lab again.")).await;
            }
        };
        if let Err(error) = hosts.handover().await {
            warn!(attempt = %attempt.id, lab = lab.id, %error, "a box could not be handed over");
            self.metrics.started(&lab.id, How::Failed, None);
            let trouble = "The box stopped just as it was ready. You can start the lab again.";
            self.fail(attempt, &sandboxes, trouble).await?;
            self.remove_hosts(&hosts).await;
            return Ok(());
        }

        self.clock_looked_at().await?;
        let timer = self.fresh_timer(attempt, lab.minutes, lab.time).await?;
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if !store::attempts::runs(&mut tx, attempt.id, timer.deadline).await? {
            drop(tx);
            info!(attempt = %attempt.id, "an attempt was given up while it started");
            self.remove_hosts(&hosts).await;
            return Ok(());
        }
        timers::set(&mut tx, attempt.id, &timer).await?;
        for sandbox in hosts.iter() {
            sandboxes::runs(&mut tx, sandbox.id, &sandbox.container.0).await?;
        }
        let took_ms = u64::try_from((now - attempt.started_at).num_milliseconds()).unwrap_or_default();
        events::append(&mut tx, &[self.event(attempt, None, Kind::SandboxReady { took_ms, warm: false })]).await?;
        tx.commit().await?;
        info!(attempt = %attempt.id, lab = lab.id, took_ms, "a box is ready");
        self.metrics.started(&lab.id, How::Cold, Some(Duration::from_millis(took_ms)));
        self.go_live(attempt, hosts, &[]);
        Ok(())
    }

    /// From here on the sandboxes can be used, and their journals are fetched. `committed`: up to which entry they are
    /// stored, host by host.
    pub(super) fn go_live(&self, attempt: &Attempt, hosts: Hosts, committed: &[u64]) -> Arc<Live> {
        let minutes = self.lab_of(attempt).and_then(|lab| lab.time.idle).unwrap_or(self.settings.time.idle_minutes);
        let idle_after = (pauses(attempt.mode) && minutes > 0).then(|| Duration::from_secs(u64::from(minutes) * 60));
        // For how long nothing was done, as far as it is known.
        let away = attempt.time.active_at.and_then(|at| (self.clock.now() - at).to_std().ok()).unwrap_or_default();
        let active = self.clock.monotonic().saturating_sub(away);
        let pace = |closed: &CancellationToken| Pace::new(closed, active, idle_after);
        let span = trace::with_sandbox(attempt, hosts.first().id);
        let live = Arc::new(span.in_scope(|| Live::new(attempt, hosts, committed, &self.stop, pace)));
        held(&self.live).insert(attempt.id, Arc::clone(&live));
        let fetch = |host: usize| {
            let span = trace::with_sandbox(attempt, live.journals[host].sandbox.id);
            self.tasks.spawn(self.clone().fetch_journal(Arc::clone(&live), host).instrument(span))
        };
        live.journals_run((0..live.journals.len()).map(fetch).collect());
        self.record(&live);
        live
    }

    async fn fail(&self, attempt: &Attempt, sandboxes: &[Uuid], trouble: &str) -> Result<(), StoreError> {
        // The output of a script may be in it, and PostgreSQL takes no text with a zero character.
        let trouble = &trouble.replace('\0', "");
        let now = self.clock.now();
        let mut tx = self.store.begin().await?;
        if store::attempts::failed(&mut tx, attempt.id, trouble, now).await? {
            let kind = Kind::SandboxFailed { reason: trouble.into() };
            events::append(&mut tx, &[self.event(attempt, None, kind)]).await?;
        }
        for sandbox in sandboxes {
            sandboxes::removed(&mut tx, *sandbox, now).await?;
        }
        tx.commit().await
    }
}
