//! Recordings as files: `asciinema play` takes them, and so does the page that plays them.

use std::io::{self, Read};

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use flate2::read::GzDecoder;
use futures::stream;
use platform::{KeptRecording, Platform};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::{error::Problem, forms::SignedIn};

/// How much of an unpacked recording is sent at a time.
const PIECE: usize = 64 << 10;

/// `GET /attempts/{id}/recordings/{n}`, with or without `.cast` at the end.
pub async fn recording(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path((attempt, name)): Path<(Uuid, String)>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = name.strip_suffix(".cast").unwrap_or(&name);
    let terminal: u32 = number.parse().map_err(|_| platform::Error::NotFound)?;
    let kept = platform.recording(&viewer, attempt, terminal).await?;
    let packed = headers.get_all(header::ACCEPT_ENCODING).iter().any(takes_gzip);
    // The pieces are made on a thread of their own: files are read there, and unpacked where that must be.
    let (sender, receiver) = mpsc::channel::<io::Result<Bytes>>(4);
    tokio::task::spawn_blocking(move || {
        let sent = send(&kept, packed, &sender);
        if let Err(error) = sent {
            // Whoever has gone needs no word of it.
            let _ = sender.blocking_send(Err(error));
        }
    });
    let body = Body::from_stream(stream::unfold(receiver, async |mut receiver| {
        let piece = receiver.recv().await?;
        Some((piece, receiver))
    }));
    let name = format!("attachment; filename=\"{attempt}-{terminal}.cast\"");
    let mut response = (StatusCode::OK, body).into_response();
    let about = response.headers_mut();
    about.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-asciicast"));
    about.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(name) = name.parse() {
        about.insert(header::CONTENT_DISPOSITION, name);
    }
    if packed {
        about.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(response)
}

/// Whether whoever asks unpacks by themselves.
fn takes_gzip(value: &HeaderValue) -> bool {
    let Ok(value) = value.to_str() else { return false };
    value.split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        let named = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip") || name == "*");
        let refused =
            parts.any(|part| matches!(part.replace(' ', "").as_str(), "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
        named && !refused
    })
}

fn send(kept: &KeptRecording, packed: bool, to: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    let file = std::fs::File::open(&kept.path)?.take(kept.bytes).chain(&kept.tail[..]);
    if packed { pump(file, to) } else { pump(GzDecoder::new(io::BufReader::new(file)), to) }
}

fn pump(mut from: impl Read, to: &mpsc::Sender<io::Result<Bytes>>) -> io::Result<()> {
    loop {
        let mut piece = Vec::with_capacity(PIECE);
        let count = from.by_ref().take(PIECE as u64).read_to_end(&mut piece)?;
        // Whoever has gone needs no more.
        if count == 0 || to.blocking_send(Ok(piece.into())).is_err() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("gzip, deflate, br", true)]
    #[case("br;q=1.0, GZIP;q=0.5", true)]
    #[case("*", true)]
    #[case("identity", false)]
    #[case("gzip;q=0", false)]
    #[case("gzip; q=0.0, br", false)]
    #[case("", false)]
    fn who_unpacks_by_themselves_is_known(#[case] value: &str, #[case] takes: bool) {
        assert_eq!(takes_gzip(&value.parse().unwrap()), takes);
    }
}
