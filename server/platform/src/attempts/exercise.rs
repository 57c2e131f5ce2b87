//! Exercises: attempts without a box. What is answered is kept as it is typed; at the end it is handed in as one event, and
//! judged from that.

use labs::{
    catalog::{Lab, Vars},
    exercise::{
        Answer, Answers, Exercise, Question, Work,
        review::{self, COMMENTS, Comment, MOST_COMMENTS, Review},
        scenario::{MOVES, Scenario, Step},
        writing::{Asks, Writing},
    },
};
use scorecards::event::{EndReason, Kind};
use tracing::info;
use uuid::Uuid;

use super::{
    Attempts,
    check::{LAB_IS_GONE, check_run, must_run, over},
    marked::Marked,
};
use crate::{
    access::Action,
    error::{Error, Result},
    store::{
        self, StoreError, answers,
        attempts::{Attempt, State},
        events, timers,
    },
    views::{
        AnswerForm, ExerciseView, MoveView, OutputView, PartView, QuestionView, ReviewView, ScenarioView, StepView,
        Viewer, WorkView, WritingView,
    },
};

const TIME_IS_UP: &str = "The time is up, and what was there by then is being judged.";

const NO_EXERCISE: &str = "There is nothing to answer here: this lab is worked at in its terminal.";

/// How much may be answered in one field, in bytes.
const LONGEST: usize = 32 << 10;

impl Attempts {
    /// Nothing has to be made for it: it runs at once.
    pub(super) async fn start_exercise(&self, viewer: &Viewer, lab: &Lab) -> Result<Uuid> {
        self.clock_looked_at().await?;
        let mut attempt = self.drawn(viewer, lab);
        let timer = self.fresh_timer(&attempt, lab.minutes, lab.time).await?;
        attempt.state = State::Running;
        attempt.deadline = Some(timer.deadline);
        attempt.node = Some(self.instance.clone());
        let mut tx = self.store.begin().await?;
        if let Some(known) = self.enter(&mut tx, &attempt, lab, None).await? {
            return Ok(known);
        }
        timers::set(&mut tx, attempt.id, &timer).await?;
        events::append(&mut tx, &[self.began(&attempt)]).await?;
        tx.commit().await?;
        info!(attempt = %attempt.id, lab = lab.id, "an exercise begins");
        Ok(attempt.id)
    }

    /// Keeps what is answered now. Fields that are not named stay as they are.
    pub(crate) async fn answer(&self, viewer: &Viewer, attempt: Uuid, given: &Answers) -> Result<()> {
        self.change(viewer, attempt, |exercise, _, _| Ok(fields(exercise, given)), false).await
    }

    /// Keeps what is answered now and hands all of it in, at once: what is still on its way comes too late.
    pub(crate) async fn hand_in(&self, viewer: &Viewer, attempt: Uuid, given: &Answers) -> Result<()> {
        self.change(viewer, attempt, |exercise, _, _| Ok(fields(exercise, given)), true).await?;
        Ok(self.close_exercise(attempt).await?)
    }

    /// Remarks something on a line of a change.
    pub(crate) async fn comment(&self, viewer: &Viewer, attempt: Uuid, comment: &Comment) -> Result<()> {
        self.change(
            viewer,
            attempt,
            |exercise, vars, answers| {
                let Some(Work::Review(change)) = &exercise.work else { return Err(Error::NotFound) };
                let file = change.files.iter().find(|file| file.path == comment.file);
                let lines = file.map(|file| file.lines(vars)).unwrap_or_default();
                if !lines.iter().any(|line| line.after == Some(comment.line)) {
                    let words = format!(
                        "{} has no line {} after this change. Look at the numbers on the right.",
                        comment.file, comment.line
                    );
                    return Err(Error::Conflict(words));
                }
                if comment.text.trim().is_empty() {
                    return Err(Error::Conflict(
                        "Say in a sentence what you mean: a remark without words helps nobody.".into(),
                    ));
                }
                let mut comments = review::comments(answers);
                if comments.contains(comment) {
                    return Ok(Answers::new());
                }
                if comments.len() >= MOST_COMMENTS {
                    return Err(Error::Conflict(format!(
                        "There are {MOST_COMMENTS} remarks already, which is as many as there may be."
                    )));
                }
                comments.push(comment.clone());
                let answered = review::answered(&comments);
                if answered.iter().map(String::len).sum::<usize>() > LONGEST {
                    return Err(Error::Conflict("Your remarks are longer than can be kept. Shorten this one.".into()));
                }
                Ok([(COMMENTS.to_string(), answered)].into())
            },
            false,
        )
        .await
    }

    /// Takes a remark back. One that is gone already changes nothing.
    pub(crate) async fn take_back(&self, viewer: &Viewer, attempt: Uuid, comment: &Comment) -> Result<()> {
        self.change(
            viewer,
            attempt,
            |_, _, answers| {
                let mut comments = review::comments(answers);
                comments.retain(|other| other != comment);
                Ok([(COMMENTS.to_string(), review::answered(&comments))].into())
            },
            false,
        )
        .await
    }

    /// Makes a move of a scenario. One that was made already changes nothing.
    pub(crate) async fn make_move(&self, viewer: &Viewer, attempt: Uuid, id: &str) -> Result<()> {
        self.change(
            viewer,
            attempt,
            |exercise, _, answers| {
                let Some(Work::Scenario(scenario)) = &exercise.work else { return Err(Error::NotFound) };
                let played = scenario.played(answers);
                let mut moves: Vec<String> = played.iter().map(|(done, _)| done.id.clone()).collect();
                if moves.iter().any(|done| done == id) {
                    return Ok(Answers::new());
                }
                if !scenario.open(&played).any(|next| next.id == id) {
                    return Err(Error::NotFound);
                }
                moves.push(id.to_string());
                Ok([(MOVES.to_string(), moves)].into())
            },
            false,
        )
        .await
    }

    /// Keeps what `change` makes of what is answered so far, while nobody else does; and it finishes, where that is the last.
    async fn change(
        &self,
        viewer: &Viewer,
        attempt: Uuid,
        change: impl FnOnce(&Exercise, &Vars, &Answers) -> Result<Answers>,
        last: bool,
    ) -> Result<()> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        must_run(&attempt)?;
        let lab = self.lab_of(&attempt).ok_or_else(|| Error::Conflict(LAB_IS_GONE.into()))?;
        let exercise = lab.exercise.as_ref().ok_or_else(|| Error::Conflict(NO_EXERCISE.into()))?;
        self.clock_looked_at().await?;
        let now = self.clock.now();
        // The server that keeps its time may be away.
        if attempt.deadline.is_some_and(|deadline| deadline <= now) {
            return Err(Error::Conflict(TIME_IS_UP.into()));
        }
        let mut tx = self.store.begin().await?;
        // Nobody else hands in or changes it until this is written.
        if !store::attempts::lock_running(&mut tx, attempt.id).await? {
            return Err(over());
        }
        let changed = change(exercise, &attempt.vars, &answers::locked(&mut tx, attempt.id).await?)?;
        for (field, texts) in &changed {
            if texts.iter().map(String::len).sum::<usize>() > LONGEST {
                let words =
                    format!("This is longer than the {} KiB that an answer may have. Shorten it.", LONGEST >> 10);
                return Err(Error::Conflict(words));
            }
            // PostgreSQL takes no text with a zero character.
            let texts: Vec<String> = texts.iter().map(|text| text.replace('\0', "")).collect();
            answers::keep(&mut tx, attempt.id, field, &texts, now).await?;
        }
        timers::active(&mut tx, attempt.id, now).await?;
        if last {
            store::attempts::finishes(&mut tx, attempt.id, EndReason::Finished).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Brings an exercise that finishes to its end: hands in what was answered, judges it, and computes the result. A server
    /// that was killed in between goes on from where that was. Anything else is left alone.
    pub(super) async fn close_exercise(&self, attempt: Uuid) -> Result<(), StoreError> {
        let Some(attempt) = store::attempts::by_id(&self.store, attempt).await? else { return Ok(()) };
        let Some(_claim) = self.claim(attempt.id) else { return Ok(()) };
        if attempt.state != State::Finishing || attempt.node.is_none() {
            return Ok(());
        }
        if attempt.reason == Some(EndReason::Lost) {
            return self.lose(attempt.id, "was ended from outside").await;
        }
        if attempt.reason != Some(EndReason::Abandoned) && !self.is_closed(&attempt).await? {
            let (answers, _) = answers::of_attempt(&self.store, attempt.id).await?;
            let outcomes = self.judged(&attempt, &answers).await?;
            let handed_in = self.event(&attempt, Some(attempt.learner), Kind::AnswersHandedIn { answers });
            let runs = outcomes.into_iter().map(|outcome| self.event(&attempt, None, check_run(outcome, true)));
            let made: Vec<_> = std::iter::once(handed_in).chain(runs).collect();
            // All of them or none: that they are there says that this step is done. Another server may have done it meanwhile.
            let mut tx = self.store.begin().await?;
            if !store::attempts::lock_finishing(&mut tx, attempt.id).await? {
                return Ok(());
            }
            if !self.is_closed(&attempt).await? {
                events::append(&mut tx, &made).await?;
            }
            tx.commit().await?;
        }
        self.conclude(&attempt, None).await
    }

    /// What is shown of an exercise while it is worked at.
    pub(super) async fn exercise_view(&self, attempt: &Attempt, marked: &Marked) -> Result<Option<ExerciseView>> {
        let Some(exercise) = &marked.lab().exercise else { return Ok(None) };
        let (answers, saved) = answers::of_attempt(&self.store, attempt.id).await?;
        Ok(Some(ExerciseView { saved, ..asked(exercise, &attempt.vars, attempt.seed, answers) }))
    }
}

/// What an exercise asks, with what was answered.
pub(super) fn asked(exercise: &Exercise, vars: &Vars, seed: u64, mut answers: Answers) -> ExerciseView {
    let work = exercise.work.as_ref().map(|work| match work {
        Work::Review(review) => WorkView::Review(reviewed(review, vars, &answers)),
        Work::Writing(writing) => WorkView::Writing(written(writing, vars, &answers)),
        Work::Scenario(scenario) => WorkView::Scenario(played(scenario, vars, &answers)),
    });
    let question = |question: &Question| QuestionView {
        field: question.mark.id.clone(),
        ask: vars.fill(&question.ask),
        points: question.mark.points,
        required: question.mark.required,
        form: form(question, &question.shuffled(vars, seed)),
        given: answers.remove(&question.mark.id).unwrap_or_default(),
    };
    let questions = exercise.questions.iter().map(question).collect();
    let Exercise { kind, outputs, .. } = exercise;
    let outputs = outputs
        .iter()
        .map(|output| OutputView {
            title: vars.fill(&output.title),
            command: output.command.as_ref().map(|command| vars.fill(command)),
            text: vars.fill(&output.text),
        })
        .collect();
    ExerciseView { kind: *kind, outputs, work, questions, saved: None }
}

/// What is answered of the fields that there are.
fn fields(exercise: &Exercise, given: &Answers) -> Answers {
    let known = given.iter().filter(|(field, _)| exercise.has_field(field));
    known.map(|(field, texts)| (field.clone(), texts.clone())).collect()
}

fn reviewed(review: &Review, vars: &Vars, answers: &Answers) -> ReviewView {
    ReviewView {
        title: vars.fill(&review.title),
        author: vars.fill(&review.author),
        description: vars.fill(&review.description),
        files: review.files.iter().map(|file| (file.path.clone(), file.lines(vars))).collect(),
        comments: review::comments(answers),
    }
}

fn written(writing: &Writing, vars: &Vars, answers: &Answers) -> WritingView {
    let given = |field: &str| answers.get(field).map(|texts| texts.concat()).unwrap_or_default();
    WritingView {
        notes: writing.notes.iter().map(|note| vars.fill(note)).collect(),
        parts: writing
            .parts
            .iter()
            .map(|part| PartView {
                field: part.field.clone(),
                label: part.label.clone(),
                line: part.line,
                given: given(&part.field),
            })
            .collect(),
        most_words: writing.criteria.iter().find_map(|criterion| match criterion.asks {
            Asks::AtMost(most) => Some(most),
            _ => None,
        }),
    }
}

fn played(scenario: &Scenario, vars: &Vars, answers: &Answers) -> ScenarioView {
    let played = scenario.played(answers);
    let step = |step: Step<'_>| match step {
        Step::Moved(done, minute) => {
            StepView { minute, done: Some((done.kind, vars.fill(&done.title))), text: vars.fill(&done.result) }
        }
        Step::Happened(inject, minute) => StepView { minute, done: None, text: vars.fill(&inject.text) },
    };
    let mut open: Vec<MoveView> = scenario
        .open(&played)
        .map(|next| MoveView {
            id: next.id.clone(),
            kind: next.kind,
            title: vars.fill(&next.title),
            minutes: next.minutes,
        })
        .collect();
    open.sort_by_key(|next| next.kind);
    ScenarioView {
        minute: played.last().map_or(0, |(_, minute)| *minute),
        story: scenario.story(&played).into_iter().map(step).collect(),
        open,
    }
}

fn form(question: &Question, texts: &[String]) -> AnswerForm {
    let texts = texts.to_vec();
    match &question.answer {
        Answer::One { .. } => AnswerForm::One(texts),
        Answer::Several { .. } => AnswerForm::Several(texts),
        Answer::Order(_) => AnswerForm::Order(texts),
        Answer::Number { unit, .. } => AnswerForm::Number { unit: unit.clone() },
        Answer::Text { .. } => AnswerForm::Text,
    }
}
