//! The pages. Each loads its values from the platform and hands them to a plain function that shows them; that
//! function asks nobody anything, so a page can be looked at with made-up values (`examples/preview.rs`).

pub mod admin;
pub mod attempt;
pub mod changes;
pub mod copy;
pub mod figures;
pub mod home;
pub mod items;
pub mod judging;
pub mod lab;
pub mod problem;
pub mod replay;
mod reserve;
pub mod result;
pub mod signin;
pub mod still;
mod tools;
pub mod watch;
