//! Proofs on a real Docker engine: a sound lab holds, a lab broken on purpose is told what is wrong with it.
//!
//! Needs what `docker.rs` needs.

#![expect(clippy::disallowed_methods, reason = "a test's sandboxes need ids that no other has")]
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use labs::{
    catalog::{Catalog, Lab},
    proof::{self, Proof},
    sandbox::{
        Engine, Identity, SandboxSpec,
        docker::{Docker, Options},
    },
};
use uuid::Uuid;

const LAB: &str = r#"title = "t"
summary = "s"
minutes = 5
phase = 30

[sandbox]
image = "belay/plain"
init = "plain"
memory = "128m"
disk = "16m"

[vars]
name = { choose = ["alpha", "beta", "gamma"] }

[[check]]
id = "mended"
title = "The file is mended"
probe.file = { path = "/srv/{{name}}", contains = "mended", owner = "engineer" }
points = 2
required = true
dimension = "troubleshooting"

[[check]]
id = "kept"
title = "It is kept over a restart"
after = "reboot"
script = "checks/kept.sh"
needs = ["mended"]
points = 1
required = true
dimension = "troubleshooting"

[[signal]]
id = "looked"
title = "Looked first"
expect = { ran = "ls /srv", exit = 0, before = "tee" }
points = 1
dimension = "troubleshooting"

[[signal]]
id = "opened"
title = "Opened permissions to everyone"
forbid = { ran = "chmod", args = "777" }
points = -1
dimension = "troubleshooting"
"#;

const SETUP: &str = "#!/bin/sh\nset -eu\ninstall -o engineer -m 644 /dev/null \"/srv/$NAME\"\n";
const SOLUTION: &str = "#!/bin/bash\nset -eu\nls /srv\necho mended | tee \"/srv/$NAME\"\n";
const KEPT: &str = "#!/bin/sh\ngrep -q mended \"$BOX/srv/$NAME\" && echo kept\n";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().into()
}

fn engine() -> Arc<dyn Engine> {
    let agent = std::env::var_os("BELAY_AGENT").map_or_else(|| root().join("target/dist/agent"), PathBuf::from);
    Arc::new(Docker::new(Options { agent, images: root().join("docker"), node: "test".into(), ..Options::default() }))
}

/// The lab with other texts in some of its files.
fn lab(dir: &Path, other: &[(&str, &str)]) -> Arc<Lab> {
    let folder = dir.join("small");
    fs::create_dir_all(folder.join("checks")).unwrap();
    let sound = [
        ("lab.toml", LAB),
        ("brief.md", "b"),
        ("debrief.md", "d"),
        ("setup.sh", SETUP),
        ("solution.sh", SOLUTION),
        ("checks/kept.sh", KEPT),
    ];
    for (path, text) in sound.iter().chain(other) {
        fs::write(folder.join(path), text).unwrap();
    }
    Arc::new(Catalog::load_lab(&folder).unwrap_or_else(|problems| panic!("{problems}")))
}

async fn proven(lab: Arc<Lab>, seeds: &[u64], cache: Option<&Path>) -> Proof {
    let instance = format!("test-labs-proof-{}", Uuid::now_v7());
    let options = proof::Options {
        seeds: seeds.to_vec(),
        cache: cache.map(Into::into),
        again: false,
        instance: instance.clone(),
    };
    let engine = engine();
    let proof = proof::prove(Arc::clone(&engine), lab, &options).await;
    assert_eq!(engine.list(&instance).await.unwrap(), [], "nothing is left behind");
    proof
}

/// What is wrong with the lab once these files have these texts, without the directory's random name.
async fn problems(other: &[(&str, &str)]) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    let proof = proven(lab(dir.path(), other), &[1], None).await;
    assert!(!proof.holds(), "{proof}");
    let shown =
        |problem: &labs::catalog::Problem| problem.to_string().replace(&format!("{}/", dir.path().display()), "");
    proof.problems.iter().map(shown).collect()
}

#[tokio::test]
async fn a_sound_lab_holds_and_is_remembered() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("proofs");
    let lab = lab(dir.path(), &[]);
    let proof = proven(Arc::clone(&lab), &[1, 2], Some(&cache)).await;
    assert!(proof.holds() && !proof.remembered, "{proof}");
    assert_eq!(proof.rounds.iter().map(|round| round.points).collect::<Vec<_>>(), [(4, 4), (4, 4)]);

    let again = proven(Arc::clone(&lab), &[1, 2], Some(&cache)).await;
    assert!(again.holds() && again.remembered && again.rounds == proof.rounds, "{again}");
    let other = proven(lab, &[3], Some(&cache)).await;
    assert!(other.holds() && !other.remembered, "other seeds are another proof: {other}");
}

#[tokio::test]
async fn a_check_that_passes_untouched_is_named() {
    let setup = format!("{SETUP}echo mended > /srv/$NAME\n");
    assert_eq!(
        problems(&[("setup.sh", &setup)]).await[0],
        "small/lab.toml:16: seed 1: the check \"mended\" passes in the untouched box: /srv/beta is as it should be.; \
         let setup.sh break what it asks for, let it need a check that fails there, or let it not be required"
    );
}

#[tokio::test]
async fn a_solution_that_fails_is_named() {
    let wrong = problems(&[("solution.sh", "#!/bin/sh\necho trying\nls /nowhere\nexit 4\n")]).await;
    assert_eq!(wrong.len(), 1, "{wrong:?}");
    assert!(
        wrong[0].starts_with("small/solution.sh: seed 1: the solution ended with exit code 4: trying\n"),
        "{wrong:?}"
    );
    assert!(wrong[0].contains("/nowhere"), "{wrong:?}");

    let wrong = problems(&[("solution.sh", "#!/bin/sh\nls /srv\necho nothing | tee /srv/$NAME\n")]).await;
    assert!(
        wrong[0].contains("lab.toml:16: seed 1: the check \"mended\" does not pass after the solution: /srv/"),
        "{wrong:?}"
    );
    assert!(
        wrong[1].contains("lab.toml:24: seed 1: the check \"kept\" does not pass after the solution: Waits for:"),
        "{wrong:?}"
    );
}

#[tokio::test]
async fn signals_that_the_solution_does_not_earn_are_named() {
    let wrong =
        problems(&[("solution.sh", "#!/bin/sh\necho mended | tee \"/srv/$NAME\"\nls /srv\nchmod 777 /srv/$NAME\n")])
            .await;
    let [looked, opened] = wrong.as_slice() else { panic!("{wrong:?}") };
    let not_earned = "small/lab.toml:34: seed 1: the solution does not earn the signal \"looked\": `ls /srv` at ";
    let why = ": no `tee` came after it; let solution.sh do it, mend the pattern, or say `proven = false`";
    assert!(looked.starts_with(not_earned) && looked.ends_with(why), "{looked}");
    let forbidden = "small/lab.toml:41: seed 1: the solution does what the signal \"opened\" forbids: chmod 777 /srv/beta; \
                     mend solution.sh or the pattern";
    assert_eq!(opened, forbidden);
}

/// A line without which the rest is no script says nothing of the checks, and a line for one draw is noticed in that one.
#[tokio::test]
async fn a_key_line_is_taken_out_of_a_script_that_stays_one() {
    let solution = "#!/bin/bash\nif true; then # key\n  ls /srv\n  [ $NAME = alpha ] || echo mended | tee /srv/$NAME # key\n  \
                    [ $NAME != alpha ] || echo mended | tee /srv/$NAME # key\nfi\n";
    let dir = tempfile::tempdir().unwrap();
    let lab = lab(dir.path(), &[("solution.sh", solution)]);
    let (mut alpha, mut other) = (None, None);
    for seed in 1..50 {
        if lab.draw(seed).0["name"] == "alpha" { alpha = alpha.or(Some(seed)) } else { other = other.or(Some(seed)) }
    }
    let options = |seeds: &[u64]| proof::Options {
        seeds: seeds.into(),
        cache: None,
        again: true,
        instance: format!("test-{}", Uuid::now_v7().simple()),
    };
    let both = proof::mutate(engine(), Arc::clone(&lab), &options(&[alpha.unwrap(), other.unwrap()])).await;
    let said: Vec<String> = both.problems.iter().map(ToString::to_string).collect();
    assert!(
        said.len() == 1 && said[0].contains("solution.sh:2") && said[0].contains("is no script any more"),
        "{said:?}"
    );
    let one = proof::mutate(engine(), lab, &options(&[alpha.unwrap()])).await;
    let said: Vec<String> = one.problems.iter().map(ToString::to_string).collect();
    assert!(said.len() == 2 && said[1].contains("solution.sh:4"), "{said:?}");
}

#[tokio::test]
async fn a_setup_that_fails_and_a_script_that_is_broken_are_named() {
    let wrong = problems(&[("setup.sh", "#!/bin/sh\n: $NAME\ncat /nowhere\n")]).await;
    assert!(
        wrong[0].starts_with("small/setup.sh: seed 1: the box does not start: The lab could not set up its box: setup.sh ended with exit code 1."),
        "{wrong:?}"
    );
    let wrong = problems(&[("checks/kept.sh", "no-such-program $NAME\n")]).await;
    assert!(wrong[0].contains("lab.toml:24: seed 1: the check \"kept\" could not be made"), "{wrong:?}");
}

#[tokio::test]
async fn what_an_interrupted_proof_left_is_removed_by_the_next() {
    let dir = tempfile::tempdir().unwrap();
    let (engine, lab) = (engine(), lab(dir.path(), &[]));
    let instance = format!("test-labs-proof-{}", Uuid::now_v7());
    let identity = Identity { sandboxes: vec![Uuid::now_v7()], attempt: None, instance: instance.clone(), warm: None };
    engine
        .create(&SandboxSpec { identity, lab: Arc::clone(&lab), host: 0, network: None, restore: false })
        .await
        .unwrap();
    assert_eq!(engine.list(&instance).await.unwrap().len(), 1);
    let cache = Some(dir.path().join("proofs"));
    let options = proof::Options { seeds: Vec::new(), cache, again: false, instance: instance.clone() };
    proof::prove(Arc::clone(&engine), lab, &options).await;
    assert_eq!(engine.list(&instance).await.unwrap(), []);
}
