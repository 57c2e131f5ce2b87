//! How each kind of need is answered.

use super::{Answer, Criterion, Known, Named, Need, Shown, Standing, WindowState, words};
use crate::event::Source;

pub(super) fn answer(need: &Need, criterion: &Criterion, known: &Known) -> Answer {
    match need {
        Need::KpisOnTarget { kpis, at_least, series, windows } => {
            on_target(kpis, *at_least, (*series, *windows), known)
        }
        Need::Dimension { dimension, at_least } => match known.dimensions.get(&dimension.id) {
            Some(shown) if shown.value >= *at_least => {
                let says = format!("{} is at {}: at least {at_least} is asked for.", dimension.title, shown.value);
                answered(Standing::Met, says, shown)
            }
            Some(shown) => {
                let says = format!("{} is at {}; at least {at_least} is missing.", dimension.title, shown.value);
                answered(Standing::NotYet, says, shown)
            }
            None => unknown(format!("{} was not observed.", dimension.title)),
        },
        Need::Mastered(skill) => yes_or_no(skill, known.mastered.get(&skill.id), "mastered"),
        Need::Goal(goal) => yes_or_no(goal, known.goals.get(&goal.id), "reached"),
        Need::SignOff => signed_off(criterion, known),
    }
}

fn answered<T>(standing: Standing, says: String, shown: &Shown<T>) -> Answer {
    Answer { standing, says, events: shown.events.clone() }
}

fn unknown(says: String) -> Answer {
    Answer { standing: Standing::Unknown, says, events: Vec::new() }
}

fn yes_or_no(what: &Named, shown: Option<&Shown<bool>>, word: &str) -> Answer {
    match shown {
        Some(shown) if shown.value => answered(Standing::Met, format!("“{}” is {word}.", what.title), shown),
        Some(shown) => answered(Standing::NotYet, format!("“{}” is not yet {word}.", what.title), shown),
        None => unknown(format!("Nothing says whether “{}” is {word}.", what.title)),
    }
}

fn signed_off(criterion: &Criterion, known: &Known) -> Answer {
    let word = known.sign_offs.get(&criterion.id).filter(|word| word.by != known.subject && !word.by.is_nil());
    let (standing, says) = match word {
        Some(word) if word.given => (Standing::Met, "It is signed off."),
        Some(_) => (Standing::NotYet, "A sign-off was refused; it is missing until it is given."),
        None => (Standing::NotYet, "A sign-off by somebody else is missing."),
    };
    Answer { standing, says: says.into(), events: word.map(|word| word.event).into_iter().collect() }
}

/// A KPI is on target if it was in each of the last windows, and off if it was off in one of them; else it is unknown. The
/// answer is unknown only where what is unknown could still make up the number.
fn on_target(kpis: &[Named], at_least: usize, (series, windows): (Source, usize), known: &Known) -> Answer {
    let (mut on, mut off, mut open) = (Vec::new(), Vec::new(), Vec::new());
    let mut events = Vec::new();
    for kpi in kpis {
        let of_kpi = known.kpis.iter().filter(|one| one.kpi == kpi.id && one.series == series);
        let mut last: Vec<&WindowState> = of_kpi.flat_map(|one| &one.windows).collect();
        last.sort_by_key(|window| window.until);
        last.drain(..last.len().saturating_sub(windows));
        events.extend(last.iter().flat_map(|window| &window.events).copied());
        let group = if last.iter().any(|window| window.on_target == Some(false)) {
            &mut off
        } else if windows > 0 && last.len() == windows && last.iter().all(|window| window.on_target == Some(true)) {
            &mut on
        } else {
            &mut open
        };
        group.push(kpi.title.as_str());
    }
    let standing = if on.len() >= at_least {
        Standing::Met
    } else if on.len() + open.len() < at_least {
        Standing::NotYet
    } else {
        Standing::Unknown
    };
    Answer { standing, says: words::kpis([&on, &off, &open], at_least, series, windows), events }
}
