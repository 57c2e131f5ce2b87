//! What holds a sandbox's container from outside: a filter of system calls, and a profile of AppArmor.
//!
//! Both lie around the agent. The box, inside, is under the agent's own filter and under a profile of its own as well.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use wire::Capability;

use crate::{catalog::Lab, hex, sandbox::engine::EngineError};

/// Docker's own filter with what `docker/seccomp/README.md` lists: it goes along with each container, so that no file of
/// the engine's machine is asked for.
const FILTER: &str = include_str!("../../../../docker/seccomp/sandbox.json");

/// The profile of the agent, where an administrator has loaded it; the agent puts the box under `belay-box`.
const AGENT_PROFILE: &str = "belay-agent";

/// How the kernel's AppArmor, where the engine's machine has it, holds a sandbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppArmor {
    /// The agent under no profile, the box under Docker's own. It asks nothing of the host.
    #[default]
    Docker,
    /// The agent and the box each under a profile of Belay's, which an administrator has loaded on the engine's machine.
    Belay,
}

/// The container's options for security.
pub(super) fn options(seccomp: bool, apparmor: Option<AppArmor>) -> Vec<String> {
    let filter = seccomp.then(|| format!("seccomp={FILTER}"));
    let profile = apparmor.map(|way| match way {
        // The agent confines the box itself; under Docker's profile it could not build it.
        AppArmor::Docker => "apparmor=unconfined".to_string(),
        AppArmor::Belay => format!("apparmor={AGENT_PROFILE}"),
    });
    filter.into_iter().chain(profile).collect()
}

/// Another filter, another fingerprint.
pub(super) fn fingerprint() -> String {
    hex(&Sha256::digest(FILTER))[..12].to_string()
}

/// That a lab asks for no right that nobody here has allowed.
pub(super) fn allowed(lab: &Lab, allowed: &[Capability]) -> Result<(), EngineError> {
    let asked: BTreeSet<Capability> = lab.hosts.iter().flat_map(|host| host.capabilities.iter().copied()).collect();
    let names = |chosen: &dyn Fn(&Capability) -> bool| {
        asked.iter().filter(|one| chosen(one)).map(|one| one.name().to_string()).collect::<Vec<_>>()
    };
    let missing = names(&|capability| !allowed.contains(capability));
    if missing.is_empty() {
        return Ok(());
    }
    Err(EngineError::Unavailable {
        what: format!("The lab {} asks for more rights than labs have here: {}.", lab.id, missing.join(", ")),
        remedy: format!(
            "An administrator can allow it in belay.toml, for all labs: lab_capabilities = [\"{}\"].",
            names(&|_| true).join("\", \"")
        ),
    })
}

/// Words for a container that could not be started for want of a profile.
pub(super) fn profile_missing(reason: &str, way: Option<AppArmor>) -> Option<EngineError> {
    let about_it = way == Some(AppArmor::Belay) && reason.to_lowercase().contains("apparmor");
    about_it.then(|| EngineError::Unavailable {
        what: format!(
            "The engine's machine has no AppArmor profile {AGENT_PROFILE}, which the configuration asks for."
        ),
        remedy: "Load it there: apparmor_parser -r docker/apparmor/belay; or leave out apparmor = \"belay\".".into(),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn filter() -> serde_json::Value {
        serde_json::from_str(FILTER).expect("it is JSON")
    }

    /// The calls that some rule lets through, under these of the container's capabilities.
    fn allowed_with(capabilities: &[&str]) -> BTreeSet<String> {
        let filter = filter();
        let names = |value: &serde_json::Value| -> Vec<String> {
            value.as_array().into_iter().flatten().filter_map(|name| Some(name.as_str()?.to_string())).collect()
        };
        let applies = |rule: &serde_json::Value| {
            names(&rule["includes"]["caps"]).iter().all(|needed| capabilities.contains(&needed.as_str()))
                && !names(&rule["excludes"]["caps"]).iter().any(|not| capabilities.contains(&not.as_str()))
        };
        let rules = filter["syscalls"].as_array().expect("rules").iter();
        rules
            .filter(|rule| rule["action"] == "SCMP_ACT_ALLOW" && applies(rule))
            .flat_map(|rule| names(&rule["names"]))
            .collect()
    }

    const OF_THE_CONTAINER: &[&str] = &["CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_SYS_CHROOT"];

    #[test]
    fn the_filter_refuses_what_it_does_not_name_and_knows_one_architecture_at_a_time() {
        let filter = filter();
        assert_eq!(filter["defaultAction"], "SCMP_ACT_ERRNO");
        for architecture in filter["archMap"].as_array().expect("architectures") {
            assert_eq!(architecture["subArchitectures"], serde_json::json!([]), "no door for 32-bit calls");
        }
    }

    #[test]
    fn what_the_agent_needs_is_there_and_the_kernel_itself_is_not() {
        let allowed = allowed_with(OF_THE_CONTAINER);
        for needed in
            ["mount", "umount2", "pivot_root", "setns", "unshare", "clone", "seccomp", "process_vm_readv", "mknod"]
        {
            assert!(allowed.contains(needed), "{needed}");
        }
        for refused in [
            "add_key",
            "bpf",
            "delete_module",
            "finit_module",
            "fsopen",
            "init_module",
            "io_uring_setup",
            "ioperm",
            "iopl",
            "kexec_file_load",
            "kexec_load",
            "keyctl",
            "mount_setattr",
            "move_mount",
            "name_to_handle_at",
            "open_by_handle_at",
            "open_tree",
            "perf_event_open",
            "quotactl",
            "reboot",
            "request_key",
            "settimeofday",
            "swapon",
            "syslog",
            "userfaultfd",
            "vhangup",
        ] {
            assert!(!allowed.contains(refused), "{refused}");
        }
    }

    #[test]
    fn without_the_agents_rights_nothing_of_it_is_there() {
        let allowed = allowed_with(&[]);
        for refused in ["mount", "pivot_root", "setns", "unshare", "umount2", "sethostname"] {
            assert!(!allowed.contains(refused), "{refused}");
        }
    }

    #[test]
    fn the_options_say_only_what_the_engine_knows() {
        assert_eq!(options(false, None), Vec::<String>::new());
        assert_eq!(options(false, Some(AppArmor::Docker)), ["apparmor=unconfined"]);
        assert_eq!(options(false, Some(AppArmor::Belay)), ["apparmor=belay-agent"]);
        assert!(options(true, None)[0].starts_with("seccomp={"));
    }

    #[test]
    fn a_missing_profile_is_told_from_other_trouble() {
        let said = "failed to create shim task: unable to apply apparmor profile: no such file or directory";
        assert!(profile_missing(said, Some(AppArmor::Belay)).is_some());
        assert!(profile_missing(said, Some(AppArmor::Docker)).is_none());
        assert!(profile_missing("no space left on device", Some(AppArmor::Belay)).is_none());
    }
}
