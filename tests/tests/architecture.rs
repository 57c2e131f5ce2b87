//! The directions of import and the invariants of ARCHITECTURE.md, read from `cargo metadata` and the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};

/// Who may import whom, of our own crates. `tests` stands outside: it may use all.
const IMPORTS: &[(&str, &[&str])] = &[
    ("scorecards", &[]),
    ("wire", &[]),
    ("agent", &["wire"]),
    ("labs", &["scorecards", "wire"]),
    ("authoring", &["scorecards", "wire", "labs"]),
    ("platform", &["scorecards", "wire", "labs"]),
    // The terminal island speaks the wire's terminal frames; what else `app` imports is for the server's build.
    ("app", &["scorecards", "wire", "labs", "platform"]),
    ("client", &["app"]),
    ("bundle", &[]),
    ("server", &["scorecards", "wire", "labs", "authoring", "platform", "app"]),
];

fn metadata() -> Metadata {
    MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .other_options(vec!["--locked".into(), "--filter-platform".into(), host()])
        .exec()
        .expect("cargo metadata")
}

/// This machine's triple: what is for others need not even be downloaded.
fn host() -> String {
    let output = std::process::Command::new("rustc").arg("-vV").output().expect("rustc");
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("a host").to_string()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_path_buf()
}

#[test]
fn crates_import_only_downwards() {
    let metadata = metadata();
    let ours: BTreeMap<&str, &cargo_metadata::Package> =
        metadata.workspace_packages().into_iter().map(|package| (package.name.as_str(), package)).collect();
    let known: BTreeSet<&str> = IMPORTS.iter().map(|(name, _)| *name).chain(["tests"]).collect();
    assert_eq!(ours.keys().copied().collect::<BTreeSet<_>>(), known, "a crate is missing in the table of imports");
    for (name, allowed) in IMPORTS {
        let imports = ours[name]
            .dependencies
            .iter()
            .filter(|dependency| {
                dependency.kind != DependencyKind::Development && ours.contains_key(dependency.name.as_str())
            })
            .map(|dependency| dependency.name.as_str());
        for import in imports {
            assert!(allowed.contains(&import), "{name} must not import {import}");
        }
    }
}

#[test]
fn a_crate_is_named_as_its_directory() {
    for package in metadata().workspace_packages() {
        let directory = package.manifest_path.parent().and_then(|path| path.file_name()).expect("a directory");
        assert_eq!(package.name.as_str(), directory);
    }
}

/// Every package that `name` draws in by itself, for this target.
fn drawn_in(name: &str, target: &str) -> BTreeSet<String> {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--package", name, "--target", target])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo tree");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8_lossy(&output.stdout);
    tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_string).collect()
}

#[test]
fn the_judgement_does_no_io() {
    let drawn_in = drawn_in("scorecards", &host());
    assert!(drawn_in.contains("serde"), "is this the tree of the judgement? {drawn_in:?}");
    // Each of these computes and nothing else; a new one is looked at before its name is added.
    let known = [
        "aho-corasick",
        "autocfg",
        "chrono",
        "equivalent",
        "hashbrown",
        "heck",
        "indexmap",
        "itoa",
        "memchr",
        "num-traits",
        "proc-macro2",
        "quote",
        "regex",
        "regex-automata",
        "regex-syntax",
        "scorecards",
        "serde",
        "serde_core",
        "serde_derive",
        "serde_json",
        "serde_path_to_error",
        "serde_spanned",
        "strsim",
        "strum",
        "strum_macros",
        "syn",
        "thiserror",
        "thiserror-impl",
        "toml",
        "toml_datetime",
        "toml_parser",
        "toml_writer",
        "unicode-ident",
        "uuid",
        "winnow",
        "zmij",
    ];
    for name in &drawn_in {
        assert!(known.contains(&name.as_str()), "scorecards draws in {name}: does it do I/O or ask a clock?");
    }
    let clock = [
        "Utc::now",
        "Local::now",
        "SystemTime::now",
        "Instant::now",
        "now_v7",
        "fs::",
        "net::",
        "env::",
        "process::",
        "thread::",
        "std::io",
        "std::{fs",
        "File::",
        "async fn",
    ];
    for (file, text) in sources("scorecards/src") {
        for word in clock {
            assert!(!text.contains(word), "{}: {word}", file.display());
        }
    }
}

#[test]
fn the_browser_gets_no_server_code() {
    let drawn_in = drawn_in("client", "wasm32-unknown-unknown");
    assert!(drawn_in.contains("app") && drawn_in.contains("wasm-bindgen"), "is this the browser's tree? {drawn_in:?}");
    for forbidden in ["tokio", "sqlx", "bollard", "axum", "platform", "labs"] {
        assert!(!drawn_in.contains(forbidden), "the browser's build draws in {forbidden}");
    }
}

#[test]
fn one_module_knows_docker_one_the_database_and_two_crates_http() {
    only_in("bollard", &["labs/src/sandbox/docker"]);
    only_in("sqlx", &["server/platform/src/store"]);
    only_in("axum", &["server/src", "app/src"]);
    only_in("tower_http", &["server/src"]);
}

/// The paths of a crate are used nowhere but under these directories (or in a file of that name).
fn only_in(krate: &str, allowed: &[&str]) {
    let path = format!("{krate}::");
    for directory in [
        "app/src",
        "app/client/src",
        "labs/src",
        "labs/wire/src",
        "labs/agent/src",
        "scorecards/src",
        "server/src",
        "server/platform/src",
    ] {
        for (file, text) in sources(directory) {
            let place = file.strip_prefix(root()).expect("below the root").to_string_lossy().into_owned();
            let at_home =
                allowed.iter().any(|home| place.starts_with(&format!("{home}/")) || place == format!("{home}.rs"));
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(at_home || code.clone().all(|line| !line.contains(&path)), "{place} knows {krate}");
        }
    }
}

fn sources(directory: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut queue = vec![root().join(directory)];
    while let Some(directory) = queue.pop() {
        for entry in std::fs::read_dir(&directory).expect("a directory of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                queue.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source");
                found.push((path, text));
            }
        }
    }
    found
}

/// Migrations of both engines go in step.
#[test]
fn both_engines_have_the_same_migrations() {
    let names = |engine: &str| -> BTreeSet<String> {
        std::fs::read_dir(root().join("migrations").join(engine))
            .expect("migrations")
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert!(!names("sqlite").is_empty());
}
