//! A text that is written from notes.

use leptos::prelude::*;
use platform::views::{PartView, WritingView};

use crate::markdown;

/// What is known.
pub(crate) fn notes(notes: Vec<String>) -> AnyView {
    let notes = notes.into_iter().map(|note| view! { <li inner_html=markdown::line(&note)></li> }).collect_view();
    view! {
        <section aria-labelledby="notes">
            <h2 id="notes">"Notes"</h2>
            <div class="prose"><ul>{notes}</ul></div>
        </section>
    }
    .into_any()
}

/// The fields in which it is written.
pub(super) fn parts(text: &WritingView) -> AnyView {
    let parts = text.parts.iter().map(part).collect_view();
    let most = text.most_words.map(|most| {
        view! {
            <p class="quiet">
                {format!("At most {most} words in all. ")}
                <output data-words="" aria-live="off" aria-label="Words so far"></output>
            </p>
        }
    });
    view! {
        <h2>"Your text"</h2>
        {parts}
        {most}
    }
    .into_any()
}

fn part(part: &PartView) -> AnyView {
    let PartView { field, label, line, given } = part.clone();
    let id = format!("part-{field}");
    let input = if line {
        view! { <input class="input" id=id.clone() name=field.clone() value=given autocomplete="off" data-text="" /> }
            .into_any()
    } else {
        // What stands in it is written as it is, and an end of line at its beginning is not shown.
        let given = format!("\n{}", markdown::escaped(&given));
        view! { <textarea class="input" id=id.clone() name=field.clone() rows="14" data-text="">{given}</textarea> }
            .into_any()
    };
    view! {
        <div class="answer-part">
            <label for=id>{label}</label>
            {input}
        </div>
    }
    .into_any()
}
