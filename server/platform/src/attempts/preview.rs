//! Previews: a port of the box as a site of its own.

use labs::sandbox::{Dialled, SandboxError};
use scorecards::event::{Event, Kind};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use super::{
    Attempts,
    check::{OUT_OF_REACH, must_run},
    files::{host, named},
};
use crate::{
    access::{Action, Relation, allowed},
    error::{Error, Result},
    store::{self, events, users},
    views::Viewer,
};

/// A port of an attempt's box that somebody may look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PreviewOf {
    /// Which attempt.
    pub attempt: Uuid,
    /// Which host of the lab, counted from 0 in the lab's order.
    pub host: u8,
    /// Which TCP port.
    pub port: u16,
}

impl Attempts {
    /// Lets somebody look at a port: one that the lab names, or any by its number. Gives what may be looked at and the path
    /// to begin with.
    pub(crate) async fn open_preview(
        &self,
        viewer: &Viewer,
        attempt: Uuid,
        what: &str,
        on: Option<&str>,
    ) -> Result<(PreviewOf, String)> {
        let (attempt, live) = self.worked_in(viewer, attempt).await?;
        let of_lab = self.lab_of(&attempt).and_then(|lab| {
            let ports = lab.hosts.iter().flat_map(|host| host.ports.iter().map(move |port| (host, port)));
            let (host, port) = ports.into_iter().find(|(_, port)| port.name == what)?;
            Some((host.name.clone(), port.port, port.path.clone()))
        });
        let (name, port, path) = match of_lab {
            Some((name, port, path)) => (Some(name), port, path),
            None => {
                let port = what.parse().ok().filter(|port| *port != 0).ok_or(Error::NotFound)?;
                (on.map(str::to_owned), port, "/".to_owned())
            }
        };
        let sandbox = host(&live, name.as_deref())?;
        let at = live.hosts.iter().position(|other| other.id == sandbox.id).ok_or(Error::NotFound)?;
        let of = PreviewOf { attempt: attempt.id, host: u8::try_from(at).map_err(|_| Error::NotFound)?, port };
        let name = named(&live, sandbox);
        if !self.was_opened(attempt.id, name.as_deref(), port).await? {
            self.keep_event(&attempt, &live, viewer, Kind::PreviewOpened { host: name, port }).await;
        }
        Ok((of, path))
    }

    async fn was_opened(&self, attempt: Uuid, host: Option<&str>, port: u16) -> Result<bool> {
        let opened = events::of_kind(&self.store, attempt, "preview_opened").await?;
        let same = |event: &Event| matches!(&event.kind, Kind::PreviewOpened { host: on, port: at } if on.as_deref() == host && *at == port);
        Ok(opened.iter().any(same))
    }

    /// Connects to a port for who holds the right to look at it. That is asked again each time: the right ends with the
    /// attempt, and with the account.
    pub(crate) async fn dial_preview(&self, of: PreviewOf) -> Result<Dialled> {
        let attempt = store::attempts::by_id(&self.store, of.attempt).await?.ok_or(Error::NotFound)?;
        must_run(&attempt)?;
        let learner = users::by_id(&self.store, attempt.learner).await?.ok_or(Error::NotFound)?;
        if !allowed(learner.role, Action::WorkInAttempt, Relation::Own) {
            return Err(Error::NotFound);
        }
        let live = self.reachable(attempt.id)?;
        let sandbox = live.hosts.at(usize::from(of.host)).ok_or(Error::NotFound)?;
        sandbox.dial(of.port).await.map_err(|error| match error {
            SandboxError::Refused(refusal) => Error::Unavailable(format!("The box does not answer: {refusal}.")),
            error => {
                warn!(attempt = %attempt.id, %error, "a port could not be reached");
                Error::Unavailable(OUT_OF_REACH.into())
            }
        })
    }

    /// Cancelled when nobody may look at the attempt's box any more.
    pub(crate) fn preview_closed(&self, of: PreviewOf) -> CancellationToken {
        self.closed(of.attempt)
    }
}
