//! What a process gives up before it becomes one of the box's.

use std::{fs, io};

use nix::libc;
use wire::Capability;

/// The capabilities of root in the box: the engine's defaults without MKNOD, and SYS_PTRACE, without
/// which `ss -p`, `lsof` and `strace` hide other users' processes.
const OF_THE_BOX: &[u32] = &[
    0,  // CHOWN
    1,  // DAC_OVERRIDE
    3,  // FOWNER
    4,  // FSETID
    5,  // KILL
    6,  // SETGID
    7,  // SETUID
    8,  // SETPCAP
    10, // NET_BIND_SERVICE
    13, // NET_RAW
    18, // SYS_CHROOT
    19, // SYS_PTRACE
    29, // AUDIT_WRITE
    31, // SETFCAP
];

const VERSION_3: u32 = 0x2008_0522;

#[repr(C)]
struct Header {
    version: u32,
    pid: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Sets {
    effective: u32,
    permitted: u32,
    inheritable: u32,
}

/// Drops every capability the box does not have, from every set, for good. `more` is what the lab asks for beyond the
/// usual.
pub fn drop_to_the_box(more: &[Capability]) -> io::Result<()> {
    let wanted = kept(more);
    for capability in (0..64).filter(|capability| wanted & (1_u64 << capability) == 0) {
        // SAFETY: prctl with numbers only.
        let outcome = unsafe { libc::prctl(libc::PR_CAPBSET_DROP, capability, 0, 0, 0) };
        // EINVAL: the kernel has no capability of this number.
        if outcome != 0 && io::Error::last_os_error().raw_os_error() != Some(libc::EINVAL) {
            return Err(io::Error::last_os_error());
        }
    }
    // SAFETY: prctl with numbers only.
    unsafe { libc::prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) };
    let mut header = Header { version: VERSION_3, pid: 0 };
    let mut held = [Sets { effective: 0, permitted: 0, inheritable: 0 }; 2];
    // SAFETY: both point to structures of the layout that this version has.
    if unsafe { libc::syscall(libc::SYS_capget, &raw mut header, held.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    for (index, half) in held.iter_mut().enumerate() {
        // An engine may have been told to give less than its default.
        let keep = half.permitted & u32::try_from((wanted >> (32 * index)) & 0xffff_ffff).expect("masked");
        *half = Sets { effective: keep, permitted: keep, inheritable: 0 };
    }
    // SAFETY: as above; the kernel only reads.
    if unsafe { libc::syscall(libc::SYS_capset, &raw mut header, held.as_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

fn kept(more: &[Capability]) -> u64 {
    let more = more.iter().map(|capability| capability.number());
    OF_THE_BOX.iter().copied().chain(more).fold(0, |set, capability| set | 1 << capability)
}

/// Makes the kernel choose this process, and what it starts, before the agent when memory ends.
pub fn die_before_the_agent(score: u16) {
    // Refused only where the score is higher already.
    let _ = fs::write("/proc/self/oom_score_adj", score.to_string());
}

/// On a kernel with AppArmor: lets the coming `exec` put the process under the engine's profile, if the
/// agent itself is under none. Under the agent's own profile it is the box's that follows.
pub fn confine_at_exec() -> io::Result<()> {
    let enabled = fs::read_to_string("/sys/module/apparmor/parameters/enabled");
    if !enabled.is_ok_and(|enabled| enabled.starts_with('Y')) {
        return Ok(());
    }
    let current = fs::read_to_string("/proc/self/attr/current")?;
    let Some(profile) = profile_after(current.trim_end_matches(['\0', '\n'])) else { return Ok(()) };
    fs::write("/proc/self/attr/exec", format!("exec {profile}"))
        .map_err(|error| io::Error::new(error.kind(), format!("AppArmor profile {profile}: {error}")))
}

fn profile_after(current: &str) -> Option<&'static str> {
    match current.split_whitespace().next() {
        Some("unconfined") => Some("docker-default"),
        Some("belay-agent") => Some("belay-box"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_has_no_capability_that_leads_out() {
        // SYS_MODULE, SYS_RAWIO, SYS_ADMIN, SYS_BOOT, SYS_TIME, MKNOD, MAC_ADMIN, SYSLOG, BPF.
        for capability in [16, 17, 21, 22, 25, 27, 33, 34, 39] {
            assert_eq!(kept(&Capability::ALL) & (1 << capability), 0, "{capability}");
        }
        // SYS_PACCT, SYS_NICE, SYS_RESOURCE, AUDIT_CONTROL, MAC_OVERRIDE, DAC_READ_SEARCH, PERFMON, CHECKPOINT_RESTORE.
        for capability in [20, 23, 24, 30, 32, 2, 38, 40] {
            assert_eq!(kept(&Capability::ALL) & (1 << capability), 0, "{capability}");
        }
    }

    #[test]
    fn what_a_lab_asks_for_is_added_and_nothing_else() {
        assert_eq!(kept(&[Capability::NetAdmin]) & !kept(&[]), 1 << 12);
        assert_eq!(kept(&[Capability::NetAdmin]) & kept(&[]), kept(&[]));
    }

    #[test]
    fn the_profile_follows_from_the_agents_own() {
        assert_eq!(profile_after("unconfined"), Some("docker-default"));
        assert_eq!(profile_after("belay-agent (enforce)"), Some("belay-box"));
        assert_eq!(profile_after("docker-default (enforce)"), None);
    }
}
