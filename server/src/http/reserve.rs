//! The forms by which machines are reserved.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use chrono::{DateTime, NaiveDateTime, Utc};
use platform::Platform;
use serde::Deserialize;
use uuid::Uuid;

use super::{error::Problem, forms::SignedIn};

/// What the form of a lab's page sends.
#[derive(Deserialize)]
pub struct Reserve {
    /// As `datetime-local` has it, in UTC.
    #[serde(default)]
    at: String,
    #[serde(default)]
    places: String,
}

/// `POST /labs/{id}/reserve`
pub async fn reserve(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(lab): Path<String>,
    Form(form): Form<Reserve>,
) -> Result<Redirect, Problem> {
    let places = form.places.trim().parse().unwrap_or_default();
    platform.reserve(&viewer, &lab, moment(&form.at), places).await?;
    Ok(Redirect::to(&format!("/labs/{lab}#reserve")))
}

/// Which reservation.
#[derive(Deserialize)]
pub struct Cancel {
    #[serde(default)]
    reservation: String,
}

/// `POST /labs/{id}/cancel-reservation`
pub async fn cancel(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(lab): Path<String>,
    Form(form): Form<Cancel>,
) -> Result<Redirect, Problem> {
    // What names none is one that is not there any more.
    let reservation = form.reservation.parse().unwrap_or(Uuid::nil());
    platform.cancel_reservation(&viewer, reservation).await?;
    Ok(Redirect::to(&format!("/labs/{lab}#reserve")))
}

/// A time as a browser writes it, with or without seconds.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let read = |format| NaiveDateTime::parse_from_str(text, format).ok();
    read("%Y-%m-%dT%H:%M").or_else(|| read("%Y-%m-%dT%H:%M:%S")).map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn times_are_read_as_browsers_write_them() {
        let expected = "2026-11-24T10:00:00+00:00";
        for text in ["2026-11-24T10:00", "2026-11-24T10:00:00"] {
            assert_eq!(moment(text).map(|time| time.to_rfc3339()).as_deref(), Some(expected));
        }
        for wrong in ["", "tomorrow", "2026-13-01T10:00"] {
            assert_eq!(moment(wrong), None);
        }
    }
}
