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
    ] {
        assert!(LAB.contains(from), "{from}");
        let found = complaints(&LAB.replacen(from, to, 1));
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
    let mut places = vec![
        ("", keys(""), LAB.replacen("title", "KEY\ntitle", 1)),
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
