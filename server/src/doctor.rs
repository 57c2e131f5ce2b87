//! `belay doctor`: what is present, what is missing, and how to mend it.

use std::{fmt, path::Path};

use labs::sandbox::{Engine, docker::AppArmor};
use platform::store::{Condition, Store};

use crate::config::Config;

/// How one thing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As it should be.
    Good,
    /// Belay runs, with less.
    Lacking,
    /// Belay cannot run.
    Missing,
}

/// One thing that was looked at.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What.
    pub name: &'static str,
    /// How it stands.
    pub state: State,
    /// What was seen.
    pub seen: String,
    /// How to mend it; empty where there is nothing to mend.
    pub mend: String,
}

impl Finding {
    fn good(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, state: State::Good, seen: seen.into(), mend: String::new() }
    }

    fn bad(name: &'static str, state: State, seen: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { name, state, seen: seen.into(), mend: mend.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match self.state {
            State::Good => "ok     ",
            State::Lacking => "lacking",
            State::Missing => "MISSING",
        };
        write!(f, "{state}  {:<16} {}", self.name, self.seen)?;
        if self.mend.is_empty() { Ok(()) } else { write!(f, "\n         {:<16} → {}", "", self.mend) }
    }
}

/// Looks at everything that Belay needs.
pub async fn examine(config: &Config, engine: &dyn Engine) -> Vec<Finding> {
    vec![
        database(config).await,
        content(config),
        site(&config.site),
        agent(&config.agent),
        docker(config, engine).await,
        connection(),
        inotify(),
        memory(),
    ]
}

/// Looked at and left as it is: who asks how things stand does not want them changed.
async fn database(config: &Config) -> Finding {
    let shown = config.database_shown();
    match Store::look(&config.database_url).await {
        Ok(Condition::Ready) => Finding::good("database", shown),
        Ok(Condition::New) => Finding::good("database", format!("{shown}: nothing in it yet")),
        Ok(Condition::Behind(changes)) => Finding::good(
            "database",
            format!("{shown}: the next start of the server brings it up to date ({changes} to do)"),
        ),
        Ok(Condition::Ahead) => Finding::bad(
            "database",
            State::Missing,
            format!("{shown}: a later version of Belay has used it"),
            "run that version, or bring back the copy that was made before the upgrade",
        ),
        Err(error) => Finding::bad(
            "database",
            State::Missing,
            format!("{shown}: {error}"),
            "check BELAY_DATABASE_URL, and that its server runs; without it Belay uses a file in BELAY_DATA",
        ),
    }
}

fn content(config: &Config) -> Finding {
    match crate::command::content(config) {
        Ok((roles, catalog)) => {
            let (labs, roles) = (catalog.labs().count(), roles.len());
            let (catalog, packs) = (config.catalog.display(), config.roles.display());
            Finding::good("labs", format!("{labs} in {catalog}, for {roles} roles in {packs}"))
        }
        Err(problems) => Finding::bad(
            "labs",
            State::Missing,
            format!("{problems}"),
            "mend these files, or point BELAY_CATALOG at the labs and BELAY_ROLES at the role packs",
        ),
    }
}

fn site(directory: &Path) -> Finding {
    let wasm = directory.join("pkg/belay_bg.wasm");
    if wasm.exists() {
        Finding::good("browser files", directory.display().to_string())
    } else {
        Finding::bad(
            "browser files",
            State::Lacking,
            format!("{} is not there: pages work, terminals do not", wasm.display()),
            "build them with `make build`, or point BELAY_SITE at them",
        )
    }
}

fn agent(program: &Path) -> Finding {
    if program.exists() {
        Finding::good("agent", program.display().to_string())
    } else {
        Finding::bad(
            "agent",
            State::Lacking,
            format!("{} is not there: labs cannot start", program.display()),
            "build it with `make build`, or point BELAY_AGENT at it",
        )
    }
}

async fn docker(config: &Config, engine: &dyn Engine) -> Finding {
    match engine.check().await {
        Ok(info) => {
            let apparmor = match (info.apparmor, config.apparmor) {
                (false, _) => "no AppArmor",
                (true, AppArmor::Docker) => "AppArmor: boxes under docker-default, the agent under none",
                (true, AppArmor::Belay) => "AppArmor: Belay's profiles for boxes and agent",
            };
            let seen = format!(
                "{}, {} MiB, {} processors, cgroup v{}, {apparmor}",
                info.name,
                info.memory >> 20,
                info.cpus,
                info.cgroups
            );
            if info.seccomp {
                Finding::good("docker", seen)
            } else {
                Finding::bad(
                    "docker",
                    State::Lacking,
                    format!("{seen}, no filter of system calls around the agent"),
                    "use a kernel and an engine with seccomp: boxes themselves are filtered still",
                )
            }
        }
        Err(error) => Finding::bad(
            "docker",
            State::Lacking,
            format!("{error}: labs cannot start"),
            "install Docker and start it (Debian: `apt-get install docker.io`), and let this user reach it (group `docker`)",
        ),
    }
}

/// Whether somebody on the way to the engine could listen, or take it over.
fn connection() -> Finding {
    let host = std::env::var("DOCKER_HOST").unwrap_or_default();
    let tls = std::env::var("DOCKER_TLS_VERIFY").is_ok_and(|value| !value.is_empty());
    connection_to(&host, tls)
}

fn connection_to(host: &str, tls: bool) -> Finding {
    let name = "way to docker";
    let over_tcp = host.strip_prefix("tcp://").or_else(|| host.strip_prefix("http://"));
    match over_tcp {
        _ if host.starts_with("ssh://") => Finding::good(name, format!("{host}, through ssh")),
        Some(_) if tls => Finding::good(name, format!("{host}, TLS")),
        Some(place) if !["127.", "localhost", "[::1]"].iter().any(|here| place.starts_with(here)) => Finding::bad(
            name,
            State::Lacking,
            format!("{host} without TLS: whoever reaches it is root on its machine"),
            "start the engine with --tlsverify and set DOCKER_TLS_VERIFY=1 and DOCKER_CERT_PATH, or use ssh://user@host",
        ),
        _ => Finding::good(name, if host.is_empty() { "the usual socket" } else { host }),
    }
}

/// About 8 inotify instances a systemd box, beside the host's own; the kernel's default of 128 ends at 16 boxes. The kernel
/// counts them by user, and root is one user in all boxes: below this one box can take them all.
const INOTIFY_WANTED: u64 = 1 << 20;
/// As many as boxes of good will need.
const INOTIFY_ENOUGH: u64 = 8192;

fn inotify() -> Finding {
    let path = "/proc/sys/fs/inotify/max_user_instances";
    let seen = std::fs::read_to_string(path).ok().and_then(|text| text.trim().parse::<u64>().ok());
    match seen {
        Some(count) if count >= INOTIFY_WANTED => Finding::good("inotify", format!("{count} instances for a user")),
        Some(count) => Finding::bad(
            "inotify",
            State::Lacking,
            if count >= INOTIFY_ENOUGH {
                format!("{count} instances for a user: one lab's root could take them all, and others would not start")
            } else {
                format!("{count} instances for a user: about {} labs can run at once", count / 8)
            },
            format!("sysctl -w fs.inotify.max_user_instances={INOTIFY_WANTED}, and in /etc/sysctl.d to keep it"),
        ),
        None => Finding::bad(
            "inotify",
            State::Lacking,
            format!("{path} cannot be read"),
            "on Linux only; on a remote engine look there",
        ),
    }
}

/// What a server with a lab at hand should have free, in MiB.
const MEMORY_WANTED: u64 = 1024;

fn memory() -> Finding {
    let free = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| available_mib(&text));
    match free {
        Some(mib) if mib >= MEMORY_WANTED => Finding::good("memory", format!("{mib} MiB available")),
        Some(mib) => Finding::bad(
            "memory",
            State::Lacking,
            format!("{mib} MiB available: a lab needs 256 to 512"),
            "end something else, or give the machine more",
        ),
        None => Finding::bad("memory", State::Lacking, "/proc/meminfo cannot be read", "on Linux only"),
    }
}

fn available_mib(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find(|line| line.starts_with("MemAvailable:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn available_memory_is_read_in_mib() {
        assert_eq!(available_mib("MemTotal: 10 kB\nMemAvailable:    2048 kB\n"), Some(2));
        assert_eq!(available_mib("nonsense"), None);
    }

    #[test]
    fn an_engine_without_tls_elsewhere_is_a_finding() {
        let state = |host: &str, tls| connection_to(host, tls).state;
        assert_eq!(state("tcp://box.example.org:2375", false), State::Lacking);
        for (host, tls) in
            [("tcp://box:2376", true), ("tcp://127.0.0.1:2375", false), ("ssh://me@box", false), ("", false)]
        {
            assert_eq!(state(host, tls), State::Good, "{host}");
        }
    }

    #[test]
    fn a_finding_says_how_to_mend_it() {
        let text = Finding::bad("agent", State::Missing, "not there", "build it").to_string();
        assert!(text.contains("MISSING") && text.contains("→ build it"), "{text}");
    }
}
