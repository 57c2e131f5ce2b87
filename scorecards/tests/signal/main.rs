//! The pattern language: each construct seen, not seen, and not observed.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod commands;
mod gaps;
mod properties;
mod several;
mod stored;
mod support;
mod times;
