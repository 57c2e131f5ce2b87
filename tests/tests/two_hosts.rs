//! A lab of two machines, with a browser: a terminal of each, the editor on either, and what one serves because of the other.

use std::time::Duration;

use fantoccini::Locator;
use tests::{
    browser::Browser,
    desk::{editor_shows, open_file, press_at, preview_shows, status_says, tool, types},
    server::Server,
};

const LAB: &str = "timetable-has-no-database";
/// Two images may have to be built.
const START: Duration = Duration::from_secs(240);
const DONE: Duration = Duration::from_secs(90);
const CONF: &str = "/etc/timetable.conf";
const MAIN: &str = "/etc/postgresql/15/main";

async fn terminal_of(browser: &Browser, tab: u32) {
    browser.click(&format!("#terminal-tab-{tab}")).await;
    browser.find_within(&format!("#terminal-{tab}[data-status=connected]"), DONE).await;
}

#[tokio::test]
async fn two_machines_are_mended_from_two_terminals_and_seen_in_the_preview() {
    let server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    browser.goto(&format!("{}/signin", server.url())).await;
    let maya = "//button[contains(., 'Maya Lindqvist')]";
    browser.client.find(Locator::XPath(maya)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
    browser.goto(&format!("{}/labs/{LAB}", server.url())).await;
    browser.click("form[action$='/start'] button").await;
    browser.find_within("#terminal-1[data-status=connected]", START).await;
    browser.terminal_shows("engineer@web").await;
    browser.screenshot("two-hosts").await;

    // Each machine has its own terminal, and they know each other by name.
    browser.runs("clear; hostname; getent hosts db | wc -l").await;
    browser.terminal_shows("web").await;
    terminal_of(&browser, 101).await;
    browser.terminal_shows("engineer@db").await;
    browser.runs("clear; hostname; ping -c 1 -W 5 web | grep -c ttl").await;
    browser.terminal_shows("db").await;

    // The database listens to others, and lets the right machine in.
    browser
        .runs(&format!(
            "clear; sudo sed -i \"s/^listen_addresses = .*/listen_addresses = '*'/\" {MAIN}/postgresql.conf"
        ))
        .await;
    tool(&browser, "files").await;
    let host = browser.find_within("#pane-files .files-host", DONE).await;
    host.select_by_value("db").await.expect("two hosts to choose from");
    browser.click("#pane-files label.switch").await;
    open_file(&browser, &format!("{MAIN}/pg_hba.conf")).await;
    editor_shows(&browser, "scram-sha-256").await;
    types(&browser, "host timetable timetable web scram-sha-256").await;
    types(&browser, "\u{e009}s\u{e000}").await;
    status_says(&browser, "Saved").await;
    browser.screenshot("two-hosts-editor").await;
    tool(&browser, "terminal").await;
    browser.runs("clear; sudo systemctl restart postgresql@15-main; systemctl is-active postgresql@15-main").await;
    browser.terminal_shows("active").await;

    terminal_of(&browser, 1).await;
    browser
        .runs(&format!("clear; sudo sed -i -e 's/^DB_HOST=.*/DB_HOST=db/' -e 's/^DB_PORT=.*/DB_PORT=5432/' {CONF}; sudo systemctl restart timetable"))
        .await;
    tool(&browser, "port-0").await;
    press_at(&browser, "//section[@id='pane-port-0']//button[text()='Reload']").await;
    preview_shows(&browser, "#pane-port-0 iframe", "Departures").await;
    browser.screenshot("two-hosts-preview").await;

    browser.click("button[popovertarget=finish]").await;
    browser.click("form[action$='/finish'] button").await;
    browser.sees_within("Passed", DONE).await;
    let shown = browser.text().await.expect("a page");
    assert!(shown.contains("The database can be reached from the web server"), "{shown}");
}
