//! What moves: fetches a recording, plays it on an emulator, goes to moments.

use std::{cell::RefCell, rc::Rc, time::Duration};

use leptos::{html::Div, prelude::*, task::spawn_local};
use uuid::Uuid;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::Response;

use super::{
    Deck,
    cast::{Cast, Playhead, What},
};
use crate::islands::{
    browser::{now, sleep, window},
    terminal::screen::Screen,
};

/// How often what is due is shown.
const FRAME: Duration = Duration::from_millis(40);
/// How much is given to the emulator at a time.
const PIECE: usize = 512 << 10;

struct Player {
    cast: Cast,
    screen: Screen,
    deck: Deck,
    end: f64,
    head: RefCell<Playhead>,
}

/// Starts the player once its element is there.
pub(super) fn start(element: NodeRef<Div>, deck: Deck, attempt: Uuid, terminal: u32, seconds: f64) {
    element.on_load(move |element| {
        spawn_local(async move {
            let address = format!("/attempts/{attempt}/recordings/{terminal}.cast");
            let opened = Screen::view_in(&element, "Recording").await;
            let fetched = fetch(&address).await.ok().and_then(|text| Cast::read(&text));
            match (opened, fetched) {
                (Ok(screen), Some(cast)) => play(cast, screen, deck, seconds).await,
                _ => deck.trouble.set(Some("The recording could not be loaded. Reload the page to try again.".into())),
            }
        });
    });
}

async fn fetch(address: &str) -> Result<String, JsValue> {
    let response: Response = JsFuture::from(window().fetch_with_str(address)).await?.dyn_into()?;
    if !response.ok() {
        return Err(JsValue::NULL);
    }
    JsFuture::from(response.text()?).await?.as_string().ok_or(JsValue::NULL)
}

async fn play(cast: Cast, screen: Screen, deck: Deck, end: f64) {
    let player = Rc::new(Player { cast, screen, deck, end, head: RefCell::default() });
    player.begin();
    player.go_to(deck.at.get_untracked()).await;
    deck.ready.set(true);
    let (mut last, mut wanted) = (now(), deck.wanted.get_untracked());
    loop {
        sleep(FRAME).await;
        let (this, before) = (now(), last);
        last = this;
        let asked = deck.wanted.get_untracked();
        if asked != wanted {
            wanted = asked;
            player.go_to(asked.0).await;
            // What that took is no part of the recording.
            last = now();
        } else if deck.playing.get_untracked() {
            player.go_on((this - before) * f64::from(deck.speed.get_untracked())).await;
        }
    }
}

impl Player {
    /// An empty screen of the first size.
    fn begin(&self) {
        self.screen.reset();
        self.screen.resize(self.cast.size.0, self.cast.size.1);
    }

    async fn go_on(&self, seconds: f64) {
        let skip = self.deck.skip_idle.get_untracked();
        let mut head = *self.head.borrow();
        let due = head.advance(&self.cast.events, seconds, self.end, skip);
        *self.head.borrow_mut() = head;
        // Before it is shown: whoever goes elsewhere meanwhile has the last word.
        self.deck.at.set(head.at);
        self.show(due).await;
        if head.at >= self.end {
            self.deck.playing.set(false);
        }
    }

    async fn go_to(&self, at: f64) {
        let mut head = *self.head.borrow();
        let (back, due) = head.seek(&self.cast.events, at);
        *self.head.borrow_mut() = head;
        if back {
            self.begin();
        }
        self.show(due).await;
    }

    async fn show(&self, due: std::ops::Range<usize>) {
        let mut text = String::new();
        for event in &self.cast.events[due] {
            match &event.what {
                What::Output(data) => text.push_str(data),
                What::Resized(cols, rows) => {
                    self.write(std::mem::take(&mut text)).await;
                    self.screen.resize(*cols, *rows);
                }
            }
            if text.len() >= PIECE {
                self.write(std::mem::take(&mut text)).await;
            }
        }
        self.write(text).await;
    }

    /// Shows a text, and waits until it is shown: the emulator drops what it is given too much of.
    async fn write(&self, text: String) {
        if text.is_empty() {
            return;
        }
        let shown = js_sys::Promise::new(&mut |resolve, _| {
            self.screen.show(text.as_bytes(), move || {
                let _ = resolve.call0(&JsValue::NULL);
            });
        });
        let _ = JsFuture::from(shown).await;
    }
}

/// Goes to the moment before or after this one, by the list in the page.
pub(super) fn go_to_neighbour(deck: Deck, after: bool) {
    let Some(document) = window().document() else { return };
    let Ok(found) = document.query_selector_all(".moment") else { return };
    let at = deck.at.get_untracked();
    let moments = (0..found.length()).filter_map(|index| {
        let element: web_sys::Element = found.item(index)?.dyn_into().ok()?;
        element.get_attribute("data-at")?.parse::<f64>().ok()
    });
    let next = if after {
        moments.filter(|moment| *moment > at + 0.05).reduce(f64::min)
    } else {
        moments.filter(|moment| *moment < at - 0.05).reduce(f64::max)
    };
    if let Some(next) = next {
        deck.seek(next);
    }
}
