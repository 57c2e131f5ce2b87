//! Everything that KPIs need of one person, kept up as events come in.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Definition, Figure, Observation, Others, Window, attested,
    book::Book,
    fold::{self, Known},
    guard,
    memory::{Answers, observe},
    method::Fold,
    roster::Duty,
};
use crate::event::{Event, Kind, Source, work::Family};

/// The series, in the order in which figures come.
pub const SERIES: [Source; 3] = [Source::Simulated, Source::Imported, Source::Attested];

/// Everything that KPIs need of one person, kept up as events come in.
///
/// Events may come in any order and more than once. What is asked for again later costs what has been added and what
/// time has changed since, not the whole history: see [`Self::figures`].
#[derive(Clone, Debug)]
pub struct Tracker {
    person: Uuid,
    books: [Book; 3],
    /// What was observed elsewhere, by the KPI's id and the series.
    noted: BTreeMap<(String, usize), Vec<Observation>>,
    kept: Kept,
}

/// What was observed when figures were last asked for.
#[derive(Clone, Debug, Default)]
struct Kept {
    definitions: Vec<Definition>,
    as_of: Option<DateTime<Utc>>,
    /// By definition, by series.
    answers: Vec<[Answers; 3]>,
}

impl Tracker {
    /// Nothing is known of the person yet.
    #[must_use]
    pub fn new(person: Uuid) -> Self {
        Self { person, books: SERIES.map(Book::new), noted: BTreeMap::new(), kept: Kept::default() }
    }

    /// Whom it is about.
    #[must_use]
    pub fn person(&self) -> Uuid {
        self.person
    }

    /// Takes up an event. Events of other persons, and those that no KPI looks at, are left aside.
    pub fn add(&mut self, event: &Event) {
        if let (Kind::Work(work), true) = (&event.kind, event.subject == self.person) {
            self.books[number(event.source)].add(event, work);
        }
    }

    /// Takes up what was observed elsewhere, such as what an attempt at a lab says of a KPI. The same one again changes
    /// nothing.
    pub fn note(&mut self, kpi: &str, series: Source, observation: Observation) {
        let noted = self.noted.entry((kpi.to_string(), number(series))).or_default();
        if !noted.contains(&observation) {
            noted.push(observation);
        }
    }

    fn noted(&self, kpi: &str, series: usize, as_of: DateTime<Utc>) -> impl Iterator<Item = &Observation> {
        self.noted.get(&(kpi.to_string(), series)).into_iter().flatten().filter(move |noted| noted.at < as_of)
    }

    /// Drops whatever ended before a moment, so that memory is bounded by the time that is kept rather than by all
    /// that ever was. Figures are whole only while their windows, what was open then, and for K09 and K16b the windows
    /// before them, lie after it: keep a year more than the longest window.
    pub fn forget_before(&mut self, moment: DateTime<Utc>) {
        for book in &mut self.books {
            book.forget_before(moment);
        }
        for noted in self.noted.values_mut() {
            noted.retain(|noted| noted.at >= moment);
        }
    }

    /// The figures of these KPIs at a moment, each in all three series, in the order of the definitions. What happened
    /// at that moment or later is not known.
    ///
    /// For the same definitions and a moment that is not before that of the last time, only what has changed is observed
    /// again. For an earlier moment, or one before the newest event, everything is computed afresh.
    pub fn figures(&mut self, definitions: &[Definition], as_of: DateTime<Utc>) -> Vec<Figure> {
        let mut figures = Vec::with_capacity(definitions.len() * SERIES.len());
        let keeps = self.kept.as_of.is_none_or(|before| before <= as_of)
            && self.books.iter().all(|book| book.all_before(as_of));
        if keeps {
            self.refresh(definitions, as_of);
        }
        let duties = self.books.each_ref().map(|book| Duty::new(&book.episodes(Family::Roster, as_of)));
        for (number, definition) in definitions.iter().enumerate() {
            for (series, duty) in duties.iter().enumerate() {
                let window = Window::before(as_of, definition.window_days);
                figures.push(if keeps {
                    let mut seen = self.kept.answers[number][series].observations();
                    seen.extend(self.noted(&definition.id, series, as_of));
                    self.figure(definition, series, window, &seen, duty)
                } else {
                    let seen = self.seen(definition, series, as_of);
                    self.figure(definition, series, window, &seen.iter().collect::<Vec<_>>(), duty)
                });
            }
        }
        guard::read(definitions, &mut figures);
        figures
    }

    /// Every observation behind a KPI's figure, of those of its window: the rows of its page.
    #[must_use]
    pub fn observations(&self, definition: &Definition, series: Source, as_of: DateTime<Utc>) -> Vec<Observation> {
        let window = Window::before(as_of, definition.window_days);
        let mut seen = self.seen(definition, number(series), as_of);
        seen.retain(|seen| window.has(seen.at));
        seen.sort_by(|a, b| (a.at, &a.about, &a.events).cmp(&(b.at, &b.about, &b.events)));
        seen
    }

    fn refresh(&mut self, definitions: &[Definition], as_of: DateTime<Utc>) {
        if self.kept.definitions != definitions {
            self.kept = Kept {
                definitions: definitions.to_vec(),
                as_of: None,
                answers: definitions.iter().map(|_| Default::default()).collect(),
            };
        }
        let moved = self.kept.as_of != Some(as_of);
        for (number, book) in self.books.iter_mut().enumerate() {
            let others = Others::new(|family| book.episodes(family, as_of));
            for (definition, answers) in definitions.iter().zip(&mut self.kept.answers) {
                let window = Window::before(as_of, definition.window_days);
                answers[number].refresh(definition, book, &others, window, moved);
            }
            drop(others);
            book.settle();
        }
        self.kept.as_of = Some(as_of);
    }

    /// Everything afresh.
    fn seen(&self, definition: &Definition, series: usize, as_of: DateTime<Utc>) -> Vec<Observation> {
        let book = &self.books[series];
        let others = Others::new(|family| book.episodes(family, as_of));
        let episodes = book.episodes(definition.measure.method().family, as_of);
        let seen = episodes.iter().flat_map(|episode| observe(definition, episode, &others, as_of).0);
        seen.chain(self.noted(&definition.id, series, as_of).cloned()).collect()
    }

    fn figure(
        &self,
        definition: &Definition,
        series: usize,
        window: Window,
        seen: &[&Observation],
        duty: &Duty,
    ) -> Figure {
        let book = &self.books[series];
        let there = match definition.measure.method().fold {
            Fold::PerMonthThere(setting) => duty.days_there(window.earlier(definition.setting(setting))),
            _ => window.days(),
        };
        let began = duty.began().or_else(|| book.first(window.until));
        // Labs show what they are about: that something else was not done in them says nothing.
        let alive = SERIES[series] != Source::Simulated && book.alive(window);
        let known = Known { alive, began, there };
        let mut figure = fold::figure(definition, SERIES[series], window, seen, &known);
        if SERIES[series] == Source::Attested {
            attested::state(definition, &mut figure, &book.episodes(Family::Attested, window.until));
        }
        figure
    }
}

/// The place of a series in [`SERIES`].
fn number(series: Source) -> usize {
    match series {
        Source::Simulated => 0,
        Source::Imported => 1,
        Source::Attested => 2,
    }
}

/// The figures of these KPIs for one person at a moment: a pure function of the events, in whatever order they come.
pub fn figures<'a>(
    definitions: &[Definition],
    events: impl IntoIterator<Item = &'a Event>,
    person: Uuid,
    as_of: DateTime<Utc>,
) -> Vec<Figure> {
    let mut tracker = Tracker::new(person);
    for event in events {
        tracker.add(event);
    }
    tracker.figures(definitions, as_of)
}
