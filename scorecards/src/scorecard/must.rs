//! Must-meets: what a good score elsewhere cannot make up for.

use super::{Dimensional, Middle, MustMeet, Reason, Rule};

/// How a scorecard stands with the must-meets.
pub(super) struct Standing {
    /// How many are missed.
    pub misses: usize,
    /// Whether one cannot be said to be met, since it was not observed.
    pub open: bool,
    /// In words, in the rule's order.
    pub reasons: Vec<Reason>,
}

/// Each dimension below its level is a miss, but for as many as the rule allows. What is allowed is one level: who is
/// further below than that is always a miss. So three of three fundamentals below the bar are two misses, not one.
pub(super) fn standing(seen: &[Dimensional], rule: &Rule) -> Standing {
    let mut standing = Standing { misses: 0, open: false, reasons: Vec::new() };
    for must in &rule.must_meets {
        standing.take(seen, must);
    }
    if standing.misses == 0 && !standing.open && !rule.must_meets.is_empty() {
        standing.reasons.insert(0, Reason::MustMeetsMet);
    }
    standing
}

impl Standing {
    fn take(&mut self, seen: &[Dimensional], must: &MustMeet) {
        let at_least = must.at_least;
        let (mut below, mut unseen): (Vec<(String, Middle)>, Vec<String>) = (Vec::new(), Vec::new());
        let mut among = Vec::new();
        for id in &must.dimensions {
            let found = seen.iter().find(|one| one.dimension.id == *id);
            let title = found.map_or(id, |one| &one.dimension.title).clone();
            among.push(title.clone());
            match found.and_then(|one| one.middle) {
                None => unseen.push(title),
                Some(middle) if u16::from(middle.twice()) < 2 * u16::from(at_least) => below.push((title, middle)),
                Some(_) => {}
            }
        }
        let far = below.iter().filter(|(_, middle)| u16::from(middle.twice()) + 2 < 2 * u16::from(at_least)).count();
        let allowed = usize::try_from(must.misses_allowed).unwrap_or(usize::MAX);
        let misses = far + (below.len() - far).saturating_sub(allowed);
        if misses > 0 {
            self.reasons.push(Reason::Missed { below, at_least, among, allowed: must.misses_allowed, misses });
        } else if !below.is_empty() {
            self.reasons.push(Reason::MissAllowed { below, at_least });
        }
        if !unseen.is_empty() {
            self.open = true;
            self.reasons.push(Reason::MustMeetNotObserved { dimensions: unseen, at_least });
        }
        self.misses += misses;
    }
}
