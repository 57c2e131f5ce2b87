//! The wasm entry of the browser: it wakes the islands that the server has sent as HTML.

// The islands are exports of `app`; without a use of the crate the linker would leave them out.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once this is loaded.
#[wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
