//! The forms of an attempt's time. Each goes back to the attempt.

use axum::{
    extract::{Path, State},
    response::Redirect,
};
use platform::Platform;
use uuid::Uuid;

use super::{error::Problem, forms::SignedIn};

/// `POST /attempts/{id}/pause`
pub async fn pause(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.pause(&viewer, attempt).await?;
    Ok(back(attempt))
}

/// `POST /attempts/{id}/resume`
pub async fn resume(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.resume(&viewer, attempt).await?;
    Ok(back(attempt))
}

/// `POST /attempts/{id}/extend`
pub async fn extend(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
) -> Result<Redirect, Problem> {
    platform.extend(&viewer, attempt).await?;
    Ok(back(attempt))
}

fn back(attempt: Uuid) -> Redirect {
    Redirect::to(&format!("/attempts/{attempt}"))
}
