//! Finds the shell's marks in what a terminal prints: `ESC ] 633 ; E ; text` up to BEL or `ESC \`.
//!
//! The stream itself passes unchanged; this only looks.

/// The longest text that is kept of a mark, in bytes.
const MAX_TEXT: usize = 4096;
const START: &[u8] = b"\x1b]633;E;";

/// Looks at a stream in pieces of any size.
#[derive(Default)]
pub struct Marks {
    state: State,
}

#[derive(Default)]
enum State {
    /// So many bytes of the beginning of a mark have been seen.
    #[default]
    Outside,
    Beginning(usize),
    /// In a mark's text.
    Text(Vec<u8>),
    /// In a mark's text, after an escape.
    TextEscape(Vec<u8>),
}

impl Marks {
    /// The texts of the marks that end in this piece.
    pub fn look(&mut self, mut piece: &[u8]) -> Vec<String> {
        let mut found = Vec::new();
        while !piece.is_empty() {
            // Most of what is printed is far from any mark.
            if let State::Outside = self.state {
                let Some(next) = piece.iter().position(|byte| *byte == START[0]) else { break };
                piece = &piece[next..];
            }
            let Some((byte, rest)) = piece.split_first() else { break };
            piece = rest;
            self.state = match std::mem::take(&mut self.state) {
                State::Outside => begin(0, *byte),
                State::Beginning(seen) => begin(seen, *byte),
                State::Text(text) => match byte {
                    0x07 => end(&text, &mut found),
                    0x1b => State::TextEscape(text),
                    // Cancelled: no terminal would take it for a mark.
                    0x18 | 0x1a => State::Outside,
                    _ => State::Text(push(text, *byte)),
                },
                State::TextEscape(text) if *byte == b'\\' => end(&text, &mut found),
                State::TextEscape(_) => begin(1, *byte),
            };
        }
        found
    }
}

fn begin(seen: usize, byte: u8) -> State {
    if START[seen] == byte {
        if seen + 1 == START.len() { State::Text(Vec::new()) } else { State::Beginning(seen + 1) }
    } else if byte == START[0] {
        State::Beginning(1)
    } else {
        State::Outside
    }
}

fn push(mut text: Vec<u8>, byte: u8) -> Vec<u8> {
    if text.len() < MAX_TEXT {
        text.push(byte);
    }
    text
}

fn end(text: &[u8], found: &mut Vec<String>) -> State {
    // A nonce may follow after a `;`: in the text itself one is always escaped.
    let line = text.split(|byte| *byte == b';').next().unwrap_or_default();
    found.push(String::from_utf8_lossy(&unescape(line)).into_owned());
    State::Outside
}

/// `\\` stands for a backslash, `\xHH` for the byte of that number.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte != b'\\' {
            plain.push(*byte);
            continue;
        }
        match after {
            [b'\\', after @ ..] => {
                plain.push(b'\\');
                rest = after;
            }
            [b'x', high, low, after @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                plain.push(digit(*high) << 4 | digit(*low));
                rest = after;
            }
            _ => plain.push(b'\\'),
        }
    }
    plain
}

fn digit(hex: u8) -> u8 {
    match hex {
        b'0'..=b'9' => hex - b'0',
        _ => (hex | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(stream: &[u8]) -> Vec<String> {
        let at_once = Marks::default().look(stream);
        let mut marks = Marks::default();
        let piecemeal: Vec<String> = stream.iter().flat_map(|byte| marks.look(&[*byte])).collect();
        assert_eq!(at_once, piecemeal, "pieces make no difference");
        at_once
    }

    #[test]
    fn marks_end_with_either_terminator() {
        assert_eq!(whole(b"$ \x1b]633;E;ls -l\x07out\x1b]633;E;pwd\x1b\\more"), ["ls -l", "pwd"]);
    }

    #[test]
    fn other_sequences_are_no_marks() {
        assert!(whole(b"\x1b]0;title\x07\x1b]633;A\x07\x1b]633;D;0\x07633;E;x\x07").is_empty());
        assert_eq!(whole(b"\x1b]63\x1b]633;E;x\x07"), ["x"]);
    }

    #[test]
    fn escapes_and_nonces_are_understood() {
        assert_eq!(whole(b"\x1b]633;E;echo a\\x3b b\\x0acd\\\\e \\q;nonce\x07"), ["echo a; b\ncd\\e \\q"]);
    }

    #[test]
    fn a_broken_off_mark_is_forgotten_and_a_new_one_seen() {
        assert_eq!(whole(b"\x1b]633;E;lost\x1b]633;E;kept\x07"), ["kept"]);
        assert_eq!(whole(b"\x1b]633;E;lost\x18 text\x07"), Vec::<String>::new());
    }

    #[test]
    fn a_long_line_is_cut() {
        let mut stream = b"\x1b]633;E;".to_vec();
        stream.extend(vec![b'x'; 3 * MAX_TEXT]);
        stream.push(0x07);
        assert_eq!(whole(&stream)[0].len(), MAX_TEXT);
    }
}
