//! The alert that a lab begins with: who is on call takes it first.

use leptos::{html::P, prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{api::acknowledge, icons::Icon};

pub(super) fn alert(attempt: Uuid, acknowledged: bool) -> impl IntoView {
    let taken = RwSignal::new(acknowledged);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let words = NodeRef::<P>::new();
    let take = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match acknowledge(attempt).await {
                Ok(()) => {
                    trouble.set(None);
                    // The button goes away: the keyboard goes on where it was.
                    if let Some(words) = words.get_untracked() {
                        _ = words.focus();
                    }
                    taken.set(true);
                }
                Err(problem) => trouble.set(Some(problem.to_string())),
            }
            busy.set(false);
        });
    };
    view! {
        <div class="lab-alert">
            <p role="status" tabindex="-1" node_ref=words>
                {move || {
                    if taken.get() {
                        view! { <span class="status status-good" data-alert="acknowledged">{Icon::Passed.view()} <span>"You have this alert"</span></span> }.into_any()
                    } else {
                        view! { <span class="status status-care" data-alert="open">{Icon::Warning.view()} <span>"This alert is for you"</span></span> }.into_any()
                    }
                }}
            </p>
            {move || {
                (!taken.get())
                    .then(|| {
                        view! {
                            <button class="button button-small" type="button" data-acknowledge="" aria-disabled=move || busy.get().to_string() on:click=take>
                                "Acknowledge"
                            </button>
                        }
                    })
            }}
        </div>
        <div role="alert">{move || trouble.get().map(|words| view! { <p class="checks-trouble">{words}</p> })}</div>
    }
}
