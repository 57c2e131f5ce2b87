//! How labs do: for who writes them. No person is named, and no version of a lab is mixed with another.

use std::collections::BTreeMap;

use scorecards::{
    event::Event,
    item::{Item, Sitting},
};

use super::Attempts;
use crate::{
    access::Action,
    error::{Error, Result},
    store::{self, attempts::Attempt, events},
    views::{ItemView, ItemsView, Viewer},
};

/// Of fewer people nothing is said but how many they are: with one or two, what is said of the lab would be said of them.
const FEWEST: usize = 3;

/// How many attempts are looked at: the newest, which say most of what a lab is like now.
const MOST: i64 = 500;

impl Attempts {
    pub(crate) async fn items(&self, viewer: &Viewer, lab: &str) -> Result<ItemsView> {
        self.may(viewer, Action::SeeItems)?;
        let now = self.catalog.get(lab);
        let over = store::attempts::over_of_lab(&self.store, lab, MOST).await?;
        let mut title = now.as_ref().map(|lab| lab.title.clone());
        let looked_at = over.len();
        // By version, the newest first.
        let mut versions: Vec<(String, Vec<Attempt>)> = Vec::new();
        for attempt in over.into_iter().filter(Attempt::counts) {
            match versions.iter_mut().find(|(version, _)| *version == attempt.version) {
                Some((_, attempts)) => attempts.push(attempt),
                None => versions.push((attempt.version.clone(), vec![attempt])),
            }
        }
        let mut items = Vec::new();
        for (version, attempts) in versions {
            let Some(known) = store::labs::version(&self.store, lab, &version).await? else { continue };
            title.get_or_insert_with(|| known.title.clone());
            let mut told: BTreeMap<usize, Vec<Event>> = BTreeMap::new();
            for (at, attempt) in attempts.iter().enumerate() {
                told.insert(at, events::of_attempt(&self.store, attempt.id).await?);
            }
            let sitting = |(attempt, events)| {
                let (attempt, events): (&Attempt, &Vec<Event>) = (attempt, events);
                Sitting { person: attempt.learner, events }
            };
            let sittings: Vec<Sitting<'_>> = attempts.iter().zip(told.values()).map(sitting).collect();
            let item = Item::of(&known.marking, &sittings);
            items.push(ItemView {
                current: now.as_ref().is_some_and(|lab| lab.version == version),
                first: attempts.last().map_or_else(|| self.clock.now(), |attempt| attempt.started_at),
                last: attempts.first().map_or_else(|| self.clock.now(), |attempt| attempt.started_at),
                version,
                people: item.people,
                item: Some(item).filter(|item| item.people >= FEWEST),
            });
        }
        let title = title.ok_or(Error::NotFound)?;
        Ok(ItemsView {
            lab: lab.into(),
            title,
            items,
            fewest: FEWEST,
            cut: i64::try_from(looked_at).is_ok_and(|count| count >= MOST),
        })
    }
}
