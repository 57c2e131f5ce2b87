//! How something comes to be judged: an exercise is handed in; a learner says that a check was wrong, has a better runbook,
//! or something to show for a goal.

use labs::catalog::{Criterion, Lab};
use scorecards::{
    event::{
        EndReason,
        work::{Runbook, Work},
    },
    score::{About, Outcome, score},
};
use similar::TextDiff;
use uuid::Uuid;

use super::{in_days, typed};
use crate::{
    access::Action,
    attempts::Attempts,
    error::{Error, Result},
    store::{
        self, StoreError, Tx, answers,
        attempts::{Attempt, State},
        cases::{self, Case, Matter},
        events,
    },
    views::Viewer,
};

/// Within how many days what is not an exercise's is to be decided.
const DAYS: u32 = 3;

/// Lines of a runbook that are shown around what has changed.
const CONTEXT: usize = 3;

impl Attempts {
    /// Puts what was handed in before people, where the lab says so and there is anything; `None` otherwise.
    pub(in crate::attempts) async fn case_of_work(&self, attempt: &Attempt) -> Result<Option<Case>, StoreError> {
        let handed_in = matches!(attempt.reason, None | Some(EndReason::Finished | EndReason::Expired));
        let Some(lab) = self.lab_of(attempt).filter(|_| handed_in) else { return Ok(None) };
        let Some(judging) = &lab.judging else { return Ok(None) };
        let (answers, _) = answers::of_attempt(&self.store, attempt.id).await?;
        if answers.values().flatten().all(|text| text.trim().is_empty()) {
            return Ok(None);
        }
        let fill = |text: &String| attempt.vars.fill(text);
        let criterion = |criterion: &Criterion| Criterion {
            dimension: criterion.dimension.clone(),
            asks: fill(&criterion.asks),
            anchors: criterion.anchors.as_ref().map(|anchors| anchors.each_ref().map(fill)),
        };
        let case = self.fresh_case(Matter::Work, attempt.learner, &attempt.lab, judging.days);
        Ok(Some(Case {
            attempt: Some(attempt.id),
            rubric: judging.rubric.iter().map(criterion).collect(),
            survey: judging.survey.as_ref().map(fill),
            raters: judging.raters,
            blind: judging.blind,
            ..case
        }))
    }

    /// Says that a check was wrong.
    pub(crate) async fn dispute(&self, viewer: &Viewer, attempt: Uuid, check: &str, words: &str) -> Result<Uuid> {
        let attempt = self.ended(viewer, attempt).await?;
        let words = said(words, "Say what was right, and how somebody else can see it.")?;
        let version = store::labs::version(&self.store, &attempt.lab, &attempt.version).await?;
        let events = events::of_attempt(&self.store, attempt.id).await?;
        let result = version.map(|version| score(&version.marking, &events)).ok_or(Error::NotFound)?;
        let line = result.lines.iter().find(|line| line.about == About::Check && line.id == check);
        let line = line.ok_or(Error::NotFound)?;
        if line.outcome == Outcome::Earned {
            return Err(Error::Conflict("This check counts for you already.".into()));
        }
        let known = cases::of_attempt(&self.store, attempt.id).await?;
        if known.iter().any(|case| case.matter == Matter::Dispute && case.part == check) {
            let words = "You have asked about this check already. What was said to it is on this page, or will be.";
            return Err(Error::Conflict(words.into()));
        }
        let case = self.fresh_case(Matter::Dispute, attempt.learner, &attempt.lab, DAYS);
        let case = Case { attempt: Some(attempt.id), part: check.into(), ..case };
        let mut tx = self.store.begin().await?;
        self.put(&mut tx, case, &words).await?.commit(tx).await
    }

    /// Proposes a better runbook: the whole text as it should be, and why.
    pub(crate) async fn improve(&self, viewer: &Viewer, attempt: Uuid, text: &str, why: &str) -> Result<Uuid> {
        let attempt = self.ended(viewer, attempt).await?;
        let known = |lab: std::sync::Arc<Lab>| Some(attempt.vars.fill(lab.runbook.as_ref()?));
        let known = self.lab_of(&attempt).and_then(known).ok_or(Error::NotFound)?;
        let why = said(why, "Say in a sentence what was wrong with it, so that whoever reviews it need not guess.")?;
        let (before, after) = (known.trim().to_string() + "\n", typed(text)? + "\n");
        if before == after {
            let words = "The runbook is as it was: change what should be otherwise, then send it.";
            return Err(Error::Conflict(words.into()));
        }
        let waits = cases::of_attempt(&self.store, attempt.id).await?;
        if waits.iter().any(|case| case.matter == Matter::Runbook && case.decided_at.is_none()) {
            let words = "Your last proposal still waits for its reviewer. Send the next one when that is decided.";
            return Err(Error::Conflict(words.into()));
        }
        let diff = TextDiff::from_lines(&before, &after).unified_diff().context_radius(CONTEXT).to_string();
        let case = self.fresh_case(Matter::Runbook, attempt.learner, &attempt.lab, DAYS);
        let mut tx = self.store.begin().await?;
        let mut case = Case { attempt: Some(attempt.id), ..case };
        let words = cases::hash(&diff);
        case.part.clone_from(&words.0);
        let revision =
            Runbook::RevisionProposed { runbook: case.topic.clone(), revision: case.id.to_string(), diff: words };
        let proposed = self.said(&case, viewer.id, Work::Runbook(revision))?;
        let put = self.put(&mut tx, case, &why).await?;
        cases::keep_words(&mut tx, put.0, &diff).await?;
        events::append(&mut tx, &[proposed]).await?;
        put.commit(tx).await
    }

    /// Shows something for a goal of the role.
    pub(crate) async fn hand_in_evidence(&self, viewer: &Viewer, goal: &str, words: &str) -> Result<Uuid> {
        self.may(viewer, Action::AskJudges)?;
        if !self.role.goals.iter().any(|known| known.id == goal) {
            return Err(Error::Conflict("Choose the goal that it is for.".into()));
        }
        let words = said(words, "Say what you did, and where it can be seen.")?;
        let known = cases::of_person(&self.store, viewer.id).await?;
        if known.iter().any(|case| case.topic == goal && case.decided_at.is_none()) {
            let words = "What you have handed in for this goal still waits. Hand in more when that is decided.";
            return Err(Error::Conflict(words.into()));
        }
        // Whoever leads somebody signs off on them, and knows whose it is.
        let case = Case { blind: false, ..self.fresh_case(Matter::Evidence, viewer.id, goal, DAYS) };
        let mut tx = self.store.begin().await?;
        self.put(&mut tx, case, &words).await?.commit(tx).await
    }

    /// An attempt of the viewer's that is over.
    async fn ended(&self, viewer: &Viewer, attempt: Uuid) -> Result<Attempt> {
        let attempt = self.reach(viewer, attempt, Action::AskJudges).await?;
        match attempt.state {
            State::Ended => Ok(attempt),
            _ => Err(Error::Conflict("This attempt is not over yet: there is time to do it otherwise.".into())),
        }
    }

    fn fresh_case(&self, matter: Matter, subject: Uuid, topic: &str, days: u32) -> Case {
        let now = self.clock.now();
        Case {
            id: self.ids.next(),
            matter,
            subject,
            attempt: None,
            topic: topic.into(),
            part: String::new(),
            rubric: Vec::new(),
            survey: None,
            raters: 1,
            blind: true,
            asked: None,
            asked_at: now,
            due_at: in_days(now, days),
            decided_at: None,
        }
    }

    /// Opens a case with what its subject says to it.
    async fn put(&self, tx: &mut Tx, case: Case, words: &str) -> Result<Put> {
        let case = Case { asked: Some(cases::hash(words)), ..case };
        if !cases::open(tx, &case).await? {
            return Err(Error::Conflict("This is asked already, and waits for an answer.".into()));
        }
        cases::keep_words(tx, case.id, words).await?;
        Ok(Put(case.id))
    }
}

/// A case that is written and not committed.
struct Put(Uuid);

impl Put {
    async fn commit(self, tx: Tx) -> Result<Uuid> {
        tx.commit().await?;
        Ok(self.0)
    }
}

/// Words that must be there.
fn said(words: &str, missing: &str) -> Result<String> {
    let words = typed(words)?;
    if words.is_empty() { Err(Error::Conflict(missing.into())) } else { Ok(words) }
}
