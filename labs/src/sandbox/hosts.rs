//! All sandboxes of an attempt.

use std::sync::Arc;

use super::{
    Sandbox,
    engine::{Engine, EngineError, Found},
    error::SandboxError,
};

/// How many terminals a host may have. Those of an attempt are numbered through: the first host has 1 to 99, the second
/// 101 to 199, and so on. An agent knows only its own, from 1.
const TERMINALS: u32 = 100;

/// The sandboxes of an attempt: one for each host of its lab, in the lab's order, never none. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hosts(Arc<[Sandbox]>);

/// Takes over the sandboxes of an attempt that were made before, by this or another run of the server. To be called
/// within a Tokio runtime. `None` unless all of a group are there.
#[must_use]
pub fn adopt(engine: &Arc<dyn Engine>, mut found: Vec<Found>) -> Option<Hosts> {
    found.sort_by_key(|found| found.host.0);
    let whole = found.iter().enumerate().all(|(at, one)| one.host.0 == at && one.group == found[0].sandbox);
    let take = |found: Found| Sandbox::new(Arc::clone(engine), found.sandbox, found.host.1, found.container);
    (whole && !found.is_empty()).then(|| Hosts(found.into_iter().map(take).collect()))
}

impl Hosts {
    /// Those of the hosts of one lab, in its order.
    ///
    /// # Panics
    /// When there is none.
    pub(super) fn new(sandboxes: Vec<Sandbox>) -> Self {
        assert!(!sandboxes.is_empty(), "an attempt has a sandbox");
        Self(sandboxes.into())
    }

    /// That of the lab's first host.
    #[must_use]
    pub fn first(&self) -> &Sandbox {
        &self.0[0]
    }

    /// That of the host of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Sandbox> {
        self.0.iter().find(|sandbox| sandbox.host == name)
    }

    /// That of a host, counted from 0.
    #[must_use]
    pub fn at(&self, host: usize) -> Option<&Sandbox> {
        self.0.get(host)
    }

    /// All of them, in the lab's order.
    pub fn iter(&self) -> impl Iterator<Item = &Sandbox> {
        self.0.iter()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Where a terminal of the attempt is, and the number that its agent knows it by.
    #[must_use]
    pub fn of_terminal(&self, number: u32) -> Option<(&Sandbox, u32)> {
        let own = number % TERMINALS;
        let host = usize::try_from(number / TERMINALS).ok()?;
        self.at(host).filter(|_| own > 0).map(|sandbox| (sandbox, own))
    }

    /// The number by which an attempt knows a terminal of a host, counted from 0.
    #[must_use]
    pub fn terminal(host: usize, own: u32) -> u32 {
        terminal_of(host, own)
    }

    /// Lets the learner in on all of them: see [`Sandbox::handover`].
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn handover(&self) -> Result<(), SandboxError> {
        futures::future::try_join_all(self.iter().map(Sandbox::handover)).await.map(drop)
    }

    /// Restarts all boxes at once: see [`Sandbox::reboot`].
    ///
    /// # Errors
    /// [`SandboxError`].
    pub async fn reboot(&self) -> Result<(), SandboxError> {
        futures::future::try_join_all(self.iter().map(Sandbox::reboot)).await.map(drop)
    }

    /// Freezes all of them: see [`Engine::freeze`]. Where one can't be, the others are thawed again.
    ///
    /// # Errors
    /// Why the engine could not.
    pub async fn freeze(&self) -> Result<(), EngineError> {
        let frozen = futures::future::join_all(self.iter().map(Sandbox::freeze)).await;
        let frozen: Result<(), _> = frozen.into_iter().collect();
        if frozen.is_err() {
            let _ = self.thaw().await;
        }
        frozen
    }

    /// Thaws all of them: see [`Engine::thaw`].
    ///
    /// # Errors
    /// Why the engine could not; the others are thawed.
    pub async fn thaw(&self) -> Result<(), EngineError> {
        futures::future::join_all(self.iter().map(Sandbox::thaw)).await.into_iter().collect()
    }

    /// Puts a line in front of who is at any of their terminals: see [`Sandbox::tell`].
    ///
    /// # Errors
    /// [`SandboxError`]; the others have it.
    pub async fn tell(&self, text: &str) -> Result<(), SandboxError> {
        futures::future::join_all(self.iter().map(|sandbox| sandbox.tell(text))).await.into_iter().collect()
    }

    /// Ends and removes all of them, with all they have written and the network between them.
    ///
    /// # Errors
    /// Why the engine could not; the others are removed.
    pub async fn remove(&self) -> Result<(), EngineError> {
        let removed = futures::future::join_all(self.iter().map(Sandbox::remove)).await;
        removed.into_iter().collect::<Result<(), _>>()?;
        if self.count() > 1 { self.first().engine.remove_network(self.first().id).await } else { Ok(()) }
    }
}

/// The number by which an attempt knows a terminal of a host, counted from 0.
#[must_use]
pub(crate) fn terminal_of(host: usize, own: u32) -> u32 {
    u32::try_from(host).unwrap_or_default() * TERMINALS + own
}
