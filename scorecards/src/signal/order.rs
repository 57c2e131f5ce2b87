//! Several things, each after the one before.

use super::{
    look::{Finding, Seen, View},
    pattern::{Deed, Order, Ran},
    point::Point,
    record::{Act, Gap},
    tri::Tri,
};

pub(super) fn look<'r, 'a>(order: &Order, view: View<'r, 'a>) -> Finding<'r, 'a> {
    let steps: Vec<&Deed> = order.order.iter().map(|step| &step.0).collect();
    let sure = longest(&steps, view, Tri::Yes, &[]);
    let acts = &view.record.acts;
    let reached = sure.len();
    let seen = if reached == steps.len() {
        Seen::Seen
    } else if longest(&steps, view, Tri::Maybe, &view.record.gaps).len() == steps.len() {
        Seen::NotObserved
    } else {
        Seen::NotSeen
    };
    let decided_by: Vec<&'r Act<'a>> = sure.iter().flatten().map(|place| &acts[*place]).collect();
    let so_far = decided_by.iter().map(ToString::to_string).collect::<Vec<_>>().join(", then ");
    let why = match (seen, steps.get(reached)) {
        (Seen::Seen, _) => format!("in this order: {so_far}"),
        (Seen::NotObserved, _) => view.missing(),
        (Seen::NotSeen, Some(next)) if reached == 0 => format!("{next} is not in the record"),
        (Seen::NotSeen, next) => {
            let next = next.map(ToString::to_string).unwrap_or_default();
            format!("{so_far}; but no {next} after that")
        }
    };
    let told = format!("Seen in this order: {reached} of {} steps.", steps.len());
    let decided_by = if seen == Seen::Seen { decided_by } else { Vec::new() };
    Finding { seen, decided_by, why, told }
}

/// A beginning of the order that was done, the sooner the better: when it was done, and by what; `None` for what is lost.
#[derive(Clone)]
struct Chain {
    done: Point,
    places: Vec<Option<usize>>,
}

/// The longest beginning of the order, of acts at least so sure, and with gaps in which anything may have been done.
fn longest(steps: &[&Deed], view: View<'_, '_>, least: Tri, gaps: &[Gap]) -> Vec<Option<usize>> {
    // At n the soonest beginning of n steps.
    let mut best: Vec<Option<Chain>> = vec![None; steps.len()];
    let take = |best: &mut Vec<Option<Chain>>, n: usize, chain: Chain| {
        if best[n].as_ref().is_none_or(|known| chain.done.to < known.done.to) {
            best[n] = Some(chain);
        }
    };
    // What is lost may lie before and after what the learner said meanwhile, or what has the gap's very moment.
    let holds = |gap: &Gap, act: &Act<'_>| act.at > gap.since && act.at <= gap.at;
    let is_split = |gap: &Gap| view.record.acts.iter().any(|act| holds(gap, act));
    let lose = |best: &mut Vec<Option<Chain>>, gap: &Gap| {
        let lost = Point::lost(gap);
        let most = if is_split(gap) { usize::MAX } else { usize::try_from(gap.count).unwrap_or(usize::MAX) };
        for from in (0..steps.len()).rev() {
            let before = if from == 0 { None } else { best[from - 1].clone() };
            if from > 0 && before.as_ref().is_none_or(|chain| chain.done.precedes(lost) == Tri::No) {
                continue;
            }
            let hidden = steps[from..].iter().take(most).take_while(|step| step.can_be_lost()).count();
            for n in from..from + hidden {
                let mut places = before.as_ref().map(|chain| chain.places.clone()).unwrap_or_default();
                places.resize(n + 1, None);
                take(best, n, Chain { done: Point { from: gap.since, to: gap.since, place: None }, places });
            }
        }
    };
    let mut passed = gaps.iter().peekable();
    for (place, act) in view.record.acts.iter().enumerate() {
        while let Some(gap) = passed.next_if(|gap| gap.at < act.at) {
            lose(&mut best, gap);
        }
        for gap in gaps.iter().filter(|gap| holds(gap, act)) {
            lose(&mut best, gap);
        }
        let begun = Point::begin(act, place);
        for (n, step) in steps.iter().enumerate().rev() {
            if view.is(act, step) < least {
                continue;
            }
            let before = if n == 0 { None } else { best[n - 1].clone() };
            if n > 0 && before.as_ref().is_none_or(|chain| chain.done.precedes(begun) < least) {
                continue;
            }
            let mut places = before.map(|chain| chain.places).unwrap_or_default();
            places.push(Some(place));
            let by_its_end = matches!(step, Deed::Ran(Ran { exit: Some(_), .. }));
            take(&mut best, n, Chain { done: Point::done(act, place, by_its_end), places });
        }
    }
    for gap in passed {
        lose(&mut best, gap);
    }
    best.into_iter().flatten().map(|chain| chain.places).next_back().unwrap_or_default()
}
