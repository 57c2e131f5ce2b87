//! What waits for people to judge it: what is asked, of how many, and the words to it. What they say is in
//! [events](super::events).

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use labs::catalog::Criterion;
use scorecards::event::Artefact;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use sqlx::types::Json;
use uuid::Uuid;

use super::{Store, StoreError, Tx, Word, pool::sql, word, words};

/// Something that waits for people to judge it, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// Its id; the scorecard that its ratings are on.
    pub id: Uuid,
    /// What sort of thing it is.
    pub matter: Matter,
    /// Whose it is.
    pub subject: Uuid,
    /// The attempt it comes from.
    pub attempt: Option<Uuid>,
    /// The lab; for evidence the goal that it is for.
    pub topic: String,
    /// The check that is disputed, the revision that is proposed; empty for others.
    pub part: String,
    /// What is judged at levels; nothing where it is only decided.
    pub rubric: Vec<Criterion>,
    /// What whoever judges is asked as the partner for whom it was made.
    pub survey: Option<String>,
    /// How many are to judge it.
    pub raters: u32,
    /// Whether they do not see whose it is.
    pub blind: bool,
    /// What the subject says to it.
    pub asked: Option<Artefact>,
    /// Since when it waits.
    pub asked_at: DateTime<Utc>,
    /// Until when it should be decided.
    pub due_at: DateTime<Utc>,
    /// When it was.
    pub decided_at: Option<DateTime<Utc>>,
}

/// What sort of thing is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Matter {
    /// What was handed in in an exercise.
    Work,
    /// A check that the learner says was wrong.
    Dispute,
    /// A better runbook.
    Runbook,
    /// Work outside of Belay that a goal asks for.
    Evidence,
}

words!(Matter {
    Matter::Work = "work",
    Matter::Dispute = "dispute",
    Matter::Runbook = "runbook",
    Matter::Evidence = "evidence",
});

/// Somebody who judges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judge {
    /// Who.
    pub id: Uuid,
    /// When they were done.
    pub submitted_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    matter: String,
    subject: Uuid,
    attempt: Option<Uuid>,
    topic: String,
    part: String,
    rubric: Json<Vec<Criterion>>,
    survey: Option<String>,
    raters: i32,
    blind: bool,
    asked: Option<String>,
    asked_at: DateTime<Utc>,
    due_at: DateTime<Utc>,
    decided_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Case {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let matter = word("cases", row.id, "matter", &row.matter)?;
        let raters =
            u32::try_from(row.raters).map_err(|error| StoreError::inconsistent("cases", row.id, "raters", &error))?;
        let Row { id, subject, attempt, topic, part, rubric: Json(rubric), survey, blind, asked, .. } = row;
        let Row { asked_at, due_at, decided_at, .. } = row;
        let asked = asked.map(Artefact);
        Ok(Self {
            id,
            matter,
            subject,
            attempt,
            topic,
            part,
            rubric,
            survey,
            raters,
            blind,
            asked,
            asked_at,
            due_at,
            decided_at,
        })
    }
}

/// Adds one; `false` where the same waits already.
///
/// # Errors
/// [`StoreError`].
pub async fn open(tx: &mut Tx, case: &Case) -> Result<bool, StoreError> {
    let raters = i32::try_from(case.raters).map_err(|error| StoreError::unstorable("a case", &error))?;
    let opened = sql!(
        tx,
        execute: "insert into cases (id, matter, subject, attempt, topic, part, rubric, survey, raters, blind, asked, asked_at,
                                     due_at, decided_at)
                  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
                  on conflict do nothing",
        case.id, case.matter.word(), case.subject, case.attempt, &case.topic, &case.part, Json(&case.rubric),
        case.survey.as_deref(), raters, case.blind, case.asked.as_ref().map(|asked| &asked.0), case.asked_at, case.due_at,
        case.decided_at
    )?;
    Ok(opened == 1)
}

/// One.
///
/// # Errors
/// [`StoreError`].
pub async fn by_id(store: &Store, id: Uuid) -> Result<Option<Case>, StoreError> {
    sql!(
        store.read,
        fetch_optional as Row:
            "select id, matter, subject, attempt, topic, part, rubric, survey, raters, blind, asked, asked_at, due_at, decided_at
             from cases where id = $1",
        id
    )?
    .map(Case::try_from)
    .transpose()
}

/// How those are called whose cases there are: one question, however many are listed.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn subjects(store: &Store) -> Result<BTreeMap<Uuid, String>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid, String): "select users.id, name from users where id in (select subject from cases)",
    )?;
    Ok(rows.into_iter().collect())
}

/// Those that are not decided, the one that is due first first.
///
/// # Errors
/// [`StoreError`].
pub async fn waiting(store: &Store) -> Result<Vec<Case>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, matter, subject, attempt, topic, part, rubric, survey, raters, blind, asked, asked_at, due_at, decided_at
             from cases where decided_at is null order by due_at, id",
    )?
    .into_iter()
    .map(Case::try_from)
    .collect()
}

/// Those that somebody has judged, the one that was decided last first; so many at most.
///
/// # Errors
/// [`StoreError`].
pub async fn decided_with(store: &Store, judge: Uuid, most: i64) -> Result<Vec<Case>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, matter, subject, attempt, topic, part, rubric, survey, raters, blind, asked, asked_at, due_at, decided_at
             from cases join case_judges on case_id = id
             where judge = $1 and decided_at is not null order by decided_at desc, id limit $2",
        judge, most
    )?
    .into_iter()
    .map(Case::try_from)
    .collect()
}

/// Those of an attempt, in the order in which they were asked.
///
/// # Errors
/// [`StoreError`].
pub async fn of_attempt(store: &Store, attempt: Uuid) -> Result<Vec<Case>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, matter, subject, attempt, topic, part, rubric, survey, raters, blind, asked, asked_at, due_at, decided_at
             from cases where attempt = $1 order by asked_at, id",
        attempt
    )?
    .into_iter()
    .map(Case::try_from)
    .collect()
}

/// Those of a person that come from no attempt, the newest first.
///
/// # Errors
/// [`StoreError`].
pub async fn of_person(store: &Store, subject: Uuid) -> Result<Vec<Case>, StoreError> {
    sql!(
        store.read,
        fetch_all as Row:
            "select id, matter, subject, attempt, topic, part, rubric, survey, raters, blind, asked, asked_at, due_at, decided_at
             from cases where subject = $1 and attempt is null order by asked_at desc, id",
        subject
    )?
    .into_iter()
    .map(Case::try_from)
    .collect()
}

/// Takes a case for as long as the transaction lasts, if it is not decided.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn lock_waiting(tx: &mut Tx, id: Uuid) -> Result<bool, StoreError> {
    // One statement on both engines that locks what is there.
    let locked = sql!(tx, execute: "update cases set raters = raters where id = $1 and decided_at is null", id)?;
    Ok(locked == 1)
}

/// It is decided.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn decided(tx: &mut Tx, id: Uuid, at: DateTime<Utc>) -> Result<(), StoreError> {
    sql!(tx, execute: "update cases set decided_at = $2 where id = $1", id, at)?;
    Ok(())
}

/// Keeps what somebody has written in the form of a case so far, unless they are done.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn keep_draft<D: Serialize + Sync>(
    tx: &mut Tx,
    id: Uuid,
    judge: Uuid,
    draft: &D,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    sql!(
        tx,
        execute: "insert into case_judges (case_id, judge, begun_at, draft) values ($1, $2, $3, $4)
                  on conflict (case_id, judge)
                  do update set draft = excluded.draft where case_judges.submitted_at is null",
        id, judge, at, Json(draft)
    )?;
    Ok(())
}

/// What somebody has written in the form of a case so far.
///
/// # Errors
/// [`StoreError::Database`], also for one that can't be read.
pub async fn draft<D: DeserializeOwned + Send + Unpin + 'static>(
    store: &Store,
    id: Uuid,
    judge: Uuid,
) -> Result<Option<D>, StoreError> {
    let row = sql!(
        store.read,
        fetch_optional as (Option<Json<D>>,): "select draft from case_judges where case_id = $1 and judge = $2",
        id, judge
    )?;
    Ok(row.and_then(|(draft,)| draft).map(|Json(draft)| draft))
}

/// Somebody is done with a case, whether or not they had begun; `false` when they were before.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn submitted(tx: &mut Tx, id: Uuid, judge: Uuid, at: DateTime<Utc>) -> Result<bool, StoreError> {
    let changed = sql!(
        tx,
        execute: "insert into case_judges (case_id, judge, begun_at, submitted_at) values ($1, $2, $3, $3)
                  on conflict (case_id, judge)
                  do update set submitted_at = excluded.submitted_at where case_judges.submitted_at is null",
        id, judge, at
    )?;
    Ok(changed == 1)
}

/// Who judges the cases that are not decided.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn judges_of_waiting(store: &Store) -> Result<BTreeMap<Uuid, Vec<Judge>>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid, Uuid, Option<DateTime<Utc>>):
            "select case_id, judge, submitted_at from case_judges join cases on id = case_id where decided_at is null
             order by begun_at, judge",
    )?;
    let mut judges: BTreeMap<Uuid, Vec<Judge>> = BTreeMap::new();
    for (case, id, submitted_at) in rows {
        judges.entry(case).or_default().push(Judge { id, submitted_at });
    }
    Ok(judges)
}

/// Who judges a case, in the order in which they began.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn judges_of(store: &Store, id: Uuid) -> Result<Vec<Judge>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (Uuid, Option<DateTime<Utc>>):
            "select judge, submitted_at from case_judges where case_id = $1 order by begun_at, judge",
        id
    )?;
    Ok(rows.into_iter().map(|(id, submitted_at)| Judge { id, submitted_at }).collect())
}

/// Keeps words to a case, and gives the name by which events speak of them.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn keep_words(tx: &mut Tx, id: Uuid, words: &str) -> Result<Artefact, StoreError> {
    let name = hash(words);
    sql!(
        tx,
        execute: "insert into case_words (case_id, hash, words) values ($1, $2, $3)
                  on conflict (case_id, hash) do nothing",
        id, &name.0, words
    )?;
    Ok(name)
}

/// The name by which events speak of words.
#[must_use]
pub fn hash(words: &str) -> Artefact {
    Artefact(labs::hex(&Sha256::digest(words)))
}

/// All words to a case, by the names that events have for them.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn words_of(store: &Store, id: Uuid) -> Result<BTreeMap<String, String>, StoreError> {
    let rows = sql!(
        store.read,
        fetch_all as (String, String): "select hash, words from case_words where case_id = $1",
        id
    )?;
    Ok(rows.into_iter().collect())
}
