//! What people judge: several of them, each by themselves, and then somebody decides.

use labs::exercise::Answers;
use platform::{
    Error,
    views::{
        CaseAbout, CaseStep, CaseView, Change, Deciding, Draft, DraftRating, InboxView, ResultView, Served, Viewer,
    },
};
use rstest::rstest;
use scorecards::{
    event::{Source, work::Substance},
    score::Outcome,
    scorecard::{Decision, Given, Label, Level},
};
use uuid::Uuid;

use super::support::{
    Engine, lab,
    server::{Server, World},
};

async fn world(engine: Engine) -> Option<World> {
    let mut world = World::on(engine).await?;
    world.catalog = lab::catalog_with_letter();
    Some(world)
}

/// Somebody hands in a letter. Gives the attempt.
async fn handed_in(server: &Server, viewer: &Viewer, text: &'static str) -> Uuid {
    let attempt = server.start(viewer, "letter").await.expect("an attempt");
    let writer = viewer.clone();
    let answers: Answers = [("letter".to_string(), vec![text.to_string()])].into();
    server.on(move |p| async move { p.hand_in(&writer, attempt, &answers).await }).await.expect("it is handed in");
    server.over(viewer, attempt).await;
    attempt
}

async fn inbox(server: &Server, viewer: &Viewer) -> platform::Result<InboxView> {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.inbox(&viewer).await }).await
}

async fn only_case(server: &Server, viewer: &Viewer) -> Uuid {
    let inbox = inbox(server, viewer).await.expect("an inbox");
    assert_eq!(inbox.waiting.len(), 1, "{inbox:?}");
    inbox.waiting[0].id
}

async fn case(server: &Server, viewer: &Viewer, case: Uuid) -> platform::Result<CaseView> {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.case(&viewer, case).await }).await
}

async fn result(server: &Server, viewer: &Viewer, attempt: Uuid) -> ResultView {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.result(&viewer, attempt).await }).await.expect("a result")
}

async fn rate(server: &Server, viewer: &Viewer, case: Uuid, draft: Draft) -> platform::Result<()> {
    let viewer = viewer.clone();
    server.on(move |p| async move { p.rate(&viewer, case, &draft).await }).await
}

async fn decide(
    server: &Server,
    viewer: &Viewer,
    case: Uuid,
    decision: Decision,
    substance: Option<Substance>,
) -> platform::Result<()> {
    let viewer = viewer.clone();
    let deciding = Deciding { decision: Some(decision), reason: "Because it is so.".into(), substance };
    server.on(move |p| async move { p.decide(&viewer, case, &deciding).await }).await
}

fn rating(level: Level, quote: &str) -> DraftRating {
    DraftRating { level: Some(Given::Level(level)), quote: quote.into(), comment: "Go on so.".into() }
}

fn draft(communication: DraftRating) -> Draft {
    let discipline = DraftRating { level: Some(Given::NotObserved), ..DraftRating::default() };
    Draft {
        ratings: [("communication".into(), communication), ("operational-discipline".into(), discipline)].into(),
        overall: Some(Label::Yes),
        served: Some(Served::Grade(4)),
    }
}

fn refused<T: std::fmt::Debug>(what: platform::Result<T>, words: &str) {
    match what {
        Err(Error::Conflict(said)) => assert!(said.contains(words), "{said}"),
        other => panic!("{other:?}"),
    }
}

#[rstest]
#[tokio::test]
async fn two_judge_without_seeing_each_other_and_then_it_is_decided(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = world(engine).await else { return };
    let server = world.server().await;
    let (maya, ingrid, rafael) = (&world.maya, &world.manager, &world.interviewer);
    let attempt = handed_in(
        &server,
        maya,
        "Since 09:05 UTC db1 is away. The counters can sell nothing; the next word comes at ten.",
    )
    .await;

    let id = only_case(&server, ingrid).await;
    assert_eq!(only_case(&server, rafael).await, id);
    assert!(matches!(inbox(&server, maya).await, Err(Error::Forbidden)));
    for stranger in [maya, &world.tobias, &world.admin, &world.candidate] {
        assert!(matches!(case(&server, stranger, id).await, Err(Error::NotFound)), "{}", stranger.name);
    }
    let seen = case(&server, ingrid, id).await.unwrap();
    assert_eq!(seen.line.step, CaseStep::Judge);
    let CaseAbout::Work(work) = &seen.about else { panic!("{seen:?}") };
    assert!(work.machine.is_empty(), "what the machine says would be taken over");
    let told = format!("{seen:?}");
    assert!(told.contains("db1 is away") && !told.contains("Maya") && !told.contains(&maya.id.to_string()), "{told}");
    assert_eq!(seen.criteria[1].anchors[3], "a model");
    assert!(seen.criteria[0].anchors[0].len() > 20, "the role's own words");

    // What is missing is said, and nothing is lost.
    let strong = draft(rating(Level::Four, ""));
    refused(rate(&server, ingrid, id, strong).await, "a 1 and a 4 need");
    refused(rate(&server, ingrid, id, Draft { overall: None, ..Draft::default() }).await, "all in all");
    let unserved = Draft { served: None, ..draft(rating(Level::Three, "")) };
    refused(rate(&server, ingrid, id, unserved).await, "how well you were served");
    let half = Draft {
        ratings: [("communication".into(), rating(Level::Three, ""))].into(),
        overall: Some(Label::Yes),
        served: None,
    };
    refused(rate(&server, ingrid, id, half).await, "has no level yet");
    let kept = case(&server, ingrid, id).await.unwrap();
    assert_eq!(kept.draft.ratings["communication"].comment, "Go on so.");
    assert!(kept.line.begun);
    assert!(!case(&server, rafael, id).await.unwrap().line.begun, "what somebody has begun is nobody else's");

    refused(decide(&server, ingrid, id, Decision::Yes, None).await, "Judge it yourself first");
    rate(&server, ingrid, id, draft(rating(Level::Four, "db1 is away"))).await.unwrap();
    refused(rate(&server, ingrid, id, draft(rating(Level::Two, ""))).await, "no second opinion");
    refused(decide(&server, ingrid, id, Decision::Yes, None).await, "1 of 2");
    let waits = case(&server, ingrid, id).await.unwrap();
    assert_eq!((waits.line.step, waits.criteria[0].ratings.len()), (CaseStep::Wait, 1));
    let CaseAbout::Work(work) = &waits.about else { panic!("{waits:?}") };
    assert_eq!(work.machine.len(), 1, "now it can mislead nobody");
    let blind = case(&server, rafael, id).await.unwrap();
    assert!(blind.criteria.iter().all(|criterion| criterion.ratings.is_empty() && criterion.middle.is_none()));
    assert!(blind.recommended.is_empty());

    rate(&server, rafael, id, draft(rating(Level::Two, ""))).await.unwrap();
    let both = case(&server, rafael, id).await.unwrap();
    assert_eq!(both.line.step, CaseStep::Decide);
    assert_eq!(both.criteria[0].ratings.len(), 2);
    assert!(both.criteria[0].apart, "4 and 2 are to be talked over");
    assert_eq!(both.criteria[0].middle.map(f64::from), Some(3.0));
    assert_eq!(both.criteria[1].middle, None, "what nobody saw is no level");
    assert_eq!(both.recommended.len(), 2);

    let open = result(&server, maya, attempt).await;
    assert!(open.judged[0].decision.is_none() && open.judged[0].criteria.iter().all(|one| one.ratings.is_empty()));
    assert_eq!((open.judged[0].submitted, open.judged[0].raters), (2, 2));
    decide(&server, rafael, id, Decision::Later, None).await.unwrap();
    refused(decide(&server, ingrid, id, Decision::Yes, None).await, "decided already");

    let said = result(&server, maya, attempt).await;
    let judged = &said.judged[0];
    assert_eq!(judged.decision.as_ref().map(|made| (made.decision, made.by.clone())), Some((Decision::Later, None)));
    assert_eq!(judged.criteria[0].ratings.len(), 2);
    let told = format!("{judged:?}");
    assert!(told.contains("Go on so.") && !told.contains("Ingrid") && !told.contains("Rafael"), "{told}");
    // Two answers are too few for a figure, and nobody is told who gave them.
    world.clock.advance(chrono::TimeDelta::days(40));
    let viewer = maya.clone();
    let figures = server.on(move |p| async move { p.figures(&viewer, viewer.id, None).await }).await.unwrap();
    let satisfaction = figures.kpis.iter().find(|kpi| kpi.definition.id == "satisfaction").unwrap();
    let figure = satisfaction.figures.iter().find(|figure| figure.series == Source::Simulated).unwrap();
    assert!(figure.value.is_none() && figure.events.is_empty(), "{figure:?}");
    assert_eq!(figure.exclusions.iter().map(|excluded| excluded.count).sum::<u32>(), 2, "{figure:?}");
    assert!(inbox(&server, ingrid).await.unwrap().waiting.is_empty());
    let done = inbox(&server, ingrid).await.unwrap().decided;
    assert_eq!((done.len(), done[0].step), (1, CaseStep::Done));
    assert_eq!(said.result.passed, Some(true), "the machine's part is its own");
}

#[tokio::test]
async fn what_nobody_wrote_or_was_given_up_waits_for_nobody() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    handed_in(&server, &world.maya, "  ").await;
    let attempt = server.start(&world.tobias, "letter").await.unwrap();
    let viewer = world.tobias.clone();
    server.on(move |p| async move { p.abandon(&viewer, attempt).await }).await.unwrap();
    assert!(inbox(&server, &world.manager).await.unwrap().waiting.is_empty());
}

#[rstest]
#[tokio::test]
async fn a_check_that_was_wrong_counts_once_somebody_else_says_so(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = world(engine).await else { return };
    let server = world.server().await;
    let (maya, ingrid) = (&world.maya, &world.manager);
    let attempt = handed_in(
        &server,
        maya,
        "The machine of the database is away since 09:05 UTC. The counters can sell nothing until it is back.",
    )
    .await;
    let ask = async |check: &'static str, words: &'static str| {
        let viewer = maya.clone();
        server.on(move |p| async move { p.dispute(&viewer, attempt, check, words).await }).await
    };
    let before = result(&server, maya, attempt).await;
    assert_eq!((before.result.passed, before.disputable.clone()), (Some(false), vec!["says-what".to_string()]));
    refused(ask("says-what", "  ").await, "Say what was right");
    assert!(matches!(ask("no-such", "x").await, Err(Error::NotFound)));
    let other = world.tobias.clone();
    let theirs = server.on(move |p| async move { p.dispute(&other, attempt, "says-what", "x").await }).await;
    assert!(matches!(theirs, Err(Error::NotFound)));
    let id = ask("says-what", "It says which machine, in other words.").await.unwrap();
    refused(ask("says-what", "Again.").await, "already");
    assert!(result(&server, maya, attempt).await.disputable.is_empty());

    // It shows what the machine says of the work, which she is still to judge herself.
    let seen = case(&server, ingrid, id).await.unwrap();
    let CaseAbout::WorkFirst(work) = seen.about else { panic!("{seen:?}") };
    refused(decide(&server, ingrid, id, Decision::Yes, None).await, "Judge the work itself first");
    rate(&server, ingrid, work, draft(rating(Level::Three, ""))).await.unwrap();
    let seen = case(&server, ingrid, id).await.unwrap();
    assert_eq!(seen.asked.as_deref(), Some("It says which machine, in other words."));
    let CaseAbout::Dispute(dispute) = &seen.about else { panic!("{seen:?}") };
    assert_eq!(dispute.line.outcome, Outcome::Missed);
    assert!(dispute.exercise.is_some());
    let viewer = ingrid.clone();
    let silent = Deciding { decision: Some(Decision::Yes), reason: " ".into(), substance: None };
    refused(server.on(move |p| async move { p.decide(&viewer, id, &silent).await }).await, "Say why");
    decide(&server, ingrid, id, Decision::Yes, None).await.unwrap();

    let after = result(&server, maya, attempt).await;
    assert_eq!((after.result.passed, after.result.points), (Some(true), 2));
    assert_eq!(after.result.lines[0].evidence.len(), 2, "what the machine saw stays");
    let viewer = maya.clone();
    let home = server.on(move |p| async move { p.home(&viewer).await }).await.unwrap();
    assert!(home.labs.iter().find(|lab| lab.id == "letter").unwrap().passed, "in every list");
}

#[rstest]
#[tokio::test]
async fn a_better_runbook_counts_for_its_author_once_it_is_merged(
    #[values(Engine::Sqlite, Engine::Postgres)] engine: Engine,
) {
    let Some(world) = world(engine).await else { return };
    let server = world.server().await;
    let (maya, ingrid) = (&world.maya, &world.manager);
    let attempt = server.running(maya, "nginx").await;
    server.finish(maya, attempt).await;
    server.over(maya, attempt).await;
    let propose = async |text: String, why: &'static str| {
        let viewer = maya.clone();
        server.on(move |p| async move { p.improve(&viewer, attempt, &text, why).await }).await
    };
    let known = result(&server, maya, attempt).await.runbook.expect("a runbook");
    refused(propose(known.clone(), "It was wrong.").await, "as it was");
    refused(propose(format!("{known}Then ask why.\n"), "").await, "Say in a sentence");
    let id = propose(format!("{known}Then ask why.\n"), "It stops too early.").await.unwrap();
    refused(propose("Something else.".into(), "Better.").await, "still waits");
    assert_eq!(result(&server, maya, attempt).await.runbook, None);

    let seen = case(&server, ingrid, id).await.unwrap();
    let CaseAbout::Runbook(lines) = &seen.about else { panic!("{seen:?}") };
    assert!(lines.contains(&(Change::Added, "Then ask why.".into())), "{lines:?}");
    refused(decide(&server, ingrid, id, Decision::Yes, None).await, "Say what it changes");
    decide(&server, ingrid, id, Decision::Yes, Some(Substance::Step)).await.unwrap();
    world.clock.advance(chrono::TimeDelta::minutes(1));

    let viewer = maya.clone();
    let figures = server.on(move |p| async move { p.figures(&viewer, viewer.id, None).await }).await.unwrap();
    let improved = figures.kpis.iter().find(|kpi| kpi.definition.id == "runbook-improvements").unwrap();
    let figure = improved.figures.iter().find(|figure| figure.series == Source::Simulated).unwrap();
    assert_eq!(figure.count, 1, "{figure:?}");
    assert!(figure.value.is_some(), "{figure:?}");
}

#[tokio::test]
async fn evidence_waits_for_somebody_who_knows_whose_it_is() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    let hand_in = async |goal: String, words: &'static str| {
        let viewer = world.maya.clone();
        server.on(move |p| async move { p.hand_in_evidence(&viewer, &goal, words).await }).await
    };
    let viewer = world.maya.clone();
    let goals = server.on(move |p| async move { p.evidence(&viewer).await }).await.unwrap().goals;
    let goal = goals[0].0.clone();
    refused(hand_in("no-goal".into(), "Done.").await, "Choose the goal");
    refused(hand_in(goal.clone(), "").await, "Say what you did");
    let id = hand_in(goal.clone(), "I shadowed a shift: https://wiki.example/shift").await.unwrap();
    refused(hand_in(goal.clone(), "More.").await, "still waits");
    let seen = case(&server, &world.manager, id).await.unwrap();
    assert_eq!(seen.line.whose.as_deref(), Some("Maya"));
    assert_eq!(seen.line.step, CaseStep::Decide);
    assert!(!seen.line.late);
    world.clock.advance(chrono::TimeDelta::days(4));
    assert!(case(&server, &world.manager, id).await.unwrap().line.late);
    decide(&server, &world.manager, id, Decision::Yes, None).await.unwrap();
    let viewer = world.maya.clone();
    let evidence = server.on(move |p| async move { p.evidence(&viewer).await }).await.unwrap();
    assert_eq!(evidence.handed_in[0].decision.as_ref().map(|made| made.decision), Some(Decision::Yes));
    hand_in(goal, "More.").await.unwrap();
}

#[tokio::test]
async fn nobody_judges_their_own_and_each_has_an_order_of_their_own() {
    let world = world(Engine::Sqlite).await.unwrap();
    let server = world.server().await;
    for goal in 0..6_usize {
        for viewer in [&world.maya, &world.manager] {
            let viewer = viewer.clone();
            let handed_in = server.on(move |p| async move {
                let goals = p.evidence(&viewer).await?.goals;
                p.hand_in_evidence(&viewer, &goals[goal].0, "Done.").await
            });
            handed_in.await.unwrap();
        }
    }
    let order = async |viewer: &Viewer| -> Vec<Uuid> {
        inbox(&server, viewer).await.unwrap().waiting.iter().map(|line| line.id).collect()
    };
    let (ingrids, rafaels) = (order(&world.manager).await, order(&world.interviewer).await);
    assert_eq!((ingrids.len(), rafaels.len()), (6, 12), "not one's own");
    assert_eq!(order(&world.manager).await, ingrids, "the same each time");
    let shared: Vec<Uuid> = rafaels.into_iter().filter(|id| ingrids.contains(id)).collect();
    assert_ne!(shared, ingrids, "two orders, for two people");
    let mut sorted = ingrids.clone();
    sorted.sort();
    assert_ne!(sorted, ingrids, "not by age");
}
