//! Hints: each says its price before it is taken.

use leptos::{
    html::{Button, Div},
    prelude::*,
    task::spawn_local,
};
use uuid::Uuid;

use crate::{
    api::{Hint, take_hint},
    icons::Icon,
    words,
};

pub(super) fn hints(attempt: Uuid, hints: Vec<Hint>) -> impl IntoView {
    let hints = RwSignal::new(hints);
    // The hint whose price is being asked for, and the one that was taken last: there the keyboard goes on.
    let asked = RwSignal::new(None::<u32>);
    let fresh = RwSignal::new(None::<u32>);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);

    let take = move |number: u32| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match take_hint(attempt, number).await {
                Ok(taken) => {
                    trouble.set(None);
                    asked.set(None);
                    fresh.set(Some(number));
                    hints.update(|hints| {
                        if let Some(hint) = hints.iter_mut().find(|hint| hint.number == number) {
                            *hint = taken;
                        }
                    });
                }
                Err(problem) => trouble.set(Some(problem.to_string())),
            }
            busy.set(false);
        });
    };

    view! {
        <p class="quiet">"A hint costs points only if you pass. Being stuck for long teaches less than a hint."</p>
        <div role="alert">{move || trouble.get().map(|words| view! { <p class="checks-trouble">{words}</p> })}</div>
        <ol class="hints" aria-live="polite">
            {move || {
                let asked_for = asked.get();
                let mut before = true;
                hints
                    .get()
                    .into_iter()
                    .map(|hint| {
                        // Hints build on each other: the next one opens when those before it have been taken.
                        let open = before;
                        before = hint.html.is_some();
                        let is_fresh = fresh.get_untracked() == Some(hint.number);
                        show(hint, open, is_fresh, asked_for, asked, take)
                    })
                    .collect_view()
            }}
        </ol>
    }
}

fn show(
    hint: Hint,
    open: bool,
    fresh: bool,
    asked_for: Option<u32>,
    asked: RwSignal<Option<u32>>,
    take: impl Fn(u32) + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let number = hint.number;
    let price = words::count(hint.cost as usize, "point", "points");
    let body = match hint.html {
        Some(html) => {
            let text = NodeRef::<Div>::new();
            if fresh {
                text.on_load(|text| _ = text.focus());
            }
            view! { <div class="prose hint-text" tabindex="-1" node_ref=text inner_html=html></div> }.into_any()
        }
        None if asked_for == Some(number) => {
            let show = NodeRef::<Button>::new();
            show.on_load(|show| _ = show.focus());
            view! {
                <div class="hint-ask">
                    <p>{format!("It costs {price} if you pass, nothing if you don't. Show it?")}</p>
                    <div class="actions">
                        <button class="button button-small button-main" type="button" node_ref=show data-take-hint=number on:click=move |_| take(number)>
                            "Show the hint"
                        </button>
                        <button class="button button-small" type="button" on:click=move |_| asked.set(None)>
                            "Not now"
                        </button>
                    </div>
                </div>
            }
            .into_any()
        }
        None if open => view! {
            <button class="button button-small" type="button" data-ask-hint=number on:click=move |_| asked.set(Some(number))>
                "Take this hint\u{2026}"
            </button>
        }
        .into_any(),
        None => view! { <p class="quiet">"Opens after the hint before it."</p> }.into_any(),
    };
    view! {
        <li class="hint" data-hint=number>
            <p class="hint-head">
                {Icon::Hint.view()} <span class="hint-name">{format!("Hint {number}")}</span>
                <span class="quiet">{price}</span>
            </p>
            {body}
        </li>
    }
}
