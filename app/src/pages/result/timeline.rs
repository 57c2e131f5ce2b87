//! The learner's commands in order, with an anchor for each.

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use platform::views::{CommandLine, ResultView, TimeLine};

use super::times;
use crate::words;

/// The time line; nothing where no command was recorded.
pub(super) fn timeline(view: &ResultView) -> Option<AnyView> {
    if view.commands.is_empty() {
        return None;
    }
    let commands = view.commands.iter().map(|command| (command.at, row(command, view)));
    let times = view.times.iter().map(|line| (line.at, time_row(line, view)));
    let mut rows: Vec<(DateTime<Utc>, AnyView)> = commands.chain(times).collect();
    rows.sort_by_key(|(at, _)| *at);
    let rows = rows.into_iter().map(|(_, row)| row).collect_view();
    Some(
        view! {
            <section aria-labelledby="commands">
                <div class="section-head">
                    <h2 id="commands">"Your commands"</h2>
                    <p class="quiet">{words::count(view.commands.len(), "command", "commands")}", as the machine recorded them"</p>
                </div>
                <div class="table-scroll">
                    <table class="table timeline" aria-labelledby="commands">
                        <thead>
                            <tr>
                                <th scope="col" class="number">"Time"</th>
                                <th scope="col">"Command"</th>
                                <th scope="col" class="number">"Exit"</th>
                                <th scope="col" class="number wide-only">"Terminal"</th>
                            </tr>
                        </thead>
                        <tbody>{rows}</tbody>
                    </table>
                </div>
            </section>
        }
        .into_any(),
    )
}

/// What happened to the time, between the commands.
fn time_row(line: &TimeLine, view: &ResultView) -> AnyView {
    let since = (line.at - view.summary.started).num_seconds();
    view! {
        <tr class="timeline-time" id=format!("e-{}", line.event)>
            <td class="number">
                <time datetime=line.at.to_rfc3339() title=line.at.format("%H:%M:%S UTC").to_string()>{words::clock(since)}</time>
            </td>
            <td colspan="3">{times::says(&line.what)}</td>
        </tr>
    }
    .into_any()
}

fn row(command: &CommandLine, view: &ResultView) -> AnyView {
    let since = (command.at - view.summary.started).num_seconds();
    let failed = command.exit.is_some_and(|code| code != 0);
    view! {
        <tr id=format!("e-{}", command.event)>
            <td class="number">
                {to_recording(command, view, view! { <time datetime=command.at.to_rfc3339() title=command.at.format("%H:%M:%S UTC").to_string()>{words::clock(since)}</time> }.into_any())}
            </td>
            <td><code>{command.command.clone()}</code></td>
            <td class="number" class:exit-bad=failed>{command.exit.map_or_else(|| "\u{2013}".into(), |code| code.to_string())}</td>
            <td class="number wide-only">{command.terminal.map_or_else(|| "\u{2013}".into(), |number| number.to_string())}</td>
        </tr>
    }
    .into_any()
}

/// Something that leads to the moment of a command in the recording, where there is one.
fn to_recording(command: &CommandLine, view: &ResultView, shown: AnyView) -> AnyView {
    match view.recorded.place(command.terminal, command.at) {
        Some((terminal, at)) => {
            let address = crate::pages::replay::address(view.summary.id, terminal, at);
            view! { <a class="to-recording" href=address>{shown} <span class="unseen">" in the recording"</span></a> }
                .into_any()
        }
        None => shown,
    }
}
