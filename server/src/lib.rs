//! The program `belay`: command line, configuration, HTTP.

pub mod command;
pub mod config;
pub mod doctor;
pub mod http;
pub mod log;
pub mod size;
