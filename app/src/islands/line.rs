//! The wait for a place on a machine that is full.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{api::Line, words};

pub(super) fn in_line(attempt: Uuid, line: Line) -> impl IntoView {
    let now = RwSignal::new(line);
    let away = RwSignal::new(false);

    #[cfg(feature = "hydrate")]
    browser::wait(attempt, now, away);
    #[cfg(not(feature = "hydrate"))]
    let _ = attempt;

    view! {
        <div class="waiting" data-line="">
            <div class="waiting-bar" aria-hidden="true"></div>
            <p class="waiting-word">
                <span role="status">
                    {move || if away.get() { "The server does not answer. You keep your place; trying again".into() } else { words::place(now.get().place) }}
                </span>
                <span class="waiting-time">{move || words::turn(now.get().minutes)}</span>
            </p>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use leptos::{prelude::*, task::spawn_local};
    use uuid::Uuid;

    use crate::{
        api::{Line, Problem, Stage, attempt_state},
        islands::browser::{reload, sleep},
    };

    /// Keeps the place up to date; when it is over, the page goes on by itself.
    pub(super) fn wait(attempt: Uuid, now: RwSignal<Line>, away: RwSignal<bool>) {
        spawn_local(async move {
            loop {
                sleep(Duration::from_secs(2)).await;
                let answer = attempt_state(attempt).await;
                match answer {
                    Ok(state) if state.stage != Stage::Queued => return reload(),
                    Err(Problem::SignedOut | Problem::NotFound) => return reload(),
                    Ok(state) => {
                        if let Some(line) = state.line.filter(|line| *line != now.get_untracked()) {
                            now.set(line);
                        }
                    }
                    Err(_) => {}
                }
                let is_away = answer.is_err();
                if is_away != away.get_untracked() {
                    away.set(is_away);
                }
            }
        });
    }
}
