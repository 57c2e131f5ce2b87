//! Previews: a port of the box as a site of its own.

use labs::{
    catalog::PreviewPort,
    sandbox::{Dialled, SandboxError},
};
use scorecards::event::{Event, Kind};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use uuid::Uuid;

use super::{
    Attempts,
    check::{OUT_OF_REACH, must_run},
    files::host,
    live::Live,
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
        let (attempt, live) = self.at_work(viewer, attempt).await?;
        let named: Option<PreviewPort> =
            self.lab_of(&attempt).and_then(|lab| lab.sandbox.ports.iter().find(|port| port.name == what).cloned());
        let (name, port, path) = match named {
            Some(named) => (named.host, named.port, named.path),
            None => {
                let port = what.parse().ok().filter(|port| *port != 0).ok_or(Error::NotFound)?;
                (on.map(str::to_owned), port, "/".to_owned())
            }
        };
        let number = host_number(&live, name.as_deref())?;
        if !self.was_opened(attempt.id, name.as_deref(), port).await? {
            self.record(&attempt, &live, viewer, Kind::PreviewOpened { host: name, port }).await;
        }
        Ok((PreviewOf { attempt: attempt.id, host: number, port }, path))
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
        let live = self.live(attempt.id).ok_or_else(|| Error::Unavailable(OUT_OF_REACH.into()))?;
        let name = host_name(&live, of.host)?;
        host(&live, name.as_deref())?.dial(of.port).await.map_err(|error| match error {
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

fn host_number(live: &Live, name: Option<&str>) -> Result<u8> {
    host(live, name).map(|_| 0)
}

fn host_name(_live: &Live, number: u8) -> Result<Option<String>> {
    if number == 0 { Ok(None) } else { Err(Error::NotFound) }
}
