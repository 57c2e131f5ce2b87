//! A Docker engine of a test's own, which it may kill: without networks of its own, so that it leaves the machine's alone.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// How long an engine may take to come up.
const UP: Duration = Duration::from_secs(60);

/// A running dockerd with data of its own.
pub struct Own {
    folder: TempDir,
    process: Option<Child>,
}

impl Own {
    /// Starts one. `None`, with words on standard error, where that can't be had: without dockerd, or not as root.
    ///
    /// # Panics
    /// When it is there and does not come up.
    #[must_use]
    pub fn start() -> Option<Self> {
        let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.starts_with(b"0"));
        let there = Command::new("dockerd").arg("--version").output().is_ok();
        if !root || !there {
            eprintln!("skipped: an engine of its own needs dockerd and root");
            return None;
        }
        let folder = tempfile::Builder::new().prefix("belay-engine-").tempdir().expect("a folder");
        let mut own = Self { folder, process: None };
        own.start_again();
        Some(own)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where it is, as `DOCKER_HOST` has it.
    #[must_use]
    pub fn host(&self) -> String {
        format!("unix://{}", self.path("docker.sock").display())
    }

    /// Starts it (again), on the same data.
    ///
    /// # Panics
    /// With its log, when it does not come up.
    pub fn start_again(&mut self) {
        let log = std::fs::File::create(self.path("log")).expect("a log");
        // A pid file of a killed one would be believed.
        let _ = std::fs::remove_file(self.path("pid"));
        // In a network of its own: an engine without a bridge removes docker0, which is that of the machine's own engine.
        let process = Command::new("unshare")
            .args(["--net", "dockerd", "--data-root"])
            .arg(self.path("data"))
            .arg("--exec-root")
            .arg(self.path("exec"))
            .arg("--pidfile")
            .arg(self.path("pid"))
            .arg("--host")
            .arg(self.host())
            .args(["--bridge=none", "--iptables=false", "--ip6tables=false"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("dockerd starts");
        self.process = Some(process);
        let began = Instant::now();
        while !self.docker(&["version"]).status().is_ok_and(|status| status.success()) {
            let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
            assert!(began.elapsed() < UP, "the engine does not come up:\n{log}");
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    /// Kills it, with the containers that it runs, as a crash of the machine's part does.
    ///
    /// # Panics
    /// When it can't be killed.
    pub fn kill(&mut self) {
        let mut pids: Vec<u32> = self.process.iter().map(Child::id).collect();
        pids.extend(self.shims());
        for pid in pids {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
        if let Some(mut process) = self.process.take() {
            process.wait().expect("a killed process ends");
        }
        // containerd of its own outlives it for a moment; the next one starts another.
        for pid in self.processes_below() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
    }

    /// The processes that hold containers of this engine.
    fn shims(&self) -> Vec<u32> {
        self.processes_below()
    }

    /// All processes whose arguments name this engine's folder.
    fn processes_below(&self) -> Vec<u32> {
        let folder = self.folder.path().to_string_lossy().into_owned();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let pid = |entry: std::fs::DirEntry| {
            let pid: u32 = entry.file_name().to_string_lossy().parse().ok()?;
            let arguments = std::fs::read(entry.path().join("cmdline")).ok()?;
            String::from_utf8_lossy(&arguments).contains(&folder).then_some(pid)
        };
        let own = std::process::id();
        entries.filter_map(pid).filter(|pid| *pid != own).collect()
    }

    /// Brings images from the machine's engine.
    ///
    /// # Panics
    /// When that fails.
    pub fn bring(&self, images: &[&str]) {
        let save = Command::new("docker").arg("save").args(images).stdout(Stdio::piped()).spawn();
        let mut save = save.expect("the docker client");
        let mut load = self.docker(&["load"]);
        load.stdin(save.stdout.take().expect("its output"));
        let loaded = load.status().expect("the docker client");
        assert!(save.wait().is_ok_and(|saved| saved.success()) && loaded.success(), "the images are brought over");
    }

    fn docker(&self, arguments: &[&str]) -> Command {
        let mut docker = Command::new("docker");
        docker.args(arguments).env("DOCKER_HOST", self.host()).stdout(Stdio::null()).stderr(Stdio::null());
        docker
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let listed = Command::new("docker").args(["ps", "--all", "--quiet"]).env("DOCKER_HOST", self.host()).output();
        let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        for container in listed.lines() {
            let _ = self.docker(&["rm", "--force", "--volumes", container]).status();
        }
        if let Some(process) = &self.process {
            let _ = Command::new("kill").args(["-TERM", &process.id().to_string()]).status();
        }
        if let Some(mut process) = self.process.take() {
            let _ = process.wait();
        }
        for pid in self.processes_below() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
        unmount_below(self.folder.path());
    }
}

/// What is still mounted below a folder, innermost first: it could not be removed otherwise.
fn unmount_below(folder: &Path) {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    let below = mounts.lines().filter_map(|line| line.split(' ').nth(1)).filter(|at| Path::new(at).starts_with(folder));
    let mut below: Vec<&str> = below.collect();
    below.sort_unstable();
    for at in below.into_iter().rev() {
        let _ = Command::new("umount").args(["--lazy", at]).status();
    }
}
