//! What an emulator says by itself.
//!
//! Programs ask a terminal things (what are you, where is the cursor) and it answers as if somebody typed. While
//! history is shown again those questions come by a second time; they were answered when they were asked, so the
//! answers are dropped. What the learner types meanwhile is not.

/// Whether these bytes are an emulator's answer and nothing a person typed.
pub(in crate::islands) fn is_answer(data: &str) -> bool {
    let Some(rest) = data.strip_prefix('\u{1b}') else {
        return false;
    };
    let mut chars = rest.chars();
    match chars.next() {
        // A device control string or an operating system command: nobody types these.
        Some('P' | ']') => true,
        Some('[') => {
            let body = chars.as_str();
            let Some(last) = body.chars().last() else {
                return false;
            };
            let arguments = &body[..body.len() - last.len_utf8()];
            match last {
                // Focus gained or lost.
                'I' | 'O' => arguments.is_empty(),
                // Attributes, status, position, mode, size.
                'c' | 'n' | 'R' | 'y' | 't' => arguments.chars().all(|c| c.is_ascii_digit() || ";?>=$".contains(c)),
                _ => false,
            }
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::is_answer;

    #[test]
    fn answers_are_told_from_typing() {
        for answer in [
            "\x1b[?1;2c",
            "\x1b[>0;276;0c",
            "\x1b[0n",
            "\x1b[12;40R",
            "\x1b[?2004;1$y",
            "\x1b[8;24;80t",
            "\x1b]11;rgb:0/0/0\x07",
            "\x1bP1$r0m\x1b\\",
            "\x1b[I",
        ] {
            assert!(is_answer(answer), "{answer:?}");
        }
        for typed in ["", "c", "ls\r", "\x1b", "\x1b[A", "\x1bOP", "\x1b[3~", "\x1bb", "\x1b[200~c\x1b[201~", "\x1b["] {
            assert!(!is_answer(typed), "{typed:?}");
        }
    }
}
