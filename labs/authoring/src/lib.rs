//! Tools for authors of labs: a new lab to begin with, a schema for editors, labs from other platforms, advice.
//!
//! Everything here reads and makes text; what runs labs is in the crate `labs`.

pub mod advice;
pub mod folder;
pub mod import;
pub mod scaffold;
pub mod schema;
