//! Judging attempts again by a lab as it is now: from the answers and observations that are stored, and from end states. What
//! would change is shown before anything is written.

mod end_state;

use std::collections::{BTreeMap, BTreeSet};

use labs::{
    catalog::Lab,
    grader::{Again, Outcome, Stored, again, answered_again},
};
use scorecards::{
    event::{CheckRun, Event, Kind},
    score::{About, AttemptResult, score},
};
use tracing::info;

use self::end_state::EndState;
use super::{Attempts, check::check_run};
use crate::{
    error::{Error, Result},
    store::{
        self,
        artefacts::{self, ArtefactKind},
        attempts::{Attempt, Summary},
        events,
        labs::LabVersion,
    },
    views::{Drift, LineDrift, RescoreView},
};

/// How large an end state is looked at.
const MOST: u64 = 280 << 20;

/// An attempt judged again.
struct Judged {
    /// What would be added to its events.
    outcomes: Vec<Outcome>,
    before: AttemptResult,
    after: AttemptResult,
    /// The checks that could not be judged, and why.
    left: Vec<(String, &'static str)>,
}

impl Attempts {
    /// Judges the newest attempts at a lab again, so many at most; and makes that their result where `publish` says so and
    /// all of it could be judged.
    pub(crate) async fn rescore(&self, lab: &str, most: i64, publish: bool) -> Result<RescoreView> {
        let lab = self.catalog.get(lab).ok_or(Error::NotFound)?;
        let now = LabVersion::of(&lab);
        let mut view = RescoreView { lab: lab.id.clone(), version: lab.version.clone(), ..RescoreView::default() };
        let mut lines: BTreeMap<(bool, String), LineDrift> = BTreeMap::new();
        for attempt in store::attempts::over_of_lab(&self.store, &lab.id, most).await? {
            if !attempt.counts() {
                continue;
            }
            view.attempts += 1;
            let Some(then) = store::labs::version(&self.store, &attempt.lab, &attempt.version).await? else {
                view.forgotten += 1;
                continue;
            };
            let stored = events::of_attempt(&self.store, attempt.id).await?;
            let judged = self.judged_again(&lab, &attempt, &then, &now, &stored).await?;
            compare(&judged, &mut lines);
            for (check, why) in &judged.left {
                *view.left.entry((check.clone(), (*why).to_string())).or_default() += 1;
            }
            let whole = judged.left.is_empty();
            let differs = Summary::from(&judged.before) != Summary::from(&judged.after);
            if !whole {
                view.not_whole += 1;
            } else if differs && attempt.version != lab.version {
                view.drifts.push(Drift {
                    attempt: attempt.id,
                    ended: attempt.ended_at.unwrap_or(attempt.started_at),
                    passed: (judged.before.passed, judged.after.passed),
                    points: (
                        (judged.before.points, judged.before.possible),
                        (judged.after.points, judged.after.possible),
                    ),
                });
            }
            if publish && whole && attempt.version != lab.version {
                view.published += usize::from(self.publish(&attempt, &lab, &now, &judged, &stored).await?);
            }
        }
        view.lines = lines.into_values().filter(LineDrift::differs).collect();
        Ok(view)
    }

    async fn judged_again(
        &self,
        lab: &Lab,
        attempt: &Attempt,
        then: &LabVersion,
        now: &LabVersion,
        stored: &[Event],
    ) -> Result<Judged> {
        let before = score(&then.marking, stored);
        let (mut outcomes, mut left) = (Vec::new(), Vec::new());
        if let Some(exercise) = &lab.exercise {
            let answers = stored.iter().find_map(|event| match &event.kind {
                Kind::AnswersHandedIn { answers } => Some(answers),
                _ => None,
            });
            // Whoever gave up has handed in nothing, and that counts as it did.
            if let Some(answers) = answers {
                let same_lab = attempt.version == lab.version;
                let then = then.questions.as_ref();
                sort(answered_again(lab, exercise, &attempt.vars, answers, then, same_lab), &mut outcomes, &mut left);
            }
        } else {
            let runs = closing(stored);
            if !runs.is_empty() {
                let end = self.end_state(attempt, lab).await?;
                let file = |host: usize, path: &str| end.get(&host)?.file(path);
                let questions = then.questions.as_ref();
                let same_lab = attempt.version == lab.version;
                let runs = Stored { runs, questions, same_lab, file: &file };
                sort(again(lab, &attempt.vars, &runs), &mut outcomes, &mut left);
            }
        }
        let mut events = stored.to_vec();
        events.extend(outcomes.iter().map(|outcome| self.event(attempt, None, check_run(outcome.clone(), true))));
        Ok(Judged { after: score(&now.marking, &events), before, outcomes, left })
    }

    /// How the hosts of an attempt were left, by number, as far as this server has kept it.
    async fn end_state(&self, attempt: &Attempt, lab: &Lab) -> Result<BTreeMap<usize, EndState>> {
        let wanted: BTreeSet<String> = end_state::paths(lab, &attempt.vars);
        let mut states = BTreeMap::new();
        if wanted.is_empty() {
            return Ok(states);
        }
        for kept in artefacts::of_attempt(&self.store, attempt.id).await? {
            if kept.kind != ArtefactKind::Snapshot {
                continue;
            }
            let host = kept.host.as_ref().map_or(Some(0), |name| lab.hosts.iter().position(|host| host.name == *name));
            let Some(host) = host else { continue };
            match self.artefacts.read(&kept, MOST).await {
                Ok(packed) => {
                    states.insert(host, EndState::read(&packed, &wanted));
                }
                Err(error) => tracing::warn!(attempt = %attempt.id, %error, "an end state can't be read"),
            }
        }
        Ok(states)
    }

    async fn publish(
        &self,
        attempt: &Attempt,
        lab: &Lab,
        now: &LabVersion,
        judged: &Judged,
        stored: &[Event],
    ) -> Result<bool> {
        let rescored = Kind::AttemptRescored { from: attempt.version.clone(), to: lab.version.clone() };
        let mut made = vec![self.event(attempt, None, rescored)];
        // Only what is otherwise now is said again.
        let runs = closing(stored);
        let same = |outcome: &Outcome| {
            // What was seen as well: it is what this version's question was answered by.
            runs.get(outcome.check.as_str()).is_some_and(|run| {
                (run.verdict, &run.feedback, &run.observation)
                    == (outcome.verdict, &outcome.feedback, &outcome.observation)
            })
        };
        let outcomes = judged.outcomes.iter().filter(|outcome| !same(outcome)).cloned();
        made.extend(outcomes.map(|outcome| self.event(attempt, None, check_run(outcome, true))));
        let mut tx = self.store.begin().await?;
        store::labs::keep(&mut tx, &lab.id, &lab.version, now).await?;
        // From here on nobody else adds to them; what somebody added since they were read would not be in the sum.
        events::append(&mut tx, &made).await?;
        let added = events::of_attempt(&self.store, attempt.id).await?.len() != stored.len();
        let (from, to) = (&attempt.version, &lab.version);
        if added || !store::attempts::rescored(&mut tx, attempt.id, from, to, (&judged.after).into()).await? {
            return Ok(false);
        }
        tx.commit().await?;
        info!(attempt = %attempt.id, lab = lab.id, "an attempt is judged by its lab as it is now");
        Ok(true)
    }
}

/// Takes apart what could be judged and what could not.
fn sort(all: Vec<(String, Again)>, outcomes: &mut Vec<Outcome>, left: &mut Vec<(String, &'static str)>) {
    for (check, again) in all {
        match again {
            Again::Judged(outcome) => outcomes.push(outcome),
            Again::Not(why) => left.push((check, why)),
        }
    }
}

/// How the checks went at the end, by id; the last time counts.
fn closing(events: &[Event]) -> BTreeMap<&str, &CheckRun> {
    let mut runs = BTreeMap::new();
    for event in events {
        if let Kind::CheckRun(run) = &event.kind
            && run.closing
        {
            runs.insert(run.check.as_str(), run);
        }
    }
    runs
}

/// Notes for each line how often it went another way.
fn compare(judged: &Judged, lines: &mut BTreeMap<(bool, String), LineDrift>) {
    let of = |result: &AttemptResult| -> BTreeMap<(bool, String), (String, i32)> {
        let counted = result.lines.iter().filter(|line| line.about != About::Hint);
        counted
            .map(|line| ((line.about == About::Signal, line.id.clone()), (line.title.clone(), line.points)))
            .collect()
    };
    let (before, after) = (of(&judged.before), of(&judged.after));
    for key in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        let title = after.get(key).or(before.get(key)).map(|(title, _)| title.clone()).unwrap_or_default();
        let drift = lines.entry(key.clone()).or_insert_with(|| LineDrift { title, ..LineDrift::default() });
        match (before.get(key).map(|(_, points)| points), after.get(key).map(|(_, points)| points)) {
            (Some(before), Some(after)) if after > before => drift.better += 1,
            (Some(before), Some(after)) if after < before => drift.worse += 1,
            (Some(_), Some(_)) => drift.same += 1,
            (None, _) => drift.new += 1,
            (_, None) => drift.gone += 1,
        }
    }
}
