//! K17 and K18, on pull requests of infrastructure code.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::moments::{WorkingHours, just_before};
use crate::{
    event::{
        Event,
        work::{Family, PullRequest, Review, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value,
        method::{Fold, Method, after_days},
    },
};

/// K17: the median of working days from opening to merge, without the time in which it waited for something outside.
///
/// A pull request that is still open says nothing until it has lasted longer than the band allows (the target's
/// `at_most`, or else the setting `slow-days`); from then on it counts with what it has lasted, so that leaving the
/// slow ones open does not make the figure better. Merged in less than `fast-days` without a comment by anybody else
/// is flagged. How much of the time was the reviewers' is told beside it: nobody is to blame for slow readers.
///
/// Settings: `day-starts` and `day-ends`: the working hours, Monday to Friday, by a clock `clock-ahead` hours ahead of
/// UTC. A working day is that long.
pub(in crate::kpi) const PULL_CYCLE_TIME: Method = Method {
    family: Family::PullRequest,
    unit: Unit::Days,
    settings: &[("day-starts", 9.0), ("day-ends", 17.0), ("clock-ahead", 0.0), ("fast-days", 2.0), ("slow-days", 7.0)],
    observe: cycle_time,
    fold: Fold::MedianDuration,
};

/// K18: merged pull requests that took at most two rounds of review, passed the pipeline with their first or second
/// push, and were not taken back ÷ merged pull requests.
///
/// A round ends with changes asked for, or with the merge; several reviewers between two pushes make one round. What
/// only comments costs nothing: a thorough reader is no fault. What was merged without the approval of somebody else
/// counts as failed, and is flagged. Each falls into the window with the end of the time in which it could still be
/// taken back, so that a window is full of decided ones. Very small ones are reported beside the figure, very large
/// ones and a single approver for all are flagged. Without any result of a pipeline nothing is known.
///
/// Settings: `rounds`, `pushes`, `revert-days`, `least-lines` (below it, and with one resource at most, it is very
/// small), `most-lines`, `rotation`: from how many merged pull requests on a single approver is flagged.
pub(in crate::kpi) const PULL_QUALITY: Method = Method {
    family: Family::PullRequest,
    unit: Unit::Share,
    settings: &[
        ("rounds", 2.0),
        ("pushes", 2.0),
        ("revert-days", 14.0),
        ("least-lines", 3.0),
        ("most-lines", 800.0),
        ("rotation", 5.0),
    ],
    observe: quality,
    fold: Fold::Share,
};

fn cycle_time(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some(opened) = find(episode, |of| matches!(of, PullRequest::PullOpened { .. })) else { return Vec::new() };
    let ended = find(episode, |of| matches!(of, PullRequest::PullMerged { .. } | PullRequest::PullClosed { .. }));
    let merged = ended.filter(|(_, of)| matches!(of, PullRequest::PullMerged { .. })).map(|(event, _)| event);
    let until = match (merged, ended) {
        (Some(merged), _) => merged.at,
        (None, Some(_)) => return Vec::new(),
        (None, None) => just_before(setting.as_of()),
    };
    let turns = Turns::of(episode, until, hours(setting));
    let length = turns.author + turns.review;
    let slow = setting.definition.target.at_most.unwrap_or_else(|| setting.number("slow-days"));
    let talked = episode.events.iter().any(|(event, work)| {
        let Work::PullRequest(PullRequest::PullReviewed { comments, .. }) = work else { return false };
        *comments > 0 && event.by_another()
    });
    let fast = merged.is_some() && length < setting.number("fast-days") && !talked;
    vec![Observation {
        about: episode.about.to_owned(),
        at: until,
        value: Value::Turns { own: turns.author, others: turns.review, censored: merged.is_none() },
        excluded: (merged.is_none() && length <= slow).then_some(Exclusion::Pending),
        flags: fast.then_some(Flag::UnreviewedMerge).into_iter().collect(),
        events: [Some(opened.0), merged].into_iter().flatten().map(|event| event.id).collect(),
    }]
}

fn hours(setting: &Setting<'_>) -> WorkingHours {
    let [starts, ends, ahead] = ["day-starts", "day-ends", "clock-ahead"].map(|name| setting.number(name));
    WorkingHours { starts, ends, ahead }
}

type Found<'a> = (&'a Event, &'a PullRequest);

fn pulls<'a>(episode: &Episode<'a>) -> impl DoubleEndedIterator<Item = Found<'a>> {
    episode.events.iter().filter_map(|&(event, work)| match work {
        Work::PullRequest(of) => Some((event, of)),
        _ => None,
    })
}

fn find<'a>(episode: &Episode<'a>, wanted: fn(&PullRequest) -> bool) -> Option<Found<'a>> {
    pulls(episode).find(|(_, of)| wanted(of))
}

/// Whose turn it was at a pull request, in working days.
#[derive(Default)]
struct Turns {
    /// The author was to act: a draft, changes asked for, approved but not merged.
    author: f64,
    /// Somebody was to review it.
    review: f64,
}

impl Turns {
    /// From its opening to a moment.
    ///
    /// It is the reviewers' turn from the first request for a review, or the end of the draft (or from the opening, if
    /// there is neither), until one of them approves or asks for changes; and again from the push that follows a wish
    /// for changes.
    fn of(episode: &Episode<'_>, until: DateTime<Utc>, hours: WorkingHours) -> Self {
        let asked = find(episode, |of| matches!(of, PullRequest::ReviewRequested { .. })).is_some();
        let mut turns = Self::default();
        let (mut since, mut reviewing, mut changes, mut held) = (None, false, false, false);
        for (event, of) in pulls(episode).filter(|(event, _)| event.at <= until) {
            turns.add(since, event.at, reviewing, held, hours);
            match of {
                PullRequest::PullOpened { draft, .. } if since.is_none() => reviewing = !draft && !asked,
                PullRequest::PullReady { .. } | PullRequest::ReviewRequested { .. } => reviewing = true,
                PullRequest::PullReviewed { verdict: Review::Approved, .. } => reviewing = false,
                PullRequest::PullReviewed { verdict: Review::ChangesRequested, .. } => {
                    (reviewing, changes) = (false, true);
                }
                PullRequest::PullPushed { .. } if changes => (reviewing, changes) = (true, false),
                PullRequest::PullHeld { waits_for, .. } => held |= !waits_for.trim().is_empty(),
                PullRequest::PullResumed { .. } => held = false,
                _ => {}
            }
            if since.is_some() || matches!(of, PullRequest::PullOpened { .. }) {
                since = Some(event.at);
            }
        }
        turns.add(since, until, reviewing, held, hours);
        turns
    }

    fn add(
        &mut self,
        since: Option<DateTime<Utc>>,
        until: DateTime<Utc>,
        reviewing: bool,
        held: bool,
        hours: WorkingHours,
    ) {
        let length = since.map_or(0.0, |since| hours.days_between(since, until));
        match (held, reviewing) {
            (true, _) => {}
            (false, true) => self.review += length,
            (false, false) => self.author += length,
        }
    }
}

fn quality(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let Some((merged, &PullRequest::PullMerged { lines, resources, .. })) =
        find(episode, |of| matches!(of, PullRequest::PullMerged { .. }))
    else {
        return Vec::new();
    };
    let decided = after_days(merged.at, setting.number("revert-days"));
    let reverted = pulls(episode).find_map(|(event, of)| {
        let in_time = merged.at <= event.at && event.at <= decided;
        (in_time && matches!(of, PullRequest::PullReverted { .. })).then_some(event)
    });
    let reviews = Reviews::of(episode, merged);
    let approvers = approvers(episode, merged);
    let green = green_push(episode, merged);
    let met = green.is_some_and(|push| push as f64 <= setting.number("pushes"))
        && reviews.rounds as f64 <= setting.number("rounds")
        && !approvers.is_empty()
        && reverted.is_none();
    let small = f64::from(lines) < setting.number("least-lines") && resources <= 1;
    let tested = find(episode, |of| matches!(of, PullRequest::PipelineFinished { .. })).is_some();
    let over = setting.passed(decided);
    let excluded = if small {
        Some(Exclusion::OtherClass)
    } else if !tested {
        Some(Exclusion::Unmeasured)
    } else if !over {
        Some(Exclusion::Pending)
    } else {
        None
    };
    let flags = [
        (approvers.is_empty(), Flag::UnreviewedMerge),
        (f64::from(lines) > setting.number("most-lines"), Flag::Oversized),
        (one_for_all(&approvers, merged, setting), Flag::SameReviewer),
    ];
    Vec::from([Observation {
        about: episode.about.to_owned(),
        at: if over { just_before(decided) } else { merged.at },
        value: Value::share(met),
        excluded,
        flags: flags.into_iter().filter_map(|(raised, flag)| raised.then_some(flag)).collect(),
        events: reviews.verdicts.iter().copied().chain([merged.id]).chain(reverted.map(|event| event.id)).collect(),
    }])
}

/// What reviewers said before the merge.
struct Reviews {
    /// Rounds that ended with changes asked for, and the one that ended with the merge.
    rounds: usize,
    verdicts: Vec<Uuid>,
}

impl Reviews {
    fn of(episode: &Episode<'_>, merged: &Event) -> Self {
        let mut reviews = Self { rounds: 1, verdicts: Vec::new() };
        let mut counted = false;
        for (event, of) in pulls(episode).filter(|(event, _)| event.at <= merged.at) {
            match of {
                PullRequest::PullPushed { .. } => counted = false,
                PullRequest::PullReviewed { verdict, .. } if *verdict != Review::Commented => {
                    let changes = *verdict == Review::ChangesRequested;
                    reviews.rounds += usize::from(changes && !counted);
                    counted |= changes;
                    reviews.verdicts.push(event.id);
                }
                _ => {}
            }
        }
        reviews
    }
}

/// Who approved it before the merge: others than the author, each once.
fn approvers(episode: &Episode<'_>, merged: &Event) -> Vec<Uuid> {
    let mut approvers: Vec<_> = pulls(episode)
        .filter(|(event, of)| {
            event.at <= merged.at && matches!(of, PullRequest::PullReviewed { verdict: Review::Approved, .. })
        })
        .filter_map(|(event, _)| event.actor.filter(|actor| *actor != event.subject))
        .collect();
    approvers.sort_unstable();
    approvers.dedup();
    approvers
}

/// With which push, from 1, the pipeline first passed; the last result of a commit is what counts for it.
fn green_push(episode: &Episode<'_>, merged: &Event) -> Option<usize> {
    let mut commits: Vec<(&str, bool)> = Vec::new();
    for (_, of) in pulls(episode).filter(|(event, _)| event.at <= merged.at) {
        let (commit, passed) = match of {
            PullRequest::PullOpened { commit, .. } | PullRequest::PullPushed { commit, .. } => (commit, None),
            PullRequest::PipelineFinished { commit, passed, .. } => (commit, Some(*passed)),
            _ => continue,
        };
        let known = commits.iter_mut().find(|(known, _)| known == commit);
        match (known, passed) {
            (Some(known), Some(passed)) => known.1 = passed,
            (None, _) if !commit.is_empty() => commits.push((commit, passed.unwrap_or(false))),
            _ => {}
        }
    }
    commits.iter().position(|(_, passed)| *passed).map(|index| index + 1)
}

/// Whether this approver, alone, approved all that the person merged in the quarter before, and that is enough to say so.
fn one_for_all(approvers: &[Uuid], merged: &Event, setting: &Setting<'_>) -> bool {
    let [approver] = approvers else { return false };
    let mut number = 0;
    for other in setting.others(Family::PullRequest) {
        let Some((theirs, _)) = find(other, |of| matches!(of, PullRequest::PullMerged { .. })) else { continue };
        let before = merged.at - theirs.at;
        if before < TimeDelta::zero() || before > TimeDelta::days(91) {
            continue;
        }
        if self::approvers(other, theirs) != [*approver] {
            return false;
        }
        number += 1;
    }
    f64::from(number) >= setting.number("rotation")
}
