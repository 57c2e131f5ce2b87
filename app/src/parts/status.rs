//! A status: always a picture, a word and a colour together.

use leptos::prelude::*;

use crate::icons::Icon;

/// Which colour a status has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Take care.
    Care,
    /// Under way.
    Live,
    /// Nothing to say.
    Quiet,
}

impl Tone {
    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::Good => "status status-good",
            Self::Bad => "status status-bad",
            Self::Care => "status status-care",
            Self::Live => "status status-live",
            Self::Quiet => "status status-quiet",
        }
    }
}

/// A status as it stands in a line or a cell.
pub(crate) fn status(icon: Icon, tone: Tone, word: &'static str) -> AnyView {
    view! { <span class=tone.class()>{icon.view()} <span>{word}</span></span> }.into_any()
}
