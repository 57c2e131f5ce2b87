//! What is said on the way to a box and on the way back.
//!
//! The box sees a browser that asks `localhost`; the browser sees a site of its own. What would connect the two worlds
//! is left out: our cookies, who asks from where, and what a site may ask of a browser beyond its own pages.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

/// The cookies of our own sessions, whatever a site below another name is sent by mistake.
const OURS: &[&str] = &["belay", "__Host-belay"];

/// What belongs to one connection and not to the message.
const HOP: &[&str] = &[
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What is no business of the box: where somebody is, and what stands between.
const PRIVATE: &[&str] = &["expect", "forwarded", "via", "x-real-ip"];

/// What a box may not ask of a browser: it would outlast the preview, or reach beyond it.
const TOO_MUCH: &[&str] = &[
    "alt-svc",
    "clear-site-data",
    "nel",
    "public-key-pins",
    "report-to",
    "reporting-endpoints",
    "strict-transport-security",
    "x-frame-options",
];

/// How the box knows its own site.
#[must_use]
pub fn authority(port: u16) -> String {
    if port == 80 { "localhost".into() } else { format!("localhost:{port}") }
}

/// A request's headers for the box. `origin` is the preview's.
#[must_use]
pub fn to_box(headers: &HeaderMap, origin: &str, port: u16, upgrade: Option<&HeaderValue>) -> HeaderMap {
    let here = format!("http://{}", authority(port));
    let mut out = end_to_end(headers);
    for name in out.keys().cloned().collect::<Vec<_>>() {
        if PRIVATE.contains(&name.as_str()) || name.as_str().starts_with("x-forwarded-") {
            out.remove(&name);
        }
    }
    if let Ok(host) = HeaderValue::from_str(&authority(port)) {
        out.insert(header::HOST, host);
    }
    // A site compares these with its own name.
    for name in [header::ORIGIN, header::REFERER] {
        let said = out.remove(&name);
        let said = said.as_ref().and_then(|value| value.to_str().ok());
        let rest =
            said.and_then(|said| said.strip_prefix(origin)).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        match (rest.and_then(|rest| HeaderValue::from_str(&format!("{here}{rest}")).ok()), said) {
            (Some(value), _) => _ = out.insert(name, value),
            // From elsewhere: the box hears that it is, and not from where.
            (None, Some(_)) if name == header::ORIGIN => _ = out.insert(name, HeaderValue::from_static("null")),
            (None, _) => {}
        }
    }
    let cookies: Vec<String> = out.get_all(header::COOKIE).iter().filter_map(foreign_cookies).collect();
    out.remove(header::COOKIE);
    if let Ok(cookies) = HeaderValue::from_str(&cookies.join("; "))
        && !cookies.is_empty()
    {
        out.insert(header::COOKIE, cookies);
    }
    if let Some(upgrade) = upgrade {
        out.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        out.insert(header::UPGRADE, upgrade.clone());
    }
    out
}

/// An answer's headers for the browser.
#[must_use]
pub fn to_browser(headers: &HeaderMap, framed_by: &str, port: u16) -> HeaderMap {
    let mut out = end_to_end(headers);
    for name in TOO_MUCH {
        out.remove(*name);
    }
    let cookies: Vec<HeaderValue> = out.get_all(header::SET_COOKIE).iter().filter_map(own_cookie).collect();
    out.remove(header::SET_COOKIE);
    for cookie in cookies {
        out.append(header::SET_COOKIE, cookie);
    }
    if let Some(path) = out.get(header::LOCATION).and_then(|to| local_path(to, port)) {
        out.insert(header::LOCATION, path);
    }
    // The site's own policy holds, but for who may frame it: that is our page.
    let policies: Vec<HeaderValue> =
        out.get_all(header::CONTENT_SECURITY_POLICY).iter().filter_map(without_ancestors).collect();
    out.remove(header::CONTENT_SECURITY_POLICY);
    for policy in policies {
        out.append(header::CONTENT_SECURITY_POLICY, policy);
    }
    if let Ok(policy) = HeaderValue::from_str(&format!("frame-ancestors {framed_by}")) {
        out.append(header::CONTENT_SECURITY_POLICY, policy);
    }
    // The name of the host lets in: it is told to nobody else.
    out.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    out
}

/// Without what belongs to one connection, and what that says belongs to it.
fn end_to_end(headers: &HeaderMap) -> HeaderMap {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    let mut out = headers.clone();
    for name in named {
        out.remove(name);
    }
    for name in HOP {
        out.remove(*name);
    }
    out
}

fn is_ours(cookie: &str) -> bool {
    let name = cookie.split('=').next().unwrap_or_default().trim();
    OURS.iter().any(|ours| name.eq_ignore_ascii_case(ours))
}

fn foreign_cookies(value: &HeaderValue) -> Option<String> {
    let cookies: Vec<&str> = value
        .to_str()
        .ok()?
        .split(';')
        .map(str::trim)
        .filter(|cookie| !cookie.is_empty() && !is_ours(cookie))
        .collect();
    (!cookies.is_empty()).then(|| cookies.join("; "))
}

/// A cookie for this host alone, and never one of our names.
fn own_cookie(value: &HeaderValue) -> Option<HeaderValue> {
    let text = value.to_str().ok()?;
    if is_ours(text) {
        return None;
    }
    let parts = text.split(';').map(str::trim);
    let kept: Vec<&str> = parts
        .enumerate()
        .filter(|(at, part)| {
            let name = part.split('=').next().unwrap_or_default().trim();
            *at == 0 || !name.eq_ignore_ascii_case("domain")
        })
        .map(|(_, part)| part)
        .collect();
    HeaderValue::from_str(&kept.join("; ")).ok()
}

/// Where a site sends the browser to itself by the name that it knows: as a path.
fn local_path(to: &HeaderValue, port: u16) -> Option<HeaderValue> {
    let to = to.to_str().ok()?;
    let rest = to.strip_prefix("http://")?;
    let names = ["localhost", "127.0.0.1"];
    let rest = names.iter().find_map(|name| {
        let rest = rest.strip_prefix(name)?;
        let with_port = rest.strip_prefix(&format!(":{port}"));
        if port == 80 { Some(with_port.unwrap_or(rest)) } else { with_port }
    })?;
    match rest.chars().next() {
        None => Some(HeaderValue::from_static("/")),
        // Not two: that would be another host.
        Some('/') if !rest.starts_with("//") => HeaderValue::from_str(rest).ok(),
        Some('?' | '#') => HeaderValue::from_str(&format!("/{rest}")).ok(),
        Some(_) => None,
    }
}

fn without_ancestors(policy: &HeaderValue) -> Option<HeaderValue> {
    let text = policy.to_str().ok()?;
    let kept: Vec<&str> = text
        .split(';')
        .map(str::trim)
        .filter(|directive| {
            let name = directive.split_ascii_whitespace().next().unwrap_or_default();
            !name.is_empty() && !name.eq_ignore_ascii_case("frame-ancestors")
        })
        .collect();
    (!kept.is_empty()).then(|| HeaderValue::from_str(&kept.join("; ")).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORIGIN: &str = "http://abc.preview.localhost:3000";

    fn headers(list: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in list {
            headers.append(name.parse::<HeaderName>().expect("a name"), value.parse().expect("a value"));
        }
        headers
    }

    fn shown(headers: &HeaderMap) -> Vec<String> {
        let mut lines: Vec<String> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().expect("text"))).collect();
        lines.sort();
        lines
    }

    #[test]
    fn the_box_never_sees_our_session_nor_who_asks() {
        let asked = headers(&[
            ("host", "abc.preview.localhost:3000"),
            ("cookie", "belay=secret; theme=dark; __Host-belay=secret"),
            ("cookie", "Belay = secret"),
            ("x-forwarded-for", "203.0.113.7"),
            ("x-forwarded-host", "belay.example.org"),
            ("forwarded", "for=203.0.113.7"),
            ("x-real-ip", "203.0.113.7"),
            ("authorization", "Basic Ym94"),
            ("accept", "text/html"),
        ]);
        assert_eq!(
            shown(&to_box(&asked, ORIGIN, 80, None)),
            ["accept: text/html", "authorization: Basic Ym94", "cookie: theme=dark", "host: localhost"]
        );
        assert!(to_box(&headers(&[("cookie", "belay=secret")]), ORIGIN, 80, None).get("cookie").is_none());
    }

    #[test]
    fn what_belongs_to_one_connection_stays_with_it() {
        let asked = headers(&[
            ("connection", "keep-alive, X-Hop"),
            ("x-hop", "1"),
            ("keep-alive", "timeout=5"),
            ("te", "trailers"),
            ("transfer-encoding", "chunked"),
            ("upgrade", "h2c"),
            ("proxy-authorization", "Basic x"),
            ("x-stays", "1"),
        ]);
        assert_eq!(shown(&to_box(&asked, ORIGIN, 8080, None)), ["host: localhost:8080", "x-stays: 1"]);
        assert_eq!(
            shown(&to_browser(&asked, "http://localhost:3000", 80)),
            [
                "content-security-policy: frame-ancestors http://localhost:3000",
                "referrer-policy: same-origin",
                "x-stays: 1"
            ]
        );
        let websocket = HeaderValue::from_static("websocket");
        let upgraded = to_box(&headers(&[("connection", "Upgrade")]), ORIGIN, 80, Some(&websocket));
        assert_eq!(shown(&upgraded), ["connection: upgrade", "host: localhost", "upgrade: websocket"]);
    }

    #[test]
    fn a_site_finds_its_own_name_where_it_compares() {
        let to = |name: &str, value: &str| {
            let out = to_box(&headers(&[(name, value)]), ORIGIN, 8080, None);
            out.get(name).map(|value| value.to_str().expect("text").to_owned())
        };
        assert_eq!(to("origin", ORIGIN).as_deref(), Some("http://localhost:8080"));
        assert_eq!(to("referer", &format!("{ORIGIN}/a?b")).as_deref(), Some("http://localhost:8080/a?b"));
        assert_eq!(to("origin", "http://evil.example.org").as_deref(), Some("null"));
        assert_eq!(to("origin", &format!("{ORIGIN}.evil.example.org")).as_deref(), Some("null"));
        assert_eq!(to("referer", "http://127.0.0.1:3000/attempts/1"), None);
    }

    #[test]
    fn a_box_sets_no_cookie_for_anybody_else() {
        let said = headers(&[
            ("set-cookie", "id=7; Domain=localhost; Path=/; HttpOnly"),
            ("set-cookie", "plain=1; domain = example.org"),
            ("set-cookie", "belay=mine; Path=/"),
            ("set-cookie", "__host-BELAY=mine; Secure"),
        ]);
        let out = to_browser(&said, "'none'", 80);
        let cookies: Vec<_> = out.get_all("set-cookie").iter().map(|value| value.to_str().expect("text")).collect();
        assert_eq!(cookies, ["id=7; Path=/; HttpOnly", "plain=1"]);
    }

    #[test]
    fn our_page_may_frame_it_and_nobody_else() {
        let said = headers(&[
            ("x-frame-options", "DENY"),
            ("content-security-policy", "default-src 'self'; frame-ancestors 'none'; script-src 'self'"),
            ("content-security-policy", "Frame-Ancestors *"),
            ("strict-transport-security", "max-age=1; includeSubDomains"),
            ("clear-site-data", "\"*\""),
            ("alt-svc", "h2=\":1\""),
        ]);
        assert_eq!(
            shown(&to_browser(&said, "http://localhost:3000", 80)),
            [
                "content-security-policy: default-src 'self'; script-src 'self'",
                "content-security-policy: frame-ancestors http://localhost:3000",
                "referrer-policy: same-origin",
            ]
        );
    }

    #[test]
    fn a_site_that_sends_to_itself_stays_in_its_preview() {
        let to = |value: &str, port| {
            let out = to_browser(&headers(&[("location", value)]), "'none'", port);
            out.get("location").expect("kept").to_str().expect("text").to_owned()
        };
        assert_eq!(to("http://localhost/berths/", 80), "/berths/");
        assert_eq!(to("http://localhost:80", 80), "/");
        assert_eq!(to("http://127.0.0.1:8080/a?b#c", 8080), "/a?b#c");
        assert_eq!(to("http://localhost:8080?x", 8080), "/?x");
        for stays in [
            "/relative",
            "http://localhost:81/",
            "http://localhost.example.org/",
            "http://localhost//evil",
            "https://example.org/",
        ] {
            assert_eq!(to(stays, 80), stays);
        }
    }
}
