//! A page that is worked at by keyboard alone.

use serde_json::json;

use crate::browser::Browser;

/// To the next place, as WebDriver writes the key; so the others.
pub const TAB: &str = "\u{e004}";
/// To press a button.
pub const ENTER: &str = "\u{e007}";
/// To choose.
pub const SPACE: &str = "\u{e00d}";
/// To the next choice.
pub const DOWN: &str = "\u{e015}";
/// To the first choice.
pub const HOME: &str = "\u{e011}";

/// More than any page has places for the keyboard.
pub const MANY: usize = 120;

/// Presses keys where the focus is.
///
/// # Panics
/// When nothing has it.
pub async fn press(browser: &Browser, keys: &str) {
    let focused = browser.client.active_element().await.expect("something has the focus");
    focused.send_keys(keys).await.expect("a key");
}

/// Whether what has the focus fits a selector.
///
/// # Panics
/// When the page runs no scripts.
pub async fn is_at(browser: &Browser, css: &str) -> bool {
    let asked = browser.client.execute("return document.activeElement.matches(arguments[0])", vec![json!(css)]).await;
    asked.expect("the page runs scripts") == json!(true)
}

/// Goes on with the tabulator until something has the focus that fits.
///
/// # Panics
/// When nothing of the kind is reached.
pub async fn tab_to(browser: &Browser, css: &str) {
    for _ in 0..MANY {
        if is_at(browser, css).await {
            return;
        }
        press(browser, TAB).await;
    }
    browser.screenshot("not-reached").await;
    panic!("{css} is not reached by keyboard");
}

/// The value of what has the focus.
///
/// # Panics
/// When the page runs no scripts.
pub async fn value(browser: &Browser) -> String {
    let value = browser.client.execute("return document.activeElement.value", Vec::new()).await.expect("a value");
    value.as_str().unwrap_or_default().to_string()
}

/// Chooses from a list by its value.
///
/// # Panics
/// When there is no such choice.
pub async fn choose(browser: &Browser, css: &str, wanted: &str) {
    tab_to(browser, css).await;
    press(browser, HOME).await;
    for _ in 0..MANY {
        if value(browser).await == wanted {
            return;
        }
        press(browser, DOWN).await;
    }
    panic!("{css} has no {wanted}");
}

/// Looks at the page at two widths, keeps a picture of each, and sees that nothing sticks out.
///
/// # Panics
/// When something does.
pub async fn fits(browser: &Browser, name: &str) {
    for (width, height) in [(1280, 900), (360, 740)] {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        let script = "return document.documentElement.scrollWidth - window.innerWidth";
        let over = browser.client.execute(script, Vec::new()).await.expect("the page runs scripts");
        assert!(over.as_i64().is_some_and(|over| over <= 0), "{name} at {width} sticks out by {over} pixels");
        browser.screenshot(&format!("{name}-{width}")).await;
    }
    let metrics = json!({ "width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": false });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
}
