//! What the engine does whatever the measure: series, verdicts, guards, ramps, forgetting, groups.

use chrono::{DateTime, TimeDelta};
use rstest::rstest;
use scorecards::{
    event::{
        Event, Source,
        work::{Alert, Family, Roster, Severity, Ticket},
    },
    kpi::{
        Definition, Direction, Exclusion, Figure, Meaning, Measure, Observation, People, SERIES, State, Target,
        Tracker, Unit, Value, Window, figures,
    },
};
use uuid::Uuid;

use crate::{
    properties::definitions,
    random,
    support::{Events, INGRID, MAYA, TOBIAS, days, definition, hours, minutes, start, tripped},
    tickets::{Like, many, ticket},
};

fn quality() -> Definition {
    Definition { target: Target { at_least: Some(0.95), ..Target::default() }, ..definition(Measure::TicketQuality) }
}

fn of(series: Source, good: usize, bad: usize) -> Events {
    let mut events = Events::of(MAYA, series);
    many(&mut events, good, days(1), hours(6));
    for ordinal in 0..bad {
        ticket(&mut events, &format!("bad-{ordinal}"), days(20), Like { reason: None, ..Like::default() });
    }
    events
}

#[test]
fn series_are_never_blended() {
    let mut all = of(Source::Simulated, 4, 0);
    all.extend(of(Source::Imported, 3, 1));
    all.extend(of(Source::Attested, 1, 1));
    let figures = figures(&[quality()], &all.list, MAYA, start() + days(30));
    let seen: Vec<_> = figures.iter().map(|figure| (figure.series, figure.value, figure.count)).collect();
    assert_eq!(
        seen,
        [(Source::Simulated, Some(1.0), 4), (Source::Imported, Some(0.75), 4), (Source::Attested, Some(0.5), 2),]
    );
}

#[test]
fn a_series_without_anything_is_there_and_says_nothing() {
    for minimum in [0, 1] {
        let kpi = Definition { minimum, ..quality() };
        let throughput = Definition { minimum, ..definition(Measure::TicketThroughput) };
        let figures = figures(&[kpi, throughput], &[], MAYA, start());
        assert_eq!(figures.len(), 6);
        for figure in figures {
            assert_eq!((figure.value, figure.count, figure.state), (None, 0, State::Insufficient));
        }
    }
}

#[test]
fn nothing_done_is_a_figure_where_something_else_was() {
    let kpi = Definition {
        minimum: 0,
        target: Target { at_least: Some(10.0), ..Target::default() },
        ..definition(Measure::TicketThroughput)
    };
    let mut events = Events::new();
    events.at(days(-40), Roster::PersonJoined { post: "infrastructure".into() });
    let verdict = |events: &Events| {
        let figure = events.figure(std::slice::from_ref(&kpi), days(30));
        (figure.value, figure.state)
    };
    assert_eq!(verdict(&events), (None, State::Insufficient), "who is on a roster need not have worked");
    events.at(days(-3), Ticket::TicketAssigned { ticket: "t".into() });
    assert_eq!(verdict(&events), (None, State::Insufficient), "that was before the window");
    events.at(days(10), Ticket::TicketAssigned { ticket: "t".into() });
    assert_eq!(verdict(&events), (Some(0.0), State::Below));
}

#[rstest]
#[case(Direction::Up, State::Below, Meaning::Missed)]
#[case(Direction::Up, State::In, Meaning::Met)]
#[case(Direction::Up, State::Above, Meaning::Look)]
#[case(Direction::Down, State::Below, Meaning::Look)]
#[case(Direction::Down, State::In, Meaning::Met)]
#[case(Direction::Down, State::Above, Meaning::Missed)]
#[case(Direction::Band, State::Below, Meaning::Missed)]
#[case(Direction::Band, State::In, Meaning::Met)]
#[case(Direction::Band, State::Above, Meaning::Look)]
#[case(Direction::Up, State::Insufficient, Meaning::Nothing)]
fn what_a_state_means(#[case] direction: Direction, #[case] state: State, #[case] meaning: Meaning) {
    assert_eq!(state.meaning(direction), meaning);
}

#[rstest]
#[case(Some(2.0), Some(4.0), 1.9, State::Below)]
#[case(Some(2.0), Some(4.0), 2.0, State::In)]
#[case(Some(2.0), Some(4.0), 4.0, State::In)]
#[case(Some(2.0), Some(4.0), 4.1, State::Above)]
#[case(None, Some(4.0), -9.0, State::In)]
#[case(Some(2.0), None, 99.0, State::In)]
#[case(None, None, 99.0, State::In)]
fn how_a_value_stands(
    #[case] at_least: Option<f64>,
    #[case] at_most: Option<f64>,
    #[case] value: f64,
    #[case] state: State,
) {
    assert_eq!(Target { at_least, at_most, stretch: None }.state(value), state);
}

#[rstest]
#[case(Direction::Up, Some(0.9), None, 0.95, 0.95, true)]
#[case(Direction::Up, Some(0.9), None, 0.95, 0.94, false)]
#[case(Direction::Down, None, Some(10.0), 5.0, 5.0, true)]
#[case(Direction::Down, None, Some(10.0), 5.0, 5.1, false)]
#[case(Direction::Band, Some(2.0), Some(4.0), 3.0, 3.5, true)]
#[case(Direction::Band, None, Some(7.0), 2.0, 1.5, true)]
#[case(Direction::Band, None, Some(7.0), 2.0, 2.5, false)]
fn whether_the_better_figure_is_reached(
    #[case] direction: Direction,
    #[case] at_least: Option<f64>,
    #[case] at_most: Option<f64>,
    #[case] stretch: f64,
    #[case] value: f64,
    #[case] reached: bool,
) {
    let target = Target { at_least, at_most, stretch: Some(stretch) };
    assert_eq!(target.stretched(value, direction), Some(reached));
    assert_eq!(Target { stretch: None, ..target }.stretched(value, direction), None);
}

#[test]
fn a_figure_of_a_beginner_only_informs() {
    let kpi = Definition { ramp_days: 30, ..quality() };
    let mut events = Events::new();
    events.at(days(0), Roster::PersonJoined { post: "infrastructure".into() });
    many(&mut events, 3, days(1), days(1));
    let ramp = |as_of: TimeDelta| events.figure(std::slice::from_ref(&kpi), as_of).ramp;
    assert_eq!((ramp(days(30) - minutes(1)), ramp(days(30))), (true, false));
    // Without a word of when they began, from their first work on: four hours before the first ticket was closed.
    events.list.remove(0);
    let ramp = |as_of: TimeDelta| events.figure(std::slice::from_ref(&kpi), as_of).ramp;
    assert_eq!((ramp(days(31) - hours(5)), ramp(days(31) - hours(3))), (true, false));
}

#[test]
fn guards_are_read_in_the_same_series() {
    let throughput = Definition {
        guards: vec!["ticket-quality".into(), "not-in-this-pack".into()],
        ..definition(Measure::TicketThroughput)
    };
    let mut all = of(Source::Simulated, 4, 0);
    all.extend(of(Source::Imported, 3, 1));
    let kpis = [throughput, quality()];
    let figures = figures(&kpis, &all.list, MAYA, start() + days(30));
    let guards = |series| {
        let of_series = |figure: &&Figure| figure.series == series && figure.kpi == "ticket-throughput";
        figures.iter().find(of_series).unwrap()
    };
    assert_eq!(tripped(guards(Source::Simulated), "ticket-quality"), Some(false));
    assert_eq!(tripped(guards(Source::Imported), "ticket-quality"), Some(true));
    assert_eq!(tripped(guards(Source::Attested), "ticket-quality"), None);
    let says: Vec<&str> = SERIES.iter().map(|series| guards(*series).guards[0].says.as_str()).collect();
    assert_eq!(
        says,
        [
            "ticket-quality is as it should be: 100.0 %",
            "ticket-quality is below its target: 75.0 %",
            "ticket-quality says nothing yet",
        ]
    );
    let unknown = &guards(Source::Imported).guards[1];
    assert_eq!((unknown.tripped, unknown.says.as_str()), (None, "not-in-this-pack was not asked for"));
}

#[test]
fn units_are_shown_for_people() {
    let shown = [
        (Unit::Share, 0.954, "95.4 %"),
        (Unit::Minutes, 9.25, "9.2 min"),
        (Unit::Days, 3.0, "3.0 days"),
        (Unit::PerMonth, 17.5, "17.5 a month"),
        (Unit::HoursPerMonth, 6.0, "6.0 h a month"),
        (Unit::Change, -0.2, "-20.0 %"),
        (Unit::Slope, 0.5, "+0.50 a month"),
        (Unit::Grade, 4.25, "4.25 of 5"),
    ];
    for (unit, value, text) in shown {
        assert_eq!(unit.show(value), text);
    }
}

#[test]
fn a_window_is_from_its_first_moment_to_before_its_last() {
    let window = Window::before(start(), 7);
    assert!(window.has(start() - days(7)) && window.has(start() - minutes(1)) && !window.has(start()));
    assert_eq!((window.days(), window.previous().until), (7.0, window.from));
}

#[test]
fn the_rows_behind_a_figure_are_those_of_its_window() {
    let events = of(Source::Imported, 3, 1);
    let mut tracker = Tracker::new(MAYA);
    events.list.iter().for_each(|event| tracker.add(event));
    let rows = tracker.observations(&quality(), Source::Imported, start() + days(30));
    let about: Vec<&str> = rows.iter().map(|row| row.about.as_str()).collect();
    assert_eq!(about, ["plain-0", "plain-1", "plain-2", "bad-0"], "in order of time");
    let later = tracker.observations(&quality(), Source::Imported, start() + days(40));
    assert_eq!(later.len(), 1);
    assert_eq!(tracker.observations(&quality(), Source::Simulated, start() + days(30)), []);
    assert_eq!(tracker.person(), MAYA);
}

#[test]
fn other_definitions_are_computed_anew() {
    let events = of(Source::Imported, 3, 1);
    let mut tracker = Tracker::new(MAYA);
    events.list.iter().for_each(|event| tracker.add(event));
    let value = |tracker: &mut Tracker, kpi: Definition| tracker.figures(&[kpi], start() + days(30))[1].value;
    assert_eq!(value(&mut tracker, quality()), Some(0.75));
    let strict = Definition { settings: [("note-fields".into(), 4.0)].into(), ..quality() };
    assert_eq!(value(&mut tracker, strict), Some(0.0));
    assert_eq!(value(&mut tracker, quality()), Some(0.75));
}

#[test]
fn an_earlier_moment_is_as_it_was_then() {
    let events = of(Source::Imported, 3, 1);
    let mut tracker = Tracker::new(MAYA);
    events.list.iter().for_each(|event| tracker.add(event));
    let counts: Vec<u32> = [30, 10, 30].map(|day| tracker.figures(&[quality()], start() + days(day))[1].count).into();
    assert_eq!(counts, [4, 3, 4]);
}

#[test]
fn what_is_forgotten_is_gone_but_not_who_is_on_call_or_began() {
    let mut events = Events::new();
    events.at(days(-200), Roster::PersonJoined { post: "infrastructure".into() });
    let (from, until) = (start() + days(90), start() + days(91));
    events.at(days(-100), Roster::OnCallScheduled { shift: "s".into(), from, until, understaffed: false });
    ticket(&mut events, "old", days(1), Like::default());
    events.by(
        None,
        days(92),
        Alert::AlertFired { alert: "a".into(), severity: Severity::High, rule: None, service: None },
    );
    let mut tracker = Tracker::new(MAYA);
    events.list.iter().for_each(|event| tracker.add(event));
    let kpis = [
        Definition { window_days: 200, ramp_days: 300, ..quality() },
        Definition { window_days: 200, ..definition(Measure::TimeToAcknowledge) },
    ];
    let seen = |tracker: &mut Tracker| {
        let figures = tracker.figures(&kpis, start() + days(93));
        (figures[1].count, figures[1].ramp, figures[4].exclusions.len())
    };
    assert_eq!(seen(&mut tracker), (1, true, 1), "a ticket, a beginner, an alert while not on call");
    tracker.forget_before(start() + days(50));
    assert_eq!(seen(&mut tracker), (0, true, 1));
}

#[test]
fn what_is_forgotten_no_longer_bears_on_the_rest() {
    let mut events = Events::new();
    for (name, day) in [("old", 1), ("new", 100)] {
        ticket(&mut events, name, days(day), Like { artefact: Some("the same".into()), ..Like::default() });
    }
    let mut tracker = Tracker::new(MAYA);
    events.list.iter().for_each(|event| tracker.add(event));
    let value = |tracker: &mut Tracker| tracker.figures(&[quality()], start() + days(101))[1].value;
    assert_eq!(value(&mut tracker), Some(0.0));
    tracker.forget_before(start() + days(50));
    assert_eq!(value(&mut tracker), Some(1.0));
}

#[test]
fn everybody_at_once_is_as_everybody_alone() {
    let definitions = definitions();
    let mut events: Vec<Event> =
        (0..600).map(|seed| random::event(seed * 7919, Source::Imported, Family::Ticket)).collect();
    for (number, event) in events.iter_mut().enumerate() {
        event.subject = [MAYA, TOBIAS, INGRID][number % 3];
    }
    let mut people = People::new();
    events.iter().for_each(|event| people.add(event));
    let as_of = start() + days(101);
    let all: Vec<_> = people.figures(&definitions, as_of).collect();
    assert_eq!(all.len(), 3);
    for (person, of_person) in all {
        assert_eq!(of_person, figures(&definitions, &events, person, as_of));
        assert!(people.person(person).is_some());
    }
    people.forget_before(start() + days(1000));
    assert!(people.figures(&definitions, as_of).all(|(_, figures)| figures.iter().all(|figure| figure.count == 0)));
}

#[test]
fn a_beginning_is_kept_also_if_told_twice() {
    let mut events = Events::new();
    events.at(days(0), Roster::PersonJoined { post: "first".into() });
    events.at(days(40), Roster::PersonJoined { post: "second".into() });
    events.by(None, days(41), Ticket::TicketAssigned { ticket: "t".into() });
    let kpi = Definition { ramp_days: 45, ..quality() };
    assert!(!events.figure(&[kpi], days(50)).ramp, "who changes posts is no beginner again");
}

#[rstest]
#[case::asked_now(20, Some(1.0))]
#[case::asked_before_it_was_known(-20, None)]
#[case::asked_when_it_has_left_the_window(60 * 24 * 40, None)]
fn what_was_observed_elsewhere_counts_once_and_in_its_series_alone(#[case] later: i64, #[case] value: Option<f64>) {
    let at = DateTime::from_timestamp(1_772_442_000, 0).expect("a moment");
    let noted = Observation {
        about: "a lab".into(),
        at,
        value: Value::Share { met: true, weight: 1.0 },
        excluded: None,
        flags: Vec::new(),
        events: vec![Uuid::from_u128(1)],
    };
    let definition = definition(Measure::TicketQuality);
    let as_of = at + TimeDelta::minutes(later);
    let mut tracker = Tracker::new(Uuid::from_u128(9));
    for _ in 0..2 {
        tracker.note(&definition.id, Source::Simulated, noted.clone());
    }
    tracker.note("another-kpi", Source::Simulated, noted.clone());
    for _ in 0..2 {
        let figures = tracker.figures(std::slice::from_ref(&definition), as_of);
        assert_eq!((figures[0].value, figures[0].count), (value, u32::from(value.is_some())));
        assert!(figures[1..].iter().all(|figure| figure.count == 0), "series are never blended");
    }
    tracker.forget_before(at + TimeDelta::minutes(1));
    assert_eq!(tracker.figures(&[definition], as_of)[0].count, 0);
}

/// That something was met in an exercise is no step of a trend, no length and no level.
#[rstest]
#[case(Measure::DriftTrend)]
#[case(Measure::AlertNoise)]
#[case(Measure::Satisfaction)]
#[case(Measure::RunbookImprovements)]
#[case(Measure::TimeToAcknowledge)]
fn what_is_only_shown_is_no_figure(#[case] measure: Measure) {
    let at = |week: i64| DateTime::from_timestamp(1_772_442_000, 0).expect("a moment") + TimeDelta::weeks(week);
    let definition = definition(measure);
    let mut tracker = Tracker::new(Uuid::from_u128(9));
    for week in 0..5_u8 {
        let noted = Observation {
            about: format!("lab {week}"),
            at: at(week.into()),
            value: Value::Shown(false),
            excluded: None,
            flags: Vec::new(),
            events: vec![Uuid::from_u128(week.into())],
        };
        tracker.note(&definition.id, Source::Simulated, noted);
    }
    let figure = &tracker.figures(std::slice::from_ref(&definition), at(5))[0];
    assert_eq!((figure.count, figure.state), (0, State::Insufficient), "{figure:?}");
    assert!(figure.exclusions.iter().all(|excluded| excluded.reason == Exclusion::ShownOnly));
    assert!(figure.exclusions.iter().any(|excluded| excluded.count > 0));
    assert!(!measure.counts_exercises() && Measure::TicketQuality.counts_exercises());
}

/// What an exercise shows counts for the better side: of the tickets that were reopened none, where it was done well.
#[rstest]
#[case(Measure::TicketQuality, Direction::Up, 0.75)]
#[case(Measure::ReopenRate, Direction::Down, 0.25)]
fn what_is_shown_counts_for_the_better_side(
    #[case] measure: Measure,
    #[case] direction: Direction,
    #[case] value: f64,
) {
    let at = DateTime::from_timestamp(1_772_442_000, 0).expect("a moment");
    let definition = Definition { direction, ..definition(measure) };
    let mut tracker = Tracker::new(Uuid::from_u128(9));
    for (number, well) in [true, true, false, true].into_iter().enumerate() {
        let noted = Observation {
            about: format!("lab {number}"),
            at,
            value: Value::Shown(well),
            excluded: None,
            flags: Vec::new(),
            events: vec![Uuid::from_u128(number as u128)],
        };
        tracker.note(&definition.id, Source::Simulated, noted);
    }
    let figure = &tracker.figures(std::slice::from_ref(&definition), at + TimeDelta::days(1))[0];
    assert_eq!((figure.value, figure.count), (Some(value), 4));
}
