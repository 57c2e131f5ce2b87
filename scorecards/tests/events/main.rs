//! The contract of events: what is stored once is read for ever.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod examples;
mod of_boxes;

use std::collections::BTreeSet;

use proptest::prelude::*;
use rstest::rstest;
use scorecards::event::{Event, Kind, Source, work::Work};
use serde_json::{Value, json};
use uuid::Uuid;

fn event(kind: Kind) -> Event {
    Event {
        id: Uuid::from_u128(1),
        at: chrono::DateTime::from_timestamp(1_772_442_000, 0).unwrap(),
        box_at: None,
        actor: Some(Uuid::from_u128(2)),
        subject: Uuid::from_u128(3),
        attempt: None,
        source: Source::Imported,
        kind,
    }
}

fn kinds() -> Vec<Kind> {
    of_boxes::all().into_iter().chain(examples::all().into_iter().map(Kind::Work)).collect()
}

fn tag(kind: &Kind) -> String {
    serde_json::to_value(kind).unwrap()["kind"].as_str().unwrap().to_string()
}

/// The snapshot is the contract: a line that changes breaks what is stored. New lines are welcome.
#[test]
fn every_kind_is_written_as_it_always_was() {
    let lines: Vec<String> = kinds().iter().map(|kind| serde_json::to_string(kind).unwrap()).collect();
    insta::assert_snapshot!("kinds", lines.join("\n"));
}

#[test]
fn every_kind_is_read_as_it_was_written() {
    for kind in kinds() {
        let event = event(kind);
        let text = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&text).unwrap(), event, "{text}");
        // As the store has it: the kind by itself, as a value.
        let value = serde_json::to_value(&event.kind).unwrap();
        assert_eq!(serde_json::from_value::<Kind>(value).unwrap(), event.kind);
    }
}

#[test]
fn every_kind_has_an_example() {
    let shown: BTreeSet<String> = kinds().iter().map(tag).collect();
    let known: BTreeSet<String> = Work::tags().chain(Kind::tags()).map(str::to_string).collect();
    assert_eq!(known.difference(&shown).collect::<Vec<_>>(), Vec::<&String>::new(), "no example of these");
    assert_eq!(shown, known);
}

#[test]
fn no_two_kinds_have_the_same_tag() {
    let mut seen = BTreeSet::new();
    for tag in Work::tags().chain(Kind::tags()) {
        assert!(seen.insert(tag), "{tag} is there twice");
    }
}

#[test]
fn the_first_thing_that_work_says_is_what_it_is_about() {
    for work in examples::all() {
        let value = serde_json::to_value(&work).unwrap();
        let data = value["data"].as_object().unwrap();
        assert!(data.values().any(|field| field == work.about()), "{value} is not about {}", work.about());
        assert!(!work.about().is_empty());
    }
}

#[test]
fn a_kind_of_a_later_version_survives() {
    let later = json!({
        "id": Uuid::from_u128(1), "at": "2030-01-01T00:00:00Z", "box_at": null, "actor": null,
        "subject": Uuid::from_u128(3), "attempt": null, "source": "imported",
        "kind": "robot_dispatched", "data": { "robot": "r2", "parts": [1, 2.5, null, { "deep": true }] },
    });
    let event: Event = serde_json::from_value(later.clone()).unwrap();
    assert!(matches!(&event.kind, Kind::Unknown(unknown) if unknown.kind == "robot_dispatched"));
    assert_eq!(serde_json::to_value(&event).unwrap(), later);
}

#[test]
fn a_kind_of_a_later_version_may_have_no_data_and_any_name() {
    for name in ["world_ended", "work", "unknown"] {
        let later = json!({ "kind": name });
        let kind: Kind = serde_json::from_value(later.clone()).unwrap();
        assert_eq!(serde_json::to_value(&kind).unwrap(), later);
    }
}

/// Any JSON but for `null` at the top, which is how "no data" is kept.
fn data() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-1e12..1e12f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let within = prop_oneof![Just(Value::Null), inner];
        prop_oneof![
            prop::collection::vec(within.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{1,8}", within, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_a_later_version_writes_survives(tag in "later_[a-z_]{1,20}", data in data()) {
        let later = json!({ "kind": tag, "data": data });
        let kind: Kind = serde_json::from_str(&later.to_string()).unwrap();
        prop_assert_eq!(serde_json::to_value(&kind).unwrap(), later);
    }

    /// What is known but wrong is an error, and what is right is right: never a panic, never taken for unknown.
    #[test]
    fn known_kinds_with_any_data_never_panic(number in any::<prop::sample::Index>(), data in data()) {
        let tags: Vec<&str> = Work::tags().chain(Kind::tags()).collect();
        let tag = tags[number.index(tags.len())];
        if let Ok(kind) = serde_json::from_value::<Kind>(json!({ "kind": tag, "data": data })) {
            prop_assert!(!matches!(kind, Kind::Unknown(_)), "{}", tag);
        }
    }
}

#[rstest]
#[case::a_missing_field(json!({ "kind": "alert_fired", "data": { "alert": "a" } }), &["alert_fired", "severity"])]
#[case::a_wrong_type(
    json!({ "kind": "alert_fired", "data": { "alert": 7, "severity": "high" } }),
    &["alert_fired", "alert:", "integer"],
)]
#[case::an_unknown_word(
    json!({ "kind": "alert_fired", "data": { "alert": "a", "severity": "dire" } }),
    &["alert_fired", "severity:", "dire", "critical"],
)]
#[case::a_wrong_moment(
    json!({ "kind": "on_call_scheduled", "data": { "shift": "s", "from": "soon", "until": "2026-03-02T09:00:00Z" } }),
    &["on_call_scheduled", "from:"],
)]
#[case::deep_inside(
    json!({ "kind": "escalation_sent", "data": { "incident": "i", "to": "t", "told": ["impact", "gossip"] } }),
    &["escalation_sent", "told[1]:", "gossip"],
)]
#[case::of_a_box(
    json!({ "kind": "attempt_started", "data": { "lab": "l", "version": "v", "mode": "leisure" } }),
    &["attempt_started", "mode:", "leisure"],
)]
#[case::no_data_at_all(json!({ "kind": "ticket_assigned" }), &["ticket_assigned"])]
fn a_known_kind_with_wrong_data_says_where(#[case] value: Value, #[case] words: &[&str]) {
    let whole = json!({
        "id": Uuid::from_u128(1), "at": "2026-03-02T09:00:00Z", "subject": Uuid::from_u128(3), "source": "imported",
        "kind": value["kind"], "data": value["data"],
    });
    for error in [
        serde_json::from_value::<Kind>(value).unwrap_err().to_string(),
        serde_json::from_value::<Event>(whole).unwrap_err().to_string(),
    ] {
        for word in words {
            assert!(error.contains(word), "{word:?} is not in: {error}");
        }
    }
}

/// As the first version of Belay stored them, letter for letter.
#[rstest]
#[case(r#"{"id":"0195a000-0000-7000-8000-000000000001","at":"2026-02-11T08:00:00Z","box_at":null,"actor":"0195a000-0000-7000-8000-00000000000a","subject":"0195a000-0000-7000-8000-00000000000a","attempt":"0195a000-0000-7000-8000-00000000000b","source":"simulated","kind":"attempt_started","data":{"lab":"nginx-port-taken","version":"5f2c","mode":"practice"}}"#)]
#[case(r#"{"id":"0195a000-0000-7000-8000-000000000002","at":"2026-02-11T08:00:02Z","box_at":null,"actor":null,"subject":"0195a000-0000-7000-8000-00000000000a","attempt":"0195a000-0000-7000-8000-00000000000b","source":"simulated","kind":"sandbox_ready","data":{"took_ms":1834}}"#)]
#[case(r#"{"id":"0195a000-0000-7000-8000-000000000003","at":"2026-02-11T08:01:00.250Z","box_at":"2026-02-11T08:01:00.100Z","actor":"0195a000-0000-7000-8000-00000000000a","subject":"0195a000-0000-7000-8000-00000000000a","attempt":"0195a000-0000-7000-8000-00000000000b","source":"simulated","kind":"command_run","data":{"run":7,"parent":3,"by":{"terminal":1},"exe":"/usr/sbin/nginx","argv":["nginx","-t"],"cwd":"/root","uid":0,"pristine":true}}"#)]
#[case(r#"{"id":"0195a000-0000-7000-8000-000000000004","at":"2026-02-11T08:01:01Z","box_at":"2026-02-11T08:01:01Z","actor":null,"subject":"0195a000-0000-7000-8000-00000000000a","attempt":"0195a000-0000-7000-8000-00000000000b","source":"simulated","kind":"command_ended","data":{"run":7,"code":null}}"#)]
#[case(r#"{"id":"0195a000-0000-7000-8000-000000000005","at":"2026-02-11T08:05:00Z","box_at":null,"actor":null,"subject":"0195a000-0000-7000-8000-00000000000a","attempt":"0195a000-0000-7000-8000-00000000000b","source":"simulated","kind":"check_run","data":{"check":"site-answers","closing":true,"verdict":"passed","feedback":"The site answers.","observation":{"status":200}}}"#)]
#[case(r#"{"id":"0195a000-0000-7000-8000-000000000006","at":"2026-02-11T08:05:01Z","box_at":null,"actor":null,"subject":"0195a000-0000-7000-8000-00000000000a","attempt":"0195a000-0000-7000-8000-00000000000b","source":"simulated","kind":"attempt_ended","data":{"reason":"finished"}}"#)]
fn what_the_first_version_stored_is_still_read(#[case] stored: &str) {
    let event: Event = serde_json::from_str(stored).unwrap();
    assert!(!matches!(event.kind, Kind::Unknown(_) | Kind::Work(_)), "{:?}", event.kind);
    // Written again it is the same value, but for how a moment's zeros are written.
    let (again, stored): (Value, Value) =
        (serde_json::to_value(&event).unwrap(), serde_json::from_str(stored).unwrap());
    assert_eq!(
        (&again["kind"], &again["data"], &again["source"]),
        (&stored["kind"], &stored["data"], &stored["source"])
    );
}
