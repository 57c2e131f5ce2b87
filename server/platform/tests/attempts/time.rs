//! The time of an attempt: paused, extended, warned of, given back.

use chrono::TimeDelta;
use platform::{
    Clock, Error, Times,
    store::users,
    views::{AttemptState, TimeEvent, Viewer},
};
use rstest::rstest;
use scorecards::event::{EndReason, Gift, Kind, PauseReason};
use std::time::Duration;
use uuid::Uuid;

use super::support::{
    Engine, lab,
    server::{ATTACH, Server, World, eventually},
};

/// Longer than the server takes between two looks at the time.
const LOOK: Duration = Duration::from_millis(1500);

async fn pause(server: &Server, viewer: &Viewer, attempt: Uuid) -> platform::Result<()> {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.pause(&viewer, attempt).await }).await
}

async fn resume(server: &Server, viewer: &Viewer, attempt: Uuid) -> platform::Result<()> {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.resume(&viewer, attempt).await }).await
}

async fn extend(server: &Server, viewer: &Viewer, attempt: Uuid) -> platform::Result<()> {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.extend(&viewer, attempt).await }).await
}

/// How much time is left.
async fn left(world: &World, server: &Server, attempt: Uuid) -> TimeDelta {
    match server.state(&world.maya, attempt).await {
        AttemptState::Running { deadline } => deadline - world.clock.now(),
        AttemptState::Paused { left, .. } => left,
        unexpected => panic!("{unexpected:?}"),
    }
}

/// What happened to the time, as it is stored.
async fn times(world: &World, attempt: Uuid) -> Vec<Kind> {
    let of_time = |kind: &Kind| {
        matches!(
            kind,
            Kind::AttemptPaused { .. }
                | Kind::AttemptResumed { .. }
                | Kind::TimeExtended { .. }
                | Kind::TimeGivenBack { .. }
                | Kind::TimeWarned { .. }
        )
    };
    world.events(attempt).await.into_iter().map(|event| event.kind).filter(of_time).collect()
}

#[rstest]
#[tokio::test]
async fn a_pause_costs_no_time(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    world.clock.advance(TimeDelta::minutes(10));
    let maya = world.maya.clone();
    let open = server
        .on(move |p| async move {
            p.terminal(&maya, attempt, ATTACH).await.map(drop).unwrap();
            p.closed(attempt)
        })
        .await;
    pause(&server, &world.maya, attempt).await.unwrap();
    pause(&server, &world.maya, attempt).await.expect("again it does nothing");
    assert!(sandbox.frozen() && open.is_cancelled(), "the terminals are hung up");
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(20));

    // What can't be done meanwhile says so.
    let maya = world.maya.clone();
    let refused = server.on(move |p| async move {
        [
            p.terminal(&maya, attempt, ATTACH).await.map(drop),
            p.check(&maya, attempt).await.map(drop),
            p.take_hint(&maya, attempt, 1).await.map(drop),
        ]
    });
    for refused in refused.await {
        assert!(matches!(&refused, Err(Error::Conflict(words)) if words.contains("paused")), "{refused:?}");
    }
    world.clock.advance(TimeDelta::hours(3));
    tokio::time::sleep(LOOK).await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(20), "and no deadline passes");

    resume(&server, &world.maya, attempt).await.unwrap();
    resume(&server, &world.maya, attempt).await.expect("again it does nothing");
    assert!(!sandbox.frozen());
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(20));
    eventually("the terminals are told", || {
        let told = sandbox.told.lock().unwrap();
        told.len() == 1 && told[0].contains("3 hours")
    })
    .await;
    let maya = world.maya.clone();
    let open = server.on(move |p| async move {
        p.terminal(&maya, attempt, ATTACH).await.map(drop).unwrap();
        p.closed(attempt)
    });
    assert!(!open.await.is_cancelled());
    sandbox.ran("nginx -t", 0);
    eventually("the journal goes on", || sandbox.acked() == sandbox.journal_end()).await;
    sandbox.solve();
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let maya = world.maya.clone();
    let result = server.on(move |p| async move { p.result(&maya, attempt).await }).await.unwrap();
    assert_eq!((result.result.passed, result.result.lost), (Some(true), 0));
    let what: Vec<TimeEvent> = result.times.iter().map(|line| line.what).collect();
    assert_eq!(what, [TimeEvent::Paused(PauseReason::Asked), TimeEvent::Resumed(TimeDelta::hours(3))]);
}

#[tokio::test]
async fn a_pause_outlives_a_restart() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    pause(&server, &world.maya, attempt).await.unwrap();
    server.kill();
    sandbox.cut_connections();
    world.clock.advance(TimeDelta::hours(2));
    let server = world.server().await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(30));
    assert!(sandbox.frozen(), "it is not lost and not thawed");
    resume(&server, &world.maya, attempt).await.unwrap();
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(30), "nothing is given twice");
    sandbox.ran("ls", 0);
    eventually("the journal goes on", || sandbox.acked() == sandbox.journal_end()).await;
    let paused_ms = 2 * 3_600_000;
    let told = times(&world, attempt).await;
    assert_eq!(told, [Kind::AttemptPaused { why: PauseReason::Asked }, Kind::AttemptResumed { paused_ms }]);
}

/// A kill between the engine's doing and the commit.
#[rstest]
#[case::frozen_though_it_runs(false)]
#[case::running_though_it_is_paused(true)]
#[tokio::test]
async fn boxes_stand_as_it_is_stored(#[case] paused: bool) {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    if paused {
        pause(&server, &world.maya, attempt).await.unwrap();
    }
    sandbox.set_frozen(!paused);
    server.on(|p| async move { p.recover().await }).await.unwrap();
    assert_eq!(sandbox.frozen(), paused);
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(30));
}

#[rstest]
#[case::finished(false)]
#[case::given_up(true)]
#[tokio::test]
async fn what_is_paused_can_be_ended(#[case] given_up: bool) {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    world.box_of(attempt).solve();
    pause(&server, &world.maya, attempt).await.unwrap();
    if given_up {
        let maya = world.maya.clone();
        server.on(move |p| async move { p.abandon(&maya, attempt).await }).await.unwrap();
    } else {
        server.finish(&world.maya, attempt).await;
    }
    let reason = if given_up { EndReason::Abandoned } else { EndReason::Finished };
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(reason));
    let maya = world.maya.clone();
    let result = server.on(move |p| async move { p.result(&maya, attempt).await }).await.unwrap();
    assert_eq!(result.result.passed, Some(!given_up));
    eventually("the box is removed", || world.engine.containers().is_empty()).await;
}

#[tokio::test]
async fn who_is_away_is_paused_and_in_the_end_the_attempt_ends() {
    let mut world = World::new().await;
    world.settings.time = Times { idle_minutes: 20, pause_hours: 12 };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    sandbox.solve();
    world.clock.advance(TimeDelta::minutes(15));
    server.on(move |p| async move { p.active(attempt) }).await;
    world.clock.advance(TimeDelta::minutes(10));
    tokio::time::sleep(LOOK).await;
    assert!(!sandbox.frozen(), "somebody typed ten minutes ago");
    world.clock.advance(TimeDelta::minutes(10));
    // The time runs while nobody is there, until it pauses; 30 minutes are over by now.
    server.over(&world.maya, attempt).await;

    let attempt = server.running(&world.maya, "disk").await;
    world.box_of(attempt).solve();
    world.clock.advance(TimeDelta::minutes(20));
    server.until(&world.maya, attempt, |state| matches!(state, AttemptState::Paused { .. })).await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(10));
    world.clock.advance(TimeDelta::hours(12));
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Idle));
    let maya = world.maya.clone();
    let result = server.on(move |p| async move { p.result(&maya, attempt).await }).await.unwrap();
    assert_eq!(result.result.passed, Some(true), "what works counts, as at the end of the time");
}

#[tokio::test]
async fn last_activity_outlives_a_restart() {
    let mut world = World::new().await;
    world.settings.time = Times { idle_minutes: 20, pause_hours: 12 };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    world.clock.advance(TimeDelta::minutes(12));
    tokio::time::sleep(LOOK).await;
    server.kill();
    // While nobody could do anything nobody was idle.
    world.clock.advance(TimeDelta::hours(1));
    let server = world.server().await;
    tokio::time::sleep(LOOK).await;
    assert!(!world.box_of(attempt).frozen());
    world.clock.advance(TimeDelta::minutes(9));
    server.until(&world.maya, attempt, |state| matches!(state, AttemptState::Paused { .. })).await;
}

#[rstest]
#[case::ahead(TimeDelta::days(3))]
#[case::back(TimeDelta::days(-3))]
#[tokio::test]
async fn a_clock_that_is_set_moves_the_deadlines(
    #[case] by: TimeDelta,
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let other = server.running(&world.maya, "disk").await;
    pause(&server, &world.maya, other).await.unwrap();
    tokio::time::sleep(LOOK).await;
    world.clock.jump(by);
    tokio::time::sleep(LOOK).await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(30));
    assert_eq!(left(&world, &server, other).await, TimeDelta::minutes(30));
    let given = Kind::TimeGivenBack { ms: by.num_milliseconds(), why: Gift::ClockMoved };
    assert_eq!(times(&world, attempt).await, [given]);
    resume(&server, &world.maya, other).await.unwrap();
    assert_eq!(left(&world, &server, other).await, TimeDelta::minutes(30));
    world.clock.advance(TimeDelta::minutes(30));
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Expired));
}

#[rstest]
#[tokio::test]
async fn a_server_that_was_away_gives_the_time_back(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    world.clock.advance(TimeDelta::minutes(10));
    tokio::time::sleep(LOOK).await;
    server.kill();
    world.clock.advance(TimeDelta::hours(1));
    let server = world.server().await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(20));
    let given = Kind::TimeGivenBack { ms: 3_600_000, why: Gift::ServerAway };
    assert_eq!(times(&world, attempt).await, std::slice::from_ref(&given));
    // A start that comes to nothing gives nothing twice.
    server.kill();
    let server = world.server().await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(20));
    assert_eq!(times(&world, attempt).await, [given]);
    server.kill();
    world.clock.advance(TimeDelta::hours(30));
    let server = world.server().await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Expired), "not without bound");
}

#[tokio::test]
async fn time_can_be_added_until_the_allowance_is_used_up() {
    let mut world = World::new().await;
    world.catalog = lab::catalog_after(|lab| format!("{lab}\n[time]\nextension = 20\n"));
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    extend(&server, &world.maya, attempt).await.unwrap();
    pause(&server, &world.maya, attempt).await.unwrap();
    extend(&server, &world.maya, attempt).await.unwrap();
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(50));
    let last = extend(&server, &world.maya, attempt).await;
    assert!(matches!(&last, Err(Error::Conflict(words)) if words.contains("all the time")), "{last:?}");
    let stranger = extend(&server, &world.tobias, attempt).await;
    assert!(matches!(stranger, Err(Error::NotFound)));
    assert!(matches!(pause(&server, &world.tobias, attempt).await, Err(Error::NotFound)));
    assert!(matches!(resume(&server, &world.manager, attempt).await, Err(Error::NotFound)));
    let added: Vec<Kind> = [15, 5].map(|minutes| Kind::TimeExtended { minutes }).into();
    let told = times(&world, attempt).await;
    assert_eq!([told[0].clone(), told[2].clone()].to_vec(), added);
}

#[tokio::test]
async fn it_is_said_once_that_the_time_is_soon_up() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    for minutes in [21, 1, 6, 1] {
        world.clock.advance(TimeDelta::minutes(minutes));
        tokio::time::sleep(LOOK).await;
    }
    let minutes = |count: u64| Kind::TimeWarned { left_ms: count * 60_000 };
    assert_eq!(times(&world, attempt).await, [minutes(9), minutes(2)]);
}

#[tokio::test]
async fn extra_time_is_the_persons_alone() {
    let world = World::new().await;
    let server = world.server().await;
    server.on(|p| async move { p.set_extra_time("maya", 25).await }).await.unwrap();
    let nobody = server.on(|p| async move { p.set_extra_time("nobody", 25).await }).await;
    assert!(matches!(nobody, Err(Error::NotFound)));
    let attempt = server.running(&world.maya, "nginx").await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::seconds(2250));
    for (viewer, extra) in [(&world.maya, 25), (&world.tobias, 0)] {
        let viewer = viewer.clone();
        let lab = server.on(move |p| async move { p.lab(&viewer, "nginx").await }).await.unwrap();
        assert_eq!(lab.extra_time, extra);
    }
    let told = serde_json::to_string(&world.events(attempt).await).unwrap();
    assert!(!told.contains("extra"), "the record does not say who has it");
    let store = world.database.store().await;
    assert_eq!(users::extra_time(&store, world.tobias.id).await.unwrap(), 0);
}

#[tokio::test]
async fn what_is_assessed_stands_still_for_nobody() {
    let mut world = World::new().await;
    world.settings.time = Times { idle_minutes: 20, pause_hours: 12 };
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    server.kill();
    world.database.raw("update attempts set mode = 'assessed', allowance = 0").await.unwrap();
    let server = world.server().await;
    let refused = pause(&server, &world.maya, attempt).await;
    assert!(matches!(&refused, Err(Error::Conflict(words)) if words.contains("Only practice")), "{refused:?}");
    let refused = extend(&server, &world.maya, attempt).await;
    assert!(matches!(&refused, Err(Error::Conflict(words)) if words.contains("fixed time")), "{refused:?}");
    world.clock.advance(TimeDelta::minutes(25));
    tokio::time::sleep(LOOK).await;
    assert_eq!(left(&world, &server, attempt).await, TimeDelta::minutes(5));
}

#[tokio::test]
async fn an_engine_that_hangs_holds_up_no_deadline_of_others_while_it_should_pause() {
    let mut world = World::new().await;
    world.settings.time = Times { idle_minutes: 20, pause_hours: 12 };
    let server = world.server().await;
    let idle = server.running(&world.maya, "nginx").await;
    world.clock.advance(TimeDelta::minutes(15));
    let busy = server.running(&world.tobias, "nginx").await;
    world.engine.answering.close();
    world.clock.advance(TimeDelta::minutes(5));
    tokio::time::sleep(LOOK).await;
    for _ in 0..3 {
        world.clock.advance(TimeDelta::minutes(9));
        server.on(move |p| async move { p.active(busy) }).await;
    }
    server.until(&world.tobias, busy, |state| *state != AttemptState::Starting).await;
    server.until(&world.maya, idle, |state| *state == AttemptState::Finishing).await;
    world.engine.answering.open();
    server.over(&world.maya, idle).await;
}

#[tokio::test]
async fn nobody_is_slow_for_having_been_called_away() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    world.clock.advance(TimeDelta::minutes(1));
    pause(&server, &world.maya, attempt).await.unwrap();
    world.clock.advance(TimeDelta::hours(2));
    resume(&server, &world.maya, attempt).await.unwrap();
    world.clock.advance(TimeDelta::minutes(2));
    let maya = world.maya.clone();
    server.on(move |p| async move { p.acknowledge(&maya, attempt).await }).await.unwrap();
    world.box_of(attempt).ran("nginx -t", 0);
    world.box_of(attempt).solve();
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let maya = world.maya.clone();
    let result = server.on(move |p| async move { p.result(&maya, attempt).await }).await.unwrap();
    let mtta = result.kpis.iter().find(|kpi| kpi.kpi == "mtta").unwrap();
    assert!(mtta.says.starts_with("3.0 min"), "{}", mtta.says);
    world.clock.advance(TimeDelta::hours(1));
    let maya = world.maya.clone();
    let figures = server.on(move |p| async move { p.figures(&maya, maya.id, None).await }).await.unwrap();
    let mtta = figures.kpis.iter().find(|kpi| kpi.definition.id == "mtta").unwrap();
    assert_eq!(mtta.figures[0].value, Some(3.0));
}
