//! Exercises: read, and proven without any engine.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, sync::Arc};

use labs::{
    catalog::{Catalog, Lab, Problems},
    exercise::{Answer, Kind},
    proof::{self, Options},
    sandbox::{Engine, docker},
};
use rstest::rstest;

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
id = "name"
title = "The program is named"
ask = "Which program?"
text = { accept = ["nc", "netcat"], example = "nc", refuse = ["nginx"] }
explain = "nc."
points = 1
dimension = "networking-fundamentals"

[[question]]
id = "order"
title = "It is done in order"
ask = "In which order?"
order = ["look", "stop it", "look again"]
explain = "Look first."
points = 1
dimension = "troubleshooting"
"#;

fn load(toml: &str) -> Result<Lab, Problems> {
    let dir = tempfile::tempdir().unwrap();
    let lab = dir.path().join("reading");
    for (path, text) in [
        ("lab.toml", toml),
        ("brief.md", "Something holds the port.\n"),
        ("debrief.md", "It was {{pid}}.\n"),
        ("outputs/ss.txt", "users:((\"nc\",pid={{pid}},fd=3))\n"),
    ] {
        fs::create_dir_all(lab.join(path).parent().unwrap()).unwrap();
        fs::write(lab.join(path), text).unwrap();
    }
    Catalog::load_lab(&lab)
}

#[test]
fn a_sound_exercise_is_read_whole() {
    let lab = load(EXERCISE).unwrap();
    let exercise = lab.exercise.as_ref().unwrap();
    assert!(lab.hosts.is_empty() && lab.checks.is_empty());
    assert_eq!((exercise.kind, exercise.outputs.len(), exercise.questions.len()), (Kind::Interpret, 1, 3));
    assert_eq!(exercise.outputs[0].command.as_deref(), Some("ss -tlnp"));
    assert!(matches!(&exercise.questions[0].answer, Answer::Number { within, .. } if *within == 0.0));
    let marking = lab.marking();
    assert_eq!(marking.checks.iter().map(|mark| mark.id.as_str()).collect::<Vec<_>>(), ["process", "name", "order"]);
    assert_eq!(lab.links().dimensions, ["networking-fundamentals", "troubleshooting"]);
}

#[rstest]
#[case("number = { is = \"{{pid}}\" }", "number = { is = \"many\" }", "`is = \"many\"` is no number")]
#[case("number = { is = \"{{pid}}\" }", "number = { within = 1 }", "the key `is` is missing")]
#[case("number = { is = \"{{pid}}\" }\n", "", "it can't be answered")]
#[case("order = [", "one = { right = \"a\", wrong = \"b\" }\norder = [", "in more than one way")]
#[case("[\"look\", \"stop it\", \"look again\"]", "[\"look\", \"look\", \"stop it\"]", "the same text twice")]
#[case("[\"look\", \"stop it\", \"look again\"]", "[\"look\", \"stop it\"]", "it has 2 texts")]
#[case("\"netcat\"]", "\"net(cat\"]", "is no regular expression")]
#[case("example = \"nc\"", "exmaple = \"nc\"", "the key `example` is missing")]
#[case("required = true\n", "", "nothing is required")]
#[case("points = 3", "points = 0", "points")]
#[case("id = \"name\"", "id = \"process\"", "the id is taken")]
#[case("text = \"outputs/ss.txt\"", "text = \"outputs/sss.txt\"", "outputs/sss.txt is missing")]
#[case("kind = \"interpret\"", "kind = \"quiz\"\nnotes = []", "the key `notes` is not known here")]
#[case("kind = \"interpret\"", "kind = \"interpretation\"", "`kind = \"interpretation\"` is not known")]
#[case("[vars]", "[sandbox]\nimage = \"belay/plain\"\n\n[vars]", "the key `sandbox` is not known here")]
#[case("ask = \"Which program?\"", "ask = \"Which {{program}}?\"", "{{program}} is not defined")]
#[case("[vars]", "[judging]\nraters = 2\n\n[vars]", "nothing is said of what is judged")]
#[case("[vars]", "[judging]\nraters = 9\n[[rubric]]\ndimension = \"communication\"\nasks = \"?\"\n[vars]", "raters")]
#[case("[vars]", "[[rubric]]\ndimension = \"communication\"\n[vars]", "`asks` is missing")]
#[case("[vars]", "[[rubric]]\ndimension = \"communication\"\nasks = \"{{who}}?\"\n[vars]", "{{who}} is not defined")]
#[case(
    "[vars]",
    "[[rubric]]\ndimension = \"communication\"\nasks = \"?\"\nanchors = [\"1\", \"2\", \"3\"]\n[vars]",
    "`anchors` has 3 texts"
)]
#[case(
    "[vars]",
    "[[rubric]]\ndimension = \"communication\"\nasks = \"?\"\n[[rubric]]\ndimension = \"communication\"\nasks = \"!\"\n[vars]",
    "\"communication\" is judged twice"
)]
fn what_is_wrong_is_said(#[case] from: &str, #[case] to: &str, #[case] words: &str) {
    assert!(EXERCISE.contains(from), "{from}");
    let problems = load(&EXERCISE.replacen(from, to, 1)).unwrap_err().to_string();
    assert!(problems.contains(words), "{problems}");
}

#[test]
fn what_people_judge_is_read() {
    let asks =
        "[judging]\nwithin-days = 5\n\n[[rubric]]\ndimension = \"communication\"\nasks = \"Is it {{pid}}?\"\n\n[vars]";
    let judging = load(&EXERCISE.replacen("[vars]", asks, 1)).unwrap().judging.unwrap();
    assert_eq!((judging.raters, judging.days, judging.blind), (2, 5, true));
    assert_eq!((judging.rubric.len(), &judging.rubric[0].anchors), (1, &None));
    assert_eq!(load(EXERCISE).unwrap().judging, None);
}

/// An engine that is nowhere: whatever it is asked fails.
fn no_engine() -> Arc<dyn Engine> {
    Arc::new(docker::Docker::new(docker::Options { agent: "/nowhere".into(), ..docker::Options::default() }))
}

fn options() -> Options {
    Options { seeds: vec![1, 2], cache: None, again: false, instance: "test".into() }
}

#[tokio::test]
async fn a_sound_exercise_is_proven() {
    let lab = Arc::new(load(EXERCISE).unwrap());
    let proof = proof::prove(no_engine(), Arc::clone(&lab), &options()).await;
    assert!(proof.holds(), "{proof}");
    assert_eq!(proof.rounds.iter().map(|round| round.points).collect::<Vec<_>>(), [(5, 5), (5, 5)]);
    let mutation = proof::mutate(no_engine(), lab, &options()).await;
    assert!(mutation.problems.is_empty() && mutation.tried == 1, "{mutation}");
}

#[rstest]
#[case("refuse = [\"nginx\"]", "refuse = [\"netcat\"]", "the wrong answer, \"netcat\", is taken")]
#[case("example = \"nc\"", "example = \"ncat\"", "the right answer, \"ncat\", is refused")]
#[tokio::test]
async fn what_is_accepted_wrongly_is_seen(#[case] from: &str, #[case] to: &str, #[case] words: &str) {
    let lab = Arc::new(load(&EXERCISE.replacen(from, to, 1)).unwrap());
    let proof = proof::prove(no_engine(), lab, &options()).await.to_string();
    assert!(proof.contains(words), "{proof}");
}
