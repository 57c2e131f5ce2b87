//! Who gets through which route: every route with every role, on the real server.

use std::time::Duration;

use http::{Method, StatusCode};
use platform::access::{Relation, Role, allowed};
use server::http::routes::{Needs, ROUTES, Route};
use tests::{eventually, http::Client, server::Server};

/// Any lab will do.
const LAB: &str = "nginx-port-conflict";

/// Any goal of the role will do.
const GOAL: &str = "access-the-proper-way";

const PEOPLE: &[(Role, &str)] = &[
    (Role::Learner, "Maya Lindqvist"),
    (Role::Manager, "Ingrid Solheim"),
    (Role::Interviewer, "Rafael Duarte"),
    (Role::Author, "Priya Raghavan"),
    (Role::Admin, "Sam Whitaker"),
];

async fn attempt_of(client: &Client) -> String {
    let answer = client.post(&format!("/labs/{LAB}/start"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let id = answer.location().strip_prefix("/attempts/").expect("the way to the attempt").to_string();
    // Given up at once, so that its state no longer changes under the test and there is a result to ask for.
    let answer = client.post(&format!("/attempts/{id}/abandon"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    eventually("the attempt is over", Duration::from_secs(30), || async {
        let answer = client.get(&format!("/attempts/{id}/result")).await;
        (answer.status == StatusCode::OK).then_some(())
    })
    .await;
    id
}

/// The id of who is signed in, as the link to their figures has it.
async fn id_of(client: &Client) -> String {
    let home = client.get("/").await.body;
    let (_, rest) = home.split_once("/people/").expect("a link to one's figures");
    rest.split('/').next().expect("an id").to_string()
}

/// The id of a case that waits: something that somebody has to show.
async fn case_of(client: &Client) -> String {
    let answer = client.post("/evidence", &format!("goal={GOAL}&words=Done")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let page = client.get("/evidence").await.body;
    let (_, rest) = page.split_once("id=\"case-").expect("what was handed in");
    rest.split('"').next().expect("an id").to_string()
}

/// What somebody has.
struct Things {
    attempt: String,
    person: String,
    case: String,
}

impl Things {
    async fn of(client: &Client) -> Self {
        Self { attempt: attempt_of(client).await, person: id_of(client).await, case: case_of(client).await }
    }
}

async fn knock(client: &Client, base: &str, route: &Route, of: &Things) -> StatusCode {
    let attempt = &of.attempt;
    let path = match route.needs {
        Needs::Attempt(_) | Needs::Copy => {
            route.path.replace("{id}", attempt).replace("{n}", "1").replace("{what}", "80")
        }
        Needs::Person(_) => route.path.replace("{id}", &of.person),
        Needs::Case(_) => route.path.replace("{id}", &of.case),
        _ => route.path.replace("{id}", LAB),
    };
    let upgrade = route.path.ends_with("/socket");
    let path = if upgrade { format!("{path}?writer=1&cols=80&rows=24") } else { path };
    let mut headers = vec![("origin", base)];
    if upgrade {
        headers.extend([
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ]);
    }
    let body = match route.path {
        "/fn/take_hint" => format!("attempt={attempt}&number=1"),
        "/fn/let_watchers_type" => format!("attempt={attempt}&allowed=false"),
        path if path.starts_with("/fn/") => format!("attempt={attempt}"),
        _ => String::new(),
    };
    if route.method == "POST" {
        headers.push(("content-type", "application/x-www-form-urlencoded"));
        headers.push(("accept", "application/json"));
    }
    let method = Method::from_bytes(route.method.as_bytes()).expect("a method");
    client.send(method, &path, &body, &headers).await.status
}

/// The door was shut: whoever may not is told that there is nothing, or that their role does not allow it.
fn refused(status: StatusCode) -> bool {
    matches!(status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN)
}

#[tokio::test]
async fn every_route_lets_in_whom_the_table_says() {
    let server = Server::demo();
    let base = server.url();
    let somebody = Client::signed_in(&base, "Tobias Okafor").await;
    let others = Things::of(&somebody).await;

    for (role, name) in PEOPLE {
        let person = Client::signed_in(&base, name).await;
        let own = if allowed(*role, platform::access::Action::StartAttempt, Relation::Own) {
            Some(Things::of(&person).await)
        } else {
            None
        };
        for route in ROUTES.iter().filter(|route| route.path != "/signout") {
            let may = match route.needs {
                Needs::Nothing => None,
                // Nobody has opened one with this id.
                Needs::Copy => Some(false),
                Needs::Own(action) => Some(allowed(*role, action, Relation::Own)),
                Needs::Attempt(action) | Needs::Person(action) | Needs::Case(action) => {
                    Some(allowed(*role, action, Relation::Other))
                }
            };
            let status = knock(&person, &base, route, &others).await;
            if let Some(may) = may {
                assert_eq!(
                    !refused(status),
                    may,
                    "{name} ({role}): {} {} of another person gave {status}",
                    route.method,
                    route.path
                );
            }
            if let (Needs::Attempt(action) | Needs::Person(action) | Needs::Case(action), Some(own)) =
                (route.needs, &own)
            {
                let status = knock(&person, &base, route, own).await;
                let may = allowed(*role, action, Relation::Own);
                assert_eq!(!refused(status), may, "{name} ({role}): own {} {} gave {status}", route.method, route.path);
            }
        }
    }
}

#[tokio::test]
async fn nobody_gets_anything_without_signing_in() {
    let server = Server::demo();
    let base = server.url();
    let owner = Client::signed_in(&base, "Tobias Okafor").await;
    let theirs = Things::of(&owner).await;
    let nobody = Client::new(&base);
    for route in ROUTES.iter().filter(|route| route.needs != Needs::Nothing) {
        let status = knock(&nobody, &base, route, &theirs).await;
        let sent_away = status.is_redirection() || status == StatusCode::UNAUTHORIZED;
        assert!(sent_away, "{} {} gave {status} to nobody", route.method, route.path);
    }
}

#[tokio::test]
async fn a_session_ends_with_sign_out() {
    let server = Server::demo();
    let person = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let before = person.cookie();
    assert_eq!(person.get("/").await.status, StatusCode::OK);
    assert_eq!(person.post("/signout", "").await.location(), "/signin");
    let stolen = Client::new(&server.url());
    let answer = stolen.send(Method::GET, "/", "", &[("cookie", before.as_deref().unwrap_or_default())]).await;
    assert!(answer.status.is_redirection(), "a cookie of before still opens the door: {}", answer.status);
}

#[tokio::test]
async fn a_foreign_origin_or_host_is_turned_away() {
    let server = Server::demo();
    let base = server.url();
    let person = Client::signed_in(&base, "Maya Lindqvist").await;
    let start = format!("/labs/{LAB}/start");
    let form = ("content-type", "application/x-www-form-urlencoded");
    let foreign = person.send(Method::POST, &start, "", &[("origin", "http://evil.example.org"), form]).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
    assert_eq!(person.send(Method::POST, &start, "", &[form]).await.status, StatusCode::FORBIDDEN);
    let rebound = person.send(Method::GET, "/signin", "", &[("host", "evil.example.org")]).await;
    assert_eq!(rebound.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let server = Server::demo();
    let client = Client::new(&server.url());
    for path in ["/signin", "/pkg/belay.js", "/nowhere", "/healthz"] {
        let answer = client.get(path).await;
        let policy =
            answer.headers.get("content-security-policy").and_then(|value| value.to_str().ok()).unwrap_or_default();
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe-inline"), "{path}: {policy}");
        assert_eq!(answer.headers.get("x-content-type-options").expect("a header"), "nosniff", "{path}");
    }
    assert_eq!(client.get("/nowhere").await.status, StatusCode::NOT_FOUND);
}
