//! A copy of a box as somebody left it: terminals, and nothing that counts.

use leptos::prelude::*;
use leptos_meta::{Meta, Stylesheet, Title};
use leptos_router::hooks::use_params_map;
use platform::views::{HostView, InspectionView, Viewer};
use uuid::Uuid;

use crate::{
    api,
    context::{Stop, page, signed_in},
    islands::Terminals,
    parts::{Tone, frame, frame::brand, notice},
};

/// The page at `/copies/{id}`.
#[component]
#[must_use]
pub fn Copy() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            let copy = platform.copy(&viewer, id).await?;
            Ok((viewer, copy))
        },
        |(viewer, copy)| show(&viewer, copy),
    )
}

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, copy: InspectionView) -> AnyView {
    let whose = if copy.learner_id == viewer.id { "your".to_owned() } else { format!("{}’s", copy.learner) };
    let name = format!("Copy of {whose} box: {}", copy.title);
    if copy.over || copy.starting {
        return waits(viewer, &copy, &name);
    }
    let until = copy.deadline.format("%H:%M UTC").to_string();
    let host = |host: HostView| api::Host { name: host.name, prompt: host.prompt };
    let hosts: Vec<api::Host> = copy.hosts.into_iter().map(host).collect();
    view! {
        <Title text=name.clone() />
        <Stylesheet href="/pkg/xterm.css" />
        <div class="lab lab-copy">
            <header class="lab-bar">
                {brand()}
                <h1 class="lab-title">{name}</h1>
                <div class="lab-bar-end">
                    <form method="post" action=format!("/copies/{}/close", copy.id)>
                        <button class="button button-main" type="submit">"Close the copy"</button>
                    </form>
                </div>
            </header>
            <main class="lab-main">
                <p class="lab-copy-words">
                    {format!("This is a copy: nothing you do here changes the result. It has the files as they were left, but for those in /tmp and /run, and its services were started anew. It closes at {until}.")}
                </p>
                <section class="lab-terminal" aria-label="Terminals">
                    {view! { <Terminals attempt=copy.id hosts=hosts copy=true /> }.into_any()}
                    <noscript>
                        <p class="terminal-words">"The terminal needs JavaScript and WebAssembly. Allow both for this site and reload the page."</p>
                    </noscript>
                </section>
            </main>
        </div>
    }
    .into_any()
}

fn waits(viewer: &Viewer, copy: &InspectionView, name: &str) -> AnyView {
    let again = format!("/attempts/{}/open", copy.attempt);
    let close = format!("/copies/{}/close", copy.id);
    let body = match (&copy.trouble, copy.starting) {
        (Some(trouble), _) => view! {
            {notice(Tone::Care, "The copy could not be opened", trouble.clone())}
            <form method="post" action=again><button class="button button-main" type="submit">"Try again"</button></form>
        }
        .into_any(),
        (None, true) => view! {
            // Without a script, too, the page goes on by itself.
            <Meta http_equiv="refresh" content="2" />
            <p role="status">"It is being made from what was kept. This page goes on by itself."</p>
            <form method="post" action=close><button class="button" type="submit">"Never mind"</button></form>
        }
        .into_any(),
        (None, false) => view! {
            <p>"This copy is closed."</p>
            <form method="post" action=again><button class="button button-main" type="submit">"Open another one"</button></form>
        }
        .into_any(),
    };
    frame(
        name,
        viewer,
        view! {
            <div class="wait">
                <h1>{name.to_owned()}</h1>
                {body}
            </div>
        },
    )
}
