//! What people say of work, and how they are asked.

use axum::{
    Form,
    extract::{Path, State},
    response::Redirect,
};
use platform::{
    Platform,
    views::{Deciding, Draft, DraftRating, Served},
};
use scorecards::{
    event::work::Substance,
    scorecard::{Decision, Given, Label},
};
use serde::{Deserialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{error::Problem, forms::SignedIn};

type Fields = Form<Vec<(String, String)>>;

/// A word as it is stored, where it is one.
fn word<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_value(text.into()).ok()
}

fn level(text: &str) -> Option<Given> {
    match text.parse::<u8>() {
        Ok(number) => serde_json::from_value(number.into()).ok(),
        Err(_) => word(text),
    }
}

fn draft(Form(fields): Fields) -> Draft {
    let mut draft = Draft::default();
    for (field, text) in fields {
        if field == "overall" {
            draft.overall = word::<Label>(&text);
        } else if field == "served" {
            draft.served = text.parse().map(Served::Grade).ok().or_else(|| word(&text));
        } else if let Some((what, dimension)) = field.split_once('-') {
            let rating: &mut DraftRating = draft.ratings.entry(dimension.into()).or_default();
            match what {
                "level" => rating.level = level(&text),
                "quote" => rating.quote = text,
                "comment" => rating.comment = text,
                _ => {}
            }
        }
    }
    draft
}

/// `POST /judging/{id}/keep`
pub async fn keep(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(case): Path<Uuid>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    platform.keep_rating(&viewer, case, &draft(fields)).await?;
    Ok(Redirect::to("/judging"))
}

/// `POST /judging/{id}/rate`
pub async fn rate(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(case): Path<Uuid>,
    fields: Fields,
) -> Result<Redirect, Problem> {
    platform.rate(&viewer, case, &draft(fields)).await?;
    Ok(Redirect::to(&format!("/judging/{case}")))
}

/// What a decision is made of, as it comes.
#[derive(Deserialize)]
pub struct Decided {
    #[serde(default)]
    decision: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    substance: String,
}

/// `POST /judging/{id}/decide`
pub async fn decide(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(case): Path<Uuid>,
    Form(decided): Form<Decided>,
) -> Result<Redirect, Problem> {
    let deciding = Deciding {
        decision: word::<Decision>(&decided.decision),
        reason: decided.reason,
        substance: word::<Substance>(&decided.substance),
    };
    platform.decide(&viewer, case, &deciding).await?;
    Ok(Redirect::to("/judging"))
}

/// What somebody says against a check.
#[derive(Deserialize)]
pub struct Disputed {
    #[serde(default)]
    check: String,
    #[serde(default)]
    words: String,
}

/// `POST /attempts/{id}/dispute`
pub async fn dispute(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    Form(said): Form<Disputed>,
) -> Result<Redirect, Problem> {
    platform.dispute(&viewer, attempt, &said.check, &said.words).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}/result#judged")))
}

/// A better runbook.
#[derive(Deserialize)]
pub struct Improved {
    #[serde(default)]
    text: String,
    #[serde(default)]
    why: String,
}

/// `POST /attempts/{id}/runbook`
pub async fn improve(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Path(attempt): Path<Uuid>,
    Form(said): Form<Improved>,
) -> Result<Redirect, Problem> {
    platform.improve(&viewer, attempt, &said.text, &said.why).await?;
    Ok(Redirect::to(&format!("/attempts/{attempt}/result#judged")))
}

/// What somebody has to show.
#[derive(Deserialize)]
pub struct Shown {
    #[serde(default)]
    goal: String,
    #[serde(default)]
    words: String,
}

/// `POST /evidence`
pub async fn show(
    State(platform): State<Platform>,
    SignedIn(viewer): SignedIn,
    Form(said): Form<Shown>,
) -> Result<Redirect, Problem> {
    platform.hand_in_evidence(&viewer, &said.goal, &said.words).await?;
    Ok(Redirect::to("/evidence#handed-in"))
}
