//! Deadlines: kept, warned of, extended, and mended when the clock or the server was not there.
//!
//! All of it is derived from what is stored, at each tick; nothing sleeps until a deadline.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use labs::catalog::TimeSettings;
use scorecards::event::{EndReason, Gift, Kind, Mode};
use tracing::{info, warn};
use uuid::Uuid;

use super::{Attempts, check::must_run, pause::delta};
use crate::{
    access::Action,
    error::{Error, Result},
    store::{self, StoreError, Tx, attempts::Attempt, events, nodes, timers, users},
    timing::{MARKS, Timer},
    views::Viewer,
};

/// By how much the wall clock may go otherwise than the monotonic one between two looks. A clock that is merely kept
/// right goes wrong by far less.
const MOVED: TimeDelta = TimeDelta::seconds(2);

/// How often a server notes that it is there.
const NOTED_EVERY: Duration = Duration::from_secs(10);

/// How much time is given back at most for one absence of the server.
const AWAY_AT_MOST: TimeDelta = TimeDelta::hours(24);

/// How the clocks stood when they were last looked at.
#[derive(Clone, Copy)]
pub(super) struct Looked {
    wall: DateTime<Utc>,
    monotonic: Duration,
    /// When it was last noted that this server is there.
    noted: Duration,
}

impl Attempts {
    /// One look at all that depends on time.
    pub(super) async fn keep_time(&self) -> Result<()> {
        self.clock_looked_at().await?;
        self.expire().await?;
        self.end_idle().await?;
        self.warn().await?;
        self.look_for_idle().await?;
        Ok(())
    }

    /// Mends deadlines where the clock was moved since the last look, or, at the first, for the time in which this server
    /// was not there. To be called before a deadline is made or judged by the clock, and in no transaction.
    pub(super) async fn clock_looked_at(&self) -> Result<(), StoreError> {
        let mut looked = self.clock_looked.lock().await;
        let (wall, monotonic) = (self.clock.now(), self.clock.monotonic());
        let mut noted = monotonic;
        match *looked {
            None => self.come_back(wall).await?,
            Some(before) => {
                let moved = (wall - before.wall) - delta(monotonic.saturating_sub(before.monotonic));
                if moved.abs() >= MOVED {
                    warn!(seconds = moved.num_seconds(), "the clock was moved; deadlines move with it");
                    let mut tx = self.store.begin().await?;
                    self.shift(&mut tx, moved, Gift::ClockMoved).await?;
                    nodes::seen(&mut tx, &self.instance, wall).await?;
                    tx.commit().await?;
                } else if monotonic.saturating_sub(before.noted) >= NOTED_EVERY {
                    let mut tx = self.store.begin().await?;
                    nodes::seen(&mut tx, &self.instance, wall).await?;
                    tx.commit().await?;
                } else {
                    noted = before.noted;
                }
            }
        }
        // Only now: what could not be written is found again at the next look.
        *looked = Some(Looked { wall, monotonic, noted });
        Ok(())
    }

    /// This server is there again.
    async fn come_back(&self, now: DateTime<Utc>) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if let Some(seen) = nodes::last_seen(&mut tx, &self.instance).await? {
            let away = (now - seen).min(AWAY_AT_MOST);
            if away > TimeDelta::zero() {
                self.shift(&mut tx, away, Gift::ServerAway).await?;
            } else if away < TimeDelta::zero() {
                self.shift(&mut tx, away, Gift::ClockMoved).await?;
            }
        }
        nodes::seen(&mut tx, &self.instance, now).await?;
        tx.commit().await
    }

    /// Moves the deadlines of all attempts of this server that run.
    async fn shift(&self, tx: &mut Tx, by: TimeDelta, why: Gift) -> Result<(), StoreError> {
        for (id, learner) in timers::running(tx, &self.instance).await? {
            let Some(mut timer) = timers::lock(tx, id).await? else { continue };
            let given = match why {
                Gift::ServerAway => timer.give(by),
                Gift::ClockMoved => {
                    timer.clock_moved(by);
                    true
                }
            };
            if given {
                timers::set(tx, id, &timer).await?;
                let kind = Kind::TimeGivenBack { ms: by.num_milliseconds(), why };
                events::append(tx, &[self.event_of(id, learner, None, kind)]).await?;
                info!(attempt = %id, seconds = by.num_seconds(), ?why, "the deadline of an attempt was moved");
            }
        }
        Ok(())
    }

    /// Ends the attempts whose time is up.
    async fn expire(&self) -> Result<(), StoreError> {
        for attempt in timers::up_by(&self.store, &self.instance, self.clock.now()).await? {
            info!(%attempt, "the time of an attempt is up");
            self.stop_work(attempt, EndReason::Expired).await?;
        }
        Ok(())
    }

    /// Says of whose time is soon up that it is.
    async fn warn(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let [first, last] = MARKS.map(|mark| now + TimeDelta::seconds(mark.into()));
        for id in timers::to_warn(&self.store, &self.instance, first, last, MARKS[1]).await? {
            let Some(attempt) = store::attempts::by_id(&self.store, id).await? else { continue };
            let mut tx = self.store.begin().await?;
            let Some(mut timer) = timers::lock(&mut tx, id).await? else { continue };
            if timer.warn(now).is_some() {
                timers::set(&mut tx, id, &timer).await?;
                let left_ms = u64::try_from(timer.left(now).num_milliseconds()).unwrap_or_default();
                events::append(&mut tx, &[self.event(&attempt, None, Kind::TimeWarned { left_ms })]).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// The learner takes more time.
    pub(crate) async fn extend(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        if attempt.time.paused.is_none() {
            must_run(&attempt)?;
        }
        self.clock_looked_at().await?;
        let mut tx = self.store.begin().await?;
        let Some(mut timer) = timers::lock(&mut tx, attempt.id).await? else {
            return Err(Error::Conflict("This attempt is over. Start the lab again to go on practising.".into()));
        };
        let minutes = timer.extend(self.clock.now());
        if minutes == 0 {
            let words = if timer.allowance == 0 {
                "This attempt has a fixed time, so none can be added."
            } else {
                "You have added all the time that this lab allows. Finish when you are ready: what works counts."
            };
            return Err(Error::Conflict(words.into()));
        }
        timers::set(&mut tx, attempt.id, &timer).await?;
        events::append(&mut tx, &[self.event(&attempt, Some(viewer.id), Kind::TimeExtended { minutes })]).await?;
        tx.commit().await?;
        self.active(attempt.id);
        Ok(())
    }

    /// The time of an attempt that begins to run now.
    pub(super) async fn fresh_timer(
        &self,
        attempt: &Attempt,
        minutes: u32,
        time: TimeSettings,
    ) -> Result<Timer, StoreError> {
        let extra = users::extra_time(&self.store, attempt.learner).await?;
        let may = attempt.mode == Mode::Practice || time.extension_when_assessed;
        Ok(Timer::begin(self.clock.now(), minutes, extra, if may { time.extension } else { 0 }))
    }

    /// The learner does something at an attempt.
    pub(crate) fn active(&self, attempt: Uuid) {
        if let Some(live) = self.live(attempt) {
            live.pace.active(self.clock.monotonic());
        }
    }
}
