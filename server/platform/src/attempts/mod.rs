//! Attempts: from the click on *Start* to a result with its evidence.
//!
//! How an attempt stands is in the database, and each step from one state to the next is one
//! transaction that also writes the event of it. What runs in memory (a handle to the sandbox, the task
//! that fetches its journal, the task that starts or closes an attempt) can be lost at any moment and is
//! made again from there: see `recover`.
//!
//! ```text
//! queued ──▶ starting ──▶ running ◀─▶ paused
//!    │          │  │           └──▶ finishing ──▶ ended (finished, expired, idle, abandoned)
//!    │          │  └────────────────────────────▶ ended (abandoned, lost)
//!    └──────────┴──▶ failed, ended (abandoned)
//! ```

mod alert;
mod check;
mod deadline;
mod exercise;
mod files;
mod finish;
mod follow;
mod inspect;
mod items;
mod journal;
mod judging;
mod keep;
mod live;
mod lose;
mod marked;
mod operate;
mod overview;
mod pace;
mod page;
mod pause;
mod pool;
mod preview;
mod queue;
mod recording;
mod recover;
mod replay;
mod rescore;
mod reset;
mod result;
mod role;
mod start;
mod terminal;
mod time_view;
mod timeline;
mod trace;
mod watch;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Deref,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use labs::{
    catalog::{Catalog, Lab},
    sandbox::{Engine, EngineError, pool::Pool},
};
use scorecards::{
    event::{Event, Kind, Source},
    role::Role,
};

use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{Span, error};
use uuid::Uuid;

use self::{
    check::{OUT_OF_REACH, must_run},
    live::{Claim, Live},
};
pub use self::{
    files::{FileOf, FileProblem},
    page::still,
    preview::PreviewOf,
    recording::KeptRecording,
    watch::Seat,
};
use crate::{
    Parts, Settings,
    access::{Action, Relation, allowed},
    artefacts::Artefacts,
    clock::{Clock, Ids},
    error::{Error, Result},
    metrics::Metrics,
    store::{self, Store, attempts::Attempt, sessions},
    views::Viewer,
};

/// How often deadlines are looked at.
const TICK: Duration = Duration::from_secs(1);
/// How often what the engine has is held against what is stored.
const RECONCILE: Duration = Duration::from_secs(60);
/// How often what is kept is looked through.
const SWEEP: TimeDelta = TimeDelta::hours(1);
/// How long a shutdown waits for what is being written.
const LEAVE: Duration = Duration::from_secs(10);
/// For how long what the engine said of itself is believed.
const ENGINE_KNOWN: TimeDelta = TimeDelta::seconds(5);
/// How long an engine may take to answer whether it is there.
const ENGINE_ANSWERS: Duration = Duration::from_secs(5);

/// How long a page waits for that.
const ENGINE_SHOWN: Duration = Duration::from_millis(500);
/// How long an engine may take for what it is asked to do, but for making a box.
const ENGINE_WORKS: Duration = Duration::from_secs(30);

/// The use cases of attempts.
#[derive(Clone)]
pub(crate) struct Attempts(Arc<Inner>);

/// What the use cases share.
pub(crate) struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    ids: Ids,
    catalog: Arc<Catalog>,
    role: Arc<Role>,
    engine: Arc<dyn Engine>,
    instance: String,
    settings: Settings,
    pub(crate) metrics: Metrics,
    /// Where files are kept that are no rows: see [`Parts::data`].
    data: PathBuf,
    artefacts: Artefacts,
    /// When what is kept was last looked through for what is too old.
    swept: Mutex<Option<DateTime<Utc>>>,
    /// Copies of boxes in use, by their ids.
    copies: Mutex<inspect::Copies>,
    /// Copies that are being made.
    making: Mutex<HashSet<Uuid>>,
    /// The sandboxes in use, by attempt.
    live: Mutex<HashMap<Uuid, Arc<Live>>>,
    /// Attempts that a task of ours is starting or closing.
    claims: Arc<Mutex<HashSet<Uuid>>>,
    /// What is wrong with the engine, and when that was asked.
    engine_trouble: Mutex<Option<(DateTime<Utc>, Option<String>)>>,
    asking_engine: tokio::sync::Mutex<()>,
    reconciling: tokio::sync::Mutex<()>,
    /// How the clocks stood when they were last looked at.
    clock_looked: tokio::sync::Mutex<Option<deadline::Looked>>,
    pool: Pool,
    /// Whether the warm boxes of another run were looked at.
    adopted: tokio::sync::watch::Sender<bool>,
    /// Held while it is decided who gets in.
    admitting: tokio::sync::Mutex<()>,
    /// What boxes that are being made may take, by attempt, in bytes.
    coming: Mutex<HashMap<Uuid, u64>>,
    /// How many starts found no warm box, by lab.
    cold: Mutex<BTreeMap<String, u64>>,
    /// The memory of the engine's machine, in bytes, once it has said.
    engine_memory: OnceLock<u64>,
    /// Networks that had no sandbox at the last look.
    unused_networks: Mutex<HashSet<Uuid>>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Deref for Attempts {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Attempts {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { store, clock, ids, catalog, role, engine, instance, data, settings } = parts;
        let stop = CancellationToken::new();
        let drawn = ids.clone();
        let draw = Box::new(move |hosts| ((0..hosts).map(|_| drawn.next()).collect(), drawn.random()));
        let pool = Pool::new(Arc::clone(&engine), instance.clone(), pool::AT_ONCE, draw, stop.clone());
        let artefacts = Artefacts::new(&data, store.clone(), Arc::clone(&clock), ids.clone(), instance.clone());
        Self(Arc::new(Inner {
            artefacts,
            swept: Mutex::default(),
            copies: Mutex::default(),
            making: Mutex::default(),
            store,
            clock,
            ids,
            catalog,
            role,
            engine,
            instance,
            settings,
            metrics: Metrics::new(),
            data,
            live: Mutex::default(),
            claims: Arc::default(),
            engine_trouble: Mutex::default(),
            asking_engine: tokio::sync::Mutex::default(),
            reconciling: tokio::sync::Mutex::default(),
            clock_looked: tokio::sync::Mutex::default(),
            pool,
            adopted: tokio::sync::watch::Sender::new(false),
            admitting: tokio::sync::Mutex::default(),
            coming: Mutex::default(),
            cold: Mutex::default(),
            engine_memory: OnceLock::new(),
            unused_networks: Mutex::default(),
            tasks: TaskTracker::new(),
            stop,
        }))
    }

    pub(crate) async fn run(&self, shutdown: CancellationToken) {
        self.artefacts.remove_unfinished().await;
        let deadlines = async {
            let mut tick = every(TICK);
            loop {
                tick.tick().await;
                note(self.keep_time().await);
                note(self.close_marked().await);
            }
        };
        let queue = async {
            let mut tick = every(TICK);
            loop {
                tick.tick().await;
                note(self.serve_queue().await);
            }
        };
        let tidying = async {
            let mut tick = every(RECONCILE);
            loop {
                tick.tick().await;
                note(self.tidy().await);
            }
        };
        // Side by side: an engine that does not answer holds up who tidies, but no deadline and no shutdown. What is
        // dropped half way is found by the next start, as after a kill.
        tokio::select! {
            () = shutdown.cancelled() => {}
            () = deadlines => {}
            () = tidying => {}
            () = self.follow_engine() => {}
            () = queue => {}
            () = self.keep_pool() => {}
        }
        self.stop.cancel();
        self.tasks.close();
        let all = async { tokio::join!(self.tasks.wait(), self.pool.ended()) };
        if tokio::time::timeout(LEAVE, all).await.is_err() {
            error!("some attempts were still busy at the shutdown; the next start goes on with them");
        }
    }

    async fn tidy(&self) -> Result<()> {
        self.end_copies().await?;
        self.recover().await?;
        self.sweep().await;
        self.lose_orphans().await?;
        self.lose_waiting().await?;
        sessions::delete_expired(&self.store, self.clock.now()).await?;
        Ok(())
    }

    /// Takes away what was kept long enough.
    async fn sweep(&self) {
        let now = self.clock.now();
        let last = held(&self.swept).replace(now);
        if last.is_some_and(|last| now - last < SWEEP) {
            *held(&self.swept) = last;
            return;
        }
        let then = now - TimeDelta::days(self.settings.kept_days.into());
        match self.artefacts.sweep(then).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "what was kept long enough is gone"),
            Err(error) => error!(error = words(&error), "what is kept could not be looked through; trying again"),
        }
    }

    /// What keeps labs from starting, for a page: an engine that takes its time does not hold it up, what was known last
    /// is shown then.
    async fn engine_trouble_shown(&self) -> Option<String> {
        let this = self.clone();
        let mut asking = self.tasks.spawn(async move { this.engine_trouble().await });
        if let Ok(asked) = tokio::time::timeout(ENGINE_SHOWN, &mut asking).await {
            return asked.ok().flatten();
        }
        let known = held(&self.engine_trouble).clone();
        match known {
            Some((_, trouble)) => trouble,
            None => asking.await.ok().flatten(),
        }
    }

    /// Runs a task that a shutdown waits for.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(task);
    }
}

impl Inner {
    /// Whether somebody may do this with what is theirs.
    pub(crate) fn may(&self, viewer: &Viewer, action: Action) -> Result<()> {
        if allowed(viewer.role, action, Relation::Own) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// An attempt, for somebody who may do this with it. To everybody else it does not exist.
    async fn reach(&self, viewer: &Viewer, attempt: Uuid, action: Action) -> Result<Attempt> {
        let attempt = store::attempts::by_id(&self.store, attempt).await?.ok_or(Error::NotFound)?;
        // What is logged about the request from here on is about this.
        let request = Span::current();
        request.record("attempt", tracing::field::display(attempt.id));
        request.record("lab", &attempt.lab);
        let relation = Relation::between(viewer.id, attempt.learner);
        match (allowed(viewer.role, action, relation), relation) {
            (true, _) => Ok(attempt),
            (false, Relation::Own) => Err(Error::Forbidden),
            (false, Relation::Other) => Err(Error::NotFound),
        }
    }

    /// The lab of an attempt, as it is now; `None` when it has left the catalogue.
    fn lab_of(&self, attempt: &Attempt) -> Option<Arc<Lab>> {
        self.catalog.get(&attempt.lab)
    }

    /// An event of an attempt, now. Without an actor it is the platform's own doing.
    fn event(&self, attempt: &Attempt, actor: Option<Uuid>, kind: Kind) -> Event {
        self.event_of(attempt.id, attempt.learner, actor, kind)
    }

    /// The same, where no more than its id and its learner is known.
    fn event_of(&self, attempt: Uuid, learner: Uuid, actor: Option<Uuid>, kind: Kind) -> Event {
        Event {
            id: self.ids.next(),
            at: self.clock.now(),
            box_at: None,
            actor,
            subject: learner,
            attempt: Some(attempt),
            source: Source::Simulated,
            kind,
        }
    }

    fn live(&self, attempt: Uuid) -> Option<Arc<Live>> {
        held(&self.live).get(&attempt).cloned()
    }

    /// The box of an attempt, to do something with it now.
    fn reachable(&self, attempt: Uuid) -> Result<Arc<Live>> {
        self.live(attempt).ok_or_else(|| Error::Unavailable(OUT_OF_REACH.into()))
    }

    /// An attempt that somebody may work in, and its box.
    async fn worked_in(&self, viewer: &Viewer, attempt: Uuid) -> Result<(Attempt, Arc<Live>)> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        must_run(&attempt)?;
        let live = self.reachable(attempt.id)?;
        Ok((attempt, live))
    }

    fn all_live(&self) -> Vec<Arc<Live>> {
        held(&self.live).values().cloned().collect()
    }

    /// Takes an attempt for a task that starts or closes it; `None` when another one has it.
    fn claim(&self, attempt: Uuid) -> Option<Claim> {
        Claim::take(&self.claims, attempt)
    }

    /// What keeps labs from starting, in words with a way on.
    async fn engine_trouble(&self) -> Option<String> {
        let _one_at_a_time = self.asking_engine.lock().await;
        let known = held(&self.engine_trouble).clone();
        if let Some((asked, trouble)) = known
            && self.clock.now() - asked < ENGINE_KNOWN
        {
            return trouble;
        }
        let trouble = match tokio::time::timeout(ENGINE_ANSWERS, self.engine.check()).await {
            Ok(Ok(info)) => {
                let _ = self.engine_memory.set(info.memory);
                None
            }
            Ok(Err(error)) => Some(format!("Labs can't start right now. {error}")),
            Err(_) => Some(
                "Labs can't start right now: the container engine does not answer. Try again in a minute; if it stays, \
                 tell whoever runs this installation."
                    .into(),
            ),
        };
        // From now on: asking may have taken a while.
        *held(&self.engine_trouble) = Some((self.clock.now(), trouble.clone()));
        trouble
    }
}

impl Inner {
    /// The memory of the engine's machine, in bytes; `None` while it does not say.
    async fn engine_memory(&self) -> Option<u64> {
        if self.engine_memory.get().is_none() {
            self.engine_trouble().await;
        }
        self.engine_memory.get().copied()
    }
}

/// Ticks at once, and then so often.
fn every(period: Duration) -> tokio::time::Interval {
    let mut tick = tokio::time::interval(period);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    tick
}

fn note(done: Result<()>) {
    if let Err(error) = done {
        error!(error = words(&error), "attempts could not be looked after; trying again");
    }
}

/// Something the engine is asked for, given up when it takes too long: another try comes later.
async fn in_time<T>(asked: impl Future<Output = Result<T, EngineError>>) -> Result<T, EngineError> {
    tokio::time::timeout(ENGINE_WORKS, asked).await.unwrap_or_else(|_| {
        Err(EngineError::Unavailable {
            what: format!("The container engine did not answer within {} seconds.", ENGINE_WORKS.as_secs()),
            remedy: "Look at its log.".into(),
        })
    })
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error with all its causes, for the log.
fn words(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Some errors have their cause's words in their own.
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

/// Waits before another try: twice as long each time, from a fifth of a second to half a minute.
struct BackOff(Duration);

impl BackOff {
    fn new() -> Self {
        Self(Duration::from_millis(200))
    }

    async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Duration::from_secs(30));
    }
}
