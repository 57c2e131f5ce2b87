//! Checks and hints while the learner works.

use std::time::Instant;

use labs::grader;
use scorecards::event::{CheckRun, Event, Kind};
use tracing::info;
use uuid::Uuid;

use super::Attempts;
use crate::{
    access::Action,
    error::{Error, Result},
    metrics::Checked,
    store::{
        self,
        attempts::{Attempt, State},
        events,
    },
    views::{CheckView, HintView, Viewer},
};

impl Attempts {
    pub(crate) async fn check(&self, viewer: &Viewer, attempt: Uuid) -> Result<Vec<CheckView>> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        must_run(&attempt)?;
        let marked = self.marked(&attempt).await?.ok_or_else(|| Error::Conflict(LAB_IS_GONE.into()))?;
        let live = self.reachable(attempt.id)?;
        if live.foreign.get().is_some() {
            return Err(Error::Conflict(FOREIGN.into()));
        }
        self.active(attempt.id);
        let Ok(_one_at_a_time) = live.checking.try_lock() else {
            return Err(Error::Conflict("The checks are being made right now. Their result comes in a moment.".into()));
        };

        let began = Instant::now();
        let outcomes = marked.make(&live.hosts, &attempt.vars, grader::Scope::Live).await;
        self.metrics.checked(Checked::Live, began.elapsed());
        let made = outcomes.into_iter().map(|outcome| self.event(&attempt, None, check_run(outcome, false)));
        let made: Vec<Event> = made.collect();
        let mut tx = self.store.begin().await?;
        // What the closing checks saw is the last word: nothing comes after it.
        if !store::attempts::lock_running(&mut tx, attempt.id).await? {
            return Err(over());
        }
        events::append(&mut tx, &made).await?;
        tx.commit().await?;
        info!(checks = made.len(), "checks were made");
        let progress = events::progress(&self.store, attempt.id).await?;
        Ok(marked.checks(&progress))
    }

    pub(crate) async fn take_hint(&self, viewer: &Viewer, attempt: Uuid, number: u32) -> Result<HintView> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        let marked = self.marked(&attempt).await?.ok_or_else(|| Error::Conflict(LAB_IS_GONE.into()))?;
        let progress = events::progress(&self.store, attempt.id).await?;
        let mut views = marked.hints(&attempt.vars, &progress);
        let at = usize::try_from(number).ok().and_then(|number| number.checked_sub(1)).ok_or(Error::NotFound)?;
        if at >= views.len() {
            return Err(Error::NotFound);
        }
        let mut view = views.swap_remove(at);
        if view.text.is_none() {
            must_run(&attempt)?;
            let mut tx = self.store.begin().await?;
            // Nobody else takes it or ends the attempt until this is written: a hint is charged once, or not at all.
            if !store::attempts::lock_running(&mut tx, attempt.id).await? {
                return Err(over());
            }
            if !events::hint_taken(&mut tx, attempt.id, number).await? {
                let taken = self.event(&attempt, Some(viewer.id), Kind::HintTaken { hint: number });
                events::append(&mut tx, &[taken]).await?;
            }
            tx.commit().await?;
            info!(hint = number, "a hint was taken");
            view.text = Some(attempt.vars.fill(&marked.lab().hints[at].text));
        }
        Ok(view)
    }
}

pub(super) const LAB_IS_GONE: &str =
    "This lab is no longer in the catalogue, so it can't be checked. Finish the attempt and choose another lab.";

pub(super) const OUT_OF_REACH: &str = "The box can't be reached right now; the connection is being made again. What you \
                                       did is safe. Try again in a moment.";

const PAUSED: &str = "This attempt is paused, and your time with it. Resume it to go on where you were.";
pub(super) const FOREIGN: &str = "Belay was upgraded while your machine was running, and the new version can't speak with it. That is not your fault. \
     Give this attempt up and start the lab again for a fresh machine.";

/// Words for what came too late.
pub(super) fn over() -> Error {
    Error::Conflict("This attempt was finished just now, so nothing was done.".into())
}

/// Words for what can only be done while an attempt runs.
pub(super) fn must_run(attempt: &Attempt) -> Result<()> {
    let words = match attempt.state {
        State::Running if attempt.time.paused.is_some() => PAUSED,
        State::Running => return Ok(()),
        State::Queued => "This attempt waits for its turn.",
        State::Starting => "The box is still being made. It takes a moment.",
        State::Finishing => "This attempt is finished; the closing checks are being made.",
        State::Ended | State::Failed => "This attempt is over. Start the lab again to go on practising.",
    };
    Err(Error::Conflict(words.into()))
}

/// What the grader found, as an event says it.
pub(super) fn check_run(outcome: grader::Outcome, closing: bool) -> Kind {
    let grader::Outcome { check, verdict, feedback, observation } = outcome;
    Kind::CheckRun(CheckRun { check, closing, verdict, feedback, observation })
}
