//! A full machine and a reserved one, as people see them. Pictures are kept in `target/screenshots`.

use std::time::Duration;

use fantoccini::Locator;
use http::StatusCode;
use serde_json::json;
use tests::{browser::Browser, eventually, http::Client, server::Server};

const LAB: &str = "nginx-port-conflict";

async fn sign_in(browser: &Browser, site: &str, name: &str) {
    browser.goto(&format!("{site}/signin")).await;
    let person = format!("//button[contains(., '{name}')]");
    browser.client.find(Locator::XPath(&person)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
}

/// Both widths, light and dark: nothing sticks out, and the console is silent.
async fn looks(browser: &Browser, name: &str) {
    for (width, height) in [(1280, 900), (360, 740)] {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500 });
        browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
        for scheme in ["light", "dark"] {
            let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
            browser.devtools("Emulation.setEmulatedMedia", media).await;
            let script = "return document.documentElement.scrollWidth - window.innerWidth";
            let over = browser.client.execute(script, Vec::new()).await.expect("the page runs scripts");
            assert!(over.as_i64().is_some_and(|over| over <= 0), "{name} at {width} sticks out by {over} pixels");
            browser.screenshot(&format!("{name}-{width}-{scheme}")).await;
        }
    }
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
    let messages = browser.console().await;
    assert!(messages.is_empty(), "{name}: {messages:#?}");
}

#[tokio::test]
async fn who_waits_sees_their_place_move_and_gets_in_without_a_reload() {
    let server = Server::demo_with(&[("BELAY_RUNNING_IN_ALL", "1")]);
    let site = server.url();
    let (maya, tobias) =
        (Client::signed_in(&site, "Maya Lindqvist").await, Client::signed_in(&site, "Tobias Okafor").await);
    let start = format!("/labs/{LAB}/start");
    let first = maya.post(&start, "").await.location().to_string();
    eventually("hers runs", Duration::from_secs(90), || async {
        maya.get(&first).await.body.contains("lab-terminal").then_some(())
    })
    .await;
    let second = tobias.post(&start, "").await.location().to_string();
    // Without a script the same is in the page.
    let page = tobias.get(&second).await;
    assert!(page.status == StatusCode::OK && page.body.contains("You are next"), "{}", page.body);

    let browser = Browser::open(1280, 900).await;
    sign_in(&browser, &site, "Rafael Duarte").await;
    browser.goto(&format!("{site}/labs/{LAB}")).await;
    browser.click("form[action$='/start'] button").await;
    browser.sees("All machines are in use").await;
    browser.sees("You are number 2 in line").await;
    looks(&browser, "waiting").await;

    // Somebody before leaves the line; then the machine becomes free.
    tobias.post(&format!("{second}/abandon"), "").await;
    browser.sees("You are next").await;
    maya.post(&format!("{first}/abandon"), "").await;
    browser.find_within("[data-status=connected]", Duration::from_secs(120)).await;
    browser.runs("hostname").await;
}

#[tokio::test]
async fn a_manager_reserves_machines_and_cancels_them() {
    let server = Server::demo_with(&[("BELAY_WARM_MEMORY", "1g")]);
    let site = server.url();
    let browser = Browser::open(1280, 900).await;
    sign_in(&browser, &site, "Ingrid Solheim").await;
    browser.goto(&format!("{site}/labs/{LAB}")).await;
    browser.sees("Machines for a class or an interview").await;
    let fill = "const form = document.querySelector(\"form[action$='/reserve']\");
                form.querySelector('[name=at]').value = '2099-01-01T10:00';
                form.querySelector('[name=places]').value = '3';
                form.querySelector('button').click()";
    browser.client.execute(fill, Vec::new()).await.expect("the form is there");
    browser.sees("from now on, within a year").await;

    // A day ahead.
    let now = platform::Clock::now(&platform::clock::SystemClock);
    let at = (now + Duration::from_secs(24 * 3600)).format("%Y-%m-%dT%H:%M").to_string();
    browser.goto(&format!("{site}/labs/{LAB}")).await;
    let fill = fill.replace("2099-01-01T10:00", &at);
    browser.client.execute(&fill, Vec::new()).await.expect("the form is there");
    browser.sees("3 machines, reserved by Ingrid Solheim").await;
    let _ = browser.console().await;
    looks(&browser, "reserve").await;
    browser.click("form[action$='/cancel-reservation'] button").await;
    eventually("it is gone", Duration::from_secs(20), || async {
        browser.text().await.is_ok_and(|text| !text.contains("reserved by")).then_some(())
    })
    .await;

    let maya = Client::signed_in(&site, "Maya Lindqvist").await;
    assert!(!maya.get(&format!("/labs/{LAB}")).await.body.contains("cancel-reservation"), "it is not for everybody");
}
