//! The terminals: up to four, each a pane with its own connection.
//!
//! Here is what is seen; `link` keeps a connection and `screen` is the emulator, and only a browser has them.

mod status;

#[cfg(any(feature = "hydrate", test))]
mod backoff;
#[cfg(feature = "hydrate")]
mod link;
#[cfg(any(feature = "hydrate", test))]
mod replay;
#[cfg(feature = "hydrate")]
mod screen;
#[cfg(any(feature = "hydrate", test))]
mod watch;

use leptos::{html::Div, prelude::*};
use uuid::Uuid;

use self::status::Status;
use crate::icons::Icon;

/// How many terminals a page has at most.
const MOST: u32 = 4;

/// A terminal as the page knows it.
#[derive(Clone, Copy)]
struct Pane {
    number: u32,
    status: RwSignal<Status>,
    /// Raised to open a new shell where the old one has ended.
    reopened: RwSignal<u32>,
    /// Raised to give the keyboard to it.
    wanted: RwSignal<u32>,
}

impl Pane {
    fn new(number: u32) -> Self {
        Self { number, status: RwSignal::new(Status::Connecting), reopened: RwSignal::new(0), wanted: RwSignal::new(0) }
    }
}

/// What is common to all terminals of the page.
#[derive(Clone, Copy)]
struct Settings {
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser ever connects"))]
    attempt: Uuid,
    active: RwSignal<u32>,
    reader: RwSignal<bool>,
}

pub(super) fn terminals(attempt: Uuid, prompt: String) -> impl IntoView {
    let panes = RwSignal::new(vec![Pane::new(1)]);
    let settings = Settings { attempt, active: RwSignal::new(1), reader: RwSignal::new(false) };

    #[cfg(feature = "hydrate")]
    memory::restore(panes, settings);

    let add = move |_| {
        let number = panes.with_untracked(Vec::len) as u32 + 1;
        if number <= MOST {
            let pane = Pane::new(number);
            panes.update(|panes| panes.push(pane));
            choose(pane, settings);
        }
    };
    let status = move || {
        let active = settings.active.get();
        panes
            .with(|panes| panes.iter().find(|pane| pane.number == active).map(|pane| pane.status.get()))
            .unwrap_or_default()
    };

    view! {
        <div class="terminal-bar">
            <div class="terminal-tabs" role="tablist" aria-label="Terminals" on:keydown=move |event| arrows(&event, panes, settings)>
                <For each=move || panes.get() key=|pane| pane.number children=move |pane| tab(pane, settings) />
            </div>
            <button
                class="terminal-add"
                type="button"
                aria-label="Open another terminal"
                title="Open another terminal"
                hidden=move || { panes.with(Vec::len) as u32 >= MOST }
                on:click=add
            >
                {Icon::Plus.view()}
            </button>
            <span class="terminal-prompt">{prompt}</span>
            <p class="terminal-link" role="status" data-status=move || status().id()>
                <span class="terminal-dot" aria-hidden="true"></span>
                {move || status().words()}
            </p>
        </div>
        <div class="terminal-panes">
            <For each=move || panes.get() key=|pane| pane.number children=move |pane| pane_view(pane, settings) />
        </div>
        <div class="terminal-foot">
            <p class="terminal-keys">
                <kbd>"Ctrl+Shift+E"</kbd>" leaves the terminal"
                <span class="wide-only">
                    <kbd>"Ctrl+Shift+C"</kbd>" copies"
                    <kbd>"Ctrl+Shift+V"</kbd>" pastes"
                </span>
            </p>
            <label class="switch">
                <input
                    type="checkbox"
                    role="switch"
                    prop:checked=move || settings.reader.get()
                    on:change=move |event| settings.reader.set(event_target_checked(&event))
                />
                <span>"Screen reader mode"</span>
            </label>
        </div>
    }
}

fn tab(pane: Pane, settings: Settings) -> impl IntoView {
    let active = move || settings.active.get() == pane.number;
    view! {
        <button
            class="terminal-tab"
            type="button"
            role="tab"
            id=format!("terminal-tab-{}", pane.number)
            aria-controls=format!("terminal-{}", pane.number)
            aria-selected=move || active().to_string()
            tabindex=move || if active() { "0" } else { "-1" }
            on:click=move |_| choose(pane, settings)
        >
            {format!("Terminal {}", pane.number)}
        </button>
    }
}

/// Brings a terminal to the front and gives it the keyboard.
fn choose(pane: Pane, settings: Settings) {
    settings.active.set(pane.number);
    pane.wanted.update(|times| *times += 1);
}

/// The arrow keys go from tab to tab, as in every list of tabs.
fn arrows(event: &leptos::ev::KeyboardEvent, panes: RwSignal<Vec<Pane>>, settings: Settings) {
    let count = panes.with_untracked(Vec::len) as u32;
    let active = settings.active.get_untracked();
    let next = match event.key().as_str() {
        "ArrowRight" => active % count + 1,
        "ArrowLeft" => (active + count - 2) % count + 1,
        "Home" => 1,
        "End" => count,
        _ => return,
    };
    event.prevent_default();
    settings.active.set(next);
    #[cfg(feature = "hydrate")]
    memory::focus_tab(next);
}

fn pane_view(pane: Pane, settings: Settings) -> impl IntoView {
    let screen = NodeRef::<Div>::new();
    let active = move || settings.active.get() == pane.number;
    let reopen = move |_| pane.reopened.update(|times| *times += 1);

    #[cfg(feature = "hydrate")]
    link::start(screen, pane, settings);

    view! {
        <div
            class="terminal-pane"
            role="tabpanel"
            id=format!("terminal-{}", pane.number)
            aria-labelledby=format!("terminal-tab-{}", pane.number)
            data-terminal=pane.number
            data-status=move || pane.status.get().id()
            hidden=move || !active()
        >
            <div class="terminal-screen" node_ref=screen></div>
            {move || {
                pane.status
                    .get()
                    .obstacle()
                    .map(|(words, again)| {
                        view! {
                            <div class="terminal-words" role="alert">
                                <p>{words}</p>
                                {again.then(|| view! { <button class="button button-small" type="button" on:click=reopen>"Open a new shell"</button> })}
                            </div>
                        }
                    })
            }}
        </div>
    }
}

#[cfg(feature = "hydrate")]
mod memory {
    use leptos::prelude::*;
    use wasm_bindgen::JsCast;

    use super::{MOST, Pane, Settings};
    use crate::islands::browser::{remember, remembered, window};

    /// Opens as many terminals as this tab had before it was reloaded, once the page has been taken over, and keeps
    /// what is chosen from then on.
    pub(super) fn restore(panes: RwSignal<Vec<Pane>>, settings: Settings) {
        const READER: &str = "belay.reader";
        let key = format!("belay.terminals.{}", settings.attempt);
        Effect::new(move |first: Option<()>| {
            if first.is_none() {
                let open = remembered(&key).and_then(|count| count.parse().ok()).unwrap_or(1).clamp(1, MOST);
                panes.update(|panes| panes.extend((2..=open).map(Pane::new)));
                settings.reader.set(remembered(READER).is_some_and(|reader| reader == "on"));
            }
            remember(&key, &panes.with(Vec::len).to_string());
            remember(READER, if settings.reader.get() { "on" } else { "off" });
        });
    }

    /// Moves the keyboard to a tab.
    pub(super) fn focus_tab(number: u32) {
        let tab =
            window().document().and_then(|document| document.get_element_by_id(&format!("terminal-tab-{number}")));
        if let Some(tab) = tab.and_then(|tab| tab.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = tab.focus();
        }
    }
}
