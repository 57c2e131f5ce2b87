//! Every page at desktop and phone width, light and dark: nothing sticks out, the console is silent, and a picture of
//! each is kept in `target/screenshots` for whoever wants to look.

use std::time::Duration;

use fantoccini::Locator;
use serde_json::json;
use tests::{attempt, browser::Browser, http::Client, server::Server};

async fn sign_in(browser: &Browser, site: &str) {
    sign_in_as(browser, site, "Maya Lindqvist").await;
}

async fn sign_in_as(browser: &Browser, site: &str, name: &str) {
    browser.goto(&format!("{site}/signin")).await;
    let person = format!("//button[contains(., '{name}')]");
    browser.client.find(Locator::XPath(&person)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
}

/// The pages of a learner's day, in its order; the last ones need a lab that runs and one that is over.
async fn pages(browser: &Browser, site: &str) -> Vec<(&'static str, String)> {
    sign_in(browser, site).await;
    // One attempt that is over, with something in it.
    browser.goto(&format!("{site}/labs/nginx-port-conflict")).await;
    browser.click("form[action$='/start'] button").await;
    browser.find_within("[data-status=connected]", Duration::from_secs(90)).await;
    browser.runs("sudo nginx -t").await;
    browser.runs("sudo systemctl restart nginx").await;
    browser.click("button[popovertarget=finish]").await;
    browser.click("form[action$='/finish'] button").await;
    browser.sees_within("Your result", Duration::from_secs(120)).await;
    let result = browser.client.current_url().await.expect("an address").to_string();
    // And one that runs.
    browser.goto(&format!("{site}/labs/disk-full-runaway-log")).await;
    browser.click("form[action$='/start'] button").await;
    browser.find_within("[data-status=connected]", Duration::from_secs(90)).await;
    browser.runs("clear; df -h /").await;
    let lab = browser.client.current_url().await.expect("an address").to_string();
    browser.goto(&format!("{site}/")).await;
    let link = browser.client.find(Locator::Css("a[href$='/figures']")).await.expect("a link to one's figures");
    let figures = link.attr("href").await.expect("an address").expect("an address");
    let figures = format!("{site}{figures}");
    vec![
        ("home", format!("{site}/")),
        ("before", format!("{site}/labs/disk-full-runaway-log")),
        ("lab", lab),
        ("result", result),
        ("figures", figures),
        ("nothing", format!("{site}/nowhere")),
        ("signin", format!("{site}/signin")),
    ]
}

#[tokio::test]
async fn every_page_fits_light_and_dark_wide_and_narrow() {
    let server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    let pages = pages(&browser, &server.url()).await;
    let _ = browser.console().await;
    for (width, height) in [(1280, 900), (360, 740)] {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        for scheme in ["light", "dark"] {
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.devtools("Emulation.setEmulatedMedia", media).await;
            for (name, url) in &pages {
                if *name == "signin" {
                    browser.client.delete_all_cookies().await.expect("signed out");
                }
                browser.goto(url).await;
                if *name == "lab" {
                    browser.find_within("[data-status=connected]", Duration::from_secs(30)).await;
                }
                let over = browser
                    .client
                    .execute("return document.documentElement.scrollWidth - window.innerWidth", Vec::new())
                    .await
                    .expect("the page runs scripts");
                assert!(over.as_i64().is_some_and(|over| over <= 0), "{name} at {width} sticks out by {over} pixels");
                browser.screenshot(&format!("{name}-{width}-{scheme}")).await;
                if *name == "lab" && width < 500 {
                    browser.click("label:has(#view-terminal)").await;
                    browser.screenshot(&format!("{name}-terminal-{width}-{scheme}")).await;
                }
                let messages: Vec<_> = browser
                    .console()
                    .await
                    .into_iter()
                    // The browser itself says that the page that is not there is not there.
                    .filter(|message| !(*name == "nothing" && message.text.contains("404")))
                    .collect();
                assert!(messages.is_empty(), "{name} at {width}, {scheme}: {messages:#?}");
            }
            sign_in(&browser, &server.url()).await;
        }
    }
}

#[tokio::test]
async fn the_page_of_machines_fits_and_asks_before_it_ends_an_attempt() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    attempt::start(&maya, "nginx-port-conflict").await;
    let browser = Browser::open(1280, 900).await;
    sign_in_as(&browser, &server.url(), "Sam Whitaker").await;
    let page = format!("{}/admin/sandboxes", server.url());
    for (width, height) in [(1280, 900), (360, 740)] {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        for scheme in ["light", "dark"] {
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.devtools("Emulation.setEmulatedMedia", media).await;
            browser.goto(&page).await;
            browser.sees("Maya Lindqvist").await;
            let over = browser
                .client
                .execute("return document.documentElement.scrollWidth - window.innerWidth", Vec::new())
                .await
                .expect("the page runs scripts");
            assert!(over.as_i64().is_some_and(|over| over <= 0), "at {width} it sticks out by {over} pixels");
            browser.screenshot(&format!("machines-{width}-{scheme}")).await;
        }
    }
    browser.click("button[popovertarget^='end-']").await;
    browser.screenshot("machines-question-360").await;
    browser.click("form[action$='/end'] button").await;
    browser.sees("The attempt is being ended").await;
    browser.screenshot("machines-ended-360").await;
    let messages = browser.console().await;
    assert!(messages.is_empty(), "{messages:#?}");
}
