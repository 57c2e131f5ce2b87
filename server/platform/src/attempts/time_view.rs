//! The time of an attempt as its page and its time line show it.

use chrono::TimeDelta;
use scorecards::event::{Event, Kind};

use super::{Attempts, pause::pauses};
use crate::{
    error::Result,
    store::{attempts::Attempt, events},
    timing::STEP,
    views::{TimeEvent, TimeLine, TimeNews, TimeView},
};

/// For how long it is said what happened to the time.
const NEWS: TimeDelta = TimeDelta::minutes(10);

impl Attempts {
    /// What may be done with the time of an attempt, and what was done to it just now.
    pub(super) async fn time_view(&self, attempt: &Attempt) -> Result<TimeView> {
        let since = self.clock.now() - NEWS;
        let progress = events::progress(&self.store, attempt.id).await?;
        let news = progress.iter().rev().filter(|event| event.at >= since).find_map(|event| match event.kind {
            Kind::AttemptResumed { paused_ms } => Some(TimeNews::Resumed(millis(paused_ms))),
            // That a clock was set is nothing that anybody has to know: the time left is what it was.
            Kind::TimeGivenBack { ms, why: why @ scorecards::event::Gift::ServerAway } => {
                Some(TimeNews::GivenBack(TimeDelta::milliseconds(ms), why))
            }
            _ => None,
        });
        // Nothing of an exercise stands still by being paused: it can be read on.
        let may_pause = pauses(attempt.mode) && attempt.node.is_none();
        let idle = self.lab_of(attempt).and_then(|lab| lab.time.idle).unwrap_or(self.settings.time.idle_minutes);
        let addable = attempt.time.allowance.saturating_sub(attempt.time.extended);
        Ok(TimeView {
            may_pause,
            idle_minutes: Some(idle).filter(|idle| may_pause && *idle > 0),
            kept_hours: Some(self.settings.time.pause_hours).filter(|hours| *hours > 0),
            addable,
            step: addable.min(STEP),
            news,
        })
    }
}

/// What happened to the time of an attempt, in order.
pub(super) fn times(events: &[Event]) -> Vec<TimeLine> {
    let what = |event: &Event| match event.kind {
        Kind::AttemptPaused { why } => Some(TimeEvent::Paused(why)),
        Kind::AttemptResumed { paused_ms } => Some(TimeEvent::Resumed(millis(paused_ms))),
        Kind::TimeExtended { minutes } => Some(TimeEvent::Extended(minutes)),
        Kind::TimeGivenBack { ms, why } => Some(TimeEvent::GivenBack(TimeDelta::milliseconds(ms), why)),
        Kind::TimeWarned { left_ms } => Some(TimeEvent::Warned(millis(left_ms))),
        _ => None,
    };
    let line = |event: &Event| Some(TimeLine { event: event.id, at: event.at, what: what(event)? });
    let mut lines: Vec<TimeLine> = events.iter().filter_map(line).collect();
    lines.sort_by_key(|line| (line.at, line.event));
    lines
}

fn millis(count: u64) -> TimeDelta {
    i64::try_from(count).ok().and_then(TimeDelta::try_milliseconds).unwrap_or(TimeDelta::MAX)
}
