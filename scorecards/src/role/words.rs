//! The words of role packs, for whoever names them: a lab says what it trains by the ids of the packs.

use std::collections::BTreeSet;

use super::{Role, Table, table::a};
use crate::reader::one_of;

/// The ids of role packs by their kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Words {
    /// Kind and id.
    known: BTreeSet<(Table, String)>,
}

impl Words {
    /// These ids, each with its kind.
    pub fn new(known: impl IntoIterator<Item = (Table, String)>) -> Self {
        Self { known: known.into_iter().collect() }
    }

    /// The ids of these roles.
    #[must_use]
    pub fn of(roles: &[Role]) -> Self {
        Self::new(roles.iter().flat_map(Role::places).map(|(id, place)| (place.table, id.to_string())))
    }

    /// Whether some pack has this id; of this kind, if one is given.
    ///
    /// # Errors
    /// What is wrong, and what to do about it.
    pub fn check(&self, id: &str, of: Option<Table>) -> Result<(), (String, String)> {
        let found: Vec<Table> = self.known.iter().filter(|(_, known)| known == id).map(|(table, _)| *table).collect();
        if found.iter().any(|table| of.is_none_or(|of| of == *table)) {
            return Ok(());
        }
        let kind = of.map_or("thing", Table::key);
        let what = match found.first() {
            Some(other) => format!("\"{id}\" is {} of a role pack, not {}", a(other.key()), a(kind)),
            None => format!("no role pack has {} \"{id}\"", a(kind)),
        };
        let fit = self.known.iter().filter(|(table, _)| of.is_none_or(|of| of == *table));
        let known: Vec<&str> = fit.map(|(_, id)| id.as_str()).collect();
        Err((what, one_of(id, &known)))
    }
}
