//! The KPIs of a role: from events to figures, by pure functions.
//!
//! Events of one thing (a ticket, an alert …) make an [`Episode`]; a [`Measure`] makes [`Observation`]s of an episode;
//! the observations of a window make a figure, for each series by itself. Figures from labs, from real tools and from
//! somebody's word are never blended.

mod attested;
mod book;
mod definition;
mod figure;
mod fold;
mod guard;
mod measures;
mod memory;
mod method;
mod observation;
mod people;
mod roster;
mod setting;
pub mod statistics;
mod tracker;
mod weight;
mod words;

pub use definition::{Definition, Direction, Measure, Target, Unit};
pub use figure::{Excluded, Figure, Flagged, Guard, Meaning, Parts, State};
pub use method::Window;
pub use observation::{Episode, Exclusion, Flag, Observation, Value};
pub use people::People;
pub use setting::{Others, Setting};
pub use tracker::{SERIES, Tracker, figures};
