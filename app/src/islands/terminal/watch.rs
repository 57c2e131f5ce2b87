//! Whether a connection is dead though it does not say so: what was typed is not taken.
//!
//! What counts is that the other end gets on, not that nothing is under way: somebody who types without a pause always
//! has something under way.

/// How it was when it was last looked at, at one socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Watch {
    /// The number of the socket. Another one has a watch of its own.
    pub(super) socket: u32,
    /// Up to which offset input had been taken; something was waiting then.
    taken: u64,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing waits: there is nothing to watch.
    Done,
    /// It gets on; look again later.
    GetsOn(Watch),
    /// What waited then still does.
    Stuck,
}

impl Watch {
    /// Begins when something waits to be taken.
    pub(super) fn new(socket: u32, taken: u64) -> Self {
        Self { socket, taken }
    }

    /// Looks again.
    pub(super) fn look(self, taken: u64, waiting: bool) -> Found {
        match (waiting, taken > self.taken) {
            (false, _) => Found::Done,
            (true, true) => Found::GetsOn(Self { taken, ..self }),
            (true, false) => Found::Stuck,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typing_without_a_pause_is_no_dead_connection() {
        let mut watch = Watch::new(1, 0);
        for taken in 1..=5 {
            // Something newer is still under way.
            let found = watch.look(taken, true);
            assert_eq!(found, Found::GetsOn(Watch { socket: 1, taken }));
            watch = Watch { socket: 1, taken };
        }
        assert_eq!(watch.look(5, true), Found::Stuck);
        assert_eq!(watch.look(6, false), Found::Done);
    }
}
