//! What is answered in an exercise: kept while it is typed, and handed in.

use std::str::FromStr;

use axum::{
    Form, Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use labs::exercise::Answers;
use platform::{Platform, views::Comment};
use serde_json::json;
use uuid::Uuid;

use super::{
    error::{Problem, told},
    forms::SignedIn,
};

/// The fields of a form: a field that is named twice has two texts.
type Fields = Form<Vec<(String, String)>>;

fn answers(Form(fields): Fields) -> Answers {
    let mut answers = Answers::new();
    for (field, text) in fields {
        answers.entry(field).or_default().push(text);
    }
    answers
}

/// The text of a field.
fn said(answers: &Answers, field: &str) -> String {
    answers.get(field).and_then(|texts| texts.last()).cloned().unwrap_or_default()
}

/// What a field says of itself, where it says something of the kind; words for who left it out.
fn one<T: FromStr>(answers: &Answers, field: &str, words: &str) -> Result<T, Problem> {
    said(answers, field).trim().parse().map_err(|_| platform::Error::Conflict(words.into()).into())
}

/// `POST /attempts/{id}/answers`: for a script, which asks for JSON, no more than whether it was kept.
pub async fn save(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let kept = platform.answer(&viewer, attempt, &answers(fields)).await;
    let script = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == b"application/json");
    Ok(match kept {
        Ok(()) if script => StatusCode::NO_CONTENT.into_response(),
        Ok(()) => Redirect::to(&format!("/attempts/{attempt}")).into_response(),
        Err(error) if script => {
            let (status, words) = told(&error);
            (status, Json(json!({ "words": words }))).into_response()
        }
        Err(error) => return Err(error.into()),
    })
}

/// `POST /attempts/{id}/comments`: with it comes all that stands in the form.
pub async fn comment(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let answers = answers(fields);
    platform.answer(&viewer, attempt, &answers).await?;
    let comment = Comment {
        file: said(&answers, "remark-file"),
        line: one(&answers, "remark-line", "Say which line you mean, by its number after the change.")?,
        category: one(&answers, "remark-category", "Say what the remark is about.")?,
        severity: one(&answers, "remark-severity", "Say how bad it is.")?,
        text: said(&answers, "remark-text"),
    };
    platform.comment(&viewer, attempt, &comment).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}#remarks")))
}

/// `POST /attempts/{id}/comments/take-back`
pub async fn take_back(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let answers = answers(fields);
    platform.answer(&viewer, attempt, &answers).await?;
    let number = one(&answers, "take-back", "Say which remark you mean.")?;
    platform.take_back(&viewer, attempt, number).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}#remarks")))
}

/// `POST /attempts/{id}/moves`
pub async fn make_move(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let answers = answers(fields);
    platform.answer(&viewer, attempt, &answers).await?;
    platform.make_move(&viewer, attempt, &said(&answers, "move")).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}#now")))
}

/// `POST /attempts/{id}/hand-in`
pub async fn hand_in(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    platform.answer(&viewer, attempt, &answers(fields)).await?;
    platform.finish(&viewer, attempt).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}")))
}
