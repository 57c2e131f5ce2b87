//! Watching: somebody else looks at the terminals of an attempt while the learner works, and the learner sees who.
//!
//! Who watches is in memory, for a connection ends with the server; that they began and ended is in the events. With the
//! learner's leave those who watch may type as well. A change of that cuts every connection of a watcher: the browser
//! comes again, and is then what it may be now.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use labs::sandbox::{SandboxError, TerminalStream};
use scorecards::event::{Event, Kind};
use tokio::sync::{OnceCell, watch};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use uuid::Uuid;
use wire::terminal::{Watch, Watching};

use super::{
    Attempts,
    check::{OUT_OF_REACH, must_run},
    held,
    live::Live,
    words,
};
use crate::{
    access::Action,
    error::{Error, Result},
    store::{
        StoreError,
        attempts::{Attempt, State},
        events, users,
    },
    views::{Viewer, WatchView, WatcherView, WatchingView},
};

/// How long somebody is still there whose connection has gone: they may be coming again.
const LEAVING: Duration = Duration::from_secs(2);

/// Who watches an attempt.
pub(super) struct Watchers {
    state: Mutex<WatchState>,
    told: watch::Sender<WatchingView>,
    /// What a run of the server before this one has left is put right.
    recovered: OnceCell<()>,
}

#[derive(Default)]
struct WatchState {
    may_type: bool,
    people: BTreeMap<Uuid, Present>,
    /// Cancelled when what watchers may do changes.
    changed: CancellationToken,
}

struct Present {
    watcher: WatcherView,
    connections: u32,
    /// How often they have come, so that only the last going is one.
    times: u64,
}

impl Default for Watchers {
    fn default() -> Self {
        Self { state: Mutex::default(), told: watch::Sender::default(), recovered: OnceCell::new() }
    }
}

impl Watchers {
    fn tell(&self, state: &WatchState) {
        let watchers = state.people.values().map(|present| present.watcher.clone()).collect();
        self.told.send_replace(WatchingView { watchers, may_type: state.may_type });
    }
}

/// A watcher's place; left when dropped.
pub struct Seat {
    /// Whether they may type.
    pub may_type: bool,
    /// Cancelled when they may not any more, or may from now on, or when the attempt is over.
    pub closed: CancellationToken,
    leave: Option<Box<dyn FnOnce() + Send + Sync>>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(leave) = self.leave.take() {
            leave();
        }
    }
}

impl Attempts {
    /// An attempt for who may watch it; to everybody else it does not exist.
    pub(crate) async fn watched(&self, viewer: &Viewer, attempt: Uuid) -> Result<WatchView> {
        let attempt = self.reach(viewer, attempt, Action::WatchAttempt).await?;
        let learner = users::by_id(&self.store, attempt.learner).await?;
        let mut view = WatchView {
            attempt: attempt.id,
            learner: learner.map(|learner| learner.name).unwrap_or_default(),
            title: self.title(&attempt).await?,
            runs: attempt.state == State::Running,
            over: !attempt.state.open(),
            terminals: Vec::new(),
            may_type: false,
        };
        if let Some(live) = self.live(attempt.id).filter(|_| view.runs) {
            self.recover_watching(&attempt, &live).await?;
            view.may_type = held(&live.watchers.state).may_type;
            for (sandbox, _, base) in live.hosts_by_number() {
                match sandbox.hello().await {
                    Ok(hello) => view.terminals.extend(hello.terminals.iter().map(|number| base + number)),
                    Err(error) => warn!(attempt = %attempt.id, %error, "a box can't be asked for its terminals"),
                }
            }
        }
        Ok(view)
    }

    /// Looks at a terminal.
    pub(crate) async fn watch(
        &self,
        viewer: &Viewer,
        attempt: Uuid,
        watch: Watch,
    ) -> Result<(Watching, TerminalStream, Seat)> {
        let attempt = self.reach(viewer, attempt, Action::WatchAttempt).await?;
        must_run(&attempt)?;
        let live = self.reachable(attempt.id)?;
        self.recover_watching(&attempt, &live).await?;
        let (sandbox, terminal) = live.hosts.of_terminal(watch.terminal).ok_or(Error::NotFound)?;
        let seat = self.sit_down(viewer, &attempt, &live).await?;
        let watch = Watch { terminal, writer: watch.writer.filter(|_| seat.may_type), ..watch };
        let (watching, stream) = sandbox.watch(watch).await.map_err(|error| match error {
            SandboxError::Refused(_) => Error::Unavailable("This terminal is not open at the moment.".into()),
            error => {
                warn!(attempt = %attempt.id, %error, "a terminal could not be watched");
                Error::Unavailable(OUT_OF_REACH.into())
            }
        })?;
        Ok((watching, stream, seat))
    }

    async fn sit_down(&self, viewer: &Viewer, attempt: &Attempt, live: &Arc<Live>) -> Result<Seat> {
        let now = self.clock.now();
        let begins = {
            let mut state = held(&live.watchers.state);
            // Under one lock with the end of the attempt: nobody is forgotten who comes at that moment.
            if live.closed.is_cancelled() {
                return Err(Error::Conflict("This attempt is over.".into()));
            }
            let watcher = WatcherView { person: viewer.id, name: viewer.name.clone(), role: viewer.role, since: now };
            let begins = !state.people.contains_key(&viewer.id);
            let present = state.people.entry(viewer.id).or_insert(Present { watcher, connections: 0, times: 0 });
            present.connections += 1;
            present.times += 1;
            live.watchers.tell(&state);
            begins
        };
        // From here on who goes is noted.
        let (this, of, learner) = (self.clone(), Arc::clone(live), attempt.learner);
        let person = viewer.id;
        let leave = move || this.stand_up(of, learner, person);
        let (may_type, closed) = {
            let state = held(&live.watchers.state);
            (state.may_type, state.changed.clone())
        };
        let seat = Seat { may_type, closed, leave: Some(Box::new(leave)) };
        if begins {
            self.note_watch(attempt.id, attempt.learner, viewer.id, Kind::WatchBegan {}).await?;
        }
        Ok(seat)
    }

    fn stand_up(&self, live: Arc<Live>, learner: Uuid, person: Uuid) {
        let times = {
            let mut state = held(&live.watchers.state);
            let Some(present) = state.people.get_mut(&person) else { return };
            present.connections = present.connections.saturating_sub(1);
            if present.connections > 0 {
                return;
            }
            present.times
        };
        let this = self.clone();
        self.spawn(async move {
            tokio::select! {
                () = tokio::time::sleep(LEAVING) => {}
                () = live.closed.cancelled() => return,
                () = this.stop.cancelled() => {}
            }
            {
                let mut state = held(&live.watchers.state);
                if live.closed.is_cancelled() || state.people.get(&person).is_none_or(|at| at.times != times) {
                    return;
                }
                state.people.remove(&person);
                live.watchers.tell(&state);
            }
            if let Err(error) = this.note_watch(live.attempt, learner, person, Kind::WatchEnded {}).await {
                error!(attempt = %live.attempt, error = words(&error), "the end of watching could not be noted");
            }
        });
    }

    /// The learner says whether those who watch may type.
    pub(crate) async fn let_watchers_type(&self, viewer: &Viewer, attempt: Uuid, allowed: bool) -> Result<()> {
        let (attempt, live) = self.worked_in(viewer, attempt).await?;
        self.recover_watching(&attempt, &live).await?;
        let kind = Kind::WatchersMayType { allowed };
        if allowed {
            // What somebody else types is in the record only if this is in it before.
            if !held(&live.watchers.state).may_type {
                self.note_watch(attempt.id, attempt.learner, viewer.id, kind).await?;
                self.set_may_type(&live, true);
            }
        } else if self.set_may_type(&live, false) {
            // It is cut at once, and noted then.
            self.note_watch(attempt.id, attempt.learner, viewer.id, kind).await?;
        }
        Ok(())
    }

    /// Whether that was a change.
    fn set_may_type(&self, live: &Live, may_type: bool) -> bool {
        let mut state = held(&live.watchers.state);
        if std::mem::replace(&mut state.may_type, may_type) == may_type {
            return false;
        }
        std::mem::take(&mut state.changed).cancel();
        live.watchers.tell(&state);
        true
    }

    /// Who watches, as the learner sees it, and what comes of it.
    pub(crate) async fn watching(&self, viewer: &Viewer, attempt: Uuid) -> Result<watch::Receiver<WatchingView>> {
        let attempt = self.reach(viewer, attempt, Action::WorkInAttempt).await?;
        let Some(live) = self.live(attempt.id) else {
            return Ok(watch::Sender::default().subscribe());
        };
        self.recover_watching(&attempt, &live).await?;
        Ok(live.watchers.told.subscribe())
    }

    /// The attempt is being closed: nobody watches any longer.
    pub(super) async fn end_watching(&self, attempt: &Attempt, live: &Live) -> Result<(), StoreError> {
        let people: Vec<Uuid> = {
            let mut state = held(&live.watchers.state);
            state.changed.cancel();
            let gone = std::mem::take(&mut state.people);
            live.watchers.tell(&state);
            gone.into_keys().collect()
        };
        for person in people {
            self.note_watch(attempt.id, attempt.learner, person, Kind::WatchEnded {}).await?;
        }
        Ok(())
    }

    /// Whoever watched when another run of the server ended does so no longer; what the learner has said holds.
    async fn recover_watching(&self, attempt: &Attempt, live: &Live) -> Result<()> {
        let recovered = live.watchers.recovered.get_or_try_init(async || {
            let (there, may_type) = still_there(&events::of_watching(&self.store, attempt.id).await?);
            for person in there {
                self.note_watch(attempt.id, attempt.learner, person, Kind::WatchEnded {}).await?;
            }
            let mut state = held(&live.watchers.state);
            state.may_type = may_type;
            live.watchers.tell(&state);
            Ok::<_, StoreError>(())
        });
        recovered.await.copied().map_err(Into::into)
    }

    async fn note_watch(&self, attempt: Uuid, subject: Uuid, actor: Uuid, kind: Kind) -> Result<(), StoreError> {
        let event = self.event_of(attempt, subject, Some(actor), kind);
        let mut tx = self.store.begin().await?;
        events::append(&mut tx, &[event]).await?;
        tx.commit().await
    }
}

/// Who has begun to watch and not ended, and whether they may type.
fn still_there(told: &[Event]) -> (Vec<Uuid>, bool) {
    let (mut there, mut may_type) = (Vec::new(), false);
    for event in told {
        match (&event.kind, event.actor) {
            (Kind::WatchBegan {}, Some(person)) if !there.contains(&person) => there.push(person),
            (Kind::WatchEnded {}, Some(person)) => there.retain(|other| *other != person),
            (Kind::WatchersMayType { allowed }, _) => may_type = *allowed,
            _ => {}
        }
    }
    (there, may_type)
}

/// When somebody else could type: by whom, from when, and until when. In the order of time.
pub(super) fn may_have_typed(told: &[Event], ended: DateTime<Utc>) -> Vec<(Uuid, DateTime<Utc>, DateTime<Utc>)> {
    let (mut there, mut may_type) = (Vec::<Uuid>::new(), false);
    let mut since: BTreeMap<Uuid, DateTime<Utc>> = BTreeMap::new();
    let mut spans = Vec::new();
    for event in told {
        match (&event.kind, event.actor) {
            (Kind::WatchBegan {}, Some(person)) if !there.contains(&person) => there.push(person),
            (Kind::WatchEnded {}, Some(person)) => there.retain(|other| *other != person),
            (Kind::WatchersMayType { allowed }, _) => may_type = *allowed,
            _ => continue,
        }
        let can = |person: &Uuid| may_type && there.contains(person);
        since.retain(|person, from| {
            let goes_on = can(person);
            if !goes_on {
                spans.push((*person, *from, event.at));
            }
            goes_on
        });
        for person in there.iter().filter(|person| can(person)) {
            since.entry(*person).or_insert(event.at);
        }
    }
    spans.extend(since.into_iter().map(|(person, from)| (person, from, ended)));
    spans.sort_by_key(|(person, from, _)| (*from, *person));
    spans
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use scorecards::event::Source;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn event(second: i64, actor: u128, kind: Kind) -> Event {
        Event {
            id: Uuid::from_u128(second.unsigned_abs().into()),
            at: at(second),
            box_at: None,
            actor: Some(Uuid::from_u128(actor)),
            subject: Uuid::nil(),
            attempt: None,
            source: Source::Simulated,
            kind,
        }
    }

    #[test]
    fn somebody_may_have_typed_while_they_were_there_and_allowed_to() {
        let (rafael, ingrid) = (Uuid::from_u128(7), Uuid::from_u128(8));
        let told = [
            event(1, 7, Kind::WatchBegan {}),
            event(5, 1, Kind::WatchersMayType { allowed: true }),
            event(7, 8, Kind::WatchBegan {}),
            event(9, 7, Kind::WatchEnded {}),
            event(11, 7, Kind::WatchBegan {}),
            event(12, 1, Kind::WatchersMayType { allowed: false }),
            event(20, 1, Kind::WatchersMayType { allowed: true }),
            event(21, 7, Kind::WatchEnded {}),
        ];
        let spans = may_have_typed(&told, at(30));
        assert_eq!(
            spans,
            [
                (rafael, at(5), at(9)),
                (ingrid, at(7), at(12)),
                (rafael, at(11), at(12)),
                (rafael, at(20), at(21)),
                (ingrid, at(20), at(30)),
            ]
        );
        assert_eq!(still_there(&told), (vec![ingrid], true));
        assert_eq!(may_have_typed(&told[..1], at(30)), []);
    }
}
