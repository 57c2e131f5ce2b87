//! Boxes that are made before anybody asks: set up, their agent connected, a shell at its prompt. What is called a box here
//! are all hosts of a lab together.
//!
//! How many of which lab is decided elsewhere ([`Pool::aim`]); here they are made, a few at a time, and
//! [claimed](Pool::claim) from memory. Each has a seed of its own, drawn when it is made, so its variables are in it already
//! and no two learners share an answer. What is stale (another lab version, image or agent), too old or too many is removed.
//!
//! The labels of a container say that it is a warm one and of what: another run of the server can [adopt](Pool::adopt) it,
//! as long as nobody was let in.

mod prompt;
mod shelf;

use std::{
    collections::{BTreeMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, Semaphore},
    time::Instant,
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, info, warn};
use uuid::Uuid;

use self::shelf::{Resting, Shelf};
use super::{
    Hosts, adopt,
    engine::{Engine, EngineError, Found, Identity, Warmth},
    error::{SandboxError, StartError},
    start,
};
use crate::catalog::Lab;

/// Draws what a new box needs: an id for each of so many hosts, and the seed of its variables.
pub type Draw = Box<dyn Fn(usize) -> (Vec<Uuid>, u64) + Send + Sync>;

/// How much memory a warm box of a lab is reckoned to take, in bytes: a quarter of what it may, as nobody works in it.
#[must_use]
pub fn rests_in(lab: &Lab) -> u64 {
    lab.hosts.iter().map(|host| host.memory / 4 + (16 << 20)).sum()
}

/// How much memory a box of a lab may take while somebody works in it, in bytes, its agent included.
#[must_use]
pub fn works_in(lab: &Lab) -> u64 {
    lab.hosts.iter().map(|host| host.memory + (64 << 20)).sum()
}

/// How many warm boxes of a lab there shall be.
#[derive(Clone, Debug)]
pub struct Aim {
    /// The lab, as it is now.
    pub lab: Arc<Lab>,
    /// How many.
    pub hold: u32,
    /// How many of them are promised to somebody, and so are not [evicted](Pool::evict).
    pub reserved: u32,
}

/// What there is of a lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stock {
    /// The lab's id.
    pub lab: String,
    /// How many wait.
    pub warm: u32,
    /// How many are being made, or wait to be.
    pub warming: u32,
    /// How many there shall be.
    pub hold: u32,
    /// How many of them are promised.
    pub reserved: u32,
    /// How many were claimed in this run of the server.
    pub claimed: u64,
    /// How long the last one took to make.
    pub took: Option<Duration>,
    /// Why the last one could not be made.
    pub trouble: Option<String>,
    /// How much memory each is reckoned to take, in bytes.
    pub each: u64,
}

/// The pool. Clones are one.
#[derive(Clone, Debug)]
pub struct Pool(Arc<Inner>);

struct Inner {
    engine: Arc<dyn Engine>,
    instance: String,
    draw: Draw,
    shelves: Mutex<BTreeMap<String, Shelf>>,
    /// Sandboxes that are ours though no record has them: being made, waiting, or just claimed.
    known: Arc<Mutex<HashSet<Uuid>>>,
    /// So many are made at the same time.
    at_once: Semaphore,
    claimed: Notify,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("instance", &self.instance).field("shelves", &self.shelves).finish_non_exhaustive()
    }
}

/// A box that was claimed. While this is held, [`Pool::knows`] it: nobody takes it for a leftover.
#[derive(Debug)]
pub struct Warm {
    /// The sandboxes of its hosts.
    pub hosts: Hosts,
    /// Its lab, as it was made.
    pub lab: Arc<Lab>,
    /// From what its variables were drawn.
    pub seed: u64,
    _known: Known,
}

/// Sandboxes that are known; forgotten when this is dropped.
#[derive(Debug)]
struct Known {
    all: Arc<Mutex<HashSet<Uuid>>>,
    sandboxes: Vec<Uuid>,
}

impl Drop for Known {
    fn drop(&mut self) {
        let mut all = held(&self.all);
        for sandbox in &self.sandboxes {
            all.remove(sandbox);
        }
    }
}

impl Pool {
    /// An empty pool, which makes `at_once` boxes at a time. What it starts ends with `stop`.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, instance: String, at_once: usize, draw: Draw, stop: CancellationToken) -> Self {
        Self(Arc::new(Inner {
            engine,
            instance,
            draw,
            shelves: Mutex::default(),
            known: Arc::default(),
            at_once: Semaphore::new(at_once.max(1)),
            claimed: Notify::new(),
            tasks: TaskTracker::new(),
            stop,
        }))
    }

    /// Takes a box of this lab, as it is in `lab`, for somebody. From memory: the engine is not asked.
    #[must_use]
    pub fn claim(&self, lab: &Lab) -> Option<Warm> {
        let mut shelves = self.shelves();
        let shelf = shelves.get_mut(&lab.id)?;
        let resting = shelf.take(&lab.version)?;
        shelf.claimed += 1;
        drop(shelves);
        self.0.claimed.notify_one();
        Some(self.out(resting))
    }

    /// Resolves when a box has been claimed since the last time.
    pub async fn claimed(&self) {
        self.0.claimed.notified().await;
    }

    /// Takes out boxes of other labs than `wanted`, those that wait longest first, until they make up `need` bytes or there
    /// is none left that is not promised. It is for the caller to [remove](Pool::remove) them.
    #[must_use]
    pub fn evict(&self, wanted: &str, need: u64) -> Vec<Warm> {
        let mut shelves = self.shelves();
        let mut out = Vec::new();
        let mut freed = 0_u64;
        while freed < need {
            let mut oldest: Option<(&mut Shelf, Instant)> = None;
            for (id, shelf) in shelves.iter_mut() {
                if id == wanted || shelf.have() <= shelf.reserved {
                    continue;
                }
                let Some(since) = shelf.boxes.front().map(|resting| resting.since) else { continue };
                if oldest.as_ref().is_none_or(|(_, oldest)| since < *oldest) {
                    oldest = Some((shelf, since));
                }
            }
            let Some(resting) = oldest.and_then(|(shelf, _)| shelf.boxes.pop_front()) else { break };
            freed = freed.saturating_add(rests_in(&resting.lab));
            out.push(resting);
        }
        drop(shelves);
        out.into_iter().map(|resting| self.out(resting)).collect()
    }

    /// How much memory [`Pool::evict`] could free for this lab, in bytes.
    #[must_use]
    pub fn evictable(&self, wanted: &str) -> u64 {
        let shelves = self.shelves();
        let others = shelves.iter().filter(|(id, _)| *id != wanted);
        others.map(|(_, shelf)| u64::from(shelf.have().saturating_sub(shelf.reserved)) * rests_in(&shelf.lab)).sum()
    }

    /// Says how many boxes there shall be; of a lab that is not named there shall be none. Nothing is made before
    /// [`Pool::tend`].
    pub fn aim(&self, aims: &[Aim]) {
        let mut shelves = self.shelves();
        for shelf in shelves.values_mut() {
            (shelf.hold, shelf.reserved) = (0, 0);
        }
        for aim in aims {
            let shelf = shelves.entry(aim.lab.id.clone()).or_insert_with(|| Shelf::new(Arc::clone(&aim.lab)));
            if shelf.lab.version != aim.lab.version {
                (shelf.fingerprint, shelf.trouble) = (None, None);
            }
            shelf.lab = Arc::clone(&aim.lab);
            shelf.hold = aim.hold;
            shelf.reserved = aim.reserved.min(aim.hold);
        }
    }

    /// Goes one round: looks what boxes would be made from now, removes what is stale or too many, and begins to make what
    /// is missing, in the background.
    pub async fn tend(&self) {
        let labs: Vec<Arc<Lab>> = {
            let shelves = self.shelves();
            let all = shelves.values();
            all.filter(|shelf| shelf.to_look_at() || shelf.have() > shelf.hold)
                .map(|shelf| Arc::clone(&shelf.lab))
                .collect()
        };
        for lab in labs {
            // An engine that is away tells nothing of what is stale.
            let fingerprint = self.fingerprint(&lab).await;
            let (weeds, missing) = {
                let mut shelves = self.shelves();
                let Some(shelf) = shelves.get_mut(&lab.id) else { continue };
                match fingerprint {
                    Ok(fingerprint) => {
                        (shelf.fingerprint, shelf.looked) = (Some(fingerprint), Some(Instant::now()));
                    }
                    Err(error) => {
                        debug!(lab = lab.id, %error, "what warm boxes are made from can't be looked at");
                        if shelf.missing() > 0 {
                            shelf.went_wrong(error.to_string());
                        }
                    }
                }
                let weeds = shelf.weed();
                let missing = shelf.missing();
                shelf.warming += missing;
                (weeds, missing)
            };
            for resting in weeds {
                self.remove(self.out(resting));
            }
            for _ in 0..missing {
                let (this, lab) = (self.clone(), Arc::clone(&lab));
                self.0.tasks.spawn(async move { this.make_one(lab).await });
            }
        }
    }

    /// Removes a box in the background. One that can't be is found by who looks for leftovers.
    pub fn remove(&self, warm: Warm) {
        self.0.tasks.spawn(async move {
            if let Err(error) = warm.hosts.remove().await {
                warn!(sandbox = %warm.hosts.first().id, %error, "a warm box could not be removed; trying again within a minute");
            }
        });
    }

    /// Forgets the boxes that are not among the `running` ones, by a list that was asked for at `asked`: they have died.
    pub fn sift(&self, running: &HashSet<Uuid>, asked: Instant) {
        let mut dead = Vec::new();
        for shelf in self.shelves().values_mut() {
            let (alive, gone): (Vec<_>, Vec<_>) =
                shelf.boxes.drain(..).collect::<Vec<_>>().into_iter().partition(|resting| {
                    resting.hosts.iter().all(|one| running.contains(&one.id)) || resting.since >= asked
                });
            shelf.boxes = alive.into();
            dead.extend(gone);
        }
        for resting in dead {
            warn!(lab = resting.lab.id, sandbox = %resting.hosts.first().id, "a warm box has died");
            self.remove(self.out(resting));
        }
    }

    /// Whether a sandbox is this pool's: being made, waiting, or claimed a moment ago.
    #[must_use]
    pub fn knows(&self, sandbox: Uuid) -> bool {
        held(&self.0.known).contains(&sandbox)
    }

    /// Takes over a warm box that another run of the server made, given by the sandboxes of all its hosts; `false` when it will not do: it is stale, its box is not
    /// ready or has no shell at its prompt, or somebody was let in.
    ///
    /// # Errors
    /// When engine or agent do not answer: it may be asked again.
    pub async fn adopt(&self, found: &[Found], lab: Arc<Lab>) -> Result<bool, StartError> {
        let whole = found.len() == lab.hosts.len() && found.iter().all(|one| one.running && one.lab == lab.id);
        let warm = found.first().and_then(|found| found.warm.clone()).filter(|_| whole);
        let Some(warm) = warm.filter(|warm| found.iter().all(|found| found.warm.as_ref() == Some(warm))) else {
            return Ok(false);
        };
        let Some(known) = self.learn(found.iter().map(|found| found.sandbox).collect()) else { return Ok(true) };
        if self.fingerprint(&lab).await? != warm.fingerprint {
            return Ok(false);
        }
        let Some(hosts) = adopt(&self.0.engine, found.to_vec()) else { return Ok(false) };
        for (at, sandbox) in hosts.iter().enumerate() {
            let hello = match sandbox.hello().await {
                Ok(hello) => hello,
                Err(SandboxError::Gone(_)) => return Ok(false),
                Err(error) => {
                    return Err(StartError::NotReady {
                        reason: error.to_string(),
                        likely: "It is asked again.".into(),
                    });
                }
            };
            let untouched = hello.version == wire::VERSION && hello.ready && !hello.handed_over;
            if !untouched || (at == 0 && !hello.terminals.contains(&prompt::TERMINAL)) {
                return Ok(false);
            }
        }
        info!(lab = lab.id, sandbox = %hosts.first().id, "a warm box is taken over");
        self.put(known, hosts, lab, warm);
        Ok(true)
    }

    /// What there is, by lab.
    #[must_use]
    pub fn stock(&self) -> Vec<Stock> {
        let shelves = self.shelves();
        let stock = |(lab, shelf): (&String, &Shelf)| Stock {
            lab: lab.clone(),
            warm: shelf.have(),
            warming: shelf.warming,
            hold: shelf.hold,
            reserved: shelf.reserved,
            claimed: shelf.claimed,
            took: shelf.took,
            trouble: shelf.trouble.as_ref().map(|trouble| trouble.words.clone()),
            each: rests_in(&shelf.lab),
        };
        shelves.iter().map(stock).collect()
    }

    /// Waits until nothing is being made or removed any more. To be called after the stop.
    pub async fn ended(&self) {
        self.0.tasks.close();
        self.0.tasks.wait().await;
    }

    async fn make_one(&self, lab: Arc<Lab>) {
        let made = tokio::select! {
            // What is half made is found and removed by the next run of the server.
            () = self.0.stop.cancelled() => None,
            made = self.make_if_wanted(&lab) => made,
        };
        let mut shelves = self.shelves();
        let Some(shelf) = shelves.get_mut(&lab.id) else { return };
        shelf.warming = shelf.warming.saturating_sub(1);
        match made {
            None => {}
            Some(Ok(took)) => (shelf.took, shelf.trouble) = (Some(took), None),
            Some(Err(error)) => {
                warn!(lab = lab.id, %error, "a box could not be warmed");
                shelf.went_wrong(error.to_string());
            }
        }
        drop(shelves);
        // There may be more to do, or it may have to be tried again later.
        self.0.claimed.notify_one();
    }

    async fn make_if_wanted(&self, lab: &Arc<Lab>) -> Option<Result<Duration, StartError>> {
        let _turn = self.0.at_once.acquire().await.ok()?;
        let wanted = self.shelves().get(&lab.id).is_some_and(|shelf| shelf.lab.version == lab.version && shelf.wants());
        if !wanted {
            return None;
        }
        let began = Instant::now();
        Some(self.warm_up(lab).await.map(|()| began.elapsed()))
    }

    /// From nothing to a shell at its prompt.
    async fn warm_up(&self, lab: &Arc<Lab>) -> Result<(), StartError> {
        let fingerprint = self.fingerprint(lab).await?;
        let (sandboxes, seed) = (self.0.draw)(lab.hosts.len());
        let Some(known) = self.learn(sandboxes.clone()) else { return Ok(()) };
        let warm = Warmth { fingerprint, seed };
        let identity =
            Identity { sandboxes, attempt: None, instance: self.0.instance.clone(), warm: Some(warm.clone()) };
        let hosts = start(Arc::clone(&self.0.engine), Arc::clone(lab), &lab.draw(seed), identity).await?;
        if let Err(error) = prompt::open(hosts.first()).await {
            if let Err(error) = hosts.remove().await {
                warn!(sandbox = %hosts.first().id, %error, "a box without a shell could not be removed; trying again within a minute");
            }
            return Err(StartError::NotReady {
                reason: format!("its shell did not come to its prompt: {error}"),
                likely: "Look at the lab's user and shell.".into(),
            });
        }
        info!(lab = lab.id, sandbox = %hosts.first().id, "a box is warm");
        self.put(known, hosts, Arc::clone(lab), warm);
        Ok(())
    }

    fn put(&self, known: Known, hosts: Hosts, lab: Arc<Lab>, warm: Warmth) {
        let mut shelves = self.shelves();
        let shelf = shelves.entry(lab.id.clone()).or_insert_with(|| Shelf::new(Arc::clone(&lab)));
        let Warmth { fingerprint, seed } = warm;
        shelf.boxes.push_back(Resting { hosts, lab, seed, fingerprint, since: Instant::now(), known });
    }

    fn out(&self, resting: Resting) -> Warm {
        let Resting { hosts, lab, seed, known, .. } = resting;
        Warm { hosts, lab, seed, _known: known }
    }

    /// From now on the sandboxes are known; `None` if one of them was.
    fn learn(&self, sandboxes: Vec<Uuid>) -> Option<Known> {
        let mut known = held(&self.0.known);
        if sandboxes.iter().any(|sandbox| known.contains(sandbox)) {
            return None;
        }
        known.extend(&sandboxes);
        Some(Known { all: Arc::clone(&self.0.known), sandboxes })
    }

    /// What a box of this lab would be made from now.
    async fn fingerprint(&self, lab: &Lab) -> Result<String, EngineError> {
        Ok(format!("{} {}", self.0.engine.prepare(lab).await?, lab.version))
    }

    fn shelves(&self) -> MutexGuard<'_, BTreeMap<String, Shelf>> {
        held(&self.0.shelves)
    }
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing panics while it holds one of these.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
