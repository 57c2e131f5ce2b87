//! A class begins: everybody clicks *Start* in the same seconds, and nobody waits.
//!
//! `BELAY_TEST_CLASS` says how many they are where a hundred are too many for the machine.

#![expect(clippy::print_stdout, reason = "how long it took is for who runs it by hand")]

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use futures::{SinkExt, StreamExt, future::join_all};
use http::StatusCode;
use platform::{
    Clock,
    access::Role,
    clock::SystemClock,
    store::{
        Store, sessions,
        users::{self, User},
    },
};
use tests::{docker, eventually, http::Client, server::Server};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use uuid::{Builder, Uuid};
use wire::terminal::{Down, Up};

const LAB: &str = "nginx-port-conflict";

/// How long all of them together may take to their prompts.
const WITHIN: Duration = Duration::from_secs(10);

/// How long the machine may take to make ready for them.
const READY: Duration = Duration::from_secs(900);

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Somebody of the class.
struct Learner {
    client: Client,
    number: usize,
}

fn count(usual: usize) -> usize {
    std::env::var("BELAY_TEST_CLASS").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

/// Ids that are the same in each run: nobody else is on this server.
fn id(number: usize) -> Uuid {
    let millis = u64::try_from(number).expect("few") + 1;
    Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid()
}

/// Learners who are signed in, by sessions of their own: a hundred passwords would take a while to hash.
async fn learners(server: &Server, count: usize) -> Vec<Learner> {
    let store =
        Store::connect(&format!("sqlite:{}", server.database().display())).await.expect("the server's database");
    let now = SystemClock.now();
    let mut learners = Vec::new();
    for number in 0..count {
        let user = User {
            id: id(number),
            login: format!("learner{number}"),
            name: format!("Learner {number}"),
            role: Role::Learner,
            password: None,
            demo: false,
            created_at: now,
        };
        let mut tx = store.begin().await.expect("a transaction");
        assert!(users::add(&mut tx, &user).await.expect("a learner"));
        tx.commit().await.expect("a commit");
        // The id of a session is 16 bytes in 22 letters.
        let session = format!("{number:0>21}A");
        let data = format!(r#"{{"viewer":"{}"}}"#, user.id);
        let expires = now + Duration::from_secs(24 * 3600);
        assert!(sessions::create(&store, &session, &data, expires).await.expect("a session"));
        learners.push(Learner { client: Client::with_cookie(&server.url(), &format!("belay={session}")), number });
    }
    store.close().await;
    learners
}

/// Reserves for a class that begins now, and waits until all is ready.
async fn ready(server: &Server, count: usize) {
    let manager = Client::signed_in(&server.url(), "Ingrid Solheim").await;
    let at = SystemClock.now().format("%Y-%m-%dT%H:%M");
    let answer = manager.post(&format!("/labs/{LAB}/reserve"), &format!("at={at}&places={count}")).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let began = Instant::now();
    eventually("the boxes are warm", READY, || async {
        (server.log().matches("a box is warm").count() >= count).then_some(())
    })
    .await;
    assert_eq!(docker::containers(server.instance()).len(), count);
    println!("{count} boxes were warm after {:.1} s", began.elapsed().as_secs_f64());
}

async fn terminal(server: &Server, client: &Client, attempt: &str) -> Result<Socket, StatusCode> {
    let address = server.url().replace("http", "ws");
    let url = format!("{address}/attempts/{attempt}/terminals/1/socket?writer=7&cols=100&rows=30");
    let mut request = url.into_client_request().expect("a request");
    request.headers_mut().insert("origin", server.url().parse().expect("an origin"));
    request.headers_mut().insert("cookie", client.cookie().expect("signed in").parse().expect("a cookie"));
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status()),
        Err(error) => panic!("{error}"),
    }
}

/// Reads until something is on the screen, and gives all of it.
async fn until(socket: &mut Socket, word: &str) -> String {
    let mut screen = String::new();
    let reading = async {
        while !screen.contains(word) {
            match socket.next().await.expect("it stays open").expect("no error") {
                Message::Binary(bytes) => {
                    if let Ok(Down::Output { bytes, .. }) = Down::decode(&bytes) {
                        screen.push_str(&String::from_utf8_lossy(&bytes));
                    }
                }
                Message::Close(frame) => panic!("{frame:?}"),
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.unwrap_or_else(|_| panic!("never: {word}"));
    screen
}

async fn types(socket: &mut Socket, sent: &mut u64, line: &str) {
    let bytes = format!("{line}\n").into_bytes();
    let length = bytes.len() as u64;
    socket.send(Message::Binary(Up::Input { offset: *sent, bytes }.encode().into())).await.expect("typed");
    *sent += length;
}

/// From the click to the prompt.
async fn comes(server: &Server, learner: &Learner) -> (String, Socket, Duration) {
    let began = Instant::now();
    let answer = learner.client.post(&format!("/labs/{LAB}/start"), "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let attempt = answer.location().strip_prefix("/attempts/").expect("the way to the attempt").to_string();
    let started = began.elapsed();
    let page = learner.client.get(&format!("/attempts/{attempt}")).await;
    assert_eq!(page.status, StatusCode::OK);
    let shown = began.elapsed();
    let mut socket = terminal(server, &learner.client, &attempt).await.expect("a box that runs");
    until(&mut socket, "$ ").await;
    let all = began.elapsed();
    println!("started after {started:.1?}, the page after {shown:.1?}, the prompt after {all:.1?}");
    (attempt, socket, all)
}

fn say(what: &str, took: &mut [Duration]) {
    took.sort_unstable();
    let at = |share: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "few")]
        let nth = ((took.len() - 1) as f64 * share).round() as usize;
        took[nth].as_secs_f64() * 1000.0
    };
    println!(
        "{what}: {} clicks to prompt, p50 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        took.len(),
        at(0.5),
        at(0.99),
        at(1.0)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "long: a hundred boxes, which take minutes to make and gigabytes to keep"]
async fn a_class_of_a_hundred_begins_at_once() {
    let count = count(100);
    let server = Server::demo_with(&[("BELAY_WARM_MEMORY", "12g")]);
    let learners = learners(&server, count).await;
    ready(&server, count).await;

    let began = Instant::now();
    let came = join_all(learners.iter().map(|learner| comes(&server, learner))).await;
    let all = began.elapsed();
    let (mut attempts, mut sockets, mut took) = (Vec::new(), Vec::new(), Vec::new());
    for (attempt, socket, one) in came {
        attempts.push(attempt);
        sockets.push((socket, 0));
        took.push(one);
    }
    say("all at once", &mut took);
    println!("all {count} had their prompt after {:.2} s", all.as_secs_f64());
    assert!(all < WITHIN, "{all:?}");
    assert_eq!(attempts.iter().collect::<HashSet<_>>().len(), count);

    // Each leaves a word behind, and finds it, and nobody else's.
    for ((socket, sent), learner) in sockets.iter_mut().zip(&learners) {
        let line = format!("cat /tmp/whose; echo it-is-$((1000+{}))- > /tmp/whose; echo do''ne", learner.number);
        types(socket, sent, &line).await;
    }
    for (socket, _) in &mut sockets {
        let screen = until(socket, "done").await;
        assert!(screen.contains("No such file"), "somebody was here before: {screen}");
    }
    for ((socket, sent), learner) in sockets.iter_mut().zip(&learners) {
        types(socket, sent, "cat /tmp/whose; echo do''ne").await;
        let screen = until(socket, "done").await;
        assert!(screen.contains(&format!("it-is-{}-", 1000 + learner.number)), "{screen}");
    }
    // Nor does anybody reach another's by its address.
    for (at, learner) in learners.iter().enumerate() {
        let other = &attempts[(at + 1) % count];
        if *other != attempts[at] {
            assert_eq!(terminal(&server, &learner.client, other).await.err(), Some(StatusCode::NOT_FOUND));
            assert_eq!(learner.client.get(&format!("/attempts/{other}")).await.status, StatusCode::NOT_FOUND);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reserved_machine_is_there_at_the_click() {
    let count = count(2).min(20);
    let server = Server::demo_with(&[("BELAY_WARM_MEMORY", "4g")]);
    let learners = learners(&server, count).await;
    ready(&server, count).await;
    let mut took = Vec::new();
    for learner in &learners {
        let (attempt, mut socket, one) = comes(&server, learner).await;
        took.push(one);
        let mut sent = 0;
        types(&mut socket, &mut sent, "hostname; echo do''ne").await;
        until(&mut socket, "done").await;
        let log = server.log();
        let ready = log.lines().find(|line| line.contains("a warm box is ready") && line.contains(&attempt));
        println!("{}", ready.expect("it was a warm one"));
    }
    say("one after the other", &mut took);
}
