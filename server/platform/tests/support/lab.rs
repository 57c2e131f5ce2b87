//! Three small labs, as folders of text.

use std::{path::Path, sync::Arc};

use labs::catalog::{Catalog, Lab};
use scorecards::role::Role;

const LAB: &str = r#"title = "TITLE"
summary = "One line."
minutes = 30
phase = 30
entry = "alert"
skills = ["linux"]

[sandbox]
image = "belay/plain"
init = "plain"
memory = "256m"
disk = "32m"
hostname = "web1"
ports = [{ name = "site", port = 80, path = "/berths/" }]

[vars]
port = { between = [8000, 8999] }

[[check]]
id = "survives-restart"
title = "It is still open after a restart"
after = "reboot"
probe.tcp = { port = "{{port}}" }
needs = ["open"]
points = 2
dimension = "operational-discipline"

[[check]]
id = "open"
title = "The port is open"
probe.tcp = { port = "{{port}}" }
feedback = "Nobody answers on port {{port}}."
points = 4
required = true
dimension = "networking-fundamentals"

[[signal]]
id = "validated"
title = "Tested the configuration"
expect = { ran = "nginx -t", exit = 0 }
points = 3
dimension = "operational-discipline"

[[kpi]]
id = "mtta"

[[kpi]]
id = "ticket-quality"
needs = ["open", "validated"]

[[hint]]
text = "hints/1.md"
cost = 1
"#;

/// The role of the installation: the real one.
pub fn role() -> Arc<Role> {
    let roles = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scorecards/roles");
    let roles = platform::roles::load(&roles).unwrap_or_else(|problems| panic!("{problems}"));
    let role = roles.into_iter().find(|role| role.id == "junior-infrastructure-engineer");
    Arc::new(role.expect("the role that Belay begins with"))
}

/// A catalogue of the labs `nginx`, `disk` and `dns`.
pub fn catalog() -> Arc<Catalog> {
    catalog_after(|lab| lab)
}

const EXERCISE: &str = r#"title = "Read this"
summary = "One line."
kind = "interpret"
minutes = 20
phase = 30
skills = ["linux"]

[vars]
pid = { between = [100, 999] }

[[output]]
title = "Who listens"
command = "ss -tlnp"
text = "outputs/ss.txt"

[[question]]
id = "process"
title = "The process is found"
ask = "Which process is it?"
number = { is = "{{pid}}" }
explain = "It is {{pid}}."
points = 3
required = true
dimension = "networking-fundamentals"

[[question]]
id = "left-alone"
title = "What is left alone is known"
ask = "What would you not do?"
several = { right = ["kill it", "reboot"], wrong = ["ask"] }
explain = "Asking harms nobody."
points = 2
dimension = "operational-discipline"

[[hint]]
text = "hints/1.md"
cost = 1
"#;

const LETTER: &str = r#"
title = "A letter"
summary = "Say what broke."
kind = "writing"
minutes = 20
phase = 30
skills = ["observability"]
notes = ["09:05 UTC: db1 is away"]

[[part]]
id = "letter"
label = "Letter"
model = "model.md"

[[criterion]]
id = "says-what"
title = "It says what is away"
says = ["db1"]
explain = "It is db1."
points = 2
required = true
dimension = "communication"

[[bad]]
text = "bad.md"
fails = ["says-what"]

[judging]
raters = 2
within-days = 2
survey = "You are Rolf. How well does it serve you?"

[[rubric]]
dimension = "communication"
asks = "Is it clear?"

[[rubric]]
dimension = "operational-discipline"
asks = "Is it careful?"
anchors = ["leaks", "careless", "careful", "a model"]
"#;

/// A catalogue of the labs `nginx`, `disk` and `dns`, and of the exercise `letter`, which people judge.
pub fn catalog_with_letter() -> Arc<Catalog> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lab = folder.path().join("letter");
    for (path, text) in [
        ("lab.toml", LETTER),
        ("brief.md", "Write it.\n"),
        ("debrief.md", "Say db1.\n"),
        ("model.md", "Since 09:05 UTC db1 is away. The counters can sell nothing; the next word comes at ten.\n"),
        ("bad.md", "Something is broken somewhere, and nobody knows what it is or when it will be well again.\n"),
    ] {
        write(&lab, path, text);
    }
    let read = Catalog::load_lab(&lab).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(Catalog::new(catalog().labs().map(|lab| Lab::clone(lab)).chain([read])))
}

/// A catalogue of the labs `nginx`, `disk` and `dns`, and of the exercise `reading`.
pub fn catalog_with_exercise() -> Arc<Catalog> {
    catalog_with_exercise_after(|text| text)
}

/// The same, with another `lab.toml` of the exercise.
pub fn catalog_with_exercise_after(change: impl Fn(String) -> String) -> Arc<Catalog> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lab = folder.path().join("reading");
    for (path, text) in [
        ("lab.toml", change(EXERCISE.into()).as_str()),
        ("brief.md", "Something holds the port.\n"),
        ("debrief.md", "It was {{pid}}.\n"),
        ("outputs/ss.txt", "users:((\"nc\",pid={{pid}},fd=3))\n"),
        ("hints/1.md", "Read the last column.\n"),
    ] {
        write(&lab, path, text);
    }
    let read = Catalog::load_lab(&lab).unwrap_or_else(|problems| panic!("{problems}"));
    Arc::new(Catalog::new(catalog().labs().map(|lab| Lab::clone(lab)).chain([read])))
}

/// That of the three labs, each with another `lab.toml`.
pub fn catalog_after(change: impl Fn(String) -> String) -> Arc<Catalog> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (id, title) in [("nginx", "The web server"), ("disk", "The disk"), ("dns", "The names")] {
        let lab = folder.path().join(id);
        let write = |path: &str, text: &str| write(&lab, path, text);
        write("lab.toml", &change(LAB.replace("TITLE", title)));
        write("brief.md", "Port {{port}} is closed.\n");
        write("runbook.md", "Look at port {{port}}.\n");
        write("debrief.md", "It was port {{port}}.\n");
        write("setup.sh", "#!/bin/sh\necho \"$PORT\"\n");
        write("solution.sh", "#!/bin/sh\nnginx -t\n");
        write("hints/1.md", "Ask `ss` about port {{port}}.\n");
    }
    Arc::new(Catalog::load(folder.path()).unwrap_or_else(|problems| panic!("{problems}")))
}

fn write(lab: &Path, path: &str, text: &str) {
    let path = lab.join(path);
    std::fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}
