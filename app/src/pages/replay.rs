//! A recording, played: with what happened beside it.

use leptos::prelude::*;
use leptos_meta::Stylesheet;
use leptos_router::hooks::{use_params_map, use_query_map};
use platform::views::{Moment, MomentAbout, RecordedTerminal, ReplayView, Viewer};
use uuid::Uuid;

use crate::{
    api,
    context::{Stop, page, signed_in},
    islands::Replay as Player,
    parts::frame,
    words,
};

/// The page at `/attempts/{id}/replay?terminal=1&at=93.2`.
#[component]
#[must_use]
pub fn Replay() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    let query = use_query_map().get_untracked();
    let terminal = query.get("terminal").and_then(|number| number.parse().ok());
    let at = query.get("at").and_then(|at| at.parse().ok());
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            Ok((platform.replay(&viewer, id).await?, viewer))
        },
        move |(view, viewer)| show(&viewer, &view, terminal, at),
    )
}

/// Where a moment of an attempt is played.
#[must_use]
pub fn address(attempt: Uuid, terminal: u32, at: f64) -> String {
    format!("/attempts/{attempt}/replay?terminal={terminal}&at={at}")
}

/// Shows it: a terminal, at a second.
#[must_use]
pub fn show(viewer: &Viewer, view: &ReplayView, terminal: Option<u32>, at: Option<f64>) -> AnyView {
    let terminals = &view.recorded.terminals;
    let Some(chosen) = terminals.iter().find(|one| Some(one.terminal) == terminal).or_else(|| terminals.first()) else {
        return crate::pages::problem::not_found();
    };
    let id = view.summary.id;
    let at = at.filter(|at| at.is_finite()).unwrap_or(0.0).clamp(0.0, chosen.seconds);
    let moments: Vec<api::Moment> = view.moments.iter().filter_map(|moment| place(moment, view)).collect();
    let own = viewer.id == view.learner_id;
    let whose = if own { "Your recording".into() } else { format!("Recording of {}", view.learner) };
    let chooser = (terminals.len() > 1).then(|| choose(id, terminals, chosen.terminal));
    frame(
        &format!("Recording: {}", view.summary.title),
        viewer,
        view! {
            <Stylesheet href="/pkg/xterm.css" />
            <nav class="crumbs" aria-label="Where you are">
                <a href="/">"Home"</a>
                <a href=format!("/attempts/{id}/result")>{format!("Result: {}", view.summary.title)}</a>
            </nav>
            <div class="title-row">
                <h1>{whose}</h1>
                <a class="button" href=format!("/attempts/{id}/recordings/{}.cast", chosen.terminal) download="">"Download"</a>
            </div>
            {chooser}
            <noscript>
                <p>"To play it here needs JavaScript and WebAssembly. You can download it and run "<code>"asciinema play"</code>" with the file."</p>
            </noscript>
            {view! { <Player attempt=id terminal=chosen.terminal at=at seconds=chosen.seconds moments=moments /> }.into_any()}
        },
    )
}

fn choose(id: Uuid, terminals: &[RecordedTerminal], chosen: u32) -> AnyView {
    let links: Vec<_> = terminals
        .iter()
        .map(|one| {
            let current = (one.terminal == chosen).then_some("page");
            let name = name(one);
            view! { <li><a href=format!("/attempts/{id}/replay?terminal={}", one.terminal) aria-current=current>{name}</a></li> }
        })
        .collect();
    view! { <nav aria-label="Terminals"><ul class="replay-terminals">{links}</ul></nav> }.into_any()
}

/// How a terminal is called: by its host where there are several, and by its number there.
fn name(one: &RecordedTerminal) -> String {
    let own = one.terminal % 100;
    if one.host.is_empty() { format!("Terminal {own}") } else { format!("{}, terminal {own}", one.host) }
}

fn place(moment: &Moment, view: &ReplayView) -> Option<api::Moment> {
    let (terminal, at) = view.recorded.place(moment.terminal, moment.at)?;
    let about = match moment.about {
        MomentAbout::Command => "Command",
        MomentAbout::Check => "Check",
        MomentAbout::Hint => "Hint",
        MomentAbout::Note => "Note",
        MomentAbout::Watch => "Watching",
        MomentAbout::Missing => "Missing",
    };
    // The player's clock, beside which it is read: a recording begins a moment after the attempt.
    #[expect(clippy::cast_possible_truncation, reason = "a recording is shorter than a century")]
    let clock = words::clock(at as i64);
    Some(api::Moment { terminal, at, clock, about: about.into(), words: moment.words.clone() })
}
