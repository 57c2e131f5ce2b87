//! The append-only record: chains, repeats, triggers.

use platform::store::{
    StoreError,
    events::{self, ChainState},
    sandboxes,
};
use rstest::rstest;
use scorecards::event::{
    By, CheckRun, CommandRun, EndReason, Event, Kind, Mode, Unknown, Verdict,
    work::{Alert, Work},
};
use uuid::Uuid;

use super::{Bench, support::Engine, typed};

#[rstest]
#[tokio::test]
async fn events_say_what_they_said(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (attempt, _) = bench.sandbox().await;
    // A zero character and numbers that a database could write in its own way.
    let observation = serde_json::json!({ "body": "a\0b\u{7f}ü", "load": 1e16, "part": 0.1, "z": 1, "a": [null] });
    let kinds = [
        Kind::AttemptStarted { lab: "nginx".into(), version: "v1".into(), mode: Mode::Practice },
        Kind::SandboxReady { took_ms: u64::MAX >> 1, warm: true },
        Kind::CommandRun(CommandRun {
            run: 3,
            parent: Some(1),
            by: By::Terminal(1),
            host: None,
            exe: "/usr/sbin/nginx".into(),
            argv: vec!["nginx".into(), "-t".into(), "\"quoted\" \\ \n".into()],
            cut: true,
            cwd: "/".into(),
            uid: 0,
            pristine: true,
        }),
        Kind::CommandEnded { run: 3, code: None },
        typed("nginx -t"),
        Kind::CheckRun(CheckRun {
            check: "site".into(),
            closing: true,
            verdict: Verdict::Broken,
            feedback: "…".into(),
            observation,
        }),
        Kind::HintTaken { hint: 1 },
        Kind::AttemptEnded { reason: EndReason::Finished },
    ];
    let events: Vec<Event> = kinds.into_iter().map(|kind| bench.event(&attempt, kind)).collect();
    bench.append(&events).await;

    assert_eq!(events::of_attempt(&bench.store, attempt.id).await.unwrap(), events);
    assert_eq!(events::progress(&bench.store, attempt.id).await.unwrap(), events[5..7]);
    assert_eq!(events::of_attempt(&bench.store, Uuid::nil()).await.unwrap(), []);
    assert_eq!(events::verify(&bench.store, attempt.id).await.unwrap(), ChainState::Whole { length: 8 });
    assert_eq!(events::verify(&bench.store, Uuid::nil()).await.unwrap(), ChainState::Whole { length: 0 });

    // The same again in another process, so to speak.
    let again = bench.database.store().await;
    assert_eq!(events::of_attempt(&again, attempt.id).await.unwrap(), events);
}

#[rstest]
#[tokio::test]
async fn events_without_an_attempt_are_their_persons_chain(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (attempt, _) = bench.sandbox().await;
    let mut event = bench.event(&attempt, typed("x"));
    event.attempt = None;
    bench.append(&[event]).await;
    assert_eq!(events::verify(&bench.store, bench.learner).await.unwrap(), ChainState::Whole { length: 1 });
    assert_eq!(events::verify(&bench.store, attempt.id).await.unwrap(), ChainState::Whole { length: 0 });
}

#[rstest]
#[tokio::test]
async fn what_is_recorded_of_a_person_outside_attempts_is_theirs_alone(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let bench = bench!(engine);
    let (attempt, _) = bench.sandbox().await;
    let in_attempt = bench.event(&attempt, typed("in an attempt"));
    let mut early = bench.event(&attempt, typed("too early"));
    let since = early.at + chrono::TimeDelta::days(1);
    let mut late = bench.event(&attempt, typed("late"));
    let mut later = bench.event(&attempt, Kind::Work(Work::Alert(Alert::PageDelivered { alert: "A-1".into() })));
    let mut others = bench.event(&attempt, typed("somebody else's"));
    let mut unknown = bench
        .event(&attempt, Kind::Unknown(Unknown { kind: "of_tomorrow".into(), data: serde_json::json!({ "n": [1] }) }));
    for event in [&mut early, &mut late, &mut later, &mut others, &mut unknown] {
        event.attempt = None;
    }
    others.subject = Uuid::from_u128(7);
    late.at = since;
    later.at = since + chrono::TimeDelta::seconds(1);
    unknown.at = since + chrono::TimeDelta::seconds(2);
    bench.append(&[in_attempt, later.clone(), early, late.clone(), others, unknown.clone()]).await;
    let seen = events::of_person(&bench.store, bench.learner, since, unknown.at).await.unwrap();
    assert_eq!(seen, [late, later], "in the order of time");
    let all =
        events::of_person(&bench.store, bench.learner, since, unknown.at + chrono::TimeDelta::days(1)).await.unwrap();
    assert_eq!(all.last(), Some(&unknown), "what a later version wrote is kept as it came");
}

#[rstest]
#[tokio::test]
async fn a_repeated_journal_changes_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (attempt, sandbox) = bench.sandbox().await;
    let entries = |numbers: std::ops::RangeInclusive<u64>| -> Vec<(u64, Event)> {
        numbers.map(|n| (n, bench.event(&attempt, typed(&format!("line {n}"))))).collect()
    };
    for batch in [entries(1..=5), entries(1..=5), entries(4..=8), entries(2..=3)] {
        let mut tx = bench.store.begin().await.unwrap();
        events::append_journal(&mut tx, sandbox, &batch).await.unwrap();
        tx.commit().await.unwrap();
    }
    let kinds: Vec<Kind> =
        events::of_attempt(&bench.store, attempt.id).await.unwrap().into_iter().map(|event| event.kind).collect();
    let expected: Vec<Kind> = (1..=8).map(|n| typed(&format!("line {n}"))).collect();
    assert_eq!(kinds, expected);
    assert_eq!(events::verify(&bench.store, attempt.id).await.unwrap(), ChainState::Whole { length: 8 });
    assert_eq!(sandboxes::by_id(&bench.store, sandbox).await.unwrap().unwrap().journal_seq, 8);
}

#[rstest]
#[tokio::test]
async fn what_is_not_committed_has_not_happened(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (attempt, sandbox) = bench.sandbox().await;
    let mut tx = bench.store.begin().await.unwrap();
    let entry = (1, bench.event(&attempt, typed("x")));
    events::append_journal(&mut tx, sandbox, std::slice::from_ref(&entry)).await.unwrap();
    drop(tx);
    assert_eq!(events::of_attempt(&bench.store, attempt.id).await.unwrap(), []);
    assert_eq!(sandboxes::by_id(&bench.store, sandbox).await.unwrap().unwrap().journal_seq, 0);
    let mut tx = bench.store.begin().await.unwrap();
    events::append_journal(&mut tx, sandbox, &[entry]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(events::verify(&bench.store, attempt.id).await.unwrap(), ChainState::Whole { length: 1 });
}

#[rstest]
#[tokio::test(flavor = "multi_thread")]
async fn writers_at_the_same_time_keep_the_chain_whole(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    const EACH: u64 = 40;
    let bench = bench!(engine);
    let (attempt, sandbox) = bench.sandbox().await;
    let mut writers = Vec::new();
    for writer in 0..4_u64 {
        // Two by two on a store of their own, as two servers would be.
        let store = if writer % 2 == 0 { bench.store.clone() } else { bench.database.store().await };
        let events: Vec<Event> = (1..=EACH).map(|n| bench.event(&attempt, typed(&format!("{writer}:{n}")))).collect();
        writers.push(tokio::spawn(async move {
            for (n, event) in (1..).zip(events) {
                let mut tx = store.begin().await?;
                if writer < 2 {
                    events::append(&mut tx, &[event]).await?;
                } else {
                    // Both of these bring the same journal entries.
                    events::append_journal(&mut tx, sandbox, &[(n, event)]).await?;
                }
                tx.commit().await?;
            }
            Ok::<(), StoreError>(())
        }));
    }
    for writer in writers {
        writer.await.unwrap().unwrap();
    }
    assert_eq!(events::verify(&bench.store, attempt.id).await.unwrap(), ChainState::Whole { length: 3 * EACH });
    assert_eq!(events::of_attempt(&bench.store, attempt.id).await.unwrap().len() as u64, 3 * EACH);
    assert_eq!(sandboxes::by_id(&bench.store, sandbox).await.unwrap().unwrap().journal_seq, EACH);
}

#[rstest]
#[tokio::test]
async fn events_can_be_neither_changed_nor_deleted(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let bench = bench!(engine);
    let (attempt, _) = bench.sandbox().await;
    bench.append(&[bench.event(&attempt, typed("x"))]).await;
    let mut tries = vec!["update events set kind = 'other'", "delete from events"];
    match engine {
        Engine::Postgres => tries.push("truncate events"),
        Engine::Sqlite => {}
    }
    for sql in tries {
        let error = bench.database.raw(sql).await.unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
    assert_eq!(events::verify(&bench.store, attempt.id).await.unwrap(), ChainState::Whole { length: 1 });
}

#[rstest]
#[case("update events set data = replace(data, 'line 2', 'line 9') where position = 2", ChainState::Broken { position: 2 })]
#[case("update events set actor = null where position = 3", ChainState::Broken { position: 3 })]
#[case("delete from events where position = 2", ChainState::Broken { position: 2 })]
#[case("delete from events where position = 4", ChainState::Broken { position: 4 })]
#[case("delete from chains", ChainState::Broken { position: 1 })]
#[tokio::test]
async fn a_forgery_past_the_triggers_is_seen(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
    #[case] forgery: &str,
    #[case] expected: ChainState,
) {
    let bench = bench!(engine);
    let (attempt, _) = bench.sandbox().await;
    let events: Vec<Event> = (1..=4).map(|n| bench.event(&attempt, typed(&format!("line {n}")))).collect();
    bench.append(&events).await;
    for trigger in ["events_keep_their_words", "events_stay"] {
        let on = if engine == Engine::Postgres { " on events" } else { "" };
        bench.database.raw(&format!("drop trigger {trigger}{on}")).await.unwrap();
    }
    bench.database.raw(forgery).await.unwrap();
    assert_eq!(events::verify(&bench.store, attempt.id).await.unwrap(), expected);
}
