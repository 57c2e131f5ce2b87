//! A watcher's connection: made, kept, and made again when it breaks or what may be done changes.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::{html::Div, prelude::*, task::spawn_local};
use serde::Deserialize;
use uuid::Uuid;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, CloseEvent, MessageEvent, WebSocket};
use wire::terminal::{Down, Show, Watching, Writer};

use super::Status;
use crate::{
    api::{Problem, watch_state},
    islands::{
        browser::{reload, sleep, window},
        terminal::{backoff::Backoff, replay::is_answer, screen::Screen},
    },
};

/// How often it is asked which terminals there are.
const LOOK: Duration = Duration::from_secs(3);

/// With which code the server closes a connection for good; its reason is for the reader.
const CLOSED_FOR_GOOD: u16 = 1008;

/// The first message of a connection.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum First {
    Watching {
        #[serde(flatten)]
        watching: Watching,
        may_type: bool,
    },
    Problem {
        words: String,
        /// Whether trying again is in vain.
        r#final: bool,
    },
}

struct Link {
    attempt: Uuid,
    screen: Screen,
    status: RwSignal<Status>,
    active: RwSignal<u32>,
    writer_id: Cell<u64>,
    writer: RefCell<Writer>,
    socket: RefCell<Option<WebSocket>>,
    /// The number of the newest socket: what an older one says is not listened to.
    sockets: Cell<u32>,
    backoff: RefCell<Backoff>,
    may_type: Cell<bool>,
    history_end: Cell<u64>,
}

/// Starts watching once the element is there.
pub(super) fn start(
    element: NodeRef<Div>,
    attempt: Uuid,
    active: RwSignal<u32>,
    open: RwSignal<Vec<u32>>,
    status: RwSignal<Status>,
) {
    element.on_load(move |element| {
        spawn_local(async move {
            let Ok(screen) = Screen::view_in(&element, "Terminal of the learner").await else {
                return status.set(Status::Over("The terminal could not be loaded. Reload the page.".into()));
            };
            let link = Rc::new(Link {
                attempt,
                screen,
                status,
                active,
                writer_id: Cell::new(random()),
                writer: RefCell::default(),
                socket: RefCell::default(),
                sockets: Cell::default(),
                backoff: RefCell::default(),
                may_type: Cell::default(),
                history_end: Cell::default(),
            });
            link.listen();
            link.begin();
            look(attempt, active, open).await;
        });
    });
}

/// Keeps the list of terminals; another page is the right one when the learner works no longer.
async fn look(attempt: Uuid, active: RwSignal<u32>, open: RwSignal<Vec<u32>>) {
    loop {
        match watch_state(attempt).await {
            Ok(state) if !state.runs => return reload(),
            Ok(state) => {
                if open.with_untracked(|open| *open != state.terminals) {
                    let active_is_there = state.terminals.contains(&active.get_untracked());
                    if let Some(first) = state.terminals.first().filter(|_| !active_is_there) {
                        active.set(*first);
                    }
                    open.set(state.terminals);
                }
            }
            Err(Problem::SignedOut | Problem::NotFound) => return reload(),
            Err(_) => {}
        }
        sleep(LOOK).await;
    }
}

impl Link {
    fn listen(self: &Rc<Self>) {
        let link = Rc::clone(self);
        self.screen.heard(move |data| {
            let replaying = link.writer.borrow().from().is_some_and(|end| end < link.history_end.get());
            if link.may_type.get() && !(replaying || is_answer(&data)) {
                let frames = link.writer.borrow_mut().typed(data.as_bytes());
                for frame in frames {
                    link.send(&frame.encode());
                }
            }
        });
        let link = StoredValue::new_local(Rc::clone(self));
        Effect::new(move |before: Option<u32>| {
            let now = link.with_value(|link| link.active.get());
            if before.is_some_and(|before| before != now) {
                link.with_value(Link::begin);
            }
            now
        });
    }

    /// Looks at the terminal that is in front, from its beginning.
    fn begin(self: &Rc<Self>) {
        *self.writer.borrow_mut() = Writer::default();
        self.writer_id.set(random());
        self.screen.reset();
        self.status.set(Status::Connecting);
        self.connect();
    }

    fn connect(self: &Rc<Self>) {
        if let Some(old) = self.socket.borrow_mut().take() {
            let _ = old.close();
        }
        let number = self.sockets.get() + 1;
        self.sockets.set(number);
        let Ok(socket) = WebSocket::new(&self.address()) else { return self.again(number, None) };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let link = Rc::clone(self);
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event| link.message(number, &event));
        socket.set_onmessage(Some(message.into_js_value().unchecked_ref()));
        let link = Rc::clone(self);
        let close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| match event.code() {
            CLOSED_FOR_GOOD if link.sockets.get() == number => link.over(event.reason()),
            _ => link.again(number, None),
        });
        socket.set_onclose(Some(close.into_js_value().unchecked_ref()));
        *self.socket.borrow_mut() = Some(socket);
    }

    fn address(&self) -> String {
        let origin = window().location().origin().unwrap_or_default().replacen("http", "ws", 1);
        let from = self.writer.borrow().from().map(|from| format!("&from={from}")).unwrap_or_default();
        let (attempt, terminal, writer) = (self.attempt, self.active.get_untracked(), self.writer_id.get());
        format!("{origin}/attempts/{attempt}/watch/{terminal}/socket?writer={writer}{from}")
    }

    fn send(&self, bytes: &[u8]) {
        if let Some(socket) = &*self.socket.borrow() {
            // It fails only on a socket that is closing.
            let _ = socket.send_with_u8_array(bytes);
        }
    }

    fn message(self: &Rc<Self>, number: u32, event: &MessageEvent) {
        if self.sockets.get() != number {
            return;
        }
        let data = event.data();
        if let Some(text) = data.as_string() {
            match serde_json::from_str(&text) {
                Ok(First::Watching { watching, may_type }) => self.watching(watching, may_type),
                Ok(First::Problem { words, r#final: true }) => self.over(words),
                Ok(First::Problem { words, r#final: false }) => self.again(number, Some(words)),
                Err(_) => self.again(number, None),
            }
        } else if let Ok(buffer) = data.dyn_into::<ArrayBuffer>() {
            match Down::decode(&Uint8Array::new(&buffer).to_vec()) {
                Ok(Down::Output { offset, bytes }) => self.output(offset, &bytes),
                Ok(Down::Taken(offset)) => self.writer.borrow_mut().took(offset),
                Ok(Down::Resized(size)) => self.screen.resize(size.cols, size.rows),
                Ok(Down::Skipped(offset)) => {
                    self.writer.borrow_mut().skipped(offset);
                    self.screen.reset();
                }
                Ok(Down::Ended) => self.again(number, Some("This shell has ended.".into())),
                Err(_) => self.again(number, None),
            }
        }
    }

    fn watching(&self, watching: Watching, may_type: bool) {
        let (clear, rest) = self.writer.borrow_mut().attached(watching.attached);
        if clear {
            self.screen.reset();
        }
        self.screen.resize(watching.size.cols, watching.size.rows);
        self.history_end.set(watching.attached.history_end);
        self.backoff.borrow_mut().reset();
        self.may_type.set(may_type);
        self.screen.typing(may_type);
        self.status.set(if may_type { Status::Typing } else { Status::Watching });
        if may_type {
            rest.iter().for_each(|frame| self.send(&frame.encode()));
        } else {
            // What was typed while leave was taken back is not typed when it is given again.
            *self.writer.borrow_mut() = Writer::default();
            self.writer_id.set(random());
            let _ = self.writer.borrow_mut().attached(watching.attached);
        }
    }

    fn output(self: &Rc<Self>, offset: u64, bytes: &[u8]) {
        let Show::Bytes(new) = self.writer.borrow_mut().output(offset, bytes) else { return };
        let end = offset + bytes.len() as u64;
        let link = Rc::clone(self);
        self.screen.show(new, move || {
            let seen = link.writer.borrow_mut().shown(end);
            if let Some(seen) = seen {
                link.send(&seen.encode());
            }
        });
    }

    /// Tries again after a pause.
    fn again(self: &Rc<Self>, number: u32, why: Option<String>) {
        if self.sockets.get() != number {
            return;
        }
        // What this socket still says is of no use.
        self.sockets.set(number + 1);
        self.may_type.set(false);
        self.screen.typing(false);
        let pause = self.backoff.borrow_mut().next(js_sys::Math::random());
        self.status.set(Status::Again(why));
        let link = Rc::clone(self);
        spawn_local(async move {
            sleep(pause).await;
            // Another terminal may be in front meanwhile.
            if link.sockets.get() == number + 1 {
                link.connect();
            }
        });
    }

    fn over(&self, words: String) {
        self.sockets.set(self.sockets.get() + 1);
        self.may_type.set(false);
        self.screen.typing(false);
        self.status.set(Status::Over(words));
    }
}

/// A random number that a query and JSON carry without loss.
fn random() -> u64 {
    (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64
}
