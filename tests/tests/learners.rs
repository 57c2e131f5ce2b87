//! Two learners at once: each has a box of their own, and nobody reaches another's.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use http::StatusCode;
use tests::{docker, eventually, http::Client, server::Server};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Error, Message, client::IntoClientRequest},
};
use wire::terminal::{Down, Up};

const LAB: &str = "nginx-port-conflict";

async fn start(client: &Client) -> String {
    let answer = client.post(&format!("/labs/{LAB}/start"), "").await;
    let attempt = answer.location().strip_prefix("/attempts/").expect("the way to the attempt").to_string();
    let body = format!("attempt={attempt}");
    eventually("the box runs", Duration::from_secs(60), || async {
        let state = client.post("/fn/attempt_state", &body).await;
        state.body.contains("Running").then_some(())
    })
    .await;
    attempt
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects to a terminal of the attempt, or gives the status that refused it.
async fn connect(server: &Server, client: &Client, attempt: &str) -> Result<Socket, StatusCode> {
    let url = format!(
        "{}/attempts/{attempt}/terminals/1/socket?writer=7&cols=80&rows=24",
        server.url().replace("http", "ws")
    );
    let mut request = url.into_client_request().expect("a request");
    let headers = request.headers_mut();
    headers.insert("origin", server.url().parse().expect("an origin"));
    headers.insert("cookie", client.cookie().expect("signed in").parse().expect("a cookie"));
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status()),
        Err(error) => panic!("{error}"),
    }
}

/// Runs a line in a terminal of the attempt; gives what was printed until its end, or the status that refused it.
async fn at_terminal(server: &Server, client: &Client, attempt: &str, line: &str) -> Result<String, StatusCode> {
    let mut socket = connect(server, client, attempt).await?;
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
                }
                _ => {}
            }
            if printed.contains("the-2nd-end") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), reading).await.expect("the shell answers");
    Ok(printed)
}

#[tokio::test]
async fn two_learners_have_a_box_each_and_cannot_reach_the_others() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let tobias = Client::signed_in(&server.url(), "Tobias Okafor").await;
    let (mayas, tobiass) = tokio::join!(start(&maya), start(&tobias));
    assert_eq!(docker::containers(server.instance()).len(), 2);

    at_terminal(&server, &maya, &mayas, "echo hers > /tmp/whose").await.expect("her own terminal");
    let seen = at_terminal(&server, &tobias, &tobiass, "cat /tmp/whose").await.expect("his own terminal");
    assert!(seen.contains("No such file"), "{seen}");

    // By changing the id in an address nobody gets anywhere: as if there were nothing.
    let refused = at_terminal(&server, &tobias, &mayas, "id").await;
    assert_eq!(refused.expect_err("not his terminal"), StatusCode::NOT_FOUND);
    for path in [format!("/attempts/{mayas}"), format!("/attempts/{mayas}/result")] {
        assert_eq!(tobias.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in [format!("/attempts/{mayas}/finish"), format!("/attempts/{mayas}/abandon")] {
        assert_eq!(tobias.post(&path, "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (function, body) in [
        ("attempt_state", format!("attempt={mayas}")),
        ("check_now", format!("attempt={mayas}")),
        ("take_hint", format!("attempt={mayas}&number=1")),
    ] {
        let answer = tobias.post(&format!("/fn/{function}"), &body).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{function}");
    }
    // Her box is as she left it.
    let still = at_terminal(&server, &maya, &mayas, "cat /tmp/whose").await.expect("her own terminal");
    assert!(still.contains("hers"), "{still}");
}

#[tokio::test]
async fn a_terminal_closes_with_the_session_that_opened_it() {
    let server = Server::demo();
    let maya = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let attempt = start(&maya).await;
    let signed_out = Client::signed_in(&server.url(), "Maya Lindqvist").await;
    let mut other = connect(&server, &signed_out, &attempt).await.expect("her terminal, from elsewhere");
    signed_out.post("/signout", "").await;
    let closed = async {
        loop {
            match other.next().await {
                Some(Ok(Message::Close(frame))) => return frame.expect("a reason"),
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    };
    let frame = tokio::time::timeout(Duration::from_secs(60), closed).await.expect("it is closed");
    assert_eq!(u16::from(frame.code), 1008);
    assert!(frame.reason.contains("signed out"), "{}", frame.reason);
    let still = at_terminal(&server, &maya, &attempt, "id").await.expect("her terminal");
    assert!(still.contains("uid="), "{still}");
}
