//! `[sandbox]`: what the boxes are like.

use scorecards::reader::{ID_REMEDY, Section, Spot, is_id, one_of};
use wire::{
    Capability, Init,
    spec::{LOCK, RUN, SHM},
};

use super::{ports, texts::Texts};
use crate::catalog::{
    folder::Folder,
    lab::{Host, Image, MOST_HOSTS},
    units::{Units, size_text},
};

const MIB: u64 = 1 << 20;

/// What the box's own programs need of its memory besides its files, in bytes.
const PROGRAMS_SYSTEMD: u64 = 64 * MIB;
const PROGRAMS_PLAIN: u64 = 16 * MIB;

/// The lab's hosts: `[sandbox]` itself is the only one, or there is a `[[sandbox.host]]` for each.
pub(super) fn read(root: &Section<'_, '_>, folder: &Folder, texts: &mut Texts<'_>) -> Option<Vec<Host>> {
    let Some(section) = root.section("sandbox", "[sandbox]", "{ … }") else {
        if !root.has("sandbox") {
            root.wrong(
                0,
                "the section [sandbox] is missing",
                "add it, with `image = \"belay/systemd\"`, `memory = \"256m\"` and `disk = \"64m\"`",
            );
        }
        return None;
    };
    let several = section.has("host");
    let network = section.word("network", &["none", "private"]);
    if let Some(network) = network.filter(|network| (network.value == "private") != several) {
        let remedy = "write `network = \"private\"` where there is a `[[sandbox.host]]` for each host, and only there";
        let what = if several { "several hosts can't see each other" } else { "there is no other host to see" };
        section.wrong(network.at, what, remedy);
    }
    if !several {
        let host = host(&section, folder, texts, None, &mut Vec::new());
        section.finish();
        return Some(vec![host?]);
    }
    let sections = section.sections("host");
    if !(2..=MOST_HOSTS).contains(&sections.len()) {
        let what = format!("{} `[[sandbox.host]]`", sections.len());
        section.wrong(section.at, what, format!("a lab has one host, described in [sandbox], or 2 to {MOST_HOSTS}"));
    }
    let count = sections.len();
    let (mut known, mut tabs) = (Vec::new(), Vec::new());
    let read = |host_section: Section<'_, '_>| {
        let name = name(&host_section, "name");
        if !host_section.has("name") {
            host_section.missing("name", "\"db\"");
        }
        if let Some(name) = &name {
            host_section.rename(format!("host \"{name}\""));
            if known.contains(name) {
                host_section.wrong(host_section.at, "the name is taken", "give each host its own");
            }
            known.push(name.clone());
        }
        let host = host(&host_section, folder, texts, name, &mut tabs);
        host_section.finish();
        host
    };
    let hosts: Vec<Host> = sections.into_iter().filter_map(read).collect();
    if let Some(first) = hosts.first().filter(|_| hosts.len() == count) {
        for (what, none) in [
            ("setup", hosts.iter().all(|host| host.setup.is_none())),
            ("solution", hosts.iter().all(|host| host.solution.is_none())),
        ] {
            if none {
                let remedy = format!("write {what}/{}.sh", first.name);
                section.wrong(section.at, format!("no host has a {what}"), remedy);
            }
        }
    }
    section.finish();
    (hosts.len() == count).then_some(hosts)
}

/// A host. `name`: what it is called where there are several; the only one has its name in `hostname`.
/// `tabs`: names of ports that other hosts have.
fn host(
    section: &Section<'_, '_>,
    folder: &Folder,
    texts: &mut Texts<'_>,
    name: Option<String>,
    tabs: &mut Vec<String>,
) -> Option<Host> {
    let several = section.has("name");
    let image = image(section, folder, name.as_deref());
    let init = section.word("init", &["systemd", "plain"]);
    let init = if init.is_some_and(|init| init.value == "plain") { Init::Plain } else { Init::Systemd };
    let memory = required_size(section, "memory", 32 * MIB..=16 << 30, "\"256m\"");
    let disk = required_size(section, "disk", MIB..=8 << 30, "\"64m\"");
    let inodes = section.number("inodes", 1_000..=10_000_000, "20000").map_or(20_000, |inodes| inodes.value);
    let tmp = section.size("tmp", MIB..=4 << 30, "\"16m\"").map_or(16 * MIB, |tmp| tmp.value);
    let cpus = section.fraction("cpus", 0.05..=64.0, "0.5").map_or(0.5, |cpus| cpus.value);
    let pids = section.number("pids", 32..=16_384, "256").map_or(256, |pids| pids.value);
    let user = section.word("user", &["engineer", "root"]).map_or("engineer", |user| user.value);
    let capabilities = capabilities(section);
    let ports = ports::read(section, tabs);
    if let (Some(memory), Some(disk)) = (&memory, &disk) {
        fits(section, memory, disk.value, tmp, init);
    }
    let (name, setup, solution) = if several {
        let name = name?;
        let (setup, solution) =
            (texts.script(&format!("setup/{name}.sh")), texts.script(&format!("solution/{name}.sh")));
        (Some(name), Some(setup), Some(solution))
    } else {
        let own = if section.has("hostname") { self::name(section, "hostname") } else { Some("web1".into()) };
        let setup = texts.required_script("setup.sh", "it breaks the box before the learner gets in");
        let solution = texts.required_script("solution.sh", "it is the lab's own test");
        (own, setup.map(Some), solution.map(Some))
    };
    Some(Host {
        name: name?,
        image: image?,
        init,
        memory: memory?.value,
        disk: disk?.value,
        inodes: u64::try_from(inodes).ok()?,
        tmp,
        cpus,
        pids: u64::try_from(pids).ok()?,
        user: user.into(),
        capabilities: capabilities?,
        ports: ports?,
        setup: setup?,
        solution: solution?,
    })
}

fn required_size(
    section: &Section<'_, '_>,
    key: &'static str,
    range: std::ops::RangeInclusive<u64>,
    example: &str,
) -> Option<Spot<u64>> {
    if !section.has(key) {
        section.missing(key, example);
    }
    section.size(key, range, example)
}

/// What every box has: to ask for it changes nothing.
const USUAL: &[&str] = &[
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "AUDIT_WRITE",
    "SETFCAP",
];

/// What no box gets, and what it would do with it.
const NEVER: &[(&str, &str)] = &[
    ("SYS_ADMIN", "it could mount what it likes and leave the box"),
    ("SYS_MODULE", "it could load code into the host's kernel"),
    ("SYS_RAWIO", "it could write the host's memory and devices"),
    ("MKNOD", "it could make a file of the host's disk"),
    ("BPF", "it could load programs into the host's kernel"),
    ("PERFMON", "it could watch the host's kernel"),
    ("SYS_BOOT", "it could restart the host; `reboot` in the box restarts the box without it"),
    ("SYS_TIME", "there is one clock, the host's"),
    ("SYSLOG", "the kernel's log is the host's"),
    ("SYS_RESOURCE", "it could raise the box's own limits"),
    ("SYS_NICE", "it could take the host's processors for itself"),
    ("SYS_PACCT", "accounting is the host's"),
    ("SYS_TTY_CONFIG", "consoles are the host's"),
    ("DAC_READ_SEARCH", "it could open files outside the box by their handles"),
    ("MAC_ADMIN", "it could change the profile that holds it"),
    ("MAC_OVERRIDE", "it could pass over the profile that holds it"),
    ("AUDIT_CONTROL", "auditing is the host's"),
    ("AUDIT_READ", "auditing is the host's"),
    ("CHECKPOINT_RESTORE", "it could take apart the processes that hold it"),
    ("BLOCK_SUSPEND", "suspending is the host's"),
    ("WAKE_ALARM", "the clock that wakes the machine is the host's"),
    ("LEASE", "it could hold up whoever opens a file of the box"),
    ("NET_BROADCAST", "the kernel makes no use of it"),
];

/// What root in the box may do beyond the usual.
fn capabilities(section: &Section<'_, '_>) -> Option<Vec<Capability>> {
    let Some(named) = section.texts("capabilities", true, "[\"NET_ADMIN\"]") else {
        return (!section.has("capabilities")).then(Vec::new);
    };
    let found: Vec<Option<Capability>> = named.into_iter().map(|spot| capability(section, &spot)).collect();
    let mut found = found.into_iter().collect::<Option<Vec<_>>>()?;
    found.sort_unstable();
    found.dedup();
    Some(found)
}

fn capability(section: &Section<'_, '_>, spot: &Spot<String>) -> Option<Capability> {
    let name = spot.value.strip_prefix("CAP_").unwrap_or(&spot.value);
    if let Some(capability) = Capability::named(name) {
        return Some(capability);
    }
    let allowed = Capability::ALL.map(Capability::name);
    let (what, remedy) = if USUAL.contains(&name) {
        (format!("every box has {name}"), "take it out".to_string())
    } else if let Some((_, why)) = NEVER.iter().find(|(never, _)| *never == name) {
        (format!("no box gets {name}: {why}"), format!("a lab may ask for: {}", allowed.join(", ")))
    } else {
        (format!("`capabilities`: \"{}\" is not known", spot.value), one_of(name, &allowed))
    };
    section.wrong(spot.at, what, remedy);
    None
}

/// What is written to any of the box's filesystems is memory: it must leave some for programs.
fn fits(section: &Section<'_, '_>, memory: &Spot<u64>, disk: u64, tmp: u64, init: Init) {
    let programs = if init == Init::Systemd { PROGRAMS_SYSTEMD } else { PROGRAMS_PLAIN };
    let needed = disk + tmp + RUN + SHM + LOCK + programs;
    if memory.value < needed {
        section.wrong(
            memory.at,
            format!(
                "disk ({}), tmp ({}), /run ({}), /dev/shm ({}) and /run/lock ({}) are held in memory and would leave less \
                 than {} of {} for programs",
                size_text(disk),
                size_text(tmp),
                size_text(RUN),
                size_text(SHM),
                size_text(LOCK),
                size_text(programs),
                size_text(memory.value)
            ),
            format!("raise `memory` to \"{}\", or lower `disk` or `tmp`", size_text(needed)),
        );
    }
}

/// `name`: what the host is called where there are several; each then has its own folder.
fn image(section: &Section<'_, '_>, folder: &Folder, name: Option<&str>) -> Option<Image> {
    let own = name.map_or_else(|| "sandbox".to_string(), |name| format!("sandbox/{name}"));
    let dockerfile = format!("{own}/Dockerfile");
    let named = section.text("image", "\"belay/systemd\"");
    let build = section.text("build", &format!("\"{own}\""));
    if let (false, true) = (section.has("build"), folder.has(&dockerfile)) {
        section.wrong(
            section.at,
            format!("{dockerfile} is there, but nothing builds it"),
            format!("write `build = \"{own}\"` instead of `image`, or take the file out"),
        );
    }
    match (section.has("image"), section.has("build")) {
        (true, false) => Some(Image::Named(named?.value)),
        (false, true) => {
            let build = build?;
            // One fixed name: what lies elsewhere in the lab (the solution!) can never get into an image.
            if build.value != own {
                section.wrong(
                    build.at,
                    format!("`build = \"{}\"` is not the folder that images are built from", build.value),
                    format!("write `build = \"{own}\"`"),
                );
                return None;
            }
            if !folder.has(&dockerfile) {
                section.wrong(
                    build.at,
                    format!("{} is missing", folder.show(&dockerfile)),
                    "write it, beginning with `FROM belay/systemd`",
                );
                return None;
            }
            Some(Image::Build(build.value.into()))
        }
        _ => {
            section.wrong(
                section.at,
                "it needs exactly one of `image` and `build`",
                format!("write `image = \"belay/systemd\"`, or `build = \"{own}\"` with a Dockerfile there"),
            );
            None
        }
    }
}

fn name(section: &Section<'_, '_>, key: &'static str) -> Option<String> {
    let name = section.text(key, "\"web1\"")?;
    if !is_id(&name.value) || name.value.len() > 63 {
        section.wrong(name.at, format!("\"{}\" can't be a host name", name.value), ID_REMEDY);
        return None;
    }
    Some(name.value)
}
