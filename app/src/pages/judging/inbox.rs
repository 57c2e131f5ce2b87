//! The list of what waits: what somebody can do now, and until when.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use platform::views::{CaseLine, CaseStep, InboxView, Viewer};

use super::words::matter;
use crate::{
    context::{page, signed_in},
    icons::Icon,
    parts::{Tone, attempts::moment, frame, status},
    words,
};

/// The page at `/judging`.
#[component]
#[must_use]
pub fn Inbox() -> impl IntoView {
    page(
        async {
            let (platform, viewer) = signed_in().await?;
            let inbox = platform.inbox(&viewer).await?;
            Ok((viewer, inbox, platform.now()))
        },
        |(viewer, inbox, now)| show(&viewer, inbox, now),
    )
}

/// Shows it, as it is at this time.
#[must_use]
pub fn show(viewer: &Viewer, inbox: InboxView, now: DateTime<Utc>) -> AnyView {
    let waiting = if inbox.waiting.is_empty() {
        view! { <p>"Nothing waits. What needs a person\u{2019}s judgement comes here: texts and reviews, disputes, better runbooks, evidence for goals."</p> }
            .into_any()
    } else {
        let more = (inbox.more > 0).then(|| {
            view! { <p class="quiet">{format!("{} more wait. They come here as these are done.", inbox.more)}</p> }
        });
        view! {
            {table("waiting", inbox.waiting, now)}
            {more}
        }
        .into_any()
    };
    let decided = (!inbox.decided.is_empty()).then(|| {
        view! {
            <section aria-labelledby="decided">
                <h2 id="decided">"Decided, with your judgement"</h2>
                {table("decided", inbox.decided, now)}
            </section>
        }
    });
    frame(
        "To judge",
        viewer,
        view! {
            <div class="title-row"><h1>"To judge"</h1></div>
            <p class="lead">"What a machine may not decide. Late ones come first; otherwise the order is drawn for you, so that nobody is always judged last."</p>
            <section aria-labelledby="waiting">
                <h2 id="waiting">"Waiting"</h2>
                {waiting}
            </section>
            {decided}
        },
    )
}

fn table(heading: &'static str, lines: Vec<CaseLine>, now: DateTime<Utc>) -> AnyView {
    view! {
        <div class="table-scroll">
            <table class="table" aria-labelledby=heading>
                <thead>
                    <tr>
                        <th scope="col">"What"</th>
                        <th scope="col">"Whose"</th>
                        <th scope="col">"For you"</th>
                        <th scope="col">"Waits"</th>
                        <th scope="col">"Due"</th>
                    </tr>
                </thead>
                <tbody>{lines.into_iter().map(|line| row(line, now)).collect_view()}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(line: CaseLine, now: DateTime<Utc>) -> AnyView {
    let step = match line.step {
        CaseStep::Judge if line.begun => "Go on judging",
        CaseStep::Judge => "Judge",
        CaseStep::Decide => "Decide",
        CaseStep::Wait => "Others are to judge it",
        CaseStep::Done => "Done",
    };
    let of = (line.raters > 1).then(|| format!("{} of {} have", line.submitted, line.raters));
    let late = line.late.then(|| status(Icon::Warning, Tone::Care, "Late"));
    view! {
        <tr data-case=line.id.to_string() data-matter=matter(line.matter)>
            <th scope="row"><a href=format!("/judging/{}", line.id)>{line.title}</a> " " <span class="quiet">{matter(line.matter)}</span></th>
            <td>{line.whose.unwrap_or_else(|| "not shown".into())}</td>
            <td>{step} " " <span class="quiet">{of}</span></td>
            <td>{words::duration((now - line.asked_at).num_seconds())}</td>
            <td>{late} " " {moment(line.due_at)}</td>
        </tr>
    }
    .into_any()
}
