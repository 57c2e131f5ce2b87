//! The emulator: xterm.js behind the few calls of `terminal.js`, which is fetched when the first terminal opens.

use js_sys::{Array, Function, Promise, Uint8Array};
use wasm_bindgen::{prelude::*, throw_str};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;
use wire::terminal::Size;

/// Where the glue is served.
const GLUE: &str = "/pkg/terminal.js";

#[wasm_bindgen(inline_js = "export function load(address) { return import(address); }")]
extern "C" {
    fn load(address: &str) -> Promise;
}

#[wasm_bindgen]
extern "C" {
    type Glue;

    #[wasm_bindgen(method)]
    fn open(this: &Glue, element: &HtmlElement, label: &str) -> Promise;

    #[wasm_bindgen(method)]
    fn view(this: &Glue, element: &HtmlElement, label: &str) -> Promise;

    /// One emulator in the page.
    pub(in crate::islands) type Screen;

    #[wasm_bindgen(method)]
    fn write(this: &Screen, bytes: &Uint8Array, shown: &Function);

    #[wasm_bindgen(method, js_name = onData)]
    fn on_data(this: &Screen, heard: &Function);

    #[wasm_bindgen(method, js_name = onBinary)]
    fn on_binary(this: &Screen, heard: &Function);

    #[wasm_bindgen(method, js_name = onResize)]
    fn on_resize(this: &Screen, heard: &Function);

    #[wasm_bindgen(method)]
    fn size(this: &Screen) -> Array;

    /// Gives one that only shows another size.
    #[wasm_bindgen(method)]
    pub(in crate::islands) fn resize(this: &Screen, cols: u16, rows: u16);

    /// Whether one that only shows takes what is typed.
    #[wasm_bindgen(method)]
    pub(in crate::islands) fn typing(this: &Screen, on: bool);

    /// Gives it the keyboard.
    #[wasm_bindgen(method)]
    pub(in crate::islands) fn focus(this: &Screen);

    /// Forgets all that was shown.
    #[wasm_bindgen(method)]
    pub(in crate::islands) fn reset(this: &Screen);

    /// Whether lines are read out.
    #[wasm_bindgen(method, js_name = screenReaderMode)]
    pub(in crate::islands) fn screen_reader_mode(this: &Screen, on: bool);
}

impl Screen {
    /// Opens an emulator in the element.
    pub(in crate::islands) async fn open_in(element: &HtmlElement, label: &str) -> Result<Self, JsValue> {
        let glue: Glue = JsFuture::from(load(GLUE)).await?.unchecked_into();
        let screen = JsFuture::from(glue.open(element, label)).await?;
        Ok(screen.unchecked_into())
    }

    /// Opens one that only shows in the element.
    pub(in crate::islands) async fn view_in(element: &HtmlElement, label: &str) -> Result<Self, JsValue> {
        let glue: Glue = JsFuture::from(load(GLUE)).await?.unchecked_into();
        let screen = JsFuture::from(glue.view(element, label)).await?;
        Ok(screen.unchecked_into())
    }

    /// Its size in cells.
    pub(in crate::islands) fn cells(&self) -> Size {
        let size = self.size();
        let cells = |at| size.get(at).as_f64().map_or(1, |cells| cells.clamp(1.0, f64::from(u16::MAX)) as u16);
        Size { cols: cells(0), rows: cells(1) }
    }

    /// Shows bytes, and says when they are on the screen.
    pub(in crate::islands) fn show(&self, bytes: &[u8], shown: impl FnOnce() + 'static) {
        // A copy: the emulator reads it later, when our memory may have moved.
        let bytes = Uint8Array::from(bytes);
        self.write(&bytes, Closure::once_into_js(shown).unchecked_ref());
    }

    /// Calls with what is typed, and with what the emulator says by itself.
    pub(in crate::islands) fn heard(&self, heard: impl Fn(String) + 'static) {
        self.on_data(&forever(move |data: JsValue| {
            heard(data.as_string().unwrap_or_default());
        }));
    }

    /// Calls with what is typed and is no text: old kinds of mouse reports.
    pub(in crate::islands) fn heard_bytes(&self, heard: impl Fn(Vec<u8>) + 'static) {
        self.on_binary(&forever(move |data: JsValue| {
            // Each character stands for one byte.
            heard(data.as_string().unwrap_or_default().chars().map(|c| c as u32 as u8).collect());
        }));
    }

    /// Calls when the size in cells has changed.
    pub(in crate::islands) fn resized(&self, resized: impl Fn() + 'static) {
        self.on_resize(&forever(move |_| resized()));
    }
}

/// A callback for as long as the page lives, as terminals do.
fn forever(call: impl Fn(JsValue) + 'static) -> Function {
    Closure::<dyn Fn(JsValue)>::new(call)
        .into_js_value()
        .dyn_into()
        .unwrap_or_else(|_| throw_str("a closure is a function"))
}
