//! Sandboxes on a real Docker engine: what is built, what is made, and that nothing is left behind.
//!
//! Needs the engine, the image `belay/debian:bookworm` and the agent (`BELAY_AGENT`, else `target/dist/agent`).

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test's sandboxes need ids that no other has")]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use labs::{
    catalog::{Catalog, Lab, Vars},
    record,
    sandbox::{
        self, Engine, EngineError, Identity, Life, Sandbox, SandboxError, StartError,
        docker::{Docker, Options},
    },
};
use scorecards::event::Kind;
use uuid::Uuid;
use wire::{
    Observation, Place, Probe, Run,
    terminal::{Attach, Down, Size, Up},
};

const INSTANCE: &str = "test-labs-docker";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

fn options() -> Options {
    let agent = std::env::var_os("BELAY_AGENT").map_or_else(|| root().join("target/dist/agent"), PathBuf::from);
    Options { agent, images: root().join("docker"), node: "test".into(), ..Options::default() }
}

fn engine() -> Arc<dyn Engine> {
    Arc::new(Docker::new(options()))
}

/// A small lab, with parts of it as the test wants them.
fn lab(dir: &Path, sandbox: &str, setup: &str) -> Arc<Lab> {
    let toml = format!(
        r#"title = "t"
summary = "s"
minutes = 5
phase = 30
[sandbox]
{sandbox}
[vars]
word = {{ choose = ["alpha", "beta"] }}
[[check]]
id = "done"
title = "t"
probe.file = {{ path = "/tmp/done" }}
points = 1
required = true
dimension = "troubleshooting"
"#
    );
    for (path, text) in [
        ("lab.toml", toml.as_str()),
        ("brief.md", "{{word}}"),
        ("debrief.md", "d"),
        ("setup.sh", setup),
        ("solution.sh", "touch /tmp/done\n"),
    ] {
        fs::write(dir.join(path), text).unwrap();
    }
    Arc::new(Catalog::load_lab(dir).unwrap())
}

const PLAIN: &str = "image = \"belay/plain\"\ninit = \"plain\"\nmemory = \"128m\"\ndisk = \"16m\"";
const SYSTEMD: &str = "image = \"belay/systemd\"\nmemory = \"256m\"\ndisk = \"32m\"";

fn folder(name: &str) -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let lab = dir.path().join(name);
    fs::create_dir(&lab).unwrap();
    (dir, lab)
}

fn identity() -> Identity {
    Identity {
        sandboxes: vec![Uuid::now_v7()],
        attempt: Some(Uuid::now_v7()),
        instance: format!("{INSTANCE}-{}", Uuid::now_v7()),
        warm: None,
    }
}

fn inside(command: &str) -> Run {
    Run {
        argv: vec!["/bin/sh".into(), "-c".into(), command.into()],
        env: BTreeMap::new(),
        stdin: String::new(),
        user: "root".into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: 20_000,
    }
}

/// Removes the sandbox of a test that has panicked.
struct Tidy(Uuid);

impl Drop for Tidy {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let name = format!("belay-{}", self.0);
            let _ = std::process::Command::new("docker").args(["rm", "--force", "--volumes", &name]).output();
        }
    }
}

async fn started(sandbox_settings: &str, setup: &str) -> (Sandbox, Identity, Tidy) {
    started_on(engine(), sandbox_settings, setup).await
}

async fn started_on(engine: Arc<dyn Engine>, sandbox_settings: &str, setup: &str) -> (Sandbox, Identity, Tidy) {
    let (_dir, folder) = folder("small");
    let lab = lab(&folder, sandbox_settings, setup);
    let vars: Vars = lab.draw(1);
    let identity = identity();
    let hosts = sandbox::start(engine, lab, &vars, identity.clone()).await.unwrap_or_else(|error| panic!("{error}"));
    let tidy = Tidy(identity.group());
    (hosts.first().clone(), identity, tidy)
}

#[tokio::test]
async fn the_engine_is_checked() {
    let info = engine().check().await.unwrap();
    assert!(info.name.starts_with("Docker "), "{info:?}");
    assert!(
        info.memory > 0 && info.cpus > 0 && (1..=2).contains(&info.cgroups) && !info.architecture.is_empty(),
        "{info:?}"
    );
    let strange = Docker::new(Options { runtime: Some("no-such-runtime".into()), ..options() });
    let error = strange.check().await.unwrap_err().to_string();
    assert!(error.contains("no runtime named no-such-runtime; it has:"), "{error}");
}

#[tokio::test]
async fn a_lab_that_asks_for_more_rights_starts_only_where_it_may() {
    let (_dir, folder) = folder("small");
    let lab = lab(&folder, &format!("{PLAIN}\ncapabilities = [\"NET_ADMIN\"]"), "ip link set lo mtu 1400");
    let error = engine().prepare(&lab).await.unwrap_err().to_string();
    assert!(error.contains("asks for more rights than labs have here: NET_ADMIN"), "{error}");
    assert!(error.contains("lab_capabilities = [\"NET_ADMIN\"]"), "{error}");
    let allowed: Arc<dyn Engine> =
        Arc::new(Docker::new(Options { capabilities: vec![wire::Capability::NetAdmin], ..options() }));
    let identity = identity();
    let vars = lab.draw(1);
    let hosts = sandbox::start(allowed, lab, &vars, identity).await.unwrap_or_else(|error| panic!("{error}"));
    hosts.remove().await.unwrap();
}

#[tokio::test]
async fn a_missing_agent_is_said_in_words() {
    let (_dir, folder) = folder("small");
    let lab = lab(&folder, PLAIN, "true");
    let engine = Docker::new(Options { agent: "/nowhere/agent".into(), ..options() });
    let error = engine.prepare(&lab).await.unwrap_err().to_string();
    assert!(error.starts_with("The agent's program /nowhere/agent can't be read"), "{error}");
    let engine = Docker::new(Options { agent: folder.join("lab.toml"), ..options() });
    assert!(engine.prepare(&lab).await.unwrap_err().to_string().contains("no program for Linux"));
}

fn docker(arguments: &[&str]) -> bool {
    std::process::Command::new("docker").args(arguments).output().unwrap().status.success()
}

#[tokio::test]
async fn the_agents_volume_is_filled_and_filled_again_when_somebody_tidied_up() {
    let (dir, folder) = folder("small");
    let lab = lab(&folder, PLAIN, "true");
    // The same program under a hash of its own, so that the volume is this test's alone.
    let agent = dir.path().join("agent");
    let mut program = fs::read(options().agent).unwrap();
    program.extend_from_slice(Uuid::now_v7().as_bytes());
    fs::write(&agent, program).unwrap();
    let engine: Arc<dyn Engine> = Arc::new(Docker::new(Options { agent, ..options() }));

    let fingerprint = engine.prepare(&lab).await.unwrap();
    // What each image is first, then the agent, then the filter.
    let hash = &fingerprint.rsplit(' ').nth(1).unwrap()[..12];
    let (volume, image) = (format!("belay-agent-{hash}"), format!("belay/agent:{hash}"));
    assert!(docker(&["volume", "rm", &volume]));
    for _ in 0..2 {
        let sandbox = sandbox::start(Arc::clone(&engine), Arc::clone(&lab), &lab.draw(1), identity()).await.unwrap();
        sandbox.remove().await.unwrap();
        assert!(docker(&["volume", "rm", &volume]), "nothing holds it any more");
    }
    assert!(docker(&["image", "rm", &image]));
}

#[tokio::test]
async fn an_image_that_is_there_is_not_built_again() {
    let (_dir, folder) = folder("small");
    let lab = lab(&folder, PLAIN, "true");
    let engine = engine();
    let first = engine.prepare(&lab).await.unwrap_or_else(|error| panic!("{error}"));
    let began = Instant::now();
    assert_eq!(engine.prepare(&lab).await.unwrap(), first);
    assert!(began.elapsed() < Duration::from_millis(500), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_labs_image_is_built_from_its_folder_alone() {
    let (_dir, folder) = folder("built");
    fs::create_dir(folder.join("sandbox")).unwrap();
    let dockerfile = |text: &str| {
        fs::write(folder.join("sandbox/Dockerfile"), format!("FROM belay/plain\n{text}\n")).unwrap();
    };
    dockerfile("COPY . /context\nRUN ! grep -r done /context --include=*.sh");
    let settings = PLAIN.replace("image = \"belay/plain\"", "build = \"sandbox\"");
    let first = lab(&folder, &settings, "true");
    let engine = engine();
    let fingerprint = engine.prepare(&first).await.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(engine.prepare(&first).await.unwrap(), fingerprint);

    dockerfile("RUN echo so far so good && sed 's/x/y/' /no/such/file");
    let Err(EngineError::Build { image, reason, log }) = engine.prepare(&lab(&folder, &settings, "true")).await else {
        panic!()
    };
    assert!(image.starts_with("belay/lab-built:"), "{image}");
    assert!(reason.contains("returned a non-zero code"), "{reason}");
    assert!(log.contains("so far so good") && log.contains("/no/such/file"), "{log}");

    fs::write(folder.join("sandbox/Dockerfile"), "FROM belay/nonesuch\n").unwrap();
    let error = engine.prepare(&lab(&folder, &settings, "true")).await.unwrap_err().to_string();
    assert!(error.contains("The image belay/nonesuch is not on the Docker engine"), "{error}");
}

#[tokio::test]
async fn a_sandbox_is_made_reached_listed_adopted_and_removed() {
    let (sandbox, identity, _tidy) = started(PLAIN, "#!/bin/sh\nset -eu\necho \"$WORD\" > /etc/word\n").await;
    let hello = sandbox.hello().await.unwrap();
    assert!(hello.ready && !hello.handed_over && hello.boots == 1, "{hello:?}");

    let result = sandbox.run(inside("cat /etc/word; id -un; exit 3")).await.unwrap();
    assert_eq!(result.code, Some(3));
    assert!(["alpha\nroot\n", "beta\nroot\n"].contains(&result.stdout.as_str()), "{result:?}");
    let seen = sandbox
        .probe(vec![Probe::File { path: "/etc/word".into() }, Probe::Tcp { host: "127.0.0.1".into(), port: 1 }])
        .await
        .unwrap();
    assert!(
        matches!(&seen[..], [Observation::File(file), Observation::Tcp { connected: false, .. }] if file.kind == "file"),
        "{seen:?}"
    );

    let engine = engine();
    let listed = engine.list(&identity.instance).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].sandbox, listed[0].attempt, listed[0].lab.as_str()),
        (identity.group(), identity.attempt, "small")
    );
    assert!(listed[0].running);
    let adopted = sandbox::adopt(&engine, listed).unwrap();
    let adopted = adopted.first();
    assert_eq!(adopted.hello().await.unwrap().boots, 1);
    assert_eq!(adopted.life().await.unwrap(), Life::Running);

    sandbox.remove().await.unwrap();
    sandbox.remove().await.unwrap();
    assert!(matches!(adopted.hello().await, Err(SandboxError::Gone(_))));
    assert_eq!(adopted.life().await.unwrap(), Life::Missing);
    assert_eq!(engine.list(&identity.instance).await.unwrap(), []);
}

/// Whether the engine has brought anybody to the agent.
fn long_way_is_taken(sandbox: &Sandbox) -> bool {
    let shown =
        std::process::Command::new("docker").args(["top", &sandbox.container.0, "-eo", "pid,args"]).output().unwrap();
    assert!(shown.status.success(), "{shown:?}");
    String::from_utf8_lossy(&shown.stdout).contains("agent connect")
}

#[tokio::test]
async fn on_the_engines_machine_an_agent_is_reached_without_the_engine() {
    let data = tempfile::tempdir().unwrap();
    let links = data.path().join("links");
    let engine: Arc<dyn Engine> = Arc::new(Docker::new(Options { links: Some(links.clone()), ..options() }));
    let (sandbox, identity, _tidy) = started_on(Arc::clone(&engine), PLAIN, "#!/bin/sh\ntrue\n").await;
    let shared = links.join(&identity.instance).join(identity.group().to_string());
    assert!(shared.join("agent").exists());
    assert!(!long_way_is_taken(&sandbox));
    let ran = sandbox.run(inside("ls -a / /belay; grep belay /proc/self/mountinfo")).await.unwrap();
    assert!(!ran.stdout.contains("belay"), "the box sees nothing of it: {ran:?}");

    // A server that comes later finds it by the container alone, in words that fit what it is doing.
    let again: Arc<dyn Engine> = Arc::new(Docker::new(Options { links: Some(links.clone()), ..options() }));
    let adopt = async |engine: &Arc<dyn Engine>| {
        let found = engine.list(&identity.instance).await.unwrap();
        sandbox::adopt(engine, found).unwrap().first().clone()
    };
    assert!(adopt(&again).await.hello().await.is_ok());
    assert!(!long_way_is_taken(&sandbox));
    again.freeze(&sandbox.container).await.unwrap();
    assert_eq!(adopt(&again).await.hello().await, Err(SandboxError::Frozen));
    again.thaw(&sandbox.container).await.unwrap();
    assert!(adopt(&again).await.hello().await.is_ok());
    // One without the directory, or to which the way is blocked, goes by the engine.
    let far = adopt(&crate::engine()).await;
    assert!(far.hello().await.is_ok());
    assert!(long_way_is_taken(&sandbox));
    fs::remove_file(shared.join("agent")).unwrap();
    assert!(adopt(&again).await.hello().await.is_ok());

    sandbox.remove().await.unwrap();
    assert!(!shared.exists());
    assert!(matches!(sandbox.hello().await, Err(SandboxError::Gone(_))));
}

#[tokio::test]
async fn a_setup_that_fails_leaves_nothing_behind() {
    let (_dir, folder) = folder("small");
    let lab = lab(&folder, PLAIN, "#!/bin/sh\necho looking\ncat /no/such/$WORD\n");
    let identity = identity();
    let vars = lab.draw(1);
    let error = sandbox::start(engine(), lab, &vars, identity.clone()).await.unwrap_err();
    let StartError::Setup { script, ended, output } = &error else { panic!("{error}") };
    assert_eq!((script.as_str(), ended.as_str()), ("setup.sh", "ended with exit code 1"));
    assert!(output.contains("looking") && output.contains("/no/such/"), "{output}");
    assert_eq!(engine().list(&identity.instance).await.unwrap(), []);
}

#[tokio::test]
async fn a_terminal_types_and_the_journal_tells() {
    let (sandbox, _, _tidy) = started(PLAIN, "true").await;
    sandbox.handover().await.unwrap();
    assert!(sandbox.hello().await.unwrap().handed_over);
    let mut journal = sandbox.journal(0);

    let attach = Attach { terminal: 1, size: Size { cols: 80, rows: 24 }, from: None, writer: 7 };
    let (attached, stream) = sandbox.terminal(attach.clone()).await.unwrap();
    assert_eq!((attached.from, attached.taken), (0, 0));
    let (mut reader, mut writer) = stream.split();
    writer.send(&Up::Input { offset: 0, bytes: b"/bin/echo $((6*7))-$(id -un)\n".to_vec() }).await.unwrap();
    let mut screen = String::new();
    while !screen.contains("42-engineer") {
        match tokio::time::timeout(Duration::from_secs(10), reader.next()).await.unwrap().unwrap() {
            Down::Output { bytes, .. } => screen.push_str(&String::from_utf8_lossy(&bytes)),
            Down::Taken(_) | Down::Resized(_) | Down::Skipped(_) => {}
            Down::Ended => panic!("{screen}"),
        }
    }
    assert!(matches!(writer.send_frame(vec![0xff].into()).await, Err(SandboxError::Protocol(_))));

    let mut echo = None;
    let (mut last, mut seqs) = (0, Vec::new());
    while echo.is_none() {
        let entry = tokio::time::timeout(Duration::from_secs(10), journal.next()).await.unwrap().unwrap();
        seqs.push(entry.seq);
        last = entry.seq;
        if let Kind::CommandRun(run) = record::Place::only().kind(&entry)
            && run.argv.first().is_some_and(|program| program.ends_with("echo"))
        {
            echo = Some(run);
        }
    }
    let echo = echo.unwrap();
    assert_eq!(echo.argv[1..], ["42-engineer"]);
    assert!(echo.by.learner() && echo.pristine && echo.uid == 1000, "{echo:?}");
    assert_eq!(seqs, (1..=last).collect::<Vec<_>>());

    // Another who follows from the middle, as a server does that was started again.
    let mut again = sandbox.journal(last - 1);
    let entry = tokio::time::timeout(Duration::from_secs(10), again.next()).await.unwrap().unwrap();
    assert_eq!(entry.seq, last);
    journal.ack(last);

    sandbox.remove().await.unwrap();
    let end = async {
        while reader.next_frame().await.is_some() {}
        while journal.next().await.is_ok() {}
    };
    tokio::time::timeout(Duration::from_secs(20), end).await.unwrap();
}

#[tokio::test]
async fn systemd_comes_up_and_comes_back() {
    let (sandbox, identity, _tidy) =
        started(SYSTEMD, "#!/bin/sh\nset -eu\ntouch /root/kept\nsystemctl is-system-running --wait\n").await;
    sandbox.handover().await.unwrap();
    sandbox.reboot().await.unwrap();
    let hello = sandbox.hello().await.unwrap();
    assert!(hello.ready && hello.boots == 2 && hello.handed_over, "{hello:?}");
    let result = sandbox.run(inside("test -e /root/kept && systemctl is-system-running")).await.unwrap();
    assert_eq!((result.code, result.stdout.as_str()), (Some(0), "running\n"), "{result:?}");
    sandbox.remove().await.unwrap();
    assert_eq!(engine().list(&identity.instance).await.unwrap(), []);
}

#[tokio::test]
async fn a_frozen_box_makes_no_progress_and_goes_on_where_it_was() {
    let (sandbox, identity, _tidy) = started(PLAIN, "true").await;
    sandbox.handover().await.unwrap();
    let size = Size { cols: 120, rows: 24 };
    let (_, stream) = sandbox.terminal(Attach { terminal: 1, size, from: None, writer: 7 }).await.unwrap();
    let (mut reader, mut writer) = stream.split();
    let count =
        b"kept=yes; (i=0; while sleep 0.1; do i=$((i+1)); echo $i > /tmp/ticks; done) & echo beg''un\n".to_vec();
    let typed = count.len() as u64;
    writer.send(&Up::Input { offset: 0, bytes: count }).await.unwrap();
    let mut screen = String::new();
    until(&mut reader, &mut screen, "begun").await;
    let ticks = async || {
        let read = sandbox.run(inside("cat /tmp/ticks")).await.unwrap();
        read.stdout.trim().parse::<u32>().unwrap_or_default()
    };
    tokio::time::sleep(Duration::from_millis(500)).await;

    let engine = engine();
    sandbox.freeze().await.unwrap();
    sandbox.freeze().await.expect("again it does nothing");
    assert_eq!(sandbox.life().await.unwrap(), Life::Frozen);
    let listed = engine.list(&identity.instance).await.unwrap();
    assert!(listed[0].running && listed[0].frozen, "it is not taken for one that has ended");
    // Over a connection of its own: a fresh one is refused, and that is no loss.
    let adopted = sandbox::adopt(&engine, listed).unwrap();
    assert_eq!(adopted.first().hello().await, Err(SandboxError::Frozen));
    tokio::time::sleep(Duration::from_secs(3)).await;
    sandbox.thaw().await.unwrap();
    sandbox.thaw().await.expect("again it does nothing");
    assert_eq!(sandbox.life().await.unwrap(), Life::Running);
    let first = ticks().await;
    // Three seconds would have been thirty.
    assert!((1..25).contains(&first), "{first}");
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(ticks().await > first, "it goes on");

    // The same shell at the same connection, told of the jump; no program of the box has seen the line.
    sandbox.tell("This machine was paused.\nIts clock \u{1b}[31mmoved on.").await.unwrap();
    until(&mut reader, &mut screen, "Its clock [31mmoved on.").await;
    assert!(screen.contains("This machine was paused.Its clock"), "control characters are left out: {screen:?}");
    writer.send(&Up::Input { offset: typed, bytes: b"echo still-$kept\n".to_vec() }).await.unwrap();
    until(&mut reader, &mut screen, "still-yes").await;
    assert!(!screen.contains("command not found"), "{screen}");
    assert!(adopted.first().hello().await.unwrap().ready);

    // A frozen one can be removed as well.
    sandbox.freeze().await.unwrap();
    sandbox.remove().await.unwrap();
    assert_eq!(engine.list(&identity.instance).await.unwrap(), []);
    assert!(matches!(sandbox.freeze().await, Err(EngineError::Gone(_))));
    assert!(matches!(sandbox.thaw().await, Err(EngineError::Gone(_))));
}

/// Reads a terminal until it shows something.
async fn until(reader: &mut sandbox::TerminalReader, screen: &mut String, text: &str) {
    while !screen.contains(text) {
        match tokio::time::timeout(Duration::from_secs(20), reader.next()).await.unwrap().unwrap() {
            Down::Output { bytes, .. } => screen.push_str(&String::from_utf8_lossy(&bytes)),
            Down::Taken(_) | Down::Resized(_) | Down::Skipped(_) => {}
            Down::Ended => panic!("{screen}"),
        }
    }
}
