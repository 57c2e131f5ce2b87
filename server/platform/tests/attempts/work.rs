//! What a learner does, and what others may not.

use std::sync::Arc;

use chrono::TimeDelta;
use platform::{
    Clock, Error,
    access::Role,
    store::events,
    views::{AlertView, AttemptState, Viewer},
};
use rstest::rstest;
use scorecards::{
    event::{
        EndReason, Event, Kind, Source, Verdict,
        work::{Alert, Severity, Work},
    },
    kpi::State,
    score::{About, Outcome},
};
use uuid::Uuid;

use super::support::{
    Engine, lab,
    server::{ATTACH, World, eventually},
};

#[rstest]
#[tokio::test]
async fn from_start_to_result(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let maya = world.maya.clone();

    let lab = server.on(|p| async move { p.lab(&maya, "nginx").await }).await.unwrap();
    assert_eq!(lab.brief, "Port … is closed.\n");
    assert_eq!(lab.checks, ["The port is open", "It is still open after a restart"], "required ones first");
    assert_eq!((lab.card.attempts, lab.card.passed, lab.trouble), (0, false, None));

    let maya = &world.maya;
    let attempt = server.running(maya, "nginx").await;
    let deadline = world.clock.now() + TimeDelta::minutes(30);
    assert_eq!(server.state(maya, attempt).await, AttemptState::Running { deadline });
    assert_eq!(server.start(maya, "nginx").await.unwrap(), attempt, "a second start is the same attempt");

    let (viewer, other) = (maya.clone(), maya.clone());
    let view = server.on(|p| async move { p.attempt(&viewer, attempt).await }).await.unwrap();
    assert_eq!(view.hosts[0].prompt, "engineer@web1");
    assert_eq!(view.hints[0].text, None);
    assert!(view.checks.iter().all(|check| check.verdict.is_none()));
    let port = view.brief.strip_prefix("Port ").unwrap().split(' ').next().unwrap().to_string();
    assert!(port.parse::<u16>().is_ok(), "{}", view.brief);
    assert_eq!(view.runbook, Some(format!("Look at port {port}.\n")));
    assert_eq!(view.checks[1].title, "The port is open");

    let checks = server.on(|p| async move { p.check(&other, attempt).await }).await.unwrap();
    assert_eq!((checks[0].verdict, checks[0].at_end), (None, true), "a restart waits for the end");
    assert_eq!(checks[1].verdict, Some(Verdict::Failed));
    assert_eq!(checks[1].feedback, format!("Nobody answers on port {port}."));

    let viewer = maya.clone();
    let hint = server.on(|p| async move {
        let first = p.take_hint(&viewer, attempt, 1).await.unwrap();
        assert_eq!(p.take_hint(&viewer, attempt, 1).await.unwrap(), first, "again, for nothing");
        assert!(matches!(p.take_hint(&viewer, attempt, 2).await, Err(Error::NotFound)));
        assert!(matches!(p.take_hint(&viewer, attempt, 0).await, Err(Error::NotFound)));
        first
    });
    assert_eq!(hint.await.text, Some(format!("Ask `ss` about port {port}.\n")));

    let sandbox = world.box_of(attempt);
    sandbox.ran("nginx -t", 0);
    sandbox.ran("mysql -phunter2 shop", 0);
    sandbox.solve();
    server.finish(maya, attempt).await;
    assert_eq!(server.over(maya, attempt).await, AttemptState::Ended(EndReason::Finished));
    server.finish(maya, attempt).await;

    let viewer = maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap();
    assert_eq!((result.summary.passed, result.summary.points), (Some(true), Some((8, 9))));
    assert_eq!((result.result.passed, result.result.points, result.result.possible), (Some(true), 8, 9));
    assert_eq!(result.learner, "Maya");
    assert_eq!(result.debrief, format!("It was port {port}.\n"));
    assert_eq!(result.result.lines[1].title, "The port is open");
    let signal = result.result.lines.iter().find(|line| line.about == About::Signal).unwrap();
    assert_eq!(signal.outcome, Outcome::Earned);
    let cited = result.commands.iter().find(|command| command.event == signal.evidence[0].event).unwrap();
    assert_eq!((cited.command.as_str(), cited.exit, cited.terminal), ("nginx -t", Some(0), Some(1)));

    let told = world.events(attempt).await;
    assert!(!serde_json::to_string(&told).unwrap().contains("hunter2"), "no secret is stored");
    let ready = told.iter().position(|event| matches!(event.kind, Kind::SandboxReady { .. })).unwrap();
    assert_eq!(told.last().unwrap().kind, Kind::AttemptEnded { reason: EndReason::Finished });
    assert!(matches!(told[0].kind, Kind::AttemptStarted { .. }) && ready > 0);
    eventually("the box is removed", || world.engine.containers().is_empty()).await;

    let viewer = maya.clone();
    let home = server.on(|p| async move { p.home(&viewer).await }).await.unwrap();
    assert_eq!(home.running, None);
    assert_eq!(home.recent.len(), 1);
    let cards: Vec<_> = home.labs.iter().map(|card| (card.id.as_str(), card.attempts, card.passed)).collect();
    assert_eq!(cards, [("disk", 0, false), ("dns", 0, false), ("nginx", 1, true)]);
    assert_eq!(home.next.unwrap().id, "disk");
}

#[tokio::test]
async fn a_wrong_fix_fails_and_says_what_is_wrong() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap();
    assert_eq!(result.result.passed, Some(false));
    let failed = result.result.lines.iter().find(|line| line.id == "open").unwrap();
    assert_eq!(failed.outcome, Outcome::Missed);
    assert!(failed.feedback.starts_with("Nobody answers on port "), "{}", failed.feedback);
}

#[tokio::test]
async fn to_everybody_else_an_attempt_does_not_exist() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    for stranger in [&world.tobias, &world.manager, &world.candidate] {
        for id in [attempt, Uuid::nil()] {
            let viewer = stranger.clone();
            let errors = server.on(|p| async move {
                vec![
                    p.attempt(&viewer, id).await.map(drop),
                    p.check(&viewer, id).await.map(drop),
                    p.take_hint(&viewer, id, 1).await.map(drop),
                    p.finish(&viewer, id).await,
                    p.abandon(&viewer, id).await,
                    p.terminal(&viewer, id, ATTACH).await.map(drop),
                ]
            });
            for error in errors.await {
                assert!(matches!(error, Err(Error::NotFound)), "{}: {error:?}", stranger.name);
            }
        }
    }
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));

    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    for (viewer, sees) in
        [(&world.maya, true), (&world.manager, true), (&world.tobias, false), (&world.candidate, false)]
    {
        let viewer = viewer.clone();
        let name = viewer.name.clone();
        let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await;
        match result {
            Ok(result) => assert!(sees && result.learner == "Maya", "{name}"),
            Err(error) => assert!(!sees && matches!(error, Error::NotFound), "{name}: {error:?}"),
        }
    }
}

#[tokio::test]
async fn a_candidate_may_nothing_here() {
    let world = World::new().await;
    let server = world.server().await;
    let viewer = world.candidate.clone();
    let errors = server.on(|p| async move {
        [
            p.home(&viewer).await.map(drop),
            p.lab(&viewer, "nginx").await.map(drop),
            p.start(&viewer, "nginx").await.map(drop),
        ]
    });
    for error in errors.await {
        assert!(matches!(error, Err(Error::Forbidden)), "{error:?}");
    }
}

#[tokio::test]
async fn what_is_not_over_has_no_result_and_what_is_over_no_terminal() {
    let world = World::new().await;
    let server = world.server().await;
    let maya = &world.maya;
    let attempt = server.running(maya, "nginx").await;
    let viewer = maya.clone();
    let (closed, early) = server
        .on(|p| async move {
            p.terminal(&viewer, attempt, ATTACH).await.map(drop).unwrap();
            (p.closed(attempt), p.result(&viewer, attempt).await)
        })
        .await;
    assert!(matches!(early, Err(Error::Conflict(_))));
    assert!(!closed.is_cancelled());
    server.finish(maya, attempt).await;
    assert!(closed.is_cancelled(), "terminals are hung up before the closing checks");
    server.over(maya, attempt).await;
    let viewer = maya.clone();
    let late = server.on(|p| async move {
        [
            p.terminal(&viewer, attempt, ATTACH).await.map(drop),
            p.check(&viewer, attempt).await.map(drop),
            p.take_hint(&viewer, attempt, 1).await.map(drop),
        ]
    });
    for error in late.await {
        assert!(matches!(error, Err(Error::Conflict(_))), "{error:?}");
    }
    assert!(server.platform.closed(attempt).is_cancelled());
}

#[rstest]
#[tokio::test]
async fn there_are_two_attempts_at_a_time_and_one_of_a_lab(#[values(Engine::Sqlite, Engine::Postgres)] engine: Engine) {
    let Some(world) = World::on(engine).await else {
        return;
    };
    let server = world.server().await;
    let maya = &world.maya;
    world.engine.creating.close();
    let (one, two, other) =
        tokio::join!(server.start(maya, "nginx"), server.start(maya, "nginx"), server.start(maya, "disk"));
    assert_eq!(one.unwrap(), two.unwrap());
    let other = other.unwrap();
    match server.start(maya, "dns").await {
        Err(Error::Conflict(words)) => assert!(words.contains("2 labs running"), "{words}"),
        unexpected => panic!("{unexpected:?}"),
    }
    assert!(server.start(&world.tobias, "dns").await.is_ok(), "others have their own");
    world.engine.creating.open();
    server.until(maya, other, |state| matches!(state, AttemptState::Running { .. })).await;
    server.finish(maya, other).await;
    server.over(maya, other).await;
    assert!(server.start(maya, "dns").await.is_ok());
    assert!(matches!(server.start(maya, "no-such-lab").await, Err(Error::NotFound)));
}

#[tokio::test]
async fn without_an_engine_it_says_why() {
    let world = World::new().await;
    world.engine.set_down(true);
    let server = world.server().await;
    let viewer = world.maya.clone();
    let home = server.on(|p| async move { p.home(&viewer).await }).await.unwrap();
    assert_eq!(home.trouble.as_deref(), Some("Labs can't start right now. No container engine answers. Start Docker."));
    match server.start(&world.maya, "nginx").await {
        Err(Error::Unavailable(words)) => assert!(words.contains("Start Docker."), "{words}"),
        unexpected => panic!("{unexpected:?}"),
    }
    world.engine.set_down(false);
    world.clock.advance(TimeDelta::seconds(6));
    server.running(&world.maya, "nginx").await;
}

#[tokio::test]
async fn a_page_does_not_wait_for_an_engine_that_hangs() {
    let world = World::new().await;
    let server = world.server().await;
    let home = async || {
        let viewer = world.maya.clone();
        server.on(|p| async move { p.home(&viewer).await }).await.unwrap().trouble
    };
    assert_eq!(home().await, None);
    world.engine.answering.close();
    world.clock.advance(TimeDelta::seconds(6));
    assert_eq!(home().await, None, "what was known last");
    match server.start(&world.maya, "nginx").await {
        Err(Error::Unavailable(words)) => assert!(words.contains("does not answer"), "{words}"),
        unexpected => panic!("{unexpected:?}"),
    }
    assert!(home().await.is_some_and(|words| words.contains("does not answer")));
}

#[tokio::test]
async fn a_box_that_does_not_start_fails_in_words_and_can_be_tried_again() {
    use std::sync::atomic::Ordering;
    let world = World::new().await;
    let server = world.server().await;
    world.engine.setup.store(3, Ordering::SeqCst);
    let attempt = server.start(&world.maya, "nginx").await.unwrap();
    match server.over(&world.maya, attempt).await {
        AttemptState::Failed(words) => assert!(words.contains("no such unit") && words.contains("again"), "{words}"),
        unexpected => panic!("{unexpected:?}"),
    }
    assert_eq!(world.story(attempt).await, ["attempt_started", "sandbox_failed"]);
    assert!(world.engine.containers().is_empty());
    world.engine.setup.store(0, Ordering::SeqCst);
    assert_ne!(server.running(&world.maya, "nginx").await, attempt);
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await;
    assert!(matches!(result, Err(Error::Conflict(_))));
}

#[tokio::test]
async fn at_the_deadline_the_closing_checks_are_made() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    world.box_of(attempt).solve();
    world.clock.advance(TimeDelta::minutes(29));
    tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
    assert!(matches!(server.state(&world.maya, attempt).await, AttemptState::Running { .. }));
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Expired));
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap();
    assert_eq!(result.result.passed, Some(true));
}

#[tokio::test]
async fn a_lab_that_changes_meanwhile_is_marked_as_it_was() {
    let mut world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    server.kill();
    // One check has another name, and the hint another price.
    world.catalog = lab::catalog_after(|lab| {
        lab.replace("id = \"survives-restart\"", "id = \"comes-back\"").replace("cost = 1", "cost = 3")
    });
    let server = world.server().await;
    world.box_of(attempt).solve();
    let viewer = world.maya.clone();
    let (checks, hints) = server
        .on(|p| async move {
            let checks = p.check(&viewer, attempt).await.unwrap();
            (checks, p.attempt(&viewer, attempt).await.unwrap().hints)
        })
        .await;
    let made: Vec<_> = checks.iter().map(|check| (check.id.as_str(), check.verdict)).collect();
    assert_eq!(made, [("survives-restart", Some(Verdict::Broken)), ("open", Some(Verdict::Passed))]);
    assert!(checks[0].feedback.contains("was changed"), "{}", checks[0].feedback);
    assert_eq!(hints[0].cost, 1, "as it will be charged");

    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap().result;
    assert_eq!(result.passed, Some(true));
    let gone = result.lines.iter().find(|line| line.id == "survives-restart").unwrap();
    assert_eq!(gone.outcome, Outcome::NotObserved);
    assert!(gone.feedback.contains("neither for nor against you"), "{}", gone.feedback);
}

#[tokio::test]
async fn of_a_lab_that_is_gone_it_is_said_that_nothing_could_be_checked() {
    let mut world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    server.kill();
    world.catalog = Arc::default();
    let server = world.server().await;
    server.finish(&world.maya, attempt).await;
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Finished));
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap().result;
    let open = result.lines.iter().find(|line| line.id == "open").unwrap();
    assert_eq!(open.outcome, Outcome::NotObserved);
    assert!(open.feedback.contains("left the catalogue"), "{}", open.feedback);
}

#[tokio::test]
async fn giving_up_checks_nothing() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let sandbox = world.box_of(attempt);
    sandbox.ran("nginx -t", 0);
    let viewer = world.maya.clone();
    server.on(|p| async move { p.abandon(&viewer, attempt).await }).await.unwrap();
    assert_eq!(server.over(&world.maya, attempt).await, AttemptState::Ended(EndReason::Abandoned));
    assert_eq!(sandbox.probed.available_permits(), 0);
    let viewer = world.maya.clone();
    let result = server.on(|p| async move { p.result(&viewer, attempt).await }).await.unwrap();
    assert_eq!((result.result.passed, result.result.points), (Some(false), 3), "what was done well stays done well");
    eventually("the box is removed", || world.engine.containers().is_empty()).await;
}

#[tokio::test]
async fn giving_up_a_start_leaves_nothing() {
    let world = World::new().await;
    let server = world.server().await;
    world.engine.creating.close();
    let attempt = server.start(&world.maya, "nginx").await.unwrap();
    eventually("the box is being made", || world.engine.of(attempt).is_some()).await;
    let viewer = world.maya.clone();
    let finish = server.on(|p| async move {
        let finish = p.finish(&viewer, attempt).await;
        p.abandon(&viewer, attempt).await.unwrap();
        finish
    });
    assert!(matches!(finish.await, Err(Error::Conflict(_))), "there is nothing to finish");
    assert_eq!(server.state(&world.maya, attempt).await, AttemptState::Ended(EndReason::Abandoned));
    let viewer = world.maya.clone();
    let lab = server.on(|p| async move { p.lab(&viewer, "nginx").await }).await.unwrap();
    assert_eq!(lab.card.attempts, 0, "nobody tried anything yet");
    world.engine.creating.open();
    eventually("the box is removed", || world.engine.containers().is_empty()).await;
    assert_eq!(world.story(attempt).await, ["attempt_started", "attempt_ended"]);
}

#[tokio::test]
async fn checks_are_made_by_one_at_a_time() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    world.engine.probing.close();
    let check = |viewer: &Viewer| {
        let viewer = viewer.clone();
        server.on(move |p| async move { p.check(&viewer, attempt).await })
    };
    let (first, second) = tokio::join!(check(&world.maya), async {
        let sandbox = world.box_of(attempt);
        eventually("the first probes", || sandbox.probed.available_permits() > 0).await;
        let second = check(&world.maya).await;
        world.engine.probing.open();
        second
    });
    assert!(first.is_ok());
    assert!(matches!(second, Err(Error::Conflict(_))), "{second:?}");
}

#[tokio::test]
async fn an_alert_is_taken_once_and_becomes_a_figure() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    let maya = world.maya.clone();
    let view = server.on(|p| async move { p.attempt(&maya, attempt).await }).await.unwrap();
    assert_eq!(view.alert, Some(AlertView { acknowledged: false }));

    world.clock.advance(TimeDelta::minutes(4));
    for _ in 0..2 {
        let maya = world.maya.clone();
        server.on(|p| async move { p.acknowledge(&maya, attempt).await }).await.unwrap();
    }
    world.clock.advance(TimeDelta::seconds(30));
    world.box_of(attempt).ran("systemctl status nginx", 3);
    world.box_of(attempt).ran("nginx -t", 0);
    world.box_of(attempt).solve();
    let maya = world.maya.clone();
    let view = server.on(|p| async move { p.attempt(&maya, attempt).await }).await.unwrap();
    assert_eq!(view.alert, Some(AlertView { acknowledged: true }));
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let taken = world.story(attempt).await.iter().filter(|kind| *kind == "alert_acknowledged").count();
    assert_eq!(taken, 1, "the first time counts");

    let maya = world.maya.clone();
    let result = server.on(|p| async move { p.result(&maya, attempt).await }).await.unwrap();
    let said: Vec<_> = result.kpis.iter().map(|kpi| (kpi.kpi.as_str(), kpi.good)).collect();
    assert_eq!(said, [("ticket-quality", Some(true)), ("mtta", Some(true))], "{:#?}", result.kpis);
    assert!(result.kpis[1].says.starts_with("4.0 min"), "{}", result.kpis[1].says);
    assert!(result.mastery[0].contains("One more pass"), "{:?}", result.mastery);

    world.clock.advance(TimeDelta::hours(1));
    let maya = world.maya.clone();
    let figures = server.on(|p| async move { p.figures(&maya, maya.id, None).await }).await.unwrap();
    let kpi = |id: &str| figures.kpis.iter().find(|kpi| kpi.definition.id == id).unwrap();
    assert_eq!(figures.kpis.len(), 24);
    let mtta = &kpi("mtta").figures[0];
    assert_eq!((mtta.series, mtta.count, mtta.value), (Source::Simulated, 1, Some(4.0)));
    assert!(kpi("mtta").figures[1..].iter().all(|figure| figure.value.is_none()), "series are never blended");
    let quality = &kpi("ticket-quality").figures[0];
    assert_eq!((quality.count, quality.value), (1, Some(1.0)), "{quality:#?}");
    assert_eq!(quality.state, State::Insufficient, "one observation is no verdict");
    assert!(!kpi("mtta").events.is_empty() && kpi("mtta").events.iter().all(|event| event.attempt == Some(attempt)));
    // Before it was over nothing was known.
    let before = kpi("mtta").events.iter().map(|event| event.at).min().unwrap();
    let maya = world.maya.clone();
    let early = server.on(move |p| async move { p.figures(&maya, maya.id, Some(before)).await }).await.unwrap();
    assert!(early.kpis.iter().flat_map(|kpi| &kpi.figures).all(|figure| figure.count == 0));
}

#[tokio::test]
async fn figures_are_for_the_person_and_who_leads_them() {
    let world = World::new().await;
    let server = world.server().await;
    let maya = world.maya.id;
    for (role, may) in [(Role::Learner, false), (Role::Manager, true), (Role::Interviewer, false), (Role::Admin, false)]
    {
        let viewer = Viewer { id: Uuid::from_u128(77), name: "Somebody else".into(), role };
        let seen = server.on(move |p| async move { p.figures(&viewer, maya, None).await }).await;
        match seen {
            Ok(_) => assert!(may, "{role}"),
            Err(error) => assert!(!may && matches!(error, Error::NotFound), "{role}: {error:?}"),
        }
    }
    let viewer = Viewer { id: Uuid::from_u128(77), name: "Ingrid Solheim".into(), role: Role::Manager };
    let home = server.on(move |p| async move { p.home(&viewer).await }).await.unwrap();
    assert!(home.people.iter().any(|person| person.id == maya), "{:?}", home.people);
    let home = server.on(|p| async move { p.home(&world.maya.clone()).await }).await.unwrap();
    assert!(home.people.is_empty());
}

#[tokio::test]
async fn who_acknowledges_last_has_still_acted() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.running(&world.maya, "nginx").await;
    world.clock.advance(TimeDelta::minutes(1));
    world.box_of(attempt).ran("nginx -t", 0);
    world.box_of(attempt).solve();
    world.clock.advance(TimeDelta::minutes(5));
    let maya = world.maya.clone();
    server.on(|p| async move { p.acknowledge(&maya, attempt).await }).await.unwrap();
    server.finish(&world.maya, attempt).await;
    server.over(&world.maya, attempt).await;
    let maya = world.maya.clone();
    let result = server.on(|p| async move { p.result(&maya, attempt).await }).await.unwrap();
    let mtta = result.kpis.iter().find(|kpi| kpi.kpi == "mtta").unwrap();
    assert!(mtta.good == Some(true) && mtta.says.starts_with("6.0 min") && mtta.because.is_empty(), "{mtta:?}");
    let maya = world.maya.clone();
    let late = server.on(|p| async move { p.acknowledge(&maya, attempt).await }).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "nothing comes after the end");
}

#[tokio::test]
async fn a_start_that_was_given_up_says_nothing() {
    let world = World::new().await;
    let server = world.server().await;
    let attempt = server.start(&world.maya, "nginx").await.unwrap();
    let maya = world.maya.clone();
    server.on(|p| async move { p.abandon(&maya, attempt).await }).await.unwrap();
    server.over(&world.maya, attempt).await;
    world.clock.advance(TimeDelta::hours(1));
    if world.story(attempt).await.contains(&"sandbox_ready".to_string()) {
        return; // The box was faster than the learner: then it is an attempt like any other.
    }
    let maya = world.maya.clone();
    let (result, figures) = server
        .on(|p| async move {
            (p.result(&maya, attempt).await.unwrap(), p.figures(&maya, maya.id, None).await.unwrap())
        })
        .await;
    assert_eq!((result.kpis.len(), result.mastery.len()), (0, 0));
    assert!(figures.kpis.iter().flat_map(|kpi| &kpi.figures).all(|figure| figure.count == 0));
}

#[tokio::test]
async fn what_real_tools_say_is_a_series_of_its_own() {
    let world = World::new().await;
    let server = world.server().await;
    let (maya, from) = (world.maya.id, world.clock.now() - TimeDelta::days(3));
    let event = |number: u128, minute: i64, alert: Alert| Event {
        id: Uuid::from_u128(number),
        at: from + TimeDelta::minutes(minute),
        box_at: None,
        actor: Some(maya),
        subject: maya,
        attempt: None,
        source: Source::Imported,
        kind: Kind::Work(Work::Alert(alert)),
    };
    // Five alerts, an hour apart, taken after 2, 4, 6, 8 and 10 minutes: (2 + 4 + 6 + 8 + 10) / 5 = 6.
    let mut events = Vec::new();
    for n in 1..=5_u32 {
        let (alert, number, hour) = (format!("A-{n}"), u128::from(n) * 10, i64::from(n) * 60);
        let taken = hour + i64::from(n) * 2;
        let fired = Alert::AlertFired { alert: alert.clone(), severity: Severity::High, rule: None, service: None };
        events.push(event(number, hour, fired));
        let (automatic, channel, watched) = (false, None, true);
        let taking = Alert::AlertAcknowledged { alert: alert.clone(), automatic, channel, watched };
        events.push(event(number + 1, taken, taking));
        events.push(event(number + 2, taken + 1, Alert::AlertLookedInto { alert }));
    }
    let store = world.database.store().await;
    let mut tx = store.begin().await.unwrap();
    events::append(&mut tx, &events).await.unwrap();
    tx.commit().await.unwrap();

    let viewer = world.manager.clone();
    let figures = server.on(move |p| async move { p.figures(&viewer, maya, None).await }).await.unwrap();
    let mtta = figures.kpis.iter().find(|kpi| kpi.definition.id == "mtta").unwrap();
    let said: Vec<_> = mtta.figures.iter().map(|figure| (figure.series, figure.count, figure.value)).collect();
    assert_eq!(said, [(Source::Simulated, 0, None), (Source::Imported, 5, Some(6.0)), (Source::Attested, 0, None)]);
    assert_eq!(mtta.figures[1].state, State::In);
    assert_eq!(mtta.events.len(), 15, "every event that it rests on");
    assert_eq!(
        (mtta.events[0].tag.as_str(), mtta.events[0].about.as_str()),
        ("alert_looked_into", "A-5"),
        "newest first"
    );

    // Any day can be asked for.
    let maya = world.maya.clone();
    let never = server
        .on(move |p| async move { p.figures(&maya, maya.id, Some(chrono::DateTime::<chrono::Utc>::MIN_UTC)).await });
    assert!(never.await.unwrap().kpis.iter().all(|kpi| kpi.events.is_empty()));

    // The same for who asks on the command line; and of a day before all that there is nothing.
    let as_of = from;
    let early = server.on(move |p| async move { p.figures_by_login("maya", Some(as_of)).await }).await.unwrap();
    assert!(early.kpis.iter().flat_map(|kpi| &kpi.figures).all(|figure| figure.count == 0));
}
