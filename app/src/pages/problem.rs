//! Pages that say why there is no page.

use http::StatusCode;
use leptos::prelude::*;
use leptos_meta::{ServerMetaContext, provide_meta_context};

use crate::{context::set_status, parts::bare};

/// There is no such page, or not for this viewer.
#[must_use]
pub fn not_found() -> AnyView {
    set_status(StatusCode::NOT_FOUND);
    problem("There is no page here", "The address may be mistyped, or the page belongs to somebody else.")
}

/// The viewer may not see it.
#[must_use]
pub fn forbidden() -> AnyView {
    set_status(StatusCode::FORBIDDEN);
    problem(
        "This page is not open to you",
        "Your role does not cover it. If you need it for your work, ask whoever runs this Belay.",
    )
}

/// It can't be done now, in words with a way on.
#[must_use]
pub fn refused(status: StatusCode, words: String) -> AnyView {
    set_status(status);
    problem("That is not possible right now", words)
}

/// Something broke on our side.
#[must_use]
pub fn broken() -> AnyView {
    set_status(StatusCode::INTERNAL_SERVER_ERROR);
    problem(
        "Something broke on our side",
        "It has been written to the server's log, and nothing of yours is lost. Reload the page in a moment; if it happens again, tell whoever runs this Belay.",
    )
}

/// A whole document that says in words why a form was not carried out; for answers that no page is behind.
#[must_use]
pub fn document(words: &str) -> String {
    let words = words.to_owned();
    let page = Owner::new_root(None).with(|| {
        let (meta, _head) = ServerMetaContext::new();
        provide_context(meta);
        provide_meta_context();
        problem("That did not work", words).to_html()
    });
    format!(
        "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>That did not work \u{b7} Belay</title><link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\">\
         <link rel=\"stylesheet\" href=\"/pkg/app.css\"></head><body>{page}</body></html>"
    )
}

fn problem(heading: &'static str, words: impl Into<String>) -> AnyView {
    bare(
        heading,
        view! {
            <div class="problem">
                <h1>{heading}</h1>
                <p class="lead">{words.into()}</p>
                <p><a class="button" href="/">"Go to the start page"</a></p>
            </div>
        },
    )
}

#[cfg(test)]
mod tests {
    use super::document;

    #[test]
    fn a_document_says_the_words_and_no_markup_of_theirs() {
        let html = document("Two labs run already: <finish> one first.");
        assert!(
            html.starts_with("<!DOCTYPE html>") && html.contains("Two labs run already: &lt;finish&gt; one first."),
            "{html}"
        );
        assert!(html.contains("/pkg/app.css"));
    }
}
