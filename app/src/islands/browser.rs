//! The little that islands want of the browser.

use std::time::Duration;

use wasm_bindgen::UnwrapThrowExt;
use web_sys::Window;

pub(super) fn window() -> Window {
    web_sys::window().expect_throw("islands run in a window")
}

/// Seconds since the epoch by the browser's clock; only differences mean anything.
pub(super) fn now() -> f64 {
    js_sys::Date::now() / 1000.0
}

pub(super) async fn sleep(duration: Duration) {
    gloo_timers::future::sleep(duration).await;
}

/// Loads the page anew: the server knows which one is right now.
pub(super) fn reload() {
    // It fails only in a document that is being left already.
    let _ = window().location().reload();
}

/// What was remembered for this tab.
pub(super) fn remembered(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// Remembers something for this tab. Where that is forbidden, it is forgotten at the next reload.
pub(super) fn remember(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(key, value);
    }
}
