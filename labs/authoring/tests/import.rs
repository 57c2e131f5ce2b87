//! Labs of other platforms: each construct of theirs, and what people get wrong in them.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{collections::BTreeMap, fs, path::Path};

use authoring::{
    folder::{self, Files},
    import::{ImportError, Imported, Outcome, Source, harbor, killercoda},
};
use labs::catalog::{Catalog, Image, Lab, Test};
use proptest::prelude::*;
use rstest::rstest;

fn source(files: &[(&str, &str)]) -> Source {
    let files = files.iter().map(|(path, text)| ((*path).to_string(), text.as_bytes().to_vec()));
    Source::of("some-lab", files.collect())
}

/// One scenario of these files.
fn scenario(files: &[(&str, &str)]) -> Imported {
    let labs = killercoda::import(&source(files)).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(labs.len(), 1);
    labs.into_iter().next().unwrap()
}

fn task(files: &[(&str, &str)]) -> Imported {
    harbor::import(&source(files)).unwrap_or_else(|error| panic!("{error}")).remove(0)
}

fn file<'i>(lab: &'i Imported, path: &str) -> &'i str {
    let content = lab.files.get(path).unwrap_or_else(|| panic!("no {path} in {:?}", lab.files.keys()));
    std::str::from_utf8(content).unwrap()
}

/// The lab as the catalogue reads it: whatever was imported is sound.
fn read(lab: &Imported) -> Lab {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join(&lab.id);
    folder::write(&folder, &lab.files).unwrap();
    Catalog::load_lab(&folder).unwrap_or_else(|problems| panic!("{problems}\n{}", file(lab, "lab.toml")))
}

fn noted(lab: &Imported, outcome: Outcome, words: &str) {
    let found = lab
        .report
        .iter()
        .any(|note| note.outcome == outcome && format!("{}: {}", note.place, note.what).contains(words));
    assert!(found, "no note that says \"{words}\" ({outcome}):\n{lab}");
}

/// An index.json of steps as they are given.
fn index(more: &str) -> String {
    format!(
        r#"{{"title": "Files", "description": "About files.", "details": {{"intro": {{"text": "intro.md"}}, {more} "finish": {{"text": "finish.md"}}}}, "backend": {{"imageid": "ubuntu"}}}}"#
    )
}

const STEPS: &str = r#""steps": [{"title": "Look", "text": "step1.md", "verify": "verify1.sh"}, {"title": "Change", "text": "step2.md", "verify": "verify2.sh"}],"#;

fn whole<'f>(index: &'f str, more: &[(&'f str, &'f str)]) -> Vec<(&'f str, &'f str)> {
    let usual = [
        ("index.json", index),
        ("intro.md", "# Welcome\n\nHere is what awaits you.\n"),
        ("step1.md", "Look around:\n\n`ls -l /root`{{exec}}\n"),
        ("step2.md", "# Writing\n\n```bash\ntouch /root/done\nls /root\n```{{exec}}\n"),
        ("finish.md", "Well done.\n"),
        ("verify1.sh", "test -d /root\n"),
        ("verify2.sh", "#!/bin/bash\n[[ -e /root/done ]]\n"),
    ];
    let mut files: BTreeMap<&str, &str> = usual.into();
    files.extend(more.iter().copied());
    files.into_iter().collect()
}

/// What page a step's text becomes, and the lab it is in.
fn step(text: &str) -> (String, Imported) {
    let index = index(STEPS);
    let lab = scenario(&whole(&index, &[("step1.md", text)]));
    let brief = file(&lab, "brief.md").to_string();
    let brief = brief.split_once("## 1. Look\n\n").unwrap().1.split_once("\n\n## 2. Change").unwrap().0.to_string();
    read(&lab);
    (brief, lab)
}

#[test]
fn a_scenario_becomes_a_lab() {
    let index = index(STEPS);
    let imported = scenario(&whole(&index, &[]));
    let lab = read(&imported);
    assert_eq!((imported.id.as_str(), lab.title.as_str(), lab.summary.as_str()), ("some-lab", "Files", "About files."));
    assert!(lab.brief.starts_with("# Welcome\n"), "{}", lab.brief);
    assert!(lab.brief.contains("## 2. Change\n\n### Writing\n\n```bash {{exec}}\ntouch /root/done\n"), "{}", lab.brief);
    assert_eq!(lab.debrief, "Well done.\n");
    assert_eq!(lab.checks.iter().map(|check| check.id.as_str()).collect::<Vec<_>>(), ["step-1", "step-2"]);
    assert!(lab.checks.iter().all(|check| check.required && matches!(&check.test, Test::Script { inside: true, .. })));
    assert_eq!(lab.first_host().image, Image::Named("belay/systemd".into()));
    assert_eq!(lab.first_host().user, "root");
    let solution = file(&imported, "solution.sh");
    assert!(solution.contains("\nls -l /root\ntouch /root/done\nls /root\n"), "{solution}");
    noted(&imported, Outcome::Understood, "2 steps");
    noted(&imported, Outcome::Understood, "verify1.sh: it is the check of step 1");
}

#[test]
fn background_is_the_set_up_and_a_foreground_that_waits_is_not_needed() {
    let index = r#"{"details": {"intro": {"text": "intro.md", "background": "bg.sh", "foreground": "fg.sh"},
        "steps": [{"text": "step1.md", "verify": "verify1.sh", "background": "late.sh", "foreground": "typed.sh"}]}}"#;
    let files = [
        ("bg.sh", "#!/bin/bash\nmkdir /srv/it\ntouch /tmp/finished\n"),
        ("fg.sh", "echo waiting\nwhile [ ! -f /tmp/finished ]; do sleep 1; done\necho ready\n"),
        ("late.sh", "echo late > /srv/late\n"),
        ("typed.sh", "cd /srv/it\nexport A=1\n"),
    ];
    let imported = scenario(&whole(index, &files));
    let setup = file(&imported, "setup.sh");
    assert!(setup.contains("mkdir /srv/it") && setup.contains("echo late") && setup.contains("export A=1"), "{setup}");
    assert!(!setup.contains("sleep 1"), "{setup}");
    noted(&imported, Outcome::Understood, "bg.sh: it is part of the set-up");
    noted(&imported, Outcome::Understood, "fg.sh: it waits");
    noted(&imported, Outcome::Adapted, "late.sh: it ran when step 1 was reached");
    assert_eq!(read(&imported).title, "some-lab", "without a title it is called as its folder");
}

#[rstest]
#[case("`ls`{{exec}}", "`ls`{{exec}}")]
#[case("`ls`{{execute}}", "`ls`{{exec}}")]
#[case("`ls` {{ execute }}", "`ls`{{exec}}")]
#[case("`ls`{{exec interrupt}}", "`ls`{{exec interrupt}}")]
#[case("`ls`{{execute T1}}", "`ls`{{exec}}")]
#[case("`ls`{{execute interrupt HOST1}}", "`ls`{{exec interrupt}}")]
#[case("`ls`{{execute no-newline}}", "`ls`{{exec no-newline}}")]
#[case("`^C`{{execute ctrl-seq}}", "`^C`{{exec ctrl-seq}}")]
#[case("`ls`{{copy}} and on", "`ls`{{copy}} and on")]
#[case("`ls`{{}} is nothing to click", "`ls` is nothing to click")]
#[case("`/root/x`{{open}}", "`/root/x`")]
#[case("``a ` b``{{copy}}", "``a ` b``{{copy}}")]
#[case("no code {{item}} here", r"no code \{{item}} here")]
#[case("`{{ item }}` of a template", r"`\{{ item }}` of a template")]
#[case("an open ` stays", "an open ` stays")]
#[case("```\nls\n```{{exec}}", "``` {{exec}}\nls\n```")]
#[case("```yaml{2,5-6}\na: 1\n```", "```yaml\na: 1\n```")]
#[case("~~~bash\nls\n~~~\n{{execute}}", "~~~bash\nls\n~~~\n\\{{execute}}")]
#[case("[site]({{TRAFFIC_HOST1_80}})", "[site](port:80)")]
#[case("[site]({{TRAFFIC_HOST1_8080}}/a/b)", "[site](port:8080/a/b)")]
#[case("go to {{TRAFFIC_HOST1_80}}.", "go to [port:80](port:80).")]
#[case("`curl {{TRAFFIC_HOST1_80}}/x`{{exec}}", "`curl http://127.0.0.1:80/x`{{exec}}")]
#[case(
    "[a](https://[[HOST_SUBDOMAIN]]-3000-[[KATACODA_HOST]].environments.katacoda.com/login)",
    "[a](port:3000/login)"
)]
#[case("`ping [[HOST_IP]]`{{execute}}", "`ping 127.0.0.1`{{exec}}")]
#[case("a<br>b", "a  \nb")]
#[case("<b>bold</b> <span class=\"x\">words</span>", "**bold** words")]
#[case("![the plan](./plan.png)", "*the plan*")]
#[case("<img src=\"x.png\" alt=\"a plan\">", "*a plan*")]
#[case("<https://example.org>", "<https://example.org>")]
fn texts_are_rewritten(#[case] text: &str, #[case] wanted: &str) {
    assert_eq!(step(text).0, wanted);
}

#[test]
fn what_unfolds_stays() {
    let (brief, _) = step("<details>\n<summary>Tip</summary>\n\n`ls`{{exec}}\n\n</details>");
    let lines: Vec<&str> = brief.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, ["<details>", "<summary>Tip</summary>", "`ls`{{exec}}", "</details>"]);
}

#[test]
fn files_to_be_written_are_shown_and_written_by_the_solution() {
    let (brief, lab) = step(
        "<pre class=\"file\" data-filename=\"app.yml\" data-target=\"replace\">\na: &lt;b&gt;\n</pre>\n\n<pre class=\"file\" data-target=\"clipboard\">copied</pre>",
    );
    let lines: Vec<&str> = brief.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines, ["`app.yml`:", "``` {{copy}}", "a: <b>", "```", "``` {{copy}}", "copied", "```"]);
    assert!(
        file(&lab, "solution.sh").contains("cat >/root/app.yml <<'END'\na: <b>\nEND\n"),
        "{}",
        file(&lab, "solution.sh")
    );
    noted(&lab, Outcome::Adapted, "the editor wrote app.yml");
}

#[rstest]
#[case("`ls`{{exex}}", "{{exex}} is taken for {{exec}}")]
#[case("`ls`{{cope}}", "{{cope}} is taken for {{copy}}")]
#[case("`ls`{{exeute}}", "{{exeute}} is taken for {{execute}}")]
fn slips_are_understood_and_told(#[case] text: &str, #[case] note: &str) {
    let (brief, lab) = step(text);
    assert!(brief == "`ls`{{exec}}" || brief == "`ls`{{copy}}", "{brief}");
    noted(&lab, Outcome::Adapted, note);
}

#[test]
fn what_means_nothing_is_told_and_taken_away() {
    let (brief, lab) = step("`ls`{{dance}} and `pwd`{{exec slowly}} and `id`{{execute T2}}");
    assert_eq!(brief, "`ls` and `pwd`{{exec}} and `id`{{exec}}");
    noted(&lab, Outcome::LeftOut, "{{dance}} means nothing here");
    noted(&lab, Outcome::LeftOut, "`slowly`");
    noted(&lab, Outcome::Adapted, "`execute T2` names a terminal");
}

#[test]
fn ports_are_tabs() {
    let (_, lab) =
        step("[a]({{TRAFFIC_HOST1_80}}) `curl {{TRAFFIC_HOST1_9090}}` {{TRAFFIC_SELECTOR}} `cat /etc/killercoda/host`");
    let ports: Vec<u16> = read(&lab).first_host().ports.iter().map(|port| port.port).collect();
    assert_eq!(ports, [80, 9090]);
    noted(&lab, Outcome::Adapted, "the page to choose a port");
    noted(&lab, Outcome::NotHere, "/etc/killercoda/host");
}

#[test]
fn a_quiz_is_asked_and_answered_at_the_end() {
    let (brief, lab) = step(
        "Think:\n\n>>Q1: Which port?<<\n(*) 80\n( ) 81\n\n>>Which user?<<\n=== www-data\n\n>>Q2: Which two?<<\n[*] a\n[ ] b\n[*] c\n\nOn we go.",
    );
    assert!(brief.contains("**Which port?**\n\n- 80\n- 81\n") && brief.contains("On we go."), "{brief}");
    assert!(!brief.contains("www-data") && !brief.contains("(*)"), "{brief}");
    let debrief = file(&lab, "debrief.md");
    assert!(
        debrief.contains("**Which port?** 80")
            && debrief.contains("**Which user?** www-data")
            && debrief.contains("a; c"),
        "{debrief}"
    );
    noted(&lab, Outcome::Adapted, "a quiz's answers");
}

#[test]
fn commands_that_wait_for_somebody_are_no_part_of_the_solution() {
    let (_, lab) = step("`top`{{exec}} then `vim /etc/hosts`{{exec}} and `^C`{{execute ctrl-seq}} and `date`{{exec}}");
    let solution = file(&lab, "solution.sh");
    assert!(solution.contains("# waits for somebody: top\n") && solution.contains("\ndate\n"), "{solution}");
    assert!(!solution.contains("\ntop") && !solution.contains("^C"), "{solution}");
    noted(&lab, Outcome::Adapted, "2 commands wait for somebody");
}

#[test]
fn assets_are_put_into_the_image() {
    let steps = format!(
        r#"{STEPS} "assets": {{"host01": [{{"file": "*.sh", "target": "/usr/local/bin", "chmod": "+x"}}, {{"file": "deep/one.txt", "target": "~/"}}, {{"file": "none", "target": "/"}}], "node9": [{{"file": "deep/*", "target": "/srv"}}]}},"#
    );
    let index = index(&steps);
    let files = [("assets/tool.sh", "#!/bin/sh\n"), ("assets/deep/one.txt", "1\n"), ("assets/unused.txt", "")];
    let lab = scenario(&whole(&index, &files));
    let lines = file(&lab, "sandbox/Dockerfile");
    assert_eq!(
        lines,
        "FROM belay/systemd\n\nCOPY [\"assets/tool.sh\",\"/usr/local/bin/tool.sh\"]\nRUN chmod +x /usr/local/bin/tool.sh\n\
         COPY [\"assets/deep/one.txt\",\"/root/one.txt\"]\nCOPY [\"assets/deep/one.txt\",\"/srv/one.txt\"]\n"
    );
    assert!(lab.files.contains_key("sandbox/assets/tool.sh") && !lab.files.contains_key("sandbox/assets/unused.txt"));
    assert_eq!(read(&lab).first_host().image, Image::Build("sandbox".into()));
    noted(&lab, Outcome::LeftOut, "there is no asset none");
    noted(&lab, Outcome::Adapted, "the assets of node9");
}

#[test]
fn katacodas_own_ways() {
    let index = r#"{"title": "Old", "pathwayTitle": "p", "time": "1 hour", "icon": "fa", "files": ["a.txt"],
        "details": {"intro": {"text": "intro.md", "courseData": "bg.sh", "code": "fg.sh"},
            "steps": [{"title": "Look", "text": "step1.md", "verify": "says.sh", "hint": "hint.md", "answer": "answer.md", "odd": 1}]},
        "environment": {"uilayout": "editor-terminal", "hideintro": true, "uieditorpath": "/root", "odd": 1,
            "dashboards": [{"name": "Site", "port": 8080}, {"name": "No", "port": "x"}], "terminals": [{"name": "T2", "target": "host01"}]},
        "backend": {"imageid": "ubuntu:2004"}, "strange": true}"#;
    let files = [
        ("bg.sh", "true\n"),
        ("fg.sh", "clear\n"),
        ("says.sh", "test -d /root && echo \"done\"\n"),
        ("hint.md", "Try `ls`.\n"),
        ("answer.md", "`ls`{{copy}}\n"),
    ];
    let lab = scenario(&whole(index, &files));
    let read = read(&lab);
    assert_eq!(read.minutes, 60);
    assert_eq!(read.hints.iter().map(|hint| hint.cost).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(read.first_host().ports[0].port, 8080);
    let check = file(&lab, "checks/step-1.sh");
    assert!(check.contains("*done*"), "{check}");
    for (outcome, words) in [
        (Outcome::Adapted, "says.sh: it passed by printing"),
        (Outcome::LeftOut, "`strange`"),
        (Outcome::LeftOut, "`odd` of step 1"),
        (Outcome::LeftOut, "environment.odd"),
        (Outcome::LeftOut, "hideintro"),
        (Outcome::Adapted, "further terminals"),
        (Outcome::Adapted, "`files`"),
        (Outcome::Understood, "the dashboard of port 8080"),
    ] {
        noted(&lab, outcome, words);
    }
}

#[test]
fn a_challenge_passes_by_its_exit_code() {
    let index = r#"{"type": "challenge@0.8", "details": {"steps": [{"text": "step1.md", "verify": "v.sh", "hint": "h.sh", "courseData": "bg.sh"}]}}"#;
    let lab = scenario(&whole(
        index,
        &[("v.sh", "echo done; exit 1\n"), ("h.sh", "#!/bin/bash\necho $1\n"), ("bg.sh", "true\n")],
    ));
    assert!(!file(&lab, "checks/step-1.sh").contains("*done*"));
    noted(&lab, Outcome::LeftOut, "h.sh: the hint of step 1 is a script");
}

#[rstest]
#[case("kubernetes-kubeadm-2nodes", Outcome::NotHere, "is a cluster")]
#[case("docker", Outcome::NotHere, "has a container engine")]
#[case("centos7", Outcome::Adapted, "`centos7` is Debian 12")]
#[case("ubuntu", Outcome::Adapted, "the machine is Debian 12")]
fn machines_that_are_none_here(#[case] image: &str, #[case] outcome: Outcome, #[case] words: &str) {
    let index = index(STEPS).replace("\"ubuntu\"", &format!("\"{image}\""));
    noted(&scenario(&whole(&index, &[])), outcome, words);
}

#[test]
fn a_set_up_that_wants_the_network_is_told() {
    let index =
        r#"{"details": {"intro": {"background": "bg.sh"}, "steps": [{"text": "step1.md", "verify": "verify1.sh"}]}}"#;
    noted(
        &scenario(&whole(index, &[("bg.sh", "apt-get install -y jq\n")])),
        Outcome::NotHere,
        "bg.sh: it wants the network",
    );
}

#[test]
fn what_is_missing_or_malformed_is_told_and_the_rest_goes_on() {
    // A byte order mark, a comma too much, line ends of another system, files that are not there, no text, no check.
    let index = "\u{feff}{\"title\": 12,\r\n \"details\": {\"intro\": {\"text\": \"no.md\", \"background\": \"no.sh\"}, \"steps\": [{\"text\": \"../../etc/passwd\", \"verify\": \"no.sh\"},],},}";
    let lab = scenario(&[("index.json", index)]);
    assert_eq!(read(&lab).title, "12");
    for (outcome, words) in [
        (Outcome::LeftOut, "a comma too much"),
        (Outcome::LeftOut, "the intro names no.md"),
        (Outcome::LeftOut, "the intro runs no.sh"),
        (Outcome::LeftOut, "step 1 names ../../etc/passwd"),
        (Outcome::LeftOut, "step 1 is verified by no.sh"),
        (Outcome::NotHere, "nothing verifies it"),
        (Outcome::NotHere, "nothing can be clicked"),
    ] {
        noted(&lab, outcome, words);
    }
    let (_, lab) = step("```bash\nls -l\nnever closed");
    noted(&lab, Outcome::LeftOut, "a block of code is never closed");
}

#[rstest]
#[case("{}")]
#[case(r#"{"details": {}}"#)]
#[case(r#"{"details": {"steps": []}}"#)]
#[case(r#"{"details": {"steps": {"text": "step1.md"}}}"#)]
#[case(r#"{"details": [], "title": null, "backend": "x"}"#)]
fn a_scenario_without_steps_is_one_still(#[case] index: &str) {
    read(&scenario(&whole(index, &[])));
}

#[test]
fn what_is_no_scenario_is_refused_with_a_way_on() {
    for (files, words) in [
        (vec![("README.md", "x")], "neither index.json nor structure.json"),
        (vec![("index.json", "{ nonsense")], "not JSON"),
        (vec![("structure.json", "[]")], "it is JSON and no table"),
    ] {
        let error = killercoda::import(&source(&files)).unwrap_err();
        assert!(matches!(&error, ImportError::Foreign { .. }) && error.to_string().contains(words), "{error}");
    }
    assert!(
        harbor::import(&source(&[("README.md", "x")]))
            .unwrap_err()
            .to_string()
            .contains("neither task.toml nor task.yaml")
    );
}

#[test]
fn a_course_names_its_scenarios() {
    let whole = index(STEPS);
    let of = |folder: &'static str| {
        whole_in(folder, &whole).into_iter().map(|(path, text)| (path, text.to_string())).collect::<Vec<_>>()
    };
    let mut files: Vec<(String, String)> = [of("one"), of("deep/one"), of("unnamed")].concat();
    files.push((
        "structure.json".into(),
        r#"{"title": "c", "items": [{"path": "one", "title": "The first"}, {"path": "x/../deep/one"}, {"path": "gone"}, {"path": "../../up"}]}"#.into(),
    ));
    let files: Files = files.into_iter().map(|(path, text)| (path, text.into_bytes())).collect();
    let labs = killercoda::import(&Source::of("course", files.clone())).unwrap();
    assert_eq!(labs.iter().map(|lab| lab.id.as_str()).collect::<Vec<_>>(), ["one", "one-2", ""]);
    assert_eq!(read(&labs[0]).title, "The first");
    assert!(labs[2].files.is_empty());
    noted(&labs[2], Outcome::LeftOut, "gone has no index.json");

    let mut pathway = files.clone();
    pathway.remove("structure.json");
    pathway.insert("basics-pathway.json".into(), br#"{"title": "p", "courses": [{"course_id": "unnamed"}]}"#.to_vec());
    let labs = killercoda::import(&Source::of("course", pathway)).unwrap();
    assert_eq!(labs.iter().map(|lab| lab.id.as_str()).collect::<Vec<_>>(), ["unnamed"]);

    let mut loose = files;
    loose.remove("structure.json");
    assert_eq!(killercoda::import(&Source::of("course", loose)).unwrap().len(), 3, "a repository of scenarios");
}

fn whole_in<'f>(folder: &str, index: &'f str) -> Vec<(String, &'f str)> {
    whole(index, &[]).into_iter().map(|(path, text)| (format!("{folder}/{path}"), text)).collect()
}

const TASK: &str = r#"version = "1.0"
[task]
name = "acme/count-lines"
description = "Count the lines of a file."
[metadata]
difficulty = "easy"
[verifier]
timeout_sec = 60.0
[agent]
timeout_sec = 900.0
[environment]
build_timeout_sec = 600.0
cpus = 1
memory_mb = 2048
storage_mb = 10240
"#;

#[test]
fn a_task_of_harbor_becomes_a_lab() {
    let lab = task(&[
        ("task.toml", TASK),
        ("instruction.md", "Count the lines of /app/in and write the number to /app/out.\n"),
        ("environment/Dockerfile", "FROM ubuntu:24.04\nCOPY in /app/in\n"),
        ("environment/in", "a\nb\n"),
        ("solution/solve.sh", "#!/bin/bash\nwc -l < /app/in > /app/out\n"),
        ("tests/test.sh", "#!/bin/bash\npython3 /tests/check.py && echo 1 > /logs/verifier/reward.txt\n"),
        ("tests/check.py", "assert open('/app/out').read().strip() == '2'\n"),
    ]);
    let read = read(&lab);
    assert_eq!(
        (read.title.as_str(), read.summary.as_str(), read.minutes),
        ("count lines", "Count the lines of a file.", 15)
    );
    assert_eq!(read.first_host().image, Image::Build("sandbox".into()));
    assert_eq!(read.first_host().memory, 2048 << 20);
    let check = file(&lab, "checks/tests.sh");
    assert!(check.contains("/tests/check.py") && check.contains("reward.txt"), "{check}");
    assert_eq!(file(&lab, "solution.sh"), "#!/bin/bash\nwc -l < /app/in > /app/out\n");
    noted(&lab, Outcome::NotHere, "FROM ubuntu:24.04");
    noted(&lab, Outcome::Adapted, "storage 10240 MiB");
    noted(&lab, Outcome::LeftOut, "[metadata]");
}

#[test]
fn what_a_task_wants_and_a_box_has_not() {
    let wants = TASK
        .replace("cpus = 1", "cpus = 8\ngpus = 1\nallow_internet = true\nmemory = \"64G\"\nenv = { A = \"1\" }")
        .replace("memory_mb = 2048\n", "")
        .replace("[verifier]", "[verifier]\nuser = \"agent\"");
    let lab = task(&[("task.toml", &wants), ("tests/test.sh", "pip install pytest\n")]);
    read(&lab);
    for (outcome, words) in [
        (Outcome::NotHere, "allow_internet"),
        (Outcome::NotHere, "gpus"),
        (Outcome::NotHere, "the tests fetch what they need"),
        (Outcome::NotHere, "there is no solution"),
        (Outcome::Adapted, "`env`"),
        (Outcome::Adapted, "the tests ran as agent"),
        (Outcome::LeftOut, "there is no instruction"),
    ] {
        noted(&lab, outcome, words);
    }
}

#[test]
fn the_steps_of_a_task_are_parts_of_a_lab() {
    let steps = format!("{TASK}\n[[steps]]\nname = \"First\"\n[[steps]]\nname = \"second\"\nmin_reward = 0.5\n");
    let lab = task(&[
        ("task.toml", &steps),
        ("steps/First/instruction.md", "Do this.\n"),
        ("steps/First/tests/test.sh", "true\n"),
        ("steps/First/solution/solve.sh", "echo one\n"),
        ("steps/second/instruction.md", "Then that.\n"),
        ("steps/second/tests/test.sh", "false\n"),
        ("steps/second/solution/solve.sh", "echo two\n"),
    ]);
    let read = read(&lab);
    assert_eq!(read.checks.iter().map(|check| check.id.as_str()).collect::<Vec<_>>(), ["first", "second"]);
    assert!(read.brief.contains("## second\n\nThen that."), "{}", read.brief);
    assert!(file(&lab, "solution.sh").contains("echo one\n\necho two"), "{}", file(&lab, "solution.sh"));
    noted(&lab, Outcome::Adapted, "min_reward");
}

#[test]
fn a_task_of_the_first_terminal_bench() {
    let yaml = "instruction: |-\n  Make /app/x.\n  It holds 1.\ndifficulty: easy\ntags: [a, b]\nparser_name: pytest\nmax_agent_timeout_sec: 360.0\nodd: 1\n";
    let lab = task(&[
        ("task.yaml", yaml),
        ("Dockerfile", "FROM belay/plain\nWORKDIR /app\n"),
        ("docker-compose.yaml", "services: {}\n"),
        ("solution.sh", "#!/bin/bash\necho 1 > /app/x\n"),
        ("run-tests.sh", "#!/bin/bash\npython3 /tests/test_outputs.py\n"),
        ("tests/test_outputs.py", "assert open('/app/x').read() == '1\\n'\n"),
    ]);
    let read = read(&lab);
    assert_eq!((read.minutes, read.summary.as_str()), (6, "Make /app/x."));
    assert_eq!(
        lab.files.keys().filter(|path| path.starts_with("sandbox/")).collect::<Vec<_>>(),
        ["sandbox/Dockerfile"]
    );
    noted(&lab, Outcome::LeftOut, "`odd`");
    noted(&lab, Outcome::Adapted, "docker-compose.yaml");
    assert!(!lab.report.iter().any(|note| note.what.contains("FROM belay")), "{lab}");
}

#[test]
fn a_folder_is_read_without_its_links_and_giants() {
    let dir = tempfile::tempdir().unwrap();
    let root = dir.path().join("My Lab");
    fs::create_dir_all(root.join(".git")).unwrap();
    fs::write(root.join(".git/config"), "x").unwrap();
    fs::write(root.join("index.json"), index(STEPS)).unwrap();
    fs::write(root.join("huge.bin"), vec![0; 2 << 20]).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", root.join("intro.md")).unwrap();
    let lab = killercoda::import(&Source::read(&root).unwrap()).unwrap().remove(0);
    assert_eq!(lab.id, "my-lab");
    noted(&lab, Outcome::LeftOut, "huge.bin: it is larger");
    noted(&lab, Outcome::LeftOut, "intro.md: it is no plain file");
    assert!(!file(&lab, "brief.md").contains("root:"));
    assert!(matches!(Source::read(Path::new("/nowhere/at/all")), Err(ImportError::Unreadable { .. })));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a page says, there is a sound lab, and no panic.
    #[test]
    fn any_text_makes_a_sound_lab(text in "([ -~é\n]|`|```\n|\\{\\{(exec|copy|x|TRAFFIC_HOST1_80)\\}\\}|<[a-z]{1,4}>|>>q<<\n){0,60}") {
        let (index, page) = (index(STEPS), text);
        read(&scenario(&whole(&index, &[("step1.md", &page)])));
    }

    /// Whatever stands in index.json, it is refused in words or read.
    #[test]
    fn any_index_is_read_or_refused(text in "\\PC{0,80}") {
        let _ = killercoda::import(&source(&[("index.json", &text)]));
    }
}
