//! Previews: a port of an attempt's box as a web site of its own.
//!
//! Each has an origin of its own, whose host name is its right to be there: signed by this server, handed out to who may
//! work in the attempt, good for as long as that runs. A request to such a host is answered here and never reaches our
//! own pages; one to any other host never comes here.

mod headers;
pub mod origin;
mod page;
mod proxy;
pub mod token;

use std::{io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use anyhow::Context;
use axum::{
    Json,
    extract::{Path as InPath, Query, Request, State},
    http::{HeaderMap, StatusCode, Uri},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use platform::{
    Platform,
    boxes::FileProblem,
    clock::{Ids, SystemClock},
    views::Viewer,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::{origin::Origins, token::Key};
use super::{error::Problem, files::ForScripts, forms::SignedIn};
use crate::config::Config;

/// Where the key is kept, in the data directory.
const KEY_FILE: &str = "preview.key";

/// What previews need.
#[derive(Clone)]
pub struct Previews {
    platform: Platform,
    origins: Arc<Origins>,
    key: Key,
}

impl Previews {
    /// With the key of this server, which is drawn the first time.
    ///
    /// # Errors
    /// When the key can't be kept or read.
    pub fn new(config: &Config, platform: &Platform) -> anyhow::Result<Self> {
        let origins = Origins { domain: config.preview_domain.clone(), public_url: config.public_url.clone() };
        Ok(Self { platform: platform.clone(), origins: Arc::new(origins), key: kept_key(&config.data.join(KEY_FILE))? })
    }

    /// What a page that was asked for by this host may frame.
    #[must_use]
    pub fn framed(&self, host: &str) -> String {
        self.origins.framed(host)
    }
}

/// Answers what is asked of a preview's host; the rest goes on to our own pages.
pub async fn divert(State(previews): State<Previews>, request: Request, next: Next) -> Response {
    let host = origin::host(request.headers(), request.uri());
    let Some(asked) = previews.origins.asked(&host) else { return next.run(request).await };
    match previews.key.read(&asked.name) {
        Some(of) => proxy::forward(&previews.platform, of, &asked, request).await,
        None => page::page(
            StatusCode::NOT_FOUND,
            &asked.framed_by,
            "There is no such preview",
            "Open it from the page of your lab.",
        ),
    }
}

/// How somebody asks for a preview.
#[derive(Deserialize)]
pub struct Wanted {
    /// The path to begin with, where it is not the lab's.
    path: Option<String>,
    /// On which host, for a port by its number.
    host: Option<String>,
    /// Only the address, for a page that frames it.
    #[serde(default)]
    address: Option<String>,
}

/// Where a preview is.
#[derive(Serialize)]
struct Address {
    url: String,
}

/// `GET /attempts/{id}/preview/{what}`: leads to the preview, or says where it is to a page that frames it.
pub async fn open(
    State(previews): State<Previews>,
    SignedIn(viewer): SignedIn,
    InPath((attempt, what)): InPath<(Uuid, String)>,
    Query(wanted): Query<Wanted>,
    headers: HeaderMap,
    uri: Uri,
) -> Response {
    let framed = wanted.address.is_some();
    let host = origin::host(&headers, &uri);
    match (previews.address(&viewer, attempt, &what, wanted, &host).await, framed) {
        (Ok(url), true) => Json(Address { url }).into_response(),
        (Ok(url), false) => Redirect::to(&url).into_response(),
        (Err(error), true) => ForScripts::from(FileProblem::Platform(error)).into_response(),
        (Err(error), false) => Problem::from(error).into_response(),
    }
}

impl Previews {
    async fn address(
        &self,
        viewer: &Viewer,
        attempt: Uuid,
        what: &str,
        wanted: Wanted,
        host: &str,
    ) -> platform::Result<String> {
        let (of, first) = self.platform.open_preview(viewer, attempt, what, wanted.host.as_deref()).await?;
        let path = wanted.path.filter(|path| !path.is_empty()).unwrap_or(first);
        let origin = self.origins.origin(host, &self.key.name(of)).ok_or_else(|| {
            platform::Error::Unavailable(
                "Previews need an address of their own here: whoever runs this installation sets BELAY_PREVIEW_DOMAIN. \
                 Until then `curl` in the terminal shows what the box answers."
                    .into(),
            )
        })?;
        Ok(format!("{origin}{}", rooted(&path)))
    }
}

/// A path that stays below its origin, whatever was typed.
fn rooted(path: &str) -> String {
    let mut out = String::from("/");
    for byte in path.trim_start_matches(['/', '\\']).bytes() {
        match byte {
            b'!'..=b'~' if !b"\"<>\\^`{|}".contains(&byte) => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

fn kept_key(path: &Path) -> anyhow::Result<Key> {
    let drawn = || {
        let ids = Ids::unpredictable(Arc::new(SystemClock));
        (0..Key::BYTES / 8).map(|_| format!("{:016x}", ids.random())).collect::<String>()
    };
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(mut file) => {
            writeln!(file, "{}", drawn())
                .with_context(|| format!("cannot keep the key of previews in {}", path.display()))?;
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => {
            return Err(error).with_context(|| format!("cannot keep the key of previews in {}", path.display()));
        }
    }
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let bytes = data_encoding::HEXLOWER.decode(text.trim().as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
    let remove = || format!("{} holds no key: remove it, and a new one is made", path.display());
    Ok(Key::new(bytes.with_context(remove)?))
}

#[cfg(test)]
mod tests {
    use platform::boxes::PreviewOf;

    use super::*;

    #[test]
    fn a_path_never_becomes_another_host() {
        assert_eq!(rooted("/berths/?a=b&c#d"), "/berths/?a=b&c#d");
        assert_eq!(rooted("berths"), "/berths");
        assert_eq!(rooted("//evil.example.org/"), "/evil.example.org/");
        assert_eq!(rooted("/\\evil.example.org"), "/evil.example.org");
        assert_eq!(rooted("/a b\r\nx: ü"), "/a%20b%0D%0Ax:%20%C3%BC");
    }

    #[test]
    fn a_server_keeps_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        let of = PreviewOf { attempt: Uuid::nil(), host: 0, port: 80 };
        let name = kept_key(&path).unwrap().name(of);
        assert_eq!(kept_key(&path).unwrap().read(&name), Some(of));
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::write(&path, "short").unwrap();
        assert!(kept_key(&path).unwrap_err().to_string().contains("remove it"));
    }
}
