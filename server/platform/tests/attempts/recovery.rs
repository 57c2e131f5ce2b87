//! What a kill, a lost box or an engine that is away leaves.

use std::time::Duration;

use chrono::TimeDelta;
use labs::sandbox::{Identity, Life};
use platform::{Error, views::AttemptState};
use rstest::rstest;
use scorecards::event::{EndReason, Kind};
use uuid::Uuid;
use wire::journal::What;

use super::support::{
    Engine,
    server::{ATTACH, INSTANCE, World, eventually},
};

/// The runs that are stored, in their order.
async fn stored_runs(world: &World, attempt: Uuid) -> Vec<u64> {
    let events = world.events(attempt).await;
    events
        .iter()
        .filter_map(|event| if let Kind::CommandRun(run) = &event.kind { Some(run.run) } else { None })
        .collect()
}

#[rstest]
#[tokio::test]
async fn a_killed_server_loses_and_doubles_nothing(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let mut server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let deadline = server.state(&world.maya, attempt).await;
    let sandbox = world.box_of(attempt);
    let mut runs = Vec::new();
    for round in 0..6_u32 {
        runs.extend((0..300).map(|_| sandbox.ran("ss -tlnp", 0)));
        // At another moment each time, in the middle of it.
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 15)).await;
        server.kill();
        runs.extend((0..20).map(|_| sandbox.ran("ls", 0)));
        server = world.server().await;
        assert_eq!(server.state(&world.maya, attempt).await, deadline, "the attempt goes on");
        sandbox.cut_connections();
    }
    sandbox.solve();
    server.finish(&world.maya, attempt).await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Finished));
    assert_eq!(stored_runs(&world, attempt).await, runs);
    assert!(sandbox.acked() <= sandbox.journal_end());
    assert_eq!(world.engine.containers(), Vec::<String>::new());
}

#[tokio::test]
async fn what_was_acknowledged_was_stored() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    for _ in 0..500 {
        sandbox.ran("ls", 0);
    }
    eventually("something is acknowledged", || sandbox.acked() > 0).await;
    server.kill();
    let acked = sandbox.acked();
    // Of the acknowledged entries: one start of the box, then pairs of a start and an end of a program.
    let stored = world.events(attempt).await.iter().filter(|event| event.box_at.is_some()).count() as u64;
    assert!(stored >= acked, "{stored} stored, {acked} acknowledged");
}

#[rstest]
#[case::before_the_closing_checks(true)]
#[case::after_they_were_asked_for(false)]
#[tokio::test]
async fn a_finish_outlives_a_kill(#[case] down: bool) {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    sandbox.solve();
    sandbox.ran("nginx -t", 0);
    world.engine.probing.close();
    if down {
        world.engine.set_down(true);
        sandbox.cut_connections();
    }
    server.finish(&world.maya, attempt).await;
    if !down {
        eventually("the closing probes", || sandbox.probed.available_permits() > 0).await;
    }
    server.kill();
    world.engine.set_down(false);
    world.engine.probing.open();

    let server = world.server().await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Finished));
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap();
    assert_eq!((result.result.passed, result.result.points, result.result.possible), (Some(true), 9, 9));
    let story = world.story(attempt).await;
    assert_eq!(story.iter().filter(|kind| *kind == "check_run").count(), 2, "{story:?}");
    assert_eq!(story.iter().filter(|kind| *kind == "attempt_ended").count(), 1, "{story:?}");
}

#[rstest]
#[tokio::test]
async fn an_interrupted_start_begins_again(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    world.engine.creating.close();
    let attempt = server.start(&world.maya, "nginx").await.unwrap();
    eventually("the box is being made", || world.engine.of(attempt).is_some()).await;
    let first = world.box_of(attempt).identity.group();
    server.kill();
    world.engine.creating.open();

    let server = world.server().await;
    server.until(&world.maya, attempt, |state| matches!(state, AttemptState::Running { .. })).await;
    assert_ne!(world.box_of(attempt).identity.group(), first);
    assert_eq!(world.engine.containers().len(), 1, "nothing is left of the first");
    assert_eq!(world.story(attempt).await, ["attempt_started", "sandbox_ready"]);
}

#[rstest]
#[case::while_the_server_was_down(true)]
#[case::while_it_ran(false)]
#[tokio::test]
async fn a_lost_box_is_said_in_words(#[case] down: bool, #[values(true, false)] missing: bool) {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    sandbox.ran("nginx -t", 0);
    eventually("the journal is stored", || sandbox.acked() == sandbox.journal_end()).await;
    let lose = || {
        if missing {
            world.engine.forget_all();
        } else {
            sandbox.end(Life::Ended { code: 137, out_of_memory: true, log: String::new() });
        }
    };
    let server = if down {
        server.kill();
        lose();
        world.server().await
    } else {
        lose();
        server
    };
    match server.over(&world.maya, attempt).await {
        AttemptState::Failed(words) => {
            let why = if missing { "removed from outside" } else { "ran out of memory" };
            assert!(words.contains(why) && words.contains("start the lab again"), "{words}");
        }
        unexpected => panic!("{unexpected:?}"),
    }
    eventually("the container is removed", || world.engine.containers().is_empty()).await;
    let told = world.events(attempt).await;
    assert_eq!(told.last().unwrap().kind, Kind::AttemptEnded { reason: EndReason::Lost });
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap();
    assert_eq!(result.summary.passed, None, "it counts for nothing");
    assert_eq!(result.commands.len(), 1, "what was done is kept");
    let viewer = world.maya.clone();
    let lab = server.on(|p| async move { p.lab(&viewer, "nginx").await }).await.unwrap();
    assert_eq!(lab.card.attempts, 0, "it was no try");
    server.running(&world.maya, "nginx").await;
}

#[tokio::test]
async fn leftovers_are_removed_and_others_left_alone() {
    let world = World::new().await;
    let identity = |attempt: Option<u128>, instance: &str| Identity {
        sandboxes: vec![Uuid::from_u128(attempt.unwrap_or(9))],
        attempt: attempt.map(Uuid::from_u128),
        instance: instance.into(),
        warm: None,
    };
    world.engine.leave_behind(identity(Some(1), INSTANCE));
    world.engine.leave_behind(identity(Some(2), "another"));
    world.engine.leave_behind(identity(None, INSTANCE));
    let _server = world.server().await;
    assert!(world.engine.of(Uuid::from_u128(1)).is_none());
    assert!(world.engine.of(Uuid::from_u128(2)).is_some(), "another installation's");
    assert_eq!(world.engine.containers().len(), 2, "a proof's box is its maker's");
}

#[tokio::test]
async fn what_a_killed_server_could_not_remove_is_removed() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt).identity.clone();
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    eventually("the box is removed", || world.engine.containers().is_empty()).await;
    server.kill();
    world.engine.leave_behind(sandbox);
    let _server = world.server().await;
    assert!(world.engine.containers().is_empty());
}

#[tokio::test]
async fn an_engine_that_is_away_is_waited_for() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    server.kill();
    world.engine.set_down(true);
    let server = world.server().await;
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }), "it is not given up");
    let viewer = world.maya.clone();
    let terminal = server.on(|p| async move { p.terminal(&viewer, attempt, ATTACH).await.map(drop) }).await;
    assert!(matches!(terminal, Err(Error::Unavailable(_))), "{terminal:?}");
    world.engine.set_down(false);
    server.on(|p| async move { p.recover().await }).await.unwrap();
    sandbox.happened(What::Line { terminal: 1, text: "ls".into() });
    eventually("the journal is fetched", || sandbox.acked() == sandbox.journal_end()).await;
}

#[tokio::test]
async fn an_orderly_shutdown_leaves_attempts_running() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    server.stop().await;
    assert_eq!(world.engine.containers().len(), 1);
    let server = world.server().await;
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));
}

#[rstest]
#[tokio::test]
async fn an_orderly_shutdown_waits_for_what_is_being_stored(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    eventually("the journal is stored", || sandbox.acked() == sandbox.journal_end()).await;
    let held = world.database.hold().await;
    let run = sandbox.ran("nginx -t", 0);
    // Nobody can see that a commit waits for the lock.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        held.release().await;
    };
    tokio::join!(server.stop(), release);
    assert_eq!(stored_runs(&world, attempt).await, [run]);
}

#[tokio::test]
async fn an_engine_that_hangs_holds_up_no_deadline_and_no_shutdown() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let other = server.running(&world.tobias, "nginx").await;
    server.finish(&world.tobias, other).await;
    server.kill();
    world.engine.answering.close();
    let server = world.starting().await;
    // What passes before it has looked around would count as time in which it was away.
    tokio::time::sleep(Duration::from_millis(1500)).await;
    world.clock.advance(TimeDelta::minutes(31));
    server.until(&world.maya, attempt, |state| *state == AttemptState::Finishing).await;
    server.stop().await;

    let server = world.starting().await;
    world.engine.answering.open();
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Expired));
    assert_eq!(server.over(&world.tobias, other).await, AttemptState::Ended(EndReason::Finished));
}

#[rstest]
#[tokio::test]
async fn a_servers_attempts_are_left_to_it(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    server.kill();
    let other = world.starting_as("another").await;
    world.clock.advance(TimeDelta::minutes(31));
    other.on(|p| async move { p.recover().await }).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert!(matches!(other.state(&world.maya, attempt).await, AttemptState::Running { .. }));
    // It was away, and what it was away for is given back; then the time goes on.
    let own = world.server().await;
    assert!(matches!(own.state(&world.maya, attempt).await, AttemptState::Running { .. }));
    world.clock.advance(TimeDelta::minutes(31));
    assert_eq!(own.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Expired));
}

#[rstest]
#[tokio::test]
async fn the_attempts_of_a_server_that_is_gone_are_lost_at_last(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let running = server.running(&world.maya, "nginx").await;
    world.engine.creating.close();
    let starting = server.start(&world.tobias, "nginx").await.unwrap();
    server.kill();
    world.engine.creating.open();
    world.clock.advance(TimeDelta::minutes(91));
    let other = world.starting_as("another").await;
    for (viewer, attempt) in [(&world.maya, running), (&world.tobias, starting)] {
        match other.over(viewer, attempt).await {
            AttemptState::Failed(words) => assert!(words.contains("has not come back"), "{words}"),
            unexpected => panic!("{unexpected:?}"),
        }
        other.running(viewer, "nginx").await;
    }
}
