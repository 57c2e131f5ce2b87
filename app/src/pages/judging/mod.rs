//! What waits for people to judge it: the list, a case with its form, and what somebody has to show for a goal.

mod answered;
pub mod case;
pub mod evidence;
mod form;
pub mod inbox;
pub(crate) mod words;

pub(crate) use form::{area, asked_for};
