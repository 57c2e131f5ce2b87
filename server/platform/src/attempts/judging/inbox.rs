//! The list of what waits.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::Open;
use crate::{
    access::{Action, Relation, allowed},
    attempts::Attempts,
    error::Result,
    store::cases::{self, Case, Matter},
    views::{CaseLine, CaseStep, InboxView, Viewer},
};

/// How many of what somebody has judged are listed.
const DECIDED: i64 = 20;

/// How many of what waits are listed: more than anybody judges in a sitting.
const LISTED: usize = 100;

impl Attempts {
    pub(crate) async fn inbox(&self, viewer: &Viewer) -> Result<InboxView> {
        self.may(viewer, Action::SeeInbox)?;
        let mut waiting = self.waiting_for(viewer).await?;
        let now = self.clock.now();
        waiting.sort_by_cached_key(|open| {
            let step = step(viewer, open);
            (step == CaseStep::Wait, open.case.due_at >= now, step, place(viewer.id, open.case.id))
        });
        let more = waiting.len().saturating_sub(LISTED);
        waiting.truncate(LISTED);
        let mut decided = Vec::new();
        for case in cases::decided_with(&self.store, viewer.id, DECIDED).await? {
            let judges = cases::judges_of(&self.store, case.id).await?;
            decided.push(Open { case, judges });
        }
        let names = cases::subjects(&self.store).await?;
        let lines =
            |open: Vec<Open>| open.iter().map(|open| self.case_line(viewer, open, &names)).collect::<Vec<CaseLine>>();
        Ok(InboxView { waiting: lines(waiting), more, decided: lines(decided) })
    }

    /// How many cases somebody can do something about; none for who may not.
    pub(crate) async fn to_judge(&self, viewer: &Viewer) -> Result<usize> {
        if !allowed(viewer.role, Action::SeeInbox, Relation::Own) {
            return Ok(0);
        }
        let waiting = self.waiting_for(viewer).await?;
        Ok(waiting.iter().filter(|open| step(viewer, open) != CaseStep::Wait).count())
    }

    /// What is not decided and somebody may judge.
    async fn waiting_for(&self, viewer: &Viewer) -> Result<Vec<Open>> {
        let mut judges = cases::judges_of_waiting(&self.store).await?;
        let open = |case: Case| Open { judges: judges.remove(&case.id).unwrap_or_default(), case };
        let theirs = |case: &Case| allowed(viewer.role, Action::JudgeCase, Relation::between(viewer.id, case.subject));
        Ok(cases::waiting(&self.store).await?.into_iter().filter(theirs).map(open).collect())
    }

    /// A case as a line, with how people are called.
    pub(super) fn case_line(&self, viewer: &Viewer, open: &Open, names: &BTreeMap<Uuid, String>) -> CaseLine {
        let case = &open.case;
        CaseLine {
            id: case.id,
            matter: case.matter,
            title: self.case_title(case),
            whose: if case.blind { None } else { names.get(&case.subject).cloned() },
            step: step(viewer, open),
            submitted: open.submitted(),
            raters: case.raters,
            asked_at: case.asked_at,
            due_at: case.due_at,
            late: case.decided_at.is_none() && case.due_at < self.clock.now(),
            begun: open.judges.iter().any(|judge| judge.id == viewer.id),
        }
    }

    /// What a case is about.
    pub(super) fn case_title(&self, case: &Case) -> String {
        let known = match case.matter {
            Matter::Evidence => {
                self.role.goals.iter().find(|goal| goal.id == case.topic).map(|goal| goal.title.clone())
            }
            Matter::Work | Matter::Dispute | Matter::Runbook => {
                self.catalog.get(&case.topic).map(|lab| lab.title.clone())
            }
        };
        known.unwrap_or_else(|| case.topic.clone())
    }
}

/// What somebody can do about a case.
pub(super) fn step(viewer: &Viewer, open: &Open) -> CaseStep {
    match open.case.decided_at {
        Some(_) => CaseStep::Done,
        None if open.case.rubric.is_empty() => CaseStep::Decide,
        None if !open.done_by(viewer.id) => CaseStep::Judge,
        None if open.is_judged() => CaseStep::Decide,
        None => CaseStep::Wait,
    }
}

/// The place of a case in somebody's list: the same each time, and another for somebody else. Who judges one text after
/// another is milder or harder by what came before, so that no order may be everybody's.
fn place(viewer: Uuid, case: Uuid) -> [u8; 32] {
    Sha256::new().chain_update(viewer).chain_update(case).finalize().into()
}
