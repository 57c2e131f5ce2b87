//! From nothing to a box that is set up.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use tokio::time::{Instant, sleep};
use wire::{Place, Run, RunResult};

use super::{
    Hosts, Sandbox,
    engine::{Engine, Identity, Life, SandboxSpec},
    error::{ResetError, SandboxError, StartError},
    layer::Snapshot,
};
use crate::catalog::{Host, Lab, Vars};

/// How long a box has to come up.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How often one that is in trouble is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long a lab's setup may take, in milliseconds.
const SETUP_MS: u64 = 120_000;

/// How much of a script's output an error shows, in characters.
const OUTPUT: usize = 2_000;

/// The kernel's setting under which few boxes fit on a machine.
const INOTIFY: &str = "/proc/sys/fs/inotify/max_user_instances";
const INOTIFY_ENOUGH: u32 = 1024;

/// Makes the sandboxes of a lab's hosts, all at once, and sets them up, one after the other. The learner is not let in
/// yet: see [`Hosts::handover`].
///
/// # Errors
/// Why they could not be started; nothing is left of them then.
pub async fn start(
    engine: Arc<dyn Engine>,
    lab: Arc<Lab>,
    vars: &Vars,
    identity: Identity,
) -> Result<Hosts, StartError> {
    let none = lab.hosts.iter().map(|_| None).collect();
    let hosts = make(&engine, &lab, &identity, none).await?;
    if let Err(error) = set_up_all(&hosts, &lab, vars).await {
        give_up(&engine, hosts.iter(), &lab, &identity).await;
        return Err(error);
    }
    Ok(hosts)
}

/// Makes the sandboxes of a lab's hosts as they were once: with a snapshot for each, in the lab's order. Nothing is set up.
///
/// # Errors
/// Why they could not be started; nothing is left of them then.
pub async fn restore(
    engine: Arc<dyn Engine>,
    lab: Arc<Lab>,
    identity: Identity,
    snapshots: Vec<Snapshot>,
) -> Result<Hosts, StartError> {
    make(&engine, &lab, &identity, snapshots.into_iter().map(Some).collect()).await
}

/// Gives the boxes of an attempt back their start: what was written is dropped, they are set up again with the same
/// variables, and handed over. Done again after it broke half way, it does the same.
///
/// # Errors
/// Why not. The boxes may be empty then.
pub async fn reset(hosts: &Hosts, lab: &Lab, vars: &Vars) -> Result<(), ResetError> {
    hosts.drop_disks().await?;
    set_up_all(hosts, lab, vars).await?;
    Ok(hosts.handover().await?)
}

async fn set_up_all(hosts: &Hosts, lab: &Lab, vars: &Vars) -> Result<(), StartError> {
    for (host, sandbox) in lab.hosts.iter().zip(hosts.iter()) {
        set_up(sandbox, host, vars).await?;
    }
    Ok(())
}

async fn make(
    engine: &Arc<dyn Engine>,
    lab: &Arc<Lab>,
    identity: &Identity,
    snapshots: Vec<Option<Snapshot>>,
) -> Result<Hosts, StartError> {
    let network = if lab.hosts.len() > 1 { Some(engine.create_network(identity).await?) } else { None };
    let up = snapshots.into_iter().enumerate().take(lab.hosts.len()).map(|(host, snapshot)| {
        let (lab, network) = (Arc::clone(lab), network.clone());
        let spec = SandboxSpec { identity: identity.clone(), lab, host, network, restore: snapshot.is_some() };
        bring_up(engine, spec, snapshot)
    });
    let mut failed = None;
    let mut sandboxes = Vec::new();
    for up in join_all(up).await {
        match up {
            Ok(sandbox) => sandboxes.push(sandbox),
            Err(error) => failed = Some(error),
        }
    }
    let Some(error) = failed else { return Ok(Hosts::new(sandboxes)) };
    give_up(engine, sandboxes.iter(), lab, identity).await;
    Err(error)
}

async fn give_up(engine: &Arc<dyn Engine>, sandboxes: impl Iterator<Item = &Sandbox>, lab: &Lab, identity: &Identity) {
    for sandbox in sandboxes {
        remove(sandbox).await;
    }
    if lab.hosts.len() > 1
        && let Err(error) = engine.remove_network(identity.group()).await
    {
        tracing::warn!(group = %identity.group(), %error, "the network of a lab that did not start could not be removed");
    }
}

/// Makes one sandbox and waits until its box is ready.
async fn bring_up(
    engine: &Arc<dyn Engine>,
    spec: SandboxSpec,
    snapshot: Option<Snapshot>,
) -> Result<Sandbox, StartError> {
    let id = spec.id()?;
    let container = engine.create(&spec).await?;
    let sandbox = Sandbox::new(Arc::clone(engine), id, spec.settings().name.clone(), container);
    let up = async {
        if let Some(snapshot) = snapshot {
            sandbox.restore(snapshot).await.map_err(|error| StartError::NotReady {
                reason: error.to_string(),
                likely: "The snapshot may be damaged, or larger than the lab's disk is now.".into(),
            })?;
        }
        wait_ready(&sandbox).await
    };
    match up.await {
        Ok(()) => Ok(sandbox),
        Err(error) => {
            remove(&sandbox).await;
            Err(error)
        }
    }
}

async fn remove(sandbox: &Sandbox) {
    if let Err(error) = sandbox.remove().await {
        tracing::warn!(sandbox = %sandbox.id, %error, "a sandbox that did not start could not be removed");
    }
}

async fn wait_ready(sandbox: &Sandbox) -> Result<(), StartError> {
    let deadline = Instant::now() + READY_WITHIN;
    let mut hello = sandbox.hello().await;
    loop {
        let trouble = match hello {
            Ok(hello) if hello.version != wire::VERSION => {
                return Err(StartError::NotReady {
                    reason: format!(
                        "its agent speaks version {} of the protocol, and the server {}",
                        hello.version,
                        wire::VERSION
                    ),
                    likely: "Build both from the same source.".into(),
                });
            }
            Ok(hello) if hello.ready => return Ok(()),
            Ok(hello) => hello.trouble,
            Err(SandboxError::Gone(_)) => return Err(ended(sandbox).await),
            Err(error) => Some(error.to_string()),
        };
        if Instant::now() >= deadline {
            let reason = match trouble {
                Some(trouble) => format!("after {} seconds: {trouble}", READY_WITHIN.as_secs()),
                None => format!("it was not up after {} seconds", READY_WITHIN.as_secs()),
            };
            return Err(StartError::NotReady { reason, likely: likely_cause() });
        }
        // Where all is well the agent answers when it is so; what is in trouble says so at once, and a moment later again.
        if trouble.is_some() {
            sleep(LOOK_EVERY).await;
        }
        hello = sandbox.ready(deadline.saturating_duration_since(Instant::now())).await;
    }
}

/// What to say of a container that has ended while its box was to come up.
async fn ended(sandbox: &Sandbox) -> StartError {
    match sandbox.life().await {
        Ok(Life::Ended { out_of_memory: true, .. }) => StartError::NotReady {
            reason: "its memory was not enough".into(),
            likely: "Raise `memory` in the lab's [sandbox].".into(),
        },
        Ok(Life::Ended { code, log, .. }) => {
            let last = log.lines().last().map(|line| format!(" and said: {line}")).unwrap_or_default();
            StartError::NotReady {
                reason: format!("its agent ended with exit code {code}{last}"),
                likely: likely_cause(),
            }
        }
        Ok(Life::Running | Life::Frozen | Life::Missing) => StartError::NotReady {
            reason: "its container is gone".into(),
            likely: "Somebody has removed it: try again.".into(),
        },
        Err(error) => StartError::Engine(error),
    }
}

/// The likely cause of a box that doesn't come up.
fn likely_cause() -> String {
    let instances = std::fs::read_to_string(INOTIFY).ok().and_then(|text| text.trim().parse::<u32>().ok());
    match instances {
        Some(instances) if instances < INOTIFY_ENOUGH => format!(
            "Likely the machine has too few inotify instances ({instances}): sysctl -w fs.inotify.max_user_instances=1048576 (belay doctor checks it)."
        ),
        _ => "Likely the machine is short of memory or very busy: try again in a minute, and look at belay doctor."
            .into(),
    }
}

async fn set_up(sandbox: &Sandbox, host: &Host, vars: &Vars) -> Result<(), StartError> {
    let Some(setup) = &host.setup else { return Ok(()) };
    let run = Run {
        argv: setup.argv(),
        env: vars.env(),
        stdin: String::new(),
        user: "root".into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: SETUP_MS,
    };
    let failed = |ended: String, output: String| StartError::Setup { script: setup.path.clone(), ended, output };
    match sandbox.run(run).await {
        Ok(result) if result.succeeded() => Ok(()),
        Ok(result) => Err(failed(how_it_ended(&result), end_of_output(&result))),
        Err(error) => Err(failed("could not be run".into(), error.to_string())),
    }
}

/// How a program ended, in words that follow its name.
#[must_use]
pub fn how_it_ended(result: &RunResult) -> String {
    match result.code {
        _ if result.timed_out => "took too long and was stopped".into(),
        Some(code) => format!("ended with exit code {code}"),
        None => "was killed".into(),
    }
}

/// The end of what a program printed: where it failed it says so in its last lines.
pub(crate) fn end_of_output(result: &RunResult) -> String {
    let all = format!("{}\n{}", result.stdout.trim(), result.stderr.trim());
    let all = all.trim();
    let skip = all.chars().count().saturating_sub(OUTPUT);
    all.chars().skip(skip).collect()
}
