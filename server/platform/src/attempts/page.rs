//! An attempt while the learner works at it.

use labs::catalog::{Host, PreviewPort};
use uuid::Uuid;

use super::{Attempts, alert::acknowledged, check::LAB_IS_GONE};
use crate::{
    access::Action,
    error::Result,
    store::events,
    views::{AlertView, AttemptView, HostView, PortView, Viewer},
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
            let port =
                |port: &PreviewPort| PortView { name: port.name.clone(), port: port.port, path: port.path.clone() };
            let host = |host: &Host| HostView {
                name: host.name.clone(),
                prompt: format!("{}@{}", host.user, host.name),
                ports: host.ports.iter().map(port).collect(),
            };
            view.exercise = self.exercise_view(&attempt, &marked).await?;
            view.hosts = lab.hosts.iter().map(host).collect();
        }
        Ok(view)
    }
}
