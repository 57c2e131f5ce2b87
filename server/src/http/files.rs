//! Files of an attempt's box: listed, read and written by the editor's script.
//!
//! What comes from a box is never a page of ours: it is sent as a file to keep, whatever it is called. A file's version is
//! its ETag, and a write says by If-Match which version it was made from.

use std::time::Duration;

use axum::{
    Json,
    body::Body,
    extract::{Path, Query, Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use futures::{StreamExt, stream};
use http_body_util::Limited;
use labs::sandbox::At;
use platform::{
    Platform,
    boxes::{FileOf, FileProblem},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use wire::file::{Expect, Listing, MAX_WRITE, Refused};

use super::{
    LARGEST_BODY,
    error::{Problem, told},
    forms::SignedIn,
};

/// The largest file that the editor opens, in bytes.
const EDITOR: u64 = 1 << 20;

/// What is too large is listened to for so long, up to so many times what is taken.
const SWALLOWING: Duration = Duration::from_secs(10);
const SWALLOWED: usize = 4;

/// Which file.
#[derive(Deserialize)]
pub struct Wanted {
    #[serde(default)]
    path: String,
    /// On which host of the lab, where it has several.
    host: Option<String>,
    /// With root's rights.
    #[serde(default)]
    root: bool,
    /// To keep it, and not to edit it: larger files are possible, and it has no version.
    #[serde(default)]
    download: bool,
}

impl Wanted {
    fn of(self, attempt: Uuid) -> FileOf {
        FileOf {
            attempt,
            host: self.host.filter(|host| !host.is_empty()),
            at: At { path: self.path, as_root: self.root },
        }
    }
}

/// Why not, as the editor's script reads it.
#[derive(Serialize)]
struct Refusal {
    /// `missing`, `exists`, `denied`, `no_root`, `changed`, …
    why: &'static str,
    /// In words.
    words: String,
}

/// A problem as a script wants it: JSON, whatever went wrong.
pub struct ForScripts(FileProblem);

impl From<FileProblem> for ForScripts {
    fn from(problem: FileProblem) -> Self {
        Self(problem)
    }
}

impl IntoResponse for ForScripts {
    fn into_response(self) -> Response {
        let (status, why, words) = match self.0 {
            FileProblem::Platform(error) => {
                let (status, words) = told(&error);
                (status, "platform", words)
            }
            FileProblem::Refused(refused) => refusal(&refused),
        };
        (status, Json(Refusal { why, words })).into_response()
    }
}

fn refusal(refused: &Refused) -> (StatusCode, &'static str, String) {
    let mib = |bytes: u64| format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20));
    let (status, why, words) = match refused {
        Refused::Missing => (StatusCode::GONE, "missing", "There is no such file or directory.".into()),
        Refused::Exists => (StatusCode::PRECONDITION_FAILED, "exists", "There is a file of this name already.".into()),
        Refused::NotAFile => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "not_a_file",
            "This is no ordinary file: a directory, device, pipe, socket, or a view of the kernel such as /proc. The terminal shows those.".into(),
        ),
        Refused::NotADirectory => {
            (StatusCode::UNPROCESSABLE_ENTITY, "not_a_directory", "This is not a directory that can be shown here.".into())
        }
        Refused::Denied => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "denied",
            "Your user in the box has no right to this. As root you may, where sudo lets you.".into(),
        ),
        Refused::NoRoot => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "no_root",
            "Your user can't become root in this box: sudo refuses it.".into(),
        ),
        Refused::TooLarge { size, limit } => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            format!("The file has {}, and at most {} are possible here.", mib(*size), mib(*limit)),
        ),
        Refused::Changed { version: Some(_) } => {
            (StatusCode::PRECONDITION_FAILED, "changed", "The file has changed since you opened it.".into())
        }
        Refused::Changed { version: None } => {
            (StatusCode::PRECONDITION_FAILED, "gone", "The file is gone since you opened it.".into())
        }
        Refused::Full => (
            StatusCode::INSUFFICIENT_STORAGE,
            "full",
            "The disk of the box is full: the file is as it was. `df -h` in the terminal shows where.".into(),
        ),
        Refused::ReadOnly => {
            (StatusCode::UNPROCESSABLE_ENTITY, "read_only", "This part of the box can only be read.".into())
        }
        Refused::Trouble(words) => (StatusCode::UNPROCESSABLE_ENTITY, "trouble", format!("That did not work: {words}.")),
    };
    (status, why, words)
}

/// `GET /attempts/{id}/files`
pub async fn list(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Listing>, ForScripts> {
    let mut listing = platform.list_files(&viewer, wanted.of(attempt)).await?;
    listing.entries.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Json(listing))
}

/// `GET /attempts/{id}/file`
pub async fn read(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    Query(wanted): Query<Wanted>,
) -> Result<Response, ForScripts> {
    let download = wanted.download;
    let of = wanted.of(attempt);
    let name = attachment(&of.at.path);
    let contents = platform.read_file(&viewer, of, if download { MAX_WRITE } else { EDITOR }).await?;
    let writable = contents.writable;
    let (body, version) = if download {
        // It breaks off where the box does: the browser sees that there was no end.
        let pieces = stream::try_unfold(contents, async |mut contents| {
            let piece = contents.next().await.map_err(std::io::Error::other)?;
            Ok::<_, std::io::Error>(piece.map(|piece| (piece, contents)))
        });
        (Body::from_stream(pieces), None)
    } else {
        let bytes = contents.whole().await.map_err(|error| FileProblem::from(labs::sandbox::FileError::from(error)))?;
        let version = labs::hex(&Sha256::digest(&bytes));
        (Body::from(bytes), Some(version))
    };
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_DISPOSITION, name);
    headers.insert("x-writable", HeaderValue::from_static(if writable { "yes" } else { "no" }));
    if let Some(version) = version.and_then(|version| HeaderValue::from_str(&format!("\"{version}\"")).ok()) {
        headers.insert(header::ETAG, version);
    }
    Ok(response)
}

/// What a write came to.
#[derive(Serialize)]
pub struct Saved {
    version: String,
    created: bool,
}

/// `POST /attempts/{id}/file`, the file as the body. `If-Match` names the version that is replaced, `If-None-Match: *` says
/// that there must be none; without either whatever is there is replaced.
pub async fn write(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Saved>, ForScripts> {
    let expect = expected(&headers).ok_or_else(|| {
        FileProblem::Platform(platform::Error::Conflict(
            "The browser sent no version that is one. Reload the page.".into(),
        ))
    })?;
    let written = platform.write_file(&viewer, wanted.of(attempt), &body, expect).await?;
    Ok(Json(Saved { version: written.after, created: written.before.is_none() }))
}

fn expected(headers: &HeaderMap) -> Option<Expect> {
    if headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*") {
        return Some(Expect::Absent);
    }
    let Some(version) = headers.get(header::IF_MATCH) else { return Some(Expect::Anything) };
    let version = version.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?;
    let sound = version.len() == 64 && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    sound.then(|| Expect::Version(version.to_ascii_lowercase()))
}

/// The name under which a browser keeps it.
fn attachment(path: &str) -> HeaderValue {
    let name = path.rsplit('/').next().unwrap_or_default();
    let mut encoded = String::new();
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{encoded}"))
        .unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}

/// Reads and forgets what is being sent, within bounds: whoever is still sending when the connection closes gets no answer.
async fn swallow(body: Body) {
    let mut pieces = body.into_data_stream();
    let _ = tokio::time::timeout(SWALLOWING, async { while let Some(Ok(_)) = pieces.next().await {} }).await;
}

/// Bounds what a request may bring: a file for a box may be larger than what our own pages send.
pub async fn limit(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let file =
        request.method() == axum::http::Method::POST && path.starts_with("/attempts/") && path.ends_with("/file");
    let most = if file { usize::try_from(MAX_WRITE).unwrap_or(usize::MAX) } else { LARGEST_BODY };
    let announced = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    if let Some(announced) = announced.filter(|announced: &usize| *announced > most) {
        // Whoever asks before they send, or sends far too much, is answered at once.
        let asks = request.headers().contains_key(header::EXPECT);
        if !asks && announced <= most.saturating_mul(SWALLOWED) {
            swallow(request.into_body()).await;
        }
        if !file {
            return StatusCode::PAYLOAD_TOO_LARGE.into_response();
        }
        let too_large = Refused::TooLarge { size: announced as u64, limit: most as u64 };
        return ForScripts(FileProblem::Refused(too_large)).into_response();
    }
    next.run(request.map(|body| Body::new(Limited::new(body, most)))).await
}

impl From<Problem> for ForScripts {
    fn from(problem: Problem) -> Self {
        let error = match problem {
            Problem::Refused(error) => error,
            Problem::SignedOut => {
                platform::Error::Conflict("You have been signed out. Reload the page to sign in.".into())
            }
        };
        Self(FileProblem::Platform(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_says_what_it_replaces() {
        let expected = |list: &[(header::HeaderName, &str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in list {
                headers.insert(name.clone(), value.parse().unwrap());
            }
            super::expected(&headers)
        };
        let version = "A".repeat(64);
        assert_eq!(expected(&[]), Some(Expect::Anything));
        assert_eq!(expected(&[(header::IF_NONE_MATCH, "*")]), Some(Expect::Absent));
        let quoted = format!("\"{version}\"");
        assert_eq!(expected(&[(header::IF_MATCH, &quoted)]), Some(Expect::Version("a".repeat(64))));
        for wrong in [version.as_str(), "\"short\"", "*", "\"\"", "W/\"x\""] {
            assert_eq!(expected(&[(header::IF_MATCH, wrong)]), None, "{wrong}");
        }
    }

    #[test]
    fn a_download_is_named_after_its_file() {
        let named = |path: &str| attachment(path).to_str().unwrap().to_owned();
        assert_eq!(named("/etc/nginx/nginx.conf"), "attachment; filename*=UTF-8''nginx.conf");
        assert_eq!(named("/tmp/a \"b\"\r\nx: ü"), "attachment; filename*=UTF-8''a%20%22b%22%0D%0Ax%3A%20%C3%BC");
    }
}
