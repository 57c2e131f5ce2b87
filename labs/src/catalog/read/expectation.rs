//! `probe.<kind> = { … }`: what is looked at, and what is right.

use scorecards::reader::{Section, Spot};

use super::{texts::Texts, variables::Specs};
use crate::catalog::{
    lab::Expectation,
    units::Units,
    vars::{Port, Vars},
};

const KINDS: &[&str] = &["http", "tcp", "file", "listening", "process", "unit", "filesystem", "user", "command"];

/// A probe's table while it is read, with what its texts are held against.
struct Probe<'p, 'a, 't, 'f> {
    section: &'p Section<'a, 't>,
    vars: &'p Specs,
    texts: &'p mut Texts<'f>,
}

pub(super) fn read(probe: Section<'_, '_>, vars: &Specs, texts: &mut Texts<'_>) -> Option<Expectation> {
    let kinds: Vec<&'static str> = KINDS.iter().copied().filter(|kind| probe.has(kind)).collect();
    let mut read = Vec::new();
    for kind in KINDS {
        let Some(section) = probe.section(kind, &format!("{} (probe.{kind})", probe.name()), "{ … }") else {
            continue;
        };
        read.push(of_kind(kind, &mut Probe { section: &section, vars, texts }));
        section.finish();
    }
    if kinds.len() > 1 {
        probe.wrong(
            probe.at,
            format!("it has {} probes: {}", kinds.len(), kinds.join(", ")),
            "keep one, and make the others checks of their own",
        );
        return None;
    }
    // An unknown kind is an unknown key.
    probe.finish();
    read.pop().flatten()
}

fn of_kind(kind: &str, probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    match kind {
        "http" => http(probe),
        "tcp" => tcp(probe),
        "file" => file(probe),
        "listening" => listening(probe),
        "process" => process(probe),
        "unit" => unit(probe),
        "filesystem" => filesystem(probe),
        "user" => user(probe),
        _ => command(probe),
    }
}

fn http(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let url = probe.required("url", "\"http://127.0.0.1/\"");
    if let Some(url) = url.as_ref().filter(|url| !url.value.starts_with("http://")) {
        probe.section.wrong(
            url.at,
            format!("`url = \"{}\"` is not an http:// address", url.value),
            "write `url = \"http://127.0.0.1/\"`",
        );
    }
    let status = probe.section.number("status", 100..=599, "200");
    Some(Expectation::Http {
        host: probe.optional("host", "\"shop.example\""),
        contains: probe.optional("contains", "\"Welcome\""),
        absent: probe.optional("absent", "\"Error\""),
        status: status.and_then(|status| u16::try_from(status.value).ok()),
        url: url?.value,
    })
}

fn tcp(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let host = probe.optional("host", "\"127.0.0.1\"");
    let port = probe.port();
    let open = probe.section.boolean("open");
    Some(Expectation::Tcp {
        host: host.unwrap_or_else(|| "127.0.0.1".into()),
        port: port?,
        open: open.is_none_or(|open| open.value),
    })
}

fn file(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let path = probe.path();
    let exists = probe.section.boolean("exists");
    let mode = probe.section.mode("mode");
    let owner = probe.optional("owner", "\"root\"");
    let group = probe.optional("group", "\"root\"");
    let contains = probe.optional("contains", "\"listen 80\"");
    let matches = probe.expression("matches");
    let absent = probe.optional("absent", "\"listen 8080\"");
    let exists = exists.is_none_or(|exists| exists.value);
    if !exists && probe.asks(&["mode", "owner", "group", "contains", "matches", "absent"]) {
        probe.contradiction("exists = false");
    }
    let mode = mode.map(|mode| mode.value);
    Some(Expectation::File { path: path?, exists, mode, owner, group, contains, matches, absent })
}

fn listening(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let port = probe.port();
    let program = probe.optional("program", "\"nginx\"");
    let user = probe.optional("user", "\"www-data\"");
    let address = probe.optional("address", "\"127.0.0.1\"");
    let none = probe.section.boolean("none").is_some_and(|none| none.value);
    if none && probe.asks(&["program", "user", "address"]) {
        probe.contradiction("none = true");
    }
    Some(Expectation::Listening { port: port?, program, user, address, none })
}

fn process(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let name = probe.required("name", "\"nginx\"");
    let running = probe.section.boolean("running").is_none_or(|running| running.value);
    let user = probe.optional("user", "\"www-data\"");
    Some(Expectation::Process { name: name?.value, running, user })
}

fn unit(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let name = probe.required("name", "\"nginx.service\"");
    if let Some(name) = name.as_ref().filter(|name| !name.value.contains('.')) {
        probe.section.wrong(
            name.at,
            format!("`name = \"{}\"` has no suffix", name.value),
            format!("write `name = \"{}.service\"`", name.value),
        );
    }
    let active = probe.section.boolean("active").map(|active| active.value);
    let enabled = probe.section.boolean("enabled").map(|enabled| enabled.value);
    if !probe.asks(&["active", "enabled"]) {
        probe.section.wrong(
            probe.section.at,
            "it asks nothing of the unit",
            "add `active = true`, `enabled = true` or both",
        );
    }
    Some(Expectation::Unit { name: name?.value, active, enabled })
}

fn filesystem(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let path = probe.path();
    let used_below = probe.section.percent("used_below", "\"80%\"").map(|share| share.value);
    let inodes_below = probe.section.percent("inodes_below", "\"80%\"").map(|share| share.value);
    if !probe.asks(&["used_below", "inodes_below"]) {
        probe.section.wrong(probe.section.at, "it asks nothing of the filesystem", "add `used_below = \"80%\"`");
    }
    Some(Expectation::Filesystem { path: path?, used_below, inodes_below })
}

fn user(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let name = probe.required("name", "\"deploy\"");
    let exists = probe.section.boolean("exists").is_none_or(|exists| exists.value);
    let shell = probe.optional("shell", "\"/bin/bash\"");
    let groups = probe.list("groups", "[\"adm\"]");
    if !exists && probe.asks(&["shell", "groups"]) {
        probe.contradiction("exists = false");
    }
    Some(Expectation::User { name: name?.value, exists, shell, groups })
}

fn command(probe: &mut Probe<'_, '_, '_, '_>) -> Option<Expectation> {
    let argv = probe.list("argv", "[\"crontab\", \"-l\"]");
    if argv.is_empty() && !probe.section.has("argv") {
        probe.section.missing("argv", "[\"crontab\", \"-l\"]");
    } else if argv.is_empty() {
        probe.section.wrong(
            probe.section.spot_of("argv"),
            "`argv` names no program",
            "write `argv = [\"crontab\", \"-l\"]`",
        );
    }
    let exit = probe.section.number("exit", 0..=255, "0").map_or(0, |exit| exit.value);
    let contains = probe.optional("contains", "\"backup\"");
    Some(Expectation::Command { argv, exit: i32::try_from(exit).ok()?, contains })
}

impl Probe<'_, '_, '_, '_> {
    fn optional(&mut self, key: &'static str, example: &str) -> Option<String> {
        let text = self.section.text(key, example)?;
        self.texts.uses(self.section, &text);
        Some(text.value)
    }

    fn required(&mut self, key: &'static str, example: &str) -> Option<Spot<String>> {
        let text = self.section.required_text(key, example)?;
        self.texts.uses(self.section, &text);
        Some(text)
    }

    fn list(&mut self, key: &'static str, example: &str) -> Vec<String> {
        let list = self.section.texts(key, false, example).unwrap_or_default();
        for text in &list {
            self.texts.uses(self.section, text);
        }
        list.into_iter().map(|text| text.value).collect()
    }

    fn path(&mut self) -> Option<String> {
        let path = self.required("path", "\"/etc/nginx/nginx.conf\"")?;
        if !path.value.starts_with('/') {
            self.section.wrong(
                path.at,
                format!("`path = \"{}\"` is not absolute", path.value),
                "begin it with a slash",
            );
        }
        Some(path.value)
    }

    fn port(&mut self) -> Option<Port> {
        let Some(text) = self.section.text_or_number("port", "80") else {
            if !self.section.has("port") {
                self.section.missing("port", "80");
            }
            return None;
        };
        self.texts.uses(self.section, &text);
        let number = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
        if let Some(bad) = self.values(&text.value).into_iter().find(|value| number(value).is_none()) {
            self.section.wrong(text.at, format!("`{bad}` is no port"), "give a number from 1 to 65535");
            return None;
        }
        Some(number(&text.value).map_or(Port::Variable(text.value), Port::Number))
    }

    fn expression(&mut self, key: &'static str) -> Option<String> {
        let text = self.section.text(key, "'^listen 80;'")?;
        self.texts.uses(self.section, &text);
        for value in self.values(&text.value) {
            if let Err(error) = regex::Regex::new(&value) {
                let error = error.to_string();
                let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
                self.section.wrong(
                    text.at,
                    format!("`{key}` is not a regular expression: {reason}"),
                    "mend it (see https://docs.rs/regex)",
                );
                return None;
            }
        }
        Some(text.value)
    }

    /// The text in the attempts that differ most: with each variable at each of its extremes. None for a
    /// text with a variable that could not be read: that has been complained about.
    fn values(&self, text: &str) -> Vec<String> {
        let mut values = vec![text.to_string()];
        for name in super::texts::names(text) {
            let Some(spec) = self.vars.get(name).and_then(|spec| spec.value.as_ref()) else {
                return Vec::new();
            };
            let one = |value: String| Vars([(name.to_string(), value)].into());
            let extremes: Vec<Vars> = spec.extremes().into_iter().map(one).collect();
            values = values.iter().flat_map(|text| extremes.iter().map(|vars| vars.fill(text))).collect();
        }
        values
    }

    fn asks(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.section.has(key))
    }

    fn contradiction(&self, by: &str) {
        self.section.wrong(
            self.section.at,
            format!("`{by}` leaves nothing for the other keys to ask"),
            "keep one or the other",
        );
    }
}
