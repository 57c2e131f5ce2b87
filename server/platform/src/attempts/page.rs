//! An attempt while the learner works at it.

use uuid::Uuid;

use super::{
    Attempts,
    check::{LAB_IS_GONE, check_views, hint_views},
    overview::standing,
};
use crate::{
    access::Action,
    error::Result,
    store::events,
    views::{AttemptView, Viewer},
};

impl Attempts {
    pub(crate) async fn view(&self, viewer: &Viewer, attempt: Uuid) -> Result<AttemptView> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        let mut view = AttemptView {
            id: attempt.id,
            learner: attempt.learner,
            lab: attempt.lab.clone(),
            title: self.title(&attempt).await?,
            mode: attempt.mode,
            state: standing(&attempt),
            brief: LAB_IS_GONE.into(),
            runbook: None,
            checks: Vec::new(),
            hints: Vec::new(),
            prompt: String::new(),
        };
        if let Some(lab) = self.lab_of(&attempt) {
            let progress = events::progress(&self.store, attempt.id).await?;
            view.brief = attempt.vars.fill(&lab.brief);
            view.runbook = lab.runbook.as_ref().map(|runbook| attempt.vars.fill(runbook));
            view.checks = check_views(&lab, &progress);
            view.hints = hint_views(&lab, &attempt, &progress);
            view.prompt = format!("{}@{}", lab.sandbox.user, lab.sandbox.hostname);
        }
        Ok(view)
    }
}
