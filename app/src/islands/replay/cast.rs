//! asciicast v2, read; and the playhead that goes through it.

use std::ops::Range;

use serde::Deserialize;

/// Where nothing happens for longer than this, the rest is skipped.
pub(super) const IDLE: f64 = 2.0;

/// A recording.
#[derive(Debug, PartialEq)]
pub(super) struct Cast {
    pub(super) size: (u16, u16),
    pub(super) events: Vec<Event>,
}

/// Something that a terminal showed.
#[derive(Debug, PartialEq)]
pub(super) struct Event {
    /// When, in seconds.
    pub(super) at: f64,
    pub(super) what: What,
}

#[derive(Debug, PartialEq)]
pub(super) enum What {
    Output(String),
    Resized(u16, u16),
}

#[derive(Deserialize)]
struct Head {
    version: u32,
    width: u16,
    height: u16,
}

impl Cast {
    /// Reads one. What is no event that is played is left out, and so is a last line that is cut.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let head: Head = serde_json::from_str(lines.next()?).ok()?;
        if head.version != 2 {
            return None;
        }
        let events = lines.filter_map(|line| {
            let (at, code, data): (f64, &str, String) = serde_json::from_str(line).ok()?;
            let what = match code {
                "o" => What::Output(data),
                "r" => {
                    let (cols, rows) = data.split_once('x')?;
                    What::Resized(cols.parse().ok()?, rows.parse().ok()?)
                }
                _ => return None,
            };
            Some(Event { at, what })
        });
        Some(Self { size: (head.width, head.height), events: events.collect() })
    }
}

/// How far it has been played.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Playhead {
    /// The moment, in seconds.
    pub(super) at: f64,
    /// The next event.
    next: usize,
}

impl Playhead {
    /// Goes on for so many seconds: which events are due. Where nothing happens for long, the rest is skipped.
    pub(super) fn advance(&mut self, events: &[Event], seconds: f64, end: f64, skip_idle: bool) -> Range<usize> {
        let first = self.next;
        self.at = (self.at + seconds).min(end.max(self.at));
        loop {
            while events.get(self.next).is_some_and(|event| event.at <= self.at) {
                self.next += 1;
            }
            let before = self.next.checked_sub(1).and_then(|last| events.get(last)).map_or(0.0, |event| event.at);
            let idle_until = events.get(self.next).map_or(end, |event| event.at);
            if !skip_idle || idle_until <= self.at || self.at - before < IDLE {
                return first..self.next;
            }
            self.at = idle_until;
            if self.next >= events.len() {
                return first..self.next;
            }
        }
    }

    /// Goes to a moment: whether the screen must be cleared first, and which events make it what it was then.
    pub(super) fn seek(&mut self, events: &[Event], at: f64) -> (bool, Range<usize>) {
        let back = at < self.at;
        let first = if back { 0 } else { self.next };
        self.at = at;
        self.next = events.partition_point(|event| event.at <= at);
        (back, first..self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = concat!(
        "{\"version\":2,\"width\":80,\"height\":24,\"timestamp\":1700000000}\n",
        "[0.5,\"o\",\"$ \"]\n",
        "[1.0,\"o\",\"ls\\r\\n\"]\n",
        "[1.5,\"r\",\"120x40\"]\n",
        "[1.6,\"m\",\"A mark\"]\n",
        "[60.0,\"o\",\"late\"]\n",
        "[61.0,\"o\",\"cu"
    );

    #[test]
    fn a_recording_is_read_and_what_is_cut_is_left_out() {
        let cast = Cast::read(TEXT).unwrap();
        assert_eq!(cast.size, (80, 24));
        assert_eq!(cast.events.len(), 4);
        assert_eq!(cast.events[1], Event { at: 1.0, what: What::Output("ls\r\n".into()) });
        assert_eq!(cast.events[2].what, What::Resized(120, 40));
        assert_eq!(Cast::read(""), None);
        assert_eq!(Cast::read("{\"version\":1,\"width\":80,\"height\":24}"), None);
    }

    #[test]
    fn it_plays_each_event_once_and_in_time() {
        let cast = Cast::read(TEXT).unwrap();
        let mut head = Playhead::default();
        assert_eq!(head.advance(&cast.events, 0.4, 62.0, false), 0..0);
        assert_eq!(head.advance(&cast.events, 0.7, 62.0, false), 0..2);
        assert_eq!(head.advance(&cast.events, 58.0, 62.0, false), 2..3);
        assert_eq!(head.advance(&cast.events, 10.0, 62.0, false), 3..4);
        assert_eq!((head.at, head.advance(&cast.events, 10.0, 62.0, false)), (62.0, 4..4));
    }

    #[test]
    fn a_long_pause_is_cut_to_two_seconds() {
        let cast = Cast::read(TEXT).unwrap();
        let mut head = Playhead::default();
        head.advance(&cast.events, 1.6, 62.0, true);
        assert_eq!(head.advance(&cast.events, 1.8, 62.0, true), 3..3);
        assert!((head.at - 3.4).abs() < 1e-9, "{head:?}");
        assert_eq!(head.advance(&cast.events, 0.2, 62.0, true), 3..4);
        assert_eq!(head.at, 60.0);
        head.advance(&cast.events, 2.5, 900.0, true);
        assert_eq!(head.at, 900.0, "the end is not waited for either");
    }

    #[test]
    fn going_back_begins_anew_and_going_on_does_not() {
        let cast = Cast::read(TEXT).unwrap();
        let mut head = Playhead::default();
        assert_eq!(head.seek(&cast.events, 1.2), (false, 0..2));
        assert_eq!(head.seek(&cast.events, 60.0), (false, 2..4));
        assert_eq!(head.seek(&cast.events, 0.6), (true, 0..1));
        assert_eq!(head.advance(&cast.events, 0.5, 62.0, true), 1..2);
    }
}
