//! What whoever runs the installation sees and does: metrics, health, logs, the page of machines and its commands.

use std::time::Duration;

use http::StatusCode;
use serde_json::Value;
use tests::{
    attempt::{self, begin, finish, start, state, whole_record},
    docker, eventually,
    http::Client,
    server::{Server, free_port},
    terminal::Terminal,
};

const LAB: &str = "nginx-port-conflict";

/// The value of a line of the metrics; 0 where there is none.
fn value(metrics: &str, name: &str) -> f64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    line.and_then(|value| value.parse().ok()).unwrap_or_default()
}

#[tokio::test]
async fn a_run_is_told_in_metrics_and_in_a_log_that_names_the_attempt_on_each_step() {
    let port = free_port();
    let metrics = format!("127.0.0.1:{port}");
    let server = Server::demo_with(&[("BELAY_METRICS", &metrics), ("BELAY_LOG_FORMAT", "json")]);
    let prometheus = Client::new(&format!("http://{metrics}"));
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("sudo nginx -t").await;

    let during = prometheus.get("/metrics").await;
    assert_eq!(during.status, StatusCode::OK);
    assert_eq!(value(&during.body, "belay_terminals"), 1.0, "{}", during.body);
    assert_eq!(value(&during.body, "belay_attempts{state=\"running\"}"), 1.0, "{}", during.body);
    terminal.cut();
    let _ = maya.post("/fn/check_now", &format!("attempt={attempt}")).await;
    let _ = maya.post("/fn/take_hint", &format!("attempt={attempt}&number=1")).await;
    finish(&maya, &attempt).await;

    // The result is there a moment before the box is gone.
    let after = eventually("the box is gone", Duration::from_secs(20), || async {
        let after = prometheus.get("/metrics").await.body;
        (value(&after, "belay_sandboxes_reaped_total{why=\"over\"}") > 0.0).then_some(after)
    })
    .await;
    let started = format!("belay_sandbox_starts_total{{lab=\"{LAB}\",kind=\"cold\"}}");
    let warm = format!("belay_sandbox_starts_total{{lab=\"{LAB}\",kind=\"warm\"}}");
    assert_eq!(value(&after, &started) + value(&after, &warm), 1.0, "{after}");
    for name in [
        "belay_terminal_attach_duration_seconds_count",
        "belay_check_run_duration_seconds_count{when=\"live\"}",
        "belay_check_run_duration_seconds_count{when=\"closing\"}",
        "belay_journal_commit_duration_seconds_count",
        "belay_journal_entries_stored_total",
        "belay_agent_connections_total",
        "belay_sandboxes_reaped_total{why=\"over\"}",
        "process_resident_memory_bytes",
    ] {
        assert!(value(&after, name) > 0.0, "{name} is not above 0:\n{after}");
    }
    assert!(!after.contains(&attempt) && !after.contains("Maya"), "attempts and people are no labels:\n{after}");

    // One object a line; whatever is said of the attempt carries it, with its lab, and names a sandbox once there is one.
    let log = server.log();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
    let about = |line: &Value, key: &str| -> Option<String> {
        let spans = line["spans"].as_array().cloned().unwrap_or_default();
        spans.iter().chain([line]).find_map(|of| of[key].as_str().map(str::to_string))
    };
    for step in [
        "an attempt begins",
        "a box is ready",
        "checks were made",
        "a hint was taken",
        "an attempt finishes",
        "the closing checks were made",
        "an attempt is over",
        "a sandbox was removed",
    ] {
        let line = lines.iter().find(|line| line["message"] == step).unwrap_or_else(|| panic!("no {step:?} in\n{log}"));
        assert_eq!(about(line, "attempt").as_deref(), Some(attempt.as_str()), "{line}");
        assert_eq!(about(line, "lab").as_deref(), Some(LAB), "{line}");
    }
    for step in ["a box is ready", "the closing checks were made", "a sandbox was removed"] {
        let line = lines.iter().find(|line| line["message"] == step).expect("it was there");
        assert!(about(line, "sandbox").is_some(), "{line}");
    }
    let asked = lines.iter().find(|line| line["message"] == "checks were made").expect("it was there");
    assert!(about(asked, "request").is_some(), "what somebody has asked for carries the request's id: {asked}");
}

#[tokio::test]
async fn the_health_check_names_each_part_and_an_answer_its_request() {
    let server = Server::demo_with(&[("DOCKER_HOST", "unix:///nonexistent/docker.sock")]);
    let answer = Client::new(&server.url()).get("/healthz").await;
    // Without an engine the site still helps people; a proxy must not take it away.
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::OK, "database ok\nengine down\n"));
    assert!(answer.headers.contains_key("x-request-id"));
}

#[tokio::test]
async fn the_admin_sees_who_holds_what_and_ends_an_attempt_in_words() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let sam = Client::signed_in(&server.url(), "Sam Whitaker").await;
    assert!(sam.get("/").await.body.contains("href=\"/admin/sandboxes\""), "the way there");
    assert!(sam.get("/admin/sandboxes").await.body.contains("Nobody has a machine at the moment."));
    assert_eq!(maya.get("/admin/sandboxes").await.status, StatusCode::FORBIDDEN);

    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("echo her-work").await;
    let page = sam.get("/admin/sandboxes").await.body;
    for words in ["Maya Lindqvist", LAB, "Running", "MiB", "End this attempt"] {
        assert!(page.contains(words), "{words:?} is not on\n{page}");
    }
    let end = format!("/admin/attempts/{attempt}/end");
    assert_eq!(maya.post(&end, "").await.status, StatusCode::FORBIDDEN);
    assert_eq!(sam.post(&end, "").await.location(), "/admin/sandboxes?done=ended");
    terminal.closed(Duration::from_secs(20)).await;
    attempt::over(&maya, &attempt, Duration::from_secs(30)).await;
    let told = maya.get(&format!("/attempts/{attempt}")).await.body;
    assert!(told.contains("has ended this attempt") && told.contains("not your fault"), "{told}");
    assert_eq!(sam.post(&end, "").await.status, StatusCode::CONFLICT, "it is over");
    eventually("nothing is left of it", Duration::from_secs(20), || async {
        docker::containers(server.instance()).is_empty().then_some(())
    })
    .await;
    let record = whole_record(&attempt::sqlite(&server.database()), &attempt).await;
    assert!(!attempt::commands(&record).is_empty(), "what was done is kept");
    let stopped = record.iter().find(|event| matches!(event.kind, scorecards::event::Kind::AttemptStopped { .. }));
    let by = stopped.expect("it is an event").actor.expect("of somebody");
    assert!(record.iter().all(|event| event.subject != by), "of somebody else than the learner");
}

#[tokio::test]
async fn by_command_an_attempt_is_ended_while_the_server_runs_and_while_it_does_not() {
    let mut server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let tobias = Client::signed_in(&server.url(), "Tobias Okafor").await;
    let (one, two) = tokio::join!(start(&maya, LAB), start(&tobias, LAB));
    let mut hers = Terminal::open(&server, &maya, &one, 1).await.expect("a terminal");
    hers.runs("true").await;
    let mut his = Terminal::open(&server, &tobias, &two, 2).await.expect("a terminal");
    his.runs("ls /etc/nginx").await;
    his.cut();

    let (well, listed) = server.command(&["sandbox", "ls", "--json"]);
    assert!(well, "{listed}");
    let start_of_json = listed.find('{').expect("JSON");
    let listed: Value = serde_json::from_str(&listed[start_of_json..]).expect("JSON");
    let rows = listed["sandboxes"].as_array().expect("rows");
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row["presence"] == "running" && row["lab"] == LAB), "{listed}");

    // The server has the box: it is the one to end it.
    let (well, said) = server.command(&["sandbox", "kill", &one]);
    assert!(well && said.contains("is ended"), "{said}");
    hers.closed(Duration::from_secs(20)).await;
    assert!(state(&maya, &one).await.contains("Over"));

    // An attempt is over a moment before its box is gone.
    eventually("one box is left", Duration::from_secs(20), || async {
        (docker::containers(server.instance()).len() == 1).then_some(())
    })
    .await;

    // Nobody serves: the command does it, what the box had to tell included, and the other attempts are left alone.
    server.kill();
    assert_eq!(docker::containers(server.instance()).len(), 1);
    let (well, said) = server.command(&["sandbox", "kill", &two[..13]]);
    assert!(well && said.contains("is ended"), "{said}");
    assert!(docker::containers(server.instance()).is_empty());
    let record = whole_record(&attempt::sqlite(&server.database()), &two).await;
    assert!(
        attempt::commands(&record).iter().any(|command| command.starts_with("ls ") && command.ends_with("/etc/nginx")),
        "{record:?}"
    );
    let (well, said) = server.command(&["sandbox", "kill", "no-such-thing"]);
    assert!(!well && said.contains("nothing that is in use begins with"), "{said}");
    server.start_again();
    let page = tobias.get(&format!("/attempts/{two}")).await.body;
    assert!(page.contains("has ended this attempt"), "{page}");
    assert!(tobias.post(&format!("/labs/{LAB}/start"), "").await.status.is_redirection(), "he may start again");
}

#[tokio::test]
async fn one_server_at_a_time_serves_a_data_directory() {
    let server = Server::demo();
    let port = free_port();
    let (well, said) = server.command(&["serve", "--demo", "--listen", &format!("127.0.0.1:{port}")]);
    assert!(!well && said.contains("another Belay serves from"), "{said}");
}

#[tokio::test]
async fn the_doctor_looks_at_the_database_and_leaves_it_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(tests::server::program())
        .arg("doctor")
        .env("BELAY_DATA", folder.path())
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .current_dir(folder.path())
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("ok       database") && said.contains("nothing in it yet"), "{said}");
    assert!(!folder.path().join("belay.db").exists(), "a look makes nothing");
}

#[tokio::test]
async fn a_start_that_an_admin_ends_leaves_nothing() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let sam = Client::signed_in(&server.url(), "Sam Whitaker").await;
    let attempt = begin(&maya, LAB).await;
    let ended = sam.post(&format!("/admin/attempts/{attempt}/end"), "").await;
    assert_eq!(ended.location(), "/admin/sandboxes?done=ended", "{}", ended.body);
    attempt::over(&maya, &attempt, Duration::from_secs(90)).await;
    eventually("nothing is left of it", Duration::from_secs(90), || async {
        let listed = server.command(&["sandbox", "ls"]).1;
        (docker::containers(server.instance()).is_empty() && listed.contains("Nobody has a machine")).then_some(())
    })
    .await;
}
