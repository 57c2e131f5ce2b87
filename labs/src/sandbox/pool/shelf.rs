//! What is kept of one lab.

use std::{collections::VecDeque, sync::Arc, time::Duration};

use tokio::time::Instant;

use super::Known;
use crate::{catalog::Lab, sandbox::Hosts};

/// A box after which so much time has passed is replaced: what runs in it has aged, and so has its clock's story.
pub(super) const OLDEST: Duration = Duration::from_secs(2 * 60 * 60);

/// How often it is looked at what boxes are made from, when nothing has to be made.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// How long to wait after a box could not be warmed, the first time and at most.
const AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_secs(5 * 60));

/// A box that waits for somebody.
#[derive(Debug)]
pub(super) struct Resting {
    pub hosts: Hosts,
    pub lab: Arc<Lab>,
    pub seed: u64,
    pub fingerprint: String,
    pub since: Instant,
    pub known: Known,
}

/// The warm boxes of one lab.
#[derive(Debug)]
pub(super) struct Shelf {
    /// The lab as it is to be warmed.
    pub lab: Arc<Lab>,
    /// The one that waits longest is first.
    pub boxes: VecDeque<Resting>,
    /// How many are being made, or wait to be.
    pub warming: u32,
    /// How many there shall be.
    pub hold: u32,
    /// How many of them are promised to somebody.
    pub reserved: u32,
    /// From what they are made now, as it was last looked at.
    pub fingerprint: Option<String>,
    /// When that was.
    pub looked: Option<Instant>,
    /// How long the last one took.
    pub took: Option<Duration>,
    pub trouble: Option<Trouble>,
    /// How many were claimed.
    pub claimed: u64,
}

/// Why the last one could not be warmed.
#[derive(Debug)]
pub(super) struct Trouble {
    pub words: String,
    /// Not before then is it tried again.
    until: Instant,
    wait: Duration,
}

impl Shelf {
    pub fn new(lab: Arc<Lab>) -> Self {
        Self {
            lab,
            boxes: VecDeque::new(),
            warming: 0,
            hold: 0,
            reserved: 0,
            fingerprint: None,
            looked: None,
            took: None,
            trouble: None,
            claimed: 0,
        }
    }

    /// Whether it should be looked at what its boxes are made from: that asks the engine.
    pub fn to_look_at(&self) -> bool {
        let in_use = self.hold > 0 || !self.boxes.is_empty();
        in_use && (self.missing() > 0 || self.looked.is_none_or(|looked| looked.elapsed() >= LOOK_EVERY))
    }

    pub fn have(&self) -> u32 {
        u32::try_from(self.boxes.len()).unwrap_or(u32::MAX)
    }

    /// How many should begin to be made.
    pub fn missing(&self) -> u32 {
        match &self.trouble {
            Some(trouble) if Instant::now() < trouble.until => 0,
            // After trouble with one at first.
            Some(_) if self.warming > 0 => 0,
            Some(_) => self.hold.saturating_sub(self.have()).min(1),
            None => self.hold.saturating_sub(self.have().saturating_add(self.warming)),
        }
    }

    /// Whether one that was to be made is still wanted.
    pub fn wants(&self) -> bool {
        self.have() < self.hold
    }

    /// The longest waiting one that is as the lab is now.
    pub fn take(&mut self, version: &str) -> Option<Resting> {
        let at = self.boxes.iter().position(|resting| resting.lab.version == version)?;
        self.boxes.remove(at)
    }

    /// Takes out what is stale or more than there shall be, and one that is too old.
    pub fn weed(&mut self) -> Vec<Resting> {
        let sound = |resting: &Resting| {
            resting.lab.version == self.lab.version
                && self.fingerprint.as_ref().is_none_or(|fingerprint| *fingerprint == resting.fingerprint)
        };
        let (keep, mut out): (Vec<_>, Vec<_>) = self.boxes.drain(..).collect::<Vec<_>>().into_iter().partition(sound);
        self.boxes = keep.into();
        while self.have() > self.hold {
            out.extend(self.boxes.pop_front());
        }
        // The old are replaced one after the other: some are there at any time.
        if self.warming == 0 {
            out.extend(self.boxes.pop_front_if(|resting| resting.since.elapsed() >= OLDEST));
        }
        out
    }

    pub fn went_wrong(&mut self, words: String) {
        let wait = self.trouble.as_ref().map_or(AGAIN.0, |trouble| (trouble.wait * 2).min(AGAIN.1));
        self.trouble = Some(Trouble { words, until: Instant::now() + wait, wait });
    }
}
