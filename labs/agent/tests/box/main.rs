//! The agent on a real Docker engine, seen from its wire and from inside the box.

mod escape;
mod files;
mod isolation;
mod ledger;
mod life;
mod limits;
mod probes;
mod programs;
mod support;
mod terminals;
