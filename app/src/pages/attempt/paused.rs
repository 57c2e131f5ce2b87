//! The page of an attempt whose machine stands still.

use chrono::{DateTime, TimeDelta, Utc};
use leptos::prelude::*;
use platform::views::{AttemptState, AttemptView};
use scorecards::event::PauseReason;
use uuid::Uuid;

use crate::{islands::Stopped, words};

/// What there is to say of a pause.
pub(super) struct Paused {
    left: TimeDelta,
    since: DateTime<Utc>,
    why: PauseReason,
    /// Until when the machine is kept, where there is an end to it.
    until: Option<DateTime<Utc>>,
}

/// The pause of an attempt, if it is paused.
pub(super) fn of(attempt: &AttemptView) -> Option<Paused> {
    let AttemptState::Paused { left, since, why } = attempt.state else { return None };
    let until = attempt.time.kept_hours.map(|hours| since + TimeDelta::hours(hours.into()));
    Some(Paused { left, since, why, until })
}

/// What stands in the place of the clock.
pub(super) fn head(id: Uuid, seconds_left: i64) -> AnyView {
    view! { <Stopped attempt=id seconds_left=seconds_left /> }.into_any()
}

/// What stands in the place of the terminals.
pub(super) fn pane(id: Uuid, paused: &Paused, now: DateTime<Utc>) -> AnyView {
    let seconds = (now - paused.since).num_seconds();
    let since = if seconds < 60 { "a moment".to_string() } else { words::duration(seconds) };
    let why = match paused.why {
        PauseReason::Asked => format!("You paused it {since} ago."),
        PauseReason::Idle => format!("Nothing was typed for a while, so it paused by itself {since} ago."),
    };
    let left = words::clock(paused.left.num_seconds());
    let until = paused.until.map(|until| {
        let day = if until.date_naive() == now.date_naive() { "" } else { " tomorrow" };
        let text = until.format("%H:%M UTC").to_string();
        view! {
            <p class="quiet">
                {format!("It is kept until{day} ")}
                <time datetime=until.to_rfc3339()>{text}</time>
                ". Then the attempt ends as if the time were up: what works by then counts."
            </p>
        }
    });
    view! {
        <div class="lab-paused" data-paused="">
            <h2>"Your machine is paused"</h2>
            <p>{why}" It stands exactly as you left it, and so does your time: "{left}" left."</p>
            <form method="post" action=format!("/attempts/{id}/resume")>
                <button class="button button-main" type="submit" data-resume="">"Resume"</button>
            </form>
            {until}
        </div>
    }
    .into_any()
}
