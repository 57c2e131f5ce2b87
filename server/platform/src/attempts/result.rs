//! What an attempt came to.

use labs::catalog::Vars;
use scorecards::{
    event::{Event, Kind, Verdict},
    mastery::{MasteryRule, Try, mastery},
    score::{About, AttemptResult, Outcome, score},
};
use uuid::Uuid;

use super::{Attempts, role, time_view::times, timeline};
use crate::{
    access::{Action, Relation, allowed},
    error::{Error, Result},
    store::{
        self,
        attempts::{Attempt, State},
        cases::{self, Case, Matter},
        events, users,
    },
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
            State::Queued | State::Starting | State::Running | State::Finishing => {
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
        // What it says of the role is for those who may see the person's figures.
        let shown = allowed(viewer.role, Action::SeeFigures, Relation::between(viewer.id, attempt.learner));
        let (kpis, mastery) = if shown && attempt.counts() {
            let kpis = role::said(&self.role, attempt.learner, &version.marking, &events, &result);
            (kpis, self.mastery(&attempt).await?)
        } else {
            (Vec::new(), Vec::new())
        };
        let learner = users::by_id(&self.store, attempt.learner).await?;
        let commands = timeline::commands(&events, &result);
        let can_be_opened = self.can_be_opened(viewer, &attempt).await?;
        let judged = self.judged_of(&attempt).await?;
        let asks = allowed(viewer.role, Action::AskJudges, Relation::between(viewer.id, attempt.learner));
        let asked = cases::of_attempt(&self.store, attempt.id).await?;
        let runbook = self.lab_of(&attempt).filter(|_| asks && !proposes(&asked)).and_then(|lab| lab.runbook.clone());
        Ok(ResultView {
            can_be_opened,
            exercise: attempt.node.is_some(),
            summary: self.summary(&attempt).await?,
            learner_id: attempt.learner,
            learner: learner.map(|learner| learner.name).unwrap_or_default(),
            ended: attempt.ended_at.unwrap_or(attempt.started_at),
            recorded: self.what_can_be_played(attempt.id, &commands).await?,
            typists: self.typists(&attempt, &events).await?,
            disputable: if asks { disputable(&result, &asked) } else { Vec::new() },
            runbook: runbook.map(|runbook| attempt.vars.fill(&runbook)),
            judged,
            commands,
            times: times(&events),
            kpis,
            mastery,
            result,
            debrief,
        })
    }

    /// How far the learner had come with the attempt's lab when it ended.
    async fn mastery(&self, attempt: &Attempt) -> Result<Vec<String>> {
        let ended = attempt.ended_at.unwrap_or(attempt.started_at);
        let mut tries: Vec<Try> = Vec::new();
        let mut drawn: Vec<(Vars, String)> = Vec::new();
        for other in store::attempts::of_learner(&self.store, attempt.learner).await?.into_iter().rev() {
            let Some(at) = other.ended_at.filter(|at| other.lab == attempt.lab && *at <= ended) else { continue };
            if other.summary.is_none_or(|summary| summary.passed != Some(true)) {
                continue;
            }
            let hint = |event: &Event| if let Kind::HintTaken { hint } = event.kind { Some(hint) } else { None };
            let progress = events::progress(&self.store, other.id).await?;
            // What was drawn is what makes it another machine; it goes by its first day.
            if !drawn.iter().any(|(vars, _)| *vars == other.vars) {
                drawn.push((other.vars.clone(), format!("that of {}", at.format("%-d %B %Y, %H:%M UTC"))));
            }
            let variant = drawn.iter().find(|(vars, _)| *vars == other.vars).map(|(_, name)| name.clone());
            tries.push(Try {
                attempt: other.id,
                at,
                variant: variant.unwrap_or_default(),
                passed: true,
                highest_hint: progress.iter().filter_map(hint).max().unwrap_or_default(),
                undecided: progress.iter().any(undecided),
            });
        }
        let rule = MasteryRule::default();
        Ok(mastery(&tries, &rule, ended).words())
    }
}

/// The checks that somebody may say were wrong: those that do not count.
fn disputable(result: &AttemptResult, asked: &[Case]) -> Vec<String> {
    let was_asked = |id: &str| asked.iter().any(|case| case.matter == Matter::Dispute && case.part == id);
    let missed = result.lines.iter().filter(|line| line.about == About::Check && line.outcome != Outcome::Earned);
    missed.filter(|line| !was_asked(&line.id)).map(|line| line.id.clone()).collect()
}

/// Whether a better runbook waits for its reviewer.
fn proposes(asked: &[Case]) -> bool {
    asked.iter().any(|case| case.matter == Matter::Runbook && case.decided_at.is_none())
}

/// Whether something is left open by this: a gap of the record, or a closing check that could not be made.
fn undecided(event: &Event) -> bool {
    match &event.kind {
        Kind::CoverageLost { .. } => true,
        Kind::CheckRun(run) => run.closing && run.verdict == Verdict::Broken,
        _ => false,
    }
}
