//! Recordings: which there are, and how much of each file is whole.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Store, StoreError, Tx, pool::sql};

/// The recording of a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recording {
    /// The attempt.
    pub attempt: Uuid,
    /// The terminal's number in the attempt.
    pub terminal: u32,
    /// Whose terminal it is.
    pub sandbox: Uuid,
    /// The host's name in the lab; empty where there is only one.
    pub host: String,
    /// A whole second, from which the times in the file count.
    pub started_at: DateTime<Utc>,
    /// When its last event is, in milliseconds.
    pub duration_ms: u64,
    /// So much of the file is whole.
    pub bytes: u64,
    /// How many blocks it has.
    pub blocks: u64,
    /// The number in the sandbox of the last block that was taken.
    pub last_block: u64,
    /// How long its text is, in bytes.
    pub length: u64,
    /// The CRC-32 of its text.
    pub crc: u32,
    /// Whether it is as large as it may be: what comes now is left out.
    pub complete: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    attempt: Uuid,
    terminal: i64,
    sandbox: Uuid,
    host: String,
    started_at: DateTime<Utc>,
    duration_ms: i64,
    bytes: i64,
    blocks: i64,
    last_block: i64,
    length: i64,
    crc: i64,
    complete: bool,
}

impl TryFrom<Row> for Recording {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let wrong = |column| move |error| StoreError::inconsistent("recordings", row.attempt, column, &error);
        Ok(Self {
            attempt: row.attempt,
            terminal: u32::try_from(row.terminal).map_err(wrong("terminal"))?,
            sandbox: row.sandbox,
            host: row.host,
            started_at: row.started_at,
            duration_ms: u64::try_from(row.duration_ms).map_err(wrong("duration_ms"))?,
            bytes: u64::try_from(row.bytes).map_err(wrong("bytes"))?,
            blocks: u64::try_from(row.blocks).map_err(wrong("blocks"))?,
            last_block: u64::try_from(row.last_block).map_err(wrong("last_block"))?,
            length: u64::try_from(row.length).map_err(wrong("length"))?,
            crc: u32::try_from(row.crc).map_err(wrong("crc"))?,
            complete: row.complete,
        })
    }
}

/// Keeps how a recording is now.
///
/// # Errors
/// [`StoreError`].
pub async fn keep(tx: &mut Tx, recording: &Recording) -> Result<(), StoreError> {
    let Recording { attempt, sandbox, started_at, complete, .. } = *recording;
    let host = recording.host.as_str();
    let number = |number: u64| i64::try_from(number).map_err(|error| StoreError::unstorable("a recording", &error));
    sql!(
        tx,
        execute: "insert into recordings (attempt, terminal, sandbox, host, started_at, duration_ms, bytes, blocks,
                                          last_block, length, crc, complete)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
                  on conflict (attempt, terminal) do update set
                      sandbox = excluded.sandbox, host = excluded.host, started_at = excluded.started_at,
                      duration_ms = excluded.duration_ms, bytes = excluded.bytes, blocks = excluded.blocks,
                      last_block = excluded.last_block, length = excluded.length, crc = excluded.crc,
                      complete = excluded.complete",
        attempt, i64::from(recording.terminal), sandbox, host, started_at, number(recording.duration_ms)?,
        number(recording.bytes)?, number(recording.blocks)?, number(recording.last_block)?, number(recording.length)?,
        i64::from(recording.crc), complete
    )?;
    Ok(())
}

/// The recordings of an attempt, by terminal.
///
/// # Errors
/// [`StoreError`].
pub async fn of_attempt(store: &Store, attempt: Uuid) -> Result<Vec<Recording>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select attempt, terminal, sandbox, host, started_at, duration_ms, bytes, blocks, last_block, length, crc, complete
             from recordings where attempt = $1 order by terminal",
        attempt
    )?
    .into_iter()
    .map(Recording::try_from)
    .collect()
}

/// Forgets the recordings of an attempt.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn delete(tx: &mut Tx, attempt: Uuid) -> Result<(), StoreError> {
    sql!(tx, execute: "delete from recordings where attempt = $1", attempt)?;
    Ok(())
}
