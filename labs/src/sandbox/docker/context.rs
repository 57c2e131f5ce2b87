//! What an image is built from: a folder with a Dockerfile.

use std::{
    collections::BTreeMap,
    fs, io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::hex;

const DOCKERFILE: &str = "Dockerfile";

/// A folder with a Dockerfile, read whole.
pub(super) struct Context {
    /// Content and whether it may be executed, by path. All else of a file's mode depends on who checked it out.
    files: BTreeMap<String, (bool, Vec<u8>)>,
}

impl Context {
    pub(super) fn read(dir: &Path) -> io::Result<Self> {
        let mut files = BTreeMap::new();
        let mut folders: Vec<(PathBuf, String)> = vec![(dir.into(), String::new())];
        while let Some((folder, prefix)) = folders.pop() {
            for entry in fs::read_dir(folder)? {
                let entry = entry?;
                let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let kind = entry.metadata()?;
                if kind.is_dir() {
                    folders.push((entry.path(), format!("{path}/")));
                } else if kind.is_file() {
                    files.insert(path, (kind.permissions().mode() & 0o111 != 0, fs::read(entry.path())?));
                } else {
                    return Err(io::Error::other(format!("{} is neither a file nor a folder", entry.path().display())));
                }
            }
        }
        if !files.contains_key(DOCKERFILE) {
            return Err(io::Error::new(
                io::ErrorKind::NotFound,
                format!("{} is missing", dir.join(DOCKERFILE).display()),
            ));
        }
        Ok(Self { files })
    }

    fn dockerfile(&self) -> String {
        self.files.get(DOCKERFILE).map(|(_, text)| String::from_utf8_lossy(text).into_owned()).unwrap_or_default()
    }

    /// The images it is built on, by the names in its `FROM` lines; other stages of its own left out.
    pub(super) fn bases(&self) -> Vec<String> {
        let (mut bases, mut stages) = (Vec::new(), Vec::new());
        for line in self.dockerfile().lines() {
            let Some((image, stage)) = from(line) else {
                continue;
            };
            if !stages.contains(&image) && image != "scratch" && !bases.contains(&image) {
                bases.push(image);
            }
            stages.extend(stage);
        }
        bases
    }

    /// A hash over the files and the images below, by their ids.
    pub(super) fn hash(&self, bases: &BTreeMap<String, Base>) -> String {
        let mut hash = Sha256::new();
        let mut add = |part: &[u8]| {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        };
        for (path, (executable, content)) in &self.files {
            add(path.as_bytes());
            add(&[u8::from(*executable)]);
            add(content);
        }
        for (name, base) in bases {
            add(name.as_bytes());
            add(base.id.as_bytes());
        }
        hex(&hash.finalize())
    }

    /// The context as a tar. Each `FROM` names exactly the image that the hash was made with, whatever its
    /// usual name has come to mean since.
    pub(super) fn tar(&self, bases: &BTreeMap<String, Base>) -> io::Result<Vec<u8>> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, (executable, content)) in &self.files {
            let pinned = (path == DOCKERFILE).then(|| pinned(&self.dockerfile(), bases).into_bytes());
            let content = pinned.as_ref().unwrap_or(content);
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(if *executable { 0o755 } else { 0o644 });
            header.set_mtime(0);
            tar.append_data(&mut header, path, content.as_slice())?;
        }
        tar.into_inner()
    }
}

/// An image to build on.
#[derive(Clone, Debug)]
pub(super) struct Base {
    /// A name that means it and nothing else.
    pub reference: String,
    pub id: String,
}

/// The image and, where it has one, the stage's name of a `FROM` line.
fn from(line: &str) -> Option<(String, Option<String>)> {
    let mut words = line.split_whitespace();
    if !words.next()?.eq_ignore_ascii_case("from") {
        return None;
    }
    let mut words = words.skip_while(|word| word.starts_with("--"));
    let image = words.next()?.to_string();
    let stage =
        words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next()).map(str::to_string);
    Some((image, stage))
}

fn pinned(dockerfile: &str, bases: &BTreeMap<String, Base>) -> String {
    let line = |line: &str| match from(line).and_then(|(image, _)| bases.get(&image).map(|base| (image, base))) {
        Some((image, base)) => line.replacen(&image, &base.reference, 1),
        None => line.into(),
    };
    dockerfile.lines().map(line).collect::<Vec<String>>().join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO_STAGES: &str = "# FROM nothing\nfrom --platform=linux/amd64 belay/plain AS build\nRUN make\nFROM belay/systemd\nCOPY --from=build /x /x\nFROM build\n";

    fn context(dockerfile: &str) -> (tempfile::TempDir, Context) {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("Dockerfile"), dockerfile).unwrap();
        fs::create_dir(dir.path().join("etc")).unwrap();
        fs::write(dir.path().join("etc/x"), "x").unwrap();
        let context = Context::read(dir.path()).unwrap();
        (dir, context)
    }

    fn base(id: &str) -> BTreeMap<String, Base> {
        [("belay/plain".to_string(), Base { reference: format!("belay/plain:{id}"), id: id.into() })].into()
    }

    #[test]
    fn its_bases_are_what_it_does_not_make_itself() {
        assert_eq!(context(TWO_STAGES).1.bases(), ["belay/plain", "belay/systemd"]);
        assert!(context("FROM scratch\n").1.bases().is_empty());
    }

    #[test]
    fn the_hash_follows_content_executability_and_bases() {
        let (dir, one) = context(TWO_STAGES);
        let hash = one.hash(&base("1"));
        assert_eq!(one.hash(&base("1")), hash);
        assert_ne!(one.hash(&base("2")), hash);
        fs::set_permissions(dir.path().join("etc/x"), fs::Permissions::from_mode(0o700)).unwrap();
        assert_ne!(Context::read(dir.path()).unwrap().hash(&base("1")), hash);
    }

    #[test]
    fn its_bases_are_pinned_in_the_tar() {
        let (_dir, context) = context(TWO_STAGES);
        let bytes = context.tar(&base("77")).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let files: Vec<(String, String)> = archive
            .entries()
            .unwrap()
            .map(|entry| {
                let mut entry = entry.unwrap();
                let path = entry.path().unwrap().display().to_string();
                let mut text = String::new();
                io::Read::read_to_string(&mut entry, &mut text).unwrap();
                (path, text)
            })
            .collect();
        assert_eq!(files.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), ["Dockerfile", "etc/x"]);
        assert!(files[0].1.contains("from --platform=linux/amd64 belay/plain:77 AS build\n"), "{}", files[0].1);
        assert!(files[0].1.contains("FROM belay/systemd\n"));
    }

    #[test]
    fn a_folder_without_a_dockerfile_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = Context::read(dir.path()).err().unwrap().to_string();
        assert!(error.ends_with("Dockerfile is missing"), "{error}");
    }
}
