//! What is done in sandboxes outside of any attempt, as events: by a reference solution, or by who tries a lab.

use std::time::Duration;

use chrono::{DateTime, Utc};
use scorecards::event::{CheckRun, Event, Kind, Source};
use tokio::{sync::oneshot, task::JoinHandle, time::timeout};
use uuid::Uuid;
use wire::{Place, Run, journal::Entry};

use crate::{
    catalog::{Host, Script, Vars},
    grader::Outcome,
    record,
    sandbox::{Hosts, Sandbox, SandboxError},
};

/// How long a script may take that stands for the learner, in milliseconds.
const SCRIPT_MS: u64 = 300_000;

/// How long the journal has to come in whole once all is done.
const JOURNAL_WITHIN: Duration = Duration::from_secs(30);

/// The journals of a lab's sandboxes, taken in while somebody works there.
pub struct Trial(Vec<Collector>);

impl Trial {
    /// From the sandboxes' beginning on.
    #[must_use]
    pub fn begin(hosts: &Hosts) -> Self {
        Self(hosts.iter().map(Collector::new).collect())
    }

    /// What was done until now, and then what the checks found.
    ///
    /// # Errors
    /// [`SandboxError`] where a journal does not come in whole.
    pub async fn end(self, hosts: &Hosts, outcomes: &[Outcome]) -> Result<Vec<Event>, SandboxError> {
        let mut ran = Vec::new();
        for ((journal, sandbox), place) in self.0.into_iter().zip(hosts.iter()).zip(record::Place::all(hosts)) {
            ran.extend(journal.end(sandbox).await?.iter().map(|entry| happened(&place, entry)));
        }
        Ok(events(ran, outcomes))
    }
}

/// A script that is run as the learner would run it, on the host's terminal user.
#[must_use]
pub fn as_learner(host: &Host, script: &Script, vars: &Vars) -> Run {
    Run {
        argv: script.argv(),
        env: vars.env(),
        stdin: String::new(),
        user: host.user.clone(),
        place: Place::Inside,
        as_learner: true,
        limit_ms: SCRIPT_MS,
    }
}

/// An event of an attempt that nobody made.
fn event(id: u128, box_at: Option<DateTime<Utc>>, kind: Kind) -> Event {
    Event {
        id: Uuid::from_u128(id),
        at: DateTime::UNIX_EPOCH,
        box_at,
        actor: None,
        subject: Uuid::nil(),
        attempt: None,
        source: Source::Simulated,
        kind,
    }
}

/// A journal's entry as such an event. Its id is made of its number and its host's.
fn happened(place: &record::Place, entry: &Entry) -> Event {
    let id = (place.host as u128) << 64 | u128::from(entry.seq);
    event(id, record::box_at(entry), place.kind(entry))
}

/// All events of it: what ran, and then the checks.
fn events(ran: Vec<Event>, outcomes: &[Outcome]) -> Vec<Event> {
    let checked = (1_u128 << 96..).zip(outcomes).map(|(id, outcome)| {
        let run = CheckRun {
            check: outcome.check.clone(),
            closing: true,
            verdict: outcome.verdict,
            feedback: outcome.feedback.clone(),
            observation: outcome.observation.clone(),
        };
        event(id, None, Kind::CheckRun(run))
    });
    ran.into_iter().chain(checked).collect()
}

/// Takes the journal in while other things go on, so that the agent need not keep all of it.
struct Collector {
    /// Up to which entry to collect.
    until: oneshot::Sender<u64>,
    task: JoinHandle<Result<Vec<Entry>, SandboxError>>,
}

impl Collector {
    fn new(sandbox: &Sandbox) -> Self {
        let (until, mut end) = oneshot::channel::<u64>();
        let mut journal = sandbox.journal(0);
        let task = tokio::spawn(async move {
            let mut entries: Vec<Entry> = Vec::new();
            let mut last = u64::MAX;
            while entries.last().is_none_or(|entry| entry.seq < last) {
                tokio::select! {
                    known = &mut end, if last == u64::MAX => {
                        last = known.unwrap_or_default();
                        if last == 0 {
                            break;
                        }
                    }
                    entry = journal.next() => {
                        let entry = entry?;
                        journal.ack(entry.seq);
                        entries.push(entry);
                    }
                }
            }
            Ok(entries)
        });
        Self { until, task }
    }

    /// All entries there are now.
    async fn end(self, sandbox: &Sandbox) -> Result<Vec<Entry>, SandboxError> {
        let last = sandbox.hello().await?.journal_end;
        let aborts = self.task.abort_handle();
        // If the task has ended, it says why below.
        let _ = self.until.send(last);
        match timeout(JOURNAL_WITHIN, self.task).await {
            Ok(Ok(entries)) => entries,
            Ok(Err(error)) => Err(SandboxError::Protocol(error.to_string())),
            Err(_) => {
                aborts.abort();
                Err(SandboxError::TimedOut(JOURNAL_WITHIN.as_secs()))
            }
        }
    }
}
