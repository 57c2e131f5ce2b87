//! The handle to a sandbox over connections that drop.

mod fake;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fake::Fake;
use labs::sandbox::SandboxError;
use tokio::time::timeout;
use wire::{Place, Refusal, Reply, Request, Run, RunResult, call::Hello};

fn hello() -> Reply {
    Reply::Hello(Hello {
        version: wire::VERSION,
        boots: 1,
        ready: true,
        trouble: None,
        handed_over: false,
        terminals: Vec::new(),
        journal_end: 0,
    })
}

fn run() -> Run {
    Run {
        argv: vec!["true".into()],
        env: BTreeMap::new(),
        stdin: String::new(),
        user: "root".into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: 1_000,
    }
}

#[tokio::test]
async fn one_connection_serves_many_calls() {
    let fake = Fake::new(|_| Some(hello()));
    let sandbox = fake.hosts().first().clone();
    let calls = (0..50).map(|_| sandbox.hello());
    for answer in futures::future::join_all(calls).await {
        assert!(answer.unwrap().ready);
    }
    assert_eq!(fake.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_dropped_connection_is_made_anew() {
    let fake = Fake::new(|_| Some(hello()));
    let sandbox = fake.hosts().first().clone();
    for _ in 0..3 {
        sandbox.hello().await.unwrap();
        fake.cut();
    }
    sandbox.hello().await.unwrap();
    assert_eq!(fake.connections.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_call_waits_for_an_engine_that_refuses_for_a_while() {
    let fake = Fake::new(|_| Some(hello()));
    fake.refuses.store(true, Ordering::SeqCst);
    let sandbox = fake.hosts().first().clone();
    let (answer, ()) = tokio::join!(sandbox.hello(), async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        fake.refuses.store(false, Ordering::SeqCst);
    });
    assert!(answer.unwrap().ready);
}

#[tokio::test]
#[ignore = "waits for 10 seconds: for make test-full"]
async fn a_call_gives_up_in_the_end() {
    let fake = Fake::new(|_| Some(hello()));
    fake.refuses.store(true, Ordering::SeqCst);
    assert!(matches!(
        fake.hosts().first().clone().hello().await,
        Err(SandboxError::TimedOut(_) | SandboxError::Unreachable(_))
    ));
}

#[tokio::test]
#[ignore = "waits for 10 seconds: for make test-full"]
async fn an_engine_that_hung_once_is_asked_again() {
    let fake = Fake::new(|_| Some(hello()));
    fake.hangs.store(true, Ordering::SeqCst);
    let sandbox = fake.hosts().first().clone();
    sandbox.hello().await.unwrap_err();
    fake.hangs.store(false, Ordering::SeqCst);
    assert!(sandbox.hello().await.unwrap().ready);
}

#[tokio::test]
async fn a_sandbox_that_is_gone_is_said_at_once() {
    let fake = Fake::new(|_| Some(hello()));
    let sandbox = fake.hosts().first().clone();
    sandbox.hello().await.unwrap();
    sandbox.remove().await.unwrap();
    let answer = timeout(Duration::from_secs(2), sandbox.hello()).await.unwrap();
    assert_eq!(answer, Err(SandboxError::Gone("it has ended".into())));
}

#[tokio::test]
async fn a_frozen_sandbox_is_said_at_once_and_is_not_gone() {
    let fake = Fake::new(|_| Some(hello()));
    let sandbox = fake.hosts().first().clone();
    let mut journal = sandbox.journal(0);
    sandbox.hello().await.unwrap();
    sandbox.freeze().await.unwrap();
    // The connection that there was would not answer.
    fake.cut();
    let answer = timeout(Duration::from_secs(5), sandbox.hello()).await.unwrap();
    assert_eq!(answer, Err(SandboxError::Frozen));
    assert!(timeout(Duration::from_millis(300), journal.next()).await.is_err(), "the journal waits");
    sandbox.thaw().await.unwrap();
    assert!(sandbox.hello().await.unwrap().ready);
    fake.journal.send_replace(1);
    let entry = timeout(Duration::from_secs(20), journal.next()).await.unwrap().unwrap();
    assert_eq!(entry.seq, 1, "and goes on where it was");
}

#[tokio::test]
async fn what_could_be_done_twice_is_sent_once() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&runs);
    let fake = Fake::new(move |request| match request {
        Request::Run(_) => {
            counted.fetch_add(1, Ordering::SeqCst);
            None
        }
        _ => Some(hello()),
    });
    let sandbox = fake.hosts().first().clone();
    assert!(matches!(sandbox.run(run()).await, Err(SandboxError::Unreachable(_))));
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    assert!(sandbox.hello().await.is_ok());
}

#[tokio::test]
async fn a_run_over_a_connection_that_died_unnoticed_is_made() {
    let result = RunResult { code: Some(0), timed_out: false, stdout: String::new(), stderr: String::new() };
    let expected = result.clone();
    let fake = Fake::new(move |request| match request {
        Request::Run(_) => Some(Reply::Ran(result.clone())),
        _ => Some(hello()),
    });
    let sandbox = fake.hosts().first().clone();
    sandbox.hello().await.unwrap();
    fake.cut();
    assert_eq!(sandbox.run(run()).await.unwrap(), expected);
}

#[tokio::test]
async fn refusals_and_nonsense_are_told_apart() {
    let fake = Fake::new(|request| match request {
        Request::Handover => Some(Reply::Refused(Refusal { message: "the box is down".into() })),
        _ => Some(Reply::Done),
    });
    let sandbox = fake.hosts().first().clone();
    assert_eq!(sandbox.handover().await.unwrap_err().to_string(), "the box is down");
    assert!(matches!(sandbox.hello().await, Err(SandboxError::Protocol(_))));
    assert!(matches!(sandbox.probe(Vec::new()).await, Err(SandboxError::Protocol(_))));
}

#[tokio::test]
async fn each_journal_entry_comes_once_over_many_connections() {
    let fake = Fake::new(|_| Some(hello()));
    let sandbox = fake.hosts().first().clone();
    let mut journal = sandbox.journal(0);
    let mut next = 1;
    for round in 1..=3 {
        fake.journal.send_replace(round * 100);
        while next <= round * 100 {
            let entry = timeout(Duration::from_secs(10), journal.next()).await.unwrap().unwrap();
            assert_eq!(entry.seq, next);
            next += 1;
        }
        // Half of it is committed when the connection drops.
        let committed = round * 100 - 50;
        journal.ack(committed);
        timeout(Duration::from_secs(5), fake.acked.subscribe().wait_for(|acked| *acked == committed))
            .await
            .unwrap()
            .unwrap();
        fake.cut();
    }
    assert!(timeout(Duration::from_secs(3), journal.next()).await.is_err(), "nothing comes twice");
    assert_eq!(*fake.asked_after.lock().unwrap(), [0, 50, 150, 250]);
    sandbox.remove().await.unwrap();
    let ended = timeout(Duration::from_secs(5), journal.next()).await.unwrap();
    assert!(matches!(ended, Err(SandboxError::Gone(_))), "{ended:?}");
}
