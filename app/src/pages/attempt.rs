//! An attempt while it runs: the page with the terminal.

pub(crate) mod exercise;
mod paused;
mod words;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::{Stylesheet, Title};
use leptos_router::hooks::use_params_map;
use platform::views::{
    AlertView, AttemptState, AttemptView, CheckView, HintView, HostView, TimeNews, TimeView, Viewer,
};
use scorecards::event::Verdict;
use uuid::Uuid;

use super::tools;
use crate::{
    api,
    context::{Stop, page, signed_in},
    islands::{Alert, Checks, Hints, InLine, Terminals, Timer, Waiting},
    markdown,
    parts::{Tone, frame, frame::brand, notice},
};

/// The page at `/attempts/{id}`.
#[component]
#[must_use]
pub fn Attempt() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            let attempt = platform.attempt(&viewer, id).await?;
            match attempt.state {
                AttemptState::Ended(_) => Err(Stop::Redirect(format!("/attempts/{id}/result"))),
                _ => Ok((viewer, attempt, platform.now())),
            }
        },
        |(viewer, attempt, now)| show(&viewer, attempt, now),
    )
}

/// Shows it, as it is at this time.
#[must_use]
pub fn show(viewer: &Viewer, mut attempt: AttemptView, now: DateTime<Utc>) -> AnyView {
    match &attempt.state {
        AttemptState::Queued { place, minutes } => {
            queued(viewer, &attempt, api::Line { place: *place, minutes: *minutes })
        }
        AttemptState::Starting => starting(viewer, &attempt),
        AttemptState::Running { .. } | AttemptState::Paused { .. } => match attempt.exercise.take() {
            Some(asked) => exercise::show(attempt, asked, now),
            None => running(attempt, now),
        },
        AttemptState::Finishing => finishing(viewer, &attempt),
        AttemptState::Failed(words) => failed(viewer, &attempt, words.clone()),
        AttemptState::Ended(_) => ended(viewer, &attempt),
    }
}

fn starting(viewer: &Viewer, attempt: &AttemptView) -> AnyView {
    frame(
        &format!("Starting: {}", attempt.title),
        viewer,
        view! {
            <div class="wait">
                <h1>"Your machine is being made"</h1>
                <p class="lead">{attempt.title.clone()}</p>
                <Waiting attempt=attempt.id stage=api::Stage::Starting />
                <p>"It is a machine of your own, with the fault already in it. This page goes on by itself, and the clock starts only then."</p>
                {reload_without_script()}
                <div class="actions">
                    <form method="post" action=format!("/attempts/{}/abandon", attempt.id)>
                        <button class="button" type="submit">"Give up"</button>
                    </form>
                </div>
            </div>
        },
    )
}

fn queued(viewer: &Viewer, attempt: &AttemptView, line: api::Line) -> AnyView {
    frame(
        &format!("Waiting: {}", attempt.title),
        viewer,
        view! {
            <div class="wait">
                <h1>"All machines are in use"</h1>
                <p class="lead">{attempt.title.clone()}</p>
                {view! { <InLine attempt=attempt.id line=line /> }.into_any()}
                <p>"Your machine is made as soon as there is room, in the order in which people came. This page goes on by itself, and the clock starts only when your machine is ready. You may leave the page: you keep your place."</p>
                {reload_without_script()}
                <div class="actions">
                    <form method="post" action=format!("/attempts/{}/abandon", attempt.id)>
                        <button class="button" type="submit">"Leave the line"</button>
                    </form>
                </div>
            </div>
        },
    )
}

fn finishing(viewer: &Viewer, attempt: &AttemptView) -> AnyView {
    let exercise = attempt.exercise.is_some();
    frame(
        &format!("Checking: {}", attempt.title),
        viewer,
        view! {
            <div class="wait">
                <h1>"Your work is being checked"</h1>
                <p class="lead">{attempt.title.clone()}</p>
                <Waiting attempt=attempt.id stage=api::Stage::Finishing />
                <p>{(!exercise).then_some("The closing checks run; some restart your machine first. ")} "Your result opens here by itself. You may leave this page: nothing gets lost."</p>
                {reload_without_script()}
            </div>
        },
    )
}

fn reload_without_script() -> AnyView {
    view! {
        <noscript>
            <p>"Your browser runs no scripts here, so reload the page to see how it stands."</p>
        </noscript>
    }
    .into_any()
}

fn failed(viewer: &Viewer, attempt: &AttemptView, words: String) -> AnyView {
    frame(
        &format!("Not running: {}", attempt.title),
        viewer,
        view! {
            <div class="wait">
                <h1>"Your machine is not running"</h1>
                <p class="lead">{attempt.title.clone()}</p>
                {notice(Tone::Care, "What happened", words)}
                <p>"This is not your fault, and it does not count against you."</p>
                <div class="actions">
                    <form method="post" action=format!("/labs/{}/start", attempt.lab)>
                        <button class="button button-main" type="submit">"Start again"</button>
                    </form>
                    <a class="button" href="/">"Go to the start page"</a>
                </div>
            </div>
        },
    )
}

fn ended(viewer: &Viewer, attempt: &AttemptView) -> AnyView {
    frame(
        &attempt.title,
        viewer,
        view! {
            <div class="wait">
                <h1>"This attempt is over"</h1>
                <p><a class="button button-main" href=format!("/attempts/{}/result", attempt.id)>"See the result"</a></p>
            </div>
        },
    )
}

fn running(attempt: AttemptView, now: DateTime<Utc>) -> AnyView {
    let id = attempt.id;
    let time = time(&attempt, now);
    let paused = paused::of(&attempt);
    let at_end = attempt.checks.iter().any(|check| check.at_end);
    let checks: Vec<api::Check> = attempt.checks.into_iter().map(check).collect();
    let hints: Vec<api::Hint> = attempt.hints.iter().map(hint).collect();
    let named: Vec<_> = attempt.hosts.iter().flat_map(|host| host.ports.clone()).collect();
    let host_names: Vec<String> = attempt.hosts.iter().map(|host| host.name.clone()).collect();
    let host = |host: HostView| api::Host { name: host.name, prompt: host.prompt };
    let hosts: Vec<api::Host> = attempt.hosts.into_iter().map(host).collect();
    view! {
        <Title text=attempt.title.clone() />
        <Stylesheet href="/pkg/xterm.css" />
        <div class="lab">
            <a class="skip" href="#task">"Skip to the ticket"</a>
            <header class="lab-bar">
                {brand()}
                <h1 class="lab-title">{attempt.title}</h1>
                <div class="lab-bar-end">
                    {if paused.is_some() { paused::head(id, time.seconds_left) } else { view! { <Timer attempt=id time=time /> }.into_any() }}
                    <button class="button wide-only" type="button" popovertarget="reset">"Reset the box"</button>
                    <button class="button wide-only" type="button" popovertarget="give-up">"Give up"</button>
                    <button class="button button-main" type="button" popovertarget="finish">"Finish"</button>
                </div>
            </header>
            {super::watch::watched(id)}
            <main class="lab-main">
                {views()}
                <div class="lab-grid">
                    {task(id, attempt.alert, &attempt.brief, attempt.runbook.as_deref(), hints)}
                    <section class="lab-checks" aria-labelledby="checks">
                        {view! { <Checks attempt=id checks=checks /> }.into_any()}
                    </section>
                    {match paused {
                        Some(paused) => view! {
                            <section class="lab-work lab-still" aria-label="Terminals">{paused::pane(id, &paused, now)}</section>
                        }
                        .into_any(),
                        None => view! {
                            <div class="lab-work">
                                {tools::switch(&named)}
                                <section class="lab-terminal" aria-label="Terminals">
                                    {terminals(id, hosts, attempt.time.news)}
                                </section>
                                {tools::panes(id, named, host_names)}
                            </div>
                        }
                        .into_any(),
                    }}
                </div>
            </main>
            {finish_dialog(id, at_end)}
            {give_up_dialog(id, false)}
            {reset_dialog(id)}
        </div>
    }
    .into_any()
}

/// The terminals, and what has just happened to the time.
fn terminals(id: Uuid, hosts: Vec<api::Host>, news: Option<TimeNews>) -> AnyView {
    view! {
        {view! { <Terminals attempt=id hosts=hosts copy=false /> }.into_any()}
        {news.map(|news| view! { <p class="lab-news" role="status" data-news="">{words::time_news(&news)}</p> })}
        <noscript>
            <p class="terminal-words">"The terminal needs JavaScript and WebAssembly. Allow both for this site and reload the page."</p>
        </noscript>
    }
    .into_any()
}

/// Which pane is seen where there is room for one only. Plain radio buttons: style does the rest.
fn views() -> AnyView {
    view! {
        <fieldset class="segmented lab-views">
            <legend class="unseen">"Show"</legend>
            <label><input type="radio" name="view" id="view-task" checked /> <span>"Task"</span></label>
            <label><input type="radio" name="view" id="view-checks" /> <span>"Checks"</span></label>
            <label><input type="radio" name="view" id="view-terminal" /> <span>"Terminal"</span></label>
        </fieldset>
    }
    .into_any()
}

fn task(id: Uuid, alert: Option<AlertView>, brief: &str, runbook: Option<&str>, hints: Vec<api::Hint>) -> AnyView {
    let has_hints = !hints.is_empty();
    let runbook = runbook.map(markdown::with_buttons);
    view! {
        <section class="lab-task" id="task" aria-label="Task">
            <fieldset class="segmented">
                <legend class="unseen">"Read"</legend>
                <label><input type="radio" name="read" id="read-brief" checked /> <span>"Ticket"</span></label>
                {runbook.is_some().then(|| view! { <label><input type="radio" name="read" id="read-runbook" /> <span>"Runbook"</span></label> })}
                {has_hints.then(|| view! { <label><input type="radio" name="read" id="read-hints" /> <span>"Hints"</span></label> })}
            </fieldset>
            <div class="lab-page lab-page-brief" tabindex="0" role="region" aria-labelledby="ticket-heading">
                <h2 class="unseen" id="ticket-heading">"Ticket"</h2>
                {alert.map(|alert| view! { <Alert attempt=id acknowledged=alert.acknowledged /> }.into_any())}
                <div class="prose" inner_html=markdown::with_buttons(brief)></div>
            </div>
            {runbook
                .map(|html| {
                    view! {
                        <div class="lab-page lab-page-runbook" tabindex="0" role="region" aria-labelledby="runbook-heading">
                            <h2 class="unseen" id="runbook-heading">"Runbook"</h2>
                            <div class="prose" inner_html=html></div>
                        </div>
                    }
                })}
            {has_hints
                .then(|| {
                    view! {
                        <div class="lab-page lab-page-hints" tabindex="0" role="region" aria-labelledby="hints-heading">
                            <h2 class="unseen" id="hints-heading">"Hints"</h2>
                            {view! { <Hints attempt=id hints=hints /> }.into_any()}
                        </div>
                    }
                })}
        </section>
    }
    .into_any()
}

fn finish_dialog(id: Uuid, at_end: bool) -> AnyView {
    let restart =
        at_end.then(|| view! { <p>"Your machine is restarted first, so only what survives a restart counts."</p> });
    view! {
        <div class="dialog" id="finish" popover="auto" role="dialog" aria-labelledby="finish-heading">
            <h2 id="finish-heading">"Finish this lab?"</h2>
            <p>"All checks run once more, then your machine is thrown away and you see your result with a walk-through of the fault."</p>
            {restart}
            <div class="actions">
                <form method="post" action=format!("/attempts/{id}/finish")>
                    <button class="button button-main" type="submit">"Finish and see my result"</button>
                </form>
                <button class="button" type="button" popovertarget="finish" popovertargetaction="hide">"Keep working"</button>
                <button class="button narrow-only" type="button" popovertarget="reset">"Reset the box"</button>
                <button class="button narrow-only" type="button" popovertarget="give-up">"Give up instead"</button>
            </div>
        </div>
    }
    .into_any()
}

fn give_up_dialog(id: Uuid, exercise: bool) -> AnyView {
    let what = if exercise { "What you answered is not judged" } else { "Your machine is thrown away" };
    view! {
        <div class="dialog" id="give-up" popover="auto" role="dialog" aria-labelledby="give-up-heading">
            <h2 id="give-up-heading">"Give up this attempt?"</h2>
            <p>{what} " and this attempt counts as not passed. You can start again as often as you like. A hint may be the kinder way on."</p>
            <div class="actions">
                <form method="post" action=format!("/attempts/{id}/abandon")>
                    <button class="button button-danger" type="submit">"Give up"</button>
                </form>
                <button class="button" type="button" popovertarget="give-up" popovertargetaction="hide">"Keep working"</button>
            </div>
        </div>
    }
    .into_any()
}

fn reset_dialog(id: Uuid) -> AnyView {
    view! {
        <div class="dialog" id="reset" popover="auto" role="dialog" aria-labelledby="reset-heading">
            <h2 id="reset-heading">"Reset the box?"</h2>
            <p>"The box goes back to how it was at the start. The clock goes on, your notes and the record stay."</p>
            <p>"What you changed in the box is lost, and your terminals get new shells. It takes a few seconds."</p>
            <div class="actions">
                <form method="post" action=format!("/attempts/{id}/reset")>
                    <button class="button button-danger" type="submit">"Reset the box"</button>
                </form>
                <button class="button" type="button" popovertarget="reset" popovertargetaction="hide">"Keep working"</button>
            </div>
        </div>
    }
    .into_any()
}

/// How the attempt stands, as the clock wants it.
pub(crate) fn state(state: &AttemptState, now: DateTime<Utc>) -> api::Standing {
    let line = match state {
        AttemptState::Queued { place, minutes } => Some(api::Line { place: *place, minutes: *minutes }),
        _ => None,
    };
    let (stage, seconds_left) = match state {
        AttemptState::Queued { .. } => (api::Stage::Queued, None),
        AttemptState::Starting => (api::Stage::Starting, None),
        AttemptState::Running { deadline } => (api::Stage::Running, Some((*deadline - now).num_seconds().max(0))),
        AttemptState::Paused { left, .. } => (api::Stage::Paused, Some(left.num_seconds())),
        AttemptState::Finishing => (api::Stage::Finishing, None),
        AttemptState::Ended(_) | AttemptState::Failed(_) => (api::Stage::Over, None),
    };
    api::Standing { stage, seconds_left, line }
}

/// What may be done with the time, as the clock wants it.
pub(crate) fn time(view: &AttemptView, now: DateTime<Utc>) -> api::Time {
    let TimeView { may_pause, idle_minutes, kept_hours, addable, step, .. } = view.time;
    let seconds_left = state(&view.state, now).seconds_left.unwrap_or_default();
    api::Time { seconds_left, may_pause, idle_minutes, kept_hours, addable, step }
}

/// A check, as the island wants it.
pub(crate) fn check(view: CheckView) -> api::Check {
    api::Check {
        id: view.id,
        title: view.title,
        points: view.points,
        required: view.required,
        at_end: view.at_end,
        verdict: view.verdict.map(|verdict| match verdict {
            Verdict::Passed => api::Verdict::Passed,
            Verdict::Failed => api::Verdict::Failed,
            Verdict::Blocked => api::Verdict::Blocked,
            Verdict::Broken => api::Verdict::Broken,
        }),
        feedback: view.feedback,
    }
}

/// A hint, as the island wants it.
pub(crate) fn hint(view: &HintView) -> api::Hint {
    api::Hint { number: view.number, cost: view.cost, html: view.text.as_deref().map(markdown::with_buttons) }
}

#[cfg(test)]
mod tests {
    use leptos_meta::{ServerMetaContext, provide_meta_context};
    use platform::access::Role;
    use scorecards::event::Mode;

    use super::*;

    #[test]
    fn time_left_never_goes_below_zero() {
        let now = DateTime::UNIX_EPOCH;
        let left = |seconds| {
            let deadline = now + chrono::TimeDelta::seconds(seconds);
            state(&AttemptState::Running { deadline }, now).seconds_left
        };
        assert_eq!((left(90), left(-30)), (Some(90), Some(0)));
        assert_eq!(
            state(&AttemptState::Starting, now),
            api::Standing { stage: api::Stage::Starting, seconds_left: None, line: None }
        );
    }

    fn page_of(state: AttemptState) -> String {
        let viewer = Viewer { id: Uuid::nil(), name: "Maya".into(), role: Role::Learner };
        let attempt = AttemptView {
            id: Uuid::from_u128(7),
            learner: viewer.id,
            lab: "nginx".into(),
            title: "The web server".into(),
            mode: Mode::Practice,
            state,
            brief: String::new(),
            runbook: None,
            alert: None,
            checks: Vec::new(),
            hints: Vec::new(),
            hosts: Vec::new(),
            exercise: None,
            time: TimeView::default(),
        };
        Owner::new_root(None).with(|| {
            let (meta, _output) = ServerMetaContext::new();
            provide_context(meta);
            provide_meta_context();
            show(&viewer, attempt, DateTime::UNIX_EPOCH).to_html()
        })
    }

    #[test]
    fn a_start_can_be_given_up() {
        let page = page_of(AttemptState::Starting);
        assert!(page.contains(&format!("/attempts/{}/abandon", Uuid::from_u128(7))), "{page}");
    }

    #[test]
    fn who_waits_sees_their_place_without_a_script_and_can_leave() {
        let page = page_of(AttemptState::Queued { place: 3, minutes: Some(12) });
        for words in
            ["You are number 3 in line", "in about 12 minutes", "Leave the line", "reload the page", "/abandon"]
        {
            assert!(page.contains(words), "{words}: {page}");
        }
    }
}
