//! The result of an attempt: first how it went, then why, with the commands it rests on.

mod groups;
pub(crate) mod judged;
mod lines;
mod role;
mod timeline;
mod times;

use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use platform::{
    Error,
    views::{AttemptState, ResultView, Viewer},
};
use scorecards::{
    event::EndReason,
    score::{About, Line, Outcome},
};
use uuid::Uuid;

use crate::{
    context::{Stop, page, signed_in},
    icons::Icon,
    markdown,
    parts::{Tone, frame, notice},
    words,
};

const CHECKS: &str =
    "Checks look at the machine at the end. Ways of working are seen in the commands you ran, and each names them.";
const ANSWERS: &str = "Each question with what you answered, where that was not right, and why.";

/// The page at `/attempts/{id}/result`.
#[component]
#[must_use]
pub fn Result() -> impl IntoView {
    let id = use_params_map().get_untracked().get("id");
    page(
        async move {
            let (platform, viewer) = signed_in().await?;
            let id = id.and_then(|id| Uuid::parse_str(&id).ok()).ok_or(Stop::NotFound)?;
            match platform.result(&viewer, id).await {
                Ok(result) => Ok((viewer, result)),
                // Not over yet: the page of the attempt is the right one.
                Err(Error::Conflict(words)) => match platform.attempt(&viewer, id).await?.state {
                    AttemptState::Ended(_) => Err(Error::Conflict(words).into()),
                    _ => Err(Stop::Redirect(format!("/attempts/{id}"))),
                },
                Err(error) => Err(error.into()),
            }
        },
        |(viewer, result)| show(&viewer, &result),
    )
}

/// Shows it.
#[must_use]
pub fn show(viewer: &Viewer, view: &ResultView) -> AnyView {
    let result = &view.result;
    let own = viewer.id == view.learner_id;
    let groups = groups::groups(result);
    let context = lines::Context::new(view);
    let lost = (result.lost > 0).then(|| {
        notice(
            Tone::Quiet,
            "Part of the record is missing",
            "The machine could not record every command. Working practices that need the missing part are marked as not seen and count neither way.".into(),
        )
    });
    let debrief = (!view.debrief.trim().is_empty()).then(|| {
        view! {
            <section aria-labelledby="debrief">
                <h2 id="debrief">{if view.exercise { "What to take away" } else { "What was wrong, and a good way to mend it" }}</h2>
                <div class="prose" inner_html=markdown::to_html(&view.debrief)></div>
            </section>
        }
    });
    frame(
        &format!("Result: {}", view.summary.title),
        viewer,
        view! {
            <nav class="crumbs" aria-label="Where you are">
                <a href="/">"Home"</a>
                <a href=format!("/labs/{}", view.summary.lab)>{view.summary.title.clone()}</a>
            </nav>
            {verdict(view, own)}
            {still_open(&result.lines)}
            {lost}
            {typists(view)}
            <section aria-labelledby="points">
                <div>
                    <h2 id="points">"Where the points come from"</h2>
                    <p class="quiet">{if view.exercise { ANSWERS } else { CHECKS }}</p>
                </div>
                {groups.iter().map(|group| lines::group(group, &context)).collect_view()}
            </section>
            {judged::people(view)}
            {role::said(view, own)}
            {(!view.exercise).then(|| left(view))}
            {debrief}
            {timeline::timeline(view)}
            <p class="actions">
                <a class="button button-main" href="/">"What's next" {Icon::Next.view()}</a>
                <a class="button" href=format!("/labs/{}", view.summary.lab)>{if view.exercise { "Do this again" } else { "Do this lab again" }}</a>
                {(!view.recorded.terminals.is_empty())
                    .then(|| view! { <a class="button" href=format!("/attempts/{}/replay", view.summary.id)>"Play the recording"</a> })}
            </p>
        },
    )
}

/// That what was typed may be somebody else's.
fn typists(view: &ResultView) -> Option<AnyView> {
    let spans: Vec<String> = view
        .typists
        .iter()
        .map(|typist| {
            let clock = |at: chrono::DateTime<chrono::Utc>| words::clock((at - view.summary.started).num_seconds());
            format!("{} from {} to {}", typist.name, clock(typist.from), clock(typist.until))
        })
        .collect();
    (!spans.is_empty()).then(|| {
        let words = format!(
            "With leave, somebody who watched could type in these terminals: {}. What was run then may be theirs.",
            spans.join("; ")
        );
        notice(Tone::Quiet, "Somebody else may have typed", words)
    })
}

fn verdict(view: &ResultView, own: bool) -> AnyView {
    let result = &view.result;
    let (class, icon, word) = match result.passed {
        Some(true) => ("verdict verdict-good", Icon::Passed, "Passed"),
        Some(false) => ("verdict", Icon::Open, "Not passed yet"),
        None => ("verdict", Icon::Info, "Not decided"),
    };
    let how = match view.summary.state {
        AttemptState::Ended(reason) if view.exercise => handed_in(reason, result.passed),
        AttemptState::Ended(reason) => ending(reason, result.passed),
        _ => "",
    };
    let heading = if own { "Your result".into() } else { format!("Result of {}", view.learner) };
    view! {
        <div class="title-row"><h1>{heading}</h1></div>
        <div class=class>
            <p class="verdict-word">{icon.view()} <strong>{word}</strong></p>
            <p class="verdict-points">
                <span class="verdict-earned">{result.points}</span>
                <span class="quiet">{format!(" of {} points", result.possible)}</span>
            </p>
            <p class="verdict-how">{how}</p>
            <dl class="facts">
                {fact("Took", words::duration(times::worked(view).num_seconds()))}
                {fact("Ended", crate::parts::attempts::moment(view.ended))}
            </dl>
        </div>
    }
    .into_any()
}

/// The way to what was left behind.
fn left(view: &ResultView) -> AnyView {
    let id = view.summary.id;
    let open = view.can_be_opened.then(|| {
        view! {
            <form method="post" action=format!("/attempts/{id}/open")>
                <button class="button" type="submit">"Open the box as it was left"</button>
            </form>
        }
    });
    view! {
        <section aria-labelledby="left">
            <div>
                <h2 id="left">"What was left"</h2>
                <p class="quiet">"The files of the machine were kept when the attempt ended. A copy of it opens for half an hour; nothing done there changes this result."</p>
            </div>
            <div class="actions">
                <a class="button" href=format!("/attempts/{id}/changes")>"What was changed"</a>
                {open}
            </div>
        </section>
    }
    .into_any()
}

fn fact(name: &'static str, value: String) -> AnyView {
    view! {
        <div class="fact">
            <dt>{name}</dt>
            <dd>{value}</dd>
        </div>
    }
    .into_any()
}

/// The same for an exercise.
fn handed_in(reason: EndReason, passed: Option<bool>) -> &'static str {
    match (reason, passed) {
        (EndReason::Abandoned, _) => "You stopped this attempt. The exercise is there whenever you want it.",
        (EndReason::Expired, Some(true)) => "The time was up, and everything required was right.",
        (EndReason::Expired, Some(false)) => "The time was up, and what you had answered by then was handed in.",
        (_, Some(true)) => "Everything that is needed to pass was right.",
        (_, Some(false)) => "Some of what is needed to pass was not right. Here is what, and why.",
        (_, None) => {
            "Some of what is required could not be judged. That was not your doing, and it does not count against you."
        }
    }
}

fn ending(reason: EndReason, passed: Option<bool>) -> &'static str {
    match (reason, passed) {
        (EndReason::Finished, Some(true)) => {
            "Every required check passed. The machine was as it should be when you finished."
        }
        (EndReason::Finished, Some(false)) => {
            "Some of what the ticket asks for was still open when you finished. Here is what, and how to get there."
        }
        (EndReason::Expired, Some(true)) => "The time was up, and everything required was in place.",
        (EndReason::Expired, Some(false)) => {
            "The time was up before everything was in place. Here is what was still open."
        }
        (EndReason::Finished | EndReason::Expired | EndReason::Idle, None) => {
            "Some of what is required could not be checked. That was not your doing, and it does not count against you."
        }
        (EndReason::Idle, Some(true)) => {
            "It was paused for longer than a machine is kept, and everything required was in place."
        }
        (EndReason::Idle, Some(false)) => {
            "It was paused for longer than a machine is kept, and not everything was in place. Here is what was still open."
        }
        (EndReason::Abandoned, _) => {
            "You stopped this attempt. The walk-through below shows the fault; the lab is there whenever you want it."
        }
        (EndReason::Lost, _) => {
            "The machine was lost. That was not your doing, and this attempt does not count against you."
        }
    }
}

fn still_open(lines: &[Line]) -> Option<AnyView> {
    let open: Vec<_> = lines
        .iter()
        .filter(|line| line.about == About::Check && line.required && line.outcome == Outcome::Missed)
        .map(|line| {
            view! {
                <li>
                    <span class="open-title">{line.title.clone()}</span>
                    {(!line.feedback.is_empty()).then(|| view! { <span class="open-feedback">{line.feedback.clone()}</span> })}
                </li>
            }
        })
        .collect();
    (!open.is_empty()).then(|| {
        view! {
            <section aria-labelledby="open">
                <h2 id="open">"What was still open"</h2>
                <ul class="open-list">{open}</ul>
            </section>
        }
        .into_any()
    })
}
