//! Warm boxes on a real Docker engine. Needs what `docker.rs` needs.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test's sandboxes need ids that no other has")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};

use labs::{
    catalog::{Catalog, Lab},
    sandbox::{
        Engine,
        docker::{Docker, Options},
        pool::{Aim, Pool, Warm},
    },
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::terminal::{Attach, Down, Size};

fn engine() -> Arc<dyn Engine> {
    let root: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into();
    let agent = std::env::var_os("BELAY_AGENT").map_or_else(|| root.join("target/dist/agent"), PathBuf::from);
    Arc::new(Docker::new(Options { agent, images: root.join("docker"), node: "test".into(), ..Options::default() }))
}

fn lab(dir: &Path) -> Arc<Lab> {
    let dir = dir.join("small");
    fs::create_dir(&dir).unwrap();
    let toml = r#"title = "t"
summary = "s"
minutes = 5
phase = 30
[sandbox]
image = "belay/plain"
init = "plain"
memory = "128m"
disk = "16m"
[vars]
number = { between = [1, 1000000000] }
[[check]]
id = "done"
title = "t"
probe.file = { path = "/tmp/done" }
points = 1
required = true
dimension = "troubleshooting"
"#;
    for (path, text) in [
        ("lab.toml", toml),
        ("brief.md", "b"),
        ("debrief.md", "d"),
        ("setup.sh", "echo \"$NUMBER\" > /etc/number\n"),
        ("solution.sh", "touch /tmp/done\n"),
    ] {
        fs::write(dir.join(path), text).unwrap();
    }
    Arc::new(Catalog::load_lab(&dir).unwrap())
}

fn pool(instance: &str) -> Pool {
    let draw = |hosts| ((0..hosts).map(|_| Uuid::now_v7()).collect(), Uuid::now_v7().as_u64_pair().1);
    Pool::new(engine(), instance.into(), 2, Box::new(draw), CancellationToken::new())
}

/// Removes what a test that has panicked leaves.
struct Tidy(String);

impl Drop for Tidy {
    fn drop(&mut self) {
        let script =
            format!("docker ps -aq --filter label=belay.instance={} | xargs -r docker rm --force --volumes", self.0);
        let _ = std::process::Command::new("sh").args(["-c", &script]).output();
    }
}

async fn full(pool: &Pool, lab: &Arc<Lab>, count: u32) {
    pool.aim(&[Aim { lab: Arc::clone(lab), hold: count, reserved: 0 }]);
    pool.tend().await;
    let began = Instant::now();
    while pool.stock()[0].warm < count {
        assert!(began.elapsed() < Duration::from_secs(120), "{:?}", pool.stock());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What the first terminal shows to who comes, and the number that the set-up wrote.
async fn comes(warm: &Warm) -> (String, String, Duration) {
    let began = Instant::now();
    warm.hosts.handover().await.unwrap();
    let attach = Attach { terminal: 1, size: Size { cols: 80, rows: 24 }, from: None, writer: 7 };
    let (_, stream) = warm.hosts.first().terminal(attach).await.unwrap();
    let (mut reader, _writer) = stream.split();
    let mut screen = String::new();
    while !screen.contains("$ ") {
        match tokio::time::timeout(Duration::from_secs(5), reader.next()).await.expect("it is there already").unwrap() {
            Down::Output { bytes, .. } => screen.push_str(&String::from_utf8_lossy(&bytes)),
            Down::Taken(_) | Down::Resized(_) | Down::Skipped(_) => {}
            Down::Ended => panic!("{screen}"),
        }
    }
    let took = began.elapsed();
    let run = wire::Run {
        argv: vec!["/bin/cat".into(), "/etc/number".into()],
        env: Default::default(),
        stdin: String::new(),
        user: "root".into(),
        place: wire::Place::Inside,
        as_learner: false,
        limit_ms: 10_000,
    };
    (screen, warm.hosts.first().run(run).await.unwrap().stdout.trim().to_string(), took)
}

#[tokio::test]
async fn two_at_once_get_a_box_each_with_a_shell_at_its_prompt() {
    let dir = tempfile::tempdir().unwrap();
    let (lab, instance) = (lab(dir.path()), format!("test-labs-warm-{}", Uuid::now_v7()));
    let _tidy = Tidy(instance.clone());
    let pool = pool(&instance);
    full(&pool, &lab, 2).await;
    let (one, other) = (pool.claim(&lab).unwrap(), pool.claim(&lab).unwrap());
    assert_ne!(one.seed, other.seed);
    let (first, second) = tokio::join!(comes(&one), comes(&other));
    println!("{:?} and {:?}", first.2, second.2);
    for (warm, (screen, number, _)) in [(&one, &first), (&other, &second)] {
        assert!(screen.contains("633;A") && screen.contains('$'), "{screen:?}");
        assert_eq!(*number, lab.draw(warm.seed).0["number"], "the variables of its own seed are in it");
    }
    assert_ne!(first.1, second.1);
    one.hosts.remove().await.unwrap();
    other.hosts.remove().await.unwrap();
    assert_eq!(engine().list(&instance).await.unwrap(), []);
}

#[tokio::test]
async fn a_warm_box_is_taken_over_by_its_labels_until_somebody_was_let_in() {
    let dir = tempfile::tempdir().unwrap();
    let (lab, instance) = (lab(dir.path()), format!("test-labs-warm-{}", Uuid::now_v7()));
    let _tidy = Tidy(instance.clone());
    let first = pool(&instance);
    full(&first, &lab, 1).await;
    let found = engine().list(&instance).await.unwrap();
    assert_eq!((found.len(), found[0].attempt), (1, None));
    drop(first);

    let second = pool(&instance);
    assert!(second.adopt(&found, Arc::clone(&lab)).await.unwrap());
    let warm = second.claim(&lab).unwrap();
    assert_eq!(Some(warm.seed), found[0].warm.as_ref().map(|warm| warm.seed));
    let (_, number, _) = comes(&warm).await;
    assert_eq!(number, lab.draw(warm.seed).0["number"]);

    assert!(!pool(&instance).adopt(&found, Arc::clone(&lab)).await.unwrap(), "somebody was let in");
    warm.hosts.remove().await.unwrap();
}
