//! The alert that a lab begins with: who is on call takes it first.

use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

use crate::{api::acknowledge, icons::Icon};

pub(super) fn alert(attempt: Uuid, acknowledged: bool) -> impl IntoView {
    let taken = RwSignal::new(acknowledged);
    let busy = RwSignal::new(false);
    let trouble = RwSignal::new(None::<String>);
    let take = move |_| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            match acknowledge(attempt).await {
                Ok(()) => {
                    trouble.set(None);
                    taken.set(true);
                }
                Err(problem) => trouble.set(Some(problem.to_string())),
            }
            busy.set(false);
        });
    };
    view! {
        <div class="lab-alert" class:lab-alert-taken=move || taken.get() role="status">
            {move || {
                if taken.get() {
                    view! { <span class="status status-good" data-alert="acknowledged">{Icon::Passed.view()} <span>"You have this alert"</span></span> }.into_any()
                } else {
                    view! {
                        <span class="status status-care" data-alert="open">{Icon::Warning.view()} <span>"This alert is for you"</span></span>
                        <button class="button button-small" type="button" data-acknowledge="" aria-disabled=move || busy.get().to_string() on:click=take>
                            "Acknowledge"
                        </button>
                    }
                    .into_any()
                }
            }}
        </div>
        <div role="alert">{move || trouble.get().map(|words| view! { <p class="checks-trouble">{words}</p> })}</div>
    }
}
