//! The same command line again and again, with nothing changed between.

use std::collections::HashMap;

use super::{
    look::{CHANGE, Finding, SHOWN, Seen, View},
    pattern::{Repeat, Step},
    point::Point,
    record::{Act, Gap, What},
    tri::Tri,
};

pub(super) fn look<'r, 'a>(repeat: &Repeat, view: View<'r, 'a>) -> Finding<'r, 'a> {
    let acts = &view.record.acts;
    let runs: HashMap<usize, Tri> = view.all(&[Step(repeat.deed.clone())]).into_iter().collect();
    let changes: HashMap<usize, Tri> = view.turned().all(&*CHANGE).into_iter().collect();
    let most = usize::try_from(repeat.repeat).unwrap_or(usize::MAX);

    // Each line's runs since the last change: surely, and if what is missing changed nothing.
    let mut sure: HashMap<String, Vec<usize>> = HashMap::new();
    let mut perhaps: HashMap<String, usize> = HashMap::new();
    let (mut found, mut possible): (Option<Vec<usize>>, bool) = (None, false);
    let mut gaps = view.record.gaps.as_slice();
    for (place, act) in acts.iter().enumerate() {
        let before = |gap: &Gap| Point::lost(gap).precedes(Point::begin(act, place));
        let passed = gaps.iter().take_while(|gap| before(gap) == Tri::Yes).count();
        // One whose place is not known may lie before this act or after it.
        if gaps.first().is_some_and(|gap| before(gap) > Tri::No) {
            sure.clear();
        }
        gaps = &gaps[passed..];
        let line = act.line();
        let changed = match act.what {
            What::Saved(_) => Some(Tri::Yes),
            What::Changed { sure, .. } => Some(if sure { Tri::Yes } else { Tri::Maybe }),
            _ => changes.get(&place).copied(),
        };
        // The change may itself be what is done again and again.
        if changed.is_some() {
            sure.retain(|known, _| *known == line);
        }
        if changed == Some(Tri::Yes) {
            perhaps.retain(|known, _| *known == line);
        }
        let Some(is) = runs.get(&place) else { continue };
        let again = perhaps.entry(line.clone()).or_default();
        *again += 1;
        possible |= *again > most;
        if *is == Tri::Yes {
            let again = sure.entry(line).or_default();
            again.push(place);
            if again.len() > most && found.is_none() {
                found = Some(again.clone());
            }
        }
    }

    let lost = repeat.deed.can_be_lost() && !view.record.gaps.is_empty();
    let (seen, decided_by, why): (Seen, Vec<&'r Act<'a>>, String) = match found {
        Some(places) => {
            let runs: Vec<&'r Act<'a>> = places.into_iter().map(|place| &acts[place]).collect();
            let why = format!("{} times with nothing changed between, from {}", runs.len(), runs[0]);
            (Seen::Seen, runs.into_iter().take(SHOWN).collect(), why)
        }
        None if lost || possible => (Seen::NotObserved, Vec::new(), view.missing()),
        None => {
            let why = format!("no command line was run more than {most} times with nothing changed between");
            (Seen::NotSeen, Vec::new(), why)
        }
    };
    Finding { seen, decided_by, why, told: String::new() }
}
