//! One connection to one terminal.

use std::{io, time::Duration};

use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::time::timeout;
use wire::{
    Refusal, Reply,
    io::{read_frame, write_frame, write_json},
    terminal::{Attach, Attached, Down, Up, WINDOW},
};

use super::{MAX_QUEUED, PIECE, Seat};
use crate::agent::Agent;

/// How long somebody may hold the program up without showing anything: after that it has no window
/// worth waiting for. It may attach again.
const PATIENCE: Duration = Duration::from_secs(60);

/// Answers a request for a terminal and serves it until the connection or the shell ends.
pub async fn serve(agent: &Agent, mut stream: impl AsyncRead + AsyncWrite + Unpin, attach: &Attach) -> io::Result<()> {
    let terminal = match agent.terminals.get(agent, attach.terminal, attach.size).await {
        Ok(terminal) => terminal,
        Err(message) => return write_json(&mut stream, &Reply::Refused(Refusal { message })).await,
    };
    let (seat, attached) = terminal.attach(attach);
    write_json(&mut stream, &Reply::Attached(attached)).await?;
    let (mut from_client, mut to_client) = stream.split();
    tokio::select! {
        outcome = show(&seat, &mut to_client, attach.writer, attached) => outcome,
        outcome = hear(&seat, &mut from_client, attach.writer) => outcome,
    }
}

/// What there is to tell.
enum News {
    Frame(Down),
    Nothing,
    /// Nothing, because the client has yet to show what it has got.
    NothingYet,
}

async fn show(seat: &Seat, client: &mut (impl AsyncWrite + Unpin), writer: u64, attached: Attached) -> io::Result<()> {
    let terminal = &seat.terminal;
    let (mut sent, mut taken) = (attached.from, attached.taken);
    loop {
        let mut changed = std::pin::pin!(terminal.changed.notified());
        changed.as_mut().enable();
        match news(seat, writer, sent, taken) {
            News::Frame(frame) => {
                write_frame(client, &frame.encode()).await?;
                match frame {
                    Down::Output { offset, bytes } => sent = offset + bytes.len() as u64,
                    Down::Taken(offset) => taken = offset,
                    Down::Ended => return Ok(()),
                    Down::Resized(_) | Down::Skipped(_) => {}
                }
            }
            News::Nothing => changed.await,
            News::NothingYet => {
                let seen = seat.seen();
                let caught_up = async {
                    changed.await;
                    terminal.until(|_| seat.seen() != seen).await;
                };
                timeout(PATIENCE, caught_up).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
            }
        }
    }
}

fn news(seat: &Seat, writer: u64, sent: u64, taken: u64) -> News {
    let now_taken = seat.terminal.writers.borrow().taken(writer);
    if now_taken > taken {
        return News::Frame(Down::Taken(now_taken));
    }
    let screen = seat.terminal.screen.borrow();
    if sent < screen.ring.end() {
        let room = usize::try_from((seat.seen() + WINDOW).saturating_sub(sent)).unwrap_or(PIECE);
        if room == 0 {
            return News::NothingYet;
        }
        let (offset, bytes) = screen.ring.read(sent, PIECE.min(room));
        return News::Frame(Down::Output { offset, bytes });
    }
    if screen.ended { News::Frame(Down::Ended) } else { News::Nothing }
}

async fn hear(seat: &Seat, client: &mut (impl AsyncRead + Unpin), writer: u64) -> io::Result<()> {
    let terminal = &seat.terminal;
    while let Some(frame) = read_frame(client).await? {
        match Up::decode(&frame).map_err(invalid)? {
            Up::Input { offset, bytes } => {
                let has_room = || terminal.writers.borrow().queued() < MAX_QUEUED || terminal.has_ended();
                if !has_room() {
                    // Its word on what it has seen waits behind this input, and the program that should
                    // take the input may wait for that word: neither may wait for the other.
                    seat.hold_up(true);
                    terminal.until(|_| has_room()).await;
                    seat.hold_up(false);
                }
                let received = terminal.writers.borrow_mut().receive(writer, offset, &bytes);
                received.map_err(|_| invalid("input with a gap before it"))?;
                terminal.changed.notify_waiters();
            }
            Up::Resize(size) => terminal.resize(size),
            Up::Seen(offset) => seat.has_seen(offset),
        }
    }
    Ok(())
}

fn invalid(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}
