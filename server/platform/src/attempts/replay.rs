//! What can be played of an attempt that is over, and the moments worth jumping to.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use scorecards::{
    event::{CheckRun, Event, Kind, Purpose, Verdict, work::Work},
    marking::Marking,
    score::score,
};
use uuid::Uuid;

use super::{Attempts, Inner, timeline, watch::may_have_typed};
use crate::{
    access::{Action, Relation, allowed},
    error::{Error, Result},
    store::{self, StoreError, attempts::Attempt, events, recordings, users},
    views::{AtWork, CommandLine, Moment, MomentAbout, Recorded, RecordedTerminal, ReplayView, Typist, Viewer},
};

/// Checks that are made so close together are one moment.
const TOGETHER: TimeDelta = TimeDelta::seconds(3);

impl Attempts {
    pub(crate) async fn replay(&self, viewer: &Viewer, attempt: Uuid) -> Result<ReplayView> {
        let attempt = self.reach(viewer, attempt, Action::SeeResult).await?;
        if attempt.state.open() {
            return Err(Error::Conflict(
                "This attempt is not over yet. What was recorded can be played when it is.".into(),
            ));
        }
        let marking = store::labs::version(&self.store, &attempt.lab, &attempt.version).await?;
        let marking = marking.map(|version| version.marking).unwrap_or_default();
        let events = events::of_attempt(&self.store, attempt.id).await?;
        let commands = timeline::commands(&events, &score(&marking, &events));
        let recorded = self.what_can_be_played(attempt.id, &commands).await?;
        if recorded.terminals.is_empty() {
            return Err(Error::Conflict("No terminal was opened in this attempt, so there is nothing to play.".into()));
        }
        let names = self.names(&events).await?;
        let learner = users::by_id(&self.store, attempt.learner).await?;
        Ok(ReplayView {
            summary: self.summary(&attempt).await?,
            learner_id: attempt.learner,
            learner: learner.map(|learner| learner.name).unwrap_or_default(),
            moments: moments(&events, &commands, &marking, &names),
            recorded,
        })
    }

    /// Who is at work, newest first: only those whom the viewer may watch.
    pub(crate) async fn at_work(&self, viewer: &Viewer) -> Result<Vec<AtWork>> {
        if !allowed(viewer.role, Action::WatchAttempt, Relation::Other) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for id in store::attempts::running(&self.store).await? {
            let Some(attempt) = store::attempts::by_id(&self.store, id).await? else { continue };
            if attempt.learner == viewer.id {
                continue;
            }
            let learner = users::by_id(&self.store, attempt.learner).await?;
            found.push(AtWork {
                attempt: attempt.id,
                learner: learner.map(|learner| learner.name).unwrap_or_default(),
                title: self.title(&attempt).await?,
                started: attempt.started_at,
            });
        }
        Ok(found)
    }
}

impl Inner {
    /// What there is of recordings, and which terminal was worked at when.
    pub(super) async fn what_can_be_played(
        &self,
        attempt: Uuid,
        commands: &[CommandLine],
    ) -> Result<Recorded, StoreError> {
        let kept = recordings::of_attempt(&self.store, attempt).await?;
        #[expect(clippy::cast_precision_loss, reason = "a recording is shorter than a century")]
        let terminals = kept
            .into_iter()
            .filter(|recording| recording.bytes > 0)
            .map(|recording| RecordedTerminal {
                terminal: recording.terminal,
                host: recording.host,
                started: recording.started_at,
                seconds: recording.duration_ms as f64 / 1000.0,
            })
            .collect();
        let in_use = commands.iter().filter_map(|command| Some((command.at, command.terminal?))).collect();
        Ok(Recorded { terminals, in_use })
    }

    /// When somebody else could type in the learner's terminals.
    pub(super) async fn typists(&self, attempt: &Attempt, events: &[Event]) -> Result<Vec<Typist>, StoreError> {
        let names = self.names(events).await?;
        let ended = attempt.ended_at.unwrap_or(attempt.started_at);
        let spans = may_have_typed(events, ended).into_iter();
        Ok(spans.map(|(person, from, until)| Typist { name: name(&names, Some(person)), from, until }).collect())
    }

    /// The names of those who watched.
    async fn names(&self, events: &[Event]) -> Result<BTreeMap<Uuid, String>, StoreError> {
        let watched = events.iter().filter(|event| matches!(event.kind, Kind::WatchBegan {}));
        users::names(&self.store, watched.filter_map(|event| event.actor).collect::<Vec<_>>()).await
    }
}

fn name(names: &BTreeMap<Uuid, String>, person: Option<Uuid>) -> String {
    let name = person.and_then(|person| names.get(&person));
    name.cloned().unwrap_or_else(|| "Somebody".into())
}

/// What is worth jumping to, in the order of time.
fn moments(
    events: &[Event],
    commands: &[CommandLine],
    marking: &Marking,
    names: &BTreeMap<Uuid, String>,
) -> Vec<Moment> {
    let run = commands.iter().map(|command| {
        let words = match command.exit {
            Some(code) if code != 0 => format!("{} (exit {code})", command.command),
            _ => command.command.clone(),
        };
        Moment { at: command.at, about: MomentAbout::Command, words, terminal: command.terminal }
    });
    let told = events.iter().filter_map(|event| {
        let (about, words, terminal) = tell(event, names)?;
        Some(Moment { at: event.moment(), about, words, terminal })
    });
    let mut moments: Vec<Moment> = run.chain(told).chain(checks(events, marking)).collect();
    moments.sort_by_key(|moment| moment.at);
    moments
}

fn tell(event: &Event, names: &BTreeMap<Uuid, String>) -> Option<(MomentAbout, String, Option<u32>)> {
    let who = || name(names, event.actor);
    Some(match &event.kind {
        Kind::HintTaken { hint } => (MomentAbout::Hint, format!("Hint {hint} was taken"), None),
        Kind::NoteAdded { purpose, .. } => {
            let words = match purpose {
                Purpose::Working => "A note was written",
                Purpose::Closing => "The closing note was written",
                Purpose::Handover => "A note for the handover was written",
            };
            (MomentAbout::Note, words.into(), None)
        }
        Kind::HypothesisStated { .. } => (MomentAbout::Note, "A likely cause was named".into(), None),
        Kind::HypothesisSettled { confirmed: true, .. } => (MomentAbout::Note, "The cause was confirmed".into(), None),
        Kind::HypothesisSettled { .. } => (MomentAbout::Note, "A likely cause was ruled out".into(), None),
        Kind::Work(Work::Alert(alert)) => {
            let is_taken = matches!(alert, scorecards::event::work::Alert::AlertAcknowledged { .. });
            return is_taken.then(|| (MomentAbout::Note, "The alert was taken".into(), None));
        }
        Kind::WatchBegan {} => (MomentAbout::Watch, format!("{} began to watch", who()), None),
        Kind::WatchEnded {} => (MomentAbout::Watch, format!("{} watched no longer", who()), None),
        Kind::WatchersMayType { allowed: true } => {
            (MomentAbout::Watch, "From here on those who watched could type as well".into(), None)
        }
        Kind::WatchersMayType { .. } => (MomentAbout::Watch, "Only the learner could type again".into(), None),
        Kind::RecordingLost { terminal, .. } => {
            (MomentAbout::Missing, "Part of the recording is missing".into(), Some(*terminal))
        }
        Kind::CoverageLost { .. } => (MomentAbout::Missing, "Part of the record is missing".into(), None),
        _ => return None,
    })
}

/// Checks that were made together are one moment.
fn checks(events: &[Event], marking: &Marking) -> Vec<Moment> {
    let mut made: Vec<(&CheckRun, DateTime<Utc>)> = events
        .iter()
        .filter_map(|event| if let Kind::CheckRun(run) = &event.kind { Some((run, event.moment())) } else { None })
        .collect();
    made.sort_by_key(|(_, at)| *at);
    made.chunk_by(|one, next| one.0.closing == next.0.closing && next.1 - one.1 < TOGETHER)
        .filter_map(|together| {
            let (first, at) = together.first()?;
            let passed = together.iter().filter(|(run, _)| run.verdict == Verdict::Passed).count();
            let which = if first.closing { "Closing checks" } else { "Checks" };
            let words = match together {
                [(run, _)] => {
                    let mark = marking.checks.iter().find(|mark| mark.id == run.check);
                    let title = mark.map_or(run.check.as_str(), |mark| mark.title.as_str());
                    let verdict = if passed == 1 { "passed" } else { "open" };
                    format!("Check: {title}: {verdict}")
                }
                _ => format!("{which}: {passed} of {} passed", together.len()),
            };
            Some(Moment { at: *at, about: MomentAbout::Check, words, terminal: None })
        })
        .collect()
}
