//! Labs with several hosts, on real Docker: they see each other by name, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(clippy::disallowed_methods, reason = "a test's sandboxes need ids that no other has")]

use std::{collections::BTreeMap, fs, net::TcpListener, path::Path, process::Command, sync::Arc};

use labs::{
    catalog::{Catalog, Lab},
    grader::{self, Scope},
    sandbox::{
        self, Engine, Hosts, Identity, Sandbox,
        docker::{Docker, Options},
    },
};
use scorecards::event::Verdict;
use uuid::Uuid;
use wire::{Place, Run, RunResult};

const LAB: &str = r#"title = "t"
summary = "s"
minutes = 5
phase = 30
[sandbox]
network = "private"
[[sandbox.host]]
name = "web"
image = "belay/plain"
init = "plain"
memory = "128m"
disk = "16m"
user = "root"
[[sandbox.host]]
name = "db"
image = "belay/plain"
init = "plain"
memory = "128m"
disk = "16m"
[[check]]
id = "served"
host = "web"
title = "t"
probe.tcp = { host = "db", port = 5432 }
points = 1
required = true
dimension = "troubleshooting"
[[check]]
id = "done"
host = "db"
title = "t"
probe.file = { path = "/tmp/done" }
points = 1
required = true
dimension = "troubleshooting"
"#;

fn engine() -> Arc<dyn Engine> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let agent = std::env::var_os("BELAY_AGENT").map_or_else(|| root.join("target/dist/agent"), Into::into);
    Arc::new(Docker::new(Options { agent, images: root.join("docker"), node: "test".into(), ..Options::default() }))
}

fn lab() -> Arc<Lab> {
    let dir = tempfile::tempdir().unwrap();
    let lab = dir.path().join("two");
    for folder in ["setup", "solution"] {
        fs::create_dir_all(lab.join(folder)).unwrap();
    }
    let serve = "#!/bin/bash\nsetsid python3 -m http.server 5432 >/dev/null 2>&1 </dev/null &\n\
                 for _ in {1..200}; do : 2>/dev/null </dev/tcp/127.0.0.1/5432 && exit; sleep 0.1; done; exit 1\n";
    for (path, text) in [
        ("lab.toml", LAB),
        ("brief.md", "b"),
        ("debrief.md", "d"),
        ("setup/db.sh", serve),
        ("solution/db.sh", "touch /tmp/done\n"),
    ] {
        fs::write(lab.join(path), text).unwrap();
    }
    Arc::new(Catalog::load_lab(&lab).unwrap_or_else(|problems| panic!("{problems}")))
}

/// Two hosts that are gone when a test ends, however it ends.
struct Two {
    engine: Arc<dyn Engine>,
    hosts: Hosts,
    identity: Identity,
}

impl Two {
    async fn start() -> Self {
        let (engine, lab) = (engine(), lab());
        let identity = Identity {
            sandboxes: vec![Uuid::now_v7(), Uuid::now_v7()],
            attempt: Some(Uuid::now_v7()),
            instance: format!("test-labs-hosts-{}", Uuid::now_v7()),
            warm: None,
        };
        let vars = lab.draw(1);
        let hosts = sandbox::start(Arc::clone(&engine), lab, &vars, identity.clone()).await;
        Self { hosts: hosts.unwrap_or_else(|error| panic!("{error}")), engine, identity }
    }
}

impl Drop for Two {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for sandbox in &self.identity.sandboxes {
                let _ = Command::new("docker").args(["rm", "--force", &format!("belay-{sandbox}")]).output();
            }
            let network = format!("belay-{}", self.identity.group());
            let _ = Command::new("docker").args(["network", "rm", &network]).output();
        }
    }
}

async fn sh(sandbox: &Sandbox, command: &str) -> RunResult {
    let run = Run {
        argv: vec!["/bin/bash".into(), "-c".into(), command.into()],
        env: BTreeMap::new(),
        stdin: String::new(),
        user: "root".into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: 60_000,
    };
    sandbox.run(run).await.unwrap()
}

/// What the engine calls the network of a group.
fn network_id(identity: &Identity) -> String {
    let name = format!("belay-{}", identity.group());
    let shown = Command::new("docker").args(["network", "inspect", "--format", "{{.Id}}", &name]).output().unwrap();
    String::from_utf8(shown.stdout).unwrap()
}

/// Whether somebody answers at a port, asked from a box.
async fn answers(from: &Sandbox, host: &str, port: u16) -> bool {
    sh(from, &format!("exec 3<>/dev/tcp/{host}/{port}")).await.succeeded()
}

#[tokio::test]
async fn hosts_reach_each_other_by_name_and_are_checked_each_for_itself() {
    let two = Two::start().await;
    let (web, db) = (two.hosts.get("web").unwrap(), two.hosts.get("db").unwrap());
    assert_eq!((two.hosts.first().id, two.hosts.count()), (web.id, 2));
    assert_eq!(sh(web, "hostname").await.stdout, "web\n");
    assert_eq!(sh(db, "id -un; hostname").await.stdout, "root\ndb\n");
    assert!(sh(web, "ping -c 1 -W 5 db").await.succeeded());
    assert!(answers(web, "db", 5432).await && answers(db, "db", 5432).await);
    assert!(!answers(db, "web", 5432).await, "each has ports of its own");

    let at = |number| two.hosts.of_terminal(number).map(|(sandbox, own)| (sandbox.host.as_str(), own));
    assert_eq!(at(1), Some(("web", 1)));
    assert_eq!(at(103), Some(("db", 3)));
    assert_eq!((at(0), at(100), at(201)), (None, None, None));

    let lab = lab();
    let verdicts = async || -> Vec<Verdict> {
        let outcomes = grader::run(&two.hosts, &lab, &lab.draw(1), Scope::Live).await;
        outcomes.into_iter().map(|outcome| outcome.verdict).collect()
    };
    assert_eq!(verdicts().await, [Verdict::Passed, Verdict::Failed]);
    sh(web, "touch /tmp/done").await;
    assert_eq!(verdicts().await, [Verdict::Passed, Verdict::Failed], "that was the other host");
    sh(db, "touch /tmp/done").await;
    assert_eq!(verdicts().await, [Verdict::Passed, Verdict::Passed]);

    let listed = two.engine.list(&two.identity.instance).await.unwrap();
    let adopted = sandbox::adopt(&two.engine, listed.clone()).unwrap();
    let names: Vec<&str> = adopted.iter().map(|sandbox| sandbox.host.as_str()).collect();
    assert_eq!(names, ["web", "db"]);
    let half = listed.into_iter().filter(|found| found.host.0 == 1).collect();
    assert!(sandbox::adopt(&two.engine, half).is_none(), "one alone is no attempt's");

    assert_eq!(two.engine.networks(&two.identity.instance).await.unwrap(), [two.identity.group()]);
    assert!(two.engine.remove_network(two.identity.group()).await.is_err(), "somebody is in it");
    two.hosts.remove().await.unwrap();
    assert_eq!(two.engine.list(&two.identity.instance).await.unwrap(), []);
    assert_eq!(two.engine.networks(&two.identity.instance).await.unwrap(), [] as [Uuid; 0]);
    two.hosts.remove().await.unwrap();
}

#[tokio::test]
async fn hosts_reach_nothing_else() {
    // What the machine itself serves, on all its addresses.
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let (one, other) = (Two::start().await, Two::start().await);
    let web = one.hosts.get("web").unwrap();

    let own = sh(web, "hostname -I").await.stdout.trim().to_string();
    let parts: Vec<u8> = own.split('.').map(|part| part.parse().unwrap()).collect();
    let start = parts[3] & 0xf0;
    let gateway = format!("{}.{}.{}.{}", parts[0], parts[1], parts[2], start + 1);
    let machine = Command::new("hostname").arg("-I").output().unwrap();
    let machine = String::from_utf8(machine.stdout).unwrap();
    let addresses = machine.split_whitespace().filter(|address| !address.contains(':'));
    for address in addresses.map(str::to_string).chain([gateway, "172.17.0.1".into(), "1.1.1.1".into()]) {
        assert!(!answers(web, &address, port).await, "{address}");
    }

    // By IPv6 the machine's end of the network has an address, which the box's own stack has not; nor may it make frames.
    let bridge = format!("br-{}", &network_id(&one.identity)[..12]);
    let shown = Command::new("ip").args(["-6", "-o", "addr", "show", "dev", &bridge]).output().unwrap();
    let served = TcpListener::bind("[::]:0").unwrap();
    let sixth = served.local_addr().unwrap().port();
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    let address = text.split_whitespace().find_map(|word| word.strip_suffix("/64")).unwrap_or("fe80::1");
    let tried = sh(
        web,
        &format!(
            r#"python3 - <<'PYTHON'
import socket
def tried(what):
    try: what(); return 'done'
    except OSError as error: return str(error)
def connect():
    with socket.socket(socket.AF_INET6) as one:
        one.settimeout(2)
        one.connect(('{address}', {sixth}, 0, socket.if_nametoindex('eth0')))
print(tried(connect), '|', tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)))
PYTHON"#
        ),
    )
    .await;
    assert!(tried.succeeded() && !tried.stdout.contains("done"), "{tried:?}");
    assert!(tried.stdout.contains("Address family not supported"), "{tried:?}");

    let neighbour = sh(other.hosts.get("db").unwrap(), "hostname -I").await.stdout.trim().to_string();
    assert_ne!(neighbour, sh(one.hosts.get("db").unwrap(), "hostname -I").await.stdout.trim());
    assert!(!answers(web, &neighbour, 5432).await, "another attempt's host");

    let asked = sh(web, "getent hosts deb.debian.org; getent hosts example.com").await;
    assert_eq!((asked.succeeded(), asked.stdout.as_str()), (false, ""), "no name of the world outside");
    one.hosts.remove().await.unwrap();
    other.hosts.remove().await.unwrap();
}
