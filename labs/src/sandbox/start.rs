//! From nothing to a box that is set up.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep};
use wire::{Place, Run, RunResult};

use super::{
    Sandbox,
    engine::{Engine, Identity, Life, SandboxSpec},
    error::{SandboxError, StartError},
};
use crate::catalog::{Lab, Vars};

/// How long a box has to come up.
const READY_WITHIN: Duration = Duration::from_secs(60);

/// How often it is looked at meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How long a lab's setup may take, in milliseconds.
const SETUP_MS: u64 = 120_000;

/// How much of a script's output an error shows, in characters.
const OUTPUT: usize = 2_000;

/// The kernel's setting under which few boxes fit on a machine.
const INOTIFY: &str = "/proc/sys/fs/inotify/max_user_instances";
const INOTIFY_ENOUGH: u32 = 1024;

/// Makes a sandbox for a lab and sets it up. The learner is not let in yet: see [`Sandbox::handover`].
///
/// # Errors
/// Why it could not be started; nothing is left of it then.
pub async fn start(
    engine: Arc<dyn Engine>,
    lab: Arc<Lab>,
    vars: &Vars,
    identity: Identity,
) -> Result<Sandbox, StartError> {
    let spec = SandboxSpec { identity, lab };
    let container = engine.create(&spec).await?;
    let sandbox = Sandbox::new(engine, spec.identity.sandbox, container);
    let ready = async {
        wait_ready(&sandbox).await?;
        set_up(&sandbox, &spec.lab, vars).await
    };
    match ready.await {
        Ok(()) => Ok(sandbox),
        Err(error) => {
            if let Err(error) = sandbox.remove().await {
                tracing::warn!(sandbox = %sandbox.id, %error, "a sandbox that did not start could not be removed");
            }
            Err(error)
        }
    }
}

async fn wait_ready(sandbox: &Sandbox) -> Result<(), StartError> {
    let deadline = Instant::now() + READY_WITHIN;
    loop {
        let trouble = match sandbox.hello().await {
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
        sleep(LOOK_EVERY).await;
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
        Ok(Life::Running | Life::Missing) => StartError::NotReady {
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
            "Likely the machine has too few inotify instances ({instances}): sysctl -w fs.inotify.max_user_instances=8192 (belay doctor checks it)."
        ),
        _ => "Likely the machine is short of memory or very busy: try again in a minute, and look at belay doctor."
            .into(),
    }
}

async fn set_up(sandbox: &Sandbox, lab: &Lab, vars: &Vars) -> Result<(), StartError> {
    let run = Run {
        argv: lab.setup.argv(),
        env: vars.env(),
        stdin: String::new(),
        user: "root".into(),
        place: Place::Inside,
        as_learner: false,
        limit_ms: SETUP_MS,
    };
    let failed = |ended: String, output: String| StartError::Setup { script: lab.setup.path.clone(), ended, output };
    match sandbox.run(run).await {
        Ok(result) if result.succeeded() => Ok(()),
        Ok(result) => Err(failed(how_it_ended(&result), end_of_output(&result))),
        Err(error) => Err(failed("could not be run".into(), error.to_string())),
    }
}

/// How a program ended, in words that follow its name.
pub(crate) fn how_it_ended(result: &RunResult) -> String {
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
