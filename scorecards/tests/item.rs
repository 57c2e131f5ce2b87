//! How a lab does as an item, by figures that can be checked by hand.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use scorecards::{
    event::{CheckRun, EndReason, Event, Kind, Mode, Source, Verdict},
    item::{ENOUGH, Item, Sitting},
    marking::{CheckMark, Marking},
};
use uuid::Uuid;

fn marking() -> Marking {
    let check = |id: &str, points| CheckMark {
        id: id.into(),
        title: format!("{id} is right"),
        points,
        required: id == "site",
        dimension: "troubleshooting".into(),
    };
    Marking {
        checks: vec![check("site", 4), check("rotation", 2), check("note", 2)],
        hints: vec![1, 2],
        ..Marking::default()
    }
}

/// Seconds after an hour of some day.
fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).unwrap_or_default()
}

/// The events of a sitting, one after the other.
struct Story(Vec<Event>);

impl Story {
    fn began() -> Self {
        Self(Vec::new()).and(0, Kind::AttemptStarted { lab: "l".into(), version: "v".into(), mode: Mode::Practice })
    }

    fn and(mut self, seconds: i64, kind: Kind) -> Self {
        let id = Uuid::from_u128(u128::from(self.0.len() as u64) + 1);
        let subject = Uuid::from_u128(9);
        let event = Event {
            id,
            at: at(seconds),
            box_at: None,
            actor: None,
            subject,
            attempt: None,
            source: Source::Simulated,
            kind,
        };
        self.0.push(event);
        self
    }

    fn check(self, seconds: i64, check: &str, closing: bool, verdict: Verdict) -> Self {
        let run = CheckRun {
            check: check.into(),
            closing,
            verdict,
            feedback: String::new(),
            observation: serde_json::Value::Null,
        };
        self.and(seconds, Kind::CheckRun(run))
    }

    /// Its closing checks, by whether each was right, and its end.
    fn ends(self, seconds: i64, right: [bool; 3]) -> Vec<Event> {
        let verdict = |right| if right { Verdict::Passed } else { Verdict::Failed };
        let mut story = self;
        for (id, right) in ["site", "rotation", "note"].into_iter().zip(right) {
            story = story.check(seconds, id, true, verdict(right));
        }
        story.and(seconds, Kind::AttemptEnded { reason: EndReason::Finished }).0
    }
}

fn item(stories: &[Vec<Event>]) -> Item {
    let sitting = |(person, events): (u128, &Vec<Event>)| (Uuid::from_u128(person), events.clone());
    let all: Vec<(Uuid, Vec<Event>)> = (1..).zip(stories).map(sitting).collect();
    let sittings: Vec<Sitting<'_>> = all.iter().map(|(person, events)| Sitting { person: *person, events }).collect();
    Item::of(&marking(), &sittings)
}

#[test]
fn who_passed_how_long_it_took_and_which_hints_were_taken_are_counted() {
    let hint = |story: Story, hint| story.and(5, Kind::HintTaken { hint });
    let item = item(&[
        hint(Story::began(), 1).ends(600, [true, true, true]),
        hint(hint(Story::began(), 1), 2).ends(1200, [true, false, true]),
        Story::began().ends(1800, [false, false, false]),
    ]);
    assert_eq!((item.sittings, item.people, item.decided, item.passed), (3, 3, 3, 2));
    assert_eq!(item.minutes, Some([15.0, 20.0, 25.0]));
    assert_eq!(item.hints, [2, 1]);
    let rights: Vec<(usize, usize)> = item.parts.iter().map(|part| (part.right, part.seen)).collect();
    assert_eq!(rights, [(2, 3), (1, 3), (2, 3)]);
    assert!(item.parts.iter().all(|part| part.discrimination.is_none()), "three are too few to tell");
}

#[test]
fn time_counts_from_the_box_on_and_not_in_pauses() {
    let story = Story::began()
        .and(100, Kind::SandboxReady { took_ms: 100_000, warm: false })
        .and(1000, Kind::AttemptResumed { paused_ms: 300_000 })
        .ends(1300, [true, true, true]);
    let minutes = item(&[story]).minutes.expect("one that ended");
    assert!((minutes[1] - 15.0).abs() < 1e-9, "{minutes:?}");
}

#[test]
fn a_check_that_changes_its_mind_while_nothing_is_done_is_named() {
    let run = || Kind::CommandEnded { run: 1, code: Some(0) };
    let twice = |between: Option<Kind>| {
        let story = Story::began().check(10, "site", false, Verdict::Failed);
        let story = if let Some(kind) = between { story.and(15, kind) } else { story };
        story.check(20, "site", false, Verdict::Passed).ends(60, [true, true, true])
    };
    let flipped = |stories: &[Vec<Event>]| item(stories).parts[0].flipped;
    assert_eq!(flipped(&[twice(None)]), 1);
    assert_eq!(flipped(&[twice(Some(run()))]), 0);
    let broken = Story::began().check(10, "note", true, Verdict::Broken).0;
    let item = item(&[broken]);
    assert_eq!((item.parts[2].broken, item.parts[2].seen, item.decided), (1, 0, 0));
}

/// Ten sittings in which "rotation" goes with the rest, and "note" against it.
fn ten() -> Vec<Vec<Event>> {
    (0..10).map(|n| Story::began().ends(60, [n < 5, n < 5, n >= 5])).collect()
}

#[test]
fn a_part_that_goes_with_the_rest_tells_people_apart_and_one_against_it_is_below_zero() {
    assert_eq!(ENOUGH, 10);
    let item = item(&ten());
    // By hand: for "note" the rest is site and rotation, all or nothing, and always the other way round: -1.
    let note = item.parts[2].discrimination.expect("enough");
    assert!((note + 1.0).abs() < 1e-9, "{note}");
    // For "rotation" the rest is 4 points of site against 2 of note: 2/3 for those who have it, 1/3 for those who don't: 1.
    let rotation = item.parts[1].discrimination.expect("enough");
    assert!((rotation - 1.0).abs() < 1e-9, "{rotation}");
    let alike: Vec<Vec<Event>> = (0..10).map(|_| Story::began().ends(60, [true, true, false])).collect();
    assert!(super_parts(&alike).iter().all(Option::is_none), "where all went alike there is nothing to tell apart");
}

fn super_parts(stories: &[Vec<Event>]) -> Vec<Option<f64>> {
    item(stories).parts.iter().map(|part| part.discrimination).collect()
}

proptest! {
    #[test]
    fn shares_never_leave_their_range(all in prop::collection::vec((any::<bool>(), any::<bool>(), any::<bool>(), 1_i64..5000), 0..30)) {
        let stories: Vec<Vec<Event>> =
            all.into_iter().map(|(a, b, c, seconds)| Story::began().ends(seconds, [a, b, c])).collect();
        let item = item(&stories);
        prop_assert!(item.passed <= item.decided && item.decided <= item.sittings);
        if let Some([first, second, third]) = item.minutes {
            prop_assert!(0.0 <= first && first <= second && second <= third);
        }
        for part in &item.parts {
            prop_assert!(part.right <= part.seen && part.seen <= item.sittings);
            prop_assert!(part.discrimination.is_none_or(|d| (-1.0 - 1e-9..=1.0 + 1e-9).contains(&d)));
        }
    }

    #[test]
    fn the_order_of_events_and_sittings_changes_nothing(seed in any::<u64>()) {
        let mut stories = ten();
        let straight = item(&stories);
        let turn = usize::try_from(seed % 10).unwrap_or_default();
        stories.rotate_left(turn);
        for story in &mut stories {
            story.reverse();
        }
        let turned = item(&stories);
        prop_assert_eq!(straight.parts.len(), turned.parts.len());
        for (one, other) in straight.parts.iter().zip(&turned.parts) {
            prop_assert_eq!((one.right, one.seen, one.flipped), (other.right, other.seen, other.flipped));
            let near = |a: Option<f64>, b: Option<f64>| match (a, b) { (Some(a), Some(b)) => (a - b).abs() < 1e-9, (a, b) => a == b };
            prop_assert!(near(one.discrimination, other.discrimination));
        }
    }
}

#[test]
fn nobody_is_no_trouble() {
    let item = item(&[]);
    assert_eq!((item.sittings, item.minutes, item.hints.as_slice()), (0, None, &[0, 0][..]));
}
