//! The agent on a real Docker engine, seen from its wire and from inside the box.

mod files;
mod isolation;
mod ledger;
mod life;
mod limits;
mod probes;
mod programs;
mod support;
mod terminals;
