//! The append-only record.
//!
//! The events of one attempt are a chain: each carries the hash of the one before it and its own, which
//! covers that and all it says. Changing or leaving out one breaks the chain from there on
//! ([`verify`]). Triggers refuse to update or delete events at all.

use chrono::{DateTime, Utc};
use scorecards::event::{Event, Kind, Source};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{Store, StoreError, Tx, Word, pool::sql, word, words};

words!(Source {
    Source::Simulated = "simulated",
    Source::Imported = "imported",
    Source::Attested = "attested",
});

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    at: DateTime<Utc>,
    box_at: Option<DateTime<Utc>>,
    actor: Option<Uuid>,
    subject: Uuid,
    attempt: Option<Uuid>,
    source: String,
    kind: String,
    data: String,
}

impl TryFrom<Row> for Event {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let source = word("events", row.id, "source", &row.source)?;
        let data: Value = serde_json::from_str(&row.data)
            .map_err(|error| StoreError::inconsistent("events", row.id, "data", &error))?;
        let kind = serde_json::from_value(serde_json::json!({ "kind": row.kind, "data": data }))
            .map_err(|error| StoreError::inconsistent("events", row.id, "kind", &error))?;
        let Row { id, at, box_at, actor, subject, attempt, .. } = row;
        Ok(Self { id, at, box_at, actor, subject, attempt, source, kind })
    }
}

/// Adds events to their chains, in their order.
///
/// # Errors
/// [`StoreError`]; the transaction must not be committed then.
pub async fn append(tx: &mut Tx, events: &[Event]) -> Result<(), StoreError> {
    append_all(tx, events.iter().map(|event| (event, None))).await
}

/// Adds entries of a sandbox's journal, each with its number, and notes in the same transaction how far
/// the journal is kept. Entries that are kept already change nothing.
///
/// # Errors
/// [`StoreError`]; the transaction must not be committed then.
pub async fn append_journal(tx: &mut Tx, sandbox: Uuid, entries: &[(u64, Event)]) -> Result<(), StoreError> {
    append_all(tx, entries.iter().map(|(sequence, event)| (event, Some((sandbox, *sequence))))).await?;
    match entries.iter().map(|(sequence, _)| *sequence).max() {
        Some(last) => skip_journal(tx, sandbox, last).await,
        None => Ok(()),
    }
}

/// An event, and the sandbox and number of the journal entry that it was.
type Numbered<'a> = (&'a Event, Option<(Uuid, u64)>);

async fn append_all<'a>(tx: &mut Tx, events: impl Iterator<Item = Numbered<'a>> + Send) -> Result<(), StoreError> {
    let mut head: Option<Head> = None;
    for (event, journal) in events {
        let chain = chain_of(event);
        let mut at = match head.take() {
            Some(known) if known.chain == chain => known,
            other => {
                if let Some(other) = other {
                    other.keep(tx).await?;
                }
                Head::lock(tx, chain).await?
            }
        };
        at.insert(tx, event, journal).await?;
        head = Some(at);
    }
    match head {
        Some(head) => head.keep(tx).await,
        None => Ok(()),
    }
}

/// The end of a chain, which nobody else can lengthen until the transaction ends.
struct Head {
    chain: Uuid,
    length: i64,
    hash: String,
}

/// An attempt's events are one chain; a person's that belong to no attempt are another.
fn chain_of(event: &Event) -> Uuid {
    event.attempt.unwrap_or(event.subject)
}

impl Head {
    async fn lock(tx: &mut Tx, chain: Uuid) -> Result<Self, StoreError> {
        // One statement on both engines that makes what is missing, locks what is there, and reads it.
        let (length, hash) = sql!(
            tx,
            fetch_one as (i64, String):
                "insert into chains (id, length, hash) values ($1, 0, '')
                 on conflict (id) do update set length = chains.length returning length, hash",
            chain
        )?;
        Ok(Self { chain, length, hash })
    }

    /// Adds an event at the end; one that is a journal entry only if that is not among the events yet.
    async fn insert(&mut self, tx: &mut Tx, event: &Event, journal: Option<(Uuid, u64)>) -> Result<(), StoreError> {
        let (kind, data) = split(&event.kind)?;
        let position = self.length + 1;
        let content = Content {
            id: event.id,
            at: event.at,
            box_at: event.box_at,
            actor: event.actor,
            subject: event.subject,
            attempt: event.attempt,
            source: event.source.word(),
            kind: &kind,
            data: &data,
        };
        let hash = content.hash(&self.hash);
        let sequence = journal.map(|(_, sequence)| number(sequence)).transpose()?;
        let inserted = sql!(
            tx,
            execute: "insert into events (id, at, box_at, actor, subject, attempt, source, kind, data, sandbox, sequence,
                                          chain, position, prev_hash, hash)
                      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
                      on conflict (sandbox, sequence) do nothing",
            event.id, event.at, event.box_at, event.actor, event.subject, event.attempt, event.source.word(), &kind, &data,
            journal.map(|(sandbox, _)| sandbox), sequence, self.chain, position, &self.hash, &hash
        )?;
        if inserted == 1 {
            self.length = position;
            self.hash = hash;
        }
        Ok(())
    }

    async fn keep(self, tx: &mut Tx) -> Result<(), StoreError> {
        sql!(tx, execute: "update chains set length = $2, hash = $3 where id = $1", self.chain, self.length, self.hash.as_str())?;
        Ok(())
    }
}

/// A kind's tag and its data as JSON.
fn split(kind: &Kind) -> Result<(String, String), StoreError> {
    let value = serde_json::to_value(kind).map_err(|error| StoreError::unstorable("an event", &error))?;
    let tag = value.get("kind").and_then(Value::as_str).map(ToString::to_string);
    let tag = tag.ok_or_else(|| StoreError::unstorable("an event", &"it has no kind"))?;
    Ok((tag, value.get("data").unwrap_or(&Value::Null).to_string()))
}

fn number(sequence: u64) -> Result<i64, StoreError> {
    i64::try_from(sequence).map_err(|error| StoreError::unstorable("the number of a journal entry", &error))
}

/// What a hash covers.
struct Content<'a> {
    id: Uuid,
    at: DateTime<Utc>,
    box_at: Option<DateTime<Utc>>,
    actor: Option<Uuid>,
    subject: Uuid,
    attempt: Option<Uuid>,
    source: &'a str,
    kind: &'a str,
    data: &'a str,
}

impl Content<'_> {
    /// SHA-256, in hex, over a text that has one reading only: a JSON array of the previous hash and the
    /// fields in this order, times in microseconds, the data as the text that is stored.
    fn hash(&self, previous: &str) -> String {
        let text = serde_json::json!([
            previous,
            self.id,
            self.at.timestamp_micros(),
            self.box_at.map(|at| at.timestamp_micros()),
            self.actor,
            self.subject,
            self.attempt,
            self.source,
            self.kind,
            self.data,
        ])
        .to_string();
        labs::hex(&Sha256::digest(text))
    }
}

/// The events of an attempt, in the order of their chain.
///
/// # Errors
/// [`StoreError`].
pub async fn of_attempt(store: &Store, attempt: Uuid) -> Result<Vec<Event>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, at, box_at, actor, subject, attempt, source, kind, data from events
             where attempt = $1 order by position",
        attempt
    )?
    .into_iter()
    .map(Event::try_from)
    .collect()
}

/// The checks made, the hints taken, the alert acknowledged, the gaps in an attempt, what its time was given and when its box
/// was made anew, in the order of their chain.
///
/// # Errors
/// [`StoreError`].
pub async fn progress(store: &Store, attempt: Uuid) -> Result<Vec<Event>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, at, box_at, actor, subject, attempt, source, kind, data from events
             where attempt = $1 and kind in ('check_run', 'hint_taken', 'alert_acknowledged', 'coverage_lost',
                                           'attempt_resumed', 'time_given_back', 'box_reset')
             order by position",
        attempt
    )?
    .into_iter()
    .map(Event::try_from)
    .collect()
}

/// The events of this kind of an attempt, in the order of their chain.
///
/// # Errors
/// [`StoreError`].
pub async fn of_kind(store: &Store, attempt: Uuid, kind: &str) -> Result<Vec<Event>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, at, box_at, actor, subject, attempt, source, kind, data from events
             where attempt = $1 and kind = $2 order by position",
        attempt, kind
    )?
    .into_iter()
    .map(Event::try_from)
    .collect()
}

/// Who watched an attempt and what they were allowed to, in the order of its chain.
///
/// # Errors
/// [`StoreError`].
pub async fn of_watching(store: &Store, attempt: Uuid) -> Result<Vec<Event>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, at, box_at, actor, subject, attempt, source, kind, data from events
             where attempt = $1 and kind in ('watch_began', 'watch_ended', 'watchers_may_type')
             order by position",
        attempt
    )?
    .into_iter()
    .map(Event::try_from)
    .collect()
}

/// Whether an attempt has an event of this kind.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn has(tx: &mut Tx, attempt: Uuid, kind: &str) -> Result<bool, StoreError> {
    let first = sql!(
        tx,
        fetch_optional as (Uuid,): "select id from events where attempt = $1 and kind = $2 limit 1",
        attempt, kind
    )?;
    Ok(first.is_some())
}

/// Whether a hint of an attempt was taken.
///
/// # Errors
/// [`StoreError`].
pub async fn hint_taken(tx: &mut Tx, attempt: Uuid, hint: u32) -> Result<bool, StoreError> {
    let taken = sql!(
        tx,
        fetch_all as (Uuid, String): "select id, data from events where attempt = $1 and kind = 'hint_taken'",
        attempt
    )?;
    for (id, data) in taken {
        let data: Value =
            serde_json::from_str(&data).map_err(|error| StoreError::inconsistent("events", id, "data", &error))?;
        if data.get("hint").and_then(Value::as_u64) == Some(hint.into()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many events an attempt has.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count(tx: &mut Tx, attempt: Uuid) -> Result<u64, StoreError> {
    let head = sql!(tx, fetch_optional as (i64,): "select length from chains where id = $1", attempt)?;
    Ok(head.map_or(0, |(length,)| length.cast_unsigned()))
}

/// Notes how far a sandbox's journal is dealt with, without adding any of it.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn skip_journal(tx: &mut Tx, sandbox: Uuid, last: u64) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "update sandboxes set journal_seq = $2 where id = $1 and journal_seq < $2",
        sandbox, number(last)?
    )?;
    Ok(())
}

/// What is recorded of a person outside attempts, from a moment on and before another, in the order of time.
///
/// # Errors
/// [`StoreError`].
pub async fn of_person(
    store: &Store,
    person: Uuid,
    since: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<Event>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, at, box_at, actor, subject, attempt, source, kind, data from events
             where subject = $1 and attempt is null and at >= $2 and at < $3 order by at, id",
        person, since, until
    )?
    .into_iter()
    .map(Event::try_from)
    .collect()
}

/// How a chain of events is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainState {
    /// Every event is there and says what it said.
    Whole {
        /// How many there are.
        length: u64,
    },
    /// From this position on it can't be trusted.
    Broken {
        /// The position, from 1.
        position: u64,
    },
}

#[derive(sqlx::FromRow)]
struct Link {
    id: Uuid,
    at: DateTime<Utc>,
    box_at: Option<DateTime<Utc>>,
    actor: Option<Uuid>,
    subject: Uuid,
    attempt: Option<Uuid>,
    source: String,
    kind: String,
    data: String,
    position: i64,
    prev_hash: String,
    hash: String,
}

/// Computes a chain's hashes again: `chain` is an attempt's id, or a person's.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn verify(store: &Store, chain: Uuid) -> Result<ChainState, StoreError> {
    // The head first: what is added meanwhile is beyond it, and not missing.
    let head =
        sql!(store.read, fetch_optional as (i64, String): "select length, hash from chains where id = $1", chain)?;
    let links = sql!(
        store.read,
        fetch_all as Link:
            "select id, at, box_at, actor, subject, attempt, source, kind, data, position, prev_hash, hash from events
             where chain = $1 order by position",
        chain
    )?;
    let (length, hash) = match head {
        Some((length, hash)) => (length.cast_unsigned(), hash),
        None if links.is_empty() => return Ok(ChainState::Whole { length: 0 }),
        None => return Ok(ChainState::Broken { position: 1 }),
    };

    let mut previous = String::new();
    for expected in 1..=length {
        let Some(link) = links.get(usize::try_from(expected - 1).unwrap_or(usize::MAX)) else {
            return Ok(ChainState::Broken { position: expected });
        };
        let content = Content {
            id: link.id,
            at: link.at,
            box_at: link.box_at,
            actor: link.actor,
            subject: link.subject,
            attempt: link.attempt,
            source: &link.source,
            kind: &link.kind,
            data: &link.data,
        };
        let in_place = link.position.cast_unsigned() == expected && link.prev_hash == previous;
        if !in_place || link.hash != content.hash(&previous) {
            return Ok(ChainState::Broken { position: expected });
        }
        previous.clone_from(&link.hash);
    }
    Ok(if hash == previous { ChainState::Whole { length } } else { ChainState::Broken { position: length } })
}
