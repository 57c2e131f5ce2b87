//! A case with all that whoever judges it needs beside the form.

use std::collections::BTreeMap;

use scorecards::{
    event::{Kind, work::Given},
    score::{AttemptResult, score},
    scorecard::{Level, Middle, Panel, Version},
};
use uuid::Uuid;

use super::{Open, inbox::step, words};
use crate::{
    attempts::{Attempts, timeline},
    error::Result,
    store::{
        self,
        attempts::Attempt,
        cases::{self, Case, Matter},
        events, users,
    },
    views::{
        CaseAbout, CaseStep, CaseView, Change, CriterionView, DecisionView, DisputeCase, ExerciseView, RatingView,
        Viewer, WorkCase,
    },
};

/// How far apart raters may be before they talk: a level is a matter of taste, two are a misunderstanding.
const APART: u8 = 2;

impl Attempts {
    pub(crate) async fn case(&self, viewer: &Viewer, case: Uuid) -> Result<CaseView> {
        let open = self.reach_case(viewer, case).await?;
        let case = &open.case;
        let line = self.case_line(viewer, &open, &users::names(&self.store, [case.subject]).await?);
        let said = cases::words_of(&self.store, case.id).await?;
        let panel = self.panel(case).await?;
        let raters = panel.cards.keys().copied().chain(panel.decision().map(|made| made.by));
        let names = users::names(&self.store, raters.collect::<Vec<_>>()).await?;
        // Until somebody is done they see nothing of what others think, nor what the machine does.
        let sees = open.done_by(viewer.id) || line.step == CaseStep::Done;
        let recommended = panel.cards.iter().filter_map(|(rater, card)| {
            let (_, overall) = card.submitted.filter(|_| sees)?;
            Some((names.get(rater).cloned().unwrap_or_default(), overall))
        });
        Ok(CaseView {
            about: self.about(viewer, case, &said, sees).await?,
            asked: words(&said, case.asked.as_ref()),
            survey: case.survey.clone(),
            criteria: self.criteria(case, &panel, &said, if sees { Some(&names) } else { None }),
            draft: cases::draft(&self.store, case.id, viewer.id).await?.unwrap_or_default(),
            recommended: recommended.collect(),
            decision: decision(&panel, &said, Some(&names)),
            line,
        })
    }

    async fn about(
        &self,
        viewer: &Viewer,
        case: &Case,
        said: &BTreeMap<String, String>,
        sees: bool,
    ) -> Result<CaseAbout> {
        match case.matter {
            Matter::Evidence => return Ok(CaseAbout::Evidence),
            Matter::Runbook => return Ok(CaseAbout::Runbook(lines(said.get(&case.part).map_or("", String::as_str)))),
            Matter::Work | Matter::Dispute => {}
        }
        let attempt = match case.attempt {
            Some(attempt) => store::attempts::by_id(&self.store, attempt).await?,
            None => None,
        };
        let Some(attempt) = attempt else { return Ok(CaseAbout::Gone) };
        let Some(lab) = self.lab_of(&attempt) else { return Ok(CaseAbout::Gone) };
        let Some(version) = store::labs::version(&self.store, &attempt.lab, &attempt.version).await? else {
            return Ok(CaseAbout::Gone);
        };
        let brief = attempt.vars.fill(&lab.brief);
        let events = events::of_attempt(&self.store, attempt.id).await?;
        let result = score(&version.marking, &events);
        let exercise = self.answered(&attempt).await?;
        if case.matter == Matter::Dispute {
            if let Some(work) = self.work_to_judge_first(viewer, &attempt).await? {
                return Ok(CaseAbout::WorkFirst(work));
            }
            let Some(line) = result.lines.iter().find(|line| line.id == case.part).cloned() else {
                return Ok(CaseAbout::Gone);
            };
            let observed = events.iter().rev().find_map(|event| match &event.kind {
                Kind::CheckRun(run) if run.closing && run.check == case.part => Some(&run.observation),
                _ => None,
            });
            let observed = observed.filter(|observed| !observed.is_null());
            return Ok(CaseAbout::Dispute(Box::new(DisputeCase {
                attempt: attempt.id,
                brief,
                line,
                observed: observed.map(|observed| format!("{observed:#}")).unwrap_or_default(),
                exercise,
                commands: timeline::commands(&events, &result),
                can_be_opened: self.can_be_opened(viewer, &attempt).await?,
            })));
        }
        let Some(exercise) = exercise else { return Ok(CaseAbout::Gone) };
        let AttemptResult { lines, .. } = result;
        let model = attempt.vars.fill(&lab.debrief);
        let machine = if sees { lines } else { Vec::new() };
        Ok(CaseAbout::Work(Box::new(WorkCase { brief, exercise, model, machine })))
    }

    /// The case of an attempt's work that somebody is still to judge. A dispute shows what the machine says of it, which they
    /// would take over.
    pub(super) async fn work_to_judge_first(&self, viewer: &Viewer, attempt: &Attempt) -> Result<Option<Uuid>> {
        for case in cases::of_attempt(&self.store, attempt.id).await? {
            if case.matter == Matter::Work && case.decided_at.is_none() {
                let judges = cases::judges_of(&self.store, case.id).await?;
                let open = Open { case, judges };
                // Where as many have as are to, theirs is not waited for.
                if step(viewer, &open) == CaseStep::Judge && !open.is_judged() {
                    return Ok(Some(open.case.id));
                }
            }
        }
        Ok(None)
    }

    /// What was asked and answered in an exercise.
    async fn answered(&self, attempt: &Attempt) -> Result<Option<ExerciseView>> {
        match self.marked(attempt).await? {
            Some(marked) => Ok(self.exercise_view(attempt, &marked).await?),
            None => Ok(None),
        }
    }

    /// What is judged, with what was given as far as it may be seen. Without names nothing is.
    pub(super) fn criteria(
        &self,
        case: &Case,
        panel: &Panel,
        said: &BTreeMap<String, String>,
        names: Option<&BTreeMap<Uuid, String>>,
    ) -> Vec<CriterionView> {
        let of = |criterion: &labs::catalog::Criterion| {
            let (title, anchors) = self.dimension(&criterion.dimension);
            let counting: Vec<(Uuid, &Version)> = match names {
                Some(_) => panel.counting(&criterion.dimension).collect(),
                None => Vec::new(),
            };
            let levels: Vec<Level> = counting
                .iter()
                .filter_map(|(_, version)| if let Given::Level(level) = version.level { Some(level) } else { None })
                .collect();
            let numbers = || levels.iter().map(|level| level.number());
            let apart = numbers().max().zip(numbers().min()).is_some_and(|(most, least)| most - least >= APART);
            let rating = |(rater, version): &(Uuid, &Version)| RatingView {
                by: names.and_then(|names| names.get(rater)).cloned().unwrap_or_default(),
                level: version.level,
                quote: version.evidence.iter().filter_map(|cited| quoted(said, cited)).collect::<Vec<_>>().join("\n"),
                comment: words(said, version.comment.as_ref()).unwrap_or_default(),
            };
            CriterionView {
                dimension: criterion.dimension.clone(),
                title,
                asks: criterion.asks.clone(),
                anchors: criterion.anchors.clone().unwrap_or(anchors),
                ratings: counting.iter().map(rating).collect(),
                middle: Middle::of(&levels),
                apart,
            }
        };
        case.rubric.iter().map(of).collect()
    }

    /// The title of a dimension, and what its levels look like.
    pub(super) fn dimension(&self, id: &str) -> (String, [String; 4]) {
        let known = self.role.scorecard.dimensions.iter().find(|dimension| dimension.id == id);
        known.map_or_else(
            || (id.to_string(), <[String; 4]>::default()),
            |known| (known.title.clone(), known.own.anchors.clone()),
        )
    }
}

fn quoted(said: &BTreeMap<String, String>, cited: &scorecards::scorecard::Cited) -> Option<String> {
    match cited {
        scorecards::scorecard::Cited::Quote(name) => words(said, Some(name)),
        scorecards::scorecard::Cited::Event(_) => None,
    }
}

/// What was decided; by whom is said where there are names.
pub(super) fn decision(
    panel: &Panel,
    said: &BTreeMap<String, String>,
    names: Option<&BTreeMap<Uuid, String>>,
) -> Option<DecisionView> {
    panel.decision().map(|made| DecisionView {
        decision: made.decision,
        reason: words(said, Some(&made.reason)).unwrap_or_default(),
        at: made.at,
        by: names.and_then(|names| names.get(&made.by)).cloned(),
    })
}

/// A unified diff by lines, without its head.
fn lines(diff: &str) -> Vec<(Change, String)> {
    let line = |line: &str| match line.split_at_checked(1) {
        Some(("+", rest)) => (Change::Added, rest.to_string()),
        Some(("-", rest)) => (Change::Removed, rest.to_string()),
        Some(("@", _)) => (Change::Gap, String::new()),
        Some((" ", rest)) => (Change::Same, rest.to_string()),
        _ => (Change::Same, line.to_string()),
    };
    diff.lines().filter(|line| !line.starts_with('\\')).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_is_read_line_by_line() {
        let diff = similar::TextDiff::from_lines("one\ntwo\n\nthree\n", "one\n2\n\nthree\n--- four\n");
        let said = lines(&diff.unified_diff().to_string());
        let of = |change, text: &str| (change, text.to_string());
        assert_eq!(
            said,
            [
                of(Change::Gap, ""),
                of(Change::Same, "one"),
                of(Change::Removed, "two"),
                of(Change::Added, "2"),
                of(Change::Same, ""),
                of(Change::Same, "three"),
                of(Change::Added, "--- four"),
            ]
        );
        assert!(lines("").is_empty());
    }
}
