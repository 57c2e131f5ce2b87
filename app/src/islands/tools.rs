//! The editor, the previews and what keeps answers: scripts of their own, which are fetched when they are first seen.

use leptos::{html::Div, prelude::*};
use uuid::Uuid;

pub(super) fn files(attempt: Uuid, hosts: Vec<String>) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    // Only a browser uses them.
    #[cfg(not(feature = "hydrate"))]
    drop((attempt, hosts));
    #[cfg(feature = "hydrate")]
    script::open_when_shown(place, "/pkg/editor.js", [("attempt", attempt.to_string())], hosts);
    view! { <div class="files" node_ref=place><p class="files-words">"The editor is being loaded …"</p></div> }
}

/// `what`: the lab's name of a port, empty for any; `path`: what is shown first.
pub(super) fn preview(attempt: Uuid, what: String, path: String, hosts: Vec<String>) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    #[cfg(not(feature = "hydrate"))]
    drop((attempt, what, path, hosts));
    #[cfg(feature = "hydrate")]
    {
        let words = [("attempt", attempt.to_string()), ("what", what), ("path", path)];
        script::open_when_shown(place, "/pkg/preview.js", words, hosts);
    }
    view! { <div class="preview" node_ref=place><p class="preview-words">"The preview is being loaded …"</p></div> }
}

/// `saved`: whether something was kept before.
pub(super) fn answers(attempt: Uuid, saved: bool) -> impl IntoView {
    let place = NodeRef::<Div>::new();
    #[cfg(not(feature = "hydrate"))]
    let _ = attempt;
    #[cfg(feature = "hydrate")]
    script::open_now(place, "/pkg/answers.js", [("attempt", attempt.to_string())]);
    // That it is kept is said by what keeps it.
    let words = if saved { "Saved" } else { "" };
    view! { <div class="answers-state" role="status" node_ref=place>{words}</div> }
}

#[cfg(feature = "hydrate")]
mod script {
    use js_sys::{Array, Object, Reflect};
    use leptos::{html::Div, prelude::*};
    use wasm_bindgen::prelude::*;
    use web_sys::HtmlElement;

    #[wasm_bindgen(inline_js = r#"export function openWhenShown(element, address, options) {
  new IntersectionObserver(async (seen, observer) => {
    if (!seen.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    (await import(address)).open(element, options);
  }).observe(element);
}
export async function openNow(element, address, options) {
  (await import(address)).open(element, options);
}"#)]
    extern "C" {
        #[wasm_bindgen(js_name = openWhenShown)]
        fn open_when_seen(element: &HtmlElement, address: &str, options: &Object);
        #[wasm_bindgen(js_name = openNow)]
        fn open(element: &HtmlElement, address: &str, options: &Object);
    }

    fn object<const N: usize>(words: &[(&'static str, String); N]) -> Object {
        let options = Object::new();
        for (name, word) in words {
            // It can't fail on an object of ours.
            let _ = Reflect::set(&options, &JsValue::from_str(name), &JsValue::from_str(word));
        }
        options
    }

    /// Loads a script at once, and lets it open in the element.
    pub(super) fn open_now<const N: usize>(
        place: NodeRef<Div>,
        address: &'static str,
        words: [(&'static str, String); N],
    ) {
        Effect::new(move || {
            if let Some(element) = place.get() {
                open(&element, address, &object(&words));
            }
        });
    }

    /// Loads a script once the element is seen, and lets it open there.
    pub(super) fn open_when_shown<const N: usize>(
        place: NodeRef<Div>,
        address: &'static str,
        words: [(&'static str, String); N],
        hosts: Vec<String>,
    ) {
        Effect::new(move || {
            let Some(element) = place.get() else { return };
            let options = object(&words);
            let hosts: Array = hosts.iter().map(|host| JsValue::from_str(host)).collect();
            let _ = Reflect::set(&options, &JsValue::from_str("hosts"), &hosts);
            open_when_seen(&element, address, &options);
        });
    }
}
