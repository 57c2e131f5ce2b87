//! Variants, laid over a role.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Axis, Entry, Role, Variant, parts::band};
use crate::{kpi::Definition, reader::one_of};

/// What a variant has changed, so that a page can say why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Change {
    /// The variant.
    pub variant: String,
    /// What it has changed.
    pub what: Changed,
    /// Its reason.
    pub because: String,
}

/// What a variant has changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// A KPI, as a whole.
    Kpi {
        /// As it was.
        from: Box<Definition>,
        /// As it is.
        to: Box<Definition>,
    },
    /// Who decides.
    Right {
        /// The right.
        right: String,
        /// The level on which it was decided.
        from: String,
        /// The level on which it is.
        to: String,
    },
}

/// Why variants can't be laid over a role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VariantError {
    /// There is none of this id.
    #[error("there is no variant \"{id}\"; {remedy}")]
    Unknown {
        /// The id.
        id: String,
        /// What to do about it.
        remedy: String,
    },
    /// Two differ in the same respect.
    #[error("the variants \"{first}\" and \"{second}\" are both about `{axis}`; choose one")]
    SameAxis {
        /// The respect.
        axis: &'static str,
        /// One of them.
        first: String,
        /// The other.
        second: String,
    },
    /// Together they make a band that contradicts itself.
    #[error("with the variants {variants} the KPI \"{kpi}\" contradicts itself: {what}")]
    Contradiction {
        /// The variants.
        variants: String,
        /// The KPI.
        kpi: String,
        /// What is wrong with it.
        what: String,
    },
}

impl Role {
    /// The role with these variants laid over it: they change bands, approvals and evidence, and what each has changed is
    /// kept in [`Role::changes`]. They are laid in the order of their axes (size, regulation, geography, model), whatever
    /// the order in which they are named: the later one wins where two change the same thing.
    ///
    /// # Errors
    /// If one is unknown, two are of one axis (one of them perhaps laid before), or they contradict one another.
    pub fn with_variants(&self, ids: &[impl AsRef<str>]) -> Result<Self, VariantError> {
        let mut chosen: BTreeMap<Axis, &Entry<Variant>> = BTreeMap::new();
        for id in self.laid.iter().map(String::as_str).chain(ids.iter().map(AsRef::as_ref)) {
            let variant = self.variant(id)?;
            if let Some(other) = chosen.insert(variant.own.axis, variant) {
                return Err(VariantError::SameAxis {
                    axis: variant.own.axis.into(),
                    first: other.id.clone(),
                    second: variant.id.clone(),
                });
            }
        }
        let mut role = self.clone();
        for variant in chosen.values().filter(|variant| !self.laid.contains(&variant.id)) {
            role.lay(variant);
        }
        for definition in &role.definitions {
            if let Err(wrong) = band(definition) {
                let variants =
                    chosen.values().map(|variant| format!("\"{}\"", variant.id)).collect::<Vec<_>>().join(", ");
                return Err(VariantError::Contradiction { variants, kpi: definition.id.clone(), what: wrong.what });
            }
        }
        Ok(role)
    }

    fn variant(&self, id: &str) -> Result<&Entry<Variant>, VariantError> {
        self.variants.iter().find(|variant| variant.id == id).ok_or_else(|| {
            let known: Vec<&str> = self.variants.iter().map(|variant| variant.id.as_str()).collect();
            VariantError::Unknown { id: id.into(), remedy: one_of(id, &known) }
        })
    }

    fn lay(&mut self, variant: &Entry<Variant>) {
        for change in &variant.own.kpis {
            if let Some(definition) = self.definitions.iter_mut().find(|definition| definition.id == change.kpi) {
                let from = std::mem::replace(definition, change.applied(definition));
                let what = Changed::Kpi { from: Box::new(from), to: Box::new(definition.clone()) };
                self.changes.push(Change { variant: variant.id.clone(), what, because: change.because.clone() });
            }
        }
        for change in &variant.own.rights {
            if let Some(right) = self.rights.iter_mut().find(|right| right.id == change.right) {
                let from = std::mem::replace(&mut right.own.level, change.level.clone());
                let what = Changed::Right { right: right.id.clone(), from, to: change.level.clone() };
                self.changes.push(Change { variant: variant.id.clone(), what, because: change.because.clone() });
            }
        }
        self.laid.push(variant.id.clone());
        self.evidence.extend(variant.own.evidence.iter().cloned());
    }
}
