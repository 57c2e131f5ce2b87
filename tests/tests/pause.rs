//! The learner who is called away: pause and resume in the browser, by mouse, by keyboard, and without a script.

use std::time::Duration;

use fantoccini::Locator;
use serde_json::json;
use tests::{browser::Browser, docker, eventually, server::Server};

const LAB: &str = "disk-full-runaway-log";

/// From a click to a prompt, on a machine that does other things as well.
const START: Duration = Duration::from_secs(90);

/// The key, as WebDriver writes it.
const ENTER: &str = "\u{e007}";

/// What a page does by itself.
const SOON: Duration = Duration::from_secs(30);

async fn start(browser: &Browser, site: &str) {
    browser.goto(&format!("{site}/signin")).await;
    let button = Locator::XPath("//button[contains(., 'Maya Lindqvist')]");
    browser.client.find(button).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
    browser.goto(&format!("{site}/labs/{LAB}")).await;
    browser.click("form[action$='/start'] button").await;
    browser.find_within("[data-status=connected]", START).await;
    browser.terminal_shows("engineer@").await;
}

/// How much time the clock shows, in seconds.
async fn shown(browser: &Browser) -> i64 {
    let clock = browser.find_within(".timer-clock", SOON).await.text().await.expect("a clock");
    clock.split(':').fold(0, |sum, part| sum * 60 + part.trim().parse::<i64>().expect("a number"))
}

async fn wide(browser: &Browser, width: u32) {
    let metrics = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500 });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
}

async fn fits(browser: &Browser, what: &str) {
    let script = "return document.documentElement.scrollWidth - window.innerWidth";
    let over = browser.client.execute(script, Vec::new()).await.expect("the page runs scripts");
    assert!(over.as_i64().is_some_and(|over| over <= 0), "{what} sticks out by {over} pixels");
}

#[tokio::test]
async fn who_is_called_away_finds_everything_as_it_was() {
    let server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    start(&browser, &server.url()).await;
    browser.runs("shell=$$; cd /tmp; clear; echo before-the-pause").await;
    browser.terminal_shows("before-the-pause").await;

    // More time, without leaving the page.
    let before = shown(&browser).await;
    browser.click("[data-timer]").await;
    browser.find_within("#time:popover-open", SOON).await;
    for width in [1280, 360] {
        wide(&browser, width).await;
        fits(&browser, "the dialog of the time").await;
        browser.screenshot(&format!("time-{width}")).await;
    }
    wide(&browser, 1280).await;
    browser.click("[data-extend]").await;
    eventually("the clock has more", SOON, || async { (shown(&browser).await > before + 13 * 60).then_some(()) }).await;

    browser.click("[data-pause]").await;
    browser.find_within("[data-paused]", SOON).await;
    let left = shown(&browser).await;
    assert!(docker::paused(server.instance()), "the box stands still");
    for width in [1280, 360] {
        wide(&browser, width).await;
        if width < 500 {
            browser.click("label:has(#view-terminal)").await;
        }
        fits(&browser, "a paused lab").await;
        browser.screenshot(&format!("paused-{width}")).await;
    }
    wide(&browser, 1280).await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    browser.client.refresh().await.expect("a reload");
    browser.find_within("[data-paused]", SOON).await;
    assert_eq!(shown(&browser).await, left, "the time stands still");

    // By keyboard alone.
    let resume = browser.find_within("[data-resume]", SOON).await;
    let focus = "arguments[0].focus(); return document.activeElement === arguments[0]";
    let element = serde_json::to_value(&resume).expect("an element");
    assert_eq!(browser.client.execute(focus, vec![element]).await.expect("a script"), json!(true));
    resume.send_keys(ENTER).await.expect("a key");
    browser.find_within("[data-status=connected]", START).await;
    browser.find_within("[data-news]", SOON).await;
    browser.terminal_shows("This machine was paused").await;
    browser.screenshot("resumed-1280").await;
    browser.runs("[ $shell = $$ ] && echo the-same-shell in $PWD").await;
    browser.terminal_shows("the-same-shell in /tmp").await;
    assert!(shown(&browser).await > left - 60);
    let messages: Vec<_> = browser.console().await.into_iter().filter(|m| !m.text.contains("WebSocket")).collect();
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");

    // Paused once more, it can be given up.
    browser.click("[data-timer]").await;
    browser.click("[data-pause]").await;
    browser.find_within("[data-paused]", SOON).await;
    browser.click("button[popovertarget=give-up]").await;
    browser.click("form[action$='/abandon'] button").await;
    browser.sees("All labs").await;
    eventually("the box is removed", SOON, || async { docker::containers(server.instance()).is_empty().then_some(()) })
        .await;
}
