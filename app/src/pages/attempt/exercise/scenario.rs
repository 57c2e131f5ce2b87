//! A scenario that is played through at the table.

use leptos::prelude::*;
use platform::views::{MoveKind, MoveView, ScenarioView, StepView};
use uuid::Uuid;

use crate::{markdown, words};

/// What was done and what happened so far.
pub(crate) fn story(scenario: &ScenarioView) -> AnyView {
    let last = scenario.story.len();
    // Where one goes on reading after a move: what came of it, and then what happened meanwhile.
    let now = scenario.story.iter().rposition(|step| step.done.is_some());
    let steps = scenario.story.iter().enumerate().map(|(at, told)| step(told, Some(at) == now)).collect_view();
    let steps = if last == 0 {
        view! { <p class="quiet">"Nothing yet. Each move takes time on the clock of the scenario, and shows what comes of it."</p> }.into_any()
    } else {
        view! { <ol class="story">{steps}</ol> }.into_any()
    };
    view! {
        <section aria-labelledby="story">
            <h2 id="story">{format!("What happened: {} in", words::count(minutes(scenario.minute), "minute", "minutes"))}</h2>
            {steps}
        </section>
    }
    .into_any()
}

fn minutes(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn step(step: &StepView, last: bool) -> AnyView {
    let (class, title) = match &step.done {
        Some((_, title)) => ("story-step", title.clone()),
        None => ("story-step story-inject", "Meanwhile".into()),
    };
    view! {
        <li class=class id=last.then_some("now") tabindex=last.then_some("-1")>
            <h3><span class="story-minute">{format!("+{} min", step.minute)}</span> <span inner_html=markdown::line(&title)></span></h3>
            <div class="prose" inner_html=markdown::to_html(&step.text)></div>
        </li>
    }
    .into_any()
}

/// What can be done now, by kind.
pub(super) fn moves(id: Uuid, scenario: &ScenarioView) -> AnyView {
    let groups = scenario.open.chunk_by(|one, next| one.kind == next.kind).map(|group| kind(id, group)).collect_view();
    view! {
        <h2>"What do you do?"</h2>
        <p class="quiet">"Choose one move at a time. None can be taken back. Hand in when the disturbance is in good hands."</p>
        {groups}
    }
    .into_any()
}

fn kind(id: Uuid, moves: &[MoveView]) -> AnyView {
    let name = match moves.first().map(|first| first.kind) {
        Some(MoveKind::Ask) | None => "Ask somebody",
        Some(MoveKind::Look) => "Look at something",
        Some(MoveKind::Suppose) => "Suppose a cause",
        Some(MoveKind::Act) => "Change something",
        Some(MoveKind::Tell) => "Tell somebody, or call for help",
    };
    let buttons = moves
        .iter()
        .map(|next| {
            let takes = if next.minutes == 0 { String::new() } else { format!("{} min", next.minutes) };
            view! {
                <li>
                    <button class="move" type="submit" name="move" value=next.id.clone() formaction=format!("/attempts/{id}/moves")>
                        <span inner_html=markdown::line(&next.title)></span>
                        <span class="quiet">{takes}</span>
                    </button>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="moves">
            <h3>{name}</h3>
            <ul>{buttons}</ul>
        </section>
    }
    .into_any()
}
