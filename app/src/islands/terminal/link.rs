//! A terminal's connection: made, kept, and made again when it breaks.
//!
//! One [`Link`] lives as long as its pane. Each WebSocket it opens has a number; what a socket says after it has
//! been given up is not listened to. What is typed goes through [`Writer`], which keeps it until the other end has
//! taken it, so a break in the connection loses nothing and doubles nothing.

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
use wire::terminal::{Attached, Down, Show, Up, Writer};

use super::{
    Pane, Settings,
    backoff::Backoff,
    replay::is_answer,
    screen::Screen,
    status::Status,
    watch::{Found, Watch},
};
use crate::{
    api::{Problem, Stage, attempt_state},
    islands::browser::{reload, sleep, window},
};

/// How long a new connection may stay without a hello.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// How long what was typed may stay untaken before the connection counts as dead.
const PATIENCE: Duration = Duration::from_secs(10);

/// After so many failed tries, and at every so many more, the server is asked whether there is still an attempt.
const ASK_AFTER: u32 = 3;

/// With which code the server closes a connection whose reader may not be there any more; its reason is for them.
const CLOSED_FOR_GOOD: u16 = 1008;

/// The first message of a connection.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Hello {
    Attached(Attached),
    Problem {
        words: String,
        /// Whether trying again is in vain.
        r#final: bool,
    },
}

/// The newest socket.
struct Socket {
    socket: WebSocket,
    number: u32,
    /// Whether the other end has said hello, so that frames may be sent.
    attached: bool,
}

struct Link {
    attempt: Uuid,
    /// Where the terminals are: of an attempt or of a copy.
    place: &'static str,
    terminal: u32,
    /// Names this page's input over all its connections.
    writer_id: u64,
    screen: Screen,
    status: RwSignal<Status>,
    writer: RefCell<Writer>,
    socket: RefCell<Option<Socket>>,
    sockets: Cell<u32>,
    backoff: RefCell<Backoff>,
    /// Up to which offset output is history that is shown again.
    history_end: Cell<u64>,
    replaying: Cell<bool>,
    /// The socket at which it is watched that what was typed is taken, by its number; 0 for none.
    watched: Cell<u32>,
}

/// Starts the terminal of a pane once its element is there.
pub(super) fn start(element: NodeRef<Div>, pane: Pane, settings: Settings) {
    element.on_load(move |element| {
        spawn_local(async move {
            let label = format!("Terminal {}", pane.number);
            match Screen::open_in(&element, &label).await {
                Ok(screen) => Link::run(screen, pane, settings),
                Err(_) => pane.status.set(Status::Closed(
                    "The terminal could not be loaded. Reload the page; if that does not help, the server may be restarting.".into(),
                )),
            }
        });
    });
}

impl Link {
    fn run(screen: Screen, pane: Pane, settings: Settings) {
        let link = Rc::new(Self {
            attempt: settings.attempt,
            place: if settings.copy { "copies" } else { "attempts" },
            terminal: pane.number,
            writer_id: random(),
            screen,
            status: pane.status,
            writer: RefCell::default(),
            socket: RefCell::default(),
            sockets: Cell::default(),
            backoff: RefCell::default(),
            history_end: Cell::default(),
            replaying: Cell::default(),
            watched: Cell::default(),
        });
        link.listen_to_screen();
        link.listen_to_page(pane, settings);
        link.connect();
    }

    fn listen_to_screen(self: &Rc<Self>) {
        let link = Rc::clone(self);
        self.screen.heard(move |data| {
            if !(link.replaying.get() && is_answer(&data)) {
                link.typed(data.as_bytes());
            }
        });
        let link = Rc::clone(self);
        self.screen.heard_bytes(move |bytes| link.typed(&bytes));
        let link = Rc::clone(self);
        self.screen.resized(move || link.send(&Up::Resize(link.screen.cells())));
    }

    fn listen_to_page(self: &Rc<Self>, pane: Pane, settings: Settings) {
        let link = StoredValue::new_local(Rc::clone(self));
        Effect::new(move |_| {
            let on = settings.reader.get();
            link.with_value(|link| link.screen.screen_reader_mode(on));
        });
        Effect::new(move |_| {
            // At the start nobody wants it: the page keeps the keyboard where it is, and the ticket is read first.
            if pane.wanted.get() > 0 {
                link.with_value(|link| link.screen.focus());
            }
        });
        Effect::new(move |_| {
            if pane.reopened.get() > 0 {
                link.with_value(|link| {
                    link.connect();
                    link.screen.focus();
                });
            }
        });
        // Back from sleep or another network: no need to wait for the pause to end.
        let wake = Rc::clone(self);
        let wake = Closure::<dyn Fn()>::new(move || {
            if matches!(wake.status.get_untracked(), Status::Reconnecting(_)) && wake.socket.borrow().is_none() {
                wake.connect();
            }
        })
        .into_js_value();
        for event in ["online", "focus"] {
            let _ = window().add_event_listener_with_callback(event, wake.unchecked_ref());
        }
    }

    /// Opens a socket; an older one is given up.
    fn connect(self: &Rc<Self>) {
        self.hang_up();
        let number = self.sockets.get() + 1;
        self.sockets.set(number);
        let Ok(socket) = WebSocket::new(&self.address()) else {
            return self.lost(number);
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let link = Rc::clone(self);
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event| link.message(number, &event));
        socket.set_onmessage(Some(message.into_js_value().unchecked_ref()));
        let link = Rc::clone(self);
        let close = Closure::<dyn Fn(CloseEvent)>::new(move |event: CloseEvent| match event.code() {
            CLOSED_FOR_GOOD if link.is_current(number) => link.shut_out(event.reason()),
            _ => link.lost(number),
        });
        socket.set_onclose(Some(close.into_js_value().unchecked_ref()));
        *self.socket.borrow_mut() = Some(Socket { socket, number, attached: false });
        let link = Rc::clone(self);
        spawn_local(async move {
            sleep(HELLO_WITHIN).await;
            if link.socket.borrow().as_ref().is_some_and(|socket| socket.number == number && !socket.attached) {
                link.again(None);
            }
        });
    }

    fn address(&self) -> String {
        let size = self.screen.cells();
        let from = self.writer.borrow().from().map(|from| format!("&from={from}")).unwrap_or_default();
        let location = window().location();
        let origin = location.origin().unwrap_or_default().replacen("http", "ws", 1);
        format!(
            "{origin}/{}/{}/terminals/{}/socket?writer={}&cols={}&rows={}{from}",
            self.place, self.attempt, self.terminal, self.writer_id, size.cols, size.rows
        )
    }

    /// Lets go of the socket without listening to what it still says.
    fn hang_up(&self) {
        if let Some(old) = self.socket.borrow_mut().take() {
            old.socket.set_onmessage(None);
            old.socket.set_onclose(None);
            let _ = old.socket.close();
        }
    }

    fn is_current(&self, number: u32) -> bool {
        self.socket.borrow().as_ref().is_some_and(|socket| socket.number == number)
    }

    fn message(self: &Rc<Self>, number: u32, event: &MessageEvent) {
        if !self.is_current(number) {
            return;
        }
        let data = event.data();
        if let Some(text) = data.as_string() {
            match serde_json::from_str(&text) {
                Ok(Hello::Attached(attached)) => self.attached(attached),
                Ok(Hello::Problem { words, r#final: false }) => self.again(Some(words)),
                Ok(Hello::Problem { words, r#final: true }) => self.closed(words),
                Err(_) => self.again(None),
            }
        } else if let Ok(buffer) = data.dyn_into::<ArrayBuffer>() {
            match Down::decode(&Uint8Array::new(&buffer).to_vec()) {
                Ok(Down::Output { offset, bytes }) => self.output(offset, &bytes),
                Ok(Down::Taken(offset)) => self.writer.borrow_mut().took(offset),
                Ok(Down::Ended) => {
                    self.hang_up();
                    self.status.set(Status::ShellEnded);
                }
                // Only who watches is told these.
                Ok(Down::Resized(_) | Down::Skipped(_)) => {}
                Err(_) => self.again(None),
            }
        }
    }

    fn attached(self: &Rc<Self>, attached: Attached) {
        let (clear, rest) = self.writer.borrow_mut().attached(attached);
        if clear {
            self.screen.reset();
        }
        self.history_end.set(attached.history_end);
        self.replaying.set(attached.from < attached.history_end);
        self.backoff.borrow_mut().reset();
        if let Some(socket) = self.socket.borrow_mut().as_mut() {
            socket.attached = true;
        }
        self.status.set(Status::Connected);
        // The size may have changed while the connection was made.
        self.send(&Up::Resize(self.screen.cells()));
        if !rest.is_empty() {
            rest.iter().for_each(|frame| self.send(frame));
            self.watch();
        }
    }

    fn output(self: &Rc<Self>, offset: u64, bytes: &[u8]) {
        let Show::Bytes(new) = self.writer.borrow_mut().output(offset, bytes) else {
            return;
        };
        let end = offset + bytes.len() as u64;
        let link = Rc::clone(self);
        self.screen.show(new, move || {
            if end >= link.history_end.get() {
                link.replaying.set(false);
            }
            let seen = link.writer.borrow_mut().shown(end);
            if let Some(seen) = seen {
                link.send(&seen);
            }
        });
    }

    fn typed(self: &Rc<Self>, bytes: &[u8]) {
        // Into a shell that has ended nothing can be typed, and nothing of it must reach the next one.
        if self.status.with_untracked(|status| status.obstacle().is_some()) {
            return;
        }
        let frames = self.writer.borrow_mut().typed(bytes);
        frames.iter().for_each(|frame| self.send(frame));
        self.watch();
    }

    /// Sends a frame if there is a connection; input that is not sent now is sent with the next one.
    fn send(&self, frame: &Up) {
        if let Some(Socket { socket, attached: true, .. }) = &*self.socket.borrow() {
            // It fails only on a socket that is closing, and then `lost` is about to be called.
            let _ = socket.send_with_u8_array(&frame.encode());
        }
    }

    /// Makes sure that what was typed is taken before long: a connection can be dead without saying so.
    fn watch(self: &Rc<Self>) {
        let number = self.sockets.get();
        // What is typed before the hello is sent with it, and watched from then on.
        let is_attached = self.socket.borrow().as_ref().is_some_and(|socket| socket.attached);
        if !is_attached || self.watched.replace(number) == number {
            return;
        }
        let link = Rc::clone(self);
        let mut watch = Watch::new(number, self.writer.borrow().taken());
        spawn_local(async move {
            loop {
                sleep(PATIENCE).await;
                // Another connection is watched by now.
                if link.watched.get() != watch.socket {
                    return;
                }
                let found = {
                    let writer = link.writer.borrow();
                    watch.look(writer.taken(), writer.waiting())
                };
                match found {
                    Found::GetsOn(next) => watch = next,
                    Found::Done => break,
                    Found::Stuck => {
                        if link.is_current(watch.socket) {
                            link.again(None);
                        }
                        break;
                    }
                }
            }
            link.watched.set(0);
        });
    }

    /// The socket was closed from the other end, or never opened.
    fn lost(self: &Rc<Self>, number: u32) {
        if self.sockets.get() == number {
            self.again(None);
        }
    }

    /// Tries again after a pause.
    fn again(self: &Rc<Self>, why: Option<String>) {
        self.hang_up();
        let (tries, pause) = {
            let mut backoff = self.backoff.borrow_mut();
            (backoff.tries() + 1, backoff.next(js_sys::Math::random()))
        };
        if !(self.status.with_untracked(|status| *status == Status::Connecting) && why.is_none() && tries == 1) {
            self.status.set(Status::Reconnecting(why));
        }
        let link = Rc::clone(self);
        let number = self.sockets.get();
        spawn_local(async move {
            if tries.is_multiple_of(ASK_AFTER) && link.place == "attempts" {
                match attempt_state(link.attempt).await {
                    Ok(state) if state.stage != Stage::Running => return reload(),
                    Err(Problem::SignedOut | Problem::NotFound) => return reload(),
                    _ => {}
                }
            }
            sleep(pause).await;
            // Somebody else may have connected meanwhile.
            if link.sockets.get() == number && link.socket.borrow().is_none() {
                link.connect();
            }
        });
    }

    /// Whoever reads this may not be here any more.
    fn shut_out(self: &Rc<Self>, words: String) {
        self.hang_up();
        self.status.set(Status::Closed(words));
        let attempt = self.attempt;
        spawn_local(async move {
            // Signed in again at another page meanwhile: a fresh page goes on.
            if attempt_state(attempt).await.is_ok() {
                reload();
            }
        });
    }

    /// There is nothing to connect to any more.
    fn closed(self: &Rc<Self>, words: String) {
        self.hang_up();
        self.status.set(Status::Closed(words));
        let attempt = self.attempt;
        spawn_local(async move {
            // Most often the attempt is over: then another page is the right one.
            if attempt_state(attempt).await.is_ok_and(|state| state.stage != Stage::Running) {
                reload();
            }
        });
    }
}

/// A random number that a query and JSON carry without loss.
fn random() -> u64 {
    (js_sys::Math::random() * 9_007_199_254_740_992.0) as u64
}
