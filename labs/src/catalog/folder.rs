//! A lab's folder: all its files, read once.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use scorecards::reader::Problem;
use sha2::{Digest, Sha256};

use crate::hex;

/// The largest file a lab may have, in bytes: a lab is text.
const LARGEST: u64 = 1 << 20;

/// The files of a lab by their path in it.
pub(super) struct Folder {
    /// The folder as it is named in messages.
    shown: String,
    files: BTreeMap<String, Vec<u8>>,
}

impl Folder {
    /// Reads a folder with all below it, and says what could not be read.
    pub(super) fn read(dir: &Path) -> (Self, Vec<Problem>) {
        let shown = dir.display().to_string();
        let (mut files, mut problems) = (BTreeMap::new(), Vec::new());
        let mut folders: Vec<(PathBuf, String)> = vec![(dir.into(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            let entries = match fs::read_dir(&folder).and_then(Iterator::collect::<io::Result<Vec<_>>>) {
                Ok(entries) => entries,
                Err(error) => {
                    problems.push(unreadable(&shown, &prefix, &error));
                    continue;
                }
            };
            for entry in entries {
                let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
                match content(&entry) {
                    Ok(Content::Folder) => folders.push((entry.path(), format!("{path}/"))),
                    Ok(Content::File(bytes)) => drop(files.insert(path, bytes)),
                    Ok(Content::Unfit(what, remedy)) => {
                        let file = format!("{shown}/{path}");
                        problems.push(Problem { file, line: None, what, remedy: remedy.into() });
                    }
                    Err(error) => problems.push(unreadable(&shown, &path, &error)),
                }
            }
        }
        (Self { shown, files }, problems)
    }

    /// A file as it is named in messages.
    pub(super) fn show(&self, path: &str) -> String {
        format!("{}/{path}", self.shown)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.files.contains_key(path)
    }

    /// The text of a file; `None` when it isn't there or is not UTF-8.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        std::str::from_utf8(self.files.get(path)?).ok()
    }

    /// The paths of all files, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// The SHA-256 of every path and content, in hex.
    pub(super) fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for (path, content) in &self.files {
            // With their lengths in front, no two folders look alike.
            for part in [path.as_bytes(), content] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        hex(&hash.finalize())
    }
}

enum Content {
    Folder,
    File(Vec<u8>),
    /// What is wrong with it, and the remedy.
    Unfit(String, &'static str),
}

fn content(entry: &fs::DirEntry) -> io::Result<Content> {
    if entry.file_name().to_str().is_none() {
        return Ok(Content::Unfit("its name is not UTF-8".into(), "rename it"));
    }
    let kind = entry.metadata()?;
    Ok(if kind.is_dir() {
        Content::Folder
    } else if !kind.is_file() {
        Content::Unfit("it is neither a file nor a folder".into(), "put a plain file in its place")
    } else if kind.len() > LARGEST {
        let what = format!("it has {} bytes, over the limit of {LARGEST}", kind.len());
        Content::Unfit(what, "make it in setup.sh or in the Dockerfile")
    } else {
        Content::File(fs::read(entry.path())?)
    })
}

fn unreadable(shown: &str, path: &str, error: &io::Error) -> Problem {
    let file = format!("{shown}/{path}").trim_end_matches('/').to_string();
    Problem { file, line: None, what: format!("it can't be read: {error}"), remedy: "make it readable".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_knows_content_from_name() {
        let hash = |files: &[(&str, &str)]| {
            let dir = tempfile::tempdir().unwrap();
            for (path, text) in files {
                fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
                fs::write(dir.path().join(path), text).unwrap();
            }
            let (folder, problems) = Folder::read(dir.path());
            assert_eq!(problems, []);
            folder.hash()
        };
        assert_eq!(hash(&[("a", "1"), ("b/c", "2")]), hash(&[("b/c", "2"), ("a", "1")]));
        assert_ne!(hash(&[("a", "1")]), hash(&[("a", "2")]));
        assert_ne!(hash(&[("ab", "c")]), hash(&[("a", "bc")]));
        assert_ne!(hash(&[("a", "bc")]), hash(&[("a", "b"), ("c", "")]));
    }

    #[test]
    fn what_is_no_plain_file_is_named() {
        let dir = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/etc/passwd", dir.path().join("link")).unwrap();
        fs::write(dir.path().join("big"), vec![b'x'; (1 << 20) + 1]).unwrap();
        let (_, mut problems) = Folder::read(dir.path());
        problems.sort();
        let what: Vec<&str> = problems.iter().map(|problem| &*problem.what).collect();
        assert_eq!(what, ["it has 1048577 bytes, over the limit of 1048576", "it is neither a file nor a folder"]);
    }
}
