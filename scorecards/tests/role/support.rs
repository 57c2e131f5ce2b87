//! Packs as texts.

use std::{fs, path::Path};

use scorecards::role::Role;

/// The files of a pack, by their path in it.
pub type Files = Vec<(String, String)>;

/// The files of a pack that comes with Belay.
pub fn files_of(role: &str) -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("roles").join(role);
    let mut files = Vec::new();
    for (below, prefix) in [(folder.clone(), ""), (folder.join("variants"), "variants/")] {
        for entry in fs::read_dir(below).into_iter().flatten() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_file() && name.ends_with(".toml") {
                files.push((format!("{prefix}{name}"), fs::read_to_string(path).unwrap()));
            }
        }
    }
    files.sort();
    files
}

/// A pack that comes with Belay.
pub fn role(id: &str) -> Role {
    Role::read(id, &files_of(id)).unwrap_or_else(|problems| panic!("{problems}"))
}

/// The small pack that comes with Belay, after some edits: file, what is replaced, by what. Each must be there once.
pub fn edited(edits: &[(&str, &str, &str)]) -> Files {
    let mut files = files_of("junior-sre");
    for (name, from, to) in edits {
        let file = files.iter_mut().find(|(known, _)| known == name);
        let (_, text) = file.unwrap_or_else(|| panic!("{name}"));
        assert_eq!(text.matches(from).count(), 1, "{from}");
        *text = text.replace(from, to);
    }
    files
}

/// What is said of a pack, a line each.
pub fn complaints(files: &Files) -> Vec<String> {
    match Role::read("junior-sre", files) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.to_string().lines().map(str::to_string).collect(),
    }
}
