//! The terminals of somebody else: a tab for each that is open. Here is what is seen; `link` keeps a connection, and
//! only a browser has it.

#[cfg(feature = "hydrate")]
mod link;

use leptos::{html::Div, prelude::*};
use uuid::Uuid;

use crate::api::Watched;

/// How the connection to the terminal in front stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser ever connects"))]
enum Status {
    #[default]
    Connecting,
    Watching,
    Typing,
    Again(Option<String>),
    Over(String),
}

impl Status {
    fn id(&self) -> &'static str {
        match self {
            Self::Connecting => "connecting",
            Self::Watching | Self::Typing => "connected",
            Self::Again(_) => "reconnecting",
            Self::Over(_) => "ended",
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Connecting => "Connecting\u{2026}".into(),
            Self::Watching => "Watching: you can't type".into(),
            Self::Typing => "You may type: it counts as the learner's".into(),
            Self::Again(None) => "Reconnecting\u{2026}".into(),
            Self::Again(Some(why)) => format!("Reconnecting\u{2026} {why}"),
            Self::Over(words) => words.clone(),
        }
    }
}

pub(super) fn terminals(attempt: Uuid, watched: Watched) -> impl IntoView {
    let active = RwSignal::new(watched.terminals.first().copied().unwrap_or(1));
    let open = RwSignal::new(watched.terminals);
    let status = RwSignal::new(Status::Connecting);
    let screen = NodeRef::<Div>::new();
    #[cfg(feature = "hydrate")]
    link::start(screen, attempt, active, open, status);
    #[cfg(not(feature = "hydrate"))]
    let _ = attempt;

    let tab = move |number: u32| {
        view! {
            <button
                class="terminal-tab"
                type="button"
                aria-pressed=move || (active.get() == number).to_string()
                on:click=move |_| active.set(number)
            >
                {format!("Terminal {number}")}
            </button>
        }
    };
    view! {
        <div class="terminal-bar">
            <div class="terminal-tabs" role="group" aria-label="Terminals">
                <For each=move || open.get() key=|number| *number children=tab />
            </div>
            <p class="terminal-link" role="status" data-status=move || status.read().id()>
                <span class="terminal-dot" aria-hidden="true"></span>
                {move || status.read().words()}
            </p>
        </div>
        <div class="terminal-panes">
            <div class="terminal-pane" data-status=move || status.read().id()>
                <div class="terminal-screen" node_ref=screen></div>
            </div>
        </div>
    }
}
