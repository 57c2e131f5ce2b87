//! asciicast v2, written line by line.

use wire::terminal::Size;

/// Text from bytes that come in pieces of any size: a character that is cut waits for its rest.
#[derive(Default)]
pub struct Text {
    /// At most three bytes.
    cut: Vec<u8>,
}

impl Text {
    /// Adds what can be read by now to a JSON string. What is no UTF-8 becomes a replacement character.
    pub fn escape(&mut self, out: &mut Vec<u8>, piece: &[u8]) {
        let joined;
        let mut rest = if self.cut.is_empty() {
            piece
        } else {
            joined = [&self.cut, piece].concat();
            self.cut.clear();
            joined.as_slice()
        };
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => return escape(out, text),
                Err(error) => {
                    let (good, bad) = rest.split_at(error.valid_up_to());
                    if let Ok(good) = std::str::from_utf8(good) {
                        escape(out, good);
                    }
                    let Some(length) = error.error_len() else {
                        self.cut = bad.to_vec();
                        return;
                    };
                    escape(out, "\u{fffd}");
                    rest = &bad[length..];
                }
            }
        }
    }

    /// Nothing more comes: what is cut stays so.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if !std::mem::take(&mut self.cut).is_empty() {
            escape(out, "\u{fffd}");
        }
    }
}

fn escape(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut plain = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte >= 0x20 && !matches!(byte, b'"' | b'\\' | 0x7f) {
            continue;
        }
        out.extend_from_slice(&bytes[plain..at]);
        plain = at + 1;
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            other => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let digits = [HEX[usize::from(other >> 4)], HEX[usize::from(other & 15)]];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&digits);
            }
        }
    }
    out.extend_from_slice(&bytes[plain..]);
}

/// Adds the beginning of an event's line, up to and with the quote that opens its data.
pub fn open(out: &mut Vec<u8>, at_us: u64, code: char) {
    let (seconds, micros) = (at_us / 1_000_000, at_us % 1_000_000);
    out.extend_from_slice(format!("[{seconds}.{micros:06},\"{code}\",\"").as_bytes());
}

/// Ends an event's line.
pub fn close(out: &mut Vec<u8>) {
    out.extend_from_slice(b"\"]\n");
}

/// Adds a whole line.
pub fn line(out: &mut Vec<u8>, at_us: u64, code: char, data: &str) {
    open(out, at_us, code);
    escape(out, data);
    close(out);
}

/// Adds the line of another size.
pub fn resized(out: &mut Vec<u8>, at_us: u64, size: Size) {
    line(out, at_us, 'r', &format!("{}x{}", size.cols, size.rows));
}

/// Adds that something is missing here: a mark, and words on the screen for who plays it with something that knows no
/// marks. What an escape sequence was in the middle of is cancelled first.
pub fn missing(out: &mut Vec<u8>, at_us: u64, words: &str) {
    line(out, at_us, 'm', words);
    line(out, at_us, 'o', &format!("\u{18}\u{1b}[0m\r\n[{words}]\r\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &[u8]) -> (f64, String, String) {
        serde_json::from_slice(line).expect("a line of JSON")
    }

    #[test]
    fn a_line_is_what_players_read() {
        let mut out = Vec::new();
        line(&mut out, 93_200_007, 'o', "a\"\\\r\n\t\u{1b}[0m\u{7f}\u{0}é");
        assert_eq!(read(&out), (93.200_007, "o".into(), "a\"\\\r\n\t\u{1b}[0m\u{7f}\u{0}é".into()));
        assert_eq!(out.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
        out.clear();
        resized(&mut out, 1, Size { cols: 80, rows: 24 });
        assert_eq!(out, b"[0.000001,\"r\",\"80x24\"]\n");
    }

    #[test]
    fn characters_that_are_cut_are_joined() {
        let whole = "añ€😀 \u{1b}[1m".as_bytes();
        for first in 0..whole.len() {
            for second in first..whole.len() {
                let (mut text, mut out) = (Text::default(), Vec::new());
                for piece in [&whole[..first], &whole[first..second], &whole[second..]] {
                    text.escape(&mut out, piece);
                }
                text.end(&mut out);
                let read: String = serde_json::from_str(&format!("\"{}\"", String::from_utf8(out).unwrap())).unwrap();
                assert_eq!(read.as_bytes(), whole);
            }
        }
    }

    #[test]
    fn what_is_no_text_is_replaced_and_does_not_wait() {
        let (mut text, mut out) = (Text::default(), Vec::new());
        text.escape(&mut out, b"a\xffb\xe2\x82");
        assert_eq!(String::from_utf8(out.clone()).unwrap(), "a\u{fffd}b");
        text.escape(&mut out, b"c\xf0\x9f");
        text.end(&mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "a\u{fffd}b\u{fffd}c\u{fffd}");
    }
}
