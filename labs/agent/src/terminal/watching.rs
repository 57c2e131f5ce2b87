//! Somebody who looks at a terminal: it neither decides its size nor holds up the program that prints.

use std::{cell::Cell, io, rc::Rc};

use futures::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use wire::{
    Refusal, Reply,
    io::{read_frame, write_frame, write_json},
    terminal::{Attached, Down, Size, Up, WINDOW, Watch, Watching},
};

use super::{MAX_QUEUED, PIECE, Terminal};
use crate::agent::Agent;

/// How much of what was printed before a watcher is shown at first.
const HISTORY: u64 = 256 << 10;
/// How much of the newest a watcher is shown who was too slow for all.
const NEWEST: u64 = 64 << 10;

/// Answers a request to watch and serves it until the connection or the shell ends.
pub async fn watch(agent: &Agent, mut stream: impl AsyncRead + AsyncWrite + Unpin, watch: &Watch) -> io::Result<()> {
    let Some(terminal) = agent.terminals.open_one(watch.terminal).await else {
        let message = format!("terminal {} is not open", watch.terminal);
        return write_json(&mut stream, &Reply::Refused(Refusal { message })).await;
    };
    let attached = attach(&terminal, watch);
    let size = terminal.size.get();
    write_json(&mut stream, &Reply::Watching(Watching { attached, size })).await?;
    let seen = Cell::new(attached.from);
    let (mut from_client, mut to_client) = stream.split();
    tokio::select! {
        outcome = show(&terminal, &seen, &mut to_client, watch.writer, attached, size) => outcome,
        outcome = hear(&terminal, &seen, &mut from_client, watch.writer) => outcome,
    }
}

fn attach(terminal: &Terminal, watch: &Watch) -> Attached {
    let (start, end) = {
        let screen = terminal.screen.borrow();
        (screen.ring.start(), screen.ring.end())
    };
    let newest = end.saturating_sub(HISTORY).max(start);
    let from = watch.from.filter(|from| (start..=end).contains(from)).unwrap_or(newest);
    let taken = watch.writer.map_or(0, |writer| terminal.writers.borrow_mut().attach(writer));
    Attached { from, history_end: end, taken }
}

async fn show(
    terminal: &Rc<Terminal>,
    seen: &Cell<u64>,
    client: &mut (impl AsyncWrite + Unpin),
    writer: Option<u64>,
    attached: Attached,
    size: Size,
) -> io::Result<()> {
    let (mut sent, mut taken, mut size) = (attached.from, attached.taken, size);
    loop {
        let mut changed = std::pin::pin!(terminal.changed.notified());
        changed.as_mut().enable();
        let Some(frame) = news(terminal, seen.get(), writer, sent, taken, size) else {
            changed.await;
            continue;
        };
        write_frame(client, &frame.encode()).await?;
        match frame {
            Down::Output { offset, bytes } => sent = offset + bytes.len() as u64,
            Down::Taken(offset) => taken = offset,
            Down::Resized(now) => size = now,
            Down::Skipped(offset) => {
                sent = offset;
                seen.set(offset.max(seen.get()));
            }
            Down::Ended => return Ok(()),
        }
    }
}

fn news(terminal: &Terminal, seen: u64, writer: Option<u64>, sent: u64, taken: u64, size: Size) -> Option<Down> {
    if terminal.size.get() != size {
        return Some(Down::Resized(terminal.size.get()));
    }
    let now_taken = writer.map_or(0, |writer| terminal.writers.borrow().taken(writer));
    if now_taken > taken {
        return Some(Down::Taken(now_taken));
    }
    let screen = terminal.screen.borrow();
    let (start, end) = (screen.ring.start(), screen.ring.end());
    if sent == end {
        return screen.ended.then_some(Down::Ended);
    }
    let room = usize::try_from((seen + WINDOW).saturating_sub(sent)).unwrap_or(PIECE);
    if room == 0 {
        return None;
    }
    if sent < start || end - sent > WINDOW {
        // From the beginning of a line on: a sequence that is cut would show as something else.
        let newest = end.saturating_sub(NEWEST).max(start);
        let (_, bytes) = screen.ring.read(newest, PIECE);
        let line = bytes.iter().position(|byte| *byte == b'\n').map_or(0, |at| at as u64 + 1);
        return Some(Down::Skipped(newest + line));
    }
    let (offset, bytes) = screen.ring.read(sent, PIECE.min(room));
    Some(Down::Output { offset, bytes })
}

async fn hear(
    terminal: &Rc<Terminal>,
    seen: &Cell<u64>,
    client: &mut (impl AsyncRead + Unpin),
    writer: Option<u64>,
) -> io::Result<()> {
    while let Some(frame) = read_frame(client).await? {
        match (Up::decode(&frame).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?, writer) {
            (Up::Seen(offset), _) => {
                let end = terminal.screen.borrow().ring.end();
                seen.set(seen.get().max(offset.min(end)));
                terminal.changed.notify_waiters();
            }
            (Up::Input { offset, bytes }, Some(writer)) => {
                terminal.until(|it| it.writers.borrow().queued() < MAX_QUEUED || it.has_ended()).await;
                let received = terminal.writers.borrow_mut().receive(writer, offset, &bytes);
                received.map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "input with a gap before it"))?;
                terminal.changed.notify_waiters();
            }
            (Up::Input { .. } | Up::Resize(_), _) => return Err(io::ErrorKind::PermissionDenied.into()),
        }
    }
    Ok(())
}
