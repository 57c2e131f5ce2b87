//! What holds for any pattern and any record.

use proptest::prelude::*;
use scorecards::{
    event::{Event, Kind},
    score::{Outcome, score},
    signal::{
        Args, Between, Command, Deed, Done, Finding, Form, Glob, Order, Pattern, Ran, Record, Repeat, Said, Seen, Step,
        When, Within, look,
    },
};

use crate::support::{signal, story};

fn commands() -> impl Strategy<Value = Command> {
    let text = prop_oneof![
        Just("a"),
        Just("a"),
        Just("b"),
        Just("b"),
        Just("c -x"),
        Just("c !-x"),
        Just("@read-only"),
        Just("@change"),
        Just("@restart nginx"),
        Just("@stop *"),
        Just("* y"),
    ];
    text.prop_map(|text| Command::try_from(text.to_string()).unwrap())
}

fn deeds() -> impl Strategy<Value = Deed> {
    let args = prop_oneof![Just("^-x$"), Just("y")].prop_map(|args| Args::try_from(args.to_string()).unwrap());
    let ran = (
        prop::collection::vec(commands(), 1..3),
        prop::option::weighted(0.3, 0..2_i32),
        prop::option::weighted(0.1, args),
        prop_oneof![5 => Just(Vec::new()), 1 => prop::collection::vec("-?[xyz]", 1..2)],
    );
    let globs = prop_oneof![Just("/etc/*"), Just("/etc/a"), Just("*")]
        .prop_map(|text| Glob::try_from(text.to_string()).unwrap());
    let said = prop_oneof![Just(Said::Hypothesis), Just(Said::Settled), Just(Said::Note), Just(Said::ClosingNote)];
    prop_oneof![
        4 => ran.prop_map(|(ran, exit, args, without)| Deed::Ran(Ran { ran, exit, args, without })),
        1 => prop::collection::vec(globs, 1..3).prop_map(|changed| Deed::Changed { changed }),
        1 => prop::collection::vec(said, 1..3).prop_map(|said| Deed::Said { said }),
    ]
}

fn steps(sizes: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(deeds().prop_map(Step), sizes)
}

fn forms() -> impl Strategy<Value = Form> {
    let within = (1..9_u32).prop_map(|n| Some(Within::try_from(format!("{n}s")).unwrap()));
    let within = prop_oneof![3 => Just(None), 1 => within];
    let none = || Just(Vec::new());
    let when = prop_oneof![
        (steps(1..2), none(), none(), none()),
        (none(), steps(1..2), none(), none()),
        (none(), none(), steps(1..2), none()),
        (none(), none(), none(), steps(1..2)),
        (steps(0..2), steps(0..2), steps(0..2), steps(0..2)),
    ];
    let when = (when, within).prop_map(|((before, before_first, after, after_last), within)| When {
        before,
        before_first,
        after,
        after_last,
        within,
    });
    prop_oneof![
        4 => (deeds(), prop_oneof![3 => Just(1), 1 => 2..4_u32], when).prop_map(|(deed, times, when)| Form::Done(Done { deed, times, when })),
        1 => steps(1..4).prop_map(|order| Form::Order(Order { order })),
        1 => (deeds(), steps(1..3)).prop_map(|(deed, between)| Form::Between(Between { deed, between })),
        1 => (deeds(), 1..4_u32).prop_map(|(deed, repeat)| Form::Repeat(Repeat { deed, repeat })),
    ]
}

fn patterns() -> impl Strategy<Value = Pattern> {
    (forms(), any::<bool>()).prop_map(|(form, good)| if good { Pattern::Expect(form) } else { Pattern::Forbid(form) })
}

/// What can happen in a second: a run, a file's change, a word, or nothing that matters.
fn happenings() -> impl Strategy<Value = String> {
    let signs = prop_oneof![
        Just(""),
        Just(""),
        Just("=1"),
        Just("?"),
        Just("~"),
        Just("s"),
        Just("c"),
        Just("<1"),
        Just("<2"),
        Just("..9")
    ];
    let what = prop_oneof![
        Just("a"),
        Just("b"),
        Just("c -x"),
        Just("c y"),
        Just("df"),
        Just("rm y"),
        Just("sudo a"),
        Just("sudo systemctl restart nginx"),
        Just("systemctl stop nginx"),
    ];
    prop_oneof![
        6 => (0..9_u32, signs, what).prop_map(|(second, signs, what)| format!("{second}{signs} {what}")),
        1 => (0..9_u32, prop_oneof![Just("/etc/a"), Just("/etc/b 1"), Just("/etc/b 2")])
            .prop_map(|(second, path)| format!("{second} !changed {path}")),
        1 => (0..9_u32, 1..3_u32).prop_map(|(second, number)| format!("{second} !hypothesis {number}")),
        1 => (0..9_u32, 1..3_u32).prop_map(|(second, number)| format!("{second} !settled {number}")),
        1 => (0..9_u32).prop_map(|second| format!("{second} !note closing")),
    ]
}

fn stories() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(happenings(), 0..12)
}

fn seen(pattern: &Pattern, events: &[Event]) -> Seen {
    let record = Record::new(events);
    let Finding { seen, decided_by, why, .. } = look(pattern, &record);
    assert!(!why.is_empty());
    assert!(seen != Seen::NotObserved || decided_by.is_empty());
    seen
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn a_pattern_survives_being_printed_and_read(pattern in patterns()) {
        let printed = serde_json::to_string(&pattern).unwrap();
        prop_assert_eq!(&serde_json::from_str::<Pattern>(&printed).unwrap(), &pattern, "{}", printed);
    }

    #[test]
    fn a_command_survives_being_printed_and_read(text in "(@?[a-z-]{1,9}|@restart) ?( {1,2}!?[a-z*/=-]{1,4}){0,3}") {
        if let Ok(command) = Command::try_from(text) {
            prop_assert_eq!(Command::try_from(command.to_string()).unwrap(), command);
        }
    }

    #[test]
    fn the_order_of_arrival_does_not_matter(
        pattern in patterns(),
        told in stories(),
        gap in prop::option::of(0..9_u32),
        seed in any::<u64>(),
    ) {
        let mut told = told;
        told.extend(gap.map(|second| format!("{second} !gap 2")));
        let events = story(&told.join(";"));
        let mut shuffled = events.clone();
        let length = shuffled.len().max(1) as u64;
        for at in 0..shuffled.len() {
            let other = seed.rotate_left(u32::try_from(at % 64).unwrap()).wrapping_mul(0x9E37_79B9_7F4A_7C15) % length;
            shuffled.swap(at, usize::try_from(other).unwrap());
        }
        let marking = signal(1, pattern);
        prop_assert_eq!(score(&marking, &events), score(&marking, &shuffled));
    }

    /// Take entries out of a record and note the gap: what is then still seen or not seen was so all along.
    #[test]
    fn what_a_gap_leaves_decided_is_what_the_whole_record_says(
        pattern in patterns(),
        told in stories(),
        from in 0..12_usize,
        count in 1..4_usize,
    ) {
        // That `sudo a` ran `a` is believed of it where the run of `a` is missing; here it may have run anything.
        let mut whole = story(&told.join(";").replace("sudo ", ""));
        // What is said is no entry of the ledger; at the very moment of one nothing would tell which came first.
        let said = |event: &Event| serde_json::to_string(&event.kind).unwrap();
        let is_said = |event: &Event| ["hypothesis", "note"].iter().any(|word| said(event).contains(word));
        for event in whole.iter_mut().filter(|event| is_said(event)) {
            event.box_at = event.box_at.map(|at| at + chrono::Duration::milliseconds(500));
        }
        let mut journal: Vec<Event> = whole.clone();
        journal.sort_by_key(|event| match event.kind {
            Kind::FileChanged(_) => (event.at, true, event.id),
            _ => (event.at, false, event.id),
        });
        journal.retain(|event| !is_said(event));
        let lost: Vec<Event> = journal.iter().skip(from % journal.len().max(1)).take(count).cloned().collect();
        let Some(last) = lost.last().map(|event| event.at.timestamp()) else { return Ok(()) };
        let mut rest: Vec<Event> = whole.iter().filter(|event| !lost.contains(event)).cloned().collect();
        let mut gap = story(&format!("{last} !gap {}", lost.len())).remove(0);
        gap.id = uuid::Uuid::from_u128(99_999);
        rest.push(gap);

        let (now, then) = (seen(&pattern, &rest), seen(&pattern, &whole));
        if now != Seen::NotObserved {
            let lost: Vec<String> = lost.iter().map(said).collect();
            prop_assert_eq!(now, then, "{} lost: {:?}", serde_json::to_string(&pattern).unwrap(), lost);
        }
    }

    #[test]
    fn without_a_gap_and_cut_arguments_everything_is_decided(pattern in patterns(), told in stories()) {
        let told: Vec<String> = told.into_iter().filter(|what| !what.split(' ').next().unwrap().contains('c')).collect();
        prop_assert_ne!(seen(&pattern, &story(&told.join(";"))), Seen::NotObserved);
    }

    #[test]
    fn nothing_panics_on_any_text(text: String, other: String) {
        let _ = Command::try_from(text.clone());
        let _ = Glob::try_from(text.clone()).map(|glob| glob.fits(&other));
        let _ = Within::try_from(text.clone());
        let _ = serde_json::from_str::<Pattern>(&format!(r#"{{"expect": {{"ran": [{text:?}]}}}}"#));
        let lines = score(&signal(1, Pattern::Expect(Form::Order(Order { order: Vec::new() }))), &[]).lines;
        prop_assert_eq!(lines[0].outcome, Outcome::Earned, "an empty order is refused by the catalogue, not here");
    }
}
