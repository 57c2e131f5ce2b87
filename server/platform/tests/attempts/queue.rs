//! A machine that is full: places, the queue, and who gives way.

use std::time::Duration;

use chrono::TimeDelta;
use platform::{
    Error,
    views::{AttemptState, Viewer},
};
use scorecards::event::{EndReason, Kind};
use uuid::Uuid;

use super::support::server::{ATTACH, Server, World, eventually};

fn queued(place: u32) -> impl Fn(&AttemptState) -> bool {
    move |state| matches!(state, AttemptState::Queued { place: at, .. } if *at == place)
}

fn runs(state: &AttemptState) -> bool {
    matches!(state, AttemptState::Running { .. })
}

async fn leave(server: &Server, viewer: &Viewer, attempt: Uuid) {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.abandon(&viewer, attempt).await }).await.expect("a way out");
}

/// How many boxes are warm.
async fn warm(server: &Server) -> u32 {
    let status = server.on(|p| async move { p.pool_status().await }).await.expect("a status");
    status.labs.iter().map(|line| line.warm).sum()
}

#[tokio::test]
async fn who_comes_to_a_full_machine_waits_in_order() {
    let mut world = World::new().await;
    world.settings.running_in_all = Some(1);
    let server = world.server().await;
    let first = server.running(&world.maya, "nginx").await;
    world.clock.advance(TimeDelta::minutes(10));
    let second = server.start(&world.tobias, "nginx").await.unwrap();
    let third = server.start(&world.manager, "disk").await.unwrap();
    assert_eq!(
        server.state(&world.tobias, second).await,
        AttemptState::Queued { place: 1, minutes: Some(21) },
        "twenty minutes are left of the one that runs"
    );
    assert_eq!(server.state(&world.manager, third).await, AttemptState::Queued { place: 2, minutes: None });
    assert_eq!(world.events(third).await[0].kind, Kind::AttemptQueued { place: 2 });
    assert_eq!(server.start(&world.tobias, "nginx").await.unwrap(), second, "a second click does not lose the place");

    let viewer = world.tobias.clone();
    let terminal = server.on(move |p| async move { p.terminal(&viewer, second, ATTACH).await.map(drop) }).await;
    assert!(matches!(terminal, Err(Error::Unavailable(_))));
    let viewer = world.tobias.clone();
    let finish = server.on(move |p| async move { p.finish(&viewer, second).await }).await;
    assert!(matches!(finish, Err(Error::Conflict(words)) if words.contains("turn")));

    // A kill changes nothing of it.
    server.kill();
    let server = world.server().await;
    assert!(queued(2)(&server.state(&world.manager, third).await));
    server.finish(&world.maya, first).await;
    server.until(&world.tobias, second, runs).await;
    server.until(&world.manager, third, queued(1)).await;
    assert_eq!(world.story(second).await, ["attempt_queued", "attempt_started", "sandbox_ready"]);

    // The clock runs only from the box's being ready.
    world.clock.advance(TimeDelta::minutes(29));
    assert!(runs(&server.state(&world.tobias, second).await));
    server.finish(&world.tobias, second).await;
    server.until(&world.manager, third, runs).await;
}

#[tokio::test]
async fn who_leaves_makes_place_and_a_place_counts_for_the_person() {
    let mut world = World::new().await;
    world.settings.running_in_all = Some(1);
    let server = world.server().await;
    server.running(&world.maya, "nginx").await;
    let one = server.start(&world.tobias, "nginx").await.unwrap();
    let other = server.start(&world.tobias, "disk").await.unwrap();
    let refused = server.start(&world.tobias, "dns").await;
    assert!(matches!(refused, Err(Error::Conflict(words)) if words.contains("running or waiting")));
    let last = server.start(&world.manager, "nginx").await.unwrap();
    assert!(queued(3)(&server.state(&world.manager, last).await));

    leave(&server, &world.tobias, one).await;
    assert_eq!(server.state(&world.tobias, one).await, AttemptState::Ended(EndReason::Abandoned));
    assert!(queued(1)(&server.state(&world.tobias, other).await));
    assert!(queued(2)(&server.state(&world.manager, last).await));
    assert_eq!(world.story(one).await, ["attempt_queued", "attempt_ended"]);
    let viewer = world.tobias.clone();
    let lab = server.on(|p| async move { p.lab(&viewer, "nginx").await }).await.unwrap();
    assert_eq!(lab.card.attempts, 0, "it was no try");
}

#[tokio::test]
async fn memory_decides_and_warm_boxes_give_way_before_anybody_waits() {
    let mut world = World::new().await;
    // Two boxes of 320 MiB, or one and some warm ones of 80.
    world.engine.memory.store(700, std::sync::atomic::Ordering::SeqCst);
    world.settings.warm_memory = Some(300 << 20);
    let server = world.server().await;
    let first = server.running(&world.maya, "nginx").await;
    eventually("one is warm for the next", || !world.engine.warm().is_empty()).await;
    while warm(&server).await == 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

    // 320 and 80 are taken, 300 are left: the warm box of another lab gives way.
    let second = server.running(&world.tobias, "disk").await;
    assert!(world.engine.warm().iter().all(|(_, made)| made.lab() != "nginx"));
    let third = server.start(&world.manager, "dns").await.unwrap();
    assert!(queued(1)(&server.state(&world.manager, third).await), "now it is full");
    // While somebody waits nothing is warmed that nobody was promised.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(world.engine.containers().len(), 2);
    server.finish(&world.maya, first).await;
    server.until(&world.manager, third, runs).await;
    assert!(runs(&server.state(&world.tobias, second).await));
}

#[tokio::test]
async fn a_machine_that_is_too_small_is_tried_all_the_same() {
    let world = World::new().await;
    world.engine.memory.store(100, std::sync::atomic::Ordering::SeqCst);
    let server = world.server().await;
    let first = server.running(&world.maya, "nginx").await;
    let second = server.start(&world.tobias, "nginx").await.unwrap();
    assert!(queued(1)(&server.state(&world.tobias, second).await));
    server.finish(&world.maya, first).await;
    server.until(&world.tobias, second, runs).await;
}

#[tokio::test]
async fn the_queue_waits_for_an_engine_that_is_away() {
    let mut world = World::new().await;
    world.settings.running_in_all = Some(1);
    let server = world.server().await;
    let first = server.running(&world.maya, "nginx").await;
    let second = server.start(&world.tobias, "nginx").await.unwrap();
    leave(&server, &world.maya, first).await;
    server.kill();
    world.engine.set_down(true);
    let server = world.server().await;
    tokio::time::sleep(Duration::from_millis(1200)).await;
    assert!(queued(1)(&server.state(&world.tobias, second).await), "it is not turned away");
    world.engine.set_down(false);
    world.clock.advance(TimeDelta::seconds(10));
    server.on(|p| async move { p.recover().await }).await.unwrap();
    server.until(&world.tobias, second, runs).await;
}
