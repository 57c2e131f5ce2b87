//! Somebody says what they think of a case, before they see what others think.

use scorecards::{
    event::{
        Event,
        work::{Chooser, Cited, Given, Rated, Rating, Survey, Work},
    },
    scorecard::Label,
};
use uuid::Uuid;

use super::{Open, typed};
use crate::{
    attempts::Attempts,
    error::{Error, Result},
    store::{
        cases::{self, Case},
        events,
    },
    views::{Draft, DraftRating, Served, Viewer},
};

impl Attempts {
    /// Keeps what is in the form so far.
    pub(crate) async fn keep_rating(&self, viewer: &Viewer, case: Uuid, draft: &Draft) -> Result<()> {
        let open = self.reach_case(viewer, case).await?;
        self.keep_draft(viewer, &open, draft).await?;
        Ok(())
    }

    /// Keeps what is in the form, and is done with it: from now on the viewer sees what others think.
    pub(crate) async fn rate(&self, viewer: &Viewer, case: Uuid, draft: &Draft) -> Result<()> {
        let open = self.reach_case(viewer, case).await?;
        // First of all, so that nothing is lost where something is still missing.
        let draft = self.keep_draft(viewer, &open, draft).await?;
        let case = &open.case;
        let overall = draft.overall.filter(|overall| *overall != Label::NoDecision).ok_or_else(|| {
            Error::Conflict("Say what you recommend, all in all. What you have written so far is kept.".into())
        })?;
        let mut tx = self.store.begin().await?;
        if !cases::lock_waiting(&mut tx, case.id).await? {
            return Err(decided());
        }
        if !cases::submitted(&mut tx, case.id, viewer.id, self.clock.now()).await? {
            return Err(done());
        }
        let mut said = Vec::new();
        for criterion in &case.rubric {
            let title = self.dimension(&criterion.dimension).0;
            let DraftRating { level, quote, comment } =
                draft.ratings.get(&criterion.dimension).cloned().unwrap_or_default();
            let level = level.ok_or_else(|| {
                let words = format!("\"{title}\" has no level yet. What you have written so far is kept.");
                Error::Conflict(words)
            })?;
            let mut evidence = Vec::new();
            if !quote.is_empty() {
                evidence.push(Cited::Quote(cases::keep_words(&mut tx, case.id, &quote).await?));
            }
            let comment = match comment.as_str() {
                "" => None,
                comment => Some(cases::keep_words(&mut tx, case.id, comment).await?),
            };
            if matches!(level, Given::Level(level) if [1, 4].contains(&level.number())) && evidence.is_empty() {
                let words = format!(
                    "\"{title}\": a 1 and a 4 need something to show. Quote what you mean; what you have written so far is kept."
                );
                return Err(Error::Conflict(words));
            }
            let rated =
                Rated { card: case.id.to_string(), dimension: criterion.dimension.clone(), level, evidence, comment };
            said.push(self.said(case, viewer.id, Work::Rating(Rating::RatingGiven(rated)))?);
        }
        if case.survey.is_some() {
            let served = draft.served.ok_or_else(|| {
                Error::Conflict("Say how well you were served. What you have written so far is kept.".into())
            })?;
            said.extend(self.surveyed(case, viewer.id, served)?);
        }
        let submitted = Rating::ScorecardSubmitted { card: case.id.to_string(), overall };
        said.push(self.said(case, viewer.id, Work::Rating(submitted))?);
        events::append(&mut tx, &said).await?;
        tx.commit().await?;
        Ok(())
    }

    /// What a partner said: one survey of one partner. Nobody who was asked knew of whom, unless the case says so.
    fn surveyed(&self, case: &Case, judge: Uuid, served: Served) -> Result<[Event; 2]> {
        let survey = format!("{}:{judge}", case.id);
        let chosen_by = if case.blind { Chooser::System } else { Chooser::Person };
        let sent = Survey::SurveySent {
            survey: survey.clone(),
            requester: judge.to_string(),
            ticket: Some(case.id.to_string()),
            chosen_by,
        };
        let answer = match served {
            Served::Grade(score @ 1..=5) => Survey::SurveyAnswered { survey, score, text: None },
            Served::Grade(_) => return Err(Error::Conflict("Say how well you were served, from 1 to 5.".into())),
            Served::Declined => Survey::SurveyDeclined { survey },
        };
        Ok([self.said(case, judge, Work::Survey(sent))?, self.said(case, judge, Work::Survey(answer))?])
    }

    async fn keep_draft(&self, viewer: &Viewer, open: &Open, draft: &Draft) -> Result<Draft> {
        let case = &open.case;
        if case.decided_at.is_some() {
            return Err(decided());
        }
        if case.rubric.is_empty() {
            return Err(Error::Conflict("There is nothing to be judged at levels here: decide.".into()));
        }
        if open.done_by(viewer.id) {
            return Err(done());
        }
        let mut kept = Draft { overall: draft.overall, served: draft.served, ..Draft::default() };
        for criterion in &case.rubric {
            if let Some(rating) = draft.ratings.get(&criterion.dimension) {
                let (quote, comment) = (typed(&rating.quote)?, typed(&rating.comment)?);
                kept.ratings.insert(criterion.dimension.clone(), DraftRating { level: rating.level, quote, comment });
            }
        }
        let mut tx = self.store.begin().await?;
        cases::keep_draft(&mut tx, case.id, viewer.id, &kept, self.clock.now()).await?;
        tx.commit().await?;
        Ok(kept)
    }
}

/// Somebody was faster.
pub(super) fn decided() -> Error {
    Error::Conflict("This is decided already. Open it to see how.".into())
}

fn done() -> Error {
    Error::Conflict("You have judged this already: what is said after seeing the others is no second opinion.".into())
}
