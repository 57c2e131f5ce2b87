//! Trees of an ordinary file system, packed and unpacked; what only an overlay has is tried in real boxes.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fs::{self, File, Permissions},
    os::{
        fd::OwnedFd,
        unix::{
            ffi::OsStrExt,
            fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt, symlink},
        },
    },
    path::Path,
};

use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use wire::layer::{Bounds, Content, Packed};

use super::{
    baseline::Noting,
    changes::Looking,
    directory,
    pack::Packer,
    tar::{self, Head, Kind},
    unpack::{Unpacker, names},
};

const WIDE: Bounds = Bounds { bytes: 64 << 20, entries: 100_000, limit_ms: 60_000 };

fn open(path: &Path) -> OwnedFd {
    directory(path.to_str().expect("a path of ours")).expect("a directory")
}

fn packed(root: &Path, bounds: Bounds) -> (Vec<u8>, Packed) {
    let mut packer = Packer::new(open(root), bounds).expect("a directory to pack");
    let mut bytes = Vec::new();
    while packer.step().expect("packing goes on") {
        bytes.extend(packer.take());
    }
    (bytes, packer.packed())
}

fn unpacked(bytes: &[u8], into: &Path) -> Result<(), String> {
    let mut unpacker = Unpacker::new(open(into), 1000);
    let mut left = bytes;
    while !left.is_empty() {
        unpacker.feed(&mut left)?;
    }
    unpacker.finish()
}

/// All there is to know of a tree.
fn told(root: &Path) -> BTreeMap<Vec<u8>, String> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![root.to_path_buf()];
    while let Some(path) = waiting.pop() {
        let meta = fs::symlink_metadata(&path).expect("it is there");
        let content = if meta.is_symlink() {
            fs::read_link(&path).expect("a link").as_os_str().as_bytes().to_vec()
        } else if meta.is_file() {
            fs::read(&path).expect("a file")
        } else {
            Vec::new()
        };
        if meta.is_dir() {
            waiting.extend(fs::read_dir(&path).expect("a directory").map(|entry| entry.expect("an entry").path()));
        }
        let links = if meta.is_dir() { 0 } else { meta.nlink() };
        let mode = if meta.is_symlink() { 0 } else { meta.mode() };
        let name = path.strip_prefix(root).expect("below it").as_os_str().as_bytes().to_vec();
        let (size, seconds, nanoseconds) = if meta.is_dir() {
            (0, meta.mtime(), meta.mtime_nsec())
        } else {
            (meta.len(), meta.mtime(), meta.mtime_nsec())
        };
        all.insert(
            name,
            format!("{mode:o} {}:{} {links} {size} {seconds}.{nanoseconds} {content:?}", meta.uid(), meta.gid()),
        );
    }
    all
}

fn awkward(root: &Path) {
    fs::create_dir_all(root.join("etc/app")).expect("a directory");
    fs::write(root.join("etc/app/one.conf"), "listen 80;\n").expect("a file");
    fs::hard_link(root.join("etc/app/one.conf"), root.join("etc/app/two.conf")).expect("a second name");
    fs::write(root.join("etc/empty"), "").expect("a file");
    fs::set_permissions(root.join("etc/empty"), Permissions::from_mode(0o4755)).expect("rights");
    symlink("../../../../etc/shadow", root.join("etc/leads-away")).expect("a link");
    symlink(OsStr::from_bytes(b"\xff\xfe"), root.join("etc/strange-link")).expect("a link");
    for name in [&b"new\nline"[..], b"\xff\xc3\x28", b" ", b"-rf", b".wh.really", b"a=b\n12 path=x"] {
        fs::write(root.join(OsStr::from_bytes(name)), name).expect("a file");
    }
    let long = root.join("l".repeat(255)).join("m".repeat(255));
    fs::create_dir_all(&long).expect("long names");
    fs::write(long.join("n".repeat(255)), "deep").expect("a file");
    nix::unistd::mkfifo(&root.join("pipe"), nix::sys::stat::Mode::from_bits_truncate(0o600)).expect("a fifo");
    let giant = File::create(root.join("giant")).expect("a file");
    giant.set_len(1 << 40).expect("holes");
    giant.write_all_at(b"here", 1 << 30).expect("some bytes");
    std::os::unix::net::UnixListener::bind(root.join("socket")).expect("a socket");
    fs::set_permissions(root.join("etc"), Permissions::from_mode(0o700)).expect("rights");
}

#[test]
fn a_tree_comes_back_as_it_was() {
    let (from, to) = (tempfile::tempdir().expect("a place"), tempfile::tempdir().expect("a place"));
    awkward(from.path());
    // Giants are compared by their size; the file is read in full elsewhere.
    let (bytes, said) = packed(from.path(), WIDE);
    assert_eq!((said.left_out, said.cut), (1, false), "{said:?}");
    assert!(said.examples[0].starts_with("/socket: "), "{said:?}");
    assert!(bytes.len() < 100_000, "holes are not packed: {} bytes", bytes.len());
    unpacked(&bytes, to.path()).expect("it is unpacked");

    let giant = File::open(to.path().join("giant")).expect("the giant");
    let mut four = [0; 4];
    giant.read_exact_at(&mut four, 1 << 30).expect("its bytes");
    assert_eq!((&four, giant.metadata().expect("of it").len()), (b"here", 1 << 40));
    for tree in [from.path(), to.path()] {
        fs::remove_file(tree.join("giant")).expect("removed");
    }
    fs::remove_file(from.path().join("socket")).expect("removed");
    let (mut was, mut is) = (told(from.path()), told(to.path()));
    // What was just removed has dated the root.
    was.remove(&b""[..]);
    is.remove(&b""[..]);
    assert_eq!(was, is);
}

#[test]
fn bounds_leave_out_files_and_the_rest_is_whole() {
    let (from, to) = (tempfile::tempdir().expect("a place"), tempfile::tempdir().expect("a place"));
    fs::write(from.path().join("a-small"), "small").expect("a file");
    fs::write(from.path().join("b-large"), vec![7; 100_000]).expect("a file");
    fs::hard_link(from.path().join("b-large"), from.path().join("c-its-name")).expect("a name");
    fs::write(from.path().join("d-small"), "small too").expect("a file");
    let (bytes, said) = packed(from.path(), Bounds { bytes: 1000, ..WIDE });
    assert_eq!((said.left_out, said.bytes, said.cut), (2, 14, false), "{said:?}");
    unpacked(&bytes, to.path()).expect("it is unpacked");
    assert_eq!(told(to.path()).into_keys().collect::<Vec<_>>(), [&b""[..], b"a-small", b"d-small"]);

    for bounds in [Bounds { entries: 2, ..WIDE }, Bounds { limit_ms: 0, ..WIDE }] {
        let (bytes, said) = packed(from.path(), bounds);
        assert!(said.cut, "{said:?}");
        let empty = tempfile::tempdir().expect("a place");
        unpacked(&bytes, empty.path()).expect("what there is of it is whole");
    }
}

#[test]
fn a_file_that_shrinks_while_it_is_read_spoils_nothing() {
    let (from, to) = (tempfile::tempdir().expect("a place"), tempfile::tempdir().expect("a place"));
    fs::write(from.path().join("a"), vec![7; 300_000]).expect("a file");
    fs::write(from.path().join("b"), "after it").expect("a file");
    let mut packer = Packer::new(open(from.path()), WIDE).expect("a directory");
    let mut bytes = Vec::new();
    for _ in 0..3 {
        assert!(packer.step().expect("a step"));
    }
    File::options().write(true).open(from.path().join("a")).expect("it").set_len(10).expect("shorter");
    while packer.step().expect("a step") {
        bytes.extend(packer.take());
    }
    unpacked(&bytes, to.path()).expect("it is whole");
    assert_eq!(fs::read(to.path().join("a")).expect("a").len(), 300_000);
    assert_eq!(fs::read(to.path().join("b")).expect("b"), b"after it");
}

/// A snapshot of these heads, without bytes.
fn made_of(heads: &[Head]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for head in heads {
        tar::write(&mut bytes, head);
    }
    bytes.extend(tar::END);
    let mut gz = GzEncoder::new(Vec::new(), Compression::fast());
    std::io::Write::write_all(&mut gz, &bytes).expect("into memory");
    gz.finish().expect("into memory")
}

#[test]
fn nothing_leads_out_of_the_layer() {
    let place = tempfile::tempdir().expect("a place");
    let outside = place.path().join("outside");
    fs::create_dir(&outside).expect("a directory");
    fs::write(outside.join("secret"), "secret").expect("a file");
    let link = |path: &str, kind, target: &str| {
        let mut head = Head::new(path.into(), kind);
        head.link = target.into();
        head
    };
    let file = |path: &str| Head::new(path.into(), Kind::File);
    let absolute = outside.to_str().expect("a path");
    let tries = [
        vec![file("../outside/new")],
        vec![file("/new")],
        vec![file("a/../../outside/new")],
        vec![file("./new")],
        vec![file("a//new")],
        vec![link("d", Kind::Symlink, "../outside"), file("d/new")],
        vec![link("d", Kind::Symlink, absolute), file("d/new")],
        vec![link("d", Kind::Symlink, absolute), Head::new(b"d".to_vec(), Kind::Directory)],
        vec![link("d", Kind::Symlink, absolute), link("new", Kind::Hardlink, "d/secret")],
        vec![link("new", Kind::Hardlink, "../outside/secret")],
        vec![link("d", Kind::Symlink, &format!("{absolute}/secret")), link("new", Kind::Hardlink, "d")],
        vec![link("d", Kind::Symlink, &format!("{absolute}/secret")), file("d")],
        vec![file(".wh.."), file(".wh...")],
        vec![file(".wh.")],
        vec![file("a\0b")],
        vec![file("twice"), file("twice")],
    ];
    for (number, heads) in tries.iter().enumerate() {
        let root = place.path().join(format!("root-{number}"));
        fs::create_dir(&root).expect("a directory");
        unpacked(&made_of(heads), &root).expect_err(&format!("{heads:?}"));
        assert_eq!(fs::read_dir(&outside).expect("outside").count(), 1, "{heads:?}");
        assert_eq!(fs::read(outside.join("secret")).expect("it"), b"secret", "{heads:?}");
    }
}

#[test]
fn a_snapshot_that_ends_early_or_is_too_large_is_refused() {
    let place = tempfile::tempdir().expect("a place");
    let whole = made_of(&[Head::new(b"a".to_vec(), Kind::File)]);
    let into = |name: &str| {
        let path = place.path().join(name);
        fs::create_dir(&path).expect("a directory");
        path
    };
    unpacked(&whole[..whole.len() / 2], &into("half")).expect_err("it ends early");
    unpacked(b"no gzip at all", &into("none")).expect_err("it is none");
    let many: Vec<Head> = (0..1001).map(|n| Head::new(format!("f{n}").into_bytes(), Kind::File)).collect();
    unpacked(&made_of(&many), &into("many")).expect_err("there are too many");
    // A gigabyte of zeros in a megabyte.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..64 {
        std::io::Write::write_all(&mut bomb, &vec![0; 1 << 20]).expect("into memory");
    }
    let _ = unpacked(&bomb.finish().expect("into memory"), &into("bomb"));
    assert_eq!(fs::read_dir(place.path().join("bomb")).expect("it").count(), 0);
}

proptest! {
    #[test]
    fn a_path_is_taken_only_if_it_stays_below(path in proptest::collection::vec(prop_oneof![Just(b'/'), Just(b'.'), Just(b'a'), any::<u8>()], 0..40)) {
        if let Some(names) = names(&path) {
            prop_assert_eq!(names.join(&b'/'), path.clone());
            prop_assert!(names.iter().all(|name| !name.is_empty() && ![&b"."[..], b".."].contains(name)));
            prop_assert!(!path.contains(&0) && !path.starts_with(b"/"));
        }
    }

    #[test]
    fn whatever_names_a_snapshot_has_nothing_is_written_elsewhere(
        entries in proptest::collection::vec(
            (proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just(".."), Just("."), Just(""), Just(".wh.a"), Just(".wh..")], 1..4), 0_u8..4,
             proptest::collection::vec(prop_oneof![Just("a"), Just("b"), Just(".."), Just("")], 1..4)),
            1..8),
    ) {
        let place = tempfile::tempdir().expect("a place");
        let root = place.path().join("root");
        fs::create_dir(&root).expect("a directory");
        let heads: Vec<Head> = entries.iter().map(|(path, kind, link)| {
            let kind = [Kind::File, Kind::Directory, Kind::Symlink, Kind::Hardlink][usize::from(*kind)];
            let mut head = Head::new(path.join("/").into_bytes(), kind);
            head.mode = 0o755;
            if matches!(kind, Kind::Symlink | Kind::Hardlink) {
                head.link = link.join("/").into_bytes();
            }
            head
        }).collect();
        let _ = unpacked(&made_of(&heads), &root);
        prop_assert_eq!(fs::read_dir(place.path()).expect("the place").count(), 1);
    }
}

#[test]
fn what_changed_since_the_handover_is_told_with_its_texts() {
    let (upper, image) = (tempfile::tempdir().expect("a place"), tempfile::tempdir().expect("a place"));
    let (upper, image) = (upper.path(), image.path());
    for directory in ["etc", "srv"] {
        fs::create_dir(upper.join(directory)).expect("a directory");
        fs::create_dir(image.join(directory)).expect("a directory");
    }
    let write = |path: std::path::PathBuf, content: &[u8]| fs::write(path, content).expect("a file");
    // What the set-up wrote.
    write(upper.join("etc/broken.conf"), b"listen 81;\n");
    write(upper.join("etc/stays"), b"as it is\n");
    write(upper.join("srv/gone"), b"once\n");
    write(upper.join("srv/data"), &[0, 159, 146, 150]);
    // What the image has.
    write(image.join("etc/issue"), b"Debian\n");
    write(image.join("etc/copied-up"), b"the same\n");

    let mut noting = Noting::new(open(upper)).expect("noting");
    while noting.step() {}
    let baseline = std::rc::Rc::new(noting.done());

    write(upper.join("etc/broken.conf"), b"listen 80;\n");
    fs::remove_file(upper.join("srv/gone")).expect("removed");
    write(upper.join("srv/data"), &[1, 159, 146, 150]);
    write(upper.join("etc/issue"), b"Belay\n");
    write(upper.join("etc/copied-up"), b"the same\n");
    fs::set_permissions(upper.join("etc/stays"), Permissions::from_mode(0o600)).expect("rights");
    write(upper.join("srv/new"), b"new\n");
    write(upper.join("srv/large"), &vec![b'x'; 200_000]);
    symlink("new", upper.join("srv/link")).expect("a link");
    let _giant = File::options()
        .create_new(true)
        .write(true)
        .mode(0o644)
        .open(upper.join("srv/zgiant"))
        .map(|file| file.set_len(1 << 40));

    let mut looking = Looking::new(open(upper), open(image), baseline).expect("looking");
    while looking.step() {}
    let (changes, looked) = looking.done();
    assert!(!looked.cut);
    let says: Vec<String> = changes
        .iter()
        .map(|change| {
            let text = |side: &Option<wire::layer::Side>| match side.as_ref().map(|side| &side.content) {
                None => "-".to_owned(),
                Some(None) => "same".to_owned(),
                Some(Some(Content::Text(text))) => text.trim().to_owned(),
                Some(Some(other)) => format!("{other:?}"),
            };
            format!("{} {} | {}", change.path, text(&change.before), text(&change.after))
        })
        .collect();
    // Under another umask the copy is dressed differently, which is a change as well.
    let says: Vec<_> = says.into_iter().filter(|line| !line.starts_with("/etc/copied-up same")).collect();
    assert_eq!(
        says,
        [
            "/etc/broken.conf listen 81; | listen 80;",
            "/etc/issue Debian | Belay",
            "/etc/stays same | same",
            "/srv/data Binary | Binary",
            "/srv/gone once | -",
            "/srv/large - | TooLong",
            "/srv/link - | new",
            "/srv/new - | new",
            "/srv/zgiant - | TooLong",
        ]
    );
}
