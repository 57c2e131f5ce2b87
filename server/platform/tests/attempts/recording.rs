//! What terminals show is kept: whole, once, whatever dies meanwhile; and it is no harm to an attempt when it can't be.

use std::{fs, io::Read, path::PathBuf, time::Duration};

use flate2::read::GzDecoder;
use platform::{
    Error,
    views::{AttemptState, Viewer},
};
use rstest::rstest;
use scorecards::event::{EndReason, Kind, RecordingLoss};
use uuid::Uuid;

use super::support::{
    Engine,
    fake::RECORDED_FROM,
    server::{Server, World, eventually},
};

fn file(world: &World, attempt: Uuid, terminal: u32) -> PathBuf {
    world.data.path().join(format!("recordings/{attempt}/{terminal}.cast.gz"))
}

/// The lines of a recording after its head, as any program reads the file that lies there.
fn lines(world: &World, attempt: Uuid, terminal: u32) -> Vec<(f64, String, String)> {
    let mut text = String::new();
    let file = fs::File::open(file(world, attempt, terminal)).expect("a file");
    GzDecoder::new(file).read_to_string(&mut text).expect("whole gzip");
    let (head, rest) = text.split_once('\n').expect("a head");
    let head: serde_json::Value = serde_json::from_str(head).expect("JSON");
    assert_eq!((&head["version"], &head["timestamp"]), (&2.into(), &RECORDED_FROM.into()));
    assert_eq!((&head["width"], &head["height"]), (&80.into(), &24.into()));
    rest.lines().map(|line| serde_json::from_str(line).expect("a line of asciicast")).collect()
}

fn shown(lines: &[(f64, String, String)]) -> Vec<&str> {
    lines.iter().filter(|line| line.1 == "o").map(|line| line.2.as_str()).collect()
}

async fn losses(world: &World, attempt: Uuid) -> Vec<(u32, RecordingLoss)> {
    let events = world.events(attempt).await;
    let lost = events.iter().filter_map(|event| match event.kind {
        Kind::RecordingLost { terminal, why } => Some((terminal, why)),
        _ => None,
    });
    lost.collect()
}

async fn finished(server: &Server, world: &World, attempt: Uuid) {
    server.finish(&world.maya, attempt).await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Finished));
}

#[rstest]
#[tokio::test]
async fn a_killed_server_leaves_a_recording_whole_and_nothing_in_it_twice(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = World::on(engine).await else { return };
    let mut server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    let mut wanted = [Vec::new(), Vec::new()];
    for round in 0..5_u32 {
        for number in 0..40 {
            let (terminal, at) = (1 + number % 2, round * 40 + number);
            let text = format!("line {at} of terminal {terminal}\r\n");
            sandbox.shows(terminal, at, &text);
            wanted[terminal as usize - 1].push(text);
        }
        // At another moment each time: while it gathers, writes, notes or acknowledges.
        tokio::time::sleep(Duration::from_millis(u64::from(round) * 300)).await;
        server.kill();
        if round == 2 {
            // A write was under way as well.
            let path = file(&world, attempt, 1);
            if let Ok(mut file) = fs::OpenOptions::new().append(true).open(path) {
                std::io::Write::write_all(&mut file, b"torn").expect("written");
            }
        }
        server = world.server().await;
        sandbox.cut_connections();
    }
    finished(&server, &world, attempt).await;
    for terminal in [1, 2] {
        assert_eq!(shown(&lines(&world, attempt, terminal)), wanted[terminal as usize - 1]);
    }
    assert_eq!(losses(&world, attempt).await, []);
    assert!(sandbox.recording_acked() <= sandbox.recording_end());
}

#[rstest]
#[tokio::test]
async fn what_was_recorded_is_there_for_who_may_see_the_result(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = World::on(engine).await else { return };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    sandbox.shows(2, 7, "$ nginx -t\r\n");
    sandbox.ran("nginx -t", 1);
    eventually("it is acknowledged", || sandbox.recording_acked() == 1).await;
    let get = async |viewer: &Viewer, terminal| {
        let viewer = viewer.clone();
        server.on(move |platform| async move { platform.recording(&viewer, attempt, terminal).await }).await
    };
    let replay = async |viewer: &Viewer| {
        let viewer = viewer.clone();
        server.on(move |platform| async move { platform.replay(&viewer, attempt).await }).await
    };
    assert!(matches!(get(&world.maya, 2).await, Err(Error::Conflict(_))), "it is not over");
    assert!(matches!(replay(&world.maya).await, Err(Error::Conflict(_))));
    // What comes last is there as well.
    sandbox.shows(2, 9, "bye\r\n");
    finished(&server, &world, attempt).await;

    for viewer in [&world.maya, &world.manager] {
        let kept = get(viewer, 2).await.expect("theirs to see");
        let mut bytes = fs::read(&kept.path).unwrap();
        assert_eq!(bytes[usize::try_from(kept.bytes).unwrap()..], kept.tail, "it lies there with its end");
        bytes.truncate(usize::try_from(kept.bytes).unwrap());
        bytes.extend(kept.tail);
        let mut text = String::new();
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
        assert!(text.ends_with("[9.000000,\"o\",\"bye\\r\\n\"]\n"), "{text}");
        let view = replay(viewer).await.expect("theirs to see");
        let [terminal] = &view.recorded.terminals[..] else { panic!("{view:?}") };
        assert_eq!((terminal.terminal, terminal.started.timestamp(), terminal.seconds), (2, RECORDED_FROM, 9.0));
        assert!(view.moments.iter().any(|moment| moment.words == "nginx -t (exit 1)"), "{:?}", view.moments);
        assert!(view.moments.is_sorted_by_key(|moment| moment.at));
    }
    for viewer in [&world.tobias, &world.candidate] {
        assert!(matches!(get(viewer, 2).await, Err(Error::NotFound)));
        assert!(matches!(replay(viewer).await, Err(Error::NotFound)));
    }
    assert!(matches!(get(&world.maya, 1).await, Err(Error::Conflict(_))), "of this terminal there is none");

    server.on(move |platform| async move { platform.delete_recordings(attempt).await }).await.expect("deleted");
    assert!(!file(&world, attempt, 2).exists());
    assert!(matches!(get(&world.maya, 2).await, Err(Error::Conflict(_))));
    server.on(move |platform| async move { platform.delete_recordings(attempt).await }).await.expect("twice as well");
}

#[tokio::test]
async fn what_nobody_fetched_in_time_is_a_gap_that_is_noted() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    sandbox.shows(1, 1, "before");
    sandbox.loses(1, 5, 3);
    sandbox.shows(1, 6, "after");
    finished(&server, &world, attempt).await;
    let lines = lines(&world, attempt, 1);
    assert_eq!(shown(&lines), ["before", "after"]);
    assert_eq!(lines[1], (5.0, "m".into(), "lost".into()));
    assert_eq!(losses(&world, attempt).await, [(1, RecordingLoss::NotFetched)]);
}

#[tokio::test]
async fn a_disk_that_takes_nothing_costs_no_attempt_and_is_noted() {
    let world = World::new().await;
    // Whatever is to be written, it fails.
    let obstacle = world.data.path().join("recordings");
    fs::write(&obstacle, "in the way").unwrap();
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let other = server.running(&world.tobias, "nginx").await;
    for attempt in [attempt, other] {
        world.box_of(attempt).shows(1, 3, "shown");
    }
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(world.box_of(other).recording_acked(), 0, "nothing is acknowledged that is not kept");
    let run = world.box_of(attempt).ran("nginx -t", 0);
    finished(&server, &world, attempt).await;
    assert_eq!(losses(&world, attempt).await, [(1, RecordingLoss::NotWritten)]);
    let events = world.events(attempt).await;
    assert!(events.iter().any(|event| matches!(&event.kind, Kind::CommandRun(ran) if ran.run == run)));

    // Room again: it is kept as if nothing had been.
    fs::remove_file(&obstacle).unwrap();
    server.finish(&world.tobias, other).await;
    server.over(&world.tobias, other).await;
    assert_eq!(shown(&lines(&world, other, 1)), ["shown"]);
    assert_eq!(losses(&world, other).await, []);
}

#[tokio::test]
async fn a_file_that_was_damaged_is_begun_anew_and_noted() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    sandbox.shows(1, 1, "before");
    eventually("it is acknowledged", || sandbox.recording_acked() == 1).await;
    fs::write(file(&world, attempt, 1), "").unwrap();
    sandbox.shows(1, 2, "after");
    finished(&server, &world, attempt).await;
    let lines = lines(&world, attempt, 1);
    assert!(shown(&lines)[0].contains("its file was damaged") && shown(&lines)[1] == "after", "{lines:?}");
    assert_eq!(losses(&world, attempt).await, [(1, RecordingLoss::Damaged)]);
}
