//! What a use case says when it can't do what was asked.

use crate::store::StoreError;

/// Why a use case did not do what was asked. The texts are for people.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is somebody else's: which of the two is nobody's business.
    #[error("There is nothing here, or it is not yours to see.")]
    NotFound,
    /// Not with this role.
    #[error("Your role does not allow this. Ask an administrator if you need it.")]
    Forbidden,
    /// Not in the state that things are in; the words say which and what to do.
    #[error("{0}")]
    Conflict(String),
    /// Something that is needed does not work right now; the words say what and what to do.
    #[error("{0}")]
    Unavailable(String),
    /// Our fault. The source is for the log.
    #[error("Something went wrong on our side. Try again; if it stays, tell whoever runs this installation.")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Internal(Box::new(error))
    }
}

/// What a use case returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;
