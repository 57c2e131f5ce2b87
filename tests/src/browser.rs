//! A browser of a test's own: headless Chromium, driven by chromedriver.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::Context;
use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::WebDriverCompatibleCommand};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{eventually, server};

/// How long a page may take to show something, on a busy machine.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A browser window.
pub struct Browser {
    /// The session, for what is not wrapped here.
    pub client: Client,
    driver: Child,
    profile: TempDir,
}

/// A message in the browser's console.
#[derive(Clone, Debug)]
pub struct ConsoleMessage {
    /// `SEVERE`, `WARNING`, `INFO` …
    pub level: String,
    /// What it says.
    pub text: String,
}

impl Browser {
    /// Opens a window of this size.
    ///
    /// # Panics
    /// When Chromium or chromedriver cannot be started.
    pub async fn open(width: u32, height: u32) -> Self {
        let port = server::free_port();
        let driver = Command::new(std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".into()))
            .arg(format!("--port={port}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts (Debian: chromium-driver)");
        let profile = tempfile::tempdir().expect("a directory for the profile");
        let capabilities = capabilities(profile.path(), width, height);
        let url = format!("http://127.0.0.1:{port}");
        let client = eventually("chromedriver answers", PATIENCE, || async {
            ClientBuilder::new(HttpConnector::new()).capabilities(capabilities.clone()).connect(&url).await.ok()
        })
        .await;
        Self { client, driver, profile }
    }

    /// Opens an address and waits for the page.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect("a page");
    }

    /// The first element that a CSS selector finds, once it is there.
    ///
    /// # Panics
    /// With the page's text and the console's, when it does not come within `limit`.
    pub async fn find_within(&self, css: &str, limit: Duration) -> Element {
        let started = tokio::time::Instant::now();
        loop {
            if let Ok(element) = self.client.find(Locator::Css(css)).await {
                return element;
            }
            if started.elapsed() > limit {
                self.screenshot("missing").await;
                let (text, console) = (self.text().await.unwrap_or_default(), self.console().await);
                panic!("no {css} on the page within {limit:?}. The page says:\n{text}\nThe console says: {console:#?}");
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits for an element to be there and visible, then clicks it.
    ///
    /// # Panics
    /// When it cannot be clicked within [`PATIENCE`].
    pub async fn click(&self, css: &str) {
        eventually(&format!("{css} can be clicked"), PATIENCE, || async {
            let element = self.client.find(Locator::Css(css)).await.ok()?;
            element.click().await.ok()
        })
        .await;
    }

    /// Waits until the page's visible text holds these words.
    ///
    /// # Panics
    /// When it does not within `limit`.
    pub async fn sees_within(&self, words: &str, limit: Duration) {
        let started = tokio::time::Instant::now();
        loop {
            let text = self.text().await.unwrap_or_default();
            if text.contains(words) {
                return;
            }
            assert!(started.elapsed() < limit, "the page does not say {words:?} but:\n{text}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The same with [`PATIENCE`].
    pub async fn sees(&self, words: &str) {
        self.sees_within(words, PATIENCE).await;
    }

    /// The page's visible text.
    ///
    /// # Errors
    /// When the page is just changing.
    pub async fn text(&self) -> anyhow::Result<String> {
        let text = self.client.execute("return document.body ? document.body.innerText : ''", Vec::new()).await?;
        text.as_str().map(str::to_string).context("text")
    }

    /// The text of the terminal that is shown, line by line without the blanks at their ends.
    ///
    /// # Errors
    /// When there is none.
    pub async fn terminal(&self) -> anyhow::Result<String> {
        const READ: &str = "const rows = [...document.querySelectorAll('.xterm-rows')].find(r => r.offsetParent !== null && !r.closest('[hidden]'));
            return rows ? [...rows.children].map(r => r.textContent.replace(/\\u00a0/g, ' ').trimEnd()).join('\\n') : null";
        let text = self.client.execute(READ, Vec::new()).await?;
        text.as_str().map(str::to_string).context("no terminal is shown")
    }

    /// Waits until the terminal's screen holds this.
    ///
    /// # Panics
    /// With what it shows, when it does not.
    pub async fn terminal_shows(&self, text: &str) {
        let started = tokio::time::Instant::now();
        loop {
            let shown = self.terminal().await.unwrap_or_default();
            if shown.contains(text) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "the terminal does not show {text:?} but:\n{shown}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Types into the terminal that is shown, key by key, as a person does.
    ///
    /// # Panics
    /// When there is no terminal to type into.
    pub async fn types(&self, text: &str) {
        let keyboard = self.terminal_keyboard().await;
        keyboard.send_keys(&text.replace('\n', "\u{e007}")).await.expect("keys reach the page");
    }

    async fn terminal_keyboard(&self) -> Element {
        const FOCUS: &str = "const t = [...document.querySelectorAll('.xterm-helper-textarea')].find(t => t.closest('.xterm').offsetParent !== null && !t.closest('[hidden]'));
            t.focus(); return document.activeElement === t";
        eventually("the terminal takes the focus", PATIENCE, || async {
            self.client.execute(FOCUS, Vec::new()).await.ok()?.as_bool().filter(|focused| *focused)
        })
        .await;
        self.client.active_element().await.expect("the terminal has the focus")
    }

    /// Types a command with Enter and waits until the shell has ended it.
    ///
    /// # Panics
    /// When it does not end.
    pub async fn runs(&self, command: &str) {
        // Arithmetic, so that the echo of what was typed does not look like the answer.
        let mark: u32 = rand_like(command);
        self.types(&format!("{command}; echo done-$(({mark}+1))\n")).await;
        self.terminal_shows(&format!("done-{}", mark + 1)).await;
    }

    /// What the console says since it was last asked.
    ///
    /// # Panics
    /// When the browser does not tell.
    pub async fn console(&self) -> Vec<ConsoleMessage> {
        let log = self.client.issue_cmd(ConsoleLog).await.expect("the browser's log");
        let entries = log.as_array().cloned().unwrap_or_default();
        entries
            .iter()
            .map(|entry| ConsoleMessage {
                level: entry["level"].as_str().unwrap_or_default().into(),
                text: entry["message"].as_str().unwrap_or_default().into(),
            })
            .collect()
    }

    /// Saves a picture of the window under `target/screenshots/`.
    ///
    /// # Panics
    /// When it cannot be written.
    pub async fn screenshot(&self, name: &str) {
        let picture = self.client.screenshot().await.expect("a picture");
        let directory = server::root().join("target/screenshots");
        std::fs::create_dir_all(&directory).expect("a directory for pictures");
        std::fs::write(directory.join(format!("{name}.png")), picture).expect("a picture on disk");
    }

    /// Scrolls the terminal to the oldest line it keeps, with the keys for it.
    ///
    /// # Panics
    /// When there is no terminal.
    pub async fn scroll_terminal_to_top(&self) {
        // Shift+PageUp, a page at a time.
        let keyboard = self.terminal_keyboard().await;
        for _ in 0..50 {
            keyboard.send_keys("\u{e008}\u{e00e}").await.expect("keys reach the page");
        }
    }

    /// Sends a command of Chromium's own protocol.
    ///
    /// # Panics
    /// When the browser refuses it.
    pub async fn devtools(&self, command: &'static str, params: Value) {
        self.client.issue_cmd(DevTools { command, params }).await.expect("the browser does it");
    }
}

/// A number that differs from command to command and is the same in every run.
fn rand_like(text: &str) -> u32 {
    text.bytes().fold(5381_u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte)) % 900_000 + 100_000
}

impl Drop for Browser {
    fn drop(&mut self) {
        // chromedriver ends its Chromium when it is told to end by itself.
        let pid = i32::try_from(self.driver.id()).expect("a process id");
        // SAFETY: a signal to a process that we have started and not waited for yet.
        #[expect(unsafe_code, reason = "the standard library sends no SIGTERM")]
        unsafe {
            libc::kill(pid, libc::SIGTERM);
        }
        let _ = self.driver.wait();
        // Most of the time. What it has left would hold the profile, and run on.
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(10) {
            let left = processes_of(self.profile.path());
            if left.is_empty() {
                return;
            }
            for pid in left {
                // SAFETY: a signal to a process that our own browser has started.
                #[expect(unsafe_code, reason = "the standard library has no signal for what is not its child")]
                unsafe {
                    libc::kill(pid, libc::SIGKILL);
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The processes that were started with this profile.
fn processes_of(profile: &Path) -> Vec<i32> {
    let named = profile.as_os_str().as_encoded_bytes();
    let uses = |pid: &i32| {
        let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        command.windows(named.len()).any(|part| part == named)
    };
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(uses).collect()
}

fn capabilities(profile: &std::path::Path, width: u32, height: u32) -> serde_json::Map<String, Value> {
    let arguments = [
        "--headless=new".to_string(),
        "--no-sandbox".into(),
        "--disable-gpu".into(),
        "--disable-quic".into(),
        "--disable-dev-shm-usage".into(),
        "--no-first-run".into(),
        "--disable-background-networking".into(),
        "--disable-component-update".into(),
        "--disable-sync".into(),
        format!("--user-data-dir={}", profile.display()),
        format!("--window-size={width},{height}"),
    ];
    let mut options = json!({ "args": arguments });
    if let Ok(binary) = std::env::var("CHROMIUM") {
        options["binary"] = json!(binary);
    }
    let all = json!({
        "browserName": "chrome",
        "goog:loggingPrefs": { "browser": "ALL" },
        "goog:chromeOptions": options,
    });
    all.as_object().cloned().unwrap_or_default()
}

#[derive(Debug)]
struct ConsoleLog;

impl WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

#[derive(Debug)]
struct DevTools {
    command: &'static str,
    params: Value,
}

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(json!({ "cmd": self.command, "params": self.params }).to_string()))
    }
}
