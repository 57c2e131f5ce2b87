//! What is left of a box: kept, shown, opened as a copy; and a box that begins anew.

use std::sync::{Arc, atomic::Ordering};

use chrono::TimeDelta;
use platform::Error;
use rstest::rstest;
use scorecards::event::Kind;
use wire::layer::Content;

use super::support::{
    Engine,
    server::{ATTACH, World, eventually},
};

#[rstest]
#[tokio::test]
async fn an_end_state_is_kept_shown_without_secrets_and_opened_as_a_copy(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = World::on(engine).await else { return };
    let server = world.server().await;
    let maya = world.maya.clone();
    let attempt = server.running(&maya, "nginx").await;
    server.finish(&maya, attempt).await;
    server.over(&maya, attempt).await;
    let events = world.events(attempt).await;
    assert!(events.iter().any(|event| matches!(&event.kind, Kind::SnapshotKept { bytes: 14, .. })), "{events:#?}");

    let viewer = maya.clone();
    let changes = server.on(|p| async move { p.changes(&viewer, attempt).await }).await.unwrap();
    let after = changes.hosts[0].changes[0].after.as_ref().unwrap().content.clone();
    assert_eq!(after, Some(Content::Text("port = 80\npassword = REDACTED\n".into())));

    let viewer = maya.clone();
    let copy = server.on(|p| async move { p.open_copy(&viewer, attempt).await }).await.unwrap();
    let engine = Arc::clone(&world.engine);
    eventually("the copy is made", || engine.of(copy).is_some_and(|made| !made.restored.lock().unwrap().is_empty()))
        .await;
    assert_eq!(*engine.of(copy).unwrap().restored.lock().unwrap(), b"as it was left");
    for _ in 0..100 {
        let viewer = maya.clone();
        if !server.on(|p| async move { p.copy(&viewer, copy).await }).await.unwrap().starting {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    // Looking around does not take it for a leftover, and a server that comes again serves it on.
    server.on(|p| async move { p.recover().await }).await.unwrap();
    assert!(world.engine.of(copy).is_some());
    // Nor does whoever clears leftovers away.
    assert_eq!(server.on(|p| async move { p.stock().await }).await.unwrap().leftovers, []);
    assert_eq!(server.on(|p| async move { p.clear(false).await }).await.unwrap().count(), 0);
    assert!(world.engine.of(copy).is_some());
    server.kill();
    let server = world.server().await;
    let viewer = maya.clone();
    assert!(server.on(|p| async move { p.copy_terminal(&viewer, copy, ATTACH).await.map(drop) }).await.is_ok());
    let viewer = maya.clone();
    assert_eq!(server.on(|p| async move { p.close_copy(&viewer, copy).await }).await.unwrap(), attempt);
    assert!(world.engine.of(copy).is_none());
    let viewer = maya.clone();
    let closed = server.on(|p| async move { p.copy_terminal(&viewer, copy, ATTACH).await.map(drop) }).await;
    assert!(matches!(closed, Err(Error::Conflict(_))), "{closed:?}");
}

#[tokio::test]
async fn a_reset_gives_a_fresh_box_and_the_clock_goes_on() {
    let world = World::new().await;
    let server = world.server().await;
    let maya = world.maya.clone();
    let attempt = server.running(&maya, "nginx").await;
    let before = server.state(&maya, attempt).await;
    world.clock.advance(TimeDelta::minutes(5));
    let viewer = maya.clone();
    let checked = server.on(move |p| async move { p.check(&viewer, attempt).await }).await.unwrap();
    assert!(checked.iter().any(|check| check.verdict.is_some()));
    let viewer = maya.clone();
    server.on(|p| async move { p.reset(&viewer, attempt).await }).await.unwrap();
    let viewer = maya.clone();
    let fresh = server.on(move |p| async move { p.attempt(&viewer, attempt).await }).await.unwrap();
    assert!(fresh.checks.iter().all(|check| check.verdict.is_none()), "what was seen was the old box");
    assert_eq!(world.box_of(attempt).resets.load(Ordering::SeqCst), 1);
    assert_eq!(server.state(&maya, attempt).await, before, "the deadline stays");
    let events = world.events(attempt).await;
    assert!(events.iter().any(|event| event.kind == Kind::BoxReset {} && event.actor == Some(maya.id)));
}
