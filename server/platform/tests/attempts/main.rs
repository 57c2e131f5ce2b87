//! The logic of attempts, on an engine without containers: states, access, deadlines, and what a kill of the server
//! leaves. The same with real containers is tested where the whole program is.

#[path = "../support/mod.rs"]
mod support;

mod boxes;
mod exercise;
mod judging;
mod left;
mod operations;
mod pool;
mod queue;
mod recording;
mod recovery;
mod rescore;
mod time;
mod watching;
mod work;
