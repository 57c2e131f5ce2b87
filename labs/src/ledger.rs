//! Ledgers as text: what happened in an attempt, as JSON.
//!
//! Events as they are stored, or entries as the agent's journal writes them; a list of them, or one on each line.

use scorecards::event::{Event, Source};
use serde_json::Value;
use uuid::Uuid;
use wire::journal::Entry;

use crate::record;

/// What is wrong with a ledger's text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// A line that is no event.
    #[error("line {line} is no event: {reason}")]
    Line {
        /// Its number, from 1.
        line: usize,
        /// Why not.
        reason: String,
    },
    /// An item of a list that is no event.
    #[error("item {item} of the list is no event: {reason}")]
    Item {
        /// Its number, from 1.
        item: usize,
        /// Why not.
        reason: String,
    },
    /// A list that does not parse.
    #[error("the list of events is not JSON: {0}")]
    List(String),
}

/// Reads a ledger.
///
/// # Errors
/// The first thing that is wrong, with the number of its line or item.
pub fn read(text: &str) -> Result<Vec<Event>, LedgerError> {
    if text.trim_start().starts_with('[') {
        let list: Vec<Value> = serde_json::from_str(text).map_err(|error| LedgerError::List(error.to_string()))?;
        let item = |(item, value)| event(value).map_err(|reason| LedgerError::Item { item, reason });
        return (1..).zip(list).map(item).collect();
    }
    let lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    let line = |(line, text)| {
        let value = serde_json::from_str(text).map_err(|error| error.to_string());
        value.and_then(event).map_err(|reason| LedgerError::Line { line, reason })
    };
    lines.map(line).collect()
}

fn event(value: Value) -> Result<Event, String> {
    if value.get("kind").is_some() {
        return serde_json::from_value(value).map_err(|error| error.to_string());
    }
    if value.get("what").is_none() {
        return Err("it has neither a `kind`, as events have, nor a `what`, as the agent's entries have".into());
    }
    let entry: Entry = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let at = record::box_at(&entry).ok_or_else(|| format!("no calendar has the time {}", entry.at_us))?;
    Ok(Event {
        id: Uuid::from_u128(entry.seq.into()),
        at,
        box_at: Some(at),
        actor: None,
        subject: Uuid::nil(),
        attempt: None,
        source: Source::Simulated,
        kind: record::Place::only().kind(&entry),
    })
}
