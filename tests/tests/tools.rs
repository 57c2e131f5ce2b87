//! The machine's files and what it serves, beside its terminals: with a browser, and as somebody who tries tricks.

use std::time::Duration;

use fantoccini::Locator;
use futures::{SinkExt, StreamExt};
use http::{Method, StatusCode};
use platform::store::{Store, events};
use scorecards::event::Kind;
use serde_json::json;
use tests::{
    browser::{Browser, PATIENCE},
    desk::{editor_shows, open_file, press, press_at, preview_shows, status_says, tool, types},
    eventually,
    http::Client,
    server::Server,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    client_async,
    tungstenite::{Message, client::IntoClientRequest},
};

const LAB: &str = "nginx-port-conflict";
const CONF: &str = "/etc/nginx/sites-available/harbourline.conf";
const START: Duration = Duration::from_secs(90);

async fn sign_in(browser: &Browser, site: &str) {
    browser.goto(&format!("{site}/signin")).await;
    let maya = "//button[contains(., 'Maya Lindqvist')]";
    browser.client.find(Locator::XPath(maya)).await.expect("a demo person").click().await.expect("a click");
    browser.sees("All labs").await;
}

async fn start_lab(browser: &Browser, site: &str) {
    browser.goto(&format!("{site}/labs/{LAB}")).await;
    browser.click("form[action$='/start'] button").await;
    browser.find_within("[data-status=connected]", START).await;
    browser.terminal_shows("engineer@").await;
}

async fn console_is_silent(browser: &Browser) {
    let messages: Vec<_> = browser
        .console()
        .await
        .into_iter()
        // What a site in the box answers is its own; the browser notes each refusal of it and of ours.
        .filter(|message| !message.text.contains("the server responded with a status of"))
        .collect();
    assert!(messages.is_empty(), "the browser's console: {messages:#?}");
}

#[tokio::test]
async fn a_line_is_mended_in_the_editor_and_seen_in_the_preview() {
    let server = Server::demo();
    let browser = Browser::open(1280, 900).await;
    sign_in(&browser, &server.url()).await;
    start_lab(&browser, &server.url()).await;
    // A small site of one's own, so that what is mended does not hang on what this lab has drawn.
    browser.runs("pid=$(sudo ss -Htlnp 'sport = :80' | grep -oP 'pid=\\K[0-9]+' | head -n 1)").await;
    browser.runs("clear; sudo systemctl disable --now $(ps -o unit= -p $pid); sudo systemctl stop nginx").await;
    browser.runs(&format!("clear; printf 'server {{\\n  listen 80 default_server;\\n  default_type text/html;\\n  return 200 \"before\";\\n}}\\n' | sudo tee {CONF}")).await;
    tool(&browser, "port-0").await;
    preview_shows(&browser, "#pane-port-0 iframe", "Nothing listens on port 80 in the box yet").await;
    browser.screenshot("preview-nothing").await;
    tool(&browser, "terminal").await;
    browser.runs("clear; sudo systemctl start nginx; systemctl is-active nginx").await;
    browser.terminal_shows("active").await;
    // It comes by itself.
    tool(&browser, "port-0").await;
    preview_shows(&browser, "#pane-port-0 iframe", "before").await;

    // The file belongs to root: one reads it, mends it, and saves it as root.
    tool(&browser, "files").await;
    open_file(&browser, CONF).await;
    editor_shows(&browser, "return 200 \"before\";").await;
    browser.screenshot("editor").await;
    types(&browser, "# mended by hand").await;
    status_says(&browser, "Unsaved changes").await;
    // What is not saved is there after a reload.
    browser.client.refresh().await.expect("a reload");
    browser.find_within("[data-status=connected]", START).await;
    tool(&browser, "files").await;
    status_says(&browser, "Your unsaved text of before is back").await;
    editor_shows(&browser, "# mended by hand").await;
    types(&browser, "\u{e009}s\u{e000}").await;
    press(&browser, "Save as root").await;
    status_says(&browser, "Saved").await;

    // Somebody changes it at the terminal meanwhile: nothing is lost in silence.
    tool(&browser, "terminal").await;
    browser.runs(&format!("clear; sudo sed -i 's/before/after/' {CONF}; tail -n 1 {CONF}")).await;
    browser.terminal_shows("# mended by hand").await;
    tool(&browser, "files").await;
    types(&browser, " and again\u{e009}s\u{e000}").await;
    browser.sees("is not as you opened it").await;
    browser.screenshot("editor-conflict").await;
    press(&browser, "Show both").await;
    eventually("both are shown", PATIENCE, || async {
        browser.client.find(Locator::Css(".cm-deletedChunk")).await.ok().map(|_| ())
    })
    .await;
    browser.screenshot("editor-both").await;
    types(&browser, "\u{e009}s\u{e000}").await;
    status_says(&browser, "Saved").await;
    tool(&browser, "terminal").await;
    browser.runs(&format!("clear; sudo sed -i 's/before/at last/' {CONF}; sudo nginx -t && sudo systemctl reload nginx; tail -n 1 {CONF}")).await;
    browser.terminal_shows("and again").await;
    tool(&browser, "port-0").await;
    let reload = "//section[@id='pane-port-0']//button[text()='Reload']";
    press_at(&browser, reload).await;
    preview_shows(&browser, "#pane-port-0 iframe", "at last").await;
    browser.screenshot("preview").await;
    // Escape and Tab lead out of the text, which takes Tab otherwise.
    tool(&browser, "files").await;
    types(&browser, "\u{e00c}").await;
    browser.client.active_element().await.expect("the editor").send_keys("\u{e004}").await.expect("typed");
    let inside =
        browser.client.execute("return document.activeElement.closest('.cm-editor') !== null", Vec::new()).await;
    assert_eq!(inside.expect("an answer"), json!(false), "Escape, then Tab leaves the editor");
    // On a phone.
    let metrics = json!({ "width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": true });
    browser.devtools("Emulation.setDeviceMetricsOverride", metrics).await;
    browser.click("label:has(#view-terminal)").await;
    browser.screenshot("editor-narrow").await;
    tool(&browser, "port-0").await;
    browser.screenshot("preview-narrow").await;
    let wider = "return document.documentElement.scrollWidth - document.documentElement.clientWidth";
    assert_eq!(browser.client.execute(wider, Vec::new()).await.expect("a width"), json!(0), "nothing sticks out");
    console_is_silent(&browser).await;
}

async fn start(client: &Client) -> String {
    let answer = client.post(&format!("/labs/{LAB}/start"), "").await;
    let attempt = answer.location().strip_prefix("/attempts/").expect("the way to the attempt").to_string();
    let body = format!("attempt={attempt}");
    eventually("the box runs", START, || async {
        client.post("/fn/attempt_state", &body).await.body.contains("Running").then_some(())
    })
    .await;
    attempt
}

/// Writes a file into the box and runs it as the learner's editor and terminal would.
async fn put(client: &Client, base: &str, attempt: &str, path: &str, text: &str) {
    let address = format!("/attempts/{attempt}/file?path={path}");
    let answer = client.send(Method::POST, &address, text, &[("origin", base), ("if-none-match", "*")]).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
}

/// Answers with all headers it was asked with, sets cookies, and echoes WebSocket messages of up to 125 bytes.
const ECHO: &str = r#"
import base64, hashlib, http.server
class H(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(s):
        if s.headers.get('Upgrade') == 'websocket':
            key = s.headers['Sec-WebSocket-Key'] + '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
            s.send_response(101)
            s.send_header('Upgrade', 'websocket'); s.send_header('Connection', 'Upgrade')
            s.send_header('Sec-WebSocket-Accept', base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
            s.end_headers(); s.wfile.flush()
            while True:
                head = s.rfile.read(2)
                if len(head) < 2 or head[0] & 15 == 8: break
                mask = s.rfile.read(4); n = head[1] & 127
                data = bytes(b ^ mask[i % 4] for i, b in enumerate(s.rfile.read(n)))
                s.wfile.write(bytes([0x81, n]) + data); s.wfile.flush()
            s.close_connection = True
            return
        body = (s.path + '\n' + str(s.headers)).encode()
        s.send_response(200)
        s.send_header('Set-Cookie', 'belay=mine; Domain=localhost; Path=/')
        s.send_header('Set-Cookie', 'theirs=1; Domain=localhost')
        s.send_header('X-Frame-Options', 'DENY')
        s.send_header('Content-Length', str(len(body)))
        s.end_headers(); s.wfile.write(body)
    do_POST = do_GET
http.server.ThreadingHTTPServer(('127.0.0.1', 8099), H).serve_forever()
"#;

#[tokio::test]
async fn the_box_and_belay_never_meet_in_a_preview() {
    let server = Server::demo();
    let base = server.url();
    let maya = Client::signed_in(&base, "Maya Lindqvist").await;
    let attempt = start(&maya).await;
    put(&maya, &base, &attempt, "/tmp/echo.py", ECHO).await;
    run_in_box(
        &server,
        &maya,
        &attempt,
        "setsid python3 /tmp/echo.py >/dev/null 2>&1 & until ss -tln | grep -q 8099; do sleep 0.1; done",
    )
    .await;

    let answer = maya.get(&format!("/attempts/{attempt}/preview/8099?path=/a?b=c")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let (host, rest) = answer.location().strip_prefix("http://").expect("http").split_once('/').expect("a path");
    assert!(host.contains(".preview.localhost:") && rest == "a?b=c", "{}", answer.location());
    // A name that leads to this machine; the client need not look it up.
    let outsider = Client::new(&base);
    let session = maya.cookie().expect("signed in");
    let asked = outsider
        .send(
            Method::GET,
            "/a?b=c",
            "",
            &[("host", host), ("cookie", &format!("{session}; theme=dark")), ("x-forwarded-for", "203.0.113.7")],
        )
        .await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
    let secret = session.split('=').nth(1).expect("a value");
    assert!(!asked.body.contains(secret) && !asked.body.contains("203.0.113.7"), "{}", asked.body);
    assert!(asked.body.starts_with("/a?b=c\n") && asked.body.contains("Host: localhost:8099"), "{}", asked.body);
    assert!(asked.body.contains("Cookie: theme=dark"), "{}", asked.body);
    let cookies: Vec<_> = asked.headers.get_all("set-cookie").iter().map(|c| c.to_str().expect("text")).collect();
    assert_eq!(cookies, ["theirs=1"], "none of ours, and none for another host");
    assert!(asked.headers.get("x-frame-options").is_none());
    let policy = asked.headers.get("content-security-policy").expect("a policy").to_str().expect("text");
    assert!(policy.starts_with("frame-ancestors http://localhost:"), "{policy}");

    // On such a host there are none of our own pages, not even with a session; and without a right there is nothing.
    for (host, status) in [
        (host, StatusCode::OK),
        (&host.to_ascii_uppercase(), StatusCode::OK),
        (&host.replacen(|_: char| true, "b", 1), StatusCode::NOT_FOUND),
        (&host.replacen('.', "..", 1), StatusCode::NOT_FOUND),
        ("x.preview.localhost", StatusCode::NOT_FOUND),
        ("preview.localhost", StatusCode::NOT_FOUND),
    ] {
        let answer = outsider.send(Method::GET, "/signin", "", &[("host", host), ("cookie", &session)]).await;
        assert!(!answer.body.contains("Maya Lindqvist"), "{host} shows our page");
        // A changed letter may be the one that was there.
        assert_eq!(answer.status, status, "{host}");
    }

    let socket = TcpStream::connect(base.strip_prefix("http://").expect("http")).await.expect("connected");
    let mut request = format!("ws://{host}/live").into_client_request().expect("a request");
    request.headers_mut().insert("origin", format!("http://{host}").parse().expect("an origin"));
    let (mut socket, _) = client_async(request, socket).await.expect("a WebSocket");
    for words in ["hello", "box"] {
        socket.send(Message::Text(words.into())).await.expect("sent");
        let heard =
            tokio::time::timeout(PATIENCE, socket.next()).await.expect("soon").expect("a message").expect("sound");
        assert_eq!(heard.into_text().expect("text").as_str(), words);
    }

    // After the end the right is worth nothing, and what is open is cut.
    maya.post(&format!("/attempts/{attempt}/abandon"), "").await;
    let end = tokio::time::timeout(PATIENCE, socket.next()).await.expect("it is cut");
    assert!(!matches!(end, Some(Ok(Message::Text(_)))), "{end:?}");
    let late = outsider.send(Method::GET, "/a", "", &[("host", host)]).await;
    assert_eq!(late.status, StatusCode::GONE, "{}", late.body);
    assert!(late.body.contains("This preview is over"));
}

#[tokio::test]
async fn files_go_up_and_down_within_their_limits_and_leave_their_trace() {
    let server = Server::demo();
    let base = server.url();
    let maya = Client::signed_in(&base, "Maya Lindqvist").await;
    let tobias = Client::signed_in(&base, "Tobias Okafor").await;
    let attempt = start(&maya).await;
    let file = |path: &str| format!("/attempts/{attempt}/file?path={path}");
    let (origin, none) = (("origin", base.as_str()), ("if-none-match", "*"));
    let large = "x".repeat(3 << 20);
    let written = maya.send(Method::POST, &file("/home/engineer/large.txt"), &large, &[origin, none]).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.body);
    let edited = maya.get(&file("/home/engineer/large.txt")).await;
    assert_eq!(edited.status, StatusCode::PAYLOAD_TOO_LARGE, "too large to edit");
    let down = maya.get(&format!("{}&download=true", file("/home/engineer/large.txt"))).await;
    assert_eq!((down.status, down.body.len()), (StatusCode::OK, large.len()));
    assert_eq!(down.headers["content-disposition"], "attachment; filename*=UTF-8''large.txt");
    assert_eq!(down.headers["content-type"], "application/octet-stream");
    let huge = "x".repeat((16 << 20) + 1);
    let refused = maya.send(Method::POST, &file("/home/engineer/huge"), &huge, &[origin, none]).await;
    assert_eq!(refused.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(refused.body.contains("\"too_large\"") && refused.body.contains("at most 16.0 MiB"), "{}", refused.body);

    let again = maya.send(Method::POST, &file("/home/engineer/large.txt"), "y", &[origin, none]).await;
    assert_eq!(again.status, StatusCode::PRECONDITION_FAILED, "{}", again.body);
    assert!(again.body.contains("\"exists\""), "{}", again.body);
    let foreign = [("origin", "http://evil.example.org"), none];
    let forged = maya.send(Method::POST, &file("/home/engineer/x"), "y", &foreign).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    assert_eq!(tobias.get(&file("/etc/hostname")).await.status, StatusCode::NOT_FOUND);
    let denied = maya.get(&file("/etc/shadow")).await;
    assert!(denied.body.contains("\"denied\""), "{}", denied.body);
    let as_root = maya.get(&format!("{}&root=true", file("/etc/shadow"))).await;
    assert!(as_root.status == StatusCode::OK && as_root.body.starts_with("root:"), "{}", as_root.body);
    let listing = maya.get(&format!("/attempts/{attempt}/files?path=/home/engineer")).await;
    assert!(listing.body.contains("\"large.txt\""), "{}", listing.body);

    let store = Store::connect(&format!("sqlite://{}", server.database().display())).await.expect("the database");
    let all = events::of_attempt(&store, attempt.parse().expect("an id")).await.expect("events");
    let saved: Vec<_> = all
        .iter()
        .filter_map(|event| match &event.kind {
            Kind::FileSaved(saved) => Some((saved.path.as_str(), saved.before.is_some())),
            _ => None,
        })
        .collect();
    assert_eq!(saved, [("/home/engineer/large.txt", false)]);
}

/// Types a line at a terminal of the attempt and waits for its end.
async fn run_in_box(server: &Server, client: &Client, attempt: &str, line: &str) {
    use wire::terminal::{Down, Up};
    let address = server.url().replace("http", "ws");
    let url = format!("{address}/attempts/{attempt}/terminals/1/socket?writer=7&cols=200&rows=24");
    let mut request = url.into_client_request().expect("a request");
    request.headers_mut().insert("origin", server.url().parse().expect("an origin"));
    request.headers_mut().insert("cookie", client.cookie().expect("signed in").parse().expect("a cookie"));
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.expect("a terminal");
    let typed = Up::Input { offset: 0, bytes: format!("{line}; echo the-$((1+1))nd-end\n").into_bytes() };
    let mut printed = String::new();
    let reading = async {
        while let Some(Ok(message)) = socket.next().await {
            match message {
                Message::Text(_) => socket.send(Message::Binary(typed.encode().into())).await.expect("typed"),
                Message::Binary(bytes) => {
                    if let Ok(Down::Output { bytes, .. }) = Down::decode(&bytes) {
                        printed.push_str(&String::from_utf8_lossy(&bytes));
                    }
                    if printed.contains("the-2nd-end") {
                        return;
                    }
                }
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("the line ends");
}
