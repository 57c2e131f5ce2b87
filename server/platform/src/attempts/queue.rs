//! Who gets in: places, memory, and the queue of those for whom there is none.
//!
//! *The rule for memory.* On an engine of this machine it is what the kernel says is available, less what is kept free for
//! everything else, and less what boxes that are being made right now may take: they have not taken it yet. Of an engine on
//! another machine nothing can be seen, so it is its whole memory, less what is kept free, less what all boxes may take.
//! Either way what is promised to others (reservations whose boxes are not there yet) is left out, and before anybody waits
//! the warm boxes of other labs give way. When nobody has a box, the first is let in whatever the figures say.
//!
//! *The order.* Who waits longest gets in first, and nobody passes them but to a warm box of another lab than theirs: those
//! are there already, and while somebody waits only promised ones are left.

use std::collections::HashMap;

use chrono::TimeDelta;
use labs::{
    catalog::Lab,
    sandbox::pool::{Warm, works_in},
};
use scorecards::event::Kind;
use tracing::{info, warn};

use super::{Attempts, Inner, held};
use crate::{
    error::Result,
    store::{
        self, StoreError,
        attempts::{Attempt, State},
        events,
        labs::LabVersion,
        queue, sandboxes,
    },
    views::AttemptState,
};

/// What an engine's machine keeps free at least, in bytes.
const KEPT: u64 = 512 << 20;

/// What a box is taken to need whose lab has left the catalogue.
const UNKNOWN: u64 = 512 << 20;

/// For how long an attempt may wait at a server that has not come back.
const ORPHANED_AFTER: TimeDelta = TimeDelta::hours(24);

/// Whether there is memory for one more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    Go,
    /// When warm boxes of other labs have given way, so many bytes of them.
    Evict(u64),
    Wait,
}

fn admit(room: u64, need: u64, evictable: u64) -> Admission {
    match need.checked_sub(room) {
        None | Some(0) => Admission::Go,
        Some(short) if short <= evictable => Admission::Evict(short),
        Some(_) => Admission::Wait,
    }
}

/// How many places are left, where they are counted.
pub(super) struct Places {
    free: Option<i64>,
    reserved: HashMap<String, u32>,
}

impl Places {
    /// Whether there is one for this lab: those that are promised to other labs are not.
    pub(super) fn one_for(&self, lab: &str) -> bool {
        let others = self.reserved.iter().filter(|(other, _)| *other != lab);
        let others: i64 = others.map(|(_, count)| i64::from(*count)).sum();
        self.free.is_none_or(|free| free > others)
    }

    fn take(&mut self, lab: &str) {
        self.free = self.free.map(|free| free - 1);
        if let Some(reserved) = self.reserved.get_mut(lab) {
            *reserved = reserved.saturating_sub(1);
        }
    }
}

impl Attempts {
    pub(super) async fn places(&self) -> Result<Places, StoreError> {
        let free = match self.settings.running_in_all {
            Some(most) => {
                let taken = store::attempts::seated(&self.store, &self.instance).await?.len();
                Some(i64::from(most).saturating_sub(i64::try_from(taken).unwrap_or(i64::MAX)))
            }
            None => None,
        };
        let reserved = self.pool.stock().into_iter().map(|stock| (stock.lab, stock.reserved)).collect();
        Ok(Places { free, reserved })
    }

    /// Whether a newcomer may take a warm box of this lab: nobody who came before waits for one.
    pub(super) async fn may_pass(&self, lab: &str) -> Result<bool, StoreError> {
        let waiting = queue::in_order(&self.store, &self.instance).await?;
        Ok(waiting.iter().all(|waiting| waiting.lab != lab) && self.places().await?.one_for(lab))
    }

    /// Whether somebody may begin without waiting. To be called by who admits.
    pub(super) async fn may_begin(&self, lab: &Lab) -> Result<bool, StoreError> {
        let nobody_waits = queue::in_order(&self.store, &self.instance).await?.is_empty();
        Ok(nobody_waits && self.places().await?.one_for(&lab.id) && self.make_room(lab).await?)
    }

    /// Lets in those for whom there is a place now.
    pub(super) async fn serve_queue(&self) -> Result<()> {
        let _one_at_a_time = self.admitting.lock().await;
        let waiting = queue::in_order(&self.store, &self.instance).await?;
        if waiting.is_empty() || self.engine_trouble().await.is_some() {
            return Ok(());
        }
        let mut places = self.places().await?;
        let mut somebody_stays = false;
        for waiting in waiting {
            let Some(attempt) = store::attempts::by_id(&self.store, waiting.attempt).await? else { continue };
            let Some(lab) = self.lab_of(&attempt) else {
                self.turn_away(&attempt, "This lab is no longer in the catalogue. Choose another one.").await?;
                continue;
            };
            let mut admitted = false;
            if places.one_for(&lab.id) {
                if let Some(warm) = self.claim_warm(&lab).await {
                    self.admit_warm(attempt, &lab, warm).await?;
                    admitted = true;
                } else if !somebody_stays && self.make_room(&lab).await? {
                    self.admit_cold(attempt, &lab).await?;
                    admitted = true;
                }
            }
            if admitted { places.take(&lab.id) } else { somebody_stays = true }
        }
        Ok(())
    }

    /// Whether there is memory for a box of this lab; warm boxes of others give way for it.
    async fn make_room(&self, lab: &Lab) -> Result<bool, StoreError> {
        let Some(room) = self.room(Some(&lab.id)).await? else { return Ok(true) };
        match admit(room, works_in(lab), self.pool.evictable(&lab.id)) {
            Admission::Go => Ok(true),
            Admission::Evict(short) => {
                for warm in self.pool.evict(&lab.id, short) {
                    info!(lab = warm.lab.id, r#for = lab.id, "a warm box gives way");
                    self.pool.remove(warm);
                }
                Ok(true)
            }
            Admission::Wait => Ok(store::attempts::seated(&self.store, &self.instance).await?.is_empty()),
        }
    }

    async fn admit_warm(&self, waiting: Attempt, lab: &Lab, warm: Warm) -> Result<(), StoreError> {
        let (attempt, timer) = self.with_warm(Attempt { started_at: self.clock.now(), ..waiting }, &warm).await?;
        let version = LabVersion::of(lab);
        let mut tx = self.store.begin().await?;
        store::labs::keep(&mut tx, &lab.id, &lab.version, &version).await?;
        if !store::attempts::admitted(&mut tx, &attempt).await? {
            drop(tx);
            self.pool.remove(warm);
            return Ok(());
        }
        queue::leave(&mut tx, attempt.id).await?;
        self.let_in(tx, attempt, &timer, warm).await
    }

    async fn admit_cold(&self, waiting: Attempt, lab: &Lab) -> Result<(), StoreError> {
        let seed = waiting.seed;
        let now = self.clock.now();
        let attempt = Attempt {
            state: State::Starting,
            version: lab.version.clone(),
            vars: lab.draw(seed),
            started_at: now,
            ..waiting
        };
        let sandboxes = self.fresh(lab);
        let version = LabVersion::of(lab);
        let mut tx = self.store.begin().await?;
        store::labs::keep(&mut tx, &lab.id, &lab.version, &version).await?;
        if !store::attempts::admitted(&mut tx, &attempt).await? {
            return Ok(());
        }
        queue::leave(&mut tx, attempt.id).await?;
        sandboxes::add(&mut tx, &sandboxes, attempt.id, &self.instance, now).await?;
        events::append(&mut tx, &[self.began(&attempt)]).await?;
        let claim = self.claim(attempt.id);
        tx.commit().await?;
        info!(attempt = %attempt.id, lab = lab.id, "an attempt's turn has come");
        self.found_no_box(&lab.id);
        if let Some(claim) = claim {
            self.bring_up(attempt, sandboxes, claim);
        }
        Ok(())
    }

    /// An attempt that waits can't be begun any more.
    async fn turn_away(&self, attempt: &Attempt, trouble: &str) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        if store::attempts::failed(&mut tx, attempt.id, trouble, self.clock.now()).await? {
            let failed = self.event(attempt, None, Kind::SandboxFailed { reason: trouble.into() });
            events::append(&mut tx, &[failed]).await?;
        }
        queue::leave(&mut tx, attempt.id).await?;
        tx.commit().await
    }

    /// Ends the wait for servers that are gone for good.
    pub(super) async fn lose_waiting(&self) -> Result<(), StoreError> {
        let then = self.clock.now() - ORPHANED_AFTER;
        for attempt in queue::orphaned(&self.store, &self.instance, then).await? {
            warn!(%attempt, "an attempt waited at a server that has not come back");
            if let Some(attempt) = store::attempts::by_id(&self.store, attempt).await? {
                self.turn_away(&attempt, "The server that was to run this lab has not come back. Start the lab again.")
                    .await?;
            }
        }
        Ok(())
    }

    /// How an attempt stands, as people see it.
    pub(super) async fn standing(&self, attempt: &Attempt) -> Result<AttemptState, StoreError> {
        if attempt.state != State::Queued {
            return Ok(super::overview::standing(attempt));
        }
        // Between the two looks its turn may have come: then the next look says so.
        let place = queue::place(&self.store, attempt.id).await?.unwrap_or(1);
        let seated = store::attempts::seated(&self.store, &self.instance).await?;
        let mut ends: Vec<_> = seated.into_iter().filter_map(|(_, deadline)| deadline).collect();
        ends.sort_unstable();
        let nth = usize::try_from(place).unwrap_or(usize::MAX).saturating_sub(1);
        let left = ends.get(nth).map(|end| (*end - self.clock.now()).num_minutes().max(0) + 1);
        Ok(AttemptState::Queued { place, minutes: left.and_then(|minutes| u32::try_from(minutes).ok()) })
    }

    /// A start had to make its box.
    pub(super) fn found_no_box(&self, lab: &str) {
        *held(&self.cold).entry(lab.into()).or_default() += 1;
    }
}

impl Inner {
    /// How much memory there is for another box, in bytes; `None` while the engine does not say. What is promised to this
    /// lab is its own.
    pub(super) async fn room(&self, lab: Option<&str>) -> Result<Option<u64>, StoreError> {
        let stock = self.pool.stock();
        let missing = stock.iter().filter(|stock| Some(stock.lab.as_str()) != lab);
        let promised: u64 =
            missing.map(|stock| u64::from(stock.reserved.saturating_sub(stock.warm)) * stock.each).sum();
        Ok(self.memory_left().await?.map(|left| left.saturating_sub(promised)))
    }

    /// The same, whatever is promised.
    pub(super) async fn memory_left(&self) -> Result<Option<u64>, StoreError> {
        let Some(total) = self.engine_memory().await else { return Ok(None) };
        let kept = self.settings.memory_kept.unwrap_or_else(|| KEPT.max(total / 16));
        let (free, taken) = match self.engine.memory_free().await {
            Some(free) => (free, held(&self.coming).values().sum()),
            None => {
                let seated = store::attempts::seated(&self.store, &self.instance).await?;
                let works = |lab: &str| self.catalog.get(lab).map_or(UNKNOWN, |lab| works_in(&lab));
                let working: u64 = seated.iter().map(|(lab, _)| works(lab)).sum();
                let resting: u64 =
                    self.pool.stock().iter().map(|stock| u64::from(stock.warm + stock.warming) * stock.each).sum();
                (total, working + resting)
            }
        };
        Ok(Some(free.saturating_sub(kept).saturating_sub(taken)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_boxes_give_way_before_anybody_waits() {
        assert_eq!(admit(400, 320, 0), Admission::Go);
        assert_eq!(admit(320, 320, 999), Admission::Go);
        assert_eq!(admit(300, 320, 80), Admission::Evict(20));
        assert_eq!(admit(300, 320, 20), Admission::Evict(20));
        assert_eq!(admit(300, 320, 19), Admission::Wait);
    }

    #[test]
    fn promised_places_are_for_whom_they_are_promised() {
        let reserved = HashMap::from([("class".to_string(), 2)]);
        let mut places = Places { free: Some(2), reserved };
        assert!(!places.one_for("other"));
        assert!(places.one_for("class"));
        places.take("class");
        assert!(!places.one_for("other") && places.one_for("class"));
        places.take("class");
        assert!(!places.one_for("class"), "all are taken");
        let places = Places { free: None, reserved: HashMap::new() };
        assert!(places.one_for("any"), "where nobody counts");
    }
}
