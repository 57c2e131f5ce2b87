//! What terminals have shown, played; and somebody who watches. In Chromium, against the real server and real Docker.

use std::{collections::BTreeSet, process::Command, time::Duration};

use fantoccini::Locator;
use serde_json::Value;
use tests::{browser::Browser, eventually, http::Client, server::Server};

const LAB: &str = "nginx-port-conflict";

/// From a click to a prompt, and from the end to the result: on a machine that does other things as well.
const LONG: Duration = Duration::from_secs(120);

/// A second or two, on such a machine.
const SOON: Duration = Duration::from_secs(10);

async fn sign_in(browser: &Browser, site: &str, name: &str) {
    browser.goto(&format!("{site}/signin")).await;
    let button = format!("//button[contains(., '{name}')]");
    browser.client.find(Locator::XPath(&button)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
}

/// From home to a prompt. Gives the attempt.
async fn start_lab(browser: &Browser, site: &str) -> String {
    browser.goto(&format!("{site}/labs/{LAB}")).await;
    browser.click("form[action$='/start'] button").await;
    browser.find_within("[data-status=connected]", LONG).await;
    browser.terminal_shows("engineer@").await;
    let url = browser.client.current_url().await.expect("an address");
    url.path_segments().and_then(|mut parts| parts.nth(1)).expect("the attempt").to_string()
}

async fn finish(browser: &Browser) {
    browser.click("button[popovertarget=finish]").await;
    browser.click("form[action$='/finish'] button").await;
    eventually("the result", LONG, || async {
        browser.client.current_url().await.ok().filter(|url| url.path().ends_with("/result")).map(|_| ())
    })
    .await;
}

/// The whole screen of the player, its scrollback too.
async fn played(browser: &Browser) -> String {
    const READ: &str = "return [...document.querySelectorAll('.replay-screen .xterm-rows > div')].map(row => row.textContent).join('\\n')";
    let text = browser.client.execute(READ, Vec::new()).await.expect("the screen");
    text.as_str().unwrap_or_default().replace('\u{a0}', " ")
}

async fn plays(browser: &Browser, shows: &str) {
    eventually(&format!("the player shows {shows}"), SOON, || async {
        played(browser).await.contains(shows).then_some(())
    })
    .await;
}

/// The links of a result page that lead to a moment, each with the command that it is about; empty for what is none.
async fn links_to_moments(browser: &Browser) -> Vec<(String, String)> {
    const READ: &str = "return [...document.querySelectorAll(\"a[href*='/replay?']\")].map(link => \
        [link.getAttribute('href'), link.closest('li, tr')?.querySelector('code')?.textContent ?? ''])";
    let links = browser.client.execute(READ, Vec::new()).await.expect("the links");
    serde_json::from_value(links).expect("pairs of texts")
}

async fn moment(browser: &Browser) -> f64 {
    let at = browser.client.execute("return document.querySelector('.replay-seek input').value", Vec::new()).await;
    at.expect("a moment").as_str().and_then(|at| at.parse().ok()).expect("a number")
}

async fn console_is_silent(browser: &Browser) {
    let messages = browser.console().await;
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");
}

#[tokio::test]
async fn a_line_of_evidence_leads_to_its_second_of_the_recording() {
    let mut server = Server::demo();
    let site = server.url();
    let browser = Browser::open(1280, 900).await;
    sign_in(&browser, &site, "Maya Lindqvist").await;
    let attempt = start_lab(&browser, &site).await;
    browser.runs("echo the-begin''ning").await;
    browser.types("read -rsp 'Secret: ' secret; echo; echo length ${#secret}\n").await;
    browser.terminal_shows("Secret:").await;
    browser.types("correct-horse\n").await;
    browser.terminal_shows("length 13").await;
    // The server goes away in the middle of it and comes back: the recording does not notice.
    server.kill();
    server.start_again();
    browser.find_within("[data-status=connected]", LONG).await;
    // That the server was away is in the console, rightly.
    drop(browser.console().await);
    browser.runs("sudo nginx -t; echo after-the-te''st").await;
    tokio::time::sleep(Duration::from_secs(4)).await;
    for line in ["ss -ltn", "systemctl status nginx | head -n 3", "tail -n 1 /var/log/nginx/error.log"] {
        browser.runs(line).await;
    }
    tokio::time::sleep(Duration::from_secs(2)).await;
    browser.runs("clear; echo the-e''nd").await;
    finish(&browser).await;
    browser.screenshot("result-with-recording").await;
    let moments = links_to_moments(&browser).await;

    // From the line of evidence to its second.
    let cited = "(//li[.//code[contains(., 'nginx -t')]] | //tr[.//code[contains(., 'nginx -t')]])//a[contains(@href, '/replay')]";
    let link = browser.client.find(Locator::XPath(cited));
    let link = link.await.expect("evidence that leads to the recording");
    let address = link.attr("href").await.expect("an address").expect("an address");
    let wanted: f64 = address.rsplit_once("at=").and_then(|(_, at)| at.parse().ok()).expect("a second");
    assert!(address.contains("terminal=1"), "{address}");
    browser.goto(&format!("{site}{address}")).await;
    browser.find_within(".replay-screen[data-ready=true]", LONG).await;
    assert!((moment(&browser).await - wanted).abs() < 0.1, "it is at the moment of the evidence");
    let before = played(&browser).await;
    assert!(
        !before.contains("after-the-test\n") && !before.contains("the-end"),
        "what came later is not shown:\n{before}"
    );
    browser.screenshot("replay-at-evidence").await;
    // Played on, what the command printed comes.
    browser.click(".replay-play").await;
    plays(&browser, "after-the-test").await;
    browser.click(".replay-play").await;

    // So does every other line of evidence on the page; what was typed then is on the screen, and nothing later.
    let typed = ["nginx -t", "ss -ltn", "systemctl status", "tail -n 1 /var/log/nginx/error.log"];
    let mut seen = BTreeSet::new();
    for (address, command) in &moments {
        let wanted: f64 = address.rsplit_once("at=").and_then(|(_, at)| at.parse().ok()).expect("a second");
        browser.goto(&format!("{site}{address}")).await;
        browser.find_within(".replay-screen[data-ready=true]", LONG).await;
        assert!((moment(&browser).await - wanted).abs() < 0.1, "{address}");
        let Some(typed) = typed.iter().find(|typed| command.contains(**typed)) else { continue };
        seen.insert(*typed);
        let shown = played(&browser).await;
        assert!(shown.contains(typed) && !shown.contains("the-end"), "`{typed}` was typed before {address}:\n{shown}");
    }
    assert!(seen.len() >= 2, "{moments:?}");

    // Back to the beginning and on to the end, by the moments and by the keyboard.
    browser.client.find(Locator::Css(".moment a")).await.expect("moments").click().await.expect("a click");
    eventually("an earlier screen", SOON, || async {
        (!played(&browser).await.contains("after-the-test")).then_some(())
    })
    .await;
    browser
        .client
        .execute("const seek = document.querySelector('.replay-seek input'); seek.value = seek.max; seek.dispatchEvent(new Event('input', {bubbles: true}))", Vec::new())
        .await
        .expect("the end");
    plays(&browser, "the-end").await;
    console_is_silent(&browser).await;
    browser.client.set_window_size(360, 780).await.expect("a small window");
    browser.screenshot("replay-small").await;

    // What lies on the disk is what any program takes, and no secret is in it.
    let maya = Client::signed_in(&site, "Maya Lindqvist").await;
    let cast = maya.get(&format!("/attempts/{attempt}/recordings/1.cast")).await.body;
    let mut lines = cast.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of asciicast"));
    assert_eq!(lines.next().expect("a head")["version"], 2);
    let shown: String =
        lines.filter(|line| line[1] == "o").map(|line| line[2].as_str().unwrap_or_default().to_owned()).collect();
    assert!(shown.contains("the-beginning") && shown.contains("length 13") && shown.contains("the-end"), "{shown}");
    assert_eq!(shown.matches("length 13").count(), 1, "nothing is in it twice");
    assert!(!cast.contains("correct-horse"), "what was not echoed is not recorded");
    asciinema_takes(&cast);

    // Whoever may see the result may see it, and nobody else.
    let ingrid = Client::signed_in(&site, "Ingrid Solheim").await;
    assert_eq!(ingrid.get(&format!("/attempts/{attempt}/replay")).await.status, 200);
    let tobias = Client::signed_in(&site, "Tobias Okafor").await;
    for path in ["replay", "recordings/1.cast"] {
        assert_eq!(tobias.get(&format!("/attempts/{attempt}/{path}")).await.status, 404);
    }
    // Without a script there are the moments, as links.
    let page = ingrid.get(&format!("/attempts/{attempt}/replay")).await.body;
    assert!(page.contains("nginx -t") && page.contains("/replay?terminal=1&amp;at="), "{page}");
}

/// The player that the format is of, where it is installed.
fn asciinema_takes(cast: &str) {
    let file = tempfile::Builder::new().suffix(".cast").tempfile().expect("a file");
    std::fs::write(file.path(), cast).expect("written");
    if Command::new("asciinema").arg("--version").output().is_err() {
        eprintln!("asciinema is not installed: not tried");
        return;
    }
    // It wants a terminal of its own, which `script` gives it.
    let play = format!("asciinema play -i 0.01 -s 100 {}", file.path().display());
    let script =
        Command::new("script").args(["-qec", &play, "/dev/null"]).env("LANG", "C.UTF-8").env("TERM", "xterm").output();
    let played = script.expect("script is on every Debian");
    let shown = String::from_utf8_lossy(&played.stdout);
    assert!(played.status.success() && shown.contains("the-end"), "{played:?}");
}

#[tokio::test]
async fn the_learner_sees_who_watches_and_decides_who_types() {
    let server = Server::demo();
    let site = server.url();
    let learner = Browser::open(1280, 900).await;
    sign_in(&learner, &site, "Maya Lindqvist").await;
    let attempt = start_lab(&learner, &site).await;
    learner.runs("echo be''fore").await;

    let watcher = Browser::open(1280, 900).await;
    sign_in(&watcher, &site, "Rafael Duarte").await;
    watcher.sees("At work now").await;
    watcher.click("a[href$='/watch']").await;
    watcher.find_within("[data-status=connected]", LONG).await;
    watcher.terminal_shows("before").await;
    // Within a moment, without reloading; and it is there without a script as well.
    learner.sees_within("Watching you: Rafael Duarte (Interviewer). They can't type.", SOON).await;
    let maya = Client::signed_in(&site, "Maya Lindqvist").await;
    assert!(maya.get(&format!("/attempts/{attempt}")).await.body.contains("Rafael Duarte (Interviewer)"));
    learner.screenshot("watched").await;

    learner.runs("echo you-see-th''is").await;
    watcher.terminal_shows("you-see-this").await;
    watcher.types("echo intru''der\n").await;
    watcher.screenshot("watching").await;

    learner.click(".watched button").await;
    learner.sees_within("They may type in your terminals.", SOON).await;
    watcher.sees_within("You may type", SOON).await;
    watcher.types("echo from-the-gu''est\n").await;
    learner.terminal_shows("from-the-guest").await;
    learner.click(".watched button").await;
    watcher.sees_within("you can't type", SOON).await;
    watcher.types("echo intru''der\n").await;
    learner.runs("echo sti''ll-mine").await;
    watcher.terminal_shows("still-mine").await;
    let screen = learner.terminal().await.expect("a screen");
    assert!(!screen.contains("intruder"), "{screen}");
    console_is_silent(&watcher).await;

    // Gone is seen as well.
    watcher.goto(&format!("{site}/")).await;
    eventually("nobody watches", SOON, || async {
        let shown = learner.client.find(Locator::Css(".watched")).await.ok()?;
        (!shown.is_displayed().await.ok()?).then_some(())
    })
    .await;
    learner.client.set_window_size(360, 780).await.expect("a small window");
    learner.screenshot("watched-small").await;
    finish(&learner).await;
    learner.sees("Somebody else may have typed").await;
    learner.sees("Rafael Duarte from").await;
    console_is_silent(&learner).await;
}
