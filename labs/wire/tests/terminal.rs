//! The terminal frames and the writer's bookkeeping, against a model of the agent.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use proptest::prelude::*;
use wire::terminal::{Attached, Down, PIECE, Show, Size, Up, Writer};

proptest! {
    #[test]
    fn frames_survive_the_round_trip(offset: u64, bytes: Vec<u8>, cols: u16, rows: u16) {
        for up in [Up::Input { offset, bytes: bytes.clone() }, Up::Resize(Size { cols, rows }), Up::Seen(offset)] {
            prop_assert_eq!(Up::decode(&up.encode()).unwrap(), up);
        }
        for down in [
            Down::Output { offset, bytes: bytes.clone() },
            Down::Taken(offset),
            Down::Ended,
            Down::Resized(Size { cols, rows }),
            Down::Skipped(offset),
        ] {
            prop_assert_eq!(Down::decode(&down.encode()).unwrap(), down);
        }
    }

    #[test]
    fn decoding_never_panics(bytes: Vec<u8>) {
        let _ = Up::decode(&bytes);
        let _ = Down::decode(&bytes);
    }

    /// Whatever the connections lose on the way, the agent gets exactly what was typed.
    #[test]
    fn nothing_typed_is_lost_or_doubled(steps: Vec<(Vec<u8>, bool, bool, bool)>) {
        let mut writer = Writer::default();
        let (mut typed, mut agent) = (Vec::new(), Vec::new());
        for (bytes, delivered, acknowledged, reconnect) in steps {
            typed.extend_from_slice(&bytes);
            let frames = writer.typed(&bytes);
            let mut connected = delivered;
            if delivered {
                frames.iter().for_each(|frame| take(&mut agent, frame));
            }
            if acknowledged && delivered {
                writer.took(agent.len() as u64);
            }
            connected &= !reconnect;
            if !connected {
                reattach(&mut writer, &mut agent);
            }
        }
        reattach(&mut writer, &mut agent);
        writer.took(agent.len() as u64);
        prop_assert_eq!(typed, agent);
        prop_assert!(!writer.waiting());
    }
}

fn take(agent: &mut Vec<u8>, frame: &Up) {
    let Up::Input { offset, bytes } = frame else { panic!("no input: {frame:?}") };
    let known = agent.len() as u64 - offset;
    agent.extend_from_slice(&bytes[usize::try_from(known).unwrap().min(bytes.len())..]);
}

fn reattach(writer: &mut Writer, agent: &mut Vec<u8>) {
    let taken = agent.len() as u64;
    let (_, frames) = writer.attached(Attached { from: 0, history_end: 0, taken });
    frames.iter().for_each(|frame| take(agent, frame));
}

#[test]
fn output_seen_before_is_not_shown_again() {
    let mut writer = Writer::default();
    let _ = writer.attached(Attached { from: 0, history_end: 0, taken: 0 });
    assert_eq!(writer.output(0, b"abc"), Show::Bytes(b"abc"));
    assert_eq!(writer.output(0, b"abc"), Show::Nothing);
    assert_eq!(writer.output(2, b"cde"), Show::Bytes(b"de"));
    assert_eq!(writer.from(), Some(5));
}

#[test]
fn a_gap_clears_the_screen() {
    let mut writer = Writer::default();
    assert!(
        !writer.attached(Attached { from: 7, history_end: 9, taken: 0 }).0,
        "the first time there is nothing to clear"
    );
    let _ = writer.output(7, b"xy");
    assert!(!writer.attached(Attached { from: 9, history_end: 9, taken: 0 }).0);
    assert!(writer.attached(Attached { from: 20, history_end: 30, taken: 0 }).0);
}

#[test]
fn what_was_typed_into_a_terminal_that_is_gone_is_not_typed_into_the_next() {
    let mut writer = Writer::default();
    let _ = writer.attached(Attached { from: 0, history_end: 0, taken: 0 });
    let _ = writer.typed(b"ls\n");
    writer.took(3);
    let _ = writer.typed(b"rm -rf /srv\n");
    let (_, again) = writer.attached(Attached { from: 0, history_end: 0, taken: 0 });
    assert_eq!(again, []);
    assert_eq!(writer.typed(b"id\n"), [Up::Input { offset: 0, bytes: b"id\n".to_vec() }]);
}

#[test]
fn a_large_paste_goes_in_pieces() {
    let pasted: Vec<u8> = (0..3 * PIECE + 9).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let mut writer = Writer::default();
    let _ = writer.attached(Attached { from: 0, history_end: 0, taken: 0 });
    let typed = writer.typed(&pasted);
    let (_, again) = writer.attached(Attached { from: 0, history_end: 0, taken: 7 });
    for (frames, taken) in [(typed, 0), (again, 7)] {
        let mut agent = pasted[..taken].to_vec();
        for frame in &frames {
            assert!(matches!(frame, Up::Input { bytes, .. } if bytes.len() <= PIECE));
            take(&mut agent, frame);
        }
        assert_eq!((frames.len(), agent == pasted), (4, true));
    }
}
