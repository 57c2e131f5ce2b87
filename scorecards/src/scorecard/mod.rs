//! Scorecards: what several people saw of one person, and what it adds up to.
//!
//! 1. A [`Panel`] is read from events: who gave what, in which order, with which evidence. Only what a rater gave before
//!    submitting counts; what came later is kept and shown.
//! 2. For each dimension the [`Middle`] of the raters' levels is taken. What nobody could observe is left out, never
//!    counted as low.
//! 3. A [`Rule`] makes a [`Recommendation`] of them: a label, with reasons that can be checked by hand, and whether it hangs
//!    on the weights that were chosen.
//! 4. The recommendation advises. A [`Verdict`] is a person's, with a reason.

pub mod calibration;
mod composite;
mod flag;
mod middle;
mod must;
mod panel;
mod recommend;
mod refused;
mod rule;
mod words;

pub use flag::{FlagState, RedFlag};
pub use middle::Middle;
pub use panel::{Card, Panel, Verdict, Version};
pub use recommend::{DebriefItem, Dimensional, Reason, Recommendation, Weighed, recommend};
pub use refused::{Refused, check};
pub use rule::{Dimension, MustMeet, Rule, Weight, Weighting};
pub(crate) use words::list;

pub use crate::event::work::rating::{Cited, Decision, Given, Label, Level, Rated};
