//! A terminal over its WebSocket, as the browser speaks it but by hand: it counts what it has sent and seen, so that it
//! can say what was lost or came twice.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use http::StatusCode;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest, protocol::CloseFrame},
};
use wire::terminal::{Down, Up};

use crate::{http::Client, server::Server};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A terminal, over however many connections.
pub struct Terminal {
    socket: Option<Socket>,
    writer: u64,
    /// Everything that was printed, each byte once.
    pub printed: Vec<u8>,
    /// Everything that was typed.
    typed: Vec<u8>,
    /// How much of it the agent has taken.
    taken: usize,
    /// The offset of the first byte of `printed`.
    from: u64,
}

/// Why a terminal was not opened.
#[derive(Debug)]
pub enum Refused {
    /// The request was.
    Status(StatusCode),
    /// It was said in words.
    Words {
        /// The words.
        words: String,
        /// Whether trying again is in vain.
        r#final: bool,
    },
    /// Nobody answers.
    Nobody(String),
}

impl Terminal {
    /// Opens the first terminal of an attempt.
    ///
    /// # Errors
    /// Why not.
    pub async fn open(server: &Server, client: &Client, attempt: &str, writer: u64) -> Result<Self, Refused> {
        let mut terminal =
            Self { socket: None, writer, printed: Vec::new(), typed: Vec::new(), taken: 0, from: u64::MAX };
        terminal.connect(server, client, attempt).await?;
        Ok(terminal)
    }

    /// Connects, or connects again where it was cut: what was not taken is sent once more, as the browser does.
    ///
    /// # Errors
    /// Why not.
    ///
    /// # Panics
    /// When the server answers what the protocol does not know, or has lost output.
    pub async fn connect(&mut self, server: &Server, client: &Client, attempt: &str) -> Result<(), Refused> {
        let from = if self.from == u64::MAX { String::new() } else { format!("&from={}", self.seen()) };
        let address = server.url().replace("http", "ws");
        let url =
            format!("{address}/attempts/{attempt}/terminals/1/socket?writer={}&cols=80&rows=24{from}", self.writer);
        let mut request = url.into_client_request().expect("a request");
        let headers = request.headers_mut();
        headers.insert("origin", server.url().parse().expect("an origin"));
        headers.insert("cookie", client.cookie().expect("signed in").parse().expect("a cookie"));
        let (mut socket, _) = connect_async(request).await.map_err(|error| match error {
            Error::Http(answer) => Refused::Status(answer.status()),
            error => Refused::Nobody(error.to_string()),
        })?;
        let first = match socket.next().await {
            Some(Ok(Message::Text(text))) => serde_json::from_str::<Value>(&text).expect("JSON"),
            other => return Err(Refused::Nobody(format!("{other:?}"))),
        };
        if let Some(problem) = first.get("problem") {
            let words = problem["words"].as_str().unwrap_or_default().into();
            return Err(Refused::Words { words, r#final: problem["final"] == true });
        }
        let attached = &first["attached"];
        let (begins, taken) =
            (attached["from"].as_u64().expect("an offset"), attached["taken"].as_u64().expect("a count"));
        if self.from == u64::MAX {
            self.from = begins;
        }
        assert_eq!(begins, self.seen(), "output was lost or comes again");
        self.taken = self.taken.max(usize::try_from(taken).expect("few bytes"));
        let (offset, bytes) = (self.taken as u64, self.typed[self.taken..].to_vec());
        if !bytes.is_empty() {
            let _ = socket.send(Message::Binary(Up::Input { offset, bytes }.encode().into())).await;
        }
        self.socket = Some(socket);
        Ok(())
    }

    fn seen(&self) -> u64 {
        self.from + self.printed.len() as u64
    }

    /// Types.
    pub async fn types(&mut self, text: &str) {
        let offset = self.typed.len() as u64;
        self.typed.extend_from_slice(text.as_bytes());
        let frame = Up::Input { offset, bytes: text.as_bytes().to_vec() };
        if let Some(socket) = &mut self.socket {
            // What does not get through is sent again.
            let _ = socket.send(Message::Binary(frame.encode().into())).await;
        }
    }

    /// Reads one message; `false` when the connection has ended.
    ///
    /// # Panics
    /// When output is missing in between.
    pub async fn read(&mut self) -> bool {
        let seen = self.seen();
        let Some(socket) = &mut self.socket else { return false };
        match socket.next().await {
            Some(Ok(Message::Binary(bytes))) => match Down::decode(&bytes).expect("a frame") {
                Down::Output { offset, bytes } => {
                    assert_eq!(offset, seen, "output is missing or comes twice");
                    self.printed.extend_from_slice(&bytes);
                    let _ = socket.send(Message::Binary(Up::Seen(offset + bytes.len() as u64).encode().into())).await;
                    true
                }
                Down::Taken(taken) => {
                    self.taken = self.taken.max(usize::try_from(taken).expect("few bytes"));
                    true
                }
                // What else there is to tell is for who looks on.
                Down::Ended | Down::Resized(_) | Down::Skipped(_) => true,
            },
            Some(Ok(Message::Close(_)) | Err(_)) | None => {
                self.socket = None;
                false
            }
            Some(Ok(_)) => true,
        }
    }

    /// Waits until it is closed from the other side; gives the code and the words.
    ///
    /// # Panics
    /// When it stays open for `limit`.
    pub async fn closed(&mut self, limit: Duration) -> Option<CloseFrame> {
        let closing = async {
            let socket = self.socket.as_mut()?;
            loop {
                match socket.next().await {
                    Some(Ok(Message::Close(frame))) => return frame,
                    Some(Ok(_)) => {}
                    Some(Err(_)) | None => return None,
                }
            }
        };
        let frame = tokio::time::timeout(limit, closing).await.expect("the terminal closes");
        self.socket = None;
        frame
    }

    /// Cuts the connection from this side, without a word.
    pub fn cut(&mut self) {
        self.socket = None;
    }

    /// What was printed, as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.printed).into_owned()
    }

    /// Reads until this was printed.
    ///
    /// # Panics
    /// When the connection ends or `limit` passes before.
    pub async fn until(&mut self, text: &str, limit: Duration) {
        let mut looked = 0;
        let reading = async {
            loop {
                // Only what is new, and a little before it: the whole grows to megabytes.
                let start = looked.min(self.printed.len());
                if String::from_utf8_lossy(&self.printed[start..]).contains(text) {
                    return true;
                }
                looked = self.printed.len().saturating_sub(text.len());
                if !self.read().await {
                    return false;
                }
            }
        };
        let read = tokio::time::timeout(limit, reading).await;
        assert!(matches!(read, Ok(true)), "{text:?} was not printed, but:\n{}", tail(&self.text()));
    }

    /// Runs a line to its end and gives what was printed since.
    pub async fn runs(&mut self, line: &str) -> String {
        let before = self.printed.len();
        let mark = self.typed.len();
        self.types(&format!("{line}; echo end-$(({mark}+1))-\n")).await;
        self.until(&format!("end-{}-", mark + 1), Duration::from_secs(30)).await;
        String::from_utf8_lossy(&self.printed[before..]).into_owned()
    }
}

fn tail(text: &str) -> String {
    text.chars().skip(text.chars().count().saturating_sub(2000)).collect()
}
