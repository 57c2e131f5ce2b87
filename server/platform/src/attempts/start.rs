//! The start of an attempt: a row at once, the box in the background.

use std::{sync::Arc, time::Duration};

use labs::sandbox::{self, Hosts, Identity};
use scorecards::event::{Kind, Mode};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use uuid::Uuid;

use super::{
    Attempts, held,
    live::{Claim, Live},
    pace::Pace,
    pause::pauses,
    words,
};
use crate::{
    access::Action,
    error::{Error, Result},
    store::{
        self, StoreError,
        attempts::{Attempt, State, Time},
        events, sandboxes, timers, users,
    },
    views::Viewer,
};

impl Attempts {
    pub(crate) async fn start(&self, viewer: &Viewer, lab: &str) -> Result<Uuid> {
        self.may(viewer, Action::StartAttempt)?;
        let lab = self.catalog.get(lab).ok_or(Error::NotFound)?;
        let trouble = self.engine_trouble().await;

        let seed = self.ids.random();
        let attempt = Attempt {
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
        };
        let sandboxes: Vec<Uuid> = lab.hosts.iter().map(|_| self.ids.next()).collect();

        let mut tx = self.store.begin().await?;
        if !users::lock(&mut tx, viewer.id).await? {
            return Err(Error::Forbidden);
        }
        let open = store::attempts::open_of_learner(&mut tx, viewer.id).await?;
        if let Some((known, _)) = open.iter().find(|(_, at)| *at == lab.id) {
            return Ok(*known);
        }
        if open.len() >= usize::try_from(self.settings.running_per_person).unwrap_or(usize::MAX) {
            return Err(Error::Conflict(format!(
                "You have {} labs running, which is as many as there may be at a time. Finish one of them first.",
                open.len()
            )));
        }
        if let Some(trouble) = trouble {
            return Err(Error::Unavailable(trouble));
        }
        store::labs::keep(&mut tx, &lab.id, &lab.version, &lab.title, &lab.marking()).await?;
        if !store::attempts::add(&mut tx, &attempt).await? {
            return Err(Error::Conflict("This lab is being started already. Reload the page.".into()));
        }
        sandboxes::add(&mut tx, &sandboxes, attempt.id, &self.instance, self.clock.now()).await?;
        let kind = Kind::AttemptStarted { lab: lab.id.clone(), version: lab.version.clone(), mode: attempt.mode };
        events::append(&mut tx, &[self.event(&attempt, Some(viewer.id), kind)]).await?;
        // Before anybody can see the row, so that nobody else starts its box.
        let claim = self.claim(attempt.id);
        tx.commit().await?;

        let id = attempt.id;
        if let Some(claim) = claim {
            self.bring_up(attempt, sandboxes, claim);
        }
        Ok(id)
    }

    /// Makes the boxes of an attempt in the background.
    pub(super) fn bring_up(&self, attempt: Attempt, sandboxes: Vec<Uuid>, claim: Claim) {
        let this = self.clone();
        self.spawn(async move {
            let made = tokio::select! {
                // What is half made is found and removed by the next start of the server.
                () = this.stop.cancelled() => return,
                made = this.make_boxes(&attempt, sandboxes) => made,
            };
            drop(claim);
            let done = match made {
                Ok(()) => this.close_if_finishing(attempt.id).await,
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                error!(attempt = %attempt.id, error = words(&error), "an attempt could not be started; trying again");
            }
        });
    }

    async fn make_boxes(&self, attempt: &Attempt, sandboxes: Vec<Uuid>) -> Result<(), StoreError> {
        let Some(lab) = self.lab_of(attempt) else {
            return self.fail(attempt, &sandboxes, "This lab is no longer in the catalogue. Choose another one.").await;
        };
        let identity =
            Identity { sandboxes: sandboxes.clone(), attempt: Some(attempt.id), instance: self.instance.clone() };
        let made = sandbox::start(Arc::clone(&self.engine), Arc::clone(&lab), &attempt.vars, identity).await;
        let hosts = match made {
            Ok(made) => made,
            Err(error) => {
                warn!(attempt = %attempt.id, lab = lab.id, %error, "a box could not be started");
                return self.fail(attempt, &sandboxes, &format!("{error} You can start the lab again.")).await;
            }
        };
        if let Err(error) = hosts.handover().await {
            warn!(attempt = %attempt.id, lab = lab.id, %error, "a box could not be handed over");
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
        events::append(&mut tx, &[self.event(attempt, None, Kind::SandboxReady { took_ms })]).await?;
        tx.commit().await?;
        info!(attempt = %attempt.id, lab = lab.id, took_ms, "a box is ready");
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
        let live = Arc::new(Live::new(attempt.id, attempt.learner, hosts, committed, &self.stop, pace));
        held(&self.live).insert(attempt.id, Arc::clone(&live));
        let fetch = |host| self.tasks.spawn(self.clone().fetch_journal(Arc::clone(&live), host));
        live.journals_run((0..live.journals.len()).map(fetch).collect());
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
