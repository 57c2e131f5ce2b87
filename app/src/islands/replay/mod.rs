//! The player of a recording. Here is what is seen; `player` moves, and only a browser has it.

#[cfg(any(feature = "hydrate", test))]
mod cast;
#[cfg(feature = "hydrate")]
mod player;

use leptos::{html::Div, prelude::*};
use uuid::Uuid;

use crate::{api::Moment, words};

/// How fast it can be played.
const SPEEDS: [u32; 3] = [1, 2, 4];

/// What is common to the player and what is seen of it.
#[derive(Clone, Copy)]
struct Deck {
    /// The moment, in seconds.
    at: RwSignal<f64>,
    playing: RwSignal<bool>,
    speed: RwSignal<u32>,
    skip_idle: RwSignal<bool>,
    /// Why it can't be played, in words.
    trouble: RwSignal<Option<String>>,
    /// Whether it is there to be played.
    ready: RwSignal<bool>,
    /// A moment to go to, and the how-manieth.
    wanted: RwSignal<(f64, u32)>,
}

impl Deck {
    fn seek(self, at: f64) {
        self.at.set(at);
        self.wanted.update(|(to, times)| {
            *to = at;
            *times += 1;
        });
    }

    fn toggle(self, end: f64) {
        let play = !self.playing.get_untracked();
        if play && self.at.get_untracked() >= end {
            self.seek(0.0);
        }
        self.playing.set(play);
    }
}

pub(super) fn replay(attempt: Uuid, terminal: u32, at: f64, seconds: f64, moments: Vec<Moment>) -> impl IntoView {
    let deck = Deck {
        at: RwSignal::new(at),
        playing: RwSignal::new(false),
        speed: RwSignal::new(1),
        skip_idle: RwSignal::new(true),
        trouble: RwSignal::new(None),
        ready: RwSignal::new(false),
        wanted: RwSignal::new((at, 0)),
    };
    let screen = NodeRef::<Div>::new();
    #[cfg(feature = "hydrate")]
    player::start(screen, deck, attempt, terminal, seconds);

    let marks = marks(&moments, terminal, seconds);
    let list: Vec<_> = moments.into_iter().map(|moment| line(moment, deck, attempt, terminal)).collect();
    let whole = words::clock(seconds as i64);
    let position = move || format!("{} of {whole}", words::clock(deck.at.get() as i64));
    let spoken = position.clone();
    view! {
        <div class="replay" on:keydown=move |event| keys(&event, deck, seconds)>
            <div class="replay-player" role="group" aria-label="Player">
                <div class="replay-screen" data-ready=move || deck.ready.get().to_string() node_ref=screen></div>
                <p class="replay-trouble" role="alert" hidden=move || deck.trouble.with(Option::is_none)>{move || deck.trouble.get()}</p>
                <div class="replay-bar">
                    <button class="button button-small replay-play" type="button" on:click=move |_| deck.toggle(seconds)>
                        {move || if deck.playing.get() { "Pause" } else { "Play" }}
                    </button>
                    <div class="replay-seek">
                        {marks}
                        <input
                            type="range"
                            min="0"
                            max=format!("{seconds:.1}")
                            step="0.1"
                            aria-label="Moment"
                            aria-valuetext=spoken
                            prop:value=move || format!("{:.1}", deck.at.get())
                            on:input=move |event| {
                                if let Ok(at) = event_target_value(&event).parse() {
                                    deck.seek(at);
                                }
                            }
                        />
                    </div>
                    <p class="replay-time">{position}</p>
                    <fieldset class="segmented replay-speed">
                        <legend class="unseen">"Speed"</legend>
                        {SPEEDS
                            .map(|speed| {
                                view! {
                                    <label>
                                        <input
                                            type="radio"
                                            name="speed"
                                            prop:checked=move || deck.speed.get() == speed
                                            on:change=move |_| deck.speed.set(speed)
                                        />
                                        <span>{format!("{speed}×")}</span>
                                    </label>
                                }
                            })}
                    </fieldset>
                    <label class="switch">
                        <input
                            type="checkbox"
                            role="switch"
                            prop:checked=move || deck.skip_idle.get()
                            on:change=move |event| deck.skip_idle.set(event_target_checked(&event))
                        />
                        <span>"Skip pauses"</span>
                    </label>
                </div>
                <p class="replay-keys">
                    <kbd>"Space"</kbd>" plays and pauses "<kbd>"←"</kbd>" "<kbd>"→"</kbd>" five seconds back and on "
                    <kbd>","</kbd>" "<kbd>"."</kbd>" the moment before and after"
                </p>
            </div>
            <section class="replay-moments" aria-labelledby="moments">
                <h2 id="moments">"What happened"</h2>
                <ol class="moments">{list}</ol>
            </section>
        </div>
    }
}

/// Where the moments are, drawn under the bar; the list has them in words.
fn marks(moments: &[Moment], terminal: u32, seconds: f64) -> AnyView {
    let marks: Vec<_> = moments
        .iter()
        .filter(|moment| moment.terminal == terminal && seconds > 0.0)
        .map(|moment| {
            let x = format!("{:.1}", (moment.at / seconds).clamp(0.0, 1.0) * 1000.0);
            view! { <rect x=x y="0" width="3" height="8" class=format!("mark mark-{}", moment.about.to_lowercase())></rect> }
        })
        .collect();
    view! {
        <svg class="replay-marks" viewBox="0 0 1003 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
            {marks}
        </svg>
    }
    .into_any()
}

fn line(moment: Moment, deck: Deck, attempt: Uuid, terminal: u32) -> AnyView {
    let at = moment.at;
    let here = moment.terminal == terminal;
    let address = format!("/attempts/{attempt}/replay?terminal={}&at={at}", moment.terminal);
    let go = move |event: leptos::ev::MouseEvent| {
        // With a key held down somebody wants another tab.
        if here && !(event.ctrl_key() || event.meta_key() || event.shift_key()) {
            event.prevent_default();
            deck.seek(at);
        }
    };
    let past = move || here && deck.at.get() >= at;
    let elsewhere = (!here).then(|| format!(" (terminal {})", moment.terminal));
    view! {
        <li class="moment" class:moment-past=past data-at=at.to_string()>
            <a href=address on:click=go>
                <span class="moment-clock">{moment.clock}</span>
                <span class="moment-about">{moment.about.clone()}</span>
                <span class="moment-words" class:moment-code={moment.about == "Command"}>{moment.words}{elsewhere}</span>
            </a>
        </li>
    }
    .into_any()
}

/// The keys of the player, where they mean nothing else.
fn keys(event: &leptos::ev::KeyboardEvent, deck: Deck, seconds: f64) {
    if event.ctrl_key() || event.alt_key() || event.meta_key() || is_control(event) {
        return;
    }
    let at = deck.at.get_untracked();
    match event.key().as_str() {
        " " => deck.toggle(seconds),
        "ArrowLeft" => deck.seek((at - 5.0).max(0.0)),
        "ArrowRight" => deck.seek((at + 5.0).min(seconds)),
        #[cfg(feature = "hydrate")]
        key @ ("," | ".") => player::go_to_neighbour(deck, key == "."),
        _ => return,
    }
    event.prevent_default();
}

/// Whether what has the keyboard has these keys for itself.
fn is_control(event: &leptos::ev::KeyboardEvent) -> bool {
    let key = event.key();
    let tag = event_target::<leptos::web_sys::Element>(event).tag_name();
    match tag.as_str() {
        "INPUT" => true,
        "BUTTON" | "A" => key == " ",
        _ => false,
    }
}
