//! What people say of somebody's own, as they see it themselves: levels and reasons once it is decided, and never who.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Open, show::decision, words};
use crate::{
    access::Action,
    attempts::Attempts,
    error::Result,
    store::{
        self,
        attempts::Attempt,
        cases::{self, Case, Matter},
    },
    views::{EvidenceView, JudgedView, Viewer},
};

impl Attempts {
    /// What somebody has handed in for goals, and the goals there are.
    pub(crate) async fn evidence(&self, viewer: &Viewer) -> Result<EvidenceView> {
        self.may(viewer, Action::AskJudges)?;
        let goals = self.role.goals.iter().map(|goal| (goal.id.clone(), goal.title.clone(), goal.own.phase)).collect();
        let handed_in = self.judged_by_people(cases::of_person(&self.store, viewer.id).await?).await?;
        Ok(EvidenceView { goals, handed_in })
    }

    /// What people say of an attempt.
    pub(in crate::attempts) async fn judged_of(&self, attempt: &Attempt) -> Result<Vec<JudgedView>> {
        self.judged_by_people(cases::of_attempt(&self.store, attempt.id).await?).await
    }

    async fn judged_by_people(&self, cases: Vec<Case>) -> Result<Vec<JudgedView>> {
        let mut judged = Vec::new();
        for case in cases {
            judged.push(self.seen(case).await?);
        }
        Ok(judged)
    }

    async fn seen(&self, case: Case) -> Result<JudgedView> {
        let said = cases::words_of(&self.store, case.id).await?;
        let judges = cases::judges_of(&self.store, case.id).await?;
        let panel = self.panel(&case).await?;
        // Without names; before it is decided nothing is said at all.
        let nobody: BTreeMap<Uuid, String> = BTreeMap::new();
        let criteria = self.criteria(&case, &panel, &said, case.decided_at.map(|_| &nobody));
        let title = match case.matter {
            Matter::Dispute => self.check_title(&case).await?,
            _ => self.case_title(&case),
        };
        let open = Open { case, judges };
        let submitted = open.submitted();
        let Case { id, matter, asked, raters, due_at, .. } = open.case;
        let asked = words(&said, asked.as_ref());
        Ok(JudgedView {
            id,
            matter,
            title,
            asked,
            submitted,
            raters,
            due_at,
            criteria,
            decision: decision(&panel, &said, None),
        })
    }

    /// What the disputed check asks.
    async fn check_title(&self, case: &Case) -> Result<String> {
        let Some(attempt) = case.attempt else { return Ok(case.part.clone()) };
        let Some(attempt) = store::attempts::by_id(&self.store, attempt).await? else { return Ok(case.part.clone()) };
        let version = store::labs::version(&self.store, &attempt.lab, &attempt.version).await?;
        let marks = version.into_iter().flat_map(|version| version.marking.checks);
        Ok(marks.into_iter().find(|mark| mark.id == case.part).map_or_else(|| case.part.clone(), |mark| mark.title))
    }
}
