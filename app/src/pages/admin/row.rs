//! A machine in use, and the question before it is ended.

use leptos::prelude::*;
use platform::operations::{Presence, SandboxRow, Stock, UnusedKind};

use crate::{
    icons::Icon,
    parts::{Tone, status},
    words,
};

/// A row of the table; on a narrow screen its cells stand below each other with their names.
pub(super) fn show(row: &SandboxRow, stock: &Stock) -> AnyView {
    let since = words::duration(row.age(stock.at).num_seconds());
    let last = row.last_activity.map_or_else(
        || "\u{2013}".to_owned(),
        |last| format!("{} ago", words::duration((stock.at - last).num_seconds())),
    );
    let memory = row.memory.map_or_else(|| "\u{2013}".to_owned(), words::bytes);
    let node = (row.node != stock.node).then(|| format!("on {}", row.node));
    let container = row.container.as_ref().map(|id| id.chars().take(12).collect::<String>());
    let end = can_end(row).then(|| {
        let label = format!("End the attempt of {} at {}", row.learner, row.lab);
        view! {
            <button class="button button-small" type="button" popovertarget=format!("end-{}", row.sandbox) aria-label=label>
                "End"
            </button>
        }
    });
    view! {
        <tr data-sandbox=row.sandbox.to_string()>
            <th scope="row">
                {row.learner.clone()}
                <p class="quiet">{row.lab.clone()}</p>
                <p class="quiet"><code>{container}</code>" "{node}</p>
            </th>
            <td data-label="State">{standing(row)}</td>
            <td class="number" data-label="Since">{since}</td>
            <td class="number" data-label="Last activity">{last}</td>
            <td class="number" data-label="Memory">{memory}</td>
            <td class="stock-act">{end}</td>
        </tr>
    }
    .into_any()
}

/// Whether there is something to end.
pub(super) fn can_end(row: &SandboxRow) -> bool {
    matches!(row.state.as_str(), "starting" | "running" | "finishing" | "paused" | "queued")
}

/// How it stands, on the engine and in the store.
fn standing(row: &SandboxRow) -> AnyView {
    match (row.presence, row.state.as_str()) {
        (Presence::Missing, _) => status(Icon::Warning, Tone::Care, "Not on the engine"),
        (Presence::Ended, _) => status(Icon::Warning, Tone::Care, "Has ended"),
        (_, "starting" | "queued") => status(Icon::Running, Tone::Live, "Starting"),
        (_, "finishing") => status(Icon::Running, Tone::Live, "Being closed"),
        (_, "paused") => status(Icon::Clock, Tone::Quiet, "Paused"),
        (_, "ended" | "failed") => status(Icon::Clock, Tone::Quiet, "Being removed"),
        (Presence::Unknown, _) => status(Icon::Info, Tone::Quiet, "Not known"),
        _ => status(Icon::Running, Tone::Live, "Running"),
    }
}

/// Asks before an attempt is ended.
pub(super) fn dialog(row: &SandboxRow) -> AnyView {
    let id = format!("end-{}", row.sandbox);
    let heading = format!("{id}-heading");
    let (target, labelled) = (id.clone(), heading.clone());
    view! {
        <div class="dialog" id=id popover="auto" role="dialog" aria-labelledby=labelled>
            <h2 id=heading>{format!("End the attempt of {}?", row.learner)}</h2>
            <p>{format!("The machine of {} is thrown away, and the attempt counts for nothing. {} is told that it was ended and may start again.", row.lab, row.learner)}</p>
            <div class="actions">
                <form method="post" action=format!("/admin/attempts/{}/end", row.attempt)>
                    <button class="button button-danger" type="submit">"End this attempt"</button>
                </form>
                <button class="button" type="button" popovertarget=target popovertargetaction="hide">"Leave it"</button>
            </div>
        </div>
    }
    .into_any()
}

/// What an unused thing is.
pub(super) fn kind(kind: UnusedKind) -> &'static str {
    match kind {
        UnusedKind::Agent => "an agent of another version",
        UnusedKind::Image => "an image of a lab as it was",
        UnusedKind::Network => "a network without machines",
    }
}
