//! As much of D-Bus as it takes to ask systemd for a property: calls with strings, answers with one
//! value. Straight to systemd's own socket, without a bus between.

use std::{
    io,
    sync::atomic::{AtomicU32, Ordering},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::UnixStream,
};

/// The longest message that is taken from the box, in bytes.
const MAX_MESSAGE: usize = 1 << 20;
/// The longest line of the greeting.
const MAX_LINE: usize = 1024;

const CALL: u8 = 1;
const RETURN: u8 = 2;
const ERROR: u8 = 3;

/// A connection on which both sides speak D-Bus.
pub struct Peer {
    stream: UnixStream,
}

static SERIAL: AtomicU32 = AtomicU32::new(1);

/// What a method is called on.
pub struct Method<'a> {
    pub path: &'a str,
    pub interface: &'a str,
    pub member: &'a str,
}

/// A value as far as it is needed here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text or an object's path.
    Text(String),
    Number(u32),
    /// Of any other type.
    Other,
}

impl Value {
    pub fn into_text(self) -> String {
        if let Self::Text(text) = self { text } else { String::new() }
    }
}

impl Peer {
    /// Greets the other side as user 0, which it can see for itself.
    pub async fn greet(mut stream: UnixStream) -> io::Result<Self> {
        stream.write_all(b"\0AUTH EXTERNAL 30\r\nBEGIN\r\n").await?;
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            if line.len() > MAX_LINE {
                return Err(malformed());
            }
            line.push(stream.read_u8().await?);
        }
        if !line.starts_with(b"OK ") {
            return Err(io::Error::other("it refuses the connection"));
        }
        Ok(Self { stream })
    }

    /// Calls a method with strings and gives the first value of the answer.
    pub async fn call(&mut self, method: &Method<'_>, arguments: &[&str]) -> io::Result<Value> {
        let serial = SERIAL.fetch_add(1, Ordering::Relaxed);
        self.stream.write_all(&encode(serial, method, arguments)).await?;
        loop {
            let message = self.receive().await?;
            if message.answers != Some(serial) {
                continue;
            }
            return match message.kind {
                RETURN => message.value(),
                ERROR => Err(io::Error::other(message.value()?.into_text())),
                _ => Err(malformed()),
            };
        }
    }

    /// A property of an object.
    pub async fn property(&mut self, path: &str, interface: &str, name: &str) -> io::Result<Value> {
        let method = Method { path, interface: "org.freedesktop.DBus.Properties", member: "Get" };
        self.call(&method, &[interface, name]).await
    }

    async fn receive(&mut self) -> io::Result<Message> {
        let mut head = [0; 16];
        self.stream.read_exact(&mut head).await?;
        // The least a message has; its fields and its body follow.
        let number = |at: usize| {
            usize::try_from(u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]]))
                .unwrap_or(usize::MAX)
        };
        let (body, fields) = (number(4), number(12));
        if head[0] != b'l' || body > MAX_MESSAGE || fields > MAX_MESSAGE {
            return Err(malformed());
        }
        let mut rest = vec![0; fields.next_multiple_of(8) + body];
        self.stream.read_exact(&mut rest).await?;
        let body = rest.split_off(fields.next_multiple_of(8));
        rest.truncate(fields);
        Message::of(head[1], &rest, body).ok_or_else(malformed)
    }
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "its answer is not D-Bus")
}

fn encode(serial: u32, method: &Method<'_>, arguments: &[&str]) -> Vec<u8> {
    let mut body = Writer::default();
    for argument in arguments {
        body.string(argument);
    }
    let mut out = Writer::default();
    out.bytes.extend([b'l', CALL, 0, 1]);
    out.number(u32::try_from(body.bytes.len()).unwrap_or(u32::MAX));
    out.number(serial);
    let mut fields = Writer::default();
    let texts = [
        (1, b'o', method.path),
        (2, b's', method.interface),
        (3, b's', method.member),
        (6, b's', "org.freedesktop.systemd1"),
    ];
    for (code, kind, value) in texts {
        fields.align(8);
        fields.bytes.extend([code, 1, kind, 0]);
        fields.string(value);
    }
    if !arguments.is_empty() {
        fields.align(8);
        fields.bytes.extend([8, 1, b'g', 0]);
        fields.signature(&"s".repeat(arguments.len()));
    }
    // The fields begin at offset 16, so they are aligned as by themselves.
    out.number(u32::try_from(fields.bytes.len()).unwrap_or(u32::MAX));
    out.bytes.extend(fields.bytes);
    out.align(8);
    out.bytes.extend(body.bytes);
    out.bytes
}

#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    fn align(&mut self, to: usize) {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0);
    }

    fn number(&mut self, number: u32) {
        self.align(4);
        self.bytes.extend(number.to_le_bytes());
    }

    fn string(&mut self, text: &str) {
        self.number(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
    }

    fn signature(&mut self, text: &str) {
        self.bytes.push(u8::try_from(text.len()).unwrap_or(u8::MAX));
        self.bytes.extend(text.as_bytes());
        self.bytes.push(0);
    }
}

/// A message from the other side.
struct Message {
    kind: u8,
    /// The serial number of the call that it answers.
    answers: Option<u32>,
    signature: String,
    body: Vec<u8>,
}

impl Message {
    fn of(kind: u8, fields: &[u8], body: Vec<u8>) -> Option<Self> {
        let mut reader = Reader { bytes: fields, at: 0 };
        let mut message = Self { kind, answers: None, signature: String::new(), body };
        while reader.at < fields.len() {
            reader.align(8);
            let code = reader.byte()?;
            match (code, reader.signature()?.as_str()) {
                (5, "u") => message.answers = Some(reader.number()?),
                (8, "g") => message.signature = reader.signature()?,
                (_, "s" | "o") => drop(reader.string()?),
                (_, "u") => drop(reader.number()?),
                (_, "g") => drop(reader.signature()?),
                _ => return None,
            }
        }
        Some(message)
    }

    /// The first value of the body.
    fn value(&self) -> io::Result<Value> {
        Reader { bytes: &self.body, at: 0 }.value(&self.signature).ok_or_else(malformed)
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn align(&mut self, to: usize) {
        self.at = self.at.next_multiple_of(to);
    }

    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    fn number(&mut self) -> Option<u32> {
        self.align(4);
        Some(u32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn string(&mut self) -> Option<String> {
        let length = usize::try_from(self.number()?).ok()?;
        self.text(length)
    }

    fn signature(&mut self) -> Option<String> {
        let length = usize::from(self.byte()?);
        self.text(length)
    }

    fn text(&mut self, length: usize) -> Option<String> {
        let text = String::from_utf8_lossy(self.take(length)?).into_owned();
        self.byte()?;
        Some(text)
    }

    fn value(&mut self, signature: &str) -> Option<Value> {
        Some(match signature.chars().next() {
            Some('s' | 'o') => Value::Text(self.string()?),
            Some('u') => Value::Number(self.number()?),
            Some('v') => {
                let inner = self.signature()?;
                // One level is all that a property has; more is not followed.
                if inner.starts_with('v') { Value::Other } else { self.value(&inner)? }
            }
            _ => Value::Other,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer as systemd gives it: the return of serial 7, with this signature and body.
    fn answer(signature: &str, body: &Writer) -> Message {
        let mut fields = Writer::default();
        fields.bytes.extend([5, 1, b'u', 0]);
        fields.number(7);
        fields.align(8);
        fields.bytes.extend([8, 1, b'g', 0]);
        fields.signature(signature);
        Message::of(RETURN, &fields.bytes, body.bytes.clone()).expect("well formed")
    }

    #[test]
    fn a_property_is_read() {
        let mut body = Writer::default();
        body.signature("s");
        body.string("running");
        let message = answer("v", &body);
        assert_eq!(message.answers, Some(7));
        assert_eq!(message.value().expect("a value"), Value::Text("running".into()));
        let mut body = Writer::default();
        body.signature("u");
        body.number(4711);
        assert_eq!(answer("v", &body).value().expect("a value"), Value::Number(4711));
    }

    #[test]
    fn a_call_is_aligned_as_the_other_side_expects() {
        let bytes = encode(1, &Method { path: "/a", interface: "b.c", member: "D" }, &["x"]);
        let fields = u32::from_le_bytes(bytes[12..16].try_into().expect("four bytes")) as usize;
        assert_eq!(bytes.len(), (16 + fields).next_multiple_of(8) + 6);
        let message = Message::of(CALL, &bytes[16..16 + fields], bytes[(16 + fields).next_multiple_of(8)..].to_vec());
        let message = message.expect("well formed");
        assert_eq!((message.signature.as_str(), message.value().expect("a value")), ("s", Value::Text("x".into())));
    }

    #[test]
    fn what_is_cut_off_is_refused() {
        let mut body = Writer::default();
        body.number(1000);
        assert!(answer("s", &body).value().is_err());
        assert!(Message::of(RETURN, &[5, 1, b'u'], Vec::new()).is_none());
    }
}
