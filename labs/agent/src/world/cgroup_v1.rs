//! Control groups, first generation: a hierarchy for each controller, and systemd's own without any.
//!
//! The box has a group in the hierarchies of memory, tasks, processor and systemd, and shares the container's in
//! the others. It sees them all, and may write in systemd's only.

use std::{
    fs, io,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use nix::mount::{MsFlags, mount};
use wire::{BoxSpec, Init};

use super::cgroup::{
    BOX, PERIOD, PROCESSOR_SHARE, PROGRAMS, ROOT, kill_all, make, make_writable, remove_all, without_huge_pages, write,
};

const SYSTEMD: &str = "name=systemd";

pub struct V1 {
    hierarchies: Vec<Hierarchy>,
    memory: PathBuf,
    pids: PathBuf,
    systemd: Option<PathBuf>,
    processor: Option<PathBuf>,
    /// Whether the box may make groups of its own: only systemd does.
    has_systemd: bool,
}

/// How many groups a box may have made before it is started anew. The kernel bounds them under one hierarchy only, and
/// counts their memory nowhere.
const MOST_GROUPS: usize = 2000;

struct Hierarchy {
    /// As it appears below `/sys/fs/cgroup`.
    directory: String,
    /// What tells it from the others in a mount: its controllers, or its name.
    options: String,
}

impl V1 {
    pub(super) fn prepare(spec: &BoxSpec) -> io::Result<Self> {
        let hierarchies = hierarchies(&fs::read_to_string("/proc/self/mountinfo")?);
        let find = |controller: &str| {
            hierarchies
                .iter()
                .find(|hierarchy| hierarchy.options.split(',').any(|option| option == controller))
                .map(|hierarchy| Path::new(ROOT).join(&hierarchy.directory))
        };
        let missing = |controller: &str| io::Error::other(format!("the kernel has no controller `{controller}`"));
        let memory_root = find("memory").ok_or_else(|| missing("memory"))?;
        let pids_root = find("pids").ok_or_else(|| missing("pids"))?;
        let systemd_root = find(SYSTEMD);
        let processor_root = find("cpu");
        let all = [Some(&memory_root), Some(&pids_root), systemd_root.as_ref(), processor_root.as_ref()];
        for root in all.into_iter().flatten() {
            make_writable(root)?;
            make(&root.join(BOX))?;
        }
        // Old kernels count a child's memory in its parent only if told so; new ones always do.
        let _ = write(memory_root.join("memory.use_hierarchy"), 1);
        let memory = memory_root.join(BOX);
        write(memory.join("memory.limit_in_bytes"), spec.memory)?;
        // Not on kernels without swap accounting.
        let _ = write(memory.join("memory.memsw.limit_in_bytes"), spec.memory);
        let pids = pids_root.join(BOX);
        write(pids.join("pids.max"), spec.pids)?;
        // Here the box shares the container's group, and neither needs them.
        if let Some(root) = find("hugetlb")
            && make_writable(&root).is_ok()
        {
            without_huge_pages(&root, ".limit_in_bytes");
        }
        if let Some(root) = &processor_root {
            leave_time_for_the_agent(root);
        }
        let [systemd, processor] = [systemd_root, processor_root].map(|root| root.map(|root| root.join(BOX)));
        let has_systemd = spec.init == Init::Systemd;
        Ok(Self { hierarchies, memory, pids, systemd, processor, has_systemd })
    }

    pub(super) fn renew(&self) -> io::Result<()> {
        for group in self.groups() {
            kill_all(group)?;
        }
        // Only where the box may write can it have left groups behind; ours are the leaves of the runs.
        if let Some(systemd) = &self.systemd {
            remove_all(systemd)?;
            make(systemd)?;
        }
        for leaf in
            fs::read_dir(&self.pids)?.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        {
            remove_all(&leaf.path())?;
        }
        Ok(())
    }

    pub(super) fn overgrown(&self) -> bool {
        let mut left = MOST_GROUPS;
        self.has_systemd && self.systemd.as_ref().is_some_and(|group| !fits(group, &mut left))
    }

    pub(super) fn enter_as_init(&self) -> io::Result<()> {
        for group in self.groups() {
            write(group.join("cgroup.procs"), 0)?;
        }
        Ok(())
    }

    pub(super) fn enter(&self, leaf: Option<&str>) -> io::Result<()> {
        for group in [Some(&self.memory), self.processor.as_ref()].into_iter().flatten() {
            write(group.join("cgroup.procs"), 0)?;
        }
        if let Some(systemd) = &self.systemd {
            let programs = systemd.join(PROGRAMS);
            make(&programs)?;
            write(programs.join("cgroup.procs"), 0)?;
        }
        // In this hierarchy root in the box can't move a process: what is killed by its leaf stays in it.
        let pids = leaf.map_or_else(|| self.pids.clone(), |leaf| self.leaf(leaf));
        make(&pids)?;
        write(pids.join("cgroup.procs"), 0)
    }

    pub(super) fn leaf(&self, leaf: &str) -> PathBuf {
        self.pids.join(leaf)
    }

    pub(super) fn memory_events(&self) -> PathBuf {
        self.memory.join("memory.oom_control")
    }

    pub(super) fn limit_processor(&self, milli: u64) -> io::Result<()> {
        let Some(of_box) = &self.processor else { return Ok(()) };
        write(of_box.join("cpu.cfs_period_us"), PERIOD)?;
        write(of_box.join("cpu.cfs_quota_us"), milli * PERIOD / 1000)
    }

    pub(super) fn mount(&self, at: &Path) -> io::Result<()> {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        mount(Some("cgroup"), at, Some("tmpfs"), flags, Some("size=64k,nr_inodes=64,mode=755"))?;
        for hierarchy in &self.hierarchies {
            let directory = at.join(&hierarchy.directory);
            fs::create_dir(&directory)?;
            let named = hierarchy.options.starts_with("name=");
            let options = if named { format!("none,{}", hierarchy.options) } else { hierarchy.options.clone() };
            mount(Some("cgroup"), &directory, Some("cgroup"), flags, Some(options.as_str()))?;
            if hierarchy.options != SYSTEMD || !self.has_systemd {
                let read_only = flags | MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
                mount(None::<&str>, &directory, None::<&str>, read_only, None::<&str>)?;
            }
            // `cpu,cpuacct` is known by either name.
            let controllers: Vec<&str> = hierarchy.directory.split(',').collect();
            if controllers.len() > 1 {
                for controller in controllers {
                    symlink(&hierarchy.directory, at.join(controller))?;
                }
            }
        }
        let read_only = flags | MsFlags::MS_REMOUNT | MsFlags::MS_BIND | MsFlags::MS_RDONLY;
        Ok(mount(None::<&str>, at, None::<&str>, read_only, None::<&str>)?)
    }

    fn groups(&self) -> impl Iterator<Item = &PathBuf> {
        [Some(&self.memory), Some(&self.pids), self.systemd.as_ref(), self.processor.as_ref()].into_iter().flatten()
    }
}

/// Whether there are no more groups below this one than are left; stops looking where there are.
fn fits(group: &Path, left: &mut usize) -> bool {
    fs::read_dir(group)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .all(|entry| {
            *left = left.saturating_sub(1);
            *left > 0 && fits(&entry.path(), left)
        })
}

/// However busy the box is, the agent answers: a weight against the agent's own processes, and a part of
/// the container's quota. A comfort: where it can't be had the agent goes without.
fn leave_time_for_the_agent(root: &Path) {
    let of_box = root.join(BOX);
    let _ = write(of_box.join("cpu.shares"), 256);
    let quota =
        fs::read_to_string(root.join("cpu.cfs_quota_us")).ok().and_then(|quota| quota.trim().parse::<u64>().ok());
    let period = fs::read_to_string(root.join("cpu.cfs_period_us"));
    if let (Some(quota), Ok(period)) = (quota, period) {
        let _ = write(of_box.join("cpu.cfs_period_us"), period.trim());
        let _ = write(of_box.join("cpu.cfs_quota_us"), quota * PROCESSOR_SHARE / 100);
    }
}

/// The hierarchies that a container has, from its `/proc/self/mountinfo`.
fn hierarchies(mountinfo: &str) -> Vec<Hierarchy> {
    mountinfo.lines().filter_map(hierarchy).collect()
}

fn hierarchy(line: &str) -> Option<Hierarchy> {
    let (mount, filesystem) = line.split_once(" - ")?;
    let mountpoint = mount.split(' ').nth(4)?;
    let mut filesystem = filesystem.split(' ');
    if filesystem.next()? != "cgroup" {
        return None;
    }
    let super_options = filesystem.nth(1)?;
    let directory = mountpoint.strip_prefix(ROOT)?.strip_prefix('/')?;
    // Beside the controllers stand settings of the mount, and where the hierarchy has a name, only that counts.
    let kept: Vec<&str> = match super_options.split(',').find(|option| option.starts_with("name=")) {
        Some(name) => vec![name],
        None => super_options
            .split(',')
            .filter(|option| !matches!(*option, "rw" | "ro" | "xattr" | "clone_children" | "noprefix" | "seclabel"))
            .filter(|option| !option.contains('='))
            .collect(),
    };
    Some(Hierarchy { directory: directory.to_owned(), options: kept.join(",") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_are_read_from_mountinfo() {
        let found = hierarchies(
            "216 215 0:76 / /sys/fs/cgroup rw,nosuid - tmpfs tmpfs rw,mode=755\n\
             217 216 0:29 / /sys/fs/cgroup/cpu,cpuacct ro,nosuid,nodev - cgroup cgroup rw,cpu,cpuacct\n\
             224 216 0:36 / /sys/fs/cgroup/pids ro,nosuid - cgroup cgroup rw,pids\n\
             225 216 0:37 / /sys/fs/cgroup/systemd ro,nosuid - cgroup systemd rw,xattr,release_agent=/x,name=systemd\n\
             226 216 0:38 / /elsewhere ro,nosuid - cgroup cgroup rw,memory\n",
        );
        let seen: Vec<_> = found.iter().map(|found| (found.directory.as_str(), found.options.as_str())).collect();
        assert_eq!(seen, [("cpu,cpuacct", "cpu,cpuacct"), ("pids", "pids"), ("systemd", "name=systemd")]);
    }
}
