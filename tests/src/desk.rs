//! What somebody does with the tools beside the terminals: the editor and the previews. All of it panics with words where
//! it can't be done.

#![expect(clippy::missing_panics_doc, reason = "said once, above")]

use fantoccini::Locator;

use crate::{
    browser::{Browser, PATIENCE},
    eventually,
};

/// Brings a tool to the front, as a click on its label does.
pub async fn tool(browser: &Browser, id: &str) {
    browser.click(&format!("label:has(#tool-{id})")).await;
}

/// Clicks a button of the editor by its words.
pub async fn press(browser: &Browser, words: &str) {
    let path = format!("//*[self::button or self::dialog//button][starts-with(normalize-space(.), '{words}')]");
    eventually(&format!("{words} can be pressed"), PATIENCE, || async {
        browser.client.find(Locator::XPath(&path)).await.ok()?.click().await.ok()
    })
    .await;
}

/// Clicks what is found there, as soon as it can be clicked.
pub async fn press_at(browser: &Browser, xpath: &str) {
    eventually(&format!("{xpath} can be pressed"), PATIENCE, || async {
        browser.client.find(Locator::XPath(xpath)).await.ok()?.click().await.ok()
    })
    .await;
}

/// Opens a file by its path.
pub async fn open_file(browser: &Browser, path: &str) {
    let field = browser.find_within("#pane-files .files-path", PATIENCE).await;
    field.clear().await.expect("cleared");
    field.send_keys(&format!("{path}\u{e007}")).await.expect("typed");
}

/// What the editor shows of the file.
async fn editor_text(browser: &Browser) -> String {
    let text = "return [...document.querySelectorAll('.cm-line')].map(l => l.textContent).join('\\n')";
    browser
        .client
        .execute(text, Vec::new())
        .await
        .ok()
        .and_then(|text| Some(text.as_str()?.to_owned()))
        .unwrap_or_default()
}

/// Waits until the editor shows this.
pub async fn editor_shows(browser: &Browser, words: &str) {
    eventually(&format!("the editor shows {words}"), PATIENCE, || async {
        editor_text(browser).await.contains(words).then_some(())
    })
    .await;
}

/// Types at the end of the text.
pub async fn types(browser: &Browser, text: &str) {
    let content = browser.find_within(".cm-content", PATIENCE).await;
    content.click().await.expect("a click");
    let keyboard = browser.client.active_element().await.expect("the editor has the focus");
    // Control+End, then the text.
    keyboard.send_keys("\u{e009}\u{e010}\u{e000}").await.expect("typed");
    keyboard.send_keys(text).await.expect("typed");
}

/// Waits until the editor says this of the file.
pub async fn status_says(browser: &Browser, words: &str) {
    eventually(&format!("the editor says {words}"), PATIENCE, || async {
        let status = browser.client.find(Locator::Css(".files-status")).await.ok()?;
        status.text().await.ok()?.contains(words).then_some(())
    })
    .await;
}

/// Waits until the page in this frame shows this.
pub async fn preview_shows(browser: &Browser, frame: &str, words: &str) {
    eventually(&format!("the preview shows {words}"), PATIENCE, || async {
        let frame = browser.client.find(Locator::Css(frame)).await.ok()?;
        frame.enter_frame().await.ok()?;
        let text = browser.text().await.unwrap_or_default();
        browser.client.enter_parent_frame().await.ok()?;
        text.contains(words).then_some(())
    })
    .await;
}
