//! `[sandbox]`: what the box is like.

use scorecards::reader::{ID_REMEDY, Section, Spot, is_id};
use wire::Init;

use super::ports;
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
    let ports = ports::read(&section);
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
        ports: ports?,
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
