//! `[sandbox]`: what the boxes are like.

use scorecards::reader::{ID_REMEDY, Section, Spot, is_id};
use wire::Init;

use super::texts::Texts;
use crate::catalog::{
    folder::Folder,
    lab::{Host, Image},
    units::{Units, size_text},
};

const MIB: u64 = 1 << 20;

/// What the box's own programs need of its memory besides its files, in bytes.
const PROGRAMS_SYSTEMD: u64 = 64 * MIB;
const PROGRAMS_PLAIN: u64 = 16 * MIB;

/// How many hosts a lab has at most: so many tabs a page has room for.
const MOST_HOSTS: usize = 6;

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
        let host = host(&section, folder, texts, None);
        section.finish();
        return Some(vec![host?]);
    }
    let sections = section.sections("host");
    if !(2..=MOST_HOSTS).contains(&sections.len()) {
        let what = format!("{} `[[sandbox.host]]`", sections.len());
        section.wrong(section.at, what, format!("a lab has one host, described in [sandbox], or 2 to {MOST_HOSTS}"));
    }
    let count = sections.len();
    let mut known = Vec::new();
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
        let host = host(&host_section, folder, texts, name);
        host_section.finish();
        host
    };
    let hosts: Vec<Host> = sections.into_iter().filter_map(read).collect();
    if hosts.len() == count {
        for (what, none) in [
            ("setup", hosts.iter().all(|host| host.setup.is_none())),
            ("solution", hosts.iter().all(|host| host.solution.is_none())),
        ] {
            if none {
                let remedy = format!("write {what}/{}.sh", hosts[0].name);
                section.wrong(section.at, format!("no host has a {what}"), remedy);
            }
        }
    }
    section.finish();
    (hosts.len() == count).then_some(hosts)
}

/// A host. `name`: what it is called where there are several; the only one has its name in `hostname`.
fn host(section: &Section<'_, '_>, folder: &Folder, texts: &mut Texts<'_>, name: Option<String>) -> Option<Host> {
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

/// What is written to the box's disk and `/tmp` is memory: it must leave some for programs.
fn fits(section: &Section<'_, '_>, memory: &Spot<u64>, disk: u64, tmp: u64, init: Init) {
    let programs = if init == Init::Systemd { PROGRAMS_SYSTEMD } else { PROGRAMS_PLAIN };
    let needed = disk + tmp + programs;
    if memory.value < needed {
        section.wrong(
            memory.at,
            format!(
                "disk ({}) and tmp ({}) are held in memory and would leave less than {} of {} for programs",
                size_text(disk),
                size_text(tmp),
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
