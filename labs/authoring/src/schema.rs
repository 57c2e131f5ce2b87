//! The schema of lab.toml, by which editors complete keys and mark mistakes while they are typed. What `belay lab lint`
//! says is what counts.

/// The JSON schema (draft 2020-12).
pub const LAB: &str = include_str!("../lab.schema.json");

/// What it is called in a catalogue: a lab names it in its first line, as Taplo and the editors that use it want it.
pub const FILE: &str = "lab.schema.json";
