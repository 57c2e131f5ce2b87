//! K16, on drift items.

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::moments::just_before;
use crate::{
    event::{
        Event,
        work::{Closing, Complexity, Drift, Family, PullRequest, Risk, Work},
    },
    kpi::{
        Episode, Exclusion, Flag, Observation, Setting, Unit, Value, Window,
        method::{Fold, Method, after_days, days},
        statistics,
    },
};

/// K16a: Σ weight of agreed items mended in code ÷ Σ weight of agreed items, as agreed when the period began.
///
/// Mended is: code was merged, without a rule that ignores the difference, and a check after that found none. An item
/// closed by hand, or gone without code, or ignored without anybody's leave is not mended, and is flagged. An ignore
/// rule that somebody else agreed to is an approved exception. What was agreed late, or was mended before the period
/// began, is outside of the set. The whole set is pending until the period is over: else a month would begin at 100 %
/// with the first item mended.
///
/// Settings: `freeze-days`: how long after its beginning a period's set may still be agreed.
pub(in crate::kpi) const DRIFT_RESOLVED: Method = Method {
    family: Family::Drift,
    unit: Unit::Share,
    settings: &[("freeze-days", 3.0)],
    observe: resolved,
    fold: Fold::Share,
};

/// K16b: how many items more or less are open each month, by a line through the number open at each week's end.
///
/// An item is open from its detection until it is mended in code, or excepted, as in [`DRIFT_RESOLVED`]: what was
/// closed by hand stays open here, because code and world still differ in what they know. Each time an item is looked
/// at makes an observation: it was opened, closed, or is as before. Weeks before the first observation that is known
/// say nothing; with fewer than three weeks there is no line.
pub(in crate::kpi) const DRIFT_TREND: Method =
    Method { family: Family::Drift, unit: Unit::Slope, settings: &[], observe: steps, fold: Fold::Other(slope) };

fn resolved(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let mut periods: Vec<(&Event, Window)> = Vec::new();
    for &(event, work) in &episode.events {
        if let Work::Drift(Drift::DriftAgreed { from, until, .. }) = work
            && from < until
            && periods.iter().all(|(_, period)| period.until != *until)
        {
            periods.push((event, Window { from: *from, until: *until }));
        }
    }
    periods.into_iter().map(|(agreed, period)| at_the_end(episode, agreed, period, setting)).collect()
}

/// What the end of a period says about an item that was agreed for it.
fn at_the_end(episode: &Episode<'_>, agreed: &Event, period: Window, setting: &Setting<'_>) -> Observation {
    let over = setting.passed(period.until);
    let course = Course::until(episode, period.until, setting);
    let late = agreed.at > after_days(period.from, setting.number("freeze-days"));
    let excluded = if !over {
        Some(Exclusion::Pending)
    } else if late || Course::until(episode, period.from, setting).status == Status::Mended {
        Some(Exclusion::OtherClass)
    } else if course.status == Status::Excepted {
        Some(Exclusion::ApprovedException)
    } else {
        None
    };
    let rests_on = course.rests_on.iter().map(|event| event.id);
    Observation {
        about: episode.about.to_owned(),
        at: if over { just_before(period.until) } else { period.from },
        value: Value::Share { met: course.status == Status::Mended, weight: weight(episode) },
        excluded,
        flags: course.not_in_code.then_some(Flag::NotInCode).into_iter().collect(),
        events: std::iter::once(agreed.id).chain(rests_on).collect(),
    }
}

fn steps(episode: &Episode<'_>, setting: &Setting<'_>) -> Vec<Observation> {
    let mut course = Course::default();
    let mut observations = Vec::new();
    for &(event, work) in &episode.events {
        let Work::Drift(drift) = work else { continue };
        let before = course.open();
        course.follow(event, drift, setting);
        if course.detected && matches!(drift, Drift::DriftDetected { .. } | Drift::DriftRechecked { .. }) {
            let step = f64::from(course.open()) - f64::from(before);
            observations.push(Observation {
                about: episode.about.to_owned(),
                at: event.at,
                value: Value::Amount { weighted: step, raw: step },
                excluded: None,
                flags: course.not_in_code.then_some(Flag::NotInCode).into_iter().collect(),
                events: vec![event.id],
            });
        }
    }
    observations
}

/// The slope of the least-squares line through the number open at each week's end, for 30 days.
///
/// Only steps are known, so the numbers are less whatever was open before: that moves the line up or down and leaves
/// its slope as it is.
fn slope(observations: &[&Observation], window: &Window) -> Option<f64> {
    let first = observations.iter().map(|observation| observation.at).min()?;
    let ends = (0..).map_while(|weeks| window.until.checked_sub_signed(TimeDelta::weeks(weeks)));
    let points: Vec<(f64, f64)> = ends
        .take_while(|end| *end > window.from && *end > first)
        .map(|end| {
            let known = observations.iter().filter(|observation| observation.at < end);
            let open = known.map(|observation| match observation.value {
                Value::Amount { raw, .. } => raw,
                _ => 0.0,
            });
            (days(end - window.until), open.sum())
        })
        .collect();
    if points.len() < 3 {
        return None;
    }
    Some(statistics::slope(&points)? * 30.0)
}

fn weight(episode: &Episode<'_>) -> f64 {
    let said = episode.events.iter().find_map(|(event, work)| match work {
        Work::Drift(Drift::DriftDetected { complexity, risk, .. }) => Some((event, *complexity, *risk)),
        _ => None,
    });
    // Who mends it does not say how much it weighs.
    let said = said.filter(|(event, ..)| event.actor != Some(event.subject));
    let (complexity, risk) = said.map_or((Complexity::S, Risk::Low), |(_, complexity, risk)| (complexity, risk));
    complexity.weight() * risk.weight()
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Status {
    #[default]
    Open,
    Mended,
    Excepted,
}

/// How an item stands, followed event by event.
#[derive(Default)]
struct Course<'a> {
    detected: bool,
    status: Status,
    closing: Option<(&'a Event, &'a Closing)>,
    /// It was said to be dealt with, or is gone, but not by code.
    not_in_code: bool,
    rests_on: Vec<&'a Event>,
}

impl<'a> Course<'a> {
    /// As it stands at a moment.
    fn until(episode: &Episode<'a>, moment: DateTime<Utc>, setting: &Setting<'_>) -> Self {
        let mut course = Self::default();
        for &(event, work) in episode.events.iter().filter(|(event, _)| event.at < moment) {
            if let Work::Drift(drift) = work {
                course.follow(event, drift, setting);
            }
        }
        course
    }

    fn open(&self) -> bool {
        self.detected && self.status == Status::Open
    }

    fn follow(&mut self, event: &'a Event, drift: &'a Drift, setting: &Setting<'_>) {
        match drift {
            Drift::DriftAgreed { .. } => return,
            Drift::DriftDetected { .. } => {
                self.detected = true;
                self.reopen();
            }
            Drift::DriftRechecked { clean: false, .. } => self.reopen(),
            Drift::DriftClosed { by, .. } if self.status == Status::Open => {
                self.closing = Some((event, by));
                self.not_in_code = by_hand(event, by);
            }
            Drift::DriftClosed { .. } => {}
            Drift::DriftRechecked { clean: true, .. } if self.status == Status::Open => {
                self.status = match self.closing {
                    Some((closed, by)) if !by_hand(closed, by) => dealt_with(by, event.at, setting),
                    _ => Status::Open,
                };
                self.not_in_code |= self.closing.is_none();
            }
            Drift::DriftRechecked { .. } => {}
        }
        self.rests_on.push(event);
    }

    fn reopen(&mut self) {
        self.status = Status::Open;
        self.closing = None;
    }
}

/// Whether a closing leaves code and world apart: by hand, or by a rule that ignores it without another's leave.
fn by_hand(event: &Event, by: &Closing) -> bool {
    let another = |who: &Uuid| *who != event.subject && Some(*who) != event.actor;
    match by {
        Closing::Hand => true,
        Closing::Code { ignores, approver, .. } => *ignores && !approver.as_ref().is_some_and(another),
    }
}

/// What a clean check makes of a closing in code: nothing, if the pull request is known and was not merged by then, or
/// was taken back.
fn dealt_with(by: &Closing, checked: DateTime<Utc>, setting: &Setting<'_>) -> Status {
    let Closing::Code { pull, ignores, .. } = by else { return Status::Open };
    let known = setting.other(Family::PullRequest, pull);
    let has = |wanted: fn(&PullRequest) -> bool| {
        known.is_some_and(|pull| {
            let mut until = pull.events.iter().filter(|(event, _)| event.at <= checked);
            until.any(|(_, work)| matches!(work, Work::PullRequest(of) if wanted(of)))
        })
    };
    let merged = known.is_none() || has(|of| matches!(of, PullRequest::PullMerged { .. }));
    let reverted = has(|of| matches!(of, PullRequest::PullReverted { .. }));
    match (merged && !reverted, ignores) {
        (false, _) => Status::Open,
        (true, false) => Status::Mended,
        (true, true) => Status::Excepted,
    }
}
