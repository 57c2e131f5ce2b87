use std::{
    path::PathBuf,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use wire::BoxSpec;

use super::{Client, patient};

/// The engine, the image and the agent's program.
pub struct Docker {
    image: String,
    agent: PathBuf,
}

/// A running container; removed when dropped.
pub struct Sandbox {
    name: String,
}

impl Docker {
    /// `None`, and a word on standard error, where there is no engine.
    pub fn find() -> Option<Self> {
        let answers = Command::new("docker").args(["version", "--format", "{{.Server.Version}}"]).output();
        if !answers.is_ok_and(|output| output.status.success()) {
            eprintln!("SKIPPED: no Docker engine answers, and this test needs a real one");
            return None;
        }
        let image = std::env::var("BELAY_TEST_IMAGE").unwrap_or_else(|_| "belay/systemd:latest".into());
        let there = docker(&["image", "inspect", "--format", "{{.Id}}", &image]);
        assert!(
            there.is_some(),
            "the engine has no image {image}: build docker/systemd, or name another in BELAY_TEST_IMAGE"
        );
        Some(Self { image, agent: agent() })
    }

    pub fn has_apparmor() -> bool {
        docker(&["info", "--format", "{{.SecurityOptions}}"]).is_some_and(|options| options.contains("apparmor"))
    }

    /// Whether the agent and the box shall each be under a profile of Belay's, which is loaded then.
    pub fn has_own_profiles() -> bool {
        std::env::var("BELAY_TEST_APPARMOR").is_ok_and(|way| way == "belay")
    }

    /// Starts a sandbox and waits until its box is ready.
    pub async fn start(&self, spec: &BoxSpec) -> (Sandbox, Client) {
        let sandbox = self.create(spec);
        let client = Client::connect(&sandbox).await;
        let start = Instant::now();
        loop {
            let hello = client.hello().await;
            if hello.ready {
                return (sandbox, client);
            }
            assert!(start.elapsed() < patient(Duration::from_secs(60)), "the box does not become ready: {hello:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// A container as the server makes it.
    pub fn create(&self, spec: &BoxSpec) -> Sandbox {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("belay-agent-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let reserve = 64 << 20;
        let memory = (spec.memory + reserve).to_string();
        let pids = (spec.pids + 64).to_string();
        let text = serde_json::to_string(spec).expect("a specification is JSON");
        let mut arguments: Vec<String> = [
            "run",
            "--detach",
            "--name",
            &name,
            "--read-only",
            "--cgroupns",
            "private",
            "--network",
            "none",
            "--cap-add",
            "SYS_ADMIN",
            "--cap-add",
            "SYS_PTRACE",
            "--memory",
            &memory,
            "--memory-swap",
            &memory,
            "--pids-limit",
            &pids,
            "--ulimit",
            "nofile=16384:16384",
            "--ulimit",
            "core=1:1",
            "--ulimit",
            "sigpending=4096:4096",
            "--tmpfs",
            "/belay:mode=0700,size=4m",
            "--tmpfs",
            "/box",
            "--hostname",
            &spec.hostname,
            "--add-host",
            &format!("{}:127.0.1.1", spec.hostname),
            "--env",
            "container=docker",
            "--env",
            &format!("{}={text}", wire::SPEC_ENV),
            "--volume",
            &format!("{}:{}/agent:ro", self.agent.display(), wire::AGENT_DIR),
            "--label",
            "belay.test=agent",
            "--entrypoint",
            &format!("{}/agent", wire::AGENT_DIR),
        ]
        .map(str::to_owned)
        .to_vec();
        for capability in &spec.capabilities {
            arguments.extend(["--cap-add".into(), capability.name().into()]);
        }
        arguments.extend(["--security-opt".into(), format!("seccomp={}", filter().display())]);
        if Self::has_apparmor() {
            let profile = if Self::has_own_profiles() { "belay-agent" } else { "unconfined" };
            arguments.extend(["--security-opt".into(), format!("apparmor={profile}")]);
        }
        arguments.push(self.image.clone());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        docker(&arguments).expect("the engine starts a container");
        Sandbox { name }
    }
}

impl Sandbox {
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A command of the container, beside the agent: what only the machine's owner can do.
    pub fn exec(&self, argv: &[&str]) -> Option<String> {
        docker(&[&["exec", self.name.as_str()], argv].concat())
    }

    /// The container's log.
    pub fn log(&self) -> String {
        let output = Command::new("docker").args(["logs", &self.name]).output().expect("docker logs");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Kills the first process of the box from outside it.
    pub fn kill_init(&self) {
        // The one that is number 1 in the namespace below the container's.
        let find = "grep -lE '^NSpid:\\s+[0-9]+\\s+1$' /proc/[0-9]*/status | head -1 | cut -d/ -f3";
        self.exec(&["sh", "-c", &format!("kill -9 $({find})")]).expect("an init to kill");
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("log of {}:\n{}", self.name, self.log());
        }
        if std::env::var_os("BELAY_TEST_KEEP").is_none() {
            docker(&["rm", "--force", "--volumes", &self.name]);
        }
    }
}

/// What the engine's command line prints, or `None` when it fails.
fn docker(arguments: &[&str]) -> Option<String> {
    let output = Command::new("docker").args(arguments).stdin(Stdio::null()).output().expect("docker can be run");
    if !output.status.success() {
        eprintln!("docker {}: {}", arguments.first().unwrap_or(&""), String::from_utf8_lossy(&output.stderr));
        return None;
    }
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The container's filter of system calls, as the server hands it to the engine.
fn filter() -> PathBuf {
    let given = std::env::var_os("BELAY_TEST_SECCOMP").map(PathBuf::from);
    let path =
        given.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docker/seccomp/sandbox.json"));
    path.canonicalize().expect("the filter is there")
}

/// The program to test: it must be static, as any image is to run it.
fn agent() -> PathBuf {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let choices = [
        std::env::var_os("BELAY_AGENT").map(PathBuf::from),
        Some(PathBuf::from(env!("CARGO_BIN_EXE_agent"))),
        Some(root.join("target/dist/agent")),
    ];
    let found = choices.into_iter().flatten().find(is_static);
    found.and_then(|path| path.canonicalize().ok()).expect(
        "no static agent: build it with RUSTFLAGS='-C target-feature=+crt-static' cargo build -p agent --profile agent \
         --target x86_64-unknown-linux-gnu --target-dir target/agent, and name it in BELAY_AGENT",
    )
}

fn is_static(path: &PathBuf) -> bool {
    // A dynamic program names its interpreter near its beginning.
    std::fs::read(path).is_ok_and(|bytes| {
        let head = &bytes[..bytes.len().min(4096)];
        !head.windows(8).any(|window| window == b"ld-linux")
    })
}
