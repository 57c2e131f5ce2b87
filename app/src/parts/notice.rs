//! A notice across a page.

use leptos::prelude::*;

use crate::{icons::Icon, parts::Tone};

/// Says what is the matter and what to do; good news is read out politely, bad news at once.
pub(crate) fn notice(tone: Tone, heading: &'static str, text: String) -> AnyView {
    let (class, icon, role) = match tone {
        Tone::Good => ("notice notice-good", Icon::Passed, "status"),
        Tone::Bad => ("notice notice-bad", Icon::Failed, "alert"),
        Tone::Care => ("notice notice-care", Icon::Warning, "alert"),
        Tone::Live | Tone::Quiet => ("notice", Icon::Info, "status"),
    };
    view! {
        <div class=class role=role>
            {icon.view()}
            <div>
                <p class="notice-heading">{heading}</p>
                <p class="notice-text">{text}</p>
            </div>
        </div>
    }
    .into_any()
}
