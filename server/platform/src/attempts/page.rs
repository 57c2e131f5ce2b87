//! An attempt while the learner works at it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use labs::{
    catalog::{Host, Lab, PreviewPort},
    exercise::Answers,
};
use scorecards::event::Mode;
use uuid::Uuid;

use super::{Attempts, alert::acknowledged, check::LAB_IS_GONE, exercise::asked, marked::Marked, overview::described};
use crate::{
    access::Action,
    error::Result,
    store::events,
    views::{AlertView, AttemptState, AttemptView, HostView, LabView, PortView, TimeView, Viewer},
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
            state: self.standing(&attempt).await?,
            brief: LAB_IS_GONE.into(),
            runbook: None,
            alert: None,
            checks: Vec::new(),
            hints: Vec::new(),
            hosts: Vec::new(),
            exercise: None,
            time: self.time_view(&attempt).await?,
        };
        if let Some(marked) = self.marked(&attempt).await? {
            let lab = marked.lab();
            let progress = events::progress(&self.store, attempt.id).await?;
            view.brief = attempt.vars.fill(&lab.brief);
            view.runbook = lab.runbook.as_ref().map(|runbook| attempt.vars.fill(runbook));
            view.alert = marked.marking().alert.map(|_| AlertView { acknowledged: acknowledged(&progress) });
            view.checks = marked.checks(&progress);
            view.hints = marked.hints(&attempt.vars, &progress);
            view.exercise = self.exercise_view(&attempt, &marked).await?;
            view.hosts = hosts(lab);
        }
        Ok(view)
    }
}

/// The hosts of a lab, as their terminals are named.
fn hosts(lab: &Lab) -> Vec<HostView> {
    let port = |port: &PreviewPort| PortView { name: port.name.clone(), port: port.port, path: port.path.clone() };
    let host = |host: &Host| HostView {
        name: host.name.clone(),
        prompt: format!("{}@{}", host.user, host.name),
        ports: host.ports.iter().map(port).collect(),
    };
    lab.hosts.iter().map(host).collect()
}

/// A lab's pages for who writes it: before the start, and of an attempt that has just begun, which is nobody's and has no
/// box.
#[must_use]
pub fn still(lab: &Arc<Lab>, seed: u64, now: DateTime<Utc>) -> (LabView, AttemptView) {
    let vars = lab.draw(seed);
    let marked = Marked::of(Arc::clone(lab));
    let attempt = AttemptView {
        id: Uuid::nil(),
        learner: Uuid::nil(),
        lab: lab.id.clone(),
        title: lab.title.clone(),
        mode: Mode::Practice,
        state: AttemptState::Running { deadline: now + TimeDelta::minutes(lab.minutes.into()) },
        brief: vars.fill(&lab.brief),
        runbook: lab.runbook.as_ref().map(|runbook| vars.fill(runbook)),
        alert: marked.marking().alert.map(|_| AlertView { acknowledged: false }),
        checks: marked.checks(&[]),
        hints: marked.hints(&vars, &[]),
        hosts: hosts(lab),
        exercise: lab.exercise.as_ref().map(|exercise| asked(exercise, &vars, seed, Answers::new())),
        time: TimeView { may_pause: lab.exercise.is_none(), ..TimeView::default() },
    };
    (described(lab), attempt)
}
