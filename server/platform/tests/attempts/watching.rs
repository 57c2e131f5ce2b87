//! Somebody else watches: who may, what the learner sees of it, and what they may do.

use std::time::Duration;

use labs::sandbox::TerminalStream;
use platform::{Error, Seat, views::Viewer};
use scorecards::event::Kind;
use uuid::Uuid;
use wire::terminal::{Attach, Up, Watch};

use super::support::server::{ATTACH, Server, World, eventually};

async fn watch(server: &Server, viewer: &Viewer, attempt: Uuid) -> platform::Result<(TerminalStream, Seat)> {
    let viewer = viewer.clone();
    let watch = Watch { terminal: 1, from: None, writer: Some(7) };
    let (_, stream, seat) =
        server.on(move |platform| async move { platform.watch(&viewer, attempt, watch).await }).await?;
    Ok((stream, seat))
}

async fn allow(server: &Server, viewer: &Viewer, attempt: Uuid, allowed: bool) -> platform::Result<()> {
    let viewer = viewer.clone();
    server.on(move |platform| async move { platform.let_watchers_type(&viewer, attempt, allowed).await }).await
}

/// Who watched and what they might, as it is stored: by whom, and what.
async fn told(world: &World, attempt: Uuid) -> Vec<(Uuid, &'static str)> {
    let events = world.events(attempt).await;
    let told = events.iter().filter_map(|event| {
        let what = match event.kind {
            Kind::WatchBegan {} => "began",
            Kind::WatchEnded {} => "ended",
            Kind::WatchersMayType { allowed: true } => "may type",
            Kind::WatchersMayType { .. } => "may not type",
            _ => return None,
        };
        Some((event.actor.expect("somebody"), what))
    });
    told.collect()
}

#[tokio::test]
async fn the_learner_sees_who_watches_and_the_record_has_it() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    for viewer in [&world.maya, &world.tobias, &world.candidate] {
        assert!(watch(&server, viewer, attempt).await.is_err(), "{} may not", viewer.name);
    }
    let maya = world.maya.clone();
    let seen = server.on(move |platform| async move { platform.watching(&maya, attempt).await }).await.unwrap();
    assert_eq!(seen.borrow().watchers, []);
    let tobias = world.tobias.clone();
    assert!(server.on(move |platform| async move { platform.watching(&tobias, attempt).await }).await.is_err());

    // Two terminals are one watcher.
    let first = watch(&server, &world.manager, attempt).await.expect("a manager may");
    let second = watch(&server, &world.manager, attempt).await.expect("and look at another terminal");
    assert!(!first.1.may_type);
    assert_eq!(seen.borrow().watchers.iter().map(|watcher| watcher.person).collect::<Vec<_>>(), [world.manager.id]);
    drop(first);
    // Away and back within a moment is no end.
    drop(second);
    let again = watch(&server, &world.manager, attempt).await.expect("a manager may");
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(seen.borrow().watchers.len(), 1);
    assert_eq!(told(&world, attempt).await, [(world.manager.id, "began")]);
    drop(again);
    eventually("nobody watches", || seen.borrow().watchers.is_empty()).await;
    for terminal in [1, 2] {
        let (maya, attach) = (world.maya.clone(), Attach { terminal, ..ATTACH });
        let open = server.on(move |platform| async move { platform.terminal(&maya, attempt, attach).await }).await;
        assert!(open.is_ok());
    }
    let manager = world.manager.clone();
    let view = server.on(move |platform| async move { platform.watched(&manager, attempt).await }).await.unwrap();
    assert_eq!((view.learner.as_str(), view.terminals, view.runs), ("Maya", vec![1, 2], true));

    // A server that is killed leaves nobody behind who watches for ever.
    let _there = watch(&server, &world.manager, attempt).await.expect("a manager may");
    server.kill();
    let server = world.server().await;
    let _back = watch(&server, &world.manager, attempt).await.expect("again");
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let of_manager = |what| (world.manager.id, what);
    assert_eq!(
        told(&world, attempt).await,
        ["began", "ended", "began", "ended", "began", "ended"].map(of_manager),
        "each beginning has an end"
    );
    let last = world.story(attempt).await.pop();
    assert_eq!(last.as_deref(), Some("attempt_ended"));
    assert!(matches!(watch(&server, &world.manager, attempt).await, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn whoever_watches_types_only_with_leave_and_not_a_moment_longer() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    let typed = || sandbox.typed.lock().unwrap().clone();
    let say = |text: &str| Up::Input { offset: 0, bytes: text.as_bytes().to_vec() };

    let (stream, seat) = watch(&server, &world.manager, attempt).await.unwrap();
    assert!(!seat.may_type && !seat.closed.is_cancelled());
    let (_reader, mut writer) = stream.split();
    let _ = writer.send(&say("not yet ")).await;
    for viewer in [&world.manager, &world.tobias] {
        assert!(allow(&server, viewer, attempt, true).await.is_err(), "only the learner gives leave");
    }
    allow(&server, &world.maya, attempt, true).await.expect("the learner gives leave");
    assert!(seat.closed.is_cancelled(), "who watches comes again");
    let (stream, seat) = watch(&server, &world.manager, attempt).await.unwrap();
    assert!(seat.may_type);
    let (_reader, mut writer) = stream.split();
    writer.send(&say("with leave")).await.unwrap();
    eventually("it is typed", || typed() == "with leave").await;

    // It holds over a restart of the server.
    server.kill();
    let server = world.server().await;
    let (_stream, seat) = watch(&server, &world.manager, attempt).await.unwrap();
    assert!(seat.may_type);
    allow(&server, &world.maya, attempt, false).await.expect("and takes it back");
    assert!(seat.closed.is_cancelled());
    let (_stream, seat) = watch(&server, &world.manager, attempt).await.unwrap();
    assert!(!seat.may_type);
    allow(&server, &world.maya, attempt, false).await.expect("twice changes nothing");
    assert_eq!(typed(), "with leave");

    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let told = told(&world, attempt).await;
    let consent: Vec<_> = told.iter().filter(|(person, _)| *person == world.maya.id).map(|(_, what)| *what).collect();
    assert_eq!(consent, ["may type", "may not type"]);
    let maya = world.maya.clone();
    let result = server.on(move |platform| async move { platform.result(&maya, attempt).await }).await.unwrap();
    assert!(result.typists.iter().all(|typist| typist.name == "Ingrid" && typist.from <= typist.until));
    assert!(!result.typists.is_empty(), "the result says that somebody else may have typed");
}
