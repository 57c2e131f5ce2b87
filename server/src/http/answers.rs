//! What is answered in an exercise: kept while it is typed, and handed in.

use std::str::FromStr;

use axum::{
    Form, Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use labs::exercise::Answers;
use platform::{
    Platform,
    views::{Comment, Viewer},
};
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

/// The remark that stands in the form; `None` where nobody began to write one.
fn remark(answers: &Answers) -> Result<Option<Comment>, Problem> {
    let text = said(answers, "remark-text");
    if text.trim().is_empty() {
        return Ok(None);
    }
    Ok(Some(Comment {
        file: said(answers, "remark-file"),
        line: one(answers, "remark-line", "Say which line you mean, by its number after the change.")?,
        category: one(answers, "remark-category", "Say what the remark is about.")?,
        severity: one(answers, "remark-severity", "Say how bad it is.")?,
        text,
    }))
}

/// Keeps all that comes with a form, also a remark that was not added yet: whatever button was pressed, nothing is lost.
async fn keep(platform: &Platform, viewer: &Viewer, attempt: Uuid, answers: &Answers) -> Result<(), Problem> {
    platform.answer(viewer, attempt, answers).await?;
    if let Some(comment) = remark(answers)? {
        platform.comment(viewer, attempt, &comment).await?;
    }
    Ok(())
}

/// `POST /attempts/{id}/answers`: for a script, which asks for JSON, no more than whether it was kept.
pub async fn save(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Problem> {
    let answers = answers(fields);
    let script = headers.get(header::ACCEPT).is_some_and(|accept| accept.as_bytes() == b"application/json");
    if !script {
        keep(&platform, &viewer, attempt, &answers).await?;
        return Ok(Redirect::to(&format!("/attempts/{attempt}")).into_response());
    }
    Ok(match platform.answer(&viewer, attempt, &answers).await {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => {
            let (status, words) = told(&error);
            (status, Json(json!({ "words": words }))).into_response()
        }
    })
}

/// `POST /attempts/{id}/comments`
pub async fn comment(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    let answers = answers(fields);
    keep(&platform, &viewer, attempt, &answers).await?;
    if remark(&answers)?.is_none() {
        let words = "Say in a sentence what you mean: a remark without words helps nobody.";
        return Err(platform::Error::Conflict(words.into()).into());
    }
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
    keep(&platform, &viewer, attempt, &answers).await?;
    let comment = serde_json::from_str(&said(&answers, "take-back"))
        .map_err(|_| platform::Error::Conflict("Say which remark you mean.".into()))?;
    platform.take_back(&viewer, attempt, &comment).await?;
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
    keep(&platform, &viewer, attempt, &answers).await?;
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
    let answers = answers(fields);
    if let Some(comment) = remark(&answers)? {
        platform.comment(&viewer, attempt, &comment).await?;
    }
    platform.hand_in(&viewer, attempt, &answers).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}")))
}
