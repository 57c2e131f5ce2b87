//! Problems of a request, as answers for people.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse, Redirect, Response},
};

/// Why a request could not be carried out.
#[derive(Debug)]
pub enum Problem {
    /// Nobody is signed in.
    SignedOut,
    /// A use case said no.
    Refused(platform::Error),
}

impl Problem {
    /// Our own fault, told to the log.
    #[must_use]
    pub fn internal(words: impl Into<String>) -> Self {
        Self::Refused(platform::Error::Internal(words.into().into()))
    }
}

impl From<platform::Error> for Problem {
    fn from(error: platform::Error) -> Self {
        Self::Refused(error)
    }
}

impl From<tower_sessions::session::Error> for Problem {
    fn from(error: tower_sessions::session::Error) -> Self {
        Self::internal(format!("the session store: {error}"))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, words) = match self {
            Self::SignedOut => return Redirect::to("/signin").into_response(),
            Self::Refused(error) => told(&error),
        };
        (status, Html(app::pages::problem::document(&words))).into_response()
    }
}

/// The status and the words for a refusal. What is our own fault goes to the log and not to the reader.
#[must_use]
pub fn told(error: &platform::Error) -> (StatusCode, String) {
    let status = match error {
        platform::Error::NotFound => StatusCode::NOT_FOUND,
        platform::Error::Forbidden => StatusCode::FORBIDDEN,
        platform::Error::Conflict(_) => StatusCode::CONFLICT,
        platform::Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        platform::Error::Internal(source) => {
            tracing::error!(error = %source, "a request failed");
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    (status, error.to_string())
}
