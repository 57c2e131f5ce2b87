//! The forms of a case: what somebody thinks of it, and what is decided.

use leptos::prelude::*;
use platform::views::{CaseView, CriterionView, DraftRating, Matter, Served};
use scorecards::scorecard::{Given, Label, Level};

use super::words::{decision, decisions, recommended};
use crate::markdown;

/// What somebody thinks of it, before they see the others.
pub(super) fn judge(view: &CaseView) -> AnyView {
    let id = view.line.id;
    let criteria = view
        .criteria
        .iter()
        .map(|criterion| criterion_fields(criterion, view.draft.ratings.get(&criterion.dimension)))
        .collect_view();
    let survey = view.survey.clone().map(|asks| survey(asks, view.draft.served));
    let overall = [Label::StrongYes, Label::Yes, Label::Discuss, Label::No].map(|label| {
        let word: &'static str = label.into();
        choice("overall", word, recommended(label), view.draft.overall == Some(label))
    });
    view! {
        <form class="case-form" method="post" action=format!("/judging/{id}/rate")>
            <p class="quiet">"Judge it by yourself: what the others and the machine say, you see when you are done."</p>
            {criteria}
            {survey}
            <fieldset class="question">
                <legend>"All in all"</legend>
                <div class="choices">{overall.into_iter().collect_view()}</div>
            </fieldset>
            <div class="actions">
                <button class="button button-main" type="submit">"Submit"</button>
                <button class="button" type="submit" formaction=format!("/judging/{id}/keep")>"Keep for later"</button>
            </div>
        </form>
    }
    .into_any()
}

/// What is asked of the partner for whom it was made.
fn survey(asks: String, served: Option<Served>) -> AnyView {
    let grades =
        [(5, "Very well"), (4, "Well"), (3, "So so"), (2, "Badly"), (1, "Very badly")].map(|(grade, words)| {
            let number = grade.to_string();
            choice("served", &number, &format!("**{number}** {words}"), served == Some(Served::Grade(grade)))
        });
    let declined = choice("served", "declined", "I would rather not say", served == Some(Served::Declined));
    view! {
        <fieldset class="question">
            <legend>"As the one it was made for"</legend>
            <p>{asks}</p>
            <div class="choices">{grades.into_iter().collect_view()} {declined}</div>
            <p class="quiet">"It counts for what partners say of them. Who said what is never shown."</p>
        </fieldset>
    }
    .into_any()
}

fn criterion_fields(criterion: &CriterionView, draft: Option<&DraftRating>) -> AnyView {
    let CriterionView { dimension, title, asks, anchors, .. } = criterion;
    let draft = draft.cloned().unwrap_or_default();
    let name = format!("level-{dimension}");
    let levels = Level::ALL.into_iter().zip(anchors).rev().map(|(one, anchor)| {
        let number = one.number().to_string();
        choice(&name, &number, &format!("**{number}** {anchor}"), draft.level == Some(Given::Level(one)))
    });
    let levels = levels.collect_view();
    let unseen = choice(&name, "not_observed", "It can\u{2019}t be seen here", draft.level == Some(Given::NotObserved));
    let (quote, comment) = (format!("quote-{dimension}"), format!("comment-{dimension}"));
    view! {
        <fieldset class="question" data-dimension=dimension.clone()>
            <legend>{title.clone()}</legend>
            <p>{asks.clone()}</p>
            <div class="choices">{levels} {unseen}</div>
            <label class="case-words" for=quote.clone()>"What shows it, in their words"</label>
            {area(&quote, &draft.quote, 2)}
            <label class="case-words" for=comment.clone()>"What you would tell them"</label>
            {area(&comment, &draft.comment, 2)}
        </fieldset>
    }
    .into_any()
}

fn choice(name: &str, value: &str, text: &str, chosen: bool) -> AnyView {
    radio(name, value, text, chosen, false)
}

fn radio(name: &str, value: &str, text: &str, chosen: bool, required: bool) -> AnyView {
    view! {
        <label class="choice">
            <input type="radio" name=name.to_string() value=value.to_string() checked=chosen required=required />
            <span inner_html=markdown::line(text)></span>
        </label>
    }
    .into_any()
}

/// A field for some lines.
pub(crate) fn area(name: &str, text: &str, rows: u32) -> AnyView {
    lines(name, text, rows, false)
}

/// The same, for what must be said: the browser asks for it, and nothing else in the form is lost.
pub(crate) fn asked_for(name: &str, text: &str, rows: u32) -> AnyView {
    lines(name, text, rows, true)
}

fn lines(name: &str, text: &str, rows: u32, required: bool) -> AnyView {
    // What stands in it is written as it is, and an end of line at its beginning is not shown.
    let text = format!("\n{}", markdown::escaped(text));
    view! { <textarea class="input" id=name.to_string() name=name.to_string() rows=rows required=required maxlength=LONGEST>{text}</textarea> }
        .into_any()
}

/// How long what is said may be, in characters: the server takes as many bytes, and a little more is told in words.
const LONGEST: u32 = 16_000;

/// What is decided, and why.
pub(super) fn decide(view: &CaseView) -> AnyView {
    let (id, matter) = (view.line.id, view.line.matter);
    let choices = decisions(matter)
        .iter()
        .map(|made| {
            let word: &'static str = made.into();
            // The browser asks for one, and what was typed below stays.
            radio("decision", word, decision(matter, *made), false, true)
        })
        .collect_view();
    let substance = (matter == Matter::Runbook).then(|| {
        view! {
            <fieldset class="question">
                <legend>"What it changes, where it is merged"</legend>
                <div class="choices">
                    {choice("substance", "command", "A command", false)}
                    {choice("substance", "step", "A step: a new one, one less, another one", false)}
                    {choice("substance", "decision", "A decision, or the figure it hangs on", false)}
                    {choice("substance", "wording", "Words only: it is worked by as before", false)}
                </div>
            </fieldset>
        }
    });
    view! {
        <form class="case-form" method="post" action=format!("/judging/{id}/decide")>
            <fieldset class="question">
                <legend>"Your decision"</legend>
                <div class="choices">{choices}</div>
            </fieldset>
            {substance}
            <label class="case-words" for="reason">"Why: they read it"</label>
            {asked_for("reason", "", 4)}
            <div class="actions"><button class="button button-main" type="submit">"Decide"</button></div>
        </form>
    }
    .into_any()
}
