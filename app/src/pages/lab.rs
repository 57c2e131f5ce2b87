//! A lab before it is started.

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use platform::views::{LabView, Viewer};

use crate::{
    context::{Stop, page, signed_in},
    icons::Icon,
    markdown,
    pages::{home::facts, reserve},
    parts::{Tone, attempts_table, frame, notice, status},
    words,
};

/// The page at `/labs/{id}`.
#[component]
#[must_use]
pub fn Lab() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let lab = platform.lab(&viewer, &id.ok_or(Stop::NotFound)?).await?;
            Ok((viewer, lab))
        },
        |(viewer, lab)| show(&viewer, lab),
    )
}

const LAB: &[&str] = &[
    "You get a machine of your own. Break it as you like; it is thrown away afterwards.",
    "Check your work as often as you want. Checking costs nothing.",
    "Hints cost a few points, and only if you pass.",
    "How you work counts too: look before you change, test before you restart.",
];

const EXERCISE: &[&str] = &[
    "What you answer is kept while you type. You may close the page and come back; the clock goes on.",
    "When the time is up, what is there is handed in.",
    "Afterwards you see for each question what is right, and why.",
];

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, lab: LabView) -> AnyView {
    let card = lab.card;
    let trouble = lab.trouble.clone().map(|words| notice(Tone::Care, "This lab can't start at the moment", words));
    let passed = card.passed.then(|| status(Icon::Passed, Tone::Good, "Passed"));
    let start = match card.running {
        Some(attempt) => view! {
            <a class="button button-main button-wide" href=format!("/attempts/{attempt}")>"Go on" {Icon::Next.view()}</a>
            <p class="quiet">"You have begun it already."</p>
        }
        .into_any(),
        None => view! {
            <form method="post" action=format!("/labs/{}/start", card.id)>
                <button class="button button-main button-wide" type="submit" disabled=lab.trouble.is_some()>
                    {match (card.attempts, card.exercise) {
                        (0, None) => "Start the lab",
                        (0, Some(_)) => "Start the exercise",
                        _ => "Start again",
                    }}
                </button>
            </form>
            <p class="quiet">{if card.exercise.is_some() { "The clock starts at once." } else { "The clock starts when your machine is ready." }}</p>
        }
        .into_any(),
    };
    let good_to_know = if card.exercise.is_some() { EXERCISE } else { LAB };
    let reserve = lab.reservations.map(|reserved| reserve::section(&card.id, reserved));
    let checks = lab.checks.into_iter().map(|title| view! { <li>{title}</li> }).collect_view();
    let extra = (lab.extra_time > 0).then(|| {
        let minutes = card.minutes * (100 + lab.extra_time) / 100;
        let text = format!(
            "You have {} % more time: {} for this lab. Only you are shown this.",
            lab.extra_time,
            words::count(minutes as usize, "minute", "minutes")
        );
        view! { <p class="quiet" data-extra-time="">{text}</p> }
    });
    let attempts = (!lab.attempts.is_empty()).then(|| {
        view! {
            <section aria-labelledby="attempts">
                <h2 id="attempts">"Your attempts"</h2>
                {attempts_table("Your attempts", lab.attempts, false)}
            </section>
        }
    });
    frame(
        &card.title.clone(),
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are"><a href="/">"Home"</a></nav>
            <div class="title-row">
                <h1>{card.title.clone()}</h1>
                {passed}
            </div>
            <p class="lead">{card.summary.clone()}</p>
            {trouble}
            <div class="split">
                <div class="split-main">
                    <section aria-labelledby="brief">
                        <h2 id="brief">{if card.exercise.is_some() { "What it is about" } else { "The ticket" }}</h2>
                        <div class="prose" inner_html=markdown::to_html(&lab.brief)></div>
                    </section>
                    {attempts}
                    {reserve}
                </div>
                <aside class="split-side" aria-label="About this lab">
                    <div class="panel start">{start}</div>
                    {facts(&card)}
                    {extra}
                    {lab.may_see_items.then(|| view! { <p><a href=format!("/labs/{}/statistics", card.id)>"How this does"</a></p> })}
                    <section aria-labelledby="checked">
                        <h2 class="small-heading" id="checked">"What will be checked"</h2>
                        <ul class="plain-list">{checks}</ul>
                    </section>
                    <section aria-labelledby="rules">
                        <h2 class="small-heading" id="rules">"Good to know"</h2>
                        <ul class="plain-list">{good_to_know.iter().map(|words| view! { <li>{*words}</li> }).collect_view()}</ul>
                    </section>
                </aside>
            </div>
        },
    )
}
