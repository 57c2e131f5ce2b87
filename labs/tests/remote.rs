//! An engine on another machine: TLS, tried with a second engine of the test's own, and the words for what can go wrong.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// An engine on a port of this machine's own, that speaks TLS and wants a certificate.
struct Dockerd {
    process: Child,
    port: u16,
    /// The name of its bridge.
    bridge: String,
    dir: tempfile::TempDir,
}

impl Dockerd {
    /// `None`, with a word, where it can't be had.
    fn start() -> Option<Self> {
        let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
        let there = |program: &str| Command::new(program).arg("--version").output().is_ok() || program == "openssl";
        if !root || !there("dockerd") || Command::new("openssl").arg("version").output().is_err() {
            eprintln!("SKIPPED: this test starts an engine of its own, which needs root, dockerd and openssl");
            return None;
        }
        let dir = tempfile::tempdir().unwrap();
        certificates(dir.path());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let at = |name: &str| dir.path().join(name).display().to_string();
        // A bridge of its own: an engine without one removes docker0, which is that of the machine's own engine.
        let bridge = format!("belay{}", std::process::id());
        ip(&["link", "add", &bridge, "type", "bridge"]);
        ip(&["address", "add", "10.232.255.1/29", "dev", &bridge]);
        let process = Command::new("dockerd")
            .args([
                "--data-root",
                &at("data"),
                "--exec-root",
                &at("exec"),
                "--pidfile",
                &at("pid"),
                "--bridge",
                &bridge,
            ])
            .args(["--iptables=false", "-H", &format!("unix://{}", at("socket")), "--storage-driver", "vfs"])
            .args(["-H", &format!("tcp://127.0.0.1:{port}"), "--tlsverify"])
            .args(["--tlscacert", &at("ca.pem"), "--tlscert", &at("server.pem"), "--tlskey", &at("server.key")])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(dir.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let mut dockerd = Self { process, port, bridge, dir };
        let start = Instant::now();
        while !dockerd.dir.path().join("socket").exists() || std::net::TcpStream::connect(("127.0.0.1", port)).is_err()
        {
            let log = std::fs::read_to_string(dockerd.dir.path().join("log")).unwrap_or_default();
            assert!(dockerd.process.try_wait().unwrap().is_none(), "the engine has ended:\n{log}");
            assert!(start.elapsed() < Duration::from_secs(60), "the engine does not come up:\n{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
        Some(dockerd)
    }

    /// What the program says of an engine at this address: the variables belong to a whole process.
    fn asked(&self, host: &str, tls: bool, certificates: &Path) -> String {
        let mut ask = Command::new(std::env::current_exe().unwrap());
        ask.args(["--exact", "what_the_engine_says", "--ignored", "--nocapture"])
            .env("DOCKER_HOST", host)
            .env("DOCKER_TLS_VERIFY", if tls { "1" } else { "" })
            .env("DOCKER_CERT_PATH", certificates);
        let output = ask.output().unwrap();
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    }
}

impl Drop for Dockerd {
    fn drop(&mut self) {
        // By its own signal, so that it takes its containerd along.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let start = Instant::now();
        while matches!(self.process.try_wait(), Ok(None)) && start.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(100));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
        ip(&["link", "delete", &self.bridge]);
    }
}

fn ip(arguments: &[&str]) {
    assert!(Command::new("ip").args(arguments).status().is_ok_and(|status| status.success()), "ip {arguments:?}");
}

/// An authority, the engine's certificate and ours; and another authority, of whom the engine knows nothing.
fn certificates(dir: &Path) {
    let run = |script: &str| {
        let output = Command::new("sh").args(["-euc", script]).current_dir(dir).output().unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    };
    run("mkdir stranger
        make() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj \"/CN=$1\" -keyout \"$2/ca.key\" -out \"$2/ca.pem\"; }
        sign() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj \"/CN=$1\" -keyout \"$2.key\" -out \"$2.csr\"
                 printf \"subjectAltName=IP:127.0.0.1\\nextendedKeyUsage=$4\\n\" > \"$2.ext\"
                 openssl x509 -req -in \"$2.csr\" -CA \"$3/ca.pem\" -CAkey \"$3/ca.key\" -CAcreateserial -days 2 -extfile \"$2.ext\" -out \"$2.pem\"; }
        make one . ; make other stranger
        sign engine server . serverAuth
        sign belay cert . clientAuth; mv cert.key key.pem
        sign nobody stranger/cert stranger clientAuth; mv stranger/cert.key stranger/key.pem");
}

/// The other half of the tests: run by [`Dockerd::asked`], with the variables set.
#[tokio::test]
#[ignore = "run by the other tests of this file"]
async fn what_the_engine_says() {
    use labs::sandbox::{Engine, docker::Docker};
    match Docker::new(labs::sandbox::docker::Options::default()).check().await {
        Ok(info) => println!("REACHED {}", info.name),
        Err(error) => println!("REFUSED {error}"),
    }
}

#[test]
fn an_engine_is_reached_through_tls_and_what_is_wrong_is_said_in_words() {
    let Some(engine) = Dockerd::start() else { return };
    let here: PathBuf = engine.dir.path().into();
    let address = format!("tcp://127.0.0.1:{}", engine.port);
    let good = engine.asked(&address, true, &here);
    assert!(good.contains("REACHED Docker "), "{good}");

    let plain = engine.asked(&address, false, &here);
    assert!(plain.contains("speaks TLS only") && plain.contains("DOCKER_TLS_VERIFY=1"), "{plain}");

    let missing = engine.asked(&address, true, &here.join("nowhere"));
    assert!(missing.contains("nowhere/ca.pem") && missing.contains("DOCKER_CERT_PATH"), "{missing}");

    let stranger = engine.asked(&address, true, &here.join("stranger"));
    assert!(stranger.contains("does not vouch for"), "{stranger}");

    // The right authority, and a certificate of the wrong one.
    let mixed = here.join("mixed");
    std::fs::create_dir(&mixed).unwrap();
    for (from, to) in [("ca.pem", "ca.pem"), ("stranger/cert.pem", "cert.pem"), ("stranger/key.pem", "key.pem")] {
        std::fs::copy(here.join(from), mixed.join(to)).unwrap();
    }
    let refused = engine.asked(&address, true, &mixed);
    assert!(refused.contains("does not accept the certificate"), "{refused}");

    let by_name = engine.asked(&format!("tcp://localhost:{}", engine.port), true, &here);
    assert!(by_name.contains("does not vouch for") && by_name.contains("as its certificate names it"), "{by_name}");
}

#[test]
fn an_engine_through_ssh_that_is_not_there_is_said_in_words() {
    let mut ask = Command::new(std::env::current_exe().unwrap());
    ask.args(["--exact", "what_the_engine_says", "--ignored", "--nocapture"])
        .env("DOCKER_HOST", "ssh://nobody@127.0.0.1:1");
    let output = ask.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("REFUSED") && said.contains("through ssh") && said.contains("docker version"), "{said}");
}
