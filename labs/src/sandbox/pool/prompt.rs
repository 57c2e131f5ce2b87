//! A shell that already waits when somebody comes.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};
use wire::terminal::{Attach, Down, Size};

use crate::sandbox::{Sandbox, error::SandboxError};

/// The terminal that is opened.
pub(super) const TERMINAL: u32 = 1;

/// Its size until somebody comes.
const SIZE: Size = Size { cols: 80, rows: 24 };

/// How long a shell may take to its prompt.
const WITHIN: Duration = Duration::from_secs(20);

/// After so long without another word, a shell that has said something waits: not every shell marks its prompt.
const QUIET: Duration = Duration::from_secs(1);

/// What our shells print before each prompt.
const MARK: &[u8] = b"\x1b]633;A";

/// Opens the first terminal of a box and waits until its shell is at its prompt.
pub(super) async fn open(sandbox: &Sandbox) -> Result<(), SandboxError> {
    let attach = Attach { terminal: TERMINAL, size: SIZE, from: None, writer: 0 };
    let (_, stream) = sandbox.terminal(attach).await?;
    let (mut reader, _writer) = stream.split();
    let end = Instant::now() + WITHIN;
    let mut printed = Vec::new();
    loop {
        let until = if printed.is_empty() { end } else { end.min(Instant::now() + QUIET) };
        match timeout_at(until, reader.next()).await {
            Ok(Some(Down::Output { bytes, .. })) => printed.extend(bytes),
            Ok(Some(Down::Ended)) => return Err(SandboxError::Gone("its shell has ended at once".into())),
            // What else there is to tell is for who looks on.
            Ok(Some(_)) => {}
            Ok(None) => return Err(SandboxError::Unreachable("the connection dropped".into())),
            Err(_) if printed.is_empty() => return Err(SandboxError::TimedOut(WITHIN.as_secs())),
            Err(_) => return Ok(()),
        }
        if at_prompt(&printed) {
            return Ok(());
        }
    }
}

/// Whether the newest mark is followed by a prompt.
fn at_prompt(printed: &[u8]) -> bool {
    let Some(at) = printed.windows(MARK.len()).rposition(|window| window == MARK) else { return false };
    match &printed[at + MARK.len()..] {
        [0x07, prompt @ ..] | [0x1b, b'\\', prompt @ ..] => !prompt.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::at_prompt;

    #[test]
    fn a_prompt_follows_its_mark() {
        assert!(at_prompt(b"Welcome\r\n\x1b]633;D;0\x1b\\\x1b]633;A\x1b\\engineer@web1:~$ "));
        assert!(at_prompt(b"\x1b]633;A\x07$ "));
        for not_yet in [&b"Welcome\r\n"[..], b"\x1b]633;A\x1b\\", b"\x1b]633;A\x1b", b"\x1b]633;A\x07$ \x1b]633;A\x07"]
        {
            assert!(!at_prompt(not_yet), "{not_yet:?}");
        }
    }
}
