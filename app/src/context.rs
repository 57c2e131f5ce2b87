//! What a request brings: the platform, who is asking, and how a page ends that can't be shown.

use http::{StatusCode, request::Parts};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use platform::{Error, Platform, views::Viewer};
use tower_sessions::Session;
use uuid::Uuid;

use crate::{api::Problem, pages};

/// The key of a session under which the id of who is signed in is kept, as a `Uuid`.
pub const VIEWER_KEY: &str = "viewer";

/// Why a page is not the one that was asked for.
pub(crate) enum Stop {
    /// Somebody must sign in first.
    SignIn,
    /// Another page is the right one now.
    Redirect(String),
    /// There is no such thing, or not for this viewer.
    NotFound,
    /// The viewer may not.
    Forbidden,
    /// It can't be done now, in words with a way on.
    Words(StatusCode, String),
    /// Something broke on our side; it is in the log.
    Broken,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::Forbidden => Self::Forbidden,
            Error::Conflict(words) => Self::Words(StatusCode::CONFLICT, words),
            Error::Unavailable(words) => Self::Words(StatusCode::SERVICE_UNAVAILABLE, words),
            other => {
                log(&other, "a page could not be made");
                Self::Broken
            }
        }
    }
}

/// The platform of this server.
pub(crate) fn platform() -> Platform {
    expect_context()
}

/// Who is signed in, if anybody is.
pub(crate) async fn viewer() -> Result<Option<Viewer>, Stop> {
    let broken = |what: &str, error: &dyn std::fmt::Display| {
        tracing::error!(%error, "{what}");
        Stop::Broken
    };
    let session: Session = leptos_axum::extract().await.map_err(|error| broken("there is no session layer", &error))?;
    let id = session.get::<Uuid>(VIEWER_KEY).await.map_err(|error| broken("the session could not be read", &error))?;
    Ok(match id {
        Some(id) => platform().viewer(id).await?,
        None => None,
    })
}

/// Who is signed in, or the way to the sign-in page.
pub(crate) async fn signed_in() -> Result<(Platform, Viewer), Stop> {
    let viewer = viewer().await?.ok_or(Stop::SignIn)?;
    Ok((platform(), viewer))
}

/// Who calls a server function.
pub(crate) async fn caller() -> Result<(Platform, Viewer), Problem> {
    let found = viewer().await.map_err(|_| Problem::Broken)?;
    let viewer = found.ok_or_else(|| with_status(StatusCode::UNAUTHORIZED, Problem::SignedOut))?;
    Ok((platform(), viewer))
}

/// What a server function answers when the platform refuses.
pub(crate) fn problem(error: Error) -> Problem {
    match error {
        Error::NotFound | Error::Forbidden => with_status(StatusCode::NOT_FOUND, Problem::NotFound),
        Error::Conflict(words) => with_status(StatusCode::CONFLICT, Problem::Refused(words)),
        Error::Unavailable(words) => with_status(StatusCode::SERVICE_UNAVAILABLE, Problem::Refused(words)),
        other => {
            log(&other, "a server function failed");
            with_status(StatusCode::INTERNAL_SERVER_ERROR, Problem::Broken)
        }
    }
}

/// Writes down what is our own fault, with what is behind it.
fn log(error: &Error, what: &str) {
    let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    tracing::error!(%error, source, "{what}");
}

fn with_status(status: StatusCode, problem: Problem) -> Problem {
    set_status(status);
    problem
}

/// Sets the status of the response; outside a request there is none.
pub(crate) fn set_status(status: StatusCode) {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(status);
    }
}

/// The path and query of the request, to come back to.
fn address() -> String {
    use_context::<Parts>()
        .and_then(|parts| parts.uri.path_and_query().map(ToString::to_string))
        .unwrap_or_else(|| "/".into())
}

/// A page from what is loaded, or the page that says why not, with the right status.
pub(crate) fn page<T: Send + 'static>(
    load: impl Future<Output = Result<T, Stop>> + Send + 'static,
    show: impl FnOnce(T) -> AnyView + Send + 'static,
) -> impl IntoView {
    let body = Suspend::new(async move {
        match load.await {
            Ok(value) => show(value),
            Err(stop) => stopped(stop),
        }
    });
    view! { <Suspense>{body}</Suspense> }
}

/// Sends whoever asked elsewhere, whatever they accept: leptos does so only for those who say that they want HTML.
fn redirect(to: &str) {
    leptos_axum::redirect(to);
    set_status(StatusCode::SEE_OTHER);
}

fn stopped(stop: Stop) -> AnyView {
    match stop {
        Stop::SignIn => {
            redirect(&format!("/signin?next={}", encoded(&address())));
            ().into_any()
        }
        Stop::Redirect(to) => {
            redirect(&to);
            ().into_any()
        }
        Stop::NotFound => pages::problem::not_found(),
        Stop::Forbidden => pages::problem::forbidden(),
        Stop::Words(status, words) => pages::problem::refused(status, words),
        Stop::Broken => pages::problem::broken(),
    }
}

/// A path as the value of a query: everything but unreserved characters and `/` is percent-encoded.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn an_address_survives_a_query() {
        assert_eq!(encoded("/attempts/1?a=b&c"), "/attempts/1%3Fa%3Db%26c");
    }
}
