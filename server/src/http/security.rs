//! What stands before every route: the Host allow-list of the demo, the check of Origin, security headers.

use std::net::{IpAddr, SocketAddr};

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

/// Whether a `Host` names this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Whether a proxy of ours stands in front: then what it says of where a request comes from is believed.
#[derive(Clone, Copy, Debug)]
pub struct Proxied(pub bool);

impl Proxied {
    /// Where a request comes from: the peer or, where the peer is a proxy on this machine or its network, the address the
    /// proxy saw. Proxies add to the end of the header, so what a client puts into it itself stands further left.
    #[must_use]
    pub fn origin(self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        if !self.0 || !is_near(peer.to_canonical()) {
            return peer;
        }
        let last = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
        last.and_then(|value| value.rsplit(',').next()).and_then(|text| address(text.trim())).unwrap_or(peer)
    }
}

/// An address, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

/// On this machine or in its private network.
fn is_near(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_loopback() || four.is_private() || four.is_link_local(),
        IpAddr::V6(six) => six.is_loopback() || six.is_unique_local() || six.is_unicast_link_local(),
    }
}

/// For what is not a page: nothing may be loaded, framed or run. Pages bring a policy of their own, with a nonce.
const NO_CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// For a page: scripts and style elements need the page's nonce, WebAssembly may be compiled, and nothing comes from
/// elsewhere. `framed` are the origins of previews, the only ones that may be framed.
#[must_use]
pub fn page_policy(nonce: &str, framed: &str) -> String {
    let framed = if framed.is_empty() { "'none'" } else { framed };
    format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src {framed}; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
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
    #[rstest]
    #[case::as_the_proxy_saw_it("127.0.0.1", &["203.0.113.7"], "203.0.113.7")]
    #[case::a_container_network("172.17.0.1", &["203.0.113.7"], "203.0.113.7")]
    #[case::mapped("::ffff:10.0.0.2", &["2001:db8::7"], "2001:db8::7")]
    #[case::what_the_client_says_itself("127.0.0.1", &["1.2.3.4, 203.0.113.7"], "203.0.113.7")]
    #[case::in_a_line_of_its_own("127.0.0.1", &["1.2.3.4", "203.0.113.7"], "203.0.113.7")]
    #[case::with_a_port("127.0.0.1", &["203.0.113.7:4711"], "203.0.113.7")]
    #[case::six_with_a_port("127.0.0.1", &["[2001:db8::7]:4711"], "2001:db8::7")]
    #[case::no_proxy_of_ours("198.51.100.9", &["203.0.113.7"], "198.51.100.9")]
    #[case::no_address("127.0.0.1", &["203.0.113.7, unknown"], "127.0.0.1")]
    #[case::none("127.0.0.1", &[], "127.0.0.1")]
    fn behind_a_proxy_the_address_it_saw_counts(#[case] peer: &str, #[case] said: &[&str], #[case] origin: &str) {
        let mut headers = HeaderMap::new();
        for value in said {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        let peer: IpAddr = peer.parse().unwrap();
        assert_eq!(Proxied(true).origin(peer, &headers), origin.parse::<IpAddr>().unwrap());
        assert_eq!(Proxied(false).origin(peer, &headers), peer, "without a proxy anybody could say anything");
    }
}
