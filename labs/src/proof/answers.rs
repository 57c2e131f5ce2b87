//! The proof of an exercise: its model answers are right, no answers are not, and what looks right and is wrong is refused.

use std::time::Instant;

use scorecards::event::Verdict;

use super::{Round, about};
use crate::{
    catalog::{Lab, Problem, Vars},
    exercise::{Answers, Decoy, Exercise},
};

const FILE: &str = "lab.toml";

/// Proves an exercise with the variables of one seed.
pub(super) fn prove(lab: &Lab, exercise: &Exercise, seed: u64) -> (Round, Vec<Problem>) {
    let vars = lab.draw(seed);
    let mut problems = Vec::new();
    let mut wrong =
        |what: String, remedy: &str| problems.push(about(lab, FILE, format!("seed {seed}: {what}"), remedy));
    let began = Instant::now();
    if passes(exercise, &vars, &Answers::new()) {
        wrong("whoever answers nothing passes".into(), "set `required = true` on what somebody must know");
    }
    let untouched = began.elapsed();

    let began = Instant::now();
    let model = exercise.model(&vars);
    let mut points = (0, 0);
    for (outcome, mark) in exercise.judge(&vars, &model).iter().zip(exercise.marks()) {
        points.1 += mark.points;
        if outcome.verdict == Verdict::Passed {
            points.0 += mark.points;
        } else {
            let given = model.get(&mark.id).map(|texts| texts.join(", ")).unwrap_or_default();
            wrong(
                format!("\"{}\": the right answer, \"{given}\", is refused", mark.id),
                "mend what is accepted, or the example",
            );
        }
    }
    let solution = began.elapsed();

    let began = Instant::now();
    for Decoy { said, answers, fails } in exercise.decoys(&vars) {
        let outcomes = exercise.judge(&vars, &answers);
        if outcomes.iter().any(|outcome| outcome.check == fails && outcome.verdict == Verdict::Passed) {
            wrong(format!("\"{fails}\": {said} is taken"), "narrow what is accepted");
        }
    }
    let round =
        Round { seed, untouched, solution, closing: began.elapsed(), points, drawn: vars.0, ..Round::default() };
    (round, problems)
}

/// Leaves each required answer out, one at a time. Gives how many were left out, and what is wrong.
pub(super) fn mutate(lab: &Lab, exercise: &Exercise, seed: u64) -> (usize, Vec<Problem>) {
    let vars = lab.draw(seed);
    let model = exercise.model(&vars);
    let questions: Vec<&str> = exercise.questions.iter().map(|question| question.mark.id.as_str()).collect();
    let required = exercise.questions.iter().map(|question| &question.mark).filter(|mark| mark.required);
    let mut left_out: Vec<Vec<&str>> = required.map(|mark| vec![mark.id.as_str()]).collect();
    if exercise.work.is_some() {
        // What is done beside the questions is one thing.
        left_out.push(model.keys().map(String::as_str).filter(|field| !questions.contains(field)).collect());
    }
    let unnoticed = |fields: &&Vec<&str>| {
        let mut answers = model.clone();
        answers.retain(|field, _| !fields.contains(&field.as_str()));
        passes(exercise, &vars, &answers)
    };
    let problem = |fields: &Vec<&str>| {
        let what = format!("seed {seed}: whoever leaves out {} passes", fields.join(", "));
        about(lab, FILE, what, "require what it is about")
    };
    (left_out.len(), left_out.iter().filter(unnoticed).map(problem).collect())
}

/// Whether all that is required is right.
fn passes(exercise: &Exercise, vars: &Vars, answers: &Answers) -> bool {
    let outcomes = exercise.judge(vars, answers);
    exercise
        .marks()
        .into_iter()
        .zip(outcomes)
        .all(|(mark, outcome)| !mark.required || outcome.verdict == Verdict::Passed)
}
