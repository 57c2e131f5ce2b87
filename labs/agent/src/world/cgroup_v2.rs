//! Control groups, second generation: one hierarchy.
//!
//! ```text
//! <the container's>
//! ├── agent        what serves; a group with children must hold no process itself
//! └── box          the limits, out of the box's reach
//!     └── boot-N   what the box sees as its root, made anew at each start: systemd leaves settings in
//!                  it under which nothing may enter again
//!         └── belay[/LEAF]   what the agent starts in the box
//! ```

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use nix::mount::{MsFlags, mount};
use wire::BoxSpec;

use super::cgroup::{
    BOX, PERIOD, PROCESSOR_SHARE, PROGRAMS, ROOT, kill_all, make, make_writable, remove_all, without_huge_pages, write,
};

/// A bound on the groups that the box may make, which cost the kernel memory.
const MAX_DESCENDANTS: u32 = 500;

pub struct V2 {
    of_box: PathBuf,
}

impl V2 {
    pub(super) fn prepare(spec: &BoxSpec) -> io::Result<Self> {
        let root = Path::new(ROOT);
        make_writable(root)?;
        let agent = root.join("agent");
        make(&agent)?;
        write(agent.join("cgroup.procs"), 0)?;
        hand_down(root)?;
        let of_box = root.join(BOX);
        make(&of_box)?;
        write(of_box.join("memory.max"), spec.memory)?;
        write(of_box.join("pids.max"), spec.pids)?;
        // Not on kernels without swap accounting.
        let _ = write(of_box.join("memory.swap.max"), 0);
        write(of_box.join("cgroup.max.descendants"), MAX_DESCENDANTS)?;
        without_huge_pages(&of_box, ".max");
        leave_time_for_the_agent(root, &agent, &of_box);
        hand_down(&of_box)?;
        Ok(Self { of_box })
    }

    pub(super) fn renew(&self, boot: u32) -> io::Result<()> {
        if let Some(before) = boot.checked_sub(1).map(|before| self.root(before)).filter(|before| before.exists()) {
            kill_all(&before)?;
            remove_all(&before)?;
        }
        make(&self.root(boot))
    }

    pub(super) fn enter_as_init(&self, boot: u32) -> io::Result<()> {
        write(self.root(boot).join("cgroup.procs"), 0)
    }

    pub(super) fn enter(&self, boot: u32, leaf: Option<&str>) -> io::Result<()> {
        let programs = self.root(boot).join(PROGRAMS);
        make(&programs)?;
        let mut group = programs;
        // Two kinds of groups side by side: one for each limited run, one for the terminals.
        group.push(leaf.unwrap_or("terminals"));
        make(&group)?;
        write(group.join("cgroup.procs"), 0)
    }

    pub(super) fn leaf(&self, boot: u32, leaf: &str) -> PathBuf {
        self.root(boot).join(PROGRAMS).join(leaf)
    }

    pub(super) fn limit_processor(&self, milli: u64) -> io::Result<()> {
        write(self.of_box.join("cpu.max"), format!("{} {PERIOD}", milli * PERIOD / 1000))
    }

    pub(super) fn mount(at: &Path) -> io::Result<()> {
        let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV | MsFlags::MS_NOEXEC;
        Ok(mount(Some("cgroup2"), at, Some("cgroup2"), flags, None::<&str>)?)
    }

    pub(super) fn memory_events(&self) -> PathBuf {
        self.of_box.join("memory.events")
    }

    fn root(&self, boot: u32) -> PathBuf {
        self.of_box.join(format!("boot-{boot}"))
    }
}

/// However busy the box is, the agent answers. A comfort: without the controller it goes without.
fn leave_time_for_the_agent(root: &Path, agent: &Path, of_box: &Path) {
    let _ = write(agent.join("cpu.weight"), 1000);
    let _ = write(of_box.join("cpu.weight"), 100);
    let Ok(limit) = fs::read_to_string(root.join("cpu.max")) else { return };
    let mut numbers = limit.split_whitespace().map(str::parse::<u64>);
    if let (Some(Ok(quota)), Some(Ok(period))) = (numbers.next(), numbers.next()) {
        let _ = write(of_box.join("cpu.max"), format!("{} {period}", quota * PROCESSOR_SHARE / 100));
    }
}

/// Lets the children of a group use every controller it has; one that can't be is left out.
fn hand_down(group: &Path) -> io::Result<()> {
    let controllers = fs::read_to_string(group.join("cgroup.controllers"))?;
    for controller in controllers.split_whitespace() {
        let outcome = write(group.join("cgroup.subtree_control"), format!("+{controller}"));
        if matches!(controller, "memory" | "pids") {
            outcome?;
        }
    }
    Ok(())
}
