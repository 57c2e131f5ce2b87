//! The Docker engine, by its API. Nothing else knows bollard.

mod address;
mod agent;
mod client;
mod confinement;
mod connection;
mod container;
mod context;
mod freezer;
mod images;
mod memory;
mod network;
mod shortcut;
mod unused;
mod watch;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime},
};

use async_trait::async_trait;
use bollard::{
    container::LogOutput,
    models::{ContainerCreateBody, ContainerState, SystemInfoCgroupVersionEnum},
    query_parameters::{
        CreateContainerOptions, InspectContainerOptions, ListContainersOptions, LogsOptions, RemoveContainerOptions,
        StartContainerOptions,
    },
};
use chrono::DateTime;
use futures::{StreamExt, stream::BoxStream};
use tokio::sync::OnceCell;
use tokio_util::compat::TokioAsyncReadCompatExt;
use uuid::Uuid;

pub use self::confinement::AppArmor;
use self::{
    agent::Agent,
    client::{Client, failed, status, words},
    container::Place,
    images::Images,
    shortcut::Shortcuts,
};
use super::engine::{
    ByteStream, ContainerId, Engine, EngineError, EngineInfo, Found, Identity, Life, Network, SandboxSpec, Unused,
};
use crate::catalog::Lab;
use wire::Capability;

/// The oldest version of the API that has all that is asked for: that of Docker 20.10.
const OLDEST_API: (u32, u32) = (1, 41);

/// What is needed to work with a Docker engine.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The agent's program, built for the engine's machine.
    pub agent: PathBuf,
    /// The directory with one folder for each base image: `plain/Dockerfile` is `belay/plain`.
    pub images: PathBuf,
    /// What this machine is called in the label `belay.node`.
    pub node: String,
    /// A container runtime by name, where it shall not be the engine's default.
    pub runtime: Option<String>,
    /// How AppArmor, where the engine has it, holds sandboxes.
    pub apparmor: AppArmor,
    /// What labs may ask for beyond the usual: an administrator's choice.
    pub capabilities: Vec<Capability>,
    /// A directory, below which each sandbox shares one with an engine on this machine: the short way to its agent.
    pub links: Option<PathBuf>,
}

/// A Docker engine. It is reached when it is first needed, where `DOCKER_HOST` says or at the usual socket.
#[derive(Debug)]
pub struct Docker {
    client: Client,
    /// What the engine said of itself when it was first asked.
    info: OnceCell<EngineInfo>,
    images: Images,
    agent: Agent,
    node: String,
    runtime: Option<String>,
    apparmor: AppArmor,
    capabilities: Vec<Capability>,
    shortcuts: Shortcuts,
}

impl Docker {
    /// An engine that may or may not be there: see [`Engine::check`].
    #[must_use]
    pub fn new(options: Options) -> Self {
        Self {
            client: Client::default(),
            info: OnceCell::new(),
            images: Images::new(options.images),
            agent: Agent::new(options.agent),
            node: options.node,
            runtime: options.runtime,
            apparmor: options.apparmor,
            capabilities: options.capabilities,
            shortcuts: Shortcuts::new(options.links),
        }
    }

    async fn info(&self) -> Result<&EngineInfo, EngineError> {
        self.info.get_or_try_init(|| self.check()).await
    }

    /// A container that runs, or what was being done when the engine refused and why; nothing is left of it then.
    async fn create_and_start(
        &self,
        docker: &bollard::Docker,
        sandbox: Uuid,
        body: ContainerCreateBody,
    ) -> Result<ContainerId, (&'static str, bollard::errors::Error)> {
        let options =
            CreateContainerOptions { name: Some(container::name(sandbox)), ..CreateContainerOptions::default() };
        let created = docker.create_container(Some(options), body).await;
        let container = ContainerId(created.map_err(|error| ("creating the sandbox", error))?.id);
        if let Err(error) = docker.start_container(&container.0, None::<StartContainerOptions>).await {
            if let Err(error) = self.remove(&container).await {
                tracing::warn!(%container, %error, "a sandbox that did not start could not be removed");
            }
            return Err(("starting the sandbox", error));
        }
        Ok(container)
    }
}

#[async_trait]
impl Engine for Docker {
    async fn check(&self) -> Result<EngineInfo, EngineError> {
        let docker = self.client.get().await?;
        let version = docker.version().await.map_err(failed("asking for the engine's version"))?;
        let info = docker.info().await.map_err(failed("asking the engine about itself"))?;
        self.shortcuts.meet(&info);
        let unfit = |what: String, remedy: &str| Err(EngineError::Unavailable { what, remedy: remedy.into() });

        let name = format!("Docker {}", version.version.unwrap_or_default());
        let api = version.api_version.unwrap_or_default();
        if numbers(&api) < OLDEST_API {
            return unfit(format!("{name} is too old: it speaks API {api}."), "Install Docker 20.10 or newer.");
        }
        if info.os_type.as_deref().is_some_and(|os| os != "linux") {
            return unfit(format!("{name} does not run Linux containers."), "Switch it to Linux containers.");
        }
        if info.memory_limit == Some(false) || info.pids_limit == Some(false) {
            return unfit(
                format!("{name} can't limit memory and processes on this kernel."),
                "Start the kernel with cgroup_enable=memory (and the pids controller).",
            );
        }
        if let (Some(runtime), Some(known)) = (&self.runtime, &info.runtimes)
            && !known.contains_key(runtime)
        {
            let known = known.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            return unfit(
                format!("{name} has no runtime named {runtime}; it has: {known}."),
                "Install it, or name another.",
            );
        }
        let has = |what: &str| {
            info.security_options.iter().flatten().any(|option| option.split(',').any(|part| part == what))
        };
        let (seccomp, apparmor) = (has("name=seccomp"), has("name=apparmor"));
        if self.apparmor == AppArmor::Belay && !apparmor {
            return unfit(
                format!("{name} has no AppArmor on its machine, and the configuration asks for Belay's profiles."),
                "Leave out apparmor = \"belay\", or switch AppArmor on there.",
            );
        }
        Ok(EngineInfo {
            name,
            cgroups: if info.cgroup_version == Some(SystemInfoCgroupVersionEnum::_2) { 2 } else { 1 },
            seccomp,
            apparmor,
            architecture: info.architecture.unwrap_or_default(),
            memory: info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
            cpus: info.ncpu.and_then(|count| u32::try_from(count).ok()).unwrap_or_default(),
        })
    }

    async fn prepare(&self, lab: &Lab) -> Result<String, EngineError> {
        let docker = self.client.get().await?;
        confinement::allowed(lab, &self.capabilities)?;
        let architecture = &self.info().await?.architecture;
        let volume = self.agent.volume(docker, architecture).await?;
        let mut fingerprint = format!("{} {}", volume.hash, confinement::fingerprint());
        for host in &lab.hosts {
            let image = self.images.of_host(docker, lab, host).await?;
            fingerprint = format!("{} {fingerprint}", image.id);
        }
        Ok(fingerprint)
    }

    async fn create(&self, spec: &SandboxSpec) -> Result<ContainerId, EngineError> {
        let docker = self.client.get().await?;
        let info = self.info().await?;
        let volume = self.agent.volume(docker, &info.architecture);
        let image = self.images.of_host(docker, &spec.lab, spec.settings());
        let (volume, image) = tokio::try_join!(volume, image)?;
        confinement::allowed(&spec.lab, &self.capabilities)?;
        let apparmor = info.apparmor.then_some(self.apparmor);
        let shared = self.shortcuts.prepare(&spec.identity, spec.id()?);
        let mut place = Place {
            seccomp: info.seccomp,
            apparmor,
            cpus: info.cpus,
            node: &self.node,
            runtime: self.runtime.as_deref(),
            shared,
        };
        loop {
            let body = container::body(spec, &image.reference, &volume.name, &place)?;
            match self.create_and_start(docker, spec.id()?, body).await {
                Ok(container) => return Ok(container),
                Err((_, error)) if place.shared.is_some() && self.shortcuts.refused(&words(&error)) => {
                    place.shared = None;
                }
                Err((doing, error)) => {
                    let missing = confinement::profile_missing(&words(&error), apparmor);
                    return Err(missing.unwrap_or_else(|| failed(doing)(error)));
                }
            }
        }
    }

    async fn connect(&self, container: &ContainerId) -> Result<Box<dyn ByteStream>, EngineError> {
        let docker = self.client.get().await?;
        if self.shortcuts.any() {
            let seen = docker.inspect_container(&container.0, None::<InspectContainerOptions>).await;
            let seen = seen.map_err(connection::gone_or_failed)?;
            let state = seen.state.clone().unwrap_or_default();
            if state.paused == Some(true) {
                // It would take the connection and not answer.
                return Err(EngineError::Frozen);
            }
            if state.running == Some(true)
                && let Some(stream) = self.shortcuts.connect(&seen, age(&state)).await
            {
                return Ok(Box::new(stream.compat()));
            }
        }
        Ok(Box::new(connection::connect(docker, container).await?))
    }

    async fn list(&self, instance: &str) -> Result<Vec<Found>, EngineError> {
        let label = format!("{}={instance}", container::INSTANCE);
        let options = ListContainersOptions {
            all: true,
            filters: Some(HashMap::from([("label".to_string(), vec![label])])),
            ..ListContainersOptions::default()
        };
        let list =
            self.client.get().await?.list_containers(Some(options)).await.map_err(failed("listing the sandboxes"))?;
        let found: Vec<Found> = list.into_iter().filter_map(container::found).collect();
        let stale = self.shortcuts.stale(instance, |sandbox| found.iter().any(|found| found.sandbox == sandbox));
        shortcut::remove(stale).await;
        Ok(found)
    }

    async fn life(&self, container: &ContainerId) -> Result<Life, EngineError> {
        let docker = self.client.get().await?;
        let state = match docker.inspect_container(&container.0, None::<InspectContainerOptions>).await {
            Ok(seen) => seen.state.unwrap_or_default(),
            Err(error) if status(&error) == Some(404) => return Ok(Life::Missing),
            Err(error) => return Err(failed("looking at a sandbox")(error)),
        };
        if state.running == Some(true) {
            return Ok(if state.paused == Some(true) { Life::Frozen } else { Life::Running });
        }
        let options = LogsOptions { stdout: true, stderr: true, tail: "20".into(), ..LogsOptions::default() };
        let lines =
            docker.logs(&container.0, Some(options)).filter_map(|line| async { line.ok().map(LogOutput::into_bytes) });
        let log = lines.collect::<Vec<_>>().await.concat();
        Ok(Life::Ended {
            code: state.exit_code.unwrap_or_default(),
            out_of_memory: state.oom_killed.unwrap_or_default(),
            log: String::from_utf8_lossy(&log).trim().to_string(),
        })
    }

    async fn freeze(&self, container: &ContainerId) -> Result<(), EngineError> {
        freezer::freeze(self.client.get().await?, container).await
    }

    async fn thaw(&self, container: &ContainerId) -> Result<(), EngineError> {
        freezer::thaw(self.client.get().await?, container).await
    }

    async fn remove(&self, container: &ContainerId) -> Result<(), EngineError> {
        let docker = self.client.get().await?;
        let shared = if self.shortcuts.any() {
            let seen = docker.inspect_container(&container.0, None::<InspectContainerOptions>).await;
            seen.ok().and_then(|seen| self.shortcuts.of(&seen))
        } else {
            None
        };
        let options = RemoveContainerOptions { force: true, v: true, link: false };
        match docker.remove_container(&container.0, Some(options)).await {
            Ok(()) => {}
            // 409: somebody else is removing it.
            Err(error) if matches!(status(&error), Some(404 | 409)) => {}
            Err(error) => return Err(failed("removing a sandbox")(error)),
        }
        shortcut::remove(shared.into_iter().collect()).await;
        Ok(())
    }

    async fn memory_free(&self) -> Option<u64> {
        let info = self.info().await.ok()?;
        memory::free(info.memory)
    }

    async fn create_network(&self, identity: &Identity) -> Result<Network, EngineError> {
        network::create(self.client.get().await?, identity, &self.node).await
    }

    async fn remove_network(&self, group: Uuid) -> Result<(), EngineError> {
        network::remove(self.client.get().await?, group).await
    }

    async fn networks(&self, instance: &str) -> Result<Vec<Uuid>, EngineError> {
        network::list(self.client.get().await?, instance).await
    }

    fn changes<'a>(&'a self, instance: &'a str) -> BoxStream<'a, Result<(), EngineError>> {
        watch::changes(&self.client, instance)
    }

    async fn memory_used(&self, container: &ContainerId) -> Result<Option<u64>, EngineError> {
        watch::memory_used(self.client.get().await?, container).await
    }

    async fn unused(&self, instance: &str, labs: &[Arc<Lab>]) -> Result<Vec<Unused>, EngineError> {
        let docker = self.client.get().await?;
        if unused::shared(docker, instance).await? {
            return Ok(Vec::new());
        }
        let agent = self.agent.current().await;
        let mut found = unused::agents(docker, agent.as_deref()).await?;
        found.extend(unused::images(docker, &self.images, labs, agent.as_deref()).await?);
        found.sort();
        Ok(found)
    }

    async fn discard(&self, unused: &Unused) -> Result<bool, EngineError> {
        unused::discard(self.client.get().await?, unused).await
    }
}

/// The numbers of a version such as "1.41".
fn numbers(version: &str) -> (u32, u32) {
    let (major, minor) = version.split_once('.').unwrap_or((version, "0"));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

/// For how long a container has run, as far as that is known.
fn age(state: &ContainerState) -> Duration {
    let started = state.started_at.as_deref().and_then(|at| DateTime::parse_from_rfc3339(at).ok());
    started.and_then(|at| SystemTime::from(at).elapsed().ok()).unwrap_or_default()
}
