//! What whoever runs the installation does, and what an engine tells by itself.

use std::{sync::atomic::Ordering, time::Duration};

use labs::sandbox::Life;
use platform::{
    Error,
    operations::{EngineHealth, Presence},
    views::AttemptState,
};
use rstest::rstest;
use scorecards::event::{EndReason, Kind};

use super::support::{
    Engine,
    server::{ATTACH, World, eventually},
};

#[rstest]
#[tokio::test]
async fn an_attempt_that_is_ended_from_outside_keeps_its_record_and_counts_for_nothing(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    let runs: Vec<u64> = (0..200).map(|_| sandbox.ran("ls", 0)).collect();
    let (admin, maya) = (world.admin.clone(), world.maya.clone());
    let refused = server.on(|platform| async move { platform.end_attempt(&maya, attempt).await }).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    server.on(|platform| async move { platform.end_attempt(&admin, attempt).await }).await.unwrap();
    let AttemptState::Failed(words) = server.over(&world.maya, attempt).await else { panic!("it is lost, in words") };
    assert!(words.contains("has ended this attempt") && words.contains("not your fault"), "{words}");
    let events = world.events(attempt).await;
    let stored = events.iter().filter(|event| matches!(event.kind, Kind::CommandRun(_))).count();
    assert_eq!(stored, runs.len(), "what the box had to tell is there");
    let stopped = events.iter().find(|event| matches!(event.kind, Kind::AttemptStopped { .. })).unwrap();
    assert_eq!(stopped.actor, Some(world.admin.id));
    let last = events.last().unwrap();
    assert_eq!(last.kind, Kind::AttemptEnded { reason: EndReason::Lost }, "and nothing comes after the end");
    eventually("nothing is left of the box", || world.engine.containers().is_empty()).await;
    let again = server.on(move |platform| async move { platform.stop(attempt).await }).await;
    assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
}

#[tokio::test]
async fn what_one_process_marks_the_server_carries_out_within_a_second_or_two() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    // A command, by another process of the same name; it carries nothing out itself.
    let command = world.starting_as("a-command").await;
    command.on(move |platform| async move { platform.stop(attempt).await }).await.unwrap();
    assert!(matches!(server.over(&world.maya, attempt).await, AttemptState::Failed(_)));
    eventually("nothing is left of the box", || world.engine.containers().is_empty()).await;
}

#[tokio::test]
async fn a_start_that_is_ended_from_outside_leaves_nothing() {
    let world = World::new().await;
    let server = world.server().await;
    world.engine.creating.close();
    let attempt = server.start(&world.maya, "nginx").await.unwrap();
    eventually("the box is being made", || world.engine.of(attempt).is_some()).await;
    server.on(move |platform| async move { platform.stop(attempt).await }).await.unwrap();
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Failed(_)));
    world.engine.creating.open();
    eventually("nothing is left of the box", || world.engine.containers().is_empty()).await;
}

#[tokio::test]
async fn what_is_in_use_and_what_is_not_is_told_apart() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let mut unknown = world.box_of(attempt).identity.clone();
    unknown.sandboxes = vec![uuid::Uuid::from_u128(77)];
    unknown.attempt = Some(uuid::Uuid::from_u128(78));
    world.engine.leave_behind(unknown);
    let stock = server.on(|platform| async move { platform.stock().await }).await.unwrap();
    assert!(matches!(stock.engine, EngineHealth::Well { .. }), "{stock:?}");
    let [row] = &stock.sandboxes[..] else { panic!("{stock:?}") };
    assert_eq!((row.attempt, row.presence, row.state.as_str()), (attempt, Presence::Running, "running"));
    assert_eq!((row.learner.as_str(), row.lab.as_str()), (world.maya.name.as_str(), "nginx"));
    assert!(row.last_activity.is_some());
    assert_eq!(stock.leftovers.len(), 1, "{stock:?}");

    let dry = server.on(|platform| async move { platform.clear(true).await }).await.unwrap();
    assert_eq!((dry.count(), world.engine.containers().len()), (1, 2), "a dry run removes nothing");
    let cleared = server.on(|platform| async move { platform.clear(false).await }).await.unwrap();
    assert_eq!((cleared.count(), world.engine.containers().len()), (1, 1));

    world.engine.set_down(true);
    let stock = server.on(|platform| async move { platform.stock().await }).await.unwrap();
    assert!(matches!(stock.engine, EngineHealth::Trouble(_)));
    assert_eq!(stock.sandboxes[0].presence, Presence::Unknown, "what is not known is not called missing");
}

#[tokio::test]
async fn a_box_that_has_ended_is_seen_when_the_engine_tells_and_not_a_minute_later() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    // The next look around would be in a minute. Its journal's connection is gone, and can't be made again for a while.
    world.engine.set_down(true);
    world.box_of(attempt).end(Life::Ended { code: 137, out_of_memory: false, log: String::new() });
    tokio::time::sleep(Duration::from_millis(300)).await;
    world.engine.set_down(false);
    world.engine.tells();
    assert!(matches!(server.over(&world.maya, attempt).await, AttemptState::Failed(_)));
}

#[tokio::test]
async fn a_flood_of_programs_is_stored_up_to_a_bound_and_then_said_to_be_missing() {
    let mut world = World::new().await;
    world.settings.events_per_attempt = 100;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    for _ in 0..3000 {
        sandbox.ran("true", 0);
    }
    server.finish(&world.maya, attempt).await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Finished));
    let events = world.events(attempt).await;
    assert!(events.len() < 140, "{} events are stored", events.len());
    let missing: u64 =
        events.iter().filter_map(|e| if let Kind::CoverageLost { count } = e.kind { Some(count) } else { None }).sum();
    let stored = events.iter().filter(|event| event.box_at.is_some() && !is_gap(&event.kind)).count() as u64;
    assert_eq!(stored + missing, sandbox.journal_end(), "nothing is missing in silence");
    assert_eq!(sandbox.acked(), sandbox.journal_end(), "and the agent need not keep it");
}

fn is_gap(kind: &Kind) -> bool {
    matches!(kind, Kind::CoverageLost { .. })
}

#[tokio::test]
async fn a_box_of_another_version_is_left_alone_and_the_learner_is_told() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    server.kill();
    // An upgrade: the next server does not speak with what the last one has made.
    world.engine.ahead.store(1, Ordering::SeqCst);
    world.box_of(attempt).cut_connections();
    let server = world.server().await;
    let maya = world.maya.clone();
    let told = async || {
        let maya = maya.clone();
        server.on(move |platform| async move { platform.terminal(&maya, attempt, ATTACH).await.map(drop) }).await
    };
    let began = std::time::Instant::now();
    let words = loop {
        if let Err(Error::Conflict(words)) = told().await {
            break words;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "the learner is told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(words.contains("was upgraded") && words.contains("not your fault"), "{words}");
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }), "until its time is up");
    assert_eq!(world.engine.containers().len(), 1);
    server.finish(&world.maya, attempt).await;
    assert!(matches!(server.over(&world.maya, attempt).await, AttemptState::Failed(_)), "it can't be judged");
    eventually("nothing is left of the box", || world.engine.containers().is_empty()).await;
}

#[tokio::test]
async fn a_hint_that_is_taken_twice_at_once_is_charged_once() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let maya = world.maya.clone();
    let taken = server
        .on(move |platform| async move {
            let take = || platform.take_hint(&maya, attempt, 1);
            futures::join!(take(), take(), take())
        })
        .await;
    assert!(taken.0.is_ok() && taken.1.is_ok() && taken.2.is_ok());
    let story = world.story(attempt).await;
    assert_eq!(story.iter().filter(|kind| *kind == "hint_taken").count(), 1, "{story:?}");
}
