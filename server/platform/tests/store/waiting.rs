//! The queue and reservations.

use chrono::TimeDelta;
use labs::catalog::Vars;
use platform::store::{
    attempts::{self, Attempt, State},
    queue::{self, Waiting},
    reservations::{self, Reservation},
    sandboxes,
};
use rstest::rstest;
use uuid::Uuid;

use super::{
    Bench,
    support::{Engine, start},
};

async fn waits(bench: &Bench, lab: &str, node: &str, after: i64) -> Uuid {
    let attempt = Attempt { state: State::Queued, ..bench.attempt(lab) };
    assert!(bench.add(&attempt).await);
    let mut tx = bench.store.begin().await.unwrap();
    queue::join(&mut tx, attempt.id, node, start() + TimeDelta::seconds(after)).await.unwrap();
    tx.commit().await.unwrap();
    attempt.id
}

#[rstest]
#[tokio::test]
async fn who_waits_longest_is_first(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let store = &bench.store;
    let second = waits(&bench, "disk", "here", 5).await;
    let first = waits(&bench, "nginx", "here", 1).await;
    let same_time = waits(&bench, "dns", "here", 5).await;
    let elsewhere = waits(&bench, "tls", "there", 0).await;
    let line = |attempt, lab: &str| Waiting { attempt, lab: lab.into() };
    assert_eq!(
        queue::in_order(store, "here").await.unwrap(),
        [line(first, "nginx"), line(second, "disk"), line(same_time, "dns")]
    );
    for (attempt, place) in [(first, Some(1)), (second, Some(2)), (same_time, Some(3)), (elsewhere, Some(1))] {
        assert_eq!(queue::place(store, attempt).await.unwrap(), place);
    }
    assert_eq!(queue::place(store, Uuid::nil()).await.unwrap(), None);
    assert_eq!(queue::orphaned(store, "here", start()).await.unwrap(), [elsewhere]);
    assert_eq!(queue::orphaned(store, "there", start()).await.unwrap(), Vec::<Uuid>::new());

    let mut tx = store.begin().await.unwrap();
    queue::leave(&mut tx, first).await.unwrap();
    queue::leave(&mut tx, first).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(queue::place(store, second).await.unwrap(), Some(1));
}

#[rstest]
#[tokio::test]
async fn one_that_waits_is_open_and_gets_its_turn_once(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let store = &bench.store;
    let id = waits(&bench, "nginx", "here", 0).await;
    assert!(!bench.add(&bench.attempt("nginx")).await, "one at a time");
    assert_eq!(attempts::open_now(store, bench.learner).await.unwrap(), [(id, "nginx".into())]);
    assert_eq!(attempts::begun_since(store, start()).await.unwrap(), []);

    let now = start() + TimeDelta::minutes(3);
    let waited = attempts::by_id(store, id).await.unwrap().unwrap();
    let admitted = Attempt {
        state: State::Running,
        seed: 11,
        vars: Vars::default(),
        started_at: now,
        deadline: Some(now + TimeDelta::minutes(30)),
        ..waited
    };
    let mut tx = store.begin().await.unwrap();
    assert!(attempts::admitted(&mut tx, &admitted).await.unwrap());
    assert!(!attempts::admitted(&mut tx, &admitted).await.unwrap());
    sandboxes::take(&mut tx, &[(Uuid::from_u128(7), "c7")], id, "here", now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(attempts::by_id(store, id).await.unwrap(), Some(admitted.clone()));
    let taken = sandboxes::by_id(store, Uuid::from_u128(7)).await.unwrap().unwrap();
    assert_eq!((taken.state, taken.container.as_deref()), (sandboxes::SandboxState::Running, Some("c7")));
    assert_eq!(attempts::seated(store, "here").await.unwrap(), [("nginx".to_string(), admitted.deadline)]);
    assert_eq!(attempts::seated(store, "there").await.unwrap(), []);
    assert_eq!(attempts::begun_since(store, now).await.unwrap(), [("nginx".to_string(), now)]);
}

#[rstest]
#[tokio::test]
async fn one_that_waits_can_be_given_up_or_turned_away(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (one, other) = (waits(&bench, "nginx", "here", 0).await, waits(&bench, "disk", "here", 0).await);
    let mut tx = bench.store.begin().await.unwrap();
    assert!(attempts::abandoned_at_start(&mut tx, one, start()).await.unwrap());
    assert!(attempts::failed(&mut tx, other, "gone", start()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(attempts::open_now(&bench.store, bench.learner).await.unwrap(), []);
}

#[rstest]
#[tokio::test]
async fn reservations_are_there_until_they_are_over_or_cancelled(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let bench = bench!(engine);
    let store = &bench.store;
    let reservation = |minutes: i64, lab: &str| {
        let at = start() + TimeDelta::minutes(minutes);
        Reservation {
            id: bench.ids.next(),
            lab: lab.into(),
            at,
            until: at + TimeDelta::minutes(30),
            places: 20,
            by: bench.learner,
            made_at: start(),
        }
    };
    let (later, sooner) = (reservation(60, "nginx"), reservation(10, "disk"));
    let mut tx = store.begin().await.unwrap();
    reservations::add(&mut tx, &later).await.unwrap();
    reservations::add(&mut tx, &sooner).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(reservations::to_come(store, start()).await.unwrap(), [sooner.clone(), later.clone()]);
    assert_eq!(reservations::to_come(store, sooner.until).await.unwrap(), std::slice::from_ref(&later));
    assert_eq!(reservations::by_id(store, sooner.id).await.unwrap(), Some(sooner));

    let mut tx = store.begin().await.unwrap();
    assert!(reservations::cancel(&mut tx, later.id, start()).await.unwrap());
    assert!(!reservations::cancel(&mut tx, later.id, start()).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(reservations::by_id(store, later.id).await.unwrap(), None);
    assert_eq!(reservations::to_come(store, start() + TimeDelta::minutes(50)).await.unwrap(), []);
}
