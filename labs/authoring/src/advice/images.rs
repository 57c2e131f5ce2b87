//! What a lab's images are made from, and what they give away.

use std::{
    fs,
    path::{Path, PathBuf},
};

use labs::{
    catalog::{Image, Lab},
    proof::key_command,
};

/// Shorter lines say nothing that an image might not hold as well.
const TELLING: usize = 20;

/// How Belay's own images begin.
const OWN: &str = "belay/";

/// Images of Belay's that are asked for and are none: where they are asked for, and which.
pub(super) fn unknown(lab: &Lab, bases: &[String]) -> Vec<(String, String)> {
    let mut asked: Vec<(String, String)> = Vec::new();
    for host in &lab.hosts {
        match &host.image {
            Image::Named(name) => asked.push(("lab.toml".into(), name.clone())),
            Image::Build(folder) => {
                let file = folder.join("Dockerfile");
                let text = fs::read_to_string(lab.dir.join(&file)).unwrap_or_default();
                let from = text.lines().filter_map(|line| line.trim().strip_prefix("FROM ")?.split_whitespace().next());
                asked.extend(from.map(|name| (file.display().to_string(), name.to_string())));
            }
        }
    }
    let own = |name: &str| name.strip_prefix(OWN).map(|name| name.trim_end_matches(":latest").to_string());
    asked.retain(|(_, name)| own(name).is_some_and(|name| !bases.contains(&name)));
    asked.dedup();
    asked
}

/// Key lines of the solution that a file of an image holds, with that file.
pub(super) fn key_lines(lab: &Lab) -> Vec<(String, String)> {
    let scripts = lab.hosts.iter().filter_map(|host| host.solution.as_ref());
    let keys: Vec<&str> = scripts
        .flat_map(|script| script.text.lines())
        .filter_map(key_command)
        .filter(|line| line.len() >= TELLING)
        .collect();
    let mut found = Vec::new();
    for host in &lab.hosts {
        let Image::Build(folder) = &host.image else { continue };
        for path in files(&lab.dir.join(folder)) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            let file = path.strip_prefix(&lab.dir).unwrap_or(&path).display().to_string();
            found.extend(keys.iter().filter(|key| text.contains(**key)).map(|key| (file.clone(), (*key).to_string())));
        }
    }
    found
}

/// All files below a folder; what can't be read is none.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => files.extend(self::files(&entry.path())),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    files.sort();
    files
}
