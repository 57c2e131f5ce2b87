//! What was handed in, to be read.

use leptos::prelude::*;
use platform::views::{ExerciseView, QuestionView, WorkView, WritingView};

use crate::{
    markdown,
    pages::attempt::exercise::{notes, output, review_change, story},
};

/// Shows it.
pub(super) fn answered(exercise: ExerciseView) -> AnyView {
    let work = exercise.work.map(|work| match work {
        WorkView::Review(change) => review_change(change),
        WorkView::Writing(text) => written(text),
        WorkView::Scenario(scenario) => story(&scenario),
    });
    let outputs = exercise.outputs.into_iter().map(output).collect_view();
    let questions = (!exercise.questions.is_empty()).then(|| {
        let questions = exercise.questions.into_iter().map(question).collect_view();
        view! {
            <section aria-labelledby="questions">
                <h3 id="questions">"Questions"</h3>
                {questions}
            </section>
        }
    });
    view! { {outputs} {work} {questions} }.into_any()
}

fn written(text: WritingView) -> AnyView {
    let parts = text.parts.into_iter().map(|part| {
        let words = if part.given.trim().is_empty() { "(nothing)".to_owned() } else { part.given };
        view! {
            <section class="handed-in">
                <h3>{part.label}</h3>
                <p class="as-typed">{words}</p>
            </section>
        }
    });
    let parts = parts.collect_view();
    view! { {parts} <details><summary>"The notes it was written from"</summary>{notes(text.notes)}</details> }
        .into_any()
}

fn question(asked: QuestionView) -> AnyView {
    let given: Vec<String> = asked.given.into_iter().filter(|text| !text.trim().is_empty()).collect();
    let given = if given.is_empty() { "(no answer)".to_owned() } else { given.join("\n") };
    view! {
        <div class="handed-in">
            <div class="prose" inner_html=markdown::to_html(&asked.ask)></div>
            <p class="as-typed">{given}</p>
        </div>
    }
    .into_any()
}
