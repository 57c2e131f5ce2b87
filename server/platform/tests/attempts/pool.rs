//! Warm boxes: who gets them, what a kill leaves of them, and what is promised.

use std::{
    collections::HashSet,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use platform::{
    Clock, Error,
    views::{AttemptState, PoolLab, PoolStatus, Viewer},
};
use scorecards::event::Kind;
use uuid::Uuid;

use super::support::server::{ATTACH, Server, World, eventually};

/// A world whose servers hold warm boxes.
async fn world() -> World {
    let mut world = World::new().await;
    world.settings.warm_memory = Some(4 << 30);
    world
}

async fn status(server: &Server) -> PoolStatus {
    server.on(|p| async move { p.pool_status().await }).await.expect("a status")
}

async fn of(server: &Server, lab: &str) -> PoolLab {
    status(server).await.labs.into_iter().find(|line| line.lab == lab).unwrap_or_default()
}

/// Waits until so many boxes of a lab are warm, and none is being made.
async fn warm(server: &Server, lab: &str, count: u32) {
    let began = Instant::now();
    loop {
        let line = of(server, lab).await;
        if (line.warm, line.warming) == (count, 0) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{line:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn reserve(
    server: &Server,
    viewer: &Viewer,
    lab: &'static str,
    minutes: i64,
    places: u32,
) -> platform::Result<Uuid> {
    let viewer = viewer.clone();
    server
        .on(move |p| async move {
            let at = p.now() + TimeDelta::minutes(minutes);
            p.reserve(&viewer, lab, Some(at), places).await
        })
        .await
}

#[tokio::test]
async fn the_first_makes_their_box_and_the_next_gets_one_that_waits() {
    let world = world().await;
    let server = world.server().await;
    let first = server.running(&world.maya, "nginx").await;
    warm(&server, "nginx", 1).await;
    let (_, waiting) = world.engine.warm().remove(0);

    let asked = world.engine.asked.load(Ordering::SeqCst);
    let second = server.start(&world.tobias, "nginx").await.unwrap();
    let state = server.state(&world.tobias, second).await;
    let (viewer, at) = (world.tobias.clone(), ATTACH);
    server.on(move |p| async move { p.terminal(&viewer, second, at).await.map(drop) }).await.unwrap();
    assert_eq!(world.engine.asked.load(Ordering::SeqCst), asked, "a claim asks the engine nothing");
    assert_eq!(state, AttemptState::Running { deadline: world.clock.now() + TimeDelta::minutes(30) });

    assert_eq!(world.story(second).await[..2], ["attempt_started", "sandbox_ready"]);
    let ready = |event: &&scorecards::event::Event| matches!(event.kind, Kind::SandboxReady { warm: true, .. });
    assert_eq!(world.events(second).await.iter().filter(ready).count(), 1);
    let brief = |viewer: &Viewer, attempt| {
        let viewer = viewer.clone();
        server.on(move |p| async move { p.attempt(&viewer, attempt).await.map(|view| view.brief) })
    };
    assert_ne!(brief(&world.maya, first).await.unwrap(), brief(&world.tobias, second).await.unwrap());
    waiting.ran("nginx -t", 0);
    eventually("its journal is fetched", || waiting.acked() == waiting.journal_end()).await;
    let opened = world.events(second).await.into_iter().find(|event| matches!(event.kind, Kind::TerminalOpened { .. }));
    assert_eq!(opened.unwrap().actor, None, "the pool has opened it");

    let line = of(&server, "nginx").await;
    assert_eq!((line.claimed, line.cold), (1, 1));
    warm(&server, "nginx", 2).await;
    assert_eq!(server.start(&world.tobias, "nginx").await.unwrap(), second, "a second start is the same attempt");
    assert_eq!(of(&server, "nginx").await.claimed, 1);
}

#[tokio::test]
async fn a_warm_box_that_died_is_given_to_nobody() {
    let world = world().await;
    let server = world.server().await;
    server.running(&world.maya, "nginx").await;
    warm(&server, "nginx", 1).await;
    world.engine.warm()[0].1.end(labs::sandbox::Life::Ended { code: 137, out_of_memory: true, log: String::new() });
    let attempt = server.running(&world.tobias, "nginx").await;
    let ready = world.events(attempt).await.into_iter().find_map(|event| match event.kind {
        Kind::SandboxReady { warm, .. } => Some(warm),
        _ => None,
    });
    assert_eq!(ready, Some(false), "the way without a pool is always there");
}

#[tokio::test]
async fn another_run_of_the_server_takes_over_what_is_warm() {
    let world = world().await;
    let server = world.server().await;
    reserve(&server, &world.manager, "nginx", 1, 3).await.unwrap();
    warm(&server, "nginx", 3).await;
    let before: HashSet<String> = world.engine.warm().into_iter().map(|(name, _)| name).collect();
    // Somebody was let into one of them, and then the server was killed before that was stored.
    let (half_way, half_way_box) = world.engine.warm().remove(0);
    half_way_box.hand_over();
    server.kill();

    let server = world.server().await;
    warm(&server, "nginx", 3).await;
    let after: HashSet<String> = world.engine.warm().into_iter().map(|(name, _)| name).collect();
    assert!(!after.contains(&half_way), "nobody else gets it");
    assert_eq!(after.intersection(&before).count(), 2, "{before:?} {after:?}");
    let attempt = server.start(&world.maya, "nginx").await.unwrap();
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));

    // What was claimed goes on over a kill, as any other.
    server.kill();
    let server = world.server().await;
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
}

#[tokio::test]
async fn a_server_without_a_pool_removes_what_another_left() {
    let mut world = world().await;
    let server = world.server().await;
    reserve(&server, &world.manager, "nginx", 1, 2).await.unwrap();
    warm(&server, "nginx", 2).await;
    server.kill();
    world.settings.warm_memory = Some(0);
    let _server = world.server().await;
    eventually("nothing is left", || world.engine.containers().is_empty()).await;
}

#[tokio::test]
async fn what_is_reserved_is_ready_before_it_begins_and_gone_when_it_is_over() {
    let world = world().await;
    let server = world.server().await;
    reserve(&server, &world.manager, "disk", 60, 2).await.unwrap();
    let reservation = reserve(&server, &world.manager, "nginx", 5, 3).await.unwrap();
    warm(&server, "nginx", 3).await;
    assert_eq!(of(&server, "nginx").await.reserved, 3);
    assert_eq!(of(&server, "disk").await.target, 0, "that is an hour away");

    let attempt = server.start(&world.maya, "nginx").await.unwrap();
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));
    let manager = world.manager.clone();
    let view = server.on(|p| async move { p.lab(&manager, "nginx").await }).await.unwrap();
    let reserved = view.reservations.unwrap();
    assert_eq!((reserved.len(), reserved[0].places, reserved[0].by.name.as_str()), (1, 3, "Ingrid"));

    let manager = world.manager.clone();
    server.on(move |p| async move { p.cancel_reservation(&manager, reservation).await }).await.unwrap();
    // Somebody began it a moment ago: one stays for the next.
    warm(&server, "nginx", 1).await;

    world.clock.advance(TimeDelta::minutes(56));
    warm(&server, "disk", 2).await;
    world.clock.advance(TimeDelta::minutes(40));
    warm(&server, "disk", 0).await;
}

#[tokio::test]
async fn only_some_may_reserve_and_only_what_there_is_room_for() {
    let world = world().await;
    let server = world.server().await;
    for viewer in [&world.maya, &world.candidate] {
        assert!(matches!(reserve(&server, viewer, "nginx", 5, 3).await, Err(Error::Forbidden)));
        let (viewer, lab) = (viewer.clone(), "nginx");
        let seen = server.on(move |p| async move { p.lab(&viewer, lab).await }).await;
        assert!(seen.is_err() || seen.unwrap().reservations.is_none());
    }
    assert!(matches!(reserve(&server, &world.manager, "nonesuch", 5, 3).await, Err(Error::NotFound)));
    for (minutes, places) in [(-60, 3), (60 * 24 * 400, 3), (5, 0), (5, 201), (5, 100)] {
        let refused = reserve(&server, &world.manager, "nginx", minutes, places).await;
        assert!(matches!(refused, Err(Error::Conflict(_))), "{minutes} {places}");
    }
    // 4 GiB, 80 MiB each: 51.
    reserve(&server, &world.manager, "nginx", 5, 30).await.unwrap();
    let error = reserve(&server, &world.manager, "disk", 10, 30).await.unwrap_err().to_string();
    assert!(error.contains("21 machines"), "{error}");
    reserve(&server, &world.manager, "disk", 60, 30).await.unwrap();
}
