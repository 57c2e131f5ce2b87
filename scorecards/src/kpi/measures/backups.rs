//! K14, on runs of backup jobs.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use crate::{
    event::{
        Event,
        work::{Backup, Family, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days, after_hours, after_minutes},
    },
};

/// K14a: scheduled runs that ended well within their grace ÷ scheduled runs.
///
/// A run that never ended, or too late, has failed. So has one whose repository check found something, whatever its
/// exit code. A run that ended well but was not checked, or whose size is far from the median of the runs before it,
/// counts and is flagged: that is how a job with `|| true` at its end looks. A change of the schedule that leaves
/// fewer runs and that nobody else agreed to counts as one failed run, for the runs that it hides.
///
/// Settings: `grace-hours` for runs that say nothing themselves; `size-factor`: a size beyond that many times the
/// median, either way, is odd; `size-days`: the median is of the job's good runs in so many days before, three at least.
pub(in crate::kpi) const BACKUP_SUCCESS: Method = Method {
    family: Family::Backup,
    unit: Unit::Share,
    settings: &[("grace-hours", 12.0), ("size-factor", 2.0), ("size-days", 35.0)],
    observe: success,
    fold: Fold::Share,
};

/// K14b: failed or missing runs that a person looked into in time ÷ failed or missing runs.
///
/// The time runs from the moment at which the run failed, or at which its grace was over. Which person is not asked:
/// what counts is that the failure was seen. A machine's note does not count. A note that already explained a run of
/// another day is flagged.
///
/// Settings: `grace-hours` as in [`BACKUP_SUCCESS`]; `triage-hours`: how much time there is.
pub(in crate::kpi) const BACKUP_TRIAGE: Method = Method {
    family: Family::Backup,
    unit: Unit::Share,
    settings: &[("grace-hours", 12.0), ("triage-hours", 24.0)],
    observe: triage,
    fold: Fold::Share,
};

fn success(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let changes = episode.events.iter().filter_map(|(event, work)| hidden(event, work));
    let Some(run) = Run::read(episode, setting) else { return changes.collect() };
    let (mut excluded, mut flags) = (None, Vec::new());
    match run.outcome {
        Some(ended) if ended.good => {
            if !ended.checked {
                flags.push(Flag::Unverified);
            }
            if odd_size(&run, ended.bytes, setting) {
                flags.push(Flag::SizeAnomaly);
            }
        }
        _ if setting.passed(run.deadline) => {}
        _ => excluded = Some(Exclusion::Pending),
    }
    let ended = run.outcome.map(|ended| ended.event.id);
    let observation = Observation {
        about: episode.about.to_owned(),
        at: run.scheduled.at,
        value: Value::share(run.good()),
        excluded,
        flags,
        events: [Some(run.scheduled.id), ended].into_iter().flatten().collect(),
    };
    std::iter::once(observation).chain(changes).collect()
}

/// What a change of the schedule says that nobody else agreed to.
fn hidden(event: &Event, work: &Work) -> Option<Observation> {
    let Work::Backup(Backup::BackupScheduleChanged { job, change, reviewer }) = work else { return None };
    let another = |who: Uuid| who != event.subject && Some(who) != event.actor;
    if reviewer.is_some_and(another) {
        return None;
    }
    Some(Observation {
        about: job.clone(),
        at: event.at,
        value: Value::share(false),
        excluded: (!change.fewer()).then_some(Exclusion::OtherClass),
        flags: vec![Flag::ScheduleChanged],
        events: vec![event.id],
    })
}

fn odd_size(run: &Run<'_>, bytes: u64, setting: &Setting<'_>) -> bool {
    let lately = after_days(run.scheduled.at, -setting.number("size-days"));
    let before = |event: &Event, job| job == run.job && lately <= event.at && event.at < run.scheduled.at;
    let mut sizes: Vec<u64> = setting
        .others(Family::Backup)
        .iter()
        .filter(|other| scheduled(other).is_some_and(|(event, job, _)| before(event, job)))
        .filter_map(|other| Run::read(other, setting)?.outcome.filter(|ended| ended.good).map(|ended| ended.bytes))
        .collect();
    if sizes.len() < 3 {
        return false;
    }
    sizes.sort_unstable();
    let (median, bytes, factor) = (sizes[sizes.len() / 2] as f64, bytes as f64, setting.number("size-factor"));
    bytes * factor < median || bytes > median * factor
}

fn triage(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(run) = Run::read(episode, setting).filter(|run| !run.good()) else { return Vec::new() };
    let failed = run.outcome.map_or(run.deadline, |ended| ended.event.at);
    let due = after_hours(failed, setting.number("triage-hours"));
    let seen = episode.events.iter().find_map(|(event, work)| match work {
        Work::Backup(Backup::BackupTriaged { note, .. })
            if event.actor.is_some() && run.scheduled.at <= event.at && event.at <= due =>
        {
            Some((event, note))
        }
        _ => None,
    });
    // Until its grace is over it may be run again, and while there is time somebody may still look into it.
    let decided = setting.passed(run.deadline) && (seen.is_some() || setting.passed(due));
    if run.outcome.is_none() && !setting.passed(run.deadline) {
        return Vec::new();
    }
    let repeated = seen.is_some_and(|(_, note)| {
        let others = setting.others(Family::Backup).iter().filter(|other| other.about != episode.about);
        others.flat_map(|other| &other.events).any(|(event, work)| {
            matches!(work, Work::Backup(Backup::BackupTriaged { note: theirs, .. }) if theirs == note)
                && failed - event.at >= TimeDelta::days(1)
        })
    });
    let events = [Some(run.scheduled), run.outcome.map(|ended| ended.event), seen.map(|(event, _)| *event)];
    vec![Observation {
        about: episode.about.to_owned(),
        at: failed,
        value: Value::share(seen.is_some()),
        excluded: (!decided).then_some(Exclusion::Pending),
        flags: repeated.then_some(Flag::StaleEvidence).into_iter().collect(),
        events: events.into_iter().flatten().map(|event| event.id).collect(),
    }]
}

/// A scheduled run.
struct Run<'a> {
    job: &'a str,
    scheduled: &'a Event,
    /// When it must have ended.
    deadline: DateTime<Utc>,
    /// How it ended, if it did in time; the last word where there are several.
    outcome: Option<Ended<'a>>,
}

#[derive(Clone, Copy)]
struct Ended<'a> {
    event: &'a Event,
    good: bool,
    checked: bool,
    bytes: u64,
}

/// When a run was due, of which job, and with how many minutes' grace.
fn scheduled<'a>(episode: &Episode<'a>) -> Option<(&'a Event, &'a str, Option<u32>)> {
    episode.events.iter().find_map(|&(event, work)| match work {
        Work::Backup(Backup::BackupScheduled { job, grace_minutes, .. }) => Some((event, job.as_str(), *grace_minutes)),
        _ => None,
    })
}

impl<'a> Run<'a> {
    /// `None` if it was never scheduled: such a run is extra.
    fn read(episode: &Episode<'a>, setting: &Setting<'_>) -> Option<Self> {
        let (scheduled, job, grace) = scheduled(episode)?;
        let deadline = match grace {
            Some(minutes) => after_minutes(scheduled.at, minutes.into()),
            None => after_hours(scheduled.at, setting.number("grace-hours")),
        };
        let outcome = episode.events.iter().rev().find_map(|(event, work)| match work {
            Work::Backup(Backup::BackupFinished { code, bytes, repository_check, .. })
                if scheduled.at <= event.at && event.at <= deadline =>
            {
                let good = *code == 0 && *repository_check != Some(false);
                Some(Ended { event, good, checked: repository_check.is_some(), bytes: *bytes })
            }
            _ => None,
        });
        Some(Self { job, scheduled, deadline, outcome })
    }

    fn good(&self) -> bool {
        self.outcome.is_some_and(|ended| ended.good)
    }
}
