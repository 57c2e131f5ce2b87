//! The role packs, read from a directory with one folder for each.

use std::{fs, io, path::Path};

use scorecards::{
    reader::{Problem, Problems},
    role::Role,
};

/// Reads every folder of the directory as a role pack, in the order of their names.
///
/// # Errors
/// All that is wrong with any of them.
pub fn load(dir: &Path) -> Result<Vec<Role>, Problems> {
    let (mut roles, mut problems) = (Vec::new(), Vec::new());
    let folders = match entries(dir) {
        Ok(folders) => folders,
        Err(error) => return Err(Problems(vec![unreadable(dir, &error)])),
    };
    for folder in folders.into_iter().filter(|path| path.is_dir()) {
        match files(&folder) {
            Ok(files) => match Role::read(&folder.display().to_string(), &files) {
                Ok(role) => roles.push(role),
                Err(Problems(wrong)) => problems.extend(wrong),
            },
            Err(problem) => problems.push(problem),
        }
    }
    if problems.is_empty() { Ok(roles) } else { Err(Problems(problems)) }
}

/// The TOML files of a pack by their path in it, with their texts: those of its folder, and of `variants/`.
fn files(folder: &Path) -> Result<Vec<(String, String)>, Problem> {
    let mut files = Vec::new();
    for (below, prefix) in [(folder.to_path_buf(), ""), (folder.join("variants"), "variants/")] {
        let paths = match entries(&below) {
            Ok(paths) => paths,
            Err(error) if !prefix.is_empty() && error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unreadable(&below, &error)),
        };
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "toml")) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))?;
            files.push((format!("{prefix}{name}"), text));
        }
    }
    Ok(files)
}

/// What is in a directory, in order; hidden ones left out.
fn entries(dir: &Path) -> io::Result<Vec<std::path::PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
    }
    paths.sort_unstable();
    Ok(paths)
}

fn unreadable(path: &Path, error: &io::Error) -> Problem {
    let what = format!("it can't be read: {error}");
    let remedy = "make it a readable file of UTF-8, or name the directory that holds the role packs".into();
    Problem { file: path.display().to_string(), line: None, what, remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packs_that_come_with_belay_are_sound() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scorecards/roles");
        let roles = load(&dir).unwrap_or_else(|problems| panic!("{problems}"));
        assert!(roles.iter().any(|role| role.id == "junior-sre"), "{}", roles.len());
    }

    #[test]
    fn what_can_t_be_read_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let problems = load(&dir.path().join("nowhere")).unwrap_err().to_string();
        assert!(problems.contains("nowhere: it can't be read"), "{problems}");
        fs::create_dir(dir.path().join("a-role")).unwrap();
        fs::write(dir.path().join("a-role/role.toml"), [0xff, 0xfe]).unwrap();
        let problems = load(dir.path()).unwrap_err().to_string();
        assert!(problems.contains("a-role/role.toml: it can't be read"), "{problems}");
    }

    #[test]
    fn notes_beside_the_packs_and_hidden_files_are_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("README.md"), "words").unwrap();
        fs::create_dir(dir.path().join(".git")).unwrap();
        assert_eq!(load(dir.path()).unwrap().len(), 0);
    }
}
