//! The terminal's WebSocket: a relay of frames between the browser and the agent.
//!
//! It neither counts nor keeps anything: offsets and what has been seen are between the two ends, so a relay that dies
//! takes nothing with it.

use std::time::Duration;

use app::VIEWER_KEY;
use axum::{
    extract::{
        Path, Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
    },
    response::{IntoResponse, Response},
};
use futures::{FutureExt, SinkExt, StreamExt};
use labs::sandbox::TerminalStream;
use platform::{Platform, views::Viewer};
use serde::{Deserialize, Deserializer, Serialize};
use tokio_util::sync::CancellationToken;
use tower_sessions::Session;
use uuid::Uuid;
use wire::terminal::{Attach, Attached, Size, Up};

use super::{
    error::{Problem, told},
    forms::SignedIn,
};

/// How the browser asks for a terminal.
#[derive(Deserialize)]
pub struct Wanted {
    writer: u64,
    #[serde(default, deserialize_with = "none_if_empty")]
    from: Option<u64>,
    cols: u16,
    rows: u16,
}

impl Wanted {
    fn attach(self, terminal: u32) -> Attach {
        let size = Size { cols: self.cols.clamp(2, 1000), rows: self.rows.clamp(2, 1000) };
        Attach { terminal, size, from: self.from, writer: self.writer }
    }
}

/// `from=` with nothing behind it asks for everything, as `from` left out does.
fn none_if_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.is_empty() { Ok(None) } else { text.parse().map(Some).map_err(serde::de::Error::custom) }
}

/// The first message to the browser.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum First {
    Attached(Attached),
    Problem {
        words: String,
        /// Whether trying again is in vain.
        r#final: bool,
    },
}

/// How often a connection is asked whether it is there, for proxies cut those that are silent; and its reader looked at.
pub(super) const PING_EVERY: Duration = Duration::from_secs(20);

/// How many frames go out in one packet at most.
const AT_ONCE: usize = 8;

/// "Service restart" of the WebSocket registry: come again.
pub(super) const CLOSE_TRY_AGAIN: u16 = 1012;

/// "Policy violation": come no more, for the reason that is given.
pub(super) const CLOSE_FOR_GOOD: u16 = 1008;

/// What the browser shows of a terminal whose reader may not be there any more.
pub(super) const SIGNED_OUT: &str =
    "You have been signed out. Reload the page to sign in and go on: what you did is kept.";

/// Far more than [`wire::terminal::PIECE`], and far below what a frame may hold.
const LARGEST_MESSAGE: usize = 1 << 20;

/// How much of what somebody sends is read at once. As much memory is held for each connection, and cleared at each read:
/// a key is a dozen bytes.
const READ_AT_ONCE: usize = 4 << 10;

/// A WebSocket as people's browsers need it.
pub(super) fn bounded(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
    upgrade.max_message_size(LARGEST_MESSAGE).read_buffer_size(READ_AT_ONCE)
}

/// `GET /attempts/{id}/terminals/{n}/socket`
pub async fn socket(
    State(platform): State<Platform>,
    session: Session,
    SignedIn(viewer): SignedIn,
    Path((attempt, terminal)): Path<(Uuid, u32)>,
    Query(wanted): Query<Wanted>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let attached = platform.terminal(&viewer, attempt, wanted.attach(terminal)).await;
    let attached = attached.map(|(attached, stream)| (attached, stream, platform.closed(attempt)));
    serve(upgrade, attached, Reader { platform, session, viewer, attempt: Some(attempt) })
}

/// `GET /copies/{id}/terminals/{n}/socket`
pub async fn copy_socket(
    State(platform): State<Platform>,
    session: Session,
    SignedIn(viewer): SignedIn,
    Path((copy, terminal)): Path<(Uuid, u32)>,
    Query(wanted): Query<Wanted>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let attached = platform.copy_terminal(&viewer, copy, wanted.attach(terminal)).await;
    serve(upgrade, attached, Reader { platform, session, viewer, attempt: None })
}

/// A terminal, where it ended up, and when nobody may work at it any more.
type Opened = Result<(Attached, TerminalStream, CancellationToken), platform::Error>;

fn serve(upgrade: WebSocketUpgrade, opened: Opened, reader: Reader) -> Response {
    let opened = match opened {
        Err(error @ (platform::Error::NotFound | platform::Error::Forbidden)) => {
            return Problem::from(error).into_response();
        }
        other => other,
    };
    bounded(upgrade).on_upgrade(async move |mut socket| match opened {
        Ok((attached, stream, closed)) => {
            let _open = reader.platform.metrics().terminal();
            if say(&mut socket, &First::Attached(attached)).await {
                // Whoever finishes an attempt works no more in it, whatever tab is still open.
                let _ = closed.run_until_cancelled(relay(socket, stream, &reader)).await;
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

async fn say(socket: &mut WebSocket, first: &First) -> bool {
    let text = serde_json::to_string(first).expect("plain data becomes JSON");
    socket.send(Message::Text(text.into())).await.is_ok()
}

/// Who opened a terminal. A connection outlives the request that was let in, and so what let it in.
pub(super) struct Reader {
    pub(super) platform: Platform,
    pub(super) session: Session,
    pub(super) viewer: Viewer,
    /// The attempt that they are at work in, if it is theirs.
    pub(super) attempt: Option<Uuid>,
}

impl Reader {
    /// Whether they would be let in again: still signed in, as who they were.
    pub(super) async fn stays(&self) -> bool {
        match self.now().await {
            Ok(now) => now.is_some_and(|now| now.id == self.viewer.id && now.role == self.viewer.role),
            // What can't be read now is read at the next look; nobody is thrown out for our trouble.
            Err(Problem::Refused(error)) => {
                let _ = told(&error);
                true
            }
            Err(Problem::SignedOut) => false,
        }
    }

    async fn now(&self) -> Result<Option<Viewer>, Problem> {
        // As it is stored now, not as the request found it.
        self.session.load().await?;
        match self.session.get::<Uuid>(VIEWER_KEY).await? {
            Some(id) => Ok(self.platform.viewer(id).await?),
            None => Ok(None),
        }
    }
}

/// Carries frames both ways until either end is gone, or the reader may not read any more.
async fn relay(socket: WebSocket, stream: TerminalStream, reader: &Reader) {
    let (mut to_browser, mut from_browser) = socket.split();
    let (mut from_agent, mut to_agent) = stream.split();
    let down = async {
        let mut ping = tokio::time::interval_at(tokio::time::Instant::now() + PING_EVERY, PING_EVERY);
        loop {
            let message = tokio::select! {
                frame = from_agent.next_frame() => match frame {
                    Some(frame) => {
                        if to_browser.feed(Message::Binary(frame)).await.is_err() {
                            return;
                        }
                        // What is here by now goes out with it.
                        for _ in 1..AT_ONCE {
                            let Some(Some(frame)) = from_agent.next_frame().now_or_never() else { break };
                            if to_browser.feed(Message::Binary(frame)).await.is_err() {
                                return;
                            }
                        }
                        if to_browser.flush().await.is_err() {
                            return;
                        }
                        continue;
                    }
                    // The agent's side is gone: close, and the browser comes again.
                    None => Message::Close(Some(CloseFrame { code: CLOSE_TRY_AGAIN, reason: "the sandbox is out of reach".into() })),
                },
                _ = ping.tick() => if reader.stays().await {
                    Message::Ping(Vec::new().into())
                } else {
                    Message::Close(Some(CloseFrame { code: CLOSE_FOR_GOOD, reason: SIGNED_OUT.into() }))
                },
            };
            let closing = matches!(message, Message::Close(_));
            if to_browser.send(message).await.is_err() || closing {
                return;
            }
        }
    };
    let up = async {
        while let Some(Ok(message)) = from_browser.next().await {
            match message {
                Message::Binary(bytes) => {
                    if Up::is_input(&bytes)
                        && let Some(attempt) = reader.attempt
                    {
                        reader.platform.active(attempt);
                    }
                    if to_agent.send_frame(bytes).await.is_err() {
                        return;
                    }
                }
                Message::Close(_) => return,
                Message::Text(_) | Message::Ping(_) | Message::Pong(_) => {}
            }
        }
    };
    tokio::select! { () = down => {}, () = up => {} }
}
