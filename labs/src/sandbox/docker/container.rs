//! What a sandbox's container is like.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, ContainerSummary, ContainerSummaryStateEnum, HostConfig, HostConfigCgroupnsModeEnum,
    HostConfigLogConfig, Mount, ResourcesUlimits, RestartPolicy, RestartPolicyNameEnum,
};
use uuid::Uuid;

use super::{
    agent,
    confinement::{self, AppArmor},
    network,
};
use crate::sandbox::engine::{ContainerId, EngineError, Found, SandboxSpec, Warmth};

pub(super) const SANDBOX: &str = "belay.sandbox";
pub(super) const LAB: &str = "belay.lab";
pub(super) const GROUP: &str = "belay.group";
pub(super) const HOST: &str = "belay.host";
pub(super) const HOSTNAME: &str = "belay.hostname";
pub(super) const ATTEMPT: &str = "belay.attempt";
pub(super) const INSTANCE: &str = "belay.instance";
pub(super) const NODE: &str = "belay.node";
/// The fingerprint of one that was made before anybody asked, and the seed of its variables.
pub(super) const POOL: &str = "belay.pool";
pub(super) const SEED: &str = "belay.seed";

/// What the agent may use besides the box, in bytes and tasks. The box's own limits are lower than the
/// container's by as much, so that the box dies first.
const AGENT_MEMORY: u64 = 64 << 20;
const AGENT_PIDS: u64 = 64;

/// How many processors the agent may use besides the box. Until the learner is let in, the box has them: see
/// [`wire::BoxSpec::milli_cpus`].
const AGENT_CPUS: f64 = 1.0;

/// How many files a process may hold open.
const OPEN_FILES: i64 = 16_384;
/// One byte: no core is written, and none is handed to a program of the host either. With nought the kernel would still
/// start whatever the host's `core_pattern` names, as the host's root, for a program that dies in the box.
const CORE: i64 = 1;
/// How many signals and timers may wait. The kernel counts them by user, and root in the box is the host's user 0.
const PENDING_SIGNALS: i64 = 4096;

/// What of the engine matters for a container.
pub(super) struct Place<'a> {
    pub seccomp: bool,
    pub apparmor: Option<AppArmor>,
    /// Its processors, 0 where it does not say.
    pub cpus: u32,
    pub node: &'a str,
    pub runtime: Option<&'a str>,
    /// The directory by which this machine reaches the agent.
    pub shared: Option<Mount>,
}

/// What the engine is asked for.
pub(super) fn body(
    spec: &SandboxSpec,
    image: &str,
    volume: &str,
    place: &Place<'_>,
) -> Result<ContainerCreateBody, EngineError> {
    let settings = spec.settings();
    let told = serde_json::to_string(&spec.box_spec())
        .map_err(|error| EngineError::Failed { doing: "describing the box".into(), reason: error.to_string() })?;
    let memory = whole(settings.memory + AGENT_MEMORY);
    let nano_cpus = processors(settings.cpus, place.cpus);
    let host = HostConfig {
        memory: Some(memory),
        // No swap: the same limit for both together.
        memory_swap: Some(memory),
        nano_cpus: Some(nano_cpus),
        pids_limit: Some(whole(settings.pids + AGENT_PIDS)),
        ulimits: Some(vec![limit("nofile", OPEN_FILES), limit("core", CORE), limit("sigpending", PENDING_SIGNALS)]),
        readonly_rootfs: Some(true),
        cgroupns_mode: Some(HostConfigCgroupnsModeEnum::PRIVATE),
        cap_add: Some(
            ["SYS_ADMIN", "SYS_PTRACE"]
                .into_iter()
                .chain(settings.capabilities.iter().map(|capability| capability.name()))
                .map(Into::into)
                .collect(),
        ),
        security_opt: Some(confinement::options(place.seccomp, place.apparmor)),
        network_mode: Some(spec.network.as_ref().map_or("none", |network| &network.name).into()),
        // The engine's own name server would hand questions on to the world outside.
        dns: spec.network.as_ref().map(|_| vec!["127.0.0.1".into()]),
        // It takes its time to say that it knows no other names.
        dns_options: spec.network.as_ref().map(|_| vec!["timeout:1".into(), "attempts:1".into()]),
        extra_hosts: Some(neighbours(spec)),
        tmpfs: Some(HashMap::from([
            ("/belay".into(), "mode=0700,size=4m".into()),
            ("/box".into(), "mode=0755,size=64k".into()),
        ])),
        shm_size: Some(1 << 20),
        mounts: Some([agent::mount(volume)].into_iter().chain(place.shared.clone()).collect()),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".into()),
            config: Some(HashMap::from([("max-size".into(), "256k".into()), ("max-file".into(), "1".into())])),
        }),
        restart_policy: Some(RestartPolicy { name: Some(RestartPolicyNameEnum::NO), maximum_retry_count: None }),
        runtime: place.runtime.map(Into::into),
        ..HostConfig::default()
    };
    Ok(ContainerCreateBody {
        image: Some(image.into()),
        entrypoint: Some(vec![agent::program()]),
        cmd: Some(Vec::new()),
        user: Some("0:0".into()),
        working_dir: Some("/".into()),
        hostname: Some(settings.name.clone()),
        env: Some(vec![format!("{}={told}", wire::SPEC_ENV), "container=docker".into()]),
        labels: Some(labels(spec, place.node)?),
        networking_config: spec.network.as_ref().map(|network| network::joined(network, spec.host)),
        stop_signal: Some("SIGKILL".into()),
        host_config: Some(host),
        ..ContainerCreateBody::default()
    })
}

/// What a container may use of the processors, in billionths of one: the box's part and the agent's, as far as the
/// machine has so much. More than the machine has is the lab's mistake, and the engine says so.
fn processors(of_box: f64, machine: u32) -> i64 {
    let with_agent = of_box + AGENT_CPUS;
    let most = if machine == 0 { of_box } else { f64::from(machine).max(of_box) };
    #[expect(clippy::cast_possible_truncation, reason = "the catalogue allows 64 processors at most")]
    let nano = (with_agent.min(most) * 1e9) as i64;
    nano
}

fn limit(name: &str, most: i64) -> ResourcesUlimits {
    ResourcesUlimits { name: Some(name.into()), soft: Some(most), hard: Some(most) }
}

/// The name of a sandbox's container.
pub(super) fn name(sandbox: Uuid) -> String {
    format!("belay-{sandbox}")
}

/// Who is known by name. In a network the engine adds the host itself.
fn neighbours(spec: &SandboxSpec) -> Vec<String> {
    let Some(network) = &spec.network else { return vec![format!("{}:127.0.1.1", spec.settings().name)] };
    let others = spec.lab.hosts.iter().enumerate().filter(|(at, _)| *at != spec.host);
    others.map(|(at, host)| format!("{}:{}", host.name, network.address(at))).collect()
}

fn labels(spec: &SandboxSpec, node: &str) -> Result<HashMap<String, String>, EngineError> {
    let mut labels = HashMap::from([
        (SANDBOX.to_string(), spec.id()?.to_string()),
        (GROUP.into(), spec.identity.group().to_string()),
        (HOST.into(), spec.host.to_string()),
        (HOSTNAME.into(), spec.settings().name.clone()),
        (LAB.into(), spec.lab.id.clone()),
        (INSTANCE.into(), spec.identity.instance.clone()),
        (NODE.into(), node.into()),
    ]);
    if let Some(attempt) = spec.identity.attempt {
        labels.insert(ATTEMPT.into(), attempt.to_string());
    }
    if let Some(warm) = &spec.identity.warm {
        labels.insert(POOL.into(), warm.fingerprint.clone());
        labels.insert(SEED.into(), warm.seed.to_string());
    }
    Ok(labels)
}

/// A listed container as a sandbox. One whose labels make no sense keeps a nil id: it belongs to nobody, and
/// whoever tidies up removes it.
pub(super) fn found(container: ContainerSummary) -> Option<Found> {
    let labels = container.labels.unwrap_or_default();
    let id = |label: &str| labels.get(label).and_then(|id| id.parse().ok()).unwrap_or_default();
    Some(Found {
        container: ContainerId(container.id?),
        sandbox: id(SANDBOX),
        group: id(GROUP),
        host: (
            labels.get(HOST).and_then(|host| host.parse().ok()).unwrap_or_default(),
            labels.get(HOSTNAME).cloned().unwrap_or_default(),
        ),
        attempt: labels.get(ATTEMPT).and_then(|id| id.parse().ok()),
        lab: labels.get(LAB).cloned().unwrap_or_default(),
        running: matches!(
            container.state,
            Some(ContainerSummaryStateEnum::RUNNING | ContainerSummaryStateEnum::PAUSED)
        ),
        frozen: container.state == Some(ContainerSummaryStateEnum::PAUSED),
        warm: labels.get(POOL).map(|fingerprint| Warmth {
            fingerprint: fingerprint.clone(),
            // One whose seed can't be read fits no lab: see `Pool::adopt`.
            seed: labels.get(SEED).and_then(|seed| seed.parse().ok()).unwrap_or_default(),
        }),
    })
}

fn whole(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::processors;

    #[test]
    fn the_agent_has_a_processor_of_its_own_where_there_is_one() {
        assert_eq!(processors(0.5, 8), 1_500_000_000);
        assert_eq!(processors(1.5, 2), 2_000_000_000);
        assert_eq!(processors(0.5, 0), 500_000_000);
        // The engine refuses it with words.
        assert_eq!(processors(4.0, 2), 4_000_000_000);
    }
}
