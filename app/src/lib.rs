//! What a person sees: pages, islands and the server functions that islands call.
//!
//! With `ssr` it renders every page on the server, each from the plain values of `platform::views`. With
//! `hydrate` it is only the islands: terminals, checks, hints and the clock. Neither knows where anything is
//! stored; both speak through [`api`].

#[cfg(all(feature = "ssr", feature = "hydrate"))]
compile_error!("`ssr` is for the server and `hydrate` for the browser: a build is one of them");

pub mod api;
pub mod icons;
pub mod islands;
pub mod words;

#[cfg(feature = "ssr")]
mod context;
#[cfg(feature = "ssr")]
mod markdown;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
mod parts;
#[cfg(feature = "ssr")]
mod shell;

#[cfg(feature = "ssr")]
pub use context::VIEWER_KEY;
#[cfg(feature = "ssr")]
pub use shell::{App, shell};
