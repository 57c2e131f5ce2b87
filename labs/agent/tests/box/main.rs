//! The agent on a real Docker engine, seen from its wire and from inside the box.

mod escape;
mod files;
mod isolation;
mod layer;
mod ledger;
mod life;
mod limits;
mod probes;
mod programs;
mod recording;
mod support;
mod terminals;
mod watching;
