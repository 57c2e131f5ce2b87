//! One `GET` over HTTP/1.1.

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connect;
use crate::{agent::Agent, machine::Running};

/// How much of a body is kept.
const MAX_BODY: usize = 64 << 10;
/// How long the head of an answer may be.
const MAX_HEAD: usize = 32 << 10;
const MAX_HEADERS: usize = 128;

/// An HTTP answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    /// The first 64 KiB.
    pub body: String,
}

/// Asks for a URL. Redirects are not followed.
pub async fn get(agent: &Agent, running: &Running, url: &str, host: Option<&str>) -> Result<Answer, String> {
    let target = Target::of(url)?;
    let mut stream = connect(agent, running, target.host, target.port).await?;
    let host = host.unwrap_or(target.authority);
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: belay\r\nAccept: */*\r\nConnection: close\r\n\r\n",
        target.path
    );
    if request.matches("\r\n").count() != 6 || request.contains('\0') {
        return Err("the URL or the host holds a line end".into());
    }
    stream.write_all(request.as_bytes()).await.map_err(|error| format!("while asking: {error}"))?;
    let mut received = Vec::new();
    // Chunks take more room on the way than in the body.
    let limit = MAX_HEAD + 2 * MAX_BODY;
    let mut buffer = vec![0; 16 << 10];
    while received.len() < limit {
        match stream.read(&mut buffer).await {
            Ok(0) => break,
            Ok(count) => received.extend_from_slice(&buffer[..count]),
            Err(error) if received.is_empty() => return Err(format!("while listening: {error}")),
            Err(_) => break,
        }
        if is_complete(&received) {
            break;
        }
    }
    parse(&received)
}

/// The parts of an `http://` URL.
#[derive(Debug, PartialEq, Eq)]
struct Target<'a> {
    authority: &'a str,
    host: &'a str,
    port: u16,
    path: &'a str,
}

impl<'a> Target<'a> {
    fn of(url: &'a str) -> Result<Self, String> {
        let rest = url.strip_prefix("http://").ok_or_else(|| format!("`{url}` does not begin with http://"))?;
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let bad = || format!("`{url}` names no host and port");
        // In brackets a colon belongs to the address.
        let after_brackets = authority.rfind(']').map_or(0, |bracket| bracket + 1);
        let (host, port) = match authority[after_brackets..].find(':') {
            Some(colon) => {
                let (host, port) = authority.split_at(after_brackets + colon);
                (host, port[1..].parse().map_err(|_| bad())?)
            }
            None => (authority, 80),
        };
        if host.is_empty() {
            return Err(bad());
        }
        Ok(Self { authority, host, port, path })
    }
}

/// Whether the whole answer is there, for a server that keeps the connection open all the same.
fn is_complete(received: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let Ok(httparse::Status::Complete(start)) = head.parse(received) else { return false };
    let length = header(&head, "content-length").and_then(|length| length.trim().parse::<usize>().ok());
    if is_chunked(&head) {
        dechunk(&received[start..]).1
    } else {
        length.is_some_and(|length| received.len() - start >= length.min(MAX_BODY))
    }
}

fn parse(received: &[u8]) -> Result<Answer, String> {
    if received.is_empty() {
        return Err("the server closed the connection without an answer".into());
    }
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut head = httparse::Response::new(&mut headers);
    let start = match head.parse(received) {
        Ok(httparse::Status::Complete(start)) if start <= MAX_HEAD => start,
        Ok(_) => return Err("the answer's head has no end".into()),
        Err(error) => return Err(format!("the answer is not HTTP: {error}")),
    };
    let status = head.code.ok_or("the answer has no status")?;
    let location = header(&head, "location");
    let mut body = if is_chunked(&head) { dechunk(&received[start..]).0 } else { received[start..].to_vec() };
    if let Some(length) = header(&head, "content-length").and_then(|length| length.trim().parse().ok()) {
        body.truncate(length);
    }
    body.truncate(MAX_BODY);
    Ok(Answer { status, location, body: String::from_utf8_lossy(&body).into_owned() })
}

fn header(head: &httparse::Response<'_, '_>, name: &str) -> Option<String> {
    let found = head.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name))?;
    Some(String::from_utf8_lossy(found.value).into_owned())
}

fn is_chunked(head: &httparse::Response<'_, '_>) -> bool {
    header(head, "transfer-encoding").is_some_and(|encoding| encoding.to_ascii_lowercase().contains("chunked"))
}

/// Puts chunks together as far as they are there, and says whether the last one is.
fn dechunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Ok(httparse::Status::Complete((start, length))) = httparse::parse_chunk_size(rest) {
        if length == 0 {
            return (body, true);
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let chunk = &rest[start..];
        body.extend_from_slice(&chunk[..length.min(chunk.len())]);
        // After the chunk comes a line end.
        let Some(after) = length.checked_add(2).and_then(|skip| chunk.get(skip..)) else { break };
        if body.len() >= MAX_BODY {
            break;
        }
        rest = after;
    }
    (body, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart() {
        let of = |url| Target::of(url).map(|target| (target.host, target.port, target.path));
        assert_eq!(of("http://127.0.0.1"), Ok(("127.0.0.1", 80, "/")));
        assert_eq!(of("http://shop:8080/a/b?c=d:e#f"), Ok(("shop", 8080, "/a/b?c=d:e")));
        assert_eq!(of("http://[::1]:81/x"), Ok(("[::1]", 81, "/x")));
        assert_eq!(of("http://[::1]/"), Ok(("[::1]", 80, "/")));
        for bad in ["https://x/", "http://", "http://:80/", "http://x:port/", "ftp://x"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_plain_answer_is_read() {
        let answer = parse(b"HTTP/1.1 301 Moved\r\nLocation: /new\r\nContent-Length: 4\r\n\r\nbodyrest").expect("HTTP");
        assert_eq!(answer, Answer { status: 301, location: Some("/new".into()), body: "body".into() });
        assert_eq!(parse(b"HTTP/1.0 200 OK\r\n\r\nto the end").expect("HTTP").body, "to the end");
    }

    #[test]
    fn chunks_are_put_together() {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let whole = format!("{head}4\r\nWiki\r\n6;x=y\r\npedia \r\n0\r\n\r\n");
        assert_eq!(parse(whole.as_bytes()).expect("HTTP").body, "Wikipedia ");
        assert!(is_complete(whole.as_bytes()));
        let part = format!("{head}4\r\nWiki\r\nff\r\nped");
        assert_eq!(parse(part.as_bytes()).expect("HTTP").body, "Wikiped");
        assert!(!is_complete(part.as_bytes()));
        let endless = format!("{head}ffffffffffffffff\r\nx");
        assert_eq!(parse(endless.as_bytes()).expect("HTTP").body, "x");
    }

    #[test]
    fn completeness_follows_the_length() {
        assert!(is_complete(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
        assert!(!is_complete(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok"));
        assert!(!is_complete(b"HTTP/1.1 200 OK\r\n\r\nok"));
        assert!(!is_complete(b"HTTP/1.1 200"));
    }

    #[test]
    fn what_is_no_http_is_said_to_be_none() {
        for bad in [&b""[..], b"SSH-2.0-OpenSSH", b"HTTP/1.1 200 OK\r\nhalf"] {
            assert!(parse(bad).is_err());
        }
    }
}
