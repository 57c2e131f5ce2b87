//! The lab format: a sound lab is read whole, and what is wrong with one is said by file, line and remedy.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeMap, fs, path::Path};

use labs::catalog::{Catalog, Expectation, Image, Lab, Port, Problems, Test, TimeSettings, VarSpec};
use proptest::prelude::*;
use rstest::rstest;
use scorecards::{
    marking::KpiMark,
    role::{Table, Words},
    signal::{Pattern, SETS, Set},
};
use wire::Capability;

const LAB: &str = r#"title = "The web server will not start"
summary = "A stray process owns the port."
minutes = 30
phase = 30
entry = "alert"
skills = ["linux", "networking"]
# A comment.

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

[[kpi]]
id = "mtta"

[[kpi]]
id = "ticket-quality"
needs = ["site-answers", "validated"]
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
    match Catalog::load_for(dir.path(), &words()) {
        Ok(_) => "nothing".into(),
        Err(problems) => problems.to_string().replace(&format!("{}/", dir.path().display()), ""),
    }
}

/// What the labs of these tests may name of a role.
fn words() -> Words {
    let known = [
        (Table::Skill, "linux"),
        (Table::Skill, "networking"),
        (Table::Kpi, "mtta"),
        (Table::Kpi, "ticket-quality"),
        (Table::Responsibility, "join-incidents"),
        (Table::Dimension, "linux-fundamentals"),
        (Table::Dimension, "operational-discipline"),
        (Table::Dimension, "troubleshooting"),
    ];
    Words::new(known.map(|(table, id)| (table, id.to_string())))
}

#[test]
fn what_a_lab_names_of_a_role_must_be_in_a_role_pack() {
    insta::assert_snapshot!(complaints(&[
        ("\"networking\"", "\"network\", \"mtta\""),
        ("# A comment.", "trains = [\"join-incident\", \"join-incidents\"]"),
        ("id = \"mtta\"", "id = \"mtts\""),
        ("dimension = \"linux-fundamentals\"", "dimension = \"linux-fundamental\""),
    ]));
}

#[test]
fn the_use_of_time_is_read() {
    let with = |section: &str| {
        let mut files = sound();
        let toml = files.get_mut("lab.toml").unwrap();
        *toml = toml.replacen("[sandbox]", &format!("{section}\n[sandbox]"), 1);
        load(&files).map(|lab| lab.time)
    };
    assert_eq!(with("").unwrap(), TimeSettings::usual(30));
    assert_eq!(TimeSettings::usual(30), TimeSettings { extension: 15, extension_when_assessed: false, idle: None });
    let all = with("[time]\nextension = 20\nextension-when-assessed = true\nidle = 0").unwrap();
    assert_eq!(all, TimeSettings { extension: 20, extension_when_assessed: true, idle: Some(0) });
    for wrong in ["[time]\nextension = \"20m\"", "[time]\nidle = 500", "[time]\npause = true"] {
        assert!(with(wrong).is_err(), "{wrong}");
    }
}

fn owned<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_string).into()
}

#[test]
fn a_lab_is_linked_to_all_that_it_names() {
    let mut files = sound();
    let toml = files.get_mut("lab.toml").unwrap();
    *toml = toml.replacen("entry =", "trains = [\"join-incidents\"]\nentry =", 1);
    let links = load(&files).unwrap().links();
    assert_eq!((links.skills, links.kpis), (owned(["linux", "networking"]), owned(["mtta", "ticket-quality"])));
    assert_eq!(links.dimensions, ["linux-fundamentals", "operational-discipline"]);
    assert_eq!((links.lab.as_str(), links.trains), ("port-conflict", owned(["join-incidents"])));
}

#[test]
fn a_sound_lab_is_read_whole() {
    let lab = load(&sound()).unwrap();
    assert_eq!((lab.id.as_str(), lab.minutes, lab.phase), ("port-conflict", 30, 30));
    assert_eq!(lab.first_host().image, Image::Build("sandbox".into()));
    assert_eq!((lab.first_host().memory, lab.first_host().tmp, lab.first_host().inodes), (256 << 20, 16 << 20, 20_000));
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
    assert_eq!(lab.first_host().setup.as_ref().unwrap().argv()[0], "/bin/bash");
    let marking = lab.marking();
    assert_eq!((marking.checks.len(), marking.signals.len(), marking.hints), (3, 1, vec![1]));
    assert_eq!(lab.kpis, ["mtta", "ticket-quality"]);
    let kpi = KpiMark { kpi: "ticket-quality".into(), needs: vec!["site-answers".into(), "validated".into()] };
    assert_eq!(marking.kpis, [kpi]);
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
fn a_lab_may_ask_for_a_few_capabilities_and_is_told_why_not_for_others() {
    let asking = |list: &str| {
        let mut files = sound();
        let toml = files.get_mut("lab.toml").unwrap();
        *toml = toml.replacen("pids = 256", &format!("pids = 256\ncapabilities = {list}"), 1);
        load(&files)
    };
    let lab = asking("[\"NET_ADMIN\", \"CAP_IPC_LOCK\", \"NET_ADMIN\"]").unwrap();
    assert_eq!(lab.first_host().capabilities, [Capability::NetAdmin, Capability::IpcLock]);
    assert!(load(&sound()).unwrap().first_host().capabilities.is_empty());
    for (list, word) in [
        ("[\"SYS_ADMIN\"]", "no box gets SYS_ADMIN: it could mount what it likes and leave the box"),
        ("[\"SYS_MODULE\"]", "no box gets SYS_MODULE"),
        ("[\"SYS_RAWIO\"]", "no box gets SYS_RAWIO"),
        ("[\"CAP_MKNOD\"]", "no box gets MKNOD"),
        ("[\"BPF\"]", "no box gets BPF"),
        ("[\"NET_RAW\"]", "every box has NET_RAW; take it out"),
        ("[\"NET_ADMN\"]", "did you mean `NET_ADMIN`?"),
        ("3", "`capabilities` must be a text or a list of texts"),
    ] {
        let problems = asking(list).unwrap_err().to_string();
        assert!(problems.contains(word) && problems.contains("lab.toml:16"), "{list}: {problems}");
    }
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
fn patterns_that_can_never_be_seen() {
    let forms = [
        r#"expect = { ran = "/usr/sbin/nginx -t", before = "cd /etc" }"#,
        r#"expect = { ran = "fuser -k 80/tcp", without = ["-k"], within = "soon" }"#,
        r#"expect = { ran = "nginx -t", before = "nginx -t" }"#,
        r#"expect = { ran = "nginx -t", before-first = "@change", after = "@change" }"#,
        r#"expect = { ran = "nginx -t", within = "45m" }"#,
        r#"expect = { ran = "df", before = "@change", after = "@stop *", within = "5m" }"#,
        r#"expect = { order = ["nginx -t"] }"#,
        r#"expect = { order = [], ran = "nginx" }"#,
        r#"expect = { order = ["@bakup x", { order = ["a", "b"] }, { ran = "a", exti = 0 }] }"#,
        r#"expect = { ran = "a", before = ["@change", 7] }"#,
        r#"expect = { changed = "etc/nginx", exit = 0 }"#,
        r#"expect = { said = ["hypotheses", "note"], times = 1 }"#,
        r#"expect = { ran = "df", between = "df" }"#,
        r#"expect = { ran = "df", repeat = 3 }"#,
        r#"expect = { ran = [] , before = [] }"#,
        r#"expect = { ran = "journalctl | grep x" }"#,
        r#"expect = { ran = "fuser 80/tcp !80/tcp" }"#,
        r#"expect = { ran = "df", between = "@change", before = "rm" }"#,
    ];
    let signal = |(n, form): (usize, &&str)| {
        format!("\n[[signal]]\nid = \"s{n}\"\ntitle = \"t\"\npoints = 1\ndimension = \"troubleshooting\"\n{form}\n")
    };
    let mut signals: String = (1..).zip(&forms).map(signal).collect();
    signals.push_str("\n[[signal]]\nid = \"bad\"\ntitle = \"t\"\npoints = -1\ndimension = \"troubleshooting\"\n");
    signals.push_str("forbid = { ran = \"df\", between = \"@change\" }\n\n[[signal]]");
    insta::assert_snapshot!(complaints(&[("\n[[signal]]", &signals)]));
}

#[rstest]
#[case(r#"expect = { ran = ["fuser 80/tcp !-k", "@listeners 80"], before-first = ["@stop *", "@kill *"] }"#)]
#[case(r#"expect = { ran = "fuser 80/tcp", without = ["-k", "--kill"] }"#)]
#[case(r#"expect = { ran = "curl", exit = 0, args = "^http", after-last = "@restart nginx", within = "5m" }"#)]
#[case(r#"expect = { ran = "@read-only", times = 3, before-first = "@change" }"#)]
#[case(r#"expect = { ran = "@read-only", between = ["@change", { changed = "/etc/*" }] }"#)]
#[case(r#"expect = { said = "hypothesis", before-first = "@change" }"#)]
#[case(
    r#"expect = { order = ["@read-only", "@backup *", { changed = "/etc/nginx/*" }, { ran = "nginx -t", exit = 0 }] }"#
)]
#[case(r#"forbid = { changed = ["/etc/passwd", "/etc/shadow"] }"#)]
#[case(r#"forbid = { ran = ["@read-only", "@change"], repeat = 3 }"#)]
fn what_is_written_is_what_is_stored(#[case] form: &str) {
    let mut files = sound();
    let toml = files.get_mut("lab.toml").unwrap();
    let old = r#"expect = { ran = "nginx -t", exit = 0, before = "@restart nginx" }"#;
    assert!(toml.contains(old));
    let points = if form.starts_with("forbid") { "points = -2" } else { "points = 2" };
    *toml = toml.replace(&format!("{old}\npoints = 2"), &format!("{form}\n{points}"));
    let lab = load(&files).unwrap_or_else(|problems| panic!("{problems}"));

    // Printed as TOML it is a pattern again, and the same one.
    let pattern = &lab.signals[0].pattern;
    let printed = toml::Value::try_from(pattern).unwrap();
    assert_eq!(printed.clone().try_into::<Pattern>().unwrap(), *pattern, "{printed}");
    assert!(toml::from_str::<toml::Table>(&format!("pattern = {printed}")).is_ok(), "{printed}");
}

const PAGE: &str = include_str!("../SIGNALS.md");

#[test]
fn the_examples_of_the_page_for_authors_are_sound() {
    let examples: Vec<&str> =
        PAGE.lines().filter(|line| line.starts_with("expect = {") || line.starts_with("forbid = {")).collect();
    assert!(examples.len() > 10, "{examples:?}");
    for form in examples {
        let found = complaints(&[
            (r#"expect = { ran = "nginx -t", exit = 0, before = "@restart nginx" }"#, form),
            (
                "points = 2\ndimension = \"operational-discipline\"\n\n[[hint]]",
                if form.starts_with("forbid") {
                    "points = -2\ndimension = \"operational-discipline\"\n\n[[hint]]"
                } else {
                    "points = 2\ndimension = \"operational-discipline\"\n\n[[hint]]"
                },
            ),
        ]);
        assert_eq!(found, "nothing", "{form}");
    }
}

/// Where this fails: what it prints belongs at the end of the page.
#[test]
fn the_page_for_authors_lists_every_set_as_it_is() {
    let row = |set: &Set| {
        let word = if set.takes_word() { " X" } else { "" };
        let ways: Vec<String> = set.ways.iter().map(|way| format!("`{}`", way.replace("{}", "X"))).collect();
        format!("| `@{}{word}` | {} | {} |", set.name, set.does, ways.join(", "))
    };
    let rows: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("| `@")).collect();
    let expected: Vec<String> = SETS.iter().map(row).collect();
    assert!(rows == expected, "\n{}\n", expected.join("\n"));
}

#[test]
fn wrong_kpis() {
    insta::assert_snapshot!(complaints(&[
        ("skills = [", "kpis = [\"mtta\"]\nskills = ["),
        ("id = \"mtta\"", "id = \"MTTA\"\nneed = []"),
        (
            "needs = [\"site-answers\", \"validated\"]",
            "needs = [\"site-anwsers\", \"validated\", \"validated\", \"other\"]\n\n[[kpi]]\nid = \"ticket-quality\"\n\n[[kpi]]\nneeds = 3"
        ),
    ]));
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
fn ports_are_tabs_with_names_of_their_own() {
    let with = |ports: &str| complaints(&[("build = \"sandbox\"", &format!("build = \"sandbox\"\nports = {ports}"))]);
    assert_eq!(
        with("[{ name = \"site\", port = 80 }, { name = \"admin\", port = 8080, path = \"/login?x\" }]"),
        "nothing"
    );
    insta::assert_snapshot!(with(
        "[{ name = \"Site\", port = 0 }, { name = \"8080\", port = 8080 }, { name = \"a\", port = 1, path = \"//evil\" }, { name = \"a\", port = 2, hots = \"web\" }, {}]"
    ));
    insta::assert_snapshot!(with("[80]"));
    insta::assert_snapshot!(with("[]"));
    let many: Vec<String> = (1..=7).map(|n| format!("{{ name = \"p{n}\", port = {n} }}")).collect();
    insta::assert_snapshot!(with(&format!("[{}]", many.join(", "))));
}

#[test]
fn a_list_of_machines_that_is_none_is_told_as_such() {
    for hosts in ["host = []", "host = 1"] {
        let said = complaints(&[("build = \"sandbox\"", &format!("network = \"private\"\n{hosts}"))]);
        assert!(said.contains("host"), "{said}");
    }
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
fn some_seeds_draw_each_choice() {
    let lab = load(&sound()).unwrap();
    let all = lab.seeds_for_each_choice();
    assert_eq!(lab.undrawn(&all), []);
    let choices = lab.undrawn(&[]);
    assert!(
        !choices.is_empty() && choices.iter().all(|(name, _)| *name == "owner"),
        "a range is no choice: {choices:?}"
    );
    assert!(all.len() <= choices.len(), "{all:?}");
    for left in &all {
        let others: Vec<u64> = all.iter().copied().filter(|seed| seed != left).collect();
        assert_ne!(lab.undrawn(&others), [], "{left} is there for something");
    }
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

    /// The same for something close to a pattern.
    #[test]
    fn reading_a_damaged_pattern_never_panics(
        line in 0..1000_usize,
        from in 0..200_usize,
        length in 0..20_usize,
        with in "[\\[\\]{}=\"'a-z0-9@!*, .-]{0,8}",
    ) {
        let examples: Vec<&str> = PAGE.lines().filter(|line| line.starts_with("expect = {")).collect();
        let mut form = examples[line % examples.len()].to_string();
        let from = from.min(form.len());
        form.replace_range(from..(from + length).min(form.len()), &with);
        let mut files = sound();
        let toml = files.get_mut("lab.toml").unwrap();
        *toml = toml.replace(r#"expect = { ran = "nginx -t", exit = 0, before = "@restart nginx" }"#, &form);
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
