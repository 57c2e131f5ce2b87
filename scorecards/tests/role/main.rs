//! Role packs: the ones that come with Belay, and what is said of wrong ones.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod support;

mod blueprint;
mod covered;
mod fuzz;
mod problems;
mod two_roles;
mod variants;
