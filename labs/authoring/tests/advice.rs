//! What a reviewer would ask: nothing of the labs that come with Belay, and each thing of a lab that has it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use authoring::{
    advice::advise,
    folder,
    scaffold::{Machines, Outline, scaffold},
};
use labs::catalog::Catalog;
use rstest::rstest;
use wire::Init;

/// The base images that come with Belay.
fn bases() -> Vec<String> {
    ["automation", "data", "monitoring", "plain", "systemd", "web"].map(Into::into).into()
}

#[test]
fn nothing_is_asked_of_the_labs_that_come_with_belay() {
    let catalog = Catalog::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog")).unwrap();
    let asked: Vec<String> =
        catalog.labs().flat_map(|lab| advise(lab, &bases())).map(|better| better.to_string()).collect();
    assert!(asked.is_empty(), "{}", asked.join("\n"));
}

/// What is asked of a new lab after a change of one of its files.
fn asked(path: &str, change: impl Fn(String) -> String) -> String {
    let outline = Outline {
        id: "quiet-notices".into(),
        title: "The notices are blank".into(),
        summary: "A service runs and shows nothing.".into(),
        minutes: 20,
        phase: 30,
        skills: vec!["linux".into()],
        machines: Machines::One(Init::Systemd),
    };
    let dir = tempfile::tempdir().unwrap();
    let lab = dir.path().join("quiet-notices");
    folder::write(&lab, &scaffold(&outline).unwrap()).unwrap();
    let file = lab.join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, change(fs::read_to_string(&file).unwrap_or_default())).unwrap();
    let read = Catalog::load_lab(&lab).unwrap_or_else(|problems| panic!("{problems}"));
    advise(&read, &bases()).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn nothing_is_asked_of_a_new_lab() {
    assert_eq!(asked("brief.md", |text| text), "");
}

#[rstest]
#[case("lab.toml", "skills = [\"linux\"]", "skills = []", "it trains no skill")]
#[case("checks/nothing-opened.sh", "", "#!/bin/bash\necho fine\nexit 0\n", "can't fail")]
#[case("brief.md", "", "The password: Tide-4471-Rope\n", "looks like a secret")]
#[case("lab.toml", "image = \"belay/systemd\"", "image = \"belay/systmd\"", "there is no image belay/systmd")]
#[case("setup.sh", "\n", "\nif true\n", "bash can't read it")]
#[case("setup.sh", "\n", "\nsleep 20\n", "it pauses for 20 seconds")]
#[case("setup.sh", "#!/bin/bash\n", "", "its first line does not say what runs it")]
#[case("solution.sh", "", "#!/bin/bash\ntrue\n", "no line is marked `# key`")]
#[case("lab.toml", "[[hint]]", "[[kpi]]\nid = \"backup-success\"\n\n[[hint]]", "\"backup-success\" has no `needs`")]
#[case("runbook.md", "", "Run `sudo sytemctl status notices` first.\n", "is `systemctl` meant?")]
fn what_could_be_better_is_said(#[case] path: &str, #[case] from: &str, #[case] to: &str, #[case] words: &str) {
    let said = asked(path, |text| if from.is_empty() { to.into() } else { text.replacen(from, to, 1) });
    assert!(said.contains(words) && said.contains(path), "{said}");
}
