//! `[sandbox]`: what the box is like.

use scorecards::reader::{ID_REMEDY, Section, Spot, is_id, one_of};
use wire::{
    Capability, Init,
    spec::{LOCK, RUN, SHM},
};

use crate::catalog::{
    folder::Folder,
    lab::{Image, SandboxSettings},
    units::{Units, size_text},
};

const MIB: u64 = 1 << 20;

/// What the box's own programs need of its memory besides its files, in bytes.
const PROGRAMS_SYSTEMD: u64 = 64 * MIB;
const PROGRAMS_PLAIN: u64 = 16 * MIB;

pub(super) fn read(root: &Section<'_, '_>, folder: &Folder) -> Option<SandboxSettings> {
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
    let image = image(&section, folder);
    let init = section.word("init", &["systemd", "plain"]);
    let init = if init.is_some_and(|init| init.value == "plain") { Init::Plain } else { Init::Systemd };
    let memory = required_size(&section, "memory", 32 * MIB..=16 << 30, "\"256m\"");
    let disk = required_size(&section, "disk", MIB..=8 << 30, "\"64m\"");
    let inodes = section.number("inodes", 1_000..=10_000_000, "20000").map_or(20_000, |inodes| inodes.value);
    let tmp = section.size("tmp", MIB..=4 << 30, "\"16m\"").map_or(16 * MIB, |tmp| tmp.value);
    let cpus = section.fraction("cpus", 0.05..=64.0, "0.5").map_or(0.5, |cpus| cpus.value);
    let pids = section.number("pids", 32..=16_384, "256").map_or(256, |pids| pids.value);
    let user = section.word("user", &["engineer", "root"]).map_or("engineer", |user| user.value);
    let hostname = hostname(&section);
    section.word("network", &["none"]);
    let capabilities = capabilities(&section);
    if let (Some(memory), Some(disk)) = (&memory, &disk) {
        fits(&section, memory, disk.value, tmp, init);
    }
    section.finish();
    Some(SandboxSettings {
        image: image?,
        init,
        memory: memory?.value,
        disk: disk?.value,
        inodes: u64::try_from(inodes).ok()?,
        tmp,
        cpus,
        pids: u64::try_from(pids).ok()?,
        user: user.into(),
        hostname: hostname?,
        capabilities: capabilities?,
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

fn image(section: &Section<'_, '_>, folder: &Folder) -> Option<Image> {
    let named = section.text("image", "\"belay/systemd\"");
    let build = section.text("build", "\"sandbox\"");
    if let (false, true) = (section.has("build"), folder.has("sandbox/Dockerfile")) {
        section.wrong(
            section.at,
            "sandbox/Dockerfile is there, but nothing builds it",
            "write `build = \"sandbox\"` instead of `image`, or take the file out",
        );
    }
    match (section.has("image"), section.has("build")) {
        (true, false) => Some(Image::Named(named?.value)),
        (false, true) => {
            let build = build?;
            // One fixed name: what lies elsewhere in the lab (the solution!) can never get into an image.
            if build.value != "sandbox" {
                section.wrong(
                    build.at,
                    format!("`build = \"{}\"` is not the folder that images are built from", build.value),
                    "write `build = \"sandbox\"`",
                );
                return None;
            }
            if !folder.has("sandbox/Dockerfile") {
                section.wrong(
                    build.at,
                    format!("{} is missing", folder.show("sandbox/Dockerfile")),
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
                "write `image = \"belay/systemd\"`, or `build = \"sandbox\"` with a Dockerfile there",
            );
            None
        }
    }
}

fn hostname(section: &Section<'_, '_>) -> Option<String> {
    let Some(name) = section.text("hostname", "\"web1\"") else {
        return Some("web1".into());
    };
    if !is_id(&name.value) || name.value.len() > 63 {
        section.wrong(name.at, format!("\"{}\" can't be a host name", name.value), ID_REMEDY);
        return None;
    }
    Some(name.value)
}
