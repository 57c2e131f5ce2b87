//! Files of a box as it was left, out of its packed layer. What is not in the layer is as it was in the image, of which
//! nothing is known here.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{self, Read},
};

use flate2::read::GzDecoder;
use labs::catalog::{Expectation, Lab, Test, Vars};
use tar::{Archive, EntryType};
use wire::probe::FileSeen;

/// As much of a file as a probe sees.
const SEEN: u64 = 64 << 10;

/// The files that a lab's checks look at.
pub(super) fn paths(lab: &Lab, vars: &Vars) -> BTreeSet<String> {
    let path = |test: &Test| match test {
        Test::Probe(Expectation::File { path, .. }) => Some(vars.fill(path)),
        _ => None,
    };
    lab.checks.iter().filter_map(|check| path(&check.test)).collect()
}

/// Some files of a box as it was left.
#[derive(Default)]
pub(super) struct EndState {
    files: BTreeMap<String, FileSeen>,
    /// Names of users and groups by number, where the box had others than its image.
    users: Option<BTreeMap<u64, String>>,
    groups: Option<BTreeMap<u64, String>>,
    owners: BTreeMap<String, (u64, u64)>,
}

impl EndState {
    /// Reads these files out of a packed layer. What is broken off is read as far as it goes.
    pub(super) fn read(packed: &[u8], wanted: &BTreeSet<String>) -> Self {
        let mut state = Self::default();
        // A layer that was cut has no proper end.
        let _ = state.add(packed, wanted);
        state
    }

    fn add(&mut self, packed: &[u8], wanted: &BTreeSet<String>) -> io::Result<()> {
        for entry in Archive::new(GzDecoder::new(packed)).entries()? {
            let mut entry = entry?;
            let path = format!("/{}", entry.path()?.display().to_string().trim_start_matches("./"));
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", &path));
            if let Some(hidden) = name.strip_prefix(".wh.") {
                let gone = if hidden == ".wh..opq" { parent.to_string() } else { format!("{parent}/{hidden}") };
                // All that was below it is gone as well, unless it comes again.
                for below in wanted.iter().filter(|path| **path == gone || path.starts_with(&format!("{gone}/"))) {
                    let absent = FileSeen { kind: "absent".into(), ..FileSeen::default() };
                    self.files.entry(below.clone()).or_insert(absent);
                }
                continue;
            }
            let names = match path.as_str() {
                "/etc/passwd" => Some(&mut self.users),
                "/etc/group" => Some(&mut self.groups),
                _ => None,
            };
            let keep = wanted.contains(&path);
            if names.is_none() && !keep {
                continue;
            }
            let header = entry.header().clone();
            let mut content = Vec::new();
            entry.by_ref().take(SEEN).read_to_end(&mut content)?;
            let content = String::from_utf8_lossy(&content).into_owned();
            if let Some(names) = names {
                *names = Some(named(&content));
            }
            if keep {
                let kind = match header.entry_type() {
                    EntryType::Regular => "file",
                    EntryType::Directory => "directory",
                    EntryType::Fifo => "fifo",
                    // What a link leads to may lie outside of the layer.
                    _ => continue,
                };
                let seen = FileSeen {
                    kind: kind.into(),
                    mode: header.mode()? & 0o7777,
                    size: entry.size(),
                    content: (kind == "file").then_some(content),
                    ..FileSeen::default()
                };
                self.owners.insert(path.clone(), (header.uid()?, header.gid()?));
                self.files.insert(path, seen);
            }
        }
        Ok(())
    }

    /// A file, if how it was left is known.
    pub(super) fn file(&self, path: &str) -> Option<FileSeen> {
        let mut seen = self.files.get(path)?.clone();
        if let Some((user, group)) = self.owners.get(path) {
            seen.owner = name(*user, self.users.as_ref())?;
            seen.group = name(*group, self.groups.as_ref())?;
        }
        Some(seen)
    }
}

/// Root is root everywhere; another's name stands in a file of the image unless the layer has it.
fn name(id: u64, names: Option<&BTreeMap<u64, String>>) -> Option<String> {
    match names {
        Some(names) => Some(names.get(&id).cloned().unwrap_or_else(|| id.to_string())),
        None => (id == 0).then(|| "root".into()),
    }
}

/// `name:x:number:…`, as in passwd(5) and group(5).
fn named(text: &str) -> BTreeMap<u64, String> {
    let line = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        Some((fields.nth(1)?.parse().ok()?, name.to_string()))
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::GzEncoder};
    use tar::{Builder, Header};

    use super::*;

    fn layer(entries: &[(&str, u64, u32, &str)]) -> Vec<u8> {
        let mut builder = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (path, owner, mode, content) in entries {
            let mut header = Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(*mode);
            header.set_uid(*owner);
            header.set_gid(*owner);
            header.set_cksum();
            builder.append_data(&mut header, path, content.as_bytes()).expect("an entry");
        }
        builder.into_inner().expect("a layer").finish().expect("a whole one")
    }

    fn wanted(paths: &[&str]) -> BTreeSet<String> {
        paths.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_file_is_as_it_was_left_and_what_is_not_there_is_not_known() {
        let packed = layer(&[
            ("etc/motd", 0, 0o644, "hello\n"),
            ("etc/.wh.old.conf", 0, 0o600, ""),
            ("srv/data/.wh..wh..opq", 0, 0o600, ""),
            ("srv/data/new", 1000, 0o640, "x"),
        ]);
        let state = EndState::read(
            &packed,
            &wanted(&["/etc/motd", "/etc/old.conf", "/etc/hosts", "/srv/data/old", "/srv/data/new"]),
        );
        let motd = state.file("/etc/motd").expect("it is in the layer");
        assert_eq!((motd.kind.as_str(), motd.mode, motd.owner.as_str()), ("file", 0o644, "root"));
        assert_eq!(motd.content.as_deref(), Some("hello\n"));
        assert_eq!(state.file("/etc/old.conf").map(|seen| seen.kind), Some("absent".into()));
        assert_eq!(state.file("/srv/data/old").map(|seen| seen.kind), Some("absent".into()));
        assert!(state.file("/etc/hosts").is_none(), "as in the image, whatever that is");
        assert!(state.file("/srv/data/new").is_none(), "nobody knows here who 1000 is");
        let named = layer(&[
            ("srv/data/new", 1000, 0o640, "x"),
            ("etc/passwd", 0, 0o644, "root:x:0:0::/root:/bin/sh\nengineer:x:1000:1000::/home:/bin/sh\n"),
            ("etc/group", 0, 0o644, "crew:x:1000:\n"),
        ]);
        let seen = EndState::read(&named, &wanted(&["/srv/data/new"])).file("/srv/data/new").expect("now it is known");
        assert_eq!((seen.owner.as_str(), seen.group.as_str()), ("engineer", "crew"));
    }

    #[test]
    fn what_is_no_layer_holds_nothing() {
        let mut broken = layer(&[("etc/motd", 0, 0o644, "hello\n")]);
        broken.truncate(20);
        for packed in [Vec::new(), broken, b"no gzip".to_vec()] {
            assert!(EndState::read(&packed, &wanted(&["/etc/motd"])).file("/etc/motd").is_none());
        }
        let mut junk = GzEncoder::new(Vec::new(), Compression::fast());
        junk.write_all(&[7; 2000]).expect("bytes");
        let junk = junk.finish().expect("a gzip member");
        assert!(EndState::read(&junk, &wanted(&["/etc/motd"])).file("/etc/motd").is_none());
    }
}
