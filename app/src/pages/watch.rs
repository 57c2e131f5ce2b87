//! Watching: the page of who watches, what the learner sees of it, and who can be watched.

use leptos::prelude::*;
use leptos_meta::{Stylesheet, Title};
use leptos_router::hooks::use_params_map;
use platform::views::{AtWork, Viewer, WatchView};
use uuid::Uuid;

use crate::{
    api,
    context::{Stop, page, signed_in},
    icons::Icon,
    islands::{WatchTerminals, Watchers},
    parts::{frame, frame::brand},
};

/// The page at `/attempts/{id}/watch`.
#[component]
#[must_use]
pub fn Watch() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            Ok((platform.watched(&viewer, id).await?, viewer))
        },
        |(view, viewer)| show(&viewer, &view),
    )
}

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, view: &WatchView) -> AnyView {
    if !view.runs {
        return not_at_work(viewer, view);
    }
    let id = view.attempt;
    view! {
        <Title text=format!("{} at work: {}", view.learner, view.title) />
        <Stylesheet href="/pkg/xterm.css" />
        <div class="watch">
            <header class="lab-bar">
                {brand()}
                <h1 class="lab-title">{format!("{} at work: {}", view.learner, view.title)}</h1>
                <div class="lab-bar-end">
                    <p class="quiet wide-only">{format!("{} sees that you watch.", view.learner)}</p>
                    <a class="button" href="/">"Leave"</a>
                </div>
            </header>
            <main class="lab-terminal" aria-label="Terminals">
                {view! { <WatchTerminals attempt=id watched=state(view) /> }.into_any()}
                <noscript>
                    <p class="terminal-words">"To watch a terminal needs JavaScript and WebAssembly. Allow both for this site and reload the page."</p>
                </noscript>
            </main>
        </div>
    }
    .into_any()
}

fn not_at_work(viewer: &Viewer, view: &WatchView) -> AnyView {
    let (heading, words) = if view.over {
        ("This attempt is over", "There is nothing to watch any more.")
    } else {
        ("Nothing to watch yet", "The machine is being made or checked. Reload the page in a moment.")
    };
    let replay = format!("/attempts/{}/replay", view.attempt);
    frame(
        &format!("{} at work: {}", view.learner, view.title),
        viewer,
        view! {
            <div class="wait">
                <h1>{heading}</h1>
                <p class="lead">{format!("{}: {}", view.learner, view.title)}</p>
                <p>{words}</p>
                {view.over.then(|| view! { <p><a class="button" href=replay>"Play the recording"</a></p> })}
            </div>
        },
    )
}

/// How the attempt stands, as the island wants it.
pub(crate) fn state(view: &WatchView) -> api::Watched {
    api::Watched { runs: view.runs, over: view.over, terminals: view.terminals.clone() }
}

/// What the learner sees of who watches. It loads by itself: no other part of the page needs it.
pub(super) fn watched(attempt: Uuid) -> AnyView {
    let body = Suspend::new(async move {
        let found = async {
            let (platform, viewer) = signed_in().await.ok()?;
            let watching = platform.watching(&viewer, attempt).await.ok()?;
            let now = api::Watching::from(&*watching.borrow());
            Some(now)
        };
        let watching = found.await.unwrap_or_default();
        view! { <Watchers attempt=attempt watching=watching /> }.into_any()
    });
    view! { <div class="lab-watched"><Suspense>{body}</Suspense></div> }.into_any()
}

/// Who is at work, for who may watch them; nothing for everybody else.
pub(super) fn at_work() -> AnyView {
    let body = Suspend::new(async move {
        let found = async {
            let (platform, viewer) = signed_in().await.ok()?;
            platform.at_work(&viewer).await.ok()
        };
        found.await.filter(|people| !people.is_empty()).map(list)
    });
    view! { <Suspense>{body}</Suspense> }.into_any()
}

fn list(people: Vec<AtWork>) -> AnyView {
    let rows: Vec<_> = people
        .into_iter()
        .map(|one| {
            view! {
                <li>
                    <a href=format!("/attempts/{}/watch", one.attempt)>{format!("{}: {}", one.learner, one.title)}</a>
                    <span class="quiet">{format!(" since {}", one.started.format("%H:%M UTC"))}</span>
                </li>
            }
        })
        .collect();
    view! {
        <section aria-labelledby="at-work">
            <h2 id="at-work">{Icon::Terminal.view()} " At work now"</h2>
            <p class="quiet">"Whoever you watch sees that you do."</p>
            <ul class="people">{rows}</ul>
        </section>
    }
    .into_any()
}
