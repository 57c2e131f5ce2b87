//! What an episode is judged by besides itself, and the note of what of it was looked at.

use std::cell::{Cell, OnceCell};

use chrono::{DateTime, Utc};

use super::{Definition, Episode};
use crate::event::work::Family;

/// What an episode is judged by besides itself.
///
/// Time and the other episodes are asked for by methods, which note what was looked at: so the engine knows for how
/// long an answer stands, and asks again only then.
pub struct Setting<'a> {
    /// The KPI as the role pack defines it; [`Definition::setting`] has the measure's settings.
    pub definition: &'a Definition,
    as_of: DateTime<Utc>,
    others: &'a dyn Lookup,
    looked: Cell<Looked>,
}

/// What was looked at besides the episode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Looked {
    /// The moment at which the answer may next be another one by the passing of time alone.
    pub next: Option<DateTime<Utc>>,
    /// Whether the answer is another one at every moment.
    pub always: bool,
    /// The families of which other episodes were looked at, a bit for each.
    pub families: u32,
}

impl<'a> Setting<'a> {
    /// What is known before a moment.
    #[must_use]
    pub fn new(as_of: DateTime<Utc>, others: &'a Others<'_>, definition: &'a Definition) -> Self {
        Self { definition, as_of, others, looked: Cell::default() }
    }

    /// The moment asked about: nothing from then on is known. Whoever wants to know only whether something is over
    /// asks [`Self::passed`], whose answer can be kept.
    #[must_use]
    pub fn as_of(&self) -> DateTime<Utc> {
        self.note(|looked| looked.always = true);
        self.as_of
    }

    /// Whether a moment has come by the moment asked about.
    #[must_use]
    pub fn passed(&self, moment: DateTime<Utc>) -> bool {
        let passed = moment <= self.as_of;
        if !passed {
            self.note(|looked| looked.next = Some(looked.next.map_or(moment, |next| next.min(moment))));
        }
        passed
    }

    /// The same person's episodes of a family, in the same series, by name; the one that is observed among them.
    #[must_use]
    pub fn others(&self, family: Family) -> &'a [Episode<'a>] {
        self.note(|looked| looked.families |= bit(family));
        self.others.of(family)
    }

    /// The same person's episode of this family and name, in the same series.
    #[must_use]
    pub fn other(&self, family: Family, about: &str) -> Option<&'a Episode<'a>> {
        let episodes = self.others(family);
        let found = episodes.binary_search_by(|episode| episode.about.cmp(about)).ok()?;
        episodes.get(found)
    }

    /// A setting of the measure.
    #[must_use]
    pub fn number(&self, name: &str) -> f64 {
        self.definition.setting(name)
    }

    pub(super) fn looked(&self) -> Looked {
        self.looked.get()
    }

    fn note(&self, change: impl FnOnce(&mut Looked)) {
        let mut looked = self.looked.get();
        change(&mut looked);
        self.looked.set(looked);
    }
}

pub(super) fn bit(family: Family) -> u32 {
    1 << family as u32
}

/// All episodes of one person and series; those of a family are put together when first asked for.
pub struct Others<'a> {
    families: Vec<OnceCell<Vec<Episode<'a>>>>,
    gather: Box<dyn Fn(Family) -> Vec<Episode<'a>> + 'a>,
}

impl<'a> Others<'a> {
    /// `gather` gives the episodes of a family, in any order.
    pub fn new(gather: impl Fn(Family) -> Vec<Episode<'a>> + 'a) -> Self {
        let families = std::iter::repeat_with(OnceCell::new).take(Family::ALL.len()).collect();
        Self { families, gather: Box::new(gather) }
    }

    /// Nothing else is known of the person.
    #[must_use]
    pub fn none() -> Self {
        Self::new(|_| Vec::new())
    }
}

/// [`Others`], whatever its episodes borrow from.
trait Lookup {
    fn of(&self, family: Family) -> &[Episode<'_>];
}

impl Lookup for Others<'_> {
    fn of(&self, family: Family) -> &[Episode<'_>] {
        self.families[family as usize].get_or_init(|| {
            let mut episodes = (self.gather)(family);
            episodes.sort_by(|a, b| a.about.cmp(b.about));
            episodes
        })
    }
}
