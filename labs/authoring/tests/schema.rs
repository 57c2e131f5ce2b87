//! The schema knows what the reader knows: no key more, no key less.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::{fs, path::Path};

use authoring::schema;
use labs::catalog::Catalog;
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(schema::LAB).unwrap()
}

fn complaints(toml: &str) -> Vec<String> {
    let document: toml::Value = toml::from_str(toml).unwrap();
    let validator = jsonschema::draft202012::new(&schema()).unwrap();
    validator
        .iter_errors(&serde_json::to_value(document).unwrap())
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect()
}

const LAB: &str = r#"
title = "t"
summary = "s"
minutes = 5
phase = 30
[sandbox]
image = "belay/plain"
memory = "128m"
disk = "16m"
[vars]
number = { between = [1, 9] }
[[check]]
id = "here"
title = "It is here"
probe.file = { path = "/srv/{{number}}" }
points = 2
required = true
dimension = "troubleshooting"
[[signal]]
id = "looked"
title = "Looked"
expect = { ran = "ls", before-first = { ran = "rm" } }
points = 1
dimension = "troubleshooting"
[[hint]]
text = "hints/1.md"
cost = 1
[[kpi]]
id = "mtta"
[time]
idle = 5
"#;

const EXERCISE: &str = r#"
title = "t"
summary = "s"
kind = "interpret"
minutes = 5
phase = 30
[vars]
number = { between = [1, 9] }
[[output]]
title = "o"
text = "outputs/o.txt"
[[question]]
id = "which"
title = "It is known which"
ask = "Which?"
explain = "That."
points = 2
required = true
dimension = "troubleshooting"
one = { right = "a", wrong = ["b"] }
[[question]]
id = "how-many"
title = "It is known how many"
ask = "How many?"
explain = "So many."
points = 2
dimension = "troubleshooting"
number = { is = "{{number}}" }
[[question]]
id = "what"
title = "It is known what"
ask = "What?"
explain = "This."
points = 2
dimension = "troubleshooting"
text = { accept = "x", example = "x" }
[[question]]
id = "all"
title = "All are known"
ask = "All?"
explain = "All."
points = 2
dimension = "troubleshooting"
several = { right = ["a"], wrong = ["b"] }
"#;

/// The beginning of an exercise of some kind, with sections of it.
fn exercise(kind: &str, sections: &str) -> String {
    format!("title = \"t\"\nsummary = \"s\"\nkind = \"{kind}\"\nminutes = 5\nphase = 30\n{sections}")
}

/// What each part of an exercise is worth.
const MARK: &str = "id = \"ID\"\ntitle = \"T\"\npoints = 1\nrequired = true\ndimension = \"troubleshooting\"\n";

fn mark(id: &str) -> String {
    MARK.replace("ID", id)
}

fn review() -> String {
    let place = "file = \"a\"\nat = \"y\"\nexplain = \"e\"\n";
    exercise(
        "review",
        &format!(
            "[change]\ntitle = \"c\"\nauthor = \"a\"\ndescription = \"d.md\"\nbefore = \"change/before\"\nafter = \"change/after\"\n\
         [[defect]]\n{}{place}category = \"access\"\nseverity = \"nit\"\n[[decoy]]\n{place}[severities]\n{}[restraint]\nmost = 1\n{}",
            mark("d"),
            mark("s"),
            mark("r"),
        ),
    )
}

fn writing() -> String {
    exercise(
        "writing",
        &format!(
            "notes = [\"n\"]\n[[part]]\nid = \"body\"\nlabel = \"B\"\nmodel = \"m.md\"\n[[criterion]]\nsays = \"x\"\nexplain = \"e\"\n{}\
         [[bad]]\ntext = \"b.md\"\nfails = \"c\"\n",
            mark("c"),
        ),
    )
}

fn scenario() -> String {
    exercise(
        "scenario",
        &format!(
            "[[move]]\nid = \"look\"\nkind = \"look\"\ntitle = \"L\"\nminutes = 1\nresult = \"m.md\"\n[[inject]]\nafter = 2\ntext = \"i.md\"\n\
         [[expect]]\nany = \"look\"\nexplain = \"e\"\n{}[play]\nmodel = [\"look\"]\n[[bad]]\nmoves = \"look\"\nfails = \"x\"\n",
            mark("x"),
        ),
    )
}

#[test]
fn all_labs_of_the_catalogue_fit() {
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join("../catalog");
    let mut seen = 0;
    for folder in fs::read_dir(catalogue).unwrap() {
        let Ok(toml) = fs::read_to_string(folder.unwrap().path().join("lab.toml")) else { continue };
        assert_eq!(complaints(&toml), Vec::<String>::new(), "{}", toml.lines().next().unwrap_or_default());
        seen += 1;
    }
    assert!(seen > 2, "{seen}");
    assert_eq!(complaints(LAB), Vec::<String>::new());
    for exercise in [EXERCISE.to_string(), review(), writing(), scenario()] {
        assert_eq!(complaints(&exercise), Vec::<String>::new(), "{exercise}");
    }
}

#[test]
fn mistakes_are_marked() {
    for (from, to, place) in [
        ("minutes = 5", "minutes = \"5\"", "/minutes"),
        ("phase = 30", "phase = 31", "/phase"),
        ("memory = \"128m\"", "memory = \"lots\"", "/sandbox/memory"),
        ("points = 2", "points = 2\nfeedbck = \"\"", "/check/0"),
        ("probe.file = { path", "probe.file = { pathh", "/check/0/probe/file"),
        ("probe.file = { path = \"/srv/{{number}}\" }\n", "", "/check/0"),
        ("ran = \"ls\"", "ran = \"ls\", said = \"note\"", "/signal/0/expect"),
        ("{ between = [1, 9] }", "{ between = [1] }", "/vars/number/between"),
        ("one = { right = \"a\", wrong", "one = { wrong", "/question/0/one"),
        ("number = { is = \"{{number}}\" }\n", "", "/question/1"),
    ] {
        let whole = [LAB, EXERCISE].into_iter().find(|whole| whole.contains(from)).unwrap_or_else(|| panic!("{from}"));
        let found = complaints(&whole.replacen(from, to, 1));
        assert!(found.iter().any(|complaint| complaint.starts_with(&format!("{place}:"))), "{to}: {found:?}");
    }
}

/// Every place of the schema that has keys, with a way to write one there: `(where, its keys, lab.toml with KEY there)`.
fn places() -> Vec<(&'static str, Vec<String>, String)> {
    let keys = |pointer: &str| -> Vec<String> {
        let schema = schema();
        let of = if pointer.is_empty() { &schema } else { schema.pointer(pointer).unwrap() };
        of["properties"].as_object().unwrap().keys().cloned().collect()
    };
    // What a lab in a terminal has, and what an exercise has instead.
    // What people judge is read everywhere, to say where it does not belong.
    let of_all = [
        "title", "summary", "kind", "minutes", "phase", "entry", "skills", "trains", "vars", "time", "hint", "kpi",
        "judging", "rubric",
    ];
    let root = |own: &[&str]| {
        let own = |key: &String| of_all.contains(&key.as_str()) || own.contains(&key.as_str());
        keys("").into_iter().filter(own).collect::<Vec<_>>()
    };
    let asked = ["output", "question"];
    let of_review = [&asked[..], &["change", "defect", "decoy", "severities", "restraint"]].concat();
    let of_writing = [&asked[..], &["notes", "part", "criterion", "bad"]].concat();
    let of_scenario = [&asked[..], &["move", "inject", "expect", "play", "bad"]].concat();
    let part = |name: &str| keys(&format!("/properties/{name}"));
    let item = |name: &str| keys(&format!("/properties/{name}/items"));
    // Which of two things a bad one is depends on the kind.
    let bad = |but: &str| item("bad").into_iter().filter(|key| key != but).collect::<Vec<_>>();
    let with = |toml: String, before: &str| toml.replacen(before, &format!("KEY\n{before}"), 1);
    let answer = |kind: &str| keys(&format!("/properties/question/items/properties/{kind}"));
    let mut places = vec![
        ("", root(&["sandbox", "check", "signal"]), LAB.replacen("title", "KEY\ntitle", 1)),
        ("exercise", root(&asked), EXERCISE.replacen("title", "KEY\ntitle", 1)),
        ("review", root(&of_review), with(review(), "title = \"t\"")),
        ("change", part("change"), with(review(), "author")),
        ("defect", item("defect"), with(review(), "category")),
        ("decoy", item("decoy"), review().replacen("[[decoy]]", "[[decoy]]\nKEY", 1)),
        ("severities", part("severities"), review().replacen("[severities]", "[severities]\nKEY", 1)),
        ("restraint", part("restraint"), with(review(), "most")),
        ("writing", root(&of_writing), with(writing(), "title = \"t\"")),
        ("part", item("part"), with(writing(), "label")),
        ("criterion", item("criterion"), with(writing(), "says")),
        ("bad text", bad("moves"), with(writing(), "text =")),
        ("scenario", root(&of_scenario), with(scenario(), "title = \"t\"")),
        ("move", item("move"), with(scenario(), "minutes = 1")),
        ("inject", item("inject"), with(scenario(), "after")),
        ("expect", item("expect"), with(scenario(), "any")),
        ("play", part("play"), with(scenario(), "model =")),
        ("bad way", bad("text"), with(scenario(), "moves =")),
        (
            "judging",
            part("judging"),
            format!("{EXERCISE}\n[judging]\nKEY\n[[rubric]]\ndimension = \"d\"\nasks = \"a\"\n"),
        ),
        ("rubric", item("rubric"), format!("{EXERCISE}\n[[rubric]]\nKEY\ndimension = \"d\"\nasks = \"a\"\n")),
        ("output", keys("/properties/output/items"), EXERCISE.replacen("title = \"o\"", "KEY\ntitle = \"o\"", 1)),
        ("question", keys("/properties/question/items"), EXERCISE.replacen("ask = ", "KEY\nask = ", 1)),
        ("one", answer("one"), EXERCISE.replacen("{ right = \"a\"", "{ KEY, right = \"a\"", 1)),
        ("number", answer("number"), EXERCISE.replacen("{ is", "{ KEY, is", 1)),
        ("text", answer("text"), EXERCISE.replacen("{ accept", "{ KEY, accept", 1)),
        ("several", answer("several"), EXERCISE.replacen("{ right = [", "{ KEY, right = [", 1)),
        ("sandbox", keys("/properties/sandbox"), LAB.replacen("image", "KEY\nimage", 1)),
        ("time", keys("/properties/time"), LAB.replacen("idle", "KEY\nidle", 1)),
        (
            "variable",
            keys("/properties/vars/additionalProperties"),
            LAB.replacen("{ between = [1, 9] }", "{ KEY, between = [1, 9] }", 1),
        ),
        ("check", keys("/properties/check/items"), LAB.replacen("probe.file", "KEY\nprobe.file", 1)),
        ("signal", keys("/properties/signal/items"), LAB.replacen("expect", "KEY\nexpect", 1)),
        ("pattern", keys("/$defs/pattern"), LAB.replacen("ran = \"ls\"", "KEY, ran = \"ls\"", 1)),
        ("deed", keys("/$defs/deed"), LAB.replacen("{ ran = \"rm\"", "{ KEY, ran = \"rm\"", 1)),
        ("hint", keys("/properties/hint/items"), LAB.replacen("text = \"h", "KEY\ntext = \"h", 1)),
        ("kpi", keys("/properties/kpi/items"), LAB.replacen("id = \"mtta\"", "KEY\nid = \"mtta\"", 1)),
        (
            "port",
            keys("/properties/sandbox/properties/ports/items"),
            LAB.replacen("disk", "ports = [{ KEY, name = \"n\", port = 1 }]\ndisk", 1),
        ),
    ];
    let kinds = keys("/properties/check/items/properties/probe");
    for kind in &kinds {
        let at = format!("/properties/check/items/properties/probe/properties/{kind}");
        let toml = LAB.replacen("probe.file = { path = \"/srv/{{number}}\" }", &format!("probe.{kind} = {{ KEY }}"), 1);
        places.push(("probe", keys(&at), toml));
    }
    places.push(("probes", kinds, LAB.replacen("probe.file = { path = \"/srv/{{number}}\" }", "probe = { KEY }", 1)));
    places
}

/// What the reader says of a lab.toml by itself.
fn lint(toml: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("small");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("lab.toml"), toml).unwrap();
    for (path, text) in
        [("change/before/a", "x\n"), ("change/after/a", "y\n"), ("m.md", ""), ("b.md", ""), ("i.md", "")]
    {
        fs::create_dir_all(folder.join(path).parent().unwrap()).unwrap();
        fs::write(folder.join(path), text).unwrap();
    }
    Catalog::load_lab(&folder).unwrap_err().to_string()
}

/// A key that the reader does not know is one that the schema should not have, and the other way round a key that it lists
/// must be in the schema.
#[test]
fn the_reader_knows_each_key() {
    for (place, keys, toml) in places() {
        for key in &keys {
            // A date is right for no key, so one that is known is complained about by its name.
            let with = toml.replacen("KEY", &format!("{key} = 2000-01-01"), 1);
            // Where the key stands already, the date comes in its place.
            let doubled = toml::from_str::<toml::Value>(&with).is_err();
            if doubled {
                continue;
            }
            let said = lint(&with);
            assert!(!said.contains(&format!("the key `{key}` is not known here")), "{place}.{key}: {said}");
        }
    }
}

#[test]
fn the_schema_knows_each_key() {
    for (place, keys, toml) in places() {
        let said = lint(&toml.replacen("KEY", "zzz-zzz = 1", 1));
        let unknown = said.lines().find(|line| line.contains("`zzz-zzz`")).unwrap_or_else(|| panic!("{place}: {said}"));
        let Some((_, listed)) = unknown.split_once("there are: ") else { panic!("{unknown}") };
        for key in listed.split(", ").filter(|key| !key.starts_with('…')) {
            assert!(keys.iter().any(|known| known == key), "{place}: the schema does not know `{key}`: {unknown}");
        }
    }
}

#[test]
fn it_is_a_schema() {
    assert!(jsonschema::meta::is_valid(&schema()));
    assert_eq!(schema()["type"], json!("object"));
}
