//! What things of a role pack have beside id, title and words: plain values, found sound when they were read.
//!
//! Each type is beside what reads it. A reader asks for every key before it gives up on any, so that one look finds all
//! that is wrong; what could not be read is left empty, and never gets out.

/// An enum whose variants are words of a pack.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident,)+ }) => {
        $(#[$doc])*
        #[derive(
            Clone,
            Copy,
            Debug,
            PartialEq,
            Eq,
            PartialOrd,
            Ord,
            Hash,
            serde::Serialize,
            strum::EnumString,
            strum::IntoStaticStr,
            strum::VariantNames,
        )]
        #[serde(rename_all = "kebab-case")]
        #[strum(serialize_all = "kebab-case")]
        pub enum $name { $($(#[$word_doc])* $word,)+ }
    };
}

mod abilities;
mod hiring;
mod kpi;
mod people;
mod scorecard;
mod summary;
mod variant;
mod work;

use serde::Serialize;

pub(super) use self::kpi::{band, read as kpis};
pub use self::{
    abilities::{Adoption, Area, Behaviour, Class, Environment, Importance, Skill, Tool},
    hiring::{Exercise, Judged},
    kpi::{Frequency, Kpi},
    people::{
        Authority, Certification, Criterion, Escalation, Helpful, Level, Needs, Next, Right, Side, Stage, Stakeholder,
        Step,
    },
    scorecard::{Dimension, Scorecard},
    summary::{Excuse, Summary},
    variant::{Axis, KpiChange, RightChange, Variant},
    work::{Activity, Deliverable, Goal, Group, PHASES, Responsibility, Rhythm},
};
use super::read::Row;

/// A thing of a role pack.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Entry<T = ()> {
    /// Unique in the whole pack.
    pub id: String,
    /// A few words.
    pub title: String,
    /// One to three sentences; empty where what it has of its own says it.
    pub says: String,
    /// What things of its kind have beside that.
    pub own: T,
}

/// What things of a kind have of their own.
pub(super) trait Own {
    /// Reads it.
    fn read(row: &Row<'_, '_, '_>) -> Self;
}

impl Own for () {
    fn read(_: &Row<'_, '_, '_>) -> Self {}
}
