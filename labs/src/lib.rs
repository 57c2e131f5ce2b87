//! The lab engine: what labs there are, the sandboxes they run in, and whether they were solved.
//!
//! - [`catalog`] reads labs from folders of text and says what is wrong with them, by file and line;
//! - [`sandbox`] makes, reaches and removes the boxes; only its `docker` module knows an engine;
//! - [`grader`] makes a lab's checks in a box and words what it saw for the learner;
//! - [`exercise`] is what is worked at in a page, without a box;
//! - [`record`] turns what the agent's journal says into events;
//! - [`ledger`] reads events from text, and [`tester`] tries a lab's signals on them;
//! - [`trial`] is what is done in boxes outside of any attempt, as events;
//! - [`proof`] shows that a lab can be solved, and that it isn't solved before anybody has begun.

pub mod catalog;
pub mod exercise;
pub mod grader;
pub mod ledger;
pub mod proof;
pub mod record;
pub mod sandbox;
pub mod tester;
pub mod trial;

/// Bytes in hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;

    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut out, byte| {
        write!(out, "{byte:02x}").expect("a String takes all that is written to it");
        out
    })
}
