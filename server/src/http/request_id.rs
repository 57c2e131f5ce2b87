//! Each request has an id: in its log lines, and in the answer, so that who reports a trouble can name it.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use platform::clock::Ids;
use tracing::{Instrument, field::Empty, info_span};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a proxy.
const LONGEST: usize = 64;

/// Gives the request the id that a proxy has given it, or one of our own.
pub async fn name(State(ids): State<Ids>, request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(|| ids.next().to_string());
    let (method, path) = (request.method(), request.uri().path());
    // Which attempt it is about is told by who looks it up.
    let span = info_span!("request", request = id, %method, path, attempt = Empty, lab = Empty);
    let mut response = next.run(request).instrument(span).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The id that the request brings, if it is one: a log must not be written by whoever asks.
fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    (!id.is_empty() && id.len() <= LONGEST && id.chars().all(plain)).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_id_is_taken_over() {
        let with = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, id.parse().unwrap());
            given(&headers)
        };
        assert_eq!(with("0198c1e2-7f3a.7").as_deref(), Some("0198c1e2-7f3a.7"));
        assert_eq!(with("a b=\"c\""), None);
        assert_eq!(with(""), None);
        assert_eq!(with(&"a".repeat(LONGEST + 1)), None);
        assert_eq!(given(&HeaderMap::new()), None);
    }
}
