//! The way to a terminal.

use std::time::Instant;

use labs::sandbox::{Hosts, SandboxError, TerminalStream};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;
use wire::terminal::{Attach, Attached};

use super::{
    Attempts,
    check::{FOREIGN, OUT_OF_REACH, must_run},
};
use crate::{
    access::Action,
    error::{Error, Result},
    store::attempts::State,
    views::Viewer,
};

impl Attempts {
    pub(crate) async fn terminal(
        &self,
        viewer: &Viewer,
        attempt: Uuid,
        attach: Attach,
    ) -> Result<(Attached, TerminalStream)> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        if matches!(attempt.state, State::Queued | State::Starting) {
            return Err(Error::Unavailable("The box is being made. The terminal opens when it is ready.".into()));
        }
        must_run(&attempt)?;
        let live = self.reachable(attempt.id)?;
        if live.foreign.get().is_some() {
            return Err(Error::Conflict(FOREIGN.into()));
        }
        if live.resetting.load(std::sync::atomic::Ordering::SeqCst) {
            return Err(Error::Unavailable("The box is being reset. The terminal opens when it is ready.".into()));
        }
        let began = Instant::now();
        let attached = attach_to(&live.hosts, attach).await?;
        self.metrics.attached(began.elapsed());
        Ok(attached)
    }

    /// Cancelled when nobody may work in the box any more, or until it goes on.
    pub(crate) fn closed(&self, attempt: Uuid) -> CancellationToken {
        match self.live(attempt) {
            Some(live) => live.pace.terminals(),
            None => {
                let closed = CancellationToken::new();
                closed.cancel();
                closed
            }
        }
    }
}

/// Attaches to a terminal among those of all hosts.
pub(super) async fn attach_to(hosts: &Hosts, attach: Attach) -> Result<(Attached, TerminalStream)> {
    let (sandbox, own) = hosts.of_terminal(attach.terminal).ok_or(Error::NotFound)?;
    sandbox.terminal(Attach { terminal: own, ..attach }).await.map_err(|error| match error {
        SandboxError::Refused(refusal) => Error::Conflict(format!("This terminal can't be opened: {refusal}.")),
        // Whether a sandbox is lost is found out by who fetches its journal.
        error => {
            warn!(sandbox = %sandbox.id, %error, "a terminal could not be attached");
            Error::Unavailable(OUT_OF_REACH.into())
        }
    })
}
