//! The time left, and waiting.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{api::Stage, icons::Icon, words};

/// From here on the clock stands out and says so once.
const SOON: i64 = 5 * 60;

pub(super) fn timer(attempt: Uuid, seconds_left: i64) -> impl IntoView {
    let left = RwSignal::new(seconds_left);
    let said = RwSignal::new("");

    #[cfg(feature = "hydrate")]
    browser::count_down(attempt, left, said);
    #[cfg(not(feature = "hydrate"))]
    let _ = attempt;

    view! {
        <p class="timer" class:timer-soon=move || { left.get() <= SOON } data-timer="">
            {Icon::Clock.view()}
            <span class="unseen">"Time left: "</span>
            <span class="timer-clock">{move || words::clock(left.get())}</span>
            <span class="timer-word" aria-hidden="true">"left"</span>
        </p>
        <p class="unseen" role="status">{move || said.get()}</p>
    }
}

pub(super) fn waiting(attempt: Uuid, stage: Stage) -> impl IntoView {
    let waited = RwSignal::new(0_i64);
    let word = RwSignal::new(match stage {
        Stage::Starting => "Starting",
        _ => "Checking",
    });

    #[cfg(feature = "hydrate")]
    browser::wait(attempt, stage, waited, word);
    #[cfg(not(feature = "hydrate"))]
    let _ = (attempt, stage);

    view! {
        <div class="waiting">
            <div class="waiting-bar" aria-hidden="true"></div>
            <p class="waiting-word">
                <span role="status">{move || word.get()}</span>
                <span class="waiting-time" aria-hidden="true">{move || words::duration(waited.get())}</span>
            </p>
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use leptos::{prelude::*, task::spawn_local};
    use uuid::Uuid;

    use super::SOON;
    use crate::{
        api::{Problem, Stage, attempt_state},
        islands::browser::{now, reload, sleep},
    };

    /// How many seconds pass between two questions to the server while all goes well.
    const ASK_EVERY: f64 = 15.0;

    /// Counts down, keeps in step with the server, and leaves the page when the attempt is no longer running.
    pub(super) fn count_down(attempt: Uuid, left: RwSignal<i64>, said: RwSignal<&'static str>) {
        let mut end = now() + left.get_untracked() as f64;
        let mut ask_at = now() + ASK_EVERY;
        spawn_local(async move {
            loop {
                sleep(Duration::from_secs(1)).await;
                let seconds = (end - now()).max(0.0).round() as i64;
                if let Some(words) = announcement(left.get_untracked(), seconds) {
                    said.set(words);
                }
                left.set(seconds);
                if now() < ask_at && seconds > 0 {
                    continue;
                }
                ask_at = now() + ASK_EVERY;
                match attempt_state(attempt).await {
                    Ok(state) if state.stage != Stage::Running => return reload(),
                    Ok(state) => end = now() + state.seconds_left.unwrap_or_default() as f64,
                    Err(Problem::SignedOut | Problem::NotFound) => return reload(),
                    // The clock runs on; the terminal says that the server is away.
                    Err(_) => {}
                }
            }
        });
    }

    /// What is said when the time left falls from `before` to `after`.
    fn announcement(before: i64, after: i64) -> Option<&'static str> {
        let passed = |mark: i64| before > mark && after <= mark;
        if passed(0) {
            Some("The time is up. Your work is being checked.")
        } else if passed(60) {
            Some("One minute left.")
        } else if passed(SOON) {
            Some("Five minutes left.")
        } else {
            None
        }
    }

    /// For how many seconds what is waited for is likely to be over soon.
    const SOON_OVER: f64 = 10.0;

    /// Asks until the attempt stands otherwise, then loads the page anew.
    pub(super) fn wait(attempt: Uuid, stage: Stage, waited: RwSignal<i64>, word: RwSignal<&'static str>) {
        let start = now();
        spawn_local(async move {
            loop {
                // A box is there in a second or two: who waits for it at first is told at once.
                sleep(if now() - start < SOON_OVER { Duration::from_millis(250) } else { Duration::from_secs(1) })
                    .await;
                let seconds = (now() - start) as i64;
                if waited.get_untracked() != seconds {
                    waited.set(seconds);
                }
                match attempt_state(attempt).await {
                    Ok(state) if state.stage != stage => return reload(),
                    Err(Problem::SignedOut | Problem::NotFound) => return reload(),
                    Ok(_) => set_if_new(word, going_on(stage, seconds)),
                    Err(_) => set_if_new(word, "The server does not answer. Trying again"),
                }
            }
        });
    }

    fn set_if_new(word: RwSignal<&'static str>, new: &'static str) {
        if word.get_untracked() != new {
            word.set(new);
        }
    }

    fn going_on(stage: Stage, seconds: i64) -> &'static str {
        match (stage, seconds) {
            (Stage::Starting, ..20) => "Starting",
            (Stage::Starting, 20..90) => "Still starting. The first start of a lab can take a minute",
            (Stage::Starting, _) => "This takes longer than usual. You can leave the page; it goes on without you",
            (_, ..45) => "Checking",
            _ => "Still checking. Some checks wait for your machine to come back after its restart",
        }
    }
}
