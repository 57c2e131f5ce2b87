//! Where previews are: each has an origin of its own, so that what a box serves never meets Belay's pages or cookies.

use axum::http::{HeaderMap, header, uri::Authority};

use crate::http::security::is_loopback;

/// Where previews are on the machine itself. Browsers lead every name below `localhost` to it.
const LOCAL: &str = "preview.localhost";

/// How this server is reached, as far as previews depend on it.
#[derive(Clone, Debug)]
pub struct Origins {
    /// The domain below which every name leads to this server, where there is one.
    pub domain: Option<String>,
    /// The address people type, where a proxy stands in front.
    pub public_url: Option<String>,
}

/// What a request's `Host` says of previews.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The name of the preview; nothing good where the host is none.
    pub name: String,
    /// The origin as the browser knows it.
    pub origin: String,
    /// The origins of our own pages that may frame it.
    pub framed_by: String,
}

impl Origins {
    /// What a request asks for, if its host is one of previews. Such a request never reaches our own pages, whatever else
    /// is wrong with it.
    #[must_use]
    pub fn asked(&self, host: &str) -> Option<Asked> {
        let (name, port) = parts(host);
        let below = |domain: &str| {
            if name == domain {
                return Some(String::new());
            }
            Some(name.strip_suffix(domain)?.strip_suffix('.')?.to_owned())
        };
        if let Some(name) = below(LOCAL) {
            let here = |host: &str| format!("http://{host}{port}");
            let framed_by = format!("{} {}", here("localhost"), here("127.0.0.1"));
            return Some(Asked { origin: here(&format!("{name}.{LOCAL}")), name, framed_by });
        }
        let domain = self.domain.as_deref()?;
        let name = below(parts(domain).0.as_str())?;
        let (scheme, end) = (self.scheme(), self.end(&port));
        let framed_by = self.public_url.clone().unwrap_or_else(|| "'none'".into());
        Some(Asked { origin: format!("{scheme}://{name}.{end}"), name, framed_by })
    }

    /// The origin of a preview for somebody who reached our pages by this host; `None` where there can be none.
    #[must_use]
    pub fn origin(&self, host: &str, name: &str) -> Option<String> {
        let (scheme, end) = self.place(host)?;
        Some(format!("{scheme}://{name}.{end}"))
    }

    /// What our pages may frame, as a policy writes it; empty where there are no previews.
    #[must_use]
    pub fn framed(&self, host: &str) -> String {
        self.place(host).map(|(scheme, end)| format!("{scheme}://*.{end}")).unwrap_or_default()
    }

    fn place(&self, host: &str) -> Option<(&'static str, String)> {
        let (_, port) = parts(host);
        if self.domain.is_some() {
            return Some((self.scheme(), self.end(&port)));
        }
        is_loopback(host).then(|| ("http", format!("{LOCAL}{port}")))
    }

    fn scheme(&self) -> &'static str {
        if self.public_url.as_ref().is_some_and(|url| url.starts_with("https://")) { "https" } else { "http" }
    }

    /// The domain with its port: the one it was given, or that of our own pages.
    fn end(&self, port: &str) -> String {
        let domain = self.domain.as_deref().unwrap_or(LOCAL);
        let (name, own) = parts(domain);
        let port = match (&self.public_url, own.is_empty()) {
            (_, false) => own,
            (Some(url), true) => parts(url.rsplit('/').next().unwrap_or_default()).1,
            (None, true) => port.to_owned(),
        };
        format!("{name}{port}")
    }
}

/// The host of a request.
#[must_use]
pub fn host(headers: &HeaderMap, uri: &axum::http::Uri) -> String {
    let named = headers.get(header::HOST).and_then(|value| value.to_str().ok());
    named.or_else(|| uri.authority().map(Authority::as_str)).unwrap_or_default().to_owned()
}

/// Name and port, the port with its colon; the name as names are compared.
fn parts(host: &str) -> (String, String) {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (name, format!(":{port}")),
        _ => (host, String::new()),
    };
    (name.trim_end_matches('.').to_ascii_lowercase(), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Origins = Origins { domain: None, public_url: None };

    fn proxied(domain: &str) -> Origins {
        Origins { domain: Some(domain.into()), public_url: Some("https://belay.example.org".into()) }
    }

    #[test]
    fn on_this_machine_previews_are_below_localhost() {
        for host in ["127.0.0.1:3000", "localhost:3000", "[::1]:3000"] {
            assert_eq!(HERE.origin(host, "abc").as_deref(), Some("http://abc.preview.localhost:3000"), "{host}");
            assert_eq!(HERE.framed(host), "http://*.preview.localhost:3000");
        }
        assert_eq!(HERE.origin("belay.example.org", "abc"), None, "no such name leads there");
        assert_eq!(HERE.framed("10.0.0.7:3000"), "");
    }

    #[test]
    fn with_a_domain_they_are_below_it() {
        let origins = proxied("preview.example.net");
        assert_eq!(origins.origin("127.0.0.1:3000", "abc").as_deref(), Some("https://abc.preview.example.net"));
        assert_eq!(origins.framed("127.0.0.1:3000"), "https://*.preview.example.net");
        let asked = origins.asked("abc.preview.example.net").expect("a preview");
        assert_eq!((asked.name.as_str(), asked.origin.as_str()), ("abc", "https://abc.preview.example.net"));
        assert_eq!(asked.framed_by, "https://belay.example.org");
        let with_port = proxied("preview.example.net:8443");
        assert_eq!(with_port.origin("h", "abc").as_deref(), Some("https://abc.preview.example.net:8443"));
        assert!(with_port.asked("abc.preview.example.net:8443").is_some());
    }

    #[test]
    fn a_host_of_previews_is_known_however_it_is_written() {
        for host in ["abc.preview.localhost:3000", "ABC.Preview.LOCALHOST:3000", "abc.preview.localhost.:3000"] {
            let asked = HERE.asked(host).expect(host);
            assert_eq!(
                (asked.name.as_str(), asked.origin.as_str()),
                ("abc", "http://abc.preview.localhost:3000"),
                "{host}"
            );
            assert_eq!(asked.framed_by, "http://localhost:3000 http://127.0.0.1:3000");
        }
        // Not a name that leads anywhere, and yet none of our pages' hosts.
        assert!(HERE.asked("preview.localhost").is_some_and(|asked| asked.name.is_empty()));
        assert!(HERE.asked("a.b.preview.localhost").is_some_and(|asked| asked.name == "a.b"));
        for ours in [
            "localhost:3000",
            "127.0.0.1:3000",
            "xpreview.localhost",
            "preview.localhost.example.org",
            "[::1]:3000",
            "",
        ] {
            assert_eq!(HERE.asked(ours), None, "{ours}");
        }
        assert_eq!(proxied("preview.example.net").asked("belay.example.org"), None);
        assert_eq!(proxied("preview.example.net").asked("evilpreview.example.net"), None);
    }
}
