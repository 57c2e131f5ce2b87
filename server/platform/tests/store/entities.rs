//! People, sessions, labs, attempts, sandboxes.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use platform::{
    access::Role,
    store::{
        StoreError, answers,
        attempts::{self, Attempt, Ending, State, Summary},
        labs::{self as versions, LabVersion},
        sandboxes::{self, SandboxState},
        sessions, timers, users,
    },
};
use rstest::rstest;
use scorecards::{
    event::EndReason,
    marking::{CheckMark, Marking},
};
use uuid::Uuid;

use super::{
    Bench,
    support::{Engine, start},
    user,
};

#[rstest]
#[tokio::test]
async fn people_are_found_as_they_were_added(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let mut person = user(bench.ids.next(), "sam");
    person.role = Role::Admin;
    person.password = Some("$argon2id$…".into());
    let mut tx = bench.store.begin().await.unwrap();
    assert!(users::add(&mut tx, &person).await.unwrap());
    assert!(!users::add(&mut tx, &user(bench.ids.next(), "sam")).await.unwrap(), "the login is taken");
    assert!(users::lock(&mut tx, person.id).await.unwrap());
    assert!(!users::lock(&mut tx, Uuid::nil()).await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(users::by_login(&bench.store, "sam").await.unwrap().as_ref(), Some(&person));
    assert_eq!(users::by_id(&bench.store, person.id).await.unwrap(), Some(person));
    assert_eq!(users::by_login(&bench.store, "nobody").await.unwrap(), None);
    assert_eq!(users::by_id(&bench.store, Uuid::nil()).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn a_row_that_makes_no_sense_says_which(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    bench.database.raw("update users set role = 'king'").await.unwrap();
    let error = users::by_login(&bench.store, "maya").await.unwrap_err();
    assert!(matches!(error, StoreError::Inconsistent { table: "users", column: "role", .. }), "{error}");
}

#[rstest]
#[tokio::test]
async fn sessions_live_until_they_expire(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (store, now) = (&bench.store, start());
    // One with a fraction of a second, one without: times are compared as times.
    let whole = now - TimeDelta::microseconds(now.timestamp_subsec_micros().into()) + TimeDelta::seconds(60);
    assert!(sessions::create(store, "a", "one", whole).await.unwrap());
    assert!(!sessions::create(store, "a", "two", whole).await.unwrap(), "a collision is seen");
    assert_eq!(sessions::load(store, "a", now).await.unwrap(), Some(("one".into(), whole)));
    assert_eq!(
        sessions::load(store, "a", whole - TimeDelta::microseconds(1)).await.unwrap(),
        Some(("one".into(), whole))
    );
    assert_eq!(sessions::load(store, "a", whole).await.unwrap(), None);
    assert_eq!(sessions::load(store, "b", now).await.unwrap(), None);

    let later = whole + TimeDelta::microseconds(1);
    sessions::save(store, "a", "three", later).await.unwrap();
    sessions::save(store, "b", "four", whole).await.unwrap();
    assert_eq!(sessions::load(store, "b", now).await.unwrap(), None, "what is ended stays ended");
    assert!(sessions::create(store, "b", "five", whole).await.unwrap());
    assert_eq!(sessions::load(store, "a", now).await.unwrap(), Some(("three".into(), later)));
    assert_eq!(sessions::delete_expired(store, whole).await.unwrap(), 1);
    assert_eq!(sessions::load(store, "b", now).await.unwrap(), None);
    sessions::delete(store, "a").await.unwrap();
    assert_eq!(sessions::load(store, "a", now).await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn an_attempt_goes_from_state_to_state(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[values(Some(true), None)] passed: Option<bool>,
) {
    let bench = bench!(engine);
    let (store, now) = (&bench.store, start());
    let attempt = bench.attempt("nginx");
    assert!(bench.add(&attempt).await);
    assert_eq!(attempts::by_id(store, attempt.id).await.unwrap(), Some(attempt.clone()));

    let deadline = now + TimeDelta::minutes(30);
    let mut tx = store.begin().await.unwrap();
    assert!(!attempts::finishes(&mut tx, attempt.id, EndReason::Finished).await.unwrap(), "it does not run yet");
    assert!(attempts::runs(&mut tx, attempt.id, deadline).await.unwrap());
    let of_hosts = [8, 7].map(Uuid::from_u128);
    sandboxes::add(&mut tx, &of_hosts, attempt.id, "here", now).await.unwrap();
    assert!(!attempts::runs(&mut tx, attempt.id, deadline).await.unwrap(), "it runs already");
    assert!(!attempts::failed(&mut tx, attempt.id, "no", now).await.unwrap());
    assert!(!attempts::abandoned_at_start(&mut tx, attempt.id, now).await.unwrap());
    tx.commit().await.unwrap();

    assert_eq!(timers::up_by(store, "here", deadline - TimeDelta::microseconds(1)).await.unwrap(), Vec::<Uuid>::new());
    assert_eq!(timers::up_by(store, "here", deadline).await.unwrap(), [attempt.id]);
    let places = |made: Vec<sandboxes::Sandbox>| made.into_iter().map(|made| (made.id, made.host)).collect::<Vec<_>>();
    let in_order = [(of_hosts[0], 0), (of_hosts[1], 1)];
    assert_eq!(places(sandboxes::of_attempt(store, attempt.id).await.unwrap()), in_order);
    assert_eq!(places(sandboxes::alive(store, "here").await.unwrap()), in_order);
    assert_eq!(timers::up_by(store, "elsewhere", deadline).await.unwrap(), Vec::<Uuid>::new());
    assert_eq!(attempts::orphaned(store, "elsewhere", deadline, deadline).await.unwrap(), [attempt.id]);
    assert_eq!(attempts::orphaned(store, "here", deadline, deadline).await.unwrap(), Vec::<Uuid>::new());

    let summary = Summary { passed, points: 7, possible: 10 };
    let ending = Ending { reason: EndReason::Expired, trouble: None, summary: Some(summary) };
    let mut tx = store.begin().await.unwrap();
    assert!(attempts::finishes(&mut tx, attempt.id, EndReason::Expired).await.unwrap());
    assert!(attempts::ended(&mut tx, attempt.id, &ending, deadline).await.unwrap());
    assert!(!attempts::ended(&mut tx, attempt.id, &ending, deadline).await.unwrap(), "it ends once");
    tx.commit().await.unwrap();

    let over = Attempt {
        state: State::Ended,
        deadline: Some(deadline),
        ended_at: Some(deadline),
        reason: Some(EndReason::Expired),
        summary: Some(summary),
        ..attempt
    };
    assert_eq!(attempts::by_id(store, over.id).await.unwrap(), Some(over.clone()));
    assert_eq!(attempts::of_learner(store, bench.learner).await.unwrap(), [over]);
    assert_eq!(timers::up_by(store, "here", deadline).await.unwrap(), Vec::<Uuid>::new());
}

#[rstest]
#[tokio::test]
async fn one_attempt_at_a_lab_is_open_at_a_time(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (first, second, other) = (bench.attempt("nginx"), bench.attempt("nginx"), bench.attempt("disk"));
    assert!(bench.add(&first).await);
    assert!(!bench.add(&second).await);
    assert!(bench.add(&other).await);
    let mut tx = bench.store.begin().await.unwrap();
    let open = attempts::open_of_learner(&mut tx, bench.learner).await.unwrap();
    assert_eq!(open, [(first.id, "nginx".to_string()), (other.id, "disk".to_string())]);
    assert!(attempts::failed(&mut tx, first.id, "no engine", start()).await.unwrap());
    tx.commit().await.unwrap();
    assert!(bench.add(&second).await, "when the first is over");
    let failed = attempts::by_id(&bench.store, first.id).await.unwrap().unwrap();
    assert_eq!((failed.state, failed.trouble.as_deref()), (State::Failed, Some("no engine")));
}

#[rstest]
#[tokio::test]
async fn a_lab_is_kept_as_it_was(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let mark = |points| CheckMark {
        id: "site".into(),
        title: "The site answers".into(),
        points,
        required: true,
        dimension: "linux-fundamentals".into(),
    };
    let marking = Marking { checks: vec![mark(4)], signals: Vec::new(), hints: vec![1, 2], ..Marking::default() };
    let changed = Marking { checks: vec![mark(5)], ..Marking::default() };
    let mut tx = bench.store.begin().await.unwrap();
    let questions = Some([("open".to_string(), "e3b0".to_string())].into());
    let first = LabVersion { title: "Nginx".into(), marking: marking.clone(), questions: questions.clone() };
    let second = LabVersion { title: "Changed".into(), marking: changed.clone(), questions: None };
    versions::keep(&mut tx, "nginx", "v1", &first).await.unwrap();
    versions::keep(&mut tx, "nginx", "v1", &second).await.unwrap();
    versions::keep(&mut tx, "nginx", "v2", &second).await.unwrap();
    tx.commit().await.unwrap();
    let first = versions::version(&bench.store, "nginx", "v1").await.unwrap().unwrap();
    assert_eq!((first.title.as_str(), first.marking, first.questions), ("Nginx", marking, questions));
    let kept = versions::version(&bench.store, "nginx", "v2").await.unwrap().unwrap();
    assert_eq!((kept.marking, kept.questions), (changed, None));
    assert_eq!(versions::version(&bench.store, "nginx", "v3").await.unwrap(), None);
}

#[rstest]
#[tokio::test]
async fn a_sandbox_is_alive_until_it_is_removed(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (attempt, id) = bench.sandbox().await;
    let made = sandboxes::by_id(&bench.store, id).await.unwrap().unwrap();
    assert_eq!((made.attempt, made.state, made.container.clone()), (attempt.id, SandboxState::Creating, None));
    assert_eq!(made.journal_seq, 0);
    assert_eq!(sandboxes::alive(&bench.store, "local").await.unwrap(), [made]);
    assert_eq!(sandboxes::alive(&bench.store, "elsewhere").await.unwrap(), []);

    let mut tx = bench.store.begin().await.unwrap();
    sandboxes::runs(&mut tx, id, "c0ffee").await.unwrap();
    tx.commit().await.unwrap();
    let runs = &sandboxes::alive(&bench.store, "local").await.unwrap()[0];
    assert_eq!((runs.state, runs.container.as_deref()), (SandboxState::Running, Some("c0ffee")));

    let mut tx = bench.store.begin().await.unwrap();
    sandboxes::removed(&mut tx, id, start()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(sandboxes::alive(&bench.store, "local").await.unwrap(), []);
    assert_eq!(sandboxes::by_id(&bench.store, id).await.unwrap().unwrap().state, SandboxState::Removed);
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn one_of_many_starts_at_the_same_time_wins(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let attempts: Vec<Attempt> = (0..8).map(|_| bench.attempt("nginx")).collect();
    let tries = attempts.into_iter().map(|attempt| {
        let store = bench.store.clone();
        tokio::spawn(async move {
            let mut tx = store.begin().await.unwrap();
            assert!(users::lock(&mut tx, attempt.learner).await.unwrap());
            let open = attempts::open_of_learner(&mut tx, attempt.learner).await.unwrap();
            versions::keep(&mut tx, &attempt.lab, &attempt.version, &crate::a_lab()).await.unwrap();
            let added = attempts::add(&mut tx, &attempt).await.unwrap();
            assert_eq!(added, open.is_empty(), "what was seen under the lock is still so");
            tx.commit().await.unwrap();
            added
        })
    });
    let mut won = 0;
    for tried in tries.collect::<Vec<_>>() {
        won += u32::from(tried.await.unwrap());
    }
    assert_eq!(won, 1);
}

#[rstest]
#[tokio::test]
async fn answers_are_kept_by_field(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let attempt = Attempt { node: Some("here".into()), state: State::Running, ..bench.attempt("reading") };
    assert!(bench.add(&attempt).await);
    assert_eq!(attempts::by_id(&bench.store, attempt.id).await.unwrap().as_ref(), Some(&attempt));
    assert_eq!(answers::of_attempt(&bench.store, attempt.id).await.unwrap(), (BTreeMap::new(), None));
    let later = start() + TimeDelta::seconds(5);
    let given = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
    for (field, texts, at) in
        [("which", &["a", ""][..], start()), ("how-many", &["4"][..], later), ("which", &["\"b\"", "ü"][..], start())]
    {
        let mut tx = bench.store.begin().await.unwrap();
        answers::keep(&mut tx, attempt.id, field, &given(texts), at).await.unwrap();
        tx.commit().await.unwrap();
    }
    let all = BTreeMap::from([("how-many".into(), given(&["4"])), ("which".into(), given(&["\"b\"", "ü"]))]);
    assert_eq!(answers::of_attempt(&bench.store, attempt.id).await.unwrap(), (all, Some(later)));
}

#[rstest]
#[tokio::test]
async fn the_time_of_an_exercise_is_kept_by_the_server_it_began_at(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let bench = bench!(engine);
    let deadline = Some(start());
    let attempt = Attempt { node: Some("here".into()), state: State::Running, deadline, ..bench.attempt("reading") };
    assert!(bench.add(&attempt).await);
    for (node, its) in [("here", true), ("there", false)] {
        assert_eq!(timers::up_by(&bench.store, node, start()).await.unwrap().contains(&attempt.id), its, "{node}");
        let long_ago = start() + TimeDelta::days(1);
        let orphaned = attempts::orphaned(&bench.store, node, long_ago, long_ago).await.unwrap();
        assert_eq!(orphaned.contains(&attempt.id), !its, "{node}");
    }
}
