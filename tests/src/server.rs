//! A server of a test's own: the real program, started, killed and started again.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

use crate::docker;

/// How long a start may take on a busy machine.
const START: Duration = Duration::from_secs(30);

/// How long the engine may still be at work on what a killed server has asked it for.
const HALF_MADE: Duration = Duration::from_secs(3);

/// A running `belay serve --demo`.
pub struct Server {
    process: Child,
    data: TempDir,
    port: u16,
    instance: String,
    environment: Vec<(String, String)>,
}

/// The root of the source tree.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

/// The program under test.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn program() -> PathBuf {
    let program = std::env::var_os("BELAY_PROGRAM").map_or_else(|| root().join("target/debug/belay"), PathBuf::from);
    assert!(program.exists(), "{} is not there: build it first (`make build`)", program.display());
    program
}

impl Server {
    /// Starts a demo server on a free port with an empty data directory.
    #[must_use]
    pub fn demo() -> Self {
        Self::demo_with(&[])
    }

    /// The same, with more in its environment.
    #[must_use]
    pub fn demo_with(environment: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a directory for the data");
        let port = free_port();
        let instance = format!("belay-test-{}-{port}", std::process::id());
        let environment: Vec<(String, String)> = environment.iter().map(|(k, v)| ((*k).into(), (*v).into())).collect();
        let process = spawn(data.path(), port, &instance, &environment);
        let mut server = Self { process, data, port, instance, environment };
        server.wait();
        server
    }

    /// `http://127.0.0.1:…`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The name under which its containers are labelled.
    #[must_use]
    pub fn instance(&self) -> &str {
        &self.instance
    }

    /// The id of its process.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Its data directory.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Runs another command of the program on its data, and gives what it says and whether it went well.
    ///
    /// # Panics
    /// When it can't be run.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(program())
            .args(arguments)
            .env("BELAY_DATA", self.data.path())
            .env("BELAY_INSTANCE", &self.instance)
            .envs(self.environment.iter().map(|(key, value)| (key, value)))
            .current_dir(self.data.path())
            .stdin(Stdio::null())
            .output()
            .expect("the program runs");
        let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
        (output.status.success(), said)
    }

    /// The file of its database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.data.path().join("belay.db")
    }

    /// What it has written to its log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.data.path().join("server.log")).unwrap_or_default()
    }

    /// Kills it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill().expect("SIGKILL reaches a process of ours");
        self.process.wait().expect("a killed process ends");
    }

    /// Starts it again on the same data.
    pub fn start_again(&mut self) {
        self.process = spawn(self.data.path(), self.port, &self.instance, &self.environment);
        self.wait();
    }

    fn wait(&mut self) {
        let started = Instant::now();
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if let Ok(Some(status)) = self.process.try_wait() {
                panic!("the server ended with {status}:\n{}", self.log());
            }
            assert!(started.elapsed() < START, "the server does not answer:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Server {
    /// What the engine was still making for a server that was killed comes a moment after it. A next server would remove
    /// it; here there is none.
    fn await_half_made(&self) {
        let (_, listed) = self.command(&["sandbox", "ls", "--json"]);
        if !listed.contains("\"coming\"") {
            return;
        }
        let began = Instant::now();
        while began.elapsed() < HALF_MADE {
            if !docker::containers(&self.instance).is_empty() {
                return docker::remove_all(&self.instance);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        docker::remove_all(&self.instance);
        self.await_half_made();
        if std::thread::panicking() {
            let kept = root().join("target/test-logs");
            let _ = std::fs::create_dir_all(&kept);
            let _ = std::fs::write(kept.join(format!("{}.log", self.instance)), self.log());
        }
    }
}

fn spawn(data: &Path, port: u16, instance: &str, environment: &[(String, String)]) -> Child {
    let log = std::fs::OpenOptions::new().create(true).append(true).open(data.join("server.log")).expect("a log file");
    Command::new(program())
        .args(["serve", "--demo"])
        .env("BELAY_LISTEN", format!("127.0.0.1:{port}"))
        .env("BELAY_DATA", data)
        .env("BELAY_INSTANCE", instance)
        // Boxes that nobody asked for would be in the way of who counts them.
        .env("BELAY_WARM_MEMORY", "0")
        .envs(environment.iter().map(|(key, value)| (key, value)))
        .current_dir(data)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .expect("the program starts")
}

/// A port that nobody listens on right now.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port()
}
