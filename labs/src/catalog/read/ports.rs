//! `[sandbox] ports`: what the learner may look at in a tab.

use scorecards::reader::{ID_REMEDY, Section, is_id};

use crate::catalog::lab::{MOST_PORTS, PreviewPort};

const EXAMPLE: &str = "write `ports = [{ name = \"site\", port = 80 }]`";

/// The ports of a host; `taken` are the names that others have. `None` where one of them is not right, which is noted.
pub(super) fn read(section: &Section<'_, '_>, taken: &mut Vec<String>) -> Option<Vec<PreviewPort>> {
    if !section.has("ports") {
        return Some(Vec::new());
    }
    let list = section.read("ports", "a list of tables", "[{ name = \"site\", port = 80 }]", |value| {
        value.as_array().map(|ports| ports.is_empty())
    })?;
    if list.value {
        section.wrong(list.at, "`ports` names no port", EXAMPLE);
        return None;
    }
    let found = section.sections("ports");
    if found.is_empty() {
        // What stands in the list has been noted.
        return None;
    }
    if found.len() > MOST_PORTS {
        section.wrong(
            section.spot_of("ports"),
            format!("`ports` names {} ports, and each is a tab", found.len()),
            format!("leave {MOST_PORTS} that a learner wants to see; others can be opened by number"),
        );
    }
    let ports: Vec<Option<PreviewPort>> = found.into_iter().map(|port| one(port, taken)).collect();
    ports.into_iter().collect()
}

fn one(section: Section<'_, '_>, taken: &mut Vec<String>) -> Option<PreviewPort> {
    let name = section.required_text("name", "\"site\"");
    let mut sound = true;
    if let Some(name) = &name {
        section.rename(format!("port \"{}\"", name.value));
        // Never a number: a preview's address has the name, or else the port.
        if !is_id(&name.value) || name.value.len() > 24 {
            section.wrong(name.at, format!("\"{}\" can't be the name of a tab", name.value), ID_REMEDY);
            sound = false;
        }
        if taken.contains(&name.value) {
            section.wrong(name.at, "the name is taken", "give each port its own");
            sound = false;
        }
        taken.push(name.value.clone());
    }
    let port = section.required_number("port", 1..=65_535, "80");
    let path = section.text("path", "\"/\"");
    if let Some(path) = &path
        && (!path.value.starts_with('/')
            || path.value.starts_with("//")
            || path.value.contains(|c: char| c.is_whitespace() || c.is_control() || c == '\\'))
    {
        section.wrong(
            path.at,
            format!("`path = \"{}\"` is no path of a site", path.value),
            "begin it with one slash, as in `path = \"/berths/\"`",
        );
        sound = false;
    }
    section.finish();
    let port = u16::try_from(port?.value).ok()?;
    let path = path.map_or_else(|| "/".into(), |path| path.value);
    sound.then_some(PreviewPort { name: name?.value, port, path })
}
