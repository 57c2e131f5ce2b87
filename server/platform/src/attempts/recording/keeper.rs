//! The task that keeps what a host's terminals show.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use labs::sandbox::{RecordingStream, SandboxError};
use scorecards::event::{Event, Kind, RecordingLoss};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use uuid::Uuid;
use wire::recording::Block;

use super::{Host, file};
use crate::{
    attempts::{Attempts, BackOff, held, words},
    store::{
        StoreError, events,
        recordings::{self, Recording},
    },
};

/// How long the first block of a batch waits for others: each batch costs the disk a flush.
const GATHER: Duration = Duration::from_secs(1);
/// How long to wait before another try when the attempt is ending.
const AGAIN_IN_HURRY: Duration = Duration::from_millis(300);
/// At most so many blocks are kept at a time.
const BATCH: usize = 64;
/// How many bytes the recordings of one attempt may take, all together.
const MOST: u64 = 128 << 20;

const TOO_LARGE: &str = "The recording ends here: it has grown as large as it may be";
const DAMAGED: &str = "What was recorded before is lost: its file was damaged";

/// Whose recording it is.
#[derive(Clone, Copy)]
struct Whose {
    attempt: Uuid,
    learner: Uuid,
}

/// What is known of a host's recordings.
struct Book {
    /// By terminal.
    recordings: BTreeMap<u32, Recording>,
    /// How many bytes the attempt's other hosts' take.
    others: u64,
}

/// What a batch of blocks comes to.
struct Step {
    recordings: BTreeMap<u32, Recording>,
    pieces: Vec<file::Piece>,
    lost: Vec<(u32, RecordingLoss)>,
}

impl Attempts {
    /// Keeps what a host's terminals show until it is gone or this is stopped.
    pub(super) async fn keep_recording(self, attempt: Uuid, learner: Uuid, host: Arc<Host>) {
        let whose = Whose { attempt, learner };
        let mut back_off = BackOff::new();
        loop {
            let goes_on = self.keep_until_trouble(whose, &host, &mut back_off).await;
            if !goes_on || host.stop.is_cancelled() {
                return;
            }
            tokio::select! {
                () = host.stop.cancelled() => return,
                () = async { host.hurry.cancelled().await; tokio::time::sleep(AGAIN_IN_HURRY).await } => {}
                () = back_off.wait() => {}
            }
        }
    }

    /// Whether another try is of any use.
    async fn keep_until_trouble(&self, whose: Whose, host: &Host, back_off: &mut BackOff) -> bool {
        let mut book = match self.open_book(whose, host).await {
            Ok(book) => book,
            Err(error) => {
                warn!(attempt = %whose.attempt, error = words(&error), "recordings can't be looked up; trying again");
                return true;
            }
        };
        let kept = book.recordings.values().map(|recording| recording.last_block).max().unwrap_or(0);
        host.kept.send_replace(kept);
        let mut stream = host.sandbox.recording(kept);
        loop {
            // Only the wait for blocks is given up: who stops this waits for what is being written.
            let batch = match host.stop.run_until_cancelled(next_batch(&mut stream, &host.hurry)).await {
                None => return false,
                Some(Ok(batch)) => batch,
                Some(Err(SandboxError::Gone(_))) => return false,
                Some(Err(SandboxError::Refused(refusal))) => {
                    debug!(attempt = %whose.attempt, %refusal, "this agent records nothing");
                    return false;
                }
                Some(Err(error)) => {
                    warn!(attempt = %whose.attempt, %error, "a recording can't be fetched; trying again");
                    return true;
                }
            };
            let Some(last) = batch.last().map(|block| block.seq) else { continue };
            if !self.keep_batch(whose, host, &mut book, &batch).await {
                return true;
            }
            stream.ack(last);
            host.kept.send_replace(last);
            *back_off = BackOff::new();
        }
    }

    async fn open_book(&self, whose: Whose, host: &Host) -> Result<Book, StoreError> {
        let mut book = Book { recordings: BTreeMap::new(), others: 0 };
        for recording in recordings::of_attempt(&self.store, whose.attempt).await? {
            if recording.sandbox == host.sandbox.id {
                book.recordings.insert(recording.terminal, recording);
            } else {
                book.others += recording.bytes;
            }
        }
        Ok(book)
    }

    /// Writes and notes a batch. Whether that went well.
    async fn keep_batch(&self, whose: Whose, host: &Host, book: &mut Book, batch: &[Block]) -> bool {
        let step = self.step(whose, host, book, batch);
        let Step { recordings, pieces, lost } = step;
        let terminals = batch.iter().map(|block| host.base + block.terminal);
        let written = tokio::task::spawn_blocking(move || pieces.iter().try_for_each(file::Piece::write)).await;
        match written {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                held(&host.unwritten).extend(terminals);
                warn!(attempt = %whose.attempt, %error, "a recording can't be written; trying again");
                return false;
            }
            Err(error) => {
                tracing::error!(attempt = %whose.attempt, %error, "the writing of a recording broke");
                return false;
            }
        }
        if let Err(error) = self.note_kept(whose, &recordings, &lost).await {
            warn!(attempt = %whose.attempt, error = words(&error), "a recording can't be noted; trying again");
            return false;
        }
        held(&host.unwritten).clear();
        book.recordings.extend(recordings);
        true
    }

    /// What a batch comes to: nothing is changed yet.
    fn step(&self, whose: Whose, host: &Host, book: &Book, batch: &[Block]) -> Step {
        let mut step = Step { recordings: BTreeMap::new(), pieces: Vec::new(), lost: Vec::new() };
        let mut total = book.others + book.recordings.values().map(|recording| recording.bytes).sum::<u64>();
        let mut bytes: BTreeMap<u32, (u64, Vec<u8>)> = BTreeMap::new();
        for block in batch {
            let terminal = host.base + block.terminal;
            let recording = step.recordings.entry(terminal).or_insert_with(|| match book.recordings.get(&terminal) {
                Some(known) => known.clone(),
                None => fresh(whose, host, block),
            });
            let (_, bytes) = bytes.entry(terminal).or_insert_with(|| {
                if recording.bytes > 0 && !file::is_there(&self.data, recording) {
                    step.lost.push((terminal, RecordingLoss::Damaged));
                    *recording = fresh(whose, host, block);
                }
                (recording.bytes, Vec::new())
            });
            if recording.bytes == 0 {
                file::add_text(recording, bytes, &file::head(recording.started_at, block.size));
                if step.lost.contains(&(terminal, RecordingLoss::Damaged)) {
                    file::add_text(recording, bytes, &mark(0, DAMAGED));
                }
            }
            let before = recording.bytes;
            if !recording.complete && total + block.bytes.len() as u64 > MOST {
                recording.complete = true;
                file::add_text(recording, bytes, &mark(recording.duration_ms, TOO_LARGE));
                step.lost.push((terminal, RecordingLoss::TooLarge));
            }
            if !recording.complete {
                file::add_block(recording, bytes, block);
                recording.duration_ms = recording.duration_ms.max(block.until_us / 1000);
                if block.lost > 0 {
                    step.lost.push((terminal, RecordingLoss::NotFetched));
                }
            }
            total += recording.bytes - before;
            recording.last_block = block.seq;
        }
        let with_something = bytes.into_iter().filter(|(_, (_, bytes))| !bytes.is_empty());
        step.pieces = with_something
            .map(|(terminal, (at, bytes))| file::Piece {
                path: file::path(&self.data, whose.attempt, terminal),
                at,
                bytes,
            })
            .collect();
        step
    }

    async fn note_kept(
        &self,
        whose: Whose,
        kept: &BTreeMap<u32, Recording>,
        lost: &[(u32, RecordingLoss)],
    ) -> Result<(), StoreError> {
        let told: Vec<Event> = lost
            .iter()
            .map(|(terminal, why)| {
                let kind = Kind::RecordingLost { terminal: *terminal, why: *why };
                self.event_of(whose.attempt, whose.learner, None, kind)
            })
            .collect();
        let mut tx = self.store.begin().await?;
        for recording in kept.values() {
            recordings::keep(&mut tx, recording).await?;
        }
        events::append(&mut tx, &told).await?;
        tx.commit().await
    }
}

/// A recording of which nothing is kept yet.
fn fresh(whose: Whose, host: &Host, block: &Block) -> Recording {
    Recording {
        attempt: whose.attempt,
        terminal: host.base + block.terminal,
        sandbox: host.sandbox.id,
        host: host.name.clone(),
        // A time that no calendar has comes from no agent of ours.
        started_at: DateTime::from_timestamp(block.epoch, 0).unwrap_or(DateTime::<Utc>::UNIX_EPOCH),
        duration_ms: 0,
        bytes: 0,
        blocks: 0,
        last_block: 0,
        length: 0,
        crc: 0,
        complete: false,
    }
}

/// The lines that say what is missing: a mark, and words on the screen for players that know none.
fn mark(at_ms: u64, text: &str) -> String {
    let at = format!("{}.{:03}", at_ms / 1000, at_ms % 1000);
    let shown = serde_json::Value::from(format!("\u{18}\u{1b}[0m\r\n[{text}]\r\n"));
    format!("[{at},\"m\",{}]\n[{at},\"o\",{shown}]\n", serde_json::Value::from(text))
}

/// The next block, and those that follow before long.
async fn next_batch(stream: &mut RecordingStream, hurry: &CancellationToken) -> Result<Vec<Block>, SandboxError> {
    let mut batch = vec![stream.next().await?];
    let enough = tokio::time::sleep(GATHER);
    tokio::pin!(enough);
    while batch.len() < BATCH {
        tokio::select! {
            biased;
            next = stream.next() => match next {
                Ok(block) => batch.push(block),
                // It will say so again, when these are safe.
                Err(_) => break,
            },
            () = hurry.cancelled() => break,
            () = &mut enough => break,
        }
    }
    Ok(batch)
}
