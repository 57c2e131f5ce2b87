//! The figures of a person: what the KPIs of their role say at a moment, with the events behind them.
//!
//! Computed each time from the record, never remembered: what organisations' tools and people say of the person, and
//! what the person's attempts come to.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::{
    event::{Event, Kind, Source},
    kpi::{Definition, Tracker},
    marking::Marking,
    role::Role,
    score,
};
use uuid::Uuid;

use crate::{
    access::{Action, Relation, Role as Position, allowed},
    clock::Clock,
    error::{Error, Result},
    store::{
        self, Store, attempts, events,
        users::{self, User},
    },
    views::{EventView, FiguresView, KpiView, Person, Viewer},
};

/// What was open before the longest window may still matter in it: so much more is read.
const BEFORE: TimeDelta = TimeDelta::days(366);

/// 2000-01-01: nothing is asked of an earlier day.
const EARLIEST: DateTime<Utc> = DateTime::from_timestamp(946_684_800, 0).expect("a moment of the calendar");

/// The use cases of figures.
#[derive(Clone)]
pub(crate) struct Figures {
    store: Store,
    clock: Arc<dyn Clock>,
    role: Arc<Role>,
}

impl Figures {
    pub(crate) fn new(store: Store, clock: Arc<dyn Clock>, role: Arc<Role>) -> Self {
        Self { store, clock, role }
    }

    /// Those whom the viewer looks after; for most people there are none.
    pub(crate) async fn people(&self, viewer: &Viewer) -> Result<Vec<Person>> {
        if !allowed(viewer.role, Action::ListPeople, Relation::Own) {
            return Ok(Vec::new());
        }
        let people = users::of_role(&self.store, Position::Learner).await?;
        Ok(people.into_iter().map(person).collect())
    }

    pub(crate) async fn of(&self, viewer: &Viewer, person: Uuid, as_of: Option<DateTime<Utc>>) -> Result<FiguresView> {
        let relation = Relation::between(viewer.id, person);
        // Whoever may not see them is not told whether there is such a person.
        if !allowed(viewer.role, Action::SeeFigures, relation) {
            return Err(if relation == Relation::Own { Error::Forbidden } else { Error::NotFound });
        }
        let user = users::by_id(&self.store, person).await?.ok_or(Error::NotFound)?;
        self.computed(user, as_of).await
    }

    /// The same for who runs the installation, by login.
    pub(crate) async fn by_login(&self, login: &str, as_of: Option<DateTime<Utc>>) -> Result<FiguresView> {
        let user = users::by_login(&self.store, &login.trim().to_lowercase()).await?.ok_or(Error::NotFound)?;
        self.computed(user, as_of).await
    }

    async fn computed(&self, user: User, as_of: Option<DateTime<Utc>>) -> Result<FiguresView> {
        // Before the first of all records there is nothing, and some calendars end.
        let as_of = as_of.unwrap_or_else(|| self.clock.now()).max(EARLIEST);
        let definitions = self.role.definitions();
        let longest = definitions.iter().map(|definition| definition.window_days).max().unwrap_or_default();
        // An attempt is of one moment; other work may have been open long before.
        let begins = as_of - TimeDelta::days(longest.into());

        let mut record = Record::new(user.id);
        for event in events::of_person(&self.store, user.id, begins - BEFORE, as_of).await? {
            record.add(event);
        }
        self.add_attempts(&mut record, user.id, begins, as_of).await?;
        let Record { mut tracker, known } = record;
        let figures = tracker.figures(definitions, as_of);
        let kpis =
            definitions.iter().zip(figures.chunks(scorecards::kpi::SERIES.len())).map(|(definition, figures)| {
                let behind = figures.iter().flat_map(|figure| &figure.events).filter_map(|id| known.get(id)).map(seen);
                let mut behind: Vec<EventView> = behind.collect();
                behind.sort_by_key(|event| (std::cmp::Reverse(event.at), event.id));
                behind.dedup_by_key(|event| event.id);
                KpiView {
                    number: self.role.kpis.iter().find(|kpi| kpi.id == definition.id).map_or(0, |kpi| kpi.number),
                    blueprint: self.blueprint(definition),
                    definition: definition.clone(),
                    figures: figures.to_vec(),
                    events: behind,
                }
            });
        let kpis = kpis.collect();
        Ok(FiguresView { person: person(user), role: self.role.title.clone(), as_of, kpis })
    }

    fn blueprint(&self, definition: &Definition) -> String {
        self.role.kpis.iter().find(|kpi| kpi.id == definition.id).map(|kpi| kpi.blueprint.clone()).unwrap_or_default()
    }

    /// What the person's attempts that were over by then say.
    async fn add_attempts(
        &self,
        record: &mut Record,
        person: Uuid,
        since: DateTime<Utc>,
        as_of: DateTime<Utc>,
    ) -> Result<()> {
        let mut versions: HashMap<(String, String), Option<Marking>> = HashMap::new();
        for attempt in attempts::of_learner(&self.store, person).await? {
            let over = attempt.ended_at.is_some_and(|ended| since <= ended && ended < as_of);
            if !attempt.counts() || !over {
                continue;
            }
            let key = (attempt.lab.clone(), attempt.version.clone());
            if !versions.contains_key(&key) {
                let version = store::labs::version(&self.store, &attempt.lab, &attempt.version).await?;
                versions.insert(key.clone(), version.map(|version| version.marking));
            }
            let Some(Some(marking)) = versions.get(&key) else { continue };
            let events = events::of_attempt(&self.store, attempt.id).await?;
            record.add_attempt(&attempt.lab, marking, events);
        }
        Ok(())
    }
}

fn person(user: User) -> Person {
    Person { id: user.id, name: user.name }
}

/// What is known of a person: for the KPIs, and for whoever looks a figure's events up.
struct Record {
    tracker: Tracker,
    /// With what each is about.
    known: BTreeMap<Uuid, (Event, String)>,
}

impl Record {
    fn new(person: Uuid) -> Self {
        Self { tracker: Tracker::new(person), known: BTreeMap::new() }
    }

    fn add(&mut self, event: Event) {
        if let Kind::Work(work) = &event.kind {
            self.tracker.add(&event);
            let about = work.about().to_string();
            self.known.insert(event.id, (event, about));
        }
    }

    fn add_attempt(&mut self, name: &str, marking: &Marking, events: Vec<Event>) {
        let result = score::score(marking, &events);
        for event in score::work(marking, result.passed == Some(true), &events) {
            self.tracker.add(&event);
        }
        for (kpi, observation) in score::observations(&result, &events) {
            self.tracker.note(&kpi, Source::Simulated, observation);
        }
        self.known.extend(events.into_iter().map(|event| (event.id, (event, name.to_string()))));
    }
}

fn seen((event, about): &(Event, String)) -> EventView {
    EventView {
        id: event.id,
        at: event.moment(),
        series: event.source,
        tag: event.kind.tag(),
        about: about.clone(),
        attempt: event.attempt,
    }
}
