//! A plain HTTP client with a cookie jar of one: what a script would be, rather than a browser.

use std::sync::Mutex;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client as Hyper, client::legacy::connect::HttpConnector, rt::TokioExecutor};

/// Somebody who speaks to a server.
pub struct Client {
    hyper: Hyper<HttpConnector, Full<Bytes>>,
    base: String,
    cookie: Mutex<Option<String>>,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: String,
}

impl Answer {
    /// Where it redirects to; empty if it does not.
    #[must_use]
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Client {
    /// Nobody in particular.
    #[must_use]
    pub fn new(base: &str) -> Self {
        let hyper = Hyper::builder(TokioExecutor::new()).build_http();
        Self { hyper, base: base.into(), cookie: Mutex::new(None) }
    }

    /// Somebody who has a session already: its cookie, as a request sends it.
    #[must_use]
    pub fn with_cookie(base: &str, cookie: &str) -> Self {
        Self { cookie: Mutex::new(Some(cookie.into())), ..Self::new(base) }
    }

    /// One of the demo people, by name as the sign-in page shows it.
    ///
    /// # Panics
    /// When there is nobody of that name.
    pub async fn signed_in(base: &str, name: &str) -> Self {
        let client = Self::new(base);
        let page = client.get("/signin").await.body;
        let id =
            demo_person(&page, name).unwrap_or_else(|| panic!("nobody is called {name} on the sign-in page:\n{page}"));
        let answer = client.post("/signin", &format!("demo={id}")).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{}", answer.body);
        client
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "", &[]).await
    }

    /// `POST` of a form, as a page of the same origin would send it.
    pub async fn post(&self, path: &str, form: &str) -> Answer {
        let base = self.base.clone();
        self.send(Method::POST, path, form, &[("origin", &base), ("content-type", "application/x-www-form-urlencoded")])
            .await
    }

    /// Any request.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn send(&self, method: Method, path: &str, body: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = self.cookie() {
            request = request.header(header::COOKIE, cookie);
        }
        let request = request.body(Full::new(Bytes::copy_from_slice(body.as_bytes()))).expect("a request");
        let answer = match self.hyper.request(request.clone()).await {
            Ok(answer) => answer,
            // The connection that was kept may be that of a server which a test has killed since.
            Err(_) => self.hyper.request(request).await.expect("the server answers"),
        };
        let (parts, body) = answer.into_parts();
        if let Some(cookie) = parts.headers.get(header::SET_COOKIE).and_then(|value| value.to_str().ok()) {
            let pair = cookie.split(';').next().unwrap_or_default();
            *self.cookie.lock().expect("no test panics with the lock") = Some(pair.to_string());
        }
        let body = body.collect().await.expect("a whole body").to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }

    /// The session's cookie, as a request sends it.
    #[must_use]
    pub fn cookie(&self) -> Option<String> {
        self.cookie.lock().expect("no test panics with the lock").clone()
    }
}

/// The id behind a demo person's button: `value="<uuid>"` nearest before the name.
fn demo_person(page: &str, name: &str) -> Option<String> {
    let before = &page[..page.find(name)?];
    let value = &before[before.rfind("value=\"")? + 7..];
    value.split('"').next().map(str::to_string)
}
