//! What labs were like when attempts at them were made.

use labs::grader::Questions;
use scorecards::marking::Marking;
use sqlx::types::Json;

use super::{Store, StoreError, Tx, pool::sql};

/// A lab as it was once.
#[derive(Clone, Debug, PartialEq)]
pub struct LabVersion {
    /// Its title.
    pub title: String,
    /// How it was marked.
    pub marking: Marking,
    /// What its checks asked; `None` for one that was kept before that was.
    pub questions: Option<Questions>,
}

impl LabVersion {
    /// As a lab is now.
    #[must_use]
    pub fn of(lab: &labs::catalog::Lab) -> Self {
        let questions = Some(labs::grader::questions(lab));
        Self { title: lab.title.clone(), marking: lab.marking(), questions }
    }
}

/// Keeps how a lab is now; one that is kept already stays as it is, for its version names its content.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn keep(tx: &mut Tx, lab: &str, version: &str, as_it_is: &LabVersion) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "insert into lab_versions (lab, version, title, marking, questions) values ($1, $2, $3, $4, $5)
                  on conflict (lab, version) do nothing",
        lab, version, &as_it_is.title, Json(&as_it_is.marking), as_it_is.questions.as_ref().map(Json)
    )?;
    Ok(())
}

/// A lab as it was.
///
/// # Errors
/// [`StoreError::Database`], also for a marking that can't be read.
pub async fn version(store: &Store, lab: &str, version: &str) -> Result<Option<LabVersion>, StoreError> {
    let row = sql!(
        store.read,
        fetch_optional as (String, Json<Marking>, Option<Json<Questions>>):
            "select title, marking, questions from lab_versions where lab = $1 and version = $2",
        lab, version
    )?;
    Ok(row.map(|(title, Json(marking), questions)| LabVersion {
        title,
        marking,
        questions: questions.map(|Json(questions)| questions),
    }))
}
