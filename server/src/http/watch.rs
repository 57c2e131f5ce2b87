//! Watching: the terminals of somebody who works, for somebody else; and who watches, for the one who works.

use app::api::Watching;
use axum::{
    extract::{
        Path, Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    response::{IntoResponse, Redirect, Response},
};
use futures::{SinkExt, StreamExt};
use labs::sandbox::TerminalStream;
use platform::Platform;
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, interval_at};
use tower_sessions::Session;
use uuid::Uuid;
use wire::terminal::{self, Up, Watch};

use super::{
    error::{Problem, told},
    forms::SignedIn,
    terminal::{CLOSE_FOR_GOOD, CLOSE_TRY_AGAIN, PING_EVERY, Reader, SIGNED_OUT, bounded},
};

/// What is said to who types without leave.
const READ_ONLY: &str = "You may look at this terminal and not type.";

/// How a watcher's browser asks for a terminal.
#[derive(Deserialize)]
pub struct Wanted {
    writer: u64,
    from: Option<u64>,
}

/// The first message to a watcher's browser.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum First {
    Watching {
        #[serde(flatten)]
        watching: terminal::Watching,
        may_type: bool,
    },
    Problem {
        words: String,
        /// Whether trying again is in vain.
        r#final: bool,
    },
}

/// `GET /attempts/{id}/watch/{n}/socket`
pub async fn terminal(
    State(platform): State<Platform>,
    session: Session,
    SignedIn(viewer): SignedIn,
    Path((attempt, terminal)): Path<(Uuid, u32)>,
    Query(wanted): Query<Wanted>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let watch = Watch { terminal, from: wanted.from, writer: Some(wanted.writer) };
    let watched = match platform.watch(&viewer, attempt, watch).await {
        // Somebody who may not, or who watches themselves.
        Err(error @ (platform::Error::NotFound | platform::Error::Forbidden)) => {
            return Problem::from(error).into_response();
        }
        other => other,
    };
    bounded(upgrade).on_upgrade(async move |mut socket| match watched {
        Ok((watching, stream, seat)) => {
            let first = First::Watching { watching, may_type: seat.may_type };
            if say(&mut socket, &first).await {
                let reader = Reader { platform, session, viewer, attempt: None };
                let relayed = relay(&mut socket, stream, seat.may_type, &reader);
                let ended = seat.closed.run_until_cancelled(relayed).await;
                let close = ended.unwrap_or(CloseFrame { code: CLOSE_TRY_AGAIN, reason: "it has changed".into() });
                let _ = socket.send(Message::Close(Some(close))).await;
            }
        }
        Err(error) => {
            let r#final = matches!(error, platform::Error::Conflict(_));
            let (_, words) = told(&error);
            let _ = say(&mut socket, &First::Problem { words, r#final }).await;
            let _ = socket.send(Message::Close(None)).await;
        }
    })
}

async fn say(socket: &mut WebSocket, first: &impl Serialize) -> bool {
    let text = serde_json::to_string(first).expect("plain data becomes JSON");
    socket.send(Message::Text(text.into())).await.is_ok()
}

/// Carries frames until either end is gone. Says with which words it ends.
async fn relay(socket: &mut WebSocket, stream: TerminalStream, may_type: bool, reader: &Reader) -> CloseFrame {
    let close = |code, reason: &'static str| CloseFrame { code, reason: reason.into() };
    let (mut from_agent, mut to_agent) = stream.split();
    let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    loop {
        tokio::select! {
            frame = from_agent.next_frame() => match frame {
                Some(frame) => if socket.send(Message::Binary(frame)).await.is_err() {
                    return close(CLOSE_TRY_AGAIN, "");
                },
                None => return close(CLOSE_TRY_AGAIN, "the sandbox is out of reach"),
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    let allowed = match Up::decode(&bytes) {
                        Ok(Up::Seen(_)) => true,
                        Ok(Up::Input { .. }) => may_type,
                        Ok(Up::Resize(_)) | Err(_) => false,
                    };
                    if !allowed {
                        return close(CLOSE_FOR_GOOD, READ_ONLY);
                    }
                    if to_agent.send_frame(bytes).await.is_err() {
                        return close(CLOSE_TRY_AGAIN, "the sandbox is out of reach");
                    }
                }
                Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return close(CLOSE_TRY_AGAIN, ""),
            },
            _ = ping.tick() => {
                if !reader.stays().await {
                    return close(CLOSE_FOR_GOOD, SIGNED_OUT);
                }
                if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                    return close(CLOSE_TRY_AGAIN, "");
                }
            }
        }
    }
}

/// `GET /attempts/{id}/watchers/socket`: who watches, at once and whenever it changes.
pub async fn watchers(
    State(platform): State<Platform>,
    session: Session,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    upgrade: WebSocketUpgrade,
) -> Result<Response, Problem> {
    let watching = platform.watching(&viewer, attempt).await?;
    let closed = platform.closed(attempt);
    Ok(bounded(upgrade).on_upgrade(async move |socket| {
        let reader = Reader { platform, session, viewer, attempt: None };
        let _ = closed.run_until_cancelled(tell(socket, watching, &reader)).await;
    }))
}

async fn tell(
    socket: WebSocket,
    mut watching: tokio::sync::watch::Receiver<platform::views::WatchingView>,
    reader: &Reader,
) {
    let (mut to_browser, mut from_browser) = socket.split();
    let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
    watching.mark_changed();
    loop {
        let message = tokio::select! {
            changed = watching.changed() => {
                if changed.is_err() {
                    return;
                }
                let now = Watching::from(&*watching.borrow_and_update());
                Message::Text(serde_json::to_string(&now).expect("plain data becomes JSON").into())
            }
            _ = ping.tick() => {
                if !reader.stays().await {
                    return;
                }
                Message::Ping(Vec::new().into())
            }
            // Nothing is asked here; it ends with the page.
            message = from_browser.next() => match message {
                Some(Ok(_)) => continue,
                _ => return,
            },
        };
        if to_browser.send(message).await.is_err() {
            return;
        }
    }
}

/// `POST /attempts/{id}/watchers/allow`
pub async fn allow(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.let_watchers_type(&viewer, attempt, true).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}")))
}

/// `POST /attempts/{id}/watchers/refuse`
pub async fn refuse(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.let_watchers_type(&viewer, attempt, false).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}")))
}
