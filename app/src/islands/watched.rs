//! What the learner sees of who watches, and the leave to type.

use leptos::prelude::*;
use uuid::Uuid;

use crate::{api::Watching, icons::Icon};

pub(super) fn watchers(attempt: Uuid, watching: Watching) -> impl IntoView {
    let watching = RwSignal::new(watching);
    #[cfg(feature = "hydrate")]
    browser::follow(attempt, watching);

    let words = move || watching.with(told);
    let may_type = move || watching.with(|watching| watching.may_type);
    let nobody = move || watching.with(|watching| watching.watchers.is_empty() && !watching.may_type);
    let action = move || format!("/attempts/{attempt}/watchers/{}", if may_type() { "refuse" } else { "allow" });
    let ask = move |event: leptos::ev::SubmitEvent| {
        #[cfg(feature = "hydrate")]
        browser::ask(&event, attempt, !may_type());
        #[cfg(not(feature = "hydrate"))]
        let _ = event;
    };
    view! {
        <div class="watched" hidden=nobody data-watchers=move || watching.with(|watching| watching.watchers.len().to_string())>
            {Icon::Person.view()}
            <p class="watched-words" role="status">{words}</p>
            <form method="post" action=action on:submit=ask>
                <button class="button button-small" type="submit">
                    {move || if may_type() { "Take back the keyboard" } else { "Let them type" }}
                </button>
            </form>
        </div>
    }
}

/// Who watches, in a sentence; nothing where nobody does.
fn told(watching: &Watching) -> String {
    let names: Vec<String> =
        watching.watchers.iter().map(|watcher| format!("{} ({})", watcher.name, watcher.role)).collect();
    match (&names[..], watching.may_type) {
        ([], false) => String::new(),
        ([], true) => "Nobody is watching. Whoever does may type in your terminals.".into(),
        (names, false) => format!("Watching you: {}. They can't type.", names.join(", ")),
        (names, true) => format!("Watching you: {}. They may type in your terminals.", names.join(", ")),
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use std::time::Duration;

    use leptos::{prelude::*, task::spawn_local};
    use uuid::Uuid;
    use wasm_bindgen::prelude::*;
    use web_sys::{MessageEvent, WebSocket};

    use crate::{
        api::{Watching, let_watchers_type},
        islands::browser::{sleep, window},
    };

    /// How long to wait before listening again.
    const AGAIN: Duration = Duration::from_secs(2);

    /// Hears who watches, for as long as the page lives.
    pub(super) fn follow(attempt: Uuid, watching: RwSignal<Watching>) {
        Effect::new(move |_| spawn_local(listen(attempt, watching)));
    }

    async fn listen(attempt: Uuid, watching: RwSignal<Watching>) {
        let origin = window().location().origin().unwrap_or_default().replacen("http", "ws", 1);
        let address = format!("{origin}/attempts/{attempt}/watchers/socket");
        loop {
            if let Ok(socket) = WebSocket::new(&address) {
                let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
                    if let Some(now) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                        watching.set(now);
                    }
                });
                socket.set_onmessage(Some(heard.as_ref().unchecked_ref()));
                let closed = js_sys::Promise::new(&mut |resolve, _| socket.set_onclose(Some(&resolve)));
                let _ = wasm_bindgen_futures::JsFuture::from(closed).await;
            }
            sleep(AGAIN).await;
        }
    }

    /// Gives leave or takes it back, without leaving the page.
    pub(super) fn ask(event: &leptos::ev::SubmitEvent, attempt: Uuid, allowed: bool) {
        event.prevent_default();
        // Whether it worked is heard as everything else; where it did not, the button still says what it said.
        spawn_local(async move {
            let _ = let_watchers_type(attempt, allowed).await;
        });
    }
}

#[cfg(test)]
mod tests {
    use super::told;
    use crate::api::{Watcher, Watching};

    #[test]
    fn the_learner_is_told_who_watches_and_what_they_may() {
        let rafael = Watcher { name: "Rafael Duarte".into(), role: "Interviewer".into() };
        let mut watching = Watching::default();
        assert_eq!(told(&watching), "");
        watching.watchers.push(rafael);
        assert_eq!(told(&watching), "Watching you: Rafael Duarte (Interviewer). They can't type.");
        watching.may_type = true;
        assert_eq!(told(&watching), "Watching you: Rafael Duarte (Interviewer). They may type in your terminals.");
    }
}
