//! A table of attempts.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use platform::views::{AttemptState, AttemptSummary};
use scorecards::event::EndReason;

use crate::{
    icons::Icon,
    parts::{Tone, status},
};

/// Attempts in the order given; with their labs' titles unless they are all at one lab.
pub(crate) fn attempts_table(label: &'static str, attempts: Vec<AttemptSummary>, titles: bool) -> AnyView {
    let rows = attempts.into_iter().map(|attempt| row(&attempt, titles)).collect_view();
    view! {
        <div class="table-scroll">
            <table class="table" aria-label=label>
                <thead>
                    <tr>
                        <th scope="col">{if titles { "Lab" } else { "Started" }}</th>
                        <th scope="col">"How it went"</th>
                        <th scope="col" class="number">"Points"</th>
                        {titles.then(|| view! { <th scope="col" class="wide-only">"Started"</th> })}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(attempt: &AttemptSummary, titles: bool) -> AnyView {
    let started = moment(attempt.started);
    let name = if titles { attempt.title.clone() } else { started.clone() };
    let points = attempt.points.map(|(earned, possible)| format!("{earned} / {possible}"));
    view! {
        <tr>
            <th scope="row"><a href=address(attempt)>{name}</a></th>
            <td>{state(attempt)}</td>
            <td class="number">{points.unwrap_or_else(|| "\u{2013}".into())}</td>
            {titles.then(|| view! { <td class="wide-only"><time datetime=attempt.started.to_rfc3339()>{started}</time></td> })}
        </tr>
    }
    .into_any()
}

/// Where an attempt is seen: its result once there is one.
pub(crate) fn address(attempt: &AttemptSummary) -> String {
    match attempt.state {
        AttemptState::Ended(_) => format!("/attempts/{}/result", attempt.id),
        _ => format!("/attempts/{}", attempt.id),
    }
}

/// How an attempt went or stands.
pub(crate) fn state(attempt: &AttemptSummary) -> AnyView {
    match (&attempt.state, attempt.passed) {
        (AttemptState::Queued { .. }, _) => status(Icon::Running, Tone::Live, "Waiting").into_any(),
        (AttemptState::Starting, _) => status(Icon::Running, Tone::Live, "Starting").into_any(),
        (AttemptState::Running { .. }, _) => status(Icon::Running, Tone::Live, "Running").into_any(),
        (AttemptState::Paused { .. }, _) => status(Icon::Pause, Tone::Quiet, "Paused").into_any(),
        (AttemptState::Finishing, _) => status(Icon::Running, Tone::Live, "Being checked").into_any(),
        (AttemptState::Failed(_), _) => status(Icon::Warning, Tone::Care, "Could not start").into_any(),
        (AttemptState::Ended(_), Some(true)) => status(Icon::Passed, Tone::Good, "Passed").into_any(),
        (AttemptState::Ended(EndReason::Finished | EndReason::Expired | EndReason::Idle), None) => {
            status(Icon::Info, Tone::Quiet, "Not decided").into_any()
        }
        (AttemptState::Ended(reason), _) => status(Icon::Blocked, Tone::Quiet, ended(*reason)).into_any(),
    }
}

/// How an attempt ended that was not passed, in a word or two.
fn ended(reason: EndReason) -> &'static str {
    match reason {
        EndReason::Finished => "Not passed yet",
        EndReason::Expired => "Time ran out",
        EndReason::Abandoned => "Given up",
        EndReason::Lost => "Machine lost",
        EndReason::Idle => "Paused for too long",
    }
}

/// A moment as a table shows it.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format("%-d %b %Y, %H:%M UTC").to_string()
}
