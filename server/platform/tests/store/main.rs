//! One suite for both engines: what the store promises holds on SQLite and on PostgreSQL.
//!
//! PostgreSQL is used where `BELAY_TEST_POSTGRES` names a server; with `BELAY_TEST_REQUIRE_POSTGRES=1` its
//! absence is a failure.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/mod.rs"]
mod support;

use std::collections::BTreeMap;

use chrono::TimeDelta;
use labs::catalog::Vars;
use platform::{
    access::Role,
    clock::Ids,
    store::{
        Store,
        attempts::{self, Attempt, State, Time},
        events as record, labs as versions, sandboxes,
        users::{self, User},
    },
};
use scorecards::{
    event::{Event, Kind, Mode, Source},
    marking::Marking,
};
use support::{Database, Engine, clock_and_ids, start};
use uuid::Uuid;

/// Opens a bench, or ends the test where there is none.
macro_rules! bench {
    ($engine:expr) => {
        match Bench::new($engine).await {
            Some(bench) => bench,
            None => return,
        }
    };
}

mod entities;
mod events;
mod opening;
mod time;
mod waiting;

/// Any lab will do.
fn a_lab() -> versions::LabVersion {
    versions::LabVersion { title: "A lab".into(), marking: Marking::default(), questions: None }
}

/// A database with one learner.
struct Bench {
    database: Database,
    store: Store,
    ids: Ids,
    learner: Uuid,
}

impl Bench {
    async fn new(engine: Engine) -> Option<Self> {
        let database = Database::new(engine).await?;
        let store = database.store().await;
        let (_, ids) = clock_and_ids(1);
        let learner = ids.next();
        let mut tx = store.begin().await.unwrap();
        assert!(users::add(&mut tx, &user(learner, "maya")).await.unwrap());
        tx.commit().await.unwrap();
        Some(Self { database, store, ids, learner })
    }

    fn attempt(&self, lab: &str) -> Attempt {
        Attempt {
            id: self.ids.next(),
            learner: self.learner,
            lab: lab.into(),
            version: "v1".into(),
            mode: Mode::Practice,
            seed: u64::MAX - 7,
            vars: Vars(BTreeMap::from([("port".into(), "8080".into())])),
            state: State::Starting,
            started_at: start(),
            deadline: None,
            ended_at: None,
            reason: None,
            trouble: None,
            summary: None,
            time: Time::default(),
            node: None,
        }
    }

    async fn add(&self, attempt: &Attempt) -> bool {
        let mut tx = self.store.begin().await.unwrap();
        versions::keep(&mut tx, &attempt.lab, &attempt.version, &a_lab()).await.unwrap();
        let added = attempts::add(&mut tx, attempt).await.unwrap();
        tx.commit().await.unwrap();
        added
    }

    /// An attempt with a sandbox.
    async fn sandbox(&self) -> (Attempt, Uuid) {
        let attempt = self.attempt("nginx");
        assert!(self.add(&attempt).await);
        let sandbox = self.ids.next();
        let mut tx = self.store.begin().await.unwrap();
        sandboxes::add(&mut tx, &[sandbox], attempt.id, "local", start()).await.unwrap();
        tx.commit().await.unwrap();
        (attempt, sandbox)
    }

    fn event(&self, attempt: &Attempt, kind: Kind) -> Event {
        Event {
            id: self.ids.next(),
            at: start(),
            box_at: Some(start() - TimeDelta::microseconds(1)),
            actor: Some(self.learner),
            subject: self.learner,
            attempt: Some(attempt.id),
            source: Source::Simulated,
            kind,
        }
    }

    async fn append(&self, events: &[Event]) {
        let mut tx = self.store.begin().await.unwrap();
        record::append(&mut tx, events).await.unwrap();
        tx.commit().await.unwrap();
    }
}

fn user(id: Uuid, login: &str) -> User {
    User {
        id,
        login: login.into(),
        name: "Maya Lindqvist".into(),
        role: Role::Learner,
        password: None,
        demo: false,
        created_at: start(),
    }
}

fn typed(text: &str) -> Kind {
    Kind::LineTyped { terminal: 1, text: text.into() }
}
