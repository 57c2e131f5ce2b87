//! What is in a box besides its terminals: files and ports.

use std::time::Duration;

use bytes::Bytes;
use labs::sandbox::{At, Dialled, Written};
use platform::{
    Error,
    boxes::{FileOf, FileProblem, PreviewOf},
    views::Viewer,
};
use rstest::rstest;
use scorecards::event::{Artefact, FileSaved, Kind};
use uuid::Uuid;
use wire::file::{Expect, Refused};

use super::support::{
    Engine,
    server::{Server, World},
};

const CONF: &str = "/etc/nginx/nginx.conf";

async fn save(
    server: &Server,
    viewer: &Viewer,
    attempt: Uuid,
    text: &'static str,
    expect: Expect,
) -> Result<Written, FileProblem> {
    let viewer = viewer.clone();
    let of = FileOf { attempt, host: None, at: At { path: CONF.into(), as_root: false } };
    server.on(|p| async move { p.write_file(&viewer, of, &Bytes::from_static(text.as_bytes()), expect).await }).await
}

async fn open(
    server: &Server,
    viewer: &Viewer,
    attempt: Uuid,
    what: &'static str,
) -> Result<(PreviewOf, String), Error> {
    let viewer = viewer.clone();
    server.on(|p| async move { p.open_preview(&viewer, attempt, what, None).await }).await
}

async fn dial(server: &Server, of: PreviewOf) -> Result<Dialled, Error> {
    server.on(|p| async move { p.dial_preview(of).await }).await
}

#[rstest]
#[tokio::test]
async fn a_save_is_an_event_with_what_was_and_what_is(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else { return };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let first = save(&server, &world.maya, attempt, "one", Expect::Absent).await.unwrap();
    let second = save(&server, &world.maya, attempt, "two", Expect::Version(first.after.clone())).await.unwrap();
    // Nothing changed, nothing happened.
    save(&server, &world.maya, attempt, "two", Expect::Anything).await.unwrap();
    let stale = save(&server, &world.maya, attempt, "three", Expect::Version(first.after.clone())).await;
    let changed = Refused::Changed { version: Some(second.after.clone()) };
    assert!(matches!(stale, Err(FileProblem::Refused(refused)) if refused == changed));

    let of_another = save(&server, &world.tobias, attempt, "mine", Expect::Anything).await;
    assert!(matches!(of_another, Err(FileProblem::Platform(Error::NotFound))));
    let saved: Vec<_> = world
        .events(attempt)
        .await
        .into_iter()
        .filter_map(|event| match event.kind {
            Kind::FileSaved(saved) => Some((event.actor, saved)),
            _ => None,
        })
        .collect();
    let event = |before: Option<&str>, after: &str| FileSaved {
        host: None,
        path: CONF.into(),
        before: before.map(|before| Artefact(before.into())),
        after: Artefact(after.into()),
        as_root: false,
    };
    let maya = Some(world.maya.id);
    let expected = [(maya, event(None, &first.after)), (maya, event(Some(&first.after), &second.after))];
    assert_eq!(saved, expected);

    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let late = save(&server, &world.maya, attempt, "late", Expect::Anything).await;
    assert!(matches!(late, Err(FileProblem::Platform(Error::Conflict(_)))));
    server.stop().await;
}

#[tokio::test]
async fn a_preview_is_open_for_as_long_as_its_attempt_runs_and_said_once() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let (site, path) = open(&server, &world.maya, attempt, "site").await.unwrap();
    assert_eq!((site, path.as_str()), (PreviewOf { attempt, host: 0, port: 80 }, "/berths/"));
    let (other, path) = open(&server, &world.maya, attempt, "8080").await.unwrap();
    assert_eq!((other.port, path.as_str()), (8080, "/"));
    assert_eq!(open(&server, &world.maya, attempt, "80").await.unwrap().0, site, "the same by its number");
    for nothing in ["nothing", "0", "65536", "-1"] {
        assert!(matches!(open(&server, &world.maya, attempt, nothing).await, Err(Error::NotFound)), "{nothing}");
    }
    assert!(matches!(open(&server, &world.tobias, attempt, "site").await, Err(Error::NotFound)));
    assert!(matches!(dial(&server, site).await, Ok(Dialled::Through(_))));
    assert!(matches!(dial(&server, other).await, Ok(Dialled::NobodyListens)));
    assert!(matches!(dial(&server, PreviewOf { host: 1, ..site }).await, Err(Error::NotFound)));
    assert!(matches!(dial(&server, PreviewOf { attempt: Uuid::nil(), ..site }).await, Err(Error::NotFound)));
    let opened: Vec<u16> = world
        .events(attempt)
        .await
        .iter()
        .filter_map(|event| match event.kind {
            Kind::PreviewOpened { port, .. } => Some(port),
            _ => None,
        })
        .collect();
    assert_eq!(opened, [80, 8080]);

    let closed = server.on(|p| async move { p.preview_closed(site) }).await;
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    tokio::time::timeout(Duration::from_secs(10), closed.cancelled()).await.expect("whoever looks on is cut off");
    assert!(matches!(dial(&server, site).await, Err(Error::Conflict(_))), "a right that is kept is worth nothing");
    server.stop().await;
}
