//! K06 to K13 by worked examples: each with its arithmetic, each exclusion, and each way to game it.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod ask;
mod changes;
mod monitoring;
mod noise;
mod patching;
mod properties;
mod runbooks;
#[path = "../kpi/support.rs"]
mod support;
mod vulnerabilities;
