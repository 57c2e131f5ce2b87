//! An exercise while it is worked at: what is shown, and a form with what is asked. It works before any script; scripts
//! keep what is typed.

mod review;
mod scenario;
mod writing;

pub(crate) use review::change as review_change;
pub(crate) use scenario::story;
pub(crate) use writing::notes;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use leptos_meta::Title;
use platform::views::{AnswerForm, AttemptView, ExerciseView, OutputView, QuestionView, WorkView};
use uuid::Uuid;

use super::{give_up_dialog, hint, time};
use crate::{
    islands::{Alert, Answers, Hints, Timer},
    markdown,
    parts::frame::brand,
    words,
};

/// Shows it, as it is at this time.
pub(super) fn show(attempt: AttemptView, asked: ExerciseView, now: DateTime<Utc>) -> AnyView {
    let id = attempt.id;
    let time = time(&attempt, now);
    let hints: Vec<_> = attempt.hints.iter().map(hint).collect();
    let alert = attempt.alert.map(|alert| view! { <Alert attempt=id acknowledged=alert.acknowledged /> }.into_any());
    let many = asked.questions.len();
    let saved = asked.saved.is_some();
    let outputs = asked.outputs.into_iter().map(output).collect_view();
    let questions = (1..).zip(asked.questions).map(|(number, asked)| question(number, many, asked)).collect_view();
    let questions = (many > 0).then(|| {
        view! {
            <h2>{words::count(many, "question", "questions")}</h2>
            {questions}
        }
    });
    let (shown, done) = match asked.work {
        None => (None, None),
        Some(WorkView::Review(change)) => {
            let done = review::remarks(id, &change);
            (Some(review::change(change)), Some(done))
        }
        Some(WorkView::Writing(text)) => {
            let done = writing::parts(&text);
            (Some(writing::notes(text.notes)), Some(done))
        }
        Some(WorkView::Scenario(scenario)) => {
            let done = scenario::moves(id, &scenario);
            (Some(scenario::story(&scenario)), Some(done))
        }
    };
    let hints = (!hints.is_empty()).then(|| {
        view! {
            <section aria-labelledby="hints-heading">
                <h2 id="hints-heading">"Hints"</h2>
                {view! { <Hints attempt=id hints=hints /> }.into_any()}
            </section>
        }
    });
    let runbook = attempt.runbook.as_deref().map(|runbook| {
        view! {
            <details class="exercise-runbook">
                <summary>"Runbook"</summary>
                <div class="prose" inner_html=markdown::to_html(runbook)></div>
            </details>
        }
    });
    view! {
        <Title text=attempt.title.clone() />
        <div class="exercise">
            <a class="skip" href="#answers">"Skip to your part"</a>
            <header class="lab-bar">
                {brand()}
                <h1 class="lab-title">{attempt.title}</h1>
                <div class="lab-bar-end">
                    {view! { <Timer attempt=id time=time /> }.into_any()}
                    <button class="button wide-only" type="button" popovertarget="give-up">"Give up"</button>
                    <button class="button button-main" type="button" popovertarget="finish">"Hand in"</button>
                </div>
            </header>
            <main class="exercise-main">
                <div class="exercise-read" tabindex="0" role="region" aria-label="To read">
                    {alert}
                    <div class="prose" inner_html=markdown::to_html(&attempt.brief)></div>
                    {runbook}
                    {shown}
                    {outputs}
                    {hints}
                </div>
                <form class="answers" id="answers" tabindex="-1" method="post" action=format!("/attempts/{id}/answers")>
                    // What the Enter key does in a field: no more than to keep what is there.
                    <button class="unseen" type="submit" tabindex="-1" aria-hidden="true">"Save"</button>
                    {done}
                    {questions}
                    <div class="answers-end">
                        {view! { <Answers attempt=id saved=saved /> }.into_any()}
                        <noscript><button class="button" type="submit">"Save"</button></noscript>
                        <button class="button button-main" type="button" popovertarget="finish">"Hand in"</button>
                    </div>
                    {hand_in_dialog(id)}
                </form>
            </main>
            {give_up_dialog(id, true)}
        </div>
    }
    .into_any()
}

pub(crate) fn output(output: OutputView) -> AnyView {
    let name = format!("output-{}", output.title.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-"));
    let command =
        output.command.map(|command| view! { <span class="output-command">{format!("$ {command}\n")}</span> });
    let (figure, caption) = (name.clone(), name.clone());
    view! {
        <figure class="output" aria-labelledby=figure>
            <figcaption id=caption>{output.title}</figcaption>
            <pre tabindex="0" role="region" aria-labelledby=name><code>{command}{output.text}</code></pre>
        </figure>
    }
    .into_any()
}

fn question(number: usize, many: usize, asked: QuestionView) -> AnyView {
    let QuestionView { field, ask, points, required, form, given } = asked;
    let ask_id = format!("ask-{field}");
    let worth = words::count(usize::try_from(points).unwrap_or_default(), "point", "points");
    let must = if required { ", needed to pass" } else { "" };
    view! {
        <fieldset class="question" id=format!("question-{field}") aria-describedby=ask_id.clone()>
            <legend>{format!("Question {number} of {many}")} <span class="quiet">{format!("{worth}{must}")}</span></legend>
            <div class="prose" id=ask_id.clone() inner_html=markdown::to_html(&ask)></div>
            {answer(&field, &ask_id, form, &given)}
        </fieldset>
    }
    .into_any()
}

fn answer(field: &str, ask: &str, form: AnswerForm, given: &[String]) -> AnyView {
    let first = given.first().cloned().unwrap_or_default();
    match form {
        AnswerForm::One(texts) => choices("radio", field, texts, given),
        AnswerForm::Several(texts) => view! {
            // Without it nothing would say that all ticks were taken away.
            <input type="hidden" name=field.to_string() value="" />
            <p class="quiet">"Tick all that are right."</p>
            {choices("checkbox", field, texts, given)}
        }
        .into_any(),
        AnswerForm::Order(texts) => order(field, &texts, given),
        AnswerForm::Number { unit } => view! {
            <p class="answer-line">
                <input class="input input-number" name=field.to_string() value=first inputmode="decimal" autocomplete="off" aria-labelledby=ask.to_string() />
                {unit.map(|unit| view! { <span>{unit}</span> })}
            </p>
        }
        .into_any(),
        AnswerForm::Text => view! {
            <p class="answer-line">
                <input class="input" name=field.to_string() value=first autocomplete="off" spellcheck="false" aria-labelledby=ask.to_string() />
            </p>
        }
        .into_any(),
    }
}

fn choices(kind: &'static str, field: &str, texts: Vec<String>, given: &[String]) -> AnyView {
    let choice = |text: String| {
        let checked = given.contains(&text);
        view! {
            <label class="choice">
                <input type=kind name=field.to_string() value=text.clone() checked=checked />
                <span inner_html=markdown::line(&text)></span>
            </label>
        }
    };
    view! { <div class="choices">{texts.into_iter().map(choice).collect_view()}</div> }.into_any()
}

/// A list to choose from for each place: it works with any keyboard and any screen reader, which dragging does not.
fn order(field: &str, texts: &[String], given: &[String]) -> AnyView {
    let place = |at: usize| {
        let chosen = given.get(at).cloned().unwrap_or_default();
        let option = |text: &String| {
            let selected = *text == chosen;
            view! { <option value=text.clone() selected=selected>{text.clone()}</option> }
        };
        let options = texts.iter().map(option).collect_view();
        view! {
            <li>
                <select class="input" name=field.to_string() aria-label=format!("Place {}", at + 1)>
                    <option value="">"Choose …"</option>
                    {options}
                </select>
            </li>
        }
    };
    view! { <ol class="places">{(0..texts.len()).map(place).collect_view()}</ol> }.into_any()
}

fn hand_in_dialog(id: Uuid) -> AnyView {
    view! {
        <div class="dialog" id="finish" popover="auto" role="dialog" aria-labelledby="finish-heading">
            <h2 id="finish-heading">"Hand in your answers?"</h2>
            <p>"They can't be changed afterwards. What you left open counts as not known. You see your result with what is right, and why."</p>
            <div class="actions">
                <button class="button button-main" type="submit" formaction=format!("/attempts/{id}/hand-in")>"Hand in and see my result"</button>
                <button class="button" type="button" popovertarget="finish" popovertargetaction="hide">"Keep working"</button>
                <button class="button narrow-only" type="button" popovertarget="give-up">"Give up instead"</button>
            </div>
        </div>
    }
    .into_any()
}
