//! How long figures take, and how the cost grows: a million events of a thousand people from scratch, and one more day
//! added to what is already there. Prints a table, and the same as one line of JSON.
//!
//! `cargo bench -p scorecards`. Without `--bench` (as `cargo test --all-targets` runs it) it is a small trial of itself.
#![allow(clippy::print_stdout, reason = "a bench prints what it measured")]

mod sample;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::kpi::{Definition, Direction, Measure, People, Target, figures};
use serde_json::json;
use strum::VariantArray;

/// The windows of the role, in days, by measure.
fn definitions() -> Vec<Definition> {
    let window = |measure: &Measure| match measure {
        Measure::TimeToAcknowledge | Measure::TimeToEscalate | Measure::BackupSuccess | Measure::BackupTriage => 7,
        Measure::AlertNoise
        | Measure::RestoreParticipation
        | Measure::RestoreEvidence
        | Measure::DriftTrend
        | Measure::HoursSaved
        | Measure::Satisfaction
        | Measure::LearningVelocity => 91,
        _ => 30,
    };
    let one = |measure: &Measure| {
        let id: &'static str = (*measure).into();
        Definition {
            id: id.into(),
            name: id.into(),
            asks: String::new(),
            why: String::new(),
            counted: String::new(),
            measure: *measure,
            window_days: window(measure),
            direction: Direction::Up,
            target: Target { at_least: Some(0.9), at_most: None, stretch: None },
            minimum: 1,
            guards: vec!["reopen-rate".into()],
            ramp_days: 0,
            settings: Default::default(),
        }
    };
    Measure::VARIANTS.iter().map(one).collect()
}

/// What one size took.
struct Row {
    people: u64,
    days: u32,
    events: usize,
    added: Duration,
    figured: Duration,
    day_events: usize,
    day_added: Duration,
    day_figured: Duration,
    same_day: Duration,
    peak_kib: Option<u64>,
}

fn measure(people: u64, days: u32) -> Row {
    let (definitions, mut all) = (definitions(), People::new());
    let mut row = Row {
        people,
        days,
        events: 0,
        added: Duration::ZERO,
        figured: Duration::ZERO,
        day_events: 0,
        day_added: Duration::ZERO,
        day_figured: Duration::ZERO,
        same_day: Duration::ZERO,
        peak_kib: None,
    };
    let mut count = 0;
    for person in 0..people {
        // Made one person at a time, so that the memory measured is that of what is kept.
        let events: Vec<_> = (0..days).flat_map(|day| sample::day(person, day)).collect();
        row.events += events.len();
        row.added += timed(|| events.iter().for_each(|event| all.add(event)));
    }
    let evening = |day: u32| sample::start() + TimeDelta::days(i64::from(day));
    let mut ask = |all: &mut People, as_of: DateTime<Utc>| {
        timed(|| all.figures(&definitions, as_of).for_each(|(_, figures)| count += figures.len()))
    };
    row.figured = ask(&mut all, evening(days));
    for person in 0..people {
        let events = sample::day(person, days);
        row.day_events += events.len();
        row.day_added += timed(|| events.iter().for_each(|event| all.add(event)));
    }
    row.day_figured = ask(&mut all, evening(days + 1));
    row.same_day = ask(&mut all, evening(days + 1));
    row.peak_kib = peak();
    assert_eq!(count, 3 * people as usize * definitions.len() * 3, "every KPI of everybody in every series, thrice");
    // What was kept up is what it would be from scratch.
    for person in 0..people.min(3) {
        let events: Vec<_> = (0..=days).flat_map(|day| sample::day(person, day)).collect();
        let id = sample::person(person);
        let kept = all.person(id).map(|tracker| tracker.figures(&definitions, evening(days + 1)));
        assert_eq!(kept, Some(figures(&definitions, &events, id, evening(days + 1))));
    }
    row
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// The most memory that the process has held so far, where the system says so.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

fn main() {
    let real = std::env::args().any(|argument| argument == "--bench");
    let (people, days) = if real { (1000, 365) } else { (4, 40) };
    // The peak only rises: from small to large.
    let sizes = [(people / 4, days), (people / 2, days), (people, days / 4), (people, days / 2), (people, days)];
    let rows: Vec<Row> = sizes.into_iter().map(|(people, days)| measure(people, days)).collect();
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    println!("{} KPIs in three series of everybody, times in ms\n", Measure::VARIANTS.len());
    println!("                           from scratch   |        one day more       |  again | peak");
    println!("people  days    events      add   figures |  events    add   figures  |        | MiB");
    for row in &rows {
        println!(
            "{:>6} {:>5} {:>9} {:>8.0} {:>9.0} | {:>7} {:>6.1} {:>9.0}  | {:>6.0} | {:>4}",
            row.people,
            row.days,
            row.events,
            ms(row.added),
            ms(row.figured),
            row.day_events,
            ms(row.day_added),
            ms(row.day_figured),
            ms(row.same_day),
            row.peak_kib.unwrap_or(0) / 1024,
        );
    }
    let rows: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({
                "people": row.people, "days": row.days, "events": row.events,
                "add_ms": ms(row.added), "figures_ms": ms(row.figured),
                "day_events": row.day_events, "day_add_ms": ms(row.day_added), "day_figures_ms": ms(row.day_figured),
                "again_ms": ms(row.same_day), "peak_kib": row.peak_kib,
            })
        })
        .collect();
    println!("\n{}", json!({ "bench": "kpi", "rows": rows }));
}
