//! How much a thing weighs: complexity × risk, as whoever hands it out says before anybody has it.

use crate::event::work::{Complexity, Risk};

impl Complexity {
    /// How much more work it is than a small thing.
    #[must_use]
    pub fn weight(self) -> f64 {
        match self {
            Self::S => 1.0,
            Self::M => 2.0,
            Self::L => 4.0,
        }
    }
}

impl Risk {
    /// How much more care it needs than what is easily undone.
    #[must_use]
    pub fn weight(self) -> f64 {
        match self {
            Self::Low => 1.0,
            Self::Medium => 1.25,
            Self::High => 1.5,
        }
    }
}
