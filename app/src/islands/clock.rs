//! The time left, what may be done with it, and waiting.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{
    api::{Stage, Time},
    icons::Icon,
    words,
};

/// From here on the clock stands out.
const SOON: i64 = 10 * 60;

/// What the browser knows of the time of an attempt.
#[derive(Clone, Copy)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser counts down"))]
struct Count {
    attempt: Uuid,
    left: RwSignal<i64>,
    /// When it is up, in seconds by the browser's clock.
    end: RwSignal<f64>,
    /// How many minutes may still be added, and how many come next.
    addable: RwSignal<(u32, u32)>,
    /// What was said last.
    said: RwSignal<String>,
}

pub(super) fn timer(attempt: Uuid, time: Time) -> impl IntoView {
    let count = Count {
        attempt,
        left: RwSignal::new(time.seconds_left),
        end: RwSignal::new(0.0),
        addable: RwSignal::new((time.addable, time.step)),
        said: RwSignal::new(String::new()),
    };

    #[cfg(feature = "hydrate")]
    browser::count_down(count);

    view! {
        <button
            class="timer button"
            class:timer-soon=move || { count.left.get() <= SOON }
            type="button"
            popovertarget="time"
            data-timer=""
        >
            {Icon::Clock.view()}
            <span class="unseen">"Time left: "</span>
            <span class="timer-clock">{move || words::clock(count.left.get())}</span>
            <span class="timer-word" aria-hidden="true">"left"</span>
            <span class="unseen">{if time.may_pause { ". Pause or add time" } else { ". Add time" }}</span>
        </button>
        <p class="unseen" role="status">{move || count.said.get()}</p>
        <div class="dialog" id="time" popover="auto" role="dialog" aria-labelledby="time-heading">
            <h2 id="time-heading">"Your time"</h2>
            {pause(attempt, time)}
            {extend(count, time.addable > 0)}
            <div class="actions">
                <button class="button" type="button" popovertarget="time" popovertargetaction="hide">"Keep working"</button>
            </div>
        </div>
    }
}

/// The button that pauses, with what it means.
fn pause(attempt: Uuid, time: Time) -> impl IntoView {
    if !time.may_pause {
        return view! { <p>"This attempt can\u{2019}t be paused: its time goes on."</p> }.into_any();
    }
    let kept = time.kept_hours.map_or_else(
        || " Come back whenever you like.".to_string(),
        |hours| format!(" It is kept for {}.", words::count(hours as usize, "hour", "hours")),
    );
    let idle = time.idle_minutes.map(|minutes| {
        let minutes = words::count(minutes as usize, "minute", "minutes");
        view! { <p class="quiet">{format!("It also pauses by itself after {minutes} without a key or a command.")}</p> }
    });
    view! {
        <div class="time-part">
            <p>"Called away? Your machine stands still exactly as it is, and your time with it."{kept}</p>
            <form method="post" action=format!("/attempts/{attempt}/pause")>
                <button class="button button-main" type="submit" data-pause="">"Pause"</button>
            </form>
            {idle}
        </div>
    }
    .into_any()
}

/// The button that adds time, with how much may be added.
fn extend(count: Count, any: bool) -> impl IntoView {
    let again = move || count.addable.get().0 > 0;
    let says = move || match count.addable.get() {
        (0, _) if any => "You have added all the time that this lab allows.".to_string(),
        (0, _) => "No time can be added to this attempt.".into(),
        (all, _) => format!("You may add {} in all.", words::count(all as usize, "minute", "minutes")),
    };
    let label = move || {
        let (_, step) = count.addable.get();
        if step == 1 { "1 more minute".to_string() } else { format!("{step} more minutes") }
    };
    let submit = move |event: leptos::ev::SubmitEvent| {
        #[cfg(feature = "hydrate")]
        browser::extend(&event, count);
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    view! {
        <div class="time-part">
            <form method="post" action=format!("/attempts/{}/extend", count.attempt) on:submit=submit hidden=move || !again()>
                <button class="button" type="submit" data-extend="">{label}</button>
            </form>
            <p class="quiet" data-addable="">{says}</p>
        </div>
    }
}

pub(super) fn stopped(attempt: Uuid, seconds_left: i64) -> impl IntoView {
    #[cfg(feature = "hydrate")]
    browser::wait_to_go_on(attempt);
    #[cfg(not(feature = "hydrate"))]
    let _ = attempt;

    view! {
        <p class="timer" data-stopped="">
            {Icon::Pause.view()}
            <span class="timer-state">"Paused"</span>
            <span class="timer-clock">{words::clock(seconds_left)}</span>
            <span class="timer-word">"left"</span>
        </p>
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

    use leptos::{ev::SubmitEvent, prelude::*, task::spawn_local};
    use uuid::Uuid;

    use super::Count;
    use crate::{
        api::{Problem, Stage, attempt_state, extend_time},
        islands::browser::{now, reload, sleep},
        words,
    };

    /// How many seconds pass between two questions to the server while all goes well.
    const ASK_EVERY: f64 = 15.0;

    /// Counts down, keeps in step with the server, and leaves the page when the attempt is no longer running.
    pub(super) fn count_down(count: Count) {
        count.end.set(now() + count.left.get_untracked() as f64);
        let mut ask_at = now() + ASK_EVERY;
        spawn_local(async move {
            loop {
                sleep(Duration::from_secs(1)).await;
                let seconds = (count.end.get_untracked() - now()).max(0.0).round() as i64;
                if let Some(words) = announcement(count.left.get_untracked(), seconds) {
                    count.said.set(words.into());
                }
                count.left.set(seconds);
                if now() < ask_at && seconds > 0 {
                    continue;
                }
                ask_at = now() + ASK_EVERY;
                match attempt_state(count.attempt).await {
                    Ok(state) if state.stage != Stage::Running => return reload(),
                    Ok(state) => count.end.set(now() + state.seconds_left.unwrap_or_default() as f64),
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
        } else if passed(2 * 60) {
            Some("Two minutes left. What works by then counts.")
        } else if passed(10 * 60) {
            Some("Ten minutes left.")
        } else {
            None
        }
    }

    /// Adds time without leaving the page, and says how it went.
    pub(super) fn extend(event: &SubmitEvent, count: Count) {
        event.prevent_default();
        let before = count.addable.get_untracked().0;
        spawn_local(async move {
            match extend_time(count.attempt).await {
                Ok(time) => {
                    count.end.set(now() + time.seconds_left as f64);
                    count.left.set(time.seconds_left);
                    count.addable.set((time.addable, time.step));
                    let added = before.saturating_sub(time.addable) as usize;
                    count.said.set(format!("{} added.", words::count(added, "minute", "minutes")));
                }
                Err(Problem::SignedOut | Problem::NotFound) => reload(),
                Err(problem) => count.said.set(problem.to_string()),
            }
        });
    }

    /// Asks until a paused attempt goes on, in another tab or by its end, then loads the page anew.
    pub(super) fn wait_to_go_on(attempt: Uuid) {
        spawn_local(async move {
            loop {
                sleep(Duration::from_secs_f64(ASK_EVERY)).await;
                match attempt_state(attempt).await {
                    Ok(state) if state.stage != Stage::Paused => return reload(),
                    Err(Problem::SignedOut | Problem::NotFound) => return reload(),
                    _ => {}
                }
            }
        });
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
