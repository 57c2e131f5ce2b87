//! Somebody decides a case, with a reason.

use scorecards::{
    event::{
        Event, Kind,
        work::{Rating, Runbook, Work},
    },
    score::score,
    scorecard::Decision,
};
use tracing::info;
use uuid::Uuid;

use super::{rate::decided, typed};
use crate::{
    attempts::Attempts,
    error::{Error, Result},
    store::{
        self, Tx,
        attempts::Attempt,
        cases::{self, Case, Matter},
        events,
    },
    views::{Deciding, Viewer},
};

impl Attempts {
    pub(crate) async fn decide(&self, viewer: &Viewer, case: Uuid, deciding: &Deciding) -> Result<()> {
        let open = self.reach_case(viewer, case).await?;
        let case = &open.case;
        let decision = deciding.decision.ok_or_else(|| Error::Conflict("Say what you decide.".into()))?;
        let reason = typed(&deciding.reason)?;
        if reason.is_empty() {
            let words = "Say why, in a sentence or two: it is what they learn from it.";
            return Err(Error::Conflict(words.into()));
        }
        if !case.rubric.is_empty() && !open.done_by(viewer.id) {
            return Err(Error::Conflict(
                "Judge it yourself first: then you see what the others think, and decide.".into(),
            ));
        }
        if let (Matter::Dispute, Some(attempt)) = (case.matter, case.attempt)
            && let Some(attempt) = store::attempts::by_id(&self.store, attempt).await?
            && self.work_to_judge_first(viewer, &attempt).await?.is_some()
        {
            return Err(Error::Conflict("Judge the work itself first: this shows what the machine says of it.".into()));
        }
        if !open.is_judged() {
            let (have, need) = (open.submitted(), case.raters);
            return Err(Error::Conflict(format!(
                "{have} of {need} have judged it so far. It is decided when all have."
            )));
        }
        let mut tx = self.store.begin().await?;
        if !cases::lock_waiting(&mut tx, case.id).await? {
            return Err(decided());
        }
        let reason = cases::keep_words(&mut tx, case.id, &reason).await?;
        let card = case.id.to_string();
        let made = Rating::DecisionMade { card, decision, reason: reason.clone(), advised: None };
        let mut said = vec![self.said(case, viewer.id, Work::Rating(made))?];
        match (case.matter, decision) {
            (Matter::Runbook, Decision::Yes) => {
                let substance = deciding.substance.ok_or_else(|| {
                    Error::Conflict("Say what it changes: a step, a command, a decision, or only the wording.".into())
                })?;
                let (runbook, revision) = (case.topic.clone(), case.id.to_string());
                let reviewed =
                    Runbook::RevisionReviewed { runbook: runbook.clone(), revision: revision.clone(), substance };
                for runbook in [reviewed, Runbook::RevisionMerged { runbook, revision }] {
                    said.push(self.said(case, viewer.id, Work::Runbook(runbook))?);
                }
            }
            (Matter::Dispute, Decision::Yes) => {
                let overruled = Kind::CheckOverruled { check: case.part.clone(), case: case.id.to_string(), reason };
                self.overrule(&mut tx, case, viewer, overruled).await?;
            }
            _ => {}
        }
        events::append(&mut tx, &said).await?;
        cases::submitted(&mut tx, case.id, viewer.id, self.clock.now()).await?;
        cases::decided(&mut tx, case.id, self.clock.now()).await?;
        tx.commit().await?;
        info!(case = %case.id, matter = ?case.matter, ?decision, "a case is decided");
        Ok(())
    }

    /// The check counts, and the attempt comes to what it comes to with that.
    async fn overrule(&self, tx: &mut Tx, case: &Case, viewer: &Viewer, overruled: Kind) -> Result<()> {
        let attempt = case.attempt.ok_or(Error::NotFound)?;
        let attempt = store::attempts::by_id(&self.store, attempt).await?.ok_or(Error::NotFound)?;
        let overruled = self.event(&attempt, Some(viewer.id), overruled);
        // First of all: from here on nobody else adds to them, and what others added before is there to be read.
        events::append(tx, std::slice::from_ref(&overruled)).await?;
        let attempt = store::attempts::by_id(&self.store, attempt.id).await?.ok_or(Error::NotFound)?;
        let mut events = events::of_attempt(&self.store, attempt.id).await?;
        events.push(overruled);
        self.sum_up(tx, &attempt, &events).await
    }

    /// Keeps what an attempt that is over comes to by these events.
    async fn sum_up(&self, tx: &mut Tx, attempt: &Attempt, events: &[Event]) -> Result<()> {
        let Some(lab) = store::labs::version(&self.store, &attempt.lab, &attempt.version).await? else { return Ok(()) };
        store::attempts::summed_up(tx, attempt.id, (&score(&lab.marking, events)).into()).await?;
        Ok(())
    }
}
