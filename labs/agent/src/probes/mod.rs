//! Probes: looking at the box without any program of it.

mod dbus;
mod files;
mod hosts;
mod http;
mod listening;
mod processes;
pub mod systemd;

use std::{io, time::Duration};

use futures::future::join_all;
use tokio::{
    net::{TcpSocket, TcpStream},
    time::timeout,
};
use wire::{Observation, Place, Probe, Run};

use crate::{accounts::Accounts, agent::Agent, machine::Running, run};

/// How long one probe may take.
const LIMIT: Duration = Duration::from_secs(5);

/// Makes observations, all at once, in the probes' order.
pub async fn observe(agent: &Agent, probes: Vec<Probe>) -> Vec<Observation> {
    join_all(probes.into_iter().map(|probe| observe_one(agent, probe))).await
}

async fn observe_one(agent: &Agent, probe: Probe) -> Observation {
    let running = match agent.machine.running() {
        Ok(running) => running,
        Err(error) => return Observation::Failed { error },
    };
    let late = || format!("no answer within {} seconds", LIMIT.as_secs());
    match probe {
        Probe::Http { url, host } => {
            let answer = timeout(LIMIT, http::get(agent, &running, &url, host.as_deref())).await;
            match answer.unwrap_or_else(|_| Err(late())) {
                Ok(answer) => Observation::Http {
                    status: Some(answer.status),
                    location: answer.location,
                    body: answer.body,
                    error: None,
                },
                Err(error) => {
                    Observation::Http { status: None, location: None, body: String::new(), error: Some(error) }
                }
            }
        }
        Probe::Tcp { host, port } => {
            let outcome = timeout(LIMIT, connect(agent, &running, &host, port)).await.unwrap_or_else(|_| Err(late()));
            Observation::Tcp { connected: outcome.is_ok(), error: outcome.err() }
        }
        Probe::File { path } => or_failed(files::file(&running, &path).map(Observation::File)),
        Probe::Filesystem { path } => or_failed(files::filesystem(&running, &path)),
        Probe::Listening { port } => {
            or_failed(listening::listeners(&running, port).await.map(|listeners| Observation::Listening { listeners }))
        }
        Probe::Process { name } => {
            or_failed(processes::named(&running, &name).await.map(|processes| Observation::Process { processes }))
        }
        Probe::Unit { name } => systemd::unit(agent, &running, &name).await.unwrap_or_else(|error| {
            let error = Some(format!("the box's systemd: {error}"));
            let nothing = String::new;
            Observation::Unit { active: nothing(), sub: nothing(), enabled: nothing(), main_pid: 0, error }
        }),
        Probe::User { name } => or_failed(user(&running, &name)),
        Probe::Command { argv } => command(agent, argv).await,
    }
}

fn or_failed(outcome: Result<Observation, String>) -> Observation {
    outcome.unwrap_or_else(|error| Observation::Failed { error })
}

fn user(running: &Running, name: &str) -> Result<Observation, String> {
    let accounts = Accounts::read(&running.root).map_err(|error| format!("the box's /etc/passwd: {error}"))?;
    Ok(match accounts.user(name) {
        Some(user) => Observation::User {
            uid: Some(user.uid),
            gid: Some(user.gid),
            home: user.home.clone(),
            shell: user.shell.clone(),
            groups: accounts.groups_of(user),
        },
        None => {
            Observation::User { uid: None, gid: None, home: String::new(), shell: String::new(), groups: Vec::new() }
        }
    })
}

async fn command(agent: &Agent, argv: Vec<String>) -> Observation {
    let run = Run {
        argv,
        env: std::collections::BTreeMap::new(),
        stdin: String::new(),
        user: "root".into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: LIMIT.as_millis().try_into().unwrap_or(u64::MAX),
    };
    run::run(agent, &run).await.map_or_else(|error| Observation::Failed { error }, Observation::Command)
}

/// A connection in the box's network.
async fn connect(agent: &Agent, running: &Running, host: &str, port: u16) -> Result<TcpStream, String> {
    let mut outcome = Err(format!("`{host}` is neither an address nor a name in the box's /etc/hosts"));
    for address in hosts::addresses(running, host) {
        let make = || if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        let connected: io::Result<TcpStream> =
            async { agent.networks.in_box(make)?.connect((address, port).into()).await }.await;
        match connected {
            Ok(stream) => return Ok(stream),
            Err(error) => outcome = Err(format!("{address} port {port}: {error}")),
        }
    }
    outcome
}
