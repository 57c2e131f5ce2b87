//! K15, on restore tests.

use chrono::{DateTime, Utc};

use crate::{
    event::{
        Event, Source,
        work::{Count, Family, Restore, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days, after_hours},
    },
};

/// K15a: scheduled tests in which the person restored something themselves ÷ scheduled tests.
///
/// A test that somebody else cancelled in time is an approved exception. A test may be moved before it is due; who
/// moves it oneself is flagged. Who took part but never compared what came back is flagged: K15b is about that.
///
/// Settings: `late-hours`: how long after the planned moment one may still begin; `report-days` as in
/// [`RESTORE_EVIDENCE`].
pub(in crate::kpi) const RESTORE_PARTICIPATION: Method = Method {
    family: Family::Restore,
    unit: Unit::Share,
    settings: &[("late-hours", 24.0), ("report-days", 3.0)],
    observe: participation,
    fold: Fold::Share,
};

/// K15b: tests taken part in with full evidence ÷ tests taken part in.
///
/// Full is: the snapshot it came from, a checksum that is the source's, files or rows counted and the same as in the
/// source, how long it took, and that it was cleaned up. How long it took is recorded, and nobody is held to it.
/// Evidence from before the restore, or after the time for the report, does not count, nor in the simulated series what
/// the person says to have compared; the same report as another test's, or the same checksum from another snapshot, is
/// flagged.
///
/// Settings: `late-hours` as in [`RESTORE_PARTICIPATION`]; `report-days`: how long after the beginning the evidence
/// must be there.
pub(in crate::kpi) const RESTORE_EVIDENCE: Method = Method {
    family: Family::Restore,
    unit: Unit::Share,
    settings: &[("late-hours", 24.0), ("report-days", 3.0)],
    observe: evidence,
    fold: Fold::Share,
};

fn participation(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(test) = Test::read(episode, setting) else { return Vec::new() };
    let excluded = if test.cancelled.is_some() {
        Some(Exclusion::ApprovedException)
    } else if test.started.is_none() && !setting.passed(test.latest) {
        Some(Exclusion::Pending)
    } else {
        None
    };
    let mut flags = Vec::new();
    if test.moved_oneself {
        flags.push(Flag::ScheduleChanged);
    }
    if let Some(started) = test.started
        && test.verified.is_none_or(|(_, verified)| !verified.same())
        && setting.passed(after_days(started.0.at, setting.number("report-days")))
    {
        flags.push(Flag::Unverified);
    }
    let events = [Some(test.scheduled), test.cancelled, test.started.map(|(event, _)| event)];
    vec![Observation {
        about: episode.about.to_owned(),
        at: test.on,
        value: Value::share(test.started.is_some()),
        excluded,
        flags,
        events: events.into_iter().flatten().map(|event| event.id).collect(),
    }]
}

fn evidence(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(test) = Test::read(episode, setting) else { return Vec::new() };
    let Some((started, snapshot)) = test.started else { return Vec::new() };
    let reported = test.reported.is_some_and(|(_, complete, _)| complete);
    let met = !snapshot.trim().is_empty() && test.verified.is_some_and(|(_, found)| found.same()) && reported;
    let due = after_days(started.at, setting.number("report-days"));
    let events = [Some(started), test.verified.map(|(event, _)| event), test.reported.map(|(event, ..)| event)];
    let stale = test.too_early || as_anothers(episode, &test, setting);
    vec![Observation {
        about: episode.about.to_owned(),
        at: test.on,
        value: Value::share(met),
        excluded: (!met && !setting.passed(due)).then_some(Exclusion::Pending),
        flags: stale.then_some(Flag::StaleEvidence).into_iter().collect(),
        events: events.into_iter().flatten().map(|event| event.id).collect(),
    }]
}

/// Whether the evidence is that of another test.
fn as_anothers(episode: &Episode<'_>, test: &Test<'_>, setting: &Setting<'_>) -> bool {
    let others = setting.others(Family::Restore).iter().filter(|other| other.about != episode.about);
    others.filter_map(|other| Test::read(other, setting)).any(|other| {
        let report = test.reported.zip(other.reported).is_some_and(|((.., mine), (.., theirs))| mine == theirs);
        let checksum = test.verified.zip(other.verified).is_some_and(|((_, mine), (_, theirs))| mine.sum == theirs.sum);
        let snapshot = test.started.map(|(_, name)| name) == other.started.map(|(_, name)| name);
        report || (checksum && !snapshot)
    })
}

/// A scheduled test.
struct Test<'a> {
    scheduled: &'a Event,
    on: DateTime<Utc>,
    /// Until when one may begin.
    latest: DateTime<Utc>,
    moved_oneself: bool,
    /// By somebody else, and in time.
    cancelled: Option<&'a Event>,
    /// By the person, and in time; with the snapshot.
    started: Option<(&'a Event, &'a str)>,
    verified: Option<(&'a Event, Compared<'a>)>,
    /// With whether it has all that it needs, and its text's name.
    reported: Option<(&'a Event, bool, &'a str)>,
    /// Something was compared before anything was restored.
    too_early: bool,
}

#[derive(Clone, Copy)]
struct Compared<'a> {
    sum: &'a str,
    source: &'a str,
    counts: [Option<Count>; 2],
}

impl Compared<'_> {
    fn same(&self) -> bool {
        let sum = self.sum.trim();
        let mut counts = self.counts.iter().flatten();
        !sum.is_empty()
            && sum.eq_ignore_ascii_case(self.source.trim())
            && self.counts.iter().any(Option::is_some)
            && counts.all(|count| count.restored == count.source)
    }
}

impl<'a> Test<'a> {
    /// `None` if it was never scheduled.
    fn read(episode: &Episode<'a>, setting: &Setting<'_>) -> Option<Self> {
        let mut test: Option<Self> = None;
        for &(event, work) in &episode.events {
            let Work::Restore(restore) = work else { continue };
            match (restore, &mut test) {
                (Restore::RestoreScheduled { on, .. }, None) => {
                    let latest = after_hours(*on, setting.number("late-hours"));
                    test = Some(Self::scheduled(event, *on, latest));
                }
                (Restore::RestoreScheduled { on, .. }, Some(test)) if event.at < test.on => {
                    test.moved_oneself |= event.actor == Some(event.subject);
                    test.on = *on;
                    test.cancelled = None;
                    test.latest = after_hours(*on, setting.number("late-hours"));
                }
                (Restore::RestoreCancelled { .. }, Some(test))
                    if event.at < test.on && event.actor != Some(event.subject) && test.started.is_none() =>
                {
                    test.cancelled = Some(event);
                }
                (Restore::RestoreStarted { snapshot, .. }, Some(test))
                    if event.actor == Some(event.subject) && event.at <= test.latest && test.started.is_none() =>
                {
                    test.started = Some((event, snapshot));
                    test.cancelled = None;
                }
                (Restore::RestoreVerified { .. }, _)
                    if episode.series == Source::Simulated && event.actor == Some(event.subject) => {}
                (Restore::RestoreVerified { .. } | Restore::RestoreReported { .. }, Some(test)) => {
                    test.shown(event, restore, setting);
                }
                _ => {}
            }
        }
        test
    }

    fn scheduled(event: &'a Event, on: DateTime<Utc>, latest: DateTime<Utc>) -> Self {
        Self {
            scheduled: event,
            on,
            latest,
            moved_oneself: false,
            cancelled: None,
            started: None,
            verified: None,
            reported: None,
            too_early: false,
        }
    }

    fn shown(&mut self, event: &'a Event, restore: &'a Restore, setting: &Setting<'_>) {
        let Some((started, _)) = self.started else {
            self.too_early = true;
            return;
        };
        if event.at > after_days(started.at, setting.number("report-days")) {
            return;
        }
        match restore {
            Restore::RestoreVerified { checksum, source_checksum, files, rows, .. } => {
                self.verified =
                    Some((event, Compared { sum: checksum, source: source_checksum, counts: [*files, *rows] }));
            }
            Restore::RestoreReported { took_minutes, cleaned_up, report, .. } => {
                self.reported = Some((event, took_minutes.is_some() && *cleaned_up, &report.0));
            }
            _ => {}
        }
    }
}
