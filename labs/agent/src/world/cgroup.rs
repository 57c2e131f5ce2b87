//! The box's control groups: limits lower than the container's, so that the box dies before the agent.
//!
//! The kernel's two generations differ in nearly everything; which one it is, the kernel says.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use nix::{
    mount::{MsFlags, mount},
    sys::{
        signal::{Signal, kill},
        statfs::{CGROUP2_SUPER_MAGIC, statfs},
    },
    unistd::Pid,
};
use wire::BoxSpec;

use super::{cgroup_v1::V1, cgroup_v2::V2};

pub(super) const ROOT: &str = "/sys/fs/cgroup";
/// The group of the box below the container's.
pub(super) const BOX: &str = "box";
/// The group, below the box's, of what the agent starts there.
pub(super) const PROGRAMS: &str = "belay";

/// The control groups of one box.
pub enum Cgroups {
    /// One hierarchy for each controller.
    V1(V1),
    /// One hierarchy for all.
    V2(V2),
}

impl Cgroups {
    /// Makes the box's groups and sets its limits. The calling process may be moved, so it must be the
    /// only one of the container.
    pub fn prepare(spec: &BoxSpec) -> Result<Self, String> {
        let kind = statfs(ROOT).map_err(|error| format!("{ROOT}: {error}"))?.filesystem_type();
        if kind == CGROUP2_SUPER_MAGIC { V2::prepare(spec).map(Self::V2) } else { V1::prepare(spec).map(Self::V1) }
            .map_err(|error| format!("control groups: {error}"))
    }

    /// Before each start of the box: nothing of the one before is left in its groups.
    pub fn renew(&self, boot: u32) -> io::Result<()> {
        match self {
            Self::V1(v1) => v1.renew(),
            Self::V2(v2) => v2.renew(boot),
        }
    }

    /// Moves the calling process to where the box's init begins.
    pub fn enter_as_init(&self, boot: u32) -> io::Result<()> {
        match self {
            Self::V1(v1) => v1.enter_as_init(),
            Self::V2(v2) => v2.enter_as_init(boot),
        }
    }

    /// Moves the calling process to where programs of the agent run in the box; with `leaf` into a group
    /// of its own.
    pub fn enter(&self, boot: u32, leaf: Option<&str>) -> io::Result<()> {
        match self {
            Self::V1(v1) => v1.enter(leaf),
            Self::V2(v2) => v2.enter(boot, leaf),
        }
    }

    /// Mounts what the box sees of its groups below `at`. In the box's mount and cgroup namespaces.
    pub fn mount(&self, at: &Path) -> Result<(), String> {
        match self {
            Self::V1(v1) => v1.mount(at),
            Self::V2(_) => V2::mount(at),
        }
        .map_err(|error| format!("the box's control groups: {error}"))
    }

    /// Kills what is in a leaf now; `false` once there is nothing. What is being forked meanwhile may
    /// need another time.
    pub fn kill(&self, boot: u32, leaf: &str) -> bool {
        kill_now(&self.leaf(boot, leaf))
    }

    /// Removes a leaf, if nothing is left in it.
    pub fn remove(&self, boot: u32, leaf: &str) {
        // Something the program has left running on purpose keeps its group.
        let _ = fs::remove_dir(self.leaf(boot, leaf));
    }

    fn leaf(&self, boot: u32, leaf: &str) -> PathBuf {
        match self {
            Self::V1(v1) => v1.leaf(leaf),
            Self::V2(v2) => v2.leaf(boot, leaf),
        }
    }

    /// Whether the box has made more groups than it can have use for, which the kernel does not bound by itself. `None`
    /// where it does.
    pub fn overgrown(&self) -> Option<bool> {
        match self {
            Self::V1(v1) => Some(v1.overgrown()),
            Self::V2(_) => None,
        }
    }

    /// Lets the box use so much processor time from now on, in thousandths of a processor; 0 leaves it as it is.
    pub fn limit_processor(&self, milli: u64) {
        if milli == 0 {
            return;
        }
        // A comfort for the neighbours, as the part that is the agent's: the container has a limit of its own.
        let _ = match self {
            Self::V1(v1) => v1.limit_processor(milli),
            Self::V2(v2) => v2.limit_processor(milli),
        };
    }

    /// How often the kernel has killed something in the box for want of memory.
    pub fn memory_kills(&self) -> u64 {
        let path = match self {
            Self::V1(v1) => v1.memory_events(),
            Self::V2(v2) => v2.memory_events(),
        };
        fs::read_to_string(path).map_or(0, |text| field(&text, "oom_kill"))
    }
}

/// How much of the container's processor time the box may use, of a hundred: the rest is the agent's.
pub(super) const PROCESSOR_SHARE: u64 = 90;

/// In which time a limit of processor time is kept, in microseconds: the kernel's own default.
pub(super) const PERIOD: u64 = 100_000;

fn field(text: &str, name: &str) -> u64 {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .find(|(key, _)| *key == name)
        .and_then(|(_, value)| value.trim().parse().ok())
        .unwrap_or(0)
}

/// Makes a mount of the container writable for the agent. Never without "bind": the superblock is the
/// host's.
pub(super) fn make_writable(mountpoint: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
    Ok(mount(None::<&str>, mountpoint, None::<&str>, flags, None::<&str>)?)
}

pub(super) fn write(path: impl AsRef<Path>, value: impl ToString) -> io::Result<()> {
    let path = path.as_ref();
    fs::write(path, value.to_string())
        .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}

/// No huge pages: the host has a fixed number of them, which no limit of memory counts. Where there are none, or they are
/// not limited by groups, there is nothing to do.
pub(super) fn without_huge_pages(group: &Path, limit: &str) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("hugetlb.") && name.ends_with(limit) {
            let _ = write(entry.path(), 0);
        }
    }
}

pub(super) fn make(path: &Path) -> io::Result<()> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(io::Error::new(error.kind(), format!("{}: {error}", path.display())))
        }
        _ => Ok(()),
    }
}

/// Kills what is in a group and below it, until nothing is left or it is hopeless.
pub(super) fn kill_all(group: &Path) -> io::Result<()> {
    for _ in 0..1000 {
        if !kill_now(group) {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Err(io::Error::other(format!("{}: processes that do not die", group.display())))
}

fn kill_now(group: &Path) -> bool {
    let found = processes(group);
    let at_once = group.join("cgroup.kill");
    if !found.is_empty() && write(at_once, 1).is_err() {
        for pid in &found {
            // One that has just died is no error.
            let _ = kill(Pid::from_raw(*pid), Signal::SIGKILL);
        }
    }
    !found.is_empty()
}

fn processes(group: &Path) -> Vec<i32> {
    let mut found: Vec<i32> = fs::read_to_string(group.join("cgroup.procs"))
        .map(|text| text.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid > 0).collect())
        .unwrap_or_default();
    for below in subgroups(group) {
        found.extend(processes(&below));
    }
    found
}

/// Removes a group and all below it, once they are empty; the kernel may need a moment after a kill.
pub(super) fn remove_all(group: &Path) -> io::Result<()> {
    let mut outcome = Ok(());
    for _ in 0..500 {
        remove_below(group);
        match fs::remove_dir(group) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => outcome = Err(io::Error::new(error.kind(), format!("{}: {error}", group.display()))),
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    outcome
}

fn remove_below(group: &Path) {
    for below in subgroups(group) {
        remove_below(&below);
        // What is still busy is tried again by the caller.
        let _ = fs::remove_dir(below);
    }
}

fn subgroups(group: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(group) else { return Vec::new() };
    entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.path())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_of_an_events_file_is_found_by_its_whole_name() {
        let text = "oom 3\noom_kill 2\noom_group_kill 9\n";
        assert_eq!(field(text, "oom_kill"), 2);
        assert_eq!(field(text, "max"), 0);
    }
}
