//! One thing that was done, at its time, so many times.

use std::collections::BTreeSet;

use super::{
    look::{Finding, SHOWN, Seen, View},
    pattern::{Deed, Done, Ran, Step, When},
    point::Point,
    record::Act,
    tri::Tri,
    values::Within,
};

/// How many runs that were not quite it are told of.
const NEAR: usize = 3;

pub(super) fn look<'r, 'a>(done: &Done, view: View<'r, 'a>) -> Finding<'r, 'a> {
    let acts = &view.record.acts;
    let times = Times::new(&done.when, view);
    let by_its_end = matches!(&done.deed, Deed::Ran(Ran { exit: Some(_), .. }));

    let (mut sure, mut perhaps): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
    let mut missed: Vec<(usize, Point)> = Vec::new();
    // What a run started in turn is part of it where it is counted.
    let deed = [Step(done.deed.clone())];
    let found = if done.times > 1 { view.all(&deed) } else { view.each(&deed) };
    for (place, is) in found {
        let point = Point::done(&acts[place], place, by_its_end);
        let at_its_time = times.fit(point, Point::begin(&acts[place], place));
        match is.and(at_its_time) {
            Tri::Yes => sure.push(place),
            Tri::Maybe => perhaps.push(place),
            Tri::No => missed.push((place, point)),
        }
    }
    let lost = done.deed.can_be_lost()
        && view.record.gaps.iter().map(Point::lost).any(|point| times.fit(point, point) > Tri::No);

    let different = |places: &[usize]| places.iter().map(|place| acts[*place].line()).collect::<BTreeSet<_>>().len();
    let needed = usize::try_from(done.times).unwrap_or(usize::MAX);
    let count = different(&sure);
    let all: Vec<usize> = sure.iter().chain(&perhaps).copied().collect();
    let seen = match () {
        () if count >= needed => Seen::Seen,
        () if lost || different(&all) >= needed => Seen::NotObserved,
        () => Seen::NotSeen,
    };
    let near = || {
        let at_another_time = missed.iter().map(|(place, point)| format!("{}: {}", acts[*place], times.reason(*point)));
        let another = acts.iter().filter_map(|act| Some(format!("{act}: {}", view.misfit(act, &done.deed)?)));
        at_another_time.chain(another).take(NEAR).collect::<Vec<_>>().join("; ")
    };
    let why = match seen {
        Seen::Seen => format!("{} was seen, {}", done.deed, times.words()),
        Seen::NotObserved => view.missing(),
        Seen::NotSeen if needed > 1 => format!("{} was seen {count} times, of {needed}", done.deed),
        Seen::NotSeen => match near() {
            near if near.is_empty() => format!("{} is not in the record", done.deed),
            near if missed.is_empty() => format!("{} is not in the record; near it: {near}", done.deed),
            near => near,
        },
    };
    let mut decided_by: Vec<&'r Act<'a>> = Vec::new();
    if seen == Seen::Seen {
        let bound = sure.first().and_then(|first| times.bound(Point::done(&acts[*first], *first, by_its_end)));
        decided_by = sure.iter().take(SHOWN).chain(&bound).map(|place| &acts[*place]).collect();
    }
    let told = if needed > 1 {
        format!(
            "Seen {}; {needed} times were asked for.",
            if count == 1 { "once".into() } else { format!("{count} times") }
        )
    } else {
        String::new()
    };
    Finding { seen, decided_by, why: why.trim_end_matches(", ").into(), told }
}

/// The conditions of time, with what in the record they hang on.
struct Times<'w, 'r, 'a> {
    when: &'w When,
    view: View<'r, 'a>,
    before: Marks,
    before_first: Marks,
    after: Marks,
    after_last: Marks,
}

/// Where in the record the things of a condition are.
struct Marks {
    /// Those that hold the condition up.
    holding: Vec<(Point, Tri)>,
    /// Those that would break it.
    breaking: Vec<(Point, Tri)>,
}

impl Marks {
    fn new(steps: &[Step], view: View<'_, '_>) -> Self {
        let marks = |view: View<'_, '_>| {
            let acts = view.record.acts.iter().enumerate();
            let found = acts.map(|(place, act)| (Point::begin(act, place), view.is_any(act, steps)));
            let can_be_lost = steps.iter().any(|step| step.0.can_be_lost());
            let gaps = view.record.gaps.iter().filter(|_| can_be_lost).map(|gap| (Point::lost(gap), Tri::Maybe));
            found.chain(gaps).filter(|(_, is)| *is > Tri::No).collect()
        };
        if steps.is_empty() {
            return Self { holding: Vec::new(), breaking: Vec::new() };
        }
        Self { holding: marks(view), breaking: marks(view.turned()) }
    }

    /// One of them is later than what was done.
    fn later(&self, done: Point, within: Option<Within>) -> Tri {
        Tri::any(
            self.holding
                .iter()
                .filter(|(mark, _)| near(done.until(*mark), within))
                .map(|(mark, is)| if same(*mark, done) { Tri::No } else { is.and(done.precedes(*mark)) }),
        )
    }

    /// One of them is earlier than what was begun.
    fn earlier(&self, begun: Point, within: Option<Within>) -> Tri {
        Tri::any(
            self.holding
                .iter()
                .filter(|(mark, _)| near(mark.until(begun), within))
                .map(|(mark, is)| if same(*mark, begun) { Tri::No } else { is.and(mark.precedes(begun)) }),
        )
    }

    /// None of them was begun before the other was done.
    fn none_earlier(&self, done: Point) -> Tri {
        Tri::all(
            self.breaking
                .iter()
                .filter(|(mark, _)| !same(*mark, done))
                .map(|(mark, is)| is.and(done.precedes(*mark).not()).not()),
        )
    }

    /// None of them was begun after the other.
    fn none_later(&self, begun: Point) -> Tri {
        Tri::all(
            self.breaking
                .iter()
                .filter(|(mark, _)| !same(*mark, begun))
                .map(|(mark, is)| is.and(begun.precedes(*mark)).not()),
        )
    }
}

fn near(distance: chrono::TimeDelta, within: Option<Within>) -> bool {
    within.is_none_or(|within| distance <= within.length())
}

fn same(one: Point, other: Point) -> bool {
    one.place.is_some() && one.place == other.place
}

impl<'w, 'r, 'a> Times<'w, 'r, 'a> {
    fn new(when: &'w When, view: View<'r, 'a>) -> Self {
        let marks = |steps: &[Step]| Marks::new(steps, view);
        Self {
            before: marks(&when.before),
            before_first: marks(&when.before_first),
            after: marks(&when.after),
            after_last: marks(&when.after_last),
            when,
            view,
        }
    }

    /// Whether what was begun and done then was done at its time.
    fn fit(&self, done: Point, begun: Point) -> Tri {
        let When { before, before_first, after, after_last, within } = self.when;
        let from_after = !after.is_empty() || !after_last.is_empty();
        let from_before = !from_after && (!before.is_empty() || !before_first.is_empty());
        let after_within = within.filter(|_| from_after);
        let before_within = within.filter(|_| from_before);
        let given = |steps: &[Step], holds: &dyn Fn() -> Tri| if steps.is_empty() { Tri::Yes } else { holds() };
        Tri::all([
            given(before, &|| self.before.later(done, before_within)),
            given(before_first, &|| {
                self.before_first.later(done, before_within).and(self.before_first.none_earlier(done))
            }),
            given(after, &|| self.after.earlier(begun, after_within)),
            given(after_last, &|| self.after_last.earlier(begun, after_within).and(self.after_last.none_later(begun))),
            match (within, self.view.record.began) {
                (Some(within), Some(began)) if !from_after && !from_before => {
                    (done.from.signed_duration_since(began) <= within.length()).into()
                }
                _ => Tri::Yes,
            },
        ])
    }

    /// Which condition what was done then does not meet, in words.
    fn reason(&self, point: Point) -> String {
        let When { before, before_first, after, after_last, within } = self.when;
        let failed = |steps: &[Step], holds: Tri| !steps.is_empty() && holds == Tri::No;
        let named = |steps: &[Step]| steps.iter().map(|step| step.0.to_string()).collect::<Vec<_>>().join(" or ");
        if failed(before, self.before.later(point, None)) {
            format!("no {} came after it", named(before))
        } else if failed(before_first, self.before_first.none_earlier(point)) {
            format!("there had been {} before it", named(before_first))
        } else if failed(before_first, self.before_first.later(point, None)) {
            format!("no {} came after it", named(before_first))
        } else if failed(after, self.after.earlier(point, None)) {
            format!("no {} came before it", named(after))
        } else if failed(after_last, self.after_last.none_later(point)) {
            format!("there was {} again after it", named(after_last))
        } else if failed(after_last, self.after_last.earlier(point, None)) {
            format!("no {} came before it", named(after_last))
        } else {
            within.map_or("it was not at its time".into(), |within| format!("it was not within {within}"))
        }
    }

    /// In words for what was seen; empty where there is no condition.
    fn words(&self) -> String {
        let When { before, before_first, after, after_last, within } = self.when;
        let named = |steps: &[Step]| steps.iter().map(|step| step.0.to_string()).collect::<Vec<_>>().join(" or ");
        let conditions =
            [("before", before), ("before the first", before_first), ("after", after), ("after the last", after_last)];
        let mut words: Vec<String> = conditions
            .into_iter()
            .filter(|(_, steps)| !steps.is_empty())
            .map(|(word, steps)| format!("{word} {}", named(steps)))
            .collect();
        words.extend(within.map(|within| format!("within {within}")));
        words.join(", ")
    }

    /// The act that shows that the one done then was at its time: the next one before which, or the last one after
    /// which it was to be.
    fn bound(&self, point: Point) -> Option<usize> {
        let later = self.before_first.holding.iter().chain(&self.before.holding);
        let next =
            later.filter(|(mark, is)| *is == Tri::Yes && !same(*mark, point) && point.precedes(*mark) == Tri::Yes);
        let earlier = self.after_last.holding.iter().chain(&self.after.holding);
        let last =
            earlier.filter(|(mark, is)| *is == Tri::Yes && !same(*mark, point) && mark.precedes(point) == Tri::Yes);
        next.filter_map(|(mark, _)| mark.place).min().or_else(|| last.filter_map(|(mark, _)| mark.place).max())
    }
}
