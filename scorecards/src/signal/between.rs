//! Something between any two of another kind: one change for each look.

use std::collections::HashMap;

use super::{
    look::{Finding, SHOWN, Seen, View},
    pattern::{Between, Deed, Ran, Step},
    point::Point,
    record::{Act, Record, What},
    tri::Tri,
};

pub(super) fn look<'r, 'a>(between: &Between, view: View<'r, 'a>) -> Finding<'r, 'a> {
    let acts = &view.record.acts;
    // What the rule is about counts against the learner, whatever program did it.
    let changes = whole(view.turned().all(&between.between), view.record);
    let by_its_end = matches!(&between.deed, Deed::Ran(Ran { exit: Some(_), .. }));
    let own: HashMap<u64, Tri> = changes.iter().filter_map(|(place, is)| Some((acts[*place].run()?, *is))).collect();
    let looks = view.without_started_by(view.all(&[Step(between.deed.clone())]), &own);

    let (mut kept, mut open, mut broken) = (Vec::new(), 0, None);
    for pair in changes.windows(2) {
        let [(first, sure_first), (next, sure_next)] = pair else { continue };
        let begun = Point::begin(&acts[*first], *first);
        let end = Point::begin(&acts[*next], *next);
        let look = looks
            .iter()
            .map(|(place, is)| {
                let here = begun
                    .precedes(Point::begin(&acts[*place], *place))
                    .and(Point::done(&acts[*place], *place, by_its_end).precedes(end));
                (is.and(here), *place)
            })
            .max_by_key(|(is, place)| (*is, std::cmp::Reverse(*place)));
        let gaps = between.deed.can_be_lost()
            && view.record.gaps.iter().map(Point::lost).any(|gap| begun.precedes(gap).and(gap.precedes(end)) > Tri::No);
        match look {
            Some((Tri::Yes, place)) => kept.push(place),
            Some((Tri::Maybe, _)) => open += 1,
            _ if gaps || (*sure_first).and(*sure_next) < Tri::Yes => open += 1,
            _ => broken = broken.or(Some((*first, *next))),
        }
    }

    let pairs = changes.len().saturating_sub(1);
    let named = between.between.iter().map(|step| step.0.to_string()).collect::<Vec<_>>().join(" or ");
    let gaps = !view.record.gaps.is_empty();
    let (seen, decided_by, why): (Seen, Vec<&'r Act<'a>>, String) = match (broken, changes.first()) {
        (Some((first, next)), _) => {
            let (first, next) = (&acts[first], &acts[next]);
            (Seen::NotSeen, vec![first, next], format!("no {} between {first} and {next}", between.deed))
        }
        (None, None) if !gaps => (Seen::NotSeen, Vec::new(), format!("{named} is not in the record")),
        (None, first) if gaps || open > 0 || first.is_none_or(|(_, sure)| *sure < Tri::Yes) => {
            (Seen::NotObserved, Vec::new(), view.missing())
        }
        (None, first) => {
            let shown = if kept.is_empty() { first.iter().map(|(place, _)| *place).collect() } else { kept.clone() };
            let why = format!("{} between any two of {}", between.deed, changes.len());
            (Seen::Seen, shown.into_iter().take(SHOWN).map(|place| &acts[place]).collect(), why)
        }
    };
    let told = if pairs == 0 { String::new() } else { format!("In {} of {pairs} cases.", kept.len()) };
    Finding { seen, decided_by, why, told }
}

/// Without the changes of files that one of the runs made: it is one change, however many files it wrote.
fn whole(changes: Vec<(usize, Tri)>, record: &Record<'_>) -> Vec<(usize, Tri)> {
    let mut runs: HashMap<u64, Tri> = HashMap::new();
    let mut spans: Vec<(&Act<'_>, Tri)> = Vec::new();
    for (place, is) in &changes {
        let act = &record.acts[*place];
        if let Some(run) = act.run() {
            runs.insert(run, *is);
            spans.push((act, *is));
        }
    }
    let mut writers: HashMap<u64, Tri> = HashMap::new();
    let own = |(place, is): (usize, Tri)| {
        let act = &record.acts[place];
        let What::Changed { change, .. } = &act.what else { return (place, is) };
        let part = match change.run {
            // Files that one and the same run wrote are one change as well.
            Some(run) => {
                let known = writers.get(&run).copied().unwrap_or(Tri::No);
                writers.insert(run, known.or(is));
                let by = runs.get(&run).copied().unwrap_or(Tri::No);
                known.or(by).or(record.is_started_by(run, &runs))
            }
            None => {
                let meanwhile = |run: &Act<'_>| run.at <= act.at && run.over().is_none_or(|over| act.at <= over);
                Tri::any(spans.iter().filter(|(run, _)| meanwhile(run)).map(|(_, is)| *is))
                    .or(Tri::perhaps(!record.gaps.is_empty()))
            }
        };
        (place, is.and(part.not()))
    };
    changes.into_iter().map(own).filter(|(_, is)| *is > Tri::No).collect()
}
