//! What stands before every route: the Host allow-list of the demo, the check of Origin, security headers.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header, uri::Authority},
    middleware::Next,
    response::{IntoResponse, Response},
};

/// What the checks need to know of the configuration.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Only loopback names in `Host`: against DNS rebinding, which would open the demo to any web page.
    pub loopback_only: bool,
    /// The origin people use where a proxy stands in front.
    pub public_url: Option<String>,
}

/// Refuses foreign hosts and foreign origins.
pub async fn guard(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    match guard.judge(request.method(), request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err((status, words)) => (status, words).into_response(),
    }
}

impl Guard {
    fn judge(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), (StatusCode, &'static str)> {
        let host = text(headers, &header::HOST).or_else(|| uri.authority().map(Authority::as_str)).unwrap_or_default();
        if self.loopback_only && !is_loopback(host) {
            return Err((
                StatusCode::MISDIRECTED_REQUEST,
                "This is a demo on this machine only. Open it as http://127.0.0.1 or http://localhost, with its port.",
            ));
        }
        let safe = matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS);
        let upgrade = headers.contains_key(header::UPGRADE);
        if (!safe || upgrade) && !self.same_origin(host, headers) {
            return Err((
                StatusCode::FORBIDDEN,
                "This request came from another site, so nothing was done. Go back to Belay, reload the page and try again.",
            ));
        }
        Ok(())
    }

    /// Browsers send `Origin` with every request that changes something and with every WebSocket. One that is missing is
    /// as bad as a foreign one.
    fn same_origin(&self, host: &str, headers: &HeaderMap) -> bool {
        let Some(origin) = text(headers, &header::ORIGIN) else { return false };
        if let Some(public) = &self.public_url {
            return origin == public;
        }
        origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://")) == Some(host)
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// For what is not a page: nothing may be loaded, framed or run. Pages bring a policy of their own, with a nonce.
const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// For a page: scripts and style elements need the page's nonce, WebAssembly may be compiled, and nothing comes from
/// elsewhere.
#[must_use]
pub fn page_policy(nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
    )
}

/// Adds the headers that every answer has.
pub async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(NO_CONTENT_POLICY));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // Pages and answers are one person's; only files say otherwise.
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn judge(guard: &Guard, method: &Method, host: &str, extra: &[(HeaderName, &str)]) -> Option<StatusCode> {
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, host.parse().unwrap());
        for (name, value) in extra {
            headers.insert(name.clone(), value.parse().unwrap());
        }
        guard.judge(method, &Uri::from_static("/"), &headers).err().map(|(status, _)| status)
    }

    const OPEN: Guard = Guard { loopback_only: false, public_url: None };
    const DEMO: Guard = Guard { loopback_only: true, public_url: None };

    #[rstest]
    #[case("localhost:3000", true)]
    #[case("127.0.0.1:3000", true)]
    #[case("127.0.0.1", true)]
    #[case("[::1]:3000", true)]
    #[case("a.preview.localhost:3000", true)]
    #[case("localhost.example.org:3000", false)]
    #[case("belay.example.org", false)]
    #[case("10.0.0.7:3000", false)]
    #[case("", false)]
    fn the_demo_answers_to_loopback_names_only(#[case] host: &str, #[case] allowed: bool) {
        assert_eq!(judge(&DEMO, &Method::GET, host, &[]).is_none(), allowed);
        assert_eq!(judge(&OPEN, &Method::GET, host, &[]), None);
    }

    #[rstest]
    #[case::own("http://belay.example.org", true)]
    #[case::foreign("http://evil.example.org", false)]
    #[case::other_port("http://belay.example.org:8080", false)]
    #[case::opaque("null", false)]
    fn a_change_needs_our_origin(#[case] origin: &str, #[case] allowed: bool) {
        let host = "belay.example.org";
        assert_eq!(judge(&OPEN, &Method::POST, host, &[(header::ORIGIN, origin)]).is_none(), allowed);
        let upgrade = [(header::ORIGIN, origin), (header::UPGRADE, "websocket")];
        assert_eq!(judge(&OPEN, &Method::GET, host, &upgrade).is_none(), allowed);
    }

    #[test]
    fn a_change_without_origin_is_refused_and_reading_is_not() {
        assert_eq!(judge(&OPEN, &Method::POST, "h", &[]), Some(StatusCode::FORBIDDEN));
        assert_eq!(judge(&OPEN, &Method::DELETE, "h", &[]), Some(StatusCode::FORBIDDEN));
        assert_eq!(judge(&OPEN, &Method::GET, "h", &[(header::ORIGIN, "http://evil.example.org")]), None);
    }

    #[test]
    fn behind_a_proxy_the_public_address_counts() {
        let guard = Guard { loopback_only: false, public_url: Some("https://belay.example.org".into()) };
        assert_eq!(
            judge(&guard, &Method::POST, "127.0.0.1:3000", &[(header::ORIGIN, "https://belay.example.org")]),
            None
        );
        let direct = judge(&guard, &Method::POST, "127.0.0.1:3000", &[(header::ORIGIN, "http://127.0.0.1:3000")]);
        assert_eq!(direct, Some(StatusCode::FORBIDDEN));
    }
}
