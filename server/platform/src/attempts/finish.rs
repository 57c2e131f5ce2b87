//! The end of an attempt: closing checks, the rest of the journal, the result, and nothing left of the box.
//!
//! The server may be killed after any step: every step is found done or not done, and gone on from.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use labs::sandbox::{EngineError, SandboxError};
use scorecards::{
    event::{EndReason, Event, Kind, Verdict},
    score::{AttemptResult, score},
};
use tracing::{Instrument, info, warn};
use uuid::Uuid;

use super::{Attempts, BackOff, check::check_run, live::Live, pause::resumed};
use crate::{
    access::Action,
    error::{Error, Result},
    metrics::{Checked, Reaped},
    store::{
        self, StoreError,
        attempts::{Attempt, Ending, State, Summary},
        cases, events, queue, timers,
    },
    views::Viewer,
};

/// How long the rest of the journal may take to arrive.
const DRAIN: Duration = Duration::from_secs(20);

/// The same for an attempt that somebody has stopped.
const STOPPED_DRAIN: Duration = Duration::from_secs(5);

/// How often an attempt is tried to be closed whose box can't be reached: some minutes, with the waits in between.
const CLOSING_TRIES: u32 = 10;

const FOREIGN: &str = "was made by another version of Belay, which this one can't speak with";

const OUT_OF_REACH_FOR_GOOD: &str = "could not be reached any more, for many tries";

impl Attempts {
    pub(crate) async fn finish(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        if attempt.state == State::Queued {
            return Err(Error::Conflict("This attempt waits for its turn: there is nothing to finish yet.".into()));
        }
        if attempt.state == State::Starting {
            return Err(Error::Conflict("The box is still being made: there is nothing to finish yet.".into()));
        }
        self.stop_work(attempt.id, EndReason::Finished).await?;
        Ok(())
    }

    pub(crate) async fn abandon(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        if matches!(attempt.state, State::Queued | State::Starting) {
            let mut tx = self.store.begin().await?;
            // Whoever makes the box sees it in a moment, and removes it. It may run by now, though.
            if store::attempts::abandoned_at_start(&mut tx, attempt.id, self.clock.now()).await? {
                queue::leave(&mut tx, attempt.id).await?;
                let kind = Kind::AttemptEnded { reason: EndReason::Abandoned };
                events::append(&mut tx, &[self.event(&attempt, Some(viewer.id), kind)]).await?;
                tx.commit().await?;
                return Ok(());
            }
        }
        self.stop_work(attempt.id, EndReason::Abandoned).await?;
        Ok(())
    }

    /// It runs → it finishes; one that was paused goes on for it. One that does not run is left alone.
    pub(super) async fn stop_work(&self, attempt: Uuid, reason: EndReason) -> Result<(), StoreError> {
        let Some(known) = store::attempts::by_id(&self.store, attempt).await? else { return Ok(()) };
        self.clock_looked_at().await?;
        let mut tx = self.store.begin().await?;
        if let Some(mut timer) = timers::lock(&mut tx, attempt).await?
            && let Some(stood) = timer.resume(self.clock.now())
        {
            timers::set(&mut tx, attempt, &timer).await?;
            events::append(&mut tx, &[self.event(&known, None, resumed(stood))]).await?;
        }
        if store::attempts::finishes(&mut tx, attempt, reason).await? {
            tx.commit().await?;
            info!(%attempt, ?reason, "an attempt finishes");
            match self.live(attempt) {
                Some(live) => self.close_in_background(live),
                None => self.close_exercise(attempt).await?,
            }
        }
        Ok(())
    }

    /// To be called by who had the claim of an attempt, once it is given back: whoever finished it meanwhile could not
    /// take it, or did not find the box.
    pub(super) async fn close_if_finishing(&self, attempt: Uuid) -> Result<(), StoreError> {
        let Some(live) = self.live(attempt) else {
            return Ok(());
        };
        let attempt = store::attempts::by_id(&self.store, attempt).await?;
        if attempt.is_some_and(|attempt| attempt.state == State::Finishing) {
            self.close_in_background(live);
        }
        Ok(())
    }

    /// Brings an attempt that finishes to its end, however long that takes.
    pub(super) fn close_in_background(&self, live: Arc<Live>) {
        let this = self.clone();
        live.closed.cancel();
        let span = live.span.clone();
        let closing = async move {
            let Some(_claim) = this.claim(live.attempt) else { return };
            let mut back_off = BackOff::new();
            for tries in 1.. {
                let done = tokio::select! {
                    () = this.stop.cancelled() => return,
                    done = this.close(&live) => done,
                };
                match done {
                    Ok(()) => return,
                    Err(error @ CloseError::Sandbox(_)) if tries >= CLOSING_TRIES => {
                        warn!(attempt = %live.attempt, %error, "the box of an attempt can't be reached any more");
                        return this.lost(live.attempt, OUT_OF_REACH_FOR_GOOD).await;
                    }
                    Err(error) => {
                        if matches!(error, CloseError::Sandbox(SandboxError::Frozen)) {
                            // The next try thaws it first.
                            live.pace.stops();
                        }
                        warn!(attempt = %live.attempt, %error, "an attempt can't be closed; trying again");
                    }
                }
                tokio::select! {
                    () = this.stop.cancelled() => return,
                    () = back_off.wait() => {}
                }
            }
        };
        self.spawn(closing.instrument(span));
    }

    async fn close(&self, live: &Live) -> Result<(), CloseError> {
        let Some(attempt) = store::attempts::by_id(&self.store, live.attempt).await? else {
            return Ok(());
        };
        if attempt.state != State::Finishing {
            return Ok(());
        }
        if live.foreign.get().is_some() {
            self.lose(attempt.id, FOREIGN).await?;
            return Ok(());
        }
        self.thaw_to_close(live).await?;
        if attempt.reason == Some(EndReason::Lost) {
            return self.close_stopped(&attempt, live).await;
        }
        {
            // As it was left, before checks restart it. Not while it is being reset.
            let _alone = live.checking.lock().await;
            all_answer(live).await?;
            self.keep_end(&attempt, live).await?;
        }
        if attempt.reason != Some(EndReason::Abandoned) {
            self.make_closing_checks(&attempt, live).await?;
        }
        self.drain(&attempt, live).await?;
        self.finish_recordings(&attempt, live).await;
        self.end_watching(&attempt, live).await?;
        self.conclude(&attempt, Some(live)).await?;
        Ok(())
    }

    /// Ends an attempt that somebody has stopped from outside. What its box still has to tell is waited for, but not for
    /// long: it may be stopped because it does not answer.
    async fn close_stopped(&self, attempt: &Attempt, live: &Live) -> Result<(), CloseError> {
        if let Ok(Err(error @ CloseError::Store(_))) =
            tokio::time::timeout(STOPPED_DRAIN, self.drain(attempt, live)).await
        {
            return Err(error);
        }
        self.lose(attempt.id, "was ended from outside").await?;
        Ok(())
    }

    async fn make_closing_checks(&self, attempt: &Attempt, live: &Live) -> Result<(), CloseError> {
        if self.is_closed(attempt).await? {
            return Ok(());
        }
        let _one_at_a_time = live.checking.lock().await;
        all_answer(live).await?;
        let began = Instant::now();
        let outcomes = self.closing_checks(attempt, &live.hosts).await?;
        self.metrics.checked(Checked::Closing, began.elapsed());
        if outcomes.iter().any(|outcome| outcome.verdict == Verdict::Broken) {
            // Broken because the box is out of reach would cost the learner a fair judgement.
            all_answer(live).await?;
        }
        let made: Vec<Event> =
            outcomes.into_iter().map(|outcome| self.event(attempt, None, check_run(outcome, true))).collect();
        // All of them or none: that they are there says that this step is done.
        let mut tx = self.store.begin().await?;
        events::append(&mut tx, &made).await?;
        tx.commit().await?;
        info!(attempt = %attempt.id, checks = made.len(), "the closing checks were made");
        Ok(())
    }

    /// Whether the closing checks were made.
    pub(super) async fn is_closed(&self, attempt: &Attempt) -> Result<bool, StoreError> {
        let progress = events::progress(&self.store, attempt.id).await?;
        Ok(progress.iter().any(|event| matches!(&event.kind, Kind::CheckRun(run) if run.closing)))
    }

    /// Waits until all that happened in the box is committed. What does not come is noted as missing.
    async fn drain(&self, attempt: &Attempt, live: &Live) -> Result<(), CloseError> {
        let mut missing = 0;
        for of in &live.journals {
            let mut committed = of.committed.subscribe();
            let end = of.sandbox.hello().await?.journal_end;
            let all = committed.wait_for(|committed| *committed >= end);
            if !matches!(tokio::time::timeout(DRAIN, all).await, Ok(Ok(_))) {
                live.stop_journals().await;
                missing += end.saturating_sub(*of.committed.borrow());
            }
        }
        if missing > 0 {
            warn!(attempt = %attempt.id, missing, "entries of a journal did not arrive");
            self.note_gap(attempt, missing).await?;
        }
        Ok(())
    }

    /// So many entries of the journal will never come.
    pub(super) async fn note_gap(&self, attempt: &Attempt, count: u64) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let gap = self.event(attempt, None, Kind::CoverageLost { count });
        events::append(&mut tx, &[gap]).await?;
        tx.commit().await
    }

    /// Computes the result and ends the attempt with it.
    pub(super) async fn conclude(&self, attempt: &Attempt, live: Option<&Live>) -> Result<(), StoreError> {
        if let Some(live) = live {
            // What the result rests on must not grow after it.
            live.stop_journals().await;
            self.note_flood(attempt, live).await?;
        }
        let result = self.judge(attempt).await?;
        let summary = result.as_ref().map(Summary::from);
        let reason = attempt.reason.unwrap_or(EndReason::Finished);
        let ending = Ending { reason, trouble: None, summary };
        let case = self.case_of_work(attempt).await?;
        let mut tx = self.store.begin().await?;
        if store::attempts::ended(&mut tx, attempt.id, &ending, self.clock.now()).await? {
            events::append(&mut tx, &[self.event(attempt, None, Kind::AttemptEnded { reason })]).await?;
            if let Some(case) = case {
                cases::open(&mut tx, &case).await?;
            }
            tx.commit().await?;
            info!(attempt = %attempt.id, ?reason, ?summary, "an attempt is over");
        } else {
            // Removing the box stores that it is gone: the one writer must be free by then.
            drop(tx);
        }
        if let Some(live) = live {
            self.forget(live.attempt);
            self.remove_hosts(&live.hosts).await;
            self.metrics.reaped(Reaped::Over);
        }
        Ok(())
    }

    /// What an attempt comes to by what is stored of it; `None` when nothing is known of its lab.
    async fn judge(&self, attempt: &Attempt) -> Result<Option<AttemptResult>, StoreError> {
        let Some(lab) = store::labs::version(&self.store, &attempt.lab, &attempt.version).await? else {
            return Ok(None);
        };
        let events = events::of_attempt(&self.store, attempt.id).await?;
        Ok(Some(score(&lab.marking, &events)))
    }
}

/// That every box of an attempt can be reached.
async fn all_answer(live: &Live) -> Result<(), SandboxError> {
    for sandbox in live.hosts.iter() {
        sandbox.hello().await?;
    }
    Ok(())
}

/// Why an attempt can't be closed right now.
#[derive(Debug, thiserror::Error)]
enum CloseError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}
