//! The pages. Each loads its values from the platform and hands them to a plain function that shows them; that
//! function asks nobody anything, so a page can be looked at with made-up values (`examples/preview.rs`).

pub mod attempt;
pub mod figures;
pub mod home;
pub mod lab;
pub mod problem;
pub mod result;
pub mod signin;
mod tools;
