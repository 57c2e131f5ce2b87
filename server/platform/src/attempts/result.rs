//! What an attempt came to.

use uuid::Uuid;

use scorecards::score::score;

use super::{Attempts, timeline};
use crate::{
    access::Action,
    error::{Error, Result},
    store::{self, attempts::State, events, users},
    views::{ResultView, Viewer},
};

impl Attempts {
    pub(crate) async fn result(&self, viewer: &Viewer, attempt: Uuid) -> Result<ResultView> {
        let attempt = self.reach(viewer, attempt, Action::SeeResult).await?;
        match attempt.state {
            State::Ended => {}
            State::Failed => {
                return Err(Error::Conflict(
                    "This attempt never began, so there is no result. Start the lab again.".into(),
                ));
            }
            State::Starting | State::Running | State::Finishing => {
                return Err(Error::Conflict("This attempt is not over yet.".into()));
            }
        }
        let Some(version) = store::labs::version(&self.store, &attempt.lab, &attempt.version).await? else {
            return Err(Error::Conflict("Nothing is known any more of the lab as it was then.".into()));
        };
        // Computed, not remembered: what is shown is what the events say.
        let events = events::of_attempt(&self.store, attempt.id).await?;
        let result = score(&version.marking, &events);
        let debrief = match self.lab_of(&attempt) {
            Some(lab) => attempt.vars.fill(&lab.debrief),
            None => "This lab is no longer in the catalogue, and its debrief with it.".into(),
        };
        let learner = users::by_id(&self.store, attempt.learner).await?;
        Ok(ResultView {
            summary: self.summary(&attempt).await?,
            learner: learner.map(|learner| learner.name).unwrap_or_default(),
            ended: attempt.ended_at.unwrap_or(attempt.started_at),
            commands: timeline::commands(&events, &result),
            result,
            debrief,
        })
    }
}
