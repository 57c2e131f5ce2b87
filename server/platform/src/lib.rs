//! The use cases of Belay: accounts, access, attempts, and all that is stored.
//!
//! [`Platform`] is the door: whoever shows or serves something calls its methods, and each of them asks
//! [`access`] first. What it returns are the plain values of [`views`].
//!
//! Three things keep it honest:
//! - only [`store`] knows SQL, and what is written there is committed before anything is told about it;
//! - time, ids and randomness come from [`clock`], so that a test decides them;
//! - what happened is an append-only chain of events, and a result is computed from it.

use std::{net::IpAddr, path::PathBuf, sync::Arc};

use chrono::{DateTime, TimeDelta, Utc};
use labs::{
    catalog::Catalog,
    exercise::{Answers, review::Comment},
    sandbox::{Engine, TerminalStream},
};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;
use wire::terminal::{Attach, Attached, Watch, Watching};

pub mod access;
mod accounts;
mod artefacts;
mod attempts;
pub mod boxes;
pub mod clock;
mod error;
mod figures;
pub mod metrics;
pub mod operations;
mod redact;
pub mod roles;
pub mod store;
pub mod timing;
pub mod views;

pub use accounts::{NewUser, SignInError};
pub use attempts::{KeptRecording, Seat, still};
pub use clock::{Clock, Ids};
pub use error::{Error, Result};

use accounts::Accounts;
use attempts::Attempts;
use figures::Figures;
use scorecards::role::Role;
use store::Store;
use views::{
    AtWork, AttemptView, CaseView, ChangesView, CheckView, Deciding, Draft, EvidenceView, FiguresView, HintView, Home,
    InboxView, InspectionView, ItemsView, LabView, PoolStatus, ReplayView, RescoreView, ResultView, Viewer, WatchView,
    WatchingView,
};

/// What a platform is made of.
pub struct Parts {
    /// Where everything is kept.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Ids and randomness.
    pub ids: Ids,
    /// The labs there are.
    pub catalog: Arc<Catalog>,
    /// The role that people here grow into.
    pub role: Arc<Role>,
    /// What makes sandboxes.
    pub engine: Arc<dyn Engine>,
    /// Names this server on the engine and in the store: containers of another one are left alone, and so are
    /// the attempts they serve.
    pub instance: String,
    /// The server's data directory: what is no row of the store lies there in files.
    pub data: PathBuf,
    /// How it is run.
    pub settings: Settings,
}

/// How a platform is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether anybody may sign in as one of the demo people.
    pub demo: bool,
    /// How many attempts one person may have running at the same time.
    pub running_per_person: u32,
    /// How many events are stored of one attempt at most. Work by hand makes some thousands; a box that starts programs in
    /// a circle would fill the database.
    pub events_per_attempt: u64,
    /// How many attempts may have a box at the same time, however much memory there is; the others wait.
    pub running_in_all: Option<u32>,
    /// How much memory boxes may take that are made before anybody asks, in bytes: half of the engine's machine where
    /// nothing is said, none with 0.
    pub warm_memory: Option<u64>,
    /// How much memory of the engine's machine is kept free of boxes, in bytes: a sixteenth, and 512 MiB at least, where
    /// nothing is said.
    pub memory_kept: Option<u64>,
    /// For how many days end states of boxes and what changed in them are kept.
    pub kept_days: u32,
    /// When attempts pause by themselves.
    pub time: Times,
}

/// When attempts pause by themselves, and how long paused ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    /// After how many minutes without the learner a practice attempt pauses, where its lab says nothing; 0 for never.
    pub idle_minutes: u32,
    /// After how many hours a paused attempt is ended; 0 for never.
    pub pause_hours: u32,
}

impl Times {
    /// After how long a paused attempt is ended, if ever.
    #[must_use]
    pub fn pause_ends_after(&self) -> Option<TimeDelta> {
        (self.pause_hours > 0).then(|| TimeDelta::hours(self.pause_hours.into()))
    }
}

impl Default for Times {
    fn default() -> Self {
        Self { idle_minutes: 20, pause_hours: 12 }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            demo: false,
            running_per_person: 2,
            events_per_attempt: 50_000,
            running_in_all: None,
            warm_memory: None,
            memory_kept: None,
            kept_days: 90,
            time: Times::default(),
        }
    }
}

/// The use cases. Clones are one platform.
#[derive(Clone)]
pub struct Platform {
    accounts: Accounts,
    attempts: Attempts,
    figures: Figures,
    clock: Arc<dyn Clock>,
    store: Store,
}

impl Platform {
    /// Puts a platform together. Nothing runs before [`Platform::run`].
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self {
            clock: Arc::clone(&parts.clock),
            store: parts.store.clone(),
            accounts: Accounts::new(
                parts.store.clone(),
                Arc::clone(&parts.clock),
                parts.ids.clone(),
                parts.settings.demo,
            ),
            figures: Figures::new(parts.store.clone(), Arc::clone(&parts.clock), Arc::clone(&parts.role)),
            attempts: Attempts::new(parts),
        }
    }

    /// The time, by the platform's clock.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// Where everything is kept; for sessions.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Signs somebody in by password. `from` is where they come from, for the limit on guesses.
    ///
    /// # Errors
    /// [`SignInError`] in words for the sign-in page.
    pub async fn sign_in(&self, login: &str, password: &str, from: Option<IpAddr>) -> Result<Viewer, SignInError> {
        self.accounts.sign_in(login, password, from).await
    }

    /// Signs in as a demo person, without a password.
    ///
    /// # Errors
    /// [`SignInError::Wrong`] for anybody else, and always when this is no demo.
    pub async fn sign_in_demo(&self, person: Uuid) -> Result<Viewer, SignInError> {
        self.accounts.sign_in_demo(person).await
    }

    /// Whom a session belongs to; `None` when the account is gone or may not sign in any more.
    ///
    /// # Errors
    /// [`Error::Internal`] when the store fails.
    pub async fn viewer(&self, id: Uuid) -> Result<Option<Viewer>> {
        self.accounts.viewer(id).await
    }

    /// The demo people, for the sign-in page: empty when this is no demo.
    #[must_use]
    pub fn demo_people(&self) -> Vec<Viewer> {
        self.accounts.demo_people()
    }

    /// Makes the demo people, where they are missing.
    ///
    /// # Errors
    /// [`Error::Forbidden`] when this is no demo; [`Error::Internal`] when the store fails.
    pub async fn seed_demo(&self) -> Result<()> {
        self.accounts.seed_demo().await
    }

    /// Adds somebody, at the word of whoever runs the installation (`belay user add`).
    ///
    /// # Errors
    /// [`Error::Conflict`] with words when the login is taken or something about the person is not as it must be.
    pub async fn add_user(&self, user: NewUser) -> Result<Viewer> {
        self.accounts.add_user(user).await
    }

    /// What somebody sees first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who has no home here.
    pub async fn home(&self, viewer: &Viewer) -> Result<Home> {
        let home = self.attempts.home(viewer).await?;
        let to_judge = self.attempts.to_judge(viewer).await?;
        Ok(Home { people: self.figures.people(viewer).await?, to_judge, ..home })
    }

    /// A lab before it is started.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such lab.
    pub async fn lab(&self, viewer: &Viewer, lab: &str) -> Result<LabView> {
        self.attempts.lab(viewer, lab).await
    }

    /// Starts an attempt and returns at once: in a box that waited for it, or else one that is made in the background. Where
    /// the machine is full the attempt waits for its turn. Where the viewer's attempt at this lab still runs, it is that one.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such lab; [`Error::Conflict`] when too many attempts run;
    /// [`Error::Unavailable`] when there is no engine.
    pub async fn start(&self, viewer: &Viewer, lab: &str) -> Result<Uuid> {
        self.attempts.start(viewer, lab).await
    }

    /// An attempt, however it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or it is somebody else's.
    pub async fn attempt(&self, viewer: &Viewer, attempt: Uuid) -> Result<AttemptView> {
        self.attempts.view(viewer, attempt).await
    }

    /// Makes the checks that can be made while the learner works, and returns all of them.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the attempt does not run or is being checked
    /// already; [`Error::Unavailable`] when the box can't be reached.
    pub async fn check(&self, viewer: &Viewer, attempt: Uuid) -> Result<Vec<CheckView>> {
        self.attempts.check(viewer, attempt).await
    }

    /// How a lab does, version by version, over its newest attempts.
    ///
    /// # Errors
    /// [`Error::NotFound`], [`Error::Forbidden`].
    pub async fn items(&self, viewer: &Viewer, lab: &str) -> Result<ItemsView> {
        self.attempts.items(viewer, lab).await
    }

    /// Keeps what is answered in an exercise. Fields that are not named stay as they are.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it does not run or is no exercise, or an answer is too long.
    pub async fn answer(&self, viewer: &Viewer, attempt: Uuid, given: &Answers) -> Result<()> {
        self.attempts.answer(viewer, attempt, given).await
    }

    /// Remarks something on a line of a change that is reviewed.
    ///
    /// # Errors
    /// [`Error::NotFound`], also where nothing is reviewed; [`Error::Conflict`] when it does not run, there is no such line, the
    /// remark is empty, or there are too many.
    pub async fn comment(&self, viewer: &Viewer, attempt: Uuid, comment: &Comment) -> Result<()> {
        self.attempts.comment(viewer, attempt, comment).await
    }

    /// Takes a remark back. One that is gone already changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it does not run.
    pub async fn take_back(&self, viewer: &Viewer, attempt: Uuid, comment: &Comment) -> Result<()> {
        self.attempts.take_back(viewer, attempt, comment).await
    }

    /// Keeps what is answered in an exercise, and hands all of it in.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it does not run or is no exercise, or an answer is too long.
    pub async fn hand_in(&self, viewer: &Viewer, attempt: Uuid, given: &Answers) -> Result<()> {
        self.attempts.hand_in(viewer, attempt, given).await
    }

    /// Makes a move of a scenario. One that was made already changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a move that can't be made now; [`Error::Conflict`] when it does not run.
    pub async fn make_move(&self, viewer: &Viewer, attempt: Uuid, id: &str) -> Result<()> {
        self.attempts.make_move(viewer, attempt, id).await
    }

    /// Takes a hint, numbered from 1. Taking it again gives it again, for nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a hint that there is not; [`Error::Conflict`] when the attempt does not run.
    pub async fn take_hint(&self, viewer: &Viewer, attempt: Uuid, hint: u32) -> Result<HintView> {
        self.attempts.take_hint(viewer, attempt, hint).await
    }

    /// Says that the alert which an attempt begins with is the viewer's. Saying it again changes nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the attempt does not run or begins with no alert.
    pub async fn acknowledge(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.acknowledge(viewer, attempt).await
    }

    /// Finishes an attempt: the closing checks run in the background. Finishing one that is finishing
    /// or over does nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it has not begun.
    pub async fn finish(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.finish(viewer, attempt).await
    }

    /// Gives an attempt up: nothing is checked. Giving up one that is over does nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn abandon(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.abandon(viewer, attempt).await
    }

    /// Has boxes of a lab ready at a time, for a class or an interview.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] when there is no such lab; [`Error::Conflict`] in words when the time or
    /// the number will not do.
    pub async fn reserve(&self, viewer: &Viewer, lab: &str, at: Option<DateTime<Utc>>, places: u32) -> Result<Uuid> {
        self.attempts.reserve(viewer, lab, at, places).await
    }

    /// Nobody needs a reservation any more. Cancelling one that is cancelled does nothing.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn cancel_reservation(&self, viewer: &Viewer, reservation: Uuid) -> Result<()> {
        self.attempts.cancel_reservation(viewer, reservation).await
    }

    /// What is held ready, and who waits: for whoever runs the installation.
    ///
    /// # Errors
    /// [`Error::Internal`] when the store fails.
    pub async fn pool_status(&self) -> Result<PoolStatus> {
        self.attempts.pool_status().await
    }

    /// Gives an attempt a fresh box, as at its start. The clock goes on, and what was done is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the attempt does not run or is being checked;
    /// [`Error::Unavailable`] when the box can't be reached or set up right now: worth another try.
    pub async fn reset(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.reset(viewer, attempt).await
    }

    /// What was changed in the boxes of an attempt that is over, without secrets.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is not over, or never began.
    pub async fn changes(&self, viewer: &Viewer, attempt: Uuid) -> Result<ChangesView> {
        self.attempts.changes(viewer, attempt).await
    }

    /// Opens a copy of the boxes of an attempt as they were left, and returns at once. Where the viewer has one open, it
    /// is that one.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when nothing was kept or the viewer has another copy open;
    /// [`Error::Unavailable`] when there is no engine.
    pub async fn open_copy(&self, viewer: &Viewer, attempt: Uuid) -> Result<Uuid> {
        self.attempts.open_copy(viewer, attempt).await
    }

    /// A copy, however it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or somebody else opened it.
    pub async fn copy(&self, viewer: &Viewer, copy: Uuid) -> Result<InspectionView> {
        self.attempts.copy(viewer, copy).await
    }

    /// Attaches to a terminal of a copy; the token is cancelled when the copy is closed.
    ///
    /// # Errors
    /// As [`Platform::terminal`].
    pub async fn copy_terminal(
        &self,
        viewer: &Viewer,
        copy: Uuid,
        attach: Attach,
    ) -> Result<(Attached, TerminalStream, CancellationToken)> {
        self.attempts.copy_terminal(viewer, copy, attach).await
    }

    /// Closes a copy; says of which attempt it was.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn close_copy(&self, viewer: &Viewer, copy: Uuid) -> Result<Uuid> {
        self.attempts.close_copy(viewer, copy).await
    }

    /// What an attempt came to.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is not over, or never began.
    pub async fn result(&self, viewer: &Viewer, attempt: Uuid) -> Result<ResultView> {
        self.attempts.result(viewer, attempt).await
    }

    /// What the KPIs of the role say of a person; nothing from `as_of` on is known, by default nothing that is still
    /// to come.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such person, or their figures are not the viewer's to see.
    pub async fn figures(&self, viewer: &Viewer, person: Uuid, as_of: Option<DateTime<Utc>>) -> Result<FiguresView> {
        self.figures.of(viewer, person, as_of).await
    }

    /// The same, at the word of whoever runs the installation (`belay kpi`).
    ///
    /// # Errors
    /// [`Error::NotFound`] when nobody signs in with this.
    pub async fn figures_by_login(&self, login: &str, as_of: Option<DateTime<Utc>>) -> Result<FiguresView> {
        self.figures.by_login(login, as_of).await
    }

    /// What waits for people to judge it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who judges nothing.
    pub async fn inbox(&self, viewer: &Viewer) -> Result<InboxView> {
        self.attempts.inbox(viewer).await
    }

    /// A case, with all that whoever judges it needs.
    ///
    /// # Errors
    /// [`Error::NotFound`] for who may not judge it, above all whose it is.
    pub async fn case(&self, viewer: &Viewer, case: Uuid) -> Result<CaseView> {
        self.attempts.case(viewer, case).await
    }

    /// Keeps what somebody has written in the form of a case so far.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when they are done with it, or it is decided.
    pub async fn keep_rating(&self, viewer: &Viewer, case: Uuid, draft: &Draft) -> Result<()> {
        self.attempts.keep_rating(viewer, case, draft).await
    }

    /// Somebody has judged a case, and sees from now on what others think.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] in words when something is missing, which loses nothing.
    pub async fn rate(&self, viewer: &Viewer, case: Uuid, draft: &Draft) -> Result<()> {
        self.attempts.rate(viewer, case, draft).await
    }

    /// Somebody decides a case.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] in words when it can't be decided yet, or is.
    pub async fn decide(&self, viewer: &Viewer, case: Uuid, deciding: &Deciding) -> Result<()> {
        self.attempts.decide(viewer, case, deciding).await
    }

    /// The learner says that a check was wrong. Gives the case.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] in words when the attempt still runs, or this was asked before.
    pub async fn dispute(&self, viewer: &Viewer, attempt: Uuid, check: &str, words: &str) -> Result<Uuid> {
        self.attempts.dispute(viewer, attempt, check, words).await
    }

    /// The learner proposes a better runbook: all of its text, and why. Gives the case.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] in words when nothing is changed, or another proposal waits.
    pub async fn improve(&self, viewer: &Viewer, attempt: Uuid, text: &str, why: &str) -> Result<Uuid> {
        self.attempts.improve(viewer, attempt, text, why).await
    }

    /// Judges the newest attempts at a lab by the lab as it is now, so many at most, and makes that their result if asked to;
    /// at the word of whoever runs the installation (`belay lab rescore`).
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such lab.
    pub async fn rescore(&self, lab: &str, most: i64, publish: bool) -> Result<RescoreView> {
        self.attempts.rescore(lab, most, publish).await
    }

    /// What somebody has to show for goals of their role.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for who has none.
    pub async fn evidence(&self, viewer: &Viewer) -> Result<EvidenceView> {
        self.attempts.evidence(viewer).await
    }

    /// Somebody shows something for a goal. Gives the case.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] in words.
    pub async fn hand_in_evidence(&self, viewer: &Viewer, goal: &str, words: &str) -> Result<Uuid> {
        self.attempts.hand_in_evidence(viewer, goal, words).await
    }

    /// Pauses an attempt: its boxes stand still, and its time with them. Pausing one that is paused does nothing.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it does not run, is checked right now, or is not practice;
    /// [`Error::Unavailable`] when the engine can't.
    pub async fn pause(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.pause(viewer, attempt).await
    }

    /// Goes on with a paused attempt where it was. One that runs goes on running.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is over; [`Error::Unavailable`] when the engine can't.
    pub async fn resume(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.resume(viewer, attempt).await
    }

    /// Adds time to an attempt: [`timing::STEP`] minutes, or what is left of its allowance.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it does not run or nothing is left.
    pub async fn extend(&self, viewer: &Viewer, attempt: Uuid) -> Result<()> {
        self.attempts.extend(viewer, attempt).await
    }

    /// The learner does something at an attempt, such as typing: it does not pause by itself for a while.
    pub fn active(&self, attempt: Uuid) {
        self.attempts.active(attempt);
    }

    /// Gives somebody more time by right, in percent of a lab's, from their next attempt on; at the word of whoever runs
    /// the installation (`belay user extra-time`).
    ///
    /// # Errors
    /// [`Error::NotFound`] when nobody signs in with this.
    pub async fn set_extra_time(&self, login: &str, percent: u32) -> Result<()> {
        self.accounts.set_extra_time(login, percent).await
    }

    /// Attaches to a terminal of an attempt.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the attempt does not run (any more): final;
    /// [`Error::Unavailable`] when the box can't be reached right now: worth another try.
    pub async fn terminal(&self, viewer: &Viewer, attempt: Uuid, attach: Attach) -> Result<(Attached, TerminalStream)> {
        self.attempts.terminal(viewer, attempt, attach).await
    }

    /// Looks at a terminal while somebody else works at it. Who watches is seen by the learner until the seat is dropped.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the attempt does not run (any more); [`Error::Unavailable`] when
    /// the terminal is not open, or the box can't be reached right now.
    pub async fn watch(
        &self,
        viewer: &Viewer,
        attempt: Uuid,
        watch: Watch,
    ) -> Result<(Watching, TerminalStream, Seat)> {
        self.attempts.watch(viewer, attempt, watch).await
    }

    /// An attempt for who may watch it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or it is not theirs to watch.
    pub async fn watched(&self, viewer: &Viewer, attempt: Uuid) -> Result<WatchView> {
        self.attempts.watched(viewer, attempt).await
    }

    /// Who is at work, for who may watch them.
    ///
    /// # Errors
    /// [`Error::Internal`] when the store fails.
    pub async fn at_work(&self, viewer: &Viewer) -> Result<Vec<AtWork>> {
        self.attempts.at_work(viewer).await
    }

    /// Who watches an attempt of the viewer's, now and as it changes.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn watching(&self, viewer: &Viewer, attempt: Uuid) -> Result<watch::Receiver<WatchingView>> {
        self.attempts.watching(viewer, attempt).await
    }

    /// The learner says whether those who watch may type as well. Taken back, it ends at once.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when the attempt does not run.
    pub async fn let_watchers_type(&self, viewer: &Viewer, attempt: Uuid, allowed: bool) -> Result<()> {
        self.attempts.let_watchers_type(viewer, attempt, allowed).await
    }

    /// What can be played of an attempt that is over.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is not over, or nothing was recorded.
    pub async fn replay(&self, viewer: &Viewer, attempt: Uuid) -> Result<ReplayView> {
        self.attempts.replay(viewer, attempt).await
    }

    /// The recording of a terminal of an attempt that is over.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is not over, or this terminal was not recorded.
    pub async fn recording(&self, viewer: &Viewer, attempt: Uuid, terminal: u32) -> Result<KeptRecording> {
        self.attempts.recording(viewer, attempt, terminal).await
    }

    /// Deletes the recordings of an attempt, at the word of whoever runs the installation. Its events stay.
    ///
    /// # Errors
    /// [`Error::Internal`] when a file or the store fails.
    pub async fn delete_recordings(&self, attempt: Uuid) -> Result<()> {
        self.attempts.delete_recordings(attempt).await
    }

    /// Cancelled when nobody may work in the attempt's box any more, or it is paused: whoever serves a terminal of it
    /// hangs up then. Cancelled from the beginning for an attempt that does not run here.
    #[must_use]
    pub fn closed(&self, attempt: Uuid) -> CancellationToken {
        self.attempts.closed(attempt)
    }

    /// Holds what the engine has against what is stored: running attempts go on, interrupted starts begin
    /// again, interrupted ends are ended, what is lost is said. [`Platform::run`] does it; this is for who
    /// wants to wait for it.
    ///
    /// # Errors
    /// [`Error::Internal`] when the store fails. An engine that does not answer is no error: the
    /// attempts wait for it.
    pub async fn recover(&self) -> Result<()> {
        self.attempts.recover().await
    }

    /// Keeps deadlines, and recovers at once and each minute, until the shutdown; then waits for what is
    /// being written. Attempts stay as they are, for the next run.
    pub async fn run(&self, shutdown: CancellationToken) {
        self.attempts.run(shutdown).await;
    }
}
