//! A new lab is sound as it is. That it also proves itself is seen on a real engine, by the tests of the whole program.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use authoring::{
    folder::{self, WriteError},
    scaffold::{Machines, Outline, OutlineError, scaffold},
};
use labs::catalog::{Catalog, Lab};
use proptest::prelude::*;
use rstest::rstest;
use wire::Init;

fn outline(machines: Machines) -> Outline {
    Outline {
        id: "quiet-notices".into(),
        title: "The notices are blank".into(),
        summary: "A service runs and shows nothing.".into(),
        minutes: 20,
        phase: 30,
        skills: vec!["linux".into()],
        machines,
    }
}

fn written(outline: &Outline, dir: &Path) -> Lab {
    let folder = dir.join(&outline.id);
    folder::write(&folder, &scaffold(outline).unwrap()).unwrap();
    Catalog::load_lab(&folder).unwrap_or_else(|problems| panic!("{problems}"))
}

#[rstest]
#[case(Machines::One(Init::Systemd), &["web1"])]
#[case(Machines::One(Init::Plain), &["files1"])]
#[case(Machines::Several(vec!["web".into(), "db".into()]), &["web", "db"])]
#[case(Machines::Several(vec!["web".into(), "app".into(), "desk".into()]), &["web", "app", "desk"])]
fn a_new_lab_is_sound(#[case] machines: Machines, #[case] hosts: &[&str]) {
    let dir = tempfile::tempdir().unwrap();
    let lab = written(&outline(machines), dir.path());
    assert_eq!(lab.hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), hosts);
    assert_eq!(lab.title, "The notices are blank");
    for text in [&lab.brief, &lab.debrief, lab.runbook.as_ref().unwrap()] {
        assert!(!text.contains('@'), "nothing is left to fill in: {text}");
    }
}

#[test]
fn nothing_is_written_over() {
    let dir = tempfile::tempdir().unwrap();
    let outline = outline(Machines::One(Init::Plain));
    written(&outline, dir.path());
    let folder = dir.path().join(&outline.id);
    fs::write(folder.join("brief.md"), "my own words").unwrap();
    let again = folder::write(&folder, &scaffold(&outline).unwrap());
    assert!(matches!(again, Err(WriteError::Taken(taken)) if taken == folder));
    assert_eq!(fs::read_to_string(folder.join("brief.md")).unwrap(), "my own words");
}

#[test]
fn what_can_be_no_lab_is_said() {
    let good = outline(Machines::One(Init::Systemd));
    let bad = [
        (Outline { id: "Not An Id".into(), ..good.clone() }, OutlineError::Id("Not An Id".into())),
        (Outline { title: " ".into(), ..good.clone() }, OutlineError::Line("title")),
        (Outline { summary: "a\nb".into(), ..good.clone() }, OutlineError::Line("summary")),
        (Outline { machines: Machines::Several(vec!["web".into(); 2]), ..good.clone() }, OutlineError::Hosts(1)),
        (
            Outline { machines: Machines::Several(vec!["web".into(), "D B".into()]), ..good },
            OutlineError::Host("D B".into()),
        ),
    ];
    for (outline, error) in bad {
        assert_eq!(scaffold(&outline), Err(error));
    }
}

proptest! {
    #[test]
    fn whatever_the_title_is_it_is_read_as_it_was_said(title in "[^\\p{C}]{1,40}") {
        prop_assume!(!title.trim().is_empty() && !title.contains("{{"));
        let dir = tempfile::tempdir().unwrap();
        let lab = written(&Outline { title: title.clone(), ..outline(Machines::One(Init::Systemd)) }, dir.path());
        prop_assert_eq!(lab.title, title.trim());
    }
}
