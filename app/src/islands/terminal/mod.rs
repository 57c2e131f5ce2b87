//! The terminals: one for each host and up to four on it, each a pane with its own connection.
//!
//! Here is what is seen; `link` keeps a connection and `screen` is the emulator, and only a browser has them.

mod status;

#[cfg(any(feature = "hydrate", test))]
pub(super) mod backoff;
#[cfg(feature = "hydrate")]
mod link;
#[cfg(any(feature = "hydrate", test))]
pub(super) mod replay;
#[cfg(feature = "hydrate")]
pub(super) mod screen;
#[cfg(any(feature = "hydrate", test))]
mod watch;

use leptos::{html::Div, prelude::*};
use uuid::Uuid;

use self::status::Status;
use crate::{api::Host, icons::Icon};

/// How many terminals a page has of a host at most.
const MOST: u32 = 4;

/// Terminals are numbered through all hosts of an attempt: the first host has those from 1, the second those from 101.
const PER_HOST: u32 = 100;

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
    /// Which host it is on, counted from 0.
    fn host(self) -> usize {
        (self.number / PER_HOST) as usize
    }

    fn new(number: u32) -> Self {
        Self { number, status: RwSignal::new(Status::Connecting), reopened: RwSignal::new(0), wanted: RwSignal::new(0) }
    }
}

/// What is common to all terminals of the page.
#[derive(Clone, Copy)]
struct Settings {
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser ever connects"))]
    attempt: Uuid,
    /// Whether that is no attempt, but a copy of boxes.
    #[cfg_attr(not(feature = "hydrate"), expect(dead_code, reason = "only a browser ever connects"))]
    copy: bool,
    hosts: StoredValue<Vec<Host>>,
    active: RwSignal<u32>,
    reader: RwSignal<bool>,
}

pub(super) fn terminals(attempt: Uuid, hosts: Vec<Host>, copy: bool) -> impl IntoView {
    let first = |host: usize| Pane::new(host as u32 * PER_HOST + 1);
    let panes = RwSignal::new((0..hosts.len().max(1)).map(first).collect::<Vec<_>>());
    let hosts = StoredValue::new(hosts);
    let settings = Settings { attempt, copy, hosts, active: RwSignal::new(1), reader: RwSignal::new(false) };

    #[cfg(feature = "hydrate")]
    memory::restore(panes, settings);

    // On the host whose terminal is in front.
    let host = move || settings.active.get() / PER_HOST;
    let next = move || next_on(&panes.read(), host());
    let add = move |_| {
        if let Some(number) = next() {
            let pane = Pane::new(number);
            panes.update(|panes| {
                panes.push(pane);
                panes.sort_by_key(|pane| pane.number);
            });
            choose(pane, settings);
        }
    };
    let prompt = move || {
        hosts.with_value(|hosts| hosts.get(host() as usize).map(|host| host.prompt.clone()).unwrap_or_default())
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
                hidden=move || next().is_none()
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
            {name(pane, settings)}
        </button>
    }
}

/// What a tab is called: after its host, where there are several.
fn name(pane: Pane, settings: Settings) -> String {
    let number = pane.number % PER_HOST;
    settings.hosts.with_value(|hosts| match hosts.get(pane.host()) {
        Some(host) if hosts.len() > 1 && number == 1 => host.name.clone(),
        Some(host) if hosts.len() > 1 => format!("{} {number}", host.name),
        _ => format!("Terminal {number}"),
    })
}

/// The number of the next terminal of a host, if it may have one more.
fn next_on(panes: &[Pane], host: u32) -> Option<u32> {
    let of_host = panes.iter().filter(|pane| pane.number / PER_HOST == host).count() as u32;
    (of_host < MOST).then_some(host * PER_HOST + of_host + 1)
}

/// Brings a terminal to the front and gives it the keyboard.
fn choose(pane: Pane, settings: Settings) {
    settings.active.set(pane.number);
    pane.wanted.update(|times| *times += 1);
}

/// The arrow keys go from tab to tab, as in every list of tabs.
fn arrows(event: &leptos::ev::KeyboardEvent, panes: RwSignal<Vec<Pane>>, settings: Settings) {
    let numbers = panes.with_untracked(|panes| panes.iter().map(|pane| pane.number).collect::<Vec<_>>());
    let count = numbers.len();
    let active = settings.active.get_untracked();
    let Some(at) = numbers.iter().position(|number| *number == active) else { return };
    let next = match event.key().as_str() {
        "ArrowRight" => (at + 1) % count,
        "ArrowLeft" => (at + count - 1) % count,
        "Home" => 0,
        "End" => count - 1,
        _ => return,
    };
    let next = numbers[next];
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

    use super::{PER_HOST, Pane, Settings, next_on};
    use crate::islands::browser::{remember, remembered, window};

    /// Opens as many terminals as this tab had before it was reloaded, once the page has been taken over, and keeps
    /// what is chosen from then on.
    pub(super) fn restore(panes: RwSignal<Vec<Pane>>, settings: Settings) {
        const READER: &str = "belay.reader";
        let key = format!("belay.terminals.{}", settings.attempt);
        Effect::new(move |first: Option<()>| {
            if first.is_none() {
                let open = remembered(&key).unwrap_or_default();
                let open: Vec<u32> = open.split(',').filter_map(|number| number.parse().ok()).collect();
                panes.update(|panes| reopen(panes, &open));
                settings.reader.set(remembered(READER).is_some_and(|reader| reader == "on"));
            }
            let open = panes.with(|panes| panes.iter().map(|pane| pane.number.to_string()).collect::<Vec<_>>());
            remember(&key, &open.join(","));
            remember(READER, if settings.reader.get() { "on" } else { "off" });
        });
    }

    /// Adds those that were open, as far as their hosts are there. What was kept may be of another page.
    fn reopen(panes: &mut Vec<Pane>, open: &[u32]) {
        for number in open {
            let host = number / PER_HOST;
            let known = panes.iter().any(|pane| pane.number / PER_HOST == host);
            if known && next_on(panes, host) == Some(*number) {
                panes.push(Pane::new(*number));
            }
        }
        panes.sort_by_key(|pane| pane.number);
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
