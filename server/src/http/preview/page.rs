//! What stands in a preview's place when the box has nothing to show.

use std::sync::LazyLock;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use data_encoding::BASE64;
use sha2::{Digest, Sha256};

const STYLE: &str = ":root{color-scheme:light dark;font:16px/24px system-ui,sans-serif}body{max-width:34rem;margin:3rem auto;\
padding:0 1rem}h1{font-size:1.25rem;line-height:1.75rem;margin:0 0 .5rem}a{color:light-dark(#2456c8,#8aaeff)}";

/// The style by its hash: this page has no nonce, and a policy that lets in any style would let in anybody's.
static POLICY: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        BASE64.encode(&Sha256::digest(STYLE))
    )
});

/// After how many seconds a page that waits for a service asks again.
const AGAIN: &str = "2";

/// A page that asks again by itself, for a port on which somebody may listen soon: who has just restarted their service sees
/// it without doing anything.
#[must_use]
pub fn waiting(framed_by: &str, heading: &str, words: &str) -> Response {
    let mut response = page(StatusCode::BAD_GATEWAY, framed_by, heading, words);
    response.headers_mut().insert(header::REFRESH, HeaderValue::from_static(AGAIN));
    response
}

/// A page of ours in the frame of a preview. The words are ours too: nothing of a request is in them.
#[must_use]
pub fn page(status: StatusCode, framed_by: &str, heading: &str, words: &str) -> Response {
    let again = if status.is_server_error() { "<p><a href=\"\">Try again</a></p>" } else { "" };
    let (heading, words) = (escaped(heading), escaped(words));
    let text = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{heading}</title><style>{STYLE}</style><h1>{heading}</h1><p>{words}</p>{again}</html>"
    );
    let mut response = (status, Html(text)).into_response();
    let headers = response.headers_mut();
    if let Ok(policy) = HeaderValue::from_str(&format!("{}; frame-ancestors {framed_by}", *POLICY)) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
