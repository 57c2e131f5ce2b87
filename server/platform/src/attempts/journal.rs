//! The journal of a sandbox becomes events: fetched, committed, and only then acknowledged.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use labs::{
    record,
    sandbox::{JournalStream, Life, SandboxError},
};
use scorecards::event::{CommandRun, Event, Kind, Source};
use tracing::{Instrument, error, warn};
use wire::journal::Entry;

use super::{
    Attempts, BackOff, Inner, held, in_time,
    live::{HostJournal, Live},
    lose::why,
    words,
};
use crate::{
    redact,
    store::{StoreError, attempts::Attempt, events},
};

/// At most so many entries are committed at a time.
const BATCH: usize = 256;
/// How long the first entry of a batch waits for others: typing must not cost a commit for each key.
const GATHER: Duration = Duration::from_millis(20);

impl Attempts {
    /// Fetches the journal of one host until its sandbox is gone or this is stopped. It never gives up before:
    /// what is not acknowledged stays with the agent.
    pub(super) async fn fetch_journal(self, live: Arc<Live>, host: usize) {
        let stopped = live.journals_stopped().clone();
        let Some(of) = live.journals.get(host) else { return };
        if let Ok(Some(version)) = of.sandbox.foreign().await {
            warn!(version, ours = wire::VERSION, "a box speaks another version of the protocol; it is left alone");
            // Terminals that are asked for are told why; at its time it ends.
            let _ = live.foreign.set(version);
            live.closed.cancel();
            return;
        }
        let mut back_off = BackOff::new();
        loop {
            // Of a frozen box there is nothing to fetch, and asking again and again would only keep the engine busy.
            if stopped.run_until_cancelled(live.pace.thawed()).await.is_none() {
                return;
            }
            let trouble = self.fetch_until_trouble(&live, of, &mut back_off).await;
            if stopped.is_cancelled() {
                return;
            }
            if matches!(trouble, Trouble::Gone)
                && let Ok(life @ (Life::Ended { .. } | Life::Missing)) =
                    in_time(self.engine.life(&of.sandbox.container)).await
            {
                // Losing it waits for this task, so it is another one's.
                let this = self.clone();
                if let Life::Ended { code, out_of_memory, log } = &life {
                    warn!(code, out_of_memory, log, "the container of a box has ended");
                }
                self.spawn(async move { this.lost(live.attempt, why(&life)).await }.in_current_span());
                return;
            }
            tokio::select! {
                () = stopped.cancelled() => return,
                () = back_off.wait() => {}
            }
        }
    }

    async fn fetch_until_trouble(&self, live: &Live, of: &HostJournal, back_off: &mut BackOff) -> Trouble {
        let mut journal = of.sandbox.journal(*of.committed.borrow());
        loop {
            // Only the wait for entries is given up: who stops this waits for what is being stored, so that nothing
            // comes after what was concluded from it.
            let batch = match live.journals_stopped().run_until_cancelled(next_batch(&mut journal)).await {
                None => return Trouble::Passing,
                Some(Ok(batch)) => batch,
                Some(Err(SandboxError::Gone(_))) => return Trouble::Gone,
                Some(Err(SandboxError::Frozen)) => return Trouble::Passing,
                Some(Err(error)) => {
                    warn!(attempt = %live.attempt, %error, "a journal can't be fetched; trying again");
                    return Trouble::Passing;
                }
            };
            let Some(last) = batch.last().map(|entry| entry.seq) else {
                continue;
            };
            let batch: Vec<(u64, Event)> =
                batch.iter().map(|entry| (entry.seq, self.recorded(live, of, entry))).collect();
            if let Err(error) = self.store_batch(live, of, &batch).await {
                error!(attempt = %live.attempt, error = words(&error), "a journal can't be stored; trying again");
                return Trouble::Passing;
            }
            journal.ack(last);
            of.committed.send_replace(last);
            *back_off = BackOff::new();
        }
    }

    async fn store_batch(&self, live: &Live, of: &HostJournal, batch: &[(u64, Event)]) -> Result<(), StoreError> {
        let began = Instant::now();
        let mut tx = self.store.begin().await?;
        let most = self.settings.events_per_attempt;
        let room = most.saturating_sub(events::count(&mut tx, live.attempt).await?);
        let kept = batch.len().min(usize::try_from(room).unwrap_or(usize::MAX));
        events::append_journal(&mut tx, of.sandbox.id, &batch[..kept]).await?;
        let dropped = &batch[kept..];
        let mut flood = *held(&of.flood);
        if let Some((last, event)) = dropped.last() {
            events::skip_journal(&mut tx, of.sandbox.id, *last).await?;
            if let Some(count) = flood.add(dropped.len() as u64) {
                warn!(most, count, "an attempt has more events than are stored");
                let gap =
                    Event { id: self.ids.next(), actor: None, kind: Kind::CoverageLost { count }, ..event.clone() };
                events::append(&mut tx, &[gap]).await?;
            }
        }
        tx.commit().await?;
        *held(&of.flood) = flood;
        self.metrics.committed(kept, began.elapsed());
        self.metrics.dropped(dropped.len() as u64);
        Ok(())
    }

    /// What was beyond the most that is stored, and has not been said.
    pub(super) async fn note_flood(&self, attempt: &Attempt, live: &Live) -> Result<(), StoreError> {
        let unsaid: u64 = live.journals.iter().filter_map(|of| held(&of.flood).say()).sum();
        if unsaid > 0 { self.note_gap(attempt, unsaid).await } else { Ok(()) }
    }
}

impl Inner {
    /// A journal entry as an event, without secrets.
    fn recorded(&self, live: &Live, of: &HostJournal, entry: &Entry) -> Event {
        let kind = redact::kind(of.place.kind(entry));
        let box_at = record::box_at(entry);
        let learners = match &kind {
            Kind::CommandRun(CommandRun { by, .. }) => by.learner(),
            Kind::LineTyped { .. } => true,
            // The first terminal of a warm box was opened before anybody came.
            Kind::TerminalOpened { .. } => box_at.is_none_or(|at| at >= live.since),
            _ => false,
        };
        if learners {
            live.pace.active(self.clock.monotonic());
        }
        Event {
            id: self.ids.next(),
            at: self.clock.now(),
            box_at,
            actor: learners.then_some(live.learner),
            subject: live.learner,
            attempt: Some(live.attempt),
            source: Source::Simulated,
            kind,
        }
    }
}

/// Why a journal is no longer fetched.
enum Trouble {
    /// The sandbox says that it is gone.
    Gone,
    /// Something that may be better in a moment, or that it was stopped.
    Passing,
}

/// The next entry, and those that follow closely.
async fn next_batch(journal: &mut JournalStream) -> Result<Vec<Entry>, SandboxError> {
    let mut batch = vec![journal.next().await?];
    let enough = tokio::time::sleep(GATHER);
    tokio::pin!(enough);
    while batch.len() < BATCH {
        // What is there already is taken without a look at the time.
        let next = match journal.next().now_or_never() {
            Some(next) => next,
            None => tokio::select! {
                biased;
                next = journal.next() => next,
                () = &mut enough => break,
            },
        };
        match next {
            Ok(entry) => batch.push(entry),
            // It will say so again, when these are safe.
            Err(_) => break,
        }
    }
    Ok(batch)
}
