//! A world that outlives its servers, and servers that can be killed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use labs::catalog::Catalog;
use platform::{
    Parts, Platform, Settings, Times,
    access::Role,
    clock::{Ids, ManualClock},
    store::{
        Store,
        events::{self, ChainState},
        users::{self, User},
    },
    views::{AttemptState, Viewer},
};
use scorecards::event::{Event, Kind};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::terminal::{Attach, Size};

use super::{
    Database, Engine, clock_and_ids,
    fake::{FakeBox, FakeEngine, Shared},
    lab, start,
};

/// The name of the installation under test.
pub const INSTANCE: &str = "test";

/// Asks for a terminal.
pub const ATTACH: Attach = Attach { terminal: 1, size: Size { cols: 80, rows: 24 }, from: None, writer: 7 };

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What is there whether or not a server runs: database, engine, time, labs and people.
pub struct World {
    pub database: Database,
    pub engine: Arc<FakeEngine>,
    pub clock: Arc<ManualClock>,
    pub catalog: Arc<Catalog>,
    /// How servers are run: without warm boxes, and attempts never pause by themselves, unless a test wants it.
    pub settings: Settings,
    pub maya: Viewer,
    pub tobias: Viewer,
    pub manager: Viewer,
    pub interviewer: Viewer,
    pub candidate: Viewer,
    pub admin: Viewer,
    seeds: AtomicU64,
    /// What its servers keep in files.
    pub data: TempDir,
}

impl World {
    /// On SQLite.
    pub async fn new() -> Self {
        Self::on(Engine::Sqlite).await.expect("SQLite is always there")
    }

    /// On an engine; `None` where there is no PostgreSQL and none is asked for.
    pub async fn on(engine: Engine) -> Option<Self> {
        let database = Database::new(engine).await?;
        let (clock, ids) = clock_and_ids(0);
        let store = database.store().await;
        let person = |name: &str, role| Viewer { id: ids.next(), name: name.into(), role };
        let world = Self {
            engine: Arc::default(),
            clock,
            catalog: lab::catalog(),
            settings: Settings {
                warm_memory: Some(0),
                memory_kept: Some(0),
                time: Times { idle_minutes: 0, pause_hours: 12 },
                ..Settings::default()
            },
            maya: person("Maya", Role::Learner),
            tobias: person("Tobias", Role::Learner),
            manager: person("Ingrid", Role::Manager),
            interviewer: person("Rafael", Role::Interviewer),
            candidate: person("Guest", Role::Candidate),
            admin: person("Sam", Role::Admin),
            seeds: AtomicU64::new(1),
            data: tempfile::tempdir().expect("a directory for the data"),
            database,
        };
        let mut tx = store.begin().await.expect("a transaction");
        for viewer in [&world.maya, &world.tobias, &world.manager, &world.interviewer, &world.candidate, &world.admin] {
            let user = User {
                id: viewer.id,
                login: viewer.name.to_lowercase(),
                name: viewer.name.clone(),
                role: viewer.role,
                password: None,
                demo: false,
                created_at: start(),
            };
            users::add(&mut tx, &user).await.expect("a person");
        }
        tx.commit().await.expect("a commit");
        store.close().await;
        Some(world)
    }

    /// Starts a server; it has recovered when this returns.
    pub async fn server(&self) -> Server {
        let server = self.starting().await;
        server.on(|platform| async move { platform.recover().await }).await.expect("a recovery");
        server
    }

    /// Starts a server, as it is when it begins.
    pub async fn starting(&self) -> Server {
        self.starting_as(INSTANCE).await
    }

    /// The same by another name: another server on the same database and engine.
    pub async fn starting_as(&self, instance: &'static str) -> Server {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let seed = self.seeds.fetch_add(1, Ordering::SeqCst);
        let (url, clock, catalog) = (self.database.url.clone(), self.clock.clone(), Arc::clone(&self.catalog));
        let data = self.data.path().to_path_buf();
        let engine = Arc::new(Shared(Arc::clone(&self.engine)));
        let settings = self.settings.clone();
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let (platform, run) = runtime
            .spawn(async move {
                let store = Store::connect(&url).await.expect("a database that opens");
                let ids = Ids::seeded(clock.clone(), seed);
                let role = lab::role();
                let instance = instance.into();
                let parts = Parts { store, clock, ids, catalog, role, engine, instance, data, settings };
                let platform = Platform::new(parts);
                let background = platform.clone();
                (platform, tokio::spawn(async move { background.run(stop).await }))
            })
            .await
            .expect("a server");
        Server { runtime: Some(runtime), platform, shutdown, run: Some(run) }
    }

    /// The box of an attempt.
    pub fn box_of(&self, attempt: Uuid) -> Arc<FakeBox> {
        self.engine.of(attempt).expect("a box")
    }

    /// What is stored of an attempt. Its chain is whole.
    pub async fn events(&self, attempt: Uuid) -> Vec<Event> {
        let store = self.database.store().await;
        let events = events::of_attempt(&store, attempt).await.expect("events");
        let state = events::verify(&store, attempt).await.expect("a chain");
        // Between the two looks the box may have told more.
        assert!(matches!(state, ChainState::Whole { length } if length >= events.len() as u64), "{state:?}");
        store.close().await;
        events
    }

    /// The kinds of it, without what the box itself tells.
    pub async fn story(&self, attempt: Uuid) -> Vec<String> {
        let events = self.events(attempt).await;
        let told = events.iter().filter(|event| !matches!(event.kind, Kind::BoxStarted { .. } | Kind::BoxEnded { .. }));
        told.map(|event| {
            let kind = serde_json::to_value(&event.kind).expect("a kind");
            kind["kind"].as_str().expect("a tag").to_string()
        })
        .collect()
    }
}

/// A server, on a runtime of its own.
pub struct Server {
    runtime: Option<Runtime>,
    pub platform: Platform,
    shutdown: CancellationToken,
    run: Option<tokio::task::JoinHandle<()>>,
}

impl Server {
    /// Has the server do something.
    pub async fn on<T, F>(&self, work: impl FnOnce(Platform) -> F) -> T
    where
        T: Send + 'static,
        F: Future<Output = T> + Send + 'static,
    {
        let runtime = self.runtime.as_ref().expect("it was not killed");
        runtime.spawn(work(self.platform.clone())).await.expect("it does not panic")
    }

    /// All it does ends at once, wherever it is.
    pub fn kill(mut self) {
        self.end();
    }

    /// It is told to end, and does.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        self.run.take().expect("it runs").await.expect("it does not panic");
        self.end();
    }

    fn end(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }

    pub async fn start(&self, viewer: &Viewer, lab: &'static str) -> platform::Result<Uuid> {
        let viewer = viewer.clone();
        self.on(|platform| async move { platform.start(&viewer, lab).await }).await
    }

    /// Starts an attempt and waits until it runs.
    pub async fn running(&self, viewer: &Viewer, lab: &'static str) -> Uuid {
        let attempt = self.start(viewer, lab).await.expect("a start");
        self.until(viewer, attempt, |state| matches!(state, AttemptState::Running { .. })).await;
        attempt
    }

    pub async fn finish(&self, viewer: &Viewer, attempt: Uuid) {
        let viewer = viewer.clone();
        self.on(|platform| async move { platform.finish(&viewer, attempt).await }).await.expect("a finish");
    }

    pub async fn state(&self, viewer: &Viewer, attempt: Uuid) -> AttemptState {
        let viewer = viewer.clone();
        self.on(|platform| async move { platform.attempt(&viewer, attempt).await }).await.expect("an attempt").state
    }

    /// Waits until an attempt stands as it should.
    pub async fn until(&self, viewer: &Viewer, attempt: Uuid, is: impl Fn(&AttemptState) -> bool) -> AttemptState {
        let began = Instant::now();
        loop {
            let state = self.state(viewer, attempt).await;
            if is(&state) {
                return state;
            }
            assert!(began.elapsed() < PATIENCE, "it stands as {state:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Waits until an attempt is over.
    pub async fn over(&self, viewer: &Viewer, attempt: Uuid) -> AttemptState {
        self.until(viewer, attempt, |state| matches!(state, AttemptState::Ended(_) | AttemptState::Failed(_))).await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
    }
}

/// Waits until something is so.
pub async fn eventually(what: &str, is: impl Fn() -> bool) {
    let began = Instant::now();
    while !is() {
        assert!(began.elapsed() < PATIENCE, "never: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
