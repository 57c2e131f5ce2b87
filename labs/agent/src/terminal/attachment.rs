//! One connection to one terminal.

use std::{io, time::Duration};

use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout, timeout_at};
use wire::{
    Refusal, Reply,
    io::{append_frame, read_frame, write_json},
    terminal::{Attach, Attached, Down, Up, WINDOW},
};

use super::{MAX_QUEUED, PIECE, Seat};
use crate::agent::Agent;

/// How long somebody may hold the program up without showing anything: after that it has no window
/// worth waiting for. It may attach again.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long the word that input was taken waits for output to go with: nobody waits for that word, and nearly every key is
/// answered at once. So a key costs each relay on the way one frame back and not two.
const WORD_WITHIN: Duration = Duration::from_millis(25);

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

/// What there is to tell of the output.
enum News {
    Frame(Down),
    Nothing,
    /// Nothing, because the client has yet to show what it has got.
    NothingYet,
}

async fn show(seat: &Seat, client: &mut (impl AsyncWrite + Unpin), writer: u64, attached: Attached) -> io::Result<()> {
    let terminal = &seat.terminal;
    let (mut sent, mut taken) = (attached.from, attached.taken);
    let mut word_due = None;
    loop {
        let mut changed = std::pin::pin!(terminal.changed.notified());
        changed.as_mut().enable();
        let now_taken = terminal.writers.borrow().taken(writer);
        let word = (now_taken > taken).then_some(Down::Taken(now_taken));
        let frame = match news(seat, sent) {
            News::Frame(frame) => Some(frame),
            News::Nothing if word.is_some() => {
                let due = *word_due.get_or_insert_with(|| Instant::now() + WORD_WITHIN);
                if timeout_at(due, changed).await.is_ok() {
                    continue;
                }
                None
            }
            News::Nothing => {
                changed.await;
                continue;
            }
            News::NothingYet if word.is_some() => None,
            News::NothingYet => {
                let seen = seat.seen();
                let caught_up = async {
                    changed.await;
                    terminal.until(|_| seat.seen() != seen).await;
                };
                timeout(PATIENCE, caught_up).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?;
                continue;
            }
        };
        let mut packet = Vec::new();
        for frame in word.iter().chain(&frame) {
            append_frame(&mut packet, &frame.encode())?;
        }
        client.write_all(&packet).await?;
        client.flush().await?;
        (taken, word_due) = (now_taken.max(taken), None);
        match frame {
            Some(Down::Output { offset, bytes }) => sent = offset + bytes.len() as u64,
            Some(Down::Ended) => return Ok(()),
            Some(Down::Taken(_) | Down::Resized(_) | Down::Skipped(_)) | None => {}
        }
    }
}

fn news(seat: &Seat, sent: u64) -> News {
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
