//! Attempts that are judged again, by a lab that has changed since.

use labs::exercise::Answers;
use platform::views::RescoreView;
use rstest::rstest;
use scorecards::{
    event::Kind,
    score::{AttemptResult, Outcome},
};
use uuid::Uuid;

use super::support::{
    Engine, lab,
    server::{Server, World},
};

async fn rescore(server: &Server, lab: &'static str, publish: bool) -> RescoreView {
    server.on(move |p| async move { p.rescore(lab, 500, publish).await }).await.expect("a report")
}

async fn result(server: &Server, world: &World, attempt: Uuid) -> AttemptResult {
    let viewer = world.maya.clone();
    server.on(move |p| async move { p.result(&viewer, attempt).await }).await.expect("a result").result
}

/// An attempt at the lab `nginx` that is over, solved or not.
async fn over(server: &Server, world: &World, solved: bool) -> Uuid {
    let attempt = server.running(&world.maya, "nginx").await;
    if solved {
        world.box_of(attempt).solve();
    }
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    attempt
}

#[rstest]
#[tokio::test]
async fn what_was_seen_is_judged_by_the_lab_as_it_is_now_and_shown_before_it_is_written(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(mut world) = World::on(engine).await else { return };
    // Each check by itself, and without waiting for a restart.
    let alone = |lab: String| lab.replace("needs = [\"open\"]\n", "").replace("after = \"reboot\"\n", "");
    world.catalog = lab::catalog_after(alone);
    let server = world.server().await;
    let (failed, passed) = (over(&server, &world, false).await, over(&server, &world, true).await);
    let none = rescore(&server, "nginx", true).await;
    assert_eq!((none.attempts, none.drifts.len(), none.published), (2, 0, 0), "{none:?}");
    server.kill();

    // The port shall be closed now, and that is worth more: what was seen stays what it was.
    world.catalog = lab::catalog_after(|lab| {
        let closed = "probe.tcp = { port = \"{{port}}\", open = false }\nfeedback";
        alone(lab).replace("probe.tcp = { port = \"{{port}}\" }\nfeedback", closed).replace("points = 4", "points = 6")
    });
    let server = world.server().await;
    let shown = rescore(&server, "nginx", false).await;
    assert_eq!((shown.attempts, shown.drifts.len(), shown.published), (2, 2, 0), "{shown:?}");
    assert_eq!(result(&server, &world, failed).await.passed, Some(false), "nothing is written");
    let open = shown.lines.iter().find(|line| line.title == "The port is open").unwrap();
    assert_eq!((open.better, open.worse, open.same), (1, 1, 0));
    assert_eq!(shown.not_whole, 0, "{shown:?}");

    let written = rescore(&server, "nginx", true).await;
    assert_eq!(written.published, 2, "{written:?}");
    let better = result(&server, &world, failed).await;
    assert_eq!((better.passed, better.points), (Some(true), 6));
    assert_eq!(result(&server, &world, passed).await.passed, Some(false));
    let story = world.events(failed).await;
    assert!(story.iter().any(|event| matches!(event.kind, Kind::AttemptRescored { .. })));
    let again = rescore(&server, "nginx", true).await;
    assert_eq!((again.drifts.len(), again.published), (0, 0), "{again:?}");
}

#[tokio::test]
async fn what_is_stored_answers_only_what_was_asked_then() {
    let mut world = World::new().await;
    let server = world.server().await;
    let attempt = over(&server, &world, true).await;
    server.kill();
    // One check looks elsewhere, another one is new; a signal can always be looked for.
    world.catalog = lab::catalog_after(|lab| {
        let other = "probe.tcp = { host = \"web2\", port = \"{{port}}\" }\nfeedback";
        let new = "[[check]]\nid = \"noted\"\ntitle = \"It is noted\"\nprobe.file = { path = \"/srv/note\" }\npoints = 1\n\
                   dimension = \"communication\"\n\n[[signal]]";
        lab.replace("probe.tcp = { port = \"{{port}}\" }\nfeedback", other).replacen("[[signal]]", new, 1)
    });
    let server = world.server().await;
    let view = rescore(&server, "nginx", true).await;
    let left: Vec<(&str, &str)> =
        view.left.keys().map(|(check, why)| (check.as_str(), why.split(' ').next().unwrap_or_default())).collect();
    assert_eq!(left.len(), 2, "{view:?}");
    assert!(left.iter().any(|(check, _)| *check == "open") && left.iter().any(|(check, _)| *check == "noted"));
    assert_eq!((view.not_whole, view.published), (1, 0), "what is not whole stays as it is");
    assert_eq!(result(&server, &world, attempt).await.passed, Some(true));
}

#[tokio::test]
async fn what_waited_for_another_and_was_never_looked_at_leaves_an_attempt_as_it_is() {
    let mut world = World::new().await;
    let server = world.server().await;
    let attempt = over(&server, &world, false).await;
    server.kill();
    world.catalog = lab::catalog_after(|lab| {
        let closed = "probe.tcp = { port = \"{{port}}\", open = false }\nfeedback";
        lab.replace("probe.tcp = { port = \"{{port}}\" }\nfeedback", closed)
    });
    let server = world.server().await;
    let view = rescore(&server, "nginx", true).await;
    assert_eq!((view.not_whole, view.published), (1, 0), "{view:?}");
    assert_eq!(view.left.keys().next().map(|(check, _)| check.as_str()), Some("survives-restart"));
    assert_eq!(result(&server, &world, attempt).await.passed, Some(false));
}

#[rstest]
#[tokio::test]
async fn answers_are_judged_again_whole(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(mut world) = World::on(engine).await else { return };
    world.catalog = lab::catalog_with_exercise_after(|text| text);
    let server = world.server().await;
    let attempt = server.start(&world.maya, "reading").await.unwrap();
    let viewer = world.maya.clone();
    let answers: Answers = [("left-alone".to_string(), vec!["reboot".to_string()])].into();
    server.on(move |p| async move { p.hand_in(&viewer, attempt, &answers).await }).await.unwrap();
    server.over(&world.maya, attempt).await;
    assert_eq!(result(&server, &world, attempt).await.lines[1].outcome, Outcome::Missed);
    server.kill();
    // To kill it was never wrong, so that one is enough; and nobody has to know the process.
    world.catalog = lab::catalog_with_exercise_after(|text| {
        text.replace(
            "right = [\"kill it\", \"reboot\"], wrong = [\"ask\"]",
            "right = [\"reboot\"], wrong = [\"ask\", \"kill it\"]",
        )
    });
    let server = world.server().await;
    let view = rescore(&server, "reading", true).await;
    assert_eq!((view.drifts.len(), view.published), (1, 1), "{view:?}");
    assert_eq!(result(&server, &world, attempt).await.lines[1].outcome, Outcome::Earned);
    server.kill();
    // What is asked in other words was never answered, and neither was what needs another draw.
    for (from, to) in [
        ("Which process is it?", "Which process holds it?"),
        ("pid = { between = [100, 999] }", "pid = { between = [100, 999] }\naccount = { choose = [\"web\", \"www\"] }"),
    ] {
        world.catalog = lab::catalog_with_exercise_after(|text| {
            let used =
                text.replace("explain = \"Asking harms nobody.\"", "explain = \"Asking {{account}} harms nobody.\"");
            if to.contains("account") { used.replace(from, to) } else { text.replace(from, to) }
        });
        let server = world.server().await;
        let view = rescore(&server, "reading", true).await;
        assert_eq!((view.not_whole, view.published), (1, 0), "{to}: {view:?}");
        assert!(view.left.keys().any(|(check, _)| check == "process"), "{view:?}");
        server.kill();
    }
}
