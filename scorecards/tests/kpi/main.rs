//! KPIs: worked examples by hand, and what holds of all of them.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod attested;
mod engine;
#[path = "../events/examples.rs"]
mod examples;
mod k01;
mod k02;
mod k03;
mod k04;
mod k05;
mod properties;
mod random;
mod support;
mod tickets;
