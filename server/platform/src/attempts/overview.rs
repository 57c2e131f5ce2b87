//! What somebody sees before they work: home, and a lab that has not been started.

use chrono::TimeDelta;
use labs::catalog::{Lab, Vars};
use scorecards::event::EndReason;

use super::Attempts;
use crate::{
    access::Action,
    error::{Error, Result},
    store::{
        self,
        attempts::{Attempt, State},
        users,
    },
    views::{AttemptState, AttemptSummary, Home, LabCard, LabView, Viewer},
};

/// How many attempts that are over the home page shows.
const RECENT: usize = 10;

/// What stands for all that is wrong with a change, while it is still to be found.
const FOUND: &str = "What is wrong with the change is found";

impl Attempts {
    pub(crate) async fn home(&self, viewer: &Viewer) -> Result<Home> {
        self.may(viewer, Action::SeeHome)?;
        let attempts = store::attempts::of_learner(&self.store, viewer.id).await?;
        let labs: Vec<LabCard> = self.catalog.labs().map(|lab| card(lab, &attempts)).collect();
        let running = match attempts.iter().find(|attempt| attempt.state.open()) {
            Some(attempt) => Some(self.summary(attempt).await?),
            None => None,
        };
        let mut recent = Vec::new();
        for attempt in attempts.iter().filter(|attempt| !attempt.state.open()).take(RECENT) {
            recent.push(self.summary(attempt).await?);
        }
        let next = labs.iter().find(|card| !card.passed).cloned();
        let trouble = self.engine_trouble_shown().await;
        Ok(Home { running, next, labs, recent, trouble, people: Vec::new(), to_judge: 0 })
    }

    pub(crate) async fn lab(&self, viewer: &Viewer, lab: &str) -> Result<LabView> {
        self.may(viewer, Action::ListLabs)?;
        let lab = self.catalog.get(lab).ok_or(Error::NotFound)?;
        let mut attempts = store::attempts::of_learner(&self.store, viewer.id).await?;
        let card = card(&lab, &attempts);
        attempts.retain(|attempt| attempt.lab == lab.id && !attempt.state.open());
        let mut over = Vec::new();
        for attempt in &attempts {
            over.push(self.summary(attempt).await?);
        }
        Ok(LabView {
            card,
            attempts: over,
            extra_time: users::extra_time(&self.store, viewer.id).await?,
            may_see_items: self.may(viewer, Action::SeeItems).is_ok(),
            // An exercise needs no engine, and nothing to be held ready.
            trouble: if lab.exercise.is_none() { self.engine_trouble_shown().await } else { None },
            reservations: if lab.exercise.is_none() { self.reserved(viewer, &lab.id).await? } else { None },
            ..described(&lab)
        })
    }
}

impl Attempts {
    /// An attempt as it stands in a list.
    pub(super) async fn summary(&self, attempt: &Attempt) -> Result<AttemptSummary> {
        Ok(AttemptSummary {
            id: attempt.id,
            lab: attempt.lab.clone(),
            title: self.title(attempt).await?,
            started: attempt.started_at,
            state: self.standing(attempt).await?,
            passed: attempt.summary.and_then(|summary| summary.passed),
            points: attempt.summary.map(|summary| (summary.points, summary.possible)),
        })
    }

    /// The title of an attempt's lab, which may have left the catalogue.
    pub(super) async fn title(&self, attempt: &Attempt) -> Result<String> {
        if let Some(lab) = self.lab_of(attempt) {
            return Ok(lab.title.clone());
        }
        let known = store::labs::version(&self.store, &attempt.lab, &attempt.version).await?;
        Ok(known.map_or_else(|| attempt.lab.clone(), |lab| lab.title))
    }
}

/// How an attempt stands that has its turn, as people see it.
pub(super) fn standing(attempt: &Attempt) -> AttemptState {
    let trouble =
        || attempt.trouble.clone().unwrap_or_else(|| "The box could not be kept. Start the lab again.".into());
    if let (State::Running, Some(deadline), Some(pause)) = (attempt.state, attempt.deadline, attempt.time.paused) {
        let left = (deadline - pause.since).max(TimeDelta::zero());
        return AttemptState::Paused { left, since: pause.since, why: pause.why };
    }
    match (attempt.state, attempt.reason, attempt.deadline) {
        // What place those have who wait, the queue knows.
        (State::Queued, ..) => AttemptState::Queued { place: 1, minutes: None },
        (State::Starting, ..) => AttemptState::Starting,
        (State::Running, _, Some(deadline)) => AttemptState::Running { deadline },
        // One that runs has had a deadline since it does; without one its time counts as up.
        (State::Running, _, None) => AttemptState::Running { deadline: attempt.started_at },
        (State::Finishing, ..) => AttemptState::Finishing,
        (State::Failed, ..) | (State::Ended, Some(EndReason::Lost), _) => AttemptState::Failed(trouble()),
        (State::Ended, reason, _) => AttemptState::Ended(reason.unwrap_or(EndReason::Finished)),
    }
}

/// A lab by itself, of nobody.
pub(super) fn described(lab: &Lab) -> LabView {
    let given_away = |id: &str| lab.exercise.as_ref().is_some_and(|exercise| exercise.gives_away(id));
    let (hidden, shown): (Vec<_>, Vec<_>) = lab.marking().checks.into_iter().partition(|check| given_away(&check.id));
    let (required, others): (Vec<_>, Vec<_>) = shown.into_iter().partition(|check| check.required);
    let hidden = (!hidden.is_empty()).then(|| FOUND.to_string());
    LabView {
        card: card(lab, &[]),
        brief: undrawn(lab).fill(&lab.brief),
        checks: hidden.into_iter().chain(required.into_iter().chain(others).map(|check| check.title)).collect(),
        attempts: Vec::new(),
        extra_time: 0,
        may_see_items: false,
        trouble: None,
        reservations: None,
    }
}

fn card(lab: &Lab, attempts: &[Attempt]) -> LabCard {
    let here = || attempts.iter().filter(|attempt| attempt.lab == lab.id);
    LabCard {
        id: lab.id.clone(),
        title: lab.title.clone(),
        summary: lab.summary.clone(),
        minutes: lab.minutes,
        phase: lab.phase,
        skills: lab.skills.clone(),
        exercise: lab.exercise.as_ref().map(|exercise| exercise.kind),
        attempts: u32::try_from(here().filter(|attempt| is_try(attempt)).count()).unwrap_or(u32::MAX),
        passed: here().any(|attempt| attempt.summary.is_some_and(|summary| summary.passed == Some(true))),
        running: here().find(|attempt| attempt.state.open()).map(|attempt| attempt.id),
    }
}

/// A box that could not be made or was lost was no try, and neither was one that nobody waited for.
fn is_try(attempt: &Attempt) -> bool {
    attempt.state.open() || attempt.counts()
}

/// What stands for variables that have not been drawn: an ellipsis, which reads well in any sentence.
fn undrawn(lab: &Lab) -> Vars {
    Vars(lab.vars.keys().map(|name| (name.clone(), "…".to_string())).collect())
}
