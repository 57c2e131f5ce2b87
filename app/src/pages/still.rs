//! A page as a file: to be looked at without a server.

use leptos::prelude::*;
use leptos_meta::{ServerMetaContext, provide_meta_context};

/// The document of a page. `head` is what its styles come from: a link, or the styles themselves.
#[must_use]
pub fn document(head: &str, page: impl FnOnce() -> AnyView) -> String {
    let owner = Owner::new_root(None);
    let body = owner.with(|| {
        let (meta, _output) = ServerMetaContext::new();
        provide_context(meta);
        provide_meta_context();
        page().to_html()
    });
    format!(
        r#"<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Preview</title>{head}</head><body>{body}</body></html>"#
    )
}
