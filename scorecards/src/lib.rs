//! The judgement: from events to evidence and scores, by pure functions that anyone can check by hand.
//!
//! Nothing here reads a file, asks a clock or draws a number: what is needed comes in as a value.

pub mod agreement;
pub mod event;
pub mod item;
pub mod kpi;
pub mod marking;
pub mod mastery;
pub mod pauses;
pub mod reader;
pub mod readiness;
pub mod role;
pub mod score;
pub mod scorecard;
pub mod shell;
pub mod signal;
