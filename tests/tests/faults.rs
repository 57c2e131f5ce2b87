//! What breaks, breaks here: each part is killed or taken away while somebody works. Each test says what the learner sees
//! and that nothing of the record is lost: its chain is whole, and the numbers of each box's journal have no gap.
//!
//! What takes long is ignored and for `make test-full`.

use std::{
    process::Command,
    time::{Duration, Instant},
};

use tests::{
    attempt::{self, START, begin, commands, finish, gaps, sqlite, start, state, whole_record},
    docker::{self, docker},
    eventually,
    http::Client,
    server::{Server, free_port, root},
    terminal::{Refused, Terminal},
};

const LAB: &str = "nginx-port-conflict";

/// Within so long a learner must know.
const SOON: Duration = Duration::from_secs(20);

fn kill(pid: i32, signal: i32) {
    assert!(pid > 1, "no such process");
    // SAFETY: a signal to a process that this test has caused to be.
    #[expect(unsafe_code, reason = "the standard library sends no signal to what is not its child")]
    let sent = unsafe { libc::kill(pid, signal) };
    assert_eq!(sent, 0, "the signal reaches {pid}");
}

/// The one container of a server.
fn container(server: &Server) -> String {
    let all = docker::containers(server.instance());
    assert_eq!(all.len(), 1, "{all:?}");
    all[0].clone()
}

async fn again(terminal: &mut Terminal, server: &Server, client: &Client, attempt: &str) {
    let began = Instant::now();
    while let Err(refused) = terminal.connect(server, client, attempt).await {
        assert!(began.elapsed() < SOON, "the terminal does not come back: {refused:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// What the page says of an attempt that was lost, and that the record of it is there.
async fn lost_in_words(server: &Server, client: &Client, attempt: &str, words: &str) {
    attempt::over(client, attempt, SOON).await;
    let page = client.get(&format!("/attempts/{attempt}")).await.body;
    for said in [words, "not your fault", "Start again"] {
        assert!(page.contains(said), "{said:?} is not on the page:\n{page}");
    }
    let again = client.post(&format!("/labs/{LAB}/start"), "").await;
    assert!(again.location().starts_with("/attempts/") && !again.location().contains(attempt), "{}", again.body);
    let record = whole_record(&sqlite(&server.database()), attempt).await;
    assert!(
        commands(&record).iter().any(|command| command == "id -u"),
        "what was done is kept: {:?}",
        commands(&record)
    );
}

#[tokio::test]
async fn a_server_killed_in_the_middle_of_output_loses_none_of_it_and_none_of_what_was_typed() {
    let mut server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 7).await.expect("a terminal");
    terminal.runs("stty -echo").await;
    let before = terminal.printed.len();
    terminal
        .types("echo; for i in $(seq 1 40); do seq -f \"line-$i-%g\" 1 1000; /bin/true $i; done; echo all-$((1+1))-printed\n")
        .await;
    for round in 0..3 {
        terminal.until(&format!("line-{}-", 3 + round * 8), SOON).await;
        server.kill();
        // Typed while nobody answers.
        terminal.types(&format!("echo typed-{round}-$((1+1))\n")).await;
        server.start_again();
        again(&mut terminal, &server, &maya, &attempt).await;
    }
    terminal.until("all-2-printed", Duration::from_secs(120)).await;
    terminal.until("typed-2-2", SOON).await;
    let text = String::from_utf8_lossy(&terminal.printed[before..]).into_owned();
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| line.starts_with("line-")).collect();
    let expected: Vec<String> = (1..=40).flat_map(|i| (1..=1000).map(move |j| format!("line-{i}-{j}"))).collect();
    assert_eq!(lines.len(), expected.len());
    assert!(lines.iter().zip(&expected).all(|(line, expected)| line == expected), "in order, each once");
    for round in 0..3 {
        assert_eq!(text.matches(&format!("typed-{round}-2")).count(), 1, "typed once, run once");
    }
    finish(&maya, &attempt).await;
    let record = whole_record(&sqlite(&server.database()), &attempt).await;
    let ran: Vec<String> = commands(&record).into_iter().filter(|c| c.starts_with("/bin/true")).collect();
    assert_eq!(ran, (1..=40).map(|i| format!("/bin/true {i}")).collect::<Vec<_>>(), "each run is recorded, once");
    assert_eq!(gaps(&record), 0);
}

#[tokio::test]
async fn a_server_killed_in_the_middle_of_a_start_begins_it_again() {
    let mut server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = begin(&maya, LAB).await;
    for wait in [0, 150, 400] {
        tokio::time::sleep(Duration::from_millis(wait)).await;
        server.kill();
        server.start_again();
    }
    eventually("the box runs after all", START, || async {
        state(&maya, &attempt).await.contains("Running").then_some(())
    })
    .await;
    eventually("one box is left", SOON, || async { (docker::containers(server.instance()).len() == 1).then_some(()) })
        .await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("id -u").await;
    finish(&maya, &attempt).await;
    whole_record(&sqlite(&server.database()), &attempt).await;
}

#[tokio::test]
async fn when_the_agent_is_killed_the_learner_is_told_and_may_start_again() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("id -u").await;
    // The record of it must be on its way; a moment is what any kill leaves open.
    tokio::time::sleep(Duration::from_millis(500)).await;
    let pid = docker(&["inspect", "--format", "{{.State.Pid}}", &container(&server)]);
    kill(pid.parse().expect("a pid"), libc::SIGKILL);
    terminal.closed(SOON).await;
    lost_in_words(&server, &maya, &attempt, "ended unexpectedly").await;
}

#[tokio::test]
async fn when_the_container_is_killed_the_learner_is_told_and_may_start_again() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("id -u").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let _ = docker(&["kill", &container(&server)]);
    terminal.closed(SOON).await;
    let refused = Terminal::open(&server, &maya, &attempt, 2).await.err().expect("there is no box");
    assert!(matches!(&refused, Refused::Words { .. }), "in words: {refused:?}");
    lost_in_words(&server, &maya, &attempt, "ended unexpectedly").await;
}

#[tokio::test]
async fn a_box_that_was_killed_while_no_server_ran_is_seen_at_the_start() {
    let mut server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("id -u").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let box_of = container(&server);
    server.kill();
    let _ = docker(&["rm", "--force", &box_of]);
    server.start_again();
    lost_in_words(&server, &maya, &attempt, "was removed from outside").await;
}

/// Holds the write lock of the file, as another process would that has gone astray.
#[tokio::test]
#[ignore = "half a minute without a database"]
async fn an_sqlite_file_that_is_locked_for_half_a_minute_loses_nothing() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    let store = platform::store::Store::connect(&sqlite(&server.database())).await.expect("the database");
    let held = store.begin().await.expect("the lock");
    let began = Instant::now();
    let mut runs = 0;
    while began.elapsed() < Duration::from_secs(32) {
        // The terminal knows nothing of databases.
        terminal.runs(&format!("/bin/true {runs}")).await;
        runs += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let page = maya.get(&format!("/attempts/{attempt}")).await;
    assert!(page.status.is_success(), "what only reads goes on: {}", page.body);
    drop(held);
    store.close().await;
    finish(&maya, &attempt).await;
    let record = whole_record(&sqlite(&server.database()), &attempt).await;
    let ran = commands(&record).into_iter().filter(|c| c.starts_with("/bin/true")).count();
    assert_eq!((ran, gaps(&record)), (runs, 0));
}

#[tokio::test]
#[ignore = "half a minute without a database"]
async fn a_postgresql_that_is_away_for_half_a_minute_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    // PostgreSQL runs as another user below it.
    Command::new("chmod").args(["711"]).arg(folder.path()).status().expect("chmod");
    let postgres = Postgres::start(&folder.path().join("postgres"));
    let server = Server::demo_with(&[("BELAY_DATABASE_URL", &postgres.url)]);
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("/bin/true before").await;
    let well = Client::new(&server.url());
    assert_eq!(well.get("/healthz").await.status, http::StatusCode::OK);
    postgres.control("down");
    let down = well.get("/healthz").await;
    assert_eq!(down.status, http::StatusCode::SERVICE_UNAVAILABLE);
    assert!(down.body.contains("database down") && down.body.contains("engine ok"), "{}", down.body);
    let began = Instant::now();
    let mut runs = 0;
    while began.elapsed() < Duration::from_secs(30) {
        terminal.runs(&format!("/bin/true {runs}")).await;
        runs += 1;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let page = maya.get(&format!("/attempts/{attempt}")).await;
    assert!(page.status.is_server_error(), "a page that needs it says so, in words: {}", page.status);
    assert!(page.body.contains("our side"), "{}", page.body);
    postgres.control("up");
    eventually("it is well again", Duration::from_secs(60), || async {
        well.get("/healthz").await.status.is_success().then_some(())
    })
    .await;
    finish(&maya, &attempt).await;
    let record = whole_record(&postgres.url, &attempt).await;
    let ran = commands(&record).into_iter().filter(|c| c.starts_with("/bin/true")).count();
    assert_eq!((ran, gaps(&record)), (runs + 1, 0));
}

/// A PostgreSQL of a test's own, which it may stop.
struct Postgres {
    folder: std::path::PathBuf,
    url: String,
}

impl Postgres {
    fn start(folder: &std::path::Path) -> Self {
        let output = Self::script("start", folder);
        let url = String::from_utf8_lossy(&output.stdout).trim().to_string();
        assert!(url.starts_with("postgres://"), "{}", String::from_utf8_lossy(&output.stderr));
        Self { folder: folder.into(), url }
    }

    fn script(verb: &str, folder: &std::path::Path) -> std::process::Output {
        Command::new(root().join("server/setup/postgres.sh")).arg(verb).arg(folder).output().expect("bash")
    }

    fn control(&self, verb: &str) {
        let output = Self::script(verb, &self.folder);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let _ = Self::script("stop", &self.folder);
    }
}

/// What a server holds at a moment.
#[derive(Debug)]
struct Held {
    rss_kib: u64,
    descriptors: usize,
    tasks: u64,
    agent_processes: usize,
}

async fn held(server: &Server, metrics: &Client) -> Held {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("it runs");
    let rss = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its memory");
    let told = metrics.get("/metrics").await.body;
    let tasks = told.lines().find_map(|line| line.strip_prefix("belay_tasks ")).expect("its tasks");
    Held {
        rss_kib: rss.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number"),
        descriptors: std::fs::read_dir(format!("/proc/{}/fd", server.pid())).expect("it runs").count(),
        tasks: tasks.trim().parse().expect("a number"),
        // One for each connection to the agent.
        agent_processes: docker(&["top", &container(server), "-eo", "pid,args"])
            .lines()
            .filter(|line| line.contains("agent connect"))
            .count(),
    }
}

#[tokio::test]
#[ignore = "five thousand connections"]
async fn five_thousand_connects_and_drops_of_a_terminal_leave_nothing_behind() {
    let port = free_port();
    let server = Server::demo_with(&[("BELAY_METRICS", &format!("127.0.0.1:{port}")), ("BELAY_LOG", "warn")]);
    let metrics = Client::new(&format!("http://127.0.0.1:{port}"));
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    let shell = number(&terminal.runs("echo shell=$$.").await);
    terminal.cut();
    let connect = |count: u64| {
        let (server, maya, attempt) = (&server, &maya, &attempt);
        async move {
            for round in 0..count {
                let mut one = Terminal::open(server, maya, attempt, 100 + round).await.expect("a terminal");
                if round % 3 == 0 {
                    // In the middle of something.
                    one.types("\n").await;
                    one.read().await;
                }
                one.cut();
            }
        }
    };
    // What is made once is made by then.
    connect(300).await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let before = held(&server, &metrics).await;
    connect(4700).await;
    let after = eventually("what the last ones held is given back", SOON, || async {
        let after = held(&server, &metrics).await;
        (after.tasks <= before.tasks + 5 && after.descriptors <= before.descriptors + 5).then_some(after)
    })
    .await;
    println!("before {before:?}\nafter  {after:?}");
    assert!(after.rss_kib < before.rss_kib + 24 * 1024, "memory grew: {before:?} → {after:?}");
    assert_eq!(after.agent_processes, before.agent_processes, "{before:?} → {after:?}");
    let mut terminal = Terminal::open(&server, &maya, &attempt, 2).await.expect("a terminal");
    assert_eq!(number(&terminal.runs("echo shell=$$.").await), shell, "the shell is the same");
    finish(&maya, &attempt).await;
    let record = whole_record(&sqlite(&server.database()), &attempt).await;
    assert_eq!(gaps(&record), 0);
}

/// The number in `shell=4711.`; what was typed has none.
fn number(text: &str) -> u32 {
    let numbers = text.split("shell=").skip(1).filter_map(|rest| rest.split('.').next()?.parse().ok());
    numbers.last().unwrap_or_else(|| panic!("no number in {text}"))
}

#[tokio::test]
#[ignore = "an engine of its own, and the images brought to it"]
async fn an_engine_that_is_restarted_loses_the_boxes_in_words_and_serves_on_at_once() {
    let Some(mut engine) = tests::engine::Own::start() else { return };
    // By all their names: what is looked for is named by a hash of what it is made from.
    let named = |repository: &str| docker(&["images", "--format", "{{.Repository}}:{{.Tag}}", repository]);
    let names = ["belay/debian", "belay/plain", "belay/systemd", &format!("belay/lab-{LAB}")].map(named).join("\n");
    engine.bring(&names.lines().collect::<Vec<_>>());
    let host = engine.host();
    let server = Server::demo_with(&[("DOCKER_HOST", &host)]);
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    terminal.runs("id -u").await;
    tokio::time::sleep(Duration::from_millis(500)).await;

    engine.kill();
    // The way to a box on this machine does not lead through the engine: work goes on.
    terminal.runs("id -un").await;
    let home = maya.get("/").await;
    assert!(home.status.is_success(), "the site goes on");
    eventually("and says what is missing", SOON, || async {
        maya.get("/").await.body.contains("Labs can").then_some(())
    })
    .await;
    engine.start_again();
    // It ends the boxes it finds. That is noticed at once, and not at the next look around.
    lost_in_words(&server, &maya, &attempt, "ended unexpectedly").await;
    terminal.closed(SOON).await;
    let fresh = maya.post(&format!("/labs/{LAB}/start"), "").await;
    let fresh = fresh.location().strip_prefix("/attempts/").expect("an attempt").to_string();
    eventually("a fresh box runs", START, || async { state(&maya, &fresh).await.contains("Running").then_some(()) })
        .await;
    drop(server);
}

/// A disk of a mebibyte, for as long as it is held.
struct SmallDisk(std::path::PathBuf);

impl SmallDisk {
    /// `None`, with a word, where nobody may mount.
    fn at(folder: std::path::PathBuf) -> Option<Self> {
        std::fs::create_dir_all(&folder).expect("a folder");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "belay-test"]).arg(&folder).output();
        if mounted.is_ok_and(|mounted| mounted.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: this test mounts a small disk, which needs root");
        None
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_for_recordings_holds_up_nobody_and_is_said() {
    let server = Server::demo();
    let Some(_small) = SmallDisk::at(server.database().with_file_name("recordings")) else { return };
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya, LAB).await;
    let mut terminal = Terminal::open(&server, &maya, &attempt, 1).await.expect("a terminal");
    // Nothing makes this smaller than the disk.
    terminal.runs("head -c 3000000 /dev/urandom | base64").await;
    terminal.runs("id -u").await;
    finish(&maya, &attempt).await;
    let result = maya.get(&format!("/attempts/{attempt}/result")).await;
    assert_eq!(result.status, http::StatusCode::OK);
    let record = whole_record(&sqlite(&server.database()), &attempt).await;
    assert_eq!(gaps(&record), 0, "the record of what was done is whole");
    assert!(commands(&record).iter().any(|command| command == "id -u"));
    let lost = record.iter().filter(|event| matches!(event.kind, scorecards::event::Kind::RecordingLost { .. }));
    assert!(lost.count() > 0, "that some of the recording is missing is said");
}
