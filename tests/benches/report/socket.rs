//! A terminal over its WebSocket: what the browser's script is.

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use futures::{SinkExt, StreamExt};
use tests::http::Client;
use tokio::{net::TcpStream, time::timeout};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, client::IntoClientRequest},
};
use wire::terminal::{Down, SEEN_EVERY, Up};

/// How long the other end may be silent where something is due.
const PATIENCE: Duration = Duration::from_secs(60);

/// An open terminal.
pub struct Terminal {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    typed: u64,
    seen: u64,
    end: u64,
}

impl Terminal {
    /// Opens one; the words of a refusal that may pass are no error.
    pub async fn open(url: &str, person: &Client, attempt: &str, number: u32) -> anyhow::Result<Result<Self, String>> {
        let address = format!(
            "{}/attempts/{attempt}/terminals/{number}/socket?writer=7&cols=120&rows=40",
            url.replacen("http", "ws", 1)
        );
        let mut request = address.into_client_request()?;
        request.headers_mut().insert("origin", url.parse()?);
        request.headers_mut().insert("cookie", person.cookie().context("nobody is signed in")?.parse()?);
        // Browsers send small packets at once.
        let (mut socket, _) = connect_async_with_config(request, None, true).await?;
        loop {
            match timeout(PATIENCE, socket.next()).await?.context("closed before its first message")?? {
                Message::Text(text) if text.contains("\"attached\"") => {
                    return Ok(Ok(Self { socket, typed: 0, seen: 0, end: 0 }));
                }
                Message::Text(text) if text.contains("\"final\":true") => bail!("{text}"),
                Message::Text(text) => return Ok(Err(text.to_string())),
                _ => {}
            }
        }
    }

    /// Sends what was typed.
    pub async fn send(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        let frame = Up::Input { offset: self.typed, bytes: bytes.to_vec() };
        self.typed += bytes.len() as u64;
        Ok(self.socket.send(Message::Binary(frame.encode().into())).await?)
    }

    /// What is printed next. Says how far has been seen, as a browser must.
    pub async fn printed(&mut self) -> anyhow::Result<Vec<u8>> {
        timeout(PATIENCE, self.output()).await.context("nothing was printed")?
    }

    async fn output(&mut self) -> anyhow::Result<Vec<u8>> {
        loop {
            match self.socket.next().await.context("the terminal's connection has ended")?? {
                Message::Binary(frame) => match Down::decode(&frame)? {
                    Down::Output { offset, bytes } => {
                        ensure!(offset == self.end, "output has a gap: {offset} after {}", self.end);
                        self.end += bytes.len() as u64;
                        if self.end >= self.seen + SEEN_EVERY {
                            self.seen = self.end;
                            self.socket.send(Message::Binary(Up::Seen(self.end).encode().into())).await?;
                        }
                        return Ok(bytes);
                    }
                    Down::Taken(_) | Down::Resized(_) | Down::Skipped(_) => {}
                    Down::Ended => bail!("the shell has ended"),
                },
                Message::Close(why) => bail!("the terminal was closed: {why:?}"),
                _ => {}
            }
        }
    }
}
