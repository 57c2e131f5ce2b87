//! Random events of every family, made from one example of every kind by changing whatever can be changed: names,
//! moments, numbers, words. So a kind that gets an example is covered by every property of the engine.

use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::event::{
    Event, Kind, Source,
    work::{Family, Work},
};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    examples,
    support::{INGRID, MAYA, start},
};

static EXAMPLES: LazyLock<Vec<Work>> = LazyLock::new(examples::all);

/// Words that may stand in each other's place.
const WORDS: &[&[&str]] = &[
    &["low", "medium", "high", "critical"],
    &["S", "M", "L"],
    &["error", "missing_step", "new_requirement"],
    &["wrong_team", "shift_ended", "escalated", "other"],
    &["automatic", "human"],
    &["impact", "changed", "failing", "tried"],
    &["dashboard", "alert_rule", "log_source"],
    &["non_production", "production"],
    &["step", "command", "decision", "wording"],
    &["manual", "automated"],
    &["added", "moved", "thinned", "removed"],
    &["approved", "changes_requested", "commented"],
    &["system", "person"],
];

/// The generator SplitMix64: a pure function of its seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// One of so many, from 0.
    pub fn below(&mut self, number: usize) -> usize {
        usize::try_from(self.next() % number as u64).expect("a small number")
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// A moment within so many days from the start.
fn moment(random: &mut Random, days: usize) -> DateTime<Utc> {
    start() + TimeDelta::minutes(random.below(days * 24 * 60) as i64)
}

/// The event of a seed: Maya's, in a series, within 100 days. More often than others it is of the family in focus, so
/// that enough happens to its things.
pub fn event(seed: u64, series: Source, focus: Family) -> Event {
    let mut random = Random(seed);
    let focused = random.below(3) > 0;
    let examples = EXAMPLES.iter().filter(|example| !focused || example.family() == focus).collect::<Vec<_>>();
    let example = examples[random.below(examples.len())];
    let name = format!("thing-{}", random.below(5));
    let mut value = serde_json::to_value(example).expect("an example can be written");
    let about = example.about().to_string();
    change(&mut value["data"], &about, &name, &mut random);
    // What the change has made impossible stays as it was, under its own name.
    let work = serde_json::from_value(value).unwrap_or_else(|_| example.clone());
    Event {
        id: Uuid::from_u128((u128::from(seed) << 8) + series as u128),
        at: moment(&mut random, 100),
        box_at: None,
        actor: [Some(MAYA), Some(MAYA), Some(INGRID), Some(INGRID), None][random.below(5)],
        subject: MAYA,
        attempt: None,
        source: series,
        kind: Kind::Work(work),
    }
}

fn change(value: &mut Value, about: &str, name: &str, random: &mut Random) {
    match value {
        Value::String(text) if text == about => *text = name.to_string(),
        Value::String(text) => {
            if DateTime::parse_from_rfc3339(text).is_ok() {
                *text = moment(random, 120).to_rfc3339();
            } else if let Some(words) = WORDS.iter().find(|words| words.contains(&text.as_str())) {
                *text = random.one(words).to_string();
            } else if random.below(2) == 0 {
                // Names of other things, requesters, artefacts: from few, so that some are the same.
                *text = if text.len() == 64 {
                    "0".repeat(63) + &random.below(4).to_string()
                } else {
                    format!("thing-{}", random.below(3))
                };
            }
        }
        Value::Bool(flag) => *flag = random.below(2) == 0,
        Value::Number(number) => {
            let small = random.below(40);
            *number = if number.is_f64() {
                serde_json::Number::from_f64(small as f64 / 4.0).expect("finite")
            } else {
                small.into()
            };
        }
        Value::Array(list) => {
            if random.below(3) == 0 {
                list.pop();
            }
            list.iter_mut().for_each(|value| change(value, about, name, random));
        }
        Value::Object(map) => map.values_mut().for_each(|value| change(value, about, name, random)),
        Value::Null => {}
    }
}

/// What an event is of, for messages.
pub fn tag(event: &Event) -> String {
    match &event.kind {
        Kind::Work(work) => work_tag(work),
        _ => "?".into(),
    }
}

fn work_tag(work: &Work) -> String {
    serde_json::to_value(work).expect("work can be written")["kind"].as_str().unwrap_or_default().to_string()
}
