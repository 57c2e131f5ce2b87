//! The lab format: a sound lab is read whole, and what is wrong with one is said by file, line and remedy.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeMap, fs, path::Path};

use labs::catalog::{Catalog, Expectation, Image, Lab, Port, Problems, Test, VarSpec};
use proptest::prelude::*;

const LAB: &str = r#"title = "The web server will not start"
summary = "A stray process owns the port."
minutes = 30
phase = 30
entry = "alert"
skills = ["linux", "networking"]
kpis = ["mtta"]

[sandbox]
build = "sandbox"
init = "systemd"
memory = "256m"
disk = "64m"
cpus = 0.5
pids = 256
user = "engineer"

[vars]
owner = { choose = ["python3", "nc"] }
port = { between = [8000, 8999] }

[[check]]
id = "site-answers"
title = "The site answers"
probe.http = { url = "http://127.0.0.1:{{port}}/", status = 200 }
points = 4
required = true
dimension = "linux-fundamentals"

[[check]]
id = "survives-restart"
title = "The fix survives a restart"
after = "reboot"
probe.tcp = { port = "{{port}}" }
needs = ["site-answers"]
points = 2
dimension = "operational-discipline"

[[check]]
id = "backup"
title = "There is a backup"
script = "checks/backup.sh"
points = 1
dimension = "operational-discipline"

[[signal]]
id = "validated"
title = "Validated first"
expect = { ran = "nginx -t", exit = 0, before = "@restart nginx" }
points = 2
dimension = "operational-discipline"

[[hint]]
text = "hints/1.md"
cost = 1
"#;

/// A sound lab by path and text.
fn sound() -> BTreeMap<&'static str, String> {
    [
        ("lab.toml", LAB),
        ("brief.md", "# Alert\n\nPort {{port}} is down.\n"),
        ("debrief.md", "It was {{owner}}.\n"),
        ("setup.sh", "#!/bin/bash\nset -eu\necho \"$OWNER\"\n"),
        ("solution.sh", "#!/bin/sh\nsudo systemctl restart nginx\n"),
        ("checks/backup.sh", "test -e /box/etc/nginx.bak\n"),
        ("hints/1.md", "Look at the log.\n"),
        ("sandbox/Dockerfile", "FROM belay/systemd\n"),
    ]
    .map(|(path, text)| (path, text.to_string()))
    .into()
}

fn write(dir: &Path, files: &BTreeMap<&'static str, String>) {
    for (path, text) in files {
        fs::create_dir_all(dir.join(path).parent().unwrap()).unwrap();
        fs::write(dir.join(path), text).unwrap();
    }
}

fn load(files: &BTreeMap<&'static str, String>) -> Result<Lab, Problems> {
    let dir = tempfile::tempdir().unwrap();
    let lab = dir.path().join("port-conflict");
    write(&lab, files);
    Catalog::load_lab(&lab)
}

/// What is wrong with the sound lab after some edits of its lab.toml, without the directory's random name.
fn complaints(edits: &[(&str, &str)]) -> String {
    let mut files = sound();
    for (from, to) in edits {
        let toml = files.get_mut("lab.toml").unwrap();
        assert!(toml.contains(from), "{from}");
        *toml = toml.replacen(from, to, 1);
    }
    complaints_about(&files)
}

fn complaints_about(files: &BTreeMap<&'static str, String>) -> String {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("port-conflict"), files);
    match Catalog::load(dir.path()) {
        Ok(_) => "nothing".into(),
        Err(problems) => problems.to_string().replace(&format!("{}/", dir.path().display()), ""),
    }
}

#[test]
fn a_sound_lab_is_read_whole() {
    let lab = load(&sound()).unwrap();
    assert_eq!((lab.id.as_str(), lab.minutes, lab.phase), ("port-conflict", 30, 30));
    assert_eq!(lab.sandbox.image, Image::Build("sandbox".into()));
    assert_eq!((lab.sandbox.memory, lab.sandbox.tmp, lab.sandbox.inodes), (256 << 20, 16 << 20, 20_000));
    assert_eq!(lab.vars["owner"], VarSpec::Choose(vec!["python3".into(), "nc".into()]));
    assert_eq!(lab.vars["port"], VarSpec::Between(8000, 8999));
    assert_eq!(lab.version.len(), 64);
    assert!(lab.checks[1].after_reboot && lab.checks[0].required && lab.signals[0].proven);
    assert!(matches!(
        &lab.checks[1].test,
        Test::Probe(Expectation::Tcp { host, port: Port::Variable(_), open: true }) if host == "127.0.0.1"
    ));
    let Test::Script { script, inside: false } = &lab.checks[2].test else { panic!("{:?}", lab.checks[2]) };
    assert_eq!(script.argv()[..2], ["/bin/sh", "-c"]);
    assert_eq!(lab.setup.argv()[0], "/bin/bash");
    let marking = lab.marking();
    assert_eq!((marking.checks.len(), marking.signals.len(), marking.hints), (3, 1, vec![1]));
}

#[test]
fn the_labs_of_the_catalogue_are_sound() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog");
    let catalog = Catalog::load(&dir).unwrap_or_else(|problems| panic!("{problems}"));
    assert!(catalog.labs().count() > 0);
}

#[test]
fn the_version_follows_every_file() {
    let version = load(&sound()).unwrap().version;
    assert_eq!(load(&sound()).unwrap().version, version);
    let mut files = sound();
    files.get_mut("hints/1.md").unwrap().push('!');
    assert_ne!(load(&files).unwrap().version, version);
}

#[test]
fn labs_come_by_phase_and_id() {
    let dir = tempfile::tempdir().unwrap();
    let mut late = sound();
    *late.get_mut("lab.toml").unwrap() = LAB.replace("phase = 30", "phase = 60");
    write(&dir.path().join("a-late"), &late);
    write(&dir.path().join("c"), &sound());
    write(&dir.path().join("b"), &sound());
    write(&dir.path().join(".hidden"), &late);
    let catalog = Catalog::load(dir.path()).unwrap();
    assert_eq!(catalog.labs().map(|lab| lab.id.as_str()).collect::<Vec<_>>(), ["b", "c", "a-late"]);
    assert!(catalog.get("b").is_some() && catalog.get("d").is_none());
}

#[test]
fn wrong_keys_and_values() {
    insta::assert_snapshot!(complaints(&[
        ("title = \"The web", "titel = \"The web"),
        ("minutes = 30", "minutes = \"half an hour\""),
        ("phase = 30", "phase = 45"),
        ("entry = \"alert\"", "entry = \"alarm\""),
        ("\"networking\"", "\"Networking!\""),
        ("memory = \"256m\"", "memory = \"256mb\""),
        ("disk = \"64m\"", "disk = 64"),
        ("cpus = 0.5", "cpus = 0"),
        ("pids = 256", "pidz = 256"),
        ("user = \"engineer\"", "user = \"enginer\""),
        ("init = \"systemd\"", "init = \"upstart\"\nnetwork = \"private\""),
    ]));
}

#[test]
fn wrong_checks() {
    insta::assert_snapshot!(complaints(&[
        ("id = \"site-answers\"", "id = \"Site answers\""),
        ("required = true\n", ""),
        ("dimension = \"linux-fundamentals\"", "dimension = \"linux\""),
        ("title = \"There is a backup\"", "title = \"{{owner}} has a backup\""),
        ("status = 200", "statuss = 200"),
        ("needs = [\"site-answers\"]", "needs = [\"site-answer\", \"survives-restart\"]"),
        ("points = 2\n", ""),
        ("script = \"checks/backup.sh\"", "script = \"checks/backups.sh\"\nprobe.file = { path = \"etc\" }"),
    ]));
}

#[test]
fn wrong_probes() {
    let probes = r#"
[[check]]
id = "c1"
title = "t"
points = 1
dimension = "troubleshooting"
probe.http = { url = "https://x/", contains = "{{prot}}" }
[[check]]
id = "c2"
title = "t"
points = 1
dimension = "troubleshooting"
probe.tcp = { port = 70000 }
[[check]]
id = "c3"
title = "t"
points = 1
dimension = "troubleshooting"
probe.file = { path = "/a", exists = false, owner = "root", mode = "rw-r--r--" }
[[check]]
id = "c4"
title = "t"
points = 1
dimension = "troubleshooting"
probe.unit = { name = "nginx" }
[[check]]
id = "c5"
title = "t"
points = 1
dimension = "troubleshooting"
probe.filesystem = { path = "/", used_below = 80 }
[[check]]
id = "c6"
title = "t"
points = 1
dimension = "troubleshooting"
probe.htpp = { url = "http://x/" }
[[check]]
id = "c7"
title = "t"
points = 1
dimension = "troubleshooting"
probe.tcp = { port = "{{owner}}" }
probe.listening = { port = 80, none = true, user = "root" }
[[check]]
id = "c8"
title = "t"
points = 1
dimension = "troubleshooting"
probe.file = { path = "/a", matches = "(" }
[[check]]
id = "c9"
title = "t"
points = 1
dimension = "troubleshooting"
[[check]]
id = "c10"
title = "t"
points = 1
dimension = "troubleshooting"
probe.command = { argv = [] }
[[check]]
id = "c10"
title = "t"
points = 1
dimension = "troubleshooting"
probe.command = { argv = ["true"] }
inside = true
[[check]]
id = "c11"
title = "t"
points = 1
dimension = "troubleshooting"
needs = "survives-restart"
probe = "tcp"

[[signal]]"#;
    insta::assert_snapshot!(complaints(&[("\n[[signal]]", probes)]));
}

#[test]
fn wrong_signals() {
    insta::assert_snapshot!(complaints(&[(
        "\n[[signal]]",
        r#"
[[signal]]
id = "s1"
title = "t"
points = -1
dimension = "troubleshooting"
expect = { ran = ["", "@restat nginx"], args = "[" }
[[signal]]
id = "s2"
title = "t"
points = -1
dimension = "troubleshooting"
expect = { ran = "chmod" }
[[signal]]
id = "s3"
title = "t"
points = 1
dimension = "troubleshooting"
forbid = { ran = "chmod", befor = "@restart", after = "@restart" }
proven = false
[[signal]]
id = "s4"
title = "t"
points = 1
dimension = "troubleshooting"
[[signal]]
id = "s5"
title = "t"
points = 1
dimension = "troubleshooting"
expect = { exit = 0 }

[[signal]]"#
    )]));
}

#[test]
fn wrong_variables() {
    let mut files = sound();
    let toml = files.get_mut("lab.toml").unwrap();
    *toml = toml.replace(
        "port = { between = [8000, 8999] }",
        "port = { between = [8999, 8000] }\nPort = { choose = [\"a\", \"b\"] }\npath = { choose = [\"/a\", \"/a\"] }\nboth = { choose = [\"a\", \"b\"], between = [1, 2] }\nunused = { choos = [\"a\", \"b\"] }\nidle = { choose = [\"a\", \"b\"] }",
    );
    files.get_mut("brief.md").unwrap().push_str("\n\nThe owner is {{ ownr }}.\n");
    files.get_mut("solution.sh").unwrap().push_str("kill {{owner}}\n");
    insta::assert_snapshot!(complaints_about(&files));
}

#[test]
fn missing_and_stray_files() {
    let mut files = sound();
    for path in ["brief.md", "debrief.md", "setup.sh", "solution.sh", "hints/1.md", "sandbox/Dockerfile"] {
        files.remove(path);
    }
    files.insert("checks/forgotten.sh", "true\n".into());
    files.insert("checks/backup.sh", "#!/usr/bin/perl\n".into());
    insta::assert_snapshot!(complaints_about(&files));
}

#[test]
fn too_little_memory_and_the_wrong_image() {
    insta::assert_snapshot!(complaints(&[
        ("memory = \"256m\"", "memory = \"100m\""),
        ("build = \"sandbox\"", "build = \".\"\nhostname = \"Web_1\""),
    ]));
    insta::assert_snapshot!(complaints(&[("build = \"sandbox\"", "image = \"belay/systemd\"")]));
    insta::assert_snapshot!(complaints(&[("build = \"sandbox\"\n", "")]));
}

#[test]
fn no_lab_and_no_toml() {
    let mut files = sound();
    files.insert("lab.toml", "title = \"x\"\ntitle = \"y\"\nminutes = 3o\n[sandbox\n".into());
    insta::assert_snapshot!(complaints_about(&files));
    files.remove("lab.toml");
    insta::assert_snapshot!(complaints_about(&files));
    files.insert("lab.toml", String::new());
    insta::assert_snapshot!(complaints_about(&files));
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("Port_Conflict"), &sound());
    let problems = Catalog::load(dir.path()).unwrap_err();
    assert_eq!(problems.0.len(), 1, "{problems}");
    assert!(problems.0[0].what.contains("\"Port_Conflict\" can't be a lab's id"));
    let problems = Catalog::load(&dir.path().join("nowhere")).unwrap_err().to_string();
    assert!(problems.contains("the catalogue can't be read"), "{problems}");
}

#[test]
fn variables_are_drawn_by_their_seed() {
    let lab = load(&sound()).unwrap();
    let mut ports = BTreeMap::<String, u32>::new();
    for seed in 0..200 {
        let vars = lab.draw(seed);
        assert_eq!(vars, lab.draw(seed));
        let port: u16 = vars.0["port"].parse().unwrap();
        assert!((8000..=8999).contains(&port));
        *ports.entry(vars.0["port"].clone()).or_default() += 1;
    }
    assert!(ports.len() > 100, "drawn evenly enough: {}", ports.len());
    // What a seed draws is part of an attempt's record: it must not change with a library.
    insta::assert_debug_snapshot!(
        (0..4).map(|seed| lab.draw(seed).0.into_values().collect::<Vec<_>>()).collect::<Vec<_>>()
    );
}

#[test]
fn filling_in_leaves_the_rest_alone() {
    let vars = load(&sound()).unwrap().draw(1);
    let owner = &vars.0["owner"];
    assert_eq!(
        vars.fill("{{owner}} {{ owner }} {{x}} {{{owner}}} {{ {{owner}}"),
        format!("{owner} {owner} {{{{x}}}} {{{owner}}} {{{{ {owner}")
    );
    assert_eq!(vars.fill("{{owner"), "{{owner");
    assert_eq!(vars.env().keys().collect::<Vec<_>>(), ["OWNER", "PORT"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever somebody saves as lab.toml, there is a list of problems or a lab, never a panic.
    #[test]
    fn reading_never_panics(text in "\\PC{0,200}") {
        let mut files = sound();
        files.insert("lab.toml", text);
        let _ = load(&files);
    }

    /// The same for something close to a lab.
    #[test]
    fn reading_a_damaged_lab_never_panics(from in 0..LAB.len(), length in 0..40_usize, with in "[\\[\\]{}=\"'a-z0-9 .\n@%{}-]{0,12}") {
        let mut files = sound();
        let mut text = LAB.to_string();
        text.replace_range(from..(from + length).min(LAB.len()), &with);
        files.insert("lab.toml", text);
        let _ = load(&files);
    }

    #[test]
    fn filling_in_never_panics(text in "[{}a-zé \n]{0,60}") {
        let vars = labs::catalog::Vars([("a".to_string(), "{{a}}".to_string())].into());
        let _ = vars.fill(&text);
    }
}
