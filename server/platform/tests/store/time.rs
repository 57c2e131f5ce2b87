//! Times of attempts, and when servers were there.

use chrono::TimeDelta;
use platform::{
    store::{attempts, nodes, sandboxes, timers, users},
    timing::{MARKS, Pause, Timer},
};
use rstest::rstest;
use scorecards::event::PauseReason;
use uuid::Uuid;

use super::{
    Bench,
    support::{Engine, start},
};

#[rstest]
#[tokio::test]
async fn the_time_of_an_attempt_is_kept(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let store = &bench.store;
    let attempt = bench.attempt("nginx");
    assert!(bench.add(&attempt).await);
    let mut tx = store.begin().await.unwrap();
    assert_eq!(timers::lock(&mut tx, attempt.id).await.unwrap(), None, "it does not run yet");
    let mut timer = Timer::begin(start(), 30, 0, 15);
    assert!(attempts::runs(&mut tx, attempt.id, timer.deadline).await.unwrap());
    sandboxes::add(&mut tx, &[Uuid::from_u128(5)], attempt.id, "here", start()).await.unwrap();
    timers::set(&mut tx, attempt.id, &timer).await.unwrap();
    assert_eq!(timers::lock(&mut tx, attempt.id).await.unwrap(), Some(timer));
    assert_eq!(timers::running(&mut tx, "here").await.unwrap(), [(attempt.id, bench.learner)]);
    assert_eq!(timers::running(&mut tx, "elsewhere").await.unwrap(), []);
    tx.commit().await.unwrap();

    // What is soon up is found until it was said.
    let later = |seconds: u32| timer.deadline - TimeDelta::seconds(seconds.into());
    let [first, last] = MARKS;
    let to_warn = async |seconds: u32| {
        let [one, two] = MARKS.map(|mark| later(seconds) + TimeDelta::seconds(mark.into()));
        timers::to_warn(store, "here", one, two, last).await.unwrap()
    };
    assert_eq!((to_warn(first + 1).await, to_warn(first).await), (vec![], vec![attempt.id]));
    let set = async |timer: &Timer| {
        let mut tx = store.begin().await.unwrap();
        timers::set(&mut tx, attempt.id, timer).await.unwrap();
        tx.commit().await.unwrap();
    };
    timer.warned = Some(first);
    set(&timer).await;
    assert_eq!((to_warn(last + 1).await, to_warn(last).await), (vec![], vec![attempt.id]));
    timer.warned = Some(last);
    set(&timer).await;
    assert_eq!(to_warn(0).await, Vec::<Uuid>::new());

    // A paused one is not up, and is found by how long it has been.
    let since = start() + TimeDelta::minutes(10);
    assert!(timer.pause(since, PauseReason::Idle));
    set(&timer).await;
    let known = attempts::by_id(store, attempt.id).await.unwrap().unwrap();
    assert_eq!(known.time.paused, Some(Pause { since, why: PauseReason::Idle }));
    assert_eq!((known.time.allowance, known.time.extended, known.time.active_at), (15, 0, Some(start())));
    assert_eq!(timers::up_by(store, "here", timer.deadline).await.unwrap(), Vec::<Uuid>::new());
    assert_eq!(timers::paused_since(store, "here", since).await.unwrap(), [attempt.id]);
    assert_eq!(timers::paused_since(store, "here", since - TimeDelta::seconds(1)).await.unwrap(), Vec::<Uuid>::new());
    // Another server gives it up only when the pause itself is long over.
    let long = timer.deadline + TimeDelta::days(1);
    assert_eq!(attempts::orphaned(store, "elsewhere", long, start()).await.unwrap(), Vec::<Uuid>::new());
    assert_eq!(attempts::orphaned(store, "elsewhere", long, since).await.unwrap(), [attempt.id]);

    let at = start() + TimeDelta::minutes(3);
    let mut tx = store.begin().await.unwrap();
    timers::active(&mut tx, attempt.id, at).await.unwrap();
    assert_eq!(timers::lock(&mut tx, attempt.id).await.unwrap().unwrap().active_at, Some(at));
}

#[rstest]
#[tokio::test]
async fn until_when_a_server_was_there_is_kept(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let mut tx = bench.store.begin().await.unwrap();
    assert_eq!(nodes::last_seen(&mut tx, "here").await.unwrap(), None);
    for minutes in [0, 5] {
        let at = start() + TimeDelta::minutes(minutes);
        nodes::seen(&mut tx, "here", at).await.unwrap();
        assert_eq!(nodes::last_seen(&mut tx, "here").await.unwrap(), Some(at));
    }
    assert_eq!(nodes::last_seen(&mut tx, "elsewhere").await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn extra_time_is_kept(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    assert_eq!(users::extra_time(&bench.store, bench.learner).await.unwrap(), 0);
    assert_eq!(users::extra_time(&bench.store, Uuid::nil()).await.unwrap(), 0, "of nobody");
    let login = users::by_id(&bench.store, bench.learner).await.unwrap().unwrap().login;
    let mut tx = bench.store.begin().await.unwrap();
    assert!(users::set_extra_time(&mut tx, &login, 25).await.unwrap());
    assert!(!users::set_extra_time(&mut tx, "nobody", 25).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(users::extra_time(&bench.store, bench.learner).await.unwrap(), 25);
}
