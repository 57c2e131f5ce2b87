//! Looking into a copy of a box as somebody left it.
//!
//! A copy is no attempt: it has no learner, no clock that counts and no result, and none of the lists, figures and limits
//! of attempts must ever see it. So it has a table of its own. Its containers carry its id where those of an attempt carry
//! the attempt's; who looks for leftovers asks here first. What is in memory of a copy is made again from the engine's
//! list, so a server that was restarted serves it on.

use std::{collections::HashMap, sync::Arc};

use chrono::TimeDelta;
use labs::sandbox::{self, Found, Hosts, Identity, Snapshot, TerminalStream};
use scorecards::event::Mode;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use uuid::Uuid;
use wire::terminal::{Attach, Attached};

use super::{Attempts, check::OUT_OF_REACH, held, in_time, terminal::attach_to, words};
use crate::{
    access::{Action, Relation, allowed},
    error::{Error, Result},
    store::{
        self, StoreError,
        artefacts::{self, Artefact, ArtefactKind},
        attempts::{Attempt, State},
        inspections::{self, Inspection, InspectionState},
        users,
    },
    views::{ChangesView, HostChanges, HostView, InspectionView, Viewer},
};

/// How long a copy stays.
const MINUTES: i64 = 30;
/// How many copies one person may have open.
const PER_PERSON: usize = 1;
/// How long what is told of changes may be.
const LONGEST: u64 = 32 << 20;

const OVER: &str = "This copy is closed. Open another one from the result.";

/// A copy in use.
#[derive(Clone)]
pub(super) struct Copy {
    hosts: Hosts,
    closed: CancellationToken,
}

/// Copies in use, by their ids.
pub(super) type Copies = HashMap<Uuid, Copy>;

impl Attempts {
    /// What the learner changed, as it was when the attempt ended.
    pub(crate) async fn changes(&self, viewer: &Viewer, attempt: Uuid) -> Result<ChangesView> {
        let attempt = self.reach(viewer, attempt, Action::SeeResult).await?;
        if attempt.state != State::Ended {
            return Err(Error::Conflict("This attempt is not over yet, or it never began.".into()));
        }
        let mut hosts = Vec::new();
        for kept in artefacts::of_attempt(&self.store, attempt.id).await? {
            if kept.kind != ArtefactKind::Changes {
                continue;
            }
            let bytes = self.artefacts.read(&kept, LONGEST).await.map_err(|error| gone(&error))?;
            let told: HostChanges = serde_json::from_slice(&bytes).map_err(|error| Error::Internal(Box::new(error)))?;
            hosts.push(told);
        }
        let learner = users::by_id(&self.store, attempt.learner).await?;
        Ok(ChangesView {
            summary: self.summary(&attempt).await?,
            learner_id: attempt.learner,
            learner: learner.map(|learner| learner.name).unwrap_or_default(),
            hosts,
        })
    }

    /// Whether somebody may open the box of an attempt as it was left, and whether it was kept.
    pub(super) async fn can_be_opened(&self, viewer: &Viewer, attempt: &Attempt) -> Result<bool, StoreError> {
        if !may_open(viewer, attempt) {
            return Ok(false);
        }
        let kept = artefacts::of_attempt(&self.store, attempt.id).await?;
        Ok(kept.iter().any(|kept| kept.kind == ArtefactKind::Snapshot))
    }

    /// Opens a copy; one of the same attempt that is open already is that one.
    pub(crate) async fn open_copy(&self, viewer: &Viewer, attempt: Uuid) -> Result<Uuid> {
        let attempt = store::attempts::by_id(&self.store, attempt).await?.ok_or(Error::NotFound)?;
        if !may_open(viewer, &attempt) {
            return Err(if viewer.id == attempt.learner { Error::Forbidden } else { Error::NotFound });
        }
        if attempt.state != State::Ended {
            return Err(Error::Conflict("This attempt is not over yet, or it never began.".into()));
        }
        let lab = self.lab_of(&attempt).ok_or_else(|| {
            Error::Conflict("This lab is no longer in the catalogue, so its box can't be opened.".into())
        })?;
        let kept: Vec<Artefact> = artefacts::of_attempt(&self.store, attempt.id).await?;
        let mut snapshots: Vec<Artefact> = Vec::new();
        for host in &lab.hosts {
            let of = |kept: &&Artefact| kept.host.as_ref().is_none_or(|name| *name == host.name);
            let found = kept.iter().filter(|kept| kept.kind == ArtefactKind::Snapshot).find(of);
            snapshots.push(found.cloned().ok_or_else(|| {
                Error::Conflict("The end state of this attempt was not kept, or is no longer kept.".into())
            })?);
        }
        if let Some(trouble) = self.engine_trouble().await {
            return Err(Error::Unavailable(trouble));
        }
        let now = self.clock.now();
        let new = Inspection {
            id: self.ids.next(),
            attempt: attempt.id,
            viewer: viewer.id,
            node: self.instance.clone(),
            state: InspectionState::Starting,
            created_at: now,
            deadline: now + TimeDelta::minutes(MINUTES),
            trouble: None,
        };
        let mut tx = self.store.begin().await?;
        if !users::lock(&mut tx, viewer.id).await? {
            return Err(Error::Forbidden);
        }
        let open = inspections::open_of(&mut tx, viewer.id).await?;
        if let Some((known, _)) = open.iter().find(|(_, of)| *of == attempt.id) {
            return Ok(*known);
        }
        if open.len() >= PER_PERSON {
            return Err(Error::Conflict("You have another copy open. Close that one first.".into()));
        }
        inspections::add(&mut tx, &new).await?;
        tx.commit().await?;
        let identity = Identity {
            sandboxes: lab.hosts.iter().map(|_| self.ids.next()).collect(),
            attempt: Some(new.id),
            instance: self.instance.clone(),
            warm: None,
        };
        let (this, id) = (self.clone(), new.id);
        // From the beginning, so that nobody takes what is half made for a leftover of a server that is gone.
        held(&self.making).insert(id);
        self.spawn(async move {
            let made = tokio::select! {
                () = this.stop.cancelled() => Ok(()),
                made = this.make_copy(id, lab, identity, &snapshots) => made,
            };
            held(&this.making).remove(&id);
            if let Err(error) = made {
                warn!(inspection = %id, error = words(&error), "a copy could not be made");
            }
        });
        Ok(id)
    }

    async fn make_copy(
        &self,
        id: Uuid,
        lab: Arc<labs::catalog::Lab>,
        identity: Identity,
        kept: &[Artefact],
    ) -> Result<(), StoreError> {
        let mut snapshots: Vec<Snapshot> = Vec::new();
        let mut trouble = None;
        for kept in kept {
            match self.artefacts.stream(kept).await {
                Ok(snapshot) => snapshots.push(snapshot),
                Err(error) => trouble = Some(format!("Its end state can't be read: {error}.")),
            }
        }
        let made = match trouble {
            Some(trouble) => Err(trouble),
            None => sandbox::restore(Arc::clone(&self.engine), lab, identity, snapshots)
                .await
                .map_err(|error| error.to_string().replace('\0', "")),
        };
        let mut tx = self.store.begin().await?;
        match made {
            Ok(hosts) if inspections::runs(&mut tx, id).await? => {
                tx.commit().await?;
                info!(inspection = %id, "a copy is open");
                held(&self.copies).insert(id, Copy { hosts, closed: CancellationToken::new() });
                Ok(())
            }
            Ok(hosts) => {
                drop(tx);
                if let Err(error) = in_time(hosts.remove()).await {
                    warn!(inspection = %id, %error, "a copy that nobody waits for could not be removed; trying again");
                }
                Ok(())
            }
            Err(trouble) => {
                inspections::ended(&mut tx, id, Some(&trouble)).await?;
                tx.commit().await
            }
        }
    }

    /// A copy, for who opened it.
    pub(crate) async fn copy(&self, viewer: &Viewer, id: Uuid) -> Result<InspectionView> {
        let (copy, attempt) = self.reach_copy(viewer, id).await?;
        let learner = users::by_id(&self.store, attempt.learner).await?;
        let lab = self.lab_of(&attempt);
        let host = |host: &labs::catalog::Host| HostView {
            name: host.name.clone(),
            prompt: format!("{}@{}", host.user, host.name),
            ports: Vec::new(),
        };
        Ok(InspectionView {
            id,
            attempt: attempt.id,
            title: self.title(&attempt).await?,
            learner_id: attempt.learner,
            learner: learner.map(|learner| learner.name).unwrap_or_default(),
            starting: copy.state == InspectionState::Starting,
            over: copy.state == InspectionState::Ended,
            trouble: copy.trouble,
            deadline: copy.deadline,
            hosts: lab.map(|lab| lab.hosts.iter().map(host).collect()).unwrap_or_default(),
        })
    }

    /// A terminal in a copy.
    pub(crate) async fn copy_terminal(
        &self,
        viewer: &Viewer,
        id: Uuid,
        attach: Attach,
    ) -> Result<(Attached, TerminalStream, CancellationToken)> {
        let (copy, _) = self.reach_copy(viewer, id).await?;
        match copy.state {
            InspectionState::Starting => return Err(Error::Unavailable("The copy is being made.".into())),
            InspectionState::Ended => return Err(Error::Conflict(OVER.into())),
            InspectionState::Running => {}
        }
        let known = held(&self.copies).get(&id).cloned();
        let known = match known {
            Some(known) => known,
            None => self.find_copy(id).await?,
        };
        let (attached, stream) = attach_to(&known.hosts, attach).await?;
        Ok((attached, stream, known.closed))
    }

    /// Closes a copy. One that is closed stays so.
    pub(crate) async fn close_copy(&self, viewer: &Viewer, id: Uuid) -> Result<Uuid> {
        let (copy, attempt) = self.reach_copy(viewer, id).await?;
        self.end_copy(copy.id).await?;
        Ok(attempt.id)
    }

    async fn reach_copy(&self, viewer: &Viewer, id: Uuid) -> Result<(Inspection, Attempt)> {
        let copy = inspections::by_id(&self.store, id).await?.ok_or(Error::NotFound)?;
        let attempt = store::attempts::by_id(&self.store, copy.attempt).await?.ok_or(Error::NotFound)?;
        // A role may have changed since it was opened.
        if copy.viewer == viewer.id && may_open(viewer, &attempt) { Ok((copy, attempt)) } else { Err(Error::NotFound) }
    }

    /// A copy that another run of this server has made.
    async fn find_copy(&self, id: Uuid) -> Result<Copy> {
        let away = |_| Error::Unavailable(OUT_OF_REACH.into());
        let found = in_time(self.engine.list(&self.instance)).await.map_err(away)?;
        let found: Vec<Found> = found.into_iter().filter(|found| found.attempt == Some(id) && found.running).collect();
        let Some(hosts) = sandbox::adopt(&self.engine, found) else {
            self.end_copy(id).await?;
            return Err(Error::Conflict(OVER.into()));
        };
        let copy = Copy { hosts, closed: CancellationToken::new() };
        Ok(held(&self.copies).entry(id).or_insert(copy).clone())
    }

    async fn end_copy(&self, id: Uuid) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        inspections::ended(&mut tx, id, None).await?;
        tx.commit().await?;
        let copy = held(&self.copies).remove(&id);
        if let Some(copy) = copy {
            copy.closed.cancel();
            if let Err(error) = in_time(copy.hosts.remove()).await {
                warn!(inspection = %id, %error, "a copy could not be removed; trying again within a minute");
            }
        }
        Ok(())
    }

    /// Ends the copies whose time is up, and those that a server which is gone was making.
    pub(super) async fn end_copies(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        for copy in inspections::open_at(&self.store, &self.instance).await? {
            let half_made = copy.state == InspectionState::Starting && !held(&self.making).contains(&copy.id);
            if copy.deadline <= now || half_made {
                info!(inspection = %copy.id, "a copy is over");
                self.end_copy(copy.id).await?;
            }
        }
        Ok(())
    }

    /// Whether a container serves a copy that somebody may still look into.
    pub(super) async fn serves_copy(&self, found: &Found) -> Result<bool, StoreError> {
        let Some(id) = found.attempt else { return Ok(false) };
        let copy = inspections::by_id(&self.store, id).await?;
        Ok(copy.is_some_and(|copy| copy.state != InspectionState::Ended))
    }
}

/// One's own only where it was practice: how a test was left is for those who judge it.
fn may_open(viewer: &Viewer, attempt: &Attempt) -> bool {
    let relation = Relation::between(viewer.id, attempt.learner);
    allowed(viewer.role, Action::OpenCopy, relation) && (relation == Relation::Other || attempt.mode == Mode::Practice)
}

fn gone(error: &crate::artefacts::ArtefactError) -> Error {
    warn!(%error, "something that was kept can't be read");
    Error::Unavailable(
        "What was kept of this attempt can't be read right now. Tell whoever runs this installation.".into(),
    )
}
