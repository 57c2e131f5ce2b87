//! One request to a port of a box, and its answer.

use std::time::Duration;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, Version, header},
    response::Response,
};
use http_body_util::Limited;
use hyper::{client::conn::http1, upgrade};
use hyper_util::rt::TokioIo;
use labs::sandbox::{Dialled, Line};
use platform::{Platform, boxes::PreviewOf};
use tokio::{io::copy_bidirectional, time::timeout};
use tokio_util::sync::CancellationToken;

use super::{
    headers,
    origin::Asked,
    page::{page, waiting},
};

/// The largest body in either direction, in bytes.
const MAX_UP: usize = 16 << 20;
const MAX_DOWN: usize = 64 << 20;
/// How long a site may take to begin with its answer.
const BEGIN: Duration = Duration::from_secs(60);
/// How long a request may take in all, unless it becomes a connection of its own (a WebSocket).
const WHOLE: Duration = Duration::from_secs(600);

/// Why there is no answer of the site's.
enum Trouble {
    Silent,
    NoHttp,
    Late,
}

/// Asks the box and gives its answer, or a page that says why there is none.
pub async fn forward(platform: &Platform, of: PreviewOf, asked: &Asked, request: Request) -> Response {
    let say = |status, heading: &str, words: &str| page(status, &asked.framed_by, heading, words);
    if request.method() == Method::CONNECT {
        return say(
            StatusCode::METHOD_NOT_ALLOWED,
            "This is not a proxy",
            "Only pages of the box can be asked for here.",
        );
    }
    let line = match platform.dial_preview(of).await {
        Ok(Dialled::Through(line)) => line,
        Ok(Dialled::NobodyListens) => {
            return waiting(
                &asked.framed_by,
                &format!("Nothing listens on port {} in the box yet", of.port),
                "When a service in the box listens there, its page is shown here. In the terminal, ss -tln lists who listens.",
            );
        }
        Err(platform::Error::Conflict(_) | platform::Error::NotFound | platform::Error::Forbidden) => {
            return say(StatusCode::GONE, "This preview is over", "Its box is gone, and so is what it served.");
        }
        Err(platform::Error::Unavailable(words)) => {
            return say(StatusCode::SERVICE_UNAVAILABLE, "The box can't be reached right now", &words);
        }
        Err(error) => {
            let (status, words) = crate::http::error::told(&error);
            return say(status, "This did not work", &words);
        }
    };
    match exchange(line, of.port, asked, request, platform.preview_closed(of)).await {
        Ok(answer) => answer,
        Err(Trouble::Silent) => waiting(
            &asked.framed_by,
            "The service hung up",
            &format!("Whatever listens on port {} closed the connection without an answer.", of.port),
        ),
        Err(Trouble::NoHttp) => say(
            StatusCode::BAD_GATEWAY,
            "This is not a web site",
            &format!("Whatever listens on port {} does not answer as a web server does.", of.port),
        ),
        Err(Trouble::Late) => say(
            StatusCode::GATEWAY_TIMEOUT,
            "The service does not answer",
            &format!(
                "Whatever listens on port {} took the request and said nothing for {} seconds.",
                of.port,
                BEGIN.as_secs()
            ),
        ),
    }
}

async fn exchange(
    line: Box<dyn Line>,
    port: u16,
    asked: &Asked,
    mut request: Request,
    closed: CancellationToken,
) -> Result<Response, Trouble> {
    let wanted = wanted_upgrade(request.headers());
    // Taken before the request goes on; it comes true only after a 101.
    let browser = wanted.is_some().then(|| upgrade::on(&mut request));
    let (mut sender, connection) = http1::Builder::new()
        .title_case_headers(true)
        .handshake(TokioIo::new(line))
        .await
        .map_err(|_| Trouble::NoHttp)?;
    let over = closed.clone().cancelled_owned();
    let driven = connection.with_upgrades();
    tokio::spawn(async move {
        // It ends with the answer's last byte, with its time, or with the attempt.
        tokio::select! {
            _ = timeout(WHOLE, driven) => {}
            () = over => {}
        }
    });
    let request = for_box(request, asked, port, wanted.as_ref());
    let mut answer = match timeout(BEGIN, sender.send_request(request)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) if error.is_parse() => return Err(Trouble::NoHttp),
        Ok(Err(_)) => return Err(Trouble::Silent),
        Err(_) => return Err(Trouble::Late),
    };
    let mut out = headers::to_browser(answer.headers(), &asked.framed_by, port);
    let status = answer.status();
    if status == StatusCode::SWITCHING_PROTOCOLS {
        let (Some(browser), Some(agreed)) = (browser, answer.headers().get(header::UPGRADE).cloned()) else {
            return Err(Trouble::NoHttp);
        };
        let site = upgrade::on(&mut answer);
        let over = closed.cancelled_owned();
        tokio::spawn(async move {
            let carry = async {
                let (Ok(browser), Ok(site)) = tokio::join!(browser, site) else { return };
                // Either side hangs up by hanging up.
                let _ = copy_bidirectional(&mut TokioIo::new(browser), &mut TokioIo::new(site)).await;
            };
            tokio::select! {
                () = carry => {}
                () = over => {}
            }
        });
        out.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
        out.insert(header::UPGRADE, agreed);
        return Ok(response(status, out, Body::empty()));
    }
    let body = Body::new(Limited::new(answer.into_body(), MAX_DOWN));
    Ok(response(status, out, body))
}

fn response(status: StatusCode, headers: HeaderMap, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn for_box(request: Request, asked: &Asked, port: u16, wanted: Option<&HeaderValue>) -> axum::http::Request<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut out = axum::http::Request::new(Body::new(Limited::new(body, MAX_UP)));
    *out.method_mut() = parts.method;
    *out.uri_mut() = path.parse().unwrap_or_else(|_| Uri::from_static("/"));
    *out.version_mut() = Version::HTTP_11;
    *out.headers_mut() = headers::to_box(&parts.headers, &asked.origin, port, wanted);
    out
}

/// What the browser wants the connection to become.
fn wanted_upgrade(headers: &HeaderMap) -> Option<HeaderValue> {
    let connection = headers.get(header::CONNECTION)?.to_str().ok()?;
    let asks = connection.split(',').any(|word| word.trim().eq_ignore_ascii_case("upgrade"));
    asks.then(|| headers.get(header::UPGRADE).cloned()).flatten()
}
