//! Asking for one figure.

use chrono::TimeDelta;
use scorecards::{
    event::{Event, Source},
    kpi::{Definition, Direction, Exclusion, Figure, Flag, Measure, Target, figures},
};

use crate::support::{MAYA, definition, start};

/// The KPI with the window, band and minimum that the reference gives it.
pub fn standard(measure: Measure) -> Definition {
    let at_least = |least| Target { at_least: Some(least), ..Target::default() };
    let between = |least, most| Target { at_most: Some(most), ..at_least(least) };
    let (target, direction, minimum) = match measure {
        Measure::RunbookAdherence => (at_least(0.8), Direction::Up, 5),
        Measure::RunbookImprovements => (between(2.0, 4.0), Direction::Band, 0),
        Measure::MonitoringContributions => (between(1.0, 2.0), Direction::Band, 0),
        Measure::AlertNoise => (between(-0.3, -0.1), Direction::Down, 30),
        Measure::ChangeSuccess => (at_least(0.98), Direction::Up, 10),
        Measure::ChangeDocumentation | Measure::PatchCompliance => (at_least(0.95), Direction::Up, 5),
        Measure::VulnerabilitySla => (Target { stretch: Some(0.95), ..at_least(0.9) }, Direction::Up, 5),
        other => panic!("{other:?} is another's"),
    };
    let window_days = if measure == Measure::AlertNoise { 91 } else { 30 };
    Definition { target, direction, minimum, window_days, ..definition(measure) }
}

/// Maya's figure from real tools, so long after the start.
pub fn ask(definition: &Definition, events: &[Event], after: TimeDelta) -> Figure {
    let all = figures(std::slice::from_ref(definition), events, MAYA, start() + after);
    all.into_iter().find(|figure| figure.series == Source::Imported).unwrap()
}

/// What does not count, by reason.
pub fn excluded(figure: &Figure) -> Vec<(Exclusion, u32)> {
    figure.exclusions.iter().map(|excluded| (excluded.reason, excluded.count)).collect()
}

/// What is flagged.
pub fn flags(figure: &Figure) -> Vec<Flag> {
    figure.flags.iter().map(|flagged| flagged.flag).collect()
}

/// The guards that say that the figure may be gamed.
pub fn tripped(figure: &Figure) -> Vec<&str> {
    figure.guards.iter().filter(|guard| guard.tripped == Some(true)).map(|guard| guard.guard.as_str()).collect()
}
