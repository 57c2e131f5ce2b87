//! Exercises: attempts without a box.

use std::time::Duration;

use chrono::TimeDelta;
use labs::exercise::Answers;
use platform::{
    Error,
    store::answers,
    views::{AnswerForm, AttemptState, ExerciseKind, ExerciseView, ResultView, Viewer},
};
use rstest::rstest;
use scorecards::{
    event::{EndReason, Kind},
    score::Outcome,
};
use uuid::Uuid;

use super::support::{
    Engine, lab,
    server::{Server, World},
};

/// Longer than the server takes between two looks at the time.
const LOOK: Duration = Duration::from_millis(1500);

async fn world(engine: Engine) -> Option<World> {
    let mut world = World::on(engine).await?;
    world.catalog = lab::catalog_with_exercise();
    Some(world)
}

fn given(fields: &[(&str, &[&str])]) -> Answers {
    let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect();
    fields.iter().map(|(field, given)| ((*field).to_string(), texts(given))).collect()
}

async fn answer(server: &Server, viewer: &Viewer, attempt: Uuid, fields: &[(&str, &[&str])]) -> platform::Result<()> {
    let (viewer, given) = (viewer.clone(), given(fields));
    server.on(move |p| async move { p.answer(&viewer, attempt, &given).await }).await
}

async fn asked(server: &Server, viewer: &Viewer, attempt: Uuid) -> ExerciseView {
    let viewer = viewer.clone();
    let view = server.on(move |p| async move { p.attempt(&viewer, attempt).await }).await.expect("an attempt");
    view.exercise.expect("an exercise")
}

async fn result(server: &Server, viewer: &Viewer, attempt: Uuid) -> ResultView {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.result(&viewer, attempt).await }).await.expect("a result")
}

/// What the exercise is about in this attempt, as it is shown.
fn pid(asked: &ExerciseView) -> String {
    asked.outputs[0].text.chars().filter(char::is_ascii_digit).take(3).collect()
}

#[rstest]
#[tokio::test]
async fn it_begins_at_once_keeps_what_is_answered_and_is_judged(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = world(engine).await else { return };
    let server = world.server().await;
    let maya = &world.maya;
    let attempt = server.start(maya, "reading").await.unwrap();
    assert!(matches!(server.state(maya, attempt).await, AttemptState::Running { .. }), "without a wait");
    assert_eq!(server.start(maya, "reading").await.unwrap(), attempt, "there is one at a time");
    let shown = asked(&server, maya, attempt).await;
    assert_eq!((shown.kind, shown.saved, shown.questions.len()), (ExerciseKind::Interpret, None, 2));
    assert!(matches!(&shown.questions[1].form, AnswerForm::Several(texts) if texts.len() == 3));

    let right = pid(&shown);
    answer(&server, maya, attempt, &[("process", &["7"]), ("left-alone", &["", "reboot"])]).await.unwrap();
    answer(&server, maya, attempt, &[("process", &[&right]), ("unknown", &["x"])]).await.unwrap();
    server.kill();
    let server = world.server().await;
    let shown = asked(&server, maya, attempt).await;
    assert!(shown.saved.is_some());
    assert_eq!(shown.questions[0].given, std::slice::from_ref(&right));
    assert_eq!(shown.questions[1].given, ["", "reboot"], "what was not named stays as it was");
    let other = answer(&server, &world.tobias, attempt, &[("process", &["1"])]).await;
    assert!(matches!(other, Err(Error::NotFound)), "{other:?}");

    server.finish(maya, attempt).await;
    server.over(maya, attempt).await;
    assert_eq!(
        world.story(attempt).await,
        ["attempt_started", "answers_handed_in", "check_run", "check_run", "attempt_ended"]
    );
    let view = result(&server, maya, attempt).await;
    assert!(view.exercise && view.commands.is_empty());
    assert_eq!((view.result.passed, view.result.points, view.result.possible), (Some(true), 3, 5));
    assert_eq!(view.result.lines[0].outcome, Outcome::Earned);
    assert_eq!(view.result.lines[1].outcome, Outcome::Missed);
    assert_eq!(view.result.lines[1].feedback, "Your answer: reboot. Asking harms nobody.");
    assert!(view.debrief.contains(&right), "{}", view.debrief);
    let late = answer(&server, maya, attempt, &[("process", &["1"])]).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
}

#[tokio::test]
async fn it_needs_no_engine_and_takes_nobodys_place() {
    let mut world = world(Engine::Sqlite).await.unwrap();
    world.settings.running_per_person = 1;
    world.settings.running_in_all = Some(1);
    let server = world.server().await;
    let lab = server.running(&world.maya, "nginx").await;
    let exercise = server.start(&world.maya, "reading").await.unwrap();
    assert_ne!(lab, exercise);
    assert!(matches!(server.state(&world.maya, exercise).await, AttemptState::Running { .. }));
    server.finish(&world.maya, lab).await;
    server.over(&world.maya, lab).await;
    // And the other way round.
    let next = server.running(&world.maya, "disk").await;
    assert_ne!(next, exercise);
    assert!(world.engine.of(exercise).is_none(), "no box was made for it");
}

#[tokio::test]
async fn what_is_there_when_the_time_is_up_is_handed_in() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    let attempt = server.start(&world.maya, "reading").await.unwrap();
    let right = pid(&asked(&server, &world.maya, attempt).await);
    answer(&server, &world.maya, attempt, &[("process", &[&right])]).await.unwrap();
    let maya = world.maya.clone();
    server.on(move |p| async move { p.extend(&maya, attempt).await }).await.expect("more time");
    world.clock.advance(TimeDelta::minutes(25));
    tokio::time::sleep(LOOK).await;
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));
    // A server that was away gives the time back.
    server.stop().await;
    world.clock.advance(TimeDelta::hours(3));
    let server = world.server().await;
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));
    world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Expired));
    assert_eq!(result(&server, &world.maya, attempt).await.result.passed, Some(true));
}

#[tokio::test]
async fn a_hand_in_that_a_kill_cut_short_is_gone_on_with() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    let attempt = server.start(&world.maya, "reading").await.unwrap();
    answer(&server, &world.maya, attempt, &[("process", &["1"])]).await.unwrap();
    server.kill();
    world.database.raw("update attempts set state = 'finishing', reason = 'finished'").await.unwrap();
    let server = world.server().await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Finished));
    let made = world.events(attempt).await.into_iter().filter(|event| matches!(event.kind, Kind::CheckRun(_)));
    assert_eq!(made.count(), 2, "each question is judged once");
}

#[tokio::test]
async fn who_gives_up_has_handed_in_nothing() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    let attempt = server.start(&world.maya, "reading").await.unwrap();
    let maya = world.maya.clone();
    server.on(move |p| async move { p.abandon(&maya, attempt).await }).await.unwrap();
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Abandoned));
    assert_eq!(world.story(attempt).await, ["attempt_started", "attempt_ended"]);
    assert_eq!(result(&server, &world.maya, attempt).await.result.passed, Some(false));
}

#[tokio::test]
async fn what_can_not_be_is_said() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    let exercise = server.start(&world.maya, "reading").await.unwrap();
    let long = "x".repeat(40 << 10);
    let refused = answer(&server, &world.maya, exercise, &[("process", &[&long])]).await;
    assert!(matches!(&refused, Err(Error::Conflict(words)) if words.contains("32 KiB")), "{refused:?}");
    answer(&server, &world.maya, exercise, &[("process", &["1\0"])]).await.expect("PostgreSQL takes no zero");
    let store = world.database.store().await;
    assert_eq!(answers::of_attempt(&store, exercise).await.unwrap().0, given(&[("process", &["1"])]));
    store.close().await;
    let maya = world.maya.clone();
    let paused = server.on(move |p| async move { p.pause(&maya, exercise).await }).await;
    assert!(matches!(&paused, Err(Error::Conflict(words)) if words.contains("not paused")), "{paused:?}");
    let lab = server.running(&world.maya, "nginx").await;
    let refused = answer(&server, &world.maya, lab, &[("process", &["1"])]).await;
    assert!(matches!(&refused, Err(Error::Conflict(words)) if words.contains("terminal")), "{refused:?}");
}

#[rstest]
#[tokio::test]
async fn another_server_judges_it_no_second_time(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = world(engine).await else { return };
    let server = world.server().await;
    let attempt = server.start(&world.maya, "reading").await.unwrap();
    server.kill();
    // The one that it began at is away: another takes the answers and closes it, and so would the first when it is back.
    let other = world.starting_as("other").await;
    let (maya, given) = (world.maya.clone(), given(&[("process", &["1"])]));
    other.on(move |p| async move { p.hand_in(&maya, attempt, &given).await }).await.unwrap();
    let server = world.server().await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Finished));
    tokio::time::sleep(LOOK).await;
    assert_eq!(
        world.story(attempt).await,
        ["attempt_started", "answers_handed_in", "check_run", "check_run", "attempt_ended"]
    );
}

#[tokio::test]
async fn nothing_is_taken_after_its_time_whoever_keeps_it() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    let attempt = server.start(&world.maya, "reading").await.unwrap();
    server.kill();
    let other = world.starting_as("other").await;
    world.clock.advance(TimeDelta::minutes(21));
    let late = answer(&other, &world.maya, attempt, &[("process", &["1"])]).await;
    assert!(matches!(&late, Err(Error::Conflict(words)) if words.contains("time is up")), "{late:?}");
}
