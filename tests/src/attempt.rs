//! An attempt, as a script works in it.

use std::{collections::BTreeMap, path::Path, time::Duration};

use platform::store::{
    Store,
    events::{self, ChainState},
    operations,
};
use scorecards::event::{Event, Kind};
use uuid::Uuid;

use crate::{eventually, http::Client};

/// How long a start may take on a busy machine.
pub const START: Duration = Duration::from_secs(90);

/// Starts a lab and gives the attempt's id; its box is being made.
///
/// # Panics
/// When it can't be started.
pub async fn begin(client: &Client, lab: &str) -> String {
    let answer = client.post(&format!("/labs/{lab}/start"), "").await;
    let attempt = answer.location().strip_prefix("/attempts/");
    attempt.unwrap_or_else(|| panic!("no attempt but {}: {}", answer.status, answer.body)).to_string()
}

/// The same, and waits until the box runs.
pub async fn start(client: &Client, lab: &str) -> String {
    let attempt = begin(client, lab).await;
    eventually("the box runs", START, || async { state(client, &attempt).await.contains("Running").then_some(()) })
        .await;
    attempt
}

/// How an attempt stands, as the page's clock is told.
pub async fn state(client: &Client, attempt: &str) -> String {
    client.post("/fn/attempt_state", &format!("attempt={attempt}")).await.body
}

/// Waits until an attempt is over.
pub async fn over(client: &Client, attempt: &str, limit: Duration) {
    eventually("the attempt is over", limit, || async { state(client, attempt).await.contains("Over").then_some(()) })
        .await;
}

/// Finishes an attempt and waits for its result.
pub async fn finish(client: &Client, attempt: &str) {
    let _ = client.post(&format!("/attempts/{attempt}/finish"), "").await;
    over(client, attempt, Duration::from_secs(150)).await;
}

/// What is stored of an attempt. Its chain is whole, and of each box's journal no number is missing up to the last.
///
/// # Panics
/// Where that is not so.
pub async fn whole_record(database: &str, attempt: &str) -> Vec<Event> {
    let attempt: Uuid = attempt.parse().expect("an id");
    let store = Store::connect(database).await.expect("the database");
    let events = events::of_attempt(&store, attempt).await.expect("events");
    let chain = events::verify(&store, attempt).await.expect("a chain");
    assert!(matches!(chain, ChainState::Whole { length } if length >= events.len() as u64), "{chain:?}");
    let mut journals: BTreeMap<Uuid, Vec<u64>> = BTreeMap::new();
    for (sandbox, number) in operations::journal_numbers(&store, attempt).await.expect("numbers") {
        journals.entry(sandbox).or_default().push(number);
    }
    for (sandbox, numbers) in &journals {
        let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
        assert_eq!(*numbers, expected, "the journal of {sandbox} has gaps or is out of order");
    }
    store.close().await;
    events
}

/// The address of an SQLite file.
#[must_use]
pub fn sqlite(path: &Path) -> String {
    format!("sqlite://{}", path.display())
}

/// The programs that were run at a terminal, in their order, by name and arguments.
#[must_use]
pub fn commands(events: &[Event]) -> Vec<String> {
    events
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::CommandRun(run) if run.by.learner() => Some(run.argv.join(" ")),
            _ => None,
        })
        .collect()
}

/// How many things are known to be missing.
#[must_use]
pub fn gaps(events: &[Event]) -> u64 {
    events
        .iter()
        .filter_map(|event| if let Kind::CoverageLost { count } = event.kind { Some(count) } else { None })
        .sum()
}
