//! Warm boxes in use: how many are held, which are given to whom, and what another run of the server left.

mod policy;
mod reserve;

use std::{
    collections::{BTreeMap, HashSet},
    sync::Arc,
    time::Duration,
};

use chrono::TimeDelta;
use futures::future::join_all;
use labs::{
    catalog::Lab,
    sandbox::{
        Found,
        pool::{Aim, Stock, Warm, rests_in, works_in},
    },
};
use tokio::time::Instant;
use tracing::{info, warn};
use uuid::Uuid;

use self::policy::{Booking, Demand, plan};
use super::{Attempts, Inner, every, held, note};
use crate::{
    error::Result,
    store::{self, StoreError, queue, reservations},
    views::{PoolLab, PoolStatus},
};

/// How many boxes are warmed at the same time: a start that somebody waits for needs the machine too.
pub(super) const AT_ONCE: usize = 2;

/// How often it is looked at what should be held.
const LOOK: Duration = Duration::from_secs(2);

/// How long after a claim: who has just come shall not share the machine with what is made for the next.
const AFTER_CLAIM: Duration = Duration::from_millis(500);

/// How long the first look waits for what another run of the server left.
const ADOPTED_WITHIN: Duration = Duration::from_secs(60);

/// How long a box is taken to need to warm up until one has.
const WARMS_IN: TimeDelta = TimeDelta::seconds(5);

/// Arrivals and reservations are looked at as far back as this.
const BACK: TimeDelta = TimeDelta::hours(1);

impl Attempts {
    /// Holds warm boxes, for ever.
    pub(super) async fn keep_pool(&self) {
        let adopted = async {
            let mut adopted = self.adopted.subscribe();
            // Its other end lives as long as this.
            let _ = adopted.wait_for(|adopted| *adopted).await;
        };
        // Later is no harm: boxes that are too many are removed again.
        let _ = tokio::time::timeout(ADOPTED_WITHIN, adopted).await;
        let mut tick = every(LOOK);
        loop {
            tokio::select! {
                _ = tick.tick() => {}
                () = self.pool.claimed() => tokio::time::sleep(AFTER_CLAIM).await,
            }
            note(self.tend_pool().await);
        }
    }

    async fn tend_pool(&self) -> Result<()> {
        let aims = self.aims().await?;
        self.pool.aim(&aims);
        self.pool.tend().await;
        Ok(())
    }

    /// A warm box of this lab that somebody may be let into, if there is one: it has been handed over.
    pub(super) async fn claim_warm(&self, lab: &Lab) -> Option<Warm> {
        loop {
            let warm = self.pool.claim(lab)?;
            match warm.hosts.handover().await {
                Ok(()) => return Some(warm),
                Err(error) => {
                    warn!(lab = lab.id, sandbox = %warm.hosts.first().id, %error, "a warm box could not be handed over");
                    self.pool.remove(warm);
                }
            }
        }
    }

    /// Takes over the warm boxes of another run that will do, and removes the others, in the background.
    pub(super) fn adopt(&self, found: Vec<Found>) {
        let mut groups: BTreeMap<Uuid, Vec<Found>> = BTreeMap::new();
        for found in found {
            groups.entry(found.group).or_default().push(found);
        }
        let this = self.clone();
        self.spawn(async move {
            join_all(groups.into_values().map(|found| this.adopt_one(found))).await;
            this.adopted.send_replace(true);
        });
    }

    async fn adopt_one(&self, found: Vec<Found>) {
        let (group, lab) = (found[0].group, found[0].lab.clone());
        if let Some(lab) = self.catalog.get(&lab).filter(|_| self.settings.warm_memory != Some(0)) {
            match self.pool.adopt(&found, lab).await {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => {
                    warn!(sandbox = %group, %error, "a warm box can't be asked how it is; trying again within a minute");
                    return;
                }
            }
        }
        info!(sandbox = %group, lab, "removing a warm box that will not do");
        // Its network goes with the next look around.
        for found in found {
            self.remove_container(found.sandbox, &found.container).await;
        }
    }

    /// Those that died while they waited are forgotten. `asked` is when the engine was asked.
    pub(super) fn sift(&self, found: &[Found], asked: Instant) {
        let running: HashSet<_> = found.iter().filter(|found| found.running).map(|found| found.sandbox).collect();
        self.pool.sift(&running, asked);
    }

    /// What is held ready, and who waits.
    pub(crate) async fn pool_status(&self) -> Result<PoolStatus> {
        let mut labs: BTreeMap<String, PoolLab> = BTreeMap::new();
        for stock in self.pool.stock() {
            let Stock { lab, warm, warming, hold, reserved, claimed, took, trouble, .. } = stock;
            let took_ms = took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
            let line =
                PoolLab { warm, target: hold, warming, reserved, claimed, took_ms, trouble, ..PoolLab::default() };
            labs.insert(lab, line);
        }
        for (lab, cold) in held(&self.cold).iter() {
            labs.entry(lab.clone()).or_default().cold = *cold;
        }
        let waiting = queue::in_order(&self.store, &self.instance).await?.len();
        let seated = store::attempts::seated(&self.store, &self.instance).await?.len();
        Ok(PoolStatus {
            labs: labs.into_iter().map(|(lab, line)| PoolLab { lab, ..line }).collect(),
            queue: u32::try_from(waiting).unwrap_or(u32::MAX),
            seated: u32::try_from(seated).unwrap_or(u32::MAX),
            room: self.room(None).await?,
            budget: self.warm_budget().await,
        })
    }

    /// How many boxes of which lab there shall be now.
    async fn aims(&self) -> Result<Vec<Aim>, StoreError> {
        let budget = self.warm_budget().await;
        let labs: Vec<Arc<Lab>> = self.catalog.labs().filter(|lab| lab.exercise.is_none()).cloned().collect();
        let demands = self.demands(&labs).await?;
        let shares = plan(self.clock.now(), &demands, budget, AT_ONCE);
        let aims = labs.into_iter().zip(shares);
        let aims = aims.map(|(lab, share)| Aim { lab, hold: share.hold, reserved: share.reserved }).collect();
        self.within_what_is_free(aims).await
    }

    async fn demands(&self, labs: &[Arc<Lab>]) -> Result<Vec<Demand>, StoreError> {
        let now = self.clock.now();
        let booked = reservations::to_come(&self.store, now).await?;
        let first = booked.iter().map(|booked| booked.at).min().unwrap_or(now).min(now);
        let begun = store::attempts::begun_since(&self.store, first - BACK).await?;
        let stock = self.pool.stock();
        let demand = |lab: &Arc<Lab>| {
            let took = stock.iter().find(|stock| stock.lab == lab.id).and_then(|stock| stock.took);
            let bookings = booked.iter().filter(|booked| booked.lab == lab.id);
            Demand {
                each: rests_in(lab),
                warms_in: took.and_then(|took| TimeDelta::from_std(took).ok()).unwrap_or(WARMS_IN),
                arrivals: begun.iter().filter(|(at, _)| *at == lab.id).map(|(_, at)| *at).collect(),
                bookings: bookings
                    .map(|booked| Booking { at: booked.at, until: booked.until, places: booked.places })
                    .collect(),
            }
        };
        Ok(labs.iter().map(demand).collect())
    }

    /// Makes no more than there is memory for, promised ones first. While somebody waits for a place, only those.
    async fn within_what_is_free(&self, mut aims: Vec<Aim>) -> Result<Vec<Aim>, StoreError> {
        let mut left = self.memory_left().await?.unwrap_or_default();
        let crowded = !queue::in_order(&self.store, &self.instance).await?.is_empty();
        let stock = self.pool.stock();
        aims.sort_by_key(|aim| std::cmp::Reverse(aim.reserved));
        for aim in &mut aims {
            let have = stock.iter().find(|stock| stock.lab == aim.lab.id).map_or(0, |stock| stock.warm + stock.warming);
            let wish = if crowded { aim.reserved } else { aim.hold };
            let mut hold = have.min(aim.hold);
            while hold < wish && left >= works_in(&aim.lab) {
                left -= rests_in(&aim.lab);
                hold += 1;
            }
            aim.hold = hold;
            // Those that are missing stay promised: nobody else gets their memory.
        }
        Ok(aims)
    }
}

impl Inner {
    /// How much memory warm boxes may take together, in bytes.
    pub(super) async fn warm_budget(&self) -> u64 {
        match self.settings.warm_memory {
            Some(bytes) => bytes,
            None => self.engine_memory().await.unwrap_or_default() / 2,
        }
    }
}
