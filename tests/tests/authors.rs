//! Who writes labs: a new one proves itself as it is, and another platform's runs in the browser with its buttons.

use std::{
    collections::BTreeMap,
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use fantoccini::Locator;
use tests::{browser::Browser, server};

/// A lab's images may have to be built, and it is proven twice.
const START: Duration = Duration::from_secs(240);

/// Runs the program on a catalogue of the test's own, and gives what it says.
fn belay(catalog: &Path, arguments: &[&str]) -> String {
    let output = Command::new(server::program())
        .args(arguments)
        .env("BELAY_CATALOG", catalog)
        .env("BELAY_SITE", std::env::var_os("BELAY_SITE").unwrap_or_else(|| server::root().join("target/site").into()))
        .env("BELAY_DATA", catalog.join(".data"))
        .env("BELAY_IMAGES", server::root().join("docker"))
        .env("BELAY_ROLES", server::root().join("scorecards/roles"))
        .current_dir(catalog)
        .output()
        .expect("the program runs");
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(output.status.success(), "belay {}: {said}", arguments.join(" "));
    said
}

/// Writes files into a folder.
fn write(folder: &Path, files: &BTreeMap<&str, &str>) {
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder");
        fs::write(path, text).expect("a file");
    }
}

#[test]
fn a_new_lab_of_each_kind_proves_itself_as_it_is() {
    let catalog = tempfile::tempdir().expect("a catalogue");
    let new = |id: &str, more: &[&str]| {
        let all =
            [&["lab", "new", id, "--title", "Seats vanish", "--summary", "A job clears too much."], more].concat();
        belay(catalog.path(), &all);
    };
    new("one-with-services", &[]);
    new("one-without", &["--plain"]);
    new("two-machines", &["--hosts", "web,db"]);
    belay(catalog.path(), &["lab", "lint"]);
    let said = belay(catalog.path(), &["lab", "test"]);
    assert!(said.contains("3 passed, 0 failed"), "{said}");
    let said = belay(catalog.path(), &["lab", "test", "--mutate"]);
    assert!(said.contains("3 passed, 0 failed"), "{said}");
}

#[test]
fn a_lab_is_tried_in_this_terminal_and_its_pages_are_written() {
    let catalog = tempfile::tempdir().expect("a catalogue");
    belay(catalog.path(), &["lab", "new", "small", "--plain", "--title", "Small", "--summary", "One thing."]);
    let shell = |input: &str, more: &[&str]| {
        let mut running = Command::new(server::program())
            .args([&["lab", "run", "small", "--seed", "3"], more].concat())
            .env("BELAY_CATALOG", catalog.path())
            .env("BELAY_DATA", catalog.path().join(".data"))
            .env("BELAY_IMAGES", server::root().join("docker"))
            .env("BELAY_ROLES", server::root().join("scorecards/roles"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        running.stdin.take().expect("an input").write_all(input.as_bytes()).expect("what is typed");
        let output = running.wait_with_output().expect("it ends");
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (well, said) = shell("echo $((40 + 2)) in the box\n", &["--no-check"]);
    assert!(well && said.contains("42 in the box") && said.contains("seed 3"), "{said}");
    let (well, said) = shell("", &[]);
    assert!(!well && said.contains("Not passed yet."), "{said}");

    belay(catalog.path(), &["lab", "shot", "small", "--out", "shots"]);
    let page = fs::read_to_string(catalog.path().join("shots/small-work.html")).expect("the page of the work");
    assert!(page.contains("Small") && page.contains("Terminal 1"), "{page}");
    for name in ["small-before-1280.png", "small-work-360.png"] {
        let picture = fs::read(catalog.path().join("shots").join(name)).expect("a picture");
        assert!(picture.starts_with(b"\x89PNG") && picture.len() > 4000, "{name}");
    }
}

#[tokio::test]
async fn an_imported_scenario_runs_in_the_browser_with_its_buttons() {
    let theirs = tempfile::tempdir().expect("their scenario");
    let index = r#"{
      "title": "A site of your own", "description": "Serve a page.",
      "details": {
        "intro": {"text": "intro.md", "background": "setup.sh"},
        "steps": [{"title": "Write it", "text": "step1.md", "verify": "verify1.sh"},
                  {"title": "Serve it", "text": "step2.md", "verify": "verify2.sh"}],
        "finish": {"text": "finish.md"}
      },
      "backend": {"imageid": "ubuntu"}
    }"#;
    let files = BTreeMap::from([
        ("index.json", index),
        ("intro.md", "# A site\n\nYou will serve a page.\n"),
        ("setup.sh", "mkdir -p /root/site\n"),
        ("step1.md", "Write a page:\n\n`echo hello from the scenario > /root/site/index.html`{{exec}}\n"),
        ("verify1.sh", "#!/bin/bash\ngrep -q hello /root/site/index.html\n"),
        (
            "step2.md",
            "Serve it:\n\n```bash\ncd /root/site && (setsid python3 -m http.server 8000 >/dev/null 2>&1 &)\n```{{exec}}\n\n\
             Look at [your site]({{TRAFFIC_HOST1_8000}}), and copy `curl 127.0.0.1:8000`{{copy}}.\n",
        ),
        (
            "verify2.sh",
            "#!/bin/bash\nfor _ in 1 2 3 4 5; do curl -fs 127.0.0.1:8000 | grep -q hello && exit; sleep 1; done; exit 1\n",
        ),
        ("finish.md", "Well done.\n"),
    ]);
    write(&theirs.path().join("own-site"), &files);
    let catalog = tempfile::tempdir().expect("a catalogue");
    let folder = theirs.path().join("own-site").display().to_string();
    let said = belay(catalog.path(), &["lab", "import", "killercoda", &folder]);
    assert!(said.contains("understood"), "{said}");
    belay(catalog.path(), &["lab", "lint"]);
    let said = belay(catalog.path(), &["lab", "test"]);
    assert!(said.contains("1 passed, 0 failed"), "its own blocks solve it: {said}");

    let catalog_path = catalog.path().display().to_string();
    let server = server::Server::demo_with(&[("BELAY_CATALOG", &catalog_path)]);
    let browser = Browser::open(1280, 900).await;
    browser.goto(&format!("{}/signin", server.url())).await;
    let maya = "//button[contains(., 'Maya Lindqvist')]";
    browser.client.find(Locator::XPath(maya)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
    browser.goto(&format!("{}/labs/own-site", server.url())).await;
    browser.click("form[action$='/start'] button").await;
    browser.find_within("#terminal-1[data-status=connected]", START).await;
    browser.terminal_shows("root@").await;

    browser.click("[data-run*='hello from the scenario']").await;
    browser.terminal_shows("> /root/site/index.html").await;
    browser.click("[data-run*='http.server']").await;
    browser.runs("clear; cat /root/site/index.html").await;
    browser.terminal_shows("hello from the scenario").await;
    // The address of a port opens its tab.
    browser.click("a[data-port]").await;
    tests::desk::preview_shows(&browser, "#pane-port-0 iframe", "hello from the scenario").await;
    browser.screenshot("imported").await;

    browser.click("button[popovertarget=finish]").await;
    browser.click("form[action$='/finish'] button").await;
    browser.sees_within("Your result", Duration::from_secs(90)).await;
    browser.sees("Passed").await;
    let messages = browser.console().await;
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");
}
