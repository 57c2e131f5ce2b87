//! Pausing and resuming: the boxes are frozen, and the time stands still.
//!
//! What is stored leads. The boxes are frozen before it is written that they are, and thawed before it is written that
//! they go on, so that no time is given for free; whatever a kill leaves in between, the next look at the engine mends.

use std::time::Duration;

use chrono::TimeDelta;
use labs::sandbox::{EngineError, Found};
use scorecards::event::{EndReason, Kind, Mode, PauseReason};
use tracing::{debug, info, warn};
use uuid::Uuid;

use super::{Attempts, check::must_run, in_time, live::Live, words};
use crate::{
    access::Action,
    error::{Error, Result},
    store::{
        self, StoreError,
        attempts::{Attempt, State},
        events, timers,
    },
    views::Viewer,
};

const NO_ENGINE: &str =
    "The machine can't be paused or resumed right now. What you did is safe. Try again in a moment.";

/// What can't be paused, and why.
const NOT_HERE: &str = "Only practice can be paused: this attempt shows what you can do in the time it has.";

const NO_BOX: &str =
    "An exercise is not paused: there is no machine to stop. What you answered is kept, and you may add time.";

/// Whether attempts in a mode stand still when nobody works at them.
pub(super) fn pauses(mode: Mode) -> bool {
    mode == Mode::Practice
}

impl Attempts {
    pub(crate) async fn pause(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        if attempt.time.paused.is_some() && attempt.state == State::Running {
            return Ok(());
        }
        must_run(&attempt)?;
        if attempt.node.is_some() {
            return Err(Error::Conflict(NO_BOX.into()));
        }
        if !pauses(attempt.mode) {
            return Err(Error::Conflict(NOT_HERE.into()));
        }
        self.freeze(&attempt, PauseReason::Asked, Some(viewer.id)).await
    }

    async fn freeze(&self, attempt: &Attempt, why: PauseReason, actor: Option<Uuid>) -> Result<()> {
        let live = self.reachable(attempt.id)?;
        let _one_at_a_time = live.pace.turning.lock().await;
        let Ok(_no_checks) = live.checking.try_lock() else {
            return Err(Error::Conflict("The checks are being made right now. Pause when they are through.".into()));
        };
        self.clock_looked_at().await?;
        in_time(live.hosts.freeze()).await.map_err(|error| no_engine(&live, &error))?;
        let stopped = self.store_pause(attempt, why, actor).await;
        if matches!(stopped, Ok(true)) {
            live.pace.stops();
            info!(attempt = %attempt.id, ?why, "an attempt is paused");
        } else if let Err(error) = in_time(live.hosts.thaw()).await {
            warn!(attempt = %attempt.id, %error, "an attempt stands still though it should not; trying again");
        }
        Ok(stopped.map(drop)?)
    }

    async fn store_pause(&self, attempt: &Attempt, why: PauseReason, actor: Option<Uuid>) -> Result<bool, StoreError> {
        let mut tx = self.store.begin().await?;
        let Some(mut timer) = timers::lock(&mut tx, attempt.id).await? else { return Ok(false) };
        if !timer.pause(self.clock.now(), why) {
            return Ok(false);
        }
        timers::set(&mut tx, attempt.id, &timer).await?;
        events::append(&mut tx, &[self.event(attempt, actor, Kind::AttemptPaused { why })]).await?;
        tx.commit().await?;
        Ok(true)
    }

    pub(crate) async fn resume(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        if attempt.time.paused.is_none() {
            return must_run(&attempt);
        }
        let live = self.reachable(attempt.id)?;
        let _one_at_a_time = live.pace.turning.lock().await;
        self.clock_looked_at().await?;
        in_time(live.hosts.thaw()).await.map_err(|error| no_engine(&live, &error))?;
        let stood = match self.store_resume(&attempt, viewer.id).await {
            Ok(stood) => stood,
            Err(error) => {
                // What is stored leads: it stands still.
                if let Err(error) = in_time(live.hosts.freeze()).await {
                    warn!(attempt = %attempt.id, %error, "an attempt goes on though it should not; trying again");
                }
                return Err(error.into());
            }
        };
        live.pace.goes_on(&live.closed, self.clock.monotonic());
        if let Some(stood) = stood {
            info!(attempt = %attempt.id, seconds = stood.num_seconds(), "an attempt goes on");
            let text = format!("This machine was paused for {}. Its clock has moved on by as much.", in_words(stood));
            let hosts = live.hosts.clone();
            self.spawn(async move {
                if let Err(error) = hosts.tell(&text).await {
                    debug!(%error, "a terminal could not be told of a pause");
                }
            });
        }
        Ok(())
    }

    async fn store_resume(&self, attempt: &Attempt, actor: Uuid) -> Result<Option<TimeDelta>, StoreError> {
        let mut tx = self.store.begin().await?;
        let Some(mut timer) = timers::lock(&mut tx, attempt.id).await? else { return Ok(None) };
        let Some(stood) = timer.resume(self.clock.now()) else { return Ok(None) };
        timers::set(&mut tx, attempt.id, &timer).await?;
        events::append(&mut tx, &[self.event(attempt, Some(actor), resumed(stood))]).await?;
        tx.commit().await?;
        Ok(Some(stood))
    }

    /// Pauses the attempts whose learners have been away for long, and notes when the others were last there.
    pub(super) async fn look_for_idle(&self) -> Result<(), StoreError> {
        let (now, monotonic) = (self.clock.now(), self.clock.monotonic());
        for live in self.all_live() {
            if live.pace.is_idle(monotonic) && live.pace.turning.try_lock().is_ok() && live.checking.try_lock().is_ok()
            {
                // An engine that does not answer must hold up no deadline.
                let this = self.clone();
                self.spawn(async move {
                    if let Err(error) = this.freeze_idle(live.attempt).await {
                        warn!(attempt = %live.attempt, error = words(&error), "an attempt could not be paused");
                    }
                });
            } else if let Some(ago) = live.pace.to_store(monotonic) {
                let mut tx = self.store.begin().await?;
                timers::active(&mut tx, live.attempt, now - delta(ago)).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    async fn freeze_idle(&self, attempt: Uuid) -> Result<()> {
        let Some(attempt) = store::attempts::by_id(&self.store, attempt).await? else { return Ok(()) };
        // It may have ended, or have been paused, a moment ago.
        if attempt.state != State::Running || attempt.time.paused.is_some() || !pauses(attempt.mode) {
            return Ok(());
        }
        self.freeze(&attempt, PauseReason::Idle, None).await
    }

    /// Ends the attempts that have been paused for longer than a box is kept.
    pub(super) async fn end_idle(&self) -> Result<(), StoreError> {
        let Some(longest) = self.settings.time.pause_ends_after() else { return Ok(()) };
        for attempt in timers::paused_since(&self.store, &self.instance, self.clock.now() - longest).await? {
            info!(%attempt, "an attempt was paused for too long");
            self.stop_work(attempt, EndReason::Idle).await?;
        }
        Ok(())
    }

    /// Has the boxes of an attempt stand still or go on as it is stored. `found`: how the engine said they were.
    pub(super) async fn turn_as_stored(&self, attempt: Uuid, found: &[Found]) -> Result<(), StoreError> {
        let Some(live) = self.live(attempt) else { return Ok(()) };
        let _one_at_a_time = live.pace.turning.lock().await;
        let Some(attempt) = store::attempts::by_id(&self.store, attempt).await? else { return Ok(()) };
        let paused = attempt.state == State::Running && attempt.time.paused.is_some();
        let turned = if paused {
            live.pace.stops();
            if found.iter().all(|found| found.frozen) {
                return Ok(());
            }
            in_time(live.hosts.freeze()).await
        } else {
            let thawed = if found.iter().any(|found| found.frozen) { in_time(live.hosts.thaw()).await } else { Ok(()) };
            if thawed.is_ok() {
                live.pace.goes_on(&live.closed, self.clock.monotonic());
            }
            thawed
        };
        if let Err(error) = turned {
            warn!(attempt = %attempt.id, paused, %error, "the boxes of an attempt do not stand as they should; trying again");
        }
        Ok(())
    }

    /// Thaws what is to be closed: of a frozen box nothing can be asked.
    pub(super) async fn thaw_to_close(&self, live: &Live) -> Result<(), EngineError> {
        let _one_at_a_time = live.pace.turning.lock().await;
        if live.pace.frozen() {
            in_time(live.hosts.thaw()).await?;
            live.pace.goes_on(&live.closed, self.clock.monotonic());
        }
        Ok(())
    }
}

pub(super) fn resumed(stood: TimeDelta) -> Kind {
    Kind::AttemptResumed { paused_ms: u64::try_from(stood.num_milliseconds()).unwrap_or_default() }
}

/// A length of time for the other clock.
pub(super) fn delta(length: Duration) -> TimeDelta {
    TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX)
}

fn no_engine(live: &Live, error: &EngineError) -> Error {
    warn!(attempt = %live.attempt, %error, "an attempt could not be paused or resumed");
    Error::Unavailable(NO_ENGINE.into())
}

/// A length of time for people: `a moment`, `1 minute`, `2 hours and 5 minutes`.
fn in_words(length: TimeDelta) -> String {
    let of = |count: i64, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    match (length.num_hours(), length.num_minutes() % 60) {
        (0, 0) => "a moment".into(),
        (0, minutes) => of(minutes, "minute"),
        (hours, 0) => of(hours, "hour"),
        (hours, minutes) => format!("{} and {}", of(hours, "hour"), of(minutes, "minute")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_said_as_people_say_it() {
        let said = [20, 60, 59 * 60, 3600, 2 * 3600 + 61].map(|seconds| in_words(TimeDelta::seconds(seconds)));
        assert_eq!(said, ["a moment", "1 minute", "59 minutes", "1 hour", "2 hours and 1 minute"]);
    }
}
