//! Asking the box's systemd.

use std::{
    io,
    os::{fd::OwnedFd, unix::net::UnixStream as StdStream},
    path::Path,
    time::Duration,
};

use nix::{
    libc,
    sys::socket::{getsockopt, sockopt::PeerCredentials},
};
use tokio::{net::UnixStream, time::timeout};
use wire::Observation;

use super::dbus::{Method, Peer, Value};
use crate::{agent::Agent, boxroot, machine::Running};

const SOCKET: &str = "/run/systemd/private";
const MANAGER: &str = "/org/freedesktop/systemd1";
const MANAGER_INTERFACE: &str = "org.freedesktop.systemd1.Manager";
const UNIT_INTERFACE: &str = "org.freedesktop.systemd1.Unit";
const SERVICE_INTERFACE: &str = "org.freedesktop.systemd1.Service";
/// How long systemd may take to answer.
const LIMIT: Duration = Duration::from_secs(5);

/// The connection to a box's systemd, made when it is needed.
pub type Line = tokio::sync::Mutex<Option<Peer>>;

/// How the system is: `starting`, `running`, `degraded` …
pub async fn state(agent: &Agent, running: &Running) -> Result<String, String> {
    ask(agent, running, async |systemd| {
        systemd.property(MANAGER, MANAGER_INTERFACE, "SystemState").await.map(Value::into_text)
    })
    .await
}

/// How a unit is.
pub async fn unit(agent: &Agent, running: &Running, name: &str) -> Result<Observation, String> {
    ask(agent, running, async |systemd| look(systemd, name).await).await
}

/// Asks over the connection there is, and over a new one where that has broken.
async fn ask<T>(
    agent: &Agent,
    running: &Running,
    question: impl AsyncFn(&mut Peer) -> io::Result<T>,
) -> Result<T, String> {
    let mut line = running.systemd.lock().await;
    let mut problem = String::new();
    for _ in 0..2 {
        // Taken out: one that is broken off in the middle of an answer must not be used again.
        let mut systemd = match line.take() {
            Some(systemd) => systemd,
            None => connect(agent, running).await?,
        };
        match timeout(LIMIT, question(&mut systemd)).await {
            Ok(Ok(answer)) => {
                *line = Some(systemd);
                return Ok(answer);
            }
            // What it refuses it would refuse again.
            Ok(Err(error)) if error.kind() == io::ErrorKind::Other => {
                *line = Some(systemd);
                return Err(error.to_string());
            }
            Ok(Err(error)) => problem = error.to_string(),
            Err(_) => return Err(format!("no answer within {} seconds", LIMIT.as_secs())),
        }
    }
    Err(problem)
}

async fn look(systemd: &mut Peer, name: &str) -> io::Result<Observation> {
    let load = Method { path: MANAGER, interface: MANAGER_INTERFACE, member: "LoadUnit" };
    let path = systemd.call(&load, &[name]).await?.into_text();
    if systemd.property(&path, UNIT_INTERFACE, "LoadState").await? == Value::Text("not-found".into()) {
        let nothing = String::new;
        return Ok(Observation::Unit {
            active: nothing(),
            sub: nothing(),
            enabled: nothing(),
            main_pid: 0,
            error: None,
        });
    }
    let mut words = Vec::new();
    for property in ["ActiveState", "SubState", "UnitFileState"] {
        words.push(systemd.property(&path, UNIT_INTERFACE, property).await?.into_text());
    }
    let [active, sub, enabled] = words.try_into().map_err(|_| io::Error::other("no answer"))?;
    let main_pid = if name.ends_with(".service") {
        match systemd.property(&path, SERVICE_INTERFACE, "MainPID").await? {
            Value::Number(pid) => pid,
            _ => 0,
        }
    } else {
        0
    };
    Ok(Observation::Unit { active, sub, enabled, main_pid, error: None })
}

/// Connects, and makes sure that it is the box's own first process that answers.
async fn connect(agent: &Agent, running: &Running) -> Result<Peer, String> {
    // Before systemd has its socket there is no need to try.
    boxroot::open_in(&running.root, Path::new(SOCKET), libc::O_PATH)
        .map_err(|error| format!("{SOCKET}: {}", error.desc()))?;
    let connection = agent.spawner.connect_to_systemd().await?;
    let greet = async {
        let stream = stream(connection, running.pid)?;
        Peer::greet(stream).await
    };
    match timeout(LIMIT, greet).await {
        Ok(greeted) => greeted.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no greeting within {} seconds", LIMIT.as_secs())),
    }
}

fn stream(connection: OwnedFd, init: i32) -> io::Result<UnixStream> {
    let peer = getsockopt(&connection, PeerCredentials)?.pid();
    if peer != init {
        return Err(io::Error::other(format!("process {peer} answers in its place")));
    }
    let stream = StdStream::from(connection);
    stream.set_nonblocking(true)?;
    UnixStream::from_std(stream)
}
