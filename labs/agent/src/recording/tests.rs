//! The recorder as a whole: what goes in comes out, whatever happens on the way.

use std::io::Read;

use flate2::read::{DeflateDecoder, GzDecoder};
use proptest::prelude::*;
use wire::recording::{GZIP_HEAD, gzip_tail};

use super::*;

const SIZE: Size = Size { cols: 80, rows: 24 };

type Event = (f64, String, String);

/// A server that may go away at any time. It keeps what it has got and asks for what comes after.
#[derive(Default)]
struct Keeper {
    kept: Vec<Block>,
}

impl Keeper {
    fn last(&self) -> u64 {
        self.kept.last().map_or(0, |block| block.seq)
    }

    fn fetch(&mut self, recorder: &Recorder, most: usize) {
        for _ in 0..most {
            let Some(block) = recorder.book.borrow().shelf.after(self.last()).cloned() else { return };
            self.kept.push(Block::decode(&block.encode()).unwrap());
        }
    }

    /// The file of a terminal as any program reads it.
    fn events(&self, terminal: u32) -> Vec<Event> {
        let (mut file, mut crc) = (GZIP_HEAD.to_vec(), Crc::new());
        let mut length = 0;
        for block in self.kept.iter().filter(|block| block.terminal == terminal) {
            file.extend_from_slice(&block.bytes);
            length += u64::from(block.length);
        }
        let mut text = String::new();
        // Without its end the file is read just so far.
        let _ = GzDecoder::new(file.as_slice()).read_to_string(&mut text);
        crc.update(text.as_bytes());
        file.extend_from_slice(&gzip_tail(crc.sum(), length));
        let mut whole = String::new();
        GzDecoder::new(file.as_slice()).read_to_string(&mut whole).unwrap();
        assert_eq!(whole, text);
        let events: Vec<Event> = whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert!(events.is_sorted_by_key(|event| event.0), "time never runs backwards");
        events
    }
}

fn shown(events: &[Event]) -> String {
    events.iter().filter(|event| event.1 == "o").map(|event| event.2.as_str()).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Prints(u32, Vec<u8>),
    Settles,
    Fetches(usize),
    Acknowledges,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (1..3_u32, prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            "[ -~äé€😀\r\n\u{1b}]{0,40}".prop_map(String::into_bytes),
        ]).prop_map(|(terminal, bytes)| Step::Prints(terminal, bytes)),
        1 => Just(Step::Settles),
        2 => (0..4_usize).prop_map(Step::Fetches),
        1 => Just(Step::Acknowledges),
    ]
}

proptest! {
    #[test]
    fn over_any_connections_a_recording_is_what_was_printed(steps in prop::collection::vec(step(), 0..60)) {
        let recorder = Recorder::default();
        recorder.begin([(1, SIZE, b"$ ".to_vec()), (2, SIZE, Vec::new())]);
        let mut printed = [b"$ ".to_vec(), Vec::new()];
        let mut keeper = Keeper::default();
        for step in steps {
            match step {
                Step::Prints(terminal, bytes) => {
                    recorder.printed(terminal, &bytes);
                    printed[terminal as usize - 1].extend(bytes);
                }
                Step::Settles => drop(recorder.settle()),
                Step::Fetches(most) => keeper.fetch(&recorder, most),
                Step::Acknowledges => recorder.acknowledge(keeper.last()),
            }
        }
        recorder.closed(1);
        recorder.closed(2);
        let end = recorder.settle();
        keeper.fetch(&recorder, usize::MAX);
        prop_assert_eq!(keeper.last(), end);
        for terminal in [1, 2] {
            let wanted = String::from_utf8_lossy(&printed[terminal as usize - 1]).into_owned();
            prop_assert_eq!(shown(&keeper.events(terminal)), wanted);
        }
    }
}

#[test]
fn a_block_is_whole_however_little_it_compresses() {
    let mut compress = Compress::new(Compression::fast(), false);
    let mut random = 88_172_645_463_325_252_u64;
    for more in 0..300 {
        let text: Vec<u8> = (0..BLOCK / 2 + 128 * more)
            .map(|_| {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                b' ' + (random % 64) as u8
            })
            .collect();
        let mut read = Vec::new();
        let _ = DeflateDecoder::new(deflate(&mut compress, &text).as_slice()).read_to_end(&mut read);
        assert!(read == text, "{} of {} bytes are in it", read.len(), text.len());
    }
}

#[test]
fn nothing_is_recorded_before_it_begins() {
    let recorder = Recorder::default();
    recorder.opened(1, SIZE);
    recorder.printed(1, b"setting up");
    assert_eq!(recorder.settle(), 0);
    recorder.begin([]);
    recorder.opened(1, SIZE);
    recorder.printed(1, b"$ ");
    assert_eq!(recorder.settle(), 1);
    recorder.begin([(1, SIZE, b"again".to_vec())]);
    assert_eq!(recorder.settle(), 1, "it begins once");
}

#[test]
fn sizes_and_new_shells_are_events() {
    let recorder = Recorder::default();
    recorder.begin([(1, SIZE, Vec::new())]);
    recorder.resized(1, SIZE);
    recorder.printed(1, b"one");
    recorder.resized(1, Size { cols: 120, rows: 40 });
    recorder.settle();
    recorder.printed(1, b"two");
    recorder.closed(1);
    recorder.opened(1, Size { cols: 120, rows: 40 });
    recorder.settle();
    let mut keeper = Keeper::default();
    keeper.fetch(&recorder, 9);
    let told: Vec<_> = keeper.events(1).into_iter().map(|event| format!("{} {}", event.1, event.2)).collect();
    assert_eq!(told, ["o one", "r 120x40", "o two", "m A new shell", "o \u{1b}c"]);
    assert_eq!(keeper.kept[0].size, SIZE);
    assert_eq!(keeper.kept[1].size, Size { cols: 120, rows: 40 });
}

#[test]
fn of_a_flood_the_beginning_and_the_end_are_kept_and_the_rest_is_marked() {
    let recorder = Recorder::default();
    recorder.begin([(1, SIZE, Vec::new())]);
    let mut keeper = Keeper::default();
    let piece = b"all work and no play\r\n".repeat(186);
    for _ in 0..(64 << 20) / piece.len() {
        recorder.printed(1, &piece);
        keeper.fetch(&recorder, 9);
        recorder.acknowledge(keeper.last());
    }
    recorder.printed(1, b"the end\r\n");
    recorder.settle();
    keeper.fetch(&recorder, usize::MAX);
    let bytes: usize = keeper.kept.iter().map(|block| block.bytes.len()).sum();
    assert!(bytes < 1 << 20, "{bytes}");
    let events = keeper.events(1);
    let marks: Vec<_> = events.iter().filter(|event| event.1 == "m").map(|event| event.2.as_str()).collect();
    assert!(matches!(marks[..], [mark] if mark.contains("KiB of output are left out here")), "{marks:?}");
    let shown = shown(&events);
    assert!(shown.len() > 31 << 20 && shown.len() < 34 << 20, "{}", shown.len());
    assert!(shown.ends_with("all work and no play\r\nthe end\r\n"));
}
